"""A report that was read before a run went on never ends up over the newer one."""

import json

from regctl.report import writing


def test_a_run_whose_test_set_is_opened_while_its_report_is_written_is_reported_anew(invent_run, monkeypatch):
    invented = invent_run()
    markdown, opened = writing.markdown, []

    def slow(report):
        if not opened:
            opened.append(invented.open_test())  # by another process, which writes its report at once
            (invented.path / "report.json").write_text("newer")
        return markdown(report)

    monkeypatch.setattr(writing, "markdown", slow)
    assert writing.write_report(invented.path).test is not None
    assert json.loads((invented.path / "report.json").read_text())["test"]["sealed"] is False
