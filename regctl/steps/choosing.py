"""Results → curve, selection and findings."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from regctl.analysis import findings
from regctl.analysis.curve import curve, fold_curve
from regctl.analysis.grid_findings import edges_of_grid
from regctl.analysis.learning_curve import Forecast
from regctl.analysis.learning_findings import more_data, no_learning_curve
from regctl.analysis.selection import select
from regctl.records.selection_record import SelectionRecord
from regctl.spec.axes import LARGER_IS_STRONGER, axis_value
from regctl.steps.diagnosing import diagnose, set_findings
from regctl.steps.exactness import exactness_findings
from regctl.steps.failing import named
from regctl.steps.held_out import fold_losses, held_out, row_losses
from regctl.steps.judging import compare_settings
from regctl.steps.learning import learn
from regctl.steps.noise import noise_findings
from regctl.steps.planning import Experiment
from regctl.steps.training import Trained, trial_of
from regctl.types import CurvePoint, Finding, Selection, Setting


@dataclass(frozen=True)
class Choice:
    """The curve (one point for a run without an axis), what it singles out, and along `samples` the forecast."""

    points: tuple[CurvePoint, ...]
    record: SelectionRecord
    forecast: Forecast | None = None


def choose(experiment: Experiment, trained: Trained) -> Choice:
    """Reads the selection off the validation data, by the spec's rule."""
    axis = experiment.axes.own
    points = _points(experiment, trained)
    candidates = _of_all_rows(points) if experiment.axes.by == "samples" else points
    selection = select(candidates, experiment.spec.selection, LARGER_IS_STRONGER[axis or "lambda"])
    forecast = learn(experiment, trained, points)
    minimum, one_standard_error, selected = _settings(experiment, points, selection)
    compared = None if selected is None or experiment.smoke else compare_settings(experiment, trained, points)
    diagnosis = diagnose(experiment, trained, points, selection, selected)
    found = _findings(experiment, trained, points, selection, forecast)
    more = (*found, *set_findings(experiment, compared), *diagnosis.findings)
    if axis is None:
        minimum = one_standard_error = None
    record = SelectionRecord(
        axis,
        minimum,
        one_standard_error,
        selected,
        experiment.reference,
        findings.kept(more, experiment.spec.findings.ignore),
        indistinguishable=() if compared is None else compared.indistinguishable,
        compared=0 if compared is None else compared.finished,
        fit=diagnosis.fit,
    )
    return Choice(points, record, forecast)


def _points(experiment: Experiment, trained: Trained) -> tuple[CurvePoint, ...]:
    settings, k_fold = experiment.settings, experiment.spec.k_fold
    own, by = experiment.axes.own or "lambda", experiment.axes.by
    values = [axis_value(setting, own) for setting in settings]
    train, validation = fold_losses(experiment, trained, settings)
    if k_fold is not None:
        points = fold_curve(values, train, validation, k_fold.repeats)
    else:
        rows = row_losses(experiment, trained, settings)
        points = curve(values, train[:, :, 0], rows, experiment.data.validation.blocks)
    others = [None if by is None else axis_value(setting, by) for setting in settings]
    return tuple(replace(point, other=other) for point, other in zip(points, others, strict=True))


def _of_all_rows(points: Sequence[CurvePoint]) -> list[CurvePoint]:
    """Those of the largest share, where shares are the second axis: a model of fewer rows is not what is shipped."""
    largest = max(point.other or 0.0 for point in points)
    return [point for point in points if point.other == largest]


def _settings(
    experiment: Experiment, points: Sequence[CurvePoint], selection: Selection | None
) -> tuple[Setting | None, Setting | None, Setting | None]:
    if selection is None:
        return None, None, None
    places = {(point.value, point.other): place for place, point in enumerate(points)}
    singled = (selection.minimum, selection.one_standard_error, selection.selected)
    minimum, one_standard_error, selected = (
        None if point is None else experiment.settings[places[point.value, point.other]] for point in singled
    )
    return minimum, one_standard_error, selected


def _findings(
    experiment: Experiment,
    trained: Trained,
    points: tuple[CurvePoint, ...],
    selection: Selection | None,
    forecast: Forecast | None,
) -> tuple[Finding | None, ...]:
    spec, held = experiment.spec, held_out(experiment)
    lost = [trial_of(record) for record in trained.diverged()]
    failed = [(named(trial_of(record)), record.reason) for record in trained.failed()]
    blocks = None if held.blocks is None else len(set(held.blocks.tolist()))
    few = findings.few_validation_rows(len(held.rows), blocks, folds=spec.k_fold is not None)
    on_axis = experiment.axes.own is not None and selection is not None
    unknown = None if experiment.axes.own == "samples" or experiment.smoke else no_learning_curve()
    return (
        *experiment.data.findings,
        *_edges(experiment, points, selection),
        unknown if forecast is None else more_data(forecast),
        few if on_axis else None,
        findings.diverged(lost, len(experiment.trials), selectable=selection is not None),
        findings.failed(failed, len(experiment.trials), selectable=selection is not None),
        *exactness_findings(experiment, trained, points, _settings(experiment, points, selection)[2]),
        *noise_findings(experiment.layers, experiment.settings),
        findings.medians(spec.dataset.target_transform, spec.dataset.target),
    )


def _edges(
    experiment: Experiment, points: tuple[CurvePoint, ...], selection: Selection | None
) -> tuple[Finding | None, ...]:
    """Where the minimum is at an edge of the grid, on either axis."""
    own, by = experiment.axes.own, experiment.axes.by
    return () if own is None or selection is None else edges_of_grid(points, selection, own, by)
