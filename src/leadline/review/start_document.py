"""The document of `leadline start`; `leadline schema start` publishes it."""

from __future__ import annotations

import datetime as dt
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from leadline.measure.bridge.pooling import exact_interval
from leadline.review.by_channel import StartHundred
from leadline.review.draft import Start
from leadline.review.draft_elements import SECTIONS
from leadline.review.intake import FileRead
from leadline.review.people_cells import step_rows


class Document(BaseModel):
    """One JSON document on standard output."""

    model_config = ConfigDict(extra="forbid")


class FileDocument(Document):
    """What became of one file: rows = taken + rejected + all left out."""

    file: str = Field(description="as it was named")
    status: str = Field(description="read, known (from an earlier run), same, empty, waiting, refused, not understood")
    copy_name: str | None = Field(description="its copy in exports/; null where there is none")
    understood_as: str | None = Field(description="format, mapping or activity list")
    rows: int
    taken: int
    rejected: int
    left_out: dict[str, int] = Field(description="reason: rows known and passed over")
    rejects: list[dict[str, Any]] = Field(description="the first rows that were not taken: row, column, text")
    span: tuple[dt.date, dt.date] | None = Field(description="first and last day")
    message: str | None = Field(description="why it was not taken, and what to do")
    mapping: str | None = Field(description="a mapping file to complete, as text")
    notes: list[str]


class ChannelDocument(Document):
    """One channel: its money, and what of it the data see."""

    channel: str
    of_100: int | None = Field(description="of each 100 of the main currency; null without spend")
    money: dict[str, float] = Field(description="money by currency, nothing converted")
    visits: int
    named: int | None = Field(
        description="people and companies known by name whose known way was this channel, each once; null where too few to be shown"
    )
    sales: int | None = Field(
        description="those of them that bought; null while no stage is known to be the sale, or where too few to be shown"
    )
    claimed: float | None = Field(description="conversions the platforms report; never counted as sales")
    reaches: str = Field(description="furthest state its data reach: sale, person, visit, nothing")


class HundredDocument(Document):
    """Each 100 of one currency's spend by the furthest state that data reach; nothing is proven or believed."""

    currency: str
    total: float = Field(description="money in the currency")
    first: dt.date | None
    last: dt.date | None
    channels: dict[str, int] = Field(description="whole numbers that add up to 100")
    sale: int
    person: int
    visit: int
    nothing: int
    proven: None = Field(default=None, description="without a plan nothing is proven")
    believed: None = Field(default=None, description="without a plan nothing is believed")


class OriginDocument(Document):
    """Where named people came from, as their sources say it."""

    origin: str
    named: int
    sales: int | None
    share: float | None = Field(description="sales / named, 0..1")
    low: float | None = Field(description="5 % of exact intervals lie below (Clopper and Pearson)")
    high: float | None = Field(description="5 % lie above")


class QuestionDocument(Document):
    """One open question."""

    id: str
    text: str
    why: str
    proposal: str | None = Field(description="what the data suggest; null where they suggest nothing")
    choices: list[str]
    files: list[str]


class StartDocument(Document):
    """What `leadline start --json` prints."""

    workspace: str
    plan: str | None = Field(description="the drafted plan; null where nothing was understood and nothing was made")
    plan_hash: str | None
    as_of: dt.date | None
    files: list[FileDocument]
    mappings: dict[str, str] = Field(description="mapping files drafted for related tables, as text by file name")
    added: dict[str, list[dict[str, Any]]] = Field(description="elements this run wrote into the plan, by section")
    hundreds: list[HundredDocument] = Field(description="one per currency; empty without spend")
    listed: list[HundredDocument] = Field(
        description="the money that lists of activities name, by currency; not what was paid"
    )
    channels: list[ChannelDocument]
    origins: list[OriginDocument]
    steps: list[dict[str, Any]] = Field(description="measured steps and their groups, as `leadline measure` has them")
    sentences: list[str] = Field(
        description="where the money went, how far it got, what can't be told; empty without a plan"
    )
    questions: list[QuestionDocument] = Field(description="open questions, five at most")
    notes: list[str]


def start_document(start: Start) -> StartDocument:
    """Return a start as the document that scripts read."""
    picture = start.picture
    sale_known = picture.channels.sales_known
    main = picture.channels.main
    return StartDocument(
        workspace=str(start.workspace.folder),
        plan=None if start.document is None else str(start.workspace.plan),
        plan_hash=None if start.document is None else start.document.hash,
        as_of=None if picture.at is None else picture.at.day,
        files=[_file(one) for one in start.files],
        mappings={} if start.related is None else dict(start.related.mapping_texts),
        added={
            ".".join(section): [dict(one.value) for one in start.added if one.section == section] for section in SECTIONS
        },
        hundreds=[_hundred(one) for one in picture.channels.hundreds],
        listed=[_hundred(one) for one in picture.listed],
        channels=[
            ChannelDocument(
                channel=one.name, of_100=None if main is None else main.rows.get(one.name, 0), money=dict(one.money), visits=one.visits,
                named=one.named, sales=one.sales if sale_known else None, claimed=one.claimed, reaches=one.reach,
            )
            for one in picture.channels.channels
        ],
        origins=[_origin(one.name, one.named, sales=one.sales if sale_known else None) for one in picture.channels.origins],
        steps=[row for step in picture.steps.values() for row in step_rows(step, picture.shown)],
        sentences=list(start.sentences),
        questions=[
            QuestionDocument(
                id=one.id, text=one.text, why=one.why, proposal=one.proposal or None, choices=list(one.choices), files=list(one.files)
            )
            for one in start.questions
        ],
        notes=[*start.notes, *filter(None, (picture.channels.note,))],
    )  # fmt: skip


def _hundred(one: StartHundred) -> HundredDocument:
    return HundredDocument(
        currency=one.currency, total=one.total, first=one.first, last=one.last, channels=dict(one.rows),
        sale=one.parts["sale"], person=one.parts["person"], visit=one.parts["visit"], nothing=one.parts["nothing"],
    )  # fmt: skip


def _file(one: FileRead) -> FileDocument:
    return FileDocument(
        file=one.given, status=one.status, copy_name=one.file or None, understood_as=one.understood_as or None, rows=one.rows,
        taken=one.taken, rejected=one.rejected, left_out=dict(one.left_out),
        rejects=[{"row": bad.row, "column": bad.column or None, "text": bad.text} for bad in one.rejects],
        span=one.span, message=one.message or None, mapping=one.mapping or None, notes=list(one.notes),
    )  # fmt: skip


def _origin(name: str, named: int, *, sales: int | None) -> OriginDocument:
    if sales is None:
        return OriginDocument(origin=name, named=named, sales=None, share=None, low=None, high=None)
    low, high = exact_interval(sales, named)
    return OriginDocument(origin=name, named=named, sales=sales, share=sales / named, low=low, high=high)
