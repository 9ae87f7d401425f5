"""Mutated files of data, CSV, Parquet, NPZ and IDX, and specs that read them."""

import gzip
import io
import random
import struct
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from fuzz_specs import damaged
from idx import idx_bytes
from regctl.spec.resolved import yaml_text

CELLS = (
    *(
        "",
        " ",
        "NA",
        "nan",
        "inf",
        "-inf",
        "Infinity",
        "1e308",
        "-1e308",
        "1e999",
        "1e-320",
        "5e-324",
        "-0",
        "+1",
    ),
    *(
        "9007199254740993",
        "1" * 400,
        "1_000",
        "0x10",
        "1,5",
        "1;5",
        "١٢",
        "½",
        "1.2.3",
        "--1",
        "1e",
        "true",
        "FALSE",
    ),
    *(
        "é",
        "数",
        "\u202e",
        "\x00",
        "\x1b[31m",
        "\ufeff",
        "\u2028",
        "a\nb",
        "a\rb",
        'a"b',
        "'",
        "=cmd()",
        "<b>",
        "None",
    ),
    *("2024-01-31", "2024-13-99", "12:00", "x" * 100_000, "x" * 140_000, "train", "test", "validation"),
)
NAMES = (
    *(
        "",
        " ",
        "y",
        "x",
        "Y",
        "a",
        "a",
        "é",
        "\x00",
        "\x1b[31m",
        "\u202e",
        "a\nb",
        'a"b',
        "(intercept)",
        "trial",
    ),
    *(
        "seed",
        "lambda",
        "validation_loss",
        "=cmd()",
        "x" * 20_000,
        "1",
        "nan",
        "a/b",
        "../x",
        "part",
        "label",
    ),
)


def write_case(chance: random.Random, folder: Path) -> tuple[tuple[str, ...], ...]:
    """Write a damaged file and a spec for it, and return the command lines that read them."""
    kind = chance.choice((_csv, _csv, _parquet, _parquet, _npz, _npz, _idx))
    source, names = kind(chance, folder)
    (folder / "case.yaml").write_text(_spec(chance, source, names), encoding="utf-8", errors="replace")
    spec = str(folder / "case.yaml")
    dry = chance.choice(
        (("train", spec), ("sweep", "lambda", spec), ("tune", "model", spec, "--trials", "5"))
    )
    commands = [("validate", spec), (*dry, "--dry-run")]
    if kind in (_csv, _parquet) and chance.random() < 0.3:
        commands.append(("init", str(folder / source), "--out", str(folder / "new.yaml"), "--force"))
    return tuple(commands)


def _spec(chance: random.Random, source: str, names: list[str]) -> str:
    """A spec whose columns are the file's, or all but."""
    known = [name for name in names if name.strip()] or ["y"]
    target = chance.choice(known) if chance.random() < 0.3 else ("label" if source == "idx" else "y")
    lines = ["name: case", f"dataset: {{source: {source}, target: {yaml_text(target)}"]
    if chance.random() < 0.2:
        some = [name for name in dict.fromkeys(chance.choices(known, k=2)) if name != target] or ["a"]
        lines[-1] += f", {chance.choice(('features', 'drop'))}: [{', '.join(map(yaml_text, some))}]"
    classes = chance.random() < 0.4
    if not classes and chance.random() < 0.3:
        lines[-1] += ", target_transform: log10"
    lines[-1] += "}"
    lines += ["task: classification"] if classes else []
    if chance.random() < 0.4:
        key = chance.choice(("stratify", "group", "time", "column"))
        lines.append(f"split: {{{key}: {yaml_text(chance.choice(known))}}}")
    lines += ["validation: {folds: 3}"] if chance.random() < 0.3 else []
    model = chance.choice(
        (
            "{name: mlp, units: [4]}",
            "{name: linear}",
            "{name: polynomial, degree: 2}",
            "{name: cnn, filters: [2]}",
        )
    )
    grid = "auto" if "linear" in model and not classes and chance.random() < 0.5 else "[0, 0.1, 1]"
    lines += [f"model: {model}", f"sweep: {{lambda: {grid}}}"]
    lines += [f"regularization: {{penalty: {chance.choice(('l1', 'l2', 'elastic'))}}}"]
    lines += ["tune: {space: {lambda: {from: 0.001, to: 1.0, log: true}}}"]
    return "\n".join(lines) + "\n"


