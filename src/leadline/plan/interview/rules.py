"""What follows from an answer beyond its own writes: where several answers decide together, and the stamps of links."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from typing import Protocol

from leadline.plan.edits import apply
from leadline.plan.elements import located
from leadline.plan.interview.asks import Ask
from leadline.plan.interview.ladder import Settled, climbed, settle
from leadline.plan.interview.record import Item
from leadline.plan.reviewing import stamp_splices, stamps
from leadline.plan.source import Document

__all__ = ["RULES", "Settled", "current_items"]


class Rule(Protocol):
    """What follows from an answer: the ask that was closed, the parts of its answer, the notes; None for nothing."""

    def __call__(
        self, document: Document, ask: Ask, values: Mapping[str, object], *, notes: Mapping[str, object], today: dt.date
    ) -> Settled | None: ...


def _ladder(
    document: Document, ask: Ask, values: Mapping[str, object], *, notes: Mapping[str, object], today: dt.date
) -> Settled | None:
    del values
    return settle(document, ask.question.id, notes=notes, today=today)


def _links(
    document: Document, ask: Ask, values: Mapping[str, object], *, notes: Mapping[str, object], today: dt.date
) -> Settled | None:
    """Stamp the one link that was looked at, as `review-link` does for all links of an element."""
    del notes
    if ask.question.id != "quarter.link" or values.get("holds") != "yes" or ask.item is None:
        return None
    driver = document.plan.plan.driver
    if driver is None:
        return Settled(document, says=("Say first who drives the plan: a review needs a name.",))
    element, ref = str(ask.item.values["element"]), str(ask.item.values["ref"])
    (stamp,) = stamps(document.plan, (element,))
    about = next(one.element for one in located(document.plan) if one.element.id == element)
    children = dict(about.reviewed.children) if about.reviewed else {}
    if ask.item.values.get("direction") == "down":
        one = replace(stamp, links=(), children={**children, ref: stamp.children.get(ref, str(ask.item.values["now"]))})
    else:
        one = replace(stamp, links=tuple(link for link in stamp.links if link.ref == ref), children=children)
    splices = stamp_splices(document, one, date=today, by=driver)
    says = (f"Looked at again on {today} by {driver}.",)
    return Settled(apply(document, splices), says=says, touched=frozenset({element}))


RULES: Mapping[str, Rule] = {"ladder": _ladder, "links": _links}
"""Rules by the name that a flow gives (`rule: ladder`)."""


def current_items(
    rule: str, items: tuple[Item, ...], *, document: Document, notes: Mapping[str, object]
) -> tuple[Item, ...]:
    """Return what is asked about now: items at the place where their element stands today, without those that are gone."""
    if rule == "ladder" and not items:
        return climbed(document, notes)
    found = []
    for item in items:
        about = item.values.get("at")
        if about is None:
            found.append(item)
            continue
        try:
            found.append(replace(item, path=document.path_of(str(about))))
        except KeyError:
            continue
    return tuple(found)
