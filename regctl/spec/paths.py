"""Paths of spec and data files: what a name or path stands for, and what to say when nothing is there."""

import os
from pathlib import Path

from regctl import catalog
from regctl.errors import SpecError
from regctl.spec.fields import TABLE_SUFFIXES
from regctl.spec.words import did_you_mean, printable, shown
from regctl.spec.yaml_reader import MAX_BYTES

DATA_SUFFIXES = (*TABLE_SUFFIXES, ".npz")
IDX_SUFFIXES = ("-ubyte", "-ubyte.gz", ".ubyte", ".ubyte.gz")

_FILES = f"a {', '.join(DATA_SUFFIXES[:-1])} or {DATA_SUFFIXES[-1]} file, or a folder of IDX files"


def find_spec(spec: str | Path) -> tuple[Path, str]:
    """The absolute path of a spec, and what messages call it: the path as given, or that of a shipped spec.

    Raises:
        SpecError: nothing is there, or it is a folder.
    """
    shipped = catalog.shipped_specs()
    if isinstance(spec, str) and spec in shipped:
        return absolute(shipped[spec]), str(shipped[spec])
    path, label = Path(spec), printable(str(spec))
    if not str(spec):
        raise SpecError(["expected the path of a spec, or the name of a shipped one. Received: ''."])
    if os.path.isdir(path):
        raise SpecError([f"{label}: expected a spec file. Received: a folder.{_spec_inside(path)}"])
    if not os.path.exists(path):
        raise SpecError([_missing_spec(path, label, list(shipped))])
    return absolute(path), label


def read_spec(path: Path, label: str) -> bytes:
    """The bytes of a spec file; of a file larger than a spec may be, enough to see that it is too large.

    Raises:
        SpecError: the file cannot be read.
    """
    try:
        with open(path, "rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        raise SpecError([f"{label}: the file cannot be read: {error.strerror}."]) from None


def absolute(path: Path) -> Path:
    """The path without `..` and linked folders; a linked file keeps the link's name, which has the suffix."""
    return Path(os.path.realpath(path.parent)) / path.name


def data_path(source: str, folder: Path) -> str:
    """What `dataset.source` stands for: a registered name stays, a path relative to `folder` gets absolute.

    Neither `~` nor environment variables are expanded: a spec means the same for everyone.
    """
    return source if catalog.is_dataset(source) or "\0" in source else str(absolute(folder / source))


def data_problem(source: str, path: str) -> str | None:
    """What is wrong with a `dataset.source` that stands for `path`; None when nothing is."""
    if catalog.is_dataset(source):
        return None
    has_suffix = source.lower().endswith(DATA_SUFFIXES)
    if "\0" not in path and os.path.isdir(path):
        return _folder_problem(path)
    if is_unknown_name(source):
        names = catalog.names("datasets")
        expected = f"a registered name ({', '.join(names)}), {_FILES}"
        own = "" if "." in source else " A data set of your own comes with --plugin FILE."
        hint = did_you_mean(source, names) or own
        return f"expected {expected}. Received: {shown(source)}.{hint}"
    if not has_suffix:
        return f"expected {_FILES}. Received: {shown(source)}."
    if not os.path.isfile(path):
        return f"no such file: {printable(path)}."
    return None


def is_unknown_name(source: str) -> bool:
    """Whether a `dataset.source` that is no data set's name can only be meant as one: it is no path, and no file's."""
    return not source.lower().endswith(DATA_SUFFIXES) and os.path.basename(source) == source


def is_idx(name: str) -> bool:
    """Whether a file is an IDX file of bytes, by its name."""
    return name.lower().endswith(IDX_SUFFIXES)


def _folder_problem(path: str) -> str | None:
    if any(is_idx(name) for name in os.listdir(path)):
        return None
    return f"expected {_FILES} (*-ubyte, *-ubyte.gz). Received: the folder {printable(path)}."


def _missing_spec(path: Path, label: str, shipped: list[str]) -> str:
    if str(path) == path.name and not path.suffix:
        known = ", ".join(shipped)
        return f"{label}: neither a file nor a shipped spec ({known}).{did_you_mean(label, shipped)}"
    if path.stem in shipped and str(path) == path.name:
        return f"{label}: no such file. Did you mean the shipped spec '{path.stem}'?"
    beside = {str(near) for near in path.parent.glob("*.y*ml")} if os.path.isdir(path.parent) else set()
    return f"{label}: no such file.{did_you_mean(str(path), sorted(beside))}"


def _spec_inside(folder: Path) -> str:
    inside = folder / "spec.yaml"
    return f" Did you mean '{printable(str(inside))}'?" if os.path.isfile(inside) else ""
