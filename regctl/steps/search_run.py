"""A search from its first request to the winner's comparison, kept in `search.json` on the way."""

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from regctl.engine.checkpoints import Checkpoints, Nowhere
from regctl.errors import UsageError
from regctl.records.journal import FILE as JOURNAL
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
from regctl.steps.comparing import Own, compared, fresh_seeds, is_known, mean_loss, own_experiment, retrained
from regctl.steps.engines import Engines
from regctl.steps.failing import Failures
from regctl.steps.planning import Experiment
from regctl.steps.refitting import FOLDER as REFITS
from regctl.steps.resuming import Saved
from regctl.steps.search_plan import SearchPlan
from regctl.steps.searching import Found, Heard, best_of, search
from regctl.steps.training import Trained
from regctl.types import EpochEnd

OWN = "own"  # the folder of the spec's own setting, retrained


class Searching:
    """One run of `tune`, new or taken up again, in its folder.

    Parameters:
        plan: what is searched.
        folder: the run's.
        failures: what is done about what fails.
        retry_failed: whether requests, and trials of the winner, that an error ended are tried again.
        checkpoints: where the states of what trains for long are saved.
    """

    def __init__(
        self,
        plan: SearchPlan,
        folder: Path,
        failures: Failures,
        retry_failed: bool = False,
        checkpoints: Checkpoints | None = None,
    ) -> None:
        self.plan, self.folder, self.checkpoints = plan, folder, checkpoints or Nowhere()
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
            retrained=None if before is None else before.retrained,
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
        engines = Engines(self.plan.base, lambda trial: False, on_epoch, self.checkpoints)
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
        """Trains it, and the spec's own setting beside it, and writes how they compare.

        What an earlier end of the same search had trained of them is not trained again: of the winner, in the run's
        trials, and of the spec's own setting, in the folder `own`, whatever wins.
        """
        assert self.best is not None, "there is a winner"
        if self.record.retrained != self.best.number:
            (self.folder / JOURNAL).unlink(missing_ok=True)  # of another winner, as what is refitted
            shutil.rmtree(self.folder / REFITS, ignore_errors=True)
            self._save(retrained=self.best.number)
        trained = Trained()
        saved = Saved(self.folder, self.retry_failed)
        saved.train(winner, trained, self.checkpoints, on_epoch, self.failures)
        own = self._own(winner, on_epoch)
        self._save(
            fresh_seeds=self._fresh(),
            best=self.best.number,
            best_values=self.best.values,
            winner_loss=mean_loss(winner, trained, winner.settings[0]),
            compared=compared(winner, trained, own),
        )
        return trained

    def _own(self, winner: Experiment, on_epoch: Callable[[EpochEnd], None]) -> Own | None:
        own, trained = own_experiment(self.plan.base, self._fresh()), Trained()
        if is_known(own, winner):
            return None
        Saved(self.folder / OWN).train(own, trained, self.checkpoints, on_epoch)
        return Own(own, trained)

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
