"""Whether a noise layer does what its definition says: the textbook's debugging tips as tests with a stated level.

What is random is tested at level 0.001 in all (Bonferroni: each test at 0.001 divided by their number), so layers that
are right fail in one inspection of a thousand. What is exact must agree to a few units of float32's rounding.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from regctl.analysis.numpy_dropout import NumpyDropout
from regctl.types import Float32, Float64, NoiseObservation

LEVEL = 0.001
ROUNDING = 8 * float(np.finfo(np.float32).eps)  # relative: eight units, about 1e-6
FEWEST_EXPECTED = 8.0  # drops and keeps of a unit or row, for its share to be about normal
SMALLEST = 1e-30  # activations below have no ratio in float32

# SELU's limit at −∞, −scale · α (Klambauer et al. 2017, section 3): what a dropped unit becomes.
SELU_LIMIT = -1.0507009873554804934193349852946 * 1.6732632423543772848170429916717

Bool = NDArray[np.bool_]


@dataclass(frozen=True)
class Check:
    """One line of the table: `found` against `expected`, over `n` numbers; `p_value` of a test, None of what is exact.

    `low` and `high` are the interval for what was found, at the level of each test, where there is one.
    """

    layer: str
    name: str
    found: float
    expected: float
    passed: bool
    how: str
    n: int
    p_value: float | None = None
    low: float | None = None
    high: float | None = None


def check_noise(observations: Sequence[NoiseObservation]) -> tuple[Check, ...]:
    """Every check of every layer, the random ones judged together."""
    checks = [check for each in observations for check in _checks(each)]
    tests = sum(check.p_value is not None for check in checks)
    level = LEVEL / max(1, tests)
    return tuple(_judged(check, level) for check in checks)


def live(observation: NoiseObservation) -> Bool:
    """Which inputs are not 0, so that being dropped can be seen: `[rows, places, units]`."""
    return np.asarray(np.abs(observation.inputs) > SMALLEST)


def dropped(observation: NoiseObservation) -> Bool:
    """Which units of those that can be judged were dropped, of a kind that drops: `[rows, places, units]`."""
    if observation.kind == "alpha_dropout":
        scale, shift = alpha_affine(observation.rate)
        value = scale * SELU_LIMIT + shift
        return np.asarray(np.abs(observation.outputs - value) <= ROUNDING * abs(value))
    return np.asarray(live(observation) & (observation.outputs == 0))


def alpha_affine(rate: float) -> tuple[float, float]:
    """Scale and shift that keep mean 0 and variance 1 (Klambauer et al. 2017, section 3)."""
    scale = ((1 - rate) * (1 + rate * SELU_LIMIT**2)) ** -0.5
    return scale, -scale * rate * SELU_LIMIT


def _checks(seen: NoiseObservation) -> list[Check]:
    if seen.normal:
        return [_normal_mean(seen), _normal_variance(seen)]
    if not live(seen).any():
        how = "no activation differs from 0: nothing can be seen of the layer"
        return [Check(seen.layer, "activations", 0, 1, False, how, seen.inputs.size)]
    return [check for make in _BY_KIND[seen.kind] for check in make(seen)]


def _judged(check: Check, level: float) -> Check:
    """The verdict of a test; a share's interval at the same level (Clopper and Pearson 1934)."""
    if check.p_value is None:
        return check
    judged = replace(check, passed=check.p_value >= level)
    if check.name != "share of zeros":
        return judged
    test = stats.binomtest(round(check.found * check.n), check.n)
    interval = test.proportion_ci(1 - level, "exact")
    return replace(judged, low=float(interval.low), high=float(interval.high))


# ---- kinds that drop ----------------------------------------------------------------------------------------


def _shared(seen: NoiseObservation, there: Bool, gone: Bool) -> tuple[Bool, Bool]:
    """What draws decide: single numbers, or whole channels `[rows, 1, units]`."""
    if seen.kind != "spatial_dropout":
        return there, gone
    channels = np.asarray(there.any(axis=1, keepdims=True))
    whole = gone.sum(axis=1, keepdims=True) == there.sum(axis=1, keepdims=True)
    return channels, np.asarray(channels & whole)


def _share(seen: NoiseObservation) -> list[Check]:
    everything = np.ones(seen.inputs.shape, bool)
    there, gone = _shared(seen, everything if seen.kind == "alpha_dropout" else live(seen), dropped(seen))
    zeros, n = int(gone.sum()), int(there.sum())
    p_value = float(stats.binomtest(zeros, n, seen.rate).pvalue)
    what = "channels" if seen.kind == "spatial_dropout" else "units"
    how = f"exact binomial test over {what} that are not 0 anyway"
    share = Check(seen.layer, "share of zeros", zeros / n, seen.rate, True, how, n, p_value)
    return [share, *_evenness(seen, there, gone)]


