"""A run's own report: `plots/`, `report.md` and `report.json`."""

from pathlib import Path

from regctl.records.files import write_json, write_text
from regctl.report.content import CURVE_IMAGE
from regctl.report.document import document
from regctl.report.losses import loss_name
from regctl.report.markdown import markdown
from regctl.report.model import Report, read_report
from regctl.report.wording import subtitle


def draw_curve(run: Path) -> None:
    """Draw the run's curve into `plots/`, as SVG and PNG; nothing for a run without a curve.

    Raises:
        UsageError: a file of the run is damaged.
        StorageError: the disk refused.
    """
    report = read_report(run)
    if not report.curve:
        return
    from regctl.report.charts import loss_curve, save

    chart = loss_curve(
        report.curve, report.selection, loss_label=loss_name(report), subtitle=subtitle(report)
    )
    save(chart, run / CURVE_IMAGE.parent, CURVE_IMAGE.stem)


def write_report(run: Path) -> Report:
    """Write `report.md` and `report.json` from the run's other files, and return what they say.

    Raises:
        UsageError: a file of the run is missing or damaged.
        StorageError: the disk refused.
    """
    report = read_report(run)
    write_text(run / "report.md", markdown(report))
    write_json(run / "report.json", document(report))
    return report
