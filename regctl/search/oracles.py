"""Keras Tuner's oracles behind two verbs: `ask` for a batch of proposals, `tell` what each came to.

The one file that knows Keras Tuner. What surprises there stays here:

- An oracle picks by position among values that regctl computed, so that a stepped range has both its ends and a list is
  what the spec says.
- Its `HyperbandOracle` has sizes of its own, reports the bracket begun last as that of a promoted trial, and ends early
  without a word when a space runs out; its `GridSearchOracle` hands out the next combination only when one has ended,
  though what came of it does not matter.
- It saves its state at every call and reloads a folder of the same name: here it saves once a batch, into the run's own
  folder, and nothing is reloaded. Told the same scores, it asks for the same, and so a resume replays.
- Three failures in a row end its search: here none does.
"""

import time
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import keras_tuner
    from keras_tuner import oracles

from threadpoolctl import threadpool_limits

from regctl.search.brackets import Bracket, brackets
from regctl.search.proposal import Proposal
from regctl.spec.hyperparameter import Hyperparameter, Value
from regctl.spec.tuning import Direction, Tuner

# Between batches a Gaussian process learns; within one, Keras Tuner imagines a pessimistic score for what is not known.
BAYESIAN_BATCH = 4
_OBJECTIVE = "score"
_NO_LIMIT = 10**9
_TRIES_PER_SETTING = 50  # draws of settings that were there before, per setting: then nothing is left
_LAST = {"tuner/epochs", "tuner/initial_epoch", "tuner/bracket", "tuner/round", "tuner/trial_id"}


class _Hyperband(oracles.HyperbandOracle):  # type: ignore[misc]  # Keras Tuner has no types
    """Hyperband with brackets of a given size; Keras Tuner counts them down to 0.

    It promotes while more of a rung completed than will be thrown out: of a rung with failures too few, or none. So a
    rung's size is less by its failures.
    """

    def __init__(self, own: Sequence[Bracket], **others: Any) -> None:
        self.own = tuple(reversed(own))
        super().__init__(hyperband_iterations=1, **others)

    def _get_size(self, bracket_num: int, round_num: int) -> int:
        size: int = self.own[bracket_num].sizes[round_num]
        if round_num:
            size = min(size, self._get_size(bracket_num, round_num - 1))
        return size - self._failed(bracket_num, round_num)

    def _failed(self, bracket_num: int, round_num: int) -> int:
        begun = (each["rounds"][round_num] for each in self._brackets if each["bracket_num"] == bracket_num)
        known = (self.trials.get(info["id"]) for infos in begun for info in infos)
        return sum(trial is not None and trial.status == "FAILED" for trial in known)

    def _get_epochs(self, bracket_num: int, round_num: int) -> int:
        return self.own[bracket_num].epochs[round_num]

    def _get_num_rounds(self, bracket_num: int) -> int:
        return len(self.own[bracket_num].sizes)

    def _get_num_brackets(self) -> int:
        return len(self.own)


class _Bayesian(oracles.BayesianOptimizationOracle):  # type: ignore[misc]
    """Draws at random where the process would try a setting again: what that comes to is known."""

    def populate_space(self, trial_id: str) -> dict[str, Any]:
        found: dict[str, Any] = super().populate_space(trial_id)
        if found["status"] == "RUNNING" and self._duplicate(found["values"]):
            found = self._random_populate_space()
        return found


