"""The page in headless Chromium, the network cut off: what it shows, what it answers, and who can read it."""

import os
from pathlib import Path

import pytest
from pages import COMMANDS, HOSTILE

pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings("ignore::ResourceWarning"),  # of the driver's pipes, at its end
]

FIGURES = {
    "lambda": {"loss-lambda", "histories"},
    "crossed": {"loss-degree", "loss-degree-by-lambda", "heat-map", "fit", "coefficient-path"},
    "degree": {"loss-degree", "fit"},
    "samples": {"learning-curve", "loss-samples-by-lambda", "heat-map", "histories"},
    "classes": {"loss-lambda", "accuracy-lambda", "confusion-matrix", "histories"},
    "lasso": {"loss-lambda", "coefficient-path", "fit"},
    "contours": {"loss-lambda", "coefficient-path", "fit"},
    "train": {"histories"},
    "tune": {"histories"},
    "folds": {"loss-lambda", "histories"},
}
EVERY = pytest.mark.parametrize("kind", COMMANDS)


@pytest.fixture(scope="session")
def axe():
    import axe_playwright_python

    return (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")


def plot(page, stem: str):
    return page.locator(f"#figure-{stem} .plot")


def tip(page, stem: str):
    return page.locator(f"#figure-{stem} .tip")


@EVERY
def test_every_kind_of_report_has_its_figures_drawn_and_says_nothing_on_the_console(opened, kind):
    page = opened(kind)
    drawn = page.eval_on_selector_all("figure[data-drawing]", "all => all.map(each => each.dataset.drawing)")
    assert FIGURES[kind] <= set(drawn)
    for stem in drawn:
        assert plot(page, stem).locator("svg > *").count() > 3
    texts = page.locator(".plot text").all_text_contents()
    assert not any("NaN" in text or "undefined" in text for text in texts)
    bad = "path => /NaN|undefined|Infinity/.test(path.outerHTML)"
    assert page.eval_on_selector_all(".plot svg *", f"all => all.filter({bad}).length") == 0


@EVERY
def test_it_is_readable_wide_and_narrow_light_and_dark_and_axe_finds_nothing(opened, axe, tmp_path, kind):
    page = opened(kind)
    shown = Path(os.environ.get("SCREENSHOTS", tmp_path))
    shown.mkdir(parents=True, exist_ok=True)
    for width, scheme in ((1280, "light"), (1280, "dark"), (400, "light"), (400, "dark")):
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": width, "height": 900})
        page.screenshot(path=shown / f"{kind}-{width}-{scheme}.png", full_page=True)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        if (width, scheme) in ((1280, "light"), (400, "dark")):
            assert_axe_finds_nothing(page, axe)


def assert_axe_finds_nothing(page, axe: str) -> None:
    page.evaluate(axe)
    tags = "['wcag2a', 'wcag2aa', 'wcag21aa', 'best-practice']"
    found = page.evaluate(f"axe.run(document, {{runOnly: {tags}}})")
    assert [(each["id"], each["nodes"][0]["html"]) for each in found["violations"]] == []
    passed = {each["id"] for each in found["passes"]}
    assert {"color-contrast", "heading-order", "label", "page-has-heading-one"} <= passed


@pytest.mark.parametrize(("kind", "pictures"), [("contours", 1), ("tune", 2)])
def test_figures_that_do_not_answer_are_pictures_that_follow_the_colours(opened, kind, pictures):
    page = opened(kind)
    images = page.locator("figure.picture img")
    assert images.count() >= pictures
    for image in images.all():
        image.scroll_into_view_if_needed()
        assert image.get_attribute("alt")
        assert image.evaluate("each => each.decode().then(() => each.naturalWidth)") > 100
        light = image.screenshot()
        page.emulate_media(color_scheme="dark")
        assert image.screenshot() != light
        page.emulate_media(color_scheme="light")


def test_hovering_the_curve_tells_lambda_losses_and_their_error(opened):
    page = opened("lambda")
    box = plot(page, "loss-lambda").bounding_box()
    plot(page, "loss-lambda").scroll_into_view_if_needed()
    plot(page, "loss-lambda").hover(position={"x": box["width"] / 2, "y": 120})
    lines = tip(page, "loss-lambda").inner_text().splitlines()
    assert lines[0].startswith("λ = ")
    assert "validation" in lines
    assert "training" in lines
    assert "±" in lines[lines.index("validation") + 1]
    page.mouse.move(0, 0)
    assert tip(page, "loss-lambda").is_hidden()


def test_arrow_keys_read_the_curve_from_left_to_right(opened):
    page = opened("lambda")
    plot(page, "loss-lambda").focus()
    seen = []
    for key in ("Home", "ArrowRight", "ArrowRight", "ArrowRight"):
        page.keyboard.press(key)
        seen.append(tip(page, "loss-lambda").locator("strong").inner_text())
    assert seen == ["λ = 1", "λ = 0.01", "λ = 0", "λ = 0"]  # strong on the left; the end is the end
    page.keyboard.press("Escape")
    assert tip(page, "loss-lambda").is_hidden()


def test_a_click_on_the_legend_hides_a_line_and_another_shows_it(opened):
    page = opened("lambda")
    lines = plot(page, "loss-lambda").locator("polyline")
    key = page.locator("#figure-loss-lambda").get_by_role("button", name="training")
    before = lines.count()
    key.click()
    assert key.get_attribute("aria-pressed") == "false"
    assert lines.count() == before - 1
    key.press("Enter")
    assert key.get_attribute("aria-pressed") == "true"
    assert lines.count() == before


def test_sliders_choose_the_fitted_curve(opened):
    page = opened("crossed")
    degree, lam = page.locator("#figure-fit input[type=range]").all()
    line = plot(page, "fit").locator("polyline").last
    before, said = line.get_attribute("points"), page.locator("#figure-fit .chosen").inner_text()
    degree.focus()
    page.keyboard.press("Home")
    assert page.locator("#figure-fit output").first.inner_text() == "degree 1"
    assert line.get_attribute("points") != before
    assert page.locator("#figure-fit .chosen").inner_text() != said
    assert degree.get_attribute("aria-valuetext") == "degree 1"
    points = [tuple(map(float, pair.split(","))) for pair in line.get_attribute("points").split()]
    (x0, y0), (x1, y1), (x2, y2) = points[0], points[len(points) // 2], points[-1]
    assert y1 == pytest.approx(y0 + (y2 - y0) * (x1 - x0) / (x2 - x0), abs=0.5)  # degree 1 is a straight line
    straight = line.get_attribute("points")
    lam.focus()
    page.keyboard.press("End")
    assert line.get_attribute("points") != straight


def test_the_heat_map_tells_the_setting_under_the_pointer_and_the_keys(opened):
    page = opened("crossed")
    plot(page, "heat-map").scroll_into_view_if_needed()
    tile = plot(page, "heat-map").locator(".tile").first
    tile.hover()
    told = tip(page, "heat-map").inner_text()
    assert "degree" in told
    assert "λ = " in told
    assert "validation" in told
    plot(page, "heat-map").focus()
    page.keyboard.press("ArrowRight")
    assert tip(page, "heat-map").is_visible()


def test_the_confusion_matrix_tells_class_and_share_and_hostile_classes_are_texts(opened):
    page = opened("classes")
    plot(page, "confusion-matrix").focus()
    page.keyboard.press("ArrowRight")
    told = tip(page, "confusion-matrix").inner_text()
    assert "predicted" in told
    assert "% of the class" in told
    assert HOSTILE in page.locator("main").inner_text()


def test_the_table_of_trials_sorts_filters_and_turns_pages(opened):
    page = opened("lambda")
    trials = page.locator("#trials")
    head = trials.locator("th", has_text="validation loss")
    head.get_by_role("button").click()
    assert head.get_attribute("aria-sort") == "ascending"
    place = trials.locator("thead th").all_inner_texts().index("validation loss")

    def column() -> list[float]:
        cells = trials.locator(f"tbody tr > *:nth-child({place + 1})").all_inner_texts()
        return [float(cell) for cell in cells]

    rising = column()
    assert rising == sorted(rising)
    head.get_by_role("button").click()
    assert head.get_attribute("aria-sort") == "descending"
    assert column() == rising[::-1]
    assert trials.locator("th[aria-sort]").count() == 1

    field = trials.get_by_label("Filter")
    field.fill("seed=0 lambda>0")
    assert trials.get_by_role("status").inner_text() == "2 of 6 trials"
    assert len(column()) == 2
    field.fill("depth=3")
    assert "No column is called depth" in trials.get_by_role("status").inner_text()
    field.fill("")
    assert trials.get_by_role("status").inner_text() == "6 of 6 trials"


def test_a_long_table_shows_fifty_rows_at_a_time(opened, tmp_path):
    from large_runs import large_run
    from regctl.report.writing import write_report

    run = large_run(tmp_path / "runs" / "large")
    write_report(run)
    page = opened(run / "report.html")
    trials = page.locator("#trials")
    assert trials.get_by_role("status").inner_text() == "10,000 of 10,000 trials, rows 1 to 50 shown"
    assert trials.get_by_role("button", name="Previous rows").is_disabled()
    trials.get_by_role("button", name="Next rows").click()
    assert trials.locator("tbody tr").first.locator("th").inner_text() == "50"
    trials.get_by_label("Filter").fill("trial>=9990")
    assert trials.get_by_role("status").inner_text() == "10 of 10,000 trials"


def test_printing_opens_what_is_folded_and_uses_light_paper(opened):
    page = opened("lambda", scheme="dark")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert page.locator("main details:not([open])").count() == 0
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.locator("nav").is_hidden()
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert page.locator("main details:not([open])").count() > 0


def test_without_scripts_the_words_and_tables_are_still_there(browser, pages):
    context = browser.new_context(java_script_enabled=False, offline=True)
    page = context.new_page()
    page.goto(pages["lambda"].resolve().as_uri())
    assert page.locator("#answer").is_visible()
    assert "need JavaScript" in page.locator(".answer").inner_text()
    assert page.locator("main table").count() > 2
    context.close()
