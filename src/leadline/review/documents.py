"""The documents of `review`, `measure` and `decide`; `leadline schema VERB` publishes them."""

from __future__ import annotations

import datetime as dt
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from leadline.align.writers.document import CheckDocument, document_of
from leadline.decide.forecast import ObjectiveForecast
from leadline.decide.standing import BetStanding, Range
from leadline.review.mix_document import MixDocument, mix_document
from leadline.review.people_cells import credit_rows, small_channels
from leadline.review.result import EvidenceSummary, Review


class Document(BaseModel):
    """One JSON document on standard output."""

    model_config = ConfigDict(extra="forbid")


class RangeDocument(Document):
    """Low (5 %), base (50 %) and high (95 %), in base units of the scale."""

    low: float
    base: float
    high: float
    scale: str = Field(description="share 0..1, amount (unit of the bet), signed difference, days")


class BetDocument(Document):
    """Where one bet stands."""

    bet: str = Field(description="computed id, such as lead>sqo:rate")
    kind: str
    name: str
    tactic: str | None
    unit: str
    believed: RangeDocument | None
    method: str = Field(description="how the plan came by its estimate")
    known: RangeDocument | None = Field(description="from evidence alone; null while nothing is measured")
    grade: str = Field(description="A to E, X unusable, empty while nothing is measured")
    status: str = Field(description="unmeasured, leaning, settled, in conflict")
    contraction: float | None = Field(description="1 - variance known / variance believed")
    word: str = Field(description="on course, behind, can't tell")
    reason: str
    n: int | None = Field(
        description="entries or conversions behind it; null where they are too few people to be shown"
    )
    measured_by: str


class ForecastDocument(Document):
    """One objective's forecast."""

    objective: str
    name: str
    metric: str
    unit: str = Field(description="of the metric; numbers stand in its base unit (shares 0..1, money of the plan)")
    baseline: float
    target: float
    by: dt.date
    to_date: float | None = Field(description="as observed; null where nothing was")
    p: float | None = Field(description="P(target met by its date); null where it must not be shown")
    p_error: float | None = Field(description="Monte Carlo standard error of p; null where p is")
    draws: int
    reason: str = Field(description="why p is null")
    believed_p: float | None = Field(description="what the plan alone says")
    fan: list[dict[str, Any]] = Field(description="day, p05, p25, p50, p75, p95")
    parts: list[dict[str, Any]] = Field(description="what the change still to come is made of: start, amount, guess")
    sentence: str
    calibration: list[str] = Field(description="what is known about the trust that such forecasts deserve")


class DecideDocument(Document):
    """What `leadline decide --json` prints. What is not built yet is null, never empty."""

    ledger: list[BetDocument]
    verdicts: None = Field(default=None, description="the full diagnosis comes with a later version")
    forecasts: list[ForecastDocument]
    allocation: None = Field(default=None, description="comes with response curves, in a later version")
    next_test: None = Field(default=None, description="comes with a later version")
    queue: None = Field(default=None, description="comes with a later version")
    as_of: dt.date
    plan_hash: str
    snapshot: str | None


class MeasureDocument(Document):
    """What `leadline measure --json` prints."""

    as_of: dt.date
    snapshot: str | None
    bridge: list[dict[str, Any]] = Field(description="rows of the measured steps and their groups")
    paths: list[dict[str, Any]] = Field(description="conversions credited per channel and model; credit is not lift")
    mix: MixDocument | None = Field(
        default=None,
        description="what each channel brought, as lift that a model estimated; null where it was not measured",
    )
    notes: list[str]
    computed: list[str] = Field(description="results computed in this run")
    kept: list[str] = Field(description="results found as they were")


class ReviewDocument(Document):
    """What `leadline review --json` prints."""

    plan_hash: str
    as_of: dt.date
    snapshot: str | None
    seed: int
    versions: dict[str, str]
    answer: str
    sentences: list[str]
    check: CheckDocument
    evidence: dict[str, Any] | None
    imports: list[dict[str, Any]]
    results: MeasureDocument
    decide: DecideDocument
    report: str


