"""One interview as a value: the plan, what is open, and what an answer makes of both. Nothing here touches a file.

    session = Session.begin(read_flow("first"), document, today=today)
    while (prompt := session.next()) is not None:
        outcome = session.reply(input(prompt.text))
        session = outcome.session

Each answer gives a new session whose document holds it; `keeping.py` puts it into the file.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal

from leadline.plan.elements import located
from leadline.plan.interview.answers import parse_answer
from leadline.plan.interview.asks import Ask, State, asks_of, is_open, open_asks, present
from leadline.plan.interview.beside import now_known, with_assumption, with_waiver
from leadline.plan.interview.follow_ups import FollowUp, follow_ups, guess_offer, settle_follow_up
from leadline.plan.interview.naming import renamed
from leadline.plan.interview.prompts import Prompt, prompt_after, prompt_of
from leadline.plan.interview.record import Flow, Item
from leadline.plan.interview.refusal import Refusal
from leadline.plan.interview.rules import RULES, current_items
from leadline.plan.interview.sources import item_of
from leadline.plan.interview.templates import tokens_in
from leadline.plan.interview.writing import write_answer
from leadline.plan.places import Path
from leadline.plan.source import Document
from leadline.units import METHODS

__all__ = ["Judge", "Judged", "Outcome", "Overtaken", "Prompt", "Remark", "Session"]

# Refused answers to one question before "don't know" is offered (interview.md, section 1).
MISSES = 3
# Findings that are shown after a block (interview.md, section 1).
MOST_FINDINGS = 3


@dataclass(frozen=True, slots=True)
class Remark:
    """One finding as an interview shows it."""

    code: str
    text: str
    fix: str
    element: str


Standing = Literal["open", "left", "answered"]
"""Where a question stands: open, left open (skipped, or not known), or answered."""

Judge = Callable[[Document, frozenset[str]], tuple[Sequence[Remark], Mapping[str, str]]]
"""Judges a plan after a block: `judge(document, ids touched) -> (findings, scores by name, the hundred first)`."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What a block changed: at most three findings on what it touched, and the scores that moved."""

    findings: tuple[Remark, ...]
    scores: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Overtaken:
    """One place that somebody else wrote meanwhile: what stands there now, and what the answer would have written."""

    path: Path
    theirs: object
    yours: object

    def sentence(self) -> str:
        """Return both values in words."""
        return f"Meanwhile {'.'.join(map(str, self.path))} was set to {self.theirs}; your answer says {self.yours}."


@dataclass(frozen=True)
class Outcome:
    """What became of a reply.

    kind: `written` (the plan changed), `noted` (kept beside the plan), `refused` (asked again), `asked` (one more
          question about it), `open` (left open), `back`, `conflict` (somebody else was faster; nothing written)
    says: sentences for the person · touched: ids written to · made: ids of new elements · paths: places written
    judged: at the end of a block, where somebody judges · field: the part of the answer that was refused, by its label
    overtaken: in a conflict, what stands there now and what the answer says
    """

    session: Session
    kind: Literal["written", "noted", "refused", "asked", "open", "back", "conflict"]
    says: tuple[str, ...] = ()
    touched: frozenset[str] = frozenset()
    made: tuple[str, ...] = ()
    paths: tuple[Path, ...] = ()
    judged: Judged | None = None
    field: str = ""
    overtaken: tuple[Overtaken, ...] = ()


