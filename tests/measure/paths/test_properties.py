"""What must hold for any journeys: invariants of the chain, sums, order of rows, names, merging."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadline.inputs import Paths
from leadline.measure.paths import PathOptions, credit_paths
from leadline.measure.paths.counts import TransitionCounts, count_transitions
from leadline.measure.paths.markov import chain_of, effects_by_running, removal_effects
from leadline.measure.paths.order import choose_order
from leadline.measure.paths.shaping import containing
from leadline.measure.paths.shapley import (
    _by_sampled_orders,
    _of_cumulative_rates,
    count_sets,
    of_all_sets,
    of_seen_sets,
)

POINT = PathOptions(bootstrap=0)
TIMELESS = ("first", "last", "last-non-direct", "linear", "position", "markov", "shapley-cumulative", "shapley-ordered")
RATES = ("shapley-set-rate", "shapley-cumulative-rate")

routes = st.lists(st.sampled_from(["a", "b", "c", "direct"]), min_size=1, max_size=6).map(" > ".join)
counts = st.integers(0, 5)


@st.composite
def journeys(draw) -> list[tuple[str, float, float, float]]:
    rows = draw(st.lists(st.tuples(routes, counts, st.floats(0.5, 90), counts), min_size=1, max_size=12))
    kept = [(path, float(c), value * c, float(n)) for path, c, value, n in rows if c + n > 0]
    return [*kept, ("a > b", 1.0, 7.0, 1.0)]  # one conversion at least


def by_name(paths: Paths, column: np.ndarray) -> dict[str, float]:
    return {name: value for name, value in zip(paths.channels, column.tolist(), strict=True) if value}


@settings(deadline=None)  # the first example loads scipy
@given(journeys(), st.integers(1, 7))
def test_p_conversion_is_the_base_rate_at_every_order(rows, order):
    paths = Paths.from_rows(rows)
    base = paths.conversions.sum() / (paths.conversions.sum() + paths.nulls.sum())
    assert removal_effects(count_transitions(paths, order)).base_rate == pytest.approx(base, abs=1e-12)


@given(journeys(), st.integers(1, 7))
def test_removal_effects_lie_between_nothing_and_all(rows, order):
    effects = removal_effects(count_transitions(Paths.from_rows(rows), order))
    for column in (effects.conversions, effects.value):
        assert ((column >= 0) & (column <= 1)).all()
        assert column.max() > 0


@given(journeys())
def test_an_order_no_path_exceeds_gives_the_share_of_conversions_with_the_channel(rows):
    paths = Paths.from_rows(rows)
    effects = removal_effects(count_transitions(paths, 6))
    assert effects.conversions == pytest.approx(
        containing(paths, paths.conversions) / paths.conversions.sum(), abs=1e-12
    )
    assert effects.value == pytest.approx(containing(paths, paths.value) / paths.value.sum(), abs=1e-12)


@given(journeys(), st.integers(1, 3))
def test_removal_effects_equal_those_of_a_dense_chain_without_the_channel(rows, order):
    paths = Paths.from_rows(rows)
    table = count_transitions(paths, order)
    assert removal_effects(table).conversions == pytest.approx(_by_dense_removal(table), abs=1e-10)


def _by_dense_removal(table: TransitionCounts) -> np.ndarray:
    """The definition, slowly: journeys that arrive in a state with the channel end without conversion."""
    chain, size = chain_of(table), len(table.grams)
    onward = np.zeros((size, size))
    onward[table.source, table.target] = chain.flows

    def converted(alive: np.ndarray) -> float:
        kept = onward * alive[:, None] * alive
        return float((chain.starts * alive) @ np.linalg.solve(np.eye(size) - kept, chain.to_conversion * alive))

    whole = converted(np.ones(size))
    return np.array([1 - converted(~table.contains[:, x]) / whole for x in range(len(table.channels))])


@given(journeys(), st.integers(1, 4))
def test_running_the_journeys_and_solving_the_chain_agree(rows, order):
    table = count_transitions(Paths.from_rows(rows), order)
    solved, run = removal_effects(table), effects_by_running(table, chain_of(table), under_way=1e-15)
    assert run.conversions == pytest.approx(solved.conversions, abs=1e-10)
    assert run.value == pytest.approx(solved.value, abs=1e-10)


@pytest.mark.parametrize("model", [*TIMELESS, *RATES])
@settings(max_examples=30)
@given(rows=journeys(), booked=st.integers(0, 4))
def test_credits_and_the_unattributed_line_add_up_to_the_totals(model, rows, booked):
    paths = replace(Paths.from_rows(rows), empty_conversions=float(booked), empty_value=booked * 3.5)
    result = credit_paths(paths, model, options=POINT)
    assert result.conversions.sum() + booked == pytest.approx(result.total_conversions, rel=1e-9)
    assert result.value.sum() + booked * 3.5 == pytest.approx(result.total_value, rel=1e-9)
    assert sum(float(row["conversions"]) for row in result.table()) == pytest.approx(result.total_conversions)


@pytest.mark.parametrize("model", [*TIMELESS, *RATES])
@settings(max_examples=30)
@given(rows=journeys(), seed=st.randoms(use_true_random=False))
def test_the_order_of_rows_and_the_names_of_channels_do_not_matter(model, rows, seed):
    shuffled = rows[:]
    seed.shuffle(shuffled)
    names = {"a": "zeta", "b": "yak", "c": "x", "direct": "direct"}
    renamed = [(" > ".join(names[step] for step in row[0].split(" > ")), *row[1:]) for row in shuffled]
    first, second = Paths.from_rows(rows), Paths.from_rows(renamed)
    one, other = credit_paths(first, model, options=POINT), credit_paths(second, model, options=POINT)
    wanted = {names[name]: value for name, value in by_name(first, one.conversions).items()}
    assert by_name(second, other.conversions) == pytest.approx(wanted, rel=1e-9, abs=1e-9)


@given(journeys(), journeys(), st.integers(1, 3))
def test_two_halves_counted_apart_and_added_are_the_whole(left, right, order):
    one, other = Paths.from_rows(left), Paths.from_rows(right)
    whole = removal_effects(count_transitions(Paths.joined([one, other]).aggregated(), order))
    added = count_transitions(one, order) + count_transitions(other, order)
    assert removal_effects(added).conversions == pytest.approx(whole.conversions, abs=1e-10)
    assert removal_effects(added).value == pytest.approx(whole.value, abs=1e-10)


@given(journeys(), journeys())
def test_sets_counted_apart_and_added_are_the_whole(left, right):
    one, other = Paths.from_rows(left), Paths.from_rows(right)
    added = count_sets(one)[0] + count_sets(other)[0]
    whole = count_sets(Paths.joined([one, other]))[0]

    def listed(sets):
        names = [tuple(sorted(np.array(sets.channels)[row])) for row in sets.member]
        return dict(zip(names, zip(sets.conversions.tolist(), sets.nulls.tolist(), strict=True), strict=True))

    assert listed(added) == listed(whole)


@given(journeys())
def test_aggregated_paths_have_the_hash_of_their_rows_in_any_order(rows):
    paths = Paths.from_rows(rows)
    backwards = Paths.from_rows(rows[::-1])
    assert paths.hash == backwards.hash
    assert replace(paths, nulls=paths.nulls + 1).hash != paths.hash


@given(journeys())
def test_aggregating_keeps_each_path_once_with_its_sums(rows):
    sums: dict[str, np.ndarray] = {}
    for path, *numbers in rows:
        sums[path] = sums.get(path, np.zeros(3)) + np.array(numbers)
    whole = Paths.from_rows(rows).aggregated()
    said = {}
    for row in range(len(whole.conversions)):
        steps = whole.steps[whole.offsets[row] : whole.offsets[row + 1]]
        said[" > ".join(whole.channels[step] for step in steps)] = [
            whole.conversions[row],
            whole.value[row],
            whole.nulls[row],
        ]
    assert {path: pytest.approx(numbers) for path, numbers in said.items()} == {
        path: list(n) for path, n in sums.items()
    }


@pytest.mark.parametrize("count", [1, 2, 4, 6])
def test_shapley_values_equal_the_average_over_all_orders(count):
    worth = np.concatenate([[0.0], np.random.default_rng(count).normal(size=2**count - 1)])
    brute = np.zeros(count)
    orders = list(permutations(range(count)))
    for order in orders:
        mask = 0
        for player in order:
            brute[player] += (worth[mask | 1 << player] - worth[mask]) / len(orders)
            mask |= 1 << player
    members = np.array([[bool(mask >> bit & 1) for bit in range(count)] for mask in range(1, 2**count)])
    assert of_all_sets(worth) == pytest.approx(brute, abs=1e-12)
    assert of_seen_sets(members, worth[1:]) == pytest.approx(brute, abs=1e-12)


def test_sampled_orders_come_near_the_exact_values():
    generator = np.random.default_rng(4)
    members = np.unique(generator.random((40, 8)) < 0.4, axis=0)
    members = members[members.any(axis=1)]
    journeys_by_set = generator.integers(5, 50, len(members)).astype(float)
    converted = np.floor(journeys_by_set * generator.random(len(members)))
    exact = _of_cumulative_rates(members, converted, journeys_by_set)
    # 4 Monte Carlo standard errors: an order's contribution lies in -1..1, 4,000 orders
    assert _by_sampled_orders(members, converted, journeys_by_set, 1) == pytest.approx(exact, abs=4 / np.sqrt(4_000))


def _chain_journeys(order: int, count: int, seed: int) -> Paths:
    """Journeys of a chain of the given order over 3 channels."""
    generator = np.random.default_rng(seed)
    table = generator.dirichlet(np.ones(3) * 0.4, size=3**order)
    rows: dict[str, list[float]] = {}
    for _ in range(count):
        route = list(generator.integers(0, 3, size=order))
        while generator.random() > 0.2:
            context = sum(step * 3**place for place, step in enumerate(route[-order:]))
            route.append(int(generator.choice(3, p=table[context])))
        merged = [step for place, step in enumerate(route) if place == 0 or step != route[place - 1]]
        rows.setdefault(" > ".join("abc"[step] for step in merged), [0.0, 0.0])[int(generator.random() < 0.7)] += 1
    return Paths.from_rows((path, counts[0], counts[0], counts[1]) for path, counts in rows.items())


@pytest.mark.slow
def test_the_order_chosen_is_one_where_the_next_channel_depends_on_the_last_alone():
    assert choose_order(_chain_journeys(1, 4_000, 5)).order == 1


@pytest.mark.slow
def test_the_order_chosen_is_higher_where_the_next_channel_depends_on_the_last_two():
    choice = choose_order(_chain_journeys(2, 8_000, 5))
    assert choice.order == 2
    assert choice.bic[1] < choice.bic[0]


def test_states_are_told_apart_when_their_codes_outgrow_64_bits():
    """32 touches over 4 channels need 5^32 codes; a wrong numbering would merge paths that differ early."""
    long = ["a > b > c > direct" + " > a > b" * 14, "b > b > c > direct" + " > a > b" * 14]
    paths = Paths.from_rows([(long[0], 3, 3, 1), (long[1], 0, 0, 4), ("c", 1, 1, 1)])
    table = count_transitions(paths, 32)
    assert len(table.grams) == 3
    assert sorted(zip(table.conversions.tolist(), table.nulls.tolist(), strict=True)) == [(0, 4), (1, 1), (3, 1)]
