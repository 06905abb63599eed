"""What one experiment exposed people to, and what they would have seen without it, in the scaled numbers of a panel.

An experiment tells a difference in money; the model speaks of exposure by place and step. Inside the panel, what ran is the
test itself, and the difference is taken out of it; outside, the test is laid on the panel's usual steps (design, measurement
section 2.9). Nothing is clamped: a difference that cannot have run is refused with its numbers.
"""

from __future__ import annotations

import calendar
import datetime as dt
from dataclasses import dataclass

import numpy as np

from leadline.errors import did_you_mean
from leadline.inputs import Experiment, Floats, Integers
from leadline.measure.mix.carry import unlagged
from leadline.measure.mix.scale import Scaled
from leadline.words import number
from leadline.words import share as words_share

ROUNDED = 0.01  # own: people round amounts; more than this beyond what ran is no rounding
UNUSUAL = 2.0  # own: a cut of more than this times the usual spend is worth a word
MOSTLY = 0.5  # own: a national step is the test's own when most of its people were in the test
_MONTHS = {"month": 1, "quarter": 3, "year": 12}


class Refused(Exception):
    """An experiment that this panel cannot take; the text is ready for a person."""


@dataclass(frozen=True)
class Course:
    """An experiment as exposure; cells are tested places times measured steps, N of them.

    under, without: scaled exposure by lag under test and without, (M, L + 1, N); reach where a channel has reach ·
    frequency: (R, L + 1, N) · place: number of the place, (N,) · step: number of the step in the panel, may lie outside, (N,)
    counted: share of a cell's outcome that the test speaks of, (N,) · is_inside: whether the panel has the step, (N,) ·
    masked: rows of the panel that the test already tells, (G, T) · notes: what was assumed
    """

    under: Floats
    without: Floats
    frequency: Floats
    place: Integers
    step: Integers
    counted: Floats
    is_inside: Floats
    masked: Floats
    notes: tuple[str, ...]


def course(test: Experiment, data: Scaled) -> Course:
    """Return an experiment as exposure; raises Refused with the reason where the panel cannot take it."""
    ground = _Ground.of(test, data)
    inside = ground.is_inside
    moved, notes = _moved(test, ground)
    base = ground.ran[ground.rows]
    without = base - np.where(inside, moved, 0.0)
    under = without + moved / ground.part
    _possible(test, ground, without, under)
    lags = data.lags.shape[1] - 1
    count = len(ground.steps)
    stretch, apart = ground.ran.copy(), ground.ran.copy()
    stretch[ground.rows], apart[ground.rows] = under, without

    def by_lag(values: Floats) -> Floats:
        at = (lags + np.arange(count))[None, :] - np.arange(lags + 1)[:, None]
        return np.moveaxis(values[:, :, at], 1, 2).reshape(len(values), lags + 1, len(ground.places) * count)

    cells = (len(ground.places), count)
    counted = np.broadcast_to(ground.covered * ground.part, cells)
    steps = np.broadcast_to(ground.steps, cells)
    return Course(
        by_lag(stretch), by_lag(apart), by_lag(ground.frequency), np.repeat(ground.places, count), steps.ravel(),
        counted.ravel().copy(), np.broadcast_to(inside, cells).ravel().astype(np.float64), _mask(ground, data),
        (*ground.notes, *notes),
    )  # fmt: skip


