"""Where each 100 went before there is a plan: by channel, and by the furthest state that the channel's data reach.

Without a plan nothing is proven or believed. What is told is how far the data follow the money: to a sale, to somebody
with a name, to a visit, or not at all. It says nothing about what would have happened without the money.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from leadline.align.hundred import whole_numbers
from leadline.evidence.frames import AsOf, answer
from leadline.evidence.small_cells import hidden_of, note
from leadline.evidence.sources.activities import ActivityList
from leadline.evidence.store import Store
from leadline.review.channel_kinds import channel_named
from leadline.review.crossed_cells import Crossed, Hidden, linked
from leadline.review.stage_chain import LOST

Reach = Literal["sale", "person", "visit", "nothing"]
REACHES: tuple[Reach, ...] = ("sale", "person", "visit", "nothing")
REACH_WORDS: Mapping[Reach, str] = {
    "sale": "a sale", "person": "somebody named", "visit": "a visit", "nothing": "nothing",
}  # fmt: skip
NO_CHANNEL = "no channel named"
NONE_GIVEN = "(none given)"
FEW = "(several, of few people each)"
DAY_SECONDS = 86_400  # the window of journeys is set in days


@dataclass(frozen=True)
class Campaign:
    """One campaign as the platform names it. claimed: conversions the platform reports, None where it reports none."""

    name: str
    channel: str
    source: str
    currency: str
    money: float
    claimed: float | None
    first: dt.date
    last: dt.date


@dataclass(frozen=True)
class ChannelView:
    """One channel: its money per currency, and what of it the data see.

    visits: sessions · named: people and companies whose first known way was this channel, each once · sales: those of
    them that bought, both None where they are too few to be shown · claimed: conversions the platforms report, None where
    none does; never counted as a sale · reached: as far as the data reach, where the counts do not say it any more
    """

    name: str
    money: Mapping[str, float] = field(default_factory=dict)
    visits: int = 0
    named: int | None = 0
    sales: int | None = 0
    claimed: float | None = None
    reached: Reach | None = None

    @property
    def reach(self) -> Reach:
        """Return the furthest state that the channel's own data reach."""
        if self.reached is not None:
            return self.reached
        if self.name == NO_CHANNEL:
            return "nothing"
        return "sale" if self.sales else "person" if self.named else "visit" if self.visits else "nothing"


@dataclass(frozen=True)
class OriginView:
    """Where named people came from, as their sources say it or their touches show it, and how many of them bought, None where not shown."""

    name: str
    named: int
    sales: int | None


@dataclass(frozen=True)
class StartHundred:
    """Each 100 of one currency's money, by channel. first, last: days it was spent on, None where no row says one.

    money: channel → money, most first · rows: channel → whole number of the 100, adding up to 100 · parts: so by reach
    """

    currency: str
    total: float
    first: dt.date | None
    last: dt.date | None
    money: Mapping[str, float]
    rows: Mapping[str, int]
    parts: Mapping[Reach, int]

    def sentence(self) -> str:
        """Return the hundred in one line."""
        told = " · ".join(f"{self.parts[reach]} reach {REACH_WORDS[reach]}" for reach in REACHES)
        return f"Of each 100 {self.currency}: {told}."


