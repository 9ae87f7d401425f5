"""Searching from Python, as `regctl tune` does it but without its progress and notes."""

from pathlib import Path
from typing import Unpack

from regctl.catalog import use_plugins
from regctl.door.backend import require_tensorflow
from regctl.door.run import Run
from regctl.door.training import How, check, given
from regctl.records.run_folder import runs_root
from regctl.spec.loading import load_spec
from regctl.spec.search_space import Target
from regctl.spec.tuning import TunerName


def tune(
    target: Target,
    spec: str | Path = "digits",
    *,
    trials: int = 20,
    tuner: TunerName | None = None,
    **how: Unpack[How],
) -> Run:
    """Search for the best setting with Keras Tuner, as `regctl tune` does; the test set stays sealed.

    Parameters:
        target: `dropout`, `lambda` or `model`.
        spec: a path, or the name of a shipped spec.
        trials: how many settings.
        tuner: `auto`, `hyperband`, `bayesian`, `random` or `grid`; by default the spec's.
        how: see `How`.

    Raises:
        SpecError, DataError, UsageError, MachineError, TrialError: all are `RegctlError`; it cannot be done.
    """
    from regctl import pipeline

    check((), how)
    require_tensorflow()
    use_plugins([Path(plugin) for plugin in how.get("plugins", ())])
    values = [*given(how), *([] if tuner is None else [f"tune.tuner={tuner}"])]
    smoke, out = how.get("smoke", False), how.get("out")
    loaded = load_spec(spec, values)
    plan = pipeline.plan_search(loaded, target, trials, smoke, how.get("jobs"))
    command = ["regctl", "tune", target, str(spec), "--trials", str(trials)]
    command += [word for each in values for word in ("-S", each)]
    command += [word for plugin in how.get("plugins", ()) for word in ("--plugin", str(plugin))]
    fast = how.get("fail_fast", False)
    command += ["--smoke"] * smoke + ["--fail-fast"] * fast
    root = runs_root(None if out is None else Path(out))
    device = how.get("device", "auto")
    return Run(pipeline.tune(loaded, plan, root, command, device=device, fail_fast=fast).run.resolve())
