"""The plan behind the examples of these families is whole: no rule says a word, at any level."""

from __future__ import annotations

import datetime as dt

from leadline.align.run import CheckOptions, check
from leadline.plan.source import parse_plan

ABSENT = ("no data", "no approval has stamped the plan")


def test_no_rule_objects_to_the_sound_plan(sound: str) -> None:
    result = check(parse_plan(sound), CheckOptions(as_of=dt.date(2027, 1, 2), preview=True))
    assert not result.findings, "\n".join(map(str, result.findings))
    assert not [skip for skip in result.skipped if skip.element is None and skip.reason not in ABSENT]
