"""The documents of verbs that need no workspace; `leadline schema VERB` publishes them."""

from __future__ import annotations

import datetime as dt
from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class Document(BaseModel):
    """One JSON document on standard output."""

    model_config = ConfigDict(extra="forbid")


class PipelineDocument(Document):
    """What `leadline pipeline --json` prints."""

    as_of: dt.date = Field(description="the day on which the data end")
    order: list[str] = Field(description="stages in order")
    rejected: list[dict[str, Any]] = Field(description="rows that were not taken: line, text, raw")
    steps: list[dict[str, Any]] = Field(
        description="per step and group: counts, rate within the horizon (shares 0..1), lag in days, each with p05 and p95; null where it cannot be told"
    )
    forecast: list[dict[str, Any]] = Field(description="expected wins and revenue by date, with p05 and p95")
    notes: list[str] = Field(description="what the reader must know")
