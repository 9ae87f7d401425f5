import errno
import os
import re
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import pytest

from regctl.errors import StorageError, UsageError
from regctl.records.run_folder import RunFolder, find_run, point_latest, runs_root


def as_run(path: Path) -> Path:
    path.mkdir(parents=True)
    (path / "manifest.json").write_text("{}")
    return path


def made(root: Path, name: str) -> str:
    """A new run in a runs root, and the latest."""
    folder = RunFolder.create(root, name)
    (folder.path / "manifest.json").write_text("{}")
    folder.become_latest()
    return folder.name


def eight(kind: str) -> Executor:
    """Eight workers; processes start afresh, as a fork of a process with TensorFlow's threads may hang."""
    if kind == "threads":
        return ThreadPoolExecutor(8)
    context = get_context("forkserver")
    context.set_forkserver_preload(["regctl.records.run_folder"])
    return ProcessPoolExecutor(8, context)


@pytest.mark.parametrize("kind", ["threads", "processes"])
def test_eight_at_once_get_folders_of_their_own(tmp_path, kind):
    with eight(kind) as pool:
        names = list(pool.map(partial(made, tmp_path), ["housing"] * 40))
    assert len(set(names)) == 40
    assert any(name.endswith("Z-housing") for name in names)
    assert any(name.endswith("Z-housing-2") for name in names)
    assert os.readlink(tmp_path / "latest") in names
    assert sorted(os.listdir(tmp_path)) == sorted([*names, "latest"])


def test_a_run_is_named_by_utc_time_and_name(tmp_path):
    name = RunFolder.create(tmp_path, "housing-lambda").name
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ-housing-lambda", name)


def test_latest_is_a_relative_link_so_that_runs_may_be_moved(tmp_path):
    name = made(tmp_path / "runs", "a")
    (tmp_path / "runs").rename(tmp_path / "elsewhere")
    assert (tmp_path / "elsewhere" / "latest").resolve().name == name


def test_latest_names_a_run_once_it_holds_what_readers_ask_for(tmp_path):
    before = made(tmp_path, "a")
    folder = RunFolder.create(tmp_path, "b")
    assert find_run(str(tmp_path / "latest")).name == before
    (folder.path / "manifest.json").write_text("{}")
    folder.become_latest()
    assert find_run(str(tmp_path / "latest")) == folder.path


@pytest.mark.parametrize("error", [OSError(errno.EPERM, "no symlinks here"), NotImplementedError()])
def test_without_symlinks_latest_is_a_text_file_that_is_followed(tmp_path, monkeypatch, error):
    first = made(tmp_path, "a")  # a link, which the text file replaces

    def refuse(*_arguments, **_keywords):
        raise error

    monkeypatch.setattr(os, "symlink", refuse)
    name = made(tmp_path, "a")
    assert (tmp_path / "latest").read_text() == f"{name}\n"
    assert find_run(str(tmp_path / "latest")) == tmp_path / name
    assert sorted(os.listdir(tmp_path)) == sorted([first, name, "latest"])


@pytest.mark.parametrize("code", [errno.EACCES, errno.EROFS, errno.EPERM])
def test_a_place_that_may_not_be_written_to_names_both_remedies(tmp_path, monkeypatch, code):
    def refuse(*_arguments, **_keywords):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "mkdir", refuse)
    with pytest.raises(UsageError) as caught:
        RunFolder.create(tmp_path, "a")
    assert caught.value.exit_code == 2
    assert "--out DIR" in caught.value.hint
    assert "REGCTL_RUNS_DIR" in caught.value.hint


def test_a_file_in_the_way_of_the_runs_root_is_a_users_error(tmp_path):
    (tmp_path / "runs").write_text("")
    for root in (tmp_path / "runs", tmp_path / "runs" / "deeper"):
        with pytest.raises(UsageError, match="cannot be created here"):
            RunFolder.create(root, "a")


def test_a_full_disk_at_the_start_is_the_machines_error(tmp_path, monkeypatch):
    def refuse(*_arguments, **_keywords):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "mkdir", refuse)
    with pytest.raises(StorageError, match="Nothing is saved"):
        RunFolder.create(tmp_path, "a")


def test_a_folder_called_latest_is_named_and_nothing_is_left_behind(tmp_path):
    (tmp_path / "latest" / "precious").mkdir(parents=True)
    with pytest.raises(UsageError, match="latest: expected regctl's link"):
        RunFolder.create(tmp_path, "a")
    assert os.listdir(tmp_path) == ["latest"]


