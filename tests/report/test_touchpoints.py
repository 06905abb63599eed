"""The touch point map: every place where it belongs, nothing on anything, and what is wrong can be seen and heard."""

from __future__ import annotations

import datetime as dt
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from leadline.align.run import CheckOptions, check
from leadline.errors import UsageError
from leadline.plan.source import parse_plan, read_plan
from leadline.report import charts, lettering, theme, touchpoints
from leadline.report.blocks import Empty
from leadline.report.html import render_html
from leadline.report.md import render_md
from leadline.report.pages.touchpoints import touchpoints_page
from leadline.review.material import material
from leadline.review.result import TouchpointMap
from leadline.review.run import Request, review_plan
from leadline.review.touchpoint_map import STAGES, touchpoint_map

HEAD = """
plan: {id: p, window: 2027-01-01..2027-12-31, currency: EUR, status: review}
metrics: [{id: lead, unit: count}, {id: won, unit: count, value_event: true, worth: 9 EUR}]
action: {people: [{id: mia, name: Mia}]}
tactics: {bridge: [{from: lead, to: won, rate: 10 %, touchpoint: desk}]}
situation:
  touchpoints:
"""
ROWS = (
    "id: ad, name: Search ad, stage: aware, owner: mia, experience: {score: 70, n: 44}",
    "id: desk, name: Enquiry desk, stage: buy, owner: mia, promise: {first_response: 2 h, hours: 63 h/week}, staffed: 16 h/week, depends_on: [ad]",
    "id: street, name: The street",
)


def seen(*rows: str) -> TouchpointMap:
    text = HEAD + "".join(f"    - {{{row}}}\n" for row in rows or ROWS)
    return touchpoint_map(check(parse_plan(text), CheckOptions(as_of=dt.date(2027, 1, 2))))


def crowded(count: int) -> TouchpointMap:
    return seen(
        *(
            f"id: p{n}, name: Place number {n} with a rather long name, stage: {STAGES[n % 8]}, owner: o{n % 5}, "
            f"experience: {{score: {n}, n: 9}}, promise: {{hours: {n + 5} h/week}}, staffed: {n} h/week, depends_on: [p{(n + 7) % count}]"
            for n in range(count)
        )
    )


def test_every_touch_point_stands_in_the_column_of_its_stage_and_the_row_of_its_owner() -> None:
    grid = touchpoints.lay_out(seen())
    columns = {stage: left for left, stage, _ in grid.columns}
    rows = {owner: (top, bottom) for top, bottom, owner in grid.rows}
    at = {place.point.id: place for place in grid.places}
    assert (at["ad"].x, at["desk"].x, at["street"].x) == (columns["aware"], columns["buy"], columns["no stage"])
    for name, owner in (("ad", "Mia"), ("desk", "Mia"), ("street", "nobody yet")):
        top, bottom = rows[owner]
        assert top <= at[name].y <= at[name].y + at[name].height <= bottom


def test_a_stage_without_a_touch_point_between_two_used_ones_is_shown_empty() -> None:
    assert [(stage, empty) for _, stage, empty in touchpoints.lay_out(seen()).columns] == [
        ("aware", False),
        ("consider", True),
        ("buy", False),
        ("no stage", False),
    ]


@pytest.mark.parametrize("count", [1, 9, 60])
def test_no_place_lies_on_another_and_all_lie_on_the_sheet(count: int) -> None:
    grid = touchpoints.lay_out(crowded(count))
    places = grid.rectangles()
    assert len(places) == count
    assert not [
        (a, b)
        for i, a in enumerate(places)
        for b in places[i + 1 :]
        if a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
    ]
    assert all(right <= grid.width and bottom <= grid.height for _, _, right, bottom in places)


def test_words_stay_inside_their_boxes() -> None:
    for place in touchpoints.lay_out(crowded(60)).places:
        for said, _, bold in place.lines:
            assert lettering.width(said, theme.SMALLEST_TEXT, bold=bold) <= touchpoints.BOX - touchpoints.PAD


def test_the_promise_is_drawn_against_its_staffing_on_one_scale() -> None:
    root = ET.fromstring(touchpoints.draw_touchpoints(seen(), live=False))  # noqa: S314 (our own drawing)
    bars = [rect for rect in root.iter(f"{{{charts.SVG}}}rect") if rect.get("height") == "7"]
    filled, outline = (float(bar.get("width", "nan")) for bar in bars[-2:])
    assert filled / outline == pytest.approx(16 / 63, rel=0.01)


