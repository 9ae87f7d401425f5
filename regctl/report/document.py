"""The report for programs: `report.json`, every number with all its digits."""

from typing import Any

from regctl.records.files import plain
from regctl.records.search_record import SearchRecord
from regctl.records.selection_record import SelectionRecord
from regctl.records.split_record import part_hash
from regctl.records.trial_record import TrialRecord, setting_values
from regctl.report import losses, sealing, search_words, units, wording
from regctl.report.answer import answer
from regctl.report.model import Report
from regctl.report.searching import best_of, cost
from regctl.spec.axes import axis_value
from regctl.types import CurvePoint, Setting


def document(report: Report) -> dict[str, Any]:
    """The report as JSON's own types."""
    manifest, record = report.manifest, report.record
    value = {
        "run": report.run.name,
        "run_id": manifest.run_id,
        "status": manifest.status,
        "smoke": manifest.smoke,
        "asked": wording.asked(report),
        "answer": answer(report),
        "engine": manifest.engine,
        "trials": manifest.trials,
        "data": _data(report),
        "objective": _objective(report),
        "selection": None if record is None else _selection(report, record),
        "search": None if report.search is None else _search(report, report.search),
        "curve": [_point(point, manifest.axis, manifest.by) for point in report.curve],
        "test": _test(report),
        "findings": report.findings,
        "next": wording.next_commands(report),
    }
    found: dict[str, Any] = plain(value)
    return found


def _search(report: Report, search: SearchRecord) -> dict[str, Any]:
    best = best_of(search, report.searched)
    return {
        **plain(search),
        "best_score": None if best is None else best.score,
        "best_spread": None if best is None else best.spread,
        "verdicts": {each.name: search_words.verdict(each) for each in search.compared},
        "cost": cost(search, report.searched),
        "requests": report.searched,
    }


def _data(report: Report) -> dict[str, Any]:
    split, k_fold = report.data.split, report.spec.k_fold
    parts = {name: {"rows": len(part), "hash": part_hash(part.hashes)} for name, part in split.parts.items()}
    return {
        "source": report.spec.dataset.source,
        "hash": split.data_hash,
        "target": report.data.target,
        "split": split.method,
        "validation": "holdout" if k_fold is None else k_fold.model_dump(),
        "parts": parts,
        "notes": report.data.notes,
    }


def _objective(report: Report) -> dict[str, Any]:
    value: dict[str, Any] = {
        "formula": units.formula(report),
        "symbols": units.symbols(report),
        "loss": " ".join(losses.loss_name(report)),
    }
    record = report.record
    if record is None or record.selected is None:
        return value
    rows = len(report.data.split.parts["train"])
    return value | {"selected_lambda": units.equivalents(record.selected, rows, report.loss)}


def _selection(report: Report, record: SelectionRecord) -> dict[str, Any]:
    settings = {"minimum": record.minimum, "one_standard_error": record.one_standard_error}
    settings |= {"selected": record.selected, "reference": record.reference}
    singled = {name: None if each is None else _setting(report, each) for name, each in settings.items()}
    axes = [axis for axis in (report.manifest.axis, report.manifest.by) if axis is not None]
    alike = [{axis: axis_value(each, axis) for axis in axes} for each in record.indistinguishable]
    return {
        **singled,
        "indistinguishable": alike,
        "compared": record.compared,
        "fit": record.fit,
        "chosen_from": record.chosen_from,
    }


def _setting(report: Report, setting: Setting) -> dict[str, Any]:
    errors = report.errors.get(setting)
    return {
        "setting": setting_values(setting),
        "validation_se": None if errors is None else errors.validation,
        "refit": report.refit(setting),
        "replicates": [_trial(trial) for trial in report.replicates(setting)],
    }


def _trial(trial: TrialRecord) -> dict[str, Any]:
    return {
        "trial": trial.id,
        "seed": trial.seed,
        "fold": trial.fold,
        "train": {"loss": trial.train_loss, **trial.train_metrics},
        "validation": {"loss": trial.validation_loss, **trial.validation_metrics},
        "degrees_of_freedom": trial.degrees_of_freedom,
        "objective_gap": trial.objective_gap,
    }


def _point(point: CurvePoint, axis: str | None, by: str | None) -> dict[str, Any]:
    values: dict[str, Any] = plain(point)
    own, other = values.pop("value"), values.pop("other")
    return {axis or "value": own, **({} if by is None else {by: other}), **values}


def _test(report: Report) -> dict[str, Any]:
    test = report.test
    if test is None:
        return {"sealed": True, "why": sealing.sealed_because(report)}
    return {
        "sealed": False,
        "opening": test.opening.opening,
        "opened_at": test.opening.opened_at,
        "earlier": test.opening.earlier,
        "selected": test.evaluation,
        "reference": test.reference_evaluation,
        "difference": test.difference,
        "optimism": test.optimism,
    }
