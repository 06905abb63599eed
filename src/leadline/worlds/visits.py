"""Visits to the website: journeys of people who asked, and of the many who did not, over cookies and devices."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from leadline.inputs import stream
from leadline.plan.model import Plan
from leadline.units import Period
from leadline.worlds.cases import Case
from leadline.worlds.company import Company
from leadline.worlds.journeys import Walks, walk_to
from leadline.worlds.parameters import CONVERSION, NOTHING, Door
from leadline.worlds.people import Register
from leadline.worlds.spending import calendar_days, dates_of
from leadline.worlds.world import World

# Journeys drawn ahead, from which those of the people who asked are taken: many times the leads of two years.
_POOL = 4_000
# Offline visitors (fair) who looked at the website before: own choice.
_LOOKED_BEFORE = 0.3
# Hours in which websites of this kind are read, local time: own choice.
READING_HOUR, READING_HOURS = 6, 16


# Who finds a campaign closed still finds the company: by an untagged search.
UNTAGGED = ("Organic Search", Door(referrer="https://www.google.com/"))


@dataclass(frozen=True)
class Visit:
    """One session.

    at: local time · cookie: the browser · channel: true channel · door: how it looked to web analytics
    user: the id that the enquiry form or a login sets, "" where none was sent · pages: page views
    form_at: when the form was sent · event: what the visit counts as besides, "" = nothing · is_bot: nobody was there
    """

    at: dt.datetime
    cookie: str
    channel: str
    door: Door
    pages: int
    user: str = ""
    form_at: dt.datetime | None = None
    event: str = ""
    is_bot: bool = False


@dataclass(frozen=True)
class Doors:
    """Which doors are open on a day: those of a tactic only while it runs, or while it ran before the plan."""

    world: World
    plan: Plan

    def through(self, channel: str, day: dt.date) -> tuple[str, Door]:
        """Return channel and door; people who find a door closed come by an untagged search."""
        door = self.world.doors[channel]
        if door.tactic is None or self._open(door.tactic, day):
            return channel, door
        return UNTAGGED

    def _open(self, tactic: str, day: dt.date) -> bool:
        dates = dates_of(self.plan, tactic)
        start = self.plan.plan.window.start if self.plan.plan.window else self.world.world.start
        before = self.world.tactics[tactic].before > 0 and day < start
        return before or (isinstance(dates, Period) and day in dates)


def user_id(record: int) -> str:
    """Return the id that the form gives to a person."""
    return f"u-{record}"


def make_visits(company: Company, register: Register) -> tuple[Visit, ...]:
    """Return all visits from the first day of web analytics on, by time."""
    first = company.world.web_from or company.world.world.start
    everyone = [*_of_askers(company, register), *_of_passers(company), *_of_others(company), *_of_bots(company)]
    kept = (visit for visit in everyone if first <= visit.at.date() <= company.world.world.end)
    return tuple(sorted(kept, key=lambda visit: (visit.at, visit.cookie)))


def _of_askers(company: Company, register: Register) -> Iterator[Visit]:
    world = company.world
    pool = walk_to(world.chain, CONVERSION, count=_POOL, random=stream(company.seed, "world: journeys of askers"))
    containing = {channel: _journeys_with(pool, number) for number, channel in enumerate(world.chain.channels)}
    doors = Doors(world, company.plan)
    for case in company.cases:
        if case.key in register.askers and form_time(world, case):
            yield from _journey_of(company, case, register, doors=doors, pool=(pool, containing))


def form_time(world: World, case: Case) -> dt.datetime | None:
    """Return when a case sent its web form (or telephoned instead), None where it never does."""
    return min((case.entered[state] for state in world.forms_in if state in case.entered), default=None)


def _of_passers(company: Company) -> Iterator[Visit]:
    """Yield the visits that are themselves a state of the bridge: one each, by the channel of the tactic that caused it."""
    world, doors = company.world, Doors(company.world, company.plan)
    for case in company.cases:
        if case.state not in world.seen_in:
            continue
        random = stream(company.seed, f"world: visit of {case.key}")
        wanted = world.tactics[case.brought_by].channel if case.brought_by else None
        name, door = doors.through(wanted if wanted in world.doors else world.chain.channels[0], case.at.date())
        cookie = f"{int(random.integers(10**8, 10**9))}.{_seconds(case.at)}"
        yield Visit(case.at, cookie, name, _noisy(door, world, random), 1, event=world.seen_in[case.state])


def _of_bots(company: Company) -> Iterator[Visit]:
    """Yield the visits of machines, spread over the day: they come by no campaign and look at one page."""
    world = company.world
    if not world.noise.bots:
        return
    random = stream(company.seed, "world: bots")
    first = world.web_from or world.world.start
    for day in calendar_days(world):
        for _ in range(int(random.poisson(world.visits * world.noise.bots))):
            second = int(random.integers(86_400))
            if day >= first:
                at = dt.datetime.combine(day, dt.time()) + dt.timedelta(seconds=second)
                yield Visit(at, f"{int(random.integers(10**8, 10**9))}.{_seconds(at)}", "Bot", Door(), 1, is_bot=True)


def _journeys_with(pool: Walks, channel: int) -> list[int]:
    rows = np.repeat(np.arange(len(pool.offsets) - 1), np.diff(pool.offsets))
    return [int(row) for row in np.unique(rows[pool.steps == channel])]


def _journey_of(
    company: Company, case: Case, register: Register, *, doors: Doors, pool: tuple[Walks, dict[str, list[int]]]
) -> Iterator[Visit]:
    world, random = company.world, stream(company.seed, f"world: journey of {case.key}")
    brought, coin, phone = case.brought_by, random.random(), random.random()
    channel = world.tactics[brought].channel if brought else None
    offline = channel is not None and channel not in world.chain.channels
    if offline and coin > _LOOKED_BEFORE:
        return
    walks, containing = pool
    some = containing.get(channel or "", []) if brought and coin < world.tactics[brought].touch_share else []
    number = some[int(random.integers(len(some)))] if some else int(random.integers(len(walks.offsets) - 1))
    sends_form = not offline and phone >= world.phoned
    asked = form_time(world, case) or case.at
    cookies, browsers = _cookies(asked, random), Browsers(world, case, company.seed)
    moment, steps, user = asked, walks.journey(number), user_id(register.askers[case.key].record)
    for place, step in enumerate(reversed(steps)):
        is_last = place == 0 and not offline
        if is_last:
            moment = asked - dt.timedelta(minutes=int(2 + random.integers(12)))
        else:
            moment = _earlier(moment, world, random)
        other = place > 0 and random.random() < world.noise.second_device
        name, door = doors.through(world.chain.channels[step], moment.date())
        yield Visit(
            at=moment, cookie=browsers.used(cookies, other=other, before=asked - moment), channel=name, door=_noisy(door, world, random),
            pages=1 + int(random.poisson(1.0)), user=user if (is_last and sends_form) or browsers.logs_in() else "",
            form_at=asked if is_last and sends_form else None,
        )  # fmt: skip


class Browsers:
    """Which browser a person uses, where the world says more of it than a second device; draws on a stream of its own."""

    def __init__(self, world: World, case: Case, seed: int) -> None:
        """Draw how many browsers the person has, and whether another's is among them."""
        self.noise = world.noise
        self.random = stream(seed, f"world: browsers of {case.key}") if self._is_needed else None
        mean = self.noise.cookies_per_person
        self.count = 1 + int(self.random.poisson(mean - 1)) if self.random and mean else 0
        # People who share a device share it in pairs of neighbouring accounts: own choice.
        shares = bool(self.random and self.random.random() < self.noise.shared_device)
        self.shared = f"700000000.{10**6 + case.account // 2}" if shares else ""

    @property
    def _is_needed(self) -> bool:
        noise = self.noise
        return bool(noise.cookies_per_person or noise.cookie_life or noise.login_rate or noise.shared_device)

    def used(self, cookies: tuple[str, str], *, other: bool, before: dt.timedelta) -> str:
        """Return the cookie of a visit so long before the enquiry; other: on the second device."""
        if self.random is None:
            return cookies[int(other)]
        if self.shared:
            return self.shared
        place = int(self.random.integers(self.count)) if self.count and before > dt.timedelta(hours=1) else int(other)
        cookie = cookies[place] if place < len(cookies) else f"{cookies[0].partition('.')[0]}{place}.{place}"
        days = before.total_seconds() / 86_400
        if self.noise.cookie_life and self.random.random() > np.exp(-days / self.noise.cookie_life):
            return f"{int(self.random.integers(10**8, 10**9))}.{cookie.partition('.')[2]}"
        return cookie

    def logs_in(self) -> bool:
        """Say whether a visit before the enquiry carries the person's id."""
        return bool(self.random is not None and self.random.random() < self.noise.login_rate)


