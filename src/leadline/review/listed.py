"""Lists of activities that a workspace keeps: each read as it was when it came in, and what two of them share counted once.

People send the same list again, longer and under another name. Added up as they are, two versions would double its money.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from leadline.evidence.sources.activities import Activity, ActivityList, activity_lists
from leadline.evidence.sources.records import ImportOptions
from leadline.review.importing import ACTIVITIES
from leadline.review.intake import sha_of
from leadline.workspace import Workspace

VERSION = 0.5  # share of the shorter list's rows that make two lists versions of one (house: fewer repeat by chance)

Row = tuple[object, ...]


@dataclass(frozen=True)
class KeptList:
    """One table of a list in `exports/activities`. sha: hash of its file."""

    sha: str
    found: ActivityList


@dataclass(frozen=True)
class Listed:
    """What lists name, each row once. repeated: (hash, sheet, row) of rows that another list has word for word."""

    lists: tuple[ActivityList, ...] = ()
    repeated: frozenset[tuple[str, str, int]] = frozenset()
    notes: tuple[str, ...] = ()


def kept_lists(workspace: Workspace, currencies: Mapping[str, str]) -> tuple[KeptList, ...]:
    """Return every list that the workspace keeps. currencies: hash of a file → what its unnamed amounts are in."""
    folder = workspace.exports / ACTIVITIES
    if not folder.is_dir():
        return ()
    kept = []
    for path in sorted(path for path in folder.iterdir() if path.is_file()):
        sha = sha_of(path)
        found = activity_lists(path, options=ImportOptions(currency=currencies.get(sha)))
        kept += [KeptList(sha, one) for one in found if isinstance(one, ActivityList)]
    return tuple(kept)


def counted_once(kept: Sequence[KeptList], *, last: Sequence[str] = ()) -> Listed:
    """Return lists with each row once. last: hashes of the files that give way to the others where they repeat them.

    Two lists are versions of one where they share at least half of the shorter one's rows, word for word; a row that
    names neither a day nor an amount is never taken for another's.
    """
    kept = sorted(kept, key=lambda one: last.index(one.sha) if one.sha in last else -1)
    rows: dict[str, Counter[Row]] = {}
    names: dict[str, str] = {}
    for one in kept:
        rows.setdefault(one.sha, Counter()).update(row for item in one.found.activities if (row := _row(item)))
        names.setdefault(one.sha, one.found.file)
    shared: dict[str, Counter[Row]] = {}
    notes = []
    order = list(rows)
    for at, sha in enumerate(order):
        for before in order[:at]:
            both = rows[sha] & rows[before]
            if both and both.total() >= VERSION * min(rows[sha].total(), rows[before].total()):
                shared[sha] = shared.get(sha, Counter()) | both
                notes.append(_said(names[before], names[sha], both.total()))
    lists, repeated = [], set()
    for one in kept:
        left = shared.get(one.sha, Counter())
        own = []
        for item in one.found.activities:
            row = _row(item)
            if row and left[row] > 0:
                left[row] -= 1
                repeated.add((one.sha, one.found.sheet or "", item.row))
            else:
                own.append(item)
        lists.append(replace(one.found, activities=tuple(own)))
    return Listed(tuple(lists), frozenset(repeated), tuple(notes))


def _row(one: Activity) -> Row | None:
    """Return what makes a row the same as another, None where it says too little to tell."""
    if one.start is None and one.cost is None:
        return None
    return one.name.casefold(), one.start, one.end, one.cost, one.currency, one.owner, one.channel


def _said(before: str, after: str, count: int) -> str:
    rows = "1 row" if count == 1 else f"{count:,} rows"
    return (
        f"{before} and {after} share {rows} word for word, which count once. If one is an older version of the other, "
        f"take it out of exports/{ACTIVITIES}/: rows that differ count in both."
    )
