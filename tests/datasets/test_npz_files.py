# ruff: noqa: E501 (a row of a table of cases stays on one line)
import io
import struct
import zipfile
from contextlib import suppress

import numpy as np
import pytest
from data_makers import spec_for

from regctl.datasets.opening import open_rows
from regctl.datasets.sources import read_file
from regctl.errors import DataError

RANDOM = np.random.default_rng(0)


def written(tmp_path, **arrays):
    np.savez(tmp_path / "x.npz", **arrays)
    return tmp_path / "x.npz"


def refusal(path):
    with pytest.raises(DataError) as caught:
        read_file(path)
    assert str(path) in str(caught.value)
    return str(caught.value)


def test_rows_and_columns_become_numbered_features(tmp_path):
    x = RANDOM.normal(size=(7, 3))
    x[2, 1] = np.nan
    source = read_file(written(tmp_path, x=x, y=np.arange(7.0)))
    assert list(source.columns) == ["x_0", "x_1", "x_2", "y"]
    for place in range(3):
        np.testing.assert_array_equal(source.columns[f"x_{place}"].values, x[:, place])
    assert source.columns["x_1"].missing.tolist() == [row == 2 for row in range(7)]
    assert source.image_shape is None
    assert list(read_file(written(tmp_path, x=x[:, 0], y=x[:, 1])).columns) == ["x", "y"]


@pytest.mark.parametrize("shape", [(4, 3), (4, 3, 2)])
def test_pixels_are_columns_in_row_order(tmp_path, shape):
    x = RANDOM.integers(0, 256, (9, *shape), dtype=np.uint8)
    source = read_file(written(tmp_path, x=x, y=np.arange(9)))
    assert source.image_shape == (4, 3, shape[2] if len(shape) == 3 else 1)
    held = np.stack([source.columns[name].values for name in list(source.columns)[:-1]], axis=1)
    np.testing.assert_array_equal(held.reshape(x.shape), x)
    for place in np.ndindex(*shape):
        np.testing.assert_array_equal(
            source.columns["_".join(["pixel", *map(str, place)])].values, x[(..., *place)]
        )


def test_keras_arrays_are_pooled_and_part_says_which_rows_are_which(tmp_path):
    x, y = RANDOM.normal(size=(60, 2)), RANDOM.normal(size=(60, 1))
    path = written(tmp_path, x_train=x[:40], y_train=y[:40], x_test=x[40:], y_test=y[40:])
    source = read_file(path)
    np.testing.assert_array_equal(source.columns["x_1"].values, x[:, 1])
    np.testing.assert_array_equal(source.columns["y"].values, y[:, 0])
    assert source.columns["part"].values.tolist() == ["train"] * 40 + ["test"] * 20
    data = open_rows(spec_for(path, "y", split={"column": "part"}))
    assert data.split.parts["test"].rows == tuple(range(40, 60))
    assert {column.name for column in data.train.table.columns} == {"x_0", "x_1"}


@pytest.mark.parametrize(
    ("y", "kind", "values"),
    [
        (np.array(["a", "b", ""]), "text", ["a", "b", ""]),
        (np.array([b"a", b"b", b"c"]), "text", ["a", "b", "c"]),
        (np.array([True, False, True]), "text", ["true", "false", "true"]),
        (np.array([1, 2, 3], dtype=np.uint8), "number", [1, 2, 3]),
    ],
)
def test_targets_keep_their_kind(tmp_path, y, kind, values):
    column = read_file(written(tmp_path, x=np.zeros((3, 1)), y=y)).columns["y"]
    assert (column.kind, column.values.tolist()) == (kind, values)


def test_arrays_of_python_objects_are_refused_and_never_unpickled(tmp_path):
    class Trap:
        def __reduce__(self):
            return (open, (str(tmp_path / "sprung"), "w"))

    images = np.array([np.zeros((2, 2)), np.zeros((3, 3))], dtype=object)
    assert "array 'x': expected numbers or texts. Received: Python objects" in refusal(
        written(tmp_path, x=images, y=np.arange(2))
    )
    refusal(written(tmp_path, x=np.array([Trap()], dtype=object), y=np.arange(1)))
    assert not (tmp_path / "sprung").exists()


