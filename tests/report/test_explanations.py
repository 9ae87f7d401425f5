"""Every code that the source can produce has a page, and every page a code."""

import re
from pathlib import Path

import pytest

import regctl
from regctl.errors import UsageError
from regctl.report.explaining import FOLDER, codes, explanation, known, titles

HEADINGS = ["What it means", "Why it matters", "What to do", "Source"]


def raised() -> set[str]:
    """The codes that stand as strings in the source, as in `Finding("REG101", …)`."""
    files = Path(regctl.__file__).parent.rglob("*.py")
    return {code for file in files for code in re.findall(r'"(REG\d{3})"', file.read_text(encoding="utf-8"))}


def test_codes_and_pages_are_the_same():
    assert set(codes()) == raised()


@pytest.mark.parametrize("code", codes())
def test_a_page_says_what_why_what_to_do_and_where_from(code):
    text = (FOLDER / f"{code}.md").read_text(encoding="utf-8")
    first, *rest = text.splitlines()
    assert first.startswith(f"# {code}: ")
    assert [line.removeprefix("## ") for line in rest if line.startswith("## ")] == HEADINGS
    bodies = re.split(r"^## .*$", text, flags=re.MULTILINE)[1:]
    assert all(len(body.strip()) > 20 for body in bodies)
    assert max(map(len, text.splitlines())) <= 120


def test_titles_are_one_line_each_and_differ():
    assert len(set(titles().values())) == len(codes())


def test_a_page_is_plain_text():
    assert explanation("reg104").startswith(
        "REG104: The curve is flat\n\nWhat it means\n\nNone of the settings"
    )


def test_an_unknown_code_names_the_nearest():
    with pytest.raises(UsageError, match=r"REG14: no such code\. Did you mean REG104"):
        known("REG14")
