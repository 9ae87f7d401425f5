"""Runs a command: how an error becomes one message and an exit code. Imports nothing that takes time."""

import os
import sys
import warnings
from collections.abc import Callable
from io import TextIOWrapper
from typing import Any

from regctl.errors import RegctlError, RegctlWarning, StorageError


def run(command: Callable[[], object]) -> None:
    """Call the command. A RegctlError ends in its message and exit code; a bug's traceback goes to the run's log."""
    os.environ["KERAS_BACKEND"] = "tensorflow"  # the one backend regctl is written for
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "1")  # looking for plugins takes a tenth of `validate`
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that has no λ shows a question mark
    warnings.showwarning = _shown
    try:
        command()
    except RegctlError as error:
        _tell("error: " + str(error).replace("\n", "\nerror: "))
        sys.exit(error.exit_code)
    except BrokenPipeError:  # the reader of stdout has left, as in `regctl report RUN | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
    except OSError as error:
        _refused(error)
    except Exception as error:
        _bug(error)


def _refused(error: OSError) -> None:
    """The system refused a file, and nobody expected that."""
    if not isinstance(error.filename, str) or error.errno is None:
        _bug(error)
        return
    from pathlib import Path

    from regctl.records.failures import unreadable

    _tell(f"error: {unreadable(Path(error.filename), error)}")
    sys.exit(StorageError.exit_code)


def _bug(error: Exception) -> None:
    """A traceback is kept in the log of the run, and shown where there is no run."""
    if (run := getattr(error, "run", None)) is None:
        raise error  # there is no log to keep the traceback
    _tell(f"error: a bug in regctl: {type(error).__name__}. Its traceback is in {run / 'log.txt'}.")
    sys.exit(1)


def _shown(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: Any = None,
    line: Any = None,
) -> None:
    """A warning of regctl's is a note; any other is shown as Python does."""
    if issubclass(category, RegctlWarning):
        _tell(f"note: {message}")
    else:
        _tell(warnings.formatwarning(message, category, filename, lineno, line).rstrip())


def _tell(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()
