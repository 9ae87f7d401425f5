"""A headless Chromium without a network, and the pages that it opens."""

import os
import shutil
from pathlib import Path

import pytest

FLAGS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")


def chromium() -> str:
    """$CHROMIUM, else the first browser of these names."""
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        pytest.fail("no Chromium: install it (apt-get install chromium), or name it in $CHROMIUM")
    return found


@pytest.fixture(scope="session")
def pages(tmp_path_factory) -> dict[str, Path]:
    """`report.html` by kind of report."""
    from pages import make_runs

    return make_runs(tmp_path_factory.mktemp("browser"))


@pytest.fixture(scope="session")
def browser(tmp_path_factory):
    """Chromium with an empty user data directory."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        yield started
        started.close()


@pytest.fixture
def opened(browser, pages):
    """A function that opens a kind of report; at the end, no message on the console and no request is left unsaid."""
    contexts, told = [], []

    def show(kind: str | Path, width: int = 1280, scheme: str = "light"):
        path = kind if isinstance(kind, Path) else pages[kind]
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme=scheme,
            offline=True,
            reduced_motion="reduce",
        )
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: told.append(f"console: {message.text}"))
        page.on("pageerror", lambda error: told.append(f"error: {error}"))
        page.on("dialog", lambda dialog: (told.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        page.on("request", lambda request: _note(told, request.url, path))
        page.goto(path.resolve().as_uri())
        return page

    yield show
    for context in contexts:
        context.close()
    assert told == []


def _note(told: list[str], url: str, path: Path) -> None:
    if not url.startswith("data:") and url != path.resolve().as_uri():
        told.append(f"request: {url}")
