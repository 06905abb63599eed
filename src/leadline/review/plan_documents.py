"""The documents of verbs that change or compare plans; `leadline schema VERB` publishes them."""

from __future__ import annotations

import datetime as dt
from typing import Any

from pydantic import Field

from leadline.review.verb_documents import Document


class ReviewedLinkDocument(Document):
    """One link that was looked at again."""

    element: str
    ref: str = Field(description="id of what it points to")
    before: str | None = Field(description="fingerprint at the last review; null for a link never reviewed")
    now: str | None = Field(description="fingerprint it has now; null where nothing is called so")
    field: str | None = Field(description="what changed since; null where nothing did, or it is not on record")
    old: Any = Field(description="value before, in base units")
    new: Any = Field(description="value now, in base units")


class ReviewLinkDocument(Document):
    """What `leadline review-link --json` prints."""

    element: str = Field(description="the element, or the plan where it was approved as a whole")
    date: dt.date
    by: str
    links: list[ReviewedLinkDocument]
    children: int = Field(description="elements that link to it, whose fingerprints were noted")
    decision: str | None = Field(description="id of the decision that an approval adds")
    plan_hash: str = Field(description="hash of what was looked at")
    written: list[str] = Field(description="files of the plan that changed, and the ledger")


class WaiveDocument(Document):
    """What `leadline waive --json` prints."""

    waiver: dict[str, str] = Field(description="as it stands in the plan now")
    file: str
    as_of: dt.date
    suppresses: list[str] = Field(description="findings it covers today, one line each")
