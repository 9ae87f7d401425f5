"""Values that a spec's keys are given: at the edges of what the schema allows, beyond them, and of other kinds."""

import random
from collections.abc import Iterator
from typing import Any

Path = tuple[str, ...]


class Raw(str):
    """YAML that is written as it stands, not as a quoted text."""


LONG = "x" * 3000
RAW = (
    *("~", "", ".nan", ".inf", "-.inf", "1e400", "-0.0", "0o17", "0x1F", "1_000", "010", "yes", "2024-01-31"),
    *("9" * 99, "9" * 101, "-" + "9" * 50, "1" + "0" * 30, "5e-324", "1.7976931348623157e308", "1e-320"),
    *(
        "*a",
        "&a 1",
        "&a [*a]",
        "&a {x: *a}",
        "!!int '3'",
        "!!float 3",
        "!!str 3",
        "!!binary aGk=",
        "!!set {a}",
    ),
    *("!!python/object/apply:os.system ['true']", "!!python/name:os.system", "!include /etc/passwd", "!x y"),
    *(
        "<<: {a: 1}",
        "{<<: [1]}",
        "? [a] : b",
        "|\n  text",
        ">-\n  text",
        "'",
        '"',
        "[",
        "]",
        "{",
        "}",
        ",",
        "#",
    ),
    *('"\\ud800"', '"\\0"', '"\\x1b[31m"', '"\\u202e"', '"\\U0010FFFF"', "%YAML 9.9", "@", "`", "- - - 1"),
    *("[" * 31 + "]" * 31, "[" * 40 + "]" * 40, "[" * 5000, "{a: " * 40 + "1" + "}" * 40, "---", "..."),
)
TEXTS = (
    *(
        "",
        " ",
        "a",
        "é",
        "λ",
        "数",
        "\u202e",
        "\x00",
        "\x1b[31m",
        "\ufeff",
        "\u2028",
        "a\nb",
        "\t",
        "%s%n",
        "{0}",
    ),
    *(
        "$HOME",
        "${PATH}",
        "~",
        "~/x.csv",
        "../x.csv",
        "../../etc/passwd",
        "/etc/passwd",
        "/dev/zero",
        "/dev/stdin",
    ),
    *(
        "file:///etc/passwd",
        "http://127.0.0.1/x.csv",
        "x.csv",
        ".csv",
        "/",
        ".",
        "..",
        "CON",
        "a/b",
        "a\\b",
        "*",
    ),
    *(
        "all",
        "none",
        "auto",
        "null",
        "true",
        "holdout",
        "minimum",
        "lambda",
        "train",
        "=cmd()",
        LONG,
        LONG * 20,
    ),
    *(
        "digits",
        "ames",
        "quadratic",
        "diabetes",
        "kind",
        "y",
        "os:system",
        "__class__",
        "regctl.cli.main:main",
    ),
)
NUMBERS = (
    *(
        -(2**63),
        -(2**31),
        -1,
        0,
        1,
        2,
        3,
        7,
        10,
        100,
        1000,
        10**4,
        10**6,
        2**31 - 1,
        2**31,
        2**63,
        2**64,
        10**30,
    ),
    *(
        -1.0,
        -0.0,
        0.0,
        1e-320,
        1e-300,
        1e-9,
        0.1,
        0.5,
        1 / 3,
        0.999999,
        1.0,
        1.5,
        1e9,
        1e30,
        1e38,
        1e39,
        1e308,
    ),
    *(float("nan"), float("inf"), float("-inf")),
)


def any_value(chance: random.Random, depth: int = 0) -> Any:
    """A value of any kind; lists and mappings hold such values again."""
    kind = chance.randrange(10)
    if kind < 3:
        return chance.choice(NUMBERS)
    if kind < 5:
        return chance.choice(TEXTS)
    if kind < 7:
        return Raw(chance.choice(RAW))
    if kind == 7 or depth > 3:
        return chance.choice((None, True, False))
    count = chance.choice((0, 1, 2, 3, 5, 200)) if depth == 0 else chance.randrange(3)
    if kind == 8:
        return [any_value(chance, depth + 1) for _ in range(count)]
    return {str(chance.choice(TEXTS)): any_value(chance, depth + 1) for _ in range(count)}


def schema_keys(schema: dict[str, Any]) -> dict[Path, list[Any]]:
    """Every key path of a JSON Schema with the values at the edges of what it allows, and just beyond them."""
    found: dict[Path, list[Any]] = {}
    _walk(schema, schema["$defs"], (), found)
    return found


def _walk(
    node: dict[str, Any], definitions: dict[str, Any], path: Path, found: dict[Path, list[Any]]
) -> None:
    if len(path) > 6:
        return
    for each in _forms(node, definitions):
        if path:
            found.setdefault(path, []).extend(_edges(each))
        for key, below in each.get("properties", {}).items():
            _walk(below, definitions, (*path, key), found)


def _forms(node: dict[str, Any], definitions: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if "$ref" in node:
        yield from _forms(definitions[node["$ref"].rpartition("/")[2]], definitions)
    for each in (*node.get("anyOf", ()), *node.get("oneOf", ())):
        yield from _forms(each, definitions)
    yield node


def _edges(node: dict[str, Any]) -> Iterator[Any]:
    """Of one form: its limits and their neighbours, its words and slips of them, its default."""
    whole = node.get("type") == "integer"
    for limit in ("minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum"):
        if limit in node:
            edge, step = node[limit], 1 if whole else 1e-9
            yield from (edge - step, edge, edge + step)
    for word in (*node.get("enum", ()), *([node["const"]] if "const" in node else ())):
        yield from (word, word, f"{word}x", str(word).upper())
    if "default" in node:
        yield node["default"]
    if node.get("type") == "boolean":
        yield from (True, False, "true", 1)
    if node.get("type") == "array":
        items = list(_edges(node["items"])) if isinstance(node.get("items"), dict) else []
        yield from ([], items[:1], items[:3], items * 2)
        yield [0.1, 0.2, 1.0]
        yield [1, 2, 3]
    if node.get("type") == "integer":
        yield from (1, 2, 3)
    if node.get("type") == "number":
        yield from (0.0, 0.5, 1.0, 1e-3)