@dataclass(frozen=True)
class Session:
    """An interview at one moment.

    today: the day of the interview · items: what a review asks about · judge: see `Judge` · missing: ask also what was
    skipped or not known · waivable: whether a check may be waived · start: id of the question to begin from
    again: key of an ask to be asked although it is answered · pending: follow-ups · misses: refused answers in a row
    prompts: replies so far · passed: keys left open or answered in this run · earlier: the session that `back` returns to · touched, scores: of the block so far, for the judge
    """

    flow: Flow
    document: Document
    state: State
    today: dt.date
    items: tuple[Item, ...] = ()
    judge: Judge | None = None
    waivable: Callable[[str], bool] = lambda _: True
    missing: bool = False
    start: str = ""
    again: str = ""
    pending: tuple[FollowUp, ...] = ()
    misses: int = 0
    prompts: int = 0
    earlier: Session | None = field(default=None, repr=False)
    touched: frozenset[str] = frozenset()
    scores: Mapping[str, str] = field(default_factory=dict)
    passed: frozenset[str] = frozenset()

    @classmethod
    def begin(cls, flow: Flow, document: Document, *, today: dt.date, state: State | None = None) -> Session:
        """Return a session at its first open question; a state of another flow is not used."""
        return cls(flow, document, state if state and state.flow == flow.name else State(flow.name), today)

    # -- what is asked ----------------------------------------------------------------------------

    @property
    def _items(self) -> tuple[Item, ...]:
        return current_items(self.flow.rule, self.items, document=self.document, notes=self.state.notes)

    def open(self, *, missing: bool | None = None) -> tuple[Ask, ...]:
        """Return the asks whose answer the plan lacks, in the order of the flow."""
        everything = self.missing if missing is None else missing
        return tuple(open_asks(self.flow, self.document, state=self.state, items=self._items, missing=everything))

    def ask(self) -> Ask | None:
        """Return what is to be asked next, None when nothing is open."""
        return self._asked

    @cached_property
    def _asked(self) -> Ask | None:
        if self.again:
            return self.find(self.again)
        ids = [question.id for question in self.flow.questions]
        begin = ids.index(self.start) if self.start in ids else 0
        asks = open_asks(self.flow, self.document, state=self.state, items=self._items, missing=self.missing)
        for ask in asks:
            if ids.index(ask.question.id) >= begin and not (self.missing and ask.key in self.passed):
                return ask
        return None

    def find(self, key: str) -> Ask | None:
        """Return the ask of a key (or the first ask of a question's id), answered or not."""
        asks = list(asks_of(self.flow, self.document, state=self.state, items=self._items, again=True))
        exact = [ask for ask in asks if ask.key == key] or _answered_before(self, key)
        return next(iter(exact or [ask for ask in asks if ask.question.id == key and not ask.another]), None)

    def listed(self) -> tuple[tuple[Ask, Standing], ...]:
        """Return every ask of the flow that is open, was left open, or has its answer, in the order of the flow."""
        told: list[tuple[Ask, Standing]] = []
        for ask in asks_of(self.flow, self.document, state=self.state, items=self._items, again=True):
            if ask.another or ask.question.answer.kind == "shown":
                continue
            if is_open(ask, self.document, state=self.state, missing=True):
                waits = is_open(ask, self.document, state=self.state)
                told.append((ask, "open" if waits else "left"))
            elif ask.key in self.state.notes or ask.key in self.state.asked or present(ask, self.document):
                told.append((ask, "answered"))
        return tuple(told)

    def may_be_waived(self) -> bool:
        """Say whether "not applicable" can stand in for an answer to the question asked now."""
        ask = None if self.pending else self.ask()
        codes = () if ask is None or ask.another else ask.question.clears
        return bool(codes) and self.waivable(codes[0])

    @property
    def is_over(self) -> bool:
        """Say whether the flow's limit is reached."""
        return self.flow.limit is not None and self.prompts >= self.flow.limit

    def next(self) -> Prompt | None:
        """Return what is to be shown and asked now, None at the end."""
        if self.is_over:
            return None
        if self.pending:
            return prompt_after(self.pending[0])
        ask = self.ask()
        return None if ask is None else prompt_of(ask, self.flow, document=self.document)

    # -- what a reply makes of it -----------------------------------------------------------------

    def reply(self, text: str | Mapping[str, str]) -> Outcome:
        """Return what a line makes of the question that is asked now: an answer, `?`, `n/a`, or nothing (skip).

        text: the line, or the parts of a group by their names
        Raises LookupError when nothing is asked.
        """
        counted = replace(self, prompts=self.prompts + 1)
        if not isinstance(text, str):
            return counted.answer(text)
        said = text.strip()
        if self.pending:
            return _follow(counted, said)
        ask = _current(counted)
        if ask.another:
            return _another(counted, ask, said)
        if ask.question.answer.kind == "shown":
            return _closed(counted, ask, "noted", ())
        if said == "":
            return counted.skip()
        if said == "?":
            return counted.unknown()
        if said.lower() == "n/a" or said.lower().startswith("n/a "):
            return counted.not_applicable(said[3:].strip(" :,-").removeprefix("because ").strip())
        return counted.answer(said)

    def answer(self, text: str | Mapping[str, str], *, key: str = "") -> Outcome:
        """Return the session with an answer written to the question of a key (default: the one asked now)."""
        ask = _current(self, key)
        try:
            parsed = parse_answer(ask, text, document=self.document, today=self.today, notes=self.state.notes)
            if not ask.question.writes:
                return _noted(self, ask, parsed.values)
            written = write_answer(
                ask.question,
                parsed.values,
                document=self.document,
                item=ask.item,
                today=self.today,
                notes=self.state.notes,
            )
        except Refusal as refusal:
            return _refused(self, ask, refusal)
        document = now_known(written.document, ask)
        keys = [ask.key, *(f"{ask.question.id}@{one}" for one in written.made if ask.item is None)]
        state = self.state
        for one in keys:
            state = state.closes(one) if parsed.unknown else state.has_asked(one)
        if type(ask.question.repeat) is int:
            state = state.repeats(ask.question.id)
        state = replace(state, building="")
        says = [f"{name}: {value} (taken over)" for name, value in parsed.inherited.items()]
        says += [f"left open: {', '.join(parsed.unknown)}"] if parsed.unknown else []
        told = ask.question.answer.tells
        says += [told[said] for said in map(str, parsed.values.values()) if said in told]
        more = follow_ups(ask, document, paths=written.paths)
        if not self.flow.follow_ups:
            says += [one.text.removesuffix(" Keep, or give low and high?") for one in more if one.kind == "keep"]
            more = ()
        after = replace(
            self, document=document, state=state, pending=more, misses=0, again="", earlier=self,
            touched=self.touched | written.touched, passed=self.passed | set(keys),
        )  # fmt: skip
        outcome = Outcome(after, "written", tuple(says), written.touched, written.made, tuple(written.paths))
        return outcome if more else _judged(outcome, ask, parsed.values)

    def skip(self) -> Outcome:
        """Return the session with the question asked now left open."""
        ask = _current(self)
        return _closed(self, ask, "open", () if type(ask.question.repeat) is int else ("Left open.",))

    def unknown(self) -> Outcome:
        """Return the session with "don't know": a wide guess is offered first for a number, then an assumption is written."""
        ask = _current(self)
        offer = guess_offer(ask) if self.flow.follow_ups else None
        if offer is not None:
            return Outcome(replace(self, pending=(offer,)), "asked")
        return _unknown(self, ask)

    def not_applicable(self, reason: str = "") -> Outcome:
        """Return the session with "not applicable": a waiver with its reason; without one the reason is asked."""
        ask = _current(self)
        codes = ask.question.clears
        if not codes or not self.waivable(codes[0]):
            why = f"Nothing can stand in for it: {codes[0]} is not to be waived." if codes else "Nothing hangs on it."
            return Outcome(self, "refused", (why, "Write ? if you do not know, or press Enter to leave it open."))
        if not reason and not self.flow.follow_ups:
            return Outcome(self, "refused", ("Write n/a with the reason behind it: n/a we sell in one shop only.",))
        if not reason:
            one = FollowUp("reason", ask, "Why does this not apply? One sentence.", "we sell in one shop only")
            return Outcome(replace(self, pending=(one,)), "asked")
        try:
            document = with_waiver(self.document, ask, reason=reason)
        except Refusal as refusal:
            return _refused(self, ask, refusal)
        says = (f"Noted as an exception from {codes[0]} until {self.document.plan.plan.window.end}.",)  # type: ignore[union-attr]  # with_waiver refuses without a window
        return _with(replace(self, pending=()), document, ask, says=says)

    def back(self) -> Outcome:
        """Return the session as it was before the last answer, asking that question again."""
        before = self.earlier
        if before is None:
            return Outcome(self, "refused", ("There is nothing to take back since this start.",))
        ask = before.ask()
        again = ask.key if ask is not None else ""
        session = replace(before, prompts=self.prompts + 1, again=again, pending=())
        return Outcome(session, "back", ("Taken back; the plan is as before that answer.",))

    def go(self, question: str) -> Session:
        """Return the session asking from a question on, that one also where it is answered; raises KeyError."""
        identity = question.split("@", maxsplit=1)[0]
        self.flow.question(identity)
        ask = self.find(question) if "@" in question else self.find(identity)
        return replace(self, start=identity, again=ask.key if ask else "", pending=(), misses=0)

    def rename(self, old: str, new: str, *, recorded: bool = False) -> Outcome:
        """Return the session with an id changed everywhere; `recorded` when data may know the old one."""
        try:
            document = renamed(self.document, old, new=new, recorded=recorded)
        except Refusal as refusal:
            return Outcome(self, "refused", (str(refusal),))
        except KeyError:
            return Outcome(self, "refused", (f'Nothing in the plan is called "{old}".',))
        keys = tuple(key.replace(f"@{old}", f"@{new}") for key in self.state.asked)
        state = replace(self.state, asked=keys)
        return Outcome(
            replace(self, document=document, state=state, earlier=self), "written", (f"{old} is now {new}.",)
        )

    def on(self, document: Document) -> Session:
        """Return the session on another reading of the same plan."""
        return replace(self, document=document)


