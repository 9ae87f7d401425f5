"""`report.html`: whole, offline, small, and made of text only."""

import base64
import json
import re
from hashlib import sha256
from html.parser import HTMLParser
from itertools import pairwise

import numpy as np
import pytest

from regctl.records.tables import write_history
from regctl.report.blocks import Image
from regctl.report.content import sections
from regctl.report.model import read_report
from regctl.report.page.page import page, safe_json
from regctl.types import History

HOSTILE = '</script><script>alert(1)</script><img src=x onerror=alert(2)>"`&amp;{{7*7}}'
MARKS = "price\u202eecirp\u200f\u0007"


class Reader(HTMLParser):
    """Tags with their attributes, texts by the tag they stand in, headings in order."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags, self.texts, self.headings, self.inside = [], [], [], ""
        self.feed(text)

    def handle_starttag(self, tag, attrs) -> None:
        self.tags.append((tag, dict(attrs)))
        self.inside = tag

    def handle_data(self, data) -> None:
        if data.strip():
            self.texts.append(data.strip())
            if re.fullmatch(r"h[1-6]", self.inside):
                self.headings.append((int(self.inside[1]), data.strip()))


def data_of(text: str, name: str):
    found = re.search(rf'<script type="application/json" id="data-{name}">(.*?)</script>', text, re.DOTALL)
    return json.loads(found[1])


@pytest.fixture
def whole(invent_run):
    """A function: the page of an invented run, with histories, and the run's report."""

    def made(open_test: bool = False, **options):
        run = invent_run(**options)
        if open_test:
            run.open_test()
        trials = range(len(run.settings) * 3)
        falling = np.array([1.0, 0.5, 0.3])
        write_history(run.path, {trial: History(*2 * [falling]) for trial in trials})
        report = read_report(run.path)
        return page(report), report

    return made


def test_every_section_of_the_report_and_what_the_page_adds_have_a_heading_in_order(whole):
    text, report = whole()
    reader = Reader(text)
    levels = [level for level, _ in reader.headings]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    names = [name for _, name in reader.headings]
    assert names[1] == "The answer"
    own = {section.heading for section in sections(report)}
    added = {"Training histories", "Trials", "The spec, resolved", "Provenance", "How to reproduce it"}
    assert own | added <= set(names)


def test_every_text_of_the_report_is_on_the_page(whole):
    text, report = whole()
    shown = " ".join(Reader(text).texts)
    for section in sections(report):
        for block in section.blocks:
            texts = [getattr(block, "text", "")] if not isinstance(block, Image) else []
            texts += [
                *getattr(block, "texts", ()),
                *(cell for row in getattr(block, "rows", ()) for cell in row),
            ]
            missing = [each for each in texts if each.strip() and each not in shown]
            assert missing == []


def test_the_page_asks_for_nothing_and_only_its_own_script_may_run(whole):
    text, _ = whole()
    reader = Reader(text)
    addresses = [
        (tag, value)
        for tag, attributes in reader.tags
        for name, value in attributes.items()
        if name in ("src", "href", "data", "action", "srcset", "poster", "formaction")
        and not (value or "").startswith(("#", "data:"))
    ]
    assert addresses == []
    assert "@import" not in text
    assert not re.search(r"url\(\s*['\"]?(?!#|data:)", text.replace("url(#${", "url(#"))
    (policy,) = [a["content"] for tag, a in reader.tags if a.get("http-equiv") == "Content-Security-Policy"]
    scripts = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    assert len(scripts) == 1
    allowed = base64.b64encode(sha256(scripts[0].encode()).digest()).decode()
    assert policy == (
        f"default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-{allowed}'"
    )
    assert not [
        attributes for _, attributes in reader.tags if any(name.startswith("on") for name in attributes)
    ]


@pytest.mark.parametrize("hostile", [HOSTILE, "=cmd|' /C calc'!A0", "two\nlines", "λ" * 10_000])
def test_texts_from_data_and_spec_are_texts(whole, hostile):
    text, _ = whole(target=hostile, notes=(f"Column {hostile!r} is left out.",))
    assert "alert(1)</script>" not in text
    reader = Reader(text)
    assert [tag for tag, _ in reader.tags if tag == "img"] == []
    assert len(re.findall("<script", text)) == len([tag for tag, _ in reader.tags if tag == "script"])
    told = hostile.replace("\n", " ")
    assert any(told in each for each in reader.texts)
    assert told in data_of(text, "loss-lambda")["y"]["label"]
    assert "49" not in [each for each in reader.texts if "7*7" in each]


