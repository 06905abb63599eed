"""`ledger/fingerprints.jsonl`: what each fingerprint stood for, who reviewed what, and what was approved.

Append-only, one JSON document a line:

    {"kind": "content",  "fingerprint": "5f0c…", "element": "sqo-2027", "content": {…canonical fields…}}
    {"kind": "review",   "date": "2027-01-02", "by": "ines", "element": "search", "seen": {…}, "children": {…}}
    {"kind": "approval", "date": "2027-01-02", "by": "ines", "plan": "pumpwatch-2027", "fingerprints": {id: …}}

With it PLN006 and PLN010 name the field, the old value and the new one. A line that is not whole is passed over and
named; a content that does not give its own fingerprint is not believed.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from leadline.plan.reviewing import ReviewRecord
from leadline.plan.stamp import DIGITS

OWNER_ONLY = 0o600  # house: the ledger names people, so no one else reads it by default


@dataclass(frozen=True)
class Reviewed:
    """What the ledger knows.

    known_contents: fingerprint -> canonical JSON · approved: element id -> fingerprint at the last approval of the plan
    approved_on: its day · reviews: element id -> its last review · notes: lines that were passed over
    """

    known_contents: Mapping[str, str] = field(default_factory=dict)
    approved: Mapping[str, str] = field(default_factory=dict)
    approved_on: dt.date | None = None
    reviews: Mapping[str, ReviewRecord] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def read_reviewed(path: Path, plan: str) -> Reviewed:
    """Read the ledger for a plan (its id); an absent file is an empty one, a broken line is a note."""
    if not path.exists():
        return Reviewed()
    known: dict[str, str] = {}
    reviews: dict[str, ReviewRecord] = {}
    approved: tuple[Mapping[str, str], dt.date | None] = ({}, None)
    notes = []
    for number, line in enumerate(path.read_bytes().splitlines(), start=1):
        if not line.strip():
            continue
        try:
            record = json.loads(line.decode("utf-8"))
            if record["kind"] == "content":
                known[record["fingerprint"]] = _content(record)
            elif record["kind"] == "review":
                reviews[record["element"]] = _review(record)
            elif record["kind"] == "approval" and record["plan"] == plan:
                approved = (_texts(record["fingerprints"]), dt.date.fromisoformat(record["date"]))
        except (ValueError, KeyError, TypeError):
            notes.append(
                f"{path.name}:{number}: the line is not whole and was passed over; what it recorded is unknown"
            )
    return Reviewed(known, *approved, reviews, tuple(notes))


def _content(record: Mapping[str, Any]) -> str:
    text = _canonical(record["content"])
    if hashlib.sha256(text.encode()).hexdigest()[:DIGITS] != record["fingerprint"]:
        raise ValueError(record["fingerprint"])
    return text


def _review(record: Mapping[str, Any]) -> ReviewRecord:
    day = dt.date.fromisoformat(record["date"])
    return ReviewRecord(
        record["element"], day, str(record["by"]), _texts(record["seen"]), _texts(record.get("children", {}))
    )


def _texts(value: Mapping[str, Any]) -> dict[str, str]:
    return {str(key): str(item) for key, item in value.items()}


def _canonical(content: object) -> str:
    return json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def content_lines(contents: Mapping[str, str], *, elements: Mapping[str, str], known: Reviewed) -> list[str]:
    """Return the lines that record what fingerprints stand for, but for those recorded already.

    contents: fingerprint -> canonical JSON; elements: fingerprint -> id of the element it belongs to
    """
    return [
        json.dumps(
            {"kind": "content", "fingerprint": mark, "element": elements.get(mark), "content": json.loads(text)},
            ensure_ascii=False,
        )
        for mark, text in contents.items()
        if mark not in known.known_contents
    ]


def review_line(record: ReviewRecord) -> str:
    """Return the line that records a review."""
    fields = {"kind": "review", "date": record.date.isoformat(), "by": record.by, "element": record.element}
    return json.dumps({**fields, "seen": dict(record.seen), "children": dict(record.children)}, ensure_ascii=False)


def approval_line(plan: str, fingerprints: Mapping[str, str], *, date: dt.date, by: str) -> str:
    """Return the line that records an approval of a plan as a whole."""
    fields = {"kind": "approval", "date": date.isoformat(), "by": by, "plan": plan}
    return json.dumps({**fields, "fingerprints": dict(fingerprints)}, ensure_ascii=False)


def append_lines(path: Path, lines: Iterable[str]) -> None:
    """Append lines to the ledger, durably: one write, then on disk. Raises OSError where that is not possible.

    A last line that somebody's crash left without its end is closed first, so that it spoils no other.
    """
    text = "".join(f"{line}\n" for line in lines)
    if not text:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, OWNER_ONLY)
    with os.fdopen(descriptor, "rb+", buffering=0) as file:
        if file.seek(0, os.SEEK_END):
            file.seek(-1, os.SEEK_END)
            text = text if file.read(1) == b"\n" else f"\n{text}"
        file.write(text.encode("utf-8"))
        os.fsync(descriptor)
