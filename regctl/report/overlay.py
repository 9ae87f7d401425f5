"""The curves of several runs in one figure. Imports Altair."""

from pathlib import Path

from regctl.errors import UsageError
from regctl.report.axes import AXES
from regctl.report.charts import save
from regctl.report.comparing import Comparison, along, disagreements, scales
from regctl.report.figure.overlay import MOST_LINES, Overlaid, overlay
from regctl.report.losses import loss_name
from regctl.report.points import shown_selection
from regctl.report.wording import subtitle


def draw_overlay(comparison: Comparison, file: Path) -> tuple[Path, Path]:
    """Write the curves as FILE.svg and FILE.png; a suffix of either kind is taken off first.

    Raises:
        UsageError: fewer than two runs have a curve along one axis, there are too many, or their losses differ in kind.
        StorageError: the disk refused.
    """
    name, lines = along(comparison)
    if name is None or len(lines) < 2:
        raise UsageError("--plot: expected two runs with a curve along the same axis.", "Leave it out.")
    if len(lines) > MOST_LINES:
        raise UsageError(f"--plot: expected at most {MOST_LINES} runs. Received: {len(lines)}.")
    own = comparison.reports[min(lines)]
    others = [comparison.reports[place] for place in lines if place != min(lines)]
    if kinds := [reason for other in others for reason in scales(own, other)]:
        raise UsageError(f"--plot: no common loss axis: {kinds[0]}.", "Leave it out.")
    if not file.parent.is_dir():
        raise UsageError(f"--plot: {file.parent}: no such folder.", "Make it first.")
    drawn = [
        Overlaid(
            comparison.letter(place),
            subtitle(comparison.reports[place], ""),
            points,
            shown_selection(comparison.reports[place]),
        )
        for place, points in lines.items()
    ]
    differ = any(disagreements(own, other) for other in others)
    note = "Bands: ± one standard error; rings: the selected settings." + (
        " The runs differ in data or split: their heights are not paired." if differ else ""
    )
    chart = overlay(drawn, axis=AXES[name], loss_label=loss_name(own), note=note)
    stem = file.stem if file.suffix in (".svg", ".png") else file.name
    return save(chart, file.parent, stem)
