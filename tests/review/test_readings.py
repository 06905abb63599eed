"""What was counted is what a person would count: days of the plan's zone, customers once, flows summed, levels left standing."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from types import SimpleNamespace

import pytest

from leadline.evidence import schema
from leadline.evidence.duckdb import DuckStore, create
from leadline.evidence.frames import as_of, stages
from leadline.evidence.plan_facts import PlanFacts
from leadline.plan.graph import Graph
from leadline.plan.source import parse_plan
from leadline.review import readings
from leadline.review.counted import covers, deliveries, known_of, spend_facts
from leadline.review.measuring import Measured
from leadline.review.run import Request, day_of
from leadline.review.views import unmatched

DAY = dt.date(2027, 6, 30)
PLAN = """
plan: {id: p, window: 2027-01-01..2027-12-31, currency: EUR, timezone: Europe/Berlin, status: active}
metrics:
  - {id: lead, unit: count, stage: outcome, role: marketing, source: "stage:lead"}
  - {id: what, unit: UNIT, stage: outcome, role: business, source: "SOURCE"}
situation:
  segments: [{id: s, status: existing, size: 100 count}]
objectives:
  - {id: aim, metric: what, baseline: BASELINE, target: {value: 90 UNIT, by: 2027-12-31}, serves: [m]}
strategy:
  levels: [{id: m, level: market, statement: x}]
tactics:
  list:
    - {id: search, intent: acquire, serves: [aim], segments: [s], dates: 2027-04-01..2027-12-31, budget: 10 kEUR,
       delivers: {metric: lead, count: 80..100..120}}
