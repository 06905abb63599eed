"""Published and constructed numbers that must come out, and results of other packages that must not."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from leadline.evidence.path_files import read_paths
from leadline.inputs import Paths
from leadline.measure.paths import PathOptions, credit_paths
from leadline.measure.paths.counts import count_transitions
from leadline.measure.paths.markov import removal_effects, transition_table
from leadline.measure.paths.shapley import of_all_sets, of_seen_sets

POINT = PathOptions(bootstrap=0)
RULES = ("first", "last", "linear", "position")
SHAPLEY = ("shapley-cumulative", "shapley-set-rate", "shapley-cumulative-rate")


@pytest.fixture(scope="session")
def toys(shared: Path) -> dict[str, Any]:
    return json.loads((shared / "vectors/paths/toys.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def expected(shared: Path) -> dict[str, Any]:
    return json.loads((shared / "vectors/paths/pathdata.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def pathdata(shared: Path) -> Paths:
    journeys = read_paths(shared / "data/pathdata/pathdata.csv").journeys
    assert isinstance(journeys, Paths)
    return journeys


def toy(rows: list[dict[str, Any]]) -> Paths:
    return Paths.from_rows((r["path"], r["conversions"], r.get("value", 0.0), r.get("null", 0.0)) for r in rows)


def named(paths: Paths, column: np.ndarray) -> dict[str, float]:
    return dict(zip(paths.channels, column.tolist(), strict=True))


@pytest.mark.parametrize(
    ("rows", "order"),
    [("toy_with_nulls", 1), ("toy_with_nulls", 2), *(("repeats_and_orders", order) for order in (1, 2, 4))],
)
def test_markov_meets_the_toys_at_each_order(toys, rows, order):
    wanted = toys[rows][f"markov_order_{order}"]
    paths = toy(toys[rows]["rows"])
    result = credit_paths(paths, "markov", options=PathOptions(order=order, bootstrap=0))
    assert result.base_rate == pytest.approx(wanted["p_conversion_from_start"], abs=1e-12)
    for key in ("conversions", "value", "removal_effect", "removal_effect_value"):
        assert named(paths, getattr(result, key)) == pytest.approx(wanted[key], abs=1e-6), key


@pytest.mark.parametrize("order", [1, 2, 4])
def test_the_chain_of_repeats_has_the_expected_transitions(toys, order):
    paths = toy(toys["repeats_and_orders"]["rows"])
    table = transition_table(count_transitions(paths, order))
    said = {f"{source} -> {target}": p for (source, target), p in table.items()}
    assert said == pytest.approx(toys["repeats_and_orders"][f"markov_order_{order}"]["transition"], abs=1e-12)


def test_the_chain_of_order_two_with_nulls_has_the_expected_transitions(toys):
    table = transition_table(count_transitions(toy(toys["toy_with_nulls"]["rows"]), 2))
    said = {f"{source} -> {target}": p for (source, target), p in table.items()}
    assert said == pytest.approx(toys["toy_with_nulls"]["transition_order_2"], abs=1e-12)


def test_markov_differs_from_three_wrong_results_of_other_packages(toys):
    paths = toy(toys["toy_with_nulls"]["rows"])
    right = named(paths, credit_paths(paths, "markov", options=POINT).conversions)
    for why, wrong in toys["toy_with_nulls"]["markov_order_1_must_not_equal"].items():
        assert max(abs(right[name] - wrong[name]) for name in right) > 0.1, why


def test_nine_paths_share_their_value_by_each_rule(toys):
    nine = toys["nine_paths"]
    paths = Paths.from_rows((path, nine["conversions_each"], nine["value_each"], 0) for path in nine["paths"])
    for model, key in {"first": "first", "last": "last", "linear": "linear", "position": "position_40_20_40"}.items():
        assert named(paths, credit_paths(paths, model, options=POINT).value) == pytest.approx(
            nine["expected_value"][key]
        ), model
    markov = credit_paths(paths, "markov", options=POINT)
    assert named(paths, markov.removal_effect) == pytest.approx(nine["markov_order1_removal_effect"], abs=1e-6)
    assert named(paths, markov.value) == pytest.approx(nine["markov_order1_value"], abs=1e-6)


def test_a_small_chain_has_its_removal_effects(toys):
    small = toys["small_transition"]
    paths = toy(small["rows"])
    result = credit_paths(paths, "markov", options=POINT)
    assert result.base_rate == pytest.approx(small["p_conv"])
    assert named(paths, result.removal_effect) == pytest.approx(small["removal_effect"])


def test_set_rates_inside_one_set_have_the_expected_shares(toys):
    paths = toy(toys["toy_with_nulls"]["rows"])
    inside = {key: value for key, value in toys["toy_with_nulls"].items() if key.startswith("set_rate")}
    total = {"A": 2.0, "B": 1.0, "C": 0.0}  # the two sets of one channel keep their own conversions
    for shares in inside.values():
        for name, share in shares.items():
            total[name] += share
    assert named(paths, credit_paths(paths, "shapley-set-rate", options=POINT).conversions) == pytest.approx(total)


def test_a_published_game_of_three_players_has_its_shapley_values(toys):
    game = toys["three_player_game"]
    players = "OFD"
    worth = np.zeros(8)
    for players_in, value in game["v"].items():
        worth[sum(1 << players.index(player) for player in players_in)] = value
    members = np.array([[bool(mask >> bit & 1) for bit in range(3)] for mask in range(1, 8)])
    for values in (of_all_sets(worth), of_seen_sets(members, worth[1:])):
        assert dict(zip(players, values.tolist(), strict=True)) == pytest.approx(game["shapley"])


def test_cumulative_shapley_splits_a_path_equally_over_its_channels(toys):
    paths = toy(toys["cumulative_split"]["rows"])
    assert named(paths, credit_paths(paths, "shapley-cumulative", options=POINT).conversions) == pytest.approx(
        toys["cumulative_split"]["shapley"]
    )


def test_ordered_shapley_credits_each_position(toys):
    paths = toy(toys["ordered_shapley"]["rows"])
    result = credit_paths(paths, "shapley-ordered", options=POINT)
    assert result.by_position is not None
    for name, positions in toys["ordered_shapley"]["phi_by_position"].items():
        assert result.by_position[paths.channels.index(name)].tolist() == pytest.approx(positions)


@pytest.mark.parametrize("model", RULES)
def test_rules_meet_pathdata(pathdata, expected, model):
    result = credit_paths(pathdata, model, options=POINT)
    for key in ("conversions", "value"):
        assert named(pathdata, getattr(result, key)) == pytest.approx(expected["models"][model][key], rel=1e-9), key


@pytest.mark.parametrize("model", SHAPLEY)
def test_shapley_meets_pathdata(pathdata, expected, model):
    result = credit_paths(pathdata, model, options=POINT)
    for key in ("conversions", "value"):
        wanted = expected["models"][model][key]
        assert named(pathdata, getattr(result, key)) == pytest.approx(wanted, rel=1e-8, abs=1e-8), key


@pytest.mark.parametrize("nulls", [True, False])
def test_markov_meets_pathdata_with_and_without_nulls(pathdata, expected, nulls):
    wanted = expected["models"]["markov_order_1" if nulls else "markov_order_1_without_nulls"]
    result = credit_paths(pathdata if nulls else without_nulls(pathdata), "markov", options=POINT)
    for key in ("conversions", "value", "removal_effect", "removal_effect_value"):
        assert named(pathdata, getattr(result, key)) == pytest.approx(wanted[key], rel=1e-8), key
    assert any("converters only" in note for note in result.notes) is not nulls


def test_the_transitions_of_pathdata_are_the_expected_ones(pathdata, expected):
    table = transition_table(count_transitions(pathdata, 1))
    said = {f"{source} -> {target}": p for (source, target), p in table.items()}
    assert said == pytest.approx(expected["transition_order_1"], rel=1e-9)


def test_pathdata_has_its_totals(pathdata, expected):
    result = credit_paths(pathdata, "linear", options=POINT)
    assert result.total_conversions == expected["totals"]["conversions"]
    assert result.total_value == pytest.approx(expected["totals"]["value"], rel=1e-12)
    assert pathdata.nulls.sum() == expected["totals"]["nulls"]


@pytest.mark.parametrize("order", [1, 2, 3])
def test_p_conversion_of_pathdata_is_its_base_rate_at_each_order(pathdata, order):
    assert removal_effects(count_transitions(pathdata, order)).base_rate == pytest.approx(19_785 / 88_387, abs=1e-12)


def without_nulls(paths: Paths) -> Paths:
    return replace(paths, nulls=np.zeros_like(paths.nulls), has_nulls=False)
