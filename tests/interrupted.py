"""Runs that die after some batches of trials, in process: what was saved before is all that there is."""

from pathlib import Path

import numpy as np
import pytest

SAME = (
    "results.csv",
    "curve.csv",
    "selection.json",
    "coefficients.csv",
    "validation_rows.npz",
    "history.parquet",
    "confusion.csv",
    "fit.csv",
    "contours.npz",
    "learning.json",
    "spec.yaml",
    "split.json",
    "best.yaml",
)


class Death(BaseException):
    """As near to SIGKILL as a process can come to it and go on: nothing is caught, nothing is tidied up."""


def dying_after(monkeypatch, batches: int, where: str = "append") -> None:
    """The next run dies when so many batches are saved; with `rewrite` before the line of the last one."""
    from regctl.records import kept
    from regctl.steps import conduct

    append, saved = kept.TrialStore.append, []

    def counted(self, batch):
        if len(saved) == batches:
            raise Death
        append(self, batch)
        saved.append(batch)

    monkeypatch.setattr(kept.TrialStore, "append", counted)
    monkeypatch.setattr(conduct, "_end_badly", lambda conduct, error: None)  # a killed process says nothing


def run_and_die(regctl, monkeypatch, batches: int, *arguments: str) -> Path:
    """Starts a run that dies; its folder."""
    with monkeypatch.context() as patch:
        dying_after(patch, batches)
        with pytest.raises(Death):
            regctl(*arguments)
    return Path("runs/latest").resolve()


def assert_same(run: Path, whole: Path) -> None:
    """The files that do not depend on the clock are the same bytes, and the models have the same weights."""
    for name in SAME:
        assert (run / name).exists() == (whole / name).exists(), name
        if (whole / name).exists():
            assert (run / name).read_bytes() == (whole / name).read_bytes(), name
    for name in ("model.keras", "reference.keras"):
        for ours, theirs in zip(weights(run / name), weights(whole / name), strict=True):
            np.testing.assert_array_equal(ours, theirs)


def weights(path: Path) -> list[np.ndarray]:
    from regctl.models.prediction import load_exported

    return load_exported(path).get_weights()


def trained(run: Path) -> int:
    """How many trials the files beside the journal hold."""
    return sum(len(np.load(path)["rows"]) for path in (run / "trials").glob("*.npz"))
