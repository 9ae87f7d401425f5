"""A report's material: everything a run folder says, read from its files alone."""

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from pydantic import ValidationError

from regctl.analysis.findings import kept
from regctl.analysis.uncertainty import StandardErrors, se_folds, standard_errors
from regctl.errors import UsageError
from regctl.records.coefficients import FILE as COEFFICIENTS
from regctl.records.coefficients import CoefficientTable, read_coefficients
from regctl.records.journal import read_journal
from regctl.records.learning import read_sizes
from regctl.records.manifest import Manifest, read_manifest
from regctl.records.opened_test import OpenedTest, read_test
from regctl.records.run_folder import while_it_is_there
from regctl.records.search_record import FILE as SEARCH
from regctl.records.search_record import Searched, SearchRecord, read_search, read_searched
from regctl.records.selection_record import FILE as SELECTION
from regctl.records.selection_record import Refit, SelectionRecord, read_selection
from regctl.records.split_record import FILE as SPLIT
from regctl.records.split_record import DataRecord, read_split
from regctl.records.tables import CURVE, RESULTS, read_curve, read_results
from regctl.records.trial_record import TrialRecord, setting_values
from regctl.records.validation_rows import FILE as VALIDATION_ROWS
from regctl.records.validation_rows import read_validation_rows
from regctl.spec.axes import axis_value
from regctl.spec.schema import Spec
from regctl.spec.settings import own_setting
from regctl.spec.tasks import chosen_loss, chosen_metrics
from regctl.spec.validation import KFold
from regctl.spec.yaml_reader import read_mapping
from regctl.types import CurvePoint, Finding, Loss, Selection, Setting


@dataclass(frozen=True)
class Report:
    """What a run folder holds; a run that has not ended may lack the later parts.

    `errors` are the standard errors of the validation loss of the selected setting and of the reference;
    `earlier_losses` the test losses of the runs that opened test rows before, where their folders lie beside; `sizes`
    the number of training rows of each share, along `samples`. `search` is None of a run that is none of `tune`;
    `searched` are its requests so far.
    """

    run: Path
    manifest: Manifest
    spec: Spec
    data: DataRecord
    trials: tuple[TrialRecord, ...]
    curve: tuple[CurvePoint, ...]
    record: SelectionRecord | None
    errors: Mapping[Setting, StandardErrors]
    test: OpenedTest | None
    earlier_losses: Mapping[str, float]
    sizes: Mapping[float, int]
    search: SearchRecord | None = None
    searched: tuple[Searched, ...] = ()

    def replicates(self, setting: Setting) -> tuple[TrialRecord, ...]:
        """The trials of a setting that did not diverge, by seed and fold; a holdout's first is the shipped model."""
        return self._replicates.get(setting, ())

    @cached_property
    def _replicates(self) -> dict[Setting, tuple[TrialRecord, ...]]:
        """Sorted out once: a report asks for replicates dozens of times, and there may be ten thousand trials."""
        found: dict[Setting, list[TrialRecord]] = {}
        for trial in self.trials:
            if trial.status == "done":
                found.setdefault(trial.setting, []).append(trial)
        return {
            setting: tuple(sorted(trials, key=lambda trial: (trial.seed, trial.fold or 0)))
            for setting, trials in found.items()
        }

    @cached_property
    def lost(self) -> str:
        """What became of a setting that has no loss, in a word or three; asked for at each of thousands of settings."""
        kinds = {trial.status for trial in self.trials}
        return " or ".join(kind for kind in ("diverged", "failed") if kind in kinds) or "diverged"

    def refit(self, setting: Setting) -> Refit | None:
        """The shipped model of a setting that k-fold selected; None with a holdout, or if there is none."""
        refits = () if self.record is None else self.record.refits
        return next((each for each in refits if each.setting == setting), None)

    @property
    def loss(self) -> Loss:
        """What a row's loss is."""
        return chosen_loss(self.spec.training.loss, len(self.data.target.classes))

    @property
    def metrics(self) -> tuple[str, ...]:
        """The metrics that were recorded, in the spec's order."""
        return chosen_metrics(self.spec.training.metrics, self.spec.task)

    @cached_property
    def coefficients(self) -> CoefficientTable | None:
        """Those of the settings that differ from the selected one in λ alone; None for a network. Read once."""
        selected = None if self.record is None else self.record.selected
        if selected is None or not (self.run / COEFFICIENTS).is_file():
            return None
        return read_coefficients(self.run, selected)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What the run found, and what the opened test set showed, the most serious first."""
        return all_findings(self.record, self.test)

    @property
    def selection(self) -> Selection | None:
        """The points of the curve that the run singled out; None without a curve or a selection."""
        record = self.record
        if record is None:
            return None
        points = {(point.value, point.other): point for point in self.curve}
        singled = (record.minimum, record.one_standard_error, record.selected)
        minimum, choice, selected = (
            None if each is None else points.get(self._place(each)) for each in singled
        )
        if minimum is None or selected is None:
            return None
        return Selection(minimum, choice, selected)

    def _place(self, setting: Setting) -> tuple[float, float | None]:
        """Where a setting lies on the run's axes."""
        axis, by = self.manifest.axis, self.manifest.by
        return axis_value(setting, axis or "lambda"), None if by is None else axis_value(setting, by)


