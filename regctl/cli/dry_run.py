"""`--dry-run`: what would be trained, what it costs, and where each value of the spec came from."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.table import Table

    from regctl.spec.loading import LoadedSpec
    from regctl.steps.planning import Experiment

MIB = 2**20
_SMOKE = ("training.seeds", "training.epochs", "validation.folds", "validation.repeats")
MOST_ITEMS = 30  # of a list in the terminal's table


def show_plan(
    loaded: "LoadedSpec", experiment: "Experiment", device: str, as_json: bool, room: tuple[int, int]
) -> None:
    """Prints the plan on stdout. Whether the device is there shows when training starts.

    `room`: the bytes that the run takes on the disk, and those that are free.
    """
    plan = {**plan_document(loaded, experiment), "device": device, **disk(room)}
    if as_json:
        import json

        import typer

        typer.echo(json.dumps(plan, indent=2, ensure_ascii=False))
    else:
        _print(plan)


def disk(room: tuple[int, int]) -> dict[str, Any]:
    """A plan's lines on the disk, in MiB."""
    needed, free = (round(each / MIB, 1) for each in room)
    return {"disk": {"mebibytes": needed, "free_mebibytes": free}}


def disk_line(plan: dict[str, Any]) -> str:
    """What a run takes of the disk, and whether that is there."""
    needed, free = plan["disk"]["mebibytes"], plan["disk"]["free_mebibytes"]
    too_little = ": too little" if needed > free else ""
    return f"disk: about {needed:,g} MiB of {free:,g} MiB that are free{too_little}"


def plan_document(loaded: "LoadedSpec", experiment: "Experiment") -> dict[str, Any]:
    """The plan as JSON's own types: trials, rows, cohorts, and each value of the spec with where it came from."""
    from regctl.spec.resolved import leaves

    k_fold = experiment.spec.k_fold
    parts = experiment.data.split.parts
    rows = {name: len(part) for name, part in parts.items()}
    if k_fold is not None:
        rows = {"train and validation": rows["train"], "test": rows["test"]}
    cohorts = [
        {
            "trials": cohort.trials,
            "degree": cohort.key.degree,
            "samples": cohort.key.samples,
            "layers": [layer.name for layer in cohort.layers],
            "chunks": [len(chunk) for chunk in cohort.chunks],
            "beside": cohort.beside,
            "mebibytes": round(cohort.bytes / MIB, 1),
        }
        for cohort in experiment.plan.cohorts
    ]
    origins = {
        **loaded.origins,
        **(dict.fromkeys(_SMOKE, "smoke") if experiment.smoke else {}),
        **({"training.seeds": "exact solution"} if _one_for_all_seeds(loaded, experiment) else {}),
        **({} if loaded.spec.dataset.sha256 else {"dataset.sha256": "data"}),
        **({} if loaded.spec.model.image == experiment.spec.model.image else {"model.image": "data"}),
        **(
            {"sweep.lambda": "data"}
            if loaded.spec.sweep.lambda_ == "auto" and "lambda" in experiment.axes
            else {}
        ),
    }
    values = leaves(experiment.spec)
    return {
        "name": experiment.spec.name,
        "axis": experiment.axes.own,
        "by": experiment.axes.by,
        "settings": len({trial.setting for trial in experiment.trials}),
        "seeds": experiment.spec.training.seeds,
        "folds": None if k_fold is None else k_fold.total,
        "trials": len(experiment.trials),
        "rows": rows,
        "columns": max(experiment.columns(cohort.key) for cohort in experiment.plan.cohorts),
        "loss": experiment.loss,
        "classes": list(experiment.data.target.classes),
        "engine": {"name": experiment.engine.engine, "why": experiment.engine.why},
        "cohorts": cohorts,
        "steps_per_trial": experiment.plan.steps,
        "gigaflop": float(f"{experiment.plan.flops / 1e9:.3g}") if experiment.plan.flops else None,
        "notes": [*experiment.data.notes, *experiment.whole.notes],
        "spec": {key: {"value": value, "from": origins.get(key, "default")} for key, value in values.items()},
    }


