"""How a setting is named. Imports nothing that takes time: a list of runs names a thousand."""

from collections.abc import Sequence

from regctl.report.axes import AXES, Axis
from regctl.types import Setting


def setting_name(setting: Setting, axes: Sequence[Axis] = ()) -> str:
    """A setting's values, those on the run's axes first: `λ = 0.00562`, `degree 3, dropout 0.2`.

    λ is named also where it is not an axis, unless it is 0 there. A share of the training rows is a percentage.
    """
    names = {axis.name for axis in axes}
    shown = [_on_axis(axis, setting) for axis in axes]
    if "lambda" not in names and (setting.lambda_ or not shown):
        shown.append(AXES["lambda"].say(setting.lambda_))
    if "l1_ratio" not in names and 0 < setting.l1_ratio < 1:
        shown.append(AXES["l1_ratio"].say(setting.l1_ratio))
    if setting.rates:
        shown.append(f"dropout {'-'.join(f'{rate:g}' for rate in setting.rates)} by layer")
    elif "dropout" not in names and setting.dropout:
        shown.append(f"dropout {setting.dropout:g}")
    if "degree" not in names and setting.degree > 1:
        shown.append(f"degree {setting.degree}")
    rest = (("input dropout", setting.input_dropout), ("weight decay", setting.weight_decay))
    return ", ".join([*shown, *(f"{name} {rate:g}" for name, rate in rest if rate)])


def _on_axis(axis: Axis, setting: Setting) -> str:
    value: float = setting.lambda_ if axis.name == "lambda" else getattr(setting, axis.name)
    return f"{100 * value:.4g} % of the training rows" if axis.name == "samples" else axis.say(value)
