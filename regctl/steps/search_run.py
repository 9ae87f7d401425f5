"""A search from its first request to the winner's comparison, kept in `search.json` on the way."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from regctl.errors import UsageError
from regctl.records.journal import FILE as JOURNAL
from regctl.records.journal import Journal
from regctl.records.search_record import (
    Searched,
    SearchRecord,
    read_search,
    read_searched,
    write_search,
)
from regctl.records.search_table import write_search_table
from regctl.search.proposal import Proposal
from regctl.spec.search_space import frozen
from regctl.steps.comparing import Own, compared, fresh_seeds, is_known, mean_loss, retrained, train_own
from regctl.steps.engines import Engines
from regctl.steps.failing import Failures
from regctl.steps.planning import Experiment, variant
from regctl.steps.search_plan import SearchPlan
from regctl.steps.searching import Found, Heard, best_of, search
from regctl.steps.training import Trained, train_all
from regctl.types import EpochEnd


class Searching:
    """One run of `tune`, new or taken up again, in its folder.

    Parameters:
        plan: what is searched.
        folder: the run's.
        failures: what is done about what fails.
        retry_failed: whether requests that an error ended are tried again.
    """

    def __init__(
        self, plan: SearchPlan, folder: Path, failures: Failures, retry_failed: bool = False
    ) -> None:
        self.plan, self.folder = plan, folder
        self.failures, self.retry_failed = failures, retry_failed
        before, training = read_search(folder), plan.base.spec.training
        self.found = Found() if before is None else _before(folder, before)
        self.record = SearchRecord(
            target=plan.target,
            tuner=plan.tuner,
            why=plan.why,
            objective=plan.objective,
            direction=plan.direction,
            space=plan.described,
            space_kinds=plan.kinds,
            totals=plan.totals,
            max_epochs=plan.max_epochs,
            seeds=tuple(range(training.seed, training.seed + training.seeds)),
            oracle_seconds=self.found.oracle_seconds,
            search_seconds=self.found.seconds,
        )
        self.best: Searched | None = None
        self._before = before
        write_search(folder, self.record)

    def search(
        self,
        on_batch: Callable[[Sequence[Proposal]], None],
        on_searched: Callable[[Searched], None],
        on_epoch: Callable[[EpochEnd], None],
    ) -> None:
        """Carries out what the journal does not hold yet; whatever ends it, what it found is written."""
        engines = Engines(self.plan.base, lambda trial: False, on_epoch)
        try:
            heard = Heard(on_batch, on_searched, self.failures)
            search(self.plan, self.folder, engines, heard, self.found, self.retry_failed)
        except UsageError:
            self.record = self._before or self.record  # refused: what the run has found remains
            raise
        finally:
            self._save(oracle_seconds=self.found.oracle_seconds, search_seconds=self.found.seconds)
            write_search_table(self.folder, list(self.found.searched.values()))
        self.best = best_of(self.plan, self.found.searched)

    def winner(self) -> Experiment | None:
        """What retrains the best setting and its reference on fresh seeds; None when every request failed."""
        if self.best is None:
            return None
        return retrained(self.plan.base, self._frozen(), self._fresh())

    def retrain(self, winner: Experiment, on_epoch: Callable[[EpochEnd], None]) -> Trained:
        """Trains it, and the spec's own setting beside it, and writes how they compare."""
        (self.folder / JOURNAL).unlink(missing_ok=True)  # of an earlier end of the search
        trained = Trained()
        journal = Journal(self.folder)
        train_all(
            winner,
            lambda batch: journal.append([each.record for each in batch]),
            on_epoch,
            trained,
            self.failures,
        )
        own = self._own(winner, on_epoch)
        assert self.best is not None, "there is a winner"
        self._save(
            fresh_seeds=self._fresh(),
            best=self.best.number,
            best_values=self.best.values,
            winner_loss=mean_loss(winner, trained, winner.settings[0]),
            compared=compared(winner, trained, own),
        )
        return trained

    def _own(self, winner: Experiment, on_epoch: Callable[[EpochEnd], None]) -> Own | None:
        base = self.plan.base
        training = base.spec.training.model_copy(update={"seed": self._fresh()[0]})
        own = variant(base, base.spec.model_copy(update={"training": training}))
        if is_known(own, winner):
            return None
        return train_own(own, Engines(own, lambda trial: False, on_epoch))

    def _frozen(self) -> Mapping[str, Any]:
        assert self.best is not None, "there is a winner"
        return frozen(self.plan.base.spec, self.best.values)

    def _fresh(self) -> tuple[int, ...]:
        training = self.plan.base.spec.training
        return fresh_seeds(training.seed, training.seeds)

    def _save(self, **changes: Any) -> None:
        self.record = replace(self.record, **changes)
        write_search(self.folder, self.record)


def _before(folder: Path, record: SearchRecord) -> Found:
    """What a search took before it is taken up again: of a process that was killed, what its journal tells of it."""
    told = sum(each.seconds for each in read_searched(folder))
    return Found(oracle_seconds=record.oracle_seconds, seconds=max(record.search_seconds, told))
