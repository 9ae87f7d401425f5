"""How a report writes the loss of a row and the metrics beside it."""

import math
from collections.abc import Mapping

from regctl.report.model import Report
from regctl.types import Loss

METRIC_NAMES = {
    "rmse": "RMSE",
    "mae": "MAE",
    "r2": "R²",
    "accuracy": "accuracy",
    "balanced_accuracy": "balanced accuracy",
    "roc_auc": "ROC AUC",
    "pr_auc": "PR AUC",
    "log_loss": "log loss (nats)",
    "calibration_error": "calibration error",
}
_IN_THE_TARGETS_UNIT = {"rmse", "mae"}

_NAMES: Mapping[Loss, str] = {
    "mean_squared_error": "mean squared error",
    "huber": "Huber loss (δ = 1)",
    "binary_crossentropy": "cross-entropy",
    "categorical_crossentropy": "cross-entropy",
}
_FORMULAS: Mapping[Loss, str] = {
    "mean_squared_error": "(ŷ − y)²",
    "huber": "H(ŷ − y)",
    "binary_crossentropy": "−log p(y)",
    "categorical_crossentropy": "−log p(y)",
}


def metric_name(name: str, report: Report) -> str:
    """A metric with its unit: `RMSE (dollars)`."""
    unit = report.data.target.unit if name in _IN_THE_TARGETS_UNIT else None
    return METRIC_NAMES[name] if unit is None else f"{METRIC_NAMES[name]} ({unit})"


def scaled_target(report: Report) -> str:
    """What the model's output and the data loss are about: `the standardized log10 Sale_Price`."""
    dataset, target = report.spec.dataset, report.data.target
    scale = "standardized " if dataset.target_scale == "standardize" else ""
    transform = "" if dataset.target_transform == "none" else f"{dataset.target_transform} "
    if scale or transform:
        return f"the {scale}{transform}{target.name}"
    return target.name if target.unit is None else f"{target.name} ({target.unit})"


def unit(report: Report) -> str:
    """` nats` for a cross-entropy; other losses have none worth naming."""
    return " nats" if report.data.target.classes else ""


def loss_name(report: Report) -> tuple[str, ...]:
    """The data loss in lines: its name, what it is on which scale, and on which rows if that is not plain."""
    lines = "data loss", f"({_what(report)})"
    return lines if report.spec.k_fold is None else (*lines, "validation: out of fold")


def _what(report: Report) -> str:
    nats = " in nats" if unit(report) else ""
    return f"{_NAMES[report.loss]} of {scaled_target(report)}{nats}"


def data_loss(report: Report) -> str:
    """What the data loss is, in a sentence."""
    weighted = report.spec.training.class_weight is not None
    without = "without the penalty and without class weights" if weighted else "without the penalty"
    return f"Data loss: {_what(report)}, {without}, dropout off."


def formula(report: Report) -> str:
    """A row's part in what is minimized."""
    row = _FORMULAS[report.loss]
    return f"w(y) · ({row})" if report.spec.training.class_weight else row


def symbols(report: Report) -> str:
    """What the letters of the formula stand for."""
    about = {
        "mean_squared_error": "ŷ the model's output",
        "huber": "ŷ the model's output, H(e) = e²/2 for |e| ≤ 1 and |e| − 1/2 beyond",
    }
    classes = report.data.target.classes
    if not classes:
        return f"y is {scaled_target(report)}, {about[report.loss]}, and θ its kernels, never biases."
    if report.loss == "binary_crossentropy":
        probability = f"that of {classes[1]!r} is 1 / (1 + exp(−z)), z its output"
    else:
        probability = "the softmax of its outputs"
    weights = ""
    if report.spec.training.class_weight:
        weights = f" w(y) = n / ({len(classes)} n(y)), n(y) of the n training rows being of class y."
    return (
        f"p(y) is the probability that the model gives a row's own class of {report.data.target.name} "
        f"({probability}), and θ its kernels, never biases.{weights}"
    )


def metric_notes(report: Report) -> str | None:
    """What a reader must know of a classification's metrics; None where they speak for themselves."""
    classes, texts = report.data.target.classes, []
    if {"roc_auc", "pr_auc"} & set(report.metrics):
        of = f"of {classes[1]!r}" if len(classes) == 2 else "each class against the rest, averaged"
        fewer = " Their test intervals rest on fewer resamples, 500 to 2,000." if report.test else ""
        texts.append(f"ROC AUC and PR AUC (average precision): {of}.{fewer}")
        texts += [one_class] if (one_class := _folds_of_one_class(report)) else []
    if "balanced_accuracy" in report.metrics:
        texts.append("Balanced accuracy: the mean over classes of the share predicted right.")
    if "calibration_error" in report.metrics:
        texts.append("Calibration error: expected, over 15 bins of the predicted class's probability.")
    return " ".join(texts) or None


def _folds_of_one_class(report: Report) -> str | None:
    """Which folds hold out rows that an area is not defined on."""
    missing = {
        trial.fold
        for trial in report.trials
        if trial.status == "done"
        and any(math.isnan(trial.validation_metrics.get(name, 0.0)) for name in ("roc_auc", "pr_auc"))
    }
    named = ", ".join(str(fold) for fold in sorted(fold for fold in missing if fold is not None))
    return f"They are n/a where held-out rows lack a class: fold {named}." if named else None
