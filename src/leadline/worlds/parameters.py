"""The parts of a world, typed: its span and fault, its market, what tactics do, the bridge, journeys, doors, campaigns."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from leadline.worlds.quantities import (
    Count,
    Days,
    Factor,
    Growth,
    Known,
    Money,
    MoneyPerDay,
    PerDay,
    Share,
    SomeDays,
    SomeMoney,
    SomeMoneyPerDay,
)

# Rows of a transition matrix are typed by hand with two decimals; their sum may miss 1 by rounding in binary only.
ROW_SUM_TOLERANCE = 1e-9

START, CONVERSION, NOTHING = "START", "CONVERSION", "NOTHING"

FaultKind = Literal[
    "none", "not-executed", "tactic-fails", "strategy-fails", "market-moves", "too-little-data", "nothing-promised"
]


class Fault(Known):
    """What goes wrong in the whole company (the verdict that the truth demands follows from it).

    tactic: whom it befalls, by default the plan's dearest tactic with a promise
    step: the step of the bridge that fails, `lead>sqo`; by default the first one of that tactic
    left: how much of the promised is left (spend, effect, rate, demand); each kind has its default
    late: instead of less money, the tactic starts so much later (not-executed)
    history: how much is known (too-little-data)
    """

    kind: FaultKind = "none"
    tactic: str | None = None
    step: str | None = None
    left: Share | None = None
    late: Days = 0.0
    history: SomeDays = 42.0


def _fault(value: object) -> object:
    return {"kind": value} if isinstance(value, str) else value


class Span(Known):
    """What world this is and which days it lives through; everything after `as_of` is known to the truth alone.

    scale: arrivals, market and money are multiplied by it · site: host of the website, by default `<id>.example`
    names: which list of invented names · country, region: what web analytics says of visitors
    """

    id: str
    seed: int = 1
    start: dt.date
    as_of: dt.date
    end: dt.date
    timezone: str = "Europe/Berlin"
    currency: str = "EUR"
    fault: Annotated[Fault, BeforeValidator(_fault)] = Fault()
    scale: float = Field(default=1.0, gt=0)
    site: str = ""
    names: Literal["names", "names_en"] = "names"
    country: str = "Germany"
    region: str = "Bavaria"

    @property
    def host(self) -> str:
        """Return the host of the company's website."""
        return self.site or f"{self.id}.example"

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not self.start <= self.as_of <= self.end:
            raise ValueError(f"start {self.start}, as_of {self.as_of} and end {self.end} are not in order")
        return self


class Shock(Known):
    """Days on which the wish to buy is multiplied by `demand`."""

    from_: dt.date = Field(alias="from")
    until: dt.date
    demand: Factor | float
    why: str = ""


class Market(Known):
    """Who could buy, and how the wish to buy moves: season by month (mean near 1), weekday from Monday.

    people_per_account: mean number of people behind one account, 1 + Poisson · in_market_per_quarter: share of accounts
    that buy at all in a quarter; None = anybody asks at any time · trend: growth of demand, 0.02 / 365 a day
    geos: population of each region; tactics may run in some of them only
    """

    accounts: int = Field(gt=0)
    installed: int = Field(default=0, ge=0)
    people_per_account: float | None = Field(default=None, ge=1)
    in_market_per_quarter: Share | None = None
    season: tuple[float, ...] = Field(default=(1.0,) * 12, min_length=12, max_length=12)
    weekday: tuple[float, ...] = Field(default=(1.0,) * 7, min_length=7, max_length=7)
    trend: Growth = 0.0
    noise: Share = 0.0
    shocks: tuple[Shock, ...] = ()
    geos: dict[str, Count] = Field(default_factory=dict)


class Effect(Known):
    """What a tactic truly brings, when its planned money is spent in a neutral market.

    metric: a state in which cases enter the bridge (then `at_plan` counts them), or a level such as `awareness`
    (then `at_plan` is the change of the level, in its own unit, signed)
    within: a level stands at its change so long after the first planned money, and stays there; None = it is built up
    as long as money flows
    """

    metric: str
    at_plan: float
    within: Days | None = None


class Geometric(Known):
    """Carry-over that halves every `half_life`; 0 days = none."""

    kind: Literal["geometric"] = "geometric"
    half_life: Days = 4.0


class Weibull(Known):
    """Carry-over with weights of the Weibull density: shape > 1 has its height days after the money."""

    kind: Literal["weibull"]
    shape: float = Field(default=2.0, gt=0)
    scale: SomeDays = 14.0


class Hill(Known):
    """Saturation x^slope / (half^slope + x^slope); `half` in money (or hours) per day after carry-over."""

    kind: Literal["hill"] = "hill"
    half: SomeMoneyPerDay = 250.0
    slope: float = Field(default=1.0, gt=0)


