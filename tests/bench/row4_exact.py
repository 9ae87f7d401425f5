"""Row 4: many λ for a linear model, against scikit-learn: 1,000 ridge values, and 100 of the lasso at an equal gap.

regctl's time is the whole of `ExactEngine.train`: centring, factorisation, and predictions of all rows for every λ. The
rivals fit, in float64, once with as many threads as they like and once with one, and the better counts: on products of
this size threads may cost more than they bring. The loop of `Ridge` also predicts the held-out rows, which is what it
would choose by (`RidgeCV` chooses by leave-one-out errors, the lasso's path by nothing).
"""

from dataclasses import dataclass
from statistics import mean
from typing import Any

import numpy as np

from measuring import Found, Numbers, Ratio, Row, median_seconds

# regctl's relative duality gap is that of F(0) = ½‖y‖², scikit-learn's tolerance is a share of ‖y‖².
GAP = 1e-10
TOLERANCE = GAP / 2
MAX_ITER = 1_000_000


@dataclass(frozen=True)
class Sizes:
    """Of the loop of `Ridge` over `ridges` values, `fits` are measured."""

    rows: int = 2_000
    held_out: int = 500
    columns: int = 300
    ridges: int = 1_000
    lassos: int = 100
    fits: int = 100


FULL, QUICK = Sizes(), Sizes(200, 50, 20, ridges=20, lassos=5, fits=20)


def rows(sizes: Sizes) -> list[np.ndarray]:
    """Standard normal columns, neighbours correlated by ½; a tenth of them matter, as much as the noise does."""
    generator = np.random.default_rng(0)
    x = generator.normal(size=(sizes.rows + sizes.held_out, sizes.columns))
    for column in range(1, sizes.columns):
        x[:, column] = 0.5 * x[:, column - 1] + np.sqrt(0.75) * x[:, column]
    kernel = generator.normal(size=sizes.columns) * (np.arange(sizes.columns) % 10 == 0)
    signal = x @ kernel
    y = signal / signal.std() + generator.normal(size=len(x))
    x, y = x.astype(np.float32), y.astype(np.float32)
    return [x[: sizes.rows], y[: sizes.rows], x[sizes.rows :], y[sizes.rows :]]


def in_float64(sizes: Sizes) -> list[np.ndarray]:
    return [values.astype(np.float64) for values in rows(sizes)]


def ridges(sizes: Sizes) -> np.ndarray:
    """λ₂ in Keras's unit; scikit-learn's alpha is n times as large."""
    return np.geomspace(1e-6, 10, sizes.ridges)


def lassos(sizes: Sizes) -> np.ndarray:
    """λ₁ as `lambda: auto` chooses it: from the smallest that leaves nothing down to 1e-4 of it; alpha is half."""
    x, y, *_ = in_float64(sizes)
    largest = 2 * np.abs((x - x.mean(axis=0)).T @ (y - y.mean())).max() / sizes.rows
    return largest * np.geomspace(1, 1e-4, sizes.lassos)


def exact_ridge(sizes: Sizes) -> Numbers:
    return solve(ridges(sizes), 0.0, sizes)


def exact_lasso(sizes: Sizes) -> Numbers:
    return solve(lassos(sizes), 1.0, sizes)


def solve(strengths: np.ndarray, l1_ratio: float, sizes: Sizes) -> Numbers:
    """The exact engine. It raises an error where a lasso's relative gap stays above 1e-10."""
    from regctl.engine.exact.engine import ExactEngine
    from regctl.engine.exact.plan import exact_plan
    from regctl.engine.plan import Shape, make_trials
    from regctl.models import presets
    from regctl.spec.model import Model
    from regctl.spec.training import Training
    from regctl.types import Prepared, Setting

    training = Training(seeds=1)
    settings = [Setting(float(lam), 0.0, 0.0, 0.001, l1_ratio=l1_ratio) for lam in strengths]
    shape = Shape(sizes.rows, sizes.held_out, sizes.columns)
    layers = presets.linear(Model(name="linear"))
    (cohort,) = exact_plan(layers, make_trials(settings, training), shape, training).cohorts
    data = Prepared(tuple(f"column {number}" for number in range(sizes.columns)), *rows(sizes))

    def once() -> list[float]:
        results = [result for batch in ExactEngine().train(cohort, {None: data}) for result in batch]
        return [
            float(np.square(result.validation_prediction - data.y_validation).mean()) for result in results
        ]

    return {"seconds": median_seconds(once), "validation_loss": mean(once())}


