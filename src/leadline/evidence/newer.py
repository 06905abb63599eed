"""An older file that is read again, or whose rejects come back mended, never undoes what a newer one has said since."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from leadline.evidence import schema

if TYPE_CHECKING:
    from leadline.evidence.staging import Staging
    from leadline.evidence.store import Store

LEFT = "newer.left"  # flag of an import: rows that stay as a newer file has them
# Keys that a file which first came in after :since gave or changed, unless it was a mending of the import :named.
KEYS = """SELECT DISTINCT k.source_key FROM (
  SELECT source_key, import_id FROM {table} WHERE source = :source AND source_key BETWEEN :first AND :last
  UNION ALL SELECT source_key, import_id FROM restatements
  WHERE "table" = '{table}' AND source = :source AND source_key BETWEEN :first AND :last
) k JOIN imports i ON i.import_id = k.import_id JOIN (
  SELECT sha256, source, MIN(started_at) AS first_at FROM imports GROUP BY sha256, source
) f ON f.sha256 = i.sha256 AND f.source = i.source
WHERE f.first_at > :since AND NOT EXISTS (
  SELECT 1 FROM rejects r WHERE r.import_id = :named AND r.mended_by = i.import_id
)"""


@dataclass(frozen=True)
class Since:
    """When a file first came in. source: of its rows · named: the import whose rejects it mends, "" where it is the file itself."""

    source: str
    moment: dt.datetime
    named: str = ""


def first_read(store: Store, sha256: str, *, source: str, version: str | None = None) -> Since | None:
    """Return when the same bytes were first imported by the same format, None where they never were.

    version: of the reader or the mapping, where only reading by that one counts
    """
    if not store.exists():
        return None
    asked = "SELECT MIN(started_at) AS moment FROM imports WHERE sha256 = :sha256 AND source = :source"
    by = {} if version is None else {"version": version}
    asked += " AND source_version = :version" if by else ""
    moment = store.ask(asked, sha256=sha256, source=source, **by)["moment"][0].as_py()
    return None if moment is None else Since(source, moment)


def leave(staging: Staging, since: Since, *, store: Store) -> None:
    """Take back staged rows that a newer file has given too; a row that carries its own version is left to that."""
    if not store.exists():
        return
    told = {"source": since.source, "since": since.moment, "named": since.named}
    for table in schema.FACTS:
        bounds = f"SELECT min(source_key), max(source_key) FROM {table.name}"
        first, last = staging.connection.execute(bounds).fetchall()[0]
        if first is None:
            continue
        keys = store.ask(KEYS.format(table=table.name), first=first, last=last, **told)
        if not keys.num_rows:
            continue
        own = "version_at IS NULL" if schema.VERSION.name in table.names else "TRUE"
        staging.connection.register("newer", keys)
        gone = staging.connection.execute(
            f"DELETE FROM {table.name} WHERE {own} AND source_key IN (SELECT source_key FROM newer)"
        ).fetchall()
        staging.connection.unregister("newer")
        staging.tally.flags[LEFT] += int(gone[0][0])