class Exponential(Known):
    """Saturation 1 - 2^(-x / half)."""

    kind: Literal["exponential"]
    half: SomeMoneyPerDay = 250.0


def _one_or_more(value: object) -> object:
    return [] if value is None else [value] if isinstance(value, dict) else value


class TacticTruth(Known):
    """The true mechanics of one tactic of the plan.

    spend: `plan` = the plan's budget drives it, `hours` = the plan's hours do (for tactics that cost no money)
    delivered: share of the planned money that is really spent · before: money per day before the plan's window
    starts_late: days by which its first money is late · geo: regions it runs in, none = everywhere
    follows_demand: how much spend leans on demand (the trap of every mix model)
    effect: what it brings, one or several · channel, touch_share: the channel its people come through, and how many do
    multiplies: other tactics whose effect grows by this share at this tactic's full pressure
    books: where its money is booked: a platform with campaigns, invoices, or nowhere
    """

    spend: Literal["plan", "hours"] = "plan"
    delivered: Factor = 1.0
    before: MoneyPerDay = 0.0
    starts_late: Days = 0.0
    geo: tuple[str, ...] = ()
    follows_demand: Share = 0.0
    adstock: Annotated[Geometric | Weibull, Field(discriminator="kind")] = Geometric()
    saturation: Annotated[Hill | Exponential, Field(discriminator="kind")] = Hill()
    effect: Annotated[tuple[Effect, ...], BeforeValidator(_one_or_more)] = ()
    channel: str | None = None
    touch_share: Share = 0.0
    multiplies: dict[str, Share] = Field(default_factory=dict)
    books: Literal["google-ads", "linkedin-ads", "meta-ads", "invoices", "nowhere"] = "nowhere"
    supplier: str = ""


class Lag(Known):
    """A gamma-distributed delay: mean in days, shape (1 = memoryless, larger = more regular)."""

    mean: SomeDays
    shape: float = Field(default=2.0, gt=0)


class Worth(Known):
    """Log-normal money of one case: mean and coefficient of variation, in steps of `round_to`."""

    mean: SomeMoney
    cv: float = Field(default=0.3, gt=0)
    round_to: SomeMoney = 50.0


class GivenUp(Known):
    """Cases that will never move are said to be lost, this share of them, after this delay; the rest stay open."""

    share: Share
    lag: Lag


class StepTruth(Known):
    """The true bridge step; `by` holds the rates of tactics whose people differ.

    Several steps out of one state exclude each other: a case takes one of them, or none.
    """

    from_: str = Field(alias="from")
    to: str
    rate: Share
    lag: Lag
    by: dict[str, Share] = Field(default_factory=dict)
    amount: Worth | None = None
    given_up: GivenUp | None = None

    @property
    def name(self) -> str:
        """Return `from>to`."""
        return f"{self.from_}>{self.to}"


class Chain(Known):
    """Journeys as a Markov chain over channels, absorbed in CONVERSION or NOTHING; rows are shares adding up to 1."""

    channels: tuple[str, ...] = Field(min_length=1)
    transitions: dict[str, dict[str, Share]]
    gap: Lag

    @model_validator(mode="after")
    def _rows_add_up(self) -> Self:
        states = {*self.channels, CONVERSION, NOTHING}
        if set(self.transitions) != {START, *self.channels}:
            raise ValueError(f"transitions need one row for START and each of {', '.join(self.channels)}")
        for state, row in self.transitions.items():
            unknown = set(row) - states
            if unknown:
                raise ValueError(f"the row of {state} leads to {', '.join(sorted(unknown))}, which is no state")
            if abs(sum(row.values()) - 1) > ROW_SUM_TOLERANCE:
                raise ValueError(f"the row of {state} adds up to {sum(row.values()):g}, not to 1")
        return self


class Door(Known):
    """How a visit through a channel looks to web analytics. A door with a tactic is open while that tactic runs."""

    source: str | None = None
    medium: str | None = None
    campaign: str | None = None
    referrer: str | None = None
    tactic: str | None = None


class Campaign(Known):
    """A campaign in an ad account: a share of a tactic's money, or (no tactic) money of its own per day."""

    name: str
    id: str
    tactic: str | None = None
    share: Share = 0.0
    spend: MoneyPerDay = 0.0
    german: bool = False
    platform: Literal["google-ads", "linkedin-ads", "meta-ads"] = "google-ads"


class Series(Known):
    """A reported series: value at the start, and where it moves, linear between the given days; effects are added.

    sample: persons asked; then the reported value has sampling error and the file its 90 % range
    """

    unit: str
    every: Literal["week", "month", "quarter", "survey"]
    path: dict[dt.date, float]
    noise: float = Field(default=0.0, ge=0)
    sample: int | None = None


