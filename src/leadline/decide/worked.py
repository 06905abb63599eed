"""Can this sample tell? What a handful of sales can say about a spend: exact arithmetic, no model, no workspace.

Responses counted: sales are binomial, and the belief is a rate. Only spend known: sales are Poisson, and the belief is
money per sale. Intervals are central 90 % ones that agree with the tails by construction: Clopper and Pearson 1934
("The use of confidence or fiducial limits illustrated in the case of the binomial"), Garwood 1936 ("Fiducial limits for
the Poisson distribution").
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from leadline.decide.worked_sentence import sentence
from leadline.errors import InputError

ALPHA = 0.05  # on each side, so that the printed interval is the central 90 % one (decisions.md 2.10)
POWER = 0.8  # chance to call half of the belief worse than it (decisions.md 2.10; the usual choice, Cohen 1988)
# Where teeth of the power curve are surely past: it rises from here to 1 by far more than one tooth is deep.
PAST_TEETH = 0.99

# Whole numbers up to here are exact as floats (IEEE 754, 53 bits), and no sample is larger.
MOST = 2**53
LEAST_RATE = 1e-9  # house: below it even a sample of everybody alive could not tell

Payback = Literal["pays", "does not pay", "can't tell"]
Against = Literal["worse than believed", "better than believed", "in line with what was believed"]
Row = dict[str, object]


@dataclass(frozen=True)
class Sample:
    """What was spent and what came back.

    spend: money · responses: how many answered (None: not counted) · sales: how many bought · worth: money one is worth
    believed: share of responses that buy, 0..1; without responses money per sale; None: nothing was believed beforehand
    noun: what a response is called, in the plural
    """

    spend: float
    sales: int
    worth: float
    responses: int | None = None
    believed: float | None = None
    noun: str = "clicks"

    def problems(self) -> list[str]:
        """Return what is wrong with the numbers, each with the number named."""
        found = []
        if self.spend < 0:
            found.append(f"spend {self.spend:g} is below 0. Write what was spent, 0 if it was free.")
        if self.worth <= 0:
            found.append(f"worth {self.worth:g} is not above 0. Write what one sale is worth in money.")
        found += [
            f"{name} {count} is more than can be counted. Write at most {MOST}."
            for name, count in (("sales", self.sales), ("responses", self.responses or 0))
            if count > MOST
        ]
        if self.sales < 0:
            found.append(f"sales {self.sales} is below 0. Count the sales.")
        if self.responses is None:
            if self.believed is not None and self.believed <= 0:
                found.append(f"believed {self.believed:g} is not above 0. Without responses it is money per sale.")
            return found
        if self.responses < 1:
            found.append(f"responses {self.responses} is below 1. Leave it out where only the spend is known.")
        elif self.sales > self.responses:
            found.append(f"sales {self.sales} exceeds responses {self.responses}. A response buys once at most.")
        if self.believed is not None and 0 < self.believed < LEAST_RATE:
            found.append(f"believed {self.believed:g} is below {LEAST_RATE:g}, which no sample can tell from 0.")
        if self.believed is not None and not 0 < self.believed < 1:
            found.append(f"believed {self.believed:g} is not between 0 and 1. Write a rate such as 2 % or 0.02.")
        return found


@dataclass(frozen=True)
class Tails:
    """Chances under one rate (or one expected number): of so few or fewer, of so many or more."""

    at_most: float
    at_least: float


@dataclass(frozen=True)
class Enough:
    """From how much on a sample can tell; in responses, or in money where only the spend is known.

    against_believed, against_break_even: with no sale at all, from here on this would speak against it
    notice_half: from here on half of the belief is called worse than the belief with probability 0.8 or more
    first_notice: the least sample that does so (the power of exact tests is a saw: larger ones may fall back)
    """

    against_break_even: float | None
    against_believed: float | None = None
    notice_half: float | None = None
    first_notice: float | None = None


@dataclass(frozen=True)
class Worked:
    """What the sample says; money in the spend's currency.

    expected: sales under the belief · break_even: the rate (or number of sales) at which the spend comes back
    low, high: 90 % interval of the rate, or of the expected number of sales where responses were not counted
    net, net_low, net_high: money earned minus spend
    """

    sample: Sample
    expected: float | None
    break_even: float
    under_belief: Tails | None
    at_break_even: Tails
    low: float
    high: float
    net: float
    net_low: float
    net_high: float
    payback: Payback
    against: Against | None
    enough: Enough

    @property
    def counted(self) -> bool:
        """Say whether responses were counted (binomial), or only the spend is known (Poisson)."""
        return self.sample.responses is not None

    @property
    def answer(self) -> str:
        """Return both answers in few words; "in line" adds nothing where the sample cannot tell anyway."""
        if self.against is None or (self.payback == "can't tell" and self.against.startswith("in line")):
            return self.payback
        return f"{self.payback}; {self.against}"

    @property
    def cost_per_sale(self) -> tuple[float | None, float | None]:
        """Return the 90 % interval of money per sale; None where it has no bound."""
        expected = [end * (self.sample.responses or 1) for end in (self.high, self.low)]
        low, high = (self.sample.spend / sales if sales > 0 else None for sales in expected)
        return low, high

    @property
    def notes(self) -> tuple[str, ...]:
        """Return what the reader must know."""
        told = ["Exact only if the size of the sample was decided before the sales were looked at."]
        if self.against is None:
            told.append("Nothing was believed beforehand, so there is no belief to judge.")
        return tuple(told)

    def table(self) -> list[Row]:
        """Return one row per yardstick: what was expected, and the chances of what was seen."""
        rows: list[Row] = []
        yardsticks = [("break-even", self.break_even, self.at_break_even)]
        if self.under_belief is not None and self.expected is not None:
            rate = self.sample.believed if self.counted else self.expected
            yardsticks.insert(0, ("believed", float(rate or 0), self.under_belief))
        for name, value, tails in yardsticks:
            rows.append({"against": name, "value": value, "p_so_few": tails.at_most, "p_so_many": tails.at_least})
        return rows

    def sentence(self, currency: str = "") -> str:
        """Return the answer in words, money in the currency where one is named."""
        return sentence(self, currency)

    def chart(self) -> Row:
        """Return the interval beside belief and break-even, as a specification without colours."""
        unit = "rate" if self.counted else "sales"
        marks: list[Row] = [{"what": "break-even", unit: self.break_even}]
        if self.expected is not None:
            marks.append({"what": "believed", unit: self.sample.believed if self.counted else self.expected})
        seen = self.sample.sales / (self.sample.responses or 1)
        x: Row = {"type": "quantitative", "title": f"share of {self.sample.noun} that buy" if self.counted else "sales"}
        return {
            "title": {"text": self.answer, "subtitle": "90 % interval of what was seen"},
            "description": self.sentence(),
            "layer": [
                {
                    "data": {"values": [{"low": self.low, "high": self.high}]},
                    "mark": {"type": "rule", "style": "interval"},
                    "encoding": {"x": {**x, "field": "low"}, "x2": {"field": "high"}},
                },
                {
                    "data": {"values": [{unit: seen}]},
                    "mark": {"type": "point", "style": "estimate"},
                    "encoding": {"x": {**x, "field": unit}},
                },
                {
                    "data": {"values": marks},
                    "mark": {"type": "tick", "style": "mark"},
                    "encoding": {"x": {**x, "field": unit}, "tooltip": {"field": "what"}},
                },
            ],
        }


def judge_sample(sample: Sample) -> Worked:
    """Say what a sample can tell: does it pay, and was the belief right. Raises InputError naming each wrong number."""
    problems = sample.problems()
    if problems:
        raise InputError(problems)
    n, spend, worth = sample.responses, sample.spend, sample.worth
    tails, (low, high) = _tails(sample), _interval(sample)
    break_even = spend / worth if n is None else spend / (n * worth)
    expected = None if sample.believed is None else spend / sample.believed if n is None else n * sample.believed
    belief = None if expected is None else tails(expected if n is None else float(sample.believed or 0))
    at_even = tails(break_even)
    worth_of = worth if n is None else n * worth
    return Worked(
        sample=sample,
        expected=expected,
        break_even=break_even,
        under_belief=belief,
        at_break_even=at_even,
        low=low,
        high=high,
        net=sample.sales * worth - spend,
        net_low=low * worth_of - spend,
        net_high=high * worth_of - spend,
        payback="pays" if at_even.at_least <= ALPHA else "does not pay" if at_even.at_most <= ALPHA else "can't tell",
        against=None if belief is None else _against(belief),
        enough=_enough_responses(sample, break_even) if n is not None else _enough_money(sample),
    )


def _against(tails: Tails) -> Against:
    if tails.at_most <= ALPHA:
        return "worse than believed"
    return "better than believed" if tails.at_least <= ALPHA else "in line with what was believed"


def _tails(sample: Sample) -> Callable[[float], Tails]:
    """Return the chances of what was seen as a function of the rate, or of the expected number of sales."""
    k, n = sample.sales, sample.responses
    if n is None:
        return lambda mean: Tails(_poisson(k, mean), 1.0 if k == 0 else _poisson_above(k - 1, mean))
    return lambda rate: Tails(_binomial(k, n, rate=rate), 1.0 if k == 0 else _binomial_above(k - 1, n, rate=rate))


def _interval(sample: Sample) -> tuple[float, float]:
    from scipy.special import betaincinv, gammaincinv

    k, n = sample.sales, sample.responses
    if n is None:  # half a chi-square quantile with 2k degrees of freedom is a gamma quantile of shape k
        return (float(gammaincinv(k, ALPHA)) if k else 0.0), float(gammaincinv(k + 1, 1 - ALPHA))
    low = float(betaincinv(k, n - k + 1, ALPHA)) if k else 0.0
    return low, (float(betaincinv(k + 1, n - k, 1 - ALPHA)) if k < n else 1.0)


def _binomial(k: int, n: int, *, rate: float) -> float:
    """Return P(X ≤ k), by the regularised incomplete beta function (Abramowitz and Stegun 1964, 26.5.24)."""
    from scipy.special import betaincc

    if k >= n:
        return 1.0
    # by the complement, since 1 - rate would round a small rate away; a rate above 1 can't come from k < n sales
    return float(betaincc(k + 1, n - k, rate)) if rate < 1 else 0.0


def _binomial_above(k: int, n: int, *, rate: float) -> float:
    from scipy.special import betainc

    return float(betainc(k + 1, n - k, min(rate, 1.0)))


def _poisson(k: int, mean: float) -> float:
    """Return P(X ≤ k), by the regularised incomplete gamma function (Abramowitz and Stegun 1964, 26.4.21)."""
    from scipy.special import gammaincc

    return float(gammaincc(k + 1, mean))


def _poisson_above(k: int, mean: float) -> float:
    from scipy.special import gammainc

    return float(gammainc(k + 1, mean))


def _enough_responses(sample: Sample, break_even: float) -> Enough:
    even = _no_sale(break_even) if break_even >= LEAST_RATE else None
    if sample.believed is None:
        return Enough(even)
    believed = sample.believed
    first, always = _notice(
        edge=lambda k: _least(lambda n: _binomial(k, n, rate=believed) <= ALPHA, start=k + 1),
        before=lambda n: n - 1,
        power=lambda k, n: _binomial(k, int(n), rate=believed / 2),
    )
    return Enough(even, _no_sale(believed), always, first)


def _enough_money(sample: Sample) -> Enough:
    from scipy.special import gammaincinv

    none = float(gammaincinv(1, 1 - ALPHA))  # expected sales at which none at all has probability α: ln 20
    even = none * sample.worth
    if sample.believed is None:
        return Enough(even)
    first, always = _notice(
        edge=lambda k: float(gammaincinv(k + 1, 1 - ALPHA)),
        before=lambda mean: mean,
        power=lambda k, mean: _poisson(k, mean / 2),
    )
    return Enough(even, none * sample.believed, always * sample.believed, first * sample.believed)


def _no_sale(rate: float) -> int:
    """Return the least n with (1 − rate)^n ≤ α."""
    return _least(lambda n: _binomial(0, n, rate=rate) <= ALPHA, start=1)


def _least(holds: Callable[[int], bool], *, start: int) -> int:
    """Return the least whole number from `start` on for which a monotone condition holds."""
    above = start
    while not holds(above):
        above *= 2
    below = above // 2 if above > start else start - 1
    while above - below > 1:
        middle = (above + below) // 2
        below, above = (below, middle) if holds(middle) else (middle, above)
    return above


def _notice(
    *, edge: Callable[[int], float], before: Callable[[float], float], power: Callable[[int, float], float]
) -> tuple[float, float]:
    """Return the least sample that notices half of the belief, and the sample from which on every one does.

    edge(k): the least sample in which k sales or fewer speak against the belief. Between edge(k) and edge(k + 1) the
    power falls, so each tooth of the saw is judged by its two ends.
    """
    first, always, k = None, edge(0), 0
    start, weakest = edge(0), 0.0
    while weakest < PAST_TEETH:
        following = edge(k + 1)
        if first is None and power(k, start) >= POWER:
            first = start
        weakest = power(k, before(following))
        if weakest < POWER:
            always = following
        k, start = k + 1, following
    return (always if first is None else first), always
