"""What the solvers return."""

from dataclasses import dataclass

from regctl.types import Float64


@dataclass(frozen=True)
class LinearFits:
    """One linear model per λ, in the order of the λ given.

    Parameters:
        kernels: float64 `[L, d]`.
        intercepts: float64 `[L]`.
        degrees_of_freedom: float64 `[L]`, effective, of the kernel: the trace of the matrix that maps centred y to its
            fit. The intercept is one more and is not counted (Hastie, Tibshirani and Friedman 2009, eq. 3.50).
        gaps: float64 `[L]`, the relative duality gap (`elastic.relative_gap`); 0 where a closed form was used.
    """

    kernels: Float64
    intercepts: Float64
    degrees_of_freedom: Float64
    gaps: Float64
