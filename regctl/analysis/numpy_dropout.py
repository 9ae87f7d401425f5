"""Dropout from scratch, in NumPy: what `regctl doctor dropout` and the tests hold the real layers against.

Inverted dropout (Srivastava, Hinton, Krizhevsky, Sutskever and Salakhutdinov 2014, "Dropout: a simple way to prevent
neural networks from overfitting", sections 4 and 10): while training, each unit is kept with probability 1 − r and
then scaled by 1/(1 − r), so that its expectation stays, and inference does nothing at all.

    forward    y = x · m / (1 − r),   m = 1 where a uniform draw u ≥ r, else 0
    backward   ∂L/∂x = ∂L/∂y · m / (1 − r)
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[Any]


class NumpyDropout:
    """One dropout layer. A forward pass in training leaves its mask for one backward pass, which releases it.

    Parameters:
        rate: the share r of units dropped, 0 ≤ r < 1.
        seed: of the draws, where a forward pass is given none.

    Raises:
        ValueError: the rate is no such number.
    """

    def __init__(self, rate: float, seed: int = 0) -> None:
        if not 0 <= rate < 1:
            raise ValueError(f"expected a rate from 0 to below 1. Received: rate={rate!r}")
        self.rate = rate
        self._generator = np.random.default_rng(seed)
        self._factor: Floats | None = None

    def forward(self, x: Floats, training: bool, draws: Floats | None = None) -> Floats:
        """The outputs, of `x`'s shape and type; in inference mode `x` itself.

        Parameters:
            x: activations of any shape.
            training: whether to drop units.
            draws: uniform numbers in [0, 1) of `x`'s shape; the layer's own without them.

        Raises:
            ValueError: the draws have another shape.
        """
        if not training:
            self._factor = None
            return x
        if draws is None:
            draws = self._generator.random(x.shape)
        if draws.shape != x.shape:
            raise ValueError(f"expected draws of shape {x.shape}. Received: {draws.shape}")
        one, rate = x.dtype.type(1), x.dtype.type(self.rate)
        self._factor = np.where(draws >= rate, one / (one - rate), x.dtype.type(0))
        return np.asarray(x * self._factor)

    def backward(self, upstream: Floats) -> Floats:
        """The gradient with respect to the inputs of the last forward pass in training, from that of its outputs.

        Raises:
            RuntimeError: there is no such pass, or its gradient was taken already.
            ValueError: `upstream` has another shape.
        """
        if self._factor is None:
            raise RuntimeError(
                "backward needs a forward pass in training before it, and only one follows each"
            )
        if upstream.shape != self._factor.shape:
            raise ValueError(f"expected a gradient of shape {self._factor.shape}. Received: {upstream.shape}")
        factor, self._factor = self._factor, None
        return np.asarray(upstream * factor)
