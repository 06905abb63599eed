"""What a recurring interview is handed: the open items of a review, with what its questions and writes need besides."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from leadline.align.case import Case
from leadline.align.run import case_of
from leadline.plan.interview import Item
from leadline.plan.model import Plan
from leadline.plan.spelling import Value
from leadline.review.monthly import monthly
from leadline.review.next_year import carried
from leadline.review.open_items import month_items, open_items
from leadline.review.result import Review

__all__ = ["asked_items", "month_asked"]

# Kind of an item -> the value that holds the id of the element it stands at.
_STANDS_AT = {"red": "watch", "amber": "watch", "assumption": "assumption", "test": "test", "waiver": "waiver",
              "idea": "idea", "objective": "objective", "tactic": "tactic"}  # fmt: skip


def asked_items(review: Review, flow: str, *, draft: Plan | None = None) -> tuple[Item, ...]:
    """Return what a flow asks about; the month asks about one item alone, the one with most money at stake.

    draft: the plan of the next window, for the flow of the year: what it holds already is not asked again
    """
    if review.asked is None:
        return ()
    if flow == "review-month":
        decision = monthly(review).decision
        items: tuple[Item, ...] = (decision,) if decision is not None else ()
    else:
        items = open_items(review, flow)
    case = case_of(review.check.document, review.asked)
    add = _ADDED.get(flow, _nothing)
    found = [replace(item, values={**item.values, **add(case, item)}) for item in items]
    if flow == "review-year":
        plan = draft or case.plan
        return tuple(_next_year(item, plan) for item in found)
    return tuple(replace(item, values={**item.values, "at": _element(item)}) for item in found)


def month_asked(case: Case) -> tuple[Item, ...]:
    """Return what the month asks about, from the case alone: the one open item with most money at stake."""
    return tuple(replace(item, values={**item.values, "at": _element(item)}) for item in month_items(case)[:1])


def _element(item: Item) -> Value:
    return item.values.get(_STANDS_AT.get(str(item.values.get("kind")), ""))


def _nothing(case: Case, item: Item) -> Mapping[str, Value]:
    del case, item
    return {}


def _quarter(case: Case, item: Item) -> Mapping[str, Value]:
    """Return where a bet stands, what it was, and the tactics and states it belongs to."""
    bet = case.bets.get(str(item.values.get("bet")))
    if bet is None:
        return {}
    own = bet.path[:2] == ("tactics", "list")
    step, _, kind = bet.id.rpartition(":")
    start, _, end = step.rpartition("/")[2].partition(">")
    return {
        "place": f"own_{kind}" if own else kind, "was": str(bet.written) if bet.written is not None else "not said",
        "tactic": bet.tactic, "from": start, "to": end,
    }  # fmt: skip


def _after(case: Case, item: Item) -> Mapping[str, Value]:
    """Return under which name the record of this run is kept, and what of it was told already."""
    name = str(item.values["tactic"])
    tactic = case.tactics[name]
    end = tactic.dates.end if tactic.dates else case.as_of
    record = f"After {tactic.name or name}, {end}"
    decision = next((one for one in case.plan.control.decisions if one.name == record), None)
    done = any(one.name == record for one in case.plan.situation.evidence)
    return {
        "record": record, "told_done": done, "told_promised": decision is not None and decision.notes is not None,
        "told_verdict": decision is not None and decision.choice is not None,
    }  # fmt: skip


def _year(case: Case, item: Item) -> Mapping[str, Value]:
    if item.values["kind"] != "tactic":
        return {}
    return {"carried": carried(case.tactics[str(item.values["tactic"])])}


def _next_year(item: Item, draft: Plan) -> Item:
    """Return an item as it is asked about on the next plan: nothing of the old one's places, and whether it was told."""
    values = item.values
    if values["kind"] == "tactic":
        told = any(one.question == f"Does {item.name} go on?" for one in draft.control.decisions)
    else:
        found = next((one for one in draft.objectives if one.id == values["objective"]), None)
        told = found is None or (found.baseline is not None and found.baseline.value is not None)
    return replace(item, path=(), values={**values, "told": told})


_ADDED: Mapping[str, Callable[[Case, Item], Mapping[str, Value]]] = {
    "review-quarter": _quarter,
    "review-after": _after,
    "review-year": _year,
}
