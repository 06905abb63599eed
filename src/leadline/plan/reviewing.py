"""What a review writes on an element: the fingerprint of the other end of each link, and of each child.

    stamp = stamps(document.plan, ("search",))[0]
    splices = stamp_splices(document, stamp, date=day, by="ines")

A review says "I looked at both ends and the link still holds". Nothing else of the element is touched.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from leadline.plan.edits import Splice, insert_key, replace_value
from leadline.plan.elements import Located, located
from leadline.plan.model import Plan
from leadline.plan.parts import Element, Link
from leadline.plan.places import Path
from leadline.plan.source import Document
from leadline.plan.stamp import canonical, fingerprint, links
from leadline.plan.yaml_nodes import Mapping as MappingNode

__all__ = ["ReviewRecord", "Stamp", "StampedLink", "contents", "stamp_splices", "stamps"]


@dataclass(frozen=True)
class ReviewRecord:
    """One review of an element's links: the fingerprints of what it linked to, and of its children."""

    element: str
    date: dt.date
    by: str
    seen: Mapping[str, str]
    children: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class StampedLink:
    """One link of an element under review.

    path: the link in the model; ref: what it points to; before: its old stamp, None for a bare link; now: the new one,
    None where nothing is called `ref` (such a link cannot be reviewed)
    """

    path: Path
    ref: str
    before: str | None
    now: str | None


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a review of one element says: its links upward, the fingerprint of each element that links to it."""

    element: str
    path: Path
    links: tuple[StampedLink, ...]
    children: Mapping[str, str]

    @property
    def seen(self) -> dict[str, str]:
        """Return the fingerprint of each element this one links to."""
        return {link.ref: link.now for link in self.links if link.now is not None}


def stamps(plan: Plan, ids: Iterable[str] | None = None) -> list[Stamp]:
    """Return the stamps of the elements named, or of every element that links or is linked to.

    An element with neither links nor children gets a stamp without either when it is named.
    """
    by_id: dict[str, Located] = {}
    for item in located(plan):
        by_id.setdefault(item.element.id, item)
    now = {identity: fingerprint(item.element) for identity, item in by_id.items()}
    upward: dict[str, list[StampedLink]] = defaultdict(list)
    children: dict[str, dict[str, str]] = defaultdict(dict)
    for element, path, link in _distinct(plan):
        upward[element.id].append(StampedLink(path, link.ref, link.seen, now.get(link.ref)))
        if link.ref in now:
            children[link.ref][element.id] = now[element.id]
    wanted = tuple(ids) if ids is not None else tuple(name for name in by_id if upward[name] or children[name])
    return [Stamp(name, by_id[name].path, tuple(upward[name]), children[name]) for name in wanted]


def _distinct(plan: Plan) -> Iterator[tuple[Element, Path, Link]]:
    """Yield the links of the first element of each id; a second one of the same id is a fault of its own."""
    first: dict[str, Element] = {}
    for element, path, link in links(plan):
        if first.setdefault(element.id, element) is element:
            yield element, path, link


def stamp_splices(document: Document, stamp: Stamp, *, date: dt.date, by: str) -> list[Splice]:
    """Return the edits that write a stamp: `seen` on each link, `reviewed` on the element."""
    found = []
    for link in stamp.links:
        if link.now is None or link.now == link.before:
            continue
        node = document.node(link.path)
        if not isinstance(node, MappingNode):
            found.append(replace_value(document, link.path, value={"ref": link.ref, "seen": link.now}))
        elif "seen" in node.entries:
            found.append(replace_value(document, (*link.path, "seen"), value=link.now))
        else:
            found.append(insert_key(document, link.path, key="seen", value=link.now))
    review: dict[str, object] = {"date": date.isoformat(), "by": by}
    if stamp.children:
        review["children"] = dict(stamp.children)
    return [*found, *_reviewed(document, stamp.path, review)]


def _reviewed(document: Document, path: Path, review: dict[str, object]) -> list[Splice]:
    node = document.node(path)
    entries = node.entries if isinstance(node, MappingNode) else {}
    if "reviewed" not in entries:
        return [insert_key(document, path, key="reviewed", value=review)]  # type: ignore[arg-type]  # a mapping of texts
    splice = replace_value(document, (*path, "reviewed"), value=review)  # type: ignore[arg-type]  # same
    old = document.texts[splice.file][splice.start : splice.end]
    return [] if old == splice.text.strip() else [splice]


def confirmed(plan: Plan, records: Mapping[str, ReviewRecord]) -> Iterator[tuple[Stamp, ReviewRecord]]:
    """Yield the elements that lack the stamp of a review which the ledger confirms, with that review.

    Confirmed: every link carries the fingerprint its other end has now, the review on record saw exactly these, and the
    same children. The stamp was lost, in a merge for instance; nobody has to look again.
    """
    by_id = {item.element.id: item.element for item in located(plan)}
    named = [name for name in records if name in by_id and by_id[name].reviewed is None]
    for stamp in stamps(plan, named):
        record = records[stamp.element]
        is_current = all(link.before == link.now for link in stamp.links)
        if is_current and dict(record.seen) == stamp.seen and dict(record.children) == dict(stamp.children):
            yield stamp, record


def contents(plan: Plan, found: Iterable[Stamp]) -> dict[str, str]:
    """Return the canonical text behind every fingerprint that the stamps write."""
    texts = {item.element.id: canonical(item.element) for item in located(plan)}
    return {mark: texts[name] for stamp in found for name, mark in {**stamp.seen, **stamp.children}.items()}
