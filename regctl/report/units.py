"""The objective, and one λ in three libraries' units."""

from regctl.report.model import Report
from regctl.report.wording import scaled_target

FORMULA = "J(θ) = mean over rows of (ŷ − y)² + λ Σθ²"


def symbols(report: Report) -> str:
    """What the letters of the formula stand for."""
    return f"y is {scaled_target(report)}, ŷ the model's output, and θ its kernels, never biases."


def library_units(lambda_: float, rows: int) -> tuple[tuple[str, str, str], ...]:
    """The same penalty in three libraries: library, argument, and how it follows from λ and n training rows.

    scikit-learn's Ridge minimizes Σ(ŷ − y)² + alpha Σθ², which is n J. PyTorch's weight decay w adds w θ to
    the gradient, and that of λ Σθ² is 2 λ θ.
    """
    torch = "2 λ, for kernels, with SGD or Adam on the mean loss; AdamW's decay is another regularizer"
    return (
        ("Keras", f"L2({lambda_:.6g})", "λ, as kernel_regularizer"),
        ("scikit-learn", f"Ridge(alpha={rows * lambda_:.6g})", f"n λ, n = {rows:,} training rows"),
        ("PyTorch", f"weight_decay={2 * lambda_:.6g}", torch),
    )