class Search:
    """A search, over when `ask` has nothing more.

    Parameters:
        totals: how many settings in all; several when the search was taken up again with more, the last one valid.
        max_epochs: what a setting is trained for at most.
        folder: where Keras Tuner keeps its own record.
    """

    def __init__(
        self,
        tuner: Tuner,
        space: Sequence[Hyperparameter],
        totals: Sequence[int],
        max_epochs: int,
        seed: int,
        direction: Direction,
        folder: Path,
    ) -> None:
        self.seconds = 0.0
        self._tuner, self._space, self._totals = tuner, tuple(space), tuple(totals)
        self._max_epochs, self._seed, self._direction, self._folder = max_epochs, seed, direction, folder
        self._asked: list[tuple[Any, Proposal]] = []  # by number: Keras Tuner's trial, and what it asks for
        self._changed: list[Any] = []  # trials that its record has not seen yet
        with self._timed():
            self._phases = self._oracles()
            self._oracle: Any = next(self._phases)

    @property
    def settings(self) -> int:
        """How many different settings were proposed so far."""
        return sum(proposal.continues is None for _, proposal in self._asked)

    def ask(self) -> list[Proposal]:
        """What is to be trained next, all of it at once; nothing when the search is over."""
        # Small matrices: a Gaussian process is slower on several threads than on one.
        with self._timed(), threadpool_limits(1):
            while self._oracle is not None:
                batch = self._batch()
                self._changed += [trial for trial, _ in self._asked[len(self._asked) - len(batch) :]]
                self._save()
                if batch:
                    return batch
                self._oracle = next(self._phases, None)
        return []

    def tell(self, number: int, score: float | None) -> None:
        """What a proposal came to: the objective, or None when it failed."""
        with self._timed():
            trial, proposal = self._asked[number]
            if self._tuner == "grid":  # its oracle believes that it has ended
                trial.score, trial.status = score, "COMPLETED" if score is not None else "FAILED"
            else:
                self._end(trial, proposal.epochs, score)
            self._changed.append(trial)

    def _batch(self) -> list[Proposal]:
        batch: list[Proposal] = []
        most = self._most()
        while len(batch) < most:
            trial = self._oracle.create_trial(f"request-{len(self._asked)}")
            if trial.status != "RUNNING":
                break
            batch.append(self._proposal(trial))
            self._asked.append((trial, batch[-1]))
            if self._tuner == "grid":
                self._end(trial, self._max_epochs, 0.0)
        return batch

    def _most(self) -> int:
        """How many proposals a batch has at most."""
        if self._tuner != "bayesian":
            return _NO_LIMIT
        most = BAYESIAN_BATCH if self._asked else _initial_points(self._space)
        # A batch ends where an earlier total did: so did the batch that a replay asks for again.
        return min([most, *(total - len(self._asked) for total in self._totals if total > len(self._asked))])

    def _proposal(self, trial: Any) -> Proposal:
        given = trial.hyperparameters.values
        parent = given.get("tuner/trial_id")
        continues = None if parent is None else self._number_of(parent)
        before = None if continues is None else self._asked[continues][1]
        values = {
            each.name: _value(each, given[each.name])
            for each in self._space
            if _is_active(each, trial, given)
        }
        bracket = None
        if self._tuner == "hyperband":
            own = self._oracle.own
            bracket = own[given["tuner/bracket"]].number if before is None else before.bracket
        return Proposal(
            number=len(self._asked),
            values=values,
            epochs=given.get("tuner/epochs", self._max_epochs),
            first_epoch=given.get("tuner/initial_epoch", 0),
            continues=continues,
            bracket=bracket,
            rung=given.get("tuner/round", 0),
        )

    def _number_of(self, trial_id: str) -> int:
        """The latest request of that id: each phase's oracle counts from 0."""
        return max(number for number, (trial, _) in enumerate(self._asked) if trial.trial_id == trial_id)

    def _end(self, trial: Any, epochs: int, score: float | None) -> None:
        if score is not None:
            self._oracle.update_trial(trial.trial_id, {_OBJECTIVE: score}, step=epochs)
        trial.status = "FAILED" if score is None else "COMPLETED"
        self._oracle.end_trial(trial)

    def _oracles(self) -> Iterator[Any]:
        """One oracle, or one for each total that Hyperband's brackets were made for."""
        if self._tuner != "hyperband":
            yield self._made(self._totals[-1], 0)
            return
        tried: set[Any] = set()
        for phase, (before, total) in enumerate(zip((0, *self._totals), self._totals, strict=False)):
            oracle = self._made(total - before, phase)
            oracle._tried_so_far |= tried
            yield oracle
            tried = oracle._tried_so_far

    def _made(self, trials: int, phase: int) -> Any:
        common = {
            "objective": keras_tuner.Objective(_OBJECTIVE, self._direction),
            "hyperparameters": _hyperparameters(self._space),
            "seed": self._seed + phase + 1,  # Keras Tuner takes 0 for none
            "max_consecutive_failed_trials": _NO_LIMIT,
        }
        if self._tuner == "hyperband":
            own = brackets(trials, self._max_epochs)
            oracle = _Hyperband(own, max_epochs=self._max_epochs, **common)
        else:
            kinds = {
                "bayesian": _Bayesian,
                "random": oracles.RandomSearchOracle,
                "grid": oracles.GridSearchOracle,
            }
            oracle = kinds[self._tuner](max_trials=trials, **common)
        oracle.verbose = 0
        oracle._max_collisions = _TRIES_PER_SETTING * max(self._totals[-1], 20)
        oracle._set_project_dir(str(self._folder), f"phase-{phase + 1}")
        # Its files say for people what it did; writing them at every call would take longer than the search.
        oracle.save = oracle._save_trial = lambda *_: None
        return oracle

    def _save(self) -> None:
        kind = type(self._oracle)
        for trial in self._changed:
            kind._save_trial(self._oracle, trial)
        kind.save(self._oracle)
        self._changed.clear()

    @contextmanager
    def _timed(self) -> Iterator[None]:
        began = time.perf_counter()
        with warnings.catch_warnings():
            # Deprecated calls of its own, and a Gaussian process at the bounds of its length scale.
            warnings.simplefilter("ignore")
            yield
        self.seconds += time.perf_counter() - began


def _initial_points(space: Sequence[Hyperparameter]) -> int:
    """Random settings before Keras Tuner's Gaussian process has a say: its own default."""
    return max(3 * len(space), 3)


def _hyperparameters(space: Sequence[Hyperparameter]) -> Any:
    found = keras_tuner.HyperParameters()
    for each in space:
        if each.needs is None:
            _register(found, each)
            continue
        name, values = each.needs
        parent = next(other for other in space if other.name == name)
        with found.conditional_scope(name, [_handle(parent, value) for value in values]):
            _register(found, each)
    return found


def _register(found: Any, each: Hyperparameter) -> None:
    sampling = "log" if each.log else "linear"
    if each.values:
        found.Int(each.name, 0, len(each.values) - 1)
    elif each.whole:
        found.Int(each.name, int(each.low), int(each.high), sampling=sampling)
    else:
        found.Float(each.name, each.low, each.high, sampling=sampling)


def _handle(each: Hyperparameter, value: Value) -> Any:
    """What a value is called in the oracle."""
    return each.values.index(value) if each.values else value


def _value(each: Hyperparameter, given: Any) -> Value:
    return each.values[int(given)] if each.values else each.between(given)


def _is_active(each: Hyperparameter, trial: Any, given: Any) -> bool:
    return each.name in given and trial.hyperparameters.is_active(each.name)
