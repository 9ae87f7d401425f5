"""What a learning curve says about more data, as findings; their codes stand in the table of `findings.py`."""

from collections.abc import Mapping
from typing import Any

from regctl.analysis.learning_curve import FEWEST_SIZES, WORTHWHILE, Forecast, Refusal
from regctl.types import Finding, Interval

_MORE_CERTAIN = "Raise training.seeds, or give validation a larger share of the rows."
_SUGGESTIONS: Mapping[Refusal | None, str] = {
    "sizes": f"Give sweep.samples {FEWEST_SIZES} fractions or more.",
    "subsets": "Raise training.seeds to 3 or more.",
    "rows": "Give validation more rows, or more groups of rows.",
    "left_out": "Begin sweep.samples at a larger fraction, or raise training.seeds.",
    "not_falling": _MORE_CERTAIN,
    "wide": _MORE_CERTAIN,
    None: _MORE_CERTAIN,
}


def more_data(forecast: Forecast) -> Finding:
    """REG301, REG302 or REG303: more data is likely to help, unlikely to, or it cannot be told."""
    evidence = _evidence(forecast)
    if forecast.verdict == "unclear" or forecast.gain is None or forecast.loss is None:
        message = f"Whether more data would help cannot be told: {_reason(forecast)}"
        return Finding("REG303", "note", message, evidence, _SUGGESTIONS[forecast.refusal])
    if forecast.verdict == "likely":
        message = (
            f"More data is likely to help: from {forecast.sizes[-1]:,} to {forecast.twice:,} training rows the "
            f"validation loss is forecast to fall by {_say(forecast.gain)}, to {_say(forecast.loss)}."
        )
        return Finding("REG301", "note", message, evidence, "Collect more rows like these.")
    message = (
        f"More data is unlikely to help: twice the rows are forecast to lower the validation loss by "
        f"{_say(forecast.gain)}, less than {100 * WORTHWHILE:g} % of it."
    )
    suggestion = "A larger model, other features or less regularization may help more."
    return Finding("REG302", "note", message, evidence, suggestion)


def no_learning_curve() -> Finding:
    """REG304: nothing is known about more data, since nothing was trained on less."""
    message = "Whether more data would help is not known: this run has no learning curve."
    return Finding("REG304", "note", message, {}, "`regctl sweep samples` draws one.")


def no_forecast(forecast: Forecast) -> str | None:
    """Why there is no forecast, in a sentence; None when there is one."""
    return None if forecast.refusal is None else _reason(forecast)


def _reason(forecast: Forecast) -> str:
    if forecast.refusal == "sizes":
        return f"{len(forecast.sizes)} sizes have all their subsets, and a power law needs {FEWEST_SIZES} or more."
    if forecast.refusal == "subsets":
        return "with one subset of each size, the spread between subsets cannot be seen."
    left_out, fall, gain = forecast.left_out, forecast.fall, forecast.gain
    if left_out is None or fall is None or gain is None:
        return "the validation rows are one block, and the spread between blocks cannot be seen."
    if forecast.refusal == "left_out":
        return (
            f"a power law fitted to the smaller sizes predicts a loss of {_say(left_out.predicted)} with "
            f"{left_out.size:,} rows, where {left_out.measured:.3g} was measured."
        )
    if forecast.refusal == "not_falling":
        sizes = f"from {forecast.sizes[0]:,} to {forecast.sizes[-1]:,} rows"
        return f"the curve is not shown to fall; {sizes} the validation loss falls by {_say(fall)}."
    worth = f"gains worth having ({forecast.worthwhile:.2g} or more) and gains that are not"
    if forecast.refusal == "wide":
        return f"twice the rows would gain {_say(gain)}, an interval wider than the gain that holds {worth}."
    return f"twice the rows are forecast to gain {_say(gain)}, which holds {worth}."


def _say(found: Interval) -> str:
    return f"{found.value:.3g} [{found.low:.3g}, {found.high:.3g}]"


def _evidence(forecast: Forecast) -> dict[str, Any]:
    known: dict[str, Any] = {"sizes": list(forecast.sizes), "refusal": forecast.refusal}
    if forecast.fitted is None or forecast.left_out is None:
        return known
    law, check = forecast.fitted, forecast.left_out
    return known | {
        "twice": forecast.twice,
        "loss": _numbers(forecast.loss),
        "gain": _numbers(forecast.gain),
        "worthwhile": forecast.worthwhile,
        "fall": _numbers(forecast.fall),
        "gap": forecast.gap,
        "law": {name: _numbers(getattr(law, name)) for name in ("a", "b", "c")},
        "left_out": {
            "size": check.size,
            "predicted": _numbers(check.predicted),
            "measured": check.measured,
        },
    }


def _numbers(found: Interval | None) -> list[float | None] | None:
    return None if found is None else [found.value, found.low, found.high]
