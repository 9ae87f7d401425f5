"""Trials → cohorts → chunks, and what they cost. Needs neither TensorFlow nor data: `--dry-run` prints it."""

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby, product
from math import ceil, prod

from regctl.engine.chunks import DRAWN_BYTES, cells, cut, row_width
from regctl.engine.tiles import TAIL, settings_per_tile
from regctl.errors import LimitError
from regctl.models.layers import (
    Dense,
    Dropout,
    Layer,
    active_layers,
    layer_weights,
    output_shape,
    weights_of,
    with_shapes,
)
from regctl.spec.training import Training
from regctl.types import DataKey, EngineName, Folds, Setting, Trial

FLOAT = 4
EVALUATION_ROWS = 512  # how many rows are evaluated at once, at most
SHARE_OF_FREE_MEMORY = 0.25
# Copies of the weights that are alive at once: weights, gradient, two moments, the step, and two temporaries.
WEIGHT_COPIES = 7
# Copies of the activations that are alive at once: forward, backward, dropout factors, one temporary.
ACTIVATION_COPIES = 4
GIB = 2**30
ALL_ROWS = DataKey()


@dataclass(frozen=True)
class Shape:
    """The sizes that a plan depends on: rows of each open part (of the largest fold), and design columns.

    `fold_rows` are the training rows of each fold; with a holdout there are none.
    """

    train_rows: int
    validation_rows: int
    columns: int
    fold_rows: Mapping[int, int] = field(default_factory=dict)

    @classmethod
    def of(cls, folds: Folds) -> "Shape":
        """The sizes of what is trained on."""
        data = list(folds.values())
        return cls(
            max(len(each.y_train) for each in data),
            max(len(each.y_validation) for each in data),
            len(data[0].names),
            {fold: len(each.y_train) for fold, each in folds.items() if fold is not None},
        )

    def rows_of(self, fold: int | None) -> int:
        """How many training rows a replicate has."""
        return self.train_rows if fold is None else self.fold_rows[fold]


@dataclass(frozen=True)
class Cohort:
    """Trials of one architecture that one engine trains, cut into chunks of which `beside` fit the memory together.

    `proximal`: each step of gradient descent ends in the L1 penalty's proximal map. `fixed_bytes` are taken once,
    however many trials there are, `bytes_per_chunk` by each chunk. `cells` says how many trials each chunk takes the
    memory of; by default its own. `key` says which rows they train on; `epochs` how often, None as the spec says.

    `first_epoch` and `last_epoch` cut a piece out of those epochs, None to the end: a cohort that does not begin at 0
    continues what its trials were at the end of an earlier piece, bit for bit as if there had been no break.
    `batch_size` is None as the spec says. `widths` has, by trial id, the units of a network's hidden dense layers
    where they are fewer than those of `layers`.
    """

    layers: tuple[Layer, ...]
    proximal: bool
    chunks: tuple[tuple[Trial, ...], ...]
    bytes_per_trial: int
    beside: int = 1
    engine: EngineName = "fused"
    fixed_bytes: int = 0
    cells: tuple[int, ...] = ()
    bytes_per_chunk: int = 0
    key: DataKey = ALL_ROWS
    epochs: int | None = None
    first_epoch: int = 0
    last_epoch: int | None = None
    batch_size: int | None = None
    widths: Mapping[int, tuple[int, ...]] = field(default_factory=dict)

    @property
    def trials(self) -> int:
        """How many trials the cohort has."""
        return sum(len(chunk) for chunk in self.chunks)

    @property
    def bytes(self) -> int:
        """Estimated memory of the chunks that train beside each other."""
        sizes = self.cells or tuple(len(chunk) for chunk in self.chunks)
        largest = sorted(sizes, reverse=True)[: self.beside]
        return self.fixed_bytes + self.bytes_per_chunk * len(largest) + self.bytes_per_trial * sum(largest)


@dataclass(frozen=True)
class Plan:
    """All that will be trained."""

    cohorts: tuple[Cohort, ...]
    steps: int
    flops: float

    @property
    def trials(self) -> int:
        """How many trials all cohorts have."""
        return sum(cohort.trials for cohort in self.cohorts)


