"""What a report says about the test set: sealed and why, or how often it was opened and what it showed."""

from regctl.records.opened_test import OpenedTest
from regctl.report.model import Report
from regctl.report.numbers import number, with_interval

SEALED = "sealed"


def sealed_because(report: Report) -> str:
    """Why there is no test number yet, and what gives one."""
    if report.manifest.smoke:
        return "The test set stays sealed: a smoke run says nothing worth testing."
    if report.manifest.status != "completed":
        return "The test set stays sealed until the run is complete."
    refit = None
    if report.record is not None and report.record.selected is not None:
        refit = report.refit(report.record.selected)
    if report.record is None or report.record.selected is None or (refit and refit.status == "diverged"):
        return "The test set stays sealed: there is no selected model to test."
    return "The test set is sealed until regctl report opens it: once, at the end."


def spreads(report: Report) -> tuple[str, ...]:
    """What the columns called spread hold."""
    seeds, k_fold = report.spec.training.seeds, report.spec.k_fold
    over_seeds = (f"Spread: the standard deviation over {seeds} seeds.",) if seeds > 1 else ()
    if k_fold is not None:
        averaged = ", seeds averaged" if seeds > 1 else ""
        over_seeds = (f"Spread: the standard deviation over {k_fold.total} folds{averaged}.",)
    over_rows = "Brackets: 95 % BCa bootstrap intervals over the test rows, the model frozen."
    return over_seeds if report.test is None else (*over_seeds, over_rows)


def times_opened(test: OpenedTest) -> str:
    """How often the test rows were opened, by this run and before."""
    earlier = len(test.opening.earlier)
    if not earlier:
        return f"The test set was opened once on this machine, by this run ({test.opening.opened_at})."
    return f"Test rows opened {earlier + 1} times on this machine; the first number is the honest one:"


def openings(report: Report, test: OpenedTest) -> tuple[str, ...]:
    """All the openings, oldest first; none when this run's is the only one."""
    opening, losses = test.opening, report.earlier_losses
    texts = [
        f"{each.opened_at} by {each.run}: {each.shared_rows:,} of these {opening.rows:,} rows"
        + (f", data loss {number(losses[each.run])}" if each.run in losses else "")
        for each in opening.earlier
    ]
    own = f"{opening.opened_at} by this run: data loss {number(test.evaluation.loss.value)}"
    return (*texts, own) if texts else ()


def optimism(report: Report, test: OpenedTest) -> str | None:
    """Test − validation loss of the selected setting, unpaired: how much too good its selection made it look."""
    found = test.optimism
    if found is None:
        return None
    which = "validation loss" if report.spec.k_fold is None else "out-of-fold loss"
    text = f"Optimism of selection: test loss − {which} {with_interval(found.value, found.low, found.high)}, unpaired"
    if found.low is None or found.high is None:
        return f"{text}."
    if found.low <= 0 <= found.high:
        return f"{text}: none shown."
    return f"{text}: the {which} was too {'good' if found.low > 0 else 'high'}."


def difference(test: OpenedTest) -> str | None:
    """Selected − reference on the test rows, paired by row, and whether that shows anything."""
    found = test.difference
    if found is None or test.selected == test.reference:
        return None
    loss = found.loss
    text = f"Selected − reference, paired by row: data loss {with_interval(loss.value, loss.low, loss.high)}"
    if loss.low is None or loss.high is None:
        return f"{text}."
    if loss.low <= 0 <= loss.high:
        return f"{text}: no difference shown."
    return f"{text}: the {'selected setting' if loss.high < 0 else 'reference'} has the lower loss."
