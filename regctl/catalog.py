"""Names a spec may use, and where the things they name live. Nothing is imported until a name is resolved.

Beside regctl's own there are those that a plugin brings: a Python file that the command line names, or the entry points
of an installed package. A spec can name them, and can bring none: a spec file alone never causes code to run.
"""

import importlib
import os
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, Literal, TypeAlias

from regctl.errors import UsageError

DATASETS: Mapping[str, str] = {
    "ames": "regctl.datasets.ames:AMES",
    "california": "regctl.datasets.california:CALIFORNIA",
    "diabetes": "regctl.datasets.scikit_learn:DIABETES",
    "digits": "regctl.datasets.scikit_learn:DIGITS",
    "fashion_mnist": "regctl.datasets.mnist:FASHION_MNIST",
    "mnist": "regctl.datasets.mnist:MNIST",
    "quadratic": "regctl.datasets.quadratic:QUADRATIC",
}
OF_IMAGES = frozenset({"digits", "fashion_mnist", "mnist"})  # they know height, width and channels

MODELS: Mapping[str, str] = {
    "linear": "regctl.models.presets:linear",
    "polynomial": "regctl.models.presets:linear",
    "mlp": "regctl.models.presets:mlp",
    "selu_mlp": "regctl.models.presets:mlp",
    "cnn": "regctl.models.presets:cnn",
}

Kind: TypeAlias = Literal["models", "datasets"]
_SHIPPED: Mapping[Kind, Mapping[str, str]] = {"models": MODELS, "datasets": DATASETS}

_PACKAGE = Path(__file__).parent


@dataclass(frozen=True)
class Plugin:
    """A Python file whose `MODELS` and `DATASETS` a spec may name: its absolute path, and its content's sha256."""

    path: str
    sha256: str

    @property
    def file(self) -> str:
        """The file's name, without its folder."""
        return os.path.basename(self.path)


# What this process has loaded, and which of it the current command named. Code can be loaded once only.
_modules: dict[Plugin, ModuleType] = {}
_in_use: list[Plugin] = []


def use_plugins(paths: Iterable[str | Path]) -> tuple[Plugin, ...]:
    """Loads what a command's `--plugin` names; what an earlier command named is no longer in use.

    Raises:
        UsageError: see `load_plugin`.
    """
    _in_use.clear()
    return tuple(load_plugin(path) for path in paths)


def load_plugin(path: str | Path, sha256: str | None = None) -> Plugin:
    """Runs a Python file, once, and brings the names of its `MODELS` and `DATASETS` into use.

    The folder of the file is on the path for imports meanwhile, as it is for a script.

    Raises:
        UsageError: the file cannot be read or has another sha256 than the one given, it raises an error, it brings
            nothing, or a name that is taken.
    """
    import hashlib  # commands without a plugin do without it

    label, file = f"--plugin {path}", os.path.realpath(path)
    try:
        content = Path(file).read_bytes()
    except OSError as error:
        raise UsageError(f"{label}: cannot be read: {error.strerror}.", "Name a Python file.") from None
    plugin = Plugin(file, hashlib.sha256(content).hexdigest())
    if sha256 not in (None, plugin.sha256):
        raise UsageError(f"{label}: the file has changed since the run began.", "Start the run again.")
    if plugin not in _in_use:
        if plugin not in _modules:
            _modules[plugin] = _executed(plugin, content, label)
        _check_names(plugin, label)
        _in_use.append(plugin)
    return plugin


def plugins() -> tuple[Plugin, ...]:
    """The files in use, in the order they were named."""
    return tuple(_in_use)


def names(kind: Kind) -> tuple[str, ...]:
    """Every name of a kind that a spec may use: regctl's own, those of plugins, those of installed packages."""
    own = (name for plugin in _in_use for name in _brought(plugin, kind))
    return tuple(dict.fromkeys((*_SHIPPED[kind], *own, *_installed(kind))))


def is_dataset(source: str) -> bool:
    """Whether a spec's `dataset.source` is a name, and no path. Plugins are asked where it cannot be a path only."""
    if source in DATASETS:
        return True
    bare = os.path.basename(source) == source and "." not in source
    return bare and source in names("datasets")


def found(kind: Kind, name: str) -> Any:
    """What has a name: of regctl's own the object at its address, else what is `brought`.

    Raises:
        UsageError: as `brought`.
    """
    own = _SHIPPED[kind].get(name)
    return brought(kind, name) if own is None else resolve(own)


