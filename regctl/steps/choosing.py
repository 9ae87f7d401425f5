"""Results → curve, selection and findings."""

from dataclasses import dataclass

from regctl.analysis import findings
from regctl.analysis.curve import curve, fold_curve
from regctl.analysis.selection import select
from regctl.records.selection_record import SelectionRecord
from regctl.steps.exactness import exactness_findings
from regctl.steps.held_out import fold_losses, held_out, row_losses
from regctl.steps.noise import noise_findings
from regctl.steps.planning import Experiment
from regctl.steps.training import Trained
from regctl.types import CurvePoint, Finding, Selection, Setting, Trial


@dataclass(frozen=True)
class Choice:
    """The curve (one point for a run without an axis) and what it singles out."""

    points: tuple[CurvePoint, ...]
    record: SelectionRecord


def choose(experiment: Experiment, trained: Trained) -> Choice:
    """Reads the selection off the validation data, by the spec's rule."""
    settings = experiment.settings
    points = _points(experiment, trained, settings)
    selection = select(points, experiment.spec.selection)
    found = _findings(experiment, trained, points, selection)
    if experiment.axis is None:
        selected = settings[0] if selection is not None else None
        record = SelectionRecord(None, None, None, selected, experiment.reference, found)
    else:
        singled = _settings(experiment, selection)
        record = SelectionRecord(experiment.axis, *singled, experiment.reference, found)
    return Choice(points, record)


def _points(
    experiment: Experiment, trained: Trained, settings: tuple[Setting, ...]
) -> tuple[CurvePoint, ...]:
    values, k_fold = [setting.lambda_ for setting in settings], experiment.spec.k_fold
    train, validation = fold_losses(experiment, trained, settings)
    if k_fold is not None:
        return fold_curve(values, train, validation, k_fold.repeats)
    rows = row_losses(experiment, trained, settings)
    return curve(values, train[:, :, 0], rows, experiment.data.validation.blocks)


def _settings(
    experiment: Experiment, selection: Selection | None
) -> tuple[Setting | None, Setting | None, Setting | None]:
    if selection is None:
        return None, None, None
    by_value = {setting.lambda_: setting for setting in experiment.settings}
    points = (selection.minimum, selection.one_standard_error, selection.selected)
    minimum, one_standard_error, selected = (by_value[point.value] for point in points)
    return minimum, one_standard_error, selected


def _findings(
    experiment: Experiment, trained: Trained, points: tuple[CurvePoint, ...], selection: Selection | None
) -> tuple[Finding, ...]:
    spec, held = experiment.spec, held_out(experiment)
    failed = [Trial(record.id, record.setting, record.seed, record.fold) for record in trained.diverged()]
    blocks = None if held.blocks is None else len(set(held.blocks.tolist()))
    few = findings.few_validation_rows(len(held.rows), blocks, folds=spec.k_fold is not None)
    on_axis = experiment.axis is not None and selection is not None
    return findings.kept(
        [
            *experiment.data.findings,
            findings.edge_of_grid(points, selection) if on_axis and selection else None,
            few if on_axis else None,
            findings.diverged(failed, len(experiment.trials), selectable=selection is not None),
            *exactness_findings(experiment, trained, points, _settings(experiment, selection)[2]),
            *noise_findings(experiment.layers, experiment.settings),
            findings.medians(spec.dataset.target_transform, spec.dataset.target),
        ],
        spec.findings.ignore,
    )
