"""How a report names things, and its opening and closing lines: what was asked, and what may be done next."""

import shlex
from pathlib import Path

from regctl.report import search_words
from regctl.report.axes import AXES, Axis
from regctl.report.model import Report
from regctl.report.numbers import count, number, short
from regctl.spec.axes import axis_value, with_axis
from regctl.spec.settings import own_setting
from regctl.types import Setting

_MOST_NAMED = 4


def heading(report: Report) -> str:
    """The report's title."""
    axes = swept(report)
    shown = " and ".join(axis.symbol for axis in axes)
    title = f"loss against {shown}" if axes else "one setting beside its reference"
    if report.search is not None:
        title = f"a search for {search_words.tuned(report.search)}"
    return f"{report.spec.name}: {title}{' (smoke run)' if report.manifest.smoke else ''}"


def swept(report: Report) -> tuple[Axis, ...]:
    """The run's axes, its own first; none of a `train` run."""
    return tuple(AXES[name] for name in (report.manifest.axis, report.manifest.by) if name is not None)


def asked(report: Report) -> str:
    """One sentence: the question the run was started with."""
    spec, axes = report.spec, swept(report)
    task = f"predict {target(report)} from {Path(spec.dataset.source).name}"
    if report.search is not None:
        return f"{search_words.asked(report.search)}, for {model(report)} to {task}."
    if not axes:
        return f"How well does {model(report)} with λ = {short(spec.regularization.lambda_)} {task}?"
    if axes[0].name == "samples":
        with_by = f", with {axes[1].symbol} chosen anew at each size" if len(axes) > 1 else ""
        return f"Would more training rows help {model(report)} to {task}{with_by}?"
    penalty = {"l2": "L2", "l1": "L1", "elastic": "elastic-net"}[spec.regularization.penalty]
    wanted = " and ".join(
        axis.how_much.replace("regularization", f"{penalty} regularization") for axis in axes
    )
    return f"{wanted[0].upper()}{wanted[1:]} does {model(report)} need to {task}?"


def grid(report: Report) -> str:
    """The values of each axis that were trained: `12 degrees × 26 values of λ`; empty without a curve."""
    counts = [len({point.value for point in report.curve}), len({point.other for point in report.curve})]
    named = zip(swept(report), counts, strict=False)
    return " × ".join(axis.counted(number_of) for axis, number_of in named) if report.curve else ""


def effort(report: Report) -> str:
    """What was trained: values, seeds, epochs, device and time."""
    training, manifest = report.spec.training, report.manifest
    settings = f"{grid(report)} × " if report.curve else ""
    if report.curve and report.record is not None and not _on_grid(report, report.record.reference):
        settings = f"{grid(report)} and the reference × "
    trials = manifest.trials
    done = f"{trials.done:,} of {count(trials.planned, 'trial')} done"
    lost = f", {trials.diverged:,} diverged" if trials.diverged else ""
    lost += f", {trials.failed:,} failed" if trials.failed else ""
    seconds = manifest.timings.get("training")
    if report.search is not None:
        return (
            ""
            if manifest.device is None
            else f"Trained on {manifest.device}; see below for what the search cost."
        )
    took = "" if seconds is None else f"; training took {number(seconds, 1)} s"
    where = "" if manifest.device is None else f" on {manifest.device}"
    trained = f"{settings}{replicates(report)}, {count(training.epochs, 'epoch')} each"
    if is_exact(report):
        trained = f"{settings}{replicates(report)}, solved exactly{_no_matter(report)}"
    return f"{trained}: {done}{lost}{took}{where}."


def _on_grid(report: Report, reference: Setting) -> bool:
    """Whether the reference is a setting of the curve: the same in all but the axes, at a place on them."""
    axes = swept(report)
    place = (
        axis_value(reference, axes[0].name),
        axis_value(reference, axes[1].name) if len(axes) > 1 else None,
    )
    if place not in {(point.value, point.other) for point in report.curve}:
        return False
    moved = own_setting(report.spec)
    for axis in axes:
        moved = with_axis(moved, axis.name, axis_value(reference, axis.name))
    return moved == reference


def engine(report: Report) -> str | None:
    """Which engine found the models, and why that one."""
    found = report.manifest.engine
    return None if found is None else f"Engine: {found.name} ({found.why})."


def is_exact(report: Report) -> bool:
    """Whether the run's models are exact solutions."""
    return report.manifest.engine is not None and report.manifest.engine.name == "exact"


def status(report: Report) -> str | None:
    """What a run that has not completed lacks; None for one that has."""
    trials, search = report.manifest.trials, report.search
    so_far = f"{trials.finished:,} of {count(trials.planned, 'trial')} finished so far"
    if search is not None:
        so_far = search_words.so_far(search, report.searched)
    texts = {
        "running": f"This run is not complete: it is running, or its process was killed ({so_far}).",
        "interrupted": f"This run was interrupted ({so_far}).",
        "failed": f"This run failed ({so_far}); log.txt says why.",
    }
    return texts.get(report.manifest.status)


def mixed(report: Report) -> str | None:
    """In what a run's trials differ although they should not; None where they do not."""
    told = "; ".join(report.manifest.mixed)
    return f"This run is mixed: it was resumed with --force although {told}." if told else None


def model(report: Report) -> str:
    """The architecture in words."""
    named = report.spec.model
    if named.name == "linear":
        return "a linear model"
    if named.name == "polynomial":
        free = any(axis.name == "degree" for axis in swept(report))
        return "a polynomial" if free else f"a polynomial of degree {named.degree}"
    if not named.is_preset:
        return f"the model {named.name}"
    if report.search is not None and {"units", "layers", "activation"} & set(report.search.space):
        return f"an {named.name}" if named.name == "mlp" else f"a {named.name}"
    units = "-".join(str(width) for width in named.units)
    if named.name == "cnn":
        filters = "-".join(str(number) for number in named.filters)
        return f"a cnn with {filters} filters and {units} {named.activation} units"
    if named.name == "selu_mlp":
        return f"a self-normalising network with {units} selu units"
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
    one = is_exact(report) and not _drawn(report)
    if k_fold is None:
        return "1 replicate" if one else seeds
    folds = f"{k_fold.folds} folds" if k_fold.repeats == 1 else f"{k_fold.repeats} × {k_fold.folds} folds"
    return folds if one else f"{folds} × {seeds}"


def _drawn(report: Report) -> bool:
    """Whether seeds draw shares of the rows."""
    return "samples" in (report.manifest.axis, report.manifest.by)


def _no_matter(report: Report) -> str:
    return "" if _drawn(report) else " (nothing is random, so seeds do not matter)"


def subtitle(report: Report, bands: str = "bands: ± one standard error") -> str:
    """What a figure rests on; `bands` says what its bands are, if it has any."""
    trained = " × ".join(each for each in (grid(report), replicates(report)) if each)
    trained += ", solved exactly" if is_exact(report) else ""
    return f"{report.spec.name}: {model(report)}, {trained}" + (f"; {bands}" if bands else "")


def next_commands(report: Report) -> tuple[str, ...]:
    """What may be run next."""
    run, manifest = shlex.quote(str(report.run)), report.manifest
    if manifest.smoke:
        return (shlex.join(part for part in manifest.command if part != "--smoke"),)
    if report.search is not None and manifest.status != "completed":
        return (search_words.continuing(report.search, run),)
    if manifest.status != "completed" or report.record is None or report.record.selected is None:
        return ()
    predict = f"regctl predict {run} NEW_ROWS.csv"
    return (predict,) if report.test is not None else (f"regctl report {run}", predict)
