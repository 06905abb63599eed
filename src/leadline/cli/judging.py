"""What an interview is told about its plan: findings on what a block touched, and the scores, judged by the checks."""

from __future__ import annotations

import datetime as dt
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from leadline.errors import LeadlineError
from leadline.plan.interview import Flow, Judge, Remark, Session
from leadline.settings import Settings

if TYPE_CHECKING:
    from leadline.align.finding import Finding
    from leadline.align.result import CheckResult
    from leadline.plan.source import Document

__all__ = ["closing_lines", "judge_of", "waivable"]

WIDTH = 80  # columns of the narrowest terminal that is looked after (style.md 2.8)
_UNTOLD = "cannot be told"  # how the hundred begins while no money is planned
MOST_FIXES = 3  # fixes shown at the end: those with most money at stake (interview.md, section 3)


def judge_of(as_of: dt.date, settings: Settings) -> Judge:
    """Return the judge of an interview: the local and link checks of this workspace, and its scores."""
    from leadline.align.live import judge_for
    from leadline.align.run import CheckOptions

    judge = judge_for(CheckOptions(as_of, settings.seed, settings=settings.check))

    def judged(document: Document, touched: frozenset[str]) -> tuple[Sequence[Remark], Mapping[str, str]]:
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


def closing_lines(session: Session, as_of: dt.date, settings: Settings) -> Iterator[str]:
    """Yield what stands at the end of a flow: its advice, or the check with the three fixes that matter most."""
    if session.flow.ends == "advice":
        yield from _advice(session.flow, session)
        return
    if session.flow.ends == "comparison":
        from leadline.cli.side_by_side import comparison_lines

        yield from comparison_lines(session.document)
    if session.flow.ends == "check":
        result = _checked(session.document, as_of, settings)
        if result is not None:
            yield from _of_check(result)
    asks = [ask for ask in session.open(missing=True) if not ask.another]
    if session.flow.closing:
        yield from textwrap.wrap(session.flow.closing, WIDTH)
    elif asks:
        plural = "question is" if len(asks) == 1 else "questions are"
        yield from textwrap.wrap(f"{len(asks)} {plural} still open: leadline init --missing.", WIDTH)


def _of_check(result: CheckResult) -> Iterator[str]:
    from leadline.align.writers.summary import score_lines

    yield from textwrap.wrap(result.scores.hundred.sentence(), WIDTH)
    yield ""
    fixes = sorted(result.shown, key=lambda one: -one.money_at_stake)[:MOST_FIXES]
    if fixes:
        yield "The fixes with most money at stake:"
    for number, finding in enumerate(fixes, start=1):
        yield from _fix(number, finding)
    yield ""
    yield from score_lines(result.scores, WIDTH)
    yield ""
    yield from textwrap.wrap(result.sentence(), WIDTH)
    yield "The whole check: leadline check."


def _fix(number: int, finding: Finding) -> Iterator[str]:
    yield from textwrap.wrap(
        f"{number}. {finding.element.id}: {finding.text} ({finding.code})", WIDTH, subsequent_indent="   "
    )
    yield from textwrap.wrap(f"fix: {finding.fix}", WIDTH, initial_indent="   ", subsequent_indent="   ")


def _advice(flow: Flow, session: Session) -> Iterator[str]:
    answered = {ask: said for ask, said in session.state.notes.items() if ask in {one.id for one in flow.questions}}
    yes = sum(said == "yes" for said in answered.values())
    yield f"{yes} of {len(flow.questions)} yes."
    for one in flow.advice:
        if one.low <= yes <= one.high and len(answered) == len(flow.questions):
            yield from textwrap.wrap(one.text, WIDTH)
    codes = [code for question in flow.questions if answered.get(question.id) == "no" for code in question.clears]
    if codes:
        yield from textwrap.wrap(f"What is missing shows as {', '.join(codes)}: leadline explain {codes[0]}.", WIDTH)


def _checked(document: Document, as_of: dt.date, settings: Settings) -> CheckResult | None:
    from leadline.align.run import CheckOptions, check

    try:
        return check(document, CheckOptions(as_of, settings.seed, settings=settings.check))
    except LeadlineError:
        return None  # nothing could be judged yet
