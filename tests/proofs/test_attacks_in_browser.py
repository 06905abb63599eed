"""A plan, exports and names full of attacks in a real browser: nothing runs, nothing complains, nothing leaves."""

from __future__ import annotations

import contextlib
import datetime as dt
import io
import re
import socket
import time
import zipfile
from urllib.parse import urlsplit

import httpx2
import pytest

import hostile
from leadline.plan.elements import KINDS, located
from leadline.plan.source import read_plan
from leadline.report.kept import keep_pages
from leadline.report.writing import FORMATS
from leadline.review.material import material
from leadline.review.run import Request, review
from leadline.web.jobs import Jobs
from leadline.web.tasks import import_task
from leadline.workspace import Workspace
from served import serve

pytestmark = pytest.mark.proof
NOW = dt.datetime(2026, 11, 22, 9, 30, tzinfo=dt.UTC).replace(tzinfo=None)
PLAIN = ("/", "/plan", "/plan/head", "/plan/text", "/maps/strategy", "/maps/touchpoints", "/evidence", "/results", "/findings", "/control",
         "/control/month", "/control/decide", "/control/waive", "/interview", "/interview/first", "/start", "/what-if?budget=-20+%25", "/jobs")  # fmt: skip


EXPORTS = frozenset({"google-ads", "meta-ads", "linkedin-ads", "x-ads", "hubspot-deals", "hubspot-contacts", "ga4", "generic", "mailchimp",
                     "matomo-visits", "segment", "snowplow", "shopify-orders"})  # fmt: skip


def drop_poisoned(shared, exports):
    """Put every sample export into a folder, its texts made attacks: once as far as it is read all the same, once wholly."""
    for file in sorted((shared / "exports").glob("*/*.*")):
        if (
            file.suffix not in (".csv", ".json", ".jsonl")
            or file.name == "expected.json"
            or file.parent.name == "channels"
        ):
            continue
        for whole in (False, True):
            name = f"{'w' if whole else 't'}<b>{file.parent.name}-{file.stem}"
            (exports / f"{name}{file.suffix}").write_bytes(hostile.poisoned(file, whole=whole))
            mapping = file.with_name(f"{file.stem}.mapping.yaml")
            if mapping.exists():
                (exports / f"{name}.mapping.yaml").write_bytes(mapping.read_bytes())


@pytest.fixture(scope="module")
def attacked(tmp_path_factory, shared):
    """Give a workspace in which plan, exports and their names are attacks, reviewed, with every page kept."""
    folder = tmp_path_factory.mktemp("attacked")
    (folder / "plan.yaml").write_text(hostile.hostile_plan(), encoding="utf-8")
    (folder / "exports").mkdir()
    (folder / "exports" / "<img src=x onerror=boom(1)>.csv").write_bytes(hostile.ads())
    (folder / "exports" / "'javascript:boom(2)'.csv").write_bytes(hostile.unknown())
    drop_poisoned(shared, folder / "exports")
    workspace, jobs = Workspace(folder), Jobs(Workspace(folder), lambda: NOW)
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("LEADLINE_KEY", "00" * 32)
        told = jobs.start("import", {"currency": "EUR", "accept_rejects": True})
        came = import_task(workspace, told.arguments, tell=lambda *_: None)
        assert {one["recognised_as"] for one in came["files"] if one["records"]["accepted"]} >= EXPORTS
        jobs._tell(told.id, "done", result=came)
        kept = keep_pages(material(review(workspace, Request(now=lambda: NOW)), workspace), workspace, made_at=NOW)
    return workspace, kept


@pytest.fixture(scope="module")
def served(attacked):
    with serve(attacked[0].folder) as server:
        yield server