def plugin_of(kind: Kind, name: str) -> Plugin | None:
    """The file in use that brings a name; None when none does."""
    return next((plugin for plugin in _in_use if name in _brought(plugin, kind)), None)


def brought(kind: Kind, name: str) -> Any:
    """What a plugin or an installed package calls by a name.

    Raises:
        UsageError: the package cannot be imported, or nothing has that name.
    """
    if (plugin := plugin_of(kind, name)) is not None:
        return _brought(plugin, kind)[name]
    entry = _installed(kind).get(name)
    if entry is None:
        raise UsageError(f"there is no {kind[:-1]} {name!r}.", "Name the file that brings it: --plugin FILE.")
    try:
        return entry.load()
    except Exception as error:
        raise UsageError(f"entry point regctl.{kind} {name} = {entry.value}: {said(error)}.") from error


def said(error: BaseException) -> str:
    """An error of somebody else's code as part of a sentence: its kind, and what it says on one line."""
    return f"{type(error).__name__}: {' '.join(str(error).split())}".rstrip(": .")


def place(error: BaseException, file: str) -> str:
    """`file:line` of the file's last line that was on the way to an error; the file alone where none was."""
    if isinstance(error, SyntaxError) and error.filename == file:
        return f"{file}:{error.lineno}"
    import traceback

    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == file]
    return f"{file}:{lines[-1]}" if lines else file


def _executed(plugin: Plugin, content: bytes, label: str) -> ModuleType:
    module = ModuleType(f"regctl_plugin_{Path(plugin.path).stem}")
    module.__file__ = plugin.path
    sys.modules[module.__name__] = module  # as dataclasses and pickle expect
    sys.path.insert(0, os.path.dirname(plugin.path))
    try:
        exec(compile(content, plugin.path, "exec"), module.__dict__)
    except BaseException as error:
        del sys.modules[module.__name__]
        if isinstance(error, KeyboardInterrupt):
            raise
        raise UsageError(f"{label}: {place(error, plugin.path)}: {said(error)}.") from error
    finally:
        sys.path.remove(os.path.dirname(plugin.path))
    return module


def _brought(plugin: Plugin, kind: Kind) -> Mapping[str, Any]:
    found: Mapping[str, Any] = getattr(_modules[plugin], kind.upper(), {})
    return found


def _check_names(plugin: Plugin, label: str) -> None:
    found = {kind: _brought(plugin, kind) for kind in _SHIPPED}
    for kind, mapping in found.items():
        if not isinstance(mapping, Mapping) or not all(isinstance(name, str) for name in mapping):
            expected = f'a mapping from names, as {kind.upper()} = {{"my_{kind[:-1]}": my_{kind[:-1]}}}'
            raise UsageError(f"{label}: {kind.upper()}: expected {expected}. Received: {mapping!r:.60}.")
        taken = next((name for name in mapping if name in names(kind)), None)
        if taken is not None:
            raise UsageError(f"{label}: {kind.upper()}: {taken!r} is taken.", "Choose another name.")
    if not any(found.values()):
        raise UsageError(
            f"{label}: the file brings nothing.",
            'Add what it brings, as MODELS = {"my_model": my_model} or DATASETS = {"my_data": my_data}.',
        )


def _installed(kind: Kind) -> dict[str, Any]:
    """The entry points of installed packages, by name; names of regctl's own stay regctl's."""
    from importlib.metadata import entry_points  # takes a moment to import

    return {entry.name: entry for entry in entry_points(group=f"regctl.{kind}")}


def resolve(address: str) -> Any:
    """The object at `module:attribute`.

    Raises:
        ImportError, AttributeError: the address is wrong; these are bugs of the catalog, not of a user.
    """
    module, _, attribute = address.partition(":")
    return getattr(importlib.import_module(module), attribute)


def shipped(folder: str) -> Path:
    """The folder `configs` or `data` as shipped: inside an installed wheel, or at the top of a checkout."""
    installed = _PACKAGE / "shipped" / folder
    return installed if installed.is_dir() else _PACKAGE.parent / folder


def shipped_specs() -> dict[str, Path]:
    """Bare name → path of every spec that travels with regctl, in order of name."""
    return {path.stem: path for path in sorted(shipped("configs").glob("*.yaml"))}
