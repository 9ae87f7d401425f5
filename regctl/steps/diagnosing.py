"""What the trained settings say about the selected one: the verdict, and the findings about it."""

from collections.abc import Sequence
from dataclasses import dataclass

from regctl.analysis.confidence_findings import cannot_choose, flat_curve
from regctl.analysis.tails import doubtful_interval
from regctl.analysis.verdict_findings import evidence_of, fit_finding, sentence
from regctl.records.selection_record import FitRecord
from regctl.steps.held_out import held_out, row_losses
from regctl.steps.judging import Compared, judge
from regctl.steps.model_findings import column_findings, convergence_findings, rate_findings
from regctl.steps.planning import Experiment
from regctl.steps.training import Trained
from regctl.types import CurvePoint, Finding, Selection, Setting

_IN_WORDS = {
    "lambda": "λ",
    "dropout": "the dropout rate",
    "degree": "the degree",
    "samples": "",
    "l1_ratio": "l1_ratio",
}


@dataclass(frozen=True)
class Diagnosis:
    """The verdict on the selected setting, and findings about it."""

    fit: FitRecord | None = None
    findings: tuple[Finding | None, ...] = ()


def diagnose(
    experiment: Experiment,
    trained: Trained,
    points: Sequence[CurvePoint],
    selection: Selection | None,
    selected: Setting | None,
) -> Diagnosis:
    """How the selected setting fits and what else is to be said of it; nothing of a smoke run, or without one."""
    if selected is None or experiment.smoke:
        return Diagnosis()
    found = judge(experiment, trained, points, selection, selected)
    fit = FitRecord(found.kind, found.why, sentence(found), evidence_of(found))
    return Diagnosis(
        fit,
        (
            fit_finding(found),
            *convergence_findings(experiment, trained, selected),
            *rate_findings(experiment, selected),
            *column_findings(experiment),
            _tails(experiment, trained, selected),
        ),
    )


def set_findings(experiment: Experiment, compared: Compared | None) -> tuple[Finding | None, ...]:
    """What the set of settings that cannot be told from the best says about the grid."""
    if compared is None:
        return ()
    axes = " and ".join(_IN_WORDS[axis] for axis in experiment.axes if axis != "samples")
    rows = len(held_out(experiment).rows)
    return (
        flat_curve(compared.points, compared.members, axes),
        cannot_choose(compared.points, compared.members, rows),
    )


def _tails(experiment: Experiment, trained: Trained, selected: Setting) -> Finding | None:
    """Of the rows that the standard error is the bootstrap's over; that of folds rests on folds."""
    if experiment.spec.k_fold is not None:
        return None
    losses = row_losses(experiment, trained, (selected,))[0].mean(axis=0)
    return doubtful_interval(losses, experiment.data.validation.blocks, "validation")
