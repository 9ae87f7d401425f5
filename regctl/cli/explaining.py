"""`regctl explain`."""

from typing import Annotated

import typer


def explain(
    code: Annotated[
        str | None,
        typer.Argument(
            metavar="CODE",
            help="A finding's code, such as REG104; without one, all are listed.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Tell what a finding means, why it matters and what to do."""
    from regctl.report.explaining import explanation, titles

    if code is not None:
        typer.echo(explanation(code))
        return
    for name, title in titles().items():
        typer.echo(f"{name}  {title}")
