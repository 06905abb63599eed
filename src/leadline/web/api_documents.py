"""The documents of /api that no verb prints: the plan as data, jobs, and what is said when something cannot be answered."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from leadline.plan.model import Plan
from leadline.review.result import MapEdge, MapNode, TouchpointView

if TYPE_CHECKING:
    from leadline.web.job import Job


class Document(BaseModel):
    """One JSON document."""

    model_config = ConfigDict(extra="forbid")


class PlanDocument(Document):
    """The plan as data, as it stands on disk."""

    hash: str = Field(description="hash of the plan's meaning, as every other document names it")
    version: str = Field(description="hash of its texts: changes with every edit, a comment too")
    plan: Plan


class MapDocument(Document):
    """The strategy map and the touch point map of the plan as it stands; money in the plan's currency."""

    as_of: dt.date = Field(description="the day of judgement")
    plan_hash: str
    snapshot: str | None = Field(description="of the evidence behind the grades; null: none yet")
    currency: str | None = Field(description="currency of all money; null: the plan names none")
    nodes: list[MapNode] = Field(description="elements; lane: strategy level, objective, tactic, metric or value_event")
    edges: list[MapEdge] = Field(
        description="links: serves, bet or enables; grade: of the evidence behind a bet, or empty"
    )
    touchpoints: list[TouchpointView] = Field(description="where people meet the organisation; hours are per week")
    stages: list[str] = Field(description="stages of the journey, from the first used one to the last")


class JobOrder(BaseModel):
    """What to do in the background."""

    model_config = ConfigDict(extra="forbid", strict=True)

    kind: Literal["import", "review", "start", "mix"]
    arguments: dict[str, Any] = Field(
        default={},
        description="import: files (exports/…), currency, source, sheet, numbers, dates …; review: as_of, seed; "
        "mix: as_of, seed, instant (true: a quick estimate instead of sampling)",
    )


class JobDocument(Document):
    """One background job as it stands; times are UTC."""

    id: str
    kind: str
    arguments: dict[str, Any]
    state: Literal["waiting", "running", "done", "failed", "cancelled", "cut"]
    stopping: bool = Field(description="it was cancelled and is on its way out")
    asked: dt.datetime
    started: dt.datetime | None
    ended: dt.datetime | None
    told: str = Field(description="its last word of progress")
    share: float | None = Field(description="part done, 0..1; null unknown")
    result: dict[str, Any] | None = Field(
        description="of an import: a document per file, as leadline import prints; of a mix: that of leadline measure mix --json"
    )
    reason: str = Field(description="why it failed: refused, internal, killed")
    error: str
    page: str = Field(description="where a person sees it")


class JobsDocument(Document):
    """Every job that is still known, the last one asked for first."""

    jobs: list[JobDocument]


class FaultDocument(Document):
    """Why there is no answer."""

    error: str = Field(description="what is the case, where, and what is known")
    next: str = Field(description="what to do about it")


def job_document(job: Job) -> JobDocument:
    """Return a job as a document."""
    return JobDocument(
        id=job.id, kind=job.kind, arguments=dict(job.arguments), state=job.state, stopping=job.is_stopping,
        asked=_utc(job.asked), started=job.started and _utc(job.started), ended=job.ended and _utc(job.ended), told=job.told, share=job.share,
        result=None if job.result is None else dict(job.result), reason=job.reason, error=job.error, page=f"/jobs/{job.id}",
    )  # fmt: skip


def _utc(moment: dt.datetime) -> dt.datetime:
    """Return a moment with its zone: a date-time of JSON Schema has one (RFC 3339)."""
    return moment.replace(tzinfo=dt.UTC)