@pytest.mark.parametrize(
    ("arrays", "says"),
    [
        ({"a": np.zeros(3)}, "expected arrays x and y, or x_train, y_train, x_test and y_test. Received: 'a'"),
        ({"x": np.zeros((3, 2)), "y": np.zeros(4)}, "expected one target for each of 3 rows. Received: float64 of shape [4]"),
        ({"x": np.zeros((3, 2)), "y": np.zeros((3, 2))}, "Received: float64 of shape [3, 2]"),
        ({"x": np.zeros((0, 2)), "y": np.zeros(0)}, "no rows"),
        ({"x": np.zeros((3, 0)), "y": np.zeros(3)}, "of shape [3, 0]"),
        ({"x": np.zeros((3, 2), complex), "y": np.zeros(3)}, "Received: complex128"),
        ({"x": np.array(["a"]), "y": np.zeros(1)}, "expected numbers of shape"),
        ({"x": np.zeros(()), "y": np.zeros(1)}, "of shape []"),
        (
            {"x_train": np.zeros((3, 4, 4)), "y_train": np.zeros(3), "x_test": np.zeros((2, 5, 4)), "y_test": np.zeros(2)},
            "expected images of 4 × 4 pixels, as in",
        ),
    ],
)  # fmt: skip
def test_other_arrays_and_shapes_are_refused(tmp_path, arrays, says):
    assert says in refusal(written(tmp_path, **arrays))


def test_a_damaged_file_is_refused(tmp_path):
    path = written(tmp_path, x=np.zeros((30, 2)), y=np.zeros(30))
    whole = path.read_bytes()
    path.write_bytes(whole[:-20])
    assert "not a whole NPZ file" in refusal(path)
    path.write_bytes(whole.replace(b"\0" * 100, b"\1" * 100, 1))
    assert "not a whole NPZ file" in refusal(path)
    path.write_bytes(b"\x80\x04K\x01.")
    assert "not a whole NPZ file" in refusal(path)


def test_an_array_that_claims_more_than_it_holds_takes_no_memory(tmp_path):
    path, header = tmp_path / "x.npz", io.BytesIO()
    np.lib.format.write_array_header_1_0(
        header, {"descr": "<f8", "fortran_order": False, "shape": (10**11, 4)}
    )
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("x.npy", header.getvalue() + bytes(80))
    assert "array 'x' cannot be read (its header says [100000000000, 4] of float64" in refusal(path)


HEADERS = {
    "brackets": "[" * 3000,
    "parentheses": "(" * 200 + ")" * 200,
    "unfinished": "{'descr': '<f8', 'fortran_order': False, 'shape': (3",
    "minus signs": "-" * 9000 + "1",
    "a call": "__import__('os').system('true')",
    "a null": "\x00",
    "no mapping": "1",
    "a negative size": "{'descr': '<f8', 'fortran_order': False, 'shape': (-5,), }",
    "a size beyond 64 bits": "{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999999999999999, 0), }",
    "no type": "{'descr': None, 'fortran_order': False, 'shape': (10,), }",
    "a type without size": "{'descr': '|V0', 'fortran_order': False, 'shape': (10,), }",
    "half a mapping": "{'descr': {'names': []}, 'fortran_order': False, 'shape': (10,), }",
}


@pytest.mark.parametrize("header", HEADERS.values(), ids=HEADERS)
@pytest.mark.parametrize("version", [b"\x01\x00", b"\x02\x00", b"\x09\x00"])
def test_an_array_with_a_damaged_header_is_refused(tmp_path, header, version):
    size = struct.pack("<H" if version == b"\x01\x00" else "<I", len(header))
    with zipfile.ZipFile(tmp_path / "x.npz", "w") as archive:
        archive.writestr("x.npy", b"\x93NUMPY" + version + size + header.encode() + bytes(24))
    assert "array 'x' cannot be read" in refusal(tmp_path / "x.npz")


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_every_byte_of_a_packed_file_may_be_wrong(tmp_path, method):
    held, whole = io.BytesIO(), io.BytesIO()
    np.lib.format.write_array(held, np.arange(12.0).reshape(4, 3))
    with zipfile.ZipFile(whole, "w", method) as archive:
        archive.writestr("x.npy", held.getvalue())
    for place in range(len(whole.getvalue())):
        content = bytearray(whole.getvalue())
        content[place] ^= 0xFF
        (tmp_path / "x.npz").write_bytes(content)
        with suppress(DataError):
            read_file(tmp_path / "x.npz")


@pytest.mark.parametrize("cut", [2, 64, 120])
def test_a_file_that_lost_its_beginning_is_refused(tmp_path, cut):
    path = written(tmp_path, x=np.zeros((3, 1)))
    path.write_bytes(path.read_bytes()[cut:])
    refusal(path)
