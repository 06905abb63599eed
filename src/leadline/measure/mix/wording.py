"""How a mix is said: rows, a sentence, and of each channel what is known of it or why nothing is.

A channel that the data cannot tell has no number of its own in rows and sentences, for it would be the number that was
assumed; the smallest set that can be told stands there instead. Chains that did not settle give no number at all.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from leadline.inputs import Floats
from leadline.inputs.panel import MONEY
from leadline.measure.mix.remedies import again, to_settle
from leadline.measure.mix.result import START_UNSEEN, MixChannel, MixResult, Quantity, Together, named
from leadline.words import number, probability, probability_word, share, with_interval

WIDE = 0.10  # style.md 2.4, rule 6: money with an interval wider than this share has two significant digits
LAST_PLACE = 5  # house: a fifth of an interval's width is the last place worth reading
HOLDOUT_LEAST = {"day": 364}  # design, measurement section 1.5: steps of a panel below which nothing is kept apart
HOLDOUT_LEAST_STEPS = 52  # same, where a step is longer than a day
FLAT = 1e-12  # own: narrower is one number
BELOW = 0.5  # own: probability of a baseline below zero from which the sentence says so
HALF = 0.5  # own: where what was assumed weighs less, something else is why a number is none of the data's alone


def rows(result: MixResult) -> list[dict[str, Any]]:
    """Return a row per channel, in order of what they brought; what must not be shown is None.

    roi, marginal_roi: money back per money spent · contribution: in `unit` over the window · share: of the outcome 0..1 ·
    told_with: the channels of the smallest set that can be told, with roi_together and contribution_together
    """
    settled = result.convergence.converged
    return [_row(result, one, shown=settled and is_shown(one)) for one in ordered(result)]


def ordered(result: MixResult) -> list[MixChannel]:
    """Return the channels by what they brought, those that cannot be told last; ties by name."""
    order = {"identified": 0, "weak": 0, "not identified": 1}
    return sorted(result.channels, key=lambda one: (order[one.verdict], -one.contribution.p50, one.name))


def prior_weight(known: MixChannel | MixResult) -> float:
    """Return how much of a channel's number, or of that of all of them, was assumed beforehand, 0..1; the rest is the data's.

    What is left of the prior's variance: exactly its weight in the mean where both are normal on the scale that judged
    (Gelman and others 2013, Bayesian Data Analysis, section 2.5), and about that elsewhere.
    """
    return min(max(1 - known.contraction, 0.0), 1.0)


def known_words(channel: MixChannel, grain: str) -> str:
    """Return in a few words how a channel's number is known. grain: such as week."""
    if channel.is_identified:
        return "by the data"
    weight = prior_weight(channel)
    if weight >= HALF:
        return f"{share(weight, 0)} assumed"
    return "never seen low" if channel.reason.endswith(START_UNSEEN) else f"few {grain}s only"


def is_shown(channel: MixChannel) -> bool:
    """Say whether a channel has a number of its own: the data said something of it."""
    return channel.verdict != "not identified"


def _row(result: MixResult, one: MixChannel, *, shown: bool) -> dict[str, Any]:
    row: dict[str, Any] = {"channel": one.name, "kind": one.kind, "spend": one.spend, "unit": result.contribution_unit}
    for name, value in (
        ("roi", one.roi), ("roi_cohort", one.roi_cohort), ("marginal_roi", one.marginal_roi), ("contribution", one.contribution),
        ("share", one.share), ("cost_per_outcome", one.cost_per_outcome), (f"half_life_{result.grain}s", one.half_life),
        ("saturation", one.saturation),
    ):  # fmt: skip
        row |= _four(name, value if shown else None)
    told = one.told if result.convergence.converged else None
    row |= {"identified": one.is_identified, "verdict": one.verdict, "prior_conflict": one.conflict}
    row |= {"told_with": "" if told is None else " + ".join(told.channels)}
    row |= _four("roi_together", None if told is None else told.roi)
    row |= _four("contribution_together", None if told is None else told.contribution)
    return row | {"note": note(result, one)}


def _four(name: str, value: Quantity | None) -> dict[str, float | None]:
    parts = {"mean": "_mean", "p05": "_p05", "p50": "", "p95": "_p95"}
    return {f"{name}{end}": None if value is None else finite(getattr(value, part)) for part, end in parts.items()}


def finite(value: float | None) -> float | None:
    """Return a number, None where there is none to show."""
    return None if value is None or not math.isfinite(value) else float(value)


# Numbers in words


def _rounded(value: float, digits: int) -> float:
    if not math.isfinite(value) or value == 0:
        return value
    return round(value, digits - 1 - math.floor(math.log10(abs(value))))


def amount(result: MixResult, quantity: Quantity) -> str:
    """Return an amount of a result, such as what a channel brought, in words."""
    return amount_words(quantity, result.contribution_unit, currency=result.currency)


