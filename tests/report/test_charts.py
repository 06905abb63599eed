"""Drawings: cleaned, named, bound to tokens, the same bytes every time."""

from __future__ import annotations

import re
import subprocess
import sys
import xml.etree.ElementTree as ET

import pytest

from leadline.report import charts, theme

SPEC = {
    "title": {"text": "Radio pays back", "subtitle": "per week"},
    "description": "Radio brought 1.6 (0.9 to 2.4) a euro.",
    "width": 300,
    "height": 120,
    "data": {"values": [{"a": 1, "b": 2000, "c": '<script>x</script> & "q"'}, {"a": 3, "b": 4000, "c": "two"}]},
    "layer": [
        {
            "mark": {"type": "area", "style": "interval", "clip": True},
            "encoding": {"x": {"field": "a", "type": "quantitative"}, "y": {"field": "b", "type": "quantitative"}},
        },
        {
            "mark": {"type": "text"},
            "encoding": {
                "x": {"field": "a", "type": "quantitative"},
                "y": {"field": "b", "type": "quantitative"},
                "text": {"field": "c"},
            },
        },
    ],
}


def parsed(svg: str) -> ET.Element:
    return ET.fromstring(svg)  # noqa: S314 (our own drawing)


def test_a_drawing_is_named_by_its_finding_and_its_words():
    root = parsed(charts.draw(SPEC))
    assert root.get("role") == "img"
    assert [child.text for child in root[:2]] == ["Radio pays back", "Radio brought 1.6 (0.9 to 2.4) a euro."]
    assert root.get("aria-labelledby") == f"{root[0].get('id')} {root[1].get('id')}"


def test_a_drawing_for_a_page_holds_names_of_tokens_and_no_colour():
    svg = charts.draw(SPEC)
    assert not re.search(r"#[0-9a-fA-F]{3,8}\b(?!\))", re.sub(r"url\(#[^)]*\)", "", svg))
    assert "var(--series-1)" in svg
    assert "style=" not in svg
    assert "font-family" not in svg


def test_a_drawing_for_a_file_keeps_light_values_and_faces():
    svg = charts.draw(SPEC, live=False)
    assert theme.colour("series-1") in svg
    assert "var(" not in svg
    assert "font-family" in svg


def test_hostile_text_stays_text_and_no_link_survives():
    root = parsed(charts.draw(SPEC))
    assert {child.tag.split("}")[1] for child in root.iter()} <= charts._ELEMENTS
    assert '<script>x</script> & "q"' in "".join(root.itertext())


def test_what_could_act_or_load_is_not_let_through():
    svg = (
        f'<svg xmlns="{charts.SVG}" xmlns:xlink="http://www.w3.org/1999/xlink" onload="go()" style="color:red"><script>go()</script>'
        '<a xlink:href="javascript:go()"><text>a</text></a><image href="http://evil.example/x"/><foreignObject/><use href="#x"/>'
        '<g fill="url(http://evil.example)" onclick="go()"><text fill="JavaScript:go()">kept</text></g></svg>'
    )
    found = charts.finish(svg, title="t", description="", live=True)
    assert "kept" in found
    for unwanted in ("script", "evil", "href", "onload", "onclick", "style", "image", "foreign", "use"):
        assert unwanted not in found.lower().replace("javascript", ""), unwanted
    assert "go()" not in found


def test_thousands_stand_apart_by_a_thin_space():
    assert "4\u202f000" in "".join(parsed(charts.draw(SPEC)).itertext())


def test_the_specification_is_left_as_it_was():
    before = repr(SPEC)
    charts.draw(SPEC)
    assert repr(SPEC) == before


def test_equal_specifications_give_equal_bytes_however_often_drawn():
    assert charts.draw(SPEC) == charts.draw(dict(reversed(SPEC.items())))


@pytest.mark.slow
def test_another_process_draws_the_same_bytes():
    code = f"from leadline.report import charts; import sys; sys.stdout.write(charts.draw({SPEC!r}))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONHASHSEED": "7", "PYTHONIOENCODING": "utf-8"},
    )
    assert done.stdout == charts.draw(SPEC)


def test_ids_of_two_drawings_never_meet():
    first, second = charts.draw(SPEC), charts.draw(SPEC, title="Another finding")
    ids = [set(re.findall(r' id="([^"]+)"', svg)) for svg in (first, second)]
    assert ids[0]
    assert not ids[0] & ids[1]
    for svg, known in zip((first, second), ids, strict=True):
        assert set(re.findall(r"url\(#([^)]+)\)", svg)) <= known


def test_data_from_an_address_are_not_fetched():
    spec = {
        "data": {"url": "http://127.0.0.1:9/rows.json"},
        "mark": "point",
        "encoding": {"x": {"field": "a", "type": "quantitative"}},
    }
    with pytest.raises(ValueError, match=r"(?i)url|access|allow"):
        charts.draw(spec)


def test_what_a_specification_configures_wins_over_the_theme():
    spec = {**SPEC, "config": {"axis": {"labelColor": theme.colour("error")}}}
    assert "var(--error)" in charts.draw(spec)
    assert "var(--error)" not in charts.draw(SPEC)


def test_pictures_and_prints_of_a_drawing_are_what_they_say():
    svg = charts.draw(SPEC, live=False)
    assert charts.png(svg)[:8] == b"\x89PNG\r\n\x1a\n"
    assert charts.pdf(svg)[:5] == b"%PDF-"
    assert charts.standing_alone(svg).startswith("<?xml")