class Sum(Known):
    """A reported sum of money: known on one day, from then on grown by what each case in these states is worth.

    states: what each is worth, null = the case's own money · monthly: the file tells each month's own, not the sum so far
    """

    since: dt.date
    monthly: bool = False
    value: Money = 0.0
    states: dict[str, Money | None]


class Late(Known):
    """Share of web events that reach the export one, two or three days after their day."""

    one: Share = Field(default=0.0, alias="1")
    two: Share = Field(default=0.0, alias="2")
    three: Share = Field(default=0.0, alias="3")


def _late(value: object) -> object:
    if isinstance(value, dict):
        return {str(key): share for key, share in value.items()}
    return value


class Restated(Known):
    """Share of days that a later report restates, and by how much (standard deviation)."""

    share: Share = 0.0
    size: Share = 0.0


class Noise(Known):
    """What goes wrong between the facts and the files, as shares of rows or people.

    cookies_per_person: mean number of browsers, 1 + Poisson · cookie_life: mean days until a browser forgets, 0 = never
    login_rate: visits of known people that carry their user id · shared_device: people who use another's browser
    twins: people whose record stands twice under another address · bots: visits by machines, per human visit
    late: one share over three days, or a share per day · currency: share of deals in another currency, at `rates`
    """

    second_device: Share = 0.0
    cookies_per_person: float | None = Field(default=None, ge=1)
    cookie_life: Days = 0.0
    login_rate: Share = 0.0
    shared_device: Share = 0.0
    twins: Share = 0.0
    bots: Factor = 0.0
    consent_denied: Share = 0.0
    missing_utm: Share = 0.0
    wrong_case_utm: Share = 0.0
    late: Annotated[Share | Late, BeforeValidator(_late)] = 0.0
    duplicates: Share = 0.0
    restated: Restated = Restated()
    deals_without_people: Share = 0.0
    free_mail: Share = 0.0
    badges_without_mail: Share = 0.0
    bad_rows: int = Field(default=0, ge=0)
    currency: dict[str, Share] = Field(default_factory=dict)
    rates: dict[str, float] = Field(default_factory=dict)
    refunds: Share = 0.0


class Repeat(Known):
    """Purchases after the first: BG/NBD (Fader, Hardie and Lee 2005). Buys at rate λ ~ Gamma(r, alpha), leaves with p ~ Beta(a, b)."""

    model: Literal["bgnbd"] = "bgnbd"
    r: Count
    alpha: SomeDays
    a: Count
    b: Count


class Shop(Known):
    """A shop's till and web shop: buyers who come anyway, what they pay, and which states of the bridge are orders.

    buyers: first orders per day that no tactic causes · goods: price of each · spread: of what is paid around it, log scale
    web: share of their orders on the web
    sells: state of the bridge → what is sold there, at the case's own amount · tax: rate inside the prices
    """

    buyers: PerDay
    goods: dict[str, Money] = Field(min_length=1)
    spread: Share = 0.3
    web: Share = 0.3
    sells: dict[str, str] = Field(default_factory=dict)
    tax: Share = 0.2
    repeat: Repeat | None = None


class FirstReply(Known):
    """How long people wait for a first answer, in business hours: median and 90 % point of a log-normal."""

    median: SomeDays
    p90: SomeDays


class Replies(Known):
    """Messages that come in and are answered. hours: from, until (local), days: weekdays from Monday = 0."""

    inbound: PerDay
    first_reply: FirstReply
    auto_reply: Share = 0.0
    never: Share = 0.0
    touchpoint: str = "desk"
    hours: tuple[int, int] = (8, 17)
    days: tuple[int, ...] = (0, 1, 2, 3, 4)


class Posts(Known):
    """What is said in public.

    own, rivals: posts per day · about: posts by people that name a brand, per day

    gap: days on which the collection stood still · deleted: share of posts that were taken down again
    """

    own: PerDay = 0.0
    author: str = "us"
    texts: tuple[str, ...] = ("News from the workshop.",)
    rivals: dict[str, PerDay] = Field(default_factory=dict)
    about: dict[str, PerDay] = Field(default_factory=dict)
    sentiment: dict[str, float] = Field(default_factory=dict)
    gap: str | None = None
    deleted: Share = 0.0
    venue: str = "social.example"


class Trial(Known):
    """A test of the plan as it was truly run: people or regions held out of a tactic between two days."""

    test: str
    tactic: str
    unit: Literal["geo", "person"]
    from_: dt.date = Field(alias="from")
    until: dt.date
    held_out: tuple[str, ...] = ()
    share: Share = 0.0
    outcome: str
