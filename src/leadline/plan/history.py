"""What was edited through Leadline: who, when, in words, with the old and the new text; and every edit can be undone.

    history = History(workspace)
    entry = history.write(document, splices, saying=Saying(now, "ines", "search: budget", ("search",)))
    history.undo(entry.id, at=now, by="ines")

`ledger/edits.jsonl` is only appended to. What is meant is written first, then the plan, then that it came to be: whatever
a kill leaves behind is settled at the next reading, rolled forward where some of the files were written, told where none
was. Edits made elsewhere show as gaps between what was written and what was found.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import difflib
import fcntl
import hashlib
import itertools
import os
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from leadline.errors import LeadlineError, PlanError
from leadline.plan.edits import Splice, spliced
from leadline.plan.journal import append_line, read_lines
from leadline.plan.saving import save
from leadline.plan.source import Document, known_texts, read_plan
from leadline.workspace import Workspace

__all__ = ["Change", "Entry", "History", "Outside", "Overtaken", "Saying", "Told"]

AROUND = 60  # letters kept on either side of a change: enough to find it again after edits made elsewhere (house)
ID_BYTES = 6  # house: 48 bits name an edit of one plan
_State = Literal["open", "landed", "dropped", "unclear"]


class Overtaken(PlanError):
    """The plan's files are no longer those that an edit was made of; nothing was written."""


@dataclass(frozen=True)
class Saying:
    """What is said of an edit. at: UTC without zone · said: in words · elements: ids it touches · undoes: id of an edit."""

    at: dt.datetime
    by: str
    said: str
    elements: tuple[str, ...] = ()
    undoes: str = ""


@dataclass(frozen=True)
class Change:
    """One stretch of a file: where it began before the edit, the old text and the new, and what stood around it."""

    file: str
    start: int
    old: str
    new: str
    ahead: str = ""
    behind: str = ""


@dataclass(frozen=True)
class Entry:
    """One edit.

    hashes: file -> SHA-256 before and after · state: landed, dropped (it never came to be), unclear (the file was changed
    elsewhere before that could be told) · undone_by: the edit that took it back, "" while it stands
    """

    id: str
    saying: Saying
    hashes: Mapping[str, tuple[str, str]]
    changes: tuple[Change, ...]
    state: _State = "open"
    undone_by: str = ""


@dataclass(frozen=True)
class Outside:
    """A file was changed by something else than Leadline's own editing, between two edits or since the last."""

    file: str
    after: str
    before: str


@dataclass(frozen=True)
class Told:
    """The edits in the order of time, what was changed elsewhere between them, and notes on what could not be read."""

    events: tuple[Entry | Outside, ...]
    notes: tuple[str, ...] = ()

    @property
    def entries(self) -> tuple[Entry, ...]:
        """Return the edits alone."""
        return tuple(one for one in self.events if isinstance(one, Entry))

    def of(self, element: str, *, moved: Mapping[str, str]) -> tuple[Entry, ...]:
        """Return the edits that touched an element, also under older ids. moved: old id -> present id."""
        return tuple(one for one in self.entries if element in {moved.get(name, name) for name in one.saying.elements})


