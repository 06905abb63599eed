"""The many who never ask, in worlds made large: a month at a time, so that memory does not grow with them.

Drawn as arrays, each month from a stream of its own; journeys that go on in a later month are carried over.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from leadline.inputs import Floats, Integers, stream
from leadline.worlds.company import Company
from leadline.worlds.journeys import walk_to
from leadline.worlds.parameters import NOTHING, Door, Late
from leadline.worlds.spending import calendar_days
from leadline.worlds.visits import READING_HOUR, READING_HOURS, UNTAGGED, Doors

_DAY = 86_400  # seconds (the calendar)
_APART = 45 * 60  # seconds between visits of one journey at the least, as in `visits`
_PLAIN, _LOST, _SHOUTED = range(3)  # how a door's tags reach web analytics


@dataclass(frozen=True)
class Crowd:
    """Visits by time, one row each.

    second: since midnight of the world's first day, local · cookie, born: the two numbers of a cookie
    door: number into `Variants.doors` · pages: page views · late: days until it reaches the export
    """

    second: Integers
    cookie: Integers
    born: Integers
    door: Integers
    pages: Integers
    late: Integers
    denied: npt.NDArray[np.bool_]

    def take(self, rows: Integers | npt.NDArray[np.bool_]) -> Crowd:
        """Return some of the rows."""
        return Crowd(*(getattr(self, one.name)[rows] for one in fields(self)))

    def joined(self, other: Crowd) -> Crowd:
        """Return both, one after the other."""
        return Crowd(*(np.concatenate([getattr(self, one.name), getattr(other, one.name)]) for one in fields(self)))


@dataclass(frozen=True)
class Variants:
    """Every way a visit can look: per channel as it is, with its tags lost, or shouted; and untagged, where it is closed.

    open: which channels' doors are open on a day, shape (channels, days)
    """

    doors: tuple[Door, ...]
    open: npt.NDArray[np.bool_]

    @classmethod
    def of(cls, company: Company) -> Variants:
        """Return the variants of a company's doors."""
        world, days = company.world, calendar_days(company.world)
        doors, found = Doors(world, company.plan), list[Door]()
        for channel in world.chain.channels:
            door = world.doors[channel]
            lost = Door(referrer=door.referrer, tactic=door.tactic) if door.campaign else door
            shouted = door.model_copy(update={"campaign": door.campaign.upper()}) if door.campaign else door
            found += [door, lost, shouted]
        is_open = [
            [world.doors[channel].tactic is None or doors.through(channel, day)[0] == channel for day in days]
            for channel in world.chain.channels
        ]
        return cls((*found, UNTAGGED[1]), np.array(is_open))

    def seen(self, channel: Integers, day: Integers, *, how: Integers) -> Integers:
        """Return the number of the variant of each visit."""
        last = self.open.shape[1] - 1
        return np.where(self.open[channel, np.minimum(day, last)], 3 * channel + how, len(self.doors) - 1)


def months(company: Company) -> Iterator[tuple[dt.date, Crowd]]:
    """Yield the first day of each month of web analytics up to as-of, and the visits of that month by time."""
    world, variants = company.world, Variants.of(company)
    start = world.world.start
    day = max(world.web_from or start, start)
    carried: Crowd | None = None
    while day <= world.world.as_of:
        after = (day.replace(day=1) + dt.timedelta(days=32)).replace(day=1)
        found = _begun(company, variants, (day - start).days, (min(after, world.world.end) - start).days)
        crowd = found if carried is None else carried.joined(found)
        is_now = crowd.second < (after - start).days * _DAY
        now, carried = crowd.take(is_now), crowd.take(~is_now)
        yield day, now.take(np.lexsort((now.cookie, now.second)))
        day = after


def _begun(company: Company, variants: Variants, first: int, after: int) -> Crowd:
    """Return every visit of the journeys that begin between two days."""
    world, noise = company.world, company.world.noise
    random = stream(company.seed, "world: crowd", index=first)
    arrivals = random.poisson(world.visits * company.demand[first:after])
    count = int(arrivals.sum())
    begin = np.repeat(np.arange(first, after), arrivals) * _DAY + _seconds(random, count)
    walks = walk_to(world.chain, NOTHING, count=count, random=random)
    journey = np.repeat(np.arange(count), np.diff(walks.offsets))
    gap = world.chain.gap
    waits = random.gamma(gap.shape, gap.mean / gap.shape, len(journey)) * _DAY + _APART
    waits[walks.offsets[:-1]] = 0.0
    since = np.cumsum(waits)
    second = (begin[journey] + since - since[walks.offsets[:-1]][journey]).astype(np.int64)
    how = np.where(random.random(len(journey)) < noise.missing_utm, _LOST, _PLAIN)
    how = np.where((how == _PLAIN) & (random.random(len(journey)) < noise.wrong_case_utm), _SHOUTED, how)
    return Crowd(
        second=second,
        cookie=random.integers(10**8, 10**9, count)[journey],
        born=begin[journey],
        door=variants.seen(walks.steps, second // _DAY, how=how),
        pages=1 + random.poisson(0.5, len(journey)),
        late=_late(noise.late, random.random(len(journey))),
        denied=random.random(len(journey)) < noise.consent_denied,
    )


def _seconds(random: np.random.Generator, count: int) -> Integers:
    return ((READING_HOUR + random.random(count) * READING_HOURS) * 3600).astype(np.int64)


def _late(late: float | Late, drawn: Floats) -> Integers:
    """Return days late: one share spread over three days, or a share per day."""
    shares = [late.three, late.two, late.one] if isinstance(late, Late) else [late / 3] * 3
    return np.asarray((drawn[:, None] >= 1 - np.cumsum(shares)[None, :]).sum(axis=1), dtype=np.int64)
