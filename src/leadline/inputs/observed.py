"""What was bought, tried and said: purchases, tests and posts, one row each."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from leadline.inputs.content import Floats, Integers, Times, content_hash


@dataclass(frozen=True)
class Orders:
    """Purchases, one row per customer and day on which they bought.

    customer: who, shape (N,) · day: datetime64[D] · value: money of that day, net of tax and refunds, NaN = unknown
    as_of: the last day that exists · currency: of `value`
    """

    customer: npt.NDArray[np.str_]
    day: Times
    value: Floats
    as_of: dt.date
    currency: str = ""
    notes: tuple[str, ...] = ()

    @property
    def hash(self) -> str:
        """Content hash (16 hex digits), independent of the order of rows."""
        rows = sorted(
            f"{who}\x1f{day}\x1f{value}" for who, day, value in zip(self.customer, self.day, self.value, strict=True)
        )
        return content_hash("orders", [str(self.as_of), self.currency, *rows])


@dataclass(frozen=True)
class Experiment:
    """A finished test, own or bought: what a change of spend did, as an estimate with its interval.

    channels: those changed · geos: where, empty = everywhere · start, end: first and last day that was measured ·
    spend_difference: money more (or less) than without the test, all its days and places together
    estimate, low, high: what it brought, in the outcome's unit over all its days and places · level: of the interval, such
    as 0.9 · population_share: share of all people who live in the tested places, for a panel that does not know the places ·
    spend_end: last day on which spend differed, None = `end`; later days measure what carries over
    """

    name: str
    channels: tuple[str, ...]
    start: dt.date
    end: dt.date
    spend_difference: float
    estimate: float
    low: float
    high: float
    level: float = 0.9
    geos: tuple[str, ...] = ()
    population_share: float | None = None
    spend_end: dt.date | None = None


@dataclass(frozen=True)
class Tests:
    """What followed in every unit of every test: one row per test, unit, period and outcome, shape (N,).

    test, unit, arm, outcome: text · unit_kind: person, account or geo · period: first day, datetime64[D]
    exposed: reached at all · value: in the outcome's unit, NaN = not observed · cost: money in `currency`, NaN = not given
    experiments: finished tests as estimates
    """

    __test__ = False  # not a case of a test runner, whatever its name begins with

    test: npt.NDArray[np.str_]
    unit_kind: npt.NDArray[np.str_]
    unit: npt.NDArray[np.str_]
    arm: npt.NDArray[np.str_]
    period: Times
    exposed: npt.NDArray[np.bool_]
    outcome: npt.NDArray[np.str_]
    value: Floats
    cost: Floats
    experiments: tuple[Experiment, ...] = ()
    currency: str = ""
    notes: tuple[str, ...] = ()

    @property
    def hash(self) -> str:
        """Content hash (16 hex digits), independent of the order of rows."""
        columns = (
            self.test,
            self.unit_kind,
            self.unit,
            self.arm,
            self.period,
            self.exposed,
            self.outcome,
            self.value,
            self.cost,
        )
        rows = sorted("\x1f".join(map(str, row)) for row in zip(*columns, strict=True))
        return content_hash("tests", [self.currency, *sorted(map(str, self.experiments)), *rows])


@dataclass(frozen=True)
class Posts:
    """What was said in public, one row per post, oldest first, shape (N,).

    at: datetime64[us], UTC · venue, language: text, "" = unknown · text: free of tags and addresses, "" = deleted
    author: a number per person, -1 = not told · own: published by us
    named: which of `brands` each post names, shape (N, B) · reactions: as the venue counts, NaN = not told
    as_of: the first moment that does not exist yet (UTC)
    """

    at: Times
    venue: npt.NDArray[np.str_]
    author: Integers
    own: npt.NDArray[np.bool_]
    text: npt.NDArray[np.str_]
    language: npt.NDArray[np.str_]
    brands: tuple[str, ...]
    named: npt.NDArray[np.bool_]
    reactions: Floats
    as_of: dt.datetime
    notes: tuple[str, ...] = ()

    @property
    def hash(self) -> str:
        """Content hash (16 hex digits), independent of the order of rows and of the numbering of authors."""
        seen: dict[int, int] = {-1: -1}
        columns = (
            self.at.astype("datetime64[us]"),
            self.venue,
            self.own,
            self.text,
            self.language,
            self.named.astype(int).tolist(),
            self.reactions,
        )
        lines = ["\x1f".join(map(str, row)) for row in zip(*columns, strict=True)]
        order = sorted(range(len(lines)), key=lambda row: (lines[row], row))
        rows = [f"{lines[row]}\x1f{seen.setdefault(int(self.author[row]), len(seen) - 1)}" for row in order]
        return content_hash("posts", [self.as_of.isoformat(), *self.brands, *rows])
