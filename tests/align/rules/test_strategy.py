"""STR: the look-up tables row by row, and the limits."""

from __future__ import annotations

import pytest

TABLE = [  # checks.md 7.1: intent, segment status, level at retrenchment, stability, growth
    ("acquire", "new", "error", "warning", None),
    ("convert", "new", "error", "warning", None),
    ("acquire", "existing", "warning", None, None),
    ("convert", "existing", None, None, None),
    ("build", "new", "warning", None, None),
    ("expand", "existing", "warning", None, None),
    *(
        (intent, "new", None, None, None)
        for intent in ("retain", "reactivate", "advocate", "serve", "enable", "research")
    ),
    ("exit", "existing", None, "warning", "warning"),
    ("run", "new", None, None, None),
]


@pytest.mark.parametrize(("intent", "status", "retrenchment", "stability", "growth"), TABLE)
def test_direction_and_intent_meet_as_the_table_says(judged, intent, status, retrenchment, stability, growth) -> None:
    for direction, level in (("retrenchment", retrenchment), ("stability", stability), ("growth", growth)):
        result = judged(
            "STR003",
            ("direction: growth", f"direction: {direction}"),
            ("status: existing", f"status: {status}"),
            ("      intent: acquire", f"      intent: {intent}"),
            ("      intent: build", "      intent: retain"),
        )
        assert [found.level for found in result.findings] == ([level] if level else []), direction


def test_of_several_segments_the_worst_counts(judged) -> None:
    other = ("  competitors:\n", "    - {id: racers, name: Racers, status: new}\n  competitors:\n")
    both = ("segments: [riders]", "segments: [riders, racers]")
    result = judged("STR003", other, both, ("direction: growth", "direction: retrenchment"))
    assert {found.element.id: found.level for found in result.findings} == {"ads": "error", "spring": "warning"}


def test_without_a_direction_nothing_contradicts_it(judged) -> None:
    result = judged("", ("direction: growth, ", ""))
    assert [found.code for found in result.shown] == ["STR001"]
    assert "STR003" in {skip.code for skip in result.skipped}


def test_two_corporate_strategies_are_one_too_many(judged) -> None:
    second = ("    - {id: bikes,", "    - {id: shrink, level: corporate, direction: stability}\n    - {id: bikes,")
    (found,) = judged("STR001", second).findings
    assert found.values == {"found": 2}
    assert found.element.id == "shrink"


@pytest.mark.parametrize(
    ("old", "new", "missing"),
    [
        ("level: business_unit, parent: grow", "level: business_unit", "corporate"),
        ("level: market, parent: bikes", "level: market, parent: grow", "business unit"),
        ("level: communications, parent: win-town", "level: social, parent: win-town", "communications"),
        ("level: customer_service, parent: bikes", "level: hr, parent: grow", "business unit"),
        ("level: customer_service, parent: bikes", "parent: bikes", "level"),
    ],
)
def test_each_level_hangs_one_step_up(judged, old: str, new: str, missing: str) -> None:
    (found,) = judged("STR002", (old, new)).findings
    assert found.values["missing"] == missing


@pytest.mark.parametrize("parent", ["bikes", "win-town"])
def test_siblings_hang_on_a_unit_or_a_market(judged, parent: str) -> None:
    new = f"level: product, parent: {parent}"
    assert not judged("STR002", ("level: customer_service, parent: bikes", new)).findings


@pytest.mark.parametrize(("budget", "fires"), [("3.5", False), ("3.6", True)])
def test_a_fifth_of_the_money_may_grow_another_way(judged, budget: str, fires) -> None:
    # spring: its 14 kEUR penetrate; ads bring the pilot's money to 20 % (3.5 of 17.5) and just over it
    result = judged(
        "STR004",
        ("  competitors:\n", "    - {id: racers, name: Racers, status: new}\n  competitors:\n"),
        ("    - id: ads", "segments: [riders]", "segments: [racers]"),
        ("budget: 17 kEUR", f"budget: {budget} kEUR"),
    )
    assert [found.values["derived"] for found in result.findings] == (["market_development"] if fires else [])