# CSV


def _table(chance: random.Random) -> tuple[list[str], list[list[str]]]:
    rows = chance.choice((0, 1, 2, 5, 12, 40, 80, 200))
    names = [*("a", "b", "c", "y")[-chance.choice((1, 2, 3, 4, 4, 4)) :]]
    makers: dict[str, Callable[[], str]] = {
        "a": lambda: f"{chance.gauss(0, 1):.3f}",
        "b": lambda: str(chance.choice(("", 1, 2, 3))),
        "c": lambda: chance.choice(("red", "green", "", "blue")),
        "y": chance.choice(
            (
                lambda: f"{chance.gauss(5, 1):.2f}",
                lambda: str(chance.randrange(3)),
                lambda: chance.choice("kl"),
            )
        ),
    }
    return names, [[makers[name]() for name in names] for _ in range(rows)]


def _csv(chance: random.Random, folder: Path) -> tuple[str, list[str]]:
    names, rows = _table(chance)
    for _ in range(chance.choice((0, 1, 1, 2, 3))):
        names, rows = _mutated_table(names, rows, chance)
    quote = chance.random() < 0.8
    lines = [",".join(_quoted(cell) if quote else cell for cell in row) for row in (names, *rows)]
    text = chance.choice(("\n", "\n", "\n", "\r\n", "\r", "\n\n")).join(lines) + "\n" * (
        chance.random() < 0.8
    )
    if chance.random() < 0.1:
        text = text.replace(",", chance.choice(";\t|"))
    content = text.encode(chance.choice(("utf-8",) * 8 + ("utf-8-sig", "utf-16", "latin-1")), "replace")
    if chance.random() < 0.3:
        content = damaged(content, chance)
    name = "case.csv"
    if chance.random() < 0.3:
        content, name = gzip.compress(content, mtime=0), "case.csv.gz"
        content = damaged(content, chance) if chance.random() < 0.5 else content
        content = _gzip_bomb(b"a,y\n") if chance.random() < 0.04 else content
    (folder / name).write_bytes(content)
    return name, names


def _mutated_table(
    names: list[str], rows: list[list[str]], chance: random.Random
) -> tuple[list[str], list[list[str]]]:
    what, column = chance.randrange(9), chance.randrange(len(names))
    if what < 3:
        for row in chance.sample(rows, min(len(rows), chance.choice((1, 2, len(rows) or 1)))):
            row[min(column, len(row) - 1)] = chance.choice(CELLS)
    elif what == 3:
        names = [*names]
        names[column] = chance.choice(NAMES)
    elif what == 4 and rows:
        row = chance.choice(rows)
        row += [chance.choice(CELLS)] if chance.random() < 0.5 else []
        del row[chance.randrange(1, len(row) + 1) :]
        row += [] if row else [""]
    elif what == 5:
        value = chance.choice(CELLS[:40])
        rows = [[value if place == column else cell for place, cell in enumerate(row)] for row in rows]
    elif what == 6:
        rows = [list(row) for row in rows for _ in range(chance.choice((1, 3)))]
    elif what == 7:
        more = chance.choice((1, 300))
        names = [*names, *(f"n{number}" for number in range(more))]
        rows = [[*row, *(chance.choice(CELLS[:20]) for _ in range(more))] for row in rows[:40]]
    else:
        rows = [
            [str(float(place) * 10.0 ** chance.choice((-320, -200, 0, 200, 300)))] * len(names)
            for place in range(len(rows))
        ]
    return names, rows


def _quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"' if any(sign in cell for sign in ',"\r\n') else cell


