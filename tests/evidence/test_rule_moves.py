"""Two versions of the channel rules are compared over the same rows."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from leadline.errors import UsageError
from leadline.evidence import frames
from leadline.evidence.channels import Channels, Rule
from leadline.evidence.rule_moves import rule_moves
from leadline.evidence.rules import refresh
from leadline.review.importing import channels_of
from leadline.settings import read_settings

RULES = """
[channels]
exclude = ["Pay.example"]
before = [{field = "source", op = "starts", pattern = "Partner-", channel = "Partner"}]
behind = [{field = "medium", op = "is", pattern = "strange", and_field = "source", and_op = "matches", and_pattern = "^x", channel = "Odd"}]

[quality]
direct.share = 0.5
gap = 3
"""


def touch(key, **more):
    given = {
        "source_key": key,
        "node": "crm:1",
        "happened_at": "2027-03-01T00:00",
        "class": "activity",
        "event": "page",
        **more,
    }
    return {"rows": [["touches", given]]}


def test_touches_and_money_that_move_are_counted_and_the_rules_themselves_move_them(warehouse, tmp_path):
    file = tmp_path / "rules.toml"
    file.write_text(RULES, encoding="utf-8")
    settings = read_settings(file)
    assert settings.quality == {"direct.share": 0.5, "gap": 3.0}
    own = channels_of(settings.channels)
    warehouse.give("web.jsonl", [
        touch("a", utm_source="partner-7", utm_medium="cpc"), touch("b", referrer_host="pay.example"), touch("c", utm_source="x", utm_medium="strange"),
        touch("d", utm_source="google", utm_medium="cpc"), touch("e", channel="Fair"),
        {"rows": [["spend", {"day": "2027-03-01", "campaign": "p", "amount": "7.00", "currency": "EUR", "utm_source": "partner-7", "utm_medium": "cpc"}]]},
    ])  # fmt: skip
    at = frames.as_of(warehouse.store, timezone="UTC", day=dt.date(2027, 3, 31))
    moved = rule_moves(warehouse.store, ("baseline", "now"), at=at, now=own)
    told = {(one["table"], one["from"], one["to"]): (one["rows"], one["money"]) for one in moved.table()}
    assert told == {
        ("touches", "Paid Other", "Partner"): (1, None), ("touches", "Referral", "(goes on with what was before)"): (1, None),
        ("touches", "Unassigned", "Odd"): (1, None), ("spend", "Paid Other", "Partner"): (1, 7.0),
    }  # fmt: skip
    assert (moved.document()["touches"], moved.of) == (3, {"touches": 4, "spend": 1}), (
        "a named channel is nobody's to decide"
    )
    assert "3 of 4 touches and 7 EUR" in moved.sentence()
    refresh(warehouse.workspace, warehouse.facts, channels=own, stage_maps={}, clock=warehouse.clock)
    versions = (Channels().version, own.version[:6])
    again = rule_moves(warehouse.store, versions, at=at, now=Channels())
    assert again == replace(moved, a=Channels().version, b=own.version), "a version is read back as it was applied"
    with pytest.raises(UsageError, match="baseline"):
        rule_moves(warehouse.store, ("ffff", "now"), at=at, now=own)


@pytest.mark.parametrize(
    "text",
    [
        '[channels]\nbefore = [{field = "sauce", op = "is", pattern = "x", channel = "Y"}]', '[channels]\nbefore = [{field = "source", op = "like", pattern = "x", channel = "Y"}]',
        '[channels]\nbefore = [{field = "source", op = "matches", pattern = "(", channel = "Y"}]', '[channels]\nbefore = [{field = "source", op = "is", channel = "Y"}]',
        '[channels]\nbefore = [{field = "source", op = "is", pattern = "x"}]', '[channels]\nexclude = "pay.example"', '[channels]\nbehind = "x"', '[quality]\ngap = "much"',
    ],
)  # fmt: skip
def test_a_rule_that_could_never_be_tried_is_refused_with_its_place(tmp_path, text):
    file = tmp_path / "leadline.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match=r"leadline\.toml"):
        read_settings(file)


def test_a_rule_of_ones_own_is_not_taken_for_a_known_one():
    own = Rule("source", "is", "x", "Y", origin="workspace")
    assert Channels(before=(own,)).rules[0] == own
