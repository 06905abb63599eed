"""How long what is known of people is kept; what is older loses who it was, and the counts and amounts stay.

Every import ends with it. The day it counts from is today, or the day on which a workspace is judged where that lies
before: a history that is studied as of an earlier day is kept as it was on that day. Keys of touches and replies say
nobody from the start (row_names), so an old file that comes again finds its rows.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from leadline.evidence import schema
from leadline.evidence.privacy import PSEUDONYM_DIGITS, SIGN
from leadline.settings import RetentionSettings

if TYPE_CHECKING:
    import duckdb

    from leadline.workspace import Workspace

PREFIX = "retention."  # begins the flags of an import that say what went
DAYS_PER_MONTH = 30.4375  # Gregorian calendar: 365.25 / 12
# Texts of a touch in which a mapping may put somebody: a pseudonym stands there then, and the row has a node.
TOLD = (
    "event",
    "object",
    "referrer_host",
    "landing",
    "geo",
    *(one for one in schema.TOUCHES.names if one.startswith("utm_")),
)
NAMES_WHO = f"LIKE '%{SIGN}{'_' * PSEUDONYM_DIGITS}%'"  # a text that both engines read
# Setting → table, which rows, what becomes of them. The age of a reject is that of its import.
CHANGES: Mapping[str, tuple[str, str, str]] = {
    "social_text_days": (
        "posts", "published_at < $before AND NOT coalesce(own, FALSE) AND text IS NOT NULL", "UPDATE posts SET text = NULL",
    ),
    "touches_months": (
        "touches", "happened_at < $before AND (node IS NOT NULL OR session_key IS NOT NULL OR click_id IS NOT NULL)",
        "UPDATE touches SET node = NULL, session_key = NULL, click_id = NULL"
        + "".join(f', "{name}" = CASE WHEN "{name}" {NAMES_WHO} THEN NULL ELSE "{name}" END' for name in TOLD),
    ),
    "responses_months": (
        "responses", "happened_at < $before AND person_node IS NOT NULL", "UPDATE responses SET person_node = NULL",
    ),
    "rejects_days": (
        "rejects", "import_id IN (SELECT import_id FROM imports WHERE finished_at < $before)", "DELETE FROM rejects",
    ),
}  # fmt: skip
IDLE = """SELECT i.node FROM identities i LEFT JOIN people p USING (node)
LEFT JOIN (SELECT q.person, max(j.last_seen) AS last_seen FROM identities j JOIN people q USING (node) GROUP BY q.person) l
  ON l.person = p.person WHERE coalesce(l.last_seen, i.last_seen) < $before"""
NEVER = 0  # own: a setting of nought keeps for good


@dataclass(frozen=True)
class Class:
    """One class of data. name: of its setting · what: in words · days: how long it is kept, NEVER for good."""

    name: str
    what: str
    days: int

    def before(self, day: dt.date) -> dt.datetime:
        """Return the first moment that is kept."""
        return dt.datetime.combine(day - dt.timedelta(days=self.days), dt.time())


def classes(settings: RetentionSettings) -> tuple[Class, ...]:
    """Return every class of personal data and how long it is kept."""
    months = {
        "touches_months": ("who visited and clicked", settings.touches_months),
        "contacts_months": ("names and addresses without activity", settings.contacts_months),
        "responses_months": ("who wrote to us", settings.responses_months),
    }
    days = {
        "social_text_days": ("texts of other people's posts", settings.social_text_days),
        "rejects_days": ("records that were not taken", settings.rejects_days),
    }
    found = [Class(name, what, kept) for name, (what, kept) in days.items()]
    found += [Class(name, what, round(kept * DAYS_PER_MONTH)) for name, (what, kept) in months.items()]
    return tuple(sorted(found, key=lambda one: one.name))


def day_of(now: dt.datetime, as_of: dt.date | None) -> dt.date:
    """Return the day from which ages are counted."""
    return now.date() if as_of is None else min(now.date(), as_of)


@dataclass(frozen=True)
class Keeping:
    """What is kept how long, counted from a day."""

    settings: RetentionSettings
    day: dt.date

    def limits(self) -> dict[str, dt.datetime]:
        """Return the first moment that is kept of each class; none of a class that is kept for good."""
        return {one.name: one.before(self.day) for one in classes(self.settings) if one.days != NEVER}

    def purge(self, connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
        """Take out of the warehouse what is older than it is kept, inside the open transaction; return class → rows."""
        limits = self.limits()
        found: dict[str, int] = {}
        for name, (table, where, change) in CHANGES.items():
            if name in limits:
                used = {"before": limits[name]}
                count = connection.execute(f"SELECT count(*) FROM {table} WHERE {where}", used).fetchall()[0][0]
                if count:
                    connection.execute(f"{change} WHERE {where}", used)
                    found[name] = int(count)
        return found

    def beside(self, connection: duckdb.DuckDBPyConnection) -> Beside:
        """Return what is to go from the files beside the warehouse: contacts of people of whom no fact speaks any more."""
        (kept,) = (one for one in classes(self.settings) if one.name == "contacts_months")
        left = connection.execute("SELECT DISTINCT import_id FROM rejects").fetchall()
        imports = frozenset(str(row[0]) for row in left)
        if kept.days == NEVER:
            return Beside(frozenset(), kept.before(self.day), imports)
        rows = connection.execute(IDLE, {"before": kept.before(self.day)}).fetchall()
        return Beside(frozenset(int(row[0]) for row in rows), kept.before(self.day), imports)


@dataclass(frozen=True)
class Beside:
    """What is to go from the files beside the warehouse.

    idle: identifiers of which no fact speaks since `before` · rejects: imports that still have some
    """

    idle: frozenset[int]
    before: dt.datetime
    rejects: frozenset[str]

    def let_go(self, workspace: Workspace) -> int:
        """Remove names and addresses of the idle, and files of rejects that are kept no more; return how many contacts.

        A contact that is younger, or has no day of its own, stays.
        """
        for path in workspace.rejects.glob("*.csv") if workspace.rejects.is_dir() else ():
            if path.stem not in self.rejects:
                path.unlink(missing_ok=True)
        if not self.idle or not workspace.contacts.exists():
            return 0
        import duckdb

        where = idle_contacts(self.idle)
        with closing(duckdb.connect(str(workspace.contacts))) as connection:
            connection.execute(schema.CONTACTS.ddl())
            rows = connection.execute(
                f"DELETE FROM contacts WHERE {where} RETURNING node", {"before": self.before}
            ).fetchall()
        return len(rows)


def idle_contacts(idle: frozenset[int]) -> str:
    """Return which contacts of the idle are older than `$before`; one without a day of its own is none."""
    return f"node IN ({', '.join(map(str, sorted(idle)))}) AND greatest(created_at, last_activity_at) < $before"


def notes(flags: Mapping[str, int], settings: RetentionSettings | None = None) -> list[str]:
    """Return in words what an import's flags say was let go."""
    told = {f"{PREFIX}{one.name}": one for one in classes(settings or RetentionSettings())}
    return [
        f"{told[name].what}, older than they are kept: {count} let go ([retention] {told[name].name})"
        for name, count in sorted(flags.items())
        if name in told and count
    ]
