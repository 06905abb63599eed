"""Whatever stands in a plan: it is read, walked, summed, stamped and compared without a crash."""

import math
import subprocess
import sys
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadline.errors import PlanError
from leadline.plan.diff import diff
from leadline.plan.elements import KINDS, located
from leadline.plan.graph import Graph
from leadline.plan.reading import known_keys
from leadline.plan.source import parse_plan
from leadline.plan.spelling import written
from leadline.plan.stamp import suspect_links

IDS = st.sampled_from(["a", "b", "c", "d", "e"])
LEAVES = st.one_of(
    IDS,
    st.sampled_from(
        ["1..2..3 count", "10 %", "5..10..20 %", "0..1..2 %", "3 kEUR", "2 kUSD", "0 days", "9 days", "5..2..9 days", "2027-03-31",
         "2027-01-01..2027-06-30", "2027-06-30..2027-01-01", "acquire", "run", "corporate", "count", "%", "EUR", "down", "hold", "kEUR/h",
         ">= 3 %", "1e300 kEUR", "measured", "guess", "", "9999-12-31", "0001-01-01..9999-12-31"]
    ),
    st.integers(-2, 10**6), st.floats(allow_nan=False, allow_infinity=False), st.booleans(), st.none(),
)  # fmt: skip


@st.composite
def parts(draw, path, depth=0):
    """Draw a mapping with keys the model knows at a path, and values that may or may not fit."""
    fields = known_keys(path)
    if not fields or depth > 3:
        return draw(LEAVES)
    chosen = draw(st.lists(st.sampled_from(fields), max_size=8, unique=True))
    found = {}
    for field in chosen:
        below = (*path, field)
        if known_keys(below) and draw(st.integers(0, 9)) > 1:
            one = parts(below, depth + 1)
            found[field] = draw(st.one_of(st.lists(one, max_size=3), one))
        else:
            found[field] = draw(
                st.one_of(LEAVES, st.lists(LEAVES, max_size=3), st.dictionaries(IDS, LEAVES, max_size=2))
            )
    if "id" in fields and draw(st.integers(0, 9)) > 0:
        found["id"] = draw(IDS)
    return found


@st.composite
def plans(draw):
    plan = {"plan": {"id": "p", "currency": "EUR", **draw(parts(("plan",)))}}
    plan["metrics"] = draw(st.lists(parts(("metrics",)), max_size=4))
    plan["objectives"] = draw(st.lists(parts(("objectives",)), max_size=3))
    steps = st.lists(
        parts(("tactics", "bridge")).map(lambda s: {"from": "a", "to": "b", **s} if isinstance(s, dict) else s),
        max_size=4,
    )
    plan["tactics"] = {"bridge": draw(steps), "list": draw(st.lists(parts(("tactics", "list")), max_size=4))}
    for section in ("situation", "strategy", "action", "control"):
        plan[section] = draw(parts((section,)))
    return "\n".join(f"{key}: {written(value, in_flow=False)}" for key, value in plan.items()) + "\n"


def exercise(document):
    graph = Graph(document.plan)
    for name in ("elements", "references", "people_references", "bets", "loops", "cycles"):
        assert getattr(graph, name) is not None
    for fault in (*graph.amounts.faults, *graph.amounts.estimate_faults):
        assert document.place(fault.path).line >= 1
    for bet in graph.bets:
        assert document.place(bet.path).line >= 1
    for tactic in graph.tactics.values():
        for method in (
            "chains",
            "value_event_chains",
            "last_states",
            "serves_path",
            "part_planned",
            "brings",
            "starts",
        ):
            getattr(graph, method)(tactic)
        assert math.isfinite(graph.amounts.cost(tactic).total)
    for objective in graph.objectives.values():
        found = graph.coverage(objective)
        for naive, due in found.contributions.values():
            assert not math.isnan(naive + due)
    graph.traced_spend(), graph.traced_hours()
    assert diff(document.plan, document.plan) == ()
    suspect_links(document.plan)


@pytest.mark.slow
@settings(max_examples=100, deadline=None)
@given(plans())
def test_any_plan_that_reads_can_be_walked_summed_and_compared(text):
    document = parse_plan(text)
    for fault in document.faults:
        assert fault.place is not None
        assert fault.values
    exercise(document)


