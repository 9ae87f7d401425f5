"""Runs regctl's command line in this process."""

import sys
from dataclasses import dataclass

from regctl.cli.main import main


@dataclass(frozen=True)
class Outcome:
    code: int
    out: str
    err: str


class Console:
    """Calls `main` as the console script would, and captures what it prints."""

    def __init__(self, monkeypatch, capsys) -> None:
        self.monkeypatch, self.capsys = monkeypatch, capsys

    def __call__(self, *arguments: str) -> Outcome:
        self.monkeypatch.setattr(sys, "argv", ["regctl", *map(str, arguments)])
        self.capsys.readouterr()
        try:
            main()
            code = 0
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(bool(end.code))
        captured = self.capsys.readouterr()
        return Outcome(code, captured.out, captured.err)
