"""The console script: what happens before a command line is read, so that a short command is soon over.

Such a command has no use for: looking for garbage while modules are imported, and at the end in what the operating
system is about to free; what pydantic imports for secret strings and for plugins; and Typer, where a command line has
nothing for it to read, `regctl validate SPEC…` without options. A command that trains starts without any of this.
"""

import atexit
import gc
import os
import sys
from functools import partial

from regctl.cli.later import later
from regctl.cli.running import run

_SHORT = ("validate", "schema", "--help", "-h", "--version")  # over in a moment, whatever they are given


def start() -> None:
    """Run the command that `sys.argv` gives."""
    arguments = sys.argv[1:]
    if short := arguments[:1] and arguments[0] in _SHORT:
        gc.disable()
        atexit.register(gc.freeze)
        spare_pydantic()
    if short and only_paths(arguments):
        from regctl.cli.specs import check

        return run(partial(check, arguments[1:]))
    from regctl.cli.main import main

    return main()


def only_paths(arguments: list[str]) -> bool:
    """Whether a command line is `validate` and paths, which Typer would hand on as they are."""
    paths = arguments[1:]
    plain = bool(paths) and not any(path.startswith("-") for path in paths)
    return plain and arguments[0] == "validate" and os.name != "nt"  # on Windows, Typer expands wildcards


def spare_pydantic() -> None:
    """Spare pydantic two imports: `secrets`, and the loader of its plugins unless these are wanted.

    Under PYDANTIC_DISABLE_PLUGINS=1 the loader finds no plugins, but is imported, with importlib.metadata, to say so.
    """
    later("secrets")
    if os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "1") in ("1", "true", "__all__"):
        later("pydantic.plugin._loader", get_plugins=tuple)