def _evenness(seen: NoiseObservation, there: Bool, gone: Bool) -> list[Check]:
    """χ² of the zeros of each unit, and of each row: neither may share its draws."""
    found = []
    for name, axes in (("zeros of each unit", (0, 1)), ("zeros of each row", (1, 2))):
        n, zeros = there.sum(axis=axes), gone.sum(axis=axes)
        enough = n * min(seen.rate, 1 - seen.rate) >= FEWEST_EXPECTED
        if enough.sum() < 2:
            continue
        n, zeros, rate = n[enough], zeros[enough], seen.rate
        statistic = float((np.square(zeros - n * rate) / (n * rate * (1 - rate))).sum())
        p_value = float(stats.chi2.sf(statistic, len(n)))
        how = "χ² / degrees of freedom: about 1 where each draw is its own"
        found.append(Check(seen.layer, name, statistic / len(n), 1, True, how, len(n), p_value))
    return found


def _whole_channels(seen: NoiseObservation) -> list[Check]:
    there, gone = live(seen).sum(axis=1), dropped(seen).sum(axis=1)
    torn = int(((gone > 0) & (gone < there)).sum())
    how = "channels dropped in part: a channel is kept or dropped in all its pixels"
    return [Check(seen.layer, "whole channels", torn, 0, torn == 0, how, int((there > 0).sum()))]


def _scale(seen: NoiseObservation) -> list[Check]:
    kept = live(seen) & ~dropped(seen)
    if not kept.any():
        return [Check(seen.layer, "scale of what is kept", 0, 1, False, "nothing was kept", 0)]
    x, y = seen.inputs[kept].astype(np.float64), seen.outputs[kept].astype(np.float64)
    if seen.kind == "alpha_dropout":
        scale, shift = alpha_affine(seen.rate)
        how = "slope of outputs over inputs against Klambauer's a, each to float32 rounding"
        found = float(np.polyfit(x, y, 1)[0]) if len(x) > 1 else float("nan")
    else:
        scale, shift = 1 / (1 - seen.rate), 0.0
        how = "output / input against 1/(1 − rate), each to float32 rounding"
        found = float(np.mean(y / x))
    error = np.abs(y - (scale * x + shift)) / (np.abs(scale * x) + abs(shift))
    passed = bool(error.max() <= ROUNDING)
    return [Check(seen.layer, "scale of what is kept", found, scale, passed, how, len(x))]


def _expectation(seen: NoiseObservation) -> list[Check]:
    """The slope Σ x·y / Σ x² of outputs over inputs: 1 ± √(Σ q² r/(1 − r)) / Σ q with q = x², summed over a channel."""
    x, y = seen.inputs.astype(np.float64), seen.outputs.astype(np.float64)
    axes = 1 if seen.kind == "spatial_dropout" else ()
    squares = np.square(x).sum(axis=axes)
    slope = float((x * y).sum() / squares.sum())
    error = float(np.sqrt(np.square(squares).sum() * seen.rate / (1 - seen.rate)) / squares.sum())
    how = f"slope of outputs over inputs, ± {error:.1e}: E[output] = input"
    return [_normal_test(seen.layer, "expectation", slope, 1, error, how, x.size)]


def _gradient(seen: NoiseObservation) -> list[Check]:
    scale = alpha_affine(seen.rate)[0] if seen.kind == "alpha_dropout" else 1 / (1 - seen.rate)
    gone = dropped(seen)
    kept = ~gone if seen.kind == "alpha_dropout" else live(seen) & ~gone
    leaks = int(np.count_nonzero(seen.gradient[gone]))
    ratio = seen.gradient[kept].astype(np.float64) / seen.upstream[kept]
    even = bool(len(ratio) and np.abs(ratio / scale - 1).max() <= ROUNDING)
    mean = float(ratio.mean()) if len(ratio) else float("nan")
    return [
        Check(
            seen.layer,
            "gradient where dropped",
            leaks,
            0,
            leaks == 0,
            "gradients that are not exactly 0",
            int(gone.sum()),
        ),
        Check(
            seen.layer,
            "gradient where kept",
            mean,
            scale,
            even,
            "gradient out / gradient in, each to float32 rounding",
            len(ratio),
        ),
    ]


