"""The standard pictures: what they say, what they draw, and that no words collide at 320 px."""

from __future__ import annotations

import dataclasses
import datetime as dt
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadline.align.hundred import Hundred
from leadline.decide.standing import Range
from leadline.report import charts, lettering, theme
from leadline.report.pictures.bets import BetRow, BetRows, belief
from leadline.report.pictures.canvas import MOST_TICKS, NARROW, WIDE, Axis, round_steps
from leadline.report.pictures.credit import Credit, CreditByModel
from leadline.report.pictures.depth import Band, DepthLine
from leadline.report.pictures.forest import Forest, ForestRow
from leadline.report.pictures.funnel import FunnelStep, FunnelStrip
from leadline.report.pictures.hundred import HundredBar
from leadline.report.pictures.months import MonthlyMoney
from leadline.report.pictures.presence import Cell, Presence
from leadline.report.pictures.promises import PromiseBars, PromiseRow
from leadline.report.pictures.schedule import Schedule, ScheduleBar, ScheduleGroup, spans
from leadline.report.pictures.weeks import WeekRow, WeekRows, quarter_starts
from leadline.report.saying import estimate

AS_OF, END = dt.date(2027, 6, 30), dt.date(2027, 12, 31)


def hundred(*shares: float, run: float = 0.08) -> HundredBar:
    return HundredBar(Hundred("spent", *shares, run, 402_000.0, 35_000.0, 0.0, 0.0, 0.0, {"search": "proven"}, "EUR"))


