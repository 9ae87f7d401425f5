"""Run folders of ten thousand trials, made of invented numbers: what a report must read within seconds."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from regctl.analysis.selection import select
from regctl.records.coefficients import CoefficientTable, write_coefficients
from regctl.records.manifest import EngineNote, TrialCounts, new_manifest, write_manifest
from regctl.records.selection_record import SelectionRecord, write_selection
from regctl.records.split_record import write_split
from regctl.records.tables import write_curve, write_history, write_results
from regctl.records.trial_record import TrialRecord
from regctl.records.validation_rows import write_validation_rows
from regctl.types import CurvePoint, History, PartRecord, Setting, SplitRecord, Target

SPEC = """\
name: large
dataset: {source: ames, target: Sale_Price, target_transform: log10}
model: {name: linear}
training: {seeds: %d, epochs: %d}
sweep: {lambda: {log: [1.0e-06, 1.0], points: %d}}
"""


def large_run(
    path: Path, values: int = 2_000, seeds: int = 5, epochs: int = 60, columns: int = 240, rows: int = 2_930
) -> Path:
    """A completed sweep over λ with `values` × `seeds` trials, and the coefficients of a linear model for each λ."""
    path.mkdir(parents=True)
    generator = np.random.default_rng(0)
    lambdas = np.logspace(-6, 0, values)
    settings = [Setting(float(each), 0.0, 0.0, 0.001) for each in lambdas]
    count = values * seeds
    write_manifest(path, _manifest(count))
    (path / "spec.yaml").write_text(SPEC % (seeds, epochs, values), encoding="utf-8")
    _split(path, rows)
    level = 0.11 + 0.85 * lambdas**1.2 / (lambdas**1.2 + 0.15) + 0.08 / (1 + lambdas / 0.002)
    wobble = generator.normal(1, 0.02, (values, seeds))
    train = 0.5 * level[:, None] * wobble
    losses = (level[:, None, None] * wobble[..., None] * generator.chisquare(1, 200)).astype(np.float32)
    _tables(path, settings, seeds, epochs, train, losses)
    points = _points(lambdas, train, losses)
    write_curve(path, "lambda", points)
    chosen = select(points, "minimum")
    own = {setting.lambda_: setting for setting in settings}
    minimum, choice = own[chosen.minimum.value], own[chosen.one_standard_error.value]
    reference = replace(settings[0], lambda_=0.0)
    write_selection(path, SelectionRecord("lambda", minimum, choice, minimum, reference))
    kept = sorted({0, settings.index(minimum), values - 1})
    names = [(seed, 0) for seed in range(seeds)]
    write_validation_rows(path, [settings[each] for each in kept], names, range(200), losses[kept])
    features = ["(intercept)", *(f"column {number}" for number in range(1, columns))]
    table = np.exp(-lambdas)[:, None] * generator.normal(0, 1, columns)
    write_coefficients(path, settings, [CoefficientTable(settings, features, table, 100 * table)])
    return path


def _points(lambdas, train, losses) -> list[CurvePoint]:
    means = losses.mean(axis=(1, 2), dtype=np.float64)
    error = losses.mean(axis=1).std(axis=1) / 200**0.5
    return [
        CurvePoint(
            float(lam), train.shape[1], float(own.mean()), 0.001, float(mean), float(se), float(se), 0.001
        )
        for lam, own, mean, se in zip(lambdas, train, means, error, strict=True)
    ]


def _manifest(trials: int):
    return replace(
        new_manifest(["regctl", "sweep", "lambda", "large.yaml"], "lambda"),
        status="completed",
        device="CPU",
        engine=EngineNote("fused", "invented"),
        timings={"training": 100.0},
        trials=TrialCounts(planned=trials, done=trials),
    )


def _split(path: Path, rows: int) -> None:
    ends = {
        "train": (0, rows * 6 // 10),
        "validation": (rows * 6 // 10, rows * 8 // 10),
        "test": (rows * 8 // 10, rows),
    }
    parts = {
        name: PartRecord(tuple(range(*span)), tuple(f"{row:064x}" for row in range(*span)))
        for name, span in ends.items()
    }
    write_split(path, SplitRecord(parts, "ab" * 32, "by seed 0"), Target("Sale_Price", "dollars"), ())


def _tables(path, settings, seeds, epochs, train, losses) -> None:
    trials, histories = [], {}
    falling = 1 + np.exp(-np.arange(epochs) / 10)
    for number in range(len(settings) * seeds):
        place, seed = divmod(number, seeds)
        loss = float(losses[place, seed].mean())
        metrics = {"rmse": 60_000 * loss**0.5, "mae": 40_000 * loss**0.5, "r2": 1 - loss}
        own = float(train[place, seed])
        trials.append(
            TrialRecord(
                number,
                "done",
                seed,
                None,
                settings[place],
                own,
                loss,
                0.1,
                epochs,
                epochs,
                240,
                metrics,
                metrics,
            )
        )
        histories[number] = History(own * falling, loss * falling)
    write_results(path, trials)
    write_history(path, histories)