class History:
    """The edits of one workspace's plan."""

    def __init__(self, workspace: Workspace, *, ahead: Callable[[Document], None] | None = None) -> None:
        """Name the workspace; nothing is read yet. ahead: told of the plan as it will stand, before its files are replaced."""
        self.workspace = workspace
        self._ahead = ahead

    def read(self) -> Told:
        """Return every edit; what a kill left open is settled first."""
        with self._alone():
            entries, notes = self._settled()
        return Told(tuple(self._with_gaps(entries)), notes)

    def write(self, document: Document, splices: Sequence[Splice], *, saying: Saying) -> Entry | None:
        """Write splices of a document into the plan; return the edit, None where they change nothing.

        Raises Overtaken where the files are no longer those of the document, PlanError where the result could not be read.
        """
        after = spliced(document.texts, splices)
        if after == dict(document.texts):
            return None
        self._foretell(after)
        with self._alone():
            self._settled()
            self._refuse_overtaken(document.texts)
            return self._write(document.texts, splices, saying)

    def keep(self, before: Mapping[str, str], after: Mapping[str, str], *, saying: Saying) -> Entry | None:
        """Write whole texts in the place of others, as an edit like any other; return it, None where nothing differs.

        For whoever holds the lock already and has compared the files: the desk of an interview.
        """
        splices = [splice for file, text in after.items() for splice in _differences(file, before[file], text)]
        if not splices:
            return None
        self._settled()
        return self._write(before, splices, saying)

    def undo(self, identity: str, *, at: dt.datetime, by: str) -> Entry:
        """Put the old text back where the new one still stands; undoing an undo does the edit again.

        Raises LeadlineError where there is no such edit, or what it wrote was changed since.
        """
        with self._alone():
            entries, _ = self._settled()
            entry = next((one for one in entries if one.id == identity and one.state == "landed"), None)
            if entry is None:
                raise LeadlineError(f'There is no edit "{identity}" to undo. The page of the history lists them.')
            if entry.undone_by:
                raise LeadlineError(f'"{entry.saying.said}" was taken back already.')
            texts = self._texts()
            splices = [self._inverse(change, entry, entries, texts) for change in entry.changes]
            self._foretell(spliced(texts, splices))
            words = f"Taken back: {entry.saying.said}" if not entry.saying.undoes else _again(entry.saying.said)
            saying = Saying(at, by, words, entry.saying.elements, identity)
            return self._write(texts, splices, saying)

    # writing

    def _foretell(self, after: Mapping[str, str]) -> None:
        """Read the plan as it will stand, and let those who wait for it know. Raises PlanError where it could not be read."""
        document = known_texts(after)
        if self._ahead is not None:
            self._ahead(document)

    def _write(self, texts: Mapping[str, str], splices: Sequence[Splice], saying: Saying) -> Entry:
        """Say what is meant, write it, say that it came to be. The lock is held."""
        after = spliced(texts, splices)
        changed = [file for file in after if after[file] != texts[file]]
        entry = Entry(
            secrets.token_hex(ID_BYTES),
            saying,
            {self._name(file): (_hash(texts[file]), _hash(after[file])) for file in changed},
            tuple(self._change(one, texts[one.file]) for one in _in_order(splices)),
        )
        append_line(self.workspace.edits, _record(entry))
        try:
            save(texts, after)
        except BaseException:
            with contextlib.suppress(OSError):
                self._settled()
            raise
        with contextlib.suppress(OSError):  # it has come to be; the next reading notes it where the disk is full now
            append_line(self.workspace.edits, {"landed": entry.id})
        return replace(entry, state="landed")

    def _change(self, splice: Splice, text: str) -> Change:
        return Change(
            self._name(splice.file),
            splice.start,
            text[splice.start : splice.end],
            splice.text,
            text[max(0, splice.start - AROUND) : splice.start],
            text[splice.end : splice.end + AROUND],
        )

    def _refuse_overtaken(self, texts: Mapping[str, str]) -> None:
        now = {self._name(file): text for file, text in self._texts().items()}
        if now != {self._name(file): text for file, text in texts.items()}:
            raise Overtaken(f"{self.workspace.plan.name}: The plan was changed meanwhile, so nothing was written.")

    # settling what a kill left

    def _settled(self) -> tuple[list[Entry], tuple[str, ...]]:
        """Return the edits with what became of each; one left open is settled and told. The lock is held."""
        records, notes = read_lines(self.workspace.edits)
        entries: dict[str, Entry] = {}
        for record in records:
            for state in ("landed", "dropped", "unclear"):
                if isinstance(record.get(state), str) and record[state] in entries:
                    entries[record[state]] = replace(entries[record[state]], state=state)
            if "splices" in record:
                try:
                    entry = _entry(record)
                except (KeyError, TypeError, ValueError):
                    notes = (*notes, f"{self.workspace.edits.name}: A record of a later version is passed over.")
                    continue
                entries[entry.id] = entry
        for entry in [one for one in entries.values() if one.state == "open"]:
            state = self._settle(entry)
            append_line(self.workspace.edits, {state: entry.id})
            entries[entry.id] = replace(entry, state=state)
        return _undone(list(entries.values())), notes

    def _settle(self, entry: Entry) -> _State:
        """Return what became of an edit that was cut off; where some of its files were written, write the others."""
        found = {name: _hash(self._text(name)) for name in entry.hashes}
        if all(found[name] == before for name, (before, _) in entry.hashes.items()):
            return "dropped"
        left = [name for name, (before, _) in entry.hashes.items() if found[name] == before]
        if any(found[name] not in hashes for name, hashes in entry.hashes.items()):
            return "unclear"
        texts = {str(self.workspace.folder / name): self._text(name) for name in left}
        save(texts, spliced(texts, [self._splice(one) for one in entry.changes if one.file in left]))
        return "landed"

    def _splice(self, change: Change) -> Splice:
        return Splice(
            str(self.workspace.folder / change.file), change.start, change.start + len(change.old), change.new
        )

    # undoing

    def _inverse(self, change: Change, entry: Entry, entries: Sequence[Entry], texts: Mapping[str, str]) -> Splice:
        """Return the splice that puts the old text back, where the new one stands now."""
        file = next((name for name in texts if self._name(name) == change.file), None)
        start = None if file is None else _place(change, entry, entries, text=texts[file])
        if file is None or start is None:
            raise LeadlineError(
                f'"{entry.saying.said}" cannot be taken back: what it wrote in {change.file} was changed since. '
                "Change the field itself, or take back the later edits first."
            )
        return Splice(file, start, start + len(change.new), change.old)

    # files

    def _with_gaps(self, entries: Sequence[Entry]) -> Iterator[Entry | Outside]:
        known: dict[str, str] = {}
        for entry in entries:
            if entry.state == "landed":
                for name, (before, after) in entry.hashes.items():
                    if known.get(name, before) != before:
                        yield Outside(name, known[name], before)
                    known[name] = after
            yield entry
        for name, after in known.items():
            now = _hash(self._text(name))
            if now != after:
                yield Outside(name, after, now)

    def _texts(self) -> dict[str, str]:
        return dict(read_plan(self.workspace.plan).texts)

    def _text(self, name: str) -> str:
        path = self.workspace.folder / name
        return path.read_bytes().decode("utf-8", "surrogateescape") if path.exists() else ""

    def _name(self, file: str) -> str:
        """Return how a file of the plan is called in the ledger: `plan.yaml`, or `plan/tactics.yaml`."""
        return f"plan/{Path(file).name}" if self.workspace.plan.is_dir() else Path(file).name

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Hold the workspace against other edits, the interview's among them."""
        folder = os.open(self.workspace.plan.parent, os.O_RDONLY)
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)
            yield
        finally:
            os.close(folder)


