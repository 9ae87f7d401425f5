"""A spec's `model.build`, `file.py:function`: where the file is, what is wrong with it, and its hash."""

import os
from pathlib import Path

from regctl.errors import SpecError
from regctl.spec.model import Model
from regctl.spec.paths import absolute
from regctl.spec.words import did_you_mean, printable


def build_path(build: str, folder: Path) -> str:
    """The same with an absolute path, where it was relative to `folder`."""
    file, function = split_build(build)
    return f"{absolute(folder / file)}:{function}"


def split_build(build: str) -> tuple[str, str]:
    """The file and the function."""
    file, _, function = build.rpartition(":")
    return file, function


def build_problem(build: str) -> str | None:
    """What is wrong with an absolute `model.build`, without running it; None when nothing is."""
    file, function = split_build(build)
    if not os.path.isfile(file):
        return f"no such file: {printable(file)}."
    import symtable

    try:
        table = symtable.symtable(Path(file).read_text(encoding="utf-8"), file, "exec")
    except SyntaxError as error:
        return f"{printable(file)}:{error.lineno}: {error.msg}."
    except (OSError, ValueError) as error:
        return f"{printable(file)} cannot be read as Python: {error}."
    names = {
        symbol.get_name() for symbol in table.get_symbols() if symbol.is_assigned() or symbol.is_imported()
    }
    if function in names:
        return None
    return f"{printable(file)} has no function {function!r}.{did_you_mean(function, names)}"


def build_hash(model: Model) -> str | None:
    """The sha256 of the file that builds the model; None where no file does.

    Raises:
        SpecError: the file cannot be read, or its hash is not the spec's `model.build_sha256`.
    """
    if model.build is None:
        return None
    import hashlib

    file, _ = split_build(model.build)
    try:
        found = hashlib.sha256(Path(file).read_bytes()).hexdigest()
    except OSError as error:
        raise SpecError([f"model.build: {file} cannot be read: {error.strerror}."]) from None
    if model.build_sha256 not in (None, found):
        raise SpecError(
            [
                f"model.build: {file}: expected sha256 {model.build_sha256}, model.build_sha256 of the spec. "
                f"Received: {found}. Restore the file, or remove model.build_sha256."
            ]
        )
    return found