@dataclass(frozen=True)
class ByChannel:
    """Everything that is known by channel. origins: most people first · sales_known: some state is a sale.

    ways: states a subject was in, joined by commas → how many subjects were in exactly these
    crossed: channel ("" where none is known) and origin → people who came by both, and how many of them bought
    note: why counts are missing, "" where none is
    """

    channels: tuple[ChannelView, ...] = ()
    campaigns: tuple[Campaign, ...] = ()
    hundreds: tuple[StartHundred, ...] = ()
    origins: tuple[OriginView, ...] = ()
    sales_known: bool = False
    ways: Mapping[str, int] = field(default_factory=dict)
    crossed: Crossed = field(default_factory=dict)
    note: str = ""

    def shown(self, least: int) -> ByChannel:
        """Return the same without the counts of channels and origins with few people, or with few of them that bought.

        Origins of few stand together as one; where even together they are few, no origin is shown.
        """
        hidden = self._hidden(least)
        few, sold, apart, bought = hidden.channels, hidden.channel_buyers, hidden.origins, hidden.origin_buyers
        channels = tuple(
            replace(
                one, named=None if one.name in few else one.named, sales=None if one.name in sold else one.sales, reached=one.reach
            )
            for one in self.channels
        )  # fmt: skip
        origins = tuple(replace(one, sales=None) if one.name in bought else one for one in _folded(self.origins, apart))
        is_hidden = bool(sold or apart or bought)
        return replace(
            self, channels=channels, origins=origins, crossed={}, note=self.note or (note(least) if is_hidden else "")
        )

    def _hidden(self, least: int) -> Hidden:
        """Return what is not shown: of each table by itself, then what the other one would tell."""
        few = hidden_of({one.name: one.named or 0 for one in self.channels}, least=least)
        sold = _few_sales({one.name: (one.named or 0, one.sales or 0) for one in self.channels}, least)
        found = Hidden(few, few | sold, hidden_of({one.name: one.named for one in self.origins}, least=least))
        before = None
        while found != before:
            before = found
            folded = {one.name: (one.named, one.sales or 0) for one in _folded(self.origins, found.origins)}
            found = replace(found, origin_buyers=found.origin_buyers | _few_sales(folded, least))
            found = linked(self.crossed, found, least=least) if self.crossed and found != Hidden() else found
        together = (
            frozenset({FEW}) if found.origin_buyers else frozenset()
        )  # else those that stand together were told apart
        return replace(found, origin_buyers=found.origin_buyers | together)

    @property
    def foreign_origins(self) -> tuple[str, ...]:
        """Return what sources call the places people came from, where none of it names a channel; most people first."""
        if any(one.named != 0 for one in self.channels):
            return ()
        return tuple(one.name for one in self.origins if one.name not in {NONE_GIVEN, FEW})

    @property
    def main(self) -> StartHundred | None:
        """Return the hundred of the currency most rows are in, None without spend."""
        return self.hundreds[0] if self.hundreds else None


def _folded(origins: Sequence[OriginView], apart: AbstractSet[str]) -> list[OriginView]:
    """Return the origins, those of few together as one; none where all are of few."""
    kept = [one for one in origins if one.name not in apart]
    rest = [one for one in origins if one.name in apart]
    if kept and rest:
        kept.append(OriginView(FEW, sum(one.named for one in rest), sum(one.sales or 0 for one in rest)))
    return kept


def _few_sales(counts: Mapping[str, tuple[int, int]], least: int) -> frozenset[str]:
    """Return of which names the buyers are not shown: few, or few who did not buy. counts: name → people, buyers."""
    bought = hidden_of({name: sales for name, (_, sales) in counts.items()}, least=least)
    did_not = hidden_of({name: named - sales for name, (named, sales) in counts.items() if sales}, least=least)
    return bought | did_not


def by_channel(store: Store, at: AsOf, *, sale_states: AbstractSet[str], window_days: int) -> ByChannel:
    """Return money, visits, named people and sales by channel up to a day."""
    spent = answer(store, "spend_by_channel", at=at)
    people = answer(store, "came_by", params={"window": window_days * DAY_SECONDS}, at=at)
    crossed = _people(people, sale_states)
    named, sales, origins = _by_channel(crossed), _by_channel(crossed, sales=True), _origins(crossed)
    visits = {row["channel"]: row["visits"] for row in answer(store, "visits_by_channel", at=at)}
    money: dict[str, Counter[str]] = defaultdict(Counter)
    claimed: dict[str, float] = {}
    for row in spent:
        channel = row["channel"] or NO_CHANNEL
        if row["amount"] is not None:
            money[channel][row["currency"]] += row["amount"]
        if row["claimed"] is not None:
            claimed[channel] = claimed.get(channel, 0.0) + row["claimed"]
    names = {*money, *named, *visits, *claimed}
    channels = [
        ChannelView(name, dict(money.get(name, {})), visits.get(name, 0), named[name], sales[name], claimed.get(name))
        for name in names
    ]
    hundreds = _hundreds(spent, channels)
    ways = Counter(row["stages"] for row in people)
    order = hundreds[0].currency if hundreds else ""
    channels.sort(key=lambda one: (-one.money.get(order, 0.0), -named[one.name], -one.visits, one.name))
    return ByChannel(tuple(channels), _campaigns(spent), hundreds, origins, bool(sale_states), ways, crossed)


