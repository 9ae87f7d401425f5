"""A batch of proposals → trained replicates: those with equal shapes train as one cohort, whatever else they vary."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from traceback import format_exception

from regctl.engine.masking import widest, widths_of
from regctl.engine.plan import Cohort, make_trials
from regctl.errors import RegctlError
from regctl.models.layers import Layer
from regctl.records.trial_record import TrialRecord
from regctl.search.proposal import Proposal
from regctl.spec.schema import Spec
from regctl.steps.engines import Engines
from regctl.steps.isolating import fails_alone
from regctl.steps.planning import Experiment, variant, with_trials
from regctl.steps.scoring import score
from regctl.types import Failure, Trial, TrialResult

WIDER = 2  # times as wide: a program that is there then costs less than one that has to be compiled


@dataclass(frozen=True)
class Attempt:
    """A proposal, the spec's variant that trains it, and its replicates.

    The replicates of a continued rung are those of the request that it began as: the same trials, trained further.
    """

    proposal: Proposal
    experiment: Experiment
    trials: tuple[Trial, ...]


@dataclass
class Outcome:
    """What came of an attempt so far, by trial id: records, and the failures of those replicates that have none."""

    attempt: Attempt
    records: dict[int, TrialRecord] = field(default_factory=dict)
    lost: dict[int, Failure] = field(default_factory=dict)
    trained_epochs: int = 0
    seconds: float = 0.0

    def add(self, result: TrialResult, begin: int, seconds: float) -> None:
        """Takes in a replicate that was trained from epoch `begin` in so many seconds."""
        record = score(self.attempt.experiment, result).record
        self.records[record.id] = record
        self.trained_epochs += max(0, result.epochs - begin)
        self.seconds += seconds

    def give_up(self, error: RegctlError) -> None:
        """Lets an error be what came of every replicate that is not there yet."""
        reason, trace = error.message.rstrip("."), "".join(format_exception(error))
        left = (trial for trial in self.attempt.trials if trial.id not in self.records)
        self.lost |= {trial.id: Failure(trial, reason, trace) for trial in left}

    @property
    def is_whole(self) -> bool:
        """Whether it is known of every replicate what came of it."""
        return len(self.records) + len(self.lost) == len(self.attempt.trials)

    @property
    def reason(self) -> str:
        """Why it failed; empty where it did not."""
        return "; ".join(dict.fromkeys(failure.reason for failure in self.lost.values()))


class Workshop:
    """Trains what a search proposes; keeps the programs, and the states of what may be continued.

    Parameters:
        base: an experiment on the rows that are searched on; its training section is every proposal's but for what
            the proposal says.
        engines: made for `base`.
    """

    def __init__(self, base: Experiment, engines: Engines) -> None:
        self._base, self._engines = base, engines
        self._compiled: list[tuple[Layer, ...]] = []
        self._known: set[int] = set()  # trials of which states may be kept
        self._first: dict[int, int] = {}  # request → the request that its setting was first proposed as

    def attempt(self, proposal: Proposal, spec: Spec) -> Attempt:
        """A proposal as what is to be trained.

        Raises:
            SpecError: the model cannot be made.
        """
        first = proposal.number if proposal.continues is None else self._first[proposal.continues]
        self._first[proposal.number] = first
        experiment = variant(self._base, spec)
        folds = experiment.folds
        replicates = spec.training.seeds * len(folds)
        trials = make_trials(experiment.settings, spec.training, folds, first=first * replicates)
        return Attempt(proposal, experiment, tuple(trials))

    def train(self, attempts: Sequence[Attempt]) -> Iterator[list[Outcome]]:
        """Trains them; outcomes as soon as they are whole, those that finish together in one list.

        One whose training runs out of memory, or that another error of the machine or of a solver ends, has failed, and
        the others go on: those that trained with it are tried again, each by itself. What no attempt takes up again is
        let go: a tuner promotes all that it promotes of a rung at once.
        """
        self.let_go_of_all_but(attempts)
        outcomes = {
            trial.id: outcome for outcome in map(Outcome, attempts) for trial in outcome.attempt.trials
        }
        groups = self._groups(attempts)
        for group in groups:
            try:
                yield from self._train_group(group, outcomes)
            except RegctlError as error:
                if not fails_alone(error):
                    raise
                left = [each for each in group if not outcomes[each.trials[0].id].is_whole]
                self._compiled.clear()  # what did not fit is nothing to train inside
                if len(group) > 1:
                    groups += [[each] for each in left]
                    continue
                failed = [outcomes[each.trials[0].id] for each in left]
                for outcome in failed:
                    outcome.give_up(error)
                yield failed

    def let_go_of_all_but(self, attempts: Sequence[Attempt]) -> None:
        """Forgets what is kept of the trials of other attempts: those have been journaled."""
        wanted = {trial.id for attempt in attempts for trial in attempt.trials}
        self._engines.forget(self._known - wanted)
        self._known = wanted

    def _groups(self, attempts: Sequence[Attempt]) -> list[list[Attempt]]:
        """Attempts that train together: the same rows, steps and epochs, in layers that fit into common ones."""
        groups: list[list[Attempt]] = []
        for attempt in attempts:
            fitting = (group for group in groups if self._fits(attempt, group))
            group = next(fitting, None)
            if group is None:
                groups.append([attempt])
            else:
                group.append(attempt)
        return groups

    def _fits(self, attempt: Attempt, group: Sequence[Attempt]) -> bool:
        if self._key(attempt) != self._key(group[0]):
            return False
        return _layers([*group, attempt]) is not None

    def _key(self, attempt: Attempt) -> tuple[object, ...]:
        experiment, proposal = attempt.experiment, attempt.proposal
        training, settings = experiment.spec.training, experiment.settings
        return (
            experiment.engine.engine,
            training.batch_size,
            settings[0].degree,
            self._begin(attempt),
            proposal.epochs,
        )

    def _begin(self, attempt: Attempt) -> int:
        """The epoch it starts from: 0 where its weights are not there, which comes to the same in more time."""
        there = all(trial.id in self._engines.continued for trial in attempt.trials)
        return attempt.proposal.first_epoch if there else 0

    def _train_group(self, group: Sequence[Attempt], outcomes: dict[int, Outcome]) -> Iterator[list[Outcome]]:
        begin, failed = self._begin(group[0]), list[Outcome]()

        def fail(failure: Failure) -> None:
            outcome = outcomes[failure.trial.id]
            outcome.lost[failure.trial.id] = failure
            failed.extend([outcome] if outcome.is_whole else [])

        for cohort in self._cohorts(group, begin):
            began = time.perf_counter()
            # Of trials that train together, an error ends the group: then each is tried in layers of its own.
            for results in self._engines.train(cohort, fail if cohort.engine == "keras" else None):
                seconds = (time.perf_counter() - began) / len(results)
                for result in results:
                    outcomes[result.trial.id].add(result, begin, seconds)
                of_these = {id(outcomes[each.trial.id]): outcomes[each.trial.id] for each in results}
                yield [*failed, *(outcome for outcome in of_these.values() if outcome.is_whole)]
                failed.clear()
                began = time.perf_counter()
        yield failed

    def _common(self, group: Sequence[Attempt]) -> tuple[Layer, ...]:
        """Layers that a group trains inside: an earlier group's, compiled already, if they are not much wider."""
        own = _layers(group)
        assert own is not None, "groups are made so"
        if not _stacks(group[0]):
            return own
        for known in self._compiled:
            wider = zip(widths_of(known), widths_of(own), strict=False)
            if widest([known, own]) == known and all(wide <= WIDER * narrow for wide, narrow in wider):
                return known
        self._compiled.append(own)
        return own

    def _cohorts(self, group: Sequence[Attempt], begin: int) -> Iterator[Cohort]:
        layers = self._common(group)
        widths = {
            trial.id: widths_of(each.experiment.layers)
            for each in group
            if each.experiment.layers != layers
            for trial in each.trials
        }
        common = replace(group[0].experiment, layers=layers)
        trials = [trial for each in group for trial in each.trials]
        for cohort in with_trials(common, trials).plan.cohorts:
            yield replace(
                cohort,
                first_epoch=begin,
                last_epoch=group[0].proposal.epochs,
                batch_size=common.spec.training.batch_size,
                widths={trial.id: widths[trial.id] for trial in sum(cohort.chunks, ()) if trial.id in widths},
            )


def _stacks(attempt: Attempt) -> bool:
    return attempt.experiment.engine.engine == "fused"


def _layers(group: Sequence[Attempt]) -> tuple[Layer, ...] | None:
    """Layers into which those of all attempts fit; None where there are none."""
    distinct = list(dict.fromkeys(each.experiment.layers for each in group))
    if len(distinct) == 1:
        return distinct[0]
    return widest(distinct) if _stacks(group[0]) else None
