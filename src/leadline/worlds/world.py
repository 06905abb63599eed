"""A world's parameters, typed: what is true in a made-up company, whatever its plan believes.

`world.yaml` stands beside the plan it is about. Values carry units (`14 %`, `20 days`, `260 EUR/day`) and
are kept in base units: shares 0..1, days, money, counts per day. Unknown keys are errors.
"""

from __future__ import annotations

import datetime as dt
import re
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from leadline.errors import UsageError
from leadline.units import Quantity, Unit, UnitError

# Rows of a transition matrix are typed by hand with two decimals; their sum may miss 1 by rounding in binary only.
ROW_SUM_TOLERANCE = 1e-9

START, CONVERSION, NOTHING = "START", "CONVERSION", "NOTHING"


def _in_base_units(dimension: str) -> BeforeValidator:
    """Read a quantity of this dimension (`share`, `time`, `money/time` …); plain numbers are base units already."""

    def read(value: object) -> float:
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return float(value)
        try:
            quantity = Quantity.parse(value)
        except UnitError as error:
            raise ValueError(str(error)) from None
        unit = Unit.parse(quantity.unit or "count")
        if re.sub(r":[A-Z]{3}", "", unit.dimension) != dimension:
            raise ValueError(f"{quantity} is not of the dimension {dimension}")
        return quantity.value * unit.factor

    return BeforeValidator(read)


Share = Annotated[float, Field(ge=0, le=1), _in_base_units("share")]
Days = Annotated[float, Field(ge=0), _in_base_units("time")]
Money = Annotated[float, Field(ge=0), _in_base_units("money")]
MoneyPerDay = Annotated[float, Field(ge=0), _in_base_units("money/time")]
PerDay = Annotated[float, Field(ge=0), _in_base_units("count/time")]
Amount = Annotated[float, Field(ge=0)]


