"""Random numbers keyed by what they are for, so that a trial draws the same ones in any company.

Every number is `mix(key + counter · γ)`, the output function of SplitMix64 (Steele, Lea and Flood 2014, "Fast
splittable pseudorandom number generators"), where the key is folded from

    seed, fold, purpose, epoch, step, layer, unit (or column name)

and the counter is the row in the batch, the row in the part, or the incoming unit. Nothing else enters: not the number
of trials, the chunk, the thread, or the width of a layer. A narrower layer and a part that lacks a column therefore see
the same values for what they share. Trials of one seed share all of it (common random numbers).
"""

import hashlib
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from regctl.types import Float32, Int64

UInt64 = NDArray[np.uint64]

_GAMMA = np.uint64(0x9E3779B97F4A7C15)
_FACTORS = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))
_MASK = (1 << 64) - 1
_NO_FOLD = _MASK
# So many words are mixed at a time: they and a temporary stay in a processor's own cache.
_IN_CACHE = 2**14


def mix(x: UInt64) -> UInt64:
    """SplitMix64's output function: a bijection of 64-bit words in which every input bit reaches every output bit."""
    x = x ^ (x >> np.uint64(30))
    x = x * _FACTORS[0]
    x ^= x >> np.uint64(27)
    x *= _FACTORS[1]
    x ^= x >> np.uint64(31)
    return x


def word(part: int | str) -> int:
    """A 64-bit word for a part of a key: a whole number itself, a text by its sha256."""
    if isinstance(part, str):
        return int.from_bytes(hashlib.sha256(part.encode()).digest()[:8], "little")
    return part & _MASK


def key(*parts: int | str) -> np.uint64:
    """One key from its parts, in order."""
    state = np.zeros(1, np.uint64)
    for part in parts:
        state = mix(state + np.uint64(word(part)) + _GAMMA)
    return np.uint64(state[0])


def replicate_key(seed: int, fold: int | None) -> np.uint64:
    """The key that all draws of one replicate start from."""
    return key("replicate", seed, _NO_FOLD if fold is None else fold)


def words(parts: Iterable[int | str]) -> UInt64:
    """One 64-bit word for each part."""
    return np.array([word(part) for part in parts], np.uint64)


def fold_in(base: UInt64 | np.uint64, parts: UInt64) -> UInt64:
    """Keys folded from `base` and each part, broadcast against each other."""
    return mix(mix(parts + _GAMMA) + base)


def uniform(streams: UInt64, count: int) -> Float32:
    """Uniform numbers in [0, 1), 24 bits each: float32 `[..., count]` for keys `[...]`, a stream for each key."""
    counters = np.arange(1, count + 1, dtype=np.uint64) * _GAMMA
    flat = np.asarray(streams).reshape(-1, 1)
    found = np.empty((len(flat), count), np.float32)
    together = max(1, _IN_CACHE // max(count, 1))
    for start in range(0, len(flat), together):
        rows = slice(start, start + together)
        found[rows] = (mix(flat[rows] + counters) >> np.uint64(40)).astype(np.int32)
        found[rows] *= np.float32(2**-24)
    return found.reshape(*streams.shape, count)


def batch_order(replicate: np.uint64, epoch: int, rows: int) -> Int64:
    """The order in which an epoch visits the training rows: int64 `[rows]`, the rows sorted by a keyed hash each."""
    stream = key(int(replicate), "order", epoch)
    counters = np.arange(1, rows + 1, dtype=np.uint64) * _GAMMA
    return np.argsort(mix(stream + counters), kind="stable")


def initial_kernel(
    replicate: np.uint64,
    layer: str,
    incoming: Sequence[int | str],
    units: int,
    initializer: str,
    field: int = 1,
) -> Float32:
    """A kernel's starting values, float32 `[incoming, units]`, distributed as Keras's initializer of that name.

    `incoming` are the column names for the first layer and the unit numbers for the others; a convolution counts its
    `field` pixels one after the other, each with its channels.

    - `glorot_uniform`: uniform in ±sqrt(6 / (fan_in + fan_out)), where fan_out is field · units (Glorot and Bengio
      2010).
    - `lecun_normal`: normal with variance 1 / fan_in, cut at two standard deviations before rescaling (LeCun 1998).
    """
    streams = fold_in(key(int(replicate), "kernel", layer), words(incoming))
    draws = uniform(streams, units)
    if initializer == "glorot_uniform":
        limit = np.sqrt(6.0 / (len(incoming) + field * units))
        return np.asarray((2.0 * draws - 1.0) * limit, np.float32)
    if initializer == "lecun_normal":
        return np.asarray(_cut_normal(draws) / np.sqrt(len(incoming)), np.float32)
    raise ValueError(f"no such initializer: {initializer!r}")


def dropout_noise(
    replicate: np.uint64, layer: str, units: UInt64, epoch: int, steps: range, batch: int
) -> Float32:
    """The uniform numbers that decide which units drop: float32 `[steps, units, batch]`; kept where noise ≥ rate.

    `units` are the words of the units' numbers, or of the column names for dropout on the input.
    """
    base = key(int(replicate), "dropout", layer, epoch)
    by_step = fold_in(base, np.arange(steps.start, steps.stop, dtype=np.uint64))
    return uniform(fold_in(by_step[:, None], units), batch)


def layer_noise(
    kind: str, replicate: np.uint64, layer: str, units: UInt64, epoch: int, steps: range, batch: int
) -> Float32:
    """What a noise layer draws: float32 `[steps, units, batch]`, uniform for kinds that drop, else standard normal."""
    draws = dropout_noise(replicate, layer, units, epoch, steps, batch)
    if kind in ("dropout", "alpha_dropout"):
        return draws
    from scipy.special import ndtri

    return np.asarray(ndtri(draws.astype(np.float64) + 2**-25), np.float32)


def _cut_normal(draws: Float32) -> NDArray[np.float64]:
    """Standard normals cut at ±2 and rescaled to variance 1, by inversion of uniform draws."""
    from scipy.special import ndtri  # scipy takes a moment to import, and only this initializer needs it

    low, high = 0.022750131948179195, 0.9772498680518208  # the normal distribution function at −2 and 2
    deviation = 0.8796256610342398  # of a standard normal cut at ±2
    centred = (draws.astype(np.float64) + 2**-25) * (high - low) + low
    return np.asarray(ndtri(centred)) / deviation
