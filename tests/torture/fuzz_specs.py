"""Mutated specs: valid ones of every kind, changed in structure, in values and in bytes; and overrides for them."""

import copy
import json
import math
import random
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

import images
import rents
import species
from cases import DIGITS, EXACT, RENTS, SEARCH
from fuzz_values import RAW, TEXTS, Raw, any_value, schema_keys
from idx import write_folder
from regctl import catalog
from regctl.spec.json_schema import json_schema
from regctl.spec.validation import MAX_FOLDS

PENALTIES = """\
name: penalties
dataset: {source: rents.csv, target: "rent/month", features: [living area, 'say "rooms"'], target_transform: log10}
split: {train: 0.5, validation: 0.3, test: 0.2, seed: 3, stratify: city/quarter}
model: {name: linear}
regularization: {penalty: elastic, lambda: 0.01, l1_ratio: 0.3, input_dropout: 0.1}
training: {solver: gradient, loss: huber, metrics: [mae, r2], optimizer: sgd, momentum: 0.9, nesterov: true,
  schedule: step, early_stopping: {patience: 3, min_delta: 0.001}, precision: float32, memory_limit: 0.5}
sweep: {lambda: {from: 0.0, to: 0.5, step: 0.1}, l1_ratio: [0, 0.5, 1]}
findings: {ignore: [REG101]}
"""
LAYERS = """\
name: layers
dataset: {source: species.csv, target: kind, positive: b}
task: classification
validation: {folds: 3, repeats: 2}
model: {name: mlp, units: [8, 4], normalization: batch}
regularization: {dropout: [0.1, 0.2], dropout_kind: gaussian_dropout, weight_decay: 0.01}
training: {optimizer: adamw, class_weight: balanced, schedule: cosine, epochs: 3, batch_size: 16, seeds: 2}
sweep: {dropout: [0, 0.2, 0.4], samples: [0.3, 0.6, 1.0]}
tune: {tuner: bayesian, objective: {name: validation_accuracy, direction: max}, max_epochs: 9,
  space: {dropout: {from: 0.0, to: 0.6}, units: {choices: [4, 8, 16]}, learning_rate: {from: 0.001, to: 0.1, log: true},
  lambda: {from: 1.0e-6, to: 1.0, log: true}}}
selection: one_standard_error
"""
TIME = """\
name: time
dataset: {source: rents.csv, target: "rent/month", drop: [city/quarter]}
split: {time: living area}
validation: {folds: 4}
model: {name: polynomial, degree: 3, interactions: false}
sweep: {degree: {from: 1, to: 4}, lambda: auto}
"""
GROUP = """\
name: group
dataset: {source: idx, target: label}
task: classification
split: {column: part}
model: {name: cnn, filters: [4], units: [8], global_pooling: false}
training: {epochs: 2, seeds: 1}
sweep: {dropout: {from: 0.0, to: 0.4, step: 0.2}}
"""


@dataclass(frozen=True)
class Case:
    """A spec's bytes, and the command lines that are given them."""

    content: bytes
    commands: tuple[tuple[str, ...], ...]


@cache
def bases() -> tuple[tuple[str, dict[str, Any]], ...]:
    """Every shipped spec, and those of every kind that the tests have: as text, and as data."""
    shipped = [path.read_text(encoding="utf-8") for path in catalog.shipped_specs().values()]
    own = [
        rents.SPEC,
        species.SPEC,
        images.SPEC,
        RENTS,
        EXACT,
        DIGITS,
        SEARCH,
        PENALTIES,
        LAYERS,
        TIME,
        GROUP,
    ]
    texts = [*shipped, *(own * 2)]
    return tuple((text, yaml.safe_load(text)) for text in texts)


@cache
def keys() -> dict[tuple[str, ...], list[Any]]:
    """Folds are work in proportion, each prepared by itself: more of them than a few are no hang, and take long."""
    found = schema_keys(json_schema())
    for key in ("folds", "repeats"):
        edges = found["validation", key]
        found["validation", key] = [
            edge for edge in edges if not (isinstance(edge, int) and 20 < edge <= MAX_FOLDS)
        ]
    return found


def write_data(folder: Path) -> None:
    """The files that the specs name."""
    rents.write_table(folder / "rents.csv", rows=120)
    species.write_species(folder, ["a", "b", "c"], rows=120)
    images.write_images(folder)
    write_folder(folder / "idx", train=40, test=20, size=(4, 4))


