"""A slimmed drawing looks as before and says less."""

import io
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline.report import charts
from leadline.report.slimming import slim

SEEN = 64  # of 255: letters on hundredths of a pixel shade their edges by up to a fifth, a moved mark by all
SPEC = {
    "data": {"values": [{"a": "radio", "b": 28.123456}, {"a": "search", "b": 55}, {"a": "fair", "b": 13.3333333}]},
    "layer": [
        {"mark": {"type": "bar", "opacity": 0.22}},
        {"mark": {"type": "rule", "strokeWidth": 1}},
        {"mark": {"type": "text", "dx": 8, "align": "left"}, "encoding": {"text": {"field": "b", "format": ".1f"}}},
    ],
    "encoding": {"x": {"field": "b", "type": "quantitative"}, "y": {"field": "a", "type": "nominal"}},
}


def parsed(text):
    ET.register_namespace("", charts.SVG)
    return ET.fromstring(f'<svg xmlns="{charts.SVG}">{text}</svg>')  # noqa: S314 - the test's own text


def slimmed(text):
    root = parsed(text)
    slim(root)
    return ET.tostring(root, encoding="unicode").removeprefix(f'<svg xmlns="{charts.SVG}"').rstrip()


def test_a_slimmed_chart_looks_as_before_and_is_a_quarter_smaller(monkeypatch):
    from PIL import Image, ImageChops

    after = charts.draw(SPEC, title="x", live=False)
    monkeypatch.setattr(charts, "slim", lambda root: None)
    before = charts.draw(SPEC, title="x", live=False)
    assert len(after) < 0.75 * len(before)
    pictures = [Image.open(io.BytesIO(charts.png(one))).convert("RGB") for one in (before, after)]
    assert max(high for _, high in ImageChops.difference(*pictures).getextrema()) < SEEN


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('<g><g><path d="M0.123456,1e-14L2,3" opacity="1" /></g></g>', '><path d="M0.12,0L2,3" /></svg>'),
        ('<g fill-opacity="0.5"><path fill-opacity="1" /></g>', '><g fill-opacity="0.5"><path fill-opacity="1" /></g></svg>'),
        ('<g opacity="0.5"><path opacity="1" /></g>', '><g opacity="0.5"><path /></g></svg>'),
        ('<g transform="translate(0,0)"><path /></g><g />', "><path /></svg>"),
        ('<text font-size="13px">a</text><text font-size="13px">b</text><text font-size="9px">c</text>',
         ' font-size="13px"><text>a</text><text>b</text><text font-size="9px">c</text></svg>'),
        ('<text font-size="13px">a</text><text>b</text>', '><text font-size="13px">a</text><text>b</text></svg>'),
    ],
)  # fmt: skip
def test_only_what_says_nothing_goes(text, expected):
    assert slimmed(text) == expected


@given(st.floats(-2000, 2000, allow_nan=False))
def test_a_coordinate_moves_by_no_more_than_half_a_hundredth(value):
    root = parsed(f'<path d="M{value!r},0" />')
    slim(root)
    assert float(root[0].attrib["d"][1:].split(",")[0]) == pytest.approx(value, abs=0.00501)
