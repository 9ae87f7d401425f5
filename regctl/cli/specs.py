"""What `regctl validate` says: without Typer, which takes longer to import than this to run."""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from regctl.errors import SpecError

if TYPE_CHECKING:
    from pathlib import Path

    from regctl.spec.loading import LoadedSpec
    from regctl.spec.schema import Spec

AXES = {"lambda": "λ value", "degree": "degree", "dropout": "dropout rate", "samples": "share of the rows"}


def check(specs: Sequence[str], overrides: Sequence[str] = (), plugins: "Sequence[Path]" = ()) -> None:
    """Say of each spec what it would train.

    Raises:
        SpecError: every problem of every spec.
        UsageError: a plugin cannot be used.
    """
    from regctl.catalog import use_plugins
    from regctl.spec.loading import load_spec

    use_plugins(plugins)
    problems: list[str] = []
    for name in specs:
        try:
            loaded = load_spec(name, overrides)
        except SpecError as error:
            problems += error.problems
        else:
            sys.stdout.write(f"{name}: valid. {_summary(loaded)}\n")
            sys.stdout.flush()
    if problems:
        raise SpecError(list(dict.fromkeys(problems)))


def _summary(loaded: "LoadedSpec") -> str:
    """What sweeps along the spec's grids, or without one a training, would train."""
    from regctl.spec.solvers import is_solved

    spec = loaded.spec
    solved = is_solved(spec)
    how = "solved exactly" if solved else _count(spec.training.epochs, "epoch")
    sweeps = [_sweep(spec, axis, solved) for axis in AXES if grid_given(spec, axis)]
    trials = " or ".join(sweeps) or _one_setting(spec, solved)
    return f"{trials} of {_model(loaded)}, {how}, on {spec.dataset.source}."


def grid_given(spec: "Spec", axis: str) -> bool:
    """Whether the spec has a grid of an axis."""
    from regctl.spec.axes import grid_of

    return grid_of(spec, axis) is not None


def _sweep(spec: "Spec", axis: str, solved: bool) -> str:
    from regctl.spec import grid
    from regctl.spec.axes import crossed, grid_of

    axes, settings, names = crossed(spec, axis, None), 1, []  # type: ignore[arg-type]
    for each in axes:
        found = grid_of(spec, each)
        assert found is not None
        settings *= grid.size(found)
        names.append(_count(grid.size(found), AXES[each]))
    one = solved and "samples" not in axes
    replicates = (1 if one else spec.training.seeds) * (1 if spec.k_fold is None else spec.k_fold.total)
    return f"{' × '.join(names)} × {_replicates(spec, one)} = {_count(settings * replicates, 'trial')}"


def _one_setting(spec: "Spec", solved: bool) -> str:
    replicates = (1 if solved else spec.training.seeds) * (1 if spec.k_fold is None else spec.k_fold.total)
    setting = f"λ = {spec.regularization.lambda_:g}"
    return f"{setting} × {_replicates(spec, solved)} = {_count(replicates, 'trial')}"


def _replicates(spec: "Spec", one: bool) -> str:
    seeds = _count(1 if one else spec.training.seeds, "seed")
    return seeds if spec.k_fold is None else f"{seeds} × {_count(spec.k_fold.total, 'fold')}"


def _model(loaded: "LoadedSpec") -> str:
    model = loaded.spec.model
    if model.name == "linear":
        return "linear"
    if model.name == "polynomial":
        return f"polynomial of degree {model.degree}"
    if not model.is_preset:
        return model.name
    widths = [*(model.filters if model.name == "cnn" else ()), *model.units]
    return f"{model.name} {'-'.join(map(str, widths))}"


def _count(number: int, noun: str) -> str:
    plural = noun.replace("share", "shares") if noun.startswith("share") else f"{noun}s"
    return f"{number} {noun}" if number == 1 else f"{number} {plural}"
