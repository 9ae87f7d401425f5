"""What a noise layer did, as a histogram beside the one that its definition promises."""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from regctl.analysis.noise_checks import SELU_LIMIT, alpha_affine, live
from regctl.types import Float64, NoiseObservation

BINS = 40
_STEPS = 20  # bins from 0 to 1/(1 − rate)
_SPREAD = 4.0  # standard deviations on either side


@dataclass(frozen=True)
class Histogram:
    """Shares of `n` values by bin, observed and expected, float64 `[bins]`; `centres` and `width` in `quantity`."""

    layer: str
    kind: str
    rate: float
    quantity: str
    centres: Float64
    width: float
    observed: Float64
    expected: Float64
    n: int


def histogram(seen: NoiseObservation) -> Histogram | None:
    """Of the ratio output / input where there is one; for noise that is added of the difference.

    For alpha dropout of the outputs of standard normal inputs, and None for its other observation.
    """
    if seen.kind == "alpha_dropout" and not seen.normal:
        return None
    there = live(seen)
    x, y = seen.inputs[there].astype(np.float64), seen.outputs[there].astype(np.float64)
    if seen.kind == "gaussian_noise":
        return _histogram(seen, "output − input", y - x, _edges(0, seen.rate))
    if seen.kind == "alpha_dropout":
        return _histogram(seen, "output, of standard normal inputs", y, _edges(0, 1))
    if seen.kind == "gaussian_dropout":
        return _histogram(seen, "output / input", y / x, _edges(1, (seen.rate / (1 - seen.rate)) ** 0.5))
    places = np.arange(-2, _STEPS + 5, dtype=np.float64) - 0.5
    return _histogram(seen, "output / input", y / x, np.asarray(places / (1 - seen.rate) / _STEPS))


def _edges(mean: float, sd: float) -> Float64:
    return np.linspace(mean - _SPREAD * sd, mean + _SPREAD * sd, BINS + 1)


def _histogram(seen: NoiseObservation, quantity: str, values: Float64, edges: Float64) -> Histogram:
    counts, _ = np.histogram(values, edges)
    return Histogram(
        layer=seen.layer,
        kind=seen.kind,
        rate=seen.rate,
        quantity=quantity,
        centres=(edges[1:] + edges[:-1]) / 2,
        width=float(edges[1] - edges[0]),
        observed=counts / len(values),
        expected=_expected(seen, edges),
        n=len(values),
    )


def _expected(seen: NoiseObservation, edges: Float64) -> Float64:
    """The share of each bin by the kind's definition: points with a mass, or a normal distribution, or both."""
    rate = seen.rate
    if seen.kind == "gaussian_noise":
        return np.diff(stats.norm.cdf(edges, 0, rate))
    if seen.kind == "gaussian_dropout":
        return np.diff(stats.norm.cdf(edges, 1, (rate / (1 - rate)) ** 0.5))
    if seen.kind == "alpha_dropout":
        scale, shift = alpha_affine(rate)
        kept = np.diff(stats.norm.cdf(edges, shift, scale))
        return np.asarray((1 - rate) * kept + rate * _mass(edges, scale * SELU_LIMIT + shift))
    return rate * _mass(edges, 0) + (1 - rate) * _mass(edges, 1 / (1 - rate))


def _mass(edges: Float64, value: float) -> Float64:
    return np.asarray((edges[:-1] <= value) & (value < edges[1:]), np.float64)
