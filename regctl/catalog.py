"""Names a spec may use, and where the things they name live. Nothing is imported until a name is resolved."""

import importlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

DATASETS: Mapping[str, str] = {"ames": "regctl.datasets.ames:AMES"}

MODELS: Mapping[str, str] = {
    "linear": "regctl.models.presets:linear",
    "polynomial": "regctl.models.presets:linear",
    "mlp": "regctl.models.presets:mlp",
    "cnn": "regctl.models.presets:cnn",
    "custom": "regctl.models.presets:custom",
}

_PACKAGE = Path(__file__).parent


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
