"""Writes what a run found into its folder: tables, selection, models and the report."""

import numpy as np

from regctl.analysis.learning_findings import no_forecast
from regctl.datasets.design import design_names
from regctl.records.files import plain, saving, write_json, write_text
from regctl.records.learning import write_learning
from regctl.records.run_folder import RunFolder
from regctl.records.selection_record import write_selection
from regctl.records.split_record import write_split
from regctl.records.tables import write_curve, write_history, write_results
from regctl.records.validation_rows import write_validation_rows
from regctl.spec.resolved import resolved_yaml, with_values
from regctl.spec.settings import frozen_values, with_reference
from regctl.steps.choosing import Choice
from regctl.steps.held_out import held_out, replicates, row_losses
from regctl.steps.learning import training_rows
from regctl.steps.planning import Experiment
from regctl.steps.training import Trained
from regctl.types import Setting

# Per-row losses beyond this size are kept for the best settings and the reference only.
VALIDATION_ROWS_BYTES = 256 * 2**20


def save_inputs(folder: RunFolder, experiment: Experiment) -> None:
    """`spec.yaml` and `split.json`, before anything trains."""
    write_text(folder.path / "spec.yaml", resolved_yaml(experiment.spec))
    data = experiment.data
    write_split(folder.path, data.split, data.target, (*data.notes, *experiment.whole.notes))


def save_tables(folder: RunFolder, experiment: Experiment, trained: Trained, choice: Choice) -> None:
    """`results.csv`, `curve.csv`, `learning.json`, `selection.json`, `validation_rows.npz`, `history.parquet`."""
    write_results(folder.path, trained.in_order())
    if experiment.axes.own is not None:
        write_curve(folder.path, experiment.axes.own, choice.points, experiment.axes.by)
    if choice.forecast is not None:
        shares = {setting.samples: setting for setting in experiment.settings}
        rows = [(share, training_rows(experiment, setting)) for share, setting in shares.items()]
        told = {"why": no_forecast(choice.forecast), "rows": rows}
        write_learning(folder.path, plain(choice.forecast) | told)
    _save_validation_rows(folder, experiment, trained)
    histories = dict(sorted(trained.histories.items()))
    write_history(folder.path, histories, {trial.id: trial.fold for trial in experiment.trials})
    write_selection(folder.path, choice.record)


def save_models(folder: RunFolder, experiment: Experiment, trained: Trained, choice: Choice) -> None:
    """`model.keras`, `reference.keras`, `inputs.json` and `best.yaml`; nothing for a setting that diverged."""
    from regctl.models.raw_inputs import inputs_document

    selected = choice.record.selected
    write_json(folder.path / "inputs.json", inputs_document(experiment.whole.shipped))
    for name, setting in (("model.keras", selected), ("reference.keras", experiment.reference)):
        if setting is not None and setting in trained.weights:
            _export(folder, experiment, trained, setting, name)
    if selected is not None:
        best = with_values(experiment.spec, frozen_values(experiment.spec, selected))
        write_text(folder.path / "best.yaml", resolved_yaml(best))


def _export(folder: RunFolder, experiment: Experiment, trained: Trained, setting: Setting, name: str) -> None:
    from regctl.models.export import export_model  # imports Keras
    from regctl.models.network import build_network

    preparation = experiment.preparation(setting)
    columns, weights = len(design_names(preparation)), trained.weights[setting]
    network = build_network(experiment.layers, columns, setting, weights, preparation.dtype)
    with saving(folder.path / name):
        export_model(folder.path / name, preparation, network)


def _save_validation_rows(folder: RunFolder, experiment: Experiment, trained: Trained) -> None:
    settings = with_reference(experiment.settings, experiment.reference)
    losses = row_losses(experiment, trained, settings)
    kept, held = _within_budget(losses, settings.index(experiment.reference)), held_out(experiment)
    write_validation_rows(
        folder.path,
        [settings[index] for index in kept],
        replicates(experiment),
        held.rows,
        losses[kept],
        held.blocks,
    )
    if len(kept) < len(settings):
        folder.log.line(f"validation_rows.npz holds the {len(kept)} best of {len(settings)} settings")


def _within_budget(losses: np.ndarray, reference: int) -> list[int]:
    """Positions of the settings to keep, in order: as many of the best as fit, and always the reference."""
    room = max(1, VALIDATION_ROWS_BYTES // (4 * losses[0].size))
    best = np.argsort(losses.mean(axis=(1, 2)), kind="stable")[:room]
    return sorted({*best.tolist(), reference})