def _gzip_bomb(start: bytes) -> bytes:
    """A few hundred KB that unpack to 2 GiB, member by member."""
    block = gzip.compress(b"0,0\n" * 2**22, mtime=0)
    return gzip.compress(start, mtime=0) + block * 128


# Parquet


def _parquet(chance: random.Random, folder: Path) -> tuple[str, list[str]]:
    import polars as pl

    rows = chance.choice((0, 1, 5, 40, 120))
    frame = pl.DataFrame(
        {"a": [chance.gauss(0, 1) for _ in range(rows)], "y": [chance.randrange(3) for _ in range(rows)]}
    )
    for _ in range(chance.choice((0, 1, 1, 2, 3))):
        series = _series(chance, rows)
        frame = frame.with_columns(series.alias(chance.choice((*NAMES, "a", "y", "b", "c"))))
    buffer = io.BytesIO()
    frame.write_parquet(
        buffer, compression=chance.choice(("zstd", "snappy", "gzip", "lz4", "uncompressed", "brotli"))
    )  # type: ignore[arg-type]
    content = buffer.getvalue()
    if chance.random() < 0.5:
        where = chance.random()
        if where < 0.5:  # the footer is what tells a reader what to do
            size = int.from_bytes(content[-8:-4], "little")
            head, foot = content[: -8 - size], content[-8 - size :]
            content = head + damaged(foot, chance)
        else:
            content = damaged(content, chance)
    if chance.random() < 0.02:
        content = _parquet_bomb(chance)
    (folder / "case.parquet").write_bytes(content)
    return "case.parquet", frame.columns


def _series(chance: random.Random, rows: int) -> Any:
    import datetime as dt
    import decimal

    import polars as pl

    day, some = dt.date(2024, 1, 31), range(rows)
    makers: tuple[Callable[[], Any], ...] = (
        lambda: pl.Series([[1, 2]] * rows, dtype=pl.List(pl.Int64)),
        lambda: pl.Series([[[1.0]]] * rows, dtype=pl.List(pl.List(pl.Float32))),
        lambda: pl.Series([{"p": 1, "q": "x"}] * rows, dtype=pl.Struct({"p": pl.Int8, "q": pl.String})),
        lambda: pl.Series([[1, 2]] * rows, dtype=pl.Array(pl.Int16, 2)),
        lambda: pl.Series([b"\xff\x00"] * rows, dtype=pl.Binary),
        lambda: pl.Series([None] * rows, dtype=pl.Null),
        lambda: pl.Series([None] * rows, dtype=pl.Float64),
        lambda: pl.Series([chance.choice(CELLS) for _ in some], dtype=pl.String),
        lambda: pl.Series([chance.choice(("u", "v", None)) for _ in some], dtype=pl.Categorical),
        lambda: pl.Series([chance.choice(("u", "v", None)) for _ in some], dtype=pl.Enum(["u", "v"])),
        lambda: pl.Series([decimal.Decimal("1.50")] * rows, dtype=pl.Decimal(10, 2)),
        lambda: pl.Series([2**64 - 1] * rows, dtype=pl.UInt64),
        lambda: pl.Series([2**100] * rows, dtype=pl.Int128),
        lambda: pl.Series([chance.choice((True, False, None)) for _ in some], dtype=pl.Boolean),
        lambda: pl.Series([day + dt.timedelta(days=chance.randrange(99)) for _ in some], dtype=pl.Date),
        lambda: pl.Series([chance.choice((day, None)) for _ in some], dtype=pl.Date),
        lambda: pl.Series([2**62] * rows, dtype=pl.Datetime("us", "Europe/Rome")),
        lambda: pl.Series([-(2**62)] * rows, dtype=pl.Duration("ns")),
        lambda: pl.Series([dt.time(chance.randrange(24)) for _ in some], dtype=pl.Time),
        lambda: pl.Series([chance.choice((float("nan"), float("inf"), -1e308, 1e308, 1e-320)) for _ in some]),
        lambda: pl.Series([1.0] * rows, dtype=pl.Float32),
        lambda: pl.Series(list(some), dtype=pl.Int32),
    )
    return chance.choice(makers)()


