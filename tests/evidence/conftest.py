"""A made-up format: every line of its file is one record, written as JSON, so a test says exactly what a reader gives."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path

import pytest

from leadline.evidence.import_jobs import Setup
from leadline.evidence.imports import import_files
from leadline.evidence.plan_facts import PlanFacts
from leadline.evidence.privacy import Key
from leadline.evidence.sources.records import Head, Identifier, ImportOptions, Link, Match, Reading, Record, Reject, Row
from leadline.evidence.store import open_store
from leadline.workspace import Workspace

TEST_KEY = Key(bytes.fromhex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"))
START = dt.datetime(2027, 3, 5, 8, 0, tzinfo=dt.UTC)


class LinesSource:
    """Reads the made-up format."""

    name = "lines"
    version = 1
    tables = ("spend", "touches", "stages", "deals", "orders")

    def recognise(self, head):
        return Match("lines", 1.0)

    def read(self, head, match, context):
        return Reading(self.records(head.path), numbers="en")

    def records(self, path):
        with path.open(encoding="utf-8") as file:
            for line, text in enumerate(file, start=1):
                yield record_of(line, json.loads(text))


def record_of(line, given):
    rows = tuple(
        Row(table, {name: value_of(name, value) for name, value in values.items()})
        for table, values in given.get("rows", [])
    )
    links = tuple(Link(who(a), who(b), "the test says so") for a, b in given.get("links", []))
    rejects = tuple(
        Reject(line, column, reason, "the test says so", "", part) for column, reason, part in given.get("rejects", [])
    )
    totals = {name: Decimal(value) for name, value in given.get("totals", {}).items()}
    return Record(
        line, rows, links, rejects, given.get("skipped"), given.get("merged", False), (), totals, json.dumps(given)
    )


def who(text):
    kind, _, value = text.partition(":")
    return Identifier(kind.removesuffix("!"), value, verified=kind.endswith("!"))


def value_of(name, value):
    if value is None or not isinstance(value, str):
        return value
    if name in {"day", "until", "expected_close", "period"}:
        return dt.date.fromisoformat(value)
    if name.endswith("_at") or name == "valid_from":
        return dt.datetime.fromisoformat(value)
    if name in {"amount", "claimed_value", "gross", "tax", "shipping", "refunded", "net", "value"}:
        return Decimal(value)
    if ":" in value and name in {"node", "subject", "person_node"}:
        return who(value)
    return value


def read_lines(path, options):
    return (
        Head(path, "jsonl"),
        LinesSource(),
        Match(options.source or path.name.split(".")[0].rstrip("0123456789"), 1.0),
    )


@dataclass
class Warehouse:
    """A workspace, and what a test does with it."""

    workspace: Workspace
    facts: PlanFacts = field(
        default_factory=lambda: PlanFacts(tactic_ids=("search", "fair"), states=frozenset({"lead", "sqo", "won"}))
    )
    setup: Setup = field(default_factory=lambda: Setup(TEST_KEY, reader=read_lines))
    hours: int = 0

    @property
    def store(self):
        return open_store(self.workspace)

    def clock(self):
        self.hours += 1
        return START + dt.timedelta(hours=self.hours)

    def file(self, name, records):
        path = self.workspace.exports / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
        return path

    def take(self, *paths, **options):
        setup = replace(self.setup, options=replace(ImportOptions(), **options))
        return import_files(self.workspace, paths, facts=self.facts, setup=setup, clock=self.clock)

    def give(self, name, records, **options):
        """Write a file of records, import it, return its report."""
        (report,) = self.take(self.file(name, records), **options)
        return report

    def rows(self, query, **params):
        return self.store.ask(query, **params).to_pylist()


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    return Warehouse(Workspace(tmp_path))


@pytest.fixture(scope="session")
def make_warehouse():
    return lambda folder: Warehouse(Workspace(folder))


@pytest.fixture(scope="module")
def make_warehouse_of_module(tmp_path_factory):
    return lambda name: Warehouse(Workspace(tmp_path_factory.mktemp(name)))
