"""Where a run's numbers come from, and how to have them again: for the page, whose reader may hold nothing else."""

import shlex
from collections.abc import Sequence

from regctl.report.blocks import Block, Code, Items, Paragraph, Section, Table
from regctl.report.model import Report
from regctl.report.numbers import count, number

SPEC = "spec.yaml"


def provenance(report: Report) -> Section:
    """The run's identity, its code and data by hash, and the versions it was made with."""
    manifest = report.manifest
    git = manifest.git
    changed = " with uncommitted changes" if git is not None and git.dirty else ""
    rows = [
        ("run", report.run.name),
        ("run id", manifest.run_id),
        ("command", shlex.join(manifest.command)),
        ("started", manifest.started_at),
        ("finished", manifest.finished_at or ""),
        ("status", manifest.status),
        ("device", manifest.device or ""),
        ("git commit", "" if git is None else f"{git.commit}{changed}"),
        ("sha256 of the data", report.data.split.data_hash),
        *((f"plugin {plugin.path}", f"sha256 {plugin.sha256}") for plugin in manifest.plugins),
        *((name, version) for name, version in manifest.versions.items()),
        *((f"time: {step}", f"{number(seconds, 1)} s") for step, seconds in manifest.timings.items()),
    ]
    told = tuple(row for row in rows if row[1])
    return Section("Provenance", (Table(("what", "value"), told, left=frozenset({0, 1})),))


def resolved_spec(report: Report) -> Section:
    """`spec.yaml` as it stands in the run's folder."""
    text = (report.run / SPEC).read_text(encoding="utf-8", errors="replace")
    told = "Every default is filled in; this file alone reproduces the run."
    return Section("The spec, resolved", (Paragraph(told), Code(text.rstrip("\n"))))


def reproduction(report: Report) -> Section:
    """The commands that run it again, and what must be the same for the same numbers."""
    manifest, blocks = report.manifest, list[Block]()
    pins = [f"{name}=={version}" for name, version in manifest.versions.items() if name != "python"]
    python = manifest.versions.get("python")
    if manifest.git is not None:
        blocks.append(Code(f"git checkout {manifest.git.commit}"))
    if pins:
        under = f" under Python {python}" if python else ""
        blocks += [Paragraph(f"The versions of this run{under}:"), Code(f"pip install {shlex.join(pins)}")]
    told = "The run again:"
    blocks += [Paragraph(told), Code(_again(report, manifest.command))]
    return Section("How to reproduce it", (*blocks, Items(_conditions(report))))


def _again(report: Report, command: Sequence[str]) -> str:
    """The command with the run's own spec for the one that was given, less what the resolved spec already holds."""
    if command[1:2] not in (("sweep",), ("train",)):
        return shlex.join(command)  # of a search, or a choice by hand
    axis, by = report.manifest.axis, report.manifest.by
    start = ["regctl", "train"] if axis is None else ["regctl", "sweep", axis]
    rest = ["--by", by] if by else []
    plugins = [part for plugin in report.manifest.plugins for part in ("--plugin", plugin.path)]
    smoke = ["--smoke"] if "--smoke" in command else []
    return shlex.join([*start, str(report.run / SPEC), *rest, *plugins, *smoke])


def _conditions(report: Report) -> tuple[str, ...]:
    split = report.data.split
    rows = ", ".join(f"{name} {count(len(part), 'row')}" for name, part in split.parts.items() if len(part))
    found = [
        f"The data must be the same bytes: sha256 {split.data_hash}. Otherwise the split ({rows}) is another.",
        "On the same kind of processor and the same versions every trial has the same bits, whatever trains beside it.",
    ]
    if report.manifest.git is not None and report.manifest.git.dirty:
        found.append("The checkout had uncommitted changes, which its commit does not tell.")
    return tuple(found)
