"""After a large import: looking at the warehouse before anybody asks how good it is."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from leadline.errors import WarehouseError

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable

    from leadline.workspace import Workspace

MANY = 1_000_000  # touches that one import brought; own, measured: looking at fewer takes less than half a second


def look_ahead(workspace: Workspace, touches: int, *, now: Callable[[], dt.datetime]) -> bool:
    """Look at a warehouse now, after an import of that many new touches, so that who asks next need not wait.

    Return whether it was done: it is for many touches only, and not while another process holds the warehouse.
    """
    if touches < MANY:
        return False
    from leadline.evidence.store import open_store  # after a small import nothing of a review is loaded
    from leadline.plan.source import read_plan
    from leadline.review.kept_quality import kept_quality
    from leadline.review.plan_facts import plan_facts
    from leadline.review.run import Request, day_of
    from leadline.settings import read_settings

    plan, settings, store = read_plan(workspace.plan).plan, read_settings(workspace.settings), open_store(workspace)
    with suppress(WarehouseError), store.sitting() as asked:
        at = day_of(asked, plan, settings=settings, request=Request(now=now))
        kept_quality(workspace, asked, at=at, facts=plan_facts(plan), settings=settings)
        return True
    return False