@dataclass(frozen=True)
class _Ground:
    """Where and when a test took place, and what ran there.

    tested: channels changed · places: numbers · steps: those measured, may lie outside the panel, (n,) · covered: share of
    each that was measured, (n,) · changed: share of each in which spend differed, (n,) · part: share of a row's people in the
    test · ran: exposure of the tested places over the L lags before and the steps, (M, P, L + n), where the panel knows it,
    else usual · usual: (M, P) · price: money of exposure 1 for one step, (M, P) · spent: money by step, (M, P, n) · rows:
    the steps within the last axis of `ran` · is_inside: (n,)
    """

    tested: Integers
    places: Integers
    steps: Integers
    covered: Floats
    changed: Floats
    part: float
    ran: Floats
    usual: Floats
    price: Floats
    spent: Floats
    frequency: Floats
    is_inside: Floats
    notes: tuple[str, ...]

    @property
    def rows(self) -> tuple[slice, slice, slice]:
        first = self.ran.shape[2] - len(self.steps)
        return slice(None), slice(None), slice(first, None)

    @classmethod
    def of(cls, test: Experiment, data: Scaled) -> _Ground:
        tested, (places, part, notes) = _channels(test, data), _places(test, data)
        steps, covered = _steps(test.start, test.end, data)
        if len(steps) > data.outcome.shape[1]:
            raise Refused(f"it was measured over {len(steps)} steps, more than the panel has")
        changed_steps, share = _steps(test.start, min(test.spend_end or test.end, test.end), data)
        changed = np.zeros(len(steps))
        changed[: len(changed_steps)] = share
        total, lags = data.outcome.shape[1], data.lags.shape[1] - 1
        known, frequency = _known(data, places)
        usual = _usual(known[:, :, lags:], steps[changed > 0])
        price = _price(known[:, :, lags:], data, tested, places=places)
        axis = np.arange(steps[0] - lags, steps[-1] + 1)
        # what ran before the panel is known for what it left behind; whether a test was part of it is not
        inside = (axis >= np.where(axis < steps[0], -lags, 0)) & (axis < total)
        at = np.where(inside, axis + lags, 0)
        ran = np.where(inside, known[:, :, at], usual[:, :, None])
        usual_frequency = _usual(frequency[:, :, lags:], steps[:0])[:, :, None]
        heard = np.where(inside & (frequency[:, :, at] > 0), frequency[:, :, at], usual_frequency)
        is_inside = (steps >= 0) & (steps < total)
        spent = ran[:, :, lags:] * price[:, :, None]
        own = data.spending[places][:, np.where(is_inside, steps, 0)].transpose(2, 0, 1)
        spent = np.where(is_inside & np.isfinite(own), own, spent)
        if (covered < 1).any():
            notes = [
                *notes,
                f"its days cover parts of steps only: of each {data.panel.grain} the part measured is compared",
            ]
        return cls(
            tested, places, steps, covered, changed, part, ran, usual, price, spent, heard, is_inside, tuple(notes)
        )  # fmt: skip


def _channels(test: Experiment, data: Scaled) -> Integers:
    """Return the numbers of the tested channels."""
    single = {name: at for at, name in enumerate(data.channels)}
    for joined, names in data.merged.items():
        if set(names) <= set(test.channels):
            single |= dict.fromkeys(names, data.channels.index(joined))
    found = []
    for name in test.channels:
        if name in single:
            found.append(single[name])
            continue
        twins = next((one for one, names in data.merged.items() if name in names), None)
        if twins is not None:
            raise Refused(
                f"{name} is known to the panel only as {twins}, whose values are equal: a test of one alone says nothing"
            )
        if name in data.drivers:
            raise Refused(f"{name} is a driver, which has no response curve a test could be held against")
        if name in data.panel.channels:
            raise Refused(f"{name} never ran in this panel")
        known = ", ".join(data.channels)
        raise Refused(f'channel "{name}" is not in the panel.{did_you_mean(name, list(data.channels))} In it: {known}')
    if not found:
        raise Refused("it names no channel")
    return np.unique(np.array(found, dtype=np.int64))


