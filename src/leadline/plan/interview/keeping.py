"""Keeping an interview in a workspace: read the plan, write each answer at once and whole, never over somebody else's.

The plan is the state. `evidence/interview.json` holds flow, asked, skipped, notes and time, and may be deleted.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import fcntl
import json
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from leadline.plan.history import History, Saying
from leadline.plan.interview.addresses import value_at
from leadline.plan.interview.asks import State
from leadline.plan.interview.session import Outcome, Overtaken, Session
from leadline.plan.source import Document, read_plan

__all__ = ["Desk"]

_CANNOT_GO_BACK = (
    "The plan was changed meanwhile by somebody else; the last answer cannot be taken back. Write a new one: go ID."
)
_LOST = "Nothing was written. Answer again to replace it, or press Enter to keep it."


class Desk:
    """The place where an interview is kept: a plan (file or folder) and the file that says where it stands.

    history: what answers change is recorded there, so that each can be undone; None records nothing · by: who answers
    """

    def __init__(self, plan: Path, state: Path, *, history: History | None = None, by: str = "") -> None:
        """Keep what is given; nothing is read yet."""
        self.plan = plan
        self.state = state
        self.history = history
        self.by = by

    def read(self) -> Document:
        """Read the plan; raises PlanError."""
        return read_plan(self.plan)

    def read_state(self, flow: str) -> State:
        """Return where an interview stands; a file that is absent, damaged or of another flow counts as none."""
        try:
            raw = json.loads(self.state.read_text(encoding="utf-8"))
            known = raw["flow"] == flow
            asked, skipped = (tuple(str(key) for key in raw[name]) for name in ("asked", "skipped"))
            notes = dict(raw.get("notes", {}))
        except (OSError, ValueError, KeyError, TypeError):
            return State(flow)
        return State(flow, asked, skipped, notes) if known else State(flow)

    def reply(self, session: Session, text: str | Mapping[str, str], *, now: dt.datetime) -> Outcome:
        """Return what a line makes of the session, with the file changed accordingly (see `Session.reply`)."""
        return self.act(session, lambda current: current.reply(text), now=now)

    def act(self, session: Session, step: Callable[[Session], Outcome], *, now: dt.datetime) -> Outcome:
        """Take a step of the session and write what it changed, at once and whole.

        Where the file was changed since the session read it, the step is taken on the file as it is now, unless a place
        the step writes holds another value than before: then nothing is written, and both values are told.
        """
        with self._alone():
            current = self.read()
            based_on = session.document
            if current.texts != based_on.texts:
                outcome = step(_same_question(session, current))
                if outcome.kind == "back":
                    return Outcome(session.on(current), "conflict", (_CANNOT_GO_BACK,))
                overtaken = _overtaken(outcome, based_on, current)
                if overtaken:
                    theirs = tuple(one.sentence() for one in overtaken)
                    return Outcome(session.on(current), "conflict", (*theirs, _LOST), overtaken=overtaken)
                base = current
            else:
                outcome, base = step(session), based_on
            self._write(base.texts, outcome.session.document.texts, _saying(session, outcome, at=now, by=self.by))
            self._write_state(outcome.session.state, now)
            return outcome

    def _write(self, before: Mapping[str, str], after: Mapping[str, str], saying: Saying) -> None:
        if self.history is not None:
            self.history.keep(before, after, saying=saying)
            return
        for file, text in after.items():
            if before.get(file) != text:
                replace_file(Path(file), text)

    def _write_state(self, state: State, now: dt.datetime) -> None:
        document = {
            "flow": state.flow,
            "asked": list(state.asked),
            "skipped": list(state.skipped),
            "notes": dict(state.notes),
            "time": now.isoformat(timespec="seconds"),
        }
        self.state.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        replace_file(self.state, json.dumps(document, ensure_ascii=False, indent=1) + "\n")

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Hold the plan's folder against other interviews while one answer is read, compared and written."""
        folder = os.open(self.plan.parent, os.O_RDONLY)
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)
            yield
        finally:
            os.close(folder)


def _saying(session: Session, outcome: Outcome, *, at: dt.datetime, by: str) -> Saying:
    """Return what is said of the edit that an answer makes: the question it answers, or what was done instead."""
    elements = tuple(sorted(outcome.touched | set(outcome.made)))
    if outcome.kind == "back":
        earlier = session.earlier.next() if session.earlier is not None else None
        return Saying(at, by, f"Taken back: {earlier.text}" if earlier else "Taken back", elements)
    if not outcome.paths and outcome.says:  # no answer: an assumption, an exception, another id
        return Saying(at, by, outcome.says[0], elements)
    prompt = session.next()
    return Saying(at, by, f"Answered: {prompt.text}" if prompt else "Answered", elements)


def replace_file(path: Path, text: str) -> None:
    """Write a file so that a reader finds the old text or the new one, never half of either."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            Path(name).chmod(path.stat().st_mode & 0o777)
        else:
            Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _same_question(session: Session, current: Document) -> Session:
    """Return the session on the file as it is now, still at the question that the person was asked."""
    ask = session.ask()
    return replace(session.on(current), again=ask.key if ask is not None and not ask.another else session.again)


def _overtaken(outcome: Outcome, based_on: Document, current: Document) -> tuple[Overtaken, ...]:
    """Return what somebody else wrote meanwhile at the places an answer wants to write; empty where nothing was."""
    found = []
    for path in outcome.paths:
        before, theirs = value_at(based_on, path), value_at(current, path)
        yours = value_at(outcome.session.document, path)
        if theirs not in (before, yours) and theirs is not None:
            found.append(Overtaken(path, theirs, yours))
    return tuple(found)
