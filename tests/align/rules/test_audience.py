"""AUD: whom, with what, when, where, and whether it is true."""

from __future__ import annotations

import pytest

from leadline.align.vocabulary import is_filler, strong_words


@pytest.mark.parametrize("name", ["Everyone", "general public", "All", "The General Public"])
def test_everybody_is_nobody_except_for_building(judged, name: str) -> None:
    result = judged("AUD001", ("name: Commuters in town", f"name: {name}"))
    assert [found.element.id for found in result.findings] == ["ads", "letters"]


@pytest.mark.parametrize(
    ("market", "fires"), [("9000 count", True), ("9000", True), ("9001 count", False), ("9000 EUR", False)]
)
def test_a_segment_as_large_as_the_market_is_everybody(judged, market: str, fires) -> None:
    result = judged("AUD001", ("size: 30000 count", f"size: {market}"))
    assert bool(result.findings) is fires


@pytest.mark.parametrize("intent", ["research", "enable", "exit", "run"])
def test_what_needs_no_customer_needs_no_segment(judged, intent: str) -> None:
    edits = (("intent: acquire", f"intent: {intent}"), ("    - id: ads", "      segments: [riders]\n", ""))
    assert not judged("AUD001", *edits).findings


def test_a_message_for_nobody_in_particular_is_not_the_segments_own(judged) -> None:
    result = judged("AUD003", ("{id: dry, segment: riders,", "{id: dry,"))
    assert [(found.element.id, found.values["segment"]) for found in result.findings] == [
        ("ads", "riders"), ("spring", "riders"), ("letters", "riders"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "trigger", ["always", "Ongoing", "all year", "any time", "none", "TBD", "always, and all year!", "24"]
)
def test_a_filler_is_no_trigger(trigger: str) -> None:
    assert is_filler(trigger) is (trigger != "24")


def test_a_missing_trigger_and_a_filler_are_both_said(judged) -> None:
    timing = "      timing: {trigger: the bike is three years old}\n"
    (missing,) = judged("AUD004", (timing, "")).findings
    assert (missing.element.id, missing.values["trigger"]) == ("letters", None)
    assert not judged("AUD004", ("      intent: build", "      intent: build")).findings  # building needs none


def test_an_owned_channel_may_be_anywhere_and_one_common_venue_is_enough(judged) -> None:
    owned = (
        "name: Local radio, media: paid, mode: broadcast, venues: [streets]",
        "name: Local radio, media: owned, mode: broadcast, venues: []",
    )
    assert not judged("AUD005", owned).findings


def test_a_wrong_place_follows_from_an_unknown_one(judged) -> None:
    result = judged("", (", venues: [web, streets]}", "}"))
    assert [found.code for found in result.shown] == ["SIT007"]
    assert {found.code for found in result.findings if found.caused_by} == {"AUD005"}


SECOND = (
    ("  messages:\n", "    - {id: pos-low, segment: riders, offering: city-bike, difference: costs less}\n  messages:\n"),
    ("try one for a week}\n", "try one for a week}\n    - {id: low, segment: riders, position: pos-low, claim: Pay less}\n"),
)  # fmt: skip


def test_two_positions_of_one_offering_at_the_same_time_are_one_too_many(judged) -> None:
    (found,) = judged("AUD006", *SECOND, ("    - id: spring", "messages: [dry]", "messages: [low]")).findings
    assert found.values["positions"] == ["pos-riders", "pos-low"]
    assert found.values["messages"] == ["dry", "low"]
    assert set(found.tactics) == {"letters", "spring"}


def test_two_positions_after_each_other_are_fine(judged) -> None:
    apart = (
        ("    - id: letters", "messages: [dry]", "messages: [low]"),
        ("    - id: letters", "2027-02-01..2027-10-31", "2027-10-01..2027-12-31"),
    )
    assert not judged("AUD006", *SECOND, *apart).findings
    overlapping = (apart[0], (apart[1][0], apart[1][1], "2027-09-30..2027-12-31"))
    (found,) = judged("AUD006", *SECOND, *overlapping).findings
    assert set(found.tactics) == {"ads", "letters"}


@pytest.mark.parametrize(
    ("claim", "words"),
    [
        ("Twelve plants, no unplanned stop in a year", ("Twelve",)),
        ("One contract and your goods stand in every large marketplace", ()),
        ("A place within two weeks", ("two",)),
        ("Thirty-eight dollars paid for two hours", ("Thirty-eight", "two")),
        ("Guaranteed: 24/7, the best", ("Guaranteed", "24", "7", "best")),
        ("The number one in town", ("number one",)),
        ("Arrive dry and on time", ()),
        ("An honest, earnest request", ()),
    ],
)
def test_numbers_ranks_and_absolutes_are_claims(claim: str, words: tuple[str, ...]) -> None:
    assert strong_words(claim) == words


def test_the_name_of_an_offering_is_no_claim(judged) -> None:
    edits = (("name: City bike,", "name: Bike 3000,"), ("claim: Arrive dry and on time", "claim: Ride the Bike 3000"))
    assert not judged("AUD007", *edits).findings
    assert judged("AUD007", edits[1]).findings


@pytest.mark.parametrize(("part", "fires"), [("30 %", True), ("29.9 %", False)])
def test_three_in_ten_of_a_segment_are_worth_a_word(judged, part: str, fires) -> None:
    gone = (
        "name: Local radio, media: paid, mode: broadcast, venues: [streets]",
        "name: Local radio, media: paid, venues: [web]",
    )
    result = judged("AUD011", gone, ("share_of_segment: 90 %", f"share_of_segment: {part}"))
    assert bool(result.findings) is fires
