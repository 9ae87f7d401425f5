# ruff: noqa: E501 (a row of a table of cases stays on one line)
"""Broken specs: either they are valid or a SpecError that reads well refuses them. Nothing else happens."""

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st
from spec_makers import calmly, spec_data

from regctl import catalog
from regctl.errors import SpecError
from regctl.spec.loading import load_spec
from regctl.spec.schema import Spec

HOUSING = catalog.shipped_specs()["housing"].read_text(encoding="utf-8")
TOKENS = ["[", "]", "{", "}", ": ", "- ", "&a ", "*a", "!!int ", "'", '"', "\n", "\n  ", "\t", "#", "null", "-1", "1e400", ".nan", "9" * 120, "yes", "<list>", "lambda", "log", "step: 1", "\x00", "\x85", "é"]  # fmt: skip
junk = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.lists(st.none() | st.integers() | st.text(max_size=3), max_size=3)
    | st.dictionaries(
        st.sampled_from(["log", "from", "to", "step", "points", "zero", "<list>", "x"]),
        st.integers(),
        max_size=3,
    )
)


def assert_valid_or_well_refused(path, overrides=()):
    try:
        load_spec(path, overrides)
    except SpecError as error:
        for problem in error.problems:
            assert problem.startswith((str(path), "-S ", "… and ")), problem
            assert problem.isprintable()
            assert problem.endswith((".", "?")), problem
            assert "Input should" not in problem


@calmly
@given(st.data())
def test_a_spec_with_damaged_text(tmp_path, data):
    text = HOUSING
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(text)))
        end = start + data.draw(st.sampled_from([0, 0, 1, 3, 20]))
        text = text[:start] + data.draw(st.sampled_from(["", *TOKENS])) + text[end:]
    path = tmp_path / "housing.yaml"
    path.write_bytes(text.encode())
    assert_valid_or_well_refused(path)


@calmly
@given(spec_data(), st.data())
def test_a_spec_with_one_value_or_key_replaced(tmp_path, spec, data):
    whole = Spec.model_validate(spec).model_dump(by_alias=True)
    broken = copy.deepcopy(whole)
    section = broken
    while True:
        key = data.draw(st.sampled_from(sorted(section)))
        if not isinstance(section[key], dict) or not section[key] or data.draw(st.booleans()):
            break
        section = section[key]
    value = section.pop(key)
    if data.draw(st.booleans()):
        section[key] = data.draw(junk)
    else:
        section[data.draw(st.text(max_size=5))] = value
    path = tmp_path / "spec.yaml"
    path.write_bytes(as_yaml(broken).encode())
    assert_valid_or_well_refused(path)


@calmly
@given(st.lists(st.tuples(st.sampled_from(["training.epochs", "sweep.lambda", "sweep.lambda.points", "sweep.lambda.step", "sweep", "dataset.units.a", "dataset", "split.group", "name"]), junk | st.text(max_size=8)), max_size=4))  # fmt: skip
def test_overrides_of_any_value(pairs):
    overrides = [f"{key}={value if isinstance(value, str) else as_flow(value)}" for key, value in pairs]
    assert_valid_or_well_refused("housing", overrides)


@calmly
@given(st.text(max_size=30))
def test_overrides_of_any_text(text):
    assert_valid_or_well_refused("housing", [text])


def as_yaml(data):
    import yaml

    return yaml.dump(data, allow_unicode=True, width=float("inf"))


def as_flow(data):
    import yaml

    return yaml.dump(data, default_flow_style=True, width=float("inf")).removesuffix("\n...\n").strip()


@pytest.mark.parametrize("line", range(len(HOUSING.splitlines())))
def test_a_spec_that_lacks_a_line(tmp_path, line):
    lines = HOUSING.splitlines()
    path = tmp_path / "housing.yaml"
    path.write_text("\n".join(lines[:line] + lines[line + 1 :]), encoding="utf-8")
    assert_valid_or_well_refused(path)
