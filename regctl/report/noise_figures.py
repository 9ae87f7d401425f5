"""The figures of `regctl doctor dropout`: shares of zeros, what the noise does to numbers, and training without it."""

import math
from collections.abc import Sequence
from typing import Any

import altair as alt

from regctl.analysis.noise_checks import Check
from regctl.analysis.noise_histograms import Histogram
from regctl.report.figure.theme import BLUE, INK, VERMILION, styled
from regctl.report.numbers import count, number, short
from regctl.types import Float64

_WIDTH = 620


def zeros_chart(checks: Sequence[Check]) -> alt.LayerChart | None:
    """Each layer's share of zeros less its rate, with the interval of its binomial test; None without such a layer."""
    rows: list[dict[str, Any]] = [
        {
            "layer": check.layer,
            "x": 100 * (check.found - check.expected),
            "low": 100 * ((check.low or 0) - check.expected),
            "high": 100 * ((check.high or 0) - check.expected),
            "verdict": "pass" if check.passed else "fail",
            "text": f"{100 * check.found:.2f} % of {count(check.n, 'unit')}, rate {short(100 * check.expected)} %",
        }
        for check in checks
        if check.name == "share of zeros"
    ]
    if not rows:
        return None
    reach = 1.25 * max(abs(row[key]) for row in rows for key in ("low", "high"))
    scale = alt.Scale(domain=[-reach, reach], nice=False)
    x = alt.X("x:Q", scale=scale, title="share of zeros − rate, in percentage points")
    y = alt.Y("layer:N", sort=None, title=None, axis=alt.Axis(labelLimit=160))
    colour = alt.Color("verdict:N", scale=_verdicts([BLUE, VERMILION]), legend=None)
    shape = alt.Shape("verdict:N", scale=_verdicts(["circle", "cross"]), legend=None)
    base = alt.Chart(alt.Data(values=rows))
    zero = alt.Chart(alt.Data(values=[{"x": 0}])).mark_rule(color=INK, strokeDash=[5, 3]).encode(x=x)
    layers = [
        zero,
        base.mark_rule(strokeWidth=3, opacity=0.6).encode(
            x=alt.X("low:Q", scale=scale), x2="high:Q", y=y, color=colour
        ),
        base.mark_point(filled=True, size=90, opacity=1).encode(x=x, y=y, color=colour, shape=shape),
        base.mark_text(align="left", dy=-16, fontSize=11, color=INK).encode(
            x=alt.value(8), y=y, text="text:N"
        ),
    ]
    title = alt.TitleParams(
        "Does each layer drop the share that its rate says?",
        subtitle="Bars: the interval of each binomial test. A right layer's bar reaches the dashed line.",
    )
    return styled(
        alt.layer(*layers).properties(width=_WIDTH, height=56 * len(rows) + 24, title=title), _WIDTH
    )


def noise_chart(histograms: Sequence[Histogram]) -> alt.VConcatChart:
    """What each layer made of its inputs: bars as observed, black marks as its definition has it."""
    title = alt.TitleParams(
        "What the noise does to each number",
        subtitle="Bars: share of numbers, observed. Black marks: as the layer's definition has it.",
    )
    panels = [_panel(each) for each in histograms]
    return styled(alt.vconcat(*panels, spacing=22).properties(title=title), _WIDTH)


def training_chart(losses: Float64, constant: float, loss_label: str) -> alt.LayerChart:
    """Training data loss against the epoch with all rates at 0, and the loss of the best constant prediction."""
    rows = [
        {"epoch": epoch, "loss": float(loss)}
        for epoch, loss in enumerate(losses, start=1)
        if math.isfinite(loss)
    ]
    log = bool(rows) and min(row["loss"] for row in rows) > 0
    scale = alt.Scale(type="log" if log else "linear", nice=True, zero=False)
    y = alt.Y("loss:Q", scale=scale, title=[loss_label, "on training rows"])
    x = alt.X("epoch:Q", scale=alt.Scale(domain=[0, 1.01 * len(losses)], nice=False), title="epoch")
    base = alt.Chart(alt.Data(values=rows))
    level = alt.Chart(alt.Data(values=[{"epoch": len(losses), "loss": constant}]))
    text = f"best constant prediction: {number(constant)}"
    layers = [
        level.mark_rule(color=INK, strokeDash=[5, 3]).encode(y=y),
        level.mark_text(text=text, align="right", dy=-8, fontSize=11, color=INK).encode(x=x, y=y),
        base.mark_line(color=BLUE, strokeWidth=2).encode(x=x, y=y),
        base.mark_point(color=BLUE, filled=True, size=40, opacity=1).encode(x=x, y=y),
    ]
    title = alt.TitleParams(
        "Does training arrive when every rate is 0?",
        subtitle="Before dropout is blamed, the model without it must learn.",
    )
    return styled(alt.layer(*layers).properties(width=_WIDTH, height=260, title=title), _WIDTH)


def _panel(seen: Histogram) -> alt.LayerChart:
    rows: list[dict[str, Any]] = [
        {
            "low": centre - seen.width / 2,
            "high": centre + seen.width / 2,
            "x": centre,
            "seen": found,
            "due": due,
        }
        for centre, found, due in zip(
            seen.centres.tolist(), seen.observed.tolist(), seen.expected.tolist(), strict=True
        )
    ]
    ends = [rows[0]["low"], rows[-1]["high"]]
    scale = alt.Scale(domain=ends, nice=False)
    top = 1.1 * max(max(row["seen"], row["due"]) for row in rows)
    y_scale = alt.Scale(domain=[0, top], nice=False)
    axis = alt.Axis(format=".0%" if top > 0.2 else ".1%", tickCount=4)
    y = alt.Y("seen:Q", scale=y_scale, title="share", axis=axis)
    name = {"gaussian_noise": "sd"}.get(seen.kind, "rate")
    text = (
        f"{seen.layer}: {seen.kind.replace('_', ' ')}, {name} {short(seen.rate)}, {count(seen.n, 'number')}"
    )
    base = alt.Chart(alt.Data(values=rows))
    bars = base.mark_rect(color=BLUE, opacity=0.55).encode(
        x=alt.X("low:Q", scale=scale, title=seen.quantity), x2="high:Q", y=y, y2=alt.datum(0)
    )
    due = (
        base.transform_filter("datum.due > 0")
        .mark_rule(color=INK, strokeWidth=2)
        .encode(x=alt.X("low:Q", scale=scale), x2="high:Q", y=alt.Y("due:Q", scale=y_scale))
    )
    heading = alt.TitleParams(text, fontSize=12, fontWeight="normal", offset=4)
    return alt.layer(bars, due).properties(width=_WIDTH, height=120, title=heading)


def _verdicts(values: list[str]) -> alt.Scale:
    return alt.Scale(domain=["pass", "fail"], range=values)
