"""A comparison of runs for programs, every number with all its digits."""

from typing import Any

from regctl.records.files import plain
from regctl.records.trial_record import setting_values
from regctl.report.comparing import Comparison, Pair, along, selected_loss, selected_setting
from regctl.report.comparison_content import verdict


def comparison_document(comparison: Comparison) -> dict[str, Any]:
    """The comparison as JSON's own types; of `spec` and `environment` what differs, in the order of `runs`."""
    axis, lines = along(comparison)
    curves = {comparison.letter(place): points for place, points in lines.items()}
    found: dict[str, Any] = plain(
        {
            "runs": [_run(comparison, place) for place in range(len(comparison.reports))],
            "differences": [_pair(comparison, pair) for pair in comparison.pairs],
            "spec": comparison.spec,
            "environment": comparison.environment,
            "axis": axis,
            "curves": curves,
        }
    )
    return found


def _run(comparison: Comparison, place: int) -> dict[str, Any]:
    report = comparison.reports[place]
    selected, (loss, error) = selected_setting(report), selected_loss(report)
    return {
        "letter": comparison.letter(place),
        "run": report.run.name,
        "run_id": report.manifest.run_id,
        "name": report.spec.name,
        "axis": report.manifest.axis,
        "by": report.manifest.by,
        "status": report.manifest.status,
        "selected": None if selected is None else setting_values(selected),
        "validation_loss": loss,
        "validation_se": error,
    }


def _pair(comparison: Comparison, pair: Pair) -> dict[str, Any]:
    found = pair.difference
    value: dict[str, Any] = {
        "base": comparison.letter(pair.base),
        "other": comparison.letter(pair.other),
        "refused": found is None,
        "reasons": pair.refusals,
        "verdict": verdict(comparison, pair),
    }
    if found is None:
        return value
    low, high = found.loss.low, found.loss.high
    return value | {
        "difference": found.loss.value,
        "interval": None if low is None else [low, high],
        "rows": found.rows,
        "blocks": found.blocks,
        "by_seed": found.by_seed,
        "holds_other_seeds": found.seeds_known,
    }