def test_no_attack_runs_or_breaks_the_policy_on_any_page(browser, attacked, served, watched):
    workspace, kept = attacked
    context = browser.new_context()
    seen = watched(context)
    dialogs = []
    seen.page.on("dialog", lambda one: (dialogs.append(one.message), one.dismiss()))
    seen.page.add_init_script("window.boom = () => { window.boomed = true; console.error('boom') }")
    served.come_in(seen.page)
    document = read_plan(workspace.plan)
    first = {one.kind: f"/plan/{one.path[0]}/{one.element.id}" for one in located(document.plan)}
    rejects = [f"/evidence/rejects/{file.stem}" for file in workspace.rejects.glob("*.csv")]
    assert len(rejects) > 10
    imports = [f"/jobs/{job.id}" for job in Jobs(workspace, lambda: NOW).all()]
    assert set(first) == set(KINDS.values())
    shown = [f"/show/{name}" for name in kept.names]
    for address in (*PLAIN, *first.values(), *rejects, *shown, *imports, "/evidence/mapping/'javascript:boom(2)'.csv"):
        answer = seen.page.goto(served.base + address)
        assert answer.status == 200, address
        assert seen.page.evaluate("window.boomed === undefined"), address
        assert seen.complaints == [], address
        assert hostile.Harm(answer.text()).found == [], address
    assert dialogs == []
    assert {urlsplit(one).netloc for one in seen.requests} == {urlsplit(served.base).netloc}
    context.close()


def test_no_attack_runs_in_a_report_opened_as_a_file(browser, attacked, watched, tmp_path):
    _, kept = attacked
    context = browser.new_context()
    seen = watched(context)
    for name in kept.names:
        file = tmp_path / "page.html"
        file.write_bytes(FORMATS["html"](kept.page(name)))
        seen.page.goto(file.as_uri())
        assert seen.complaints == [], name
        assert hostile.Harm(file.read_text(encoding="utf-8")).found == [], name
    assert all(one.startswith("file:") for one in seen.requests)
    context.close()


@pytest.mark.parametrize("ending", ["docx", "pptx", "xlsx", "pdf", "md"])
def test_no_attack_becomes_a_formula_a_link_or_markup_in_any_other_format(attacked, ending):
    _, kept = attacked
    for name in ("review", "deals"):
        made = FORMATS[ending](kept.page(name))
        if ending == "md":
            text = made.decode()
            assert "boom" in text
            assert not re.search(r"(?<!\\)<[a-z/]|(?<!\\)\]\(|[\u202a-\u202e\u2066-\u2069]", text)
        elif ending == "pdf":
            assert not re.search(rb"/(?:URI|JavaScript|JS|Launch|OpenAction|EmbeddedFile)\b", made)
        else:
            with zipfile.ZipFile(io.BytesIO(made)) as archive:
                parts = {one: archive.read(one) for one in archive.namelist() if one.endswith((".xml", ".rels"))}
            whole = b"".join(parts.values())
            assert b"boom" in whole
            assert b'TargetMode="External"' not in whole
            assert not re.search(rb"<(?:script|img|svg|iframe)|</textarea", whole)
            assert not re.search("[\u202a-\u202e\u2066-\u2069]", whole.decode())
            assert not any(b"<f>" in part for one, part in parts.items() if one.startswith("xl/worksheets/"))


def test_what_was_found_is_for_its_owner_alone(attacked):
    workspace, _ = attacked
    for folder in (workspace.results, workspace.evidence):
        assert folder.stat().st_mode & 0o077 == 0, folder.name


def test_a_header_longer_than_any_browser_sends_is_refused(served):
    parts = urlsplit(served.base)
    with socket.create_connection((parts.hostname, parts.port), timeout=10) as line:
        line.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 200_000)
        assert line.recv(1000).startswith(b"HTTP/1.1 400")


def test_who_sends_halves_of_requests_keeps_nobody_out(served):
    parts = urlsplit(served.base)
    head = f"POST /scheme HTTP/1.1\r\nHost: {parts.netloc}\r\n".encode()
    halves = (b"", head, head + b"Content-Length: 1000\r\n\r\nscheme=")
    with contextlib.ExitStack() as stack:
        for number in range(300):
            line = stack.enter_context(socket.create_connection((parts.hostname, parts.port), timeout=10))
            line.sendall(halves[number % len(halves)])
        began = time.monotonic()
        for _ in range(10):
            assert httpx2.get(served.base + "/plan", timeout=5).status_code == 403
        assert time.monotonic() - began < 5
