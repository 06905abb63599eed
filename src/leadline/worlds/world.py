"""A world: what is true in a made-up company, whatever its plan believes.

`world.yaml` stands beside the plan it is about. Values carry units (`14 %`, `20 days`, `260 EUR/day`) and
are kept in base units: shares 0..1, days, money, counts per day. Every number may be an estimate
(`10..14..18 %`); it is drawn once per seed. Unknown keys are errors.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, Self
from zoneinfo import ZoneInfo

import yaml
from pydantic import Field, ValidationError, model_validator

from leadline.errors import UsageError
from leadline.units import UnitError
from leadline.worlds.parameters import (
    Campaign,
    Chain,
    Door,
    Effect,
    Fault,
    Market,
    Noise,
    Posts,
    Replies,
    Series,
    Shop,
    Span,
    StepTruth,
    Sum,
    TacticTruth,
    Trial,
)
from leadline.worlds.quantities import Amount, Known, Money, PerDay, Share, drawn

Export = Literal[
    "ga4", "google-ads", "linkedin-ads", "meta-ads", "hubspot", "leads", "badges", "invoices", "checks", "figures",
    "shopify", "mailchimp", "mastodon", "journal", "letters", "consent", "donations", "responses", "trials", "regions",
]  # fmt: skip
# What a company with a sales team and a website has.
B2B_EXPORTS: tuple[Export, ...] = (
    "ga4", "google-ads", "linkedin-ads", "hubspot", "leads", "badges", "invoices", "checks", "figures",
)  # fmt: skip
AWARENESS = "awareness"


@dataclass(frozen=True)
class Origin:
    """Where a world's numbers come from; no file holds it.

    raw: the file, before its estimates were drawn; {} once numbers were changed · drawn: the draws, by place
    is_promised: they keep the plan's word · is_befallen: the world's fault has changed them already
    """

    raw: Mapping[str, Any] = field(default_factory=dict)
    drawn: Mapping[str, float] = field(default_factory=dict)
    is_promised: bool = False
    is_befallen: bool = False


class World(Known):
    """Everything that is true. `read_world` reads one from a file.

    anyway: cases per day that no tactic causes, by the state they enter · phoned: share of cases without a web form
    visits: journeys per day that lead to nothing · claims: per tactic ("" = none), what people say brought them, as shares
    asked_in: states whose cases have a name and an address · forms_in: those entered by a web form
    seen_in: states that are one visit each, with the event that web analytics counts
    letters: states that are a letter sent, with its kind
    consents: states that are a consent given, with its purpose · journal, donations: states that these lists hold
    recurring_at: recurring revenue known on one day · ratios: reported shares, entries of one state over another's
    sums: reported sums of money · market_index: noise of a reported index of demand, None = nobody reports one
    web_from: first day of web analytics · exports: which files the company has
    """

    world: Span
    market: Market
    anyway: dict[str, PerDay] = Field(default_factory=dict)
    phoned: Share = 0.0
    visits: PerDay
    tactics: dict[str, TacticTruth]
    bridge: tuple[StepTruth, ...]
    chain: Chain
    doors: dict[str, Door]
    campaigns: tuple[Campaign, ...] = ()
    claims: dict[str, dict[str, Share]] = Field(default_factory=dict)
    fair_visitors_more: Amount = 0.0
    asked_in: tuple[str, ...] = ("lead",)
    forms_in: tuple[str, ...] = ("lead",)
    seen_in: dict[str, str] = Field(default_factory=dict)
    letters: dict[str, str] = Field(default_factory=dict)
    consents: dict[str, str] = Field(default_factory=dict)
    journal: tuple[str, ...] = ()
    donations: tuple[str, ...] = ()
    awareness: Share = 0.0
    recurring_at: dict[date, Money] = Field(default_factory=dict)
    ratios: dict[str, tuple[str, str]] = Field(default_factory=dict)
    sums: dict[str, Sum] = Field(default_factory=dict)
    series: dict[str, Series] = Field(default_factory=dict)
    market_index: Share | None = None
    web_from: date | None = None
    noise: Noise = Noise()
    shop: Shop | None = None
    replies: Replies | None = None
    posts: Posts | None = None
    trials: tuple[Trial, ...] = ()
    exports: tuple[Export, ...] = B2B_EXPORTS

    origin: Origin = Origin()

    @cached_property
    def zone(self) -> ZoneInfo:
        """Return the company's time zone."""
        return ZoneInfo(self.world.timezone)

    @property
    def days(self) -> int:
        """Return the number of days from start to end, both counted."""
        return (self.world.end - self.world.start).days + 1

    @property
    def drawn(self) -> Mapping[str, float]:
        """Return the draws of this world's estimates, by their place in the file."""
        return self.origin.drawn

    @property
    def is_befallen(self) -> bool:
        """Say whether the world's fault has already changed its numbers."""
        return self.origin.is_befallen

    @property
    def is_promised(self) -> bool:
        """Say whether the world was made to keep its plan's word (`as_promised`)."""
        return self.origin.is_promised

    @cached_property
    def states(self) -> tuple[str, ...]:
        """Return every state of cases: those of the bridge in its order, then those that lead nowhere."""
        effects = (effect.metric for truth in self.tactics.values() for effect in truth.effect)
        entered = [metric for metric in (*self.anyway, *effects) if metric not in self.levels]
        return tuple(dict.fromkeys([*(state for step in self.bridge for state in (step.from_, step.to)), *entered]))

    @property
    def levels(self) -> frozenset[str]:
        """Return the names that are levels, which effects shift and nobody enters."""
        return frozenset({AWARENESS, *self.series})

    @cached_property
    def paying(self) -> tuple[str, ...]:
        """Return the states that are reached with money."""
        return tuple(dict.fromkeys(step.to for step in self.bridge if step.amount is not None))

    def effects(self, name: str) -> Iterable[Effect]:
        """Return the effects of a tactic that are cases, not levels."""
        return (effect for effect in self.tactics[name].effect if effect.metric not in self.levels)

    def step(self, from_: str, to: str) -> StepTruth:
        """Return one bridge step; raises UsageError with the known ones."""
        for step in self.bridge:
            if (step.from_, step.to) == (from_, to):
                return step
        raise UsageError.unknown("bridge step", f"{from_}>{to}", known=[step.name for step in self.bridge])

    def steps_from(self, state: str) -> tuple[StepTruth, ...]:
        """Return the steps that leave a state."""
        return tuple(step for step in self.bridge if step.from_ == state)

    def for_seed(self, seed: int) -> World:
        """Return this world with its estimates drawn for a seed; itself where it has none."""
        raw = self.origin.raw
        if not self.drawn or not raw or seed == self.world.seed:
            return self
        return parse_world({**raw, "world": {**raw["world"], "seed": seed}}, self.world.id)

    def changed(self, changes: Mapping[str, object], *, promised: bool = False, befallen: bool = False) -> World:
        """Return a copy with other numbers, estimates as they were drawn.

        promised: the numbers are the plan's own · befallen: they are what a fault left, and no fault changes them again
        """
        origin = Origin({}, self.drawn, self.is_promised or promised, self.is_befallen or befallen)
        copy = self.model_copy(update={**changes, "origin": origin})
        for name in ("zone", "states", "paying"):
            copy.__dict__.pop(name, None)
        return copy

    def with_fault(self, kind: str, **more: object) -> World:
        """Return a copy with a fault: kind and, where the defaults do not fit, tactic, step, left, late, history."""
        fault = Fault.model_validate({"kind": kind, **more})
        return self.changed({"world": self.world.model_copy(update={"fault": fault})})

    @model_validator(mode="after")
    def _names_resolve(self) -> Self:
        tactics = set(self.tactics)
        named = {door.tactic for door in self.doors.values()} | {campaign.tactic for campaign in self.campaigns}
        named |= {other for tactic in self.tactics.values() for other in tactic.multiplies}
        named |= {group for step in self.bridge for group in step.by}
        named |= (set(self.claims) - {""}) | {trial.tactic for trial in self.trials} | {self.world.fault.tactic}
        unknown = named - tactics - {None}
        if unknown:
            raise ValueError(
                f"tactics {', '.join(sorted(map(str, unknown)))} are named and have no entry under tactics"
            )
        missing = set(self.chain.channels) - set(self.doors)
        if missing:
            raise ValueError(f"channels {', '.join(sorted(missing))} of the chain have no door")
        geos = {geo for tactic in self.tactics.values() for geo in tactic.geo}
        geos |= {geo for trial in self.trials for geo in trial.held_out}
        if geos - set(self.market.geos):
            raise ValueError(f"regions {', '.join(sorted(geos - set(self.market.geos)))} are not under market.geos")
        return self

    @model_validator(mode="after")
    def _states_resolve(self) -> Self:
        spoken = {
            *self.asked_in,
            *self.forms_in,
            *self.seen_in,
            *self.letters,
            *(trial.outcome for trial in self.trials),
        }
        spoken |= {*self.letters, *self.consents, *self.journal, *self.donations}
        spoken |= {state for pair in self.ratios.values() for state in pair}
        spoken |= {state for one in self.sums.values() for state in one.states}
        if self.shop:
            spoken |= set(self.shop.sells)
        unknown = spoken - set(self.states) - {"lead"}
        if unknown:
            raise ValueError(f"states {', '.join(sorted(unknown))} are named and nothing enters them")
        overfull = {s.from_ for s in self.bridge if sum(one.rate for one in self.steps_from(s.from_)) > 1 + 1e-9}
        if overfull:
            raise ValueError(f"the steps out of {', '.join(sorted(overfull))} add up to more than 1")
        return self


def parse_world(raw: dict[str, Any], name: str) -> World:
    """Return the world in a parsed file, estimates drawn for its seed; raises UsageError listing every fault."""
    span = raw.get("world")
    seed = span.get("seed", 1) if isinstance(span, dict) else 1
    if "origin" in raw:
        raise UsageError(f"{name} is not a world:\n  - origin: Extra inputs are not permitted\nLeave the key out.")
    try:
        plain, draws = drawn(raw, int(seed))
        return World.model_validate({**plain, "origin": Origin(raw, draws)})
    except ValidationError as error:
        faults = "\n".join(
            f"  - {'.'.join(map(str, fault['loc']))}: {fault['msg'].removeprefix('Value error, ')}"
            for fault in error.errors()
        )
        raise UsageError(
            f"{name} is not a world:\n{faults}\nCorrect the keys named; the shipped worlds are examples."
        ) from None
    except (UnitError, ValueError, TypeError) as error:
        raise UsageError(f"{name} is not a world: {error} Correct the estimate or the seed named.") from None


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
