"""Where in a run's life a kill fell, told by what its folder holds."""

from pathlib import Path

from cases import Case

TRAINING = ("start of TensorFlow", "search", "training")


class Process:
    """A process that goes on with a run, or starts one: how long the run's log was before it."""

    def __init__(self, run: Path | None) -> None:
        self.lines = 0 if run is None else len(_log(run))


def phase(case: Case, run: Path | None, process: Process) -> str:
    """Before the spec was saved, before a resumed process wrote anything, in training, or in the end steps."""
    if run is None or not case.has_begun(run):
        return "before the spec"
    log = _log(run)
    if len(log) <= process.lines:
        return "at the start of a resume"
    steps = [line.partition(" ")[2] for line in log[process.lines :] if line.endswith(" started")]
    last = steps[-1].removesuffix(" started") if steps else "start of TensorFlow"
    if last not in TRAINING or _ended(log, last):
        return "in the end steps"
    if list(run.glob("**/.*.tmp")) or _unnamed(run):
        return "in training, while a batch was saved"
    return "in training, between batches" if _saved(run) else "in training, before the first batch"


def _log(run: Path) -> list[str]:
    path = run / "log.txt"
    return path.read_text(encoding="utf-8").splitlines() if path.is_file() else []


def _ended(log: list[str], step: str) -> bool:
    """Whether the training is over, and the next step has not said that it starts."""
    return step == "training" and f" {step} took " in log[-1]


def _saved(run: Path) -> bool:
    return any((run / name).is_file() for name in ("trials.jsonl", "search.jsonl"))


def _unnamed(run: Path) -> bool:
    """Whether there is a batch's file that no line of the journal names yet."""
    journal = run / "trials.jsonl"
    text = journal.read_text(encoding="utf-8") if journal.is_file() else ""
    return any(f'"batch": {int(path.stem)},' not in text for path in (run / "trials").glob("[0-9]*.npz"))
