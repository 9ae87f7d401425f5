"""How much too good the validation loss of a selected setting was: the optimism of selection."""

import numpy as np

from regctl.analysis.uncertainty import Draws, draws, interval, resample
from regctl.types import Float64, Int64, Interval

_OWN_SEED = 1  # test rows are drawn with seed 0: two samples, two streams


def optimism(test: Draws, validation: Float64, blocks: Int64 | None = None) -> Interval:
    """Test loss − validation loss with its 95 % BCa interval, unpaired: two samples of rows, drawn apart.

    A minimum over settings and epochs is a biased estimate of what it minimises (Cawley and Talbot 2010). The
    acceleration of two samples is that of both samples' influences together (Efron 1987, section 6), each centred.

    Parameters:
        test: the mean loss on resamples of the test rows.
        validation: per-row validation losses `[n]` of the selected setting.
        blocks: int64 `[n]`, rows drawn together; None when rows are independent.
    """
    columns = np.column_stack([np.ones(len(validation)), validation])
    own = draws(resample(columns, blocks, seed=_OWN_SEED), lambda sums: sums[..., 1] / sums[..., 0])
    count = min(len(test.bootstrap), len(own.bootstrap))
    influences = [test.jackknife - test.jackknife.mean(), own.jackknife.mean() - own.jackknife]
    if min(map(len, influences)) < 2:
        return Interval(test.value - own.value, None, None)
    return interval(
        Draws(
            test.value - own.value, test.bootstrap[:count] - own.bootstrap[:count], np.concatenate(influences)
        )
    )
