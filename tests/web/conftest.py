"""A browser on a site: requests go straight into the application, as a browser of this machine would send them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from leadline.plan.examples import example
from leadline.web.app import make_app
from leadline.web.guarding import Address
from leadline.web.site import Site
from leadline.workspace import Workspace

HOST = "http://127.0.0.1:8137"
NOW = dt.datetime(2026, 11, 22, 9, 30, tzinfo=dt.UTC).replace(tzinfo=None)  # as every clock here: UTC without a zone
OWN = {"sec-fetch-site": "same-origin", "origin": HOST}

Browser = TestClient


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """Give a site over an empty folder; write a plan.yaml into it to have one."""
    return Site(Workspace(tmp_path), Address.of(8137), clock=lambda: NOW, by="Ines")


@pytest.fixture
def planned(site: Site) -> Site:
    """Give a site whose plan is the shipped example of two bicycle shops (`leadline example`)."""
    (site.workspace.folder / "plan.yaml").write_text(example("tidewater-cycles"), encoding="utf-8")
    return site


@pytest.fixture
def enter() -> Iterator[Callable[[Site], Browser]]:
    """Give a function that opens a browser on a site: come in by the one-time address, its own headers on every request."""
    with ExitStack() as stack:

        def opened(site: Site) -> Browser:
            client = TestClient(make_app(site), base_url=HOST, headers=OWN, follow_redirects=False)
            stack.enter_context(client)
            assert client.get("/enter", params={"key": site.entry.new_key()}).status_code == 200
            return client

        yield opened
