"""How fast the touch points of the plan answered lately, for the checks of their promises."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from leadline.align.facts import FirstReplies
from leadline.evidence.frames import AsOf
from leadline.evidence.store import Store
from leadline.evidence.waiting import Wait, hours_until, waits
from leadline.plan.model import Plan

RECENT_DAYS = 91  # own: thirteen weeks, as the rates of entries (decisions.md); a promise is about now
FEWEST = 10  # own: "nine of ten" needs ten
NINE_OF_TEN = 0.9  # checks.md, TPM005


def first_replies(plan: Plan, store: Store, *, at: AsOf) -> Mapping[str, FirstReplies]:
    """Return, per touch point with enough conversations of the last thirteen weeks, how fast they were answered.

    A message belongs to the touch point whose id or name it carries; hours by the clock, see `FirstReplies`.
    """
    known = {_folded(text): point.id for point in plan.situation.touchpoints for text in (point.name, point.id) if text}
    since = at.day - dt.timedelta(days=RECENT_DAYS)
    lately: dict[str, list[Wait]] = {}
    for one in waits(store, at=at) if known else ():
        if one.opened_on > since and _folded(one.touchpoint) in known:
            lately.setdefault(known[_folded(one.touchpoint)], []).append(one)
    found = {}
    for name, opened in lately.items():
        if len(opened) >= FEWEST:
            within = hours_until(opened, NINE_OF_TEN)
            longest = max(one.hours for one in opened)
            found[name] = FirstReplies(longest if within is None else within, len(opened))
    return found


def _folded(text: str) -> str:
    return " ".join(text.casefold().replace("_", " ").replace("-", " ").split())