def amount_words(quantity: Quantity, unit: str, *, currency: str) -> str:
    """Return an amount with its 90 % interval, no digit that the interval does not carry.

    unit: money only where it is the currency, for an outcome may be called MQL

    >>> amount_words(Quantity(0, 91_234, 123_456, 160_000), "EUR", currency="EUR")
    '120 kEUR (90 %: 91 to 160)'
    """
    factor, shown = _scale(quantity.p50, unit, is_money=unit in {MONEY, currency})
    scaled = Quantity(*(one / factor for one in (quantity.mean, quantity.p05, quantity.p50, quantity.p95)))
    if quantity.p95 - quantity.p05 > WIDE * abs(quantity.p50):
        low, middle, high = (number(_rounded(one, 2), 12) for one in (scaled.p05, scaled.p50, scaled.p95))
    else:
        middle, low, high = (number(float(one), 12) if factor == 1 else one for one in decimal_words(scaled))
    return with_interval(f"{middle} {shown}".rstrip(), low, high=high)


def _scale(value: float, unit: str, *, is_money: bool) -> tuple[float, str]:
    """Return by what an amount is divided to be read, and its unit then."""
    name = "" if unit == MONEY else unit
    for bound, prefix in ((1e6, "M"), (1e3, "k")) if is_money else ():
        if abs(value) >= bound:
            return bound, f"{prefix}{name}"
    return 1.0, name


def decimal_words(quantity: Quantity) -> tuple[str, str, str]:
    """Return middle, low and high of a ratio, all with the decimals that the width of its interval carries.

    >>> decimal_words(Quantity(0, 0.912, 1.57, 2.44))
    ('1.6', '0.9', '2.4')
    """
    width = quantity.p95 - quantity.p05
    digits = 2 if width <= FLAT else min(max(math.ceil(-math.log10(width / LAST_PLACE) - 1e-9), 0), 4)
    middle, low, high = (f"{one:z.{digits}f}" for one in (quantity.p50, quantity.p05, quantity.p95))
    return middle, low, high


def roi_words(quantity: Quantity, currency: str) -> str:
    """Return a return on spend in words.

    >>> roi_words(Quantity(0, 0.912, 1.57, 2.44), "EUR"), roi_words(Quantity(0, 0.912, 1.57, 2.44), "money")
    ('1.6 EUR a EUR (90 %: 0.9 to 2.4)', '1.6 for each 1 spent (90 %: 0.9 to 2.4)')
    """
    middle, low, high = decimal_words(quantity)
    unit = f"{currency} a {currency}" if currency not in {"", MONEY} else "for each 1 spent"
    return with_interval(f"{middle} {unit}", low, high=high)


def share_words(quantity: Quantity) -> str:
    """Return a share 0..1 of the outcome in words.

    >>> share_words(Quantity(0, 0.042, 0.081, 0.13))
    '8 % (90 %: 4 to 13)'
    """
    wide = quantity.p95 - quantity.p05 >= 0.01
    parts = [share(one, 0 if wide else 1).removesuffix(" %") for one in (quantity.p50, quantity.p05, quantity.p95)]
    return with_interval(f"{parts[0]} %", parts[1], high=parts[2])


# Sentences


def sentence(result: MixResult) -> str:
    """Return what brought most, what cannot be told, and how well the model foresees; coarse data with their caveat."""
    if not result.convergence.converged:
        return unsettled(result)
    parts = ["Quick estimate:"] if result.method == "instant" else []
    parts += [
        _most(result) if result.all_told or tells_some(result) else nothing_told(result),
        *_impossible(result),
        *_leaning(result),
        *_untold(result),
        *_whole(result),
        *_conflicts(result),
        unseen(result),
        *_coarse(result),
    ]
    return " ".join(part for part in parts if part)


def unsettled(result: MixResult) -> str:
    """Return why no number is shown."""
    found = result.convergence
    why = f" ({found.worst})" if found.worst else ""
    reasons = f" {capital('; '.join(found.reasons))}" if found.reasons else ""
    return f"The model of {result.kpi} did not settle{why}, so no number is shown.{reasons} {to_settle(result)}"


def tells_some(result: MixResult) -> bool:
    """Say whether the data tell at least one channel, or one set of them."""
    return any(one.is_identified or one.told is not None for one in result.channels if one.kind != "driver")


def nothing_told(result: MixResult) -> str:
    """Return that the data tell neither a channel nor all of them from what would have come without them."""
    return (
        f"The data can't tell what marketing brought from what {result.kpi} would have been without it: what was assumed "
        "beforehand decides."
    )