def _parquet_bomb(chance: random.Random) -> bytes:
    """A few KB that say the same value a hundred million times, or a long text many times."""
    import polars as pl

    if chance.random() < 0.5:
        frame = pl.select(
            pl.repeat(1, 10**8, dtype=pl.Int8).alias("a"), pl.repeat(2, 10**8, dtype=pl.Int8).alias("y")
        )
    else:
        frame = pl.select(
            pl.repeat("x" * 10**5, 1000).alias("a"), pl.repeat(2, 1000, dtype=pl.Int8).alias("y")
        )
    buffer = io.BytesIO()
    frame.write_parquet(buffer, compression="zstd")
    return buffer.getvalue()


# NPZ


def _npz(chance: random.Random, folder: Path) -> tuple[str, list[str]]:
    rows = chance.choice((0, 1, 5, 40, 120))
    shape = chance.choice(((), (1,), (3,), (4, 4), (4, 4, 1), (5, 3, 2), (0,), (2, 0, 2), (2,) * 6))
    x = _array(chance, (rows, *shape))
    y = _array(chance, chance.choice(((rows,), (rows,), (rows,), (rows, 1), (rows, 2), (rows + 1,), ())))
    arrays = {"x": x, "y": y}
    if chance.random() < 0.25:
        arrays = {
            "x_train": x,
            "y_train": y,
            "x_test": x[: max(1, rows // 2)],
            "y_test": y[: max(1, rows // 2)] if y.ndim else y,
        }
    if chance.random() < 0.1:
        arrays.pop(chance.choice(list(arrays)))
    if chance.random() < 0.1:
        arrays[chance.choice(("z", "x.npy", "../x", "é"))] = y
    content = _zipped(arrays, chance)
    if chance.random() < 0.4:
        content = damaged(content, chance)
    if chance.random() < 0.02:
        content = _zip_bomb()
    (folder / "case.npz").write_bytes(content)
    return "case.npz", ["x_0", "x_1", "x", "y", "part", "pixel_0_0"]


def _array(chance: random.Random, shape: tuple[int, ...]) -> Any:
    size = int(np.prod(shape))
    base = np.array([chance.randrange(3) for _ in range(size)]).reshape(shape)
    types = (
        "f8",
        "f4",
        "f2",
        "i8",
        "u1",
        ">i4",
        ">f8",
        "?",
        "c16",
        "S3",
        "U3",
        "O",
        "M8[D]",
        "m8[s]",
        "V4",
        "a,b",
        "f16",
    )
    kind = chance.choice(types[:8] * 3 + types)
    if kind == "a,b":
        return np.zeros(shape, dtype=[("p", "f8"), ("q", "i4")])
    array = np.zeros(shape, "V4") if kind == "V4" else base.astype(kind)
    if array.dtype.kind == "f" and size and chance.random() < 0.2:
        array.reshape(-1)[chance.randrange(size)] = chance.choice(
            (np.nan, np.inf, -np.inf, np.finfo(array.dtype).max)
        )
    return np.asfortranarray(array) if chance.random() < 0.2 else array


def _zipped(arrays: dict[str, Any], chance: random.Random) -> bytes:
    buffer = io.BytesIO()
    method = chance.choice(
        (zipfile.ZIP_STORED, zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)
    )
    with warnings.catch_warnings(), zipfile.ZipFile(buffer, "w", method) as archive:
        warnings.simplefilter("ignore")  # the same name twice
        for name, array in arrays.items():
            held = io.BytesIO()
            version = chance.choice((None, None, (1, 0), (2, 0), (3, 0)))
            np.lib.format.write_array(held, array, version=version, allow_pickle=True)
            content = held.getvalue()
            if chance.random() < 0.25:
                content = (
                    damaged(content, chance) if chance.random() < 0.4 else _other_header(content, chance)
                )
            archive.writestr(name if name.endswith(".npy") else f"{name}.npy", content)
    return buffer.getvalue()


def _other_header(content: bytes, chance: random.Random) -> bytes:
    """An array whose header is any Python literal, or a lie."""
    header = chance.choice(
        (
            "{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000000,), }",
            "{'descr': '<f8', 'fortran_order': False, 'shape': (-5,), }",
            "{'descr': '<f8', 'fortran_order': False, 'shape': (True,), }",
            "{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999999999999999, 0), }",
            "{'descr': '<f8', 'fortran_order': 1, 'shape': 'abc', }",
            "{'descr': '|O', 'fortran_order': False, 'shape': (3,), }",
            "{'descr': [('a', '|O')], 'fortran_order': False, 'shape': (3,), }",
            "{'descr': '<U999999999', 'fortran_order': False, 'shape': (0,), }",
            "{'descr': '|V0', 'fortran_order': False, 'shape': (10,), }",
            "{'descr': None, 'fortran_order': False, 'shape': (10,), }",
            "{'descr': ('<f8', (2, 3)), 'fortran_order': False, 'shape': (10,), }",
            "{'descr': {'names': []}, 'fortran_order': False, 'shape': (10,), }",
            "__import__('os').system('true')",
            "(" * 200 + ")" * 200,
            "[" * 3000,
            "-" * 9000 + "1",
            "'" + "x" * 12000 + "'",
            "\x00",
            "{}",
            "1",
        )
    ).encode("latin-1")
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + content[128:]


def _zip_bomb() -> bytes:
    """Some MB of nothing that unpack to 4 GiB, in an array whose header says so."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        with archive.open("x.npy", "w", force_zip64=True) as file:
            np.lib.format.write_array_header_1_0(
                file, {"descr": "|u1", "fortran_order": False, "shape": (2**20, 400)}
            )
            for _ in range(400):
                file.write(bytes(2**20))
        archive.writestr("y.npy", b"")
    return buffer.getvalue()


# IDX


def _idx(chance: random.Random, folder: Path) -> tuple[str, list[str]]:
    place = folder / "idx"
    place.mkdir(exist_ok=True)
    for old in place.iterdir():
        old.unlink()
    rows = chance.choice((0, 1, 40, 80))
    shape = chance.choice(((4, 4), (4, 4), (4, 4), (5, 3, 2), (0, 4), (4,), (1, 1)))
    parts = chance.choice((("train",), ("train", "t10k"), ("", "x"), ("train", "validation", "test")))
    for part in parts:
        images = np.array(chance.choices(range(256), k=rows * int(np.prod(shape)))).reshape(rows, *shape)
        labels = np.array(chance.choices(range(3), k=max(0, rows + chance.choice((0,) * 9 + (1,)))))
        for what, array in (("images", images), ("labels", labels)):
            content = idx_bytes(array)
            if chance.random() < 0.3:
                content = _other_idx(content, chance)
            name = f"{part}-{what}-idx{array.ndim}-ubyte"
            if chance.random() < 0.5:
                name, content = f"{name}.gz", gzip.compress(content, mtime=0)
                if chance.random() < 0.2:
                    content = damaged(content, chance)
                if chance.random() < 0.02:
                    content = _gzip_bomb(struct.pack(">BBBB3I", 0, 0, 8, 3, 2**29, 2, 2))
            if chance.random() < 0.05:
                name = chance.choice((name.upper(), name.replace("images", "pictures"), f"x{name}"))
            (place / name).write_bytes(content)
    return "idx", ["label", "pixel_0_0", "part"]


def _other_idx(content: bytes, chance: random.Random) -> bytes:
    if chance.random() < 0.5:
        return damaged(content, chance)
    dimensions = chance.choice((0, 1, 3, 4, 255))
    sizes = [chance.choice((0, 1, 2**16, 2**31, 2**32 - 1)) for _ in range(min(dimensions, 4))]
    return (
        struct.pack(f">BBBB{len(sizes)}I", 0, 0, chance.choice((8, 9, 13)), dimensions, *sizes) + content[16:]
    )
