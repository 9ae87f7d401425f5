import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from spec_makers import calmly, same

from regctl.errors import SpecError
from regctl.spec import yaml_composer
from regctl.spec.yaml_reader import read_mapping, read_value


def read(text):
    return read_mapping(text if isinstance(text, bytes) else text.encode(), "housing.yaml")


def value_of(scalar):
    return read(f"key: {scalar}\n").data["key"]


def problems_of(text):
    try:
        read(text)
    except SpecError as error:
        return error.problems
    return ()


def refusal(text):
    return "\n".join(problems_of(text))


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("1e-3", 0.001),
        ("1.0e-6", 1e-6),
        (".5", 0.5),
        ("5.", 5.0),
        ("1E5", 100000.0),
        ("+1e3", 1000.0),
        ("-1.5", -1.5),
        (".inf", math.inf),
        ("-.Inf", -math.inf),
        (".nan", math.nan),
        ("60", 60),
        ("+7", 7),
        ("010", 10),
        ("0o10", 8),
        ("0x1F", 31),
        ("true", True),
        ("False", False),
        ("~", None),
        ("null", None),
        ("", None),
    ],
)
def test_a_plain_scalar_means_what_yaml_1_2_says(written, value):
    assert same(value_of(written), value)


@pytest.mark.parametrize(
    "written",
    [
        "yes",
        "no",
        "on",
        "off",
        "y",
        "2024-01-31",
        "1:30",
        "1_000",
        "0b11",
        "1e",
        ".",
        "tRue",
        "inf",
        "nan",
        "<<",
        "=",
        "１",
    ],
)
def test_what_only_yaml_1_1_reads_as_something_else_is_text(written):
    assert value_of(written) == written


def test_quotes_and_tags_decide_over_the_look_of_a_scalar():
    assert same(value_of("'5'"), "5")
    assert same(value_of('"true"'), "true")
    assert same(value_of("!!str 5"), "5")
    assert same(value_of("!!float 3"), 3.0)
    assert same(value_of('!!int "12"'), 12)


def test_keys_are_text_as_written():
    assert read("1: a\ntrue: b\n2010-01-01: c\n' x ': d\n").data == {
        "1": "a",
        "true": "b",
        "2010-01-01": "c",
        " x ": "d",
    }


def test_positions_are_those_of_keys_and_items_counted_from_one():
    document = read("name: x\nsweep:\n  lambda: [1e-3,\n    -1]\n  other:\n  - a\n")
    assert document.positions == {
        (): (1, 1),
        ("name",): (1, 1),
        ("sweep",): (2, 1),
        ("sweep", "lambda"): (3, 3),
        ("sweep", "lambda", 0): (3, 12),
        ("sweep", "lambda", 1): (4, 5),
        ("sweep", "other"): (5, 3),
        ("sweep", "other", 0): (6, 5),
    }
    assert document.written == {("sweep", "lambda", 0): "1e-3", ("sweep", "lambda", 1): "-1"}


def test_a_byte_order_mark_is_not_part_of_the_first_key():
    assert read(b"\xef\xbb\xbfname: x").positions[("name",)] == (1, 1)


# What YAML wants escaped is left out, and U+FEFF, which has no width and which PyYAML therefore gives no column.
printable = st.characters(
    exclude_categories=["Cc", "Cs", "Cn", "Co", "Zl", "Zp"], exclude_characters="\ufeff"
)
text = st.text(printable, max_size=8)
json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats(allow_nan=False, allow_infinity=False)
    | text,
    lambda below: st.lists(below, max_size=4) | st.dictionaries(text, below, max_size=4),
    max_leaves=12,
)


@calmly
@given(st.dictionaries(text, json_values, min_size=1, max_size=5), st.sampled_from([None, 1]))
def test_every_json_document_reads_as_json_does(data, indent):
    source = json.dumps(data, ensure_ascii=False, indent=indent)
    document = read(source)
    assert same(document.data, json.loads(source))
    lines = source.split("\n")
    for path, (line, column) in document.positions.items():
        if path and isinstance(path[-1], str):
            assert lines[line - 1][column - 1 :].startswith(json.dumps(path[-1], ensure_ascii=False) + ":")


