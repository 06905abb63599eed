"""A plan that no rule objects to, and what one rule says after an edit of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest

from leadline.align import examples
from leadline.align.result import CheckResult
from leadline.align.run import CheckOptions, check
from leadline.plan.source import parse_plan

Edit = tuple[str, str] | tuple[str, str, str]
Judge = Callable[..., CheckResult]
DAY = dt.date(2027, 1, 2)


def edited(text: str, edits: tuple[Edit, ...]) -> str:
    """Replace the first `old` (after an anchor, where three texts are given); each must be there."""
    for edit in edits:
        anchor, old, new = edit if len(edit) == 3 else ("", *edit)
        at = text.index(old, text.index(anchor))
        text = text[:at] + new + text[at + len(old) :]
    return text


@pytest.fixture
def sound() -> str:
    """The text of a small whole plan about bikes in a town."""
    return examples.text_of("SIT001", "good")


@pytest.fixture
def judged(sound: str) -> Judge:
    """Run one rule on the sound plan after some edits."""

    def judge(code: str, *edits: Edit, day: dt.date = DAY, **options: object) -> CheckResult:
        asked = {"select": (code,) if code else ()} | options
        return check(parse_plan(edited(sound, edits)), CheckOptions(as_of=day, **asked))

    return judge
