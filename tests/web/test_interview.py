"""The interviews in the browser: the same plan as in the terminal, without JavaScript, and nothing overwritten."""

from __future__ import annotations

import datetime as dt
import html
import html.parser
import re

import pytest

from answering import FIRST, FOLLOW_UPS
from leadline.align.interviewing import Interviewing, begun
from leadline.plan.interview import available, read_flow
from leadline.plan.interview.answers import example_parts
from leadline.plan.source import read_plan
from leadline.review.new_workspace import desk_of
from leadline.web.site import Site
from leadline.workspace import Workspace

NOW = dt.datetime(2026, 12, 31, 9, 30, tzinfo=dt.UTC).replace(tzinfo=None)
HOSTILE = '<script>alert(1)</script>"><img src=x onerror=alert(2)>'


MOST = 60  # more answers than the flow has


class Page(html.parser.HTMLParser):
    """A page as a person sees it: its forms with their fields, its links, its words."""

    def __init__(self, text):
        super().__init__()
        self.forms, self.scripts, self.handlers, self.words = [], [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        self.handlers += [name for name, _ in attrs if name.startswith("on")]
        if tag == "script":
            self.scripts.append(values.get("src"))
        if tag == "form":
            self.forms.append({})
        if tag in ("input", "select") and self.forms and "name" in values:
            self.forms[-1].setdefault(values["name"], values.get("value", ""))

    def handle_data(self, data):
        self.words.append(data)

    @property
    def asked(self):
        """Give the form of the question."""
        return next(form for form in self.forms if "key" in form)

    @property
    def text(self):
        return " ".join(" ".join(self.words).split())


@pytest.fixture
def dated(site: Site) -> Site:
    """Give a site on the last day of 2026."""
    site.clock = lambda: NOW
    return site


def page(client, path="/interview/first"):
    answer = client.get(path)
    assert answer.status_code == 200
    return Page(answer.text)


def say(client, line="", *, at="/interview/first", form=None, **more):
    """Answer what a page asks, as its form without JavaScript does."""
    shown = form or page(client, at).asked
    sent = {"key": shown["key"], "version": shown["version"], "do": "answer", "line": line} | more
    return client.post(at, data=sent)


def scripted(key):
    if key.endswith("/another"):
        return None
    kind = key.rpartition("/")[2]
    return FOLLOW_UPS[kind] if "/" in key else FIRST[key.partition("@")[0]]


def run(client, answer):
    """Answer until nothing is asked any more. answer: how one question is answered, given the page."""
    for _ in range(MOST):
        shown = page(client)
        if not any("key" in form for form in shown.forms):
            return
        got = answer(shown)
        assert got.status_code == 303, Page(got.text).text
    raise AssertionError("the interview does not end")


@pytest.fixture(scope="module")
def in_terminal(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Give the plan that the same answers write through the desk of the terminal."""
    folder = tmp_path_factory.mktemp("terminal") / "acme"
    folder.mkdir()
    flow = read_flow("first")
    desk = desk_of(Workspace(folder), flow)
    session = begun(flow, desk.read(), how=Interviewing(NOW.date()))
    while (prompt := session.next()) is not None:
        outcome = desk.reply(session, scripted(prompt.key) or "no", now=NOW)
        assert outcome.kind != "refused", outcome.says
        session = outcome.session
    return (folder / "plan.yaml").read_text(encoding="utf-8")


def in_acme(site: Site) -> Site:
    folder = site.workspace.folder / "acme"
    folder.mkdir()
    return Site(Workspace(folder), site.address, clock=lambda: NOW, by="Ines")


@pytest.mark.slow
def test_the_same_lines_write_the_same_bytes_as_the_terminal(site, enter, in_terminal):
    acme = in_acme(site)
    client = enter(acme)

    def answer(shown):
        line = scripted(shown.asked["key"])
        return say(client, line or "", form=shown.asked) if line else say(client, form=shown.asked, do="no")

    run(client, answer)
    assert acme.workspace.plan.read_text(encoding="utf-8") == in_terminal
    assert "of each 100" in page(client).text.lower() or "of 100" in page(client).text.lower()


@pytest.mark.slow
def test_the_fields_of_a_group_write_the_same_bytes_as_its_line(site, enter, in_terminal):
    from dataclasses import replace

    acme = in_acme(site)
    client = enter(acme)

    def answer(shown):
        form, key = shown.asked, shown.asked["key"]
        line = scripted(key)
        if line is None:
            return say(client, form=form, do="no")
        if not any(name.startswith("part.") for name in form):
            return say(client, line, form=form)
        from leadline.web.interviewing import talk_of

        session = talk_of(acme, "first").session
        ask = session.find(key)
        as_example = replace(ask, question=replace(ask.question, example=line))
        parts = example_parts(as_example, document=session.document, today=session.today)
        assert parts
        data = {"key": key, "version": form["version"], "do": "answer"}
        return client.post("/interview/first", data=data | {f"part.{name}": text for name, text in parts.items()})

    run(client, answer)
    assert acme.workspace.plan.read_text(encoding="utf-8") == in_terminal


def test_an_answer_stands_in_the_history_and_can_be_undone(site, enter):
    from leadline.plan.history import History

    client = enter(site)
    say(client, FIRST["first.frame"])
    before = site.workspace.plan.read_text(encoding="utf-8")
    say(client, FIRST["first.driver"])
    after = site.workspace.plan.read_text(encoding="utf-8")
    assert after != before
    entry = History(site.workspace).read().entries[-1]
    assert entry.saying.by == "Ines"
    assert "drive" in entry.saying.said
    History(site.workspace).undo(entry.id, at=NOW, by="Ines")
    assert site.workspace.plan.read_text(encoding="utf-8") == before


def test_a_refusal_stands_beside_its_field_and_writes_nothing(site, enter):
    client = enter(site)
    shown = page(client).asked
    parts = {"part.organisation": "Halden", "part.window": "2027", "part.currency": "EUR", "part.budget": "sixty"}
    answer = client.post(
        "/interview/first", data={"key": shown["key"], "version": shown["version"], "do": "answer"} | parts
    )
    assert answer.status_code == 422
    wrong = re.search(r'<input id="[^"]*budget"[^>]*aria-describedby="([^"]*)" aria-invalid="true">', answer.text)
    assert wrong is not None
    told = wrong[1].split()[-1]
    assert '"sixty" is not a number' in html.unescape(answer.text.partition(f'id="{told}"')[2])
    assert 'value="Halden"' in answer.text
    assert not read_plan(site.workspace.plan).plan.plan.organisation


def test_an_empty_answer_asks_again_instead_of_leaving_it_open(site, enter):
    client = enter(site)
    assert say(client).status_code == 422
    assert page(client).asked["key"] == "first.frame"
    assert say(client, do="skip").status_code == 303
    assert page(client).asked["key"] == "first.driver"


@pytest.mark.parametrize("flow", [name for name in available() if name != "start" and not name.startswith("review-")])
def test_every_flow_asks_its_first_question_lists_it_and_takes_i_do_not_know(flow, planned, enter):
    client = enter(planned)
    at = f"/interview/{flow}"
    shown = page(client, at)
    if not any("key" in form for form in shown.forms):
        return  # the example leaves nothing of it open
    key = shown.asked["key"]
    listed = client.get(f"{at}/questions")
    assert listed.status_code == 200
    assert key.endswith("/another") or f"at={key.replace('@', '%40')}" in listed.text
    assert say(client, at=at, do="skip").status_code == 303
    after = page(client, at)
    assert not any(form.get("key") == key for form in after.forms)


def test_do_not_know_writes_an_assumption_and_back_takes_it_back(site, enter):
    client = enter(site)
    for line in ("first.frame", "first.driver"):
        say(client, FIRST[line])
    before = site.workspace.plan.read_text(encoding="utf-8")
    assert say(client, do="unknown").status_code == 303
    assert read_plan(site.workspace.plan).plan.control.assumptions[0].id == "unknown-first-direction"
    assert "nothing was made up" in page(client).text
    back = next(
        form for form in page(client).forms if set(form) == {"version"} or ("version" in form and "key" not in form)
    )
    client.post("/interview/first", data={"version": back["version"], "do": "back"})
    assert site.workspace.plan.read_text(encoding="utf-8") == before
    assert page(client).asked["key"] == "first.direction"


def test_not_applicable_takes_its_reason_and_writes_an_exception(site, enter):
    client = enter(site)
    for line in ("first.frame", "first.driver"):
        say(client, FIRST[line])
    shown = page(client, "/interview/first?at=first.instead").asked
    say(client, form=shown, do="waive", reason="Nobody else sells this here")
    waiver = read_plan(site.workspace.plan).plan.control.waivers[0]
    assert (waiver.code, waiver.reason) == ("SIT003", "Nobody else sells this here")


def test_a_number_is_read_back_and_kept_or_given_low_and_high(site, enter):
    client = enter(site)
    for line in (
        "first.frame",
        "first.driver",
        "first.direction",
        "first.growth",
        "first.segment",
        "first.instead",
        "first.not",
        "first.objective",
    ):
        shown = page(client, f"/interview/first?at={line}").asked
        assert say(client, FIRST[line], form=shown).status_code == 303
    shown = page(client, "/interview/first?at=first.worth@contracts").asked
    say(client, "9 kEUR", form=shown)
    asked = page(client)
    assert "as a guess means" in asked.text
    say(client, "8..12 kEUR", form=asked.asked)
    assert "8..9..12 kEUR" in site.workspace.plan.read_text(encoding="utf-8")
    assert "How do you know it" in page(client).text


def test_an_edit_made_elsewhere_is_shown_beside_the_answer_and_not_overwritten(site, enter):
    client = enter(site)
    say(client, FIRST["first.frame"])
    shown = page(client).asked
    plan = site.workspace.plan
    plan.write_text(
        plan.read_text(encoding="utf-8").replace("budget: 60 kEUR", "budget: 60 kEUR\n  driver: mara"), encoding="utf-8"
    )
    changed = plan.read_text(encoding="utf-8")
    answer = say(client, FIRST["first.driver"], form=shown)
    assert answer.status_code == 409
    assert plan.read_text(encoding="utf-8") == changed
    both = Page(answer.text)
    assert "mara" in both.text
    assert "ines" in both.text.lower()
    say(client, FIRST["first.driver"], form=both.asked)
    assert read_plan(plan).plan.plan.driver == "ines"


def test_an_answer_to_a_page_of_an_unknown_state_is_asked_again(site, enter):
    client = enter(site)
    say(client, FIRST["first.frame"])
    before = site.workspace.plan.read_text(encoding="utf-8")
    answer = say(client, FIRST["first.driver"], form={"key": "first.driver", "version": "0123456789abcdef"})
    assert answer.status_code == 409
    assert "Ines, 16 h/week" in html.unescape(answer.text)
    assert site.workspace.plan.read_text(encoding="utf-8") == before


def test_a_server_that_was_killed_goes_on_at_the_next_open_question(site, enter):
    client = enter(site)
    say(client, FIRST["first.frame"])
    say(client, do="skip")
    site.shared.clear()
    assert page(client).asked["key"] == "first.direction"


def test_nothing_that_is_answered_becomes_markup(site, enter):
    client = enter(site)
    say(client, FIRST["first.frame"])
    say(client, f"{HOSTILE}, 16 h/week")
    for line in ("first.direction", "first.growth"):
        say(client, FIRST[line])
    say(client, f'"{HOSTILE}"; 640; 9 kEUR; "{HOSTILE}"')
    assert HOSTILE.split(",", maxsplit=1)[0] in site.workspace.plan.read_text(encoding="utf-8").replace('\\"', '"')
    for path in (
        "/interview/first",
        "/interview/first/questions",
        "/interview/first?at=first.segment",
        "/interview/first?at=first.instead",
    ):
        shown = page(client, path)
        assert all(src and src.startswith("/static/") for src in shown.scripts), path
        assert shown.handlers == [], path
    refused = say(client, HOSTILE, form=page(client, "/interview/first?at=first.objective").asked)
    assert refused.status_code == 422
    assert Page(refused.text).handlers == []


def test_looking_writes_nothing(site, enter):
    client = enter(site)
    for path in (
        "/interview",
        "/interview/first",
        "/interview/first/questions",
        "/interview/triage",
        "/interview/review-month",
    ):
        assert client.get(path).status_code == 200
    assert [path.name for path in site.workspace.folder.iterdir() if path.name != "evidence"] == []


def test_unknown_flows_and_questions_are_not_there(planned, enter):
    client = enter(planned)
    for path in (
        "/interview/nothing",
        "/interview/start",
        "/interview/first?at=first.nothing",
        "/interview/first?at=%00",
    ):
        assert client.get(path).status_code == 404, path
    assert client.get("/interview", params={"flow": "quick"}).headers["location"] == "/interview/quick"
    assert client.get("/interview", params={"flow": "//elsewhere"}).status_code == 200


def test_triage_ends_with_its_advice(planned, enter):
    client = enter(planned)
    before = planned.workspace.plan.read_text(encoding="utf-8")
    for number in range(7):
        say(client, at="/interview/triage", do="yes" if number < 2 else "no")
    text = page(client, "/interview/triage").text
    assert "2 of 7 yes" in text
    assert planned.workspace.plan.read_text(encoding="utf-8") == before


def test_the_month_asks_nothing_where_no_watch_asks_for_it(planned, enter):
    assert "Look again" in page(enter(planned), "/interview/review-month").text


def test_a_quarter_asks_what_its_look_found_and_writes_the_answer(planned, enter, monkeypatch):
    from leadline.web.jobs import Jobs
    from leadline.web.pages.jobs import jobs_of
    from leadline.web.reading import version_of

    async def idle(self):
        del self

    monkeypatch.setattr(Jobs, "recover", idle)
    client, at = enter(planned), "/interview/review-quarter"
    assert "Look for what there is to ask" in page(client, at).text
    client.post(f"{at}/again")
    job = jobs_of(planned).all()[0]
    assert (job.kind, dict(job.arguments)) == ("ask", {"flow": "review-quarter"})
    item = {"id": "assumption:a-slots", "lines": ["Due on 2027-03-20."], "money": None, "path": ["control", "assumptions", 0],
            "name": "Mechanics keep to the slots", "values": {"kind": "assumption", "assumption": "a-slots", "at": "a-slots"}}  # fmt: skip
    texts = read_plan(planned.workspace.plan).texts
    result = {"plan": "plan.yaml", "version": version_of(texts), "day": "2027-03-21", "items": [item]}
    jobs_of(planned)._tell(job.id, "begun")
    jobs_of(planned)._tell(job.id, "done", result=result)
    assert "Due on 2027-03-20." in page(client, at).text
    assert say(client, "true, 18 of 20", at=at).status_code == 303
    kept = read_plan(planned.workspace.plan).plan.control.assumptions[0]
    assert (kept.state, kept.notes) == ("true", "18 of 20")
    assert "Look again" in page(client, at).text


def test_what_was_just_written_can_be_given_another_id(site, enter):
    client = enter(site)
    for line in ("first.frame", "first.driver", "first.direction", "first.growth", "first.segment"):
        say(client, FIRST[line], form=page(client, f"/interview/first?at={line}").asked)
    form = next(form for form in page(client).forms if "old" in form)
    client.post("/interview/first", data={"do": "rename", "old": form["old"], "new": "our-plants"})
    assert read_plan(site.workspace.plan).plan.situation.segments[0].id == "our-plants"
    assert "is now our-plants" in page(client).text


def test_an_idea_that_reaches_no_aim_is_parked_and_the_next_one_begins_anew(planned, enter):
    client, at = enter(planned), "/interview/ladder"
    before = {idea.id for idea in read_plan(planned.workspace.plan).plan.control.ideas}
    for line in ("a podcast", "people listen", "listeners +20..40..60", "being talked about", "none"):
        if any("key" in form for form in page(client, at).forms):
            say(client, line, at=at)
    ended = client.get(at)
    parked = {idea.id for idea in read_plan(planned.workspace.plan).plan.control.ideas} - before
    assert parked, Page(ended.text).text
    assert page(client, at).asked["key"] == "ladder.what"
