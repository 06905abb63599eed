"""What a page of the report is made from: the review, the case its checks read, and what the warehouse says beside."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar, cast

from leadline.align.case import Case
from leadline.align.run import CheckOptions, case_of
from leadline.evidence.frames import AsOf, as_of
from leadline.evidence.store import Store, open_store
from leadline.review.channel_counts import ChannelCounts, channel_counts
from leadline.review.result import Review
from leadline.review.spending import Spending, spending
from leadline.settings import Settings, read_settings
from leadline.workspace import Workspace

T = TypeVar("T")


@dataclass(frozen=True)
class Material:
    """Everything that pages read.

    case: the very case that was checked · spent: by tactic and month · counts: what the exports say of own channels
    workspace: whose evidence a page may ask further questions, None where there is none
    """

    review: Review
    case: Case
    spent: Spending = field(default_factory=Spending)
    counts: ChannelCounts = field(default_factory=ChannelCounts)
    workspace: Workspace | None = None
    _asked: dict[Callable[[Store, AsOf], Any], Any] = field(default_factory=dict, repr=False, compare=False)

    @property
    def settings(self) -> Settings:
        """Return the settings of the workspace, the defaults where there is none."""
        return Settings() if self.workspace is None else read_settings(self.workspace.settings)

    def ask(self, question: Callable[[Store, AsOf], T]) -> T | None:
        """Ask the warehouse one thing as of the day of the review, and let go of it; None where there is no evidence.

        The same question (the same function) is asked once.
        Raises WarehouseError while another process holds it for longer than a question may wait.
        """
        if self.workspace is None:
            return None
        if question not in self._asked:
            self._asked[question] = self._answer(question, self.workspace)
        return cast("T | None", self._asked[question])

    def _answer(self, question: Callable[[Store, AsOf], T], workspace: Workspace) -> T | None:
        store = open_store(workspace)
        try:
            if not store.exists():
                return None
            at = as_of(store, timezone=self.case.plan.plan.timezone or "UTC", day=self.review.as_of)
            return question(store, at)
        finally:
            store.close()


def material(seen: Review, workspace: Workspace | None = None) -> Material:
    """Return the material of a review; without a workspace, or without evidence in it, the plan's side alone."""
    case = case_of(seen.check.document, seen.asked or CheckOptions(as_of=seen.as_of, seed=seen.seed))
    if workspace is None:
        return Material(seen, case)
    bare = Material(seen, case, workspace=workspace)
    asked = bare.ask(
        lambda store, at: (
            spending(store, case.plan, at=at),
            channel_counts(store, case, at=at, measured=seen.entries, small_cell=seen.small_cell),
        )
    )
    return bare if asked is None else replace(bare, spent=asked[0], counts=asked[1])
