"""The objective, and one λ in other libraries' units."""

from regctl.report.model import Report
from regctl.report.wording import scaled_target

FORMULA = "J(θ) = mean over rows of (ŷ − y)² + λ Σθ²"


def symbols(report: Report) -> str:
    """What the letters of the formula stand for."""
    letters = f"y is {scaled_target(report)}, ŷ the model's output, and θ its kernels, never biases."
    decay = report.spec.regularization.weight_decay
    if not decay:
        return letters
    return f"{letters} Beside J, AdamW shrinks kernels by learning rate × {decay:g} at every step."


def library_units(lambda_: float, rows: int) -> tuple[tuple[str, str, str], ...]:
    """The same penalty in other libraries: library, argument, and how it follows from λ and n training rows.

    scikit-learn's Ridge minimizes Σ(ŷ − y)² + alpha Σθ², which is n J. glmnet minimizes Σ(ŷ − y)² / 2n + λ Σθ² / 2 when
    its alpha is 0, which is J / 2, but scales y to variance 1 first. PyTorch's weight decay w adds w θ to the gradient,
    and that of λ Σθ² is 2 λ θ.
    """
    torch = "2 λ, for kernels, with SGD or Adam on the mean loss; AdamW's decay is another regularizer"
    return (
        ("Keras", f"L2({lambda_:.6g})", "λ, as kernel_regularizer"),
        ("scikit-learn", f"Ridge(alpha={rows * lambda_:.6g})", f"n λ, n = {rows:,} training rows"),
        ("glmnet", f"alpha=0, lambda={lambda_:.6g}", "λ, for y of variance 1, with standardize=FALSE"),
        ("PyTorch", f"weight_decay={2 * lambda_:.6g}", torch),
    )
