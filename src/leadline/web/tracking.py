"""A campaign or an origin that belongs to a tactic: written into `tracked_as`, where the plan says how exports name it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from leadline.web.site import Site

KINDS = ("campaign", "origin")
FIELD = "tracked_as"
SEPARATING = (",", ":", "\n", "*")  # signs that mean something where the field is written as text


@dataclass(frozen=True)
class Told:
    """What became of it. key: of the text that says so."""

    is_written: bool
    key: str


def track(site: Site, tactic: str, *, kind: str, name: str) -> Told:
    """Let a tactic's `tracked_as` name a campaign or an origin, beside what it names already."""
    from leadline.plan.editing.desk import Order, Saved
    from leadline.plan.editing.fields import form_of
    from leadline.web.writing import desk_of

    document = site.plan.now().document
    if document is None:
        return Told(is_written=False, key="belongs_unread")
    if kind not in KINDS or tactic not in {one.id for one in document.plan.tactics.list}:
        return Told(is_written=False, key="belongs_unknown")
    if not name.strip() or any(sign in name for sign in SEPARATING):
        return Told(is_written=False, key="belongs_by_hand")
    before = form_of(document, tactic).leaves[FIELD].values
    lines = dict(line.partition(":")[::2] for line in before)
    named = [part.strip() for part in lines.get(kind, "").split(",") if part.strip()]
    lines[kind] = f" {', '.join([*named, name.strip()])}"
    order = Order(tactic, {FIELD: ["\n".join(f"{key}:{text}" for key, text in lines.items())]}, {FIELD: list(before)})
    saved = desk_of(site).save(order, at=site.clock(), by=site.by)
    return Told(isinstance(saved, Saved), "belongs_written" if isinstance(saved, Saved) else "belongs_lost")
