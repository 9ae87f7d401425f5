"""The time, in UTC."""

from datetime import UTC, datetime


def utc_now() -> str:
    """Now, as `2026-11-22T08:15:30.123Z`."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def folder_stamp() -> str:
    """Now, as it begins the name of a run folder: `2026-11-22T08-15-30Z` (Windows refuses colons)."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H-%M-%SZ")
