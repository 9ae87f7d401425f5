"""Many run folders out of one: copies of its small files under names, ids and times of their own."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import copy

SMALL = (
    "selection.json",
    "curve.csv",
    "report.json",
    "spec.yaml",
    "test.json",
    "log.txt",
    "spec.source.yaml",
)


def many_runs(root: Path, template: Path, number_of: int) -> list[Path]:
    """Run folders `root/<time>-many-lambda`, a minute apart, the oldest first."""
    manifest = json.loads((template / "manifest.json").read_text())
    began, made = datetime(2026, 1, 1, tzinfo=UTC), []
    for number in range(number_of):
        at = began + timedelta(minutes=number)
        folder = root / f"{at:%Y-%m-%dT%H-%M-%SZ}-many-lambda"
        folder.mkdir(parents=True)
        for name in SMALL:
            if (template / name).exists():
                copy(template / name, folder / name)
        own = {"run_id": f"{number:016x}", "started_at": f"{at:%Y-%m-%dT%H:%M:%S}.000Z"}
        (folder / "manifest.json").write_text(json.dumps(manifest | own, indent=2))
        made.append(folder)
    return made
