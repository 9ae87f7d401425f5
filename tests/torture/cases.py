"""The runs that are killed: one of each engine and kind, and a search."""

from dataclasses import dataclass
from pathlib import Path

RENTS = """\
name: rents
dataset: {source: rents.csv, target: "rent/month"}
model: {name: mlp, units: [8], activation: tanh}
training: {learning_rate: 0.01, epochs: 40, batch_size: 32, seeds: 6, memory_limit: 0.0005}
sweep: {lambda: [0, 0.001, 0.01, 0.1, 1, 10]}
"""
SEEDS = """\
name: seeds
dataset: {source: rents.csv, target: "rent/month"}
model: {name: mlp, units: [8], activation: relu}
regularization: {lambda: 0.01}
training: {learning_rate: 0.01, epochs: 60, batch_size: 32, seeds: 16, memory_limit: 0.0005}
"""
FOLDS = """\
name: folds
dataset: {source: rents.csv, target: "rent/month"}
model: {name: mlp, units: [8], activation: tanh}
validation: {folds: 3}
training:
  {learning_rate: 0.01, epochs: 40, batch_size: 32, seeds: 4, memory_limit: 0.0007, early_stopping: {patience: 5}}
sweep: {lambda: [0, 0.001, 0.01, 0.1, 1, 10]}
"""
EXACT = """\
name: exact
dataset: {source: rents.csv, target: "rent/month"}
model: {name: polynomial, degree: 3}
regularization: {penalty: l1}
validation: {folds: 5, repeats: 3}
sweep: {lambda: {log: [1.0e-4, 1], points: 60}}
"""
DIGITS = """\
name: cnn
dataset: {source: digits, target: digit}
task: classification
model: {name: cnn, filters: [4], units: [8]}
training: {learning_rate: 0.01, epochs: 2, seeds: 2}
sweep: {dropout: [0, 0.3]}
"""
SEARCH = """\
name: search
dataset: {source: digits, target: digit}
task: classification
model: {name: mlp, units: [12]}
training: {learning_rate: 0.01, epochs: 9, seeds: 2}
tune:
  space:
    dropout: {from: 0.0, to: 0.6}
    lambda: {from: 1.0e-5, to: 0.01, log: true}
"""


@dataclass(frozen=True)
class Case:
    """A spec, the command that runs it, and the one that goes on with a run."""

    name: str
    spec: str
    what: tuple[str, ...]
    options: tuple[str, ...] = ()

    @property
    def searches(self) -> bool:
        """Whether it is a search."""
        return self.what[0] == "tune"

    def start(self, spec: Path) -> list[str]:
        return [*self.what, str(spec), *self.options, "--quiet"]

    def resume(self, run: Path) -> list[str]:
        return [*self.what, "--resume", str(run), "--quiet"]

    def has_begun(self, run: Path) -> bool:
        """Whether a run had saved what it needs to go on; before that there is nothing to lose."""
        names = ("manifest.json", "spec.yaml", *(("search.json",) if self.searches else ()))
        return all((run / name).is_file() for name in names)


CASES = {
    case.name: case
    for case in (
        Case("fused", RENTS, ("sweep", "lambda"), ("--extend", "--refine")),
        Case("exact", EXACT, ("sweep", "lambda")),
        Case("keras", DIGITS, ("sweep", "dropout"), ("--jobs", "2")),
        Case("tune", SEARCH, ("tune", "model"), ("--trials", "12", "--tuner", "hyperband")),
        Case("train", SEEDS, ("train",)),
        Case("folds", FOLDS, ("sweep", "lambda"), ("--jobs", "1")),
    )
}
