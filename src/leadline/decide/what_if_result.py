"""What a smaller budget frees and costs, as frozen values that state themselves."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from leadline import words
from leadline.align.finding import Figure, say
from leadline.align.hundred import Part

Row = dict[str, object]
DIGITS = 3  # significant; an interval this wide carries no more (style.md 2.4)
FIRST = 3  # decisions.md 4.6: the first three things to stop are said in sentences


@dataclass(frozen=True)
class Loss:
    """What an objective loses by its day: mean and 90 % interval in the metric's base unit, positive = lost.

    falls: the metric is to go down, so what is lost is a fall · needed: what it needs from the plan · p_before, p_after: P(target), None with a reason where it is not told
    """

    objective: str
    name: str
    metric: str
    unit: str
    mean: float
    low: float
    high: float
    needed: float
    p_before: float | None
    p_after: float | None
    reason: str | None
    falls: bool = False

    @property
    def is_gain(self) -> bool:
        """Say whether less money does the objective good, on average."""
        return self.mean < 0

    def said(self, currency: str) -> str:
        """Return how much is lost, or gained, in words: number, unit, interval.

        >>> Loss("won", "Won", "contracts", "count", 3.2, 1.0, 6.1, 75.0, None, None, None).said("EUR")
        'contracts 3.2 (90 %: 1 to 6.1)'
        >>> Loss("cost", "Cost", "cost", "EUR", -4.0, -6.0, 1.0, 20.0, None, None, None, falls=True).said("EUR")
        'fall of cost 4 EUR (90 %: -1 EUR to 6 EUR)'
        """
        return f"{'fall of ' if self.falls else ''}{self.metric} {self.amount(currency)}"

    def amount(self, currency: str) -> str:
        """Return how much is lost, or gained, without saying of what: number, unit, interval."""
        values = (-self.mean, -self.high, -self.low) if self.is_gain else (self.mean, self.low, self.high)
        middle, low, high = (
            say(Figure(float(f"{value:.{DIGITS}g}"), self.unit), currency=currency) for value in values
        )
        return words.with_interval(middle, low, high=high)


@dataclass(frozen=True)
class Cut:
    """One tactic with less money. hours: freed · loss: what it costs beyond the cuts before it, where it matters most."""

    tactic: str
    name: str
    part: Part
    before: float
    after: float
    committed: float
    hours: float
    loss: Loss | None
    enables: tuple[str, ...] = ()

    @property
    def freed(self) -> float:
        """Return the money freed."""
        return self.before - self.after

    def sentence(self, currency: str) -> str:
        """Return the cut as one sentence, labelled belief."""
        whole = self.after <= 1e-9 * self.before
        verb = f"Stop {self.name}" if whole else f"Cut {self.name} to {words.money(self.after, currency)}"
        freed = f"{words.money(self.freed, currency)} freed"
        carried = f" (it carries {', '.join(self.enables)})" if self.enables else ""
        if self.part == "nothing" and self.loss is None:
            return f"{verb}: {freed}, nothing lost that the plan counts, it serves nothing."
        if self.loss is None:
            if self.enables and self.part != "attention":
                return f"{verb}: {freed}, nothing lost beyond the cuts before it{carried}."
            reason = "it stops at attention" if self.part == "attention" else "no objective counts on it in time"
            return f"{verb}: {freed}, nothing lost that the plan counts, {reason}."
        return f"{verb}: {freed}, probably {'gained' if self.loss.is_gain else 'lost'}: {self.loss.said(currency)}{carried}, belief."


@dataclass(frozen=True)
class Kept:
    """Money that is not open to cutting, with the reason."""

    tactic: str
    money: float
    reason: str


@dataclass(frozen=True)
class WhatIf:
    """What a cut frees, in order, and what it probably costs; money of the plan's currency.

    asked: money to be freed · planned: all money of tactics · reserve: budget that no tactic has
    beats_all_alike: share of draws in which this order loses less than cutting all alike; None: they cannot be told apart
    """

    currency: str
    as_of: dt.date
    asked: float
    planned: float
    reserve: float
    cuts: tuple[Cut, ...]
    kept: tuple[Kept, ...]
    losses: tuple[Loss, ...]
    beats_all_alike: float | None
    notes: tuple[str, ...]

    @property
    def freed(self) -> float:
        """Return the money freed by all cuts."""
        return sum(cut.freed for cut in self.cuts)

    @property
    def hours(self) -> float:
        """Return the hours freed by all cuts."""
        return sum(cut.hours for cut in self.cuts)

    def table(self) -> list[Row]:
        """Return one row per cut, in the order of cutting."""
        return [
            {
                "tactic": cut.tactic, "part": cut.part, "from": cut.before, "to": cut.after, "freed": cut.freed,
                "hours": cut.hours, "objective": cut.loss.objective if cut.loss else None,
                "loss": cut.loss.mean if cut.loss else None, "low": cut.loss.low if cut.loss else None,
                "high": cut.loss.high if cut.loss else None,
            }
            for cut in self.cuts
        ]  # fmt: skip

    def sentences(self) -> tuple[str, ...]:
        """Return the first things to stop, in sentences."""
        return tuple(cut.sentence(self.currency) for cut in self.cuts[:FIRST])

    def sentence(self) -> str:
        """Return the answer in one sentence."""
        if not self.cuts:
            return "Nothing changes: no money is taken away."
        worst = max(self.losses, key=lambda loss: loss.mean / loss.needed, default=None)
        cost = "no objective loses anything that the plan counts"
        if worst is not None and worst.mean > 0:
            share = words.share(worst.mean / worst.needed, 0)
            cost = f'"{worst.name}" loses most: {worst.said(self.currency)}, {share} of what it needs'
        return (
            f"{words.money(self.freed, self.currency)} of {words.money(self.planned, self.currency)} less: {cost}. "
            "This is belief, from the plan's bets, not measured."
        )

    def chart(self) -> Row:
        """Return from → to per tactic, as a specification without colours."""
        rows = [
            {"tactic": cut.name, "from": cut.before, "to": cut.after, "order": n} for n, cut in enumerate(self.cuts)
        ]
        y: Row = {"field": "tactic", "type": "nominal", "sort": {"field": "order"}, "title": None}
        return {
            "title": {"text": self.sentence(), "subtitle": f"{self.currency}, from and to, in the order of cutting"},
            "description": " ".join(self.sentences()),
            "data": {"values": rows},
            "layer": [
                {
                    "mark": {"type": "rule", "style": "interval"},
                    "encoding": {"y": y, "x": {"field": "from", "type": "quantitative"}, "x2": {"field": "to"}},
                },
                {
                    "mark": {"type": "point", "style": "estimate"},
                    "encoding": {"y": y, "x": {"field": "to", "type": "quantitative"}},
                },
            ],
        }
