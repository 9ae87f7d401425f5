"""`test.json`: the numbers of the opened test set."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from regctl.errors import UsageError
from regctl.records.files import read_json, write_json
from regctl.records.ledger import EarlierOpening, Opening
from regctl.records.trial_record import setting_from, setting_values
from regctl.types import Evaluation, Finding, Interval, Setting

FILE = "test.json"


@dataclass(frozen=True)
class OpenedTest:
    """The shipped model and the reference on the test rows, frozen before anyone looked.

    `reference` and `difference` (selected − reference, paired by row) are None when the reference diverged. `optimism`
    is the test loss less the selected setting's validation loss, unpaired; None where its rows were not kept.
    """

    opening: Opening
    selected: Setting
    evaluation: Evaluation
    reference: Setting
    reference_evaluation: Evaluation | None = None
    difference: Evaluation | None = None
    optimism: Interval | None = None
    findings: tuple[Finding, ...] = ()


def write_test(folder: Path, test: OpenedTest) -> None:
    """Write `test.json`.

    `opening, opened_at, run, rows, loss, loss_interval, metrics: {name: {value, interval}}, selected,
    reference: {setting, rows, loss, …} (its setting only, when it diverged), difference: {rows, loss, …} or
        null,
    optimism: {value, interval} or null, findings, earlier: [{opening, opened_at, run, rows, shared_rows}]`.
    """
    opening = test.opening
    value: dict[str, Any] = {"opening": opening.opening, "opened_at": opening.opened_at, "run": opening.run}
    value |= _evaluation_values(test.evaluation)
    value |= {"selected": setting_values(test.selected)}
    reference: dict[str, Any] = {"setting": setting_values(test.reference)}
    if test.reference_evaluation is not None:
        reference |= _evaluation_values(test.reference_evaluation)
    difference = None if test.difference is None else _evaluation_values(test.difference)
    value |= {"reference": reference, "difference": difference}
    if (optimism := test.optimism) is not None:
        value |= {"optimism": {"value": optimism.value, "interval": _bounds(optimism)}}
    write_json(folder / FILE, value | {"findings": test.findings, "earlier": opening.earlier})


def read_test(folder: Path) -> OpenedTest | None:
    """What `write_test` wrote, or None while the test set is sealed.

    Raises:
        UsageError: the file is damaged.
    """
    if not (folder / FILE).exists():
        return None
    found = read_json(folder / FILE)
    try:
        return _opened_test(found)
    except (KeyError, TypeError, ValueError) as error:
        message = f"{folder / FILE}: expected a test result as regctl wrote it. Received: {error!r}."
        raise UsageError(message, "Restore the file.") from error


def _opened_test(found: Mapping[str, Any]) -> OpenedTest:
    earlier = tuple(EarlierOpening(**each) for each in found["earlier"])
    reference, difference, optimism = found["reference"], found["difference"], found.get("optimism")
    return OpenedTest(
        opening=Opening(found["opening"], found["opened_at"], found["run"], found["rows"], earlier),
        selected=setting_from(found["selected"]),
        evaluation=_evaluation(found),
        reference=setting_from(reference["setting"]),
        reference_evaluation=_evaluation(reference) if "loss" in reference else None,
        difference=None if difference is None else _evaluation(difference),
        optimism=None if optimism is None else _interval(optimism["value"], optimism["interval"]),
        findings=tuple(Finding(**each) for each in found.get("findings", ())),
    )


def _evaluation_values(evaluation: Evaluation) -> dict[str, Any]:
    metrics = {
        name: {"value": each.value, "interval": _bounds(each)} for name, each in evaluation.metrics.items()
    }
    loss = evaluation.loss
    return {"rows": evaluation.rows, "loss": loss.value, "loss_interval": _bounds(loss), "metrics": metrics}


def _bounds(interval: Interval) -> list[float] | None:
    return None if interval.low is None or interval.high is None else [interval.low, interval.high]


def _evaluation(found: Mapping[str, Any]) -> Evaluation:
    metrics = {name: _interval(each["value"], each["interval"]) for name, each in found["metrics"].items()}
    return Evaluation(found["rows"], _interval(found["loss"], found["loss_interval"]), metrics)


def _interval(value: float | None, bounds: list[float] | None) -> Interval:
    low, high = bounds or (None, None)
    return Interval(float("nan") if value is None else value, low, high)
