"""What surrounds the questions of a recurring review: what is recorded before and after them, and the plan of the next year.

The questions themselves are an interview (`plan/interview`) over the items of `asked.py`; the terminal and the browser hold it.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

from leadline.errors import UsageError

if TYPE_CHECKING:
    from leadline.plan.interview import Desk, Session, State
    from leadline.plan.source import Document
    from leadline.workspace import Workspace

__all__ = ["close_old", "drafted_next", "record_reviews", "remember_contents", "state_of_today"]


def state_of_today(desk: Desk, flow: str, *, today: dt.date) -> State | None:
    """Return where a review stands; one of another day begins anew, for what is open is told by the plan."""
    if not desk.state.exists():
        return None
    changed = dt.datetime.fromtimestamp(desk.state.stat().st_mtime, tz=dt.UTC).date()
    return desk.read_state(flow) if changed == today else None


def remember_contents(workspace: Workspace, session: Session) -> None:
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


def record_reviews(workspace: Workspace, session: Session, *, before: str, day: dt.date) -> None:
    """Record the reviews of links that a session wrote into the plan, each once. before: id of the plan as it was asked."""
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


def drafted_next(workspace: Workspace, document: Document) -> Path:
    """Return the file of the next plan beside the old one; it is begun where it is not there yet.

    Raises UsageError for a plan without a window.
    """
    from leadline.plan.interview.keeping import replace_file
    from leadline.review.next_year import drafted, next_window

    window = document.plan.plan.window
    if window is None:
        raise UsageError("The plan has no window, so there is no next one. Write plan.window first.")
    following = next_window(window)
    file = workspace.folder / f"plan-{following.start.year}.yaml"
    if not file.exists():
        replace_file(file, drafted(document, following))
    return file


def close_old(workspace: Workspace, day: dt.date) -> str:
    """Close the old plan once its window has ended, and say what became of it."""
    from leadline.plan.interview.keeping import replace_file
    from leadline.plan.interview.writing import set_value
    from leadline.plan.source import read_plan

    old = read_plan(workspace.plan)
    window = old.plan.plan.window
    if window is None or day < window.end:
        return f"stays open until {window.end if window else 'its window ends'}"
    after = set_value(old, ("plan", "status"), value="closed")
    for file, text in after.texts.items():
        if text != old.texts[file]:
            replace_file(Path(file), text)
    return "is closed"
