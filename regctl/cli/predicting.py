"""`regctl predict`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from regctl.cli.options import Out

if TYPE_CHECKING:
    from typing import Any, Literal

    from regctl.records.files import Cell

_KINDS: "dict[str, Literal['number', 'text']]" = {"float32": "number", "string": "text"}


def predict(
    model: Annotated[
        str, typer.Argument(metavar="RUN|MODEL", help="A run, or a .keras file of one.", show_default=False)
    ],
    data: Annotated[
        Path,
        typer.Argument(
            metavar="DATA",
            help="A .csv, .csv.gz, .parquet or .npz file, or a folder of IDX files.",
            show_default=False,
        ),
    ],
    to: Annotated[
        Path | None,
        typer.Option("--to", metavar="FILE", help="Write a CSV file instead of stdout.", show_default=False),
    ] = None,
    out: Out = None,
) -> None:
    """Predict new rows, columns matched by name.

    One line per row, in the data's order.
    """
    from regctl.datasets.new_rows import read_new_rows
    from regctl.records.files import read_json

    path = _model_path(model, out)
    inputs = read_json(path.with_name("inputs.json"))
    rows = read_new_rows(data, [(entry["column"], _KINDS[entry["dtype"]]) for entry in inputs["inputs"]])
    for note in rows.notes:
        typer.echo(f"note: {note}", err=True)

    from regctl.models.quiet import load_tensorflow

    load_tensorflow()
    from regctl.models.prediction import predict_columns

    _write(predict_columns(path, inputs, rows), inputs, to)


def _model_path(model: str, out: Path | None) -> Path:
    from regctl.errors import UsageError
    from regctl.records.run_folder import find_run

    if model.endswith(".keras"):
        return Path(model)
    run = find_run(model, out)
    if not (run / "model.keras").is_file():
        raise UsageError(f"{run}: holds no model.keras.", "Name a run that completed.")
    return run / "model.keras"


def _write(predictions: "Any", inputs: "Any", to: Path | None) -> None:
    from regctl.records.files import csv_text, write_csv

    header, rows = _table(predictions, inputs["outputs"])
    if to is not None:
        write_csv(to, header, rows)
    else:
        typer.echo(csv_text(header, rows), nl=False)


def _table(predictions: "Any", outputs: "Any") -> "tuple[list[str], list[list[Cell]]]":
    """One column of predictions, or the most probable class and a column of probabilities for each."""
    name, classes = outputs["column"], outputs["classes"]
    if not classes:
        return [name], [[float(value)] for value in predictions]
    best = predictions.argmax(axis=1)
    header = [name, *(f"P({each})" for each in classes)]
    return header, [[classes[place], *map(float, row)] for place, row in zip(best, predictions, strict=True)]
