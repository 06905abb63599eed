"""A new key for the pseudonyms: everything stored goes from the old one to it, all or nothing.

The new key is on the disk first, beside the old one. Then `evidence/rotating.json` says that it counts: before that
nothing is changed, after it everything is carried through, by this process or, after a kill, by the next import,
erasure or change of key. Each step knows by a mark whether it is done. Until the file is gone, nobody is asked about.
"""

from __future__ import annotations

import datetime as dt
import json
import secrets
import shutil
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from leadline.errors import UsageError, WarehouseError
from leadline.evidence import (
    compacting,
    consent_book,
    forgetting,
    keying,
    ledgers,
    locking,
    merging,
    people,
    rekeyed,
    schema,
)
from leadline.evidence.privacy import KEY_BYTES, Key, private_files, read_key
from leadline.evidence.rekeying import Rekeying
from leadline.evidence.store import Reach, Warehouse, open_store
from leadline.workspace import Workspace

NOTE = (
    "Backups of the workspace hold the pseudonyms of the old key. The old keys stay beside the new one: without them no "
    "import finds the same people again. Keep them together, outside the workspace."
)


@dataclass(frozen=True)
class Rotated:
    """What a change of key did. key: its mark · tables: what was brought under it → rows · removed: results to be made anew."""

    key: str
    at: dt.datetime
    tables: Mapping[str, int]
    removed: tuple[str, ...]
    kept_in: str
    notes: tuple[str, ...] = (NOTE,)

    def document(self) -> dict[str, Any]:
        """Return it as a plain document."""
        return {
            "key": self.key, "at": self.at.isoformat(), "tables": dict(sorted(self.tables.items())), "removed": list(self.removed),
            "kept_in": self.kept_in, "notes": list(self.notes),
        }  # fmt: skip


