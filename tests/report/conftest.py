"""A run folder as the pipeline leaves it, made of invented numbers."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from regctl.analysis.curve import curve
from regctl.analysis.evaluation import compare, evaluate, resampled
from regctl.analysis.findings import edge_of_grid, kept, medians
from regctl.analysis.measures import Scored
from regctl.analysis.selection import select
from regctl.records.ledger import Opening, open_test
from regctl.records.manifest import Manifest, TrialCounts, new_manifest, write_manifest
from regctl.records.opened_test import OpenedTest, write_test
from regctl.records.selection_record import SelectionRecord, write_selection
from regctl.records.split_record import write_split
from regctl.records.tables import write_curve, write_results
from regctl.records.trial_record import TrialRecord
from regctl.records.validation_rows import write_validation_rows
from regctl.types import PartRecord, Setting, SplitRecord, Target

GRID = (0.0, *(float(value) for value in np.logspace(-5, 0, 11)))
SPEC = """\
name: {name}
dataset: {{source: ames, target: {target}, units: {{}}, target_transform: log10}}
regularization: {{lambda: 0.01}}
training: {{seeds: {seeds}}}
sweep: {{lambda: {{log: [1.0e-05, 1.0], points: 11, zero: true}}}}
"""


@dataclass(frozen=True)
class InventedRun:
    """A run folder and what it was made of."""

    path: Path
    manifest: Manifest
    settings: tuple[Setting, ...]
    losses: np.ndarray  # [settings, seeds, rows]
    target: str

    def open_test(self, seed: int = 0) -> Opening:
        """Open the test set as `regctl report` does, with invented predictions."""
        hashes = [f"{row:064x}" for row in range(900, 1000)]
        opening = open_test(self.path.parent, self.manifest.run_id, self.path.name, hashes)
        generator = np.random.default_rng(seed)
        truth = generator.normal(180_000, 40_000, 100)
        good, bad = (truth + generator.normal(0, spread, 100) for spread in (15_000, 25_000))
        scored = [
            resampled(Scored(((each - truth) / 40_000) ** 2, each, truth), ("rmse", "mae", "r2"))
            for each in (good, bad)
        ]
        record = OpenedTest(
            opening,
            self.settings[6],
            evaluate(scored[0]),
            self.settings[0],
            evaluate(scored[1]),
            compare(*scored),
        )
        write_test(self.path, record)
        return opening


def _valley(lambda_: float) -> tuple[float, float]:
    """Training and validation loss at a λ, with a minimum of the latter near 0.01."""
    strong = lambda_**1.2 / (lambda_**1.2 + 0.15)
    return 0.03 + 0.95 * strong, 0.11 + 0.85 * strong + 0.08 / (1 + lambda_ / 0.002)


@pytest.fixture
def invent_run(tmp_path: Path):
    """A function that writes a completed sweep (or, with axis None, a `train` run) and returns it."""

    def invent(
        folder: str = "2026-11-22T08-15-30Z-housing-lambda",
        axis: str | None = "lambda",
        seeds: int = 3,
        smoke: bool = False,
        target: str = "Sale_Price",
        notes: tuple[str, ...] = ("Column 'Utilities' is left out: it is constant.",),
    ) -> InventedRun:
        path = tmp_path / "runs" / folder
        path.mkdir(parents=True)
        grid = GRID if axis else (0.0, 0.01)
        settings = tuple(Setting(value, 0.0, 0.0, 0.001) for value in grid)
        manifest = _write_inputs(path, axis, seeds, smoke, target, notes, len(settings))
        generator = np.random.default_rng(0)
        noise = generator.chisquare(1, 200)
        wobble = generator.normal(1, 0.02, (len(grid), seeds))
        levels = np.array([_valley(value) for value in grid])
        losses = levels[:, 1, None, None] * wobble[..., None] * noise
        train = levels[:, :1] * wobble
        _write_results(path, settings, seeds, train, losses)
        write_validation_rows(path, settings, [(seed, 0) for seed in range(seeds)], range(700, 900), losses)
        _write_selection(path, axis, settings, train, losses, target)
        return InventedRun(path, manifest, settings, losses, target)

    return invent


def _write_inputs(path, axis, seeds, smoke, target, notes, settings) -> Manifest:
    count = settings * seeds
    command = ["regctl", "sweep", "lambda", "housing", *(["--smoke"] if smoke else [])]
    manifest = new_manifest(command, axis, smoke)
    manifest = replace(
        manifest,
        status="completed",
        device="cpu",
        timings={"training": 21.4},
        trials=TrialCounts(planned=count, done=count),
    )
    write_manifest(path, manifest)
    text = SPEC.format(name="housing", seeds=seeds, target=repr(target))
    (path / "spec.yaml").write_text(text, encoding="utf-8")
    bounds = {"train": (0, 700), "validation": (700, 900), "test": (900, 1000)}
    parts = {
        name: PartRecord(tuple(range(*ends)), tuple(f"{row:064x}" for row in range(*ends)))
        for name, ends in bounds.items()
    }
    split = SplitRecord(parts, "ab" * 32, "by seed 0: 70 / 20 / 10 %")
    write_split(path, split, Target(target, "dollars"), notes)
    return manifest


def _write_results(path, settings, seeds, train, losses) -> None:
    records = []
    for index, setting in enumerate(settings):
        for seed in range(seeds):
            loss = float(losses[index, seed].mean())
            metrics = {"rmse": 60_000 * loss**0.5, "mae": 40_000 * loss**0.5, "r2": 1 - loss}
            records.append(
                TrialRecord(
                    index * seeds + seed, "done", seed, None, setting, float(train[index, seed]), loss, 0.1,
                    60, 60, 1000, metrics, metrics,
                )
            )  # fmt: skip
    write_results(path, records)


def _write_selection(path, axis, settings, train, losses, target) -> None:
    if axis is None:
        write_selection(path, SelectionRecord(None, None, None, settings[1], settings[0]))
        return
    points = curve([setting.lambda_ for setting in settings], train, losses)
    write_curve(path, axis, points)
    selection = select(points, "minimum")
    by_value = {setting.lambda_: setting for setting in settings}
    minimum, choice = by_value[selection.minimum.value], by_value[selection.one_standard_error.value]
    findings = kept([edge_of_grid(points, selection), medians("log10", target)])
    write_selection(path, SelectionRecord(axis, minimum, choice, minimum, settings[0], findings))
