"""What people get: intervals, notes, sentences, charts, refusals."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from leadline.errors import InputError, NothingDone, UsageError
from leadline.evidence.path_files import read_paths
from leadline.inputs import Paths
from leadline.measure.paths import MODELS, PathOptions, compare_credits, credit_paths
from leadline.measure.paths.counts import count_transitions
from leadline.measure.paths.markov import removal_effects, shared_out
from leadline.measure.paths.resample import person_counts

POINT = PathOptions(bootstrap=0)
ROWS = [
    ("search > mail", 60, 600.0, 40),
    ("search", 20, 200.0, 80),
    ("mail", 10, 100.0, 90),
    ("search > mail > direct", 50, 500.0, 50),
    ("fair", 3, 90.0, 20),
]


@pytest.fixture
def paths() -> Paths:
    return Paths.from_rows(ROWS)


@pytest.fixture(scope="module")
def pathdata(shared) -> Paths:
    journeys = read_paths(shared / "data/pathdata/pathdata.csv").journeys
    assert isinstance(journeys, Paths)
    return journeys


def width(draws: np.ndarray) -> np.ndarray:
    low, high = np.quantile(draws, (0.05, 0.95), axis=0)
    return high - low


def test_an_unknown_model_is_refused_with_the_known_ones(paths):
    with pytest.raises(UsageError, match=r'model "markow" is not known. Did you mean "markov"\?.*linear'):
        credit_paths(paths, "markow")


@pytest.mark.parametrize("model", ["w-shape", "full-path", "shapley-model", "time-to-event"])
def test_a_planned_model_says_that_it_is_not_built(paths, model):
    with pytest.raises(UsageError, match=f'Model "{model}" is not built yet'):
        credit_paths(paths, model)


def test_time_decay_is_refused_on_aggregated_paths_with_the_reason(paths):
    with pytest.raises(UsageError, match="aggregated paths have none"):
        credit_paths(paths, "time-decay")


def test_paths_without_conversions_are_nothing_done():
    with pytest.raises(NothingDone, match="no conversions in these paths"):
        credit_paths(Paths.from_rows([("a", 0, 0, 5)]), "linear")


def test_every_problem_of_the_data_is_listed_at_once():
    bad = Paths.from_rows([("a", -1, 0, 5), ("b", 0, 4, 1), ("c", 1, float("nan"), 1)])
    with pytest.raises(InputError) as caught:
        credit_paths(bad, "linear")
    said = " ".join(caught.value.problems)
    assert "conversions of path 0 is -1" in said
    assert "path 1 has value and no conversion" in said
    assert "value of path 2 is nan" in said


def test_options_that_mean_nothing_are_refused_together():
    with pytest.raises(InputError) as caught:
        PathOptions(order=0, half_life=0, bootstrap=-1)
    assert len(caught.value.problems) == 3


def test_rows_that_count_nothing_are_ignored_and_said(paths):
    more = Paths.joined([paths, Paths.from_rows([("nobody", 0, 0, 0)])])
    result = credit_paths(more, "linear", options=POINT)
    assert "1 rows with neither conversions nor nulls were ignored." in result.notes
    assert result.conversions[result.channels.index("nobody")] == 0


def test_the_intervals_of_a_rule_are_those_of_poisson_counts(paths):
    """First touch: a channel's conversions are a sum of Poisson counts, itself Poisson."""
    result = credit_paths(paths, "first", options=PathOptions(bootstrap=4_000))
    search = result.conversion_draws[:, result.channels.index("search")]
    # 4 Monte Carlo standard errors of mean and variance of Poisson(130) over 4,000 draws
    assert search.mean() == pytest.approx(130, abs=4 * np.sqrt(130 / 4_000))
    assert search.var() == pytest.approx(130, rel=4 * np.sqrt(2 / 4_000))


@pytest.mark.slow
def test_dirichlet_rows_and_a_full_refit_give_intervals_of_one_width(pathdata):
    """Measurement 3.5: within 20 % on pathdata. Narrow channels (support under 100) are left to chance."""
    ours = credit_paths(pathdata, "markov").conversion_draws
    random, refits = np.random.default_rng(3), []
    for _ in range(300):
        converted = random.poisson(pathdata.conversions).astype(float)
        again = replace(pathdata, conversions=converted, nulls=random.poisson(pathdata.nulls).astype(float))
        refits.append(shared_out(removal_effects(count_transitions(again)).conversions, converted.sum()))
    common = credit_paths(pathdata, "markov", options=POINT).support > 100
    ratio = width(ours)[common] / width(np.array(refits))[common]
    assert ratio == pytest.approx(np.ones(len(ratio)), abs=0.2)


