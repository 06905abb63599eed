"""Forgetting one person, in every file that Leadline keeps, so that a kill at any moment leaves it to be finished.

What is to be looked for lies in `evidence/forgetting.json` while it lasts; the next import or the next `forget` finds it
there and finishes. Every step may be done twice. The order: keyed hashes that keep the person out come first, then
ledgers, contacts, the warehouse, files, new database files without free pages, at last the receipt.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from leadline.evidence import (
    compacting,
    emptying,
    keying,
    ledgers,
    locking,
    merging,
    people,
    scrubbing,
    staging,
    subjects,
)
from leadline.evidence.privacy import Key, Pseudonyms, private_files
from leadline.evidence.store import Reach, Warehouse, open_store
from leadline.evidence.subjects import Subject
from leadline.evidence.suppression import Forgotten, hash_of_pseudonym, phrases, read_forgotten
from leadline.workspace import Workspace

RECEIPT_DIGITS = 16  # own: as names of imports
WORK = "forgetting.json"
NOTE = (
    "Files that still hold the person are yours: change or delete them yourself. Backups of the workspace hold it, too."
)


@dataclass(frozen=True)
class Receipt:
    """What was done about one person, without naming them.

    erasure: name of the receipt · tables: what was done in which table → rows · removed: files that went
    still_hold: files that are not Leadline's to change · imports: exports that brought the person · hash: over all of it
    """

    erasure: str
    at: dt.datetime
    identifiers: int
    tables: Mapping[str, int]
    removed: tuple[str, ...]
    still_hold: tuple[str, ...]
    imports: tuple[str, ...]
    hash: str = ""
    notes: tuple[str, ...] = (NOTE,)

    def document(self) -> dict[str, Any]:
        """Return the receipt as a plain document."""
        return {
            "erasure": self.erasure, "at": self.at.isoformat(), "identifiers": self.identifiers,
            "tables": dict(sorted(self.tables.items())), "removed": list(self.removed),
            "still_hold": list(self.still_hold), "imports": list(self.imports), "hash": self.hash, "notes": list(self.notes),
        }  # fmt: skip

    def signed(self) -> Receipt:
        """Return the receipt with the hash over what it says."""
        said = {name: value for name, value in self.document().items() if name != "hash"}
        digest = hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()
        return Receipt(**{**vars(self), "hash": digest})


@dataclass
class Work:
    """An erasure at work. counts, imports, rejects, removed: what was done so far; kept over a kill."""

    erasure: str
    at: str
    subject: Subject
    suppressed: tuple[str, ...]
    counts: Counter[str] = field(default_factory=Counter)
    imports: list[str] = field(default_factory=list)
    rejects: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)

    def save(self, path: Path) -> None:
        """Write down how far it came, whole or not at all."""
        told = {**vars(self), "subject": subjects.as_document(self.subject)}
        ledgers.put_whole(path, json.dumps(told))

    @classmethod
    def read(cls, path: Path) -> Work | None:
        """Return the erasure that was cut, None where there is none."""
        if not path.exists():
            return None
        told = json.loads(path.read_text(encoding="utf-8"))
        subject = Subject(**{name: tuple(values) for name, values in told["subject"].items()})
        counts = Counter(told["counts"])
        lists = {name: list(told[name]) for name in ("imports", "rejects", "removed")}
        return cls(told["erasure"], told["at"], subject, tuple(told["suppressed"]), counts, **lists)


@dataclass(frozen=True)
class Eraser:
    """The steps of an erasure, each of which may be done twice. clock: the time now, UTC without zone."""

    workspace: Workspace
    key: Key
    clock: Callable[[], dt.datetime]
    wait: float = locking.WAIT_SECONDS

    @property
    def store(self) -> Warehouse:
        """Return the workspace's warehouse."""
        return open_store(self.workspace)

    @property
    def work_file(self) -> Path:
        """Return where an erasure at work says what it looks for; it is gone with the receipt."""
        return self.workspace.evidence / WORK

    def forget(self, subject: str) -> Receipt:
        """Forget one person. Raises UsageError where nobody, or several people, are meant."""
        with private_files():
            self.resume()
            keying.refuse_half(self.workspace)
            with self._alone():
                keying.check(self.store, self.key)
                compacting.refuse_other_engine(self.workspace, self.store)
                found = subjects.find(self.workspace, self.store, subject=subject, key=self.key)
                work = self._begin(found)
                work.save(self.work_file)
                return self._finish(work)

    def resume(self) -> Receipt | None:
        """Finish an erasure that a kill cut, where there is one. Raises WarehouseError under another key than it was begun."""
        if not self.work_file.exists():
            return None
        with private_files(), self._alone():
            keying.check(self.store, self.key)
            work = Work.read(self.work_file)
            return None if work is None else self._finish(work)

    def _alone(self) -> Any:  # noqa: ANN401 - a context of locking
        return locking.exclusive(
            self.workspace.lock, started=self.clock(), wait=self.wait, command="forgetting a person"
        )  # fmt: skip

    def _begin(self, subject: Subject) -> Work:
        at = self.clock().isoformat(timespec="seconds")
        pseudonyms = Pseudonyms(self.key)
        words = [" ".join(phrase) for one in subject.sure if (phrase := list(phrases(one))[-1:])]
        names = [*subject.pseudonyms, *(pseudonyms.once("words", one) for one in words)]
        suppressed = tuple(sorted({hash_of_pseudonym(self.key, one) for one in names}))
        erasure = hashlib.sha256("\x1f".join((at, *suppressed)).encode()).hexdigest()[:RECEIPT_DIGITS]
        return Work(erasure, at, subject, suppressed)

    def _finish(self, work: Work) -> Receipt:
        forms = scrubbing.forms_of(work.subject)
        begun = {"erasure": work.erasure, "is": "begun", "at": work.at, "suppressed": list(work.suppressed)}
        if not any(line.get("erasure") == work.erasure for line in ledgers.read(self.workspace.erasures)):
            ledgers.append(self.workspace.erasures, [begun])
        forgotten = read_forgotten(self.workspace, self.key)
        if lines := scrubbing.clean_ledgers(self.workspace, forms):
            self._note(work, {"ledger lines deleted": lines})
        if rows := emptying.empty_contacts(self.workspace.contacts, work.subject):
            self._note(work, {"contacts deleted": rows})
        self._empty_warehouse(work, forgotten)
        self._clean_files(work, forms, forgotten)
        compacting.compact_all(self.workspace, self.store)
        receipt = Receipt(
            work.erasure, dt.datetime.fromisoformat(work.at), len(work.subject.pseudonyms), dict(work.counts),
            tuple(work.removed), tuple(scrubbing.still_hold(self.workspace, forms)), tuple(self._files_of(work, forms)),
        ).signed()  # fmt: skip
        done = [line for line in ledgers.read(self.workspace.erasures) if line.get("erasure") == work.erasure]
        if not any(line.get("is") == "done" for line in done):
            ledgers.append(self.workspace.erasures, [{**receipt.document(), "is": "done"}])
        self.work_file.unlink(missing_ok=True)
        self.work_file.with_name(f".{WORK}.part").unlink(missing_ok=True)
        return receipt

    def _empty_warehouse(self, work: Work, forgotten: Forgotten) -> None:
        if not self.store.exists():
            return
        with self.store.writing(Reach(whole=True)) as connection, merging.transaction(connection):
            done = emptying.Emptying(connection, work.subject, forgotten).run()
            if done.counts:
                people.renew(connection, f"forgotten {work.erasure}")
                work.imports = sorted({*work.imports, *done.imports})
                work.rejects = sorted({*work.rejects, *done.rejects})
                self._note(work, done.counts)  # before the commit: done again, nothing is left to be counted

    def _note(self, work: Work, counts: Mapping[str, int]) -> None:
        for name, count in counts.items():  # a step that a kill cut is counted by the run that did the most of it
            work.counts[name] = max(work.counts[name], count)
        work.save(self.work_file)

    def _clean_files(self, work: Work, forms: scrubbing.Forms, forgotten: Forgotten) -> None:
        staging.remove_stale(self.workspace.staging)
        gone = scrubbing.clean_evidence(self.workspace, forms, forgotten=forgotten, apart=self.work_file)
        work.removed = sorted({*work.removed, *gone})
        work.save(self.work_file)
        if self.store.exists():
            scrubbing.clean_rejects(self.workspace, work.rejects, store=self.store)

    def _files_of(self, work: Work, forms: scrubbing.Forms) -> list[str]:
        """Return the names of the exports that brought the person's rows."""
        if not work.imports or not self.store.exists():
            return []
        named = ", ".join(f"'{one}'" for one in work.imports if one.isalnum())
        rows = self.store.ask(
            f"SELECT DISTINCT file FROM imports WHERE import_id IN ({named}) ORDER BY file"
        ).to_pylist()
        return scrubbing.forms_hidden(forms, [str(row["file"]) for row in rows])
