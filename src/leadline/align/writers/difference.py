"""What changed between two plans and what follows, as text and as a document. Neither is printed here."""

from __future__ import annotations

import datetime as dt
import textwrap
from collections.abc import Iterator, Sequence
from typing import Any, Literal

from pydantic import Field

from leadline import words
from leadline.align.case import KIND_WORDS
from leadline.align.changes import narrowed
from leadline.align.consequences import SCORE, Consequences, Moved
from leadline.align.finding import Finding
from leadline.align.hundred import PARTS, WORDS
from leadline.align.writers.document import FindingDocument, Level, _Closed, finding_document
from leadline.align.writers.summary import LABEL
from leadline.plan.diff import Change
from leadline.plan.stamp import SuspectLink

MIN_WIDTH = 60  # house, as in `text.py`: narrower leaves no room beside the names
TITLES = {"step": "bridge step", **KIND_WORDS}


class ChangeDocument(_Closed):
    """One edit of the plan; old and new in base units, text as people read it."""

    sign: Literal["+", "-", "~", ">"]
    kind: str
    id: str
    name: str | None
    field: str | None = Field(description="dotted, for ~ alone")
    old: Any = None
    new: Any = None
    text: str


class MovedDocument(_Closed):
    """One number of a score that changed; null where it cannot be told, or where one plan lacks the subject."""

    score: str
    subject: str = Field(description='id of an objective or person; "" for the plan as a whole')
    number: str
    unit: str = Field(description="unit of before and after; share is 0..1")
    before: float | None
    after: float | None


class RaisedDocument(_Closed):
    """A finding that stands at a higher level than before."""

    was: Level
    finding: FindingDocument


class SuspectDocument(_Closed):
    """A reviewed link that became suspect; values in base units."""

    element: str
    ref: str
    direction: Literal["up", "down"]
    field: str | None
    old: Any = None
    new: Any = None


class DiffDocument(_Closed):
    """What `leadline diff --json` writes."""

    a: str
    b: str
    hash_a: str
    hash_b: str
    as_of: dt.date
    seed: int
    changes: list[ChangeDocument]
    consequences: list[MovedDocument]
    gained: list[FindingDocument] = Field(description="findings of b that a had not")
    lost: list[FindingDocument] = Field(description="findings of a that b has no more")
    raised: list[RaisedDocument]
    waived: list[FindingDocument] = Field(description="findings that a waiver covers in b and not in a")
    suspect: list[SuspectDocument]
    sentence: str
    notes: list[str]


def parts_of(seen: Consequences) -> dict[str, Any]:
    """Return the fields of the document that come from the consequences; who compared what is the caller's to add."""
    return {
        "changes": [
            ChangeDocument(
                sign=one.sign, kind=one.kind, id=one.id, name=one.name, field=one.field, old=one.old, new=one.new, text=str(one)
            )
            for one in seen.changes
        ],
        "consequences": [MovedDocument.model_validate(row) for row in seen.table()],
        "gained": [finding_document(one) for one in seen.gained],
        "lost": [finding_document(one) for one in seen.lost],
        "raised": [RaisedDocument(was=was, finding=finding_document(one)) for one, was in seen.raised],
        "waived": [finding_document(one) for one in seen.waived],
        "suspect": [SuspectDocument.model_validate(one, from_attributes=True) for one in seen.suspect],
        "sentence": seen.sentence(),
        "notes": list(seen.notes),
    }  # fmt: skip


def write_difference(seen: Consequences, title: str, *, width: int = 80) -> str:
    """Return the whole text: what is worse in a sentence, the edits, then each score, finding and link that moved."""
    width = max(width, MIN_WIDTH)
    follows = [line for one in seen.moved for line in _moved(one, width)]
    blocks = [
        textwrap.wrap(title, width),
        textwrap.wrap(seen.sentence(), width),
        list(_changes(seen.changes, width)),
        ["what follows", *follows] if follows else [],
        list(_findings(seen, width)),
        list(_links(seen.suspect, width)),
        [line for note in seen.notes for line in textwrap.wrap(f"note: {note}", width, subsequent_indent="  ")],
    ]
    return "\n\n".join("\n".join(lines) for lines in blocks if lines) + "\n"


# Edits


def _changes(changes: Sequence[Change], width: int) -> Iterator[str]:
    above: tuple[str, str] | None = None
    for one in changes:
        about = (one.kind, one.id)
        if one.sign != "~" or above != about:
            yield from _wrapped(_head(one), width, indent=4)
        if one.sign == "~":
            yield from _value(one, width)
            above = about
        else:
            yield from _wrapped(f"    {one.new_text or one.old_text}".rstrip(), width, indent=6)
            above = about if one.sign == ">" else None


def _head(one: Change) -> str:
    named = f"  {one.name}" if one.name and one.name != one.id else ""
    kind = TITLES.get(one.kind, one.kind)
    if one.sign == ">":
        return f"> {kind} {one.old} → {one.new}{named}"
    return f"{one.sign} {kind}{'' if one.kind == 'plan' else f' {one.id}'}{named}"


def _value(one: Change, width: int) -> Iterator[str]:
    """Yield a change of a field: on one line where it fits, old and new below each other where it does not."""
    line = f"    {one.field}: {_list_change(one) or f'{one.old_text} → {one.new_text}'}"
    if len(line) <= width:
        yield line
        return
    yield f"    {one.field}:"
    yield from _wrapped(f"      {one.old_text}", width, indent=6)
    yield from _wrapped(f"    → {one.new_text}", width, indent=6)


