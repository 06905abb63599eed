"""The recurring reviews as interviews: `leadline init --flow review-month|review-quarter|review-after|review-year`."""

from __future__ import annotations

import datetime as dt
import textwrap
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from leadline import words
from leadline.cli.options import say, today, written
from leadline.errors import UsageError
from leadline.settings import read_settings
from leadline.workspace import Workspace

if TYPE_CHECKING:
    from leadline.plan.interview import Desk, Flow, Item, Session, State
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
            _record(workspace, session, before=before.plan.plan.id, day=day)
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
    from leadline.plan.interview import Desk, Session
    from leadline.review.asked import asked_items

    plan = _drafted(workspace, seen) if flow.name == "review-year" else workspace.plan
    desk = Desk(plan, workspace.interview)
    document = desk.read()
    items = asked_items(seen, flow.name, draft=document.plan)
    session = Session.begin(flow, document, today=day, state=_state(desk, flow.name))
    session = replace(session, items=items, waivable=waivable)
    if flow.name == "review-quarter":
        _remember(workspace, session)
    if start is None:
        return desk, session
    try:
        return desk, session.go(start)
    except KeyError:
        raise UsageError.unknown("--from", start, known=[one.id for one in flow.questions]) from None


def _state(desk: Desk, flow: str) -> State | None:
    """Return where this review stands; one of another day begins anew, for what is open is told by the plan."""
    if not desk.state.exists():
        return None
    changed = dt.datetime.fromtimestamp(desk.state.stat().st_mtime, tz=dt.UTC).date()
    return desk.read_state(flow) if changed == today() else None


def _remember(workspace: Workspace, session: Session) -> None:
    """Record what the elements say whose links may be stamped, before any stamp is written."""
    from leadline.plan.elements import located
    from leadline.plan.reviewing import contents, stamps
    from leadline.plan.stamp import fingerprint
    from leadline.review.fingerprints import append_lines, content_lines, read_reviewed

    plan = session.document.plan
    about = [str(item.values["element"]) for item in session.items if item.values.get("kind") == "link"]
    if about:
        known = read_reviewed(workspace.fingerprints, plan.plan.id)
        names = {fingerprint(one.element): one.element.id for one in located(plan)}
        lines = content_lines(contents(plan, stamps(plan, dict.fromkeys(about))), elements=names, known=known)
        append_lines(workspace.fingerprints, lines)


def _record(workspace: Workspace, session: Session, *, before: str, day: dt.date) -> None:
    """Record the reviews of links that this session wrote into the plan."""
    from leadline.plan.elements import located
    from leadline.plan.reviewing import ReviewRecord, stamps
    from leadline.review.fingerprints import append_lines, read_reviewed, review_line

    plan = session.document.plan
    recorded = read_reviewed(workspace.fingerprints, before).reviews
    about = {str(item.values["element"]) for item in session.items if item.values.get("kind") == "link"}
    lines = []
    for one in located(plan):
        review = one.element.reviewed
        if one.element.id not in about or review is None or review.date != day or review.by is None:
            continue
        (stamp,) = stamps(plan, (one.element.id,))
        seen = {link.ref: link.before for link in stamp.links if link.before is not None}
        record = ReviewRecord(one.element.id, day, review.by, seen, dict(review.children))
        if recorded.get(one.element.id) != record:
            lines.append(review_line(record))
    append_lines(workspace.fingerprints, lines)


def _drafted(workspace: Workspace, seen: Review) -> Path:
    """Return the file of the next plan beside the old one; it is begun where it is not there yet."""
    from leadline.plan.interview.keeping import replace_file
    from leadline.review.next_year import drafted, next_window

    document = seen.check.document
    window = document.plan.plan.window
    if window is None:
        raise UsageError("The plan has no window, so there is no next one. Write plan.window first.")
    following = next_window(window)
    file = workspace.folder / f"plan-{following.start.year}.yaml"
    if not file.exists():
        replace_file(file, drafted(document, following))
    return file


def _close(workspace: Workspace, desk: Desk, day: dt.date) -> Iterator[str]:
    """Close the old plan once its window has ended, and say where the next one stands."""
    from leadline.plan.interview.keeping import replace_file
    from leadline.plan.interview.writing import set_value
    from leadline.plan.source import read_plan

    old = read_plan(workspace.plan)
    window = old.plan.plan.window
    has_ended = window is not None and day >= window.end
    if has_ended:
        after = set_value(old, ("plan", "status"), value="closed")
        for file, text in after.texts.items():
            if text != old.texts[file]:
                replace_file(Path(file), text)
    said = (
        "is closed"
        if has_ended
        else f"stays open until {window.end if window else 'its window ends'}; then run this again"
    )
    yield ""
    yield f"The next plan, a draft: {desk.plan}"
    yield from textwrap.wrap(
        f"{workspace.plan.name} {said}. What the draft lacks: leadline check {desk.plan.name}. To work with it, make it "
        "the plan.yaml of a folder of its own.",
        WIDTH, break_on_hyphens=False, break_long_words=False,
    )  # fmt: skip
