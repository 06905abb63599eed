"""How a file was understood, before anything of it is imported: what `--explain` shows."""

from __future__ import annotations

from collections import Counter
from itertools import islice
from typing import Any

from leadline.errors import ImportRefused
from leadline.evidence import scanning
from leadline.evidence.sources.records import Context, Head, Identifier, Match, Source
from leadline.evidence.sources.registry import NEAREST, scores
from leadline.evidence.sources.values import plain_name

ROWS_SHOWN = 3  # design/evidence 2.5: the first three rows as they would be stored
LOOKED_AT = 200  # records looked at to find them; own: a preamble of rejects is shorter


def explain(head: Head, source: Source, *, match: Match, context: Context) -> dict[str, Any]:
    """Return how a file is read, as plain values with stable keys.

    encoding, delimiter, sheet, hidden_sheets, header_line · numbers and dates with what decided them · currency_from ·
    formats: score, reason and lacking columns of the three nearest · columns: each with what it feeds, or why nothing ·
    way: the engine's scan, or row by row and why · rows: the first three as they would be stored · refused: the reason where the file would be refused.
    """
    said: dict[str, Any] = {
        "file": head.path.name,
        "recognised_as": match.source,
        "kind": head.kind,
        "encoding": head.encoding,
        "delimiter": head.delimiter,
        "sheet": match.sheet,
        "hidden_sheets": list(head.hidden),
        "header_line": match.header_line if match.header and head.kind in {"csv", "sheet"} else None,
        "note": head.note,
        "way": f"row by row: {why}" if (why := scanning.way(head)) else "the engine's own scan",
        "formats": _nearest(head),
        "columns": _columns(head, source, match),
        **dict.fromkeys(("numbers", "numbers_because", "dates", "currency_from", "refused", "says")),
    }
    try:
        reading = source.read(head, match, context=context)
        said |= {
            "numbers": reading.numbers,
            "numbers_because": reading.numbers_because,
            "dates": reading.dates,
            "currency_from": reading.currency_from,
        }
        records = islice(reading, LOOKED_AT)
        rows = ((record.line, row) for record in records for row in record.rows)
        said["rows"] = [
            {"line": line, "table": row.table, **{name: _shown(value) for name, value in row.values.items()}}
            for line, row in islice(rows, ROWS_SHOWN)
        ]
    except ImportRefused as refusal:
        said |= {"refused": refusal.reason, "says": str(refusal), "rows": []}
    return said


def _nearest(head: Head) -> list[dict[str, Any]]:
    """Return the three formats that fit best, each once."""
    found: dict[str, dict[str, Any]] = {}
    for source, match in scores(head):
        if source.name not in found and len(found) < NEAREST:
            found[source.name] = {
                "source": source.name,
                "score": round(match.score, 2),
                "why": match.why,
                "lacks": list(match.lacks),
            }
    return list(found.values())


def _columns(head: Head, source: Source, match: Match) -> list[dict[str, Any]]:
    """Return every column of the file with what it feeds, or why it feeds nothing."""
    feeds = {plain_name(name): said for name, said in source.feeds(head, match).items()}
    times = Counter(plain_name(name) for name in match.header)
    rows = []
    for position, name in enumerate(match.header, 1):
        if not name:
            why = "has no name"
        elif plain_name(name) not in feeds and times[plain_name(name)] > 1:
            why = "its name stands more than once, and nothing needs it"
        else:
            why = "not in the mapping" if head.mapping is not None else "no canonical column needs it"
        said = feeds.get(plain_name(name))
        rows.append({"position": position, "name": name, "feeds": said, "why": None if said else why})
    return rows


def _shown(value: object) -> object:
    """Return a value as a person reads it: who before pseudonymisation as kind and value."""
    return f"{value.kind}:{value.value}" if isinstance(value, Identifier) else value
