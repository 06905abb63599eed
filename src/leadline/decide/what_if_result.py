"""What a smaller budget frees and costs, as frozen values that state themselves and name their grade."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass
from typing import Literal

import numpy as np

from leadline import words
from leadline.align.draws import Draw
from leadline.align.finding import Figure, say
from leadline.align.hundred import Part

Grade = Literal["measured", "belief", "both"]
"""From response curves, from the plan's bets, or from both added up where they speak of the same thing."""
Row = dict[str, object]
DIGITS = 3  # significant; an interval this wide carries no more (style.md 2.4)
EVEN = 1e-9  # own: of the plan's money; less is what adding in another order leaves
FIRST = 3  # decisions.md 4.6: the first three things to stop are said in sentences
SAID: dict[Grade, str] = {
    "measured": "measured", "belief": "belief", "both": "measured and belief added",
}  # fmt: skip


@dataclass(frozen=True)
class Lost:
    """What an objective loses, per draw: what is believed, and what was measured of the same thing, None = nothing was."""

    believed: Draw
    measured: Draw | None = None

    @property
    def all(self) -> Draw:
        """Return both added up."""
        return self.believed if self.measured is None else self.believed + self.measured

    @property
    def mean(self) -> float:
        """Return the mean of both added up."""
        return float(np.mean(self.all))

    @property
    def is_any(self) -> bool:
        """Say whether anything is lost or gained in any draw."""
        return float(np.mean(np.abs(self.all))) > 0

    @property
    def grade(self) -> Grade:
        """Return where it comes from."""
        if self.measured is None:
            return "belief"
        return "both" if bool(np.any(self.believed)) else "measured"


def interval(mean: float, low: float, *, high: float, unit: str, currency: str) -> str:
    """Return a loss in words, or a gain where it is one on average: number, unit, interval."""
    values = (-mean, -high, -low) if mean < 0 else (mean, low, high)
    middle, least, most = (say(Figure(float(f"{one:.{DIGITS}g}"), unit), currency=currency) for one in values)
    return words.with_interval(middle, least, high=most)


@dataclass(frozen=True)
class Brought:
    """What measured channels bring less over the plan: mean and 90 % interval in the outcome's unit, negative = more.

    unit: `count`, or the currency of the outcome's money
    """

    outcome: str
    unit: str
    mean: float
    low: float
    high: float

    @property
    def is_gain(self) -> bool:
        """Say whether more comes of it, on average."""
        return self.mean < 0

    def said(self, currency: str) -> str:
        """Return how much is lost, or gained, in words.

        >>> Brought("Leads", "count", -14.0, -22.0, -8.0).said("EUR")
        'Leads 14 (90 %: 8 to 22)'
        """
        return f"{self.outcome} {self.amount(currency)}"

    def amount(self, currency: str) -> str:
        """Return how much is lost, or gained, without saying of what: number, unit, interval."""
        return interval(self.mean, self.low, high=self.high, unit=self.unit, currency=currency)