def _place(change: Change, entry: Entry, entries: Sequence[Entry], *, text: str) -> int | None:
    """Return where the new text of a change stands now: moved along by the edits since, else found by what stood around."""
    later = _cancelled(entries[entries.index(entry) + 1 :])
    start = _after(change, entry.changes)
    known = entry.hashes[change.file][1]
    for one in later:
        if change.file not in one.hashes:
            continue
        if one.hashes[change.file][0] != known:
            return _found(change, text)
        for other in reversed([each for each in one.changes if each.file == change.file]):
            end = other.start + len(other.old)
            if end <= start:
                start += len(other.new) - len(other.old)
            elif other.start < start + len(change.new):
                return None
        known = one.hashes[change.file][1]
    return start if _hash(text) == known else _found(change, text)


def _after(change: Change, changes: Sequence[Change]) -> int:
    """Return where a change begins in the text that its edit left."""
    ahead = [one for one in changes if one.file == change.file and one.start < change.start]
    return change.start + sum(len(one.new) - len(one.old) for one in ahead)


def _cancelled(entries: Sequence[Entry]) -> list[Entry]:
    """Return the edits that came to be, without each pair of an edit and the one that took it back right after."""
    kept: list[Entry] = []
    for entry in entries:
        if entry.state != "landed":
            continue
        if kept and entry.saying.undoes == kept[-1].id:
            kept.pop()
        else:
            kept.append(entry)
    return kept


def _found(change: Change, text: str) -> int | None:
    """Return the one place where the new text stands between what stood around it, None where it is not one."""
    around = change.ahead + change.new + change.behind
    at = text.find(around)
    if at < 0 or text.find(around, at + 1) >= 0:
        return None
    return at + len(change.ahead)


def _undone(entries: list[Entry]) -> list[Entry]:
    """Return the edits with the one that took each back; an edit whose undoing was undone stands again."""
    by: dict[str, str] = {}
    for entry in reversed(entries):
        if entry.saying.undoes and entry.state == "landed" and entry.id not in by:
            by[entry.saying.undoes] = entry.id
    return [replace(entry, undone_by=by.get(entry.id, "")) for entry in entries]


def _again(said: str) -> str:
    return said.replace("Taken back: ", "Done again: ", 1)


def _differences(file: str, before: str, after: str) -> Iterator[Splice]:
    """Yield the splices, line by line, that make one text of another."""
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    starts = [0, *itertools.accumulate(map(len, old))]
    for kind, first, last, new_first, new_last in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind != "equal":
            yield Splice(file, starts[first], starts[last], "".join(new[new_first:new_last]))


def _in_order(splices: Sequence[Splice]) -> list[Splice]:
    return sorted(splices, key=lambda one: (one.file, one.start, one.end))


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()


def _record(entry: Entry) -> dict[str, Any]:
    saying = entry.saying
    return {
        "id": entry.id,
        "at": saying.at.isoformat(timespec="seconds"),
        "by": saying.by,
        "said": saying.said,
        "elements": list(saying.elements),
        "undoes": saying.undoes or None,
        "files": {name: {"before": before, "after": after} for name, (before, after) in entry.hashes.items()},
        "splices": [
            {
                "file": one.file,
                "start": one.start,
                "old": one.old,
                "new": one.new,
                "ahead": one.ahead,
                "behind": one.behind,
            }
            for one in entry.changes
        ],
    }


def _entry(record: Mapping[str, Any]) -> Entry:
    saying = Saying(
        dt.datetime.fromisoformat(record["at"]),
        str(record["by"]),
        str(record["said"]),
        tuple(map(str, record["elements"])),
        str(record.get("undoes") or ""),
    )
    hashes = {str(name): (str(one["before"]), str(one["after"])) for name, one in record["files"].items()}
    changes = tuple(Change(**{key: one[key] for key in Change.__dataclass_fields__}) for one in record["splices"])
    return Entry(str(record["id"]), saying, hashes, changes)