def make_trials(
    settings: Iterable[Setting], training: Training, folds: Iterable[int | None] = (None,), first: int = 0
) -> list[Trial]:
    """Every setting with every seed in every fold; ids count from `first`, settings first, folds fastest."""
    seeds = range(training.seed, training.seed + training.seeds)
    return [
        Trial(id_, setting, seed, fold)
        for id_, (setting, seed, fold) in enumerate(product(settings, seeds, folds), first)
    ]


def epochs_of_share(training: Training, rows: int, of: int) -> int:
    """Passes over `rows` training rows in which they make as many steps as all `of` them in the spec's epochs."""
    steps = training.epochs * steps_of(of, training)[0]
    return ceil(steps / steps_of(rows, training)[0])


def make_plan(
    layers: Sequence[Layer],
    trials: Sequence[Trial],
    shape: Shape,
    training: Training,
    jobs: int | None = None,
) -> Plan:
    """Cohorts by architecture and steps per epoch, chunks by memory; `jobs` chunks beside each other, else one per CPU.

    Raises:
        LimitError: a single trial needs more memory than the budget.
    """

    def program(trial: Trial) -> tuple[tuple[Layer, ...], bool, tuple[int, int]]:
        # Whether a noise layer is compiled in must depend on the trial's own setting, never on its neighbours':
        # TensorFlow's graph optimiser rounds the same arithmetic differently in another graph.
        active, proximal = active_layers(layers, trial.setting), trial.setting.l1_ratio > 0
        return active, proximal, steps_of(shape.rows_of(trial.fold), training)

    steps = training.epochs * ceil(shape.train_rows / training.batch_size)
    ordered = sorted(trials, key=lambda trial: (len(program(trial)[0]), repr(program(trial)), trial.id))
    cohorts = tuple(
        _cohort(active, proximal, tuple(group), shape, training, jobs or workers())
        for (active, proximal, _), group in groupby(ordered, program)
    )
    return Plan(cohorts, steps, len(trials) * flops_per_trial(layers, shape, training))


def training_of(cohort: Cohort, training: Training) -> Training:
    """The spec's training section for a cohort: its own epochs and batch size, where it has some."""
    own = {"epochs": cohort.epochs, "batch_size": cohort.batch_size}
    return training.model_copy(update={key: value for key, value in own.items() if value is not None})


def piece_of(cohort: Cohort, training: Training) -> range:
    """The epochs, counted from 0, that a cohort trains of those of its `training_of`.

    Raises:
        ValueError: there are none, or they reach beyond the training's.
    """
    last = training.epochs if cohort.last_epoch is None else cohort.last_epoch
    if not 0 <= cohort.first_epoch < last <= training.epochs:
        raise ValueError(f"epochs {cohort.first_epoch} to {last} are no piece of {training.epochs}")
    return range(cohort.first_epoch, last)


def steps_of(rows: int, training: Training) -> tuple[int, int]:
    """The steps of an epoch, and the rows of a step's batch: what trials of one chunk have in common.

    Not the steps alone: a fold of 80 rows trained in one batch beside one of 81 would be padded to 81, and a sum over
    81 rows is added up in another order.
    """
    batch = min(training.batch_size, rows)
    return ceil(rows / batch), batch


def memory_budget(training: Training) -> int:
    """Bytes that the chunks in training may take together.

    `training.memory_limit`, or a quarter of the memory that is free now.
    """
    if training.memory_limit is not None:
        return int(training.memory_limit * GIB)
    return int(SHARE_OF_FREE_MEMORY * available_memory())


