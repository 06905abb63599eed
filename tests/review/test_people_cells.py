"""No document and no page tells how many people are in a group of few."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import re
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadline.align.facts import EvidenceFacts
from leadline.decide.known import Delivered, Known
from leadline.decide.ledger import Record
from leadline.evidence.frames import AsOf
from leadline.evidence.groups import SIZES
from leadline.evidence.linked_cells import Equations, Linked
from leadline.evidence.small_cells import HIDDEN
from leadline.measure.bridge.pooling import GroupRate
from leadline.plan.graph import Graph
from leadline.plan.source import parse_plan, read_plan
from leadline.report.blocks import Page, TableBlock
from leadline.report.pages.registry import kept_names, lay_out
from leadline.review.by_channel import FEW, ByChannel, ChannelView, OriginView
from leadline.review.check_facts import check_facts
from leadline.review.documents import evidence_document, review_document
from leadline.review.drift import drift_of
from leadline.review.drift_document import drift_document
from leadline.review.few_behind import few_behind
from leadline.review.hang import stands, unsaid
from leadline.review.material import material
from leadline.review.measuring import COUNTED_WHOLE, Measured, tells_few, with_own_rate
from leadline.review.people_cells import Shown, small_groups, step_rows
from leadline.review.run import Request, review
from leadline.settings import read_settings
from leadline.workspace import Workspace

NOW = dt.datetime(2027, 10, 1)  # noqa: DTZ001 - UTC without zone
PLAN = """
plan: {id: tiny, title: Tiny, window: 2027-01-01..2027-12-31, currency: EUR, budget: 40 kEUR, driver: ada, status: active}
metrics:
  - {id: lead, name: Leads, unit: count, better: up, stage: outcome, source: "stage:lead", every: week, owner: ada}
  - {id: won, name: Contracts, unit: count, better: up, stage: outcome, value_event: true, worth: 3 kEUR, source: "stage:won", every: month, owner: ada}
objectives:
  - {id: more, name: More, type: acquisition, metric: won, baseline: {value: 0 count, as_of: 2027-01-01}, target: {value: 20 count, by: 2027-12-31}, serves: [grow], owner: ada}
strategy: {levels: [{id: grow, level: corporate, direction: growth, statement: Grow, owner: ada}]}
tactics:
  bridge: [{from: lead, to: won, rate: 8..12..16 %, lag: 20..30..45 days, owner: ada, tracking: crm, method: expert}]
  list:
    - {id: ads, name: Search ads, serves: [more], dates: 2027-01-01..2027-12-31, budget: 30 kEUR, owner: ada, mechanism: People find it, tracked_as: {origin: [search]}, delivers: {metric: lead, count: 160, method: expert}}
    - {id: planted, name: planted, serves: [more], dates: 2027-01-01..2027-12-31, budget: 3 kEUR, owner: ada, mechanism: People come by, tracked_as: {origin: [planted-fair]}, delivers: {metric: lead, count: 60, method: expert}}
