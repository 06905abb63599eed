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


class WorkedDocument(Document):
    """What `leadline worked --json` prints; money in the currency of the input, chances and rates 0..1."""

    currency: str | None = Field(description="currency of all money, null where none was named")
    spend: float = Field(description="money spent")
    responses: int | None = Field(description="responses counted, null where only the spend is known")
    sales: int = Field(description="sales counted")
    worth: float = Field(description="money one sale is worth")
    believed: float | None = Field(description="believed share of responses that buy")
    believed_cost_per_sale: float | None = Field(
        description="believed money per sale, where responses were not counted"
    )
    model: Literal["binomial", "poisson"] = Field(description="binomial with responses, Poisson without")
    expected: float | None = Field(description="sales to be expected under the belief")
    break_even: float = Field(description="rate (binomial) or number of sales (Poisson) at which the spend comes back")
    p_at_most_believed: float | None = Field(description="chance of so few or fewer sales under the belief")
    p_at_least_believed: float | None = Field(description="chance of so many or more under the belief")
    p_at_most_break_even: float = Field(description="chance of so few or fewer sales at break-even")
    p_at_least_break_even: float = Field(description="chance of so many or more at break-even")
    rate90: list[float] | None = Field(description="90 % interval of the rate (Clopper and Pearson)")
    sales90: list[float] | None = Field(description="90 % interval of the expected sales (Garwood)")
    cost_per_sale90: list[float | None] = Field(description="90 % interval of money per sale; null: no bound")
    net: float = Field(description="money earned minus spend")
    net90: list[float] = Field(description="its 90 % interval")
    against_break_even: Literal["pays", "does not pay", "can't tell"] = Field(description="does it pay")
    against_belief: str | None = Field(description="worse, better or in line; null where nothing was believed")
    answer: str = Field(description="both answers in few words")
    enough_unit: Literal["responses", "spend"] = Field(description="what the four sizes below are counted in")
    enough_without_a_sale_against_break_even: float | None = Field(description="from here on no sale speaks against it")
    enough_without_a_sale_against_belief: float | None = Field(description="from here on no sale speaks against it")
    enough_to_notice_half: float | None = Field(description="from here on half the belief is noticed 8 of 10 times")
    first_to_notice_half: float | None = Field(description="the least size that does; larger ones may fall back")
    sentence: str = Field(description="the answer in words")
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
    unmatched: list[dict[str, Any]] = Field(
        description="campaigns and origins that belong to no tactic; rows null where few people are told by them"
    )
    reason: str | None = Field(description="code of a refusal")
    message: str | None = Field(description="the refusal in words, with the next step")
    rejects: str | None = Field(description="file in evidence/rejects with what was not taken")
    notes: list[str]


class ImportDocuments(RootModel[list[ImportDocument]]):
    """What `leadline import --json` prints: a document per file."""


class RulesDocument(Document):
    """What `leadline evidence --rules A B --json` prints; money in its own currency."""

    as_of: dt.date = Field(description="the day of judgement")
    a: str = Field(description="version of the channel rules before")
    b: str = Field(description="version after")
    of: dict[str, int] = Field(description="table → rows whose channel the rules decide")
    touches: int = Field(description="touches under another channel")
    spend: dict[str, float] = Field(description="currency → spend under another channel")
    moves: list[dict[str, Any]] = Field(description="table, from, to, rows, money, currency; most rows first")
    notes: list[str] = Field(description="what the reader must know")


class EvidenceDocument(Document):
    """What `leadline evidence --json` prints."""

    as_of: dt.date
    tables: list[dict[str, Any]] = Field(description="name, rows, first and last day, sources")
    imports: list[dict[str, Any]] = Field(description="file, recognised_as, records")
    rejects: int = Field(description="records that were not taken, over all imports")
    unmatched: list[dict[str, Any]] = Field(
        description="name, money, rows of what belongs to no tactic, why, and the tactic proposed (dates and channel fit)"
    )
    facts: list[dict[str, Any]] = Field(
        description="what is odd: name, level, text, where, and what it endangers (money, journeys, bridge, time)"
    )
    identity: dict[str, Any] | None = Field(
        default=None,
        description="identifiers, people, joined_by (method, reason, links), why_not (why names were not compared), "
        "counts and links that a person or the model made, that wait, or that were undone",
    )


class ForgetDocument(Document):
    """What `leadline forget --json` prints: the receipt of an erasure. It names nobody."""

    erasure: str = Field(description="name of the receipt, as it stands in ledger/erasures.jsonl")
    at: dt.datetime = Field(description="when, UTC")
    identifiers: int = Field(description="identifiers of the person that were known")
    tables: dict[str, int] = Field(
        description="what was done in which table: rows deleted, or unlinked from the person"
    )
    removed: list[str] = Field(description="files of Leadline's own that held the person and are gone or cleaned")
    still_hold: list[str] = Field(
        description="files that hold the person and are yours: exports, the plan, reports elsewhere"
    )
    imports: list[str] = Field(description="names of the exports that brought the person's rows")
    hash: str = Field(description="SHA-256 over everything else the receipt says")
    notes: list[str]


class UndoneDocument(Document):
    """What `leadline evidence --undo-link ID --json` prints."""

    link: str = Field(description="the link that joins nothing any more")
    by: str = Field(description="who undid it")
    are_still_one: bool = Field(description="other links still make one person of both ends")


class RotatedDocument(Document):
    """What `leadline evidence --rotate-key --json` prints. It holds no key."""

    key: str = Field(description="mark of the new key: tells keys apart and gives none away")
    at: dt.datetime = Field(description="when, UTC")
    tables: dict[str, int] = Field(description="what was brought under the new key: table or ledger, and rows")
    removed: list[str] = Field(description="kept results that held rows of people; the next review makes them anew")
    kept_in: str = Field(description="where the keys lie, outside the workspace")
    notes: list[str]


class RetentionDocument(Document):
    """What `leadline evidence --retention --json` prints, and with `apply` the receipt."""

    day: dt.date = Field(description="from which ages are counted")
    receipt: str | None = Field(
        default=None, description="name of the receipt in ledger/erasures.jsonl; null where it was shown only"
    )
    hash: str | None = Field(default=None, description="SHA-256 over everything else the receipt says")
    classes: list[dict[str, Any]] = Field(
        description="name (its setting), what, days it is kept and the first day kept (null: for good), rows that go"
    )


class AnyEvidence(RootModel[EvidenceDocument | RulesDocument | UndoneDocument | RotatedDocument | RetentionDocument]):
    """What `leadline evidence --json` prints: what is there, or what an option of it did.

    With `--rules` what moves, `--undo-link` what was undone, `--rotate-key` what is under a new key, `--retention` what is too old.
    """


class WrittenDocument(Document):
    """What verbs print that write files: `init`, `map`, `report`."""

    written: list[str] = Field(description="the files")
    as_of: dt.date | None = Field(default=None, description="the day on which everything was judged")
    plan_hash: str | None = None


class ServeDocument(Document):
    """What `leadline serve --json` prints once requests are answered."""

    address: str = Field(description="opens the web app, once")
    workspace: str = Field(description="the folder that is served")


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
