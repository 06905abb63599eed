"""The document of `leadline what-if`: what goes first, what that costs, and of which grade each number is."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from leadline.review.verb_documents import Document

if TYPE_CHECKING:
    from leadline.decide.what_if_result import WhatIf


class BroughtDocument(Document):
    """What measured channels bring less over the days of the plan; negative: more."""

    outcome: str = Field(description="what the mix measured, by name")
    unit: str = Field(description="count, or the currency of its money")
    mean: float
    low: float = Field(description="p05")
    high: float = Field(description="p95")


class WhatIfDocument(Document):
    """What `leadline what-if --json` prints; money in the plan's currency, shares and chances 0..1."""

    as_of: dt.date = Field(description="the day of judgement")
    basis: Literal["measured", "belief", "both"] = Field(
        description="measured: from response curves · belief: from the plan's bets · both: some tactics this, some that"
    )
    currency: str | None = Field(description="currency of all money")
    asked: float = Field(description="money to be freed")
    planned: float = Field(description="money of all tactics, running cost included")
    reserve: float = Field(description="budget that no tactic has")
    freed: float = Field(description="money freed; negative: more is spent")
    hours: float = Field(description="hours freed")
    tactics: list[dict[str, Any]] = Field(
        description='per cut, in order: tactic, part of the hundred, from, to, freed, hours, and its loss beyond the cuts before it on the objective it matters most to (mean, low, high: p05, p95; null: none; loss_grade: measured, belief, or both added) · grade: measured or belief, with the reason why no curve tells it ("": nobody measured) · measured: what its channels bring less of the measured outcome, null in belief · unseen: channels moved beyond all that was ever seen'
    )
    first: list[str] = Field(description="the first things to stop, in sentences")
    kept: list[dict[str, Any]] = Field(description="money not open to cutting: tactic, money, reason")
    objectives: list[dict[str, Any]] = Field(
        description="per objective: mean, low, high (p05, p95) of what it loses by its day in the metric's unit, grade of that (measured, belief, or both added), measured: the part of the mean that was measured (null: none); needed, p_before and p_after by the plan's bets; null with a reason where no P is told"
    )
    measured: BroughtDocument | None = Field(
        description="what all measured tactics together lose, joint draws; null where no curve tells any"
    )
    source: str = Field(description="hash of the panel that the curves were measured on; empty in belief")
    beats_all_alike: float | None = Field(
        description="share of draws in which this order loses less than cutting all alike; null where nothing tells them apart"
    )
    sentence: str = Field(description="the answer in words")
    notes: list[str] = Field(description="what the reader must know, such as that a kept measurement is out of date")


def what_if_document(result: WhatIf) -> WhatIfDocument:
    """Return the answer to a cut as a document."""
    return WhatIfDocument(
        as_of=result.as_of, basis=result.basis, currency=result.currency or None, asked=result.asked, planned=result.planned,
        reserve=result.reserve, freed=result.freed, hours=result.hours, tactics=result.table(),
        first=list(result.sentences()), kept=[dict(vars(kept)) for kept in result.kept],
        objectives=[dict(vars(loss)) for loss in result.losses],
        measured=None if result.measured is None else BroughtDocument(**vars(result.measured)),
        source=result.source, beats_all_alike=result.beats_all_alike, sentence=result.sentence(),
        notes=[*([result.unused] if result.unused else []), *result.notes],
    )  # fmt: skip
