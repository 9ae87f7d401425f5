"""Modules that are imported when something of them is asked for, and not before."""

import sys
from importlib import import_module
from types import ModuleType
from typing import Any


def later(name: str, **known: object) -> None:
    """Let a module be imported late, unless it is there already; what is `known` of it needs no import.

    For modules that others import and hardly use. A stand-in takes the module's place: the first question that `known`
    does not answer imports the module, which then is in its own place, and every answer is the module's.
    """
    if name in sys.modules:
        return

    def answer(attribute: str) -> Any:
        if attribute.startswith("__") and attribute != "__all__":  # what the import system asks of any module
            raise AttributeError(f"module {name!r} has no attribute {attribute!r}")
        if sys.modules.get(name) is stand_in:
            del sys.modules[name]
        return getattr(import_module(name), attribute)

    stand_in = ModuleType(name)
    vars(stand_in).update(known, __getattr__=answer)
    sys.modules[name] = stand_in
