"""`lambda: auto` → the λ it stands for, once the data are prepared."""

from regctl.datasets.preparation import prepare
from regctl.engine.exact.path import lambda_path
from regctl.spec.axes import Axes
from regctl.spec.resolved import with_values
from regctl.spec.schema import Spec
from regctl.spec.settings import l1_ratio
from regctl.types import Float64, OpenData


def with_grids(spec: Spec, axes: Axes, data: OpenData) -> Spec:
    """The spec with an explicit list of λ in the place of `auto`; without that axis, or with another grid, itself.

    The list follows from the rows that the shipped model is trained on: under k-fold from all train and validation
    rows, as in glmnet.

    Raises:
        DataError: no feature is correlated with the target.
    """
    if "lambda" not in axes or spec.sweep.lambda_ != "auto":
        return spec
    _, prepared = prepare(data, spec)
    path = lambda_path(prepared.x_train, prepared.y_train, l1_ratio(spec))
    return with_values(spec, {"sweep.lambda": [*_readable(path[:0:-1]), float(path[0])]})


def _readable(path: Float64) -> list[float]:
    """Six digits say as much; only λ_max keeps all, since a smaller one would leave a weight."""
    return [float(f"{value:.6g}") for value in path]