def _whole(result: MixResult) -> list[str]:
    """Return that all channels together cannot be told, where some of them can, or how much of that was assumed."""
    if not result.all_told:
        return ["What all channels brought together can't be told."] if tells_some(result) else []
    weight = prior_weight(result)
    if weight <= HALF or sum(one.kind != "driver" for one in result.channels) < 2:
        return []
    told = f"What all channels brought together, and so {result.kpi} without them, is no measurement yet either"
    return [f"{told}: {share(weight, 0)} of it was assumed beforehand."]


def _most(result: MixResult) -> str:
    """Name the channel that brought most among those the data decide."""
    sure = [one for one in ordered(result) if one.is_identified and one.kind != "driver"]
    count = sum(one.kind != "driver" for one in result.channels)
    if not sure:
        channels = "the one channel" if count == 1 else f"any of the {count} channels on its own"
        return f"What {channels} brought can't be told from these data alone."
    return f"{brought(result, sure[0])}{_ahead(result, sure)} {_of(len(sure), count)} (evidence grade C)."


def _impossible(result: MixResult) -> list[str]:
    """Return that the channels are given more than there is, where that is more likely than not and nothing goes below zero."""
    p = result.baseline_negative
    if not result.all_told or p <= BELOW or np.nanmin(result.series.observed) < 0:
        return []
    below = f"{result.kpi} without marketing would then be below zero, {probability_word(p)} ({probability(p)})"
    return [f"But {below}: the channels are given more than there is, so look at what was assumed beforehand."]


def _ahead(result: MixResult, sure: Sequence[MixChannel]) -> str:
    """Return how sure it is that the first of these brought most: by the share of draws in which it did."""
    drawn = contributions(result, [one.name for one in sure])
    if len(sure) == 1 or drawn is None:
        return ", the highest middle of" if len(sure) > 1 else ":"
    p = float((drawn.argmax(axis=1) == 0).mean())
    return f", {probability_word(p)} ({probability(p)}) the most of"


def contributions(result: MixResult, names: Sequence[str]) -> Floats | None:
    """Return the draws of what these channels brought, (S, names); None where none were kept."""
    kept = [one.name for one in result.channels if one.kind != "driver"]
    if result.bank.contributions.shape[1:] != (len(kept),):
        return None
    return np.asarray(result.bank.contributions[:, [kept.index(name) for name in names]])


def _of(sure: int, count: int) -> str:
    if sure == count:
        return {1: "the one channel", 2: "both channels"}.get(count, f"all {count} channels")
    return (
        f"the {sure} of {count} channels that the data can tell"
        if sure > 1
        else "the one channel that the data can tell"
    )


def brought(result: MixResult, one: MixChannel) -> str:
    """Return what a channel brought, as a clause: the amount, and for what was paid for what came back of it."""
    whole = amount(result, one.contribution)
    if one.kind == "driver":
        return f"{one.name} moved {result.kpi} by {whole}, {one.reason}"
    back = "" if one.roi is None else f", {roi_words(one.roi, result.currency)}"
    return f"{one.name} brought {whole}{back}"


def leaning(result: MixResult) -> list[MixChannel]:
    """Return the channels of which the data say something, and what was assumed the rest."""
    return [one for one in ordered(result) if one.verdict == "weak"]


def _leaning(result: MixResult) -> list[str]:
    """Say that these are no measurements, how much of each was assumed, and what would tell most of their money."""
    weak = leaning(result)
    if not weak:
        return []
    each = [
        f"{one.name} ({share(prior_weight(one), 0)} assumed beforehand)"
        if prior_weight(one) >= HALF
        else f"{one.name} ({one.reason})"
        for one in weak
    ]
    said = f"The number of {each[0]} is no measurement yet." if len(each) == 1 else (
        f"The numbers of {named(each)} are no measurements yet."
    )  # fmt: skip
    dearest = max((one for one in weak if one.remedy), key=lambda one: one.spend or 0.0, default=None)
    return [said] if dearest is None else [said, f"What would tell: {dearest.remedy}."]


def _untold(result: MixResult) -> list[str]:
    """Name the channels that cannot be told, those of one set together with what they brought together."""
    said, sets = [], dict.fromkeys(frozenset(one.told.channels) for one in untold(result) if one.told is not None)
    for members in sets:
        one = next(one for one in untold(result) if one.told is not None and frozenset(one.told.channels) == members)
        if one.told is not None:
            said.append(f"{named(one.told.channels)} can't be told apart; {together(result, one.told)}.")
    alone = [one.name for one in untold(result) if one.told is None]
    if alone and (result.all_told or tells_some(result)):  # else it is said of all of them
        said.append(f"Of {named(alone)} the data tell next to nothing: what was assumed decides.")
    return said


def untold(result: MixResult) -> list[MixChannel]:
    """Return the channels without a number of their own."""
    return [one for one in ordered(result) if not is_shown(one)]


