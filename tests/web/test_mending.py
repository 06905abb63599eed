"""Rejects of every format, put right where they stand in the browser: cells of a table, records of JSON and XML as a whole."""

from __future__ import annotations

import html
import importlib.util
import re
import sys
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from leadline.web import warehouse
from leadline.web.app import make_app
from leadline.web.pages.jobs import jobs_of, take_in
from leadline.web.site import Site
from leadline.web.tasks import import_task

HOST = "http://127.0.0.1:8137"
SAMPLES = Path(__file__).resolve().parents[1] / "evidence" / "test_mending_formats.py"
FORMATS = ("x-posts", "meta-posts", "mailchimp", "rss", "atom", "mastodon-thread", "shopify-orders", "matomo-visits", "segment", "snowplow", "salesforce-fields")  # fmt: skip
BY_DAY = ("mastodon-thread",)  # the others in `make proofs`


@pytest.fixture(scope="module")
def samples() -> Any:
    spec = importlib.util.spec_from_file_location("mending_samples", SAMPLES)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def imported(site: Site, arguments: dict[str, object] | None = None) -> dict[str, Any]:
    """Do the import that waits, as its child process would; return what became of its only file."""
    if arguments is not None:
        take_in(site, arguments)
    (job,) = [job for job in jobs_of(site).all() if job.kind == "import" and not job.is_over]
    result = import_task(site.workspace, job.arguments, tell=lambda *_: None)
    jobs_of(site)._tell(job.id, "begun")
    jobs_of(site)._tell(job.id, "done", result=result)
    (report,) = result["files"]
    return dict(report)


def fields_of(page: str) -> dict[str, str]:
    """Return the fields of the page's form as a browser would send them."""
    found = dict(re.findall(r'name="((?:was|cell)[.\w]*)" value="([^"]*)"', page))
    found |= dict(re.findall(r'<textarea[^>]* name="(cell[.\w]*)"[^>]*>\n(.*?)</textarea>', page, re.DOTALL))
    return {name: html.unescape(value) for name, value in found.items()}


def changes(bad: str, good: str) -> dict[str, str]:
    """Return what to type over in a cell: the whole text, or its parts where it reaches over several cells."""
    alike = bad.count(",") == good.count(",")
    parts = dict(zip(bad.split(","), good.split(","), strict=True)) if alike else {}
    return {bad: good, **{old: new for old, new in parts.items() if old != new and old.strip()}}


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[] if name in BY_DAY else [pytest.mark.proof]) for name in FORMATS]
)
def test_a_record_is_put_right_in_the_browser(
    planned: Site, monkeypatch: pytest.MonkeyPatch, samples: Any, shared: Path, name: str
) -> None:
    monkeypatch.setenv("LEADLINE_KEY", "11" * 32)
    file, good, bad = samples.CASES[name]
    path = samples.put(planned, shared, name, file, good, bad)
    if name == "snowplow":
        good, bad = f'"event_id":"{good}"', '"event_id":""'
    report = imported(planned, {"files": [f"exports/{path.name}"], "currency": "EUR", "accept_rejects": True})
    assert report["status"] == "done", report
    client = TestClient(
        make_app(planned),
        base_url=HOST,
        headers={"sec-fetch-site": "same-origin", "origin": HOST},
        follow_redirects=False,
    )
    assert client.get("/enter", params={"key": planned.entry.new_key()}).status_code == 200
    address = f"/evidence/rejects/{report['import_id']}"
    page = client.get(address).text
    form, typed = fields_of(page), changes(bad, good)
    held = [(field, old) for field, value in form.items() for old in typed if old in value and field.startswith("cell")]
    assert held, (name, form)
    field, old = held[0]
    form[field] = form[field].replace(old, typed[old])
    lines = re.findall(r'name="line" value="(\d+)"', page)
    assert client.post(f"{address}/mend", data={**form, "line": lines}).headers["location"] == address
    mended = imported(planned)
    assert (mended["status"], mended["records"]["accepted"]) == ("done", 1), mended
    line = int(field.split(".")[1])
    asked = warehouse.ask(
        planned,
        lambda store: store.ask(
            "SELECT count(*) AS n FROM rejects WHERE line = :line AND mended_by IS NULL", line=line
        ).to_pylist(),
    )
    assert asked == [{"n": 0}]
    assert f'id="line-{line}"' not in client.get(address).text