def ridge_loop(sizes: Sizes) -> Numbers:
    """`Ridge` for some λ₂, evenly over all, times their share; its default solver, Cholesky's, is its fastest here."""
    from sklearn.linear_model import Ridge

    x, y, x_held_out, y_held_out = in_float64(sizes)
    places = np.linspace(0, sizes.ridges - 1, sizes.fits).round().astype(int)
    alphas = sizes.rows * ridges(sizes)[places]

    def once() -> list[float]:
        predictions = [Ridge(alpha=alpha).fit(x, y).predict(x_held_out) for alpha in alphas]
        return [float(np.square(prediction - y_held_out).mean()) for prediction in predictions]

    seconds = median_seconds(once) * sizes.ridges / sizes.fits
    return {"seconds": seconds, "validation_loss": mean(once())}


def ridge_cv(sizes: Sizes) -> Numbers:
    """`RidgeCV`, which takes one decomposition for all λ₂ and their leave-one-out errors."""
    from sklearn.linear_model import RidgeCV

    x, y, *_ = in_float64(sizes)
    alphas = sizes.rows * ridges(sizes)
    return {"seconds": median_seconds(lambda: RidgeCV(alphas=alphas).fit(x, y))}


def sklearn_lasso(sizes: Sizes) -> Numbers:
    """`lasso_path` on centred rows, to the same gap; the centring is not in the time."""
    from sklearn.linear_model import lasso_path

    x, y, x_held_out, y_held_out = in_float64(sizes)
    means, mean_y = x.mean(axis=0), y.mean()
    x, y = np.asfortranarray(x - means), y - mean_y
    alphas = lassos(sizes) / 2

    def once() -> Any:
        return lasso_path(x, y, alphas=alphas, tol=TOLERANCE, max_iter=MAX_ITER)

    _, kernels, gaps = once()
    errors = (x_held_out - means) @ kernels + mean_y - y_held_out[:, None]
    return {
        "seconds": median_seconds(once),
        "validation_loss": float(np.square(errors).mean()),
        "largest_gap": float((np.asarray(gaps) * sizes.rows).max() / (y @ y / 2)),
    }


RIVALS = {"Ridge": ridge_loop, "RidgeCV": ridge_cv, "lasso_path": sklearn_lasso}
ONE_THREAD = dict.fromkeys(("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS"), "1")


def ratios(found: Found) -> list[Ratio]:
    seconds = {name: numbers["seconds"] for name, numbers in found.items()}
    for name in RIVALS:
        seconds[name] = min(seconds[name], seconds[f"{name}, 1 thread"])
    return [
        Ratio("loop of Ridge / exact ridge", seconds["Ridge"] / seconds["exact ridge"], at_least=50),
        Ratio("RidgeCV / exact ridge", seconds["RidgeCV"] / seconds["exact ridge"], at_least=5),
        Ratio("exact lasso / lasso_path", seconds["exact lasso"] / seconds["lasso_path"], at_most=1),
    ]


ROW = Row(
    title="Exact",
    setup="1,000 ridge and 100 lasso values on 2,000 rows × 300 columns. regctl's time includes the predictions of all "
    "rows for every value; both lassos end at a relative duality gap of 1e-10 or less.",
    contenders={
        "exact ridge": exact_ridge,
        "exact lasso": exact_lasso,
        **RIVALS,
        **{f"{name}, 1 thread": rival for name, rival in RIVALS.items()},
    },
    ratios=ratios,
    full=FULL,
    quick=QUICK,
    environment={f"{name}, 1 thread": ONE_THREAD for name in RIVALS},
)