@settings(max_examples=150, deadline=None)
@given(st.text())
def test_any_text_ends_in_a_document_or_an_error_with_its_place(text):
    for whole in (text, "plan: {id: p}\nmetrics: " + text):
        try:
            exercise(parse_plan(whole))
        except PlanError as error:
            assert str(error).startswith("plan.yaml:")  # noqa: PT017 - the message is the property


def test_the_table_of_kinds_holds_every_element_of_the_model(shared):
    document = parse_plan((shared / "examples" / "halden-pumps" / "plan.yaml").read_text(encoding="utf-8"))
    assert {item.kind for item in located(document.plan)} == set(KINDS.values())
    for item in located(document.plan):
        assert document.path_of(item.element.id) == item.path
        assert document.element_at((*item.path, "name")) == (item.kind, item.element.id)
        place = document.place((*item.path, "id"))
        assert document.line(place.file, place.line)[place.column - 1 : place.end_column - 1] == item.element.id


def test_the_plan_imports_neither_numpy_nor_a_database():
    code = (
        "import sys; import leadline.plan.graph, leadline.plan.edits, leadline.plan.schema, leadline.plan.diff; "
        "print([name for name in ('numpy', 'scipy', 'duckdb', 'pyarrow', 'leadline.inputs') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def big_plan(tactics, families=20):
    steps = "".join(
        f"    - {{from: lead-{f}, to: sqo-{f}, rate: 10..14..18 %, lag: 20 days, owner: p, touchpoint: t, tracking: crm}}\n"
        f"    - {{from: sqo-{f}, to: won-{f}, rate: 22..28..34 %, lag: 90..120..160 days, owner: p, touchpoint: t, tracking: crm}}\n"
        for f in range(families)
    )
    metrics = "".join(
        f"  - {{id: {state}-{f}, name: State, unit: count, stage: outcome{worth}}}\n"
        for f in range(families)
        for state, worth in (("lead", ""), ("sqo", ""), ("won", ", value_event: true, worth: 5..6..7 kEUR"))
    )
    objectives = "".join(
        f"  - {{id: o-{n}, metric: won-{n % families}, baseline: {{value: 0}}, target: {{value: 10, by: 2027-12-31}}, serves: [mk]}}\n"
        for n in range(40)
    )
    body = "".join(
        f"    - id: t-{n}\n      name: Search ads and comparison pages\n      intent: acquire\n      serves: [o-{n % 40}]\n"
        f"      timing: {{trigger: compares systems, window: within the hour}}\n      dates: 2027-01-15..2027-12-15\n"
        f"      budget: 70 kEUR\n      hours: 180 h\n      mechanism: People comparing systems find our page and ask about it\n"
        f"      delivers: {{metric: lead-{n % families}, count: 300..420..520, method: measured}}\n"
        + (
            f"      bridge:\n        - {{from: lead-{n % families}, to: sqo-{n % families}, rate: 8..12..16 %}}\n"
            if n % 4 == 0
            else ""
        )
        for n in range(tactics)
    )
    return (
        "plan: {id: big, window: 2027-01-01..2027-12-31, currency: EUR}\nmetrics:\n" + metrics + "objectives:\n" + objectives
        + "strategy: {levels: [{id: mk, level: corporate}]}\ntactics:\n  bridge:\n" + steps + "  list:\n" + body
    )  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(("tactics", "seconds"), [(200, 0.2), pytest.param(2000, 1.5, marks=pytest.mark.proof)])
def test_a_large_plan_is_read_and_summed_in_time(tactics, seconds):
    text = big_plan(tactics)
    parse_plan(big_plan(2))  # pydantic builds its validators once
    best = 99.0
    for _ in range(3):
        started = time.process_time()
        document = parse_plan(text)
        graph = Graph(document.plan)
        sums = [graph.coverage(objective) for objective in graph.objectives]
        best = min(best, time.process_time() - started)
    assert document.faults == ()
    assert sum(len(found.contributions) for found in sums) == 2 * tactics
    assert best < seconds
