"""A run's own report: `plots/`, `report.md`, `report.json` and `report.html`."""

import json
from pathlib import Path
from typing import Any

from regctl.errors import UsageError
from regctl.records.confusion import FILE as CONFUSION
from regctl.records.files import plain, read_json, write_json, write_text
from regctl.records.fits import FITS
from regctl.records.manifest import FILE as MANIFEST
from regctl.records.opened_test import FILE as TEST
from regctl.records.run_folder import while_it_is_there
from regctl.report.document import document
from regctl.report.figures import FOLDER
from regctl.report.markdown import markdown
from regctl.report.model import Report, read_report

PAGE = "report.html"
DOCUMENT = "report.json"


def draw_figures(run: Path) -> None:
    """Draw the run's figures into `plots/`, as SVG and PNG; those it has material for.

    Raises:
        UsageError: a file of the run is damaged.
        StorageError: the disk refused.
    """
    report = read_report(run)
    drawable = report.curve or report.searched
    if not drawable and not (run / FITS).is_file() and not (run / CONFUSION).is_file():
        return  # nothing to draw, nothing to import
    from regctl.report.charts import save
    from regctl.report.drawing import charts

    for stem, chart in charts(report):
        save(chart, run / FOLDER, stem)


def write_report(run: Path) -> Report:
    """Write `report.md`, `report.json` and `report.html` from the run's other files, and return what they say.

    Raises:
        UsageError: a file of the run is missing or damaged, or another process removed the run.
        StorageError: the disk refused.
    """
    from regctl.report.page.page import page

    while True:
        before = _state(run)
        report = read_report(run)
        with while_it_is_there(run):
            write_text(run / "report.md", markdown(report))
            write_text(run / PAGE, page(report))
            write_json(
                run / DOCUMENT, document(report)
            )  # the last one: where it is up to date, so are the others
        # Who wrote the run meanwhile may have written its report, too, before this older one.
        if _state(run) == before:
            return report


def up_to_date(run: Path) -> Report:
    """The run's report, whose files are written anew where they are not there, or say something else.

    Raises:
        UsageError: a file of the run is missing or damaged.
        StorageError: the disk refused.
    """
    report = read_report(run)
    try:
        written = read_json(run / DOCUMENT)
    except UsageError:
        written = None
    # As it is read back: JSON has no tuples, and no keys but text.
    return (
        report
        if _lasting(written) == _lasting(json.loads(json.dumps(plain(document(report)))))
        else write_report(run)
    )


def _lasting(written: Any) -> Any:
    """A document but for its next commands, which name the run's path as it was given."""
    return {**written, "next": None} if isinstance(written, dict) else written


def _state(run: Path) -> list[bytes | None]:
    """What is written last when a run ends or its test set is opened."""
    return [_bytes(run / name) for name in (MANIFEST, TEST)]


def _bytes(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None
