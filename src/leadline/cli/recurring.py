"""The recurring reviews as interviews: `leadline init --flow review-month|review-quarter|review-after|review-year`."""

from __future__ import annotations

import datetime as dt
import textwrap
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from leadline import words
from leadline.cli.options import person, say, today, written
from leadline.errors import UsageError
from leadline.settings import read_settings
from leadline.workspace import Workspace

if TYPE_CHECKING:
    from leadline.plan.interview import Desk, Flow, Item, Session
    from leadline.review.monthly import Monthly
    from leadline.review.result import Review

__all__ = ["converse", "page_lines", "waiting_lines"]

WIDTH = 80  # columns of the narrowest terminal that is looked after (style.md 2.8)
_CLEAN = {
    "review-month": "Nothing has to be decided this month.",
    "review-quarter": "Nothing is open this quarter: no link, bet, assumption, test, exception, idea or objective.",
    "review-after": "No activity has ended without its lesson being written down.",
    "review-year": "The plan of the next window is begun, and nothing of it is open here.",
}


def converse(folder: Path, flow: Flow, *, as_json: bool, quiet: bool, start: str | None) -> None:
    """Review the workspace, show what there is to see, ask about what is open, and say what waits."""
    from leadline.cli.asking import Talk, on_terminal
    from leadline.review.recurring import record_reviews

    workspace = Workspace(folder)
    if not workspace.plan.exists():
        raise UsageError(f"{folder} holds no plan to review. Begin one: leadline init {folder}.")
    seen, day = _seen(workspace, quiet=quiet)
    desk, session = _session(workspace, flow, seen, day=day, start=start)
    source, out = on_terminal(json=as_json)
    show = [] if quiet else list(page_lines(seen) if flow.name == "review-month" else ())
    out.writelines(f"{line}\n" for line in show)
    if session.next() is None:
        out.write(f"{_CLEAN[flow.name]}\n")
    else:
        before = session.document
        session = Talk(desk, source, out, quiet=quiet).hold(session)
        if flow.name == "review-quarter":
            record_reviews(workspace, session, before=before.plan.plan.id, day=day)
        if session.next() is None and not quiet:
            out.write("\nNothing more is asked. The plan as it stands: leadline check.\n")
    if flow.name == "review-year" and session.next() is None:
        out.writelines(f"{line}\n" for line in _close(workspace, desk, day))
    if flow.name == "review-month" and not quiet:
        out.writelines(f"{line}\n" for line in waiting_lines(seen))
    if as_json:
        say(written(desk.plan, plan_hash=session.document.hash))


def page_lines(seen: Review) -> Iterator[str]:
    """Yield the monthly page: its five lines, then the one decision."""
    from leadline.review.monthly import monthly

    page = monthly(seen)
    yield f"{seen.title}: the month, as of {seen.as_of}"
    yield ""
    for line in page.lines:
        yield from textwrap.wrap(line, WIDTH, initial_indent="- ", subsequent_indent="  ")
    yield ""
    if page.decision is not None:
        yield from textwrap.wrap(f"One decision: {_with_money(page.decision, page)}", WIDTH)


def waiting_lines(seen: Review) -> Iterator[str]:
    """Yield what waits beside the one decision, the most money first."""
    from leadline.review.monthly import monthly

    page = monthly(seen)
    if not page.waiting:
        return
    yield ""
    yield f"{len(page.waiting)} more can wait:"
    for item in page.waiting:
        text = f"{_with_money(item, page)}: {item.values.get('kind', 'open')}"
        yield from textwrap.wrap(text, WIDTH, initial_indent="  ", subsequent_indent="    ")


def _with_money(item: Item, page: Monthly) -> str:
    money = "no money hangs on it" if item.money is None else f"{words.money(item.money, page.currency)} at stake"
    return f"{item.name} ({money})"


def _seen(workspace: Workspace, *, quiet: bool) -> tuple[Review, dt.date]:
    """Return the review and the day of the answers: as set, else today, or the last day of evidence if that is later."""
    from leadline.cli.review import run

    set_day = read_settings(workspace.settings).as_of
    seen = run(workspace, as_of=None, seed=None, quiet=quiet)
    day = set_day or max(today(), seen.as_of)
    if day != seen.as_of:
        seen = run(workspace, as_of=day.isoformat(), seed=None, quiet=True)
    return seen, day


def _session(
    workspace: Workspace, flow: Flow, seen: Review, *, day: dt.date, start: str | None
) -> tuple[Desk, Session]:
    from leadline.align.interviewing import waivable
    from leadline.plan.history import History
    from leadline.plan.interview import Desk, Session
    from leadline.review.asked import asked_items
    from leadline.review.recurring import drafted_next, remember_contents, state_of_today

    is_next = flow.name == "review-year"
    plan = drafted_next(workspace, seen.check.document) if is_next else workspace.plan
    desk = Desk(plan, workspace.interview, history=None if is_next else History(workspace), by=person())
    document = desk.read()
    items = asked_items(seen, flow.name, draft=document.plan)
    session = Session.begin(flow, document, today=day, state=state_of_today(desk, flow.name, today=today()))
    session = replace(session, items=items, waivable=waivable)
    if flow.name == "review-quarter":
        remember_contents(workspace, session)
    if start is None:
        return desk, session
    try:
        return desk, session.go(start)
    except KeyError:
        raise UsageError.unknown("--from", start, known=[one.id for one in flow.questions]) from None


def _close(workspace: Workspace, desk: Desk, day: dt.date) -> Iterator[str]:
    """Close the old plan once its window has ended, and say where the next one stands."""
    from leadline.review.recurring import close_old

    said = close_old(workspace, day)
    said += "" if said == "is closed" else "; then run this again"
    yield ""
    yield f"The next plan, a draft: {desk.plan}"
    yield from textwrap.wrap(
        f"{workspace.plan.name} {said}. What the draft lacks: leadline check {desk.plan.name}. To work with it, make it "
        "the plan.yaml of a folder of its own, and copy the old one into its folder earlier/: what failed is known there then.",
        WIDTH, break_on_hyphens=False, break_long_words=False,
    )  # fmt: skip
