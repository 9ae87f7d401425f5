"""A comparison of runs in words and tables."""

from collections.abc import Mapping, Sequence
from math import ceil, isfinite

from regctl.report.axes import AXES, Axis
from regctl.report.blocks import Block, Items, Paragraph, Section, Table
from regctl.report.comparing import Comparison, Pair, along, scales, selected_loss, selected_setting
from regctl.report.numbers import UNKNOWN, count, decimals_of, number, with_error, with_interval
from regctl.report.points import shown_selection
from regctl.report.setting_names import setting_name
from regctl.report.wording import swept
from regctl.types import CurvePoint

MOST_ROWS = 40  # of curves
_LINE, _FEWEST_LETTERS = 48, 10  # of all values of a key, and of each
_ONE_SEED = "of these models: one seed alone does not tell what others would do"
SELECTED_ON_ROWS = (
    "The settings were selected on these rows, so a run that tried more of them has an advantage here; on the test set "
    "none has."
)


def comparison_sections(comparison: Comparison) -> tuple[Section, ...]:
    """The whole comparison; nothing in it looks at a test row."""
    return (
        Section("Runs", (_runs(comparison),)),
        Section("Their selected settings on the validation rows", _verdicts(comparison)),
        Section("What differs in their specs", _differences(comparison, comparison.spec)),
        Section("What differs in their environments", _differences(comparison, comparison.environment)),
        Section("Their curves", _curves(comparison)),
    )


def _runs(comparison: Comparison) -> Table:
    rows = []
    for place, report in enumerate(comparison.reports):
        selected, (loss, error) = selected_setting(report), selected_loss(report)
        name = UNKNOWN if selected is None else setting_name(selected, swept(report))
        value = UNKNOWN if loss is None else with_error(loss, error)
        rows.append((comparison.letter(place), report.run.name, name, value))
    return Table(("", "run", "selected", "validation loss"), tuple(rows), frozenset({0, 1, 2}))


def _verdicts(comparison: Comparison) -> tuple[Block, ...]:
    texts = tuple(verdict(comparison, pair) for pair in comparison.pairs)
    shown = any(pair.difference is not None for pair in comparison.pairs)
    return (Items(texts), *((Paragraph(SELECTED_ON_ROWS),) if shown else ()))


def verdict(comparison: Comparison, pair: Pair) -> str:
    """What the paired difference of two runs shows, or why there is no verdict."""
    first, second = comparison.letter(pair.base), comparison.letter(pair.other)
    found = pair.difference
    if found is None:
        return f"{second} against {first}: no verdict: {'; '.join(pair.refusals)}."
    loss = found.loss
    text = (
        f"{second}'s selected against {first}'s: validation loss "
        f"{_signed(with_interval(loss.value, loss.low, loss.high))}, paired over {count(found.rows, 'row')}"
    )
    if found.blocks < found.rows:
        text += f" in {count(found.blocks, 'block')}"
    if loss.low is None or loss.high is None:
        return f"{text}: no interval can be given, so there is no verdict."
    shown = loss.high < 0 or loss.low > 0
    end = f"{second if loss.high < 0 else first}'s is lower" if shown else "no difference shown"
    end += "" if found.seeds_known else f" ({_ONE_SEED})"
    return f"{text}: {end}.{_seeds(found.by_seed, decimals_of((loss.high - loss.low) / 4))}"


def _seeds(by_seed: Mapping[int, float], decimals: int | None) -> str:
    if len(by_seed) < 2:
        return ""
    low, high = (_signed(number(end, decimals)) for end in (min(by_seed.values()), max(by_seed.values())))
    return f" Seed by seed it is from {low} to {high} ({len(by_seed)} seeds)."


def _signed(text: str) -> str:
    return text if text.startswith(("−", "0 ")) or text == "0" else f"+{text}"


def _differences(comparison: Comparison, found: Mapping[str, Sequence[str]]) -> tuple[Block, ...]:
    if not found:
        return (Paragraph("Nothing."),)
    letters = [comparison.letter(place) for place in range(len(comparison.reports))]
    width = max(_FEWEST_LETTERS, _LINE // len(letters))
    rows = tuple((key, *(_cut(value, width) for value in values)) for key, values in found.items())
    return (Table(("", *letters), rows, frozenset(range(len(letters) + 1))),)


def _cut(text: str, width: int) -> str:
    """Both ends of a long text: lists often differ in their last values."""
    return text if len(text) <= width else f"{text[: width // 2]}…{text[-(width // 2 - 1) :]}"


def _curves(comparison: Comparison) -> tuple[Block, ...]:
    name, lines = along(comparison)
    if name is None:
        return (Paragraph("None of the runs has a curve."),)
    axis, blocks = AXES[name], list[Block]()
    if (left := [place for place in range(len(comparison.reports)) if place not in lines]) and lines:
        letters = ", ".join(map(comparison.letter, left))
        blocks.append(Paragraph(f"Not among them, without a curve along {axis.symbol}: {letters}."))
    own = comparison.reports[min(lines)]
    if any(scales(own, comparison.reports[place]) for place in lines):
        blocks.append(Paragraph("Their losses are numbers of different kinds: compare no heights."))
    values = {point.value for points in lines.values() for point in points}
    chosen = {place: shown_selection(comparison.reports[place]) for place in lines}
    marked = {place: None if each is None else each.selected.value for place, each in chosen.items()}
    most = MOST_ROWS // len(lines)
    kept = {value for place, points in lines.items() for value in _thinned(points, marked[place], most)}
    kept = values if len(values) <= MOST_ROWS else kept
    blocks.append(_curve_table(axis, sorted(kept, key=axis.order), comparison, lines, marked))
    blocks.append(Paragraph("Validation loss ± one standard error; *: the selected setting."))
    if len(kept) < len(values):
        blocks.append(Paragraph(f"{len(kept)} of {axis.counted(len(values))} shown; --json has all."))
    return tuple(blocks)


def _thinned(points: Sequence[CurvePoint], marked: float | None, most: int) -> set[float]:
    """About so many values of a line, evenly from end to end, and the marked one."""
    values = sorted(point.value for point in points)
    every = max(1, ceil(len(values) / max(most, 2)))
    return {*values[::every], values[-1], *(() if marked is None else (marked,))}


def _curve_table(
    axis: Axis,
    values: Sequence[float],
    comparison: Comparison,
    lines: Mapping[int, Sequence[CurvePoint]],
    marked: Mapping[int, float | None],
) -> Table:
    cells = {place: {point.value: point for point in points} for place, points in lines.items()}
    rows = tuple(
        (axis.value(value), *(_cell(cells[place].get(value), marked[place]) for place in lines))
        for value in values
    )
    return Table((axis.symbol, *map(comparison.letter, lines)), rows, frozenset())


def _cell(point: CurvePoint | None, marked: float | None) -> str:
    if point is None:
        return ""
    if not isfinite(point.validation_loss):
        return "diverged  "
    return with_error(point.validation_loss, point.validation_se) + (" *" if point.value == marked else "  ")
