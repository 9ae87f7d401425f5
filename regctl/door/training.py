"""Training from Python, as the command line does it but without its progress and notes."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias, TypedDict, Unpack, get_args

from regctl.catalog import use_plugins
from regctl.door.backend import require_tensorflow
from regctl.door.run import Run
from regctl.errors import UsageError
from regctl.records.files import plain
from regctl.records.run_folder import runs_root
from regctl.spec.axes import Axis, By, crossed
from regctl.spec.devices import DEVICES, EXPECTED
from regctl.spec.loading import load_spec

Overrides: TypeAlias = Mapping[str, Any] | Sequence[str]


class How(TypedDict, total=False):
    """What `sweep` and `train` share, each as the command line's option of that name.

    `overrides` sets values of the spec: `{"training.epochs": 5}`, or as on the command line `["training.epochs=5"]`;
    `out` is the runs root; `plugins` are paths of Python files. With `fail_fast` the first trial that fails (not one
    that diverged) ends the run in a `TrialError`; by default the others go on. `resume` takes such a run up again.
    """

    overrides: Overrides
    seeds: int | None
    out: str | Path | None
    smoke: bool
    device: str
    jobs: int | None
    plugins: Sequence[str | Path]
    fail_fast: bool


def sweep(
    axis: Axis,
    spec: str | Path,
    *,
    by: str | None = None,
    extend: bool = False,
    refine: bool = False,
    **how: Unpack[How],
) -> Run:
    """Train the grid of an axis, as `regctl sweep` does; the test set stays sealed.

    Parameters:
        axis: `lambda`, `degree`, `dropout` or `samples`.
        spec: a path, or the name of a shipped spec.
        by: an axis to cross it with.
        extend: go on beyond an edge of the grid that holds the minimum.
        refine: then train further values around the minimum.
        how: see `How`.

    Raises:
        SpecError, DataError, UsageError, MachineError, TrialError: all are `RegctlError`; it cannot be done.
    """
    return _train((axis, by), spec, extend=extend, refine=refine, **how)


def train(spec: str | Path, **how: Unpack[How]) -> Run:
    """Train a spec's own setting and the reference, as `regctl train` does; the test set stays sealed.

    Parameters:
        spec: a path, or the name of a shipped spec.
        how: see `How`.

    Raises:
        SpecError, DataError, UsageError, MachineError, TrialError: all are `RegctlError`; it cannot be done.
    """
    return _train((None, None), spec, **how)


def _train(
    axes: tuple[Axis | None, str | None],
    spec: str | Path,
    *,
    extend: bool = False,
    refine: bool = False,
    **how: Unpack[How],
) -> Run:
    from regctl import pipeline

    check(axes, how, extend or refine)
    require_tensorflow()
    use_plugins([Path(plugin) for plugin in how.get("plugins", ())])
    loaded = load_spec(spec, given(how))
    smoke, jobs, device = how.get("smoke", False), how.get("jobs"), how.get("device", "auto")
    experiment = pipeline.plan(loaded, crossed(loaded.spec, *axes), smoke, jobs)
    listener = pipeline.Listener(lambda experiment, run: None, lambda event: None)
    flags = {"--smoke": smoke, "--extend": extend, "--refine": refine}
    command = _command(axes, spec, how, flags | {"--fail-fast": how.get("fail_fast", False)})
    out, growth = how.get("out"), pipeline.Growth(extend, refine)
    root = runs_root(None if out is None else Path(out))
    fast = how.get("fail_fast", False)
    report = pipeline.run(loaded, experiment, root, command, listener, device, growth, fail_fast=fast)
    return Run(report.run.resolve())


def check(axes: Sequence[str | None], how: How, grows: bool = False) -> None:
    """What the command line checks before it calls the pipeline.

    Raises:
        TypeError: there is no such argument.
        UsageError: a value is not what an argument takes.
    """
    if unknown := sorted(set(how) - set(How.__annotations__)):
        raise TypeError(f"unexpected argument {unknown[0]!r}; there are {', '.join(How.__annotations__)}")
    for axis, known in zip(axes, (get_args(Axis), get_args(By)), strict=False):
        if axis is not None and axis not in known:
            raise UsageError(f"expected an axis: {', '.join(known)}. Received: {axis!r}.")
    if not DEVICES.fullmatch(device := how.get("device", "auto")):
        raise UsageError(f"device: {EXPECTED}. Received: {device!r}.")
    if (jobs := how.get("jobs")) is not None and jobs < 1:
        raise UsageError(f"jobs: expected 1 or more. Received: {jobs}.")
    if how.get("smoke") and grows:
        raise UsageError("smoke keeps the ends of a grid: it does not go with extend or refine.")


def _command(
    axes: tuple[str | None, str | None], spec: str | Path, how: How, flags: Mapping[str, bool]
) -> list[str]:
    """The command line that does the same, for the run's manifest."""
    own, by = axes
    command = ["regctl", *(["train"] if own is None else ["sweep", own]), str(spec)]
    command += [] if by is None else ["--by", by]
    command += [word for each in given(how) for word in ("-S", each)]
    command += [word for plugin in how.get("plugins", ()) for word in ("--plugin", str(plugin))]
    return command + [flag for flag, wanted in flags.items() if wanted]


def given(how: How) -> list[str]:
    """The spec's values to set, as the command line gives them; JSON is YAML."""
    given, seeds = how.get("overrides", ()), how.get("seeds")
    if isinstance(given, Mapping):
        given = [f"{key}={json.dumps(plain(value), ensure_ascii=False)}" for key, value in given.items()]
    return [*given, *([] if seeds is None else [f"training.seeds={seeds}"])]
