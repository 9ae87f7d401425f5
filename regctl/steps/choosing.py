"""Results → curve, selection and findings."""

from dataclasses import dataclass

from regctl.analysis import findings
from regctl.analysis.curve import curve
from regctl.analysis.selection import select
from regctl.records.selection_record import SelectionRecord
from regctl.steps.exactness import exactness_findings
from regctl.steps.planning import Experiment
from regctl.steps.training import Trained, row_losses, train_losses
from regctl.types import CurvePoint, Finding, Selection, Setting, Trial


@dataclass(frozen=True)
class Choice:
    """The curve (one point for a run without an axis) and what it singles out."""

    points: tuple[CurvePoint, ...]
    record: SelectionRecord


def choose(experiment: Experiment, trained: Trained) -> Choice:
    """Reads the selection off the validation data, by the spec's rule."""
    settings = experiment.settings
    points = curve(
        [setting.lambda_ for setting in settings],
        train_losses(experiment, trained, settings),
        row_losses(experiment, trained, settings),
        experiment.data.validation.blocks,
    )
    selection = select(points, experiment.spec.selection)
    found = _findings(experiment, trained, points, selection)
    if experiment.axis is None:
        selected = settings[0] if selection is not None else None
        record = SelectionRecord(None, None, None, selected, experiment.reference, found)
    else:
        singled = _settings(experiment, selection)
        record = SelectionRecord(experiment.axis, *singled, experiment.reference, found)
    return Choice(points, record)


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
    spec, validation = experiment.spec, experiment.data.validation
    failed = [Trial(record.id, record.setting, record.seed) for record in trained.diverged()]
    blocks = None if validation.blocks is None else len(set(validation.blocks.tolist()))
    on_axis = experiment.axis is not None and selection is not None
    return findings.kept(
        [
            *experiment.data.findings,
            findings.edge_of_grid(points, selection) if on_axis and selection else None,
            findings.few_validation_rows(len(validation.table), blocks) if on_axis else None,
            findings.diverged(failed, len(experiment.trials), selectable=selection is not None),
            *exactness_findings(experiment, trained, points, _settings(experiment, selection)[2]),
            findings.medians(spec.dataset.target_transform, spec.dataset.target),
        ],
        spec.findings.ignore,
    )
