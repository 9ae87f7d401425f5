"""What an engine tells while it trains."""

from regctl.types import EpochEnd


def ignore_progress(event: EpochEnd) -> None:
    """A listener that shows nothing."""
