"""One writer per run: a second one is told who the first is, and a lock leaves nothing behind."""

import errno
import fcntl
import os
import socket
import subprocess
import sys
import warnings
from threading import Timer

import pytest

from regctl.errors import RegctlWarning, StorageError, UsageError
from regctl.records import writer
from regctl.records.writer import sole_writer


def test_a_second_writer_is_refused_with_the_holders_process_and_host(tmp_path):
    with sole_writer(tmp_path):
        with pytest.raises(UsageError, match=f"process {os.getpid()} on "), sole_writer(tmp_path):
            pass
        assert sorted(path.name for path in tmp_path.iterdir()) == [".holder", ".lock"]
    assert list(tmp_path.iterdir()) == []
    with sole_writer(tmp_path):
        pass


def test_a_killed_holder_leaves_no_deadlock(tmp_path):
    held = "import os, sys; from pathlib import Path; from regctl.records.writer import sole_writer\n"
    held += "with sole_writer(Path(sys.argv[1])): os._exit(9)"
    done = subprocess.run([sys.executable, "-c", held, str(tmp_path)], check=False)
    assert done.returncode == 9
    assert (tmp_path / ".lock").exists()
    with sole_writer(tmp_path):
        pass


def test_one_that_has_just_begun_is_named_and_not_the_one_that_was_killed_before(tmp_path, monkeypatch):
    (tmp_path / ".holder").write_text(f"process {2**22 + 1} on {socket.gethostname()}\n")
    write = writer.write_text

    def late(path, text):
        Timer(0.2, lambda: write(path, text)).start()

    monkeypatch.setattr(writer, "write_text", late)
    refused = pytest.raises(UsageError, match=f"this run: process {os.getpid()} on ")
    with sole_writer(tmp_path), refused, sole_writer(tmp_path):
        pass


@pytest.mark.parametrize("code", [errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS])
def test_without_locks_it_is_said_once_that_nothing_keeps_writers_apart(tmp_path, monkeypatch, code):
    def refuse(*_arguments):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(fcntl, "flock", refuse)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("default")
        for _ in range(2):
            with sole_writer(tmp_path), sole_writer(tmp_path):
                pass
    (only,) = told
    assert only.category is RegctlWarning
    assert f"{tmp_path.parent}: this file system has no locks" in str(only.message)


@pytest.mark.parametrize(
    ("code", "error", "says"),
    [
        (errno.EROFS, UsageError, "nothing can be recorded in the run's folder"),
        (errno.EACCES, UsageError, "nothing can be recorded in the run's folder"),
        (errno.ENOSPC, StorageError, r"\.lock: could not be written"),
    ],
)
def test_a_folder_that_takes_no_lock_takes_nothing_else(tmp_path, monkeypatch, code, error, says):
    def refuse(*_arguments, **_keywords):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(error, match=says), sole_writer(tmp_path):
        pass


def test_a_run_that_is_gone_is_not_brought_back(tmp_path):
    with pytest.raises(UsageError, match="no such run: it has been removed"), sole_writer(tmp_path / "gone"):
        pass
    assert list(tmp_path.iterdir()) == []


def test_an_exception_lets_go(tmp_path):
    with pytest.raises(KeyError), sole_writer(tmp_path):
        raise KeyError
    with sole_writer(tmp_path):
        pass