def _list_change(one: Change) -> str:
    """Return what came and went of a list of words, where saying both lists in full would hide it."""
    if not (isinstance(one.old, list) and isinstance(one.new, list)):
        return ""
    if not all(isinstance(item, str) for item in (*one.old, *one.new)) or len(one.old) + len(one.new) <= 3:
        return ""
    came = [item for item in one.new if item not in one.old]
    went = [item for item in one.old if item not in one.new]
    return ", ".join([*(f"with {item}" for item in came), *(f"without {item}" for item in went)])


# Scores


def _moved(one: Moved, width: int) -> Iterator[str]:
    before, after = (_said(one, side) for side in ("before", "after"))
    is_same = before == after or _prints_one_share(one)
    is_told = one.score == "rests on" and (
        one.before is None or one.after is None
    )  # coverage says that it came or went
    if is_same or is_told:
        return  # or it moved by less than is shown
    label = one.score if len(one.score) < LABEL else one.score[: LABEL - 1]
    lead = f"{label:<{LABEL}}"
    line = f"{lead}{f'{one.subject}: ' if one.subject else ''}{before} → {after}"
    if one.score == "the hundred":
        yield from _wrapped(f"{lead}{_hundred(one)}", width, indent=LABEL)
    elif len(line) <= width:
        yield line
    else:
        if one.subject:
            yield f"{lead}{one.subject}"
            lead = " " * LABEL
        yield from _wrapped(f"{lead}{before}", width, indent=LABEL)
        yield from _wrapped(f"{' ' * (LABEL - 2)}→ {after}", width, indent=LABEL)


def _said(one: Moved, side: Literal["before", "after"]) -> str:
    reading = one.before if side == "before" else one.after
    return "not in the plan" if reading is None else reading.text


def _prints_one_share(one: Moved) -> bool:
    """Say whether a score that is a share reads the same on both sides, whatever it is a share of."""
    shares = [side.numbers.get(SCORE) for side in (one.before, one.after) if side is not None]
    said = {words.share(share) for share in shares if share is not None}
    return len(said) == 1 and None not in shares and len(shares) == 2


def _hundred(one: Moved) -> str:
    """Return the parts that moved as `100 → 70 reach a sale, believed · 0 → 30 stop at attention`."""
    if one.before is None or one.after is None:
        return f"{_said(one, 'before')} → {_said(one, 'after')}"
    told = []
    for part in (*PARTS, "run"):
        before, after = one.before.numbers[part], one.after.numbers[part]
        shown = next(
            (pair for digits in (0, 1) if len(set(pair := [_percent(side, digits) for side in (before, after)])) == 2),
            None,
        )
        if shown:
            named = "run cost beside, of all 100" if part == "run" else WORDS[part]  # type: ignore[index]  # the four parts are its keys
            told.append(f"{shown[0]} → {shown[1]} {named}")
    return " · ".join(told) or "less than 0.1 of each 100 moves"


def _percent(share: float | None, digits: int) -> str:
    return "unknown" if share is None else f"{100 * share:.{digits}f}"


# Findings and links


def _findings(seen: Consequences, width: int) -> Iterator[str]:
    groups: tuple[tuple[str, str, list[tuple[Finding, str]]], ...] = (
        ("findings gained", "+", [(one, _hides(seen, one)) for one in seen.gained]),
        ("findings that stand higher", "!", [(one, f"was a {was}") for one, was in seen.raised]),
        ("findings lost", "-", [(one, "") for one in seen.lost]),
        ("findings now waived", "w", [(one, f"by {one.waived_by}") for one in seen.waived]),
    )
    is_first = True
    for title, sign, found in groups:
        if not found:
            continue
        yield from ([] if is_first else [""])
        is_first = False
        yield title
        for finding, beside in found:
            kind = TITLES.get(finding.element.kind, finding.element.kind)
            head = f"{sign} {finding.level} {finding.code} {finding.name}, {kind} {finding.element.id}"
            yield from _wrapped(head, width, indent=4)
            yield from _wrapped(f"    {finding.text}", width, indent=4)
            yield from _wrapped(f"    {beside}", width, indent=4) if beside else []


def _hides(seen: Consequences, finding: Finding) -> str:
    codes = seen.folded.get(finding.fingerprint, ())
    return f"and with it {', '.join(dict.fromkeys(codes))}" if codes else ""


def _links(links: Sequence[SuspectLink], width: int) -> Iterator[str]:
    if not links:
        return
    yield "links that became suspect"
    for link in links:
        old, new = narrowed(link.old, link.new)
        what = (
            f"{link.field} {old or 'nothing'} → {new or 'nothing'}" if link.field else "what changed is not on record"
        )
        way = "→" if link.direction == "up" else "←"
        yield from _wrapped(f"? {link.element} {way} {link.ref}: {what}", width, indent=4)
    names = list(dict.fromkeys(link.element for link in links))
    yield from _wrapped(f"  look at both ends, then: leadline review-link {names[0]}", width, indent=4)


def _wrapped(text: str, width: int, *, indent: int) -> list[str]:
    lead = text[: len(text) - len(text.lstrip())]
    return textwrap.wrap(text.lstrip(), width, initial_indent=lead, subsequent_indent=" " * indent)
