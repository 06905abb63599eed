"""What the checks are told of the evidence: base units, levels, and nothing that could not be used."""

from __future__ import annotations

import datetime as dt
import math

import pytest

from leadline.align.facts import Answered, EvidenceFacts
from leadline.decide.known import Actuals, Delivered, Known
from leadline.decide.ledger import Record
from leadline.evidence.quality import Fact
from leadline.plan.estimate import Z95
from leadline.plan.graph import Graph
from leadline.plan.source import parse_plan
from leadline.review.check_facts import check_facts, with_quality

DAY = dt.date(2027, 6, 30)
PLAN = """plan: {id: p, currency: EUR, window: 2027-01-01..2027-12-31}
metrics:
  - {id: order, unit: count}
  - {id: known, unit: "%"}
  - {id: idle, unit: count}
objectives:
  - {id: sell, metric: order, baseline: {value: 900, as_of: 2026-12-31}, target: {value: 1200, by: 2027-12-31}}
  - {id: be-known, metric: known, baseline: {value: 10 %}, target: {value: 14 %, by: 2027-12-31}}
  - {id: rest, metric: idle, target: {value: 3, by: 2027-12-31}}
"""


def record(bet: str, kind: str, m: float, s: float, **more: object) -> Record:
    window = (dt.date(2027, 1, 1), DAY)
    return Record(bet, kind, "counted", m, s, "share", window, "snapshot", ("rows",), rows=80, **more)


@pytest.fixture
def told() -> EvidenceFacts:
    known = Known(
        actuals={
            "order": Actuals(((dt.date(2027, 3, 1), 20.0), (DAY, 70.0)), is_level=False),
            "known": Actuals(((DAY, 0.12),), is_level=True),
        },
        delivered={("ads", "lead"): Delivered(31.0, DAY)},
    )
    records = (
        record("lead>order:rate", "rate", 0.0, 0.5),
        record("lead>order:lag", "lag", math.log(30), 0.2),
        record("other>order:rate", "rate", 0.0, 0.5, unusable="too young"),
        record("ads>lead", "delivers", 0.1, 0.2),
    )
    return check_facts(Graph(parse_plan(PLAN).plan), EvidenceFacts(unmatched=7.0), found=records, known=known)


def test_a_counter_stands_at_its_baseline_plus_what_was_counted(told: EvidenceFacts) -> None:
    assert told.readings["order"] == ((dt.date(2027, 3, 1), 920.0), (DAY, 970.0))


def test_a_level_stands_as_it_was_read_and_unread_metrics_are_absent(told: EvidenceFacts) -> None:
    assert told.readings["known"] == ((DAY, 0.12),)
    assert "idle" not in told.readings


def test_rates_and_lags_come_back_from_their_scales(told: EvidenceFacts) -> None:
    assert set(told.measured) == {"lead>order:rate", "lead>order:lag"}
    rate, lag = told.measured["lead>order:rate"], told.measured["lead>order:lag"]
    assert (rate.low, rate.middle, rate.high) == pytest.approx(
        (1 / (1 + math.exp(Z95 / 2)), 0.5, 1 / (1 + math.exp(-Z95 / 2)))
    )
    assert (lag.low, lag.middle, lag.high) == pytest.approx((30 * math.exp(-0.2 * Z95), 30, 30 * math.exp(0.2 * Z95)))
    assert rate.n == 80


def test_spend_and_deliveries_stay_what_they_are(told: EvidenceFacts) -> None:
    assert told.unmatched == 7.0
    assert told.delivered["ads", "lead"].count == 31.0


def test_rules_are_told_what_is_odd_and_who_answers_but_no_notes() -> None:
    answers = {"order": {"sources": ["crm"], "last": "2027-06-30"}, "known": {"sources": [], "last": None}}
    told = with_quality(
        EvidenceFacts(),
        [
            Fact("coverage.metric", "metrics", 0.5, 1, "warning", "One is silent.", {"silent": ["known"], "answers": answers}),
            Fact("gap", "crm", 4, 1, "warning", "A gap."),
            Fact("direct.share", "visits", 0.1, 0.4, "note", "Few come directly."),
            Fact("spend.without_outcome", "spend", 1, 0, "warning", "Lost.", {"tactics": {"ads": {}}, "sources": {"ads": ["google-ads"]}}),
        ],
    )  # fmt: skip
    assert [(one.name, one.about) for one in told.quality] == [
        ("coverage.metric", ("metrics", "known")), ("gap", ("crm",)), ("spend.without_outcome", ("spend", "ads")),
    ]  # fmt: skip
    assert told.answered == {"order": Answered(("crm",), DAY), "known": Answered((), None)}
    assert told.leads_nowhere == {"ads": ("google-ads",)}
