"""Quality facts are asked of the tables once, and again as soon as anything that decides them is another."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json

import pytest

from leadline.evidence.frames import AsOf
from leadline.evidence.import_jobs import Setup
from leadline.evidence.imports import import_files
from leadline.evidence.plan_facts import PlanFacts
from leadline.evidence.privacy import Key
from leadline.evidence.store import open_store
from leadline.plan.source import read_plan
from leadline.review import looking_ahead
from leadline.review.kept_quality import kept_quality
from leadline.review.plan_facts import plan_facts
from leadline.settings import Settings
from leadline.workspace import Workspace

HEADER = "Campaign report\n1 January 2027 - 31 March 2027\nDay,Campaign,Currency code,Cost\n"
MARCH = AsOf(dt.date(2027, 3, 31), dt.datetime(2027, 4, 1))  # noqa: DTZ001 - UTC without zone
STATES = PlanFacts(states=frozenset({"lead", "sqo", "won"}), tactic_ids=("search",))


class Watched:
    """A store that remembers which questions were asked."""

    def __init__(self, store):
        self.store, self.asked = store, []

    def ask(self, query, **params):
        self.asked.append(query)
        return self.store.ask(query, **params)

    def snapshot(self):
        return self.store.snapshot()

    def exists(self):
        return self.store.exists()


@pytest.fixture
def workspace(tmp_path):
    found = Workspace(tmp_path)
    take(found, "2027-01-10,Brand,EUR,12.50\n2027-03-20,Brand,EUR,7.00\n")
    return found


def take(workspace, rows):
    file = workspace.folder / "ads.csv"
    file.write_text(HEADER + rows, encoding="utf-8")
    (report,) = import_files(
        workspace,
        [file],
        facts=STATES,
        setup=Setup(Key(bytes(32))),
        clock=lambda: dt.datetime(2027, 4, 1, tzinfo=dt.UTC),
    )
    assert report.status == "done", report.message


def looked_at(workspace, *, at=MARCH, facts=STATES, settings=None):
    """Return the facts, and whether any table was looked at for them."""
    store = Watched(open_store(workspace))
    odd = kept_quality(workspace, store, at=at, facts=facts, settings=settings or Settings())
    return odd, bool(store.asked)


def written(odd):
    """Return facts as they are printed; a list that was kept comes back as a tuple."""
    return json.dumps([dataclasses.asdict(one) for one in odd])


def test_the_second_look_asks_no_table_and_finds_the_same(workspace):
    first, again = looked_at(workspace), looked_at(workspace)
    assert first[1]
    assert not again[1]
    assert first[0], "a workspace with a gap of two months has something odd"
    assert written(again[0]) == written(first[0])


def test_whatever_decides_a_fact_makes_it_be_asked_again(workspace):
    looked_at(workspace)
    changes = (
        {"at": AsOf(dt.date(2027, 4, 1), dt.datetime(2027, 4, 2))},  # noqa: DTZ001 - UTC without zone
        {"facts": dataclasses.replace(STATES, tactic_ids=("search", "brand"))},
        {"settings": Settings(quality={"gap": 90.0})},
        {"settings": Settings(paths_window_days=30)},
    )
    for changed in changes:
        assert looked_at(workspace, **changed)[1], changed


def test_another_import_makes_every_fact_be_asked_again(workspace):
    before, _ = looked_at(workspace)
    take(workspace, "2027-02-01,Brand,CHF,9.00\n")
    after, is_anew = looked_at(workspace)
    assert is_anew
    assert written(after) != written(before)


def test_a_large_import_leaves_nothing_to_look_at_for_whoever_asks_next(workspace, monkeypatch):
    plan = "plan: {id: shop, title: A shop, currency: EUR, timezone: UTC}\n"
    (workspace.folder / "plan.yaml").write_text(plan, encoding="utf-8")
    known = plan_facts(read_plan(workspace.plan).plan)
    day = dt.date(2027, 3, 20)  # the last one that the export speaks of
    at = AsOf(day, dt.datetime(2027, 3, 21))  # noqa: DTZ001 - UTC without zone
    assert not looking_ahead.look_ahead(workspace, 999_999, now=lambda: dt.datetime(2027, 4, 1, tzinfo=dt.UTC))
    monkeypatch.setattr(looking_ahead, "MANY", 1)
    assert looking_ahead.look_ahead(workspace, 2, now=lambda: dt.datetime(2027, 4, 1, tzinfo=dt.UTC))
    assert not looked_at(workspace, at=at, facts=known)[1]