def _reference(seen: NoiseObservation) -> list[Check]:
    """Outputs and gradients against NumPy's from the same draws; where those are not known, from the same mask."""
    draws = np.where(seen.gradient == 0, 0, 1).astype(np.float32) if seen.draws is None else seen.draws
    layer = NumpyDropout(seen.rate)
    outputs = layer.forward(seen.inputs, training=True, draws=draws)
    gradient = layer.backward(seen.upstream)
    error = max(_difference(seen.outputs, outputs), _difference(seen.gradient, gradient))
    which = "mask" if seen.draws is None else "draws"
    how = f"largest relative difference of outputs and gradients from a NumPy dropout of the same {which}"
    return [Check(seen.layer, "NumPy reference", error, 0, error <= ROUNDING, how, seen.inputs.size)]


def _difference(found: Float32, expected: Float32) -> float:
    scale = np.maximum(np.abs(expected), np.float32(SMALLEST)).astype(np.float64)
    return float((np.abs(found.astype(np.float64) - expected) / scale).max())


# ---- every kind ---------------------------------------------------------------------------------------------


def _inference(seen: NoiseObservation) -> list[Check]:
    error = float(np.abs(seen.inference.astype(np.float64) - seen.inputs).max())
    how = "largest difference between output and input in inference mode"
    return [Check(seen.layer, "identity at inference", error, 0, error == 0, how, seen.inputs.size)]


# ---- kinds that add or multiply ------------------------------------------------------------------------------


def _factors(seen: NoiseObservation) -> Float64:
    """What each input was multiplied with, `[n]`."""
    there = live(seen)
    return np.asarray(seen.outputs[there].astype(np.float64) / seen.inputs[there])


def _multiplied(seen: NoiseObservation) -> list[Check]:
    factors, sd = _factors(seen), float(np.sqrt(seen.rate / (1 - seen.rate)))
    there = live(seen)
    slope = seen.gradient[there].astype(np.float64) / seen.upstream[there]
    error = float((np.abs(slope - factors) / np.maximum(1, np.abs(factors))).max())
    how = "largest difference between gradient out / gradient in and output / input"
    return [
        *_moments(seen.layer, "output / input", factors, 1, sd),
        Check(seen.layer, "gradient", error, 0, error <= ROUNDING, how, len(factors)),
    ]


def _added(seen: NoiseObservation) -> list[Check]:
    noise = (seen.outputs.astype(np.float64) - seen.inputs).ravel()
    error = float(np.abs(seen.gradient.astype(np.float64) - seen.upstream).max())
    how = "largest difference between gradient out and gradient in: adding changes none"
    return [
        *_moments(seen.layer, "output − input", noise, 0, seen.rate),
        Check(seen.layer, "gradient", error, 0, error == 0, how, len(noise)),
    ]


def _moments(layer: str, what: str, values: Float64, mean: float, sd: float) -> list[Check]:
    n = len(values)
    statistic = float(np.square((values - mean) / sd).sum())
    p_value = float(min(1, 2 * min(stats.chi2.sf(statistic, n), stats.chi2.cdf(statistic, n))))
    found = float(np.sqrt(np.square(values - mean).mean()))
    return [
        _normal_test(layer, f"mean of {what}", float(values.mean()), mean, sd / n**0.5, "normal test", n),
        Check(layer, f"sd of {what}", found, sd, True, "χ² test", n, p_value),
    ]


# ---- alpha dropout on standard normal inputs -----------------------------------------------------------------


def _normal_mean(seen: NoiseObservation) -> Check:
    y = seen.outputs.astype(np.float64).ravel()
    error = float(y.std() / len(y) ** 0.5)
    how = f"of standard normal inputs, ± {error:.1e}"
    return _normal_test(seen.layer, "mean 0 is kept", float(y.mean()), 0, error, how, len(y))


def _normal_variance(seen: NoiseObservation) -> Check:
    squares = np.square(seen.outputs.astype(np.float64).ravel())
    error = float(squares.std() / len(squares) ** 0.5)
    how = f"of standard normal inputs, ± {error:.1e}"
    return _normal_test(seen.layer, "variance 1 is kept", float(squares.mean()), 1, error, how, len(squares))


def _normal_test(
    layer: str, name: str, found: float, expected: float, error: float, how: str, n: int
) -> Check:
    z = abs(found - expected) / error if error else (0.0 if found == expected else np.inf)
    return Check(layer, name, found, expected, True, how, n, float(2 * stats.norm.sf(z)))


Maker = Callable[[NoiseObservation], list[Check]]
_BY_KIND: dict[str, tuple[Maker, ...]] = {
    "dropout": (_share, _scale, _expectation, _inference, _gradient, _reference),
    "spatial_dropout": (_share, _whole_channels, _scale, _expectation, _inference, _gradient, _reference),
    "alpha_dropout": (_share, _scale, _inference, _gradient),
    "gaussian_dropout": (_multiplied, _inference),
    "gaussian_noise": (_added, _inference),
}
