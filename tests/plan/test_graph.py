"""serves up, bets forward: paths, reach, loops, cycles and sums, and the laws that sums obey."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadline.plan.graph import Graph
from leadline.plan.loops import elementary, one_cycle_each
from leadline.plan.source import parse_plan

HEAD = """plan: {id: p, window: 2027-01-01..2027-12-31, currency: EUR}
metrics:
  - {id: lead, unit: count}
  - {id: sqo, unit: count}
  - {id: sale, unit: count, value_event: true, worth: 100 EUR}
  - {id: fan, unit: count}
  - {id: aware, unit: "%"}
  - {id: wait, unit: days, better: down}
"""
LEVELS = """strategy:
  levels:
    - {id: co, level: corporate, direction: growth}
    - {id: bu, level: business_unit, parent: co}
    - {id: mk, level: market, parent: bu}
"""
GOAL = "  - {id: goal, metric: sale, baseline: {value: 0}, target: {value: 100, by: 2027-12-31}, serves: [mk]}\n"
STEPS = """  bridge:
    - {from: lead, to: sqo, rate: 10 %, lag: 20 days, method: measured}
    - {from: sqo, to: sale, rate: 50 %, lag: 10 days, method: measured}
"""


def graph(objectives=GOAL, bridge=STEPS, tactics="", more=""):
    text = f"{HEAD}objectives:\n{objectives}{LEVELS}tactics:\n{bridge}  list:\n{tactics}{more}"
    document = parse_plan(text)
    assert document.faults == ()
    return Graph(document.plan)


SEARCH = (
    "    - {id: search, intent: acquire, serves: [goal], dates: 2027-01-01..2027-12-31, "
    "delivers: {metric: lead, count: 1000, method: measured}}\n"
)


def test_a_tactic_serves_by_the_shortest_way_up_to_a_corporate_strategy():
    found = graph(GOAL + "  - {id: sub, metric: sqo, serves: [goal]}\n", tactics="    - {id: t, serves: [sub, goal]}\n")
    assert found.serves_path("t") == ("t", "goal", "mk", "bu", "co")
    assert found.serves_path("sub") == ("sub", "goal", "mk", "bu", "co")
    assert found.objectives_served("t") == ("sub", "goal")
    assert found.tactics_of("goal") == found.tactics_of("sub") == ("t",)


@pytest.mark.parametrize("serves", ["", "serves: [nowhere]", "serves: [other]", "serves: [round]"])
def test_a_way_that_does_not_lead_up_is_no_serves_path(serves):
    objectives = GOAL + "  - {id: other, metric: sqo}\n  - {id: round, metric: sqo, serves: [again]}\n"
    objectives += "  - {id: again, metric: sqo, serves: [round]}\n"
    assert graph(objectives, tactics=f"    - {{id: t, {serves}}}\n").serves_path("t") is None


def test_enabling_reaches_a_sale_through_others_and_not_through_itself():
    tactics = SEARCH + "    - {id: a, enables: [b]}\n    - {id: b, enables: [search]}\n    - {id: c, enables: [c, d]}\n"
    found = graph(tactics=tactics + "    - {id: d}\n")
    assert found.enabled_by("a") == ("b", "search")
    assert found.enabled_by("c") == ("d",)
    assert [t for t in found.tactics if found.reaches_value_event(t)] == ["search", "a", "b"]
    assert found.sells("a") is False


def test_chains_are_the_longest_simple_ways_and_stop_at_the_first_value_event_when_asked():
    bridge = (
        STEPS
        + "    - {from: sale, to: fan, rate: 0.2 count, lag: 5 days}\n    - {from: lead, to: fan, rate: 1 %, lag: 0 days}\n"
    )
    found = graph(bridge=bridge, tactics=SEARCH)
    assert sorted(chain.states for chain in found.chains("search")) == [("lead", "fan"), ("lead", "sqo", "sale", "fan")]
    assert [chain.states for chain in found.value_event_chains("search")] == [("lead", "sqo", "sale")]
    assert found.metrics_reached("search") == {"lead", "sqo", "sale", "fan"}
    assert found.last_states("search") == ()


def test_where_no_sale_is_reached_the_last_states_are_the_ends_of_the_chains():
    bridge = "  bridge:\n    - {from: lead, to: sqo, rate: 10 %}\n    - {from: lead, to: fan, rate: 10 %}\n"
    found = graph(bridge=bridge, tactics=SEARCH)
    assert sorted(found.last_states("search")) == ["fan", "sqo"]
    assert found.reaches_value_event("search") is False


def test_a_tactic_walks_the_shared_step_with_its_own_keys_on_top():
    tactics = SEARCH.replace(
        "}}\n", "}, bridge: [{from: lead, to: sqo, rate: 20 %, owner: tom}, {from: fan, to: sale, rate: 1 %}]}\n"
    )
    found = graph(tactics=tactics)
    step = found.steps("search")["lead", "sqo"]
    assert (step.rate.id, step.lag.id, step.owner, step.method) == (
        "search/lead>sqo:rate",
        "lead>sqo:lag",
        "tom",
        "measured",
    )
    assert step.path == ("tactics", "list", 0, "bridge", 0)
    assert ("fan", "sale") in found.steps("search")
    assert ("fan", "sale") not in found.steps("")
    assert found.coverage("goal").naive == pytest.approx(1000 * 0.2 * 0.5)


def test_every_bet_has_one_id():
    tactics = SEARCH + "    - {id: tv, expects: {metric: aware, change: 3 pp, lag: 60 days}}\n"
    found = graph(tactics=tactics)
    assert [(bet.id, bet.kind) for bet in found.bets] == [
        ("search>lead", "delivers"),
        ("tv>aware", "expects"),
        ("tv>aware:lag", "lag"),
        ("lead>sqo:rate", "rate"),
        ("lead>sqo:lag", "lag"),
        ("sqo>sale:rate", "rate"),
        ("sqo>sale:lag", "lag"),
        ("sale:worth", "worth"),
    ]


def test_only_tactics_of_the_objectives_segment_count():
    segments = "situation: {segments: [{id: a}, {id: b}]}\n"
    goal = GOAL.replace("metric: sale", "metric: sale, segment: a")
    tactics = SEARCH.replace("}}\n", "}, segments: [a]}\n") + SEARCH.replace("search", "other").replace(
        "}}\n", "}, segments: [b]}\n"
    )
    found = graph(goal, tactics=tactics, more=segments)
    assert set(found.coverage("goal").contributions) == {"search"}


def test_less_is_counted_towards_the_target_where_less_is_better():
    goal = "  - {id: goal, metric: wait, baseline: {value: 31}, target: {value: 14, by: 2027-12-31}, without_plan: -2..-1..0}\n"
    tactics = "    - {id: desk, dates: 2027-01-01..2027-03-31, expects: {metric: wait, change: -20..-17..-13}}\n"
    found = graph(goal, tactics=tactics).coverage("goal")
    assert (found.needed, found.naive, found.due) == (16.0, 17.0, 17.0)


@pytest.mark.parametrize("change", ["baseline: {value: 0}, ", "better: hold", "value: 100"])
def test_what_is_needed_is_unknown_where_a_number_is_missing(change):
    text = GOAL.replace("baseline: {value: 0}, ", "") if change.startswith("base") else GOAL
    text = text.replace("value: 100", "value: 100 h") if change == "value: 100" else text
    found = graph(text)
    if change == "better: hold":
        plan = parse_plan(
            f"{HEAD}objectives:\n{GOAL}".replace("id: sale, unit: count,", "id: sale, unit: count, better: hold,")
        ).plan
        found = Graph(plan)
    assert found.needed("goal") is None


def test_a_missing_rate_makes_its_term_unknown_and_leaves_the_others():
    bridge = STEPS + "    - {from: fan, to: sale, lag: 3 days}\n"
    tactics = SEARCH.replace(
        "delivers: {metric: lead, count: 1000, method: measured}",
        "delivers: [{metric: lead, count: 1000}, {metric: fan, count: 10}]",
    )
    found = graph(bridge=bridge, tactics=tactics)
    assert [term.naive for term in found.contributions("search", "goal")] == [50.0, None]
    assert found.coverage("goal").naive == 50.0
    assert found.brings("search") is None


def test_without_dates_the_window_stands_in():
    found = graph(tactics=SEARCH.replace("dates: 2027-01-01..2027-12-31, ", ""))
    assert found.coverage("goal").due == pytest.approx(50 * (365 - 30) / 365)


@pytest.mark.parametrize(
    ("more", "kind", "loop", "path"),
    [
        ("objectives: [{id: a, serves: [b]}, {id: b, serves: [c, a]}, {id: c}]", "serves", ("a", "b"), ("objectives", 1, "serves", 1)),
        ("strategy: {levels: [{id: a, parent: b}, {id: b, parent: a}]}", "parent", ("a", "b"), ("strategy", "levels", 1, "parent")),
        ("tactics: {list: [{id: a, enables: [a]}]}", "enables", ("a",), ("tactics", "list", 0, "enables", 0)),
        ("situation: {touchpoints: [{id: a, depends_on: [b]}, {id: b, depends_on: [a]}]}", "depends_on", ("a", "b"), ("situation", "touchpoints", 1, "depends_on", 0)),
        ("action: {tasks: [{id: a, after: [c]}, {id: b, after: [a]}, {id: c, after: [b]}]}", "after", ("a", "c", "b"), ("action", "tasks", 1, "after", 0)),
        ("tactics: {bridge: [{from: lead, to: sqo, rate: 1 %}, {from: sqo, to: lead, rate: 1 %, lag: 0 days}]}", "bridge", ("lead", "sqo"), ("tactics", "bridge", 1)),
        ("tactics: {bridge: [{from: lead, to: lead, rate: 1 %}]}", "bridge", ("lead",), ("tactics", "bridge", 0)),
    ],
)  # fmt: skip
def test_a_circle_that_makes_no_sense_is_told_with_the_link_to_remove(more, kind, loop, path):
    plan = parse_plan(HEAD + more + "\n").plan
    (cycle,) = Graph(plan).cycles
    assert (cycle.kind, cycle.loop, cycle.path) == (kind, loop, path)


LOOP = "    - {from: sale, to: lead, rate: RATE count, lag: LAG days, method: measured}\n"


def looped(rate, lag, days=(0, 0)):
    bridge = STEPS.replace("lag: 20 days", f"lag: {days[0]} days").replace("lag: 10 days", f"lag: {days[1]} days")
    return graph(bridge=bridge + LOOP.replace("RATE", str(rate)).replace("LAG", str(lag)), tactics=SEARCH)


def test_a_loop_with_short_turns_tends_to_the_geometric_sum():
    found = looped(10, 1)  # a sale brings ten leads, each 0.05 sales: half a sale a turn
    (loop,) = found.loops
    assert (loop.yield_base, loop.lag) == (0.5, 1.0)
    assert found.coverage("goal").naive == pytest.approx(50 / (1 - 0.5), rel=1e-9)


def test_a_loop_counts_the_generations_that_start_before_the_date():
    assert looped(20, 100).coverage("goal").naive == pytest.approx(50 * 4)  # turns of 100 days: 0, 100, 200, 300
    assert looped(20, 364).coverage("goal").naive == pytest.approx(50 * 2)
    assert looped(20, 365).coverage("goal").naive == pytest.approx(50)
    assert looped(20, 100).brings("search") == pytest.approx(50 * 4 * 100)


def test_two_loops_that_meet_count_every_order_of_turns():
    bridge = STEPS.replace("lag: 20 days", "lag: 0 days").replace("lag: 10 days", "lag: 0 days")
    bridge += LOOP.replace("RATE", "2").replace("LAG", "100")
    bridge += "    - {from: sale, to: sqo, rate: 0.2 count, lag: 150 days, method: measured}\n"
    # a turn by lead: 2 × 0.1 × 0.5 = 0.1 in 100 days; by sqo: 0.2 × 0.5 = 0.1 in 150 days; within 364 days:
    # none, L, LL, LLL, S, SS, LS and SL (250 d), LLS in three orders (350 d)
    expected = 50 * (1 + 0.1 + 0.01 + 0.001 + 0.1 + 0.01 + 2 * 0.01 + 3 * 0.001)
    assert graph(bridge=bridge, tactics=SEARCH).coverage("goal").naive == pytest.approx(expected)


def test_a_loop_by_a_tactics_own_step_belongs_to_that_tactic():
    own = "}, bridge: [{from: sale, to: lead, rate: 0.1 count, lag: 30 days}]}\n"
    found = graph(tactics=SEARCH + SEARCH.replace("search", "talk").replace("}}\n", own))
    assert [(loop.tactic, loop.lag) for loop in found.loops] == [("talk", 60.0)]
    assert len(found.contributions("search", "goal")) == 1
    assert len(found.contributions("talk", "goal")) > 1


rates = st.integers(1, 99)
lags = st.integers(0, 200)


@settings(max_examples=40, deadline=None)
@given(first=st.tuples(rates, lags), second=st.tuples(rates, lags), more=st.integers(0, 100), budget=st.booleans())
def test_a_longer_lag_never_brings_more_and_no_lag_brings_all(first, second, more, budget):
    money = ", budget: {2027-Q1: 3 kEUR, 2027-Q3: 1 kEUR}" if budget else ""

    def share(lag_one, lag_two):
        bridge = STEPS.replace("10 %, lag: 20", "FIRST").replace("50 %, lag: 10", f"{second[0]} %, lag: {lag_two}")
        bridge = bridge.replace("FIRST", f"{first[0]} %, lag: {lag_one}")
        found = graph(bridge=bridge, tactics=SEARCH.replace("}}\n", f"}}{money}}}\n")).coverage("goal")
        return found.naive, found.due

    naive, due = share(first[1], second[1])
    assert naive == pytest.approx(1000 * first[0] * second[0] / 10_000)
    assert 0 <= due <= naive * (1 + 1e-12)
    assert share(first[1], second[1] + more)[1] <= due * (1 + 1e-12)
    assert share(0, 0) == pytest.approx((naive, naive))


def test_scaling_every_budget_leaves_the_traced_share_and_a_run_tactic_does_too():
    tactics = SEARCH.replace("}}\n", "}, budget: 3 kEUR}\n") + "    - {id: lost, intent: build, budget: 1 kEUR}\n"
    before = graph(tactics=tactics).traced_spend()
    scaled = graph(tactics=tactics.replace("kEUR", "MEUR")).traced_spend()
    beside = graph(tactics=tactics + "    - {id: fees, intent: run, budget: 9 kEUR}\n").traced_spend()
    assert before.share == scaled.share == beside.share == 0.75
    assert (before.untraced, beside.run) == (("lost",), 9000)


def test_of_two_elements_with_one_id_the_first_is_found():
    document = parse_plan(HEAD + "tactics: {list: [{id: t, name: first}, {id: t, name: second}]}\n")
    found = Graph(document.plan)
    assert found.elements["t"].name == "first"
    assert found.tactics["t"].name == "first"


def test_references_know_what_they_may_name():
    tactics = SEARCH + "    - {id: t, serves: [search], segments: [lead], enables: [nobody]}\n"
    found = graph(tactics=tactics)
    wrong = {
        (r.path[3:], r.ref, found.kind(r.ref)) for r in found.references if found.kind(r.ref) not in r.wanted_kinds
    }
    assert wrong == {
        (("serves", 0), "search", "tactic"),
        (("segments", 0), "lead", "metric"),
        (("enables", 0), "nobody", None),
    }


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), max_size=14))
def test_a_cycle_is_found_wherever_there_is_one_and_only_there(pairs):
    nodes = {node for pair in pairs for node in pair}
    following = {node: tuple(dict.fromkeys(end for start, end in pairs if start == node)) for node in nodes}

    def reached(start):
        seen, frontier = set(), [start]
        while frontier:
            new = {end for node in frontier for end in following[node]} - seen
            seen |= new
            frontier = list(new)
        return seen

    on_a_cycle = {node for node in nodes if node in reached(node)}
    cycles = elementary(following)
    assert {node for cycle in cycles for node in cycle} == on_a_cycle
    assert len({frozenset(zip(c, (*c[1:], c[0]), strict=True)) for c in cycles}) == len(cycles)
    for cycle in [*cycles, *one_cycle_each(following)]:
        assert all(end in following[start] for start, end in zip(cycle, (*cycle[1:], cycle[0]), strict=True))
    assert bool(one_cycle_each(following)) == bool(on_a_cycle)


@pytest.mark.slow
def test_a_tangle_of_thirty_states_ends_soon_and_says_that_it_was_cut():
    names = [f"m{number}" for number in range(30)]
    metrics = "".join(f"  - {{id: {name}, unit: count}}\n" for name in names)
    steps = "".join(f"    - {{from: {a}, to: {b}, rate: 1 %, lag: 1 days}}\n" for a in names for b in names if a != b)
    text = (
        HEAD
        + metrics
        + "objectives:\n"
        + GOAL.replace("sale", "m9").replace("goal", "tangled")
        + "tactics:\n  bridge:\n"
        + steps
        + "  list:\n"
        + SEARCH.replace("lead", "m0")
    )
    started = time.process_time()
    found = Graph(parse_plan(text).plan)
    assert found.walks("m0", "search").is_cut
    assert found.coverage("tangled").is_cut
    assert found.cycles == ()
    assert len(found.loops) > 10
    assert time.process_time() - started < 5  # it would be 10³⁰ ways; a plan of this size takes 0.1 s


def test_a_chain_of_two_thousand_objectives_needs_no_recursion():
    objectives = "".join(f"  - {{id: o{n}, metric: sale, serves: [o{n + 1}]}}\n" for n in range(2000))
    found = graph(objectives + "  - {id: o2000, metric: sale, serves: [mk]}\n", tactics="    - {id: t, serves: [o0]}\n")
    assert len(found.serves_path("t")) == 2005
    assert found.cycles == ()