def _people(rows: Sequence[Mapping[str, Any]], sale_states: AbstractSet[str]) -> Crossed:
    """Count every subject once: by the channel it came by, and by where it says it came from."""
    people: Counter[tuple[str, str]] = Counter()
    buyers: Counter[tuple[str, str]] = Counter()
    for row in rows:
        states = set(row["stages"].split(","))
        if states == {LOST}:
            continue
        channel = row["stated"] or channel_named(row["origin"]) or row["touched"] or ""
        pair = channel, row["origin"] or row["touched"] or NONE_GIVEN
        people[pair] += 1
        buyers[pair] += bool(sale_states & states)
    return {pair: (count, buyers[pair]) for pair, count in people.items()}


def _by_channel(crossed: Crossed, *, sales: bool = False) -> Counter[str]:
    """Return the people of each channel, or those of them that bought."""
    found: Counter[str] = Counter()
    for (channel, _), counts in crossed.items():
        if channel:
            found[channel] += counts[sales]
    return found


def _origins(crossed: Crossed) -> tuple[OriginView, ...]:
    people: Counter[str] = Counter()
    buyers: Counter[str] = Counter()
    for (_, origin), (named, sales) in crossed.items():
        people[origin] += named
        buyers[origin] += sales
    ranked = sorted(people, key=lambda name: (-people[name], name))
    return tuple(OriginView(name, people[name], buyers[name]) for name in ranked)


def _campaigns(spent: Sequence[Mapping[str, Any]]) -> tuple[Campaign, ...]:
    return tuple(
        Campaign(
            name=row["campaign"], channel=row["channel"] or "", source=row["source"], currency=row["currency"] or "",
            money=row["amount"] or 0.0, claimed=row["claimed"], first=row["first_day"], last=row["last_day"],
        )
        for row in spent
        if row["campaign"]
    )  # fmt: skip


def _hundreds(spent: Sequence[Mapping[str, Any]], channels: Sequence[ChannelView]) -> tuple[StartHundred, ...]:
    """Return a hundred per currency, that of most rows first; nothing is converted, for no file brings rates."""
    rows: Counter[str] = Counter()
    for row in spent:
        if row["currency"] and row["amount"]:
            rows[row["currency"]] += row["rows"]
    found = []
    for currency, _ in sorted(rows.items(), key=lambda pair: (-pair[1], pair[0])):
        mine = [row for row in spent if row["currency"] == currency]
        days = (min(row["first_day"] for row in mine), max(row["last_day"] for row in mine))
        money = {one.name: amount for one in channels if (amount := one.money.get(currency))}
        hundred = hundred_of(currency, money, days=days, reach={one.name: one.reach for one in channels})
        if hundred is not None:
            found.append(hundred)
    return tuple(found)


def hundred_of(
    currency: str,
    money: Mapping[str, float],
    *,
    days: tuple[dt.date | None, dt.date | None],
    reach: Mapping[str, Reach],
) -> StartHundred | None:
    """Return the hundred of money by channel; credits that outweigh a channel's money count as none. None without money."""
    ranked = sorted(((max(amount, 0.0), name) for name, amount in money.items()), key=lambda pair: (-pair[0], pair[1]))
    total = sum(amount for amount, _ in ranked)
    if total <= 0:
        return None
    wholes = whole_numbers([amount / total for amount, _ in ranked])
    parts = dict.fromkeys(REACHES, 0)
    for (_, name), whole in zip(ranked, wholes, strict=True):
        parts[reach.get(name, "nothing")] += whole
    rows = {name: whole for (_, name), whole in zip(ranked, wholes, strict=True)}
    return StartHundred(currency, total, *days, {name: amount for amount, name in ranked}, rows, parts)


def listed_hundreds(lists: Sequence[ActivityList]) -> tuple[StartHundred, ...]:
    """Return each 100 of the money that lists of activities name, by the channel they name; largest currency first.

    Nothing follows it any further: it is what somebody wrote down. A currency that nobody names is "".
    """
    money: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for one in (activity for found in lists for activity in found.activities):
        if one.cost:
            money[one.currency or ""][channel_named(one.channel) or one.channel or NO_CHANNEL] += one.cost
    spans = [span for found in lists if (span := found.span) is not None]
    days = (min(span[0] for span in spans), max(span[1] for span in spans)) if spans else (None, None)
    ranked = sorted(money, key=lambda currency: (not currency, -sum(money[currency].values()), currency))
    found = [hundred_of(currency, money[currency], days=days, reach={}) for currency in ranked]
    return tuple(one for one in found if one is not None)
