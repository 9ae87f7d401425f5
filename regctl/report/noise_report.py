"""What `regctl doctor dropout` leaves behind: `checks.csv`, `checks.json`, `spec.yaml` and the figures in `plots/`."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from regctl.analysis.noise_checks import LEVEL, Check
from regctl.analysis.noise_histograms import histogram
from regctl.records.files import plain, write_csv, write_json, write_text
from regctl.spec.resolved import resolved_yaml
from regctl.spec.schema import Spec
from regctl.types import EngineName, Float64, NoiseObservation

_COLUMNS = ("layer", "name", "found", "expected", "passed", "n", "p_value", "low", "high", "how")
LOSS_NAMES = {
    "mean_squared_error": "mean squared error, on the model's scale",
    "huber": "Huber's loss, on the model's scale",
    "binary_crossentropy": "cross-entropy, nats",
    "categorical_crossentropy": "cross-entropy, nats",
}


@dataclass(frozen=True)
class NoiseReport:
    """An inspection as it is told. `losses` are the training data losses by epoch with all rates at 0."""

    spec: Spec
    engine: EngineName
    loss: str
    observations: Sequence[NoiseObservation]
    checks: Sequence[Check]
    losses: Float64
    constant: float
    notes: Sequence[str]
    folder: Path

    @property
    def passed(self) -> bool:
        """Whether every check holds."""
        return all(check.passed for check in self.checks)


def write_noise_report(report: NoiseReport) -> None:
    """Write every file of the inspection into its folder.

    Raises:
        StorageError: the disk refused.
    """
    from regctl.report.charts import save  # imports altair
    from regctl.report.noise_figures import noise_chart, training_chart, zeros_chart

    folder = report.folder
    write_text(folder / "spec.yaml", resolved_yaml(report.spec))
    write_csv(
        folder / "checks.csv",
        _COLUMNS,
        ([_cell(check, name) for name in _COLUMNS] for check in report.checks),
    )
    write_json(folder / "checks.json", noise_document(report))
    zeros = zeros_chart(report.checks)
    if zeros is not None:
        save(zeros, folder / "plots", "zeros")
    found = [each for each in map(histogram, report.observations) if each is not None]
    save(noise_chart(found), folder / "plots", "noise")
    save(
        training_chart(report.losses, report.constant, LOSS_NAMES[report.loss]), folder / "plots", "training"
    )


def noise_document(report: NoiseReport) -> dict[str, Any]:
    """The inspection as one JSON document."""
    layers = {
        each.layer: {"layer": each.layer, "kind": each.kind, "rate": each.rate}
        for each in report.observations
    }
    document: dict[str, Any] = plain(
        {
            "name": report.spec.name,
            "engine": report.engine,
            "passed": report.passed,
            "level": LEVEL,
            "notes": list(report.notes),
            "layers": list(layers.values()),
            "checks": list(report.checks),
            "training": {"train_loss": report.losses, "constant_loss": report.constant},
            "folder": str(report.folder),
        }
    )
    return document


def noise_rows(report: NoiseReport) -> list[tuple[str, ...]]:
    """The table for a terminal: verdict, layer, check, found, expected, p-value, how many numbers."""
    return [
        (
            "pass" if check.passed else "fail",
            check.layer,
            check.name,
            f"{check.found:.5g}",
            f"{check.expected:.5g}",
            "" if check.p_value is None else f"{check.p_value:.2g}",
            f"{check.n:,}",
        )
        for check in report.checks
    ]


def noise_verdict(report: NoiseReport) -> list[str]:
    """Lines below the table: whether every check holds, and what those that do not have looked for."""
    failed = [check for check in report.checks if not check.passed]
    verdict = f"{len(failed)} of {len(report.checks)} checks do not hold" if failed else "every check holds"
    return [
        f"{report.spec.name}: {verdict} (engine: {report.engine}; random ones at level {LEVEL:g} in all).",
        *(f"  {check.layer}, {check.name}: {check.how}." for check in failed),
        f"Table and figures: {report.folder}",
    ]


def _cell(check: Check, name: str) -> Any:
    value = getattr(check, name)
    return str(value).lower() if isinstance(value, bool) else value
