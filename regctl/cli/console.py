"""The console script: what happens before a command line is read, so that a short command is soon over.

Three things take time that such a command has no use for: looking for garbage while modules are imported, and once
more at the end in what the operating system is about to free; importing what pydantic would look for plugins with;
and importing Typer to read a command line on which there is nothing to read, `regctl validate SPEC…` without options.
"""

import atexit
import gc
import os
import sys
from functools import partial
from types import ModuleType
from typing import Any

from regctl.cli.running import run

_SHORT = ("validate", "schema", "--help", "-h", "--version")  # over in a moment, whatever they are given
_LOADER = "pydantic.plugin._loader"


def start() -> None:
    """Run the command that `sys.argv` gives."""
    gc.disable()
    spare_plugins()
    arguments = sys.argv[1:]
    if short := arguments[:1] and arguments[0] in _SHORT:
        atexit.register(gc.freeze)
    if only_paths(arguments):
        from regctl.cli.specs import check

        return run(partial(check, arguments[1:]))
    from regctl.cli.main import main

    if not short:
        gc.enable()
    return main()


def only_paths(arguments: list[str]) -> bool:
    """Whether a command line is `validate` and paths, which Typer would hand on as they are."""
    paths = arguments[1:]
    plain = bool(paths) and not any(path.startswith("-") for path in paths)
    return plain and arguments[0] == "validate" and os.name != "nt"  # on Windows, Typer expands wildcards


def spare_plugins() -> None:
    """Have pydantic find no plugins without looking, unless PYDANTIC_DISABLE_PLUGINS says that it shall look.

    Under PYDANTIC_DISABLE_PLUGINS=1 pydantic's own loader finds none either, but is imported to say so, and with it
    all of importlib.metadata and email. Whatever else is asked of the loader, the real one answers.
    """
    disabled = os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "1")
    if disabled not in ("1", "true", "__all__") or _LOADER in sys.modules:
        return
    stand_in = ModuleType(_LOADER)
    vars(stand_in).update(get_plugins=tuple, __getattr__=_of_the_real_loader)
    sys.modules[_LOADER] = stand_in


def _of_the_real_loader(name: str) -> Any:
    from importlib import import_module

    if name.startswith("__"):
        raise AttributeError(name)
    sys.modules.pop(_LOADER, None)
    return getattr(import_module(_LOADER), name)