def spec_case(chance: random.Random, path: str) -> Case:
    """A mutated spec, to be written to `path`, and what is done with it: validated, and planned dry."""
    text, data = chance.choice(bases())
    gentle = (
        chance.random() < 0.5
    )  # most changes make a spec invalid; these may leave one that is planned in full
    if gentle or chance.random() < 0.7:
        changed = copy.deepcopy(data)
        for _ in range(1 if gentle else chance.choice((1, 1, 2, 2, 3, 5))):
            changed = _nudged(changed, chance) if gentle else _mutated(changed, chance)
        text = _written(changed, chance)
    content = text.encode("utf-8", "surrogatepass")
    if not gentle and chance.random() < 0.4:
        content = damaged(content, chance)
    given: list[str] = []
    if not gentle or chance.random() < 0.1:
        given = [part for _ in range(chance.choice((0, 0, 0, 1, 2))) for part in ("-S", _override(chance))]
    return Case(content, (("validate", path, *given), _dry(chance, path, given)))


def _dry(chance: random.Random, path: str, given: list[str]) -> tuple[str, ...]:
    extra = [*given, "--dry-run"]
    extra += ["--json"] * (chance.random() < 0.2) + ["--smoke"] * (chance.random() < 0.1)
    extra += ["--seeds", str(chance.choice((1, 2, 500, 10**6)))] * (chance.random() < 0.1)
    what = chance.randrange(8)
    if what < 4:
        axis = chance.choice(("lambda", "lambda", "degree", "dropout", "samples"))
        by = ["--by", chance.choice(("l1_ratio", "lambda", "degree", "dropout", "learning_rate", "x"))]
        return ("sweep", axis, path, *extra, *(by * (chance.random() < 0.15)))
    if what < 6:
        return ("train", path, *extra)
    target, trials = chance.choice(("model", "lambda", "dropout")), chance.choice(("1", "5", "20", "1000"))
    return ("tune", target, path, "--trials", trials, *extra)


def _override(chance: random.Random) -> str:
    path = chance.choice(list(keys()))
    value = _value_for(path, chance)
    text = str(value) if isinstance(value, str) else _flow(value)
    key = ".".join(path) if chance.random() < 0.9 else chance.choice(TEXTS)
    return f"{key}={text}".replace("\0", "")[:20000].encode("utf-8", "replace").decode()


def _value_for(path: tuple[str, ...], chance: random.Random) -> Any:
    edges = keys().get(path, [])
    return chance.choice(edges) if edges and chance.random() < 0.6 else any_value(chance)


# Structure


def _mutated(data: Any, chance: random.Random) -> Any:
    change = chance.choice(
        (_set_key, _set_key, _set_key, _replace, _remove, _rename, _swap, _wrap, _repeat, _scale)
    )
    return change(data, chance)


def _nudged(data: Any, chance: random.Random) -> Any:
    """A change that may leave the spec valid: a value at an edge of its key, a number scaled, a key gone."""
    change = chance.randrange(5)
    if change == 0:
        return _remove(data, chance)
    if change == 1:
        return _scale(data, chance, (2, 10, 1000, 0.5, 0.1))
    path = chance.choice(list(keys()))
    return _put(data, path, chance.choice(keys()[path] or [None]))


def _set_key(data: Any, chance: random.Random) -> Any:
    path = chance.choice(list(keys()))
    return _put(data, path, _value_for(path, chance))


def _put(data: Any, path: tuple[str, ...], value: Any) -> Any:
    """A value at a key of the schema, with sections on its way made where they are missing."""
    here = data
    for step in path[:-1]:
        if not isinstance(here, dict):
            return data
        if not isinstance(here.get(step), dict):
            here[step] = {}
        here = here[step]
    if isinstance(here, dict):
        here[path[-1]] = value
    return data


def _places(data: Any) -> list[tuple[Any, Any]]:
    """Every (container, key) of the data."""
    items: list[tuple[Any, Any]] = []
    if isinstance(data, dict):
        items = list(data.items())
    elif isinstance(data, list):
        items = list(enumerate(data))
    found = [(data, key) for key, _ in items]
    for _, value in items:
        found += _places(value)
    return found


def _place(data: Any, chance: random.Random) -> tuple[Any, Any]:
    places = _places(data)
    return chance.choice(places) if places else ({0: 0}, 0)


def _replace(data: Any, chance: random.Random) -> Any:
    holder, key = _place(data, chance)
    holder[key] = any_value(chance)
    return data


def _remove(data: Any, chance: random.Random) -> Any:
    holder, key = _place(data, chance)
    del holder[key]
    return data


