"""What a registered data set says about itself, and how a spec's `dataset.source` finds it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from regctl import catalog
from regctl.spec.dataset import Dataset


@dataclass(frozen=True)
class RegisteredDataset:
    """A data set that travels with regctl.

    `file` lies in the shipped folder `data`, `sha256` is that of its bytes, `units` go by column.
    """

    file: str
    sha256: str
    units: Mapping[str, str] = field(default_factory=dict)

    @property
    def path(self) -> Path:
        """Where the file lies, in a checkout or an installed wheel."""
        return catalog.shipped("data") / self.file


def registered(source: str) -> RegisteredDataset | None:
    """The registered data set of that name, or None when `source` is not such a name."""
    address = catalog.DATASETS.get(source)
    if address is None:
        return None
    found: RegisteredDataset = catalog.resolve(address)
    return found


def known_units(dataset: Dataset) -> dict[str, str]:
    """Units by column: the data set's own, then what the spec says."""
    known = registered(dataset.source)
    return {**(known.units if known else {}), **dataset.units}
