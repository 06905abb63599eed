"""Why a campaign belongs to no tactic, and which one it could be: said, never decided.

A tactic whose dates and single channel alone fit is only proposed (design, evidence section 3 c): a person says it, and
the plan keeps it under `tracked_as`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from leadline.evidence.frames import answer
from leadline.evidence.small_cells import hidden_of
from leadline.evidence.tactics import TacticMap

if TYPE_CHECKING:
    from leadline.evidence.frames import AsOf
    from leadline.evidence.plan_facts import PlanFacts
    from leadline.evidence.store import Store


@dataclass(frozen=True)
class Hint:
    """What is known of a campaign without a tactic. why: "" where nothing fits · proposed: tactic, None where none alone does."""

    why: str = ""
    proposed: str | None = None


def campaign_hints(store: Store, facts: PlanFacts, *, at: AsOf) -> Mapping[str, Hint]:
    """Return, per campaign as `unmatched_spend` names it, why it belongs to no tactic and which one it could be."""
    match = TacticMap(facts).match
    whys: dict[str, list[str]] = {}
    proposals: dict[str, set[str | None]] = {}
    for row in answer(store, "unmatched_campaigns", at=at):
        name = row["campaign"] or row["campaign_id"] or "(no campaign)"
        why = match(row["source"], {**row, "day": row["first_day"]}, stated=row["tactic_stated"]).why
        if why and why not in whys.setdefault(name, []):
            whys[name].append(why)
        proposals.setdefault(name, set()).add(_proposed(row, facts))
    return {
        name: Hint("; ".join(whys.get(name, ())), next(iter(found)) if len(found) == 1 and not whys.get(name) else None)
        for name, found in proposals.items()
    }


def unmatched_origins(store: Store, *, at: AsOf, least: int) -> Mapping[str, int | None]:
    """Return the rows of each origin of subjects without a tactic, the most frequent first; None where few people are told by them."""
    rows = answer(store, "unmatched_origins", at=at)
    hidden = hidden_of({row["name"]: row["people"] for row in rows}, least=least)
    return {row["name"]: None if row["people"] and row["name"] in hidden else row["rows"] for row in rows}


def _proposed(row: Mapping[str, Any], facts: PlanFacts) -> str | None:
    """Return the tactic whose dates hold all days of a campaign and whose one channel is the campaign's, if only one is."""
    fits = [
        tactic
        for tactic, (first, last) in facts.tactic_dates.items()
        if first <= row["first_day"] and row["last_day"] <= last and _is_alone(facts.channels.get(tactic, ()), row)
    ]
    return fits[0] if len(fits) == 1 else None


def _is_alone(channels: Sequence[str], row: Mapping[str, Any]) -> bool:
    return row["channel"] is not None and tuple(channels) == (row["channel"],)
