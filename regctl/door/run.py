"""A run and what it found. Nothing here imports TensorFlow or Keras but `Run.model` and `Run.reference`."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from regctl.door.backend import require_tensorflow
from regctl.errors import UsageError
from regctl.records.frames import read_frame
from regctl.records.manifest import Manifest, read_manifest
from regctl.records.opened_test import OpenedTest, read_test
from regctl.records.run_folder import find_run
from regctl.records.selection_record import SelectionRecord, read_selection
from regctl.records.tables import HISTORY
from regctl.report.markdown import markdown
from regctl.report.model import Report, all_findings, read_report
from regctl.spec.schema import Spec
from regctl.types import Finding

if TYPE_CHECKING:
    import polars as pl

CURVE = "curve"  # the figure of the run's own axis, whatever its file is called


@dataclass(frozen=True)
class Run:
    """A run folder. Each of its parts is read when it is asked for; nothing here opens a test set.

    All of them raise `regctl.errors.UsageError` when the run has no such part or the part is damaged.
    """

    path: Path

    @cached_property
    def report(self) -> Report:
        """All that the report is made of."""
        return read_report(self.path)

    @property
    def spec(self) -> Spec:
        """The resolved spec."""
        return self.report.spec

    @property
    def manifest(self) -> Manifest:
        """What the run is and how far it came, as it is now."""
        return read_manifest(self.path)

    @property
    def results(self) -> "pl.DataFrame":
        """A row for each trial: `results.csv`."""
        return read_frame(self.path / "results.csv")

    @property
    def curve(self) -> "pl.DataFrame":
        """A row for each setting along the run's axes: `curve.csv`."""
        return read_frame(self.path / "curve.csv")

    @property
    def search(self) -> "pl.DataFrame":
        """A row for each request of a search's tuner: `search.csv`."""
        return read_frame(self.path / "search.csv")

    @property
    def coefficients(self) -> "pl.DataFrame":
        """A row for each setting and feature of a linear model: `coefficients.csv`."""
        return read_frame(self.path / "coefficients.csv")

    @property
    def history(self) -> "pl.DataFrame":
        """A row for each trial and epoch: `history.parquet`."""
        return read_frame(self.path / HISTORY)

    @property
    def selection(self) -> SelectionRecord:
        """The settings that were singled out: `run.selection.selected.lambda_`."""
        return read_selection(self.path)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What the run found, and what its opened test set showed, each with code, severity, sentence and evidence."""
        return all_findings(self.selection, self.test)

    @property
    def test(self) -> OpenedTest | None:
        """The numbers of the test set, once `regctl report` has opened it; None while it is sealed."""
        return read_test(self.path)

    @property
    def charts(self) -> tuple[str, ...]:
        """The names that `chart` knows."""
        from regctl.report.drawing import charts

        return tuple(name for name, _ in charts(self.report))

    def chart(self, name: str = CURVE) -> Any:
        """A figure of the run as an Altair chart, which a notebook shows; `curve` is the one along the run's axis.

        Raises:
            UsageError: the run has no such figure.
        """
        from regctl.report.drawing import charts
        from regctl.report.figures import curves

        wanted = curves(self.report) if name == CURVE else (name,)
        found = dict(charts(self.report))
        for each in wanted:
            if each in found:
                return found[each]
        known = ", ".join([CURVE] * any(each in found for each in curves(self.report)) + list(found))
        raise UsageError(f"{self.path.name}: no figure {name!r}.", f"There are: {known or 'none'}.")

    def model(self) -> Any:
        """The selected model, a Keras model of raw columns, loaded in safe mode (see `inputs.json`)."""
        return _keras_model(self.path / "model.keras")

    def reference(self) -> Any:
        """The same of the reference, the model without regularization."""
        return _keras_model(self.path / "reference.keras")

    def _repr_markdown_(self) -> str:
        """The report, sealed if it is: what a notebook shows of a run."""
        return markdown(self.report)


def open_run(run: str | Path, out: str | Path | None = None) -> Run:
    """The run of a folder, of a name in the runs root (`out`, else $REGCTL_RUNS_DIR, else `runs`), or `runs/latest`.

    Raises:
        UsageError: there is no such run; names the nearest.
    """
    return Run(find_run(str(run), None if out is None else Path(out)).resolve())


def _keras_model(path: Path) -> Any:
    if not path.is_file():
        raise UsageError(f"{path}: no such file; no setting was selected, or its run has not completed.")
    require_tensorflow()
    from regctl.models.quiet import load_tensorflow

    load_tensorflow()
    from regctl.models.prediction import load_exported

    return load_exported(path)
