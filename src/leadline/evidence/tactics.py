"""Which tactic of the plan a row belongs to, and which bridge state a source's stage is.

A row belongs to a tactic when it says so itself, when its campaign name, utm_campaign or utm_id is the tactic's
id or begins with it, or when the plan's `tracked_as` names it. Two tactics that both fit leave the row
unmatched, unless the plan gives each its share (`google-ads: ["2145 @ 60 %"]`) and the shares add up: spend never
maps to two tactics. `channel` and `geo` in `tracked_as` are one condition together with the tactic's dates, and hold
for rows of a day (spend, metrics).
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property

from leadline.evidence.plan_facts import PlanFacts
from leadline.evidence.shares import mark_of

SEPARATORS = ("_", "--", " - ", "/")  # design, evidence section 3: what may follow an id in a campaign name
NAMES = ("campaign", "utm_campaign", "utm_id")  # design, evidence section 3 (a): where an id is looked for
# What a source's own entry of tracked_as is compared with: ids and names of the levels of an ad account.
LEVELS = (
    "campaign_id",
    "campaign",
    "adset_id",
    "adset",
    "ad_id",
    "ad",
    "utm_id",
    "utm_campaign",
    "lead_source",
    "origin",
    "object",
)
IDS = frozenset({"campaign_id", "adset_id", "ad_id", "utm_id"})
COLUMNS = frozenset(
    {*LEVELS, "account", "event", "landing", "referrer_host", "owner", "pipeline", "venue", "metric", "segment", "channel", "geo",
     "utm_source", "utm_medium", "utm_term", "utm_content", "utm_source_platform", "utm_creative_format", "utm_marketing_tactic"}
)  # fmt: skip


PLACED = ("channel", "geo")  # design, evidence section 3 (b): channel + geo + dates are one explicit row
SHARE = re.compile(r"(?P<name>.*\S)\s*@\s*(?P<share>\d+(?:\.\d+)?)\s*%")  # a value of tracked_as with its share
WHOLE = Decimal(1)


@dataclass(frozen=True)
class Matched:
    """The tactic of a row, or None and why. shared: the mark of several tactics with their shares (`evidence.shares`)."""

    tactic: str | None
    why: str = ""
    shared: str | None = None

    def of(self, table: str) -> str | None:
        """Return what stands in the column `tactic`: shares are of money, so of spend alone."""
        return self.tactic or (self.shared if table == "spend" else None)


@dataclass(frozen=True)
class TacticMap:
    """Decides by the plan's facts; remembers its answers, as campaigns repeat."""

    facts: PlanFacts
    _known: dict[tuple[object, ...], Matched] = field(default_factory=dict, repr=False, compare=False, hash=False)

    def match(self, source: str, values: Mapping[str, object], *, stated: str | None = None) -> Matched:
        """Return the tactic of a row of `source`. stated: what the row itself names as its tactic."""
        seen = tuple(map(values.get, self.inputs))
        known = self._known.get((source, stated, seen))
        if known is None:
            given = {name: str(value) for name, value in zip(self.inputs, seen, strict=True) if value is not None}
            known = self._known[source, stated, seen] = self._decide(source, stated, given)
        return known

    @cached_property
    def inputs(self) -> tuple[str, ...]:
        """Return the columns that decide: where ids are looked for, and what the plan's tracked_as names."""
        tracked = {where for rules in self.facts.tracked_as.values() for where in rules}
        levels = LEVELS if tracked - COLUMNS else ()
        day = ("day",) if tracked & set(PLACED) else ()
        return tuple(sorted({*NAMES, *(tracked & COLUMNS), *levels, *day}))

    def _decide(self, source: str, stated: str | None, values: Mapping[str, str]) -> Matched:
        ids = self._ids()
        if stated is not None and (named := self._by_id(stated, ids)) is not None:
            return Matched(named, "named on the row")
        hits: dict[str, tuple[str, Decimal]] = {}
        for name in NAMES:
            if name in values and (found := self._by_id(values[name], ids)) is not None:
                hits.setdefault(found, (f'{name} "{values[name]}"', WHOLE))
        for tactic, rules in self.facts.tracked_as.items():
            if (placed := self._placed(tactic, rules, values)) is not None:
                hits.setdefault(tactic, (placed, WHOLE))
            for where, wanted in rules.items():
                hit = None if where in PLACED else self._tracked(source, where, wanted, values)
                if hit is not None:
                    hits.setdefault(tactic, hit)
        return _settled(hits)

    def _placed(self, tactic: str, rules: Mapping[str, Sequence[str]], values: Mapping[str, str]) -> str | None:
        """Return why channel, geo and dates fit, or None where one of them does not."""
        asked = [name for name in PLACED if name in rules]
        dates, day = self.facts.tactic_dates.get(tactic), values.get("day")
        if not asked or dates is None or day is None or not str(dates[0]) <= day <= str(dates[1]):
            return None
        if not all(any(_fits(values.get(name, ""), str(text), prefix=False) for text in rules[name]) for name in asked):
            return None
        return " and ".join((*(f'{name} "{values[name]}"' for name in asked), "its dates"))

    def _ids(self) -> dict[str, str]:
        ids = {tactic.casefold(): tactic for tactic in self.facts.tactic_ids}
        for old, new in self.facts.moved.items():
            if new in self.facts.tactic_ids:
                ids.setdefault(old.casefold(), new)
        return ids

    @staticmethod
    def _by_id(text: str, ids: Mapping[str, str]) -> str | None:
        """Return the tactic whose id the text is or begins with; the longest id wins."""
        folded = text.strip().casefold()
        fits = [
            known for known in ids if folded == known or folded.startswith(tuple(known + end for end in SEPARATORS))
        ]
        return ids[max(fits, key=len)] if fits else None

    @staticmethod
    def _tracked(
        source: str, where: str, wanted: Sequence[str], values: Mapping[str, str]
    ) -> tuple[str, Decimal] | None:
        """Return why an entry of tracked_as fits and its share, or None. where: a column, or a source with ids or names."""
        if where == source:
            columns: Sequence[str] = LEVELS
        elif where in COLUMNS:
            columns = (where,)
        else:
            return None
        for column in columns:
            for text in wanted if column in values else ():
                shared = SHARE.fullmatch(str(text))
                name, share = (shared["name"], Decimal(shared["share"]) / 100) if shared else (str(text), WHOLE)
                if _fits(values[column], name, prefix=where == source and column in IDS):
                    return f'{column} "{values[column]}"', share
        return None


