"""A mended record among the others of its file, where what it means hangs on them.

In a history the next change says when a stage was left; in a thread the post above says what an answer belongs to. Read
alone, such a record would say less than it did in its file, and its neighbours would go on saying what they said without it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from heapq import merge
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from leadline.evidence.sources.records import Head, Match, Record, Row

if TYPE_CHECKING:
    from leadline.workspace import Workspace

READ_TOGETHER = frozenset({"mastodon", "salesforce-history"})  # formats of which one record says what another means
ALONE = "mended.alone"  # flag of an import whose mended records were read without their neighbours


def original_of(workspace: Workspace, origin: Mapping[str, Any]) -> Path | None:
    """Return the file of an import where it still lies among the exports, by its bytes. origin: its row in `imports`."""
    for path in sorted(workspace.exports.rglob("*")):
        if path.is_file() and workspace.holds(path) and path.stat().st_size == origin["bytes"]:
            with path.open("rb") as file:
                if hashlib.file_digest(file, "sha256").hexdigest() == origin["sha256"]:
                    return path
    return None


def among_others(mended: Mapping[int, str], head: Head, *, match: Match) -> Iterator[tuple[int, str]]:
    """Yield line and text of every record of the original in its order, the mended ones in their places.

    mended: line → record, in order of lines · head, match: of the original
    """
    others = ((line, text) for line, text in _texts(head, match) if line not in mended)
    yield from merge(others, mended.items(), key=itemgetter(0))


def _texts(head: Head, match: Match) -> Iterator[tuple[int, str]]:
    """Yield line and text of every record that can be read at all."""
    from leadline.evidence.sources.documents import json_records
    from leadline.evidence.sources.salesforce import data_rows, report_rows

    if head.kind in {"json", "jsonl"}:
        yield from ((one.line, one.text()) for one in json_records(head) if one.problem is None)
    else:
        rows = data_rows(report_rows(head, match, mapped=frozenset(match.columns.values())))
        yield from ((row.line, row.raw) for row in rows)


def judged(records: Iterable[Record], *, lines: frozenset[int], before: Iterable[Record]) -> Iterator[Record]:
    """Yield the mended records as their whole file has them; what they change in others' rows comes with the first of them.

    records: of the file with the mended records in it · lines: of the mended · before: the records of the file as it was
    """
    was = {one.line: _said(one) for one in before if one.rows}
    mine: list[Record] = []
    moved: list[Row] = []
    for record in records:
        if record.line in lines:
            mine.append(record)
        elif record.rows and was.get(record.line) != _said(record):
            moved += record.rows
    ranked = sorted(range(len(mine)), key=lambda place: not mine[place].rows)
    for place in ranked[:1] if moved else ():
        first = mine[place]
        if not first.rejects or first.rows:
            mine[place] = replace(first, rows=(*first.rows, *moved), merged=False, skipped=None)
    yield from mine


def _said(record: Record) -> int:
    return hash(repr(record.rows))
