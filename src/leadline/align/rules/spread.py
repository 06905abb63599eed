"""BUD: how the money is spread over building and selling, over kinds of media, and over the year."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from leadline.align.case import Case, share
from leadline.align.dates import months_before, shifted
from leadline.align.finding import Found, Skip, Value
from leadline.align.routes import spells_of
from leadline.align.rule import rule
from leadline.plan.timing import arrived
from leadline.units import Period

# Binet and Field, "Media in Focus" (IPA 2017): about 60 % on average; the band is house (checks.md, BUD003).
BRAND_LOW, BRAND_HIGH = 0.40, 0.70
# Binet and Field, "The 5 Principles of Growth in B2B Marketing" (2019): about 46 %; the band is house (BUD003).
FIRMS_LOW, FIRMS_HIGH = 0.35, 0.60
MAX_PAID = 0.90  # house: a tenth for what one keeps when the money stops (checks.md, BUD004)
MOSTLY = 0.50  # house: with less than half of the money in channels of known media nothing is judged
AFTER_PEAK = 0.40  # house (checks.md, BUD009)
LAST_QUARTER = 0.50  # house: money that waits for autumn meets nobody in spring (checks.md, BUD009)
A_YEAR = 360  # days; house: a window of twelve months, give or take a few days
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip


@rule(
    "BUD003", "brand-activation-band", level="note", scope="sums", reads=("tactics.list.budget", "tactics.list.intent")
)
def brand_activation_band(
    case: Case,
    *,
    low: float = BRAND_LOW,
    high: float = BRAND_HIGH,
    firms_low: float = FIRMS_LOW,
    firms_high: float = FIRMS_HIGH,
) -> Iterator[Found | Skip]:
    """The money for building the brand stands outside the usual band beside the money for selling now.

    The share is the budget of tactics of intent `build` over that of all that build, acquire, convert, expand or
    reactivate. A plan that sells to firms says so by the tag `b2b` of the plan, one that sells to people by `b2c`;
    without either tag only what lies outside both bands is noted.

    Why: selling alone harvests those who are ready today, building alone waits for a harvest that nobody brings in.
    Source: contested. For a band: Les Binet and Peter Field, "The Long and the Short of It" (IPA 2013), "Media in Focus"
    (IPA 2017), and for firms "The 5 Principles of Growth in B2B Marketing" (LinkedIn B2B Institute 2019), from cases of
    the IPA Databank. Against a rule: Byron Sharp (Ehrenberg-Bass Institute), since the cases are entries for awards;
    Harry Guild (BBH Labs 2018), since only successes were looked at. Small and young brands are rare among them.
    Thresholds: low 0.40, high 0.70, firms_low 0.35, firms_high 0.60: house bands around the published averages.
    Fix: move money towards the band, or write down why this plan is different.
    """
    total = sum(case.budgets[name] for name in case.promoting)
    if total <= 0:
        yield Skip("no tactic that builds or sells has a budget")
        return
    bands = {"b2b": ("firms", firms_low, firms_high), "b2c": ("people", low, high)}
    told = [bands[tag] for tag in (one.casefold() for one in case.plan.plan.tags) if tag in bands]
    buyers, least, most = told[0] if len(told) == 1 else ("either", min(low, firms_low), max(high, firms_high))
    build = tuple(name for name, tactic in case.promoting.items() if tactic.intent == "build")
    money = sum(case.budgets[name] for name in build)
    if least <= money / total <= most:
        return
    is_little = money / total < least
    yield Found(
        path=("tactics", "list"),
        text="{money}, {share} of the money for building and selling, builds the brand; "
        + ("usual is" if buyers != "either" else "usual, whoever buys, is")
        + " {least} to {most}",
        values={
            "share": share(money / total),
            "money": case.money(money),
            "least": share(least),
            "most": share(most),
            "move": case.money(least * total - money if is_little else money - most * total),
        },
        fix="move {move} to tactics that build, or write down why this plan is different"
        if is_little
        else "move {move} to tactics that sell, or write down why this plan is different",
        also="contested: the band comes from entries for awards (Binet and Field); Byron Sharp rejects such a rule",
        tactics=build if not is_little else tuple(name for name in case.promoting if name not in build),
    )


@rule(
    "BUD004",
    "media-mix",
    level="note",
    scope="sums",
    reads=("tactics.list.budget", "tactics.list.channels", "situation.channels.media"),
)
def media_mix(case: Case, *, max_paid: float = MAX_PAID) -> Iterator[Found | Skip]:
    """Nearly all the money is rented, or nothing the plan uses is its own.

    Two findings: paid media take more than the limit of the money in channels whose `media` is known; no growth tactic,
    with or without a budget, uses a channel that is owned or a person. The budget of a tactic is split evenly over its
    channels.

    Why: what is rented ends with the rent; permission to speak to people, and people who speak, stay.
    Source: points B (the permission asset) and E (from broadcast to dialogue); paid, owned and earned media (Corcoran,
    Forrester 2009).
    Thresholds: max_paid 0.90 (house).
    Fix: give part of the money to a channel of your own: a list of people who agreed, a place where people meet you.
    """
    used = [channel for tactic in case.growth.values() for channel in tactic.channels]
    media = {
        name: case.channels[name].media if name in case.channels else None for name in (*used, *case.channel_money)
    }
    known = {name: money for name, money in case.channel_money.items() if media[name] is not None}
    total = sum(known.values())
    if any(media[name] is None for name in used) and total < MOSTLY * case.growth_budget:
        yield Skip("less than half of the money is in channels whose media is known")
        return
    if not used:
        yield Skip("no growth tactic uses a channel")
        return
    paid = tuple(dict.fromkeys(name for name in known if media[name] == "paid"))
    money = sum(known[name] for name in paid)
    if total > 0 and money > max_paid * total:
        yield Found(
            path=("situation", "channels"),
            text="{share} of the money, {money}, is rented: paid media {channels}",
            values={
                "share": share(money / total),
                "money": case.money(money),
                "channels": paid,
                "move": case.money(money - max_paid * total),
            },
            fix="give {move} or more to a channel of your own, such as a list of people who agreed to hear from you",
            tactics=tuple(name for name, tactic in case.growth.items() if set(paid) & set(tactic.channels)),
        )
    kinds = tuple(dict.fromkeys(kind for name in used if (kind := media[name]) is not None))
    if not {"owned", "person", None} & {media[name] for name in used}:
        spare = tuple(name for name, one in case.channels.items() if one.media in ("owned", "person"))
        yield Found(
            path=("situation", "channels"),
            text="all channels in use are {media}: none is owned, and none is a person",
            values={"media": kinds, "spare": spare or None},
            fix="use what is there and unused: {spare}" if spare else "",
            tactics=tuple(name for name, tactic in case.growth.items() if tactic.channels),
        )


@rule(
    "BUD009",
    "phasing",
    level="warning",
    scope="sums",
    reads=("tactics.list.budget", "tactics.list.dates", "situation.market.season", "plan.window"),
)
def phasing(
    case: Case, *, after_peak: float = AFTER_PEAK, last_quarter: float = LAST_QUARTER
) -> Iterator[Found | Skip]:
    """The money comes late: after the season's peak, or in the last quarter of the window.

    Money lies evenly over the dates of each growth tactic, or as its budget by period says. After the peak counts what
    is spent after the (last) month of the window with the highest factor in `season`, where that is also more than the
    share of the window's demand that comes then: money that follows demand is not late. The last quarter is the last three
    months of a window of a year or longer, else the last fourth of its days.

    Why: who speaks after people have bought speaks to nobody; and money left for the end is spent to be spent.
    Source: point A (right timing).
    Thresholds: after_peak 0.40, last_quarter 0.50: house.
    Fix: bring the largest late tactic forward, or give its money to one that runs before the peak.
    """
    window = case.plan.plan.window
    if window is None or window.days <= 0:
        yield Skip("the plan has no window")
        return
    if case.growth_budget <= 0:
        yield Skip("no growth tactic has a budget")
        return
    season = case.plan.situation.market.season if case.plan.situation.market else ()
    peak = _peak(season, window)
    if peak is None:
        yield Skip("the market has no season with a peak inside the window", "market")
    else:
        since = shifted(peak.replace(day=28), 4).replace(day=1)
        if _late_share(case, since) > max(after_peak, _demand_from(season, window, since)):
            demand = "{demand} of the demand still to come"
            yield _late(
                case, since, text=f"{{money}}, {{share}} of the growth budget, is spent after {{peak}}, the peak, with {demand}",
                more={"peak": MONTHS[peak.month - 1], "demand": share(_demand_from(season, window, since))},
            )  # fmt: skip
    quarter = _last_quarter(window)
    if _late_share(case, quarter) > last_quarter:
        yield _late(case, quarter, text="{money}, {share} of the growth budget, is spent in the last quarter", more={})


def _late(case: Case, since: dt.date, *, text: str, more: dict[str, Value]) -> Found:
    money = {name: case.budgets[name] * (1.0 - _spent_by(case, name, since)) for name in case.growth}
    late = sorted((name for name in money if money[name] > 0), key=lambda name: (-money[name], name))
    return Found(
        path=("tactics", "list"),
        text=f"{text} (from {{since}} on; most of it {{largest}})",
        values={
            "share": share(sum(money.values()) / case.growth_budget),
            "money": case.money(sum(money.values())),
            "since": since,
            "largest": late[0],
            **more,
        },
        fix="bring money of {largest} forward, or give it to a tactic that runs before {since}",
        tactics=tuple(late),
    )


def _late_share(case: Case, since: dt.date) -> float:
    """Return the share of the growth budget that is spent on a day or later."""
    late = sum(case.budgets[name] * (1.0 - _spent_by(case, name, since)) for name in case.growth if case.budgets[name])
    return late / case.growth_budget


def _spent_by(case: Case, tactic: str, day: dt.date) -> float:
    """Return the share of a tactic's budget that is spent before a day; all of it where it has no dates."""
    spells = spells_of(case, tactic)
    return arrived(spells, 0.0, by=shifted(day, -1)) if spells else 1.0