action: {people: [{id: ada, name: Ada, capacity: 30 h/week, cost: 50 EUR/h}]}
"""
MAPPING = """
mapping: 1
table: stages
match: {header: [id, stage, at, source]}
file: {encoding: utf-8, delimiter: ",", dates: "%Y-%m-%d"}
key: [id, stage]
columns: {subject_kind: {const: person}, stage: stage, entered_at: at, origin: source}
identifiers: {crm: id}
"""
TOUCHES = """
mapping: 1
table: touches
match: {header: [id, seen, by, what]}
file: {encoding: utf-8, delimiter: ",", dates: "%Y-%m-%d"}
key: [id, seen]
columns: {happened_at: seen, class: {const: activity}, event: what, channel: by}
identifiers: {crm: id}
"""
GROUPS = {"search": 40, "post": 23, "planted-fair": 2}  # how many people came by each origin


@pytest.fixture
def tiny(tmp_path, monkeypatch):
    """Give a reviewed company in which two people came by a planted origin and channel, both of whom bought."""
    monkeypatch.setenv("LEADLINE_KEY", "00" * 32)
    folder = tmp_path / "tiny"
    (folder / "exports").mkdir(parents=True)
    (folder / "plan.yaml").write_text(PLAN)
    (folder / "leadline.toml").write_text("as_of = 2027-09-01\n")
    stages, touches, number = ["id,stage,at,source"], ["id,seen,by,what"], 0
    for origin, count in GROUPS.items():
        for _ in range(count):
            number += 1
            day = dt.date(2027, 1, 3) + dt.timedelta(days=number)
            stages.append(f"c{number},lead,{day},{origin}")
            touches.append(f"c{number},{day},{origin},visit")
            if number % 3 == 0 or "planted" in origin:
                stages.append(f"c{number},won,{day + dt.timedelta(days=20)},{origin}")
    for name, rows, mapping in (("deals", stages, MAPPING), ("visits", touches, TOUCHES)):
        (folder / "exports" / f"{name}.csv").write_text("\n".join(rows) + "\n")
        (folder / "exports" / f"{name}.mapping.yaml").write_text(mapping)
    workspace = Workspace(folder)
    assert read_settings(workspace.settings).privacy.small_cell == 10
    return workspace, review(workspace, Request(now=lambda: NOW, progress=lambda _: None))


def rows_of(value):
    """Yield every row of a document that speaks of the planted group."""
    if isinstance(value, dict):
        if any(isinstance(one, str) and "planted" in one for one in value.values()):
            yield value
        for one in value.values():
            yield from rows_of(one)
    elif isinstance(value, (list, tuple)):
        for one in value:
            yield from rows_of(one)


def tables_of(value):
    """Yield every table of a page, however deep it lies."""
    if isinstance(value, TableBlock):
        yield value
    elif dataclasses.is_dataclass(value):
        for one in dataclasses.fields(value):
            yield from tables_of(getattr(value, one.name))
    elif isinstance(value, (list, tuple)):
        for one in value:
            yield from tables_of(one)


@pytest.mark.slow
def test_two_people_of_a_planted_group_are_a_number_in_no_document_and_on_no_page(tiny):
    workspace, seen = tiny
    document = review_document(seen, "").model_dump(mode="json")
    found = [*rows_of(document["results"]), *rows_of(document["decide"])]
    assert found, "the group is spoken of"
    for row in found:
        assert 2 not in [value for value in row.values() if not isinstance(value, bool)], row
    by_group = {row["name"]: row for row in document["results"]["bridge"] if row["group"] == "origin"}
    assert [by_group["planted-fair"][name] for name in ("entered", "moved", "raw_ratio")] == [None] * 3
    assert by_group["post"]["entered"] is None, "the total would tell it"
    assert by_group["search"]["entered"] == 40
    assert "fewer than 10 people" in by_group["planted-fair"]["note"]
    spoken = 0
    made = material(seen, workspace)
    for name, _ in kept_names(made):
        page = lay_out(name, made)
        assert isinstance(page, Page)
        for table in tables_of(page):
            for row in table.rows:
                if any("planted" in str(cell) for cell in row):
                    spoken += 1
                    assert not [
                        cell for cell in row if re.fullmatch(r"2|2 (people|leads|contracts|conversions).*", str(cell))
                    ], (
                        name,
                        row,
                    )
    assert spoken > 3
    assert evidence_document(seen.evidence)["identity"]["people"] == sum(GROUPS.values()), (
        "everybody together is no group"
    )
    assert read_plan(workspace.plan).plan.plan.id == "tiny"
    told = " ".join(
        [
            *(row["reason"] for row in document["decide"]["ledger"]),
            *(one["text"] for one in document["check"]["findings"]),
        ]
    )
    assert not re.search(r"\b2 (of|entries|counted|leads)\b", told), told
    deliveries = {row.id: row for row in drift_document(drift_of(made), seen).deliveries}
    assert deliveries["planted>lead"].actual is None
    assert "fewer than 10 people" in deliveries["planted>lead"].reason
    outcome = next(one for one in lay_out("tactic:planted", made).sections if one.id == "outcome")
    assert "fewer than 10 people" in outcome.answer
    assert HIDDEN in [str(cell) for table in tables_of(outcome) for row in table.rows for cell in row]


def group(name, entered, moved):
    return GroupRate("origin", name, entered, moved, moved / entered, 0.0, 1.0)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 60), st.floats(0, 1)), min_size=1, max_size=6), st.integers(3, 12))
def test_whoever_subtracts_the_shown_groups_of_a_step_learns_of_no_few(counts, least):
    groups = [group(str(place), entered, round(entered * part)) for place, (entered, part) in enumerate(counts)]
    small = small_groups(groups, least=least)
    assert small.entered <= small.moved
    left = [one for one in groups if ("origin", one.name) in small.entered]
    for one in groups:
        if one not in left:
            assert one.entered >= least
        if ("origin", one.name) not in small.moved:
            assert all(count == 0 or count >= least for count in (one.moved, one.entered - one.moved))
    if 0 < len(left) < len(groups):
        assert len(left) > 1
        assert sum(one.entered for one in left) >= least + len(left) - 1


def test_a_bet_of_few_people_keeps_its_word_and_tells_no_count():
    own = PLAN.replace(
        "{origin: [planted-fair]},", "{origin: [planted-fair]}, bridge: [{from: lead, to: won, rate: 40..50..60 %}],"
    )
    graph = Graph(parse_plan(own).plan)
    groups = tuple(
        dataclasses.replace(group(name, *counts), column="tactic")
        for name, counts in {"": (80, 30), "ads": (40, 20), "planted": (2, 2)}.items()
    )
    measured = Measured(steps={("lead", "won"): SimpleNamespace(groups=groups)}, shown=Shown(frozenset({"lead"})))  # fmt: skip
    pairs = {("ads", "lead"): Delivered(40, NOW.date()), ("planted", "lead"): Delivered(2, NOW.date())}
    few = few_behind(graph, measured, delivered=pairs)
    assert few.numbers == {"planted/lead>won:rate", "planted>lead", "ads>lead"}, "the total tells"
    assert few.delivered == set(pairs)
    record = Record(
        "planted/lead>won:rate", "rate", "counted", 0.0, 0.2, "share", (NOW.date(), NOW.date()), "s1", ("stages",), rows=2,
        note="2 of 2 of this tactic moved so far", unusable="2 entries: mostly the average of the others",
    )  # fmt: skip
    (rate,) = [
        one.standing
        for one in stands(graph, (unsaid(record, few),), at=AsOf(NOW.date(), NOW), few=few)
        if one.standing.bet == record.bet
    ]
    assert (rate.word, rate.n, rate.known) == ("can't tell", 0, None)
    assert rate.reason == few.why
    told = check_facts(
        graph, EvidenceFacts(), found=(unsaid(dataclasses.replace(record, unusable=""), few),), known=Known(), few=few
    )
    assert told.measured[record.bet].n is None
    assert few_behind(graph, dataclasses.replace(measured, shown=Shown()), delivered=pairs).counts == frozenset(), (
        "companies"
    )


@settings(max_examples=60, deadline=None)
@given(st.tuples(*[st.tuples(st.integers(1, 60), st.floats(0, 1))] * 4))
def test_a_step_with_and_without_the_tactics_of_own_rates_tells_together_of_no_few(counts):
    own = PLAN.replace("]}, delivers", "]}, bridge: [{from: lead, to: won, rate: 40..50..60 %}], delivers")
    names, shown = with_own_rate(Graph(parse_plan(own).plan), ("lead", "won")), Shown(frozenset({"lead"}))
    assert names == {"ads", "planted"}
    groups = tuple(
        dataclasses.replace(group(name, entered, round(entered * part)), column="tactic")
        for name, (entered, part) in zip(("ads", "planted", "other", ""), counts, strict=True)
    )
    step = SimpleNamespace(groups=groups, from_state="lead")
    few = {name for _, name in small_groups(groups, least=shown.least).moved}
    assert tells_few(step, names, shown=shown) == bool(names & few)
    assert not tells_few(step, names, shown=Shown()), "companies"


@pytest.mark.proof
def test_where_the_counts_of_a_step_would_tell_of_few_it_keeps_its_rate_and_counts_everybody(tiny):
    workspace, before = tiny
    own = "{origin: [planted-fair]}, bridge: [{from: lead, to: won, rate: 40..50..60 %}],"
    workspace.plan.write_text(PLAN.replace("{origin: [planted-fair]},", own))
    seen = review(workspace, Request(now=lambda: NOW, progress=lambda _: None))
    (step,), (whole,) = seen.steps, before.steps
    assert (step.entered, step.moved) == (whole.entered, whole.moved) == (65, 23)
    assert COUNTED_WHOLE in step.note
    assert step.measured_rate.base < whole.measured_rate.base, "the two who bought are not in it"
    document = review_document(seen, "").model_dump(mode="json")
    assert [row["entered"] for row in document["results"]["bridge"] if row["group"] == "all"] == [65]
    told = json.dumps([document["results"], document["decide"]])
    assert not re.search(r": (63|21)[,}]|\b(63|21) (of|leads)\b", told), "without the two"


def test_origins_of_few_stand_together_and_channels_of_few_without_a_number():
    found = ByChannel(
        channels=(ChannelView("search", named=40, sales=14), ChannelView("fair", named=2, sales=2), ChannelView("post", named=30, sales=12)),
        origins=(OriginView("search", 40, 14), OriginView("post", 30, 12), OriginView("fair", 2, 2)), sales_known=True,
    ).shown(10)  # fmt: skip
    assert [(one.named, one.reach) for one in found.channels] == [(40, "sale"), (None, "sale"), (None, "sale")]
    assert [one.sales for one in found.channels] == [None] * 3, (
        "fewer than two groups of people are behind what is missing"
    )
    assert [(one.name, one.named, one.sales) for one in found.origins] == [("search", 40, 14), (FEW, 32, 14)]
    assert "fewer than 10 people" in found.note
    assert found.shown(10).origins == found.origins


def crossing(crossed):
    """Return what is known by channel of people who came by channel and origin: name of each → people, buyers."""
    sides = []
    for side in (0, 1):
        names = dict.fromkeys(pair[side] for pair in crossed if pair[side])
        sums = {
            name: [sum(one[at] for pair, one in crossed.items() if pair[side] == name) for at in (0, 1)]
            for name in names
        }
        sides.append([(name, *sums[name]) for name in names])
    channels = tuple(ChannelView(name, named=named, sales=sales) for name, named, sales in sides[0])
    return ByChannel(channels, origins=tuple(OriginView(*one) for one in sides[1]), sales_known=True, crossed=crossed)


def test_an_origin_tells_nothing_of_a_channel_that_is_hidden():
    crossed = {
        ("search", "google"): (28, 0), ("search", "bing"): (12, 0), ("post", "letter"): (13, 0), ("fair", "stand"): (2, 0),
        ("call", "call"): (11, 0),
    }  # fmt: skip
    alone = dataclasses.replace(crossing(crossed), crossed={}).shown(10)
    assert {one.name: one.named for one in alone.channels} == {"search": 40, "post": None, "fair": None, "call": None}
    found = crossing({**crossed, ("post", "card"): (9, 0)}).shown(10)
    assert next(one.named for one in found.channels if one.name == "fair") is None
    shown = {one.name for one in found.origins}
    assert not {"letter", "card", "stand"} <= shown
    assert found.shown(10) == found, "what is hidden is not asked again"


def test_a_group_that_another_table_hides_is_hidden_in_the_rows_of_a_step():
    groups = group("search", 40, 20), group("post", 30, 12)
    rows = [{"entered": one.entered, "moved": one.moved, "note": ""} for one in groups]
    step = SimpleNamespace(
        from_state="lead", groups=groups, table=lambda: [{"entered": 70, "note": ""}, *(dict(one) for one in rows)]
    )
    shown = Shown(frozenset({"lead"}))
    assert [row["entered"] for row in step_rows(step, shown)] == [70, 40, 30]
    apart = dataclasses.replace(shown, apart=frozenset({("origin", "post")}))
    assert [(row["entered"], row.get("moved")) for row in step_rows(step, apart)][1:] == [(40, 20), (None, None)]


NAMES = st.tuples(st.sampled_from(["", "a", "b", "c"]), st.sampled_from(["u", "v", "w", "x"]))


@settings(max_examples=30, deadline=None)
@given(st.dictionaries(NAMES, st.tuples(st.integers(1, 40), st.floats(0, 1)), min_size=1, max_size=9))
def test_channels_and_origins_together_tell_no_few(given_):
    crossed = {pair: (people, round(people * part)) for pair, (people, part) in given_.items()}
    found = crossing(crossed).shown(10)
    atoms = {
        (*pair, bought): n
        for pair, (all_, some) in crossed.items()
        for bought, n in ((True, some), (False, all_ - some))
        if n
    }
    sides = [
        [(one.name, one.named, one.sales) for one in found.channels],
        [(one.name, one.named, one.sales) for one in found.origins],
    ]
    sums, groups = [], []
    for side in (0, 1):
        folded = {pair[side] for pair in crossed} - {name for name, *_ in sides[side]} if side else set()
        for name, *told in sides[side]:
            mine = frozenset(one for one in atoms if one[side] == name or (name == FEW and one[side] in folded))
            bought = frozenset(one for one in mine if one[2])
            sums += [group for group, count in zip((mine, bought), told, strict=True) if count is not None]
            assert all(
                count is None or count == sum(atoms[one] for one in group)
                for group, count in zip((mine, bought), told, strict=True)
            )
        for name in {pair[side] for pair in crossed} - {""}:
            mine = frozenset(one for one in atoms if one[side] == name)
            bought = frozenset(one for one in mine if one[2])
            groups += [mine, bought, *([mine - bought] if bought else [])]
    known = Equations(Linked(atoms, {}), sums)
    for one in groups:
        count = sum(atoms[atom] for atom in one)
        assert not 0 < count < 10 or known.most(one) >= 10 - 1e-6, (one, found)


def test_the_words_of_what_is_hidden_hold_no_number():
    assert not re.search(r"\d", HIDDEN)
    assert SIZES[0] == (1, 1)
