"""Deals as the evidence tells them: which are worth reading, and the story of one. Nobody behind a deal is named.

A deal is known by its number in the source; the people behind it are person 1, person 2, …, the main contact first.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Any, Literal
from zoneinfo import ZoneInfo

from leadline.decide.standing import Range
from leadline.evidence.frames import AsOf, answer
from leadline.evidence.privacy import redacted
from leadline.evidence.store import Store
from leadline.plan.action import Handover
from leadline.plan.bets import Bet
from leadline.plan.graph import Graph
from leadline.review.plan_facts import states

# Deals of each fate that are worth reading; a page shows twelve rows (style guide 2.5).
MOST_DEALS = 12
HOUR = 3600.0  # seconds

Kept = Literal["kept", "broken", "waiting", "not measured", "nothing promised"]


@dataclass(frozen=True)
class Deal:
    """One deal as it stood on the as-of day. number: in its source · touches: of its people, up to its end."""

    id: str
    source: str
    number: str
    status: str
    state: str
    amount: float | None
    currency: str
    began: dt.date | None
    ended: dt.date | None
    expected: dt.date | None
    owner: str
    origin: str
    lost_reason: str
    tactic: str
    channel: str
    people: int
    touches: int


@dataclass(frozen=True)
class DealEvent:
    """What happened around a deal; several alike of one day are one event.

    kind: deal, person (entered a stage), touch, reply · what: stage, event, or direction of a message
    who: number of the person, None for the deal itself · moment: UTC · count: how many alike
    """

    day: dt.date
    moment: dt.datetime
    kind: str
    what: str
    who: int | None
    channel: str
    tactic: str
    count: int = 1


@dataclass(frozen=True)
class Stay:
    """How long a deal stood in one of its stages, the source's own among them. left: None where it still does."""

    state: str
    entered: dt.date
    left: dt.date | None
    days: int


@dataclass(frozen=True)
class Stride:
    """One step of the bridge that a deal took. days: it took · believed: days the plan believes, None where it says nothing."""

    start: str
    end: str
    day: dt.date
    days: int
    believed: Range | None


@dataclass(frozen=True)
class Passing:
    """One handover that a deal went through. promised, took: hours to the first contact, None where unknown."""

    handover: Handover
    day: dt.date
    promised: float | None
    took: float | None
    kept: Kept


@dataclass(frozen=True)
class DealStory:
    """One deal with everything that is known to have happened around it, in order of time."""

    deal: Deal
    events: tuple[DealEvent, ...]
    stays: tuple[Stay, ...]
    strides: tuple[Stride, ...]
    passings: tuple[Passing, ...]

    @property
    def first_touch(self) -> DealEvent | None:
        """Return the first touch of anybody behind it, None where none was seen."""
        return next((one for one in self.events if one.kind == "touch"), None)


@dataclass(frozen=True)
class DealList:
    """Every deal, and those worth reading: won (the latest first), open and lost (the largest first).

    Amounts are as booked and never converted: where several currencies are, the one of most deals stands first.
    """

    deals: tuple[Deal, ...]

    def of(self, status: str) -> tuple[Deal, ...]:
        """Return the deals of a fate (won, open, lost), those worth reading first."""
        found = [one for one in self.deals if one.status == status]
        if status == "won":
            return tuple(sorted(found, key=lambda one: (one.ended or dt.date.min, one.amount or 0.0), reverse=True))
        times = Counter(one.currency for one in self.deals if one.amount is not None)
        return tuple(
            sorted(
                found, key=lambda one: (one.amount is None, -times[one.currency], one.currency, -(one.amount or 0.0))
            )
        )

    @property
    def worth_reading(self) -> tuple[Deal, ...]:
        """Return the few of each fate whose stories are kept ready."""
        return tuple(one for status in ("won", "open", "lost") for one in self.of(status)[:MOST_DEALS])


def all_deals(store: Store, at: AsOf) -> DealList:
    """Return every deal as it stood on the as-of day."""
    return DealList(tuple(_deal(row) for row in answer(store, "deals_seen", at=at)))


def stories_worth_reading(store: Store, at: AsOf) -> Mapping[str, tuple[Deal, tuple[DealEvent, ...]]]:
    """Return the deals worth reading with their events, by id; asked together, as they are kept together."""
    chosen = all_deals(store, at).worth_reading
    events = _events(store, at, [one.id for one in chosen])
    return {one.id: (one, events.get(one.id, ())) for one in chosen}


def one_deal(store: Store, at: AsOf, *, identity: str) -> tuple[Deal, tuple[DealEvent, ...]] | None:
    """Return any deal with its events, None where there is no such deal."""
    found = next((one for one in all_deals(store, at).deals if one.id == identity), None)
    return None if found is None else (found, _events(store, at, [identity]).get(identity, ()))