def review_document(review: Review, report: str) -> ReviewDocument:
    """Return a review as the document that scripts read."""
    return ReviewDocument(
        plan_hash=review.plan_hash,
        as_of=review.as_of,
        snapshot=review.snapshot,
        seed=review.seed,
        versions=dict(review.versions),
        answer=review.answer,
        sentences=list(review.sentences),
        check=document_of(review.check, snapshot=review.snapshot),
        evidence=None if review.evidence is None else evidence_document(review.evidence),
        imports=[one.document() for one in review.imports],
        results=measure_document(review),
        decide=decide_document(review),
        report=report,
    )


def decide_document(review: Review) -> DecideDocument:
    """Return the ledger and the forecasts."""
    return DecideDocument(
        ledger=[_bet(one) for one in review.bets],
        forecasts=[_forecast(one) for one in review.forecasts],
        as_of=review.as_of,
        plan_hash=review.plan_hash,
        snapshot=review.snapshot,
    )


def measure_document(review: Review) -> MeasureDocument:
    """Return the measured steps and the credit."""
    steps = [row for step in review.steps for row in step.table()]
    least, compared = review.small_cell, review.credits
    hidden = frozenset[str]() if compared is None else small_channels(compared, least=least)
    credit = [] if compared is None else [
        {"model": one.name, **row} for one in compared.credits for row in credit_rows(one.table(), hidden, least=least)
    ]  # fmt: skip
    mixed = review.mix.result
    notes = [*review.sentences, *(() if review.credits is None else review.credits.notes), *review.mix.notes]
    return MeasureDocument(
        as_of=review.as_of, snapshot=review.snapshot, bridge=steps, paths=credit,
        mix=None if mixed is None else mix_document(mixed, seconds=sum(mixed.seconds.values())), notes=notes,
        computed=list(review.computed), kept=list(review.kept),
    )  # fmt: skip


def evidence_document(found: EvidenceSummary) -> dict[str, Any]:
    """Return what the warehouse holds, as plain values."""
    return {
        "tables": [
            {"name": one.name, "rows": one.rows, "first": _day(one.first), "last": _day(one.last), "source": one.source}
            for one in found.tables
        ],
        "imports": [
            {"file": one.file, "recognised_as": one.recognised_as, "records": one.records} for one in found.imports
        ],
        "rejects": found.rejects,
        "unmatched": [
            {"name": one.name, "money": one.money, "rows": one.rows, "why": one.why, "proposed": one.proposed}
            for one in found.unmatched
        ],
        "facts": [
            {"name": one.name, "level": one.level, "text": one.text, "where": one.where, "endangers": one.endangers}
            for one in found.facts
        ],
        "identity": None if found.identity is None else found.identity.document(),
    }


def _day(day: dt.date | None) -> str | None:
    return None if day is None else day.isoformat()


def _range(span: Range | None) -> RangeDocument | None:
    return None if span is None else RangeDocument(low=span.low, base=span.base, high=span.high, scale=span.scale)


def _bet(one: BetStanding) -> BetDocument:
    return BetDocument(
        bet=one.bet, kind=one.kind, name=one.name, tactic=one.tactic, unit=one.unit, believed=_range(one.believed),
        method=one.method, known=_range(one.known), grade=one.grade, status=one.status, contraction=one.contraction,
        word=one.word, reason=one.reason, n=one.n, measured_by=one.measured_by,
    )  # fmt: skip


def _forecast(one: ObjectiveForecast) -> ForecastDocument:
    return ForecastDocument(
        objective=one.objective, name=one.name, metric=one.metric, unit=one.unit, baseline=one.baseline,
        target=one.target, by=one.by, to_date=one.to_date, p=one.p, p_error=one.p_error, draws=one.draws,
        reason=one.reason, believed_p=one.believed_p, fan=one.table(),
        parts=[{"start": start, "amount": amount, "guess": guess} for start, amount, guess in one.parts],
        sentence=one.sentence, calibration=list(one.notes),
    )  # fmt: skip
