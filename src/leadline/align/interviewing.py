"""What the checks give an interview, wherever it is held: its judge, what may be waived, and what stands at its end.

    session = begun(flow, document, how=Interviewing(today, settings), state=state)
    ending(session, how)

The end is the check with its three fixes, the advice of the flow, or a comparison.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from leadline.errors import LeadlineError
from leadline.plan.interview import Ask, Flow, Judge, Remark, Session, State
from leadline.settings import Settings

if TYPE_CHECKING:
    from leadline.align.finding import Finding
    from leadline.align.result import CheckResult
    from leadline.plan.source import Document

__all__ = ["Ending", "Interviewing", "begun", "ending", "judge_of", "scored", "waivable"]

_UNTOLD = "cannot be told"  # how the hundred begins while no money is planned
MOST_FIXES = 3  # fixes shown at the end: those with most money at stake (interview.md, section 3)


@dataclass(frozen=True)
class Interviewing:
    """How an interview of a workspace is held. today: the day of its answers · settings: of the workspace."""

    today: dt.date
    settings: Settings = field(default_factory=Settings)

    @property
    def as_of(self) -> dt.date:
        """Return the day that the checks judge as of."""
        return self.settings.as_of or self.today


@dataclass(frozen=True)
class Ending:
    """What stands at the end of a flow.

    yes, asked: answers of yes among the questions, where the flow ends with advice · advice: what it says for so many
    missing: codes of what the answers of no say is missing · result: the whole check, where the flow ends with it
    fixes: its findings with most money at stake · compared: whether the table of competitors stands here
    closing: the flow's own last words · open: what can still be answered
    """

    yes: int = 0
    asked: int = 0
    advice: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    result: CheckResult | None = None
    fixes: tuple[Finding, ...] = ()
    compared: bool = False
    closing: str = ""
    open: tuple[Ask, ...] = ()


def begun(flow: Flow, document: Document, *, how: Interviewing, state: State | None = None) -> Session:
    """Return a session of a flow with its judge; one whose rule has settled everything begins with the next idea."""
    session = Session.begin(flow, document, today=how.today, state=state)
    if flow.rule and session.next() is None:
        session = Session.begin(flow, document, today=how.today)
    return replace(session, waivable=waivable, judge=judge_of(how.as_of, how.settings))


def scored(session: Session) -> Session:
    """Return a session that knows the scores as they are, so that it can tell later which moved."""
    if session.judge is None or session.scores:
        return session
    _, scores = session.judge(session.document, frozenset())
    return replace(session, scores=scores)


def judge_of(as_of: dt.date, settings: Settings) -> Judge:
    """Return the judge of an interview: the local and link checks of this workspace, and its scores."""

    def judged(document: Document, touched: frozenset[str]) -> tuple[Sequence[Remark], Mapping[str, str]]:
        from leadline.align.live import judge_for
        from leadline.align.run import CheckOptions

        judge = judge_for(CheckOptions(as_of, settings.seed, settings=settings.check))
        try:
            findings, scores = judge(document, touched)
        except LeadlineError:
            return (), {}  # nothing could be judged yet
        told = {name: text for name, text in scores.items() if not text.startswith("none: ") and _UNTOLD not in text}
        if not document.plan.tactics.list:  # no chance of success is told before there is anything that could bring it
            told = {name: text for name, text in told.items() if not name.startswith("coverage")}
        return findings, {name.replace(" of ", ", ", 1): text for name, text in told.items()}

    return judged


def waivable(code: str) -> bool:
    """Say whether a check may be waived at all."""
    from leadline.align.registry import RULES
    from leadline.align.waivers import is_waivable

    return any(rule.code == code and is_waivable(rule) for rule in RULES)


def ending(session: Session, how: Interviewing) -> Ending:
    """Return what stands at the end of a session's flow: its advice, or the check with the fixes that matter most."""
    if session.flow.ends == "advice":
        return _advised(session)
    result = _checked(session.document, how) if session.flow.ends == "check" else None
    fixes = () if result is None else sorted(result.shown, key=lambda one: -one.money_at_stake)[:MOST_FIXES]
    return Ending(
        result=result, fixes=tuple(fixes), compared=session.flow.ends == "comparison", closing=session.flow.closing,
        open=tuple(ask for ask in session.open(missing=True) if not ask.another),
    )  # fmt: skip


def _advised(session: Session) -> Ending:
    flow = session.flow
    answered = {ask: said for ask, said in session.state.notes.items() if ask in {one.id for one in flow.questions}}
    yes = sum(said == "yes" for said in answered.values())
    is_whole = len(answered) == len(flow.questions)
    advice = tuple(one.text for one in flow.advice if one.low <= yes <= one.high and is_whole)
    codes = tuple(code for one in flow.questions if answered.get(one.id) == "no" for code in one.clears)
    return Ending(yes, len(flow.questions), advice, codes)


def _checked(document: Document, how: Interviewing) -> CheckResult | None:
    from leadline.align.run import CheckOptions, check

    try:
        return check(document, CheckOptions(how.as_of, how.settings.seed, settings=how.settings.check))
    except LeadlineError:
        return None  # nothing could be judged yet
