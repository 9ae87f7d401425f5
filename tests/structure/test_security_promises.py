"""Every promise of the README's section Security names the tests that hold it, and these are there."""

import re
from pathlib import Path

import pytest

from regctl import __file__ as package_file

ROOT = Path(package_file).parent.parent
SECTION = re.search(r"\n## Security\n(.*?)\n## ", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
PROMISES = re.findall(r"^- (.*?)(?=^- |\n\n|\Z)", SECTION[1] if SECTION else "", re.DOTALL | re.MULTILINE)


def test_there_are_promises():
    assert len(PROMISES) >= 9


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise[:30])
def test_a_promise_names_tests_that_exist(promise):
    named = re.findall(r"`(tests/[^`]+)`", promise)
    assert named, "no test holds it"
    for name in named:
        assert "def test_" in (ROOT / name).read_text(encoding="utf-8"), name