DEPTH = DepthLine(
    "Monitoring contracts", "count", 122, END, AS_OF,
    tuple(Band(AS_OF + (END - AS_OF) * part, *(64 + part * end for end in (12, 22, 32, 40, 54))) for part in (0.0, 0.5, 1.0)),
    ((dt.date(2027, 1, 1), 47.0), (AS_OF, 64.0)), ((dt.date(2027, 4, 1), 60.0), (END, 122.0)), 0.12,
)  # fmt: skip
RATE = Range(0.1, 0.14, 0.18, "share")
SEEN = Range(0.051, 0.0702, 0.0988, "share")
BETS = BetRows((
    BetRow("Leads become sales-qualified opportunities", "%", RATE, SEEN, "C", "behind"),
    BetRow("Lead to SQO takes", "days", Range(14, 20, 30, "days"), Range(88, 95, 104, "days"), "C", "behind"),
    BetRow("Brand moves awareness", "pp", Range(0.03, 0.06, 0.08, "signed"), Range(-0.01, 0.02, 0.05, "signed"), "D"),
    BetRow("Worth of a contract", "EUR", Range(6000, 9000, 12000, "amount"), None),
))  # fmt: skip
FUNNEL = FunnelStrip((
    FunnelStep("Leads", "Sales-qualified opportunities", RATE, SEEN, Range(14, 20, 30, "days"), Range(31, 38, 47, "days"), 842, 58, 204),
    FunnelStep("Sales-qualified opportunities", "Contracts", Range(0.22, 0.28, 0.34, "share")),
    FunnelStep("Contracts", "Recurring revenue", Range(2e4, 2.2e4, 2.4e4, "amount"), unit="EUR"),
))  # fmt: skip
CREDIT = CreditByModel(
    tuple(
        Credit(model, channel, 40 / (n + 1), 30 / (n + 1), 50 / (n + 1))
        if model != "first"
        else Credit(model, channel, 60 / (n + 1))
        for model in ("first", "last", "linear", "markov", "shapley-set-rate")
        for n, channel in enumerate(("Search", "Newsletter", "Trade fairs abroad", "Podcasts"))
    )
)
FOREST = Forest(
    "Leads → SQO",
    tuple(
        ForestRow(n, Range(0.7 * p, p, 1.3 * p, "share"), 100, int(100 * p))
        for n, p in (("Newsletter", 0.05), ("Fair", 0.15))
    ),
    SEEN,
)
MONTHS = MonthlyMoney(
    "EUR", tuple(dt.date(2027, month, 1) for month in range(1, 13)), *((money,) * 12 for money in (31_000.0, 8_000.0)),
    (25_500.0,) * 6 + (0.0,) * 6, (700.0,) * 6 + (0.0,) * 6, *(tuple(step * (n + 1) for n in range(12)) for step in (31_000.0, 8_000.0, 25_500.0)),
    fair_sum=tuple(27_000.0 * (n + 1) for n in range(12)), known=6, part=1.0,
)  # fmt: skip
YEAR = tuple(f"2027-W{week:02d}" for week in range(1, 53))
WEEKS = WeekRows(
    tuple(
        WeekRow(f"{name} of the field service team", dict.fromkeys(YEAR[start:], hours), line, (f"heaviest {hours} h", "of 24 h, 2027-W03"), hours > 24)
        for name, hours, start, line in (("Maximiliane", 31.5, 2, 24.0), ("Tom", 8.0, 20, 24.0), ("Sven", 12.0, 0, None))
    ),
    YEAR, "hours",
)  # fmt: skip
PROMISES = PromiseBars((
    PromiseRow("Enquiry desk for plants abroad", 40.0, 24.0, 3.6, is_short=True),
    PromiseRow("Gateway installation", 40.0, 48.0, None, is_short=False),
))  # fmt: skip
PRESENCE = Presence(
    ("We", "Nordsense", "PumpIQ International"),
    (
        ("webinar", "", (Cell("missing", "not there"), Cell(), Cell("there"))),
        ("Maintenance managers group on LinkedIn", "social, also Nordsense", (Cell("there", "38 %"), Cell("there"), Cell())),
        ("fair", "", (Cell("listed", "unused"), Cell("there"), Cell())),
    ),
)  # fmt: skip
SCHEDULE = Schedule(
    (
        ScheduleGroup("Recurring revenue of a million and a quarter by the end", END, (dt.date(2027, 6, 30), dt.date(2027, 9, 30)), (
            ScheduleBar("Free retrofit checks during service visits", "60 kEUR · Klaus", dt.date(2027, 2, 1), dt.date(2027, 10, 31), dt.date(2027, 3, 18), dt.date(2027, 3, 18)),
            ScheduleBar("Fair", "90 kEUR · Mara", dt.date(2027, 4, 12), dt.date(2027, 4, 23), dt.date(2028, 2, 1), dt.date(2027, 6, 1), is_late=True,
                        test=(dt.date(2027, 4, 12), dt.date(2027, 9, 1)), tasks=(dt.date(2027, 3, 31), dt.date(2027, 4, 9))),
        )),
        ScheduleGroup("Serves no objective", None, (), (ScheduleBar("Jersey", "20 kEUR", dt.date(2027, 3, 1), END),)),
    ),
    dt.date(2027, 1, 1), END, tuple((dt.date(2027, 3 * n + 1, 1), f"2027-Q{n + 1}") for n in range(4)), AS_OF,
)  # fmt: skip
ALL = {
    "hundred": hundred(0.176, 0.526, 0.22, 0.078),
    "depth": DEPTH,
    "bets": BETS,
    "funnel": FUNNEL,
    "credit": CREDIT,
    "forest": FOREST,
    "months": MONTHS,
    "weeks": WEEKS,
    "promises": PROMISES,
    "presence": PRESENCE,
    "schedule": SCHEDULE,
}


def words_of(svg: str) -> list[tuple[str, float, float, float, float]]:
    """Every text of a drawing with its box: words, left, top, right, bottom."""
    found = []

    def walk(element: ET.Element, x: float, y: float) -> None:
        moved = element.get("transform", "")
        if moved.startswith("translate("):
            dx, _, dy = moved[10 : moved.index(")")].partition(",")
            x, y = x + float(dx), y + float(dy or 0)
        if element.tag.endswith("}text") and element.text and element.get("stroke") is None:
            size = float((element.get("font-size") or "13").removesuffix("px"))
            room = lettering.width(element.text, size, bold=element.get("font-weight") == "600")
            left = x - {"middle": room / 2, "end": room}.get(element.get("text-anchor", "start"), 0.0)
            found.append((element.text, left, y - 0.75 * size, left + room, y + 0.2 * size))
        for child in element:
            walk(child, x, y)

    walk(ET.fromstring(svg), 0.0, 0.0)  # noqa: S314 (our own drawing)
    return found