def _cookies(asked: dt.datetime, random: np.random.Generator) -> tuple[str, str]:
    epoch = _seconds(asked)
    return tuple(f"{int(random.integers(10**8, 10**9))}.{epoch - int(random.integers(10**6))}" for _ in range(2))  # type: ignore[return-value]


def _earlier(moment: dt.datetime, world: World, random: np.random.Generator) -> dt.datetime:
    gap = random.gamma(world.chain.gap.shape, world.chain.gap.mean / world.chain.gap.shape)
    return _reading_time(moment - dt.timedelta(days=float(gap)), random, before=moment)


def _reading_time(day: dt.datetime, random: np.random.Generator, *, before: dt.datetime) -> dt.datetime:
    second = int((READING_HOUR + random.random() * READING_HOURS) * 3600)
    moment = dt.datetime.combine(day.date(), dt.time()) + dt.timedelta(seconds=second)
    return min(moment, before - dt.timedelta(minutes=45))


def _noisy(door: Door, world: World, random: np.random.Generator) -> Door:
    """Lose the tags of some visits and write those of others in the wrong case."""
    lost, shouted = random.random() < world.noise.missing_utm, random.random() < world.noise.wrong_case_utm
    if door.campaign is None:
        return door
    if lost:
        return Door(referrer=door.referrer, tactic=door.tactic)
    return door.model_copy(update={"campaign": door.campaign.upper()}) if shouted else door