"""


def graph_of(source="metric:what", unit="count", baseline="{value: 0 count, as_of: 2027-01-31}"):
    text = PLAN.replace("SOURCE", source).replace("BASELINE", baseline).replace("UNIT", unit)
    return Graph(parse_plan(text, "plan.yaml").plan)


class Rows:
    """A warehouse whose rows a test names itself, with as many columns as matter."""

    def __init__(self, path: Path) -> None:
        create(path)
        self.store = DuckStore(path)

    def add(self, table: str, **values: object) -> None:
        names = schema.table(table).names
        row = [values.get(name) for name in names]
        with self.store.connect(read_only=False) as connection:
            connection.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(names))})", row)

    def value(self, day: str, value: float, until: str | None = None, **more: object) -> None:
        given = {"source": "sheet", "import_id": "i", "metric": "what", "geo": "*", "segment": "*", "unit": "count"}
        self.add("metrics", **{**given, "day": day, "until": until or day, "value": value, **more})

    def imported(self, name: str, day: str, **more: object) -> None:
        self.add("imports", **{"import_id": name, "file": name, "finished_at": f"{day} 12:00", "tables": "{}", **more})

    @property
    def at(self):
        return as_of(self.store, timezone="Europe/Berlin", day=DAY)


@pytest.fixture
def rows(tmp_path):
    return Rows(tmp_path / "warehouse.duckdb")


def points(rows, **plan):
    graph = graph_of(**plan)
    known = known_of(graph, rows.store, measured=Measured(), at=rows.at, delivered={}, cover={})
    found = known.actuals.get("what")
    return None if found is None else (found.is_level, [(f"{day:%m-%d}", value) for day, value in found.points])


def test_five_customers_with_forty_orders_are_five(rows):
    for number in range(40):
        person, moment = number % 5, dt.datetime(2027, 2, 1, 9) + dt.timedelta(days=2 * number)  # noqa: DTZ001 - as stored
        rows.add(
            "orders",
            source="shop",
            source_key=str(number),
            node=person,
            ordered_at=moment,
            status="booked",
            net=1,
            currency="EUR",
        )
    for person in range(5):
        rows.add("people", node=person, person=person)
    is_level, found = points(rows, source="orders.customers")
    assert (is_level, found[-1]) == (False, ("06-30", 5.0))
    assert found[0] == ("02-01", 1.0)
    assert points(rows, source="orders.count")[1][-1] == ("06-30", 40.0)


def test_customers_of_before_the_baseline_count_again_from_their_next_order(rows):
    for key, day in (("A", "2027-01-15"), ("B", "2027-02-15"), ("C", "2027-03-15")):
        rows.add(
            "orders",
            source="shop",
            source_key=key,
            node=1,
            ordered_at=f"{day} 09:00",
            status="booked",
            net=1,
            currency="EUR",
        )
    rows.add("people", node=1, person=1)
    assert points(rows, source="orders.customers") == (False, [("02-15", 1.0), ("06-30", 1.0)])


def test_monthly_counts_from_a_baseline_of_zero_are_added_up(rows):
    for day, until, value in (
        ("2027-01-01", "2027-01-31", 70),
        ("2027-02-01", "2027-02-28", 10),
        ("2027-03-01", "2027-03-31", 15),
    ):
        rows.value(day, value, until)
    assert points(rows) == (False, [("02-28", 10.0), ("03-31", 25.0)])
    (said,) = readings.told(graph_of(), rows.store, at=rows.at)
    assert (
        said == "The series of what is read as counts that add up, because its objective starts from a baseline of 0."
    )


def test_a_count_with_a_baseline_is_a_level(rows):
    rows.value("2027-02-28", 4100)
    rows.value("2027-03-31", 4200)
    baseline = "{value: 4000 count, as_of: 2027-01-31}"
    assert points(rows, baseline=baseline) == (True, [("02-28", 4100.0), ("03-31", 4200.0)])
    (said,) = readings.told(graph_of(baseline=baseline), rows.store, at=rows.at)
    assert said.startswith("The series of what is read as a level: its latest value stands")


@pytest.mark.parametrize("unit", ["score", "h", "%", "count/month"])
def test_units_that_never_add_up_are_levels_without_a_word(rows, unit):
    rows.value("2027-02-28", 3, unit=unit)
    rows.value("2027-03-31", 4, unit=unit)
    graph = {"unit": f'"{unit}"' if unit == "%" else unit, "baseline": "{as_of: 2027-01-31}"}
    found = points(rows, **graph)
    assert found is not None
    assert found[0]
    assert len(found[1]) == 2
    assert readings.told(graph_of(**graph), rows.store, at=rows.at) == ()


def test_a_count_with_a_sample_size_is_a_survey(rows):
    rows.value("2027-02-28", 30, n=500)
    assert points(rows) == (True, [("02-28", 30.0)])


def test_of_two_levels_of_one_day_the_later_import_stands_and_it_is_said(rows):
    rows.imported("old", "2027-04-01")
    rows.imported("new", "2027-05-01")
    rows.value("2027-03-31", 4300, source="a", import_id="new")
    rows.value("2027-03-31", 4200, source="b", import_id="old")
    baseline = "{value: 4000 count, as_of: 2027-01-31}"
    assert points(rows, baseline=baseline) == (True, [("03-31", 4300.0)])
    assert (
        "1 value of days that another one speaks of; the later import stands"
        in readings.told(graph_of(baseline=baseline), rows.store, at=rows.at)[1]
    )


def test_spans_that_overlap_are_not_added_twice_and_one_across_the_baseline_is_left_out(rows):
    rows.value("2027-01-15", 99, "2027-02-14")
    rows.value("2027-03-01", 5, "2027-03-15")
    rows.value("2027-03-16", 6, "2027-03-31")
    rows.value("2027-03-01", 12, "2027-03-31", source="monthly")
    assert points(rows) == (False, [("03-15", 5.0), ("03-31", 11.0)])
    told = " ".join(readings.told(graph_of(), rows.store, at=rows.at))
    assert "1 value of days that another one speaks of" in told
    assert "1 value whose days begin before the baseline ends" in told


def test_an_entry_on_a_tactics_first_day_is_delivered(rows):
    for subject, moment in (
        (1, "2027-03-31 21:59"),
        (2, "2027-03-31 22:00"),
    ):  # Berlin: the last minute of March, then April
        rows.add("stages", source="crm", import_id="one", subject_kind="deal", subject=subject, stage="lead", entered_at=moment,
                 change="stage", tactic="search", source_key=str(subject))  # fmt: skip
    rows.imported("one", "2027-07-01", source="crm", tables='{"stages": {}}', span_to=str(DAY))
    graph, cover = graph_of(), covers(rows.store, rows.at)
    assert cover["lead"].first == dt.date(2027, 3, 31)
    measured = Measured(rows={("lead", "won"): stages(rows.store, ("lead", "won"), at=rows.at)})
    for entries in (measured, Measured()):
        found = deliveries(graph, rows.store, measured=entries, at=rows.at, cover=cover)
        assert found["search", "lead"].count == 1.0


def test_what_a_state_covers_is_the_latest_span_of_its_source(rows):
    rows.add(
        "stages",
        source="crm",
        import_id="one",
        subject_kind="person",
        subject=1,
        stage="lead",
        entered_at="2027-03-01 09:00",
        change="stage",
    )
    rows.imported("one", "2027-03-02", source="crm", tables='{"stages": {}}', span_to="2027-03-01")
    rows.imported("two", "2027-05-02", source="crm", tables='{"stages": {}}', span_to="2027-05-01")
    rows.imported("ads", "2027-06-02", source="crm", tables='{"spend": {}}', span_to="2027-06-01")
    assert covers(rows.store, rows.at)["lead"].until == dt.date(2027, 5, 1)


def test_money_of_nobody_is_never_two_currencies_in_one(rows):
    rows.add("rates", currency="CHF", day="2027-03-10", per_plan=0.8)
    for day, amount, currency in (
        ("2027-03-05", 40, "CHF"),
        ("2027-03-15", 8, "CHF"),
        ("2027-03-15", 1, "EUR"),
        ("2027-03-15", 7, "USD"),
    ):
        rows.add("spend", source="ads", day=day, campaign="Promo", amount=amount, currency=currency)
    found = [
        (one.name, one.money, one.rows) for one in unmatched(rows.store, rows.at, facts=PlanFacts("EUR"), least=10)
    ]
    assert found == [
        ("Promo", 11.0, 2),
        ("Promo (40 CHF, no rate)", None, 1),
        ("Promo (7 USD, no rate)", None, 1),
    ]
    assert spend_facts(rows.store, rows.at, plan=planned("2027-01-01..2027-12-31")).unmatched == 11.0


def planned(window):
    return parse_plan(f"plan: {{id: p, window: {window}, currency: EUR}}").plan


def test_money_spent_before_the_window_is_not_this_plans_hundred(rows):
    for day, amount in (("2026-12-31", 40), ("2027-01-01", 2)):
        rows.add("spend", source="ads", day=day, campaign="Search", tactic="search", amount=amount, currency="EUR")
    assert spend_facts(rows.store, rows.at, plan=planned("2027-01-01..2027-12-31")).spend == {"search": 2.0}


@pytest.mark.parametrize(("asked", "day"), [(None, dt.date(2027, 7, 1)), (dt.date(2030, 1, 1), dt.date(2030, 1, 1))])
def test_evidence_alone_leads_no_further_than_today_in_the_plans_zone(rows, asked, day):
    rows.imported("one", "2027-03-02", span_to="2072-03-01")
    request = Request(now=lambda: dt.datetime(2027, 6, 30, 22, 30), as_of=asked)  # noqa: DTZ001 - UTC without a zone
    settings = SimpleNamespace(as_of=None)
    assert day_of(rows.store, graph_of().plan, settings=settings, request=request).day == day
