"""A made-up review with everything in it, and the same review with hostile texts in every field."""

from __future__ import annotations

import dataclasses
import datetime as dt
import sys
from types import ModuleType, SimpleNamespace

import pytest

from leadline.align.finding import ElementRef, Finding
from leadline.align.hundred import Hundred
from leadline.decide.forecast import FanPoint, ObjectiveForecast
from leadline.decide.standing import BetStanding, Range
from leadline.plan.places import Place
from leadline.review.result import (
    EvidenceSummary,
    FactView,
    Fix,
    GroupView,
    ImportView,
    MapData,
    MapEdge,
    MapNode,
    Review,
    StepView,
    TableView,
    UnmatchedView,
)

DAY = dt.date
AS_OF = DAY(2027, 6, 30)
END = DAY(2027, 12, 31)


class FakeCredits:
    """One model's credits, as the measure room gives them."""

    def __init__(self, name: str, factor: float, *, with_interval: bool) -> None:
        self.name, self.factor, self.with_interval = name, factor, with_interval
        self.channels = ("Search", "LinkedIn Ads", "Newsletter", "Trade fairs", "Direct", "Referral", "Podcasts")
        self.conversions = tuple(40 * factor / (position + 1) for position in range(len(self.channels)))
        self.unattributed_conversions, self.total_conversions = 1234.0, 1400.0

    def table(self) -> list[dict[str, object]]:
        rows = []
        for channel, middle in zip(self.channels, self.conversions, strict=True):
            low, high = (middle * 0.7, middle * 1.3) if self.with_interval else (None, None)
            rows.append({"channel": channel, "conversions": middle, "low": low, "high": high})
        return rows


class FakeComparison:
    """Credits of several models side by side."""

    notes = ("Credit is not lift: it shares out what happened.", "markov needs journeys that did not convert.")

    def __init__(self) -> None:
        names = (("first", 0.8), ("last", 1.0), ("linear", 1.1), ("markov", 0.9), ("shapley-set-rate", 0.7))
        self.credits = tuple(FakeCredits(name, factor, with_interval=name != "first") for name, factor in names)

    def sentence(self) -> str:
        return "Search is credited with most by 5 of 5 models, with 28 to 44 conversions depending on the model."


class FakeStep:
    """A measured step that can draw its curve."""

    def sentence(self) -> str:
        return "Leads became SQOs in 7.0 % (90 %: 5.1 to 9.9) of cases within 90 days."

    def chart(self) -> dict[str, object]:
        values = [
            {"days": d, "p50": 0.07 * d / (d + 30), "p05": 0.05 * d / (d + 30), "p95": 0.1 * d / (d + 30)}
            for d in range(0, 121, 5)
        ]
        x = {"field": "days", "type": "quantitative", "title": "days after becoming a lead"}
        y = {"field": "p05", "type": "quantitative", "title": "share that became SQO", "axis": {"format": ".0%"}}
        return {
            "title": {"text": "Half of those who move have moved after 38 days", "subtitle": "share, by days since"},
            "data": {"values": values},
            "layer": [
                {"mark": {"type": "area", "style": "interval"}, "encoding": {"x": x, "y": y, "y2": {"field": "p95"}}},
                {"mark": {"type": "line", "style": "estimate"}, "encoding": {"x": x, "y": {**y, "field": "p50"}}},
            ],
        }


def finding(code: str, level: str, text: str, **more: object) -> Finding:
    values = {
        "code": code, "name": "no-owner", "level": level, "text": text, "place": Place("plan.yaml", 42, 7, 42, 20),
        "path": ("tactics", "list", 0), "element": ElementRef("tactic", "search"), "why": "Nobody answers for it.",
        "fix": "Name an owner.", "values": {}, "units": {}, "money_at_stake": 70_000.0, "fingerprint": "f" * 16,
    }  # fmt: skip
    return Finding(**{**values, **more})


