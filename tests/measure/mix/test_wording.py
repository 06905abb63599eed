"""What is said of a mix: amounts with their intervals, never a number that is only what was assumed."""

from __future__ import annotations

import dataclasses
import json
import re

import pytest

from leadline.measure.mix import wording
from leadline.measure.mix.result import Quantity
from leadline.review.mix_document import MixDocument, mix_document
from made_up_mix import made_up_validity


def test_the_sentence_names_the_best_the_untold_and_the_error(result):
    told = result.sentence()
    assert told.startswith(
        "tv brought 1.6 MEUR (90 %: 0.98 to 2.6), 1.6 EUR a EUR (90 %: 1.0 to 2.6), practically certain (> 99 %) the most of "
        "the 2 of 5 channels that the data can tell (evidence grade C)."
    )
    assert (
        "The number of search (60 % assumed beforehand) is no measurement yet. What would tell: vary search on its own for a "
        "quarter."
    ) in told
    assert (
        "radio and video can't be told apart; together they brought 260 kEUR (90 %: 190 to 360), 1.3 EUR a EUR" in told
    )
    assert (
        "For letters the data and what was assumed pull apart: write priors: {letters: {share: {median: 0.004, log_sd: 1.5}}} in "
        "mix.yaml and fit again."
    ) in told
    assert "On weeks it had not seen it was off by 8.2 % on average, and 91 % of them lay inside" in told


def test_a_channel_that_cannot_be_told_has_no_number_of_its_own(result):
    row = next(row for row in result.table() if row["channel"] == "radio")
    assert [row[name] for name in ("roi", "roi_p05", "marginal_roi", "contribution", "share")] == [None] * 5
    assert (row["told_with"], row["roi_together"], row["contribution_together"]) == ("radio + video", 1.3, 260_000)
    said = row["note"]
    assert said.startswith("radio can't be told apart from video in these data: it moves with video (correlation 0.93;")
    assert "What was assumed for radio beforehand decides its number, not the data." in said
    assert said.endswith("What would tell: a test that switches radio off in some regions for some weeks, precise enough "
                         "with a standard error of 0.35 per EUR.")  # fmt: skip
    own = wording.roi_words(result.channel("radio").roi, "EUR")
    assert own not in result.sentence() + said  # 1.1, which is what was assumed


def test_a_number_that_leans_on_what_was_assumed_says_how_much_of_it_and_what_would_tell(result):
    document = mix_document(result, seconds=1.0)
    said = next(one.note for one in document.channels if one.name == "search")
    assert said == next(row["note"] for row in result.table() if row["channel"] == "search") == (
        "search brought 500 kEUR (90 %: 310 to 820), 2.5 EUR a EUR (90 %: 1.5 to 4.1). That is no measurement yet: what was "
        "assumed beforehand, 1.2 for each 1 spent (90 %: 0.28 to 5.4), weighs 60 % in it, the data 40 %. What would tell: vary "
        "search on its own for a quarter."
    )  # fmt: skip
    few = {"contraction": 0.9, "reason": "it ran in 2 % of the weeks only"}
    seldom = tuple(dataclasses.replace(one, **few) if one.name == "search" else one for one in result.channels)
    rare = dataclasses.replace(result, channels=seldom)
    assert "The number of search (it ran in 2 % of the weeks only) is no measurement yet." in rare.sentence()
    assert "and whatever else happened then is in it" in rare.table()[1]["note"]
    known = [wording.known_words(one.channel("search"), "week") for one in (result, rare)]
    assert known == ["60 % assumed", "few weeks only"]


def test_of_a_channel_that_cannot_be_told_no_wider_prior_gives_its_number_away(result):
    odd = tuple(dataclasses.replace(one, conflict=one.name == "radio") for one in result.channels)
    told = dataclasses.replace(result, channels=odd)
    assert "pull apart" not in told.sentence() + " ".join(row["note"] for row in told.table())


def test_chains_that_did_not_settle_give_no_number_anywhere(unsettled):
    told = unsettled.sentence()
    assert told.startswith("The model of revenue did not settle (tv alpha), so no number is shown. Acceptance 0.99:")
    shown = {"channel", "kind", "spend", "unit", "identified", "verdict", "prior_conflict", "told_with", "note"}
    for row in unsettled.table():
        assert {value for name, value in row.items() if name not in shown} == {None}
        assert row["note"] == "Not shown: the chains did not settle."
    document = mix_document(unsettled, seconds=1.0)
    assert (document.baseline, document.media_share, document.holdout, document.steps) == (None,) * 4
    numbers = (
        "roi",
        "roi_cohort",
        "marginal_roi",
        "contribution",
        "share",
        "posterior",
        "together",
        "curve",
        "verdict",
    )
    assert all(getattr(one, name) is None for one in document.channels for name in numbers)
    assert not any(one.identified for one in document.channels)
    assert {one.modelled for one in document.experiments} == {None}


def test_rows_have_the_same_keys_and_stand_in_order_of_what_was_brought(result, unsettled):
    rows = [*result.table(), *unsettled.table()]
    assert len({tuple(row) for row in rows}) == 1
    assert [row["channel"] for row in result.table()] == ["tv", "search", "letters", "video", "radio"]


def test_nothing_told_nothing_unseen_and_money_without_a_name(result):
    silent = tuple(
        dataclasses.replace(one, verdict="not identified", told=None, conflict=False) for one in result.channels[:1]
    )
    told = dataclasses.replace(
        result, channels=silent, holdout=None, currency="money", contribution_unit="money"
    ).sentence()
    assert told == (
        "What the one channel brought can't be told from these data alone. Of radio the data tell next to nothing: what was "
        "assumed decides. It was not tried on weeks it had not seen: only a fit that keeps some apart would tell how far off it is."
    )
    plain = dataclasses.replace(result, currency="money", contribution_unit="money")
    assert "tv brought 1.6 M (90 %: 0.98 to 2.6), 1.6 for each 1 spent (90 %: 1.0 to 2.6)" in plain.sentence()


