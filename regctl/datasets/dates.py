"""Dates and times written as text."""

from collections.abc import Collection
from datetime import UTC, datetime, time

# fmt: off
_DAYS = (
    "%Y/%m/%d", "%d/%m/%Y", "%m/%d/%Y", "%d/%m/%y", "%m/%d/%y", "%d.%m.%Y", "%d.%m.%y", "%d-%m-%Y",
    "%m-%d-%Y", "%d %b %Y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y", "%d-%b-%Y", "%d-%b-%y",
)
# fmt: on
_CLOCKS = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p")
_FORMATS = ("%Y-%m", "%b %Y", *(day + clock for day in _DAYS for clock in _CLOCKS))


def date_format(texts: Collection[str]) -> str | None:
    """The format every text follows: `ISO 8601`, a `strptime` format, or None when not all are dates."""
    if all(_is_iso(text) for text in texts):
        return "ISO 8601"
    return next((form for form in _FORMATS if all(_follows(text, form) for text in texts)), None)


def iso_instant(text: str) -> datetime | None:
    """The instant an ISO 8601 text names, in UTC when it gives no zone; None for any other text."""
    try:
        instant = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


def _is_iso(text: str) -> bool:
    return iso_instant(text) is not None or _is_clock(text)


def _is_clock(text: str) -> bool:
    try:
        time.fromisoformat(text.strip())
    except ValueError:
        return False
    return ":" in text


def _follows(text: str, form: str) -> bool:
    try:
        datetime.strptime(text.strip(), form)
    except ValueError:
        return False
    return True
