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


class CreditRow(Document):
    """What one model credits to one channel; low and high are p05 and p95."""

    model_config = ConfigDict(extra="allow")

    channel: str = Field(description="channel, or the line of conversions without a touch")
    conversions: float = Field(description="conversions credited")
    value: float = Field(description="value credited, in the file's money")
    low: float | None = Field(default=None, description="5 % of replicates lie below")
    high: float | None = Field(default=None, description="5 % of replicates lie above")
    removal_effect: float | None = Field(
        default=None, description="share of conversions lost without the channel, 0..1"
    )


class AttributeDocument(Document):
    """What `leadline attribute --json` prints."""

    model: str = Field(description="the model, with its order where it has one")
    total_conversions: float = Field(description="conversions in the file; the credits add up to it")
    total_value: float = Field(description="value in the file")
    credit: list[CreditRow] = Field(description="a row per channel, most credit first")
    notes: list[str] = Field(description="what the reader must know; credit is not lift")
    rejected: list[dict[str, Any]] = Field(
        default_factory=list, description="rows that were not taken: line, reason, text"
    )


class AttributeDocuments(Document):
    """What `leadline attribute --model all --json` prints."""

    models: list[AttributeDocument] = Field(description="one document per model that the input allows")
    notes: list[str] = Field(description="models that did not run, and channels on which the models disagree")
