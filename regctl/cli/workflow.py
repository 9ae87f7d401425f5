"""The GitHub Actions workflow of `regctl init --ci`: does the experiment still run, and what does it report?"""

import json
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from shlex import quote

from regctl import __version__

PLACE = Path(".github", "workflows", "regctl.yml")


def project_folder(start: Path) -> Path:
    """The folder that GitHub looks in: the nearest above `start` with a `.git`, else `start`."""
    return next((folder for folder in (start, *start.parents) if (folder / ".git").exists()), start)


def workflow(spec: str) -> str:
    """The workflow for a spec, given by its path from the project's folder."""
    steps = [
        ("Install regctl (the line says from where)", f"python -m pip install {quote(requirement())}"),
        ("Check the spec", f"regctl validate {quote(spec)}"),
        ("Smoke run: the ends of the grid", f"regctl sweep lambda {quote(spec)} --smoke --quiet --out runs"),
        (
            "Report validation numbers; the test set stays sealed",
            'regctl report runs/latest --sealed --format md >> "$GITHUB_STEP_SUMMARY"',
        ),
    ]
    return _HEAD + "".join(
        f"      - name: {json.dumps(name)}\n        run: {_yaml(run)}\n" for name, run in steps
    )


def requirement() -> str:
    """What pip installs to get this regctl: the commit it was installed from, where pip knows one, else its version."""
    try:
        origin = json.loads(distribution("regctl").read_text("direct_url.json") or "{}")
    except (PackageNotFoundError, ValueError):
        origin = {}
    vcs = origin.get("vcs_info")  # PEP 610
    return f"regctl @ {vcs['vcs']}+{origin['url']}@{vcs['commit_id']}" if vcs else f"regctl=={__version__}"


def _yaml(text: str) -> str:
    from regctl.spec.resolved import yaml_text

    return yaml_text(text)


_HEAD = """\
# Written by regctl init --ci. Does the experiment still run, and what does it report on validation rows?
# The data must be in the repository, or a step of yours must fetch it. Look at validation numbers only here:
# every opening of the test set counts, and the first number is the honest one.
name: regctl

on:
  push:
  pull_request:

permissions:
  contents: read

jobs:
  smoke:
    runs-on: ubuntu-24.04
    timeout-minutes: 30
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-python@v5
        with:
          python-version: "3.12"
"""
