"""The objective, and one λ in other libraries' units."""

from regctl.report import losses
from regctl.report.model import Report
from regctl.types import Loss, Setting

_PENALTIES = {"l2": "λ Σθ²", "l1": "λ Σ|θ|", "elastic": "λ (r Σ|θ| + (1 − r) Σθ²)"}


def formula(report: Report) -> str:
    """What is minimized, with the spec's penalty."""
    return f"J(θ) = mean over rows of {losses.formula(report)} + {_PENALTIES[report.spec.regularization.penalty]}"


def symbols(report: Report) -> str:
    """What the letters of the formula stand for."""
    letters = losses.symbols(report)
    decay = report.spec.regularization.weight_decay
    if not decay:
        return letters
    return f"{letters} Beside J, AdamW shrinks kernels by learning rate × {decay:g} at every step."


def equivalents(setting: Setting, rows: int, loss: Loss) -> dict[str, float]:
    """The penalty in other libraries' arguments, for n training rows; scikit-learn and glmnet for squared loss only.

    scikit-learn's Ridge minimizes Σ(ŷ − y)² + alpha Σθ², which is n J; its Lasso and ElasticNet, and glmnet, minimize
    Σ(ŷ − y)² / 2n + a (r Σ|θ| + (1 − r) Σθ² / 2), which is J / 2. glmnet scales y to variance 1 first. PyTorch's weight
    decay w adds w θ to the gradient, and that of λ Σθ² is 2 λ θ.
    """
    alpha = setting.l1 / 2 + setting.l2
    ratio = setting.l1 / 2 / alpha if alpha else setting.l1_ratio
    found = {"keras_l1": setting.l1, "keras_l2": setting.l2}
    if not setting.l1_ratio:
        found |= {"pytorch_weight_decay": 2 * setting.l2}
    if loss != "mean_squared_error":
        return found
    found |= {"glmnet_alpha": ratio, "glmnet_lambda": alpha}
    if not setting.l1_ratio:
        return found | {"sklearn_ridge_alpha": rows * setting.l2}
    return found | {"sklearn_elastic_net_alpha": alpha, "sklearn_elastic_net_l1_ratio": ratio}


def library_units(setting: Setting, rows: int, loss: Loss) -> tuple[tuple[str, str, str], ...]:
    """`equivalents` as texts: library, argument, and how it follows from λ."""
    units = _squared_units(setting, rows)
    if loss == "mean_squared_error":
        return units
    return tuple(unit for unit in units if unit[0] in ("Keras", "PyTorch"))


def _squared_units(setting: Setting, rows: int) -> tuple[tuple[str, str, str], ...]:
    found = {
        name: f"{number:.6g}" for name, number in equivalents(setting, rows, "mean_squared_error").items()
    }
    glmnet = f"alpha={found['glmnet_alpha']}, lambda={found['glmnet_lambda']}"
    note = "for y of variance 1, with standardize=FALSE"
    if setting.l1_ratio == 0:
        torch = "2 λ, for kernels, with SGD or Adam on the mean loss; AdamW's decay is another regularizer"
        return (
            ("Keras", f"L2({found['keras_l2']})", "λ, as kernel_regularizer"),
            (
                "scikit-learn",
                f"Ridge(alpha={found['sklearn_ridge_alpha']})",
                f"n λ, n = {rows:,} training rows",
            ),
            ("glmnet", glmnet, f"λ, {note}"),
            ("PyTorch", f"weight_decay={found['pytorch_weight_decay']}", torch),
        )
    alpha, ratio = found["sklearn_elastic_net_alpha"], found["sklearn_elastic_net_l1_ratio"]
    if setting.l1_ratio == 1:
        return (
            ("Keras", f"L1({found['keras_l1']})", "λ, as kernel_regularizer (whose zeros are not exact)"),
            ("scikit-learn", f"Lasso(alpha={alpha})", "λ / 2"),
            ("glmnet", glmnet, f"λ / 2, {note}"),
        )
    keras = f"L1L2({found['keras_l1']}, {found['keras_l2']})"
    return (
        ("Keras", keras, f"λ₁ = r λ, λ₂ = (1 − r) λ, r = {setting.l1_ratio:g}"),
        ("scikit-learn", f"ElasticNet(alpha={alpha}, l1_ratio={ratio})", "λ₁ / 2 + λ₂, and λ₁ / 2 over it"),
        ("glmnet", glmnet, f"the ratio and alpha of ElasticNet, {note}"),
    )
