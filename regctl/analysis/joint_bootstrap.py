"""Resamples of a learning curve over two things at once: which rows were trained on, and which it is measured on."""

import numpy as np

from regctl.analysis.uncertainty import block_sums, resampled_sums
from regctl.types import Float64, Int64


def joint_draws(
    row_losses: Float64, blocks: Int64 | None = None, *, resamples: int = 2_000, seed: int = 0
) -> Float64:
    """Mean losses `[resamples, K]` of K sizes when subsets and validation rows are both drawn anew.

    Each resample draws as many validation rows (or whole blocks) as there are, with replacement, and weights for the
    subsets, and uses both for every size: subsets are nested and rows shared, so that neighbouring sizes move together
    and a difference between sizes is as certain as it should be. Both at once overstate the variance a little and
    never understate it by much (Owen 2007, "The pigeonhole bootstrap").

    The few subsets are the weak side: S drawn out of S have a variance too small by (S − 1)/S, three have ten
    different resamples, and their spread is hardly known. Hence weights 1/S + (z_s − z̄)/√(S(S − 1))·√((S − 1)/χ²), z
    normal and χ² of S − 1 degrees of freedom: their weighted mean spreads around the mean as Student's t says, jointly
    for all sizes (exact for normal effects of the subsets; the smooth bootstrap of Efron and Tibshirani 1993, section
    16.5, with an unknown variance). What no seed shows stays out: all subsets come from one set of training rows. A
    mean below 0 is 0, as data losses are.

    Parameters:
        row_losses: `[K, S, N]`, finite; S ≥ 2.
        blocks: int `[N]`, rows drawn together; None when rows are independent.
        resamples: how many.
        seed: of the resampling.

    Raises:
        ValueError: the shape is another, or S is 1.
    """
    if row_losses.ndim != 3 or row_losses.shape[1] < 2:
        raise ValueError(f"expected [sizes, subsets ≥ 2, rows]. Received shape: {row_losses.shape}")
    sizes, subsets, rows = row_losses.shape
    columns = np.vstack([np.ones(rows), row_losses.reshape(sizes * subsets, rows)]).T
    drawn = resampled_sums(block_sums(columns, blocks), resamples, seed)
    means = (drawn[:, 1:] / drawn[:, :1]).reshape(resamples, sizes, subsets)
    weights = _subset_weights(subsets, resamples, np.random.default_rng([seed, 1]))
    return np.asarray(np.maximum((means * weights[:, None]).sum(axis=2), 0.0))


def _subset_weights(subsets: int, resamples: int, generator: np.random.Generator) -> Float64:
    """`[resamples, subsets]`, each row of sum 1."""
    normal = generator.standard_normal((resamples, subsets))
    unknown = np.sqrt((subsets - 1) / generator.chisquare(subsets - 1, (resamples, 1)))
    centred = normal - normal.mean(axis=1, keepdims=True)
    return np.asarray(1 / subsets + centred * unknown / np.sqrt(subsets * (subsets - 1)))
