"""`selection.json`: the settings a run singled out, and what it found."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from regctl.errors import UsageError
from regctl.records.files import read_json, write_json
from regctl.records.trial_record import setting_from, setting_values
from regctl.types import Finding, Setting

FILE = "selection.json"


@dataclass(frozen=True)
class SelectionRecord:
    """What a run singled out.

    `minimum` and `one_standard_error` are None for `train` (no axis) and when no setting could be selected
    because each lost a replicate; `selected` is None in the second case only.
    """

    axis: str | None
    minimum: Setting | None
    one_standard_error: Setting | None
    selected: Setting | None
    reference: Setting
    findings: tuple[Finding, ...] = ()


def write_selection(folder: Path, record: SelectionRecord) -> None:
    """Write `selection.json`; a setting is an object: value by hyperparameter."""
    settings = {
        "minimum": record.minimum,
        "one_standard_error": record.one_standard_error,
        "selected": record.selected,
        "reference": record.reference,
    }
    values = {name: None if each is None else setting_values(each) for name, each in settings.items()}
    write_json(folder / FILE, {"axis": record.axis, **values, "findings": record.findings})


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
        )
    except (KeyError, TypeError) as error:
        message = f"{folder / FILE}: expected a selection as regctl wrote it. Received: {error!r}."
        raise UsageError(message, "Restore the file, or run again.") from error


def _setting(values: Mapping[str, Any] | None) -> Setting | None:
    return None if values is None else setting_from(values)