def test_a_tactic_with_two_segments_is_split_evenly(judged) -> None:
    result = judged(
        "STR004",
        ("  competitors:\n", "    - {id: racers, name: Racers, status: new}\n  competitors:\n"),
        ("    - id: ads", "segments: [riders]", "segments: [riders, racers]"),
    )
    (found,) = result.findings
    assert found.values["share"] == pytest.approx(8.5 / 31)


def test_money_whose_way_of_growing_is_unknown_is_left_out_until_it_is_most_of_it(judged) -> None:
    ads_unknown = ("    - id: ads", "      offering: city-bike\n", "")
    result = judged("STR004", ads_unknown)
    assert not result.findings
    assert [skip.element for skip in result.skipped] == ["bikes"]  # 17 of 31 kEUR are unknown
    result = judged("STR004", ads_unknown, ("budget: 17 kEUR", "budget: 13 kEUR"))
    assert not result.skipped
    (found,) = judged(
        "STR004",
        ads_unknown,
        ("budget: 17 kEUR", "budget: 13 kEUR"),
        ("growth: penetration", "growth: diversification"),
    ).findings
    assert found.values["money"] == 14_000


def test_tactics_without_an_objective_come_before_strategy(judged) -> None:
    (found,) = judged("STR005", ("objectives:\n", "unused:\n")).findings
    assert found.values == {"tactics": 3, "objectives": 0, "levels": 2}


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("Be everywhere on TikTok", ["tiktok"]),
        ("More local radio", ["local radio"]),
        ("Instagram for commuters", None),  # a word of the segment's name
        ("Posting so that people arrive", None),  # a word of its need
        ("Blogs with them in this town", None),  # town: name of the segment
        ("Podcasts that they want with more", ["podcasts"]),  # function words are nobody's need
        ("Win the high street", None),  # no tool
    ],
)
def test_a_strategy_of_tools_names_somebody_or_is_none(judged, statement: str, words: list[str] | None) -> None:
    result = judged("STR006", ("statement: Win commuters in town", f"statement: {statement}"))
    assert [found.values["words"] for found in result.findings] == ([words] if words else [])


def test_a_level_without_an_owner_stands_alone_only_beside_several_teams(judged) -> None:
    alone = (", aligned_with: [ready], owner: mia", "")
    (found,) = judged("STR008", alone).findings
    assert found.values["teams"] == ["sales", "marketing"]
    one_team = (
        ("owner: mia, importance: 4", "owner: sam, importance: 4"),
        ("owner: mia, importance: 2", "owner: sam, importance: 2"),
    )
    assert not judged("STR008", alone, *one_team).findings


def test_without_teams_alignment_is_not_judged(judged) -> None:
    teams = (
        "  teams:\n    - {id: marketing, function: marketing}\n    - {id: sales, function: sales, agreed: 2026-12-10}\n"
    )
    edits = ((teams, ""), ("mia, team: marketing", "mia"), ("sam, team: sales", "sam"))
    result = judged("", *edits, (", aligned_with: [ready]", ""))
    assert "STR008" not in {found.code for found in result.findings}
    assert ("STR008", "no teams") in {(skip.code, skip.reason) for skip in result.skipped}


def test_who_only_answers_may_broadcast_half_of_the_money(judged) -> None:
    reactive = ("posture: proactive", "posture: reactive")
    half = ("channels: [radio]", "channels: [radio, mail]")
    assert not judged("STR009", reactive, half).findings
    (missing,) = judged("STR009", ("posture: proactive, ", "")).findings
    assert missing.values == {"level": "say-dry", "posture": None, "broadcast_share": None}


def test_a_position_for_every_offering_of_a_segment_is_one(judged) -> None:
    assert not judged("STR011", ("segment: riders, offering: city-bike,", "segment: riders,")).findings
    (found,) = judged("STR011", ("segment: riders, offering: city-bike,", "segment: riders, offering: other,")).findings
    assert found.tactics == ("ads", "spring", "letters")
