"""Trials that fail: each is told in the run's log, with its traceback, and the first one may end the run."""

from collections.abc import Callable

from regctl.errors import TrialError
from regctl.types import Failure, Trial

ENDED = "--fail-fast ends the run with the first trial that fails."


class Failures:
    """What is done about a trial that fails.

    Parameters:
        tell: writes to the run's log.
        fast: whether the first failure ends the run.
    """

    def __init__(self, tell: Callable[[str], None], fast: bool = False) -> None:
        self._tell, self._fast = tell, fast

    def log(self, failure: Failure) -> None:
        """Writes the reason and the traceback."""
        self._tell(f"{named(failure.trial)} failed: {failure.reason}.\n{failure.traceback}")

    def count(self, failure: Failure) -> None:
        """Ends the run where that is asked for; what had finished is saved by then, the failure too.

        Raises:
            TrialError: see above.
        """
        if self._fast:
            raise TrialError(f"{named(failure.trial)} failed: {failure.reason}.", ENDED)


def named(trial: Trial) -> str:
    """`trial 17 (λ=0.1, dropout 0.3, seed 2, fold 1)`: what tells a trial from others."""
    setting = trial.setting
    told = [f"λ={setting.lambda_:g}"]
    told += [f"dropout {setting.dropout:g}"] if setting.dropout else []
    told += [f"degree {setting.degree}"] if setting.degree > 1 else []
    told += [f"seed {trial.seed}"] + ([] if trial.fold is None else [f"fold {trial.fold}"])
    return f"trial {trial.id} ({', '.join(told)})"