def _answered_before(session: Session, key: str) -> list[Ask]:
    """Return the ask of a key about an element that its source no longer holds, because the answer is there."""
    identity, _, about = key.partition("@")
    question = next((one for one in session.flow.questions if one.id == identity), None)
    if question is None or question.for_each in (None, "items"):
        return []
    tokens = [token for write in question.writes for token in tokens_in(write.template)]
    needs = any(token.startswith("$item.") and token not in ("$item.id", "$item.name") for token in tokens)
    found = [one for one in located(session.document.plan) if one.element.id == about]
    return [] if needs else [Ask(question, item_of(one.element, one.path)) for one in found]


def _current(session: Session, key: str = "") -> Ask:
    ask = session.find(key) if key else session.ask()
    if ask is None:
        raise LookupError(f"Nothing is asked{f' under {key}' if key else ''}.")
    return ask


def _refused(session: Session, ask: Ask, refusal: Refusal) -> Outcome:
    where = f"{refusal.field}: " if refusal.field else ""
    says = [f"{where}{refusal}", f"Example: {ask.question.example}"]
    misses = session.misses + 1
    if misses >= MISSES:
        says.append("If you do not know, write ?; Enter leaves it open.")
    return Outcome(replace(session, misses=misses), "refused", tuple(says), field=refusal.field)


