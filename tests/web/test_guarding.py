"""Who may ask at all: one test for each way to ask that is refused."""

import asyncio
from unittest.mock import Mock

import pytest
from starlette.testclient import TestClient

from leadline.web.app import make_app
from leadline.web.guarding import BODY_BYTES, HEADERS, POLICY, TooSlowError, _at_most

HOST = "http://127.0.0.1:8137"


@pytest.fixture
def outside(site):
    return TestClient(make_app(site), base_url=HOST, follow_redirects=False)


def test_a_browser_that_did_not_come_in_sees_nothing_of_the_workspace(planned, outside):
    title = planned.plan.now().document.plan.plan.title
    for path in ("/", "/show/review", "/entering", "/api/plan"):
        answer = outside.get(path)
        assert (answer.status_code, title in answer.text) == (403, False)
        assert "one-time address" in answer.text
    assert title not in outside.get("/static/nothing").text


def test_a_one_time_address_opens_once(site, outside):
    key = site.entry.new_key()
    assert outside.get("/enter", params={"key": key}).status_code == 200
    stolen = TestClient(outside.app, base_url=HOST)
    again = stolen.get("/enter", params={"key": key})
    assert again.status_code == 403
    assert "used already" in again.text
    assert not stolen.cookies


def test_a_new_one_time_address_ends_the_one_before(site, outside):
    old, new = site.entry.new_key(), site.entry.new_key()
    assert outside.get("/enter", params={"key": old}).status_code == 403
    assert outside.get("/enter", params={"key": new}).status_code == 200


@pytest.mark.parametrize("key", ["", "x", "ключ", "a" * 5000, "\x00"])
def test_a_guessed_address_opens_nothing(site, outside, key):
    site.entry.new_key()
    answer = outside.get("/enter", params={"key": key})
    assert (answer.status_code, dict(outside.cookies)) == (403, {})


def test_the_session_is_for_this_site_alone_and_no_script_reads_it(site, outside):
    cookie = outside.get("/enter", params={"key": site.entry.new_key()}).headers["set-cookie"].lower()
    assert "samesite=strict" in cookie
    assert "httponly" in cookie
    assert cookie.startswith("leadline-8137=")


@pytest.mark.parametrize(
    "host",
    [
        "localhost.:8137",
        "127.0.0.1.:8137",
        "[::ffff:127.0.0.1]:8137",
        "0.0.0.0:8137",
        "127.1:8137",
        "evil.example",
        "evil.example:8137",
        "127.0.0.1",
        "127.0.0.1:8138",
        "127.0.0.1:8137.evil.example",
        "",
    ],
)
def test_another_host_name_is_not_answered_dns_rebinding(site, enter, host):
    answer = enter(site).get("/", headers={"host": host})
    assert answer.status_code == 421
    assert "other site can speak" in answer.text


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:9000"},
        {"origin": "https://127.0.0.1:8137"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "none"},
        {"origin": "http://127.0.0.1:8137", "sec-fetch-site": "cross-site"},
        {},
    ],
)
def test_a_change_that_another_site_asks_for_is_refused(site, enter, headers):
    client = enter(site)
    del client.headers["origin"], client.headers["sec-fetch-site"]
    answer = client.post("/scheme", data={"scheme": "dark"}, headers=headers)
    assert answer.status_code == 403
    assert "another site" in answer.text


def test_a_change_from_our_own_page_is_taken(site, enter):
    assert enter(site).post("/scheme", data={"scheme": "dark", "back": "/show/review"}).status_code == 303


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND"])
def test_only_reading_and_posting_exist(site, enter, method):
    assert enter(site).request(method, "/").status_code == 405


@pytest.mark.parametrize(
    "back", ["//evil.example", "https://evil.example", "/\\evil.example", "\\\\evil", "javascript:x"]
)
def test_no_form_sends_the_browser_to_another_site(site, enter, back):
    answer = enter(site).post("/scheme", data={"scheme": "dark", "back": back})
    assert answer.headers["location"] == "/"


def test_every_answer_carries_the_policy_and_none_is_kept_by_the_browser(site, enter):
    client = enter(site)
    for path, status in (("/show/review", 200), ("/nowhere", 404), ("/enter?key=x", 403)):
        answer = client.get(path)
        assert answer.status_code == status
        assert {name: answer.headers[name] for name in HEADERS} == HEADERS
        assert answer.headers["cache-control"] == "no-store"
    assert "unsafe" not in POLICY


