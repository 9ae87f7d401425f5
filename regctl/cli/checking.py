"""`regctl validate` and `regctl schema`."""

from typing import Annotated

import typer

from regctl.cli.options import Overrides, Plugins
from regctl.cli.specs import check


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
    check(specs, overrides or (), plugin or ())


def schema() -> None:
    """Print the JSON Schema of a spec, for editors."""
    import json

    from regctl.spec.json_schema import json_schema

    typer.echo(json.dumps(json_schema(), indent=2, ensure_ascii=False))
