"""Worlds for tests: the shipped one, and small ones made from a handful of numbers."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from functools import cached_property

import pytest

from leadline.plan.source import parse_plan
from leadline.worlds import live, parse_world, simulate
from leadline.worlds.making import write_up

PLAN = """
plan: {{id: small, title: Small, organisation: Halden Pumps, window: 2027-01-01..2027-12-31, currency: EUR, timezone: Europe/Berlin}}
tactics:
  list:
    - {{id: search, dates: 2027-01-01..2027-06-30, budget: {search} EUR}}
    - {{id: thought, dates: 2027-01-01..2027-06-30, budget: {thought} EUR}}
    - {{id: fair, dates: 2027-02-01..2027-02-05, budget: {fair} EUR}}
    - {{id: retrofit, dates: 2027-01-01..2027-06-30, budget: 9000 EUR}}
"""


def small_plan(**money):
    return parse_plan(PLAN.format(**{"search": 30_000, "thought": 12_000, "fair": 20_000, **money}))


def small_world(**changes):
    """Return a world of half a year; `changes` are top-level keys that replace its own."""
    lag = {"mean": "12 days", "shape": 2}
    raw = {
        "world": {"id": "small", "start": "2027-01-01", "as_of": "2027-04-30", "end": "2027-06-30"},
        "market": {"accounts": 300, "installed": 60, "season": [1.0] * 12, "weekday": [1.0] * 7, "noise": "10 %"},
        "anyway": {"lead": "20 count/month"},
        "phoned": "20 %",
        "visits": "4 count/day",
        "recurring_at": {"2027-01-01": "100 kEUR"},
        "ratios": {"lead_to_sqo": ["lead", "sqo"]},
        "tactics": {
            "search": {"effect": {"metric": "lead", "at_plan": 90}, "channel": "Paid Search", "touch_share": "90 %", "books": "google-ads"},
            "thought": {"effect": {"metric": "awareness", "at_plan": 0.02}, "channel": "Referral", "multiplies": {"search": "40 %"},
                        "adstock": {"kind": "geometric", "half_life": "20 days"}, "books": "linkedin-ads"},
            "fair": {"effect": {"metric": "lead", "at_plan": 40}, "channel": "Fair", "touch_share": "100 %", "adstock": {"kind": "geometric", "half_life": "0 days"},
                     "saturation": {"kind": "hill", "half": "4 kEUR/day"}, "books": "invoices", "supplier": "Messe"},
            "retrofit": {"effect": {"metric": "check", "at_plan": 30}},
        },
        "bridge": [
            {"from": "lead", "to": "sqo", "rate": "40 %", "lag": lag, "by": {"fair": "15 %"}, "given_up": {"share": "60 %", "lag": lag}},
            {"from": "sqo", "to": "contract", "rate": "30 %", "lag": lag, "amount": {"mean": "20 kEUR"}, "given_up": {"share": "60 %", "lag": lag}},
            {"from": "check", "to": "upgrade", "rate": "30 %", "lag": lag, "amount": {"mean": "9 kEUR"}},
        ],
        "chain": {
            "channels": ["Paid Search", "Direct"],
            "gap": {"mean": "4 days", "shape": 1},
            "transitions": {
                "START": {"Paid Search": 0.6, "Direct": 0.4},
                "Paid Search": {"Paid Search": 0.1, "Direct": 0.3, "CONVERSION": 0.1, "NOTHING": 0.5},
                "Direct": {"Paid Search": 0.2, "Direct": 0.2, "CONVERSION": 0.2, "NOTHING": 0.4},
            },
        },
        "doors": {
            "Paid Search": {"source": "google", "medium": "cpc", "campaign": "search--compare", "tactic": "search"},
            "Direct": {},
        },
        "campaigns": [
            {"name": "search--a", "id": "21456789012", "tactic": "search", "share": "70 %"},
            {"name": "search--b", "id": "21456789013", "tactic": "search", "share": "30 %"},
            {"name": "Karriere – Süd", "id": "31456789007", "spend": "11 EUR/day", "german": True},
            {"name": "Vordenker", "id": "612345077", "tactic": "thought", "share": "100 %", "platform": "linkedin-ads"},
        ],
        "claims": {"search": {"Google": 1.0}},
        "noise": {"second_device": "20 %", "consent_denied": "5 %", "missing_utm": "8 %", "late": "5 %", "duplicates": "3 %", "restated": {"share": "50 %", "size": "10 %"},
                  "deals_without_people": "10 %", "free_mail": "10 %", "badges_without_mail": "10 %", "bad_rows": 1},
        "fair_visitors_more": 12,
        "series": {"margin": {"unit": "share", "every": "quarter", "path": {"2027-01-01": 0.8, "2027-12-31": 0.7}}},
        **changes,
    }  # fmt: skip
    return parse_world(raw, "small")


@pytest.fixture(scope="session")
def small():
    return simulate(small_world(), small_plan(), seed=5)


@pytest.fixture(scope="session")
def halden():
    return live("halden")


class Files:
    """What a company wrote, parsed again by nothing but the standard library."""

    def __init__(self, company):
        written, truth = write_up(company)
        self.bytes = {file.name: file.data for file in written}
        self.counts = {file.name: file.counts for file in written}
        self.truth = json.loads(truth)

    def table(self, name, *, encoding="utf-8", delimiter=",", header=0):
        """Return the rows of a delimited file below its header line as dictionaries."""
        lines = list(csv.reader(io.StringIO(self.bytes[name].decode(encoding), newline=""), delimiter=delimiter))
        return [dict(zip(lines[header], line, strict=False)) for line in lines[header + 1 :]]

    @cached_property
    def events(self):
        names = [name for name in self.bytes if name.startswith("ga4_")]
        return [json.loads(line) for name in names for line in self.bytes[name].decode().splitlines()]


@pytest.fixture(scope="session")
def small_files(small):
    return Files(small)


@pytest.fixture(scope="session")
def halden_files(halden):
    return Files(halden)


def local(text):
    """Read a CRM's local time."""
    return dt.datetime.fromisoformat(text)
