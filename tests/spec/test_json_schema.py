# ruff: noqa: E501 (a row of a table of cases stays on one line)
import json

import jsonschema
import pytest
from hypothesis import given
from spec_makers import calmly, problems_of, spec_data

from regctl import catalog
from regctl.spec.json_schema import json_schema
from regctl.spec.yaml_reader import read_mapping

SCHEMA = json_schema()
CHECKER = jsonschema.Draft202012Validator(SCHEMA)


def objects(schema):
    yield from [schema, *schema["$defs"].values()]


def test_the_schema_is_a_json_schema():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"


def test_unknown_keys_are_refused_in_every_section():
    assert all(section["additionalProperties"] is False for section in objects(SCHEMA))


def test_every_key_is_explained():
    for section in objects(SCHEMA):
        assert section["description"]
        for key, field in section["properties"].items():
            assert "description" in field or "$ref" in field, key


def test_keys_are_those_of_the_yaml_file():
    keys = {key for section in objects(SCHEMA) for key in section["properties"]}
    assert {"lambda", "from"} <= keys
    assert not {"lambda_", "from_"} & keys


@calmly
@given(spec_data())
def test_every_valid_spec_is_valid_by_the_schema(data):
    CHECKER.validate(data)


@pytest.mark.parametrize(
    "override",
    ["training.epochs=x", "training.epochs=0", "regularization.lambda=-1", "sweep.lambda=[]", "model.name=1", "regularization.dropout=[0.1, 1]", "regularization.dropout={first: 0.1}", "sweep.lambda={log: [0, 1]}", "dataset.features=al"],
)  # fmt: skip
def test_the_schema_refuses_what_loading_refuses(override):
    key, _, value = override.partition("=")
    *sections, last = key.split(".")
    data = read_mapping(catalog.shipped_specs()["housing"].read_bytes(), "housing.yaml").data
    here = data
    for section in sections:
        here = here.setdefault(section, {})
    here[last] = read_mapping(f"value: {value}".encode(), "value").data["value"]
    assert problems_of("housing", override)
    assert not CHECKER.is_valid(data)


def test_the_shipped_schema_is_the_schema_of_this_code():
    """On failure: `regctl schema > configs/regctl.schema.json`."""
    shipped = catalog.shipped("configs") / "regctl.schema.json"
    assert json.loads(shipped.read_text(encoding="utf-8")) == SCHEMA


def test_every_shipped_spec_is_valid_and_names_the_schema():
    shipped = catalog.shipped_specs()
    assert "housing" in shipped
    for name, path in shipped.items():
        text = path.read_text(encoding="utf-8")
        assert text.startswith("# yaml-language-server: $schema=regctl.schema.json\n")
        assert problems_of(name) == []
        CHECKER.validate(read_mapping(text.encode(), name).data)
