"""`regctl validate` and `regctl schema`."""

from typing import TYPE_CHECKING, Annotated

import typer

from regctl.cli.options import Overrides, Plugins
from regctl.errors import SpecError

if TYPE_CHECKING:
    from regctl.spec.loading import LoadedSpec


def validate(
    specs: Annotated[
        list[str],
        typer.Argument(
            metavar="SPEC...", help="Paths of specs, or names of shipped specs.", show_default=False
        ),
    ],
    overrides: Overrides = None,
    plugin: Plugins = None,
) -> None:
    """Check specs and report every problem with its place."""
    from regctl.catalog import use_plugins
    from regctl.spec.loading import load_spec

    use_plugins(plugin or ())
    problems: list[str] = []
    for name in specs:
        try:
            loaded = load_spec(name, overrides or ())
        except SpecError as error:
            problems += error.problems
        else:
            typer.echo(f"{name}: valid. {_summary(loaded)}")
    if problems:
        raise SpecError(list(dict.fromkeys(problems)))


def schema() -> None:
    """Print the JSON Schema of a spec, for editors."""
    import json

    from regctl.spec.json_schema import json_schema

    typer.echo(json.dumps(json_schema(), indent=2, ensure_ascii=False))


def _summary(loaded: "LoadedSpec") -> str:
    """What a sweep over λ, or without a grid a training, of this spec would train."""
    from regctl.spec import grid
    from regctl.spec.solvers import is_solved

    spec = loaded.spec
    solved = is_solved(spec)
    seeds, folds = 1 if solved else spec.training.seeds, 1 if spec.k_fold is None else spec.k_fold.total
    if spec.sweep.lambda_ is None:
        values, setting = 1, f"λ = {spec.regularization.lambda_:g}"
    else:
        values = grid.size(spec.sweep.lambda_)
        setting = _count(values, "λ value")
    each = f"{_count(seeds, 'seed')}" + ("" if spec.k_fold is None else f" × {_count(folds, 'fold')}")
    trials = f"{setting} × {each} = {_count(values * seeds * folds, 'trial')}"
    how = "solved exactly" if solved else _count(spec.training.epochs, "epoch")
    return f"{trials} of {_model(loaded)}, {how}, on {spec.dataset.source}."


def _model(loaded: "LoadedSpec") -> str:
    model = loaded.spec.model
    if model.name == "linear":
        return "linear"
    if not model.is_preset:
        return model.name
    widths = [*(model.filters if model.name == "cnn" else ()), *model.units]
    return f"{model.name} {'-'.join(map(str, widths))}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
