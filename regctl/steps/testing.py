"""The shipped model and the reference on the opened test rows."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np

from regctl.analysis.evaluation import Resampled, compare, evaluate, resampled
from regctl.analysis.findings import kept, opened_before
from regctl.analysis.losses import per_row, probabilities
from regctl.analysis.measures import Scored
from regctl.analysis.optimism import optimism
from regctl.analysis.tails import doubtful_interval
from regctl.datasets.opening import open_rows
from regctl.datasets.preparation import fit_preparation
from regctl.datasets.scaling import scale_target, unscale_target
from regctl.records.ledger import Opening
from regctl.records.opened_test import OpenedTest
from regctl.records.selection_record import read_selection
from regctl.records.validation_rows import FILE as VALIDATION_ROWS
from regctl.records.validation_rows import read_validation_rows
from regctl.spec.schema import Spec
from regctl.spec.tasks import chosen_loss, chosen_metrics
from regctl.types import Finding, Interval, Part, Setting, TargetPreparation


def evaluate_test(run: Path, spec: Spec, part: Part, opening: Opening) -> OpenedTest:
    """Predicts the test rows with the exported models, as anyone who ships them would."""
    record = read_selection(run)
    if record.selected is None:
        raise ValueError("a run without a selected setting has nothing to test")
    opened = open_rows(spec)
    target = fit_preparation(opened.train.table, spec, opened.target.classes).target
    scored = _scored(run / "model.keras", spec, target, part)
    selected = _resampled(scored, spec, part)
    found = OpenedTest(
        opening,
        record.selected,
        evaluate(selected),
        record.reference,
        optimism=_optimism(run, spec, record.selected, selected),
        findings=_findings(spec, scored, part, opening),
    )
    if not (run / "reference.keras").exists():
        return found
    reference = _resampled(_scored(run / "reference.keras", spec, target, part), spec, part)
    return replace(found, reference_evaluation=evaluate(reference), difference=compare(selected, reference))


def _resampled(scored: Scored, spec: Spec, part: Part) -> Resampled:
    return resampled(scored, chosen_metrics(spec.training.metrics, spec.task), part.blocks)


def _findings(spec: Spec, scored: Scored, part: Part, opening: Opening) -> tuple[Finding, ...]:
    """What is to be said of the test number: whether its rows were seen before, and whether its interval holds."""
    earlier = opening.earlier
    before = opened_before(
        [each.shared_rows for each in earlier], opening.rows, [each.opened_at for each in earlier]
    )
    return kept([before, doubtful_interval(scored.loss, part.blocks)], spec.findings.ignore)


def _optimism(run: Path, spec: Spec, selected: Setting, test: Resampled) -> Interval | None:
    """Of the shipped model: a holdout's first seed; under k-fold of the mean over seeds and repeats, out of fold."""
    if not (run / VALIDATION_ROWS).exists():
        return None
    found = read_validation_rows(run)
    if selected not in found.settings:
        return None
    losses = found.loss[found.settings.index(selected)].astype(np.float64)
    if spec.k_fold is None:
        losses = losses[found.seeds == spec.training.seed]
    return optimism(test.loss, losses.mean(axis=0), found.blocks)


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
