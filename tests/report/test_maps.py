"""The strategy map: nothing on top of anything, every link told by letter and line, the same bytes every time."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from types import ModuleType

import pytest

from leadline.errors import UsageError
from leadline.report import charts, layers, lettering, maps, theme


def parsed(svg: str) -> ET.Element:
    return ET.fromstring(svg)  # noqa: S314 (our own drawing)


SIZES = [0, 1, 11, 60]


def laid(sample: ModuleType, count: int) -> layers.Layout:
    one = sample.map_of(count)
    return layers.lay_out(one.nodes, one.edges, currency="EUR")


def drawn(sample: ModuleType, count: int, **options: object) -> str:
    one = sample.map_of(count)
    return maps.draw_map(one.nodes, one.edges, currency="EUR", **options)


@pytest.mark.parametrize("count", SIZES)
def test_no_box_and_no_mark_lies_on_another(count, sample):
    places = laid(sample, count).rectangles()
    assert len(places) > count
    overlaps = [
        (a, b)
        for i, a in enumerate(places)
        for b in places[i + 1 :]
        if a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
    ]
    assert overlaps == []


def test_the_overlap_test_sees_an_overlap(sample):
    layout = laid(sample, 11)
    layout.boxes[-1].y = layout.boxes[-2].y
    places = layout.rectangles()
    assert [
        1
        for i, a in enumerate(places)
        for b in places[i + 1 :]
        if a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
    ]


@pytest.mark.parametrize("count", SIZES)
def test_words_stay_inside_their_boxes_and_boxes_on_the_sheet(count, sample):
    layout = laid(sample, count)
    for box in layout.boxes:
        assert box.y >= layers.TOP - 0.01
        assert box.x + box.width <= layout.width
        assert box.y + box.height <= layout.height
        assert len(box.parts) * layers.LINE <= box.height
        for words, _, bold in box.parts:
            assert lettering.width(words, theme.SMALLEST_TEXT, bold=bold) <= box.width - layers.PAD


@pytest.mark.parametrize("count", [11, 60])
def test_long_links_pass_beside_the_boxes_they_do_not_touch(count, sample):
    layout = laid(sample, count)
    boxes = {box.id: box for box in layout.boxes}
    for link in layout.links:
        if link.around:
            continue
        for x, y in link.points[1:-1]:
            inside = [b.id for b in layout.boxes if b.x <= x <= b.x + b.width and b.y < y < b.y + b.height]
            assert inside == [], (link.source, link.target)
        ends = {link.points[0][0], link.points[-1][0]}
        assert ends <= {e for b in (boxes[link.source], boxes[link.target]) for e in (b.x, b.x + b.width)}


def test_a_large_plan_is_a_sheet_and_not_a_ribbon(sample):
    layout = laid(sample, 60)
    assert layout.height < 2 * layout.width
    for box in layout.boxes:
        if box.kind == "tactic":
            tail = sum(
                layers.PAD + lettering.width(f"✕ {words}", theme.SMALLEST_TEXT, bold=bold)
                for words, _, bold in box.tail
            )
            assert len(box.parts) == 1
            assert lettering.width(box.parts[0][0], theme.SMALLEST_TEXT) + tail <= box.width - 2 * layers.PAD


def test_strategy_stands_left_tactics_in_the_middle_the_sale_right(sample):
    at = {box.id: box.x for box in laid(sample, 11).boxes}
    order = [at[name] for name in ("grow", "monitor", "win", "answer", "contracts", "t0", "lead", "sqo", "contract")]
    assert order == sorted(set(order))


def test_more_money_is_a_wider_band(sample):
    widths = {
        link.source: link.width for link in laid(sample, 7).links if link.kind == "bet" and link.source in {"t0", "t6"}
    }
    assert widths["t6"] > widths["t0"] >= layers.THINNEST


def test_every_bet_prints_its_grade_and_a_suspect_link_its_question_mark(sample):
    one = sample.map_of(11)
    marks = [link.mark for link in laid(sample, 11).links]
    assert sum(mark.endswith("?") for mark in marks) == sum(e.suspect for e in one.edges)
    assert {mark[0] for mark in marks if mark and mark != "?"} == {"A", "B", "C", "D", "E", "X", "–"}


def test_a_finding_is_an_outline_a_glyph_and_its_code(sample):
    svg = drawn(sample, 11, live=False)
    assert f'stroke="{theme.colour("error")}"' in svg
    assert "✕ BRG004" in svg
    assert "! OBJ007 +1" in svg


def test_a_map_for_a_page_follows_the_scheme_and_a_file_does_not(sample):
    assert not re.search(r'"#[0-9A-Fa-f]{6}"', drawn(sample, 11))
    assert "var(" not in drawn(sample, 11, live=False)


def test_the_same_plan_gives_the_same_bytes(sample):
    assert drawn(sample, 60) == drawn(sample, 60)
    assert drawn(sample, 11) != drawn(sample, 12)


def test_links_to_nowhere_and_loops_are_survived(sample):
    nodes = [sample.node("a", "metric"), sample.node("b", "metric"), sample.node("t", "tactic", money=1.0)]
    edges = [
        sample.edge("a", "b", "bet"),
        sample.edge("b", "a", "bet"),
        sample.edge("a", "a", "bet"),
        sample.edge("t", "gone", "bet"),
        sample.edge("t", "a", "bet"),
    ]
    svg = maps.draw_map(nodes, edges, currency="EUR")
    assert len(parsed(svg).findall(f".//{{{charts.SVG}}}path")) >= 4


def test_a_link_that_leaves_the_last_lane_to_come_back_stays_on_the_sheet(sample):
    nodes = [sample.node(key, lane) for key, lane in (("s", "corporate"), ("a", "metric"), ("v", "value_event"))]
    loops = [sample.edge("a", "v", "bet"), *(sample.edge("v", "a", "bet") for _ in range(4)), sample.edge("s", "s")]
    laid = layers.lay_out(nodes, loops, currency="EUR")
    turns = [x for link in laid.links if link.around for x, _ in link.points]
    assert max(turns) > max(box.x + box.width for box in laid.boxes)
    assert min(turns) > 0
    assert max(turns) < laid.width


def test_an_empty_map_is_still_a_drawing():
    assert maps.draw_map([], [], currency="EUR").startswith("<svg")


def test_hostile_names_stay_names(sample):
    nodes = [sample.node("t", "tactic", name=sample.HOSTILE, money=1.0, findings=(sample.HOSTILE,), level_word="error")]
    root = parsed(maps.draw_map(nodes, [], currency="EUR", title=sample.HOSTILE))
    assert {child.tag.split("}")[1] for child in root.iter()} <= charts._ELEMENTS
    assert all("evil" not in value for child in root.iter() for value in child.attrib.values())


def test_mermaid_quotes_every_sign_that_could_end_a_name(sample):
    text = maps.mermaid(
        [
            sample.node("t", "tactic", name='a"]; click b "javascript:x" <b>\n%%{init}'),
            sample.node("v", "value_event", name="Sale"),
        ],
        [sample.edge("t", "v", "bet", grade="C", suspect=True)],
    )
    lines = text.splitlines()
    assert len(lines) == 4
    assert lines[1].count('"') == 2
    assert "<" not in text.split("-->", maxsplit=1)[0]
    assert lines[2] == '  n1(["Sale"])'
    assert lines[3] == '  n0 -->|"C?"| n1'


@pytest.mark.parametrize(
    ("ending", "start"), [("svg", b"<?xml"), ("png", b"\x89PNG"), ("pdf", b"%PDF"), ("mmd", b"flowchart LR")]
)
def test_each_format_is_what_its_ending_says(tmp_path, ending, start, sample):
    one = sample.map_of(11)
    path = tmp_path / f"map.{ending}"
    maps.write_map(path, one, currency="EUR")
    assert path.read_bytes().startswith(start)


def test_an_unknown_ending_names_the_known_ones(tmp_path, sample):
    with pytest.raises(UsageError, match="mmd, pdf, png, svg"):
        maps.write_map(tmp_path / "map.gif", sample.map_of(0), currency="EUR")


def test_the_map_says_itself_in_words(sample):
    one = sample.map_of(11)
    assert (
        maps.sentence(one.nodes, one.edges)
        == "11 tactics, 15 bets of which 7 are known by grade A to C, 4 suspect links, 3 elements with findings."
    )
