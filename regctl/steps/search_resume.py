"""A run's folder → the search that goes on in it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from regctl.errors import UsageError
from regctl.records.manifest import read_manifest
from regctl.records.opened_test import read_test
from regctl.records.search_record import SearchRecord, read_search, read_searched
from regctl.spec.loading import LoadedSpec, load_spec
from regctl.spec.resolved import leaves, with_values
from regctl.spec.search_space import Target
from regctl.steps.resuming import changed_data, check_plugins, different_versions, refuse
from regctl.steps.search_plan import SearchPlan, plan_search

SPEC = "spec.yaml"
MOST_NAMED = 5  # differences between two specs in one message


def plan_search_resume(
    run: Path,
    target: Target,
    trials: int | None,
    given: tuple[str | None, Sequence[str]] | None,
    jobs: int | None = None,
    force: bool = False,
    retry_failed: bool = False,
) -> tuple[LoadedSpec, SearchPlan, tuple[str, ...]]:
    """The run's own spec, its search up to `trials` settings in all (None: as many as before), and what was forced.

    Raises:
        UsageError: it is no search, or another one; `given` differs from its spec; its test set was opened.
        UsageError, DataError: data, versions or plugins have changed, and it was not forced.
    """
    record, manifest = _record(run, target), read_manifest(run)
    if retry_failed and any(each.retriable for each in read_searched(run)):
        _refuse_opened(run)
    check_plugins(run, manifest)
    mixed = different_versions(manifest)
    refuse(run, mixed, force)
    totals = _totals(run, record, trials)
    held = load_spec(run / SPEC, [f"tune.tuner={record.tuner}"])
    loaded = held._replace(spec=with_values(held.spec, {"dataset.sha256": None}))  # compared below
    plan = plan_search(loaded, target, totals, manifest.smoke, jobs)
    plan = replace(plan, why=record.why)  # the tuner is the run's: as asked for, or chosen at its start
    mixed += changed_data(run, held.spec, plan.base.data.split, force)
    if given is not None:
        spec, overrides = given
        other = load_spec(run / SPEC if spec is None else spec, [*overrides])
        again = plan_search(other, target, totals, plan.base.smoke, jobs)
        chosen = other.spec.tune.tuner == "auto" or again.tuner == plan.tuner
        own, now = (
            {key: value for key, value in leaves(each.base.spec).items() if key != "tune.tuner" or not chosen}
            for each in (plan, again)
        )
        _refuse_changes(run, own, now)
    return loaded, plan, mixed


def _record(run: Path, target: Target) -> SearchRecord:
    record = read_search(run)
    if read_manifest(run).tune is not None and (record is None or not (run / SPEC).is_file()):
        message = f"{run}: the search ended before it had saved anything to go on with."
        raise UsageError(message, "Start it again.")
    if record is None:
        raise UsageError(
            f"{run}: expected a run of regctl tune. Received: another run.", "Name a search's folder."
        )
    if record.target != target:
        raise UsageError(
            f"{run}: a search for {record.target}. Received: {target}.",
            f"Use regctl tune {record.target} --resume.",
        )
    return record


def _totals(run: Path, record: SearchRecord, trials: int | None) -> tuple[int, ...]:
    last = record.totals[-1]
    if trials is None or trials == last:
        return record.totals
    if trials < last:
        raise UsageError(f"--trials: the total, {last} or more in {run}. Received: {trials}.")
    _refuse_opened(run)
    return (*record.totals, trials)


def _refuse_opened(run: Path) -> None:
    if read_test(run) is not None:
        message = f"{run}: its test set was opened; a search that goes on would choose after that."
        raise UsageError(message, "Start a new search.")


def _refuse_changes(run: Path, before: Mapping[str, Any], now: Mapping[str, Any]) -> None:
    keys = [key for key in {**before, **now} if before.get(key) != now.get(key)]
    if not keys:
        return
    told = [f"{key}: {before.get(key)} in the run, {now.get(key)} now" for key in keys[:MOST_NAMED]]
    more = [f"and {len(keys) - MOST_NAMED} more"] if len(keys) > MOST_NAMED else []
    raise UsageError(
        f"{run}: the spec has changed: {'; '.join([*told, *more])}.",
        "Go on without a SPEC and without overrides, or start a new search.",
    )
