"""Curves of thousands of settings: as many places as a picture has room for."""

from collections.abc import Collection, Sequence

from regctl.types import CurvePoint

MOST_PLACES = 600  # across some 660 units, of which a PNG has two pixels each


def thinned(size: int, most: int = MOST_PLACES, always: Collection[int] = ()) -> list[int]:
    """Which of `size` places to draw: all of them where they are `most` or fewer, else evenly spaced ones.

    The ends are among them, and so is what is `always` drawn.
    """
    every = max(1, -(-size // most))
    return sorted({*range(0, size, every), *range(size - 1, size), *always} & set(range(size)))


def thinned_points(
    points: Sequence[CurvePoint], always: Collection[float] = (), most: int = MOST_PLACES
) -> Sequence[CurvePoint]:
    """The points of a curve to draw, in their order where all are, else along the axis; `always` are values of it."""
    if len(points) <= most:
        return points
    ordered = sorted(points, key=lambda point: point.value)
    wanted = {place for place, point in enumerate(ordered) if point.value in always}
    # At 0 a line does not begin, but at the value beside it.
    return [ordered[place] for place in thinned(len(ordered), most, {1, *wanted})]
