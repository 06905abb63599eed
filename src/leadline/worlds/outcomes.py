"""The truth of what happened beside the bridge: orders, answers, share of voice, tests, noise."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from statistics import median
from typing import Any

from leadline.worlds.company import Company
from leadline.worlds.parameters import Trial
from leadline.worlds.shop import Order
from leadline.worlds.talking import Message, Post, collected
from leadline.worlds.trials import assigned


def sold(company: Company, orders: Sequence[Order]) -> dict[str, Any]:
    """Return orders, buyers and money up to as-of; `first_contracts` is the money of cases before refunds."""
    shop = company.world.shop
    known = [order for order in orders if order.at <= company.as_of]
    buyers = Counter(order.buyer for order in known)
    return {
        "orders": len(known),
        "buyers": len(buyers),
        "repeat_buyers": sum(count > 1 for count in buyers.values()),
        "gross": sum(order.gross for order in known) / 100,
        "refunded": sum(order.refunded for order in known) / 100,
        "net": round(sum(order.net(shop.tax) for order in known) / 100, 4) if shop else 0.0,
        "first_contracts": sum(order.gross for order in known if order.case) / 100,
        "repeat": shop.repeat.model_dump() if shop and shop.repeat else None,
    }


def answered(company: Company, messages: Sequence[Message]) -> dict[str, Any]:
    """Return how inbound messages up to as-of fared: hours on the clock until a person answered."""
    known = [one for one in messages if one.at <= company.as_of]
    asked = {one.key: one.at for one in known if one.inbound}
    by_person = {one.answers: one.at for one in known if not one.inbound and not one.is_auto}
    hours = sorted((at - asked[key]).total_seconds() / 3600 for key, at in by_person.items())
    replies = company.world.replies
    return {
        "inbound": len(asked),
        "answered": len(by_person),
        "auto": sum(one.is_auto for one in known),
        "median_hours": round(median(hours), 4) if hours else None,
        "first_reply_hours": [24 * replies.first_reply.median, 24 * replies.first_reply.p90] if replies else None,
    }


def voice(company: Company, posts: Sequence[Post]) -> dict[str, Any]:
    """Return posts that name each brand up to as-of and its share of them, as they were and as they were collected."""
    known = [post for post in posts if post.at <= company.as_of]
    caught = Counter(post.brand for post in known if collected(company, post))
    return {
        brand: {"posts": count, "share": count / len(known), "collected": caught[brand]}
        for brand, count in sorted(Counter(post.brand for post in known).items())
    }


def tested(company: Company, trial: Trial) -> dict[str, Any]:
    """Return the two arms of a test by as-of: how many units, how many cases, and for regions how many people."""
    arms: dict[str, dict[str, float]] = {}
    for row in assigned(company, trial):
        arm = arms.setdefault(row.arm, {"units": 0.0, "cases": 0.0, "people": 0.0})
        arm["units"] += 1
        arm["cases"] += row.value
    if trial.unit == "geo":
        for geo, people in company.world.market.geos.items():
            arm = arms.setdefault("control" if geo in trial.held_out else "treated", {"units": 0.0, "cases": 0.0})
            arm["people"] = arm.get("people", 0.0) + people
    caused = [
        case
        for case in company.cases
        if trial.tactic in case.causes and _inside(case.entered.get(trial.outcome), trial)
    ]
    return {"arms": arms, "caused_in_treated": len(caused), "tactic": trial.tactic, "outcome": trial.outcome}


def _inside(moment: dt.datetime | None, trial: Trial) -> bool:
    return moment is not None and trial.from_ <= moment.date() <= trial.until