def test_marks_that_turn_the_writing_or_cannot_be_seen_are_spaces(whole):
    text, _ = whole(target=MARKS)
    assert not set("\u202e\u200f\u0007") & set(text)
    assert "price ecirp" in text


def test_json_cannot_end_its_script_element():
    found = safe_json({"a": ["</script><!--", "&", "\u2028", "x\u202ey\ud800"], "b": 1.5, "c": None})
    assert not set("<>&\u2028\u202e") & set(found)
    assert json.loads(found) == {"a": ["</script><!--", "&", " ", "x y "], "b": 1.5, "c": None}


def test_the_curve_holds_every_setting_with_what_the_pointer_reads(whole):
    text, report = whole()
    drawing = data_of(text, "loss-lambda")
    validation, train = drawing["series"]
    points = sorted(report.curve, key=lambda point: point.value)
    assert validation["y"] == pytest.approx([point.validation_loss for point in points], rel=1e-5)
    assert train["y"] == pytest.approx([point.train_loss for point in points], rel=1e-5)
    spread = [high - low for low, high in zip(validation["low"], validation["high"], strict=True)]
    assert spread == pytest.approx([2 * point.validation_se for point in points], rel=1e-3)
    assert all(" ± " in tip for tip in validation["tips"])
    assert drawing["at"][0] == "λ = 0"
    selected = report.selection.selected
    assert any(
        mark["x"] == selected.value and mark["name"].startswith("minimum") for mark in drawing["marks"]
    )


def test_the_table_of_trials_has_every_trial_and_losses_as_numbers(whole):
    text, report = whole()
    columns = {column["name"]: column for column in data_of(text, "trials")["columns"]}
    assert columns["trial"]["values"] == [trial.id for trial in report.trials]
    assert columns["lambda"]["label"] == "λ"
    losses = [trial.validation_loss for trial in report.trials]
    assert columns["validation_loss"]["values"] == pytest.approx(losses, rel=1e-5)
    assert "validation_rmse" in columns


def test_histories_are_of_the_selected_the_unregularized_and_the_strongest_setting(whole):
    text, _ = whole()
    drawing = data_of(text, "histories")
    names = {series["name"].partition(",")[0] for series in drawing["series"]}
    assert names == {"selected", "unregularized", "strongest"}
    assert "strongest: λ = 1" in drawing["note"]
    assert all(series["y"] == [1, 0.5, 0.3] for series in drawing["series"])


def test_a_sealed_page_says_so_and_an_opened_one_begins_with_the_test_number(whole):
    sealed, _ = whole()
    assert "The test set is sealed" in sealed
    opened, report = whole(open_test=True, folder="opened")
    answer = opened[opened.index('id="answer"') : opened.index("</section>")]
    assert "Its test data loss is" in answer
    assert "On the test rows: selected − reference" in answer
    assert report.test is not None


def test_what_only_has_a_picture_is_shown_as_its_svg(invent_run):
    run = invent_run()
    (run.path / "plots").mkdir()
    drawing = '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script><path fill="#222222"/></svg>'
    for name in ("contours.svg", "contours.png"):
        (run.path / "plots" / name).write_text(drawing, encoding="utf-8")
    text = page(read_report(run.path))
    (image,) = [attributes for tag, attributes in Reader(text).tags if tag == "img"]
    assert image["alt"].startswith("Contours of the data loss")
    shown = base64.b64decode(image["src"].partition(",")[2]).decode()  # an image's script does not run
    assert shown.endswith(drawing.partition(">")[2])
    assert '[fill="#222222"] { fill: #e8eaed }' in shown  # on dark paper
    assert "<script>alert" not in text


def test_the_spec_the_versions_and_the_way_to_run_it_again_are_there(whole):
    text, report = whole()
    shown = "\n".join(Reader(text).texts)
    assert (report.run / "spec.yaml").read_text(encoding="utf-8").strip() in shown
    assert report.manifest.run_id in shown
    assert report.data.split.data_hash in shown
    assert f"regctl sweep lambda {report.run}/spec.yaml" in shown
    assert f"tensorflow=={report.manifest.versions['tensorflow']}" in shown


def test_a_page_is_small(whole):
    text, _ = whole()
    assert len(text.encode()) < 2e6
