"""The runs that are killed, one of each engine and a search, and what they must come to all the same."""

import json
from dataclasses import dataclass
from pathlib import Path

SAME = (
    "results.csv",
    "curve.csv",
    "selection.json",
    "coefficients.csv",
    "validation_rows.npz",
    "history.parquet",
    "spec.yaml",
)
MODELS = ("model.keras", "reference.keras")
OF_THE_CLOCK = ("seconds", "trained_epochs")  # of a search's request: what a resume may do again

RENTS = """\
name: rents
dataset: {source: rents.csv, target: "rent/month"}
model: {name: mlp, units: [8], activation: tanh}
training: {learning_rate: 0.01, epochs: 40, batch_size: 32, seeds: 6, memory_limit: 0.0005}
sweep: {lambda: [0, 0.001, 0.01, 0.1, 1, 10]}
"""
EXACT = """\
name: exact
dataset: {source: rents.csv, target: "rent/month"}
model: {name: polynomial, degree: 3}
regularization: {penalty: l1}
validation: {folds: 5, repeats: 3}
sweep: {lambda: {log: [1.0e-4, 1], points: 20}}
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

    def start(self, spec: Path) -> list[str]:
        return [*self.what, str(spec), *self.options, "--quiet"]

    def resume(self, run: Path) -> list[str]:
        return [*self.what, "--resume", str(run), "--quiet"]

    def has_begun(self, run: Path) -> bool:
        """Whether a run had saved what it needs to go on; before that there is nothing to lose."""
        names = ("manifest.json", "spec.yaml", *(("search.json",) if self.what[0] == "tune" else ()))
        return all((run / name).is_file() for name in names)


CASES = {
    case.name: case
    for case in (
        Case("fused", RENTS, ("sweep", "lambda"), ("--extend", "--refine")),
        Case("exact", EXACT, ("sweep", "lambda")),
        Case("keras", DIGITS, ("sweep", "dropout"), ("--jobs", "2")),
        Case("tune", SEARCH, ("tune", "model"), ("--trials", "12", "--tuner", "hyperband")),
    )
}


def differences(run: Path, whole: Path) -> list[str]:
    """In what a run differs from the one that nobody killed: files, weights, trials lost or doubled."""
    found = [name for name in SAME if content(run / name) != content(whole / name)]
    found += [name for name in MODELS if weights(run / name) != weights(whole / name)]
    if trials(run) != trials(whole):
        found.append(f"{len(trials(run))} trials in the journal instead of {len(trials(whole))}")
    if requests(run) != requests(whole):
        found.append("search.jsonl")
    return found


def content(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


def weights(path: Path) -> dict[str, bytes]:
    """Every array in a model's file: the file itself holds the time it was saved."""
    import io
    import zipfile

    import h5py

    found: dict[str, bytes] = {}
    with zipfile.ZipFile(path) as archive, h5py.File(io.BytesIO(archive.read("model.weights.h5"))) as file:
        file.visititems(
            lambda name, each: found.update(
                {name: each[()].tobytes()} if isinstance(each, h5py.Dataset) else {}
            )
        )
    return found


def trials(run: Path) -> list[int]:
    lines = (run / "trials.jsonl").read_text(encoding="utf-8").splitlines()
    return sorted(json.loads(line)["id"] for line in lines)


def requests(run: Path) -> list[str]:
    path = run / "search.jsonl"
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    found = [json.loads(line) for line in lines]
    kept = [{key: value for key, value in each.items() if key not in OF_THE_CLOCK} for each in found]
    return [json.dumps(each, sort_keys=True) for each in sorted(kept, key=lambda each: each["number"])]
