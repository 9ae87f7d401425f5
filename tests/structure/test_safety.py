"""What regctl's own code must not do, read off its source: unpickle, run text, ask the network, expand a spec."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import regctl
from regctl.catalog import DATASETS
from regctl.datasets.registered import registered

PACKAGE = Path(regctl.__file__).parent
FILES = sorted(PACKAGE.rglob("*.py"))
UNPICKLE = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "shelve", "marshal", "jsonpickle"}
NETWORK = {
    "socket",
    "ssl",
    "http",
    "urllib",
    "requests",
    "httpx",
    "aiohttp",
    "ftplib",
    "smtplib",
    "pooch",
    "webbrowser",
}
TALKS = {
    "datasets/downloads.py": {"pooch"},  # a data set that was named, checked by hash
    "cli/reporting.py": {"webbrowser"},  # report --browse, a file of this machine
    "records/writer.py": {"socket"},  # the machine's own name, for whoever waits for it
}
RUNS_TEXT = {"eval", "exec", "compile", "__import__"}
ARRAYS = {"load", "save", "savez", "savez_compressed", "read_array", "write_array"}


def label(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


def imported(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {name.name.partition(".")[0] for name in node.names}
        if isinstance(node, ast.ImportFrom) and not node.level:
            found.add((node.module or "").partition(".")[0])
    return found


def calls(path: Path) -> Iterator[tuple[str, ast.Call]]:
    """Each call with its dotted name, as written."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node


def given(call: ast.Call, name: str) -> object:
    return next((ast.literal_eval(word.value) for word in call.keywords if word.arg == name), None)


def of_numpy(name: str) -> bool:
    return name.partition(".")[0] in ("np", "npy") and name.rpartition(".")[2] in ARRAYS


def test_nothing_that_unpickles_is_imported():
    assert {label(path): imported(path) & UNPICKLE for path in FILES if imported(path) & UNPICKLE} == {}


def test_arrays_are_read_and_written_without_pickle():
    found = [
        (label(path), name, given(call, "allow_pickle"))
        for path in FILES
        for name, call in calls(path)
        if of_numpy(name)
    ]
    assert len(found) > 5
    assert [each for each in found if each[2] is not False] == []


def test_models_are_loaded_in_safe_mode():
    found = [call for path in FILES for name, call in calls(path) if name.endswith("load_model")]
    assert found
    assert all(given(call, "safe_mode") is True for call in found)


def test_only_a_plugin_that_the_command_line_names_is_run_as_code():
    assert {label(path) for path in FILES for name, _ in calls(path) if name in RUNS_TEXT} == {"catalog.py"}


def test_the_network_is_one_files_business():
    assert {label(path): imported(path) & NETWORK for path in FILES if imported(path) & NETWORK} == TALKS
    used = {name for name, _ in calls(PACKAGE / "records" / "writer.py") if name.startswith("socket.")}
    assert used == {"socket.gethostname"}


def test_whoever_reads_a_spec_expands_no_variables_and_knows_no_environment():
    for path in sorted((PACKAGE / "spec").glob("*.py")):
        text = path.read_text(encoding="utf-8")
        assert not any(word in text for word in ("os.environ", "getenv", "expandvars", "expanduser")), path


@pytest.mark.parametrize("name", DATASETS)
def test_every_download_is_known_by_its_hash(name):
    for download in registered(name).downloads:
        algorithm, _, digest = download.digest.partition(":")
        assert download.url.startswith("https://")
        assert (algorithm, len(digest)) in (("sha256", 64), ("md5", 32))
        assert set(digest) <= set("0123456789abcdef")
