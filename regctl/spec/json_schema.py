"""The spec's JSON Schema, for editors: completion, help and checks while a spec is written."""

from typing import Any

from pydantic.json_schema import GenerateJsonSchema

from regctl.spec.schema import Spec


def json_schema() -> dict[str, Any]:
    """Return the schema of a spec by JSON Schema 2020-12.

    It says less than `load_spec`: sums, order and the existence of files are beyond it.
    """
    return {
        "$schema": GenerateJsonSchema.schema_dialect,
        **Spec.model_json_schema(by_alias=True),
        "title": "regctl spec",
    }