def test_too_few_steps_to_keep_some_apart_are_said_instead_of_an_option_that_would_not_help(result):
    short = dataclasses.replace(result.series, time=result.series.time[:40])
    told = wording.unseen(dataclasses.replace(result, holdout=None, series=short))
    assert told == "40 weeks are too few to keep some apart and try it on them: 52 are needed."
    no_share = dataclasses.replace(result.holdout, mape=float("inf"))
    told = wording.unseen(dataclasses.replace(result, holdout=no_share))
    assert told == "On weeks it had not seen 91 % of them lay inside its 90 % interval."


def test_a_quick_estimate_and_coarse_data_say_so_in_every_sentence(result):
    caveat = (
        "yearly data: carry-over inside a year can't be seen, and adding up over time makes it look longer than it is"
    )
    coarse = dataclasses.replace(result, grain="year", method="instant", notes=(caveat, caveat))
    assert coarse.sentence().startswith("Quick estimate: ")
    assert coarse.sentence().count("Yearly data: carry-over inside a year can't be seen") == 1
    assert all("Yearly data:" in row["note"] for row in coarse.table())


@pytest.mark.parametrize(
    ("quantity", "said"),
    [
        ((0.912, 1.57, 2.44), "1.6 for each 1 spent (90 %: 0.9 to 2.4)"),
        ((1.231, 1.234, 1.237), "1.234 for each 1 spent (90 %: 1.231 to 1.237)"),
        ((-0.2, 3.0, 40.0), "3 for each 1 spent (90 %: 0 to 40)"),
    ],
)
def test_a_ratio_has_no_digit_that_its_interval_does_not_carry(quantity, said):
    assert wording.roi_words(Quantity(0, *quantity), "money") == said


def test_an_outcome_of_three_capitals_is_no_currency():
    leads = Quantity(0, 9_000, 12_000, 15_000)
    assert wording.amount_words(leads, "MQL", currency="EUR") == "12\u202f000 MQL (90 %: 9\u202f000 to 15\u202f000)"
    assert wording.amount_words(leads, "EUR", currency="EUR") == "12 kEUR (90 %: 9 to 15)"


def test_where_the_data_tell_nothing_of_marketing_that_is_said_first(result):
    silent = tuple(dataclasses.replace(one, verdict="not identified", told=None) for one in result.channels)
    told = dataclasses.replace(result, channels=silent, all_told=False).sentence()
    assert told.startswith("The data can't tell what marketing brought from what revenue would have been without it:")
    some = dataclasses.replace(result, all_told=False).sentence()
    assert some.startswith("tv brought")
    assert "What all channels brought together can't be told." in some
    document = mix_document(dataclasses.replace(result, all_told=False), seconds=1.0)
    assert (document.all_told, document.baseline, document.media_share) == (False, None, None)
    assert {one.baseline for one in document.steps} == {None}


def test_what_all_brought_together_says_how_much_of_it_was_assumed(result):
    said = "What all channels brought together, and so revenue without them, is no measurement yet either: 70 % of it was assumed"
    assert said not in result.sentence()
    assert said in dataclasses.replace(result, contraction=0.3).sentence()


def test_channels_that_are_given_more_than_there_is_are_not_told_without_that(result):
    said = "But revenue without marketing would then be below zero, very likely (97 %): the channels are given more than there is"
    assert said not in result.sentence()
    assert said in dataclasses.replace(result, baseline_negative=0.97).sentence()
    net = dataclasses.replace(result.series, observed=result.series.observed - 1e6)  # a flow that goes out too
    assert said not in dataclasses.replace(result, baseline_negative=0.97, series=net).sentence()


def test_the_document_holds_the_promised_keys_and_none_but_numbers_in_them(result):
    document = mix_document(result, seconds=12.5, validity=made_up_validity())
    raw = json.loads(document.model_dump_json())
    promised = {
        "method",
        "converged",
        "max_rhat",
        "min_ess_bulk",
        "divergences",
        "seconds",
        "channels",
        "baseline",
        "holdout",
    }
    assert promised <= set(raw)
    assert {"name", "roi", "contribution", "marginal_roi", "identified", "note"} <= set(raw["channels"][0])
    assert raw["channels"][0]["roi"].keys() == {
        "mean",
        "p05",
        "p50",
        "p95",
    }  # kept though it is not told: `identified` says so
    assert (raw["channels"][0]["identified"], raw["channels"][0]["together"]["channels"]) == (False, ["radio", "video"])
    assert (raw["holdout"]["mape"], raw["holdout"]["coverage90"], raw["seconds"]) == (8.2, 0.91, 12.5)
    assert raw["channels"][4]["roi"] is None  # letters were not paid for
    assert set(raw["channels"][4]["curve"]["spend"]) == {None}
    assert (len(raw["steps"]), raw["steps"][7]["observed"]) == (60, None)
    assert raw["all_told"]
    assert {raw["baseline"]["p50"], raw["media_share"]["p50"]} == {6_000_000, 0.29}
    assert (raw["validity"]["passed"], len(raw["validity"]["trials"])) == (False, 8)
    assert raw["notes"] == ["population is not given"]
    assert MixDocument.model_validate(raw) == document
    assert not re.search(r"\b(NaN|Infinity)\b", document.model_dump_json())
