"""The quality facts of a warehouse, kept by all that they follow from: ten million touches need not be looked at twice."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from leadline.evidence.quality import Fact
from leadline.review.keep import Keep, plain
from leadline.review.views import quality_of

if TYPE_CHECKING:
    from leadline.evidence.frames import AsOf
    from leadline.evidence.plan_facts import PlanFacts
    from leadline.evidence.store import Store
    from leadline.settings import Settings
    from leadline.workspace import Workspace


def kept_quality(
    workspace: Workspace, store: Store, *, at: AsOf, facts: PlanFacts, settings: Settings
) -> tuple[Fact, ...]:
    """Return the quality facts, worst first, from `results/` where nothing that decides them has changed since.

    That is the snapshot, which changes with every commit; the day; what the plan says of tactics, states and rates; the
    thresholds, the window and the outcome of journeys; and the versions of the program and its engine.
    """
    told = {
        "snapshot": store.snapshot(), "at": plain(dataclasses.asdict(at)), "facts": plain(dataclasses.asdict(facts)),
        "limits": plain(settings.quality), "window": settings.paths_window_days, "outcome": settings.paths_outcome,
    }  # fmt: skip
    return Keep(workspace.results, (Fact,)).get(
        "quality", told, compute=lambda: quality_of(store, at, facts=facts, settings=settings)
    )