def _one_for_all_seeds(loaded: "LoadedSpec", experiment: "Experiment") -> bool:
    exact = experiment.engine.engine == "exact"
    one = exact and "samples" not in experiment.axes
    return one and not experiment.smoke and loaded.spec.training.seeds > 1


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _work(plan: dict[str, Any]) -> str:
    if plan["engine"]["name"] == "exact":
        of = "the training rows" if plan["folds"] is None else "each fold's training rows"
        return f"one factorisation of {of} for all λ, {plan['gigaflop']:,g} gigaflop in all"
    steps = f"{plan['steps_per_trial']:,} steps per trial"
    # What a model of the user's own costs is not known before it is built.
    return steps if plan["gigaflop"] is None else f"{steps}, {plan['gigaflop']:,g} gigaflop in all"


def _cut(plan: dict[str, Any], cohort: dict[str, Any]) -> str:
    if plan["engine"]["name"] == "keras":
        return f"{cohort['beside']} at a time"
    return "in 1 chunk" if len(cohort["chunks"]) == 1 else f"in {len(cohort['chunks'])} chunks"


def _cohorts(plan: dict[str, Any]) -> list[str]:
    """A line for each cohort; those that differ in their rows alone share one."""
    alike: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for cohort in plan["cohorts"]:
        alike.setdefault((cohort["degree"], cohort["samples"], *cohort["layers"]), []).append(cohort)
    lines, number = [], 1
    for (degree, samples, *layers), group in alike.items():
        last = number + len(group) - 1
        trials = sum(cohort["trials"] for cohort in group)
        chunks = {"chunks": [chunk for cohort in group for chunk in cohort["chunks"]]}
        what = [f"{_count(trials, 'trial')} {_cut(plan, group[0] | chunks)}"]
        what += [f"degree {degree}"] if degree > 1 else []
        what += [f"{samples:g} of the training rows"] if samples < 1 else []
        what += [f"about {max(cohort['mebibytes'] for cohort in group):g} MiB", " → ".join(layers)]
        name = f"cohort {number}" if last == number else f"cohorts {number}-{last}"
        lines.append(f"{name}: {', '.join(what)}")
        number = last + 1
    return lines


def _shown(value: Any) -> str:
    if isinstance(value, list) and len(value) > MOST_ITEMS:
        return f"[{value[0]}, {value[1]}, … {len(value)} values …, {value[-1]}]"
    return str(value)


def _print(plan: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.text import Text

    console = Console()
    rows = ", ".join(f"{count:,} {name}" for name, count in plan["rows"].items())
    folds = "" if plan["folds"] is None else f" × {plan['folds']} folds"
    of = f"{_count(plan['settings'], 'setting')} × {_count(plan['seeds'], 'seed')}{folds}"
    several = len({each["degree"] for each in plan["cohorts"]}) > 1
    columns = f"up to {plan['columns']}" if several else plan["columns"]
    lines = [
        f"{plan['name']}: {_count(plan['trials'], 'trial')} = {of}",
        f"rows: {rows} (sealed); {columns} design columns",
        f"loss: {plan['loss']}" + (f" of {len(plan['classes'])} classes" if plan["classes"] else ""),
        f"engine: {plan['engine']['name']} ({plan['engine']['why']})",
        f"work: {_work(plan)}",
        f"device: {plan['device']}",
        disk_line(plan),
    ]
    lines += _cohorts(plan)
    for line in (*lines, *(f"note: {note}" for note in plan["notes"])):
        console.print(Text(line), soft_wrap=True)
    console.print()
    console.print(spec_table(plan["spec"]))


def spec_table(values: dict[str, Any]) -> "Table":
    """Each key of a spec, its value and where that came from."""
    from rich.table import Table
    from rich.text import Text

    table = Table("key", "value", "from", box=None, pad_edge=False)
    for key, entry in values.items():
        table.add_row(Text(key), Text(_shown(entry["value"])), entry["from"])
    return table