def standing(
    name: str, kind: str, unit: str, believed: Range | None, known: Range | None, **more: object
) -> BetStanding:
    values = {
        "bet": f"{name}:bet", "kind": kind, "name": name, "tactic": None, "source": "lead", "target": "sqo", "unit": unit,
        "believed": believed, "method": "expert", "known": known, "grade": "C" if known else "",
        "status": "leaning" if known else "unmeasured", "contraction": 0.6 if known else None, "word": "can't tell",
        "reason": "nothing measured", "n": 842 if known else 0,
    }  # fmt: skip
    return BetStanding(**{**values, **more})


def fan(start: float, end: float) -> tuple[FanPoint, ...]:
    points = []
    for step in range(10):
        part = step / 9
        middle, width = start + (end - start) * part, 0.4 * (end - start) * part**0.6
        day = AS_OF + (END - AS_OF) * part
        points.append(
            FanPoint(
                day, middle - 1.6 * width, middle - 0.6 * width, middle, middle + 0.7 * width, middle + 1.8 * width
            )
        )
    return tuple(points)


def forecast(name: str, target: float, p: float | None, **more: object) -> ObjectiveForecast:
    counts = (47, 48, 50, 53, 55, 60, 64)
    values = {
        "objective": name, "name": name, "metric": "contract", "unit": "count", "better": "up", "baseline": 47.0,
        "baseline_on": DAY(2026, 12, 31), "target": target, "by": END, "to_date": 64.0, "as_of": AS_OF, "fan": fan(64, 96),
        "actual": tuple((DAY(2027, month, 1), float(count)) for month, count in enumerate(counts, start=1)),
        "path": ((DAY(2027, 1, 1), 47.0), (DAY(2027, 4, 1), 60.0), (DAY(2027, 7, 1), 84.0), (END, target)),
        "p": p, "p_error": 0.005, "reason": "" if p is not None else "3 of 4 bets are guesses", "believed_p": 0.61,
        "parts": (), "draws": 4000,
    }  # fmt: skip
    return ObjectiveForecast(**{**values, **more})


def node(key: str, lane: str, **more: object) -> MapNode:
    return MapNode(
        **{"id": key, "kind": lane, "name": key, "lane": lane, "money": None, "findings": (), "level_word": "", **more}
    )


def edge(source: str, target: str, kind: str = "serves", **more: object) -> MapEdge:
    return MapEdge(
        **{
            "source": source,
            "target": target,
            "kind": kind,
            "grade": "",
            "suspect": False,
            "label": "",
            "money": None,
            **more,
        }
    )


def map_of(tactics: int) -> MapData:
    """A map with this many tactics, some with findings, two objectives, a bridge with a loop, and enabling links."""
    nodes = [
        node("grow", "corporate", name="Double recurring revenue in three years"),
        node("monitor", "business_unit", name="Sell monitoring to plants that run our pumps"),
        node("win", "market", name="Win food and beverage maintenance managers in DACH"),
        node("answer", "social", name="Answer every plant question in a day"),
        node("contracts", "objective", name="Monitoring contracts to 122"),
        node(
            "known", "objective", name="Prompted awareness to 31 %", findings=("OBJ007", "CTL001"), level_word="warning"
        ),
        node("lead", "metric", name="Leads"),
        node("sqo", "metric", name="Sales-qualified opportunities"),
        node("aware", "metric", name="Prompted awareness"),
        node("tell", "metric", name="Recommendations"),
        node("contract", "value_event", name="Monitoring contracts"),
    ]
    edges = [
        edge("monitor", "grow"), edge("win", "monitor"), edge("answer", "win"), edge("contracts", "win"),
        edge("known", "monitor", suspect=True), edge("lead", "sqo", "bet", grade="C"),
        edge("sqo", "contract", "bet", grade="C"), edge("contract", "tell", "bet", grade="D"), edge("tell", "lead", "bet"),
    ]  # fmt: skip
    for number in range(tactics):
        wrong = number % 5 == 2
        nodes.append(
            node(f"t{number}", "tactic", name=f"Comparison page for plant engineers, part {number}", money=5_000.0 + 9_000 * (number % 7),
                 findings=("BRG004",) if wrong else (), level_word="error" if wrong else "")
        )  # fmt: skip
        edges.append(edge(f"t{number}", ("contracts", "known", "answer")[number % 3], suspect=number % 7 == 3))
        if number % 11 == 7:
            edges.append(edge(f"t{number}", f"t{number - 4}", "enables"))
            continue
        grade = ("A", "B", "C", "D", "E", "X", "")[number % 7]
        edges.append(
            edge(f"t{number}", ("lead", "aware", "contract")[number % 3], "bet", grade=grade, suspect=number % 8 == 4)
        )
        if number % 6 == 1:
            edges.append(edge(f"t{number}", "lead", "bet", grade="D"))
    return MapData(tuple(nodes), tuple(edges))