def collisions(svg: str) -> list[tuple[str, str]]:
    boxes = words_of(svg)
    return [
        (a[0], b[0])
        for index, a in enumerate(boxes)
        for b in boxes[index + 1 :]
        if a[1] < b[3] - 1 and b[1] < a[3] - 1 and a[2] < b[4] - 1 and b[2] < a[4] - 1
    ]


@pytest.mark.parametrize("width", [WIDE, NARROW])
@pytest.mark.parametrize("name", ALL)
def test_words_neither_collide_nor_leave_the_sheet(name, width):
    svg = charts.draw(ALL[name].chart(width))
    assert collisions(svg) == []
    assert all(left >= -1 and right <= width + 1 for _, left, _, right, _ in words_of(svg))
    assert words_of(svg)


@pytest.mark.parametrize("name", ALL)
def test_every_picture_states_itself_in_words_and_rows_with_equal_keys(name):
    picture = ALL[name]
    assert picture.sentence().endswith((".", ")", "lift."))
    rows = picture.table()
    assert rows
    assert len({tuple(row) for row in rows}) == 1


@pytest.mark.parametrize("name", ALL)
def test_no_letter_is_smaller_than_thirteen_px(name):
    for width in (WIDE, NARROW):
        sizes = [
            float((e.get("font-size") or "13").removesuffix("px"))
            for e in ET.fromstring(charts.draw(ALL[name].chart(width))).iter()  # noqa: S314 (our own drawing)
            if e.tag.endswith("}text")
        ]
        assert min(sizes) >= theme.SMALLEST_TEXT


def cells(bar: HundredBar, width: float = WIDE) -> list[dict]:
    return [
        row
        for layer in bar.chart(width)["layer"]
        if layer["mark"]["type"] == "rect"
        for row in layer["data"]["values"]
        if row["y2"] - row["y"] > 30
    ]


@settings(max_examples=15, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=4, max_size=4).filter(lambda shares: sum(shares) > 0.01))
def test_the_hundred_always_has_a_hundred_parts(shares):
    bar = hundred(*(share / sum(shares) for share in shares))
    assert sum(count for _, count, _ in bar.parts()) == 100
    assert len(cells(bar)) == 100
    assert collisions(charts.draw(bar.chart(WIDE))) == []


def test_the_hundred_says_what_is_lost_first_and_one_in_the_singular():
    assert hundred(0.176, 0.526, 0.22, 0.078).title().startswith("30 of each 100 EUR never reach a sale")
    assert ("attention", 1, "stops at attention") in hundred(0.5, 0.49, 0.01, 0.0).parts()
    assert (
        hundred(0.2, 0.8, 0.0, 0.0).title() == "All of 402 kEUR is laid out to reach a sale; 20 of each 100 are proven"
    )


def test_the_depth_line_draws_both_bands_the_ring_and_its_chance():
    layers = DEPTH.chart()["layer"]
    areas = [layer for layer in layers if layer["mark"]["type"] == "area"]
    assert [
        (row["value"], row["upper"]) for row in (areas[0]["data"]["values"][-1], areas[1]["data"]["values"][-1])
    ] == [(76.0, 118.0), (86.0, 104.0)]
    rings = [layer for layer in layers if layer["mark"]["type"] == "point" and layer["mark"]["filled"] is False]
    assert rings[0]["data"]["values"][0]["value"] == 122
    said = [word[0] for word in words_of(charts.draw(DEPTH.chart()))]
    assert said.index("P 12 %") + 1 == said.index("unlikely")
    assert "target 122" in said


def test_an_unknown_chance_gives_its_reason_instead_of_a_number():
    unknown = dataclasses.replace(DEPTH, p=None, reason="3 of 4 bets are guesses")
    assert unknown.sentence() == "Monitoring contracts: 122 by 31 Dec 2027: chance unknown: 3 of 4 bets are guesses."
    assert "P unknown" in [word[0] for word in words_of(charts.draw(unknown.chart()))]