def _places(test: Experiment, data: Scaled) -> tuple[Integers, float, list[str]]:
    """Return the numbers of the tested places, the share of their people in the test, and notes."""
    geos = data.panel.geo
    share = test.population_share
    if share is not None and not 0 < share <= 1:
        raise Refused(f"its share of the population is {share:g}, which is not above 0 and at most 1")
    known = [geos.index(name) for name in test.geos if name in geos]
    if test.geos and len(known) == len(test.geos):
        return np.unique(np.array(known, dtype=np.int64)), share or 1.0, []
    if len(geos) > 1 and test.geos:
        missing = ", ".join(name for name in test.geos if name not in geos)
        raise Refused(f"its places {missing} are not in the panel, which has {', '.join(geos)}")
    if test.geos and share is None:
        raise Refused(
            "the panel has one place for all and the test names some: say which share of the people live there (population_share)"
        )
    everywhere = np.arange(len(geos), dtype=np.int64)
    if share is None or share == 1:
        return everywhere, 1.0, []
    return (
        everywhere,
        share,
        [
            f"its places hold {words_share(share, 0)} of the people: what ran and came per head is taken to be as elsewhere"
        ],
    )


def _known(data: Scaled, places: Integers) -> tuple[Floats, Floats]:
    """Return exposure (M, P, L + T) and frequency (R, P, L + T) from L steps before the panel on."""
    known = unlagged(data.lags)[:, places]
    known[list(data.reached)] = unlagged(data.reach)[:, places]
    return known, unlagged(data.frequency)[:, places]


def _usual(values: Floats, without: Integers) -> Floats:
    """Return the median of the steps that ran, those of the test apart; 0 where a channel never ran; (M, P)."""
    kept = np.ones(values.shape[2], dtype=bool)
    kept[without[(without >= 0) & (without < len(kept))]] = False
    found = np.zeros(values.shape[:2])
    for at in np.ndindex(found.shape):
        ran = values[at][kept & (values[at] > 0)]
        found[at] = np.median(ran) if ran.size else 0.0
    return found


def _price(values: Floats, data: Scaled, tested: Integers, *, places: Integers) -> Floats:
    """Return what exposure of 1 costs for a step, in each place, or per head as elsewhere where it never ran there; (M, P)."""
    heads = data.unit[:, 0] / data.unit[:, 0].mean()
    money = data.spending.sum(axis=1).T
    all_exposure = data.exposure.sum(axis=2)
    all_exposure[list(data.reached)] = data.reach[:, 0].sum(axis=2)
    per_head = money.sum(axis=1) / np.maximum((all_exposure * heads).sum(axis=1), 1e-300)
    own = values.sum(axis=2)
    with np.errstate(divide="ignore", invalid="ignore"):
        found: Floats = np.where(own > 0, money[:, places] / own, per_head[:, None] * heads[places])
    for at in tested:
        if not np.isfinite(found[at]).all() or not (found[at] > 0).any():
            raise Refused(
                f"no spend of {data.channels[at]} is known, so a difference in spend says nothing of its exposure"
            )
    return found


def _moved(test: Experiment, ground: _Ground) -> tuple[Floats, list[str]]:
    """Return the difference in exposure by channel, place and step, (M, P, n), as if all people were in the test; and notes."""
    moved = np.zeros((*ground.usual.shape, len(ground.steps)))
    notes: list[str] = []
    whole = ground.changed.sum()
    for inside in (True, False):
        here = ground.changed * (ground.is_inside == inside)
        if not here.any():
            continue
        money = test.spend_difference * here.sum() / whole
        if not inside:
            notes.append(
                f"its days lie outside the panel{'' if here.sum() == whole else ' in part'}: it is taken to have changed what usually runs"
            )
        if inside and money > 0:
            moved += _added(money, ground, here, notes)
        else:
            moved += _along_usual(money, ground, here)
            notes += _unusual(money, ground, here) if inside else []
    return moved, notes