def _of_others(company: Company) -> Iterator[Visit]:
    """Yield the visits of those who never asked; in a world made large they are `crowd`."""
    if company.world.world.scale > 1:
        return
    world, random = company.world, stream(company.seed, "world: visitors")
    days = calendar_days(world)
    arrivals = random.poisson(world.visits * company.demand)
    first = world.web_from or world.world.start
    starts = [day for day, count in zip(days, arrivals, strict=True) for _ in range(int(count)) if day >= first]
    walks = walk_to(world.chain, NOTHING, count=len(starts), random=random)
    doors = Doors(world, company.plan)
    for number, day in enumerate(starts):
        moment = dt.datetime.combine(day, dt.time()) + dt.timedelta(
            seconds=int((READING_HOUR + random.random() * READING_HOURS) * 3600)
        )
        cookie = f"{int(random.integers(10**8, 10**9))}.{_seconds(moment)}"
        for step in walks.journey(number):
            name, door = doors.through(world.chain.channels[step], moment.date())
            yield Visit(
                at=moment,
                cookie=cookie,
                channel=name,
                door=_noisy(door, world, random),
                pages=1 + int(random.poisson(0.5)),
            )
            gap = random.gamma(world.chain.gap.shape, world.chain.gap.mean / world.chain.gap.shape)
            moment += dt.timedelta(days=float(gap), minutes=45)


def _seconds(moment: dt.datetime) -> int:
    """Return seconds since 1970 as local clocks count them: a number for cookies, not a time."""
    return (
        (moment.date() - dt.date(1970, 1, 1)).days * 86_400 + moment.hour * 3_600 + moment.minute * 60 + moment.second
    )