@settings(max_examples=15, deadline=None)
@given(st.floats(-1e6, 1e7), st.floats(-1e6, 1e7), st.floats(0, 1), st.sampled_from(["count", "EUR", "%", "days"]))
def test_a_depth_line_of_any_values_keeps_its_words_apart(target, reached, part, unit):
    fan = (
        Band(END, reached - part * 1000, reached - part * 300, reached, reached + part * 300, reached + part * 1000),
    )
    line = DepthLine("x", unit, target, END, AS_OF, fan, ((AS_OF, reached),), (), 0.5)
    for width in (WIDE, NARROW):
        svg = charts.draw(line.chart(width))
        ends = [word for word in words_of(svg) if word[0].startswith(("target", "P ", "forecast", "90 %"))]
        assert not [(a, b) for i, a in enumerate(ends) for b in ends[i + 1 :] if a[2] < b[4] - 1 and b[2] < a[4] - 1]


def test_past_its_day_a_target_is_missed_or_reached_and_nothing_is_forecast():
    over = dataclasses.replace(
        DEPTH, by=dt.date(2027, 4, 30), p=0.001, fan=(Band(dt.date(2027, 4, 30), 58.0, 58.0, 58.0, 58.0, 58.0),)
    )
    assert over.sentence() == "Monitoring contracts: 122 by 30 Apr 2027: missed, it was 58."
    assert dataclasses.replace(over, p=0.999).sentence().endswith("reached, it was 58.")
    said = [word[0] for word in words_of(charts.draw(over.chart()))]
    assert "due 30 Apr 2027" in said
    assert not [word for word in said if word.startswith("forecast")]


def test_depth_of_one_day_and_no_history_is_drawn():
    line = DepthLine("x", "count", 0.0, AS_OF, AS_OF)
    assert "P unknown" in charts.draw(line.chart())


def test_bet_rows_place_the_plan_at_one_and_evidence_as_its_multiple():
    axis = Axis(0.25, 4.0, 208, WIDE - 236, log=True)
    dots = [
        row for layer in BETS.chart()["layer"] if layer["mark"]["type"] == "point" for row in layer["data"]["values"]
    ]
    assert dots[0]["x"] == pytest.approx(axis.at(0.0702 / 0.14))
    assert [row["shape"] for row in dots].count("triangle-right") == 1


def test_evidence_off_the_axis_is_an_arrow_not_a_lie():
    arrow = BetRows((BetRow("x", "days", Range(1, 2, 3, "days"), Range(80, 90, 100, "days"), "C", "behind"),))
    marks = [layer["mark"]["type"] for layer in arrow.chart()["layer"]]
    shapes = [
        row["shape"]
        for layer in arrow.chart()["layer"]
        if layer["mark"]["type"] == "point"
        for row in layer["data"]["values"]
    ]
    assert shapes == ["triangle-right"]
    assert "point" in marks


def test_the_grade_letter_is_always_printed():
    said = " ".join(word[0] for word in words_of(charts.draw(BETS.chart())))
    assert "· C" in said
    assert "· D" in said


def test_a_bet_without_a_ratio_is_left_to_the_table():
    rows = BetRows((BetRow("x", "EUR", Range(-5, 1, 9, "signed"), None),))
    assert not [layer for layer in rows.chart()["layer"] if layer["mark"]["type"] == "rect"]
    assert len(rows.table()) == 1


def test_the_funnel_says_believed_beside_measured():
    assert FUNNEL.sentence().startswith(
        "Leads → Sales-qualified opportunities: the plan says 14 % (10–18), the cases say 7.0 % (5.1–9.9) (58 of 842, 204 open)."
    )
    assert "not measured" in FUNNEL.sentence()


def test_credit_without_interval_is_an_open_ring():
    dots = [
        row for layer in CREDIT.chart()["layer"] if layer["mark"]["type"] == "point" for row in layer["data"]["values"]
    ]
    assert sum(row["fill"] == theme.colour("panel") for row in dots) == 4
    assert "credit, not lift" in CREDIT.sentence()


def test_credit_names_the_channel_the_models_disagree_about():
    assert CREDIT.widest() == ("Search", 40.0, 60.0)


def test_the_forest_stands_highest_first_and_says_whether_groups_can_be_told_apart():
    assert [row.name for row in FOREST.ordered()] == ["Fair", "Newsletter"]
    assert "do not overlap" in FOREST.sentence()
    near = dataclasses.replace(FOREST, rows=tuple(dataclasses.replace(r, rate=SEEN) for r in FOREST.rows))
    assert "can't tell apart" in near.sentence()