def _added(money: float, ground: _Ground, here: Floats, notes: list[str]) -> Floats:
    """Return the part of what ran that a test added."""
    chosen = np.zeros(len(ground.usual))
    chosen[ground.tested] = 1.0
    share = chosen[:, None, None] * here
    spent = float((np.where(share > 0, ground.spent, 0.0) * share).sum())
    if money > spent * (1 + ROUNDED):
        raise Refused(
            f"it spent {number(money)} more than without the test, but the panel has only {number(spent)} for its channels, "
            "places and days"
        )
    if money > spent:
        notes.append(f"its {number(money)} more are all that ran in the panel, {number(spent)}")
    part: Floats = ground.ran[ground.rows] * share * min(money / spent, 1.0)
    return part


def _along_usual(money: float, ground: _Ground, here: Floats) -> Floats:
    """Return a difference in money as exposure, spread over channels, places and steps as spend usually is."""
    chosen = np.zeros(len(ground.usual))
    chosen[ground.tested] = 1.0
    price = np.where(chosen[:, None] > 0, ground.price, 0.0)
    profile = ground.usual * chosen[:, None]
    if not (profile * price).any():
        profile = np.ones_like(profile) * chosen[:, None]
    total = float((profile * price).sum() * here.sum())
    spread: Floats = profile[:, :, None] * here * (money / total)
    return spread


def _unusual(money: float, ground: _Ground, here: Floats) -> list[str]:
    """Return a word on a cut inside the panel of more than what usually runs."""
    price = np.where(np.isfinite(ground.price), ground.price, 0.0)
    usual = float((ground.usual * price)[ground.tested].sum() * here.sum()) * ground.part
    if -money > UNUSUAL * usual:
        return [f"it cut {number(-money)}, where {number(usual)} usually run: as much is taken to have been planned"]
    return []


def _possible(test: Experiment, ground: _Ground, without: Floats, under: Floats) -> None:
    """Refuse a difference after which less than nothing would have run."""
    least = min(float(without.min()), float(under.min()))
    if least >= -1e-9 * max(float(ground.ran.max()), 1.0):
        return
    price = np.where(np.isfinite(ground.price), ground.price, 0.0)
    ran = (without * price[:, :, None] * ground.changed)[ground.tested]
    raise Refused(
        f"it spent {number(abs(test.spend_difference))} {'more' if test.spend_difference > 0 else 'less'} than without the test, "
        f"but only about {number(max(float(ran.sum()), 0.0) * ground.part)} runs in its places over as many days"
    )


def _mask(ground: _Ground, data: Scaled) -> Floats:
    """Return 1 for the rows of the panel that the test tells already, (G, T)."""
    masked = np.zeros(data.outcome.shape)
    if ground.part > MOSTLY:
        masked[np.ix_(ground.places, ground.steps[ground.is_inside])] = 1.0
    return masked


def _steps(first: dt.date, last: dt.date, data: Scaled) -> tuple[Integers, Floats]:
    """Return the steps that days lie in, numbered from the panel's first, and the share of each that they cover."""
    grain = data.panel.grain
    origin: dt.date = data.panel.time[0].astype("datetime64[D]").item()
    numbers = np.arange(_step_of(first, origin, grain), _step_of(last, origin, grain) + 1)
    covered = []
    for step in numbers.tolist():
        begin, end = _begin(step, origin, grain), _begin(step + 1, origin, grain)
        days = (min(end, last + dt.timedelta(days=1)) - max(begin, first)).days
        covered.append(days / (end - begin).days)
    return numbers, np.array(covered)


def _step_of(day: dt.date, origin: dt.date, grain: str) -> int:
    if grain in {"day", "week"}:
        return (day - origin).days // (1 if grain == "day" else 7)
    return ((day.year - origin.year) * 12 + day.month - origin.month - (day.day < origin.day)) // _MONTHS[grain]


def _begin(step: int, origin: dt.date, grain: str) -> dt.date:
    if grain in {"day", "week"}:
        return origin + dt.timedelta(days=step * (1 if grain == "day" else 7))
    year, month = divmod(origin.year * 12 + origin.month - 1 + step * _MONTHS[grain], 12)
    return dt.date(year, month + 1, min(origin.day, calendar.monthrange(year, month + 1)[1]))
