"""A review of links, and the approval of a whole plan: edits of the plan, lines of the ledger.

    reviewing = look_again(document, "search", known=read_reviewed(path, plan_id), by=Signature(day, "ines"))
    keep(reviewing, document, ledger=path)

Contents are recorded before the plan is written, so that no stamp is without its content; the review itself after, so
that nothing counts as approved that is not in the plan.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from leadline.errors import UsageError
from leadline.plan.edits import Splice, Value, append_item, spliced
from leadline.plan.elements import located
from leadline.plan.model import Plan
from leadline.plan.naming import ids, new_id, person_id, refuse_unknown_element
from leadline.plan.parts import Part
from leadline.plan.reviewing import ReviewRecord, Stamp, contents, stamp_splices, stamps
from leadline.plan.saving import save
from leadline.plan.source import Document
from leadline.plan.stamp import canonical, fingerprint, fingerprints, first_change
from leadline.review.fingerprints import (
    Reviewed,
    append_lines,
    approval_line,
    content_lines,
    review_line,
)


@dataclass(frozen=True)
class Signature:
    """Who looked, and on which day."""

    date: dt.date
    by: str


@dataclass(frozen=True)
class LinkReviewed:
    """One link: what it points to, its stamp before and now, and what changed there since it was last looked at.

    before: None for a link that was bare; now: None where nothing is called `ref`
    field, old, new: None where nothing changed, or where the old content is not on record
    """

    element: str
    ref: str
    before: str | None
    now: str | None
    field: str | None
    old: object
    new: object

    @property
    def is_renewed(self) -> bool:
        """Say whether the link was suspect until now."""
        return self.before is not None and self.now is not None and self.before != self.now


@dataclass(frozen=True)
class Reviewing:
    """What a review writes.

    element: id of the element, or of the plan when it is an approval · decision: id of the decision it adds, or None
    texts: the plan's files as they are to be, splices: the edits that make them so · contents, records: lines of the ledger, before and after the plan
    """

    element: str
    signature: Signature
    links: tuple[LinkReviewed, ...]
    children: int
    decision: str | None
    texts: Mapping[str, str]
    contents: tuple[str, ...]
    records: tuple[str, ...]
    splices: tuple[Splice, ...] = ()


def look_again(document: Document, element: str, *, known: Reviewed, by: Signature) -> Reviewing:
    """Return what reviewing an element's links writes; the plan's own id approves the plan as a whole.

    Raises UsageError for an unknown element (with the nearest three) or person, and where there is no link to review.
    """
    plan = document.plan
    by = replace(by, by=person_id(plan, by.by, option="--by"))
    if element == plan.plan.id:
        if element in ids(plan):
            raise UsageError(f'"{element}" is the id of the plan and of an element: rename one, then review it.')
        return _approval(document, known, by)
    refuse_unknown_element(plan, element, also=[plan.plan.id])
    (stamp,) = stamps(plan, (element,))
    if not stamp.links and not stamp.children:
        raise UsageError(
            f'"{element}" links to nothing and nothing links to it, so there is no link to review. '
            "Name an element that serves, enables or depends on another."
        )
    texts = contents(plan, [stamp])
    names = {fingerprint(item.element): item.element.id for item in located(plan)}
    splices = stamp_splices(document, stamp, date=by.date, by=by.by)
    return Reviewing(
        element,
        by,
        _links(plan, [stamp], known),
        children=len(stamp.children),
        decision=None,
        texts=spliced(document.texts, splices),
        contents=tuple(content_lines(texts, elements=names, known=known)),
        records=(_record(stamp, by),),
        splices=tuple(splices),
    )


def _approval(document: Document, known: Reviewed, by: Signature) -> Reviewing:
    plan = document.plan
    found = stamps(plan)
    parts: list[tuple[str, Part]] = [(item.element.id, item.element) for item in located(plan)]
    parts += [(f"{step.from_}>{step.to}", step) for step in plan.tactics.bridge]
    decision: dict[str, Value] = {
        "id": new_id(plan, f"approved-{by.date.isoformat()}"), "date": by.date.isoformat(),
        "question": "Is the plan approved?", "choice": "approved", "by": by.by, "about": [plan.plan.id],
        "shown": document.hash,
    }  # fmt: skip
    splices = [splice for stamp in found for splice in stamp_splices(document, stamp, date=by.date, by=by.by)]
    splices.append(append_item(document, ("control", "decisions"), value=decision))
    names = {fingerprint(part): name for name, part in parts}
    texts = {fingerprint(part): canonical(part) for _, part in parts}
    return Reviewing(
        plan.plan.id,
        by,
        _links(plan, found, known),
        children=sum(len(stamp.children) for stamp in found),
        decision=str(decision["id"]),
        texts=spliced(document.texts, splices),
        contents=tuple(content_lines(texts, elements=names, known=known)),
        records=(
            *(_record(stamp, by) for stamp in found),
            approval_line(plan.plan.id, fingerprints(plan), date=by.date, by=by.by),
        ),
        splices=tuple(splices),
    )


def keep(
    reviewing: Reviewing, document: Document, *, ledger: Path, write: Callable[[], object] | None = None
) -> tuple[str, ...]:
    """Write a review down: contents, then the plan, then the review; return the plan's files that changed.

    write: writes the splices into the plan, where that is to be told in its history too · Raises PlanError when the plan changed on disk meanwhile, OSError when something cannot be written.
    """
    append_lines(ledger, reviewing.contents)
    if write is None:
        written = save(document.texts, reviewing.texts)
    else:
        write()
        written = tuple(file for file, text in reviewing.texts.items() if document.texts[file] != text)
    append_lines(ledger, reviewing.records)
    return written


def _record(stamp: Stamp, by: Signature) -> str:
    return review_line(ReviewRecord(stamp.element, by.date, by.by, stamp.seen, stamp.children))


def _links(plan: Plan, found: list[Stamp], known: Reviewed) -> tuple[LinkReviewed, ...]:
    parts = {item.element.id: item.element for item in located(plan)}
    rows = []
    for stamp in found:
        for link in stamp.links:
            old = known.known_contents.get(link.before or "")
            changed = first_change(old, parts[link.ref]) if link.ref in parts else (None, None, None)
            rows.append(LinkReviewed(stamp.element, link.ref, link.before, link.now, *changed))
    return tuple(rows)
