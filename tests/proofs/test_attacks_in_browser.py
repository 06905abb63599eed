"""A plan, exports and names full of attacks in a real browser: nothing runs, nothing complains, nothing leaves."""

from __future__ import annotations

import datetime as dt
import socket
from urllib.parse import urlsplit

import pytest

import hostile
from leadline.plan.elements import KINDS, located
from leadline.plan.source import read_plan
from leadline.report.kept import keep_pages
from leadline.report.writing import FORMATS
from leadline.review.material import material
from leadline.review.run import Request, review
from leadline.web.tasks import import_task
from leadline.workspace import Workspace
from served import serve

pytestmark = pytest.mark.proof
NOW = dt.datetime(2026, 11, 22, 9, 30, tzinfo=dt.UTC).replace(tzinfo=None)
PLAIN = ("/", "/plan", "/plan/head", "/plan/text", "/maps/strategy", "/maps/touchpoints", "/evidence", "/results", "/findings", "/control",
         "/control/month", "/control/decide", "/control/waive", "/interview", "/interview/first", "/start", "/what-if?budget=-20+%25", "/jobs")  # fmt: skip


@pytest.fixture(scope="module")
def attacked(tmp_path_factory):
    """Give a workspace in which plan, exports and their names are attacks, reviewed, with every page kept."""
    folder = tmp_path_factory.mktemp("attacked")
    (folder / "plan.yaml").write_text(hostile.hostile_plan(), encoding="utf-8")
    (folder / "exports").mkdir()
    (folder / "exports" / "<img src=x onerror=boom(1)>.csv").write_bytes(hostile.ads())
    (folder / "exports" / "'javascript:boom(2)'.csv").write_bytes(hostile.unknown())
    workspace = Workspace(folder)
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("LEADLINE_KEY", "00" * 32)
        came = import_task(workspace, {}, tell=lambda *_: None)
        assert any(one["records"]["accepted"] for one in came["files"])
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
    assert rejects
    assert set(first) == set(KINDS.values())
    shown = [f"/show/{name}" for name in kept.names]
    for address in (*PLAIN, *first.values(), *rejects, *shown, "/evidence/mapping/'javascript:boom(2)'.csv"):
        answer = seen.page.goto(served.base + address)
        assert answer.status == 200, address
        assert seen.page.evaluate("window.boomed === undefined"), address
        assert seen.complaints == [], address
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


def test_what_was_found_is_for_its_owner_alone(attacked):
    workspace, _ = attacked
    for folder in (workspace.results, workspace.evidence):
        assert folder.stat().st_mode & 0o077 == 0, folder.name


def test_a_header_longer_than_any_browser_sends_is_refused(served):
    parts = urlsplit(served.base)
    with socket.create_connection((parts.hostname, parts.port), timeout=10) as line:
        line.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 200_000)
        assert line.recv(1000).startswith(b"HTTP/1.1 400")