def test_it_says_itself_bad_news_first() -> None:
    assert touchpoints.sentence(seen()) == (
        "Enquiry desk promises more hours than are staffed; nobody is met in consider; the lowest score is 70, at Search "
        "ad; 1 of 3 touch points have a score."
    )


def test_a_finding_is_an_outline_and_a_code() -> None:
    svg = touchpoints.draw_touchpoints(seen(), live=False)
    assert "TPM004" in svg
    assert f'stroke="{theme.colour("error")}"' in svg or f'stroke="{theme.colour("warn")}"' in svg


def test_the_table_keeps_what_the_drawing_shortens() -> None:
    row = touchpoints.table(seen())[1]
    assert (row["touch point"], row["promised"], row["staffed"], row["needs"], row["steps"]) == (
        "Enquiry desk", 63.0, 16.0, ["Search ad"], ["lead → won"],
    )  # fmt: skip


def test_hostile_names_stay_names() -> None:
    shown = seen('id: x, name: "<script>alert(1)</script>\\"]; click a \\"javascript:1\\"", stage: buy')
    root = ET.fromstring(touchpoints.draw_touchpoints(shown))  # noqa: S314 (our own drawing)
    assert {child.tag.split("}")[1] for child in root.iter()} <= charts._ELEMENTS
    assert "<script" not in touchpoints.mermaid(shown)


def test_an_empty_map_is_still_a_drawing_and_says_so() -> None:
    empty = TouchpointMap((), ())
    assert touchpoints.draw_touchpoints(empty).startswith("<svg")
    assert touchpoints.sentence(empty) == "No touch point is written down yet."


@pytest.mark.parametrize(
    ("ending", "start"), [("svg", b"<?xml"), ("png", b"\x89PNG"), ("pdf", b"%PDF"), ("mmd", b"flowchart")]
)
def test_each_format_is_what_its_ending_says(tmp_path: Path, ending: str, start: bytes) -> None:
    touchpoints.write_touchpoints(tmp_path / f"map.{ending}", seen())
    assert (tmp_path / f"map.{ending}").read_bytes().startswith(start)


def test_an_unknown_ending_names_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="mmd, pdf, png, svg"):
        touchpoints.write_touchpoints(tmp_path / "map.gif", seen())


@pytest.mark.parametrize("name", ["halden-pumps", "tidewater-cycles", "safe-harbour-reading"])
def test_the_example_plans_have_every_touch_point_on_the_map(shared: Path, name: str) -> None:
    document = read_plan(shared / "examples" / name / "plan.yaml")
    shown = touchpoint_map(check(document, CheckOptions(as_of=dt.date(2027, 1, 2))))
    assert {point.id for point in shown.points} == {point.id for point in document.plan.situation.touchpoints}
    assert len(touchpoints.lay_out(shown).places) == len(shown.points)


@pytest.mark.parametrize("rows", [ROWS, ('id: x, name: "<script>alert(1)</script>", stage: buy',)])
def test_the_page_asks_answers_and_escapes(tmp_path: Path, rows: tuple[str, ...]) -> None:
    (tmp_path / "plan.yaml").write_text(HEAD + "".join(f"    - {{{row}}}\n" for row in rows), encoding="utf-8")
    review = review_plan(
        tmp_path / "plan.yaml", Request(now=lambda: dt.datetime(2027, 1, 2, tzinfo=dt.UTC), as_of=dt.date(2027, 1, 2))
    )
    page = touchpoints_page(material(review))
    html, text = render_html(page), render_md(page)
    assert [section.id for section in page.sections] == ["journey", "delivery", "open"]
    assert "<script" not in html
    assert "alert(1)" in html or "Enquiry desk" in html
    assert page.title in text


def test_a_plan_without_touch_points_is_told_the_next_step(tmp_path: Path) -> None:
    (tmp_path / "plan.yaml").write_text("plan: {id: p}\nmetrics: [{id: m}]\n", encoding="utf-8")
    review = review_plan(
        tmp_path / "plan.yaml", Request(now=lambda: dt.datetime(2027, 1, 2, tzinfo=dt.UTC), as_of=dt.date(2027, 1, 2))
    )
    page = touchpoints_page(material(review))
    empties = [block for section in page.sections for block in section.blocks if isinstance(block, Empty)]
    assert [empty.step for empty in empties] == ["Walk the journey once: leadline init --flow walk."]