def test_a_body_larger_than_any_form_is_refused_by_its_length_and_while_it_comes(site, enter):
    client = enter(site)
    assert client.post("/scheme", data={"scheme": "x" * (BODY_BYTES + 1)}).status_code == 413

    def coming():
        for _ in range(BODY_BYTES // 65536 + 2):
            yield b"x" * 65536

    kind = {"content-type": "application/x-www-form-urlencoded"}
    assert client.post("/scheme", content=coming(), headers=kind).status_code == 413


@pytest.mark.parametrize(
    "path",
    [
        "/static/..%2f..%2fapp.py",
        "/static/../app.py",
        "/static/%2e%2e/app.py",
        "/static//etc/passwd",
        "/static/__init__.py",
    ],
)
def test_static_files_are_a_list_and_not_a_folder(site, enter, path):
    assert enter(site).get(path).status_code == 404


def test_what_was_done_is_told_once_and_escaped(site, enter):
    client = enter(site)
    session = next(iter(site.entry._sessions.values()))
    session.told.append(("ok", "<script>alert(1)</script>"))
    first, second = client.get("/show/review").text, client.get("/show/review").text
    assert "&lt;script&gt;alert(1)" in first
    assert "<script>alert" not in first
    assert "alert(1)" not in second


def test_a_fault_of_ours_is_a_page_without_its_trace_and_the_terminal_learns_what_it_was(
    planned, enter, monkeypatch, caplog
):
    client = enter(planned)
    monkeypatch.setattr("leadline.web.pages.shown.current", lambda site: 1 / 0)
    answer = client.get("/show/review")
    assert answer.status_code == 500
    assert "a fault of Leadline" in answer.text
    assert "division" not in answer.text
    assert "Traceback" not in caplog.text
    assert "GET /show/review: ZeroDivisionError: division by zero" in caplog.text


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"sec-fetch-site": "same-site", "sec-fetch-mode": "no-cors", "sec-fetch-dest": "image"}, 403),
        ({"sec-fetch-site": "same-site", "sec-fetch-mode": "cors", "sec-fetch-dest": "empty"}, 403),
        ({"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "iframe"}, 403),
        ({"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}, 200),
        ({"sec-fetch-site": "none", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}, 200),
        ({"sec-fetch-site": "same-origin", "sec-fetch-mode": "cors", "sec-fetch-dest": "empty"}, 200),
    ],
)
def test_what_another_site_reads_behind_its_page_is_refused_and_a_link_to_us_is_not(site, enter, headers, status):
    client = enter(site)
    for path in ("/jobs", "/static/style.css"):
        assert client.get(path, headers=headers).status_code == status


def test_a_body_that_does_not_come_to_its_end_is_given_up_and_one_that_has_ended_is_not_hurried(monkeypatch):
    monkeypatch.setattr("leadline.web.guarding.SLOW_SECONDS", 0.01)
    pieces = [{"type": "http.request", "body": b"a", "more_body": True}]

    async def coming():
        if not pieces:
            await asyncio.sleep(0.1)
            return {"type": "http.disconnect"}
        return pieces.pop()

    async def read(times):
        receive = _at_most(coming, 10)
        return [(await receive())["type"] for _ in range(times)]

    with pytest.raises(TooSlowError):
        asyncio.run(read(2))
    pieces.append({"type": "http.request", "body": b"a", "more_body": False})
    assert asyncio.run(read(2)) == ["http.request", "http.disconnect"]


def test_a_connection_without_a_whole_head_is_closed_and_one_that_is_answered_is_not(site, monkeypatch):
    import uvicorn
    from uvicorn.server import ServerState

    from leadline.web.connecting import TimedProtocol

    monkeypatch.setattr("leadline.web.connecting.HEAD_SECONDS", 0.02)
    head = b"GET / HTTP/1.1\r\nHost: 127.0.0.1:8137\r\n"

    async def is_closed(*sent):
        async def slow(scope, receive, send):
            await asyncio.sleep(0.05)

        made = TimedProtocol(uvicorn.Config(slow, http=TimedProtocol, ws="none"), ServerState(), {})
        transport = Mock(**{"is_closing.return_value": False, "get_extra_info.return_value": None})
        made.connection_made(transport)
        for piece in sent:
            made.data_received(piece)
        await asyncio.sleep(0.04)
        closed = transport.close.called
        made.connection_lost(None)
        return closed

    assert asyncio.run(is_closed())
    assert asyncio.run(is_closed(head))
    assert not asyncio.run(is_closed(head, b"\r\n"))