def story_of(graph: Graph, deal: Deal, *, events: Sequence[DealEvent], as_of: dt.date) -> DealStory:
    """Return the story of a deal against a plan: its stays beside the lags believed, its handovers beside the promises."""
    entered = [one for one in events if one.kind == "deal" or (one.kind == "person" and one.who == 1)]
    steps = [one for index, one in enumerate(entered) if not index or one.what != entered[index - 1].what]
    return DealStory(
        deal,
        tuple(events),
        tuple(_stays(deal, steps, as_of=as_of)),
        tuple(_strides(graph, steps)),
        tuple(_passings(graph, events, as_of=as_of)),
    )


def _deal(row: Mapping[str, Any]) -> Deal:
    amount = row["amount"]
    return Deal(
        str(row["deal"]), row["source"], redacted(row["source_key"]), row["status"], row["state"] or "", None if amount is None else float(amount),
        row["currency"] or "", row["created_on"], row["closed_on"], row["expected_close"], row["owner"] or "", redacted(row["lead_source"] or ""),
        redacted(row["lost_reason"] or ""), row["tactic"] or "", row["channel"] or "", row["people"], row["touches"],
    )  # fmt: skip


def _events(store: Store, at: AsOf, chosen: Sequence[str]) -> dict[str, tuple[DealEvent, ...]]:
    if not chosen:
        return {}
    rows = answer(store, "deal_events", at=at, params={"deals": ",".join(chosen)})
    zone = ZoneInfo(at.zone)
    return {str(deal): tuple(_folded(mine, zone)) for deal, mine in groupby(rows, key=lambda row: row["deal"])}


def _folded(rows: Iterator[Mapping[str, Any]], zone: ZoneInfo) -> Iterator[DealEvent]:
    """Yield the events of a deal, neighbours that are alike and of one day as one."""

    def alike(row: Mapping[str, Any]) -> tuple[object, ...]:
        day = row["happened_at"].replace(tzinfo=dt.UTC).astimezone(zone).date()
        return (
            day,
            row["kind"],
            redacted(row["what"] or ""),
            row["who"],
            redacted(row["channel"] or ""),
            row["tactic"] or "",
        )

    for (day, kind, what, who, channel, tactic), same in groupby(rows, key=alike):
        found = list(same)
        yield DealEvent(day, found[0]["happened_at"], kind, what, who, channel, tactic, len(found))  # type: ignore[arg-type]  # as `alike` made them


def _stays(deal: Deal, steps: Sequence[DealEvent], *, as_of: dt.date) -> Iterator[Stay]:
    """Yield the stages of the deal and of the person it began with, each up to the next one."""
    for one, after in pairwise([*steps, None]):
        if one is not None:
            left = after.day if after else deal.ended
            yield Stay(one.what, one.day, left, ((left or as_of) - one.day).days)


def _strides(graph: Graph, steps: Sequence[DealEvent]) -> Iterator[Stride]:
    """Yield the steps of the bridge among them; stages that the bridge does not know lie inside a step."""
    metric_of = {state: metric for metric, state in states(graph.plan).items()}
    known = [one for one in steps if one.what in metric_of]
    for one, after in pairwise(known):
        step = graph.shared.get((metric_of[one.what], metric_of[after.what]))
        if step is not None:
            yield Stride(one.what, after.what, after.day, (after.day - one.day).days, _days(step.lag))


def _days(lag: Bet) -> Range | None:
    known = lag.belief
    return None if known is None else Range(known.low, known.base, known.high, "days")


def _passings(graph: Graph, events: Sequence[DealEvent], *, as_of: dt.date) -> Iterator[Passing]:
    state_of = states(graph.plan)
    replies = [one for one in events if one.kind == "reply"]
    for handover in graph.plan.action.handovers:
        state = state_of.get(handover.metric or "")
        begun = next((one for one in events if one.kind in ("deal", "person") and one.what == state), None)
        if begun is None:
            continue
        promise = handover.promise.first_contact if handover.promise else None
        promised = graph.amounts.hours(promise)
        contact = next((one for one in replies if one.what == "outbound" and one.moment >= begun.moment), None)
        took = None if contact is None else (contact.moment - begun.moment).total_seconds() / HOUR
        waited = ((as_of - begun.day).days + 1) * 24.0
        yield Passing(handover, begun.day, promised, took, _kept(promised, took, waited=waited if replies else None))


def _kept(promised: float | None, took: float | None, *, waited: float | None) -> Kept:
    """Return whether a promise was kept. waited: hours since the handover where messages are known, else None."""
    if promised is None:
        return "nothing promised"
    if took is not None:
        return "kept" if took <= promised else "broken"
    if waited is None:
        return "not measured"
    return "broken" if waited > promised else "waiting"
