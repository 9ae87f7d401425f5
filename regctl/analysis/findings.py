"""What a reader of a run should know, as findings with stable codes.

| code | severity | says |
| --- | --- | --- |
| REG101 | warning | the minimum lies at an edge of the grid, so the true one may lie beyond |
| REG102 | note | the minimum is at the natural end of the axis (λ = 0, rate 0, degree 1): it does not help here |
| REG103 | warning | too few validation rows to select by |
| REG104 | note | no setting can be told from the best, or all are within 1 %: the curve is flat |
| REG105 | warning | validation rows are too few to choose between settings that differ |
| REG201 | warning, serious | trials diverged; serious when no setting is left to select |
| REG202 | warning | gradient descent's objective or validation loss is more than a standard error from the exact one |
| REG203 | warning | rounding the exact solution to a float32 model changes its validation loss |
| REG204 | warning, serious | a refit on all train and validation rows diverged; serious when it is the shipped one |
| REG205 | warning | the validation loss still fell when training ended |
| REG206 | warning, serious | trials failed; serious when no setting is left to select |
| REG301 | note | more data is likely to help |
| REG302 | note | more data is unlikely to help |
| REG303 | note | whether more data would help cannot be told |
| REG304 | note | there is no learning curve to tell whether more data would help |
| REG401 | serious | these test rows were opened before |
| REG402 | note | after a log transform, predictions in the target's own unit are medians |
| REG403 | warning | few rows or heavy tails: the interval is likely too narrow |
| REG601 | note | alpha dropout beside another activation than SELU |
| REG602 | note | plain dropout beside SELU |
| REG603 | note | dropout on a very small data set |
| REG604 | note | a dropout rate outside the usual range for its layer |
| REG605 | note | columns that correlate under an L1 penalty |
| REG701 | warning | underfitting |
| REG702 | warning | overfitting |
| REG703 | warning | regularized although it underfits |

REG1xx is about the grid and the selection, REG2xx about training, REG3xx about how much data there is, REG4xx about the
test set and its numbers, REG6xx about the model, REG7xx about how it fits (REG5xx, about the data:
`datasets/findings.py`).
"""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from regctl.analysis.grid_findings import edge_of_grid as edge_of_grid
from regctl.analysis.grid_findings import edges_of_grid as edges_of_grid
from regctl.analysis.learning_findings import more_data as more_data
from regctl.types import CurvePoint, Finding, Setting, Severity, Trial

ROUNDED = 1e-3  # of a standard error: what rounding may change without a word
MOST_NAMED = 3  # failed trials in one message; the evidence has all
FEW_ROWS = 100  # the relative standard error of a mean squared error of normal errors, √(2/n), is then 14 %


def few_validation_rows(rows: int, blocks: int | None = None, *, folds: bool = False) -> Finding | None:
    """REG103: fewer than 100 independent validation rows (or blocks of rows that belong together).

    `folds`: every row is one of them already.
    """
    independent = rows if blocks is None else blocks
    if independent >= FEW_ROWS:
        return None
    counted = f"{rows} validation rows" if blocks is None else f"{blocks} groups of validation rows"
    message = f"The selection rests on {counted}: another split may well select another setting."
    evidence = {"rows": rows, "blocks": blocks, "limit": FEW_ROWS}
    share = (
        "Add rows, or raise validation.repeats." if folds else "Give validation a larger share of the rows."
    )
    return Finding("REG103", "warning", message, evidence, share)


def diverged(trials: Sequence[Trial], planned: int, *, selectable: bool = True) -> Finding | None:
    """REG201: of the planned trials, these diverged; `selectable`: a setting kept all its replicates."""
    if not trials:
        return None
    settings = sorted({trial.setting.lambda_ for trial in trials})
    places = ", ".join(f"{value:.3g}" for value in settings[:5]) + (", …" if len(settings) > 5 else "")
    numbers = sorted({trial.fold for trial in trials if trial.fold is not None})
    folds = f"; fold {', '.join(map(str, numbers))}" if numbers else ""
    message = f"{len(trials)} of {planned} trials diverged (λ = {places}{folds}); their settings cannot be selected."
    evidence: dict[str, Any] = {
        "trials": [trial.id for trial in trials],
        "lambda": settings,
        "planned": planned,
    }
    evidence |= {"folds": numbers} if numbers else {}
    suggestion = "Lower training.learning_rate."
    return Finding("REG201", "warning" if selectable else "serious", message, evidence, suggestion)


def failed(trials: Sequence[tuple[str, str]], planned: int, *, selectable: bool = True) -> Finding | None:
    """REG206: of the planned trials, these failed: what each is called, and the reason.

    `selectable`: a setting kept all its replicates.
    """
    if not trials:
        return None
    shown = "; ".join(f"{name}: {reason}" for name, reason in trials[:MOST_NAMED])
    more = f"; and {len(trials) - MOST_NAMED} more" if len(trials) > MOST_NAMED else ""
    message = f"{len(trials)} of {planned} trials failed; their settings cannot be selected. {_sentence(shown + more)}"
    evidence = {"trials": [{"trial": name, "reason": reason} for name, reason in trials], "planned": planned}
    suggestion = "Train them again with --resume RUN --retry-failed; log.txt has their tracebacks."
    return Finding("REG206", "warning" if selectable else "serious", message, evidence, suggestion)


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."


