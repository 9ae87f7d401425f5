"""`log.txt`: what happened when, and the tracebacks that a user is spared on screen."""

import contextlib
import traceback
from pathlib import Path

from regctl.records.clock import utc_now


class Log:
    """Appends lines with a UTC time stamp.

    A log that cannot be written is let go in silence: the files that matter meet the same disk and say so,
    and the log must not replace the error it was about to record.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def line(self, text: str) -> None:
        """Append one entry; further lines of `text` are indented below the first."""
        entry = text.rstrip().replace("\n", "\n    ")
        with (
            contextlib.suppress(OSError),
            self._path.open("a", encoding="utf-8", errors="backslashreplace") as file,
        ):
            file.write(f"{utc_now()} {entry}\n")

    def exception(self, error: BaseException) -> None:
        """Append an error with its traceback and its causes."""
        self.line("".join(traceback.format_exception(error)))
