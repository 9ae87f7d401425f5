"""The spec's JSON Schema, for editors: completion, help and checks while a spec is written."""

from typing import Any

from pydantic.json_schema import GenerateJsonSchema

from regctl.spec.schema import Spec
from regctl.spec.space import Space


def json_schema() -> dict[str, Any]:
    """Return the schema of a spec by JSON Schema 2020-12.

    It says less than `load_spec`: sums, order and the existence of files are beyond it.
    """
    schema = Spec.model_json_schema(by_alias=True)
    space = Space.model_json_schema(by_alias=True)  # the spec reads it only where there is one
    schema["$defs"] |= space.pop("$defs")
    schema["$defs"]["Space"] = space
    key = schema["$defs"]["Tune"]["properties"]["space"]
    key["anyOf"] = [{"$ref": "#/$defs/Space"}, {"type": "null"}]
    return {"$schema": GenerateJsonSchema.schema_dialect, **schema, "title": "regctl spec"}
