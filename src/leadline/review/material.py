"""What a page of the report is made from: the review, the case its checks read, and what the warehouse says beside."""

from __future__ import annotations

from dataclasses import dataclass, field

from leadline.align.case import Case
from leadline.align.run import CheckOptions, case_of
from leadline.evidence.frames import as_of
from leadline.evidence.store import open_store
from leadline.review.channel_counts import ChannelCounts, channel_counts
from leadline.review.result import Review
from leadline.review.spending import Spending, spending
from leadline.workspace import Workspace


@dataclass(frozen=True)
class Material:
    """Everything that pages read.

    case: the very case that was checked · spent: by tactic and month · counts: what the exports say of own channels
    """

    review: Review
    case: Case
    spent: Spending = field(default_factory=Spending)
    counts: ChannelCounts = field(default_factory=ChannelCounts)


def material(seen: Review, workspace: Workspace | None = None) -> Material:
    """Return the material of a review; without a workspace, or without evidence in it, the plan's side alone."""
    case = case_of(seen.check.document, seen.asked or CheckOptions(as_of=seen.as_of, seed=seen.seed))
    if workspace is None:
        return Material(seen, case)
    store = open_store(workspace)
    try:
        if not store.exists():
            return Material(seen, case)
        at = as_of(store, timezone=case.plan.plan.timezone or "UTC", day=seen.as_of)
        spent = spending(store, case.plan, at=at)
        return Material(seen, case, spent, channel_counts(store, case, at=at, measured=seen.entries))
    finally:
        store.close()