def _rename(data: Any, chance: random.Random) -> Any:
    holder, key = _place(data, chance)
    if isinstance(holder, dict):
        name = str(key)
        cut = chance.randrange(len(name) + 1)
        slips = (
            name[:cut] + name[cut + 1 :],
            name[:cut] + "x" + name[cut:],
            name.upper(),
            chance.choice(TEXTS),
        )
        holder[chance.choice((*slips, Raw(chance.choice(RAW))))] = holder.pop(key)
    return data


def _swap(data: Any, chance: random.Random) -> Any:
    (one, key), (other, another) = _place(data, chance), _place(data, chance)
    one[key], other[another] = copy.deepcopy(other[another]), copy.deepcopy(one[key])
    return data


def _wrap(data: Any, chance: random.Random) -> Any:
    holder, key = _place(data, chance)
    for _ in range(chance.choice((1, 2, 40))):
        holder[key] = [holder[key]] if chance.random() < 0.5 else {str(key): holder[key]}
    return data


def _repeat(data: Any, chance: random.Random) -> Any:
    holder, key = _place(data, chance)
    holder[key] = [copy.deepcopy(holder[key])] * chance.choice((2, 3, 500))
    return data


FACTORS = (-1, 0, 10, 1000, 10**9, 0.5, 0.001, 1e-9, math.nan, math.inf)


def _scale(data: Any, chance: random.Random, factors: tuple[float, ...] = FACTORS) -> Any:
    numbers = [
        (holder, key)
        for holder, key in _places(data)
        if isinstance(holder[key], int | float) and not isinstance(holder[key], bool)
    ]
    if numbers:
        holder, key = chance.choice(numbers)
        scaled = holder[key] * chance.choice(factors)
        whole = isinstance(holder[key], int) and math.isfinite(scaled) and chance.random() < 0.8
        holder[key] = int(scaled) if whole else scaled
    return data


# YAML


def _written(data: Any, chance: random.Random) -> str:
    """The data in flow style or as blocks; a key may stand there twice, a value behind an anchor."""
    if isinstance(data, dict) and chance.random() < 0.7:
        lines = [f"{_key(key)}: {_flow(value)}" for key, value in data.items()]
        if lines and chance.random() < 0.1:
            lines.append(chance.choice(lines))
        if chance.random() < 0.05:
            lines.insert(0, _bomb(chance))
        return "\n".join(lines) + "\n"
    return _flow(data) + "\n"


def _bomb(chance: random.Random) -> str:
    width, depth = chance.choice(((9, 9), (2, 30), (100, 4), (3, 3)))
    lines = ["a0: &a0 [x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * width)}]" for n in range(1, depth)]
    return "\n".join(lines)


def _key(key: Any) -> str:
    return str(key) if isinstance(key, Raw) else json.dumps(str(key), ensure_ascii=False)


def _flow(value: Any) -> str:
    if isinstance(value, Raw):
        return str(value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_key(key)}: {_flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_flow, value)) + "]"
    if isinstance(value, float) and not math.isfinite(value):
        return ".nan" if math.isnan(value) else f"{'-' * (value < 0)}.inf"
    return json.dumps(value, ensure_ascii=False)


# Bytes

TOKENS = (
    b"\0",
    b"\xef\xbb\xbf",
    b"\r\n",
    b"\r",
    b"\t",
    b"\xff",
    b"\xc3",
    b"\xed\xa0\x80",
    b"&a ",
    b"*a ",
    b"!!x ",
)


def damaged(content: bytes, chance: random.Random) -> bytes:
    """Bytes cut off, turned over, put in, taken out, doubled, or in another encoding."""
    for _ in range(chance.choice((1, 1, 2, 4))):
        start = chance.randrange(len(content) + 1)
        end = min(len(content), start + chance.choice((0, 1, 1, 2, 8, 64)))
        what = chance.randrange(8)
        if what == 0:
            content = content[:start]
        elif what == 1 and start < len(content):
            flipped = content[start] ^ (1 << chance.randrange(8))
            content = content[:start] + bytes([flipped]) + content[start + 1 :]
        elif what == 2:
            content = content[:start] + chance.choice(TOKENS) + content[start:]
        elif what == 3:
            content = content[:start] + content[end:]
        elif what == 4:
            content = content[:end] + content[start:]
        elif what == 5:
            content = content[:start] + chance.randbytes(end - start) + content[end:]
        elif what == 6:
            content = content.replace(b"\n", b"\r\n") if chance.random() < 0.5 else b"\xef\xbb\xbf" + content
        elif chance.random() < 0.1:
            content = content.decode("utf-8", "replace").encode(
                chance.choice(("utf-16", "latin-1", "cp1252")), "replace"
            )
    return content
