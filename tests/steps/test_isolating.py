"""Chunks of which some trials cannot be trained: those alone fail, and every other one is trained once."""

from types import SimpleNamespace

import pytest

from regctl.engine.plan import Cohort
from regctl.errors import DataError, MachineError, RegctlError, StorageError
from regctl.steps.isolating import isolated
from regctl.types import Setting, Trial

TRIALS = [Trial(number, Setting(0.1, 0.0, 0.0, 0.01), number, None) for number in range(40)]


def cohort_of(*sizes: int) -> Cohort:
    ends = [sum(sizes[: place + 1]) for place in range(len(sizes))]
    chunks = [TRIALS[end - size : end] for end, size in zip(ends, sizes, strict=True)]
    return Cohort((), False, tuple(map(tuple, chunks)), 1, beside=2, cells=(100,) * len(sizes))


def trained(cohort: Cohort, bad: set[int], error: Exception):
    """What finished and failed, in which order; and how often something was tried."""
    finished, failed, tries = [], [], []

    def train(part):
        tries.append(part)
        for chunk in part.chunks:
            if bad & {trial.id for trial in chunk}:
                raise error
            yield [SimpleNamespace(trial=trial) for trial in chunk]

    for batch in isolated(train, cohort, failed.append):
        finished += [result.trial.id for result in batch]
    return finished, failed, tries


@pytest.mark.parametrize("error", [MachineError("out of memory."), RegctlError("no optimum.")])
@pytest.mark.parametrize(("sizes", "bad"), [
    ((1,), {0}), ((8,), {0}), ((8,), {7}), ((8, 8, 8), {9, 20}), ((5, 3), set(range(8))), ((40,), {3}), ((7, 7), set()),
])  # fmt: skip
def test_every_trial_is_trained_once_or_fails_by_itself(sizes, bad, error):
    finished, failed, tries = trained(cohort_of(*sizes), bad, error)
    everyone = set(range(sum(sizes)))
    assert sorted(finished) == sorted(everyone - bad)
    assert [failure.trial.id for failure in failed] == sorted(bad)
    for failure in failed:
        assert failure.reason == error.message.rstrip(".")
        assert "Traceback (most recent call last)" in failure.traceback
        assert type(error).__name__ in failure.traceback
    for part in tries[1:]:
        assert (len(part.chunks), part.beside, part.cells) == (1, 1, ())


def test_halving_takes_a_few_tries_not_one_for_each_trial():
    _, _, tries = trained(cohort_of(40), {3}, MachineError("out of memory."))
    assert len(tries) <= 1 + 2 * 6  # 40 halves 6 times at most


@pytest.mark.parametrize("error", [StorageError("disk full."), DataError("wrong."), ValueError("a bug")])
def test_what_is_nobodys_fault_alone_ends_the_run(error):
    with pytest.raises(type(error)):
        trained(cohort_of(8), {3}, error)
