"""How a report names things, and its opening and closing lines: what was asked, and what may be done next."""

import os
import shlex
from pathlib import Path

from regctl.report.model import Report
from regctl.report.numbers import count, number, short
from regctl.types import Setting

_MOST_NAMED = 4


def heading(report: Report) -> str:
    """The report's title."""
    shown = "loss against λ" if report.manifest.axis == "lambda" else "one setting beside its reference"
    return f"{report.spec.name}: {shown}{' (smoke run)' if report.manifest.smoke else ''}"


def asked(report: Report) -> str:
    """One sentence: the question the run was started with."""
    spec = report.spec
    task = f"predict {target(report)} from {Path(spec.dataset.source).name}"
    if report.manifest.axis is None:
        return f"How well does {model(report)} with λ = {short(spec.regularization.lambda_)} {task}?"
    penalty = {"l2": "L2", "l1": "L1", "elastic": "elastic-net"}[spec.regularization.penalty]
    return f"How much {penalty} regularization does {model(report)} need to {task}?"


def effort(report: Report) -> str:
    """What was trained: values, seeds, epochs, device and time."""
    training, manifest = report.spec.training, report.manifest
    settings = f"{count(len(report.curve), 'value')} of λ and the reference × " if report.curve else ""
    if report.curve and any(point.value == 0 for point in report.curve):
        settings = f"{count(len(report.curve), 'value')} of λ × "
    trials = manifest.trials
    done = f"{trials.done:,} of {count(trials.planned, 'trial')} done"
    lost = f", {trials.diverged:,} diverged" if trials.diverged else ""
    seconds = manifest.timings.get("training")
    took = "" if seconds is None else f"; training took {number(seconds, 1)} s"
    where = "" if manifest.device is None else f" on {manifest.device}"
    grid = f"{settings}{replicates(report)}, {count(training.epochs, 'epoch')} each"
    if is_exact(report):
        grid = f"{settings}{replicates(report)}, solved exactly (nothing is random, so seeds do not matter)"
    return f"{grid}: {done}{lost}{took}{where}."


def engine(report: Report) -> str | None:
    """Which engine found the models, and why that one."""
    found = report.manifest.engine
    return None if found is None else f"Engine: {found.name} ({found.why})."


def is_exact(report: Report) -> bool:
    """Whether the run's models are exact solutions."""
    return report.manifest.engine is not None and report.manifest.engine.name == "exact"


def status(report: Report) -> str | None:
    """What a run that has not completed lacks; None for one that has."""
    trials = report.manifest.trials
    so_far = f"{trials.done + trials.diverged:,} of {count(trials.planned, 'trial')} finished so far"
    texts = {
        "running": f"This run is not complete: it is running, or its process was killed ({so_far}).",
        "interrupted": f"This run was interrupted ({so_far}).",
        "failed": f"This run failed ({so_far}); log.txt says why.",
    }
    return texts.get(report.manifest.status)


def model(report: Report) -> str:
    """The architecture in words."""
    named = report.spec.model
    if named.name == "linear":
        return "a linear model"
    if named.name == "polynomial":
        return f"a polynomial of degree {named.degree}"
    if named.build is not None:
        return f"the model of {os.path.basename(named.build)}"
    units = "-".join(str(width) for width in named.units)
    if named.name == "cnn":
        filters = "-".join(str(number) for number in named.filters)
        return f"a cnn with {filters} filters and {units} {named.activation} units"
    return f"an {named.name} with {units} {named.activation} units"


def target(report: Report) -> str:
    """The target's name with its unit, or with its classes."""
    found = report.data.target
    if found.classes:
        few = len(found.classes) <= _MOST_NAMED
        return f"{found.name} ({', '.join(found.classes) if few else f'{len(found.classes)} classes'})"
    return found.name if found.unit is None else f"{found.name} ({found.unit})"


def replicates(report: Report) -> str:
    """How often each setting was trained: `3 seeds`, or `5 folds × 3 seeds`."""
    seeds, k_fold = count(report.spec.training.seeds, "seed"), report.spec.k_fold
    if k_fold is None:
        return "1 replicate" if is_exact(report) else seeds
    folds = f"{k_fold.folds} folds" if k_fold.repeats == 1 else f"{k_fold.repeats} × {k_fold.folds} folds"
    return folds if is_exact(report) else f"{folds} × {seeds}"


def subtitle(report: Report) -> str:
    """What a chart of the curve rests on."""
    grid = f"{count(len(report.curve), 'value')} of λ × {replicates(report)}"
    grid += ", solved exactly" if is_exact(report) else ""
    return f"{report.spec.name}: {model(report)}, {grid}; bands: ± one standard error"


def setting_name(setting: Setting) -> str:
    """A setting's regularization: `λ = 0.00562`, with dropout where there is some."""
    rates = (
        ("dropout", setting.dropout),
        ("input dropout", setting.input_dropout),
        ("weight decay", setting.weight_decay),
    )
    return ", ".join([f"λ = {short(setting.lambda_)}", *(f"{name} {rate:g}" for name, rate in rates if rate)])


def next_commands(report: Report) -> tuple[str, ...]:
    """What may be run next."""
    run, manifest = shlex.quote(str(report.run)), report.manifest
    if manifest.smoke:
        return (shlex.join(part for part in manifest.command if part != "--smoke"),)
    if manifest.status != "completed" or report.record is None or report.record.selected is None:
        return ()
    predict = f"regctl predict {run} NEW_ROWS.csv"
    return (predict,) if report.test is not None else (f"regctl report {run}", predict)
