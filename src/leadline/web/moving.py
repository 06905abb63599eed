"""What an edit moved, kept until it is shown: the hundred before and after, scores, findings gone and new.

Every edit there was is read once for each state of its file: after a year of work they are thousands.
"""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import TYPE_CHECKING, cast

from leadline.errors import LeadlineError

if TYPE_CHECKING:
    from pathlib import Path

    from leadline.align.consequences import Consequences
    from leadline.plan.history import Entry, Told
    from leadline.plan.source import Document
    from leadline.web.site import Site

SHARED, EDITS, READING = "moved", "edits", "edits.reading"
KEPT = 20  # own: the last edits, so that a page loaded again still says what its edit did


def remember(site: Site, entry: Entry | None, *, before: Document, after: Document) -> None:
    """Work out what an edit moved and keep it under the edit's id; what cannot be judged moved nothing that can be told."""
    from leadline.align.consequences import consequences
    from leadline.web.judging import judged, judged_alike

    if entry is None:
        return
    try:
        seen = judged(site)
        told = [(one.case, one.check) for one in judged_alike(site)]
        found = None if seen is None else consequences(before, after, options=seen.options, told=told)
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


def edits_of(site: Site) -> Told:
    """Return every edit of the plan."""
    from leadline.plan.history import History

    with cast("Lock", site.shared.setdefault(READING, Lock())):
        known = cast("tuple[object, object, Told] | None", site.shared.get(EDITS))
        stamp, standing = _stamp(site.workspace.edits), site.plan.now()
        if known is None or known[0] != stamp or known[1] is not standing:
            known = (stamp, standing, History(site.workspace).read())
            if _stamp(site.workspace.edits) == stamp:  # reading settles what a kill left open: then it is another file
                site.shared[EDITS] = known
        return known[2]


def _stamp(file: Path) -> tuple[int, int, int]:
    try:
        found = file.stat()
    except OSError:
        return (0, 0, 0)
    return (found.st_mtime_ns, found.st_size, found.st_ino)


def _kept(site: Site) -> OrderedDict[str, Consequences]:
    return cast("OrderedDict[str, Consequences]", site.shared.setdefault(SHARED, OrderedDict()))
