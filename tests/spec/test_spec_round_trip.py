import pytest
import yaml
from hypothesis import example, given
from spec_makers import calmly, same, spec_data

from regctl.errors import SpecError
from regctl.spec.loading import load_spec
from regctl.spec.resolved import leaf_paths, leaves, resolved_yaml, with_values
from regctl.spec.schema import Spec
from regctl.spec.yaml_reader import read_mapping

STRANGE = [
    "",
    " a ",
    "a: b",
    "#1",
    "1e3",
    "yes",
    "~",
    "=",
    "<<",
    "a\x85b",
    "\u2028",
    "\ufeff",
    "\0",
    "'\"",
    "-",
    "é",
    "😀",
]


@calmly
@given(spec_data())
@example(
    {"name": "x", "dataset": {"source": "ames", "target": "y", "units": {name: name for name in STRANGE}}}
)
@example({"name": "1e3", "dataset": {"source": "ames", "target": "y", "features": STRANGE[1:]}})
def test_a_resolved_spec_reads_back_as_the_same_spec(data):
    spec = Spec.model_validate(data)
    again = read_mapping(resolved_yaml(spec).encode(), "spec.yaml").data
    assert same(again, spec.model_dump(by_alias=True))
    assert Spec.model_validate(again) == spec


@calmly
@given(spec_data())
def test_a_reader_of_yaml_1_1_understands_a_resolved_spec_alike(data):
    spec = Spec.model_validate(data)
    assert same(yaml.safe_load(resolved_yaml(spec)), spec.model_dump(by_alias=True))


@calmly
@given(spec_data())
def test_what_a_spec_says_stands_in_its_resolved_form(data):
    resolved = read_mapping(resolved_yaml(Spec.model_validate(data)).encode(), "spec.yaml").data
    for section, given_keys in data.items():
        if isinstance(given_keys, dict):
            assert all(
                resolved[section][key] == value for key, value in given_keys.items() if key != "lambda"
            )
        else:
            assert resolved[section] == given_keys


def test_a_resolved_spec_is_readable():
    text = resolved_yaml(load_spec("housing").spec)
    assert "  units: [64, 64]\n" in text
    assert "    log: [1.0e-06, 1.0]\n" in text
    assert "  sha256: null\n" in text
    assert [line.partition(":")[0] for line in text.splitlines() if line[0] != " "] == list(Spec.model_fields)


def test_a_long_list_gets_a_line_for_each_item():
    columns = [f"column {i}" for i in range(40)]
    spec = with_values(load_spec("housing").spec, {"dataset.features": columns})
    assert max(map(len, resolved_yaml(spec).splitlines())) < 110


def test_a_chosen_lambda_can_be_frozen_into_a_spec():
    spec = load_spec("housing").spec
    frozen = with_values(spec, {"regularization.lambda": 0.01, "dataset.sha256": "0" * 64})
    assert frozen.regularization.lambda_ == 0.01
    assert frozen.dataset.sha256 == "0" * 64
    assert spec.regularization.lambda_ == 0.0
    assert with_values(frozen, {"regularization.lambda": 0.0, "dataset.sha256": None}) == spec


def test_setting_values_validates_them():
    spec = load_spec("housing").spec
    with pytest.raises(
        SpecError, match=r"^regularization\.lambda=-1: expected a number of at least 0\. Received: -1\.$"
    ):
        with_values(spec, {"regularization.lambda": -1})
    with pytest.raises(SpecError, match="input_dropout"):
        with_values(spec, {"model.name": "linear", "regularization.dropout": 0.5})
    with pytest.raises(KeyError):
        with_values(spec, {"regularization.lamda": 1})


@calmly
@given(spec_data())
def test_leaves_hold_every_value_once(data):
    spec = Spec.model_validate(data)
    rebuilt = {}
    for path, value in leaf_paths(spec):
        here = rebuilt
        for step in path[:-1]:
            here = here.setdefault(step, {})
        assert path[-1] not in here
        here[path[-1]] = value
    assert same(rebuilt, spec.model_dump(by_alias=True))
    assert list(leaves(spec).values()) == [value for _, value in leaf_paths(spec)]
