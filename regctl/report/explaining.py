"""The pages of `regctl explain`: a Markdown file for each code, in `explanations/`. Imports nothing that takes time."""

from collections.abc import Mapping
from pathlib import Path

from regctl.errors import UsageError

FOLDER = Path(__file__).parent / "explanations"


def codes() -> tuple[str, ...]:
    """Every code that has a page, in order."""
    return tuple(sorted(path.stem for path in FOLDER.glob("REG*.md")))


def titles() -> Mapping[str, str]:
    """What each code is about, in a line."""
    return {code: _text(code).partition("\n")[0].partition(": ")[2] for code in codes()}


def explanation(code: str) -> str:
    """A code's page as plain text: what it means, why it matters, what to do, source.

    Raises:
        UsageError: there is no such code; names the nearest.
    """
    return "\n".join(
        line.lstrip("# ") if line.startswith("#") else line for line in _text(known(code)).splitlines()
    )


def known(code: str) -> str:
    """The code as it is written, `REG104` for `reg104`.

    Raises:
        UsageError: there is no such code; names the nearest.
    """
    wanted = code.strip().upper()
    if wanted not in codes():
        raise UsageError(
            f"{code}: no such code.", f"Did you mean {_nearest(wanted)}? `regctl explain` lists them all."
        )
    return wanted


def _nearest(wanted: str) -> str:
    from difflib import SequenceMatcher

    return max(codes(), key=lambda code: SequenceMatcher(None, wanted, code).ratio())


def _text(code: str) -> str:
    return (FOLDER / f"{code}.md").read_text(encoding="utf-8")