def _noted(session: Session, ask: Ask, values: Mapping[str, object]) -> Outcome:
    value: object = values.get("") if "" in values else dict(values)
    said = {True: "yes", False: "no"}.get(value, value) if isinstance(value, bool) else value
    state = replace(session.state.has_asked(ask.key), notes={**session.state.notes, ask.key: said})
    noted = Outcome(replace(session, state=state, misses=0, again="", earlier=session), "noted")
    return _judged(noted, ask, values)


def _closed(session: Session, ask: Ask, kind: Literal["open", "noted"], says: tuple[str, ...]) -> Outcome:
    state = replace(session.state.closes(ask.key) if kind == "open" else session.state.has_asked(ask.key), building="")
    session = replace(
        session, state=state, misses=0, again="", pending=(), earlier=session, passed=session.passed | {ask.key}
    )
    return _judged(Outcome(session, kind, says), ask)


def _unknown(session: Session, ask: Ask) -> Outcome:
    document = with_assumption(session.document, ask, today=session.today)
    says = (f"Noted as an open assumption ({ask.unknown_id}); nothing was made up.",)
    return _with(session, document, ask, says=says)


def _with(session: Session, document: Document, ask: Ask, *, says: tuple[str, ...]) -> Outcome:
    state = replace(session.state.closes(ask.key), building="")
    session = replace(
        session, document=document, state=state, pending=(), misses=0, again="", earlier=session,
        passed=session.passed | {ask.key},
    )  # fmt: skip
    return _judged(Outcome(session, "written", says), ask)


