"""Counts of people in groups as they leave the program: in tables, documents, charts and sentences, by one rule.

The rule itself is `evidence/small_cells.py`; here it is put to results that know nothing of it. A group is told by what
its people share: a tactic, an origin, a channel, a way. Everybody together, entries per period, companies and their deals,
visits and money are no groups of people.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from leadline.evidence.small_cells import LEAST, hidden_of, note
from leadline.evidence.store import Store
from leadline.measure.bridge import BridgeStep
from leadline.measure.bridge.pooling import GroupRate
from leadline.measure.paths import Comparison, Credits
from leadline.measure.paths.result import UNATTRIBUTED

MOVED = ("moved", "raw_ratio", "raw_ratio_p05", "raw_ratio_p95")  # columns that tell how many of a group moved


@dataclass(frozen=True)
class Shown:
    """What of people may be shown. states: of which the entries are people · least: fewer are not shown as a number.

    apart: groups, by column and name, that are hidden for what stands in another table
    """

    states: frozenset[str] = frozenset()
    least: int = LEAST
    apart: frozenset[tuple[str, str]] = frozenset()

    def are_people(self, state: str) -> bool:
        """Return whether the entries into a state are people, not companies or their deals."""
        return state in self.states


def shown_of(store: Store, least: int) -> Shown:
    """Return what of people may be shown of a warehouse."""
    rows = store.ask("SELECT DISTINCT stage FROM stages WHERE subject_kind = 'person'").to_pylist()
    return Shown(frozenset(str(row["stage"]) for row in rows), least)


@dataclass(frozen=True)
class Small:
    """The groups, by column and name, of which counts are not shown. moved: also where few moved, or few did not."""

    entered: frozenset[tuple[str, str]]
    moved: frozenset[tuple[str, str]]


def small_groups(groups: Sequence[GroupRate], *, least: int) -> Small:
    """Return of which groups it is not shown how many entered, and of which not how many moved."""
    entered: set[tuple[str, str]] = set()
    moved: set[tuple[str, str]] = set()
    for column in {one.column for one in groups}:
        mine = [one for one in groups if one.column == column]
        entered |= {(column, name) for name in hidden_of({one.name: one.entered for one in mine}, least=least)}
        for cells in ({one.name: one.moved for one in mine}, {one.name: one.entered - one.moved for one in mine}):
            moved |= {(column, name) for name in hidden_of(cells, least=least)}
    return Small(frozenset(entered), frozenset(entered | moved))


def step_rows(result: BridgeStep, shown: Shown) -> list[dict[str, object]]:
    """Return the rows of a measured step as they may be shown: null where the count of a group is not."""
    rows = result.table()
    if not shown.are_people(result.from_state):
        return rows
    small = small_groups(result.groups, least=shown.least)
    for one, row in zip(result.groups, rows[1:], strict=True):
        name = one.column, one.name
        if name in small.moved | shown.apart:
            row.update(dict.fromkeys(MOVED), note="; ".join(filter(None, (str(row["note"]), note(shown.least)))))
        if name in small.entered | shown.apart:
            row["entered"] = None
    return rows


def small_channels(compared: Comparison, *, least: int) -> frozenset[str]:
    """Return the channels, and UNATTRIBUTED, whose credit is not shown: some model would tell how few people came by it."""
    hidden: set[str] = set()
    for one in compared.credits:
        hidden |= hidden_of(_by_channel(one), least=least)
    return frozenset(hidden)


def _by_channel(one: Credits) -> Mapping[str, float]:
    told = {name: float(count) for name, count in zip(one.channels, one.conversions, strict=True)}
    return {**told, UNATTRIBUTED: float(one.unattributed_conversions)}


def credit_sentence(compared: Comparison, hidden: frozenset[str], *, least: int) -> str:
    """Return what the comparison says, or why it may not, where it speaks of a channel that is not shown."""
    said = compared.sentence()
    return note(least) if any(name in said for name in hidden) else said


def credit_rows(rows: Iterable[Mapping[str, Any]], hidden: frozenset[str], *, least: int) -> list[dict[str, Any]]:
    """Return the rows of a model's credit as they may be shown: only name and reason of a channel that is not."""
    return [
        {**dict.fromkeys(row), "channel": row["channel"], "note": note(least)}
        if row["channel"] in hidden
        else dict(row)
        for row in rows
    ]