@dataclass
class Rotation:
    """A change of key, of which every step may be done twice. key: as it is given · clock: the time now, UTC without zone."""

    workspace: Workspace
    key: Key
    clock: Callable[[], dt.datetime]
    wait: float = locking.WAIT_SECONDS
    counts: Counter[str] = field(default_factory=Counter)
    removed: list[str] = field(default_factory=list)

    @property
    def store(self) -> Warehouse:
        """Return the workspace's warehouse."""
        return open_store(self.workspace)

    @property
    def journal(self) -> Path:
        """Return where a change of key at work says so."""
        return self.workspace.evidence / keying.JOURNAL

    def rotate(self) -> Rotated:
        """Put a new key in; one that a kill cut is finished instead. Raises UsageError where the environment says the key."""
        if not self.journal.exists():  # what was begun under the key before knows its person by that key's names alone
            forgetting.Eraser(self.workspace, keying.under(self.store, self.key), self.clock, self.wait).resume()
        with private_files(), self._alone():
            compacting.refuse_other_engine(self.workspace, self.store)
            if not self.journal.exists():
                new = self._next()
                begun = {"from": keying.mark_of(self.store) or new.at(new.era - 1).mark}
                told = {"to": new.mark, "at": self.clock().isoformat(timespec="seconds"), **begun}
                ledgers.put_whole(self.journal, json.dumps(told))
            return self._finish()

    def resume(self) -> Key:
        """Finish a change of key that a kill cut, where there is one; return the key that counts."""
        if self.journal.exists():
            with private_files(), self._alone():
                if self.journal.exists():
                    compacting.refuse_other_engine(self.workspace, self.store)
                    self._finish()
                elif self.key.file is not None:  # another process finished it while this one waited
                    self.key = read_key(self.key.file)
        return self.key

    def _alone(self) -> Any:  # noqa: ANN401 - a context of locking
        return locking.exclusive(
            self.workspace.lock, started=self.clock(), wait=self.wait, command="putting a new key in"
        )

    def _next(self) -> Key:
        """Return the key that follows, on the disk if it is made here.

        It may stand in front of the one that the evidence is under already: in the environment, where its owner put it, or
        in the file, where the evidence came back from a backup; also of one of some changes ago.
        """
        if self.key.file is not None:  # another process may have put one in while this one waited
            self.key = read_key(self.key.file)
        if keying.era_of(self.key, keying.mark_of(self.store)) not in {None, self.key.era}:
            return self.key
        if self.key.file is None:
            raise UsageError(
                "The key stands in LEADLINE_KEY, which only you can change. Put a new one in front of it, as in "
                'LEADLINE_KEY="$(openssl rand -hex 32) $LEADLINE_KEY", and run leadline evidence --rotate-key again.'
            )
        keying.check(self.store, self.key)
        new = Key(secrets.token_bytes(KEY_BYTES), former=(self.key.secret, *self.key.former), file=self.key.file)
        ledgers.put_whole(_beside(self.key.file), "\n".join(one.hex() for one in reversed(new.secrets)))
        return new

    def _finish(self) -> Rotated:
        told = json.loads(self.journal.read_text(encoding="utf-8"))
        new = self._found(told["to"])
        before = keying.era_of(new, told.get("from"))
        since = new.era - 1 if before is None else before
        self._ledgers(new, told["at"], since)
        self._warehouse(new)
        self._contacts(new, since)
        for path in sorted(self.workspace.results.glob("*/*/")) if self.workspace.results.is_dir() else ():
            shutil.rmtree(path, ignore_errors=True)  # rows of people stand in some of them; a review makes them anew
            self.removed.append(path.relative_to(self.workspace.folder).as_posix())
        compacting.compact_all(self.workspace, self.store)
        if new.file is not None and (beside := _beside(new.file)).exists():
            beside.replace(new.file)
            compacting.to_disk(new.file.parent)
        self.key = new
        self.journal.unlink()
        kept_in = "LEADLINE_KEY" if new.file is None else str(new.file)
        return Rotated(new.mark, dt.datetime.fromisoformat(told["at"]), dict(self.counts), tuple(self.removed), kept_in)

    def _found(self, mark: str) -> Key:
        """Return the key of a mark. Raises WarehouseError where it is nowhere."""
        file = self.key.file
        known = [self.key, *(read_key(one) for one in (file and _beside(file), file) if one and one.exists())]
        for one in known:
            if one.mark == mark:
                return Key(one.secret, former=one.former, file=file)
        where = _beside(file) if file else "LEADLINE_KEY"
        raise WarehouseError(
            f"A new key was being put in, and it is not in {where}. Restore it there and run leadline evidence --rotate-key; "
            "nothing else is taken in until then."
        )

    def _ledgers(self, new: Key, at: str, since: int) -> None:
        """Bring the ledgers of people under the key; the first line of each says that it is, also of one that is to come.

        since: the era of a ledger that does not say its own
        """
        kinds = {
            self.workspace.consent: rekeyed.consent_line, self.workspace.links: rekeyed.link_line,
            self.workspace.erasures: rekeyed.erasure_line,
        }  # fmt: skip
        for path, line_of in kinds.items():
            with ledgers.held(path):
                told = list(ledgers.read(path))
                if told and told[0].get(keying.MARK) == new.mark:
                    continue
                mark = str(told[0].get(keying.MARK)) if told else None
                lines = [line for line in told if keying.MARK not in line]
                for secret in self._later(new, mark, since):
                    lines = [line_of(secret, line) for line in lines]
                ledgers.rewrite(path, [{keying.MARK: new.mark, "since": at}, *lines])
            if lines:
                self.counts[f"ledger/{path.name}"] = len(lines)

    def _later(self, new: Key, mark: str | None, since: int) -> tuple[bytes, ...]:
        """Return the secrets that what is under a mark has yet to go through, in their order. since: its era without one."""
        era = keying.era_of(new, mark)
        return new.secrets[(since if era is None else era) + 1 :]

    def _warehouse(self, new: Key) -> None:
        mark = keying.mark_of(self.store)
        if not self.store.exists() or mark == new.mark:
            return
        with self.store.writing(Reach(whole=True)) as connection, merging.transaction(connection):
            done = [Rekeying(connection, one).warehouse() for one in self._later(new, mark, new.era - 1)]
            self.counts.update(done[-1])
            connection.execute("DELETE FROM consent")
            self.counts["consent"] = consent_book.bring_in(connection, self.workspace)
            people.renew(connection, f"key {new.mark}")
            keying.put(connection, new)

    def _contacts(self, new: Key, since: int) -> None:
        import duckdb

        if not self.workspace.contacts.exists():
            return
        with closing(duckdb.connect(str(self.workspace.contacts))) as connection:
            connection.execute(f"{schema.CONTACTS.ddl()}; {schema.META.ddl()}")
            rows = connection.execute(f"SELECT value FROM meta WHERE key = '{keying.MARK}'").fetchall()
            mark = str(rows[0][0]) if rows else None
            if mark == new.mark:
                return
            with merging.transaction(connection):
                done = [Rekeying(connection, one).contacts() for one in self._later(new, mark, since)]
                self.counts.update(done[-1])
                keying.put(connection, new)


def _beside(file: Path) -> Path:
    return file.with_suffix(".next")