def test_a_reader_goes_on_to_the_run_that_latest_names_once_the_one_before_is_gone(tmp_path, monkeypatch):
    """As `runs remove latest` does: `latest` is moved, then the run goes, and a reader was in between."""
    latest, other = tmp_path / "latest", as_run(tmp_path / "other")
    latest.symlink_to("gone")
    is_file = Path.is_file

    def moved(path: Path) -> bool:
        found = is_file(path)
        if path.parent.name == "gone":
            point_latest(latest, other.name)
        return found

    monkeypatch.setattr(Path, "is_file", moved)
    monkeypatch.chdir(tmp_path)
    assert find_run("latest", Path("elsewhere")).resolve() == other


def test_the_runs_root_is_out_then_the_environment_then_runs(monkeypatch):
    monkeypatch.delenv("REGCTL_RUNS_DIR", raising=False)
    assert runs_root() == Path("runs")
    monkeypatch.setenv("REGCTL_RUNS_DIR", "/elsewhere")
    assert runs_root() == Path("/elsewhere")
    assert runs_root(Path("out")) == Path("out")
    monkeypatch.setenv("REGCTL_RUNS_DIR", "")
    assert runs_root() == Path("runs")


def test_a_run_is_found_by_path_by_latest_and_by_bare_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("REGCTL_RUNS_DIR", raising=False)
    run = as_run(Path("runs") / "2026-11-22T08-15-30Z-housing")
    (Path("runs") / "latest").symlink_to(run.name)
    for text in (str(run), f"{run}/", "runs/latest", "latest", run.name, str(run.absolute())):
        assert find_run(text).resolve() == run.resolve(), text
    assert find_run("runs/latest") == run  # named by its own name, not by the link's


def test_through_a_chain_of_links_a_run_is_the_folder_that_its_ledger_lies_beside(tmp_path):
    run = as_run(tmp_path / "runs" / "x")
    (tmp_path / "one").symlink_to("runs/x")
    (tmp_path / "away").mkdir()
    (tmp_path / "away" / "two").symlink_to("../one")
    (tmp_path / "three").symlink_to(tmp_path / "away" / "two")
    for name in ("one", "away/two", "three"):
        found = find_run(str(tmp_path / name))
        assert (found.name, found.parent.resolve()) == ("x", run.parent), name


def test_a_run_is_found_in_the_given_runs_root(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run = as_run(tmp_path / "other" / "x")
    assert find_run("x", Path("other")).resolve() == run


def test_a_missing_run_names_the_nearest(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("REGCTL_RUNS_DIR", raising=False)
    as_run(Path("runs") / "2026-11-22T08-15-30Z-housing")
    as_run(Path("runs") / "2026-11-23T08-15-30Z-digits")
    for text in ("housing", "runs/2026-11-22T08-15-31Z-housing"):
        with pytest.raises(UsageError, match=r"no such run. Did you mean 2026-11-22T08-15-30Z-housing"):
            find_run(text)
    with pytest.raises(UsageError, match="newest runs in runs are 2026-11-23T08-15-30Z-digits, 2026-11-22"):
        find_run("qqq")


def test_without_any_runs_the_message_says_where_it_looked(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("REGCTL_RUNS_DIR", "nowhere")
    with pytest.raises(UsageError, match="There are no runs in nowhere"):
        find_run("latest")


def test_a_folder_that_is_no_run_and_a_dangling_latest_are_told_apart(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data").mkdir()
    with pytest.raises(UsageError, match=r"data: not a run folder: it holds no manifest.json"):
        find_run("data")
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / "latest").symlink_to("gone")
    with pytest.raises(UsageError, match=r"runs/latest: points to runs/gone, which is no run"):
        find_run("runs/latest")


@pytest.mark.parametrize("text", ["../x", "sub/../../x", "../elsewhere/x", ".."])
def test_a_name_does_not_lead_out_of_the_runs_root(tmp_path, monkeypatch, text):
    """From the current folder a path leads where it says; beside the runs root it is looked for nowhere."""
    monkeypatch.chdir(tmp_path)
    root = tmp_path / "deep" / "runs"
    (root / "sub").mkdir(parents=True)
    as_run(tmp_path / "deep" / "x")
    as_run(tmp_path / "deep" / "elsewhere" / "x")
    (tmp_path / "deep" / "manifest.json").write_text("{}")
    with pytest.raises(UsageError, match=r"no such run|no manifest\.json"):
        find_run(text, root)


@pytest.mark.parametrize("held", ["../x", "/{there}/x", "..", "", ".", "sub/../../x", "x\0y"])
def test_latest_as_a_text_file_names_nothing_but_a_run_beside_it(tmp_path, held):
    as_run(tmp_path / "x")
    (tmp_path / "manifest.json").write_text("{}")
    root = tmp_path / "runs"
    (root / "sub").mkdir(parents=True)
    (root / "latest").write_text(held.replace("/{there}", str(tmp_path)))
    with pytest.raises(UsageError, match="is no run"):
        find_run("latest", root)