@dataclass(frozen=True)
class Loss:
    """What an objective loses by its day: mean and 90 % interval in the metric's base unit, positive = lost.

    falls: the metric is to go down, so what is lost is a fall · needed: what it needs from the plan ·
    p_before, p_after: P(target) by the plan's bets, None with a reason where it is not told · grade: of the loss ·
    measured: the part of its mean that was measured, None where none was
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
    grade: Grade = "belief"
    measured: float | None = None

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
        return interval(self.mean, self.low, high=self.high, unit=self.unit, currency=currency)


@dataclass(frozen=True)
class Cut:
    """One tactic with less money, or with more.

    hours: freed · loss: what it costs beyond the cuts before it, where it matters most · grade: measured where a response
    curve tells its loss · reason: why not, "" where nobody measured anything · measured: what its channels bring less, beyond
    the cuts before it · unseen: channels that it moves beyond all that was ever seen
    """

    tactic: str
    name: str
    part: Part
    before: float
    after: float
    committed: float
    hours: float
    loss: Loss | None
    enables: tuple[str, ...] = ()
    grade: Grade = "belief"
    reason: str = ""
    measured: Brought | None = None
    unseen: tuple[str, ...] = ()

    @property
    def freed(self) -> float:
        """Return the money freed."""
        return self.before - self.after

    def sentence(self, currency: str) -> str:
        """Return the cut as one sentence that names its grade."""
        head = self._head(currency)
        carried = f" (it carries {', '.join(self.enables)})" if self.enables else ""
        if self.measured is not None:
            return f"{head}, probably {self.costs(currency)}{carried}."
        if self.part == "nothing" and self.loss is None:
            return f"{head}, nothing lost that the plan counts, it serves nothing."
        if self.loss is None:
            if self.enables and self.part != "attention":
                return f"{head}, nothing lost beyond the cuts before it{carried}."
            reason = "it stops at attention" if self.part == "attention" else "no objective counts on it in time"
            return f"{head}, nothing lost that the plan counts, {reason}."
        return f"{head}, probably {_way(self.loss)}: {self.loss.said(currency)}{carried}, {SAID[self.loss.grade]}."

    def costs(self, currency: str) -> str:
        """Return what a measured cut costs, each number with its grade: of the outcome, and of the objective by bets alone.

        An objective that counts the outcome is said once, as what it loses by its day.
        """
        unseen = f", beyond what was ever seen of {' and '.join(self.unseen)}" if self.unseen else ""
        if self.measured is None or (self.loss is not None and self.loss.grade != "belief"):
            return (
                ""
                if self.loss is None
                else (f"{_way(self.loss)}: {self.loss.said(currency)}, {SAID[self.loss.grade]}{unseen}")
            )
        told = f"{_way(self.measured)}: {self.measured.said(currency)}, measured{unseen}"
        return told if self.loss is None else f"{told}; of {self.loss.said(currency)}, belief"

    def _head(self, currency: str) -> str:
        if self.freed < 0:
            return (
                f"Raise {self.name} to {words.money(self.after, currency)}: {words.money(-self.freed, currency)} more"
            )
        whole = self.after <= 1e-9 * self.before
        verb = f"Stop {self.name}" if whole else f"Cut {self.name} to {words.money(self.after, currency)}"
        return f"{verb}: {words.money(self.freed, currency)} freed"


def _way(change: Loss | Brought) -> str:
    return "gained" if change.is_gain else "lost"


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
    beats_all_alike: share of draws in which this order loses less than cutting all alike; None: they cannot be told apart ·
    measured: what all measured tactics together bring less, None where none of them changes · source: hash of what their
    curves were measured on, "" where none was used · unused: why what was measured is not used, "" where nothing was left out
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
    measured: Brought | None = None
    source: str = ""
    unused: str = ""

    @property
    def basis(self) -> Grade:
        """Return what the answer rests on."""
        grades = {cut.grade for cut in self.cuts}
        return "both" if len(grades) > 1 else "measured" if grades == {"measured"} else "belief"

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
                "high": cut.loss.high if cut.loss else None, "grade": cut.grade, "reason": cut.reason,
                "loss_grade": cut.loss.grade if cut.loss else None,
                "measured": asdict(cut.measured) if cut.measured else None, "unseen": list(cut.unseen),
            }
            for cut in self.cuts
        ]  # fmt: skip

    def sentences(self) -> tuple[str, ...]:
        """Return the first things to stop, in sentences."""
        return tuple(cut.sentence(self.currency) for cut in self.cuts[:FIRST])

    def sentence(self) -> str:
        """Return the answer in words, each number with its grade."""
        if not self.cuts:
            return "Nothing changes: no money is taken away."
        worst = max(self.losses, key=lambda loss: loss.mean / loss.needed, default=None)
        cost = "no objective loses anything that the plan counts"
        if worst is not None and worst.mean > 0:
            share = words.share(worst.mean / worst.needed, 0)
            cost = f'"{worst.name}" loses most: {worst.said(self.currency)}, {share} of what it needs'
            if self.measured is not None:
                cost += f" ({SAID[worst.grade]})"
        whole = words.money(self.planned, self.currency)
        head = f"{words.money(self.freed, self.currency)} of {whole} less"
        if abs(self.freed) <= EVEN * self.planned:
            head = f"Money moved within {whole}, none freed"
        elif self.freed < 0:
            head = f"{words.money(-self.freed, self.currency)} more than {whole}"
            if worst is None or worst.mean <= 0:
                return f"{head}. {self._grade()}"
        return f"{head}: {cost}. {self._grade()}"

    def _grade(self) -> str:
        if self.measured is None:
            return "This is belief, from the plan's bets, not measured."
        names = [cut.name for cut in self.cuts if cut.grade == "measured"]
        of = f"{len(names)} tactics" if len(names) > FIRST else " and ".join(names)
        told = f"Measured on response curves: {self.measured.said(self.currency)} {_way(self.measured)} by {of}"
        rest = "" if self.basis == "measured" else "; the other tactics' losses are belief, from the plan's bets"
        channels = dict.fromkeys(one for cut in self.cuts for one in cut.unseen)
        unseen = f", beyond what was ever seen of {' and '.join(channels)}" if channels else ""
        return f"{told}{unseen}{rest}."

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
