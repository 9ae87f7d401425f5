"""Kills runs at random moments, goes on with them, kills again, until they end; then compares them byte for byte.

    python tests/torture --kills 200 --cases fused,exact,keras,tune --seed 0

A run is a fork of this process, which has imported TensorFlow and computed nothing: what is killed is regctl's work,
not its imports. Exit code 1 where a run ended in anything else than the one that nobody killed.
"""

import argparse
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent), str(HERE.parent.parent)]

from cases import CASES, Case, differences  # noqa: E402 - the folder is no package
from rents import write_table  # noqa: E402

PATIENCE = 600.0


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kills", type=int, default=200, help="in all, shared by the cases")
    parser.add_argument("--cases", default=",".join(CASES))
    parser.add_argument("--seed", type=int, default=None)
    given = parser.parse_args()
    import_all()
    names, failed = given.cases.split(","), 0
    for place, name in enumerate(names):
        kills = given.kills * (place + 1) // len(names) - given.kills * place // len(names)
        with tempfile.TemporaryDirectory(prefix="regctl-torture-") as folder:
            failed += torture(CASES[name], kills, Path(folder), random.Random(given.seed))
    return 1 if failed else 0


def import_all() -> None:
    os.environ |= {"KERAS_BACKEND": "tensorflow", "TF_CPP_MIN_LOG_LEVEL": "3"}
    from regctl.models.quiet import load_tensorflow

    load_tensorflow()
    import keras_tuner  # noqa: F401

    import regctl.cli.main
    import regctl.pipeline
    import regctl.steps.search_run  # noqa: F401


def torture(case: Case, kills: int, folder: Path, chance: random.Random) -> int:
    """How many runs ended wrongly; prints the counts."""
    spec = folder / f"{case.name}.yaml"
    spec.write_text(case.spec, encoding="utf-8")
    write_table(folder / "rents.csv")
    began = time.monotonic()
    assert wait(forked([*case.start(spec), "--out", str(folder / "whole")], folder), PATIENCE) == 0, (
        "the first run"
    )
    whole, longest = folder / "whole" / "latest", time.monotonic() - began
    counts, wrong = Counter[str](), 0
    while counts["kills"] < kills:
        counts["runs"] += 1
        root, run, until = (
            folder / f"run-{counts['runs']}",
            None,
            min(kills, counts["kills"] + chance.randint(1, 6)),
        )
        code = None
        while code is None:
            begun = run is not None and case.has_begun(run)
            arguments = (
                case.resume(run) if run is not None and begun else [*case.start(spec), "--out", str(root)]
            )
            last = counts["kills"] >= until
            code = wait(forked(arguments, folder), PATIENCE if last else chance.uniform(0.0, longest))
            counts["kills"] += code is None
            counts["killed before there was a run"] += code is None and not begun
            run = (root / "latest").resolve() if (root / "latest").exists() else None
        found = [f"exit code {code}"] if code or run is None else differences(run, whole)
        if found:
            wrong += 1
            say(f"{case.name}, run {counts['runs']}: {', '.join(found)}")
            say((folder / "log").read_text(encoding="utf-8")[-2000:])
    told = ", ".join(f"{count} {name}" for name, count in counts.items())
    say(f"{case.name}: {told}, {wrong} ended wrongly; {longest:.1f} s without a kill")
    return wrong


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def forked(arguments: list[str], folder: Path) -> int:
    """The process id of a fork that runs a command; its output goes to a log."""
    if pid := os.fork():
        return pid
    code = 70
    try:
        log = os.open(folder / "log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(log, 1)
        os.dup2(log, 2)
        os.chdir(folder)
        sys.argv = ["regctl", *arguments]
        from regctl.cli.main import main as command

        command()
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    finally:
        with suppress(Exception):
            sys.stdout.flush()
        os._exit(code)


def wait(pid: int, seconds: float) -> int | None:
    """The exit code; None after so many seconds, when the process is killed."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.005)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return None


if __name__ == "__main__":
    sys.exit(main())
