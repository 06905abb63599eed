"""The interviews in the browser: the same plan as in the terminal, without JavaScript, and nothing overwritten."""

from __future__ import annotations

import datetime as dt
import html.parser

import pytest

from leadline.align.interviewing import Interviewing, begun
from leadline.plan.interview import read_flow
from leadline.plan.interview.answers import example_parts
from leadline.review.new_workspace import desk_of
from leadline.web.site import Site
from leadline.workspace import Workspace

NOW = dt.datetime(2026, 12, 31, 9, 30, tzinfo=dt.UTC).replace(tzinfo=None)
HOSTILE = '<script>alert(1)</script>"><img src=x onerror=alert(2)>'

# What the minimal plan of the manual says, as answers to the first flow (as in the tests of the engine).
FIRST = {
    "first.frame": "Halden Pumps, 2027, EUR, 60 kEUR",
    "first.driver": "Ines, 16 h/week",
    "first.direction": "growing, Double recurring revenue in three years",
    "first.growth": "something new to the same, Sell monitoring to plants that run our pumps",
    "first.segment": "Plants that run our pumps, 640, 9 kEUR, no unplanned stops",
    "first.instead": "Nordsense; we also fix the pump; search, fair",
    "first.not": "chemicals, distributors",
    "first.objective": "47 contracts, 122, 2027-12-31, CRM",
    "first.worth": "9 kEUR",
    "first.hangout": 'maintenance group; "how many days before?"',
    "first.touch": "Field service visit, use, 81, 140 answers, service",
    "first.promise": "2 h, 40 h/week, Mara, 40 h/week",
    "first.tactic": 'Free retrofit checks, sell more to customers, "Know a seal failure ten days early", scheduled service visit',
    "first.because": "A free retrofit check shows a plant its own cost of stops, so it buys monitoring",
    "first.bridge": "120..160..200 checks, CRM",
    "first.bridge.step": "contracts, 15..25..35 %, 45 days, sales, Field service visit, CRM",
    "first.cost": "60 kEUR, 480 h, 2027-02-01..2027-10-31, fewer than 10 contracts from the first 80 checks",
    "first.watch": "Ines, monthly, 20 %, review, 10 days",
}
FOLLOW_UPS = {"keep": "keep", "method": "guess", "guess": "?", "reason": "it is not our case at all"}
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
    session = begun(flow, desk.read(), Interviewing(NOW.date()))
    while (prompt := session.next()) is not None:
        outcome = desk.reply(session, scripted(prompt.key) or "no", now=NOW)
        assert outcome.kind != "refused", outcome.says
        session = outcome.session
    return (folder / "plan.yaml").read_text(encoding="utf-8")


def in_acme(site: Site) -> Site:
    folder = site.workspace.folder / "acme"
    folder.mkdir()
    return Site(Workspace(folder), site.address, clock=lambda: NOW, by="Ines")


def test_the_same_lines_write_the_same_bytes_as_the_terminal(site, enter, in_terminal):
    acme = in_acme(site)
    client = enter(acme)

    def answer(shown):
        line = scripted(shown.asked["key"])
        return say(client, line or "", form=shown.asked) if line else say(client, form=shown.asked, do="no")

    run(client, answer)
    assert acme.workspace.plan.read_text(encoding="utf-8") == in_terminal
    assert "of each 100" in page(client).text.lower() or "of 100" in page(client).text.lower()


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
