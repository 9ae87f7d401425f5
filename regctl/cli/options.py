"""Options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

from regctl.spec.devices import DEVICES, EXPECTED


def _checked_device(value: str) -> str:
    if not DEVICES.fullmatch(value):
        raise typer.BadParameter(f"{EXPECTED}. Received: {value!r}.")
    return value


SpecArgument = Annotated[
    str,
    typer.Argument(metavar="SPEC", help="Path of a spec, or the name of a shipped one.", show_default=False),
]
SpecOrResume = Annotated[
    str | None,
    typer.Argument(
        metavar="[SPEC]", help="Path of a spec, or the name of a shipped one.", show_default=False
    ),
]
Resume = Annotated[
    str | None,
    typer.Option(
        "--resume",
        metavar="RUN",
        help="Go on with a run, instead of a SPEC: a run folder, its name, or runs/latest.",
        show_default=False,
    ),
]
Widen = Annotated[
    bool,
    typer.Option(
        "--widen",
        help="With --resume of a finished run, and -S sweep.…=… or --seeds: train what a wider grid or more seeds add. "
        "Once its test set was opened, into a new run folder.",
    ),
]
Force = Annotated[
    bool,
    typer.Option(
        "--force",
        help="With --resume: go on although data or versions have changed; the run is then marked as mixed.",
    ),
]
RetryFailed = Annotated[
    bool,
    typer.Option(
        "--retry-failed",
        help="With --resume: also train again what failed, because memory ran out, a process was killed or an error "
        "ended it. Not what diverged: that is a result, and would be the same again. Once the run's test set was "
        "opened, a sweep or training goes on in a new run folder.",
    ),
]
FailFast = Annotated[
    bool,
    typer.Option(
        "--fail-fast",
        help="End the run with exit code 3 as soon as a trial fails; it can be resumed. By default the others go on, "
        "and the exit code is 3 in the end. A trial that diverged is a result and does not end the run.",
    ),
]
Overrides = Annotated[
    list[str] | None,
    typer.Option(
        "-S", "--set", metavar="KEY=VALUE", help="Override a key, as training.epochs=5.", show_default=False
    ),
]
Seeds = Annotated[
    int | None,
    typer.Option(
        "--seeds", min=1, help="How many seeds; the same as -S training.seeds=N.", show_default=False
    ),
]
Out = Annotated[
    Path | None,
    typer.Option(
        "--out",
        metavar="DIR",
        help="Where runs go; by default $REGCTL_RUNS_DIR, else ./runs.",
        show_default=False,
    ),
]
Smoke = Annotated[
    bool, typer.Option("--smoke", help="The ends of the grid, one seed, two epochs: does it run at all?")
]
Device = Annotated[
    str,
    typer.Option(
        "--device",
        metavar="DEVICE",
        help="auto (the first GPU, else the CPU), cpu, gpu or gpu:N.",
        callback=_checked_device,
    ),
]
AXES = ("lambda", "degree", "dropout", "samples", "l1_ratio")


def _checked_axis(value: str | None) -> str | None:
    if value is not None and value not in AXES:
        raise typer.BadParameter(f"expected {', '.join(AXES[:-1])} or {AXES[-1]}. Received: {value!r}.")
    return value


By = Annotated[
    str | None,
    typer.Option(
        "--by",
        metavar="AXIS",
        help="Cross with a second axis: lambda, degree, dropout, samples or l1_ratio.",
        callback=_checked_axis,
        show_default=False,
    ),
]
Extend = Annotated[
    bool, typer.Option("--extend", help="Where the minimum is at an edge of the grid, go on beyond it.")
]
Refine = Annotated[bool, typer.Option("--refine", help="Then train further values around the minimum.")]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Show the plan and where each value came from; train nothing.")
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")]
Quiet = Annotated[bool, typer.Option("-q", "--quiet", help="No progress and no notes.")]
Plugins = Annotated[
    list[Path] | None,
    typer.Option(
        "--plugin",
        metavar="FILE",
        help="A Python file whose MODELS and DATASETS the spec may name.",
        show_default=False,
    ),
]
Jobs = Annotated[
    int | None,
    typer.Option(
        "--jobs",
        min=1,
        help="How many pieces train beside each other: trials of models that do not stack (default 1), else chunks "
        "(default one per processor). It never changes a result.",
        show_default=False,
    ),
]
