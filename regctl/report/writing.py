"""A run's own report: `plots/`, `report.md` and `report.json`."""

from pathlib import Path

from regctl.records.confusion import FILE as CONFUSION
from regctl.records.files import write_json, write_text
from regctl.records.fits import FITS
from regctl.report.document import document
from regctl.report.figures import FIT_PAGE, FOLDER
from regctl.report.markdown import markdown
from regctl.report.model import Report, read_report


def draw_figures(run: Path) -> None:
    """Draw the run's figures into `plots/`, as SVG and PNG, and the fit's page of sliders; those it has material for.

    Raises:
        UsageError: a file of the run is damaged.
        StorageError: the disk refused.
    """
    report = read_report(run)
    drawable = report.curve or report.searched
    if not drawable and not (run / FITS).is_file() and not (run / CONFUSION).is_file():
        return  # nothing to draw, nothing to import
    from regctl.report.charts import save
    from regctl.report.drawing import charts, fit_html

    for stem, chart in charts(report):
        save(chart, run / FOLDER, stem)
    if (page := fit_html(report)) is not None:
        write_text(run / FIT_PAGE, page)


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
