"""One writer per run: a second one is told who the first is, and a lock leaves nothing behind."""

import os
import subprocess
import sys

import pytest

from regctl.errors import UsageError
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


def test_an_exception_lets_go(tmp_path):
    with pytest.raises(KeyError), sole_writer(tmp_path):
        raise KeyError
    with sole_writer(tmp_path):
        pass