def together(result: MixResult, told: Together) -> str:
    """Return what a set of channels brought, as a clause."""
    back = "" if told.roi is None else f", {roi_words(told.roi, result.currency)}"
    return f"together they brought {amount(result, told.contribution)}{back}"


def _conflicts(result: MixResult) -> list[str]:
    """Name the channels whose data contradict what was assumed, with the refit that tells how much hangs on it."""
    odd = [
        one for one in ordered(result) if one.conflict and is_shown(one)
    ]  # of others no number is told, this one neither
    if not odd:
        return []
    names = named([one.name for one in odd])
    return [f"For {names} the data and what was assumed pull apart: {again(odd)}."]


def unseen(result: MixResult) -> str:
    """Return how well the model foresaw steps it had not seen, or that nobody tried, or that there are too few of them."""
    grain, held, steps = result.grain, result.holdout, len(result.series.time)
    least = HOLDOUT_LEAST.get(grain, HOLDOUT_LEAST_STEPS)
    if held is None and steps < least:
        return f"{steps} {grain}s are too few to keep some apart and try it on them: {least} are needed."
    if held is None:
        return f"It was not tried on {grain}s it had not seen: only a fit that keeps some apart would tell how far off it is."
    off = f"it was off by {number(held.mape, 2)} % on average, and " if math.isfinite(held.mape) else ""
    return f"On {grain}s it had not seen {off}{share(held.coverage90, 0)} of them lay inside its 90 % interval."


def _coarse(result: MixResult) -> list[str]:
    """Return the caveat of data by quarter or year, which stands in every sentence."""
    return [capital(one) for one in dict.fromkeys(result.notes) if one.startswith(f"{result.grain}ly data")]


def note(result: MixResult, one: MixChannel) -> str:
    """Return what is known of a channel, or why nothing is and what would change that; every sentence of it whole."""
    if not result.convergence.converged:
        return "Not shown: the chains did not settle."
    parts = [_known(result, one)] if is_shown(one) else _unknown(result, one)
    if one.conflict and is_shown(one):
        parts.append(f"The data and what was assumed pull apart: {again([one])}.")
    return " ".join((*parts, *_remedy(one), *_coarse(result)))


def _remedy(one: MixChannel) -> list[str]:
    return [f"What would tell: {one.remedy}."] if one.remedy else []


def leaning_words(result: MixResult, one: MixChannel) -> str:
    """Return what is to be known of a number that leans on what was assumed, where the number itself stands above."""
    return " ".join((f"What {one.name} brought", doubt(result, one), *_remedy(one)))


def _known(result: MixResult, one: MixChannel) -> str:
    said = f"{brought(result, one)}."
    return said if one.is_identified else f"{said} That {doubt(result, one)}"


def doubt(result: MixResult, one: MixChannel) -> str:
    """Return of a number that leans on what was assumed that it is no measurement, how much was assumed, and why; a predicate."""
    why = "" if one.kind == "driver" or not one.reason else one.reason
    weight = prior_weight(one)
    if weight < HALF:
        return f"is no measurement yet: {why}, and whatever else happened then is in it."
    assumed, data = share(weight, 0), share(1 - weight, 0)
    told = f"is no measurement yet: what was assumed beforehand{_assumed(result, one)} weighs {assumed} in it, the data {data}."
    return f"{told} {capital(why)}" if why else told


def _assumed(result: MixResult, one: MixChannel) -> str:
    """Return what was assumed of a channel, as an insertion; nothing of a coefficient, which speaks of no business."""
    if one.spoken == "coefficient":
        return ""
    factor = 100 if one.spoken == "share" else 1
    middle, low, high = (
        number(_rounded(factor * value, 2), 12) for value in (one.prior.p50, one.prior.p05, one.prior.p95)
    )
    of = f" % of {result.kpi}" if one.spoken == "share" else " for each 1 spent"
    return f", {with_interval(f'{middle}{of}', low, high=high)},"


def _unknown(result: MixResult, one: MixChannel) -> list[str]:
    told = one.told
    others = [] if told is None else [name for name in told.channels if name != one.name]
    apart = f" apart from {named(others)}" if others else ""
    why = f": {one.reason}" if one.reason else ""
    parts = [f"{one.name} can't be told{apart} in these data{why}."]
    if told is not None and others:
        parts.append(capital(together(result, told)))
    parts.append(f"What was assumed for {one.name} beforehand decides its number, not the data.")
    return parts


def capital(text: str) -> str:
    """Return a clause with a capital first, and a full stop last where it has none; names are left as they are written.

    >>> capital("together they brought 1.3")
    'Together they brought 1.3.'
    """
    ended = text if text[-1:] in {".", "!", "?"} else f"{text}."
    return ended[:1].upper() + ended[1:]