def _peak(season: tuple[float, ...], window: Period) -> dt.date | None:
    """Return the first day of the last peak month inside the window; None without a season or with a level one."""
    if len(season) != len(MONTHS) or max(season) <= min(season):
        return None
    months = [
        number for number, factor in enumerate(season, 1) if factor == max(season)
    ]  # a plateau ends with its last
    years = range(window.end.year, window.start.year - 1, -1)
    found = (dt.date(year, month, 1) for year in years for month in reversed(months))
    return next((day for day in found if window.start <= shifted(day, 27) and day <= window.end), None)


def _demand_from(season: tuple[float, ...], window: Period, since: dt.date) -> float:
    """Return the share of the window's demand, by its season, that comes on a day or later."""
    total = sum(_demand(season, window.start, window.end))
    return sum(_demand(season, max(since, window.start), window.end)) / total if total > 0 else 0.0


def _demand(season: tuple[float, ...], start: dt.date, end: dt.date) -> Iterator[float]:
    """Yield the factor of each month between two days times its days."""
    while start <= end:
        following = shifted(start.replace(day=28), 4).replace(day=1)
        yield season[start.month - 1] * ((min(following, shifted(end, 1)) - start).days)
        if following <= start:
            return
        start = following


def _last_quarter(window: Period) -> dt.date:
    if window.days >= A_YEAR:
        return months_before(shifted(window.end, 1), 3)
    return shifted(window.start, 0.75 * window.days)