def _settled(hits: Mapping[str, tuple[str, Decimal]]) -> Matched:
    """Return the one tactic that fits, all with their shares where these add up, else none and why."""
    shares = {tactic: share for tactic, (_, share) in hits.items()}
    if not hits:
        return Matched(None)
    if len(hits) == 1 and sum(shares.values()) == WHOLE:
        return next(Matched(tactic, why) for tactic, (why, _) in hits.items())
    named = " and ".join(f"{tactic} (by {why})" for tactic, (why, _) in sorted(hits.items()))
    if any(share == WHOLE for share in shares.values()):
        return Matched(None, f"ambiguous: {named}")
    total = sum(shares.values())
    if total != WHOLE:
        return Matched(None, f"shares of {named} add up to {float(total):.4g}, not to 1")
    return Matched(None, f"shared: {named}", mark_of(shares))


def folded(name: str) -> str:
    """Return a name as names are compared: case folded, single spaced.

    >>> folded(" Closed  Won ")
    'closed won'
    """
    return " ".join(name.casefold().split())


def state_of(stage_raw: str | None, stage_map: Mapping[str, str], *, states: frozenset[str]) -> str | None:
    """Return the bridge state of a source's stage: by its map, else a state of that name, else the name itself."""
    if stage_raw is None:
        return None
    name = folded(stage_raw)
    mapped = {folded(key): state for key, state in stage_map.items()}.get(name)
    if mapped is not None:
        return mapped
    return next((state for state in states if folded(state) == name), stage_raw)


def _fits(value: str, wanted: str, *, prefix: bool) -> bool:
    left, right = folded(value), folded(wanted)
    if "*" in right:
        return fnmatch.fnmatchcase(left, right)
    return left == right or (prefix and left.startswith(right))
