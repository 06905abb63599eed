"""What a worked sample says, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadline import words

if TYPE_CHECKING:
    from leadline.decide.worked import Worked


def sentence(worked: Worked, currency: str) -> str:
    """Return what was seen, how often that happens under the belief, whether it pays, and what would be enough."""
    parts = [_seen(worked, currency), _belief(worked, currency), _money(worked, currency)]
    if worked.payback == "can't tell":
        parts.append(_enough(worked, currency))
    return " ".join(part for part in parts if part)


def _seen(worked: Worked, currency: str) -> str:
    sample = worked.sample
    sales = "no sale" if sample.sales == 0 else "1 sale" if sample.sales == 1 else f"{_count(sample.sales)} sales"
    if sample.responses is None:
        return f"{_cash(sample.spend, currency)} spent and {sales}."
    return f"{_count(sample.responses)} {_noun(sample.noun, sample.responses)} and {sales}."


def _belief(worked: Worked, currency: str) -> str:
    tails, sample = worked.under_belief, worked.sample
    if tails is None or sample.believed is None:
        return "Nothing was believed beforehand."
    if worked.counted:
        under = f"If {_rate(sample.believed)} of {sample.noun} buy, as believed"
    else:
        under = f"If a sale costs {_cash(sample.believed, currency)}, as believed"
    expected = f"{words.number(worked.expected or 0.0)} were to come"
    if worked.against == "worse than believed":
        return f"{under}, {expected}; so few happen {_chance(tails.at_most)} of the time: worse than believed."
    if worked.against == "better than believed":
        return f"{under}, {expected}; so many happen {_chance(tails.at_least)} of the time: better than believed."
    if sample.sales == 0:
        also = "" if worked.payback != "can't tell" else "; you can't call it failed, nor a success"
        return f"{under}, that happens {_chance(tails.at_most)} of the time{also}."
    return f"{under}, {expected}; so few or fewer happen {_chance(tails.at_most)} of the time: in line with it."


def _money(worked: Worked, currency: str) -> str:
    sample = worked.sample
    ends = (_cash(worked.net_low, currency), _cash(worked.net_high, currency))
    net = words.with_interval(_cash(worked.net, currency), ends[0], high=ends[1])
    if worked.payback == "can't tell":
        said_already = sample.sales == 0 and (worked.against or "").startswith("in line")
        return "" if said_already else f"Whether it pays can't be told: net {net}."
    if worked.break_even > 1 and worked.counted:
        even = "a response costs more than a sale is worth"
    elif worked.counted:
        seen = words.with_interval(
            _rate(sample.sales / (sample.responses or 1)), words.number(100 * worked.low), high=_rate(worked.high)
        )
        even = f"breaking even takes {_rate(worked.break_even)} of {sample.noun}, seen {seen}"
    else:
        seen = words.with_interval(_count(sample.sales), words.number(worked.low), high=words.number(worked.high))
        even = f"breaking even takes {words.number(worked.break_even)} sales, seen {seen}"
    return f"It {worked.payback}: {even}. Net {net}."


def _enough(worked: Worked, currency: str) -> str:
    enough, sample = worked.enough, worked.sample

    def size(value: float) -> str:
        if not worked.counted:
            return f"{_cash(value, currency)} spent"
        return f"{_count(round(value))} {_noun(sample.noun, round(value))}"

    if sample.believed is None or enough.against_believed is None or enough.notice_half is None:
        even = enough.against_break_even
        return "" if even is None or sample.sales else f"{size(even)} without a sale would speak against breaking even."
    half = f"half of {_rate(sample.believed)}" if worked.counted else "twice that cost"
    notice = f"to notice {half} takes about {_bare(enough.notice_half, worked, currency)}."
    if sample.sales:
        return f"{notice[0].upper()}{notice[1:]}"
    belief = _rate(sample.believed) if worked.counted else f"{_cash(sample.believed, currency)} a sale"
    even = enough.against_break_even
    beside = "" if even is None else f" ({_bare(even, worked, currency)} against breaking even)"
    return f"{size(enough.against_believed)} without a sale would speak against {belief}{beside}; {notice}"


def _bare(value: float, worked: Worked, currency: str) -> str:
    return _count(round(value)) if worked.counted else _cash(value, currency)


def _noun(noun: str, count: int) -> str:
    return noun[:-1] if count == 1 and noun.endswith("s") else noun


def _count(value: int) -> str:
    return f"{value:,}".replace(",", words.NARROW_NO_BREAK_SPACE)


def _cash(value: float, currency: str) -> str:
    if currency:
        return words.money(value, currency)
    return words.number(value, 3 if abs(value) < 100_000 else 4)


def _rate(value: float) -> str:
    return f"{words.number(100 * value)} %"


def _chance(p: float) -> str:
    return words.probability(p) if p >= 0.1 or p < 0.001 else f"{words.number(100 * p, 2)} %"
