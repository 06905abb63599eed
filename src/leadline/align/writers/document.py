"""The document of `leadline check --json`: one pydantic model, published by `leadline schema check` (checks.md section 4)."""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from leadline.align.coverage import Coverage
from leadline.align.finding import Finding
from leadline.align.hundred import Hundred
from leadline.align.result import CheckResult
from leadline.align.scores import Covered, Scores, Traced
from leadline.plan.places import Path, Place

Level = Literal["error", "warning", "note"]


class _Closed(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class WhereDocument(_Closed):
    """A place in a file (lines and columns from 1, end column exclusive) and its path in the model."""

    file: str
    line: int
    column: int
    end_line: int
    end_column: int
    path: str | None = Field(default=None, description="model path such as tactics.list.3.budget")


class RelatedDocument(_Closed):
    """A second place of a finding."""

    where: WhereDocument
    label: str


class ElementDocument(_Closed):
    """What a finding is about."""

    kind: str
    id: str


class EditDocument(_Closed):
    """One edit of a fix: the new text of the value at a path; empty text removes it."""

    path: str
    text: str


class FixDocument(_Closed):
    """Edits that clear a finding."""

    safety: Literal["safe", "unsafe"]
    edits: list[EditDocument]


class FindingDocument(_Closed):
    """One finding."""

    code: str
    name: str
    level: Level
    text: str
    where: WhereDocument
    related: list[RelatedDocument]
    element: ElementDocument
    why: str
    fix: str
    values: dict[str, Any] = Field(description="keys of the catalogue; quantities in base units, see units")
    units: dict[str, str] = Field(description="unit of each quantity in values; share is 0..1")
    money_at_stake: float = Field(description="budgets concerned, plan currency")
    fixes: list[FixDocument]
    caused_by: str | None = Field(description="fingerprint of the finding to mend first")
    waived_by: str | None = Field(description="id of the waiver that covers it")
    fingerprint: str = Field(description="stays the same while the numbers move")
    also: str = Field(
        default="", description="what to know beside it, such as what is odd about the evidence; empty where nothing is"
    )


class SkippedDocument(_Closed):
    """A rule that could not judge, with the reason."""

    code: str
    element: str | None = None
    reason: str


class HundredDocument(_Closed):
    """Where each 100 goes; shares 0..1, money in plan currency."""

    basis: Literal["planned", "spent"]
    proven: float | None
    believed: float | None
    attention: float | None
    nothing: float | None
    run: float | None
    cost: float
    run_cost: float
    assumed: float
    unmatched: float
    unpriced_hours: float
    tactics: dict[str, str]
    reason: str | None = None


class TracedDocument(_Closed):
    """Spend (money) or hours that reach the top and a value event."""

    value: float | None
    traced: float
    total: float
    run: float
    untraced: list[str]
    reason: str | None = None


class ContributionDocument(_Closed):
    """What one tactic adds to an objective, in the metric's unit."""

    tactic: str
    naive: float
    due: float


class CoverageDocument(_Closed):
    """Computed contribution over needed change; p05 to p95 as shares of needed."""

    objective: str
    needed: float | None
    naive: float | None
    due: float | None
    naive_share: float | None
    due_share: float | None
    p05: float | None
    p50: float | None
    p95: float | None
    p: float | None
    reason: str | None = None
    bets: int
    guesses: int
    contributions: list[ContributionDocument]


class EvidenceDocument(_Closed):
    """What the expected effect on an objective rests on, as shares."""

    objective: str
    measured: float
    benchmark: float
    expert: float
    guess: float


class CoveredDocument(_Closed):
    """A share of spend that something holds for."""

    value: float | None
    covered: float
    total: float
    reason: str | None = None


class PromisePointDocument(_Closed):
    """One touch point with a promise, hours a week."""

    touchpoint: str
    promised: float
    staffed: float
    workload: float | None


class PromisesDocument(_Closed):
    """Promised hours that are staffed."""

    value: float | None
    covered: float
    promised: float
    points: list[PromisePointDocument]
    reason: str | None = None


class ConcentrationDocument(_Closed):
    """Growth budget by channel."""

    hhi: float | None
    largest: str | None
    largest_share: float | None
    shares: dict[str, float]
    reason: str | None = None


class ScoresDocument(_Closed):
    """All scores; a null has its reason beside it."""

    hundred: HundredDocument
    traced_spend: TracedDocument
    traced_hours: TracedDocument
    coverage: list[CoverageDocument]
    evidence_coverage: list[EvidenceDocument]
    bridge_coverage: CoveredDocument
    control_coverage: CoveredDocument
    promise_coverage: PromisesDocument
    concentration: ConcentrationDocument


class FixedDocument(_Closed):
    """Something `--fix` made, or left with a reason."""

    what: str
    file: str
    line: int
    safety: Literal["safe", "unsafe"]
    code: str | None = Field(description="of the finding it clears; null for what only tidies")
    element: str | None
    diff: str = Field(description="unified diff of what it did, or would do; empty where it cannot be done")
    reason: str | None = Field(description="why it was left; null where it was made")


class CheckDocument(_Closed):
    """What `leadline check --json` writes."""

    plan: str
    hash: str
    as_of: dt.date
    seed: int
    status: str
    settings_changed: list[str]
    scores: ScoresDocument
    counts: dict[str, int]
    skipped: list[SkippedDocument]
    findings: list[FindingDocument]
    seconds: float | None = None
    made_at: dt.datetime | None = None
    snapshot: str | None = Field(
        default=None, description="of the evidence that the rules were told of; null where the plan was judged alone"
    )
    limited_to: str | None = Field(default=None, description="elements the findings are limited to, by --since")
    fixed: list[FixedDocument] = Field(default=[], description="what --fix made")
    left: list[FixedDocument] = Field(default=[], description="what --fix left, with the reason")


def document_of(
    result: CheckResult,
    *,
    seconds: float | None = None,
    made_at: dt.datetime | None = None,
    snapshot: str | None = None,
) -> CheckDocument:
    """Return the document of a run; the caller, who has a clock, says how long it took and when it was made.

    snapshot: of the evidence that the rules were told of, None where they judged the plan alone
    """
    return CheckDocument(
        plan=result.document.plan.plan.id,
        hash=result.document.hash,
        as_of=result.as_of,
        snapshot=snapshot,
        seed=result.seed,
        status=result.status,
        settings_changed=list(result.settings_changed),
        limited_to=result.limited_to or None,
        scores=_scores(result.scores),
        counts=dict(result.counts),
        skipped=[SkippedDocument(code=one.code, element=one.element, reason=one.reason) for one in result.skipped],
        findings=[finding_document(finding) for finding in result.findings],
        seconds=seconds,
        made_at=made_at,
    )


def write_json(result: CheckResult, *, seconds: float | None = None, made_at: dt.datetime | None = None) -> str:
    """Return the document as text."""
    return document_of(result, seconds=seconds, made_at=made_at).model_dump_json(indent=2) + "\n"


def check_schema() -> dict[str, object]:
    """Return the JSON schema of the document."""
    return CheckDocument.model_json_schema()


def _where(place: Place, path: Path | None = None) -> WhereDocument:
    return WhereDocument(
        file=place.file,
        line=place.line,
        column=place.column,
        end_line=place.end_line,
        end_column=place.end_column,
        path=None if path is None else dotted(path),
    )


def dotted(path: Path) -> str:
    """Return a model path as text: `tactics.list.3.budget`."""
    return ".".join(str(part) for part in path)


def finding_document(finding: Finding) -> FindingDocument:
    """Return the document of one finding."""
    return FindingDocument(
        code=finding.code,
        name=finding.name,
        level=finding.level,
        text=finding.text,
        where=_where(finding.place, finding.path),
        related=[RelatedDocument(where=_where(one.place), label=one.label) for one in finding.related],
        element=ElementDocument(kind=finding.element.kind, id=finding.element.id),
        why=finding.why,
        fix=finding.fix,
        values=dict(finding.values),
        units=dict(finding.units),
        money_at_stake=finding.money_at_stake,
        fixes=[
            FixDocument(
                safety=repair.safety, edits=[EditDocument(path=dotted(path), text=text) for path, text in repair.edits]
            )
            for repair in finding.repairs
        ],
        caused_by=finding.caused_by,
        waived_by=finding.waived_by,
        fingerprint=finding.fingerprint,
        also=finding.also,
    )


def _scores(scores: Scores) -> ScoresDocument:
    promise, basket = scores.promise_coverage, scores.concentration
    return ScoresDocument(
        hundred=_hundred(scores.hundred),
        traced_spend=_traced(scores.traced_spend),
        traced_hours=_traced(scores.traced_hours),
        coverage=[_coverage(one) for one in scores.coverage],
        evidence_coverage=[
            EvidenceDocument.model_validate(one, from_attributes=True) for one in scores.evidence_coverage
        ],
        bridge_coverage=_covered(scores.bridge_coverage),
        control_coverage=_covered(scores.control_coverage),
        promise_coverage=PromisesDocument.model_validate(promise, from_attributes=True),
        concentration=ConcentrationDocument.model_validate(basket, from_attributes=True),
    )


def _hundred(hundred: Hundred) -> HundredDocument:
    return HundredDocument.model_validate(hundred, from_attributes=True)


def _traced(traced: Traced) -> TracedDocument:
    return TracedDocument.model_validate(traced, from_attributes=True)


def _covered(covered: Covered) -> CoveredDocument:
    return CoveredDocument.model_validate(covered, from_attributes=True)


def _coverage(one: Coverage) -> CoverageDocument:
    return CoverageDocument.model_validate(one, from_attributes=True)
