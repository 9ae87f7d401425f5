"""The report as Markdown. Texts from data or spec cannot become markup."""

import re

from regctl.report.blocks import Block, Code, Image, Items, Paragraph, Table
from regctl.report.content import sections
from regctl.report.model import Report
from regctl.report.wording import heading

_SPECIAL = re.compile(r"([\\`*_{}\[\]#!|~$])")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


def markdown(report: Report) -> str:
    """The text of `report.md` (GitHub's Markdown)."""
    parts = [f"# {escaped(heading(report))}"]
    for section in sections(report):
        parts.append(f"## {section.heading}")
        parts += [text for block in section.blocks if (text := _block(block))]
    return "\n\n".join(parts) + "\n"


def _block(block: Block) -> str:
    if isinstance(block, Paragraph):
        return _line(block.text)
    if isinstance(block, Items):
        return "\n".join(f"- {_line(text)}" for text in block.texts)
    if isinstance(block, Code):
        return _code(block.text)
    if isinstance(block, Image):
        return f"![{escaped(block.text)}]({block.path.as_posix()})"
    return "" if block.terminal else _table(block)


def _line(text: str) -> str:
    """A line that cannot begin a list, a heading or a rule."""
    return re.sub(r"^(\s*)([-+=]|\d+[.)])(?=\s|$)", lambda found: f"{found[1]}\\{found[2]}", escaped(text))


def _table(table: Table) -> str:
    rule = [":--" if column in table.left else "--:" for column in range(len(table.header))]
    rows = [[escaped(cell) for cell in row] for row in (table.header, *table.rows)]
    return "\n".join(f"| {' | '.join(row)} |" for row in (rows[0], rule, *rows[1:]))


def _code(text: str) -> str:
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}\n{text}\n{fence}"


def escaped(text: str) -> str:
    """Text as Markdown that reads as itself: on one line, without markup, links or HTML."""
    visible = "".join(letter if letter.isprintable() else " " for letter in text)
    plain = "".join(_ENTITIES.get(letter, letter) for letter in visible)
    return _SPECIAL.sub(r"\\\1", plain)