def refit_diverged(settings: Sequence[Setting], *, selected: bool) -> Finding | None:
    """REG204: settings that every fold could train, and that diverged on all rows; `selected`: the shipped one did."""
    if not settings:
        return None
    places = ", ".join(f"{setting.lambda_:.3g}" for setting in settings)
    lost = "so there is no model to ship" if selected else "so there is no reference to test"
    message = f"The refit on all train and validation rows diverged (λ = {places}), {lost}."
    evidence = {"lambda": [setting.lambda_ for setting in settings]}
    severity: Severity = "serious" if selected else "warning"
    return Finding("REG204", severity, message, evidence, "Lower training.learning_rate.")


def far_from_exact(distances: Sequence[tuple[CurvePoint, float, float]]) -> Finding | None:
    """REG202: points whose (objective, validation loss) less those of the exact solution are far from 0.

    That is, either by more than the point's standard error; a point without one cannot tell.
    """
    far = [
        each
        for each in distances
        if each[0].validation_se and max(map(abs, each[1:])) > each[0].validation_se
    ]
    if not far:
        return None
    point, gap, effect = max(far, key=lambda each: max(map(abs, each[1:])))
    message = (
        f"At {len(far)} of {len(distances)} values of λ, gradient descent ended more than one standard error from the "
        f"exact solution: at λ = {point.value:.3g} its validation loss is {_apart(effect)} (standard error "
        f"{point.validation_se:.2g}), and its objective {gap:.2g} above the minimum."
    )
    evidence = {
        "lambda": [each[0].value for each in far],
        "validation_se": [each[0].validation_se for each in far],
        "validation_difference": [each[2] for each in far],
        "objective_gap": [each[1] for each in far],
    }
    suggestion = "Take training.solver: auto, or train for more epochs or at another learning rate."
    return Finding("REG202", "warning", message, evidence, suggestion)


def rounded(difference: float, validation_se: float | None, part: str = "validation") -> Finding | None:
    """REG203: float32 changes the shipped model's loss by more than 0.001 of the validation loss's standard error.

    `part` are the rows that it was measured on.
    """
    if not validation_se or abs(difference) <= ROUNDED * validation_se:
        return None
    message = (
        f"model.keras holds the exact solution rounded to float32, and its {part} loss is {_apart(difference)} "
        f"(standard error {validation_se:.2g})."
    )
    evidence = {f"{part}_difference": difference, "validation_se": validation_se, "limit": ROUNDED}
    suggestion = (
        "Choose a larger λ, or leave out features that nearly repeat others; coefficients.csv has all digits."
    )
    return Finding("REG203", "warning", message, evidence, suggestion)


def _apart(difference: float) -> str:
    return f"{abs(difference):.2g} {'higher' if difference > 0 else 'lower'}"


def opened_before(shared_rows: Sequence[int], rows: int, dates: Sequence[str]) -> Finding | None:
    """REG401: how many of this run's `rows` test rows each earlier opening saw, and when, oldest first."""
    if not shared_rows:
        return None
    times = "once" if len(dates) == 1 else f"{len(dates)} times"
    shared = f"up to {max(shared_rows):,} of {rows:,} rows, first on {dates[0]}"
    message = (
        f"Test rows of this run were opened {times} before on this machine ({shared}); "
        "the first number is the honest one."
    )
    evidence = {"shared_rows": list(shared_rows), "rows": rows, "opened_at": list(dates)}
    return Finding("REG401", "serious", message, evidence, "Report the first number, or test on new rows.")


def medians(transform: str, target: str) -> Finding | None:
    """REG402: a log transform makes predictions in the target's own unit medians, not means."""
    if transform == "none":
        return None
    message = f"The model predicts the mean of {transform} {target}; in its own unit that is a median."
    suggestion = (
        "The sum of such predictions falls short of the target's total; typical errors are not affected."
    )
    return Finding("REG402", "note", message, {"target_transform": transform}, suggestion)


def alpha_dropout_without_selu(kinds: Collection[str], activations: Collection[str]) -> Finding | None:
    """REG601: of the kinds of noise and the activations of a network; alpha dropout is made for SELU.

    It puts dropped units at SELU's lower limit, which keeps mean 0 and variance 1 where they are (Klambauer et al.
    2017, section 3).
    """
    others = sorted(set(activations) - {"selu"})
    if "alpha_dropout" not in kinds or not others:
        return None
    named = " and ".join(others)
    message = f"alpha_dropout keeps mean and variance of SELU's outputs, and the activation here is {named}."
    suggestion = "Take model selu_mlp, or dropout_kind: dropout."
    return Finding("REG601", "note", message, {"activations": others}, suggestion)


def dropout_beside_selu(kinds: Collection[str], activations: Collection[str]) -> Finding | None:
    """REG602: of the kinds of noise and the activations of a network; plain dropout ends SELU's self-normalisation.

    A dropped unit is 0, which is not where SELU's outputs are when they are small.
    """
    if "dropout" not in kinds or "selu" not in activations:
        return None
    message = "dropout changes the mean and variance that SELU keeps from layer to layer."
    suggestion = "Take dropout_kind: alpha_dropout."
    return Finding("REG602", "note", message, {"activations": sorted(activations)}, suggestion)


def kept(findings: Iterable[Finding | None], ignore: Collection[str] = ()) -> tuple[Finding, ...]:
    """The findings there are, less those whose code is ignored, the most serious first."""
    order = ("serious", "warning", "note")
    found = (finding for finding in findings if finding is not None and finding.code not in ignore)
    return tuple(sorted(found, key=lambda finding: order.index(finding.severity)))
