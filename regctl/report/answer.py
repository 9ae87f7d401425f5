"""What a run's validation data say, in sentences."""

from regctl.report import search_words
from regctl.report.losses import unit
from regctl.report.model import Report
from regctl.report.numbers import with_error
from regctl.report.setting_names import setting_name
from regctl.report.wording import is_exact, replicates, swept
from regctl.spec.axes import axis_value
from regctl.types import Setting


def answer(report: Report) -> tuple[str, ...]:
    """The selected setting and its loss, the reference's, and the other choice; () before a selection.

    Of a search: the best setting, and how it compares on fresh seeds with others.
    """
    if report.search is not None:
        best = search_words.best(report.search, report.searched)
        return best, *search_words.comparisons(report.search, unit(report))
    record = report.record
    if record is None:
        return ()
    if record.selected is None:
        return (f"No setting can be selected: each has a trial that {report.lost}.",)
    return (
        _selected(report, record.selected),
        *(() if record.fit is None else (record.fit.message,)),
        *_reference(report, record.selected, record.reference),
        *_other_choice(report, record.selected, record.minimum, record.one_standard_error),
    )


def _selected(report: Report, selected: Setting) -> str:
    axes = swept(report)
    if report.record is not None and report.record.chosen_from is not None:
        why = f"was chosen by hand, from run {report.record.chosen_from}"
    elif not axes:
        why = "is the spec's setting"
    elif axes[0].name == "samples":
        why = "is what is shipped: the largest training set" + (", at its best " + axes[1].symbol) * (
            len(axes) > 1
        )
    elif report.spec.selection == "minimum":
        why = "is selected: the minimum of the validation loss"
    else:
        why = f"is selected: the {axes[0].most} within one standard error of the minimum"
    loss, mean = _mean_loss(report, selected), _mean_of(report, selected)
    named = "validation data loss" if report.spec.k_fold is None else "out-of-fold validation data loss"
    return f"{_capital(setting_name(selected, axes))} {why}. Its {named} is {loss} (± one standard error; {mean})."


def _mean_of(report: Report, setting: Setting) -> str:
    if report.spec.k_fold is not None:
        return f"mean of {replicates(report)}"
    if is_exact(report):
        return "exact solution"
    seeds = len(report.replicates(setting))
    return "one seed" if seeds == 1 else f"mean of {seeds} seeds"


def _reference(report: Report, selected: Setting, reference: Setting) -> tuple[str, ...]:
    if selected == reference:
        return ("The selected setting is the reference: no regularization.",)
    loss = _mean_loss(report, reference) or f"unknown: it {report.lost}"
    return (
        f"The validation data loss of the reference, {setting_name(reference, swept(report))}, is {loss}.",
    )


def _other_choice(
    report: Report, selected: Setting, minimum: Setting | None, choice: Setting | None
) -> tuple[str, ...]:
    if minimum is None or choice is None or minimum == choice:
        return ()
    own = swept(report)[0]
    if selected == minimum:
        value = own.value(axis_value(choice, own.name))
        return (f"The {own.most} within one standard error of the minimum is {value}.",)
    return (f"The minimum itself is at {own.say(axis_value(minimum, own.name))}.",)


def _capital(text: str) -> str:
    """The beginning of a sentence; λ is a letter of its own and stays."""
    return text if text.startswith("λ") else f"{text[:1].upper()}{text[1:]}"


def _mean_loss(report: Report, setting: Setting) -> str | None:
    losses = [trial.validation_loss for trial in report.replicates(setting)]
    if not losses:
        return None
    errors = report.errors.get(setting)
    mean = with_error(sum(losses) / len(losses), None if errors is None else errors.validation)
    return f"{mean}{unit(report)}"
