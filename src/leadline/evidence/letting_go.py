"""What is older than it is kept: shown first, then let go of, with a receipt. Every import does the same by itself.

Done here, nothing of it stays in free pages of a file either. Every step may be done twice: after a kill the rows are
wholly in or wholly out, and the next time does the rest and tells both.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from leadline.evidence import compacting, keying, ledgers, locking, merging, people, retention
from leadline.evidence.privacy import private_files
from leadline.evidence.store import Reach, Warehouse, open_store
from leadline.settings import RetentionSettings
from leadline.workspace import Workspace

RECEIPT_DIGITS = 16  # own: as names of imports
KIND = "retention"  # in ledger/erasures.jsonl: what is let go of by age, beside who was forgotten
CONTACTS = "contacts_months"  # the class that lies beside the warehouse


@dataclass(frozen=True)
class Told:
    """What is older than it is kept, on a day. rows: class → rows · receipt: its name, "" where nothing was done."""

    day: dt.date
    classes: tuple[retention.Class, ...]
    rows: Mapping[str, int]
    receipt: str = ""
    hash: str = ""

    def document(self) -> dict[str, Any]:
        """Return it as a plain document."""
        return {
            "day": self.day.isoformat(), "receipt": self.receipt or None, "hash": self.hash or None,
            "classes": [
                {"name": one.name, "what": one.what, "days": one.days or None,
                 "before": one.before(self.day).date().isoformat() if one.days else None, "rows": self.rows.get(one.name, 0)}
                for one in self.classes
            ],
        }  # fmt: skip


@dataclass(frozen=True)
class LettingGo:
    """What may be let go of in a workspace. as_of: the day it is judged on, if settled · clock: the time now, UTC without zone."""

    workspace: Workspace
    settings: RetentionSettings
    clock: Callable[[], dt.datetime]
    as_of: dt.date | None = None
    wait: float = locking.WAIT_SECONDS

    @property
    def store(self) -> Warehouse:
        """Return the workspace's warehouse."""
        return open_store(self.workspace)

    @property
    def keeping(self) -> retention.Keeping:
        """Return what is kept how long, from today."""
        return retention.Keeping(self.settings, retention.day_of(self.clock(), self.as_of))

    def show(self) -> Told:
        """Return what would go; nothing is changed."""
        return Told(self.keeping.day, retention.classes(self.settings), self._counted())

    def apply(self) -> Told:
        """Let go of it, and write the receipt. Raises WarehouseError while an import or a half new key holds the warehouse."""
        with private_files(), locking.exclusive(self.workspace.lock, started=self.clock(), wait=self.wait):
            keying.refuse_half(self.workspace)  # warehouse and contacts may be under two keys
            compacting.refuse_other_engine(self.workspace, self.store)
            begun = self._begin()
            if self.store.exists():
                with self.store.writing(Reach(whole=True)) as connection, merging.transaction(connection):
                    if self.keeping.purge(connection):
                        people.renew(connection, f"{KIND} {begun['receipt']}")
                    beside = self.keeping.beside(connection)
                beside.let_go(self.workspace)
            compacting.compact_all(self.workspace, self.store)
            said = {name: value for name, value in begun.items() if name != "is"}
            digest = hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()
            ledgers.append(self.workspace.erasures, [{**said, "is": KIND, "hash": digest}])
            return Told(self.keeping.day, retention.classes(self.settings), begun["rows"], begun["receipt"], digest)

    def _begin(self) -> dict[str, Any]:
        """Write down what will go, before it goes: a kill in between must not lose the count of it."""
        rows, at = self._counted(), self.clock().isoformat(timespec="seconds")
        told = [one for one in ledgers.read(self.workspace.erasures) if one.get("is") in {KIND, f"{KIND} begun"}]
        cut = told[-1] if told and told[-1]["is"] != KIND else {}
        name = cut.get("receipt") or hashlib.sha256(f"{KIND} {at}".encode()).hexdigest()[:RECEIPT_DIGITS]
        rows = {one: max(rows.get(one, 0), cut.get("rows", {}).get(one, 0)) for one in {*rows, *cut.get("rows", {})}}
        begun = {"is": f"{KIND} begun", "receipt": name, "at": at, "day": self.keeping.day.isoformat(), "rows": rows}
        ledgers.append(self.workspace.erasures, [begun])
        return begun

    def _counted(self) -> dict[str, int]:
        """Return how many rows of each class are older than they are kept."""
        if not self.store.exists():
            return {}
        limits = self.keeping.limits()
        with self.store.sitting() as asked:
            found = {
                name: int(asked.ask(f"SELECT count(*) AS n FROM {table} WHERE {where.replace('$', ':')}", before=limits[name])["n"][0].as_py())
                for name, (table, where, _) in retention.CHANGES.items()
                if name in limits
            }  # fmt: skip
            if CONTACTS in limits:
                idle = asked.ask(retention.IDLE.replace("$", ":"), before=limits[CONTACTS])["node"].to_pylist()
                found[CONTACTS] = self._idle_contacts(frozenset(idle), limits[CONTACTS])
        return {name: count for name, count in found.items() if count}

    def _idle_contacts(self, idle: frozenset[int], before: dt.datetime) -> int:
        import duckdb

        if not idle or not self.workspace.contacts.exists():
            return 0
        with closing(duckdb.connect(str(self.workspace.contacts), read_only=True)) as connection:
            where = retention.idle_contacts(idle)
            return int(
                connection.execute(f"SELECT count(*) FROM contacts WHERE {where}", {"before": before}).fetchall()[0][0]
            )
