"""A runs root, or a run's folder, that cannot be written to: refused in one sentence, or shown as it is."""

import errno
import os
import shutil

import pytest

from rents import SPEC, write_spec

EXACT = SPEC.replace("name: mlp, units: [8], activation: tanh", "name: polynomial, degree: 1")


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A folder with a run whose test set is sealed."""
    from regctl.cli.main import main

    here = tmp_path_factory.mktemp("finished")
    write_spec(here, EXACT)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(here)
        patch.setattr("sys.argv", ["regctl", "sweep", "lambda", "rents.yaml", "--quiet"])
        main()
    return here


@pytest.fixture(params=[errno.EROFS, errno.EACCES])
def read_only(request, monkeypatch):
    """Nothing below a folder can be made, opened for writing, renamed or removed."""

    def closed(folder):
        def guarded(call, writes=lambda *_: True):
            def instead(path, *arguments, **keywords):
                if str(path).startswith(str(folder)) and writes(*arguments):
                    raise OSError(request.param, os.strerror(request.param), str(path))
                return call(path, *arguments, **keywords)

            return instead

        for name in ("mkdir", "rename", "replace", "unlink", "rmdir"):
            monkeypatch.setattr(os, name, guarded(getattr(os, name)))
        monkeypatch.setattr(os, "open", guarded(os.open, lambda flags, *_: flags & (os.O_WRONLY | os.O_RDWR)))

    return closed


def files(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_sweep_there_is_refused_in_one_sentence(here, regctl, read_only):
    write_spec(here, EXACT)
    (here / "store").mkdir()
    read_only(here / "store")
    for out in (here / "store", here / "store" / "deeper"):
        outcome = regctl("sweep", "lambda", "rents.yaml", "--out", out, "--quiet")
        assert outcome.code == 2
        assert outcome.err.startswith(f"error: {out}: a run folder cannot be created here")
        assert outcome.err.count("\n") == 1


def test_a_sealed_report_is_shown_and_says_what_could_not_be_written(here, finished, regctl, read_only):
    shutil.copytree(finished, here, symlinks=True, dirs_exist_ok=True)
    before = files(here)
    read_only(here / "runs")
    outcome = regctl("report", here / "runs" / "latest", "--sealed", "--format", "md")
    assert outcome.code == 0
    assert "The test set is sealed" in outcome.out
    assert outcome.err.startswith("note: ")
    assert "report.md: could not be written" in outcome.err
    assert outcome.err.count("\n") == 1
    assert files(here) == before


def test_there_the_test_set_stays_sealed_as_its_opening_could_not_be_recorded(
    here, finished, regctl, read_only
):
    shutil.copytree(finished, here, symlinks=True, dirs_exist_ok=True)
    before = files(here)
    read_only(here / "runs")
    outcome = regctl("report", here / "runs" / "latest")
    assert (outcome.code, outcome.out) == (2, "")
    assert "nothing can be recorded in the run's folder" in outcome.err
    assert outcome.err.count("\n") == 1
    assert files(here) == before


def test_without_locks_a_run_and_its_report_say_so_once_each(here, regctl, monkeypatch):
    import fcntl

    def refuse(*_arguments):
        raise OSError(errno.EOPNOTSUPP, os.strerror(errno.EOPNOTSUPP))

    monkeypatch.setattr(fcntl, "flock", refuse)
    monkeypatch.setattr(os, "symlink", refuse)
    write_spec(here, EXACT)
    with pytest.warns(UserWarning, match="no locks") as told:
        assert regctl("sweep", "lambda", "rents.yaml", "--quiet").code == 0
    assert len(told) == 1
    assert (here / "runs" / "latest").is_file()
    with pytest.warns(UserWarning, match="no locks") as told:
        assert regctl("report", "runs/latest").code == 0
    assert len({str(each.message) for each in told}) == 1
    assert regctl("runs", "show", "latest").code == 0
