"""What an edit moved, kept until it is shown: the hundred before and after, scores, findings gone and new."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, cast

from leadline.errors import LeadlineError

if TYPE_CHECKING:
    from leadline.align.consequences import Consequences
    from leadline.plan.history import Entry
    from leadline.plan.source import Document
    from leadline.web.site import Site

SHARED = "moved"
KEPT = 20  # own: the last edits, so that a page loaded again still says what its edit did


def remember(site: Site, entry: Entry | None, *, before: Document, after: Document) -> None:
    """Work out what an edit moved and keep it under the edit's id; what cannot be judged moved nothing that can be told."""
    from leadline.align.consequences import consequences
    from leadline.web.judging import judged

    if entry is None:
        return
    try:
        seen = judged(site)
        found = None if seen is None else consequences(before, after, options=seen.options)
    except LeadlineError:
        found = None
    if found is not None:
        kept = _kept(site)
        kept[entry.id] = found
        while len(kept) > KEPT:
            kept.popitem(last=False)


def moved_by(site: Site, entry: str) -> Consequences | None:
    """Return what an edit moved, None where that is not kept any more."""
    return _kept(site).get(entry)


def _kept(site: Site) -> OrderedDict[str, Consequences]:
    return cast("OrderedDict[str, Consequences]", site.shared.setdefault(SHARED, OrderedDict()))