@calmly
@given(st.text(max_size=60) | st.binary(max_size=60))
def test_any_text_or_bytes_are_read_or_refused(source):
    assert all(
        problem.startswith("housing.yaml:") and problem.isprintable() for problem in problems_of(source)
    )


@calmly
@given(st.text("[]{}:,&*a1 -?|>!%@\"'\\\n\t#~U", max_size=40))
def test_any_punctuation_is_read_or_refused(source):
    assert all(
        problem.startswith("housing.yaml:") and problem.isprintable() for problem in problems_of(source)
    )


@pytest.mark.parametrize(
    ("source", "place", "says"),
    [
        ("a: 1\nb: 2\na: 3\n", "3:1", "the key 'a' is given twice (the first is in line 1)"),
        ("a: {x: 1, 'x': 2}\n", "1:11", "given twice"),
        ("a: 1\n---\nb: 2\n", "2:1", "one document"),
        ("a: [1, 2\n", "2:1", "not valid YAML"),
        ("a: b: c\n", "1:5", "not valid YAML"),
        ("a:\n\t- b\n", "2:1", "not valid YAML"),
        ("a: *nowhere\n", "1:4", "undefined alias"),
        ("a: &a [*a]\n", "1:4", "an alias holds itself"),
        ("a: !!python/object:os.system x\n", "1:4", "not supported"),
        ("a: !mine [1]\n", "1:4", "not supported"),
        ("a: !!set {b}\n", "1:4", "not supported"),
        ("a: !!int x\n", "1:4", "expected a value of the tag !!int. Received: 'x'"),
        ("? [a]\n: 1\n", "1:3", "expected a word as key"),
        ("a: " + "9" * 200, "1:4", "a number has at most 100 characters"),
        ('a: "\\UFFFFFFFF"\n', "1:", "not valid YAML"),
        ('a: "\\ud800"\n', "1:4", "no character"),
        ("a: \x01\n", "1:4", "U+0001"),
        (b"a: 1\nb\xe9: 2\n", "2:2", "expected UTF-8 text. Received: the byte 0xe9"),
        ("a: 1".encode("utf-16"), "1:1", "UTF-8"),
        ("", "1:1", "an empty file"),
        ("# only a comment\n", "1:1", "an empty file"),
        ("- a\n", "1:1", "Received: ['a']"),
        ("just text\n", "1:1", "Received: 'just text'"),
        ("a: 1\n#" + "x" * 2**20, "1:1", "at most 1048576 bytes"),
        ("a: " + "[" * 5000, "1:35", "32 deep"),
    ],
)
def test_what_is_no_spec_file_is_refused_at_its_place(source, place, says):
    message = refusal(source)
    assert message.startswith(f"housing.yaml:{place}")
    assert says in message


def test_a_file_of_too_many_values_is_refused_while_it_is_read(monkeypatch):
    monkeypatch.setattr(yaml_composer, "MAX_NODES", 100)
    message = refusal("a: [" + "1, " * 200 + "]")
    assert message.startswith("housing.yaml:1:")
    assert "keys and values" in message


def test_all_duplicate_keys_are_named_at_once():
    assert refusal("a: 1\na: 2\nb: {c: 1, c: 2}\n").count("given twice") == 2


def test_an_alias_is_its_anchor_once_more():
    assert read("a: &x [1, 2]\nb: *x\n").data == {"a": [1, 2], "b": [1, 2]}


def test_an_alias_bomb_is_refused_before_it_goes_off():
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 20)]
    assert "counted after aliases are expanded" in refusal("\n".join(lines))


@pytest.mark.parametrize(
    ("given_text", "value"),
    [
        ("[0, 1e-3]", [0, 0.001]),
        ("{log: [1e-6, 1], zero: true}", {"log": [1e-6, 1], "zero": True}),
        ("'5'", "5"),
        (" 5 ", 5),
        ("", None),
        ("Lot #1: area", "Lot #1: area"),
        ("&a *b", "&a *b"),
    ],
)
def test_a_value_of_the_command_line_needs_quotes_only_to_stay_text(given_text, value):
    assert same(read_value(given_text, lambda line, column: "-S").data, value)
