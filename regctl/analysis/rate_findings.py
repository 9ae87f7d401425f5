"""Dropout where it is not usual: on few rows, or at unusual rates; codes stand in the table of `findings.py`."""

from collections.abc import Mapping

from regctl.types import Finding

FEW_ROWS = 500
USUAL_HIDDEN = (0.1, 0.5)
USUAL_INPUT = 0.2


def dropout_on_few_rows(rows: int, highest: float) -> Finding | None:
    """REG603: a dropout rate above 0 with fewer than 500 training rows.

    On 100 and 500 examples of MNIST dropout brought nothing, on 1,000 and more it did (Srivastava et al. 2014, section
    7.4).
    """
    if highest <= 0 or rows >= FEW_ROWS:
        return None
    message = f"Dropout rarely helps on as few as {rows:,} training rows."
    evidence = {"rows": rows, "highest_rate": highest, "limit": FEW_ROWS}
    return Finding("REG603", "note", message, evidence, "Compare with an L2 penalty: `regctl sweep lambda`.")


def unusual_rates(hidden: Mapping[int, float], inputs: float) -> Finding | None:
    """REG604: of the selected setting, a hidden layer's rate above 0 outside 0.1 to 0.5, or the columns' above 0.2.

    Usual are 0.2 to 0.5 after hidden layers and 0.2 for inputs (Srivastava et al. 2014, appendix A.4, where p is the
    share that is kept); rates are shares of dropped units, not standard deviations. `hidden` has them by the layer's
    number, counted from 1.
    """
    low, high = USUAL_HIDDEN
    texts = [
        f"{rate:g} after hidden layer {place}"
        for place, rate in hidden.items()
        if rate > 0 and not low <= rate <= high
    ]
    texts += [f"{inputs:g} of the columns"] if inputs > USUAL_INPUT else []
    if not texts:
        return None
    message = (
        f"Dropout outside the usual range ({low:g} to {high:g} after hidden layers, up to {USUAL_INPUT:g} of the "
        f"columns): {', '.join(texts)}."
    )
    evidence = {
        "hidden": {str(place): rate for place, rate in hidden.items()},
        "input": inputs,
        "usual_hidden": [low, high],
        "usual_input": USUAL_INPUT,
    }
    hint = "A higher rate wants wider layers and more epochs; a lower one hardly does anything."
    return Finding("REG604", "note", message, evidence, hint)
