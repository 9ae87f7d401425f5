"""What a registered data set says about itself, and how a spec's `dataset.source` finds it.

Registered are regctl's own data sets and those that a plugin brings. Either is a function whose keyword arguments are
the spec's `dataset.options`, and which returns columns by name; a card goes with it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from regctl import catalog
from regctl.datasets.arrays import source_of_columns
from regctl.datasets.downloads import Download
from regctl.datasets.raw import Source
from regctl.errors import DataError
from regctl.spec.dataset import Dataset
from regctl.spec.options import OptionError, all_options


@dataclass(frozen=True)
class Card:
    """What to know of a data set before using it.

    `rows` and `columns` (the target among them) are counts, or say what they depend on. `licence` is that of the data.
    """

    title: str
    target: str = ""
    good_for: str = ""
    rows: int | str = ""
    columns: int | str = ""
    source: str = ""
    licence: str = ""
    sha256: str | None = None


@dataclass(frozen=True)
class RegisteredDataset:
    """A data set with a name.

    `load` takes the options as keyword arguments and returns a mapping from column to values, all of one length (lists,
    NumPy arrays or polars series of numbers, texts, truth values or dates; None and NaN are missing), or, in this room,
    a source. `units` go by column. `downloads` are the files that it reads, where they do not travel with regctl.
    """

    load: Callable[..., Mapping[str, Any] | Source]
    card: Card
    units: Mapping[str, str] = field(default_factory=dict)
    downloads: tuple[Download, ...] = ()


def registered(source: str) -> RegisteredDataset | None:
    """The registered data set of that name, or None when `source` is not such a name.

    Raises:
        UsageError: the package that brings it cannot be imported.
    """
    if not catalog.is_dataset(source):
        return None
    found = catalog.found("datasets", source)
    return found if isinstance(found, RegisteredDataset) else RegisteredDataset(found, _card_of(found))


def read_registered(name: str, known: RegisteredDataset, options: Mapping[str, Any]) -> Source:
    """The rows of a registered data set with these options.

    Raises:
        DataError: an option is wrong, or what the function of a plugin returns is no table, or it raises an error.
        MachineError: a file cannot be downloaded.
    """
    whole = _checked(name, options)
    own = name in catalog.DATASETS
    loaded = known.load(**whole) if own else _loaded_by_plugin(name, known, whole)
    return loaded if isinstance(loaded, Source) else source_of_columns(name, loaded, whole)


def whole_options(dataset: Dataset) -> dict[str, Any]:
    """The spec's options with the defaults of those that it does not give; of a file, none.

    Raises:
        DataError: there is no such option, or its value is of another kind.
    """
    return {} if registered(dataset.source) is None else _checked(dataset.source, dataset.options)


def known_units(dataset: Dataset) -> dict[str, str]:
    """Units by column: the data set's own, then what the spec says."""
    known = registered(dataset.source)
    return {**(known.units if known else {}), **dataset.units}


def _card_of(function: Any) -> Card:
    """The card of a plugin's bare function: its docstring."""
    text = (getattr(function, "__doc__", None) or "").strip()
    title, _, rest = text.partition("\n")
    return Card(title.strip(), good_for=" ".join(rest.split()))


def _checked(name: str, options: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return all_options(name, options)
    except OptionError as error:
        raise DataError(f"dataset.options{error.key}: {error.sentence}") from None


def _loaded_by_plugin(
    name: str, known: RegisteredDataset, options: Mapping[str, Any]
) -> Mapping[str, Any] | Source:
    plugin = catalog.plugin_of("datasets", name)
    try:
        loaded = known.load(**options)
    except (Exception, SystemExit) as error:
        where = "" if plugin is None else f" ({catalog.place(error, plugin.path)})"
        raise DataError(f"data set {name!r}{where}: {catalog.said(error)}.") from error
    if not isinstance(loaded, Mapping):
        raise DataError(
            f"data set {name!r}: expected a mapping from column to values. Received: {type(loaded).__name__}.",
            "Return a dict, such as {'area': [50, 80], 'price': [100, 150]}.",
        )
    return loaded
