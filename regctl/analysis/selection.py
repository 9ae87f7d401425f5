"""Which setting a curve singles out."""

import math
from collections.abc import Sequence
from itertools import groupby
from typing import Literal

from regctl.types import CurvePoint, Selection


def select(
    points: Sequence[CurvePoint],
    rule: Literal["minimum", "one_standard_error"],
    larger_is_stronger: bool | None = True,
) -> Selection | None:
    """The minimum, the one-standard-error choice, and the one of them that `rule` selects.

    The minimum has the lowest mean validation loss; the one-standard-error choice is the most regularized
    setting whose mean is at most the minimum's plus the minimum's `validation_se` (Breiman et al. 1984,
    section 3.4.3; as `lambda.1se` of glmnet). Without a standard error the two are the same. Ties go to the more
    regularized. Where two axes are crossed the minimum is over both, and the one-standard-error choice lies along the
    first, at the minimum's place on the second.

    Parameters:
        points: of the curve.
        rule: of the spec.
        larger_is_stronger: whether larger values of the axis are more regularized; None along `samples`, where the
            minimum is that of the largest share and there is no other choice.

    Returns None when no setting has all its replicates.
    """
    finished = [point for point in points if math.isfinite(point.validation_loss)]
    if larger_is_stronger is None:
        largest = max((point.value for point in points), default=0.0)
        finished = [point for point in finished if point.value == largest]
    if not finished:
        return None

    def strength(point: CurvePoint) -> float:
        return point.value if larger_is_stronger else -point.value

    minimum = min(finished, key=lambda point: (point.validation_loss, -strength(point)))
    if larger_is_stronger is None:
        return Selection(minimum, None, minimum)
    limit = minimum.validation_loss + (minimum.validation_se or 0.0)
    within = [point for point in finished if point.other == minimum.other and point.validation_loss <= limit]
    one_standard_error = max(within, key=strength)
    return Selection(minimum, one_standard_error, minimum if rule == "minimum" else one_standard_error)


def best_at_each(
    points: Sequence[CurvePoint], larger_is_stronger: bool | None = True
) -> tuple[CurvePoint, ...]:
    """For each value of the first axis, ascending, its point of the lowest validation loss.

    So λ is chosen anew at each share of the rows. A value without a finished point is left out.

    Parameters:
        points: of two crossed axes.
        larger_is_stronger: of the second axis; ties go to the more regularized.
    """
    sign = -1.0 if larger_is_stronger is False else 1.0
    finished = sorted(
        (point for point in points if math.isfinite(point.validation_loss)),
        key=lambda point: (point.value, point.validation_loss, -sign * (point.other or 0.0)),
    )
    return tuple(next(group) for _, group in groupby(finished, key=lambda point: point.value))