def all_findings(record: SelectionRecord | None, test: OpenedTest | None) -> tuple[Finding, ...]:
    """What a run found and what its test set showed, the most serious first; nothing of what is not there."""
    return kept([*(() if record is None else record.findings), *(() if test is None else test.findings)])


def read_report(run: Path) -> Report:
    """Read a run folder.

    Raises:
        UsageError: a file is damaged, or the run ended before there was anything to report, or was removed.
    """
    with while_it_is_there(run):
        return _read_report(run)


def _read_report(run: Path) -> Report:
    manifest, spec, test = read_manifest(run), _spec(run), read_test(run)
    if not (run / SPLIT).exists():
        message = f"{run}: nothing to report: the run is {manifest.status} and has not divided its data."
        raise UsageError(message, f"See {run / 'log.txt'}.")
    search = read_search(run)
    record = read_selection(run) if (run / SELECTION).exists() else None
    trials = (
        read_results(run, setting_values(own_setting(spec)))
        if (run / RESULTS).exists()
        else read_journal(run)
    )
    curved = manifest.axis is not None and (run / CURVE).exists()
    return Report(
        run=run,
        manifest=manifest,
        spec=spec,
        data=read_split(run),
        trials=trials,
        curve=read_curve(run, manifest.axis, manifest.by) if curved and manifest.axis else (),
        record=record,
        errors=_errors(run, record) if spec.k_fold is None else _fold_errors(trials, record, spec.k_fold),
        test=test,
        earlier_losses={} if test is None else _earlier_losses(run, test),
        sizes=read_sizes(run),
        search=search,
        searched=() if search is None else read_searched(run),
    )


def _earlier_losses(run: Path, test: OpenedTest) -> dict[str, float]:
    losses = {}
    for each in test.opening.earlier:
        with contextlib.suppress(UsageError):
            found = read_test(run.parent / each.run)
            if found is not None and found.opening.opening == each.opening:
                losses[each.run] = found.evaluation.loss.value
    return losses


def _spec(run: Path) -> Spec:
    """The resolved spec, or of a search that has ended its winner's; its data may have moved since."""
    ended = (run / SEARCH).exists() and (run / "best.yaml").exists()
    path = run / ("best.yaml" if ended else "spec.yaml")
    try:
        return Spec.model_validate(read_mapping(path.read_bytes(), str(path)).data)
    except FileNotFoundError:
        raise UsageError(f"{path}: no such file.", "Name a run folder that regctl wrote.") from None
    except ValidationError as error:
        message = f"{path}: expected a spec as regctl wrote it. Received: {error.errors()[0]['msg']}."
        raise UsageError(message, "Restore the file, or run again.") from error


def _errors(run: Path, record: SelectionRecord | None) -> dict[Setting, StandardErrors]:
    if record is None or not (run / VALIDATION_ROWS).exists():
        return {}
    found = read_validation_rows(run)
    wanted = [
        index for index, each in enumerate(found.settings) if each in (record.selected, record.reference)
    ]
    errors = standard_errors(found.loss[wanted].astype(np.float64), found.blocks)
    return {found.settings[index]: each for index, each in zip(wanted, errors, strict=True)}


def _fold_errors(
    trials: Sequence[TrialRecord], record: SelectionRecord | None, k_fold: KFold
) -> dict[Setting, StandardErrors]:
    errors = {}
    for setting in () if record is None else (record.selected, record.reference):
        own = [trial for trial in trials if trial.setting == setting]
        if setting is not None and own and all(trial.status == "done" for trial in own):
            ordered = sorted(own, key=lambda trial: (trial.seed, trial.fold or 0))
            losses = np.array([trial.validation_loss for trial in ordered]).reshape(-1, k_fold.total)
            errors[setting] = StandardErrors(None, None, float(se_folds(losses, k_fold.repeats)))
    return errors
