"""The documents of verbs that no room has one for; `leadline schema VERB` publishes them."""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, RootModel


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


class AnyAttribution(RootModel[AttributeDocument | AttributeDocuments]):
    """What `leadline attribute --json` prints: one model, or with `--model all` every one."""


class RecordsDocument(Document):
    """What became of a file's records: read = accepted + rejected + all skipped + merged."""

    read: int
    accepted: int
    rejected: int
    skipped: dict[str, int] = Field(description="known and left out, by reason")
    merged: int


class ImportDocument(Document):
    """What became of one file."""

    file: str
    recognised_as: str | None
    import_id: str | None
    status: Literal["done", "empty", "already_imported", "refused"]
    records: RecordsDocument
    tables: dict[str, dict[str, int]] = Field(description="per table: rows new, updated, unchanged")
    span: tuple[dt.date, dt.date] | None = Field(description="first and last day")
    totals: dict[str, str] = Field(description="sums as decimal text, the currency in the name")
    unmatched: list[dict[str, Any]] = Field(description="campaigns and origins that belong to no tactic")
    reason: str | None = Field(description="code of a refusal")
    message: str | None = Field(description="the refusal in words, with the next step")
    rejects: str | None = Field(description="file in evidence/rejects with what was not taken")
    notes: list[str]


class ImportDocuments(RootModel[list[ImportDocument]]):
    """What `leadline import --json` prints: a document per file."""


class EvidenceDocument(Document):
    """What `leadline evidence --json` prints."""

    as_of: dt.date
    tables: list[dict[str, Any]] = Field(description="name, rows, first and last day, sources")
    imports: list[dict[str, Any]] = Field(description="file, recognised_as, records")
    rejects: int = Field(description="records that were not taken, over all imports")
    unmatched: list[dict[str, Any]] = Field(description="name, money, rows of what belongs to no tactic")
    facts: list[dict[str, Any]] = Field(description="what is odd: name, level, text")


class WrittenDocument(Document):
    """What verbs print that write files: `init`, `map`, `report`."""

    written: list[str] = Field(description="the files")
    as_of: dt.date | None = Field(default=None, description="the day on which everything was judged")
    plan_hash: str | None = None


class RuleDocument(Document):
    """What `leadline explain --json` prints."""

    code: str
    name: str
    level: str = Field(description="at approval; the plan's status may lower it")
    structural: bool = Field(description="the plan cannot be computed with it")
    what: str
    why: str
    source: str
    fix: str
    thresholds: dict[str, float]
    bad: str = Field(description="a plan in which the rule fires")
    good: str = Field(description="the same plan, mended")
    waivable: bool
