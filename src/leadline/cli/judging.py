"""What stands at the end of an interview, as lines of a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import TYPE_CHECKING

from leadline.align.interviewing import Ending, Interviewing, ending
from leadline.plan.interview import Session

if TYPE_CHECKING:
    from leadline.align.finding import Finding
    from leadline.align.result import CheckResult

__all__ = ["closing_lines"]

WIDTH = 80  # columns of the narrowest terminal that is looked after (style.md 2.8)


def closing_lines(session: Session, how: Interviewing) -> Iterator[str]:
    """Yield what stands at the end of a flow: its advice, or the check with the three fixes that matter most."""
    end = ending(session, how)
    if end.asked:
        yield from _advice(end)
        return
    if end.compared:
        from leadline.cli.side_by_side import comparison_lines

        yield from comparison_lines(session.document)
    if end.result is not None:
        yield from _of_check(end, end.result)
    if end.closing:
        yield from textwrap.wrap(end.closing, WIDTH)
    elif end.open:
        plural = "question is" if len(end.open) == 1 else "questions are"
        yield from textwrap.wrap(f"{len(end.open)} {plural} still open: leadline init --missing.", WIDTH)


def _of_check(end: Ending, result: CheckResult) -> Iterator[str]:
    from leadline.align.writers.summary import score_lines

    yield from textwrap.wrap(result.scores.hundred.sentence(), WIDTH)
    yield ""
    if end.fixes:
        yield "The fixes with most money at stake:"
    for number, finding in enumerate(end.fixes, start=1):
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


def _advice(end: Ending) -> Iterator[str]:
    yield f"{end.yes} of {end.asked} yes."
    for text in end.advice:
        yield from textwrap.wrap(text, WIDTH)
    if end.missing:
        told = ", ".join(end.missing)
        yield from textwrap.wrap(f"What is missing shows as {told}: leadline explain {end.missing[0]}.", WIDTH)