@pytest.mark.parametrize("model", [model for model in MODELS if model != "time-decay"])
def test_estimates_lie_inside_their_intervals_and_the_seed_decides_the_draws(paths, model):
    result = credit_paths(paths, model, options=PathOptions(bootstrap=200))
    low, high = np.quantile(result.conversion_draws, (0.005, 0.995), axis=0)
    assert (low <= result.conversions + 1e-9).all()
    assert (result.conversions <= high + 1e-9).all()
    again = credit_paths(paths, model, options=PathOptions(bootstrap=200))
    assert np.array_equal(again.conversion_draws, result.conversion_draws)
    other = credit_paths(paths, model, options=PathOptions(bootstrap=200, seed=2))
    assert not np.array_equal(other.conversion_draws, result.conversion_draws)


def test_without_replicates_no_interval_is_said(paths):
    result = credit_paths(paths, "markov", options=POINT)
    assert result.conversion_draws is None
    assert {row["low"] for row in result.table()} == {None}
    assert "90 %" not in result.sentence()


def test_people_are_drawn_alike_wherever_the_data_are_cut():
    people = np.array([3, 99, 2**63, 7], dtype=np.uint64)
    whole = person_counts(people, 500, seed=1)
    assert np.array_equal(whole[2:], person_counts(people[2:], 500, seed=1))
    many = person_counts(np.arange(2_000, dtype=np.uint64), 100, seed=1)
    # Poisson(1): mean and variance 1 within 4 standard errors of 200,000 draws; the variance's is sqrt(3 / n)
    assert many.mean() == pytest.approx(1, abs=4 * np.sqrt(1 / many.size))
    assert many.var() == pytest.approx(1, abs=4 * np.sqrt(3 / many.size))


