"""The shipped model and the reference on the opened test rows."""

import json
from pathlib import Path

from regctl.analysis.evaluation import Resampled, compare, evaluate, resampled
from regctl.analysis.losses import per_row, probabilities
from regctl.analysis.measures import Scored
from regctl.datasets.opening import open_rows
from regctl.datasets.preparation import fit_preparation
from regctl.datasets.scaling import scale_target, unscale_target
from regctl.records.ledger import Opening
from regctl.records.opened_test import OpenedTest
from regctl.records.selection_record import read_selection
from regctl.spec.schema import Spec
from regctl.spec.tasks import chosen_loss, chosen_metrics
from regctl.types import Part, TargetPreparation


def evaluate_test(run: Path, spec: Spec, part: Part, opening: Opening) -> OpenedTest:
    """Predicts the test rows with the exported models, as anyone who ships them would."""
    record = read_selection(run)
    if record.selected is None:
        raise ValueError("a run without a selected setting has nothing to test")
    opened = open_rows(spec)
    target = fit_preparation(opened.train.table, spec, opened.target.classes).target
    selected = _resampled(run / "model.keras", spec, target, part)
    first = evaluate(selected)
    if not (run / "reference.keras").exists():
        return OpenedTest(opening, record.selected, first, record.reference)
    reference = _resampled(run / "reference.keras", spec, target, part)
    second, difference = evaluate(reference), compare(selected, reference)
    return OpenedTest(opening, record.selected, first, record.reference, second, difference)


def _resampled(model: Path, spec: Spec, target: TargetPreparation, part: Part) -> Resampled:
    metrics = chosen_metrics(spec.training.metrics, spec.task)
    return resampled(_scored(model, spec, target, part), metrics, part.blocks)


def _scored(model: Path, spec: Spec, target: TargetPreparation, part: Part) -> Scored:
    from regctl.models.quiet import load_tensorflow

    load_tensorflow()
    from regctl.models.prediction import predict_scores

    inputs = json.loads((model.parent / "inputs.json").read_text(encoding="utf-8"))
    scores = predict_scores(model, inputs, part.table.values)
    loss, truth = chosen_loss(spec.training.loss, len(target.classes)), part.table.target
    losses = per_row(loss, scores, scale_target(target, truth))
    predicted = probabilities(loss, scores) if target.classes else unscale_target(target, scores)
    return Scored(losses, predicted, truth)
