"""What `regctl doctor` looks at: each row says what was found, whether that will do, and what to do if not."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, entry_points, requires, version
from pathlib import Path
from platform import platform, python_version
from tempfile import TemporaryFile
from typing import Any, Literal, TypeAlias

import regctl
from regctl.engine.plan import SHARE_OF_FREE_MEMORY, memory_budget, workers
from regctl.spec.training import Training
from regctl.steps.room import existing

Status: TypeAlias = Literal["pass", "warn", "fail"]

OLDEST_PYTHON = (3, 11)
GIB = 2**30
LITTLE_MEMORY = 2 * GIB
LITTLE_DISK = 1 * GIB
PROBE_SECONDS = 300
PLUGINS = ("regctl.models", "regctl.datasets")


@dataclass(frozen=True)
class Row:
    """One finding about this machine. `advice` is empty where nothing need be done."""

    what: str
    status: Status
    found: str
    advice: str = ""


def examine(root: Path) -> tuple[Row, ...]:
    """Every row, for runs in `root`. Nothing is left behind."""
    return (
        Row("regctl", "pass", f"{regctl.__version__} in {Path(regctl.__file__).parent}"),
        _python(),
        *_packages(),
        *_tensorflow(),
        *_hardware(),
        *_blas(),
        *_folders(root),
        *_plugins(),
        _encoding(),
    )


def _python() -> Row:
    found = f"{python_version()} on {platform(terse=True)}"
    if sys.version_info >= OLDEST_PYTHON:
        return Row("Python", "pass", found)
    return Row("Python", "fail", found, f"Use Python {'.'.join(map(str, OLDEST_PYTHON))} or newer.")


def _packages() -> Iterator[Row]:
    """Every package that regctl needs, against the oldest version it says will do; none is imported."""
    for name, oldest in requirements():
        try:
            found = version(name)
        except PackageNotFoundError:
            yield Row(name, "fail", "not installed", f"pip install '{name}>={oldest}'")
            continue
        if _numbers(found) >= _numbers(oldest):
            yield Row(name, "pass", found)
        else:
            yield Row(
                name, "fail", f"{found}, older than {oldest}", f"pip install --upgrade '{name}>={oldest}'"
            )


def requirements() -> list[tuple[str, str]]:
    """The packages that regctl needs and the oldest version of each, as its own metadata say; none of its extras."""
    try:
        wanted = requires("regctl") or []
    except PackageNotFoundError:  # run from a folder that nobody installed
        return []
    found = (re.fullmatch(r"([\w.-]+)>=([\w.]+)", line.strip()) for line in wanted if "extra ==" not in line)
    return [(match[1], match[2]) for match in found if match]


def _numbers(text: str) -> tuple[int, ...]:
    """The numbers that a version begins with: `2.19.0rc1` → (2, 19, 0)."""
    match = re.match(r"\d+(\.\d+)*", text)
    return tuple(map(int, match[0].split("."))) if match else ()


def _tensorflow() -> Iterator[Row]:
    said, trouble = _probe()
    if said is None:
        yield Row(
            "TensorFlow starts", "fail", trouble, "Install it anew: pip install --force-reinstall tensorflow"
        )
        return
    product = "" if said["works"] else ", but multiplies matrices wrongly"
    yield Row(
        "TensorFlow starts",
        "pass" if said["works"] else "fail",
        f"{said['tensorflow']} with Keras {said['keras']} on {said['backend']}{product}",
        "" if said["works"] else "Install it anew, for this processor.",
    )
    if said["gpus"]:
        yield Row("devices", "pass", f"CPU, {', '.join(f'GPU ({name})' for name in said['gpus'])}")
    elif said["cuda"] and Path("/dev/nvidia0").exists():
        hint = "pip install 'tensorflow[and-cuda]', then look at nvidia-smi."
        yield Row("devices", "warn", "CPU; a GPU is in this machine, but TensorFlow does not see it", hint)
    else:
        yield Row("devices", "pass", "CPU")


def _probe() -> tuple[dict[str, Any] | None, str]:
    """What `engine/probe.py` says, or how it ended."""
    from regctl.engine.probe import MARK

    paths = [str(Path(regctl.__file__).parent.parent), os.environ.get("PYTHONPATH", "")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, reversed(paths)))}
    command = (sys.executable, "-P", "-m", "regctl.engine.probe")
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, errors="replace", timeout=PROBE_SECONDS, env=environment
        )
    except subprocess.TimeoutExpired:
        return None, f"no answer within {PROBE_SECONDS} s"
    answer = next((line for line in done.stdout.splitlines() if line.startswith(MARK)), None)
    if done.returncode == 0 and answer is not None:
        return json.loads(answer.removeprefix(MARK)), ""
    if done.returncode < 0:
        return None, f"the process ended by {signal.Signals(-done.returncode).name} while importing it"
    last = [line for line in done.stderr.splitlines() if line.strip()]
    return None, last[-1].strip() if last else f"exit code {done.returncode}"


def _hardware() -> Iterator[Row]:
    own, all_ = workers(), os.cpu_count() or 1
    yield Row("processors", "pass", f"{own}" if own == all_ else f"{own} of {all_} for this process")
    budget = memory_budget(Training())
    free = int(budget / SHARE_OF_FREE_MEMORY)
    found = f"{free / GIB:.1f} GiB free, of which training takes {budget / GIB:.1f} GiB"
    if free >= LITTLE_MEMORY:
        yield Row("memory", "pass", found)
    else:
        yield Row("memory", "warn", found, "Close other programs, or make batches and models smaller.")


def _blas() -> Iterator[Row]:
    import numpy as np  # noqa: F401 - loading it loads its BLAS
    import scipy.linalg  # noqa: F401
    from threadpoolctl import threadpool_info

    found = [each for each in threadpool_info() if each["user_api"] == "blas"]
    if not found:
        hint = "Install NumPy and SciPy from wheels, which bring OpenBLAS."
        yield Row("BLAS", "warn", "none that threadpoolctl knows: exact solutions may be slow", hint)
    for each in found:
        owner = Path(each["filepath"]).parent.name.removesuffix(".libs")
        threads = each["num_threads"]
        name = f"{each['internal_api']} {each['version']}, {each.get('architecture', 'unknown')} ({owner})"
        many = threads > workers()
        yield Row(
            "BLAS",
            "warn" if many else "pass",
            f"{name}, {threads} {'thread' if threads == 1 else 'threads'}",
            f"More threads than processors: set OPENBLAS_NUM_THREADS={workers()}." if many else "",
        )


def _folders(root: Path) -> Iterator[Row]:
    yield _writable("runs", root, "fail", "Name another folder with --out or REGCTL_RUNS_DIR.")
    disk = os.statvfs(existing(root)) if hasattr(os, "statvfs") else None
    if disk is not None:
        free = disk.f_bavail * disk.f_frsize
        status: Status = "pass" if free >= LITTLE_DISK else "warn"
        hint = "" if status == "pass" else "Make room: a large sweep writes hundreds of megabytes."
        yield Row("disk under runs", status, f"{free / GIB:.1f} GiB free", hint)
    home = Path(os.environ.get("KERAS_HOME") or "~/.keras").expanduser()
    hint = "Set KERAS_HOME to a folder you may write to, if you want data sets that are downloaded."
    yield _writable("downloaded data sets", home / "datasets", "warn", hint)


def _writable(what: str, folder: Path, otherwise: Status, hint: str) -> Row:
    there = existing(folder)
    found = f"{folder.absolute()}" + ("" if there == folder else " (not there yet)")
    try:
        if not there.is_dir():
            raise NotADirectoryError(f"{there} is no folder")
        with TemporaryFile(dir=there):
            pass
    except OSError as error:
        return Row(what, otherwise, f"{found}: cannot be written to ({error.strerror or error})", hint)
    return Row(what, "pass", found)


def _plugins() -> Iterator[Row]:
    """Models and data sets that installed packages offer; none is imported."""
    found = [f"{each.name} ({each.value})" for group in PLUGINS for each in entry_points(group=group)]
    yield Row("plugins", "pass", ", ".join(found) if found else "none")


def _encoding() -> Row:
    encoding = (sys.stdout.encoding or "unknown").lower()
    if encoding.replace("-", "") == "utf8":
        return Row("terminal", "pass", encoding)
    return Row("terminal", "warn", f"{encoding}: λ may be shown as ?", "Set PYTHONUTF8=1 or LANG=C.UTF-8.")
