"""How a step is said in words: rates and lags with their intervals, and what cannot be told yet."""

from __future__ import annotations

from leadline.measure.bridge.intervals import Interval
from leadline.words import number, share, with_interval

_WHOLE_PER_CENT = 0.04  # intervals wider than this carry no tenth of a per cent (style 2.7: no digit without cover)
_TENTHS = 0.004  # and narrower than this carry a hundredth
_HOURS_UNDER = 2.0  # days; shorter lags are said in hours (ours)
_MINUTES_UNDER = 2 / 24  # days; shorter ones in minutes (ours)


def plural(state: str) -> str:
    """Return the name of a state for several.

    >>> plural("lead"), plural("opportunity"), plural("sales")
    ('leads', 'opportunities', 'sales')
    """
    if state.endswith("s"):
        return state
    if state.endswith("y") and state[-2:-1] not in set("aeiou"):
        return f"{state[:-1]}ies"
    return f"{state}s"


def rate_words(rate: Interval) -> str:
    """Return a rate as per cent with no digit that its interval does not carry.

    >>> rate_words(Interval(0.061, 0.041, 0.083))
    '6 % (90 %: 4 to 8)'
    """
    width = rate.high - rate.low
    decimals = 0 if width >= _WHOLE_PER_CENT else 1 if width >= _TENTHS else 2
    middle, low, high = (share(value, decimals) for value in (rate.middle, rate.low, rate.high))
    return with_interval(middle, low.removesuffix(" %"), high=high.removesuffix(" %"))


def days_words(days: float) -> str:
    """Return a time span in days, hours or minutes, whichever reads best.

    >>> days_words(21.3), days_words(0.5), days_words(1 / 48), days_words(1)
    ('21 days', '12 hours', '30 minutes', '24 hours')
    """
    value, unit = _in_unit(days, of=days)
    return f"{number(value, 2 if value < 100 else 3)} {unit}"


def lag_words(lag: Interval) -> str:
    """Return a lag with its interval, all in the unit of the middle.

    >>> lag_words(Interval(21.3, 18.2, 25.0))
    '21 days (90 %: 18 to 25)'
    """
    edges = [number(_in_unit(value, of=lag.middle)[0], 2) for value in (lag.low, lag.high)]
    return with_interval(days_words(lag.middle), edges[0], high=edges[1])


def too_young(state: str, *, oldest: float, median_seen: float, horizon: float, rate: Interval) -> str:
    """Return the sentence for a step whose final rate can't be told yet."""
    seen = f"half of the conversions seen took longer than {days_words(median_seen)}; " if median_seen > 0 else ""
    return (
        f"{plural(state)} are at most {days_words(oldest)} old; {seen}the final rate can't be told yet, "
        f"the rate within {days_words(horizon)} is {rate_words(rate)}"
    )


def told(step: tuple[str, str], *, final: Interval, median: Interval, horizon: float, rate: Interval) -> str:
    """Return the sentence for a step whose final rate is identified."""
    source, target = step
    return (
        f"{rate_words(final)} of {plural(source)} become {target} in the end, half of them within "
        f"{lag_words(median)}; within {days_words(horizon)} it is {rate_words(rate)}"
    )


def _in_unit(days: float, *, of: float) -> tuple[float, str]:
    if of < _MINUTES_UNDER:
        return days * 1440, "minutes"
    if of < _HOURS_UNDER:
        return days * 24, "hours"
    return days, "days"


def never_closed(state: str, following: str, *, part: Interval) -> str:
    """Return the sentence for losses that stay open on the record.

    >>> never_closed("lead", "sqo", part=Interval(0.41, 0.36, 0.46))
    'of the leads that will not become sqo, 41 % (90 %: 36 to 46) are never closed as lost: they look open, and no forecast counts on them; close them where they are kept'
    """
    return (
        f"of the {plural(state)} that will not become {following}, {rate_words(part)} are never closed as lost: they look open, "
        "and no forecast counts on them; close them where they are kept"
    )
