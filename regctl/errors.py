"""User-facing errors. The tree, and the exit code each branch ends with.

    RegctlError                 1
    ├── SpecError               2   the spec or an override is wrong
    ├── UsageError              2   the command line, a run folder or a model file is wrong
    ├── DataError               2   the data cannot be used as the spec says
    ├── TrialError              3   a trial failed, and the run was to end with the first one that does
    └── MachineError            1   the disk is full, memory is out, a device is missing
        ├── StorageError        1   a run's files could not be written
        └── LimitError          2   what the spec asks for needs more memory than it may take

Only these become one friendly message. Every other exception is a bug and keeps its traceback (in the run's log).
"""


class RegctlError(Exception):
    """An error a user can act on.

    Parameters:
        message: one sentence: where, what was expected, what was received.
        hint: what to do about it, one sentence, or None when the message already says so.
    """

    exit_code = 1

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return self.message if self.hint is None else f"{self.message} {self.hint}"


class RegctlWarning(UserWarning):
    """What a user should know and may not have to act on; a note on the command line."""


class SpecError(RegctlError):
    """One or more errors of a spec or its overrides, all reported at once.

    Parameters:
        problems: one sentence each, `file:line:column key: what is wrong. What to do.`
    """

    exit_code = 2

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


class UsageError(RegctlError):
    """The command line, a run folder or a model file is not what the command needs."""

    exit_code = 2


class DataError(RegctlError):
    """The data cannot be used as the spec says."""

    exit_code = 2


class TrialError(RegctlError):
    """A trial failed, and `--fail-fast` ends the run with the first one that does."""

    exit_code = 3


class MachineError(RegctlError):
    """The machine failed, not the user."""


class StorageError(MachineError):
    """A run's files could not be written; the message names what is saved."""


class LimitError(MachineError):
    """What the spec asks for needs more memory than it may take: known before anything is trained, with numbers."""

    exit_code = 2
