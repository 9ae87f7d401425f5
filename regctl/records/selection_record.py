"""`selection.json`: the settings a run singled out, and what it found."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from regctl.errors import UsageError
from regctl.records.files import plain, read_json, write_json
from regctl.records.trial_record import setting_from, setting_values
from regctl.types import Finding, Setting

FILE = "selection.json"


@dataclass(frozen=True)
class Refit:
    """A setting trained on all train and validation `rows` once it was selected by k-fold, for `epochs`."""

    setting: Setting
    seed: int
    rows: int
    epochs: int
    status: Literal["done", "diverged"]
    train_loss: float
    train_metrics: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class FitRecord:
    """How the selected setting fits: `underfit`, `overfit`, `fits` or `cannot tell`, why, in words and in numbers."""

    kind: str
    why: str
    message: str
    evidence: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class SelectionRecord:
    """What a run singled out.

    `minimum` and `one_standard_error` are None for `train` (no axis) and when no setting could be selected
    because each lost a replicate; `selected` is None in the second case only. `refits` are the shipped models of
    k-fold; with a holdout there are none. `indistinguishable` are the settings that cannot be told from the best, in
    the grid's order, `compared` how many were asked; without an axis there are none. `fit` is the verdict.
    `chosen_from` is the run whose setting was chosen by hand, None where the spec's rule selected.
    """

    axis: str | None
    minimum: Setting | None
    one_standard_error: Setting | None
    selected: Setting | None
    reference: Setting
    findings: tuple[Finding, ...] = ()
    refits: tuple[Refit, ...] = ()
    indistinguishable: tuple[Setting, ...] = ()
    compared: int = 0
    fit: FitRecord | None = None
    chosen_from: str | None = None


def write_selection(folder: Path, record: SelectionRecord) -> None:
    """Write `selection.json`; a setting is an object: value by hyperparameter."""
    settings = {
        "minimum": record.minimum,
        "one_standard_error": record.one_standard_error,
        "selected": record.selected,
        "reference": record.reference,
    }
    values = {name: None if each is None else setting_values(each) for name, each in settings.items()}
    refits = [plain(each) | {"setting": setting_values(each.setting)} for each in record.refits]
    alike = [setting_values(each) for each in record.indistinguishable]
    told = {"indistinguishable": alike, "compared": record.compared, "fit": record.fit}
    if record.chosen_from is not None:
        told |= {"chosen_from": record.chosen_from}
    write_json(
        folder / FILE, {"axis": record.axis, **values, **told, "refits": refits, "findings": record.findings}
    )


def read_selection(folder: Path) -> SelectionRecord:
    """What `write_selection` wrote.

    Raises:
        UsageError: the file is missing or damaged.
    """
    found = read_json(folder / FILE)
    try:
        return SelectionRecord(
            axis=found["axis"],
            minimum=_setting(found["minimum"]),
            one_standard_error=_setting(found["one_standard_error"]),
            selected=_setting(found["selected"]),
            reference=setting_from(found["reference"]),
            findings=tuple(Finding(**each) for each in found["findings"]),
            refits=tuple(_refit(each) for each in found["refits"]),
            indistinguishable=tuple(setting_from(each) for each in found.get("indistinguishable", ())),
            compared=found.get("compared", 0),
            fit=None if found.get("fit") is None else FitRecord(**found["fit"]),
            chosen_from=found.get("chosen_from"),
        )
    except (KeyError, TypeError) as error:
        message = f"{folder / FILE}: expected a selection as regctl wrote it. Received: {error!r}."
        raise UsageError(message, "Restore the file, or run again.") from error


def _refit(values: dict[str, Any]) -> Refit:
    loss = values["train_loss"]
    setting, loss = setting_from(values["setting"]), float("nan") if loss is None else loss
    return Refit(**values | {"setting": setting, "train_loss": loss})


def _setting(values: Mapping[str, Any] | None) -> Setting | None:
    return None if values is None else setting_from(values)
