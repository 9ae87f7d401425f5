"""Which figures a run may have: their files under `plots/` and what they show. Draws nothing."""

import re
from pathlib import Path

from regctl.records.fits import FITS
from regctl.report.blocks import Block, Image, Paragraph
from regctl.report.hyperparameters import symbol
from regctl.report.model import Report
from regctl.report.wording import swept

FOLDER = Path("plots")
TUNING, LADDER, PARALLEL = "tuning", "ladder", "parallel"
LEAST_PARALLEL = 3  # hyperparameters; fewer are seen as well in figures of their own


def drawn(report: Report) -> tuple[Block, ...]:
    """The figures that lie in the run's folder, in the order to read them in."""
    images = (Image(FOLDER / f"{stem}.png", text) for stem, text in texts(report).items())
    found: tuple[Block, ...] = tuple(image for image in images if (report.run / image.path).is_file())
    axes = swept(report)
    if axes and (report.run / FITS).is_file():
        sliders = " and ".join(axis.symbol for axis in axes)
        found += (Paragraph(f"The fit with sliders for {sliders}, in a browser: report.html"),)
    return found


def texts(report: Report) -> dict[str, str]:
    """What each figure shows, by the stem of its files."""
    axes = swept(report)
    found = _searched(report)
    if axes:
        own = axes[0]
        sides = ", strong on the left" if own.name == "lambda" else ""
        against = f"against {own.symbol}{sides}"
        found["learning-curve"] = "Training and validation data loss against the number of training rows"
        found[loss(own.name)] = f"Training and validation data loss {against}"
        if len(axes) > 1:
            by = axes[1]
            found[crossed(own.name, by.name)] = (
                f"Validation data loss {against}, a curve for each {by.symbol}"
            )
            found["heat-map"] = f"Validation data loss over {own.symbol} and {by.symbol}"
        found[accuracy(own.name)] = f"Training and validation accuracy {against}"
    return found | {
        "fit": "Rows and fitted curves, in the data's own units",
        "coefficient-path": "Standardized coefficients against λ, with how many are not zero",
        "contours": "Contours of the data loss and of the penalty, and the path of the solution",
        "confusion-matrix": "Validation rows by class and predicted class",
    }


def curves(report: Report) -> tuple[str, ...]:
    """The stems of the figure along the run's axis, the first of them that there is."""
    names = [axis.name for axis in swept(report)]
    family = [crossed(*names)] if len(names) > 1 else []
    return ("learning-curve", *map(loss, names[:1]), *family) if names else ()


def _searched(report: Report) -> dict[str, str]:
    """The figures of a search."""
    record = report.search
    if record is None:
        return {}
    objective = record.objective.replace("_", " ")
    found = {TUNING: f"The {objective} of each setting in the order tried, and the best so far"}
    found |= {tuning(name): f"The {objective} against {symbol(name)}" for name in record.space}
    if record.tuner == "hyperband":
        found[LADDER] = "Hyperband's rounds: which settings went on, and which were stopped"
    if len(record.space) >= LEAST_PARALLEL:
        found[PARALLEL] = f"Each setting's values as a line, coloured by its {objective}"
    return found


def tuning(hyperparameter: str) -> str:
    """The stem of the figure of the objective against a hyperparameter."""
    return f"{TUNING}-{re.sub(r'[^A-Za-z0-9_.-]', '-', hyperparameter)}"


def loss(axis: str) -> str:
    """The stem of the loss curve."""
    return f"loss-{axis}"


def crossed(axis: str, by: str) -> str:
    """The stem of the family of curves."""
    return f"loss-{axis}-by-{by}"


def accuracy(axis: str) -> str:
    """The stem of the accuracy's curve."""
    return f"accuracy-{axis}"
