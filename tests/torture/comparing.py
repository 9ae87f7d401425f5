"""What a run that was killed came to, beside the run that nobody killed."""

import io
import json
import zipfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from cases import Case

SAME = (
    "results.csv",
    "curve.csv",
    "selection.json",
    "coefficients.csv",
    "validation_rows.npz",
    "history.parquet",
    "search.csv",
    "spec.yaml",
)
MODELS = ("model.keras", "reference.keras")
OF_THE_CLOCK = ("seconds", "trained_epochs")  # of a search's request: what a resume may do again


def differences(run: Path, whole: Path, case: Case) -> list[str]:
    """In what a run differs from the one that nobody killed: files, weights, the requests of a search."""
    names = [name for name in SAME if name != "search.csv" or not case.searches]
    found = [name for name in names if content(run / name) != content(whole / name)]
    found += [name for name in MODELS if weights(run / name) != weights(whole / name)]
    if requests(run) != requests(whole):
        found.append("search.jsonl")
    return found


def identities(run: Path, case: Case) -> list[str]:
    """What was trained: of a search its requests, else each trial's setting, seed and fold; no torn line counts."""
    name, keys = (
        ("search.jsonl", ("number",)) if case.searches else ("trials.jsonl", ("setting", "seed", "fold"))
    )
    if not (run / name).is_file():
        return []
    found = []
    for line in (run / name).read_text(encoding="utf-8").splitlines():
        try:
            values = json.loads(line)
        except ValueError:
            continue
        found.append(json.dumps([values[key] for key in keys], sort_keys=True))
    return found


def lost_and_doubled(before: Sequence[str], after: Sequence[str]) -> tuple[int, int]:
    """How many trials that there were are there no more, and how many there are more than once."""
    lost = len(set(before) - set(after))
    return lost, sum(count - 1 for count in Counter(after).values())


def content(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


def weights(path: Path) -> dict[str, bytes]:
    """Every array in a model's file: the file itself holds the time it was saved."""
    import h5py

    found: dict[str, bytes] = {}
    with zipfile.ZipFile(path) as archive, h5py.File(io.BytesIO(archive.read("model.weights.h5"))) as file:
        file.visititems(
            lambda name, each: found.update(
                {name: each[()].tobytes()} if isinstance(each, h5py.Dataset) else {}
            )
        )
    return found


def requests(run: Path) -> list[str]:
    path = run / "search.jsonl"
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    found = [json.loads(line) for line in lines]
    kept = [{key: value for key, value in each.items() if key not in OF_THE_CLOCK} for each in found]
    return [json.dumps(each, sort_keys=True) for each in sorted(kept, key=lambda each: each["number"])]
