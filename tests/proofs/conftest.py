"""A real browser for the proofs: Debian's chromium, driven by playwright."""

from __future__ import annotations

import shutil

import pytest

CHROMIUM = shutil.which("chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]


@pytest.fixture(scope="session")
def browser():
    if CHROMIUM is None:
        pytest.skip("NO CHROMIUM HERE: install Debian's chromium to run the browser proofs")
    playwright = pytest.importorskip("playwright.sync_api", reason="PLAYWRIGHT IS ABSENT: make proofs installs it")
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def inside(browser, served):
    """Give the state of a browser that came in to the server of its module (`served`): further windows begin with it."""
    with browser.new_context() as context:
        page = context.new_page()
        served.come_in(page)
        yield context.storage_state()


@pytest.fixture(scope="session")
def axe():
    """Give what checks a page against the rules of accessibility that can be counted."""
    return pytest.importorskip(
        "axe_playwright_python.sync_playwright", reason="AXE IS ABSENT: make proofs installs it"
    ).Axe()


class Seen:
    """A page with what it asked for and what it complained about."""

    def __init__(self, context, address=None):
        self.page = context.new_page()
        self.requests, self.complaints = [], []
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("console", lambda message: self.complaints.append(f"{message.type}: {message.text}"))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        if address is not None:
            self.page.goto(address)


@pytest.fixture(scope="session")
def watched():
    """Give the way to open a page whose requests and complaints are written down."""
    return Seen