def check() -> SimpleNamespace:
    hundred = Hundred(
        "spent", 0.176, 0.526, 0.22, 0.078, 0.08, 402_000.0, 35_000.0, 12_000.0, 31_000.0, 40.0,
        {"search": "proven", "fair": "believed", "posts": "attention"}, "EUR",
    )  # fmt: skip
    shown = (
        finding("BRG004", "error", "Leads go to sales, and no head of sales agreed to the hours."),
        finding("OBJ007", "warning", "Contracts are covered to 74 % after lags."),
        finding("CTL001", "note", "Search has no watch with a red line.", money_at_stake=0.0),
    )
    waived = (finding("STR009", "warning", "Podcasts speak to nobody by name.", waived_by="w-podcast"),)
    folded = (finding("BRG009", "note", "Worth of a contract rests on a guess.", caused_by="f" * 16),)
    return SimpleNamespace(
        findings=(*shown, *folded, *waived), shown=shown, waived=waived, rules_run=87, elements=61, as_of=AS_OF,
        counts={"error": 1, "warning": 1, "note": 1}, settings_changed=("TPM004 occupancy 0.9 instead of 0.8",),
        skipped=(SimpleNamespace(code="DAT002", reason="no spend in the evidence", element=None),),
        scores=SimpleNamespace(hundred=hundred), document=SimpleNamespace(plan=SimpleNamespace(tactics=SimpleNamespace(list=()))),
    )  # fmt: skip


def steps() -> tuple[StepView, ...]:
    groups = tuple(
        GroupView(name=name, entered=n, moved=int(n * p), rate=Range(0.7 * p, p, 1.35 * p, "share"))
        for name, p, n in (("Search campaign", 0.09, 400), ("Trade fair Hannover", 0.15, 80), ("Newsletter", 0.05, 362))
    )
    return (
        StepView(
            from_name="Leads", to_name="Sales-qualified opportunities", unit="%", believed_rate=Range(0.1, 0.14, 0.18, "share"),
            measured_rate=Range(0.051, 0.0702, 0.0988, "share"), believed_lag=Range(14, 20, 30, "days"),
            measured_lag=Range(31, 38, 47, "days"), entered=842, moved=58, open=204, rejected=3,
            note="Rate within 90 days.", groups=groups, result=FakeStep(),
        ),
        StepView(
            from_name="Sales-qualified opportunities", to_name="Contracts", unit="%", believed_rate=Range(0.22, 0.28, 0.34, "share"),
            measured_rate=None, believed_lag=Range(120, 120, 120, "days"), measured_lag=None, entered=0, moved=0, open=0,
            rejected=0, note="", groups=(), result=None,
        ),
    )  # fmt: skip


def bets() -> tuple[BetStanding, ...]:
    return (
        standing("Search delivers leads", "delivers", "count", Range(300, 420, 520, "amount"), Range(240, 366, 550, "amount")),
        standing("Leads become SQOs", "rate", "%", Range(0.1, 0.14, 0.18, "share"), Range(0.051, 0.0702, 0.0988, "share"),
                 word="behind", reason="P(below nine tenths of the plan) 99 %", contraction=0.9),
        standing("SQOs become contracts", "rate", "%", Range(0.22, 0.28, 0.34, "share"), Range(0.28, 0.33, 0.39, "share"), word="on course", reason="P 93 %"),
        standing("Lead to SQO takes", "lag", "days", Range(14, 20, 30, "days"), Range(88, 95, 104, "days"), word="behind", reason="P 99 %"),
        standing("Worth of a contract", "worth", "EUR", Range(6000, 9000, 12000, "amount"), None),
        standing("Brand moves awareness", "expects", "pp", Range(0.03, 0.06, 0.08, "signed"), Range(-0.01, 0.02, 0.05, "signed"), grade="D"),
    )  # fmt: skip


