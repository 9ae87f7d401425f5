"""The shipped model and the reference on the opened test rows."""

import json
from pathlib import Path

from regctl.analysis.evaluation import Scored, compare, evaluate
from regctl.analysis.metrics import squared_errors
from regctl.datasets.opening import open_rows
from regctl.datasets.preparation import fit_preparation
from regctl.datasets.scaling import scale_target
from regctl.records.ledger import Opening
from regctl.records.opened_test import OpenedTest
from regctl.records.selection_record import read_selection
from regctl.spec.schema import Spec
from regctl.types import Part, TargetPreparation


def evaluate_test(run: Path, spec: Spec, part: Part, opening: Opening) -> OpenedTest:
    """Predicts the test rows with the exported models, as anyone who ships them would."""
    record = read_selection(run)
    if record.selected is None:
        raise ValueError("a run without a selected setting has nothing to test")
    target = fit_preparation(open_rows(spec).train.table, spec).target
    selected = _scored(run, "model.keras", target, part)
    first = evaluate(selected, part.blocks)
    if not (run / "reference.keras").exists():
        return OpenedTest(opening, record.selected, first, record.reference)
    reference = _scored(run, "reference.keras", target, part)
    second, difference = evaluate(reference, part.blocks), compare(selected, reference, part.blocks)
    return OpenedTest(opening, record.selected, first, record.reference, second, difference)


def _scored(run: Path, model: str, target: TargetPreparation, part: Part) -> Scored:
    from regctl.models.quiet import load_tensorflow

    load_tensorflow()
    from regctl.models.prediction import predict_columns

    inputs = json.loads((run / "inputs.json").read_text(encoding="utf-8"))
    truth = part.table.target
    prediction = predict_columns(run / model, inputs, part.table.values)
    loss = squared_errors(scale_target(target, prediction), scale_target(target, truth))
    return Scored(loss, prediction, truth)
