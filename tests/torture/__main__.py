"""Kills runs at random moments, goes on with them, kills again, until they end; then compares them byte for byte.

    python tests/torture --kills 200 --cases fused,exact,keras,tune --jobs 2 --seed 0
    python tests/torture --memory

A run is a fork of a process that has imported TensorFlow and computed nothing: what is killed is regctl's work, not
its imports. Exit code 1 where a run ended in anything else than the one that nobody killed, or, with --memory, where
one took more and more.
"""

import argparse
import json
import os
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent), str(HERE.parent.parent)]

from cases import CASES  # noqa: E402 - the folder is no package
from killing import say, torture  # noqa: E402


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kills", type=int, default=200, help="in all, shared by the cases; 0: none")
    parser.add_argument("--cases", default=",".join(CASES))
    parser.add_argument("--jobs", type=int, default=1, help="how many cases at once")
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--memory", action="store_true", help="does memory stay flat? instead of kills")
    parser.add_argument("--figures", action=argparse.BooleanOptionalAction, default=True)
    given = parser.parse_args()
    import_all(given.figures)
    if given.memory:
        from flatness import check_all

        return check_all()
    names = given.cases.split(",")
    bounds = [given.kills * place // len(names) for place in range(len(names) + 1)]
    with tempfile.TemporaryDirectory(prefix="regctl-torture-") as folder:
        tasks = {
            name: one_case(name, last - first, Path(folder, name), given.seed)
            for name, first, last in zip(names, bounds, bounds[1:], strict=False)
            if last > first
        }
        return report(beside_each_other(tasks, given.jobs), Path(folder), tasks)


def import_all(figures: bool) -> None:
    os.environ |= {"KERAS_BACKEND": "tensorflow", "TF_CPP_MIN_LOG_LEVEL": "3"}
    from regctl.models.quiet import load_tensorflow

    load_tensorflow()
    import keras_tuner  # noqa: F401

    import regctl.cli.main
    import regctl.pipeline
    import regctl.steps.search_run

    if not figures:
        regctl.pipeline.draw_figures = lambda run: None


def one_case(name: str, kills: int, folder: Path, seed: int | None) -> Callable[[], int]:
    """Tortures a case, leaves its counts in its folder, and returns how many runs ended wrongly."""

    def task() -> int:
        folder.mkdir()
        counts = torture(CASES[name], kills, folder, random.Random(seed))
        (folder / "counts.json").write_text(json.dumps(counts))
        return counts["wrong"]

    return task


def beside_each_other(tasks: Mapping[str, Callable[[], int]], jobs: int) -> dict[str, int]:
    """Each task's exit code, by name: a fork for each, so many at a time."""
    waiting, running, codes = dict(tasks), dict[int, str](), dict[str, int]()
    while waiting or running:
        while waiting and len(running) < jobs:
            name = next(iter(waiting))
            running[fork(waiting.pop(name))] = name
        pid, status = os.wait()
        codes[running.pop(pid)] = os.waitstatus_to_exitcode(status)
    return codes


def fork(task: Callable[[], int]) -> int:
    if pid := os.fork():
        return pid
    code = 70
    try:
        code = min(task(), 1)
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def report(codes: Mapping[str, int], folder: Path, names: Sequence[str]) -> int:
    """Prints the counts of all cases; 1 where something was wrong."""
    total = Counter[str]()
    for name in names:
        if (path := folder / name / "counts.json").is_file():
            total.update(json.loads(path.read_text()))
    say(f"in all: {', '.join(f'{count} {what}' for what, count in total.items())}")
    for name, code in codes.items():
        if code > 1:
            say(f"{name}: the harness itself ended with {code}")
    return int(any(codes.values()))


if __name__ == "__main__":
    sys.exit(main())