def _another(session: Session, ask: Ask, said: str) -> Outcome:
    if said.lower() in ("yes", "y"):
        skipped = tuple(key for key in session.state.skipped if key != ask.question.id)
        state = replace(session.state, building=ask.question.id, skipped=skipped)
        return Outcome(replace(session, state=state, misses=0, earlier=session), "noted")
    if said.lower() in ("no", "n", ""):
        return _closed(session, ask, "noted", ())
    return Outcome(session, "refused", ("Write yes or no.",))


def _follow(session: Session, said: str) -> Outcome:
    one, rest = session.pending[0], session.pending[1:]
    if one.kind == "reason":
        cleared = replace(session, pending=())
        return cleared.not_applicable(said) if said else cleared.skip()
    if one.kind == "guess":
        cleared = replace(session, pending=())
        return _unknown(cleared, one.ask) if said in ("?", "") else cleared.answer(said, key=one.ask.key)
    try:
        document, more = settle_follow_up(
            one, "" if said == "?" else said, document=session.document, today=session.today
        )
    except Refusal as refusal:
        return Outcome(session, "refused", (str(refusal), f"Example: {one.example}"))
    if one.kind == "keep" and said.split(",", maxsplit=1)[0].strip().lower() in METHODS:
        rest = tuple(other for other in rest if other.path != one.path)
    session = replace(session, document=document, pending=(*more, *rest), misses=0)
    outcome = Outcome(session, "written", (), session.touched)
    return outcome if session.pending else _judged(outcome, one.ask)


def _ruled(outcome: Outcome, ask: Ask, values: Mapping[str, object]) -> Outcome:
    """Return the outcome with what the flow's rule makes of the answers so far."""
    session = outcome.session
    if session.flow.rule not in RULES:
        return outcome
    notes = session.state.notes
    found = RULES[session.flow.rule](session.document, ask, values, notes=notes, today=session.today)
    if found is None:
        return outcome
    state = replace(session.state, notes={**notes, **found.notes})
    session = replace(session, document=found.document, state=state, touched=session.touched | found.touched)
    says = (*(text for text in outcome.says if text != "Left open."), *found.says)
    return replace(outcome, session=session, kind="written", says=says, touched=outcome.touched | found.touched)


def _judged(outcome: Outcome, ask: Ask, values: Mapping[str, object] | None = None) -> Outcome:
    """Return the outcome with the judgement of the block, where the block ends here and somebody judges."""
    outcome = _ruled(outcome, ask, values or {})
    session = outcome.session
    following = None if session.is_over else session.ask()
    if following is not None and following.question.block == ask.question.block:
        return outcome
    if session.judge is None or not session.touched:
        return replace(outcome, session=replace(session, touched=frozenset()))
    findings, scores = session.judge(session.document, session.touched)
    blocks = [question.block for question in session.flow.questions]
    asked = session.flow.questions[blocks.index(ask.question.block) :]
    # What is asked next needs no finding, nor what was just left out: both stand in the list of what is open.
    own = {code for question in asked for code in question.clears}
    findings = [one for one in findings if one.code not in own]
    moved = {name: text for name, text in scores.items() if session.scores.get(name) != text}
    judged = Judged(tuple(findings)[:MOST_FINDINGS], moved)
    return replace(outcome, session=replace(session, touched=frozenset(), scores=dict(scores)), judged=judged)
