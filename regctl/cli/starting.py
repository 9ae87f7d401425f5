"""`regctl init`."""

import os
from pathlib import Path
from typing import Annotated

import typer

from regctl.cli.options import Quiet


def init(
    data: Annotated[
        Path,
        typer.Argument(
            metavar="DATA", help="Your table: a .csv, .csv.gz or .parquet file.", show_default=False
        ),
    ],
    target: Annotated[
        str | None,
        typer.Option(
            "--target",
            metavar="COLUMN",
            help="What to predict; by default the last column.",
            show_default=False,
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", metavar="FILE", help="Where the spec goes; by default ./NAME.yaml.", show_default=False
        ),
    ] = None,
    ci: Annotated[
        bool,
        typer.Option("--ci", help="Also write .github/workflows/regctl.yml: a smoke run for every push."),
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace files that are there.")] = False,
    quiet: Quiet = False,
) -> None:
    """Write a commented spec for your own table. It runs as it is, and every guess in it is yours to correct.

    The task is guessed from the target: classes for text, truth values and a few different whole numbers, else a
    regression. Columns that only name or date rows are pointed out.
    """
    from regctl import pipeline
    from regctl.records.files import write_text
    from regctl.spec.draft import spec_name

    spec = Path(f"{spec_name(data.name)}.yaml") if out is None else out
    workflow = _workflow(spec) if ci else {}
    _refuse_to_write([spec, *workflow], force)
    drafted = pipeline.draft(data, target, spec)
    for path, text in {spec: drafted.text, **workflow}.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        write_text(path, text)
    for note in () if quiet else drafted.notes:
        typer.echo(f"note: {note}", err=True)
    for path in (spec, *workflow):
        typer.echo(str(path))


def _workflow(spec: Path) -> dict[Path, str]:
    """The workflow's file and text."""
    from regctl.cli.workflow import PLACE, project_folder, workflow
    from regctl.errors import UsageError

    here = Path.cwd()
    project = project_folder(here)
    path = Path(os.path.relpath(spec.absolute(), project))
    if ".." in path.parts:
        raise UsageError(
            f"{spec}: with --ci, expected a spec inside the project {project}.", "Choose another --out."
        )
    return {Path(os.path.relpath(project / PLACE, here)): workflow(path.as_posix())}


def _refuse_to_write(paths: list[Path], force: bool) -> None:
    """Says what stands in the way before anything is read or written.

    Raises:
        UsageError: a file is there already, or its folder is not.
    """
    from regctl.errors import UsageError

    spec = paths[0]
    if not spec.parent.is_dir():
        raise UsageError(f"{spec}: there is no folder {spec.parent}.", "Make it, or choose another --out.")
    for path in paths:
        if path.is_dir():
            raise UsageError(f"{path}: expected a file. Received: a folder.", "Choose another --out.")
        if path.exists() and not force:
            raise UsageError(
                f"{path}: the file is there already.", "Use --force to replace it, or another --out."
            )
    if spec.suffix.lower() not in (".yaml", ".yml"):
        raise UsageError(f"{spec}: expected a file ending in .yaml.", "Choose another --out.")
