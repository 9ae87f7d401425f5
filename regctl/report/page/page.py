"""The report as one HTML page that needs no network: the same sections as Markdown, and drawings that answer."""

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.resources import files
from itertools import count
from typing import Any, TypeAlias

from regctl.report import figures
from regctl.report.answer import answer
from regctl.report.blocks import Block, Image, Paragraph, Section
from regctl.report.content import sections
from regctl.report.model import Report
from regctl.report.numbers import with_interval
from regctl.report.page.drawings import drawings
from regctl.report.page.histories import STEM
from regctl.report.page.pictures import picture_address
from regctl.report.page.shapes import Drawing
from regctl.report.page.trials import trials_table
from regctl.report.page.visible import visible, visible_values
from regctl.report.provenance import provenance, reproduction, resolved_spec
from regctl.report.sealing import difference, sealed_because, times_opened
from regctl.report.wording import asked, heading

_EARLY = (
    "Train, validation and test", "Against other settings", "Best settings", "The curve", "Figures",
    "The search", "Failed", "Findings", "Classes", "Coefficients",
)  # fmt: skip
_CURVE, _FIGURES, _HISTORIES = "The curve", "Figures", "Training histories"
_SCRIPTS = ("base.js", "lines.js", "cells.js", "trials.js", "main.js")
_LARGEST_PICTURE = 700_000  # bytes of an SVG; a larger one is named instead


@dataclass(frozen=True)
class Figure:
    """A drawing that answers the pointer: its id on the page, title, note and what it shows."""

    id: str
    title: str
    note: str
    text: str


@dataclass(frozen=True)
class Picture:
    """A figure that is only looked at, as a data address."""

    address: str
    text: str


Shown: TypeAlias = Block | Figure | Picture


@dataclass(frozen=True)
class Part:
    """A section with an id to link to."""

    id: str
    heading: str
    blocks: tuple[Shown, ...]


def page(report: Report) -> str:
    """The text of `report.html`."""
    found, table = drawings(report), trials_table(report)
    script = _script()
    material: dict[str, Any] = dict(found)
    if table is not None:
        material["trials"] = table
    text: str = (
        _environment()
        .get_template("report.html.jinja")
        .render(
            heading=heading(report),
            asked=asked(report),
            answer=_answer(report),
            parts=_parts(report, found),
            spec=resolved_spec(report),
            provenance=provenance(report),
            reproduction=reproduction(report),
            labels={stem: {side: each[side]["label"] for side in "xy"} for stem, each in found.items()},
            trials=table is not None,
            material={name: safe_json(value) for name, value in material.items()},
            script=script,
            script_hash=base64.b64encode(sha256(script.encode()).digest()).decode(),
            style=_resource("style.css"),
            run=report.run.name,
        )
    )
    return text


def safe_json(value: Any) -> str:
    """JSON that cannot end the script element it stands in, with nothing in its texts that a reader cannot see."""
    text = json.dumps(visible_values(value), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for letter in "<>&\u2028\u2029":
        text = text.replace(letter, f"\\u{ord(letter):04x}")
    return text


def _answer(report: Report) -> tuple[str, ...]:
    """What the run says, in plain words: the selection, and the test number or why there is none."""
    test = report.test
    if test is None:
        return (*answer(report), sealed_because(report))
    told = difference(test)
    compared = () if told is None else (f"On the test rows: {told[0].lower()}{told[1:]}",)
    loss = test.evaluation.loss
    number = f"Its test data loss is {with_interval(loss.value, loss.low, loss.high)} (95 % interval)."
    return (*answer(report), f"{number} {times_opened(test)}".rstrip(":"), *compared)


def _parts(report: Report, found: Mapping[str, Drawing]) -> tuple[Part, ...]:
    """The sections, what is acted on first; each drawing stands where Markdown has its picture."""
    said, left = set(map(Paragraph, answer(report))), dict(found)
    pages = {block for block in figures.drawn(report) if isinstance(block, Paragraph)}
    texts = _texts(report)
    shown = []
    for section in _ordered(sections(report)):
        blocks = [block for block in section.blocks if block not in said | pages]
        shown.append((section.heading, [_shown(report, block, left, texts) for block in blocks]))
    history = left.pop(STEM, None)
    rest: list[Shown] = [_figure(stem, drawing, texts) for stem, drawing in left.items()]
    if rest:
        _put(shown, rest)
    if history is not None:
        place = next((at for at, (name, _) in enumerate(shown) if name not in _EARLY), len(shown))
        shown.insert(place, (_HISTORIES, [_figure(STEM, history, texts)]))
    return tuple(
        Part(f"part-{number}", heading, tuple(blocks))
        for number, (heading, blocks) in zip(count(1), shown, strict=False)
        if blocks
    )


def _put(shown: list[tuple[str, list[Shown]]], rest: list[Shown]) -> None:
    """Drawings without a picture of their own go behind those that have one."""
    for name, blocks in shown:
        if name in (_CURVE, _FIGURES):
            place = sum(isinstance(block, Figure | Picture) for block in blocks)
            blocks[place:place] = rest
            return
    shown.insert(min(1, len(shown)), (_FIGURES, rest))


def _ordered(given: Sequence[Section]) -> list[Section]:
    places = {heading: place for place, heading in enumerate(_EARLY)}
    return sorted(given, key=lambda section: places.get(section.heading, len(places)))


def _texts(report: Report) -> dict[str, str]:
    return figures.texts(report) | {STEM: "Data losses against the epoch"}


def _shown(report: Report, block: Block, left: dict[str, Drawing], texts: Mapping[str, str]) -> Shown:
    """A block as the page has it; a picture whose drawing there is becomes that drawing."""
    if not isinstance(block, Image):
        return block
    stem = block.path.stem
    if (drawing := left.pop(stem, None)) is not None:
        return _figure(stem, drawing, {**texts, stem: block.text})
    path = report.run / block.path.with_suffix(".svg")
    if not path.is_file() or path.stat().st_size > _LARGEST_PICTURE:
        return Paragraph(f"{block.text}: {block.path.as_posix()}")
    return Picture(picture_address(path.read_text(encoding="utf-8", errors="replace")), block.text)


def _figure(stem: str, drawing: Drawing, texts: Mapping[str, str]) -> Figure:
    return Figure(stem, drawing["title"], drawing["note"], texts.get(stem, drawing["title"]))


def _script() -> str:
    return "(() => {\n" + "\n".join(_resource(name) for name in _SCRIPTS) + "})();\n"


@cache
def _resource(name: str) -> str:
    return (files("regctl.report.page") / "static" / name).read_text(encoding="utf-8")


@cache
def _environment() -> Any:
    """Every text is escaped, by default and without exception but our own script, style and JSON."""
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    environment = Environment(
        loader=FunctionLoader(_resource),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["visible"] = visible
    environment.filters["kind"] = lambda block: type(block).__name__
    return environment
