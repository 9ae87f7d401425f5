"""Which setting a curve singles out."""

import math
from collections.abc import Sequence
from typing import Literal

from regctl.types import CurvePoint, Selection


def select(points: Sequence[CurvePoint], rule: Literal["minimum", "one_standard_error"]) -> Selection | None:
    """The minimum, the one-standard-error choice, and the one of them that `rule` selects.

    The minimum has the lowest mean validation loss; the one-standard-error choice is the most regularized
    setting whose mean is at most the minimum's plus the minimum's `validation_se` (Breiman et al. 1984,
    section 3.4.3; as `lambda.1se` of glmnet). Without a standard error the two are the same. Larger axis
    values are more regularized, and ties go to the more regularized.

    Returns None when no setting has all its replicates.
    """
    finished = [point for point in points if math.isfinite(point.validation_loss)]
    if not finished:
        return None
    minimum = min(finished, key=lambda point: (point.validation_loss, -point.value))
    limit = minimum.validation_loss + (minimum.validation_se or 0.0)
    within = [point for point in finished if point.validation_loss <= limit]
    one_standard_error = max(within, key=lambda point: point.value)
    return Selection(minimum, one_standard_error, minimum if rule == "minimum" else one_standard_error)
