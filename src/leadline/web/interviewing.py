"""The interviews that go on in this server: one per flow, the same sessions and desks that the terminal uses.

    talk = talk_of(site, "first")
    outcome = talk.take(site, Reply(key, version, "growing"))

The plan is the state; beside it stand only follow-ups, the way back and what the last step said, and all of that may be
lost. A page carries the version of the plan it was made from, so that an answer given on an old page is seen as such.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from threading import Lock, RLock
from typing import TYPE_CHECKING, cast

from leadline.align.interviewing import Interviewing, begun, judge_of, scored
from leadline.plan.history import History
from leadline.plan.interview import Desk, Item, Outcome, Session, read_flow
from leadline.plan.interview.asks import State
from leadline.plan.interview.refusal import Refusal
from leadline.review.new_workspace import blank, desk_of
from leadline.web.reading import version_of

if TYPE_CHECKING:
    from leadline.plan.source import Document
    from leadline.web.site import Site

SHARED = "interview"
MOST_KNOWN = 12  # own: states of the plan that open pages may still be made from; older ones are asked again
MOST_BACK = 30  # own: answers that can be taken back one by one; each keeps the plan as it was
CONFLICT, REFUSED, STALE, GONE = "conflict", "refused", "stale", "gone"


@dataclass(frozen=True)
class Reply:
    """What a page sends. key: of what it asked · version: of the plan it was made from · said: the line, or its parts."""

    key: str
    version: str
    said: str | Mapping[str, str]


@dataclass
class Talk:
    """One interview of this server.

    session: where it stands · desk: keeps each answer, None while there is nothing to keep it in
    last: what the last step gave, shown once · known: the plan by its versions, as pages were made from it
    recurring: it asks about what a review found · known_on: the day on which that was looked at
    """

    session: Session
    desk: Desk | None
    last: Outcome | None = None
    recurring: bool = False
    known_on: dt.date | None = None
    known: dict[str, Document] = field(default_factory=dict)
    lock: RLock = field(default_factory=RLock)

    @property
    def version(self) -> str:
        """Return the version of the plan that a page made now is made from."""
        return version_of(self.session.document.texts)

    @property
    def is_settled(self) -> bool:
        """Say whether its end was shown and the flow begins with the next idea then."""
        return bool(self.session.flow.rule) and not self.recurring and self.last is None and self.session.next() is None

    def look(self) -> Session:
        """Return the session to make a page from; its plan is remembered until the page has come back."""
        with self.lock:
            self.known[self.version] = self.session.document
            while len(self.known) > MOST_KNOWN:
                del self.known[next(iter(self.known))]
            return self.session

    def take(self, site: Site, reply: Reply) -> tuple[str, Outcome | None]:
        """Take a reply and write what it changes.

        Return what became of it, and its outcome: the kind of the outcome, `stale` where the plan changed since the page
        was made and nobody knows how, `gone` where the question is not asked any more; nothing is written then.
        """
        with self.lock:
            begins = self._at(reply)
            if isinstance(begins, str):
                return begins, None
            outcome = self._act(site, begins, lambda session: session.reply(reply.said))
            return outcome.kind, outcome

    def back(self, site: Site, version: str) -> Outcome:
        """Take the last answer back."""
        with self.lock:
            if version != self.version:
                return Outcome(self.session, "refused")
            return self._act(site, self.session, lambda session: session.back())

    def rename(self, site: Site, old: str, *, new: str) -> Outcome:
        """Give what was just written another id."""
        with self.lock:
            return self._act(site, self.session, lambda session: session.rename(old, new))

    def again(self, site: Site) -> None:
        """Begin anew, asking what was left open too."""
        with self.lock:
            session = replace(_begun(site, self.session.flow.name, self.desk), items=self.session.items)
            self.session, self.last = replace(session, missing=not session.flow.rule), None

    def refuse(self, text: str) -> Outcome:
        """Return that nothing was taken, and why."""
        with self.lock:
            return Outcome(self.session, "refused", (text,))

    def note(self, text: str) -> None:
        """Show a sentence on the next page."""
        with self.lock:
            self.last = Outcome(self.session, "noted", (text,))

    def told(self) -> Outcome | None:
        """Return what the last step gave, once."""
        with self.lock:
            last, self.last = self.last, None
            return last

    def _at(self, reply: Reply) -> Session | str:
        """Return the session at the question of a reply, on the plan that its page was made from."""
        session = self.session
        if reply.version != self.version:
            if reply.version not in self.known:
                return STALE
            session = session.on(self.known[reply.version])
        prompt = session.next()
        if prompt is not None and prompt.key == reply.key:
            return session
        ask = session.find(reply.key)
        if ask is None:
            return GONE
        return replace(session, again=ask.key, start=ask.question.id, pending=(), misses=0)

    def _act(self, site: Site, session: Session, step: Callable[[Session], Outcome]) -> Outcome:
        session = session if self.recurring else scored(session)
        if self.desk is None:
            self.desk = desk_of(site.workspace, session.flow, by=site.by)
            session = session if self.desk is None else session.on(self.desk.read())
        try:
            outcome = step(session) if self.desk is None else self.desk.act(session, step, now=site.clock())
        except Refusal as refusal:
            outcome = Outcome(session, "refused", (str(refusal),))
        self.session, self.last = _resumed(outcome.session), outcome
        return outcome


@dataclass
class Talks:
    """The interviews of a server, by flow. lock: held while one is begun."""

    by_flow: dict[str, Talk] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)


def talks_of(site: Site) -> Talks:
    """Return the interviews of a site."""
    return cast("Talks", site.shared.setdefault(SHARED, Talks()))


def talk_of(site: Site, name: str, *, items: tuple[Item, ...] | None = None) -> Talk:
    """Return the interview of a flow, on the plan as it stands now. items: what a review asks about.

    Raises UsageError for an unknown flow, PlanError where the plan cannot be read.
    """
    read_flow(name)
    talks = talks_of(site)
    with talks.lock:
        talk = talks.by_flow.get(name)
        if talk is None:
            desk = _desk(site)
            talk = talks.by_flow[name] = Talk(_begun(site, name, desk), desk)
    with talk.lock:
        catch_up(site, talk)
        if items is not None and items != talk.session.items:
            talk.session = replace(talk.session, items=items)
    return talk


def how(site: Site) -> Interviewing:
    """Return how interviews of a site are held: its day, its settings."""
    return Interviewing(site.today, site.plan.now().settings)


def _desk(site: Site) -> Desk | None:
    """Return where an interview is kept; nothing is made for a page that is only looked at."""
    workspace = site.workspace
    if not workspace.plan.exists():
        return None
    return Desk(workspace.plan, workspace.interview, history=History(workspace), by=site.by)


def _begun(site: Site, name: str, desk: Desk | None) -> Session:
    state: State | None = desk.read_state(name) if desk else None
    return begun(read_flow(name), _document(site), how=how(site), state=state)


def _document(site: Site) -> Document:
    standing = site.plan.now()
    if standing.fault is not None:
        raise standing.fault
    return standing.document or blank()


def catch_up(site: Site, talk: Talk) -> None:
    """Put a talk on the plan as it stands; what was changed elsewhere ends the way back and open follow-ups."""
    if talk.recurring and talk.desk is not None:
        talk.session = _on(talk.session, talk.desk.read())
        return
    asked, document = how(site), _document(site)
    if talk.desk is None and site.workspace.plan.exists():
        talk.desk = _desk(site)
    session = replace(talk.session, today=asked.today, judge=judge_of(asked.as_of, asked.settings))
    talk.session = _on(session, document)


def _on(session: Session, document: Document) -> Session:
    if document.texts == session.document.texts:
        return session
    return replace(session, document=document, earlier=None, pending=(), scores={})


def _resumed(session: Session) -> Session:
    """Return a session that goes on from the beginning when nothing is open behind where it was begun."""
    if session.start and not session.pending and session.ask() is None:
        session = replace(session, start="")
    return _trimmed(session, MOST_BACK)


def _trimmed(session: Session, most: int) -> Session:
    if session.earlier is None:
        return session
    return replace(session, earlier=_trimmed(session.earlier, most - 1) if most else None)
