"""Damaged specs and files of data through `validate` and every `--dry-run`, in process, without TensorFlow.

    python tests/torture/fuzz.py --specs 20000 --files 5000 --seed 0
    python tests/torture/fuzz.py --only specs:1234        # one case again, with all that it says

Only exit codes 0 and 2 may come of them, no traceback, no warning, nothing from the network, within 5 s and a bounded
memory (see fuzz_oracle.py). The cases run in a fork: one that ends it, or is stuck in machine code, is a failure too.
"""

import argparse
import os
import random
import resource
import signal
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent), str(HERE.parent.parent)]

KINDS = ("specs", "files")
PATIENCE = 60  # seconds without a case done, after which the fork is stuck
MOST_MEMORY = 6 * 2**30  # of addresses: what asks for more dies of it


@dataclass
class Tally:
    """What came of the cases so far."""

    commands: int = 0
    codes: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    longest: float = 0.0
    peak: int = 0

    def fails(self, failure: str) -> None:
        """Say a failure at once: thousands of cases may follow."""
        self.failures.append(failure)
        say(failure)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--specs", type=int, default=20_000)
    parser.add_argument("--files", type=int, default=5_000)
    parser.add_argument("--first", type=int, default=0, help="number of the first case of each kind")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", default=None, metavar="KIND:NUMBER")
    given = parser.parse_args()
    if given.only:
        kind, number = given.only.split(":")
        with tempfile.TemporaryDirectory(prefix="regctl-fuzz-") as folder:
            prepare(Path(folder))
            for line in one(kind, given.seed, int(number), Path(folder), told=True)[1]:
                say(line)
        return 0
    counts, failed = {"specs": given.specs, "files": given.files}, 0
    for kind in KINDS:
        start, tally = time.monotonic(), torture(kind, counts[kind], given.seed, given.first)
        codes = ", ".join(f"{count} ended with {code}" for code, count in sorted(tally.codes.items()))
        say(
            f"{kind}: {counts[kind]} cases, {tally.commands} commands ({codes}), {len(tally.failures)} failures; "
            f"{time.monotonic() - start:.0f} s, the longest command {tally.longest:.1f} s, "
            f"at most {tally.peak / 2**20:.0f} MiB resident"
        )
        failed += len(tally.failures)
    return 1 if failed else 0


def torture(kind: str, count: int, seed: int, first: int = 0) -> Tally:
    """Run cases of a kind from number `first` on; a fork that dies is replaced behind the case that it died of."""
    tally, number = Tally(), first
    while number < first + count:
        with tempfile.TemporaryDirectory(prefix="regctl-fuzz-") as folder:
            number = _through_a_fork(kind, range(number, first + count), seed, Path(folder), tally)
    return tally


def _through_a_fork(kind: str, numbers: range, seed: int, folder: Path, tally: Tally) -> int:
    """The number to go on with."""
    reader, writer = os.pipe()
    if not (pid := os.fork()):
        os.close(reader)
        _work(kind, numbers, seed, folder, writer)
    os.close(writer)
    os.set_blocking(reader, False)
    at, rest, quiet = numbers.start, b"", 0
    while True:
        try:
            part = os.read(reader, 2**16)
        except BlockingIOError:
            time.sleep(0.1)
            quiet += 1  # in steps of our own: time that this process was stopped for does not count
            if quiet > PATIENCE * 10:
                os.kill(pid, signal.SIGKILL)
            continue
        quiet = 0
        if not part:
            break
        *lines, rest = (rest + part).split(b"\n")
        for line in lines:
            at = _heard(line.decode(), tally, kind)
    os.close(reader)
    status = os.waitpid(pid, 0)[1]
    if at < numbers.stop:
        why = "stuck" if quiet > PATIENCE * 10 else f"exit status {os.waitstatus_to_exitcode(status)}"
        tally.fails(f"FAILED {kind}:{at} the process ended: {why}")
        at += 1
    return at


def _heard(line: str, tally: Tally, kind: str) -> int:
    number, commands, codes, longest, peak, failure = line.split("\t", 5)
    tally.commands += int(commands)
    tally.codes.update(codes.split())
    tally.longest, tally.peak = max(tally.longest, float(longest)), max(tally.peak, int(peak))
    if failure:
        tally.fails(f"FAILED {kind}:{number} {failure}".replace("\x0b", "\n    "))
    return int(number) + 1


def _work(kind: str, numbers: range, seed: int, folder: Path, writer: int) -> None:
    code = 1
    try:
        prepare(folder)
        for number in numbers:
            facts, lines = one(kind, seed, number, folder)
            text = "\x0b".join(lines).replace("\n", "\x0b").replace("\t", "    ")
            os.write(writer, f"{number}\t{facts}\t{text}\n".encode("utf-8", "backslashreplace")[-60_000:])
        code = 0
    finally:
        os._exit(code)


def prepare(folder: Path) -> None:
    """The process and the folder in which cases run."""
    from fuzz_specs import write_data

    os.environ |= {"KERAS_BACKEND": "tensorflow", "KERAS_HOME": str(folder / "keras"), "COLUMNS": "100"}
    os.environ["POLARS_MAX_THREADS"] = "2"
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, resource.getrlimit(resource.RLIMIT_AS)[1]))
    os.chdir(folder)
    write_data(folder)


def one(kind: str, seed: int, number: int, folder: Path, told: bool = False) -> tuple[str, list[str]]:
    """One case: its facts (commands, codes, longest command, peak), and what went wrong, or all that was said."""
    from fuzz_files import write_case
    from fuzz_oracle import judged, peak
    from fuzz_specs import spec_case

    chance = random.Random(f"{seed} {kind} {number}")
    if kind == "specs":
        case = spec_case(chance, "case.yaml")
        (folder / "case.yaml").write_bytes(case.content)
        commands = case.commands
    else:
        commands = write_case(chance, folder)
    outcomes = [judged(command) for command in commands]
    lines: list[str] = []
    for command, outcome in zip(commands, outcomes, strict=True):
        if told:
            lines += [(folder / "case.yaml").read_bytes().decode("utf-8", "replace")[:3000]]
            lines += [" ".join(command)[:2000], f"exit code {outcome.code}", outcome.err, outcome.wrong]
        elif outcome.wrong:
            lines += [" ".join(command)[:500], outcome.wrong]
    codes = " ".join(str(outcome.code) for outcome in outcomes)
    longest = max(outcome.seconds for outcome in outcomes)
    return f"{len(outcomes)}\t{codes}\t{longest:.2f}\t{peak()}", lines


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
