"""`tune --dry-run`: what would be searched, and where each value of the spec came from."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from regctl.spec.loading import LoadedSpec
    from regctl.steps.search_plan import SearchPlan


def show_search(
    loaded: "LoadedSpec", plan: "SearchPlan", device: str, as_json: bool, room: tuple[int, int]
) -> None:
    """Prints the plan of a search on stdout; nothing is trained. `room`: see `cli.dry_run.show_plan`."""
    from regctl.cli.dry_run import disk

    found = {**_document(loaded, plan), "device": device, **disk(room)}
    if as_json:
        import json

        import typer

        typer.echo(json.dumps(found, indent=2, ensure_ascii=False))
    else:
        _print(found)


def _document(loaded: "LoadedSpec", plan: "SearchPlan") -> dict[str, Any]:
    from regctl.cli.dry_run import plan_document

    of_one = plan_document(loaded, plan.base)
    taken = ("rows", "columns", "loss", "classes", "engine", "folds", "seeds", "spec")
    return {
        "name": plan.base.spec.name,
        "tune": plan.target,
        "trials": plan.totals[-1],
        "tuner": plan.tuner,
        "why": plan.why,
        "objective": plan.objective,
        "direction": plan.direction,
        "max_epochs": plan.max_epochs,
        "space": dict(plan.described),
        "epochs_in_all": plan.epochs_in_all,
        **{key: of_one[key] for key in taken},
        "notes": [*plan.notes, *of_one["notes"]],
    }


def _print(found: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.text import Text

    from regctl.cli.dry_run import disk_line, spec_table

    console = Console()
    rows = ", ".join(f"{count:,} {name}" for name, count in found["rows"].items())
    folds = "" if found["folds"] is None else f" × {found['folds']} folds"
    lines = [
        f"{found['name']}: {found['trials']} settings × {found['seeds']} seeds{folds}",
        f"tuner: {found['tuner']} ({found['why']})",
        f"objective: {found['objective']}, {found['direction']}imum",
        *(f"space: {name} {values}" for name, values in found["space"].items()),
        f"rows: {rows} (sealed); {found['columns']} design columns",
        f"engine: {found['engine']['name']} ({found['engine']['why']})",
        f"work: up to {found['max_epochs']} epochs a setting, {found['epochs_in_all']:,} of single models in all",
        f"device: {found['device']}",
        disk_line(found),
    ]
    for line in (*lines, *(f"note: {note}" for note in found["notes"])):
        console.print(Text(line), soft_wrap=True)
    console.print()
    console.print(spec_table(found["spec"]))
