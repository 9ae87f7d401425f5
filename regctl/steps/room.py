"""Room on the disk: what a run folder will take, and whether that much is free, before anything is trained."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from regctl.engine.plan import Shape, amount
from regctl.errors import StorageError
from regctl.models.layers import weights_of
from regctl.steps.planning import Experiment
from regctl.steps.saving import VALIDATION_ROWS_BYTES
from regctl.steps.search_plan import SearchPlan

KIB = 2**10
# Measured on runs of 36 to 1,000 trials, and rounded up.
LINE = 1300  # of a trial: in the journal and in results.csv
REQUEST = 1500  # of a search: in its journal, its table and its tuner's record
BATCH = 4 * KIB  # of the npz file of a batch of trials: the names of its arrays
SETTING = 2 * KIB  # of a setting: in curve, selection and reports
COEFFICIENT = 100
ROW = 100  # of a row: its hash and its place in split.json
MODEL = 80 * KIB  # of a `.keras` file without its weights
FIGURES_AND_REPORTS = 1024 * KIB


@dataclass(frozen=True)
class Sizes:
    """What a run folder's size depends on.

    `trials` are all there are, in `batches`; `rows` the data set's, `validation_rows` those of a fold's or the
    holdout's, `epochs` those whose losses are kept, `weights` a model's, of `float_bytes` each; `shipped` counts the
    settings whose weights are kept, `coefficients` those of a linear model.
    """

    trials: int
    batches: int
    settings: int
    rows: int
    validation_rows: int
    epochs: int
    weights: int
    float_bytes: int
    shipped: int
    coefficients: int

    @classmethod
    def of(cls, experiment: Experiment, trials: int) -> "Sizes":
        """Those of an experiment with so many trials."""
        exact, shape = experiment.engine.engine == "exact", Shape.of(experiment.whole.folds)
        settings = len(experiment.settings)
        return cls(
            trials=trials,
            batches=sum(len(cohort.chunks) for cohort in experiment.plan.cohorts),
            settings=settings,
            rows=sum(len(part) for part in experiment.data.split.parts.values()),
            validation_rows=shape.validation_rows,
            epochs=0 if exact else experiment.spec.training.epochs,
            weights=sum(weight.size for weight in weights_of(experiment.layers, shape.columns)),
            float_bytes=8 if exact else 4,
            shipped=0 if experiment.spec.k_fold is not None else settings,
            coefficients=shape.columns if exact else 0,
        )


def run_bytes(sizes: Sizes) -> int:
    """Estimated bytes of a run folder: rather too many than too few.

    trials × (line + 8 × validation rows + 40 × epochs) + batches × 4 KiB      the journal and `trials/`; histories,
                                                                               two float64 in npz, three in parquet
    + min(4 × trials × validation rows, 256 MiB)                               `validation_rows.npz`
    + settings × (2 KiB + 100 × coefficients) + rows × 100                     tables and `split.json`
    + shipped × weights × float + 2 × (80 KiB + weights × float)               weights that are kept; two models
    + 1 MiB                                                                    figures and reports
    """
    model = sizes.weights * sizes.float_bytes
    each = LINE + 8 * sizes.validation_rows + 40 * sizes.epochs
    rows = min(4 * sizes.trials * sizes.validation_rows, VALIDATION_ROWS_BYTES)
    tables = sizes.settings * (SETTING + COEFFICIENT * sizes.coefficients) + sizes.rows * ROW
    models = sizes.shipped * model + 2 * (MODEL + model)
    return sizes.trials * each + sizes.batches * BATCH + rows + tables + models + FIGURES_AND_REPORTS


def sweep_bytes(experiment: Experiment) -> int:
    """Estimated bytes of the run folder of a sweep or a training."""
    return run_bytes(Sizes.of(experiment, len(experiment.trials)))


def search_bytes(plan: SearchPlan) -> int:
    """Estimated bytes of a search's run folder: its requests, each with all replicates, and then a training's."""
    base = plan.base
    replicates = base.spec.training.seeds * len(base.folds)
    retrained = run_bytes(Sizes.of(base, 2 * replicates))
    return plan.totals[-1] * (REQUEST + LINE * replicates) + retrained


def free_bytes(root: Path) -> int:
    """What is free where a runs root is, or will be."""
    return shutil.disk_usage(existing(root)).free


def check_room(root: Path, needed: int, begun: Path | None = None) -> None:
    """Refuse a run that the disk cannot hold, before it has a folder, or goes on in `begun`.

    Raises:
        StorageError: so many bytes, less those that are there, are not free.
    """
    needed, free = needed - (0 if begun is None else _taken(begun)), free_bytes(root)
    if needed > free:
        what = f"{root}: the run needs" if begun is None else f"{begun}: what is missing needs"
        elsewhere = ", or name a folder on another one with --out DIR" if begun is None else ""
        raise StorageError(
            f"{what} about {amount(needed)} on this disk, and {amount(free)} are free.",
            f"Make room on the disk{elsewhere}.",
        )


def _taken(run: Path) -> int:
    return sum(path.stat().st_size for path in run.rglob("*") if path.is_file())


def existing(folder: Path) -> Path:
    """The folder, or the nearest above it that is there."""
    return next(path for path in (folder, *folder.absolute().parents) if path.exists())