def test_journeys_of_one_person_widen_the_interval():
    """Ten conversions of one person are one draw, not ten."""
    rows = [("a", 1.0, 1.0, 0.0)] * 100 + [("b", 1.0, 1.0, 0.0)] * 100
    alone = replace(Paths.from_rows(rows), people=np.arange(200, dtype=np.uint64))
    few = replace(Paths.from_rows(rows), people=np.arange(200, dtype=np.uint64) // np.uint64(10))
    options = PathOptions(bootstrap=2_000)
    narrow = credit_paths(alone, "linear", options=options).conversion_draws.std(axis=0)
    wide = credit_paths(few, "linear", options=options).conversion_draws.std(axis=0)
    assert wide / narrow == pytest.approx(np.full(2, np.sqrt(10)), rel=0.1)


def test_small_channels_are_pooled_so_that_no_cell_stays_small(paths):
    result = credit_paths(paths, "linear", options=PathOptions(bootstrap=0, min_cell=50))
    assert "fair" not in result.channels
    assert result.total_conversions == 143
    assert any("Pooled" in note and "fair" in note for note in result.notes)
    from leadline.measure.paths.shaping import pooled, reached

    assert reached(pooled(paths, 50)).min() >= 50


def test_a_pooled_cell_that_is_itself_too_small_takes_the_next_channel_along(paths):
    result = credit_paths(paths, "linear", options=PathOptions(bootstrap=0, min_cell=24))
    assert set(result.channels) == {"search", "mail", "other"}


def test_equal_neighbours_are_merged_when_asked_and_the_notes_say_so():
    paths = Paths.from_rows([("a > a > b", 1, 1, 0), ("b", 1, 1, 0)])
    plain = credit_paths(paths, "linear", options=POINT)
    merged = credit_paths(paths, "linear", options=PathOptions(bootstrap=0, collapse_repeats=True))
    assert plain.conversions.tolist() == pytest.approx([2 / 3, 4 / 3])
    assert merged.conversions.tolist() == pytest.approx([0.5, 1.5])
    assert any("merged" in note for note in merged.notes)


def test_last_non_direct_passes_over_direct_unless_all_is_direct():
    paths = Paths.from_rows([("a > Direct", 3, 3, 0), ("Direct > Direct", 2, 2, 0), ("Direct > a", 1, 1, 0)])
    result = credit_paths(paths, "last-non-direct", options=POINT)
    assert dict(zip(result.channels, result.conversions.tolist(), strict=True)) == {"a": 4.0, "Direct": 2.0}


@pytest.mark.slow
def test_the_sentence_gives_number_interval_and_says_once_that_credit_is_not_lift(pathdata):
    said = credit_paths(pathdata, "markov").sentence()
    assert said.startswith("alpha is credited with 5\u202f345 of 19\u202f785 conversions (90 %: 5\u202f2")
    assert said.count("not lift") == 1
    assert "caused" not in said


def test_neighbours_too_close_to_rank_are_said_to_be_so():
    paths = Paths.from_rows([("a", 50, 50, 50), ("b", 49, 49, 50)])
    result = credit_paths(paths, "linear")
    assert not result.neighbours()[0].is_sure
    assert "too little data to rank" in result.sentence()


def test_channels_with_few_conversions_are_marked(paths):
    result = credit_paths(paths, "linear")
    notes = {row["channel"]: row["note"] for row in result.table()}
    assert notes["fair"] == "fewer than 10 conversions in its paths"
    assert notes["search"] == ""
    assert "Fewer than 10 conversions in their paths: fair." in result.notes


def test_what_had_no_touch_stands_in_the_line_unattributed(paths):
    booked = replace(paths, empty_conversions=7.0, empty_value=70.0, open_journeys=4.0)
    result = credit_paths(booked, "markov", options=POINT)
    last = result.table()[-1]
    assert (last["channel"], last["conversions"], last["value"]) == ("unattributed", 7.0, 70.0)
    assert last.keys() == result.table()[0].keys()
    assert any("4 journeys are younger" in note for note in result.notes)


def test_the_chart_draws_the_interval_it_has_and_says_where_it_has_none(paths):
    drawn = credit_paths(paths, "markov").chart()
    assert [layer["mark"]["type"] for layer in drawn["layer"]] == ["rule", "rule", "point"]
    amounts = [row["conversions"] for row in drawn["data"]["values"]]
    assert amounts == sorted(amounts, reverse=True)
    first = drawn["data"]["values"][0]
    assert first["low"] < first["lower_half"] < first["upper_half"] < first["high"]
    bare = credit_paths(paths, "markov", options=POINT).chart()
    assert len(bare["layer"]) == 1
    assert "no intervals were computed" in bare["title"]["subtitle"]


def test_all_models_that_the_input_allows_are_compared_and_the_rest_is_named(paths):
    together = compare_credits(paths, PathOptions(bootstrap=50))
    assert [credit.model for credit in together.credits] == [model for model in MODELS if model != "time-decay"]
    for name in ("time-decay", "w-shape", "full-path", "shapley-model", "time-to-event"):
        assert any(note.startswith(f"{name}:") for note in together.notes), name
    alone = credit_paths(paths, "linear", options=PathOptions(bootstrap=50))
    assert together.credits[3].conversions.tolist() == alone.conversions.tolist()
    assert together.table()[0]["channel"] == "search"
    assert "of 10 models" in together.sentence()
    assert {layer["mark"]["type"] for layer in together.chart()["layer"]} == {"rule", "point"}


def test_a_decimal_number_does_not_cut_the_title_of_the_comparison():
    title = compare_credits(Paths.from_rows([("a > a > b", 1, 1, 0), ("b > a", 2, 2, 3)]), POINT).chart()["title"]
    assert title["text"].endswith("conversions depending on the model")


def test_a_channel_that_the_models_place_far_apart_is_pointed_out():
    rows = [(f"opener > {name}", 10, 10.0, 10) for name in ("a", "b", "c")] + [("a > b > c", 5, 5.0, 5)]
    assert "opener" in compare_credits(Paths.from_rows(rows), POINT).disputed()


@pytest.mark.slow
def test_the_order_is_chosen_when_asked_and_the_reason_noted(pathdata):
    result = credit_paths(pathdata, "markov", options=PathOptions(order="auto", bootstrap=0))
    assert result.order == 4
    assert any(note.startswith("Order 4 was chosen as the smallest within one standard error") for note in result.notes)


def test_the_manifest_names_input_options_and_seed(paths):
    manifest = credit_paths(paths, "markov", options=PathOptions(bootstrap=0, seed=5)).manifest
    assert (manifest.kind, manifest.input_hash, manifest.seed) == ("paths", paths.hash, 5)
    assert manifest.options["model"] == "markov"