def evidence() -> EvidenceSummary:
    table = TableView(name="spend", rows=4210, first=DAY(2027, 1, 1), last=AS_OF, source="google-ads")
    deals = TableView(name="stages", rows=1904, first=DAY(2026, 1, 4), last=AS_OF, source="hubspot")
    return EvidenceSummary(
        tables=(table, deals), imports=(ImportView(file="ads.csv", recognised_as="google-ads (German)", records=4215),),
        rejects=5, unmatched=(UnmatchedView(name="brand_2027_q1", money=31_000.0, rows=412),),
        facts=(FactView(name="gap", level="warning", text="Spend has no rows for 9 to 15 March."),),
    )  # fmt: skip


@pytest.fixture(scope="session")
def sample() -> ModuleType:
    """The makers of this file, for tests that build their own."""
    return sys.modules[__name__]


@pytest.fixture(scope="session")
def review() -> Review:
    fix = Fix(
        code="BRG004", title="Sales has not agreed to the hours", text="58 leads a week arrive, and nobody is bound to call them.",
        fix="Ask the head of sales to sign 12 h/week (action.teams[].agreed).", money=70_000.0, element_id="search",
    )  # fmt: skip
    other = Fix(
        code="OBJ007",
        title="Contracts are covered to 74 %",
        text="The bets fall short.",
        fix="Add a tactic.",
        money=None,
        element_id="o",
    )
    return Review(
        title="PumpWatch 2027", organisation="Halden Pumps", currency="EUR", plan_hash="1a2b3c4d5e6f", as_of=AS_OF,
        snapshot="9f8e7d6c5b4a", seed=1, versions={"leadline": "0.1.0", "numpy": "2.1"}, plan_status="draft",
        answer="Contracts will end near 96 of 122; leads become opportunities half as often as the plan says.",
        sentences=("What the data cannot tell: whether the trade fair brought anything.",), check=check(), fixes=(fix, other),
        bets=bets(), forecasts=(forecast("Monitoring contracts", 122, 0.12), forecast("Recurring revenue", 110, None)),
        steps=steps(), credits=FakeComparison(), small_cell=3, evidence=evidence(), map=map_of(11),
    )  # fmt: skip


HOSTILE = "</style><script>alert('1')</script>\" onload='x' <img src=http://evil.example/x> #FFFFFF {{7*7}} \u202e| `x`"


def poison(thing: object) -> object:
    """Return the thing with every text in it followed by hostile text; days, numbers and closed vocabularies stay."""
    kept = {
        "unit",
        "word",
        "status",
        "kind",
        "level",
        "level_word",
        "scale",
        "lane",
        "currency",
        "grade",
        "better",
        "basis",
    }
    if isinstance(thing, str):
        return thing + HOSTILE
    if isinstance(thing, tuple) and hasattr(thing, "_fields"):
        return thing
    if isinstance(thing, (tuple, list)):
        return type(thing)(poison(item) for item in thing)
    if isinstance(thing, dict):
        return {key: poison(item) for key, item in thing.items()}
    if isinstance(thing, SimpleNamespace):
        return SimpleNamespace(**{key: value if key in kept else poison(value) for key, value in vars(thing).items()})
    if isinstance(thing, (MapNode, MapEdge)):
        kept |= {"id", "source", "target"}
    if dataclasses.is_dataclass(thing) and not isinstance(thing, (Hundred, Place)):
        changed = {f.name: poison(getattr(thing, f.name)) for f in dataclasses.fields(thing) if f.name not in kept}
        return dataclasses.replace(thing, **changed)
    return thing
