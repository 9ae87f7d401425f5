"""`regctl datasets`: which data sets there are, and what is in one of them or in a file."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from regctl.cli.options import AsJson, Plugins
from regctl.cli.printing import print_json, print_table

if TYPE_CHECKING:
    from regctl.datasets.describing import Description

app = typer.Typer(
    help="The data sets a spec can name, and what is in them.", no_args_is_help=True, rich_markup_mode=None
)

_CARD = {"good_for": "good for", "target": "target", "source": "source", "licence": "licence"}


@app.command("list")
def list_(json: AsJson = False, plugin: Plugins = None) -> None:
    """List the registered data sets: regctl's own, those of plugins, those of installed packages."""
    from regctl.catalog import use_plugins
    from regctl.datasets.describing import cards

    use_plugins(plugin or ())
    found = [{"name": name, **asdict(card)} for name, card in cards()]
    if json:
        print_json(found)
        return
    print_table(
        ("name", "rows", "columns", "target", "what it is"),
        [(each["name"], each["rows"], each["columns"], each["target"], each["title"]) for each in found],
    )


@app.command()
def show(
    source: Annotated[
        str,
        typer.Argument(
            metavar="NAME|PATH",
            help="A registered data set, a .csv, .csv.gz, .parquet or .npz file, or a folder of IDX files.",
            show_default=False,
        ),
    ],
    json: AsJson = False,
    plugin: Plugins = None,
) -> None:
    """Show a data set's card and its columns, or those of a file."""
    from regctl.catalog import use_plugins
    from regctl.datasets.describing import describe

    use_plugins(plugin or ())
    found = describe(source)
    if json:
        print_json(asdict(found))
    else:
        _print_description(found)


def _print_description(found: "Description") -> None:
    card = found.card
    typer.echo(found.name if card is None else f"{found.name}: {card.title}")
    for key, label in _CARD.items() if card is not None else ():
        if getattr(card, key):
            typer.echo(f"  {label}: {getattr(card, key)}")
    if found.options:
        given = ", ".join(f"{name}: {value}" for name, value in found.options.items())
        typer.echo(f"  options: {{{given}}}")
    if found.note:
        typer.echo(f"  {found.note}")
    if found.rows is None:
        return
    typer.echo(f"  rows: {found.rows:,}, columns: {len(found.columns):,}")
    if found.image_shape is not None:
        typer.echo(f"  images: {' × '.join(map(str, found.image_shape))} (height, width, channels)")
    typer.echo(f"  sha256: {found.sha256}\n")
    print_table(("column", "kind", "type", "unit", "values", "missing"), _rows(found))


def _rows(found: "Description") -> list[tuple[Any, ...]]:
    """A row for each column; pixels share one, from the first to the last."""
    rows: list[tuple[Any, ...]] = []
    names = [] if found.image_shape is None else [column.name for column in found.columns]
    pixels = [name for name in names if name.startswith("pixel_")]
    for column in found.columns:
        name, missing = column.name, f"{column.missing:,}" if column.missing else ""
        if name in pixels[:1]:
            name = f"{name} … {pixels[-1]} ({len(pixels):,})"
            rows.append((name, column.kind, column.type, column.unit or "", "", ""))
        elif not (pixels and name.startswith("pixel_")):
            rows.append((name, column.kind, column.type, column.unit or "", column.values, missing))
    return rows