def workers() -> int:
    """How many chunks train beside each other: one per processor that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def amount(size: int) -> str:
    """Bytes for people: `1.25 GiB`, `6.5 MiB` or `12 KiB`."""
    if size >= GIB / 10:
        return f"{size / GIB:,.2f} GiB"
    return f"{size / 2**20:.1f} MiB" if size >= 2**20 else f"{size / 2**10:.0f} KiB"


def fitting_trials(each: int, budget: int) -> int:
    """How many trials of `each` bytes the budget holds.

    Raises:
        LimitError: not a single one.
    """
    if each > budget:
        raise LimitError(
            f"training one trial needs about {amount(each)}, and {amount(budget)} may be used.",
            "Raise training.memory_limit, or make the model or the batch smaller.",
        )
    return budget // each


def _cohort(
    active: tuple[Layer, ...],
    proximal: bool,
    trials: tuple[Trial, ...],
    shape: Shape,
    training: Training,
    jobs: int,
) -> Cohort:
    budget, tile = memory_budget(training), settings_per_tile(active)
    spare = ceil(TAIL / min(training.batch_size, shape.train_rows, shape.validation_rows))
    each = bytes_per_trial(active, shape, training)
    own = _bytes_per_chunk(active, trials, shape, training)
    beside = min(jobs, fitting_trials(own + each * row_width(1, 1 + spare, tile), budget))
    chunks = cut(trials, tile, spare, (budget // beside - own) // each, beside)
    sizes = tuple(cells(chunk, tile, spare) for chunk in chunks)
    return Cohort(active, proximal, chunks, each, beside, cells=sizes, bytes_per_chunk=own)


def _bytes_per_chunk(
    layers: Sequence[Layer], trials: Sequence[Trial], shape: Shape, training: Training
) -> int:
    """Estimated memory of what a chunk's trials share: the rows of every fold, and noise drawn ahead, twice each."""
    folds = max(1, len(shape.fold_rows))
    rows = folds * (shape.train_rows + shape.validation_rows) * shape.columns
    replicates = len({(trial.seed, trial.fold) for trial in trials})
    noise = sum(prod(own) for layer, own in with_shapes(layers, shape.columns) if isinstance(layer, Dropout))
    batch = min(training.batch_size, shape.train_rows)
    steps = training.epochs * ceil(shape.train_rows / batch)
    return 2 * (FLOAT * rows + min(DRAWN_BYTES, FLOAT * batch * replicates * noise * steps))


def _weights(layers: Sequence[Layer], columns: int) -> int:
    return sum(weight.size for weight in weights_of(layers, columns))


def _width(layers: Sequence[Layer], columns: int) -> int:
    return sum(prod(output_shape(layer, shape)) for layer, shape in with_shapes(layers, columns))


def bytes_per_trial(layers: Sequence[Layer], shape: Shape, training: Training) -> int:
    """Estimated memory of a trial in training: weights, activations and predictions."""
    batch = min(training.batch_size, shape.train_rows)
    evaluated = min(EVALUATION_ROWS, max(shape.train_rows, shape.validation_rows))
    rows = max(batch * ACTIVATION_COPIES, evaluated * 2)
    outputs = next((layer.units for layer in reversed(layers) if isinstance(layer, Dense)), 1)
    predictions = (shape.train_rows + shape.validation_rows) * outputs
    floats = (
        _weights(layers, shape.columns) * (WEIGHT_COPIES + (training.early_stopping is not None))
        + _width(layers, shape.columns) * rows
        + predictions * 3
    )
    return FLOAT * floats


def flops_per_trial(layers: Sequence[Layer], shape: Shape, training: Training) -> float:
    """Operations of a trial's products, of all its epochs."""
    # Two operations per weight, place and row forward, four backward; the validation rows forward once an epoch.
    rows = 6 * shape.train_rows + 2 * shape.validation_rows
    products = sum(
        weight.size * prod(output_shape(layer, own)[:-1])  # an image meets a kernel at every place
        for layer, own in with_shapes(layers, shape.columns)
        for weight in layer_weights(layer, own[-1])
    )
    return float(training.epochs) * rows * products


def available_memory() -> int:
    """Bytes that are free now, for all that is asked of this machine."""
    try:
        with open("/proc/meminfo") as lines:
            fields = dict(line.split(":", 1) for line in lines)
        return int(fields["MemAvailable"].split()[0]) * 1024
    except (OSError, KeyError):  # not Linux: half of what the machine has
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2