class Known(BaseModel):
    """Anything inside a world: frozen, and closed against unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Span(Known):
    """What world this is and which days it lives through; everything after `as_of` is known to the truth alone."""

    id: str
    seed: int = 1
    start: dt.date
    as_of: dt.date
    end: dt.date
    timezone: str = "Europe/Berlin"
    currency: str = "EUR"

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not self.start <= self.as_of <= self.end:
            raise ValueError(f"start {self.start}, as_of {self.as_of} and end {self.end} are not in order")
        return self


class Market(Known):
    """Who could buy, and how the wish to buy moves: season by month (mean near 1), weekday from Monday."""

    accounts: int = Field(gt=0)
    installed: int = Field(gt=0)
    season: tuple[float, ...] = Field(min_length=12, max_length=12)
    weekday: tuple[float, ...] = Field(min_length=7, max_length=7)
    noise: Share = 0.0


class Effect(Known):
    """What a tactic truly brings, when its planned money is spent in a neutral market.

    metric: `lead`, `check`, or `awareness` (then `at_plan` is a change of the level, a share)
    """

    metric: Literal["lead", "check", "awareness"]
    at_plan: Amount


class TacticTruth(Known):
    """The true mechanics of one tactic of the plan.

    delivered: share of the planned money that is really spent · before: money per day before the plan's window
    follows_demand: how much spend leans on demand (the trap of every mix model)
    half_life: of the carry-over · half, slope: Hill saturation, `half` in money per day after carry-over
    channel, touch_share: the channel its people come through, and how many of them do
    multiplies: other tactics whose effect grows by this share at this tactic's full pressure
    books: where its money is booked
    """

    delivered: Annotated[float, Field(ge=0), _in_base_units("share")] = 1.0
    before: MoneyPerDay = 0.0
    follows_demand: Share = 0.0
    half_life: Days = 4.0
    half: Annotated[float, Field(gt=0), _in_base_units("money/time")] = 250.0
    slope: float = Field(default=1.0, gt=0)
    effect: Effect | None = None
    channel: str | None = None
    touch_share: Share = 0.0
    multiplies: dict[str, Share] = Field(default_factory=dict)
    books: Literal["google-ads", "linkedin-ads", "invoices", "nowhere"] = "nowhere"
    supplier: str = ""


class Lag(Known):
    """A gamma-distributed delay: mean in days, shape (1 = memoryless, larger = more regular)."""

    mean: Annotated[float, Field(gt=0), _in_base_units("time")]
    shape: float = Field(default=2.0, gt=0)


class Worth(Known):
    """Log-normal money of one case: mean and coefficient of variation."""

    mean: Annotated[float, Field(gt=0), _in_base_units("money")]
    cv: float = Field(default=0.3, gt=0)


class GivenUp(Known):
    """Cases that will never move are said to be lost, this share of them, after this delay; the rest stay open."""

    share: Share
    lag: Lag


class StepTruth(Known):
    """The true bridge step; `by` holds the rates of tactics whose people differ."""

    from_: str = Field(alias="from")
    to: str
    rate: Share
    lag: Lag
    by: dict[str, Share] = Field(default_factory=dict)
    amount: Worth | None = None
    given_up: GivenUp | None = None


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
    platform: Literal["google-ads", "linkedin-ads"] = "google-ads"


class Series(Known):
    """A reported series: value at the start, and where it moves, linear between the given days.

    sample: persons asked; then the reported value has sampling error and the file its 90 % range
    """

    unit: str
    every: Literal["week", "month", "quarter", "survey"]
    path: dict[dt.date, float]
    noise: float = Field(default=0.0, ge=0)
    sample: int | None = None


class Noise(Known):
    """What goes wrong between the facts and the files, as shares of rows or people."""

    second_device: Share = 0.0
    consent_denied: Share = 0.0
    missing_utm: Share = 0.0
    wrong_case_utm: Share = 0.0
    late: Share = 0.0
    duplicates: Share = 0.0
    restated: Share = 0.0
    restated_size: Share = 0.0
    deals_without_people: Share = 0.0
    free_mail: Share = 0.0
    badges_without_mail: Share = 0.0
    bad_rows: int = Field(default=0, ge=0)


class World(Known):
    """Everything that is true. `read_world` reads one from a file.

    leads_anyway: enquiries per day that no tactic causes · phoned: share of enquiries without a web form
    visits: journeys per day that lead to nothing · claims: per tactic ("" = none), what people say brought them, as shares
    recurring_at: recurring revenue known on one day · web_from: first day of web analytics
    """

    world: Span
    market: Market
    leads_anyway: PerDay
    phoned: Share = 0.0
    visits: PerDay
    tactics: dict[str, TacticTruth]
    bridge: tuple[StepTruth, ...]
    chain: Chain
    doors: dict[str, Door]
    campaigns: tuple[Campaign, ...] = ()
    claims: dict[str, dict[str, Share]] = Field(default_factory=dict)
    fair_visitors_more: Amount = 0.0
    awareness: Share = 0.0
    recurring_at: dict[dt.date, Money] = Field(default_factory=dict)
    series: dict[str, Series] = Field(default_factory=dict)
    web_from: dt.date | None = None
    noise: Noise = Noise()

    @cached_property
    def zone(self) -> ZoneInfo:
        """Return the company's time zone."""
        return ZoneInfo(self.world.timezone)

    @property
    def days(self) -> int:
        """Return the number of days from start to end, both counted."""
        return (self.world.end - self.world.start).days + 1

    def step(self, from_: str, to: str) -> StepTruth:
        """Return one bridge step; raises UsageError with the known ones."""
        for step in self.bridge:
            if (step.from_, step.to) == (from_, to):
                return step
        raise UsageError.unknown(
            "bridge step", f"{from_}>{to}", known=[f"{step.from_}>{step.to}" for step in self.bridge]
        )

    def steps_from(self, state: str) -> tuple[StepTruth, ...]:
        """Return the steps that leave a state."""
        return tuple(step for step in self.bridge if step.from_ == state)

    @model_validator(mode="after")
    def _names_resolve(self) -> Self:
        tactics = set(self.tactics)
        named = {door.tactic for door in self.doors.values()} | {campaign.tactic for campaign in self.campaigns}
        named |= {other for tactic in self.tactics.values() for other in tactic.multiplies}
        named |= {group for step in self.bridge for group in step.by}
        named |= set(self.claims) - {""}
        unknown = named - tactics - {None}
        if unknown:
            raise ValueError(
                f"tactics {', '.join(sorted(map(str, unknown)))} are named and have no entry under tactics"
            )
        missing = set(self.chain.channels) - set(self.doors)
        if missing:
            raise ValueError(f"channels {', '.join(sorted(missing))} of the chain have no door")
        return self


def parse_world(raw: dict[str, Any], name: str) -> World:
    """Return the world in a parsed file; raises UsageError listing every fault with its place."""
    try:
        return World.model_validate(raw)
    except ValidationError as error:
        faults = "\n".join(
            f"  - {'.'.join(map(str, fault['loc']))}: {fault['msg'].removeprefix('Value error, ')}"
            for fault in error.errors()
        )
        raise UsageError(
            f"{name} is not a world:\n{faults}\nCorrect the keys named; the shipped worlds are examples."
        ) from None


def read_world(path: Path) -> World:
    """Read `world.yaml`; raises UsageError when it cannot be read or holds unknown keys."""
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise UsageError(f"{path} cannot be read: {error}. Name a world.yaml.") from None
    return parse_world(raw if isinstance(raw, dict) else {}, str(path))


def shipped_worlds() -> dict[str, Path]:
    """Return the folders of the worlds that ship with Leadline, by name."""
    return {path.parent.name: path.parent for path in sorted((Path(__file__).parent / "data").glob("*/world.yaml"))}


def world_folder(name: str) -> Path:
    """Return the folder of a shipped world; raises UsageError naming the known ones."""
    folders = shipped_worlds()
    if name not in folders:
        raise UsageError.unknown("world", name, known=folders)
    return folders[name]