@given(st.floats(-1e9, 1e9), st.floats(1, 1e9))
def test_ticks_are_few_round_and_inside(low, span):
    ticks = round_steps(low, low + span, most=MOST_TICKS)
    assert 1 <= len(ticks) <= MOST_TICKS
    assert all(low - 1e-6 * span <= tick <= low + span + 1e-6 * span for tick in ticks)


@pytest.mark.parametrize(("known", "unit", "said"), [
    (Range(0.0512, 0.0702, 0.0988, "share"), "%", "7.0 % (5.1–9.9)"), (Range(243.2, 366.4, 550.1, "amount"), "count", "370 (240–550)"),
    (Range(-0.01, 0.02, 0.05, "signed"), "pp", "2 pp (−1 to 5)"), (Range(8_123, 9_456, 11_900, "amount"), "EUR", "9.5 kEUR (8.1–12)"),
    (Range(31.2, 38.4, 47.1, "days"), "days", "38 days (31–47)"), (Range(20, 102, 620, "amount"), "count", "100 (20–620)"),
        (Range(0.02, 0.04, 0.06, "signed"), "%", "4.0 pp (2.0–6.0)"), (Range(20, 20, 20, "days"), "days", "20 days"),
])  # fmt: skip
def test_estimates_carry_no_digit_their_interval_does_not(known, unit, said):
    assert estimate(known, unit) == said


def test_a_belief_keeps_the_digits_of_the_plan():
    assert belief(Range(255, 419, 585, "amount"), "count") == "419 (255–585)"
    assert belief(Range(6000, 9000, 12000, "amount"), "EUR") == "9 kEUR (6–12)"
    assert belief(Range(800, 9000, 12000, "amount"), "EUR") == "9 kEUR (0.8–12)"


def rectangles(spec: dict, fill: str) -> list[dict]:
    return [
        row
        for layer in spec["layer"]
        if layer["mark"]["type"] == "rect"
        for row in layer["data"]["values"]
        if row["fill"] == theme.colour(fill)
    ]


def test_weeks_above_the_line_are_marked_twice_and_no_other_week_is():
    above = rectangles(WEEKS.chart(), "error")
    tall = [row for row in above if row["y2"] - row["y"] != 3]
    assert len(tall) == 50  # Maximiliane from week 3 on; 8 of 24 hours and a row without a line stay pale
    assert len(above) - len(tall) == 1  # one strip under them: an hour too much is less than a pixel high


def test_a_week_exactly_at_the_line_is_not_above_it():
    row = WeekRow("Ada", {YEAR[0]: 24.0, YEAR[1]: 24.0 * (1 + 1e-12)}, 24.0, ("", ""))
    assert rectangles(WeekRows((row,), YEAR[:2], "hours").chart(), "error") == []


def test_quarters_begin_with_their_first_week_and_name_their_year_once():
    assert quarter_starts((*YEAR, "2028-W01")) == [(0, "Q1 2027"), (13, "Q2"), (26, "Q3"), (39, "Q4"), (52, "Q1 2028")]


def test_spent_ends_where_the_known_days_end_and_nobodys_part_lies_inside_it():
    assert [line.name for line in MONTHS.lines()] == ["plan", "plan, reported", "committed", "spent"]
    assert len(MONTHS.lines()[-1].values) == 6
    spent, nobody = (rectangles(MONTHS.chart(), fill) for fill in ("ink-2", "warn-tint"))
    assert len(spent) == len(nobody) == 6
    assert all(part["y"] == whole["y"] and part["y2"] < whole["y2"] for part, whole in zip(nobody, spent, strict=True))


def test_a_schedule_shows_every_day_of_its_bars_and_points_at_what_lies_beyond():
    first, last = spans(
        [bar for group in SCHEDULE.groups for bar in group.bars], (dt.date(2027, 2, 1), dt.date(2027, 6, 30))
    )
    assert (first, last) == (dt.date(2027, 2, 1), END)
    arrows = [
        row
        for layer in SCHEDULE.chart()["layer"]
        if layer["mark"]["type"] == "point"
        for row in layer["data"]["values"]
        if row["shape"] == "triangle-right"
    ]
    assert len(arrows) == 1  # the fair's first sale comes after the window
