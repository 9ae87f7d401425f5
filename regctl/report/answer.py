"""What a run's validation data say, in sentences."""

from regctl.report.losses import unit
from regctl.report.model import Report
from regctl.report.numbers import short, with_error
from regctl.report.wording import is_exact, replicates, setting_name
from regctl.types import Setting


def answer(report: Report) -> tuple[str, ...]:
    """The selected setting and its loss, the reference's, and the other choice; () before a selection."""
    record = report.record
    if record is None:
        return ()
    if record.selected is None:
        return ("No setting can be selected: each has a trial that diverged.",)
    return (
        _selected(report, record.selected),
        *_reference(report, record.selected, record.reference),
        *_other_choice(record.selected, record.minimum, record.one_standard_error),
    )


def _selected(report: Report, selected: Setting) -> str:
    if report.manifest.axis is None:
        why = "is the spec's setting"
    elif report.spec.selection == "minimum":
        why = "is selected: the minimum of the validation loss"
    else:
        why = "is selected: the strongest λ within one standard error of the minimum"
    loss, mean = _mean_loss(report, selected), _mean_of(report, selected)
    named = "validation data loss" if report.spec.k_fold is None else "out-of-fold validation data loss"
    return f"{setting_name(selected)} {why}. Its {named} is {loss} (± one standard error; {mean})."


def _mean_of(report: Report, setting: Setting) -> str:
    if report.spec.k_fold is not None:
        return f"mean of {replicates(report)}"
    if is_exact(report):
        return "exact solution"
    seeds = len(report.replicates(setting))
    return "one seed" if seeds == 1 else f"mean of {seeds} seeds"


def _reference(report: Report, selected: Setting, reference: Setting) -> tuple[str, ...]:
    if selected == reference:
        return ("That is the reference: no regularization.",)
    loss = _mean_loss(report, reference)
    return (f"That of the reference, {setting_name(reference)}, is {loss or 'unknown: it diverged'}.",)


def _other_choice(selected: Setting, minimum: Setting | None, choice: Setting | None) -> tuple[str, ...]:
    if minimum is None or choice is None or minimum == choice:
        return ()
    if selected == minimum:
        return (f"The strongest λ within one standard error of it is {short(choice.lambda_)}.",)
    return (f"The minimum itself is at λ = {short(minimum.lambda_)}.",)


def _mean_loss(report: Report, setting: Setting) -> str | None:
    losses = [trial.validation_loss for trial in report.replicates(setting)]
    if not losses:
        return None
    errors = report.errors.get(setting)
    mean = with_error(sum(losses) / len(losses), None if errors is None else errors.validation)
    return f"{mean}{unit(report)}"
