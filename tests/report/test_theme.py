"""Every contrast and distance of the colour tokens, computed anew; no colour stands anywhere else in the source."""

from __future__ import annotations

import itertools
import math
import re
from pathlib import Path

import pytest

from leadline.report import theme

SRC = Path(theme.__file__).resolve().parents[1]
SCHEMES = ("light", "dark")


def channels(hexadecimal: str) -> tuple[float, float, float]:
    return tuple(int(hexadecimal[i : i + 2], 16) / 255 for i in (1, 3, 5))


def linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4


def contrast(one: str, other: str) -> float:
    """WCAG 2 contrast ratio."""
    bright, dim = sorted(
        (
            sum(w * linear(c) for w, c in zip((0.2126, 0.7152, 0.0722), channels(colour), strict=True))
            for colour in (one, other)
        ),
        reverse=True,
    )
    return (bright + 0.05) / (dim + 0.05)


# Machado, Oliveira, Fernandes 2009, severity 1.0, on linear RGB.
SIGHTS = {
    "normal": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protan": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deutan": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    "tritan": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
}


def lab(colour: str, sight: str = "normal") -> tuple[float, float, float]:
    """CIELAB (D65) as an eye of this kind sees the colour."""
    rgb = [linear(c) for c in channels(colour)]
    rgb = [min(max(sum(m * c for m, c in zip(row, rgb, strict=True)), 0), 1) for row in SIGHTS[sight]]
    matrix = ((0.4124564, 0.3575761, 0.1804375), (0.2126729, 0.7151522, 0.0721750), (0.0193339, 0.1191920, 0.9503041))
    xyz = [
        sum(m * c for m, c in zip(row, rgb, strict=True)) / white
        for row, white in zip(matrix, (0.95047, 1.0, 1.08883), strict=True)
    ]
    x, y, z = (t ** (1 / 3) if t > 216 / 24389 else (24389 / 27 * t + 16) / 116 for t in xyz)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def ciede2000(one: tuple[float, float, float], other: tuple[float, float, float]) -> float:
    """Sharma, Wu, Dalal 2005."""
    (l1, a1, b1), (l2, a2, b2) = one, other
    mean_c = (math.hypot(a1, b1) + math.hypot(a2, b2)) / 2
    g = 0.5 * (1 - math.sqrt(mean_c**7 / (mean_c**7 + 25**7)))
    a1, a2 = a1 * (1 + g), a2 * (1 + g)
    c1, c2 = math.hypot(a1, b1), math.hypot(a2, b2)
    h1, h2 = (math.degrees(math.atan2(b, a)) % 360 if a or b else 0.0 for a, b in ((a1, b1), (a2, b2)))
    turn = 0.0 if c1 * c2 == 0 else (h2 - h1 + 180) % 360 - 180
    dh = 2 * math.sqrt(c1 * c2) * math.sin(math.radians(turn / 2))
    mean_l, mean_c = (l1 + l2) / 2, (c1 + c2) / 2
    mean_h = h1 + h2 if c1 * c2 == 0 else (h1 + turn / 2) % 360
    t = 1 - 0.17 * math.cos(math.radians(mean_h - 30)) + 0.24 * math.cos(math.radians(2 * mean_h))
    t += 0.32 * math.cos(math.radians(3 * mean_h + 6)) - 0.20 * math.cos(math.radians(4 * mean_h - 63))
    sl = 1 + 0.015 * (mean_l - 50) ** 2 / math.sqrt(20 + (mean_l - 50) ** 2)
    sc, sh = 1 + 0.045 * mean_c, 1 + 0.015 * mean_c * t
    rt = (
        -2
        * math.sqrt(mean_c**7 / (mean_c**7 + 25**7))
        * math.sin(math.radians(60 * math.exp(-(((mean_h - 275) / 25) ** 2))))
    )
    dl, dc = (l2 - l1) / sl, (c2 - c1) / sc
    return math.sqrt(dl**2 + dc**2 + (dh / sh) ** 2 + rt * dc * dh / sh)


def of(use: str) -> list[theme.Token]:
    return [token for token in theme.TOKENS if token.use == use]


def test_the_distance_formula_gives_the_published_values():
    # Sharma, Wu, Dalal 2005, table 1, pairs 1, 7 and 20.
    assert ciede2000((50, 2.6772, -79.7751), (50, 0, -82.7485)) == pytest.approx(2.0425, abs=1e-4)
    assert ciede2000((50, 0, 0), (50, -1, 2)) == pytest.approx(2.3669, abs=1e-4)
    assert ciede2000((50, 2.5, 0), (58, 24, 15)) == pytest.approx(19.4535, abs=1e-4)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_text_keeps_four_and_a_half_on_every_surface(scheme):
    ratios = {
        (text.name, ground.name): contrast(getattr(text, scheme), getattr(ground, scheme))
        for text in of("text")
        for ground in of("surface")
    }
    assert {pair: ratio for pair, ratio in ratios.items() if ratio < 4.5} == {}


@pytest.mark.parametrize("scheme", SCHEMES)
def test_levels_keep_four_and_a_half_on_their_tints(scheme):
    for name in ("error", "warn", "note", "ok"):
        assert contrast(getattr(theme.token(name), scheme), getattr(theme.token(f"{name}-tint"), scheme)) >= 4.5


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize(("use", "grounds", "least"), [
    ("control", ("page", "panel", "sunken"), 3.0), ("series", ("page", "panel"), 3.0),
    ("grade", ("page", "panel"), 3.0), ("verdict", ("page", "panel"), 4.5),
])  # fmt: skip
def test_marks_controls_and_verdicts_stand_out(scheme, use, grounds, least):
    for token in of(use):
        for ground in grounds:
            assert contrast(getattr(token, scheme), getattr(theme.token(ground), scheme)) >= least, (token.name, ground)


@pytest.mark.parametrize(("name", "scheme", "ground", "stated"), [
    ("ink", "light", "panel", 16.6), ("ink-3", "light", "sunken", 4.6), ("link", "dark", "page", 8.8), ("line", "light", "page", 1.3),
    ("line-strong", "dark", "sunken", 3.1), ("series-2", "light", "page", 3.1), ("grade-e", "dark", "page", 4.8),
    ("cannot-tell", "light", "panel", 5.4), ("nothing-to-judge", "dark", "page", 4.0), ("strategy-failed", "light", "panel", 8.6),
])  # fmt: skip
def test_stated_ratios_are_the_computed_ones(name, scheme, ground, stated):
    found = contrast(getattr(theme.token(name), scheme), getattr(theme.token(ground), scheme))
    assert found == pytest.approx(stated, abs=0.06)


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("sight", SIGHTS)
def test_series_can_be_told_apart_by_every_eye(scheme, sight):
    seen = [lab(getattr(token, scheme), sight) for token in of("series")]
    assert min(ciede2000(a, b) for a, b in itertools.combinations(seen, 2)) >= 15


@pytest.mark.parametrize("scheme", SCHEMES)
def test_grades_grow_stronger_from_e_to_a(scheme):
    ground = getattr(theme.token("panel"), scheme)
    ratios = [contrast(getattr(theme.token(theme.grade_token(grade)), scheme), ground) for grade in "EDCBA"]
    assert ratios == sorted(ratios)


def test_tokens_that_look_alike_in_light_look_alike_in_dark():
    by_light: dict[str, set[str]] = {}
    for token in theme.TOKENS:
        by_light.setdefault(token.light, set()).add(token.dark)
    assert {light for light, darks in by_light.items() if len(darks) > 1} == set()


def test_no_colour_stands_outside_the_theme():
    colour = re.compile(r"#(?:[0-9a-fA-F]{8}|[0-9a-fA-F]{6})\b|[\"'(:]\s*#[0-9a-fA-F]{3,4}[\"';,)]|\brgba?\(\s*\d")
    endings = {".py", ".html", ".css", ".sql", ".js", ".svg"}
    found = [
        f"{path.relative_to(SRC)}:{number}"
        for path in sorted(SRC.rglob("*"))
        if path.suffix in endings and path != Path(theme.__file__).resolve()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if colour.search(line)
    ]
    assert found == []


def test_the_search_for_colours_can_find_one():
    assert re.search(r"#(?:[0-9a-fA-F]{6})\b", f"fill: {theme.colour('ink')};")


def test_style_sheet_holds_every_token_in_both_schemes_and_print_stays_light():
    css = theme.css_tokens()
    for token in theme.TOKENS:
        assert f"--{token.name}:{token.light};" in css
        assert f"--{token.name}:{token.dark};" in css
    assert all(
        "print" not in line and "@media screen" in line for line in css.splitlines() if theme.token("ink").dark in line
    )


def test_a_drawing_follows_the_scheme_by_names_only():
    svg = f'<rect fill="{theme.colour("grade-a")}" stroke="{theme.colour("line")}"/>'
    assert theme.live(svg) == '<rect fill="var(--grade-a)" stroke="var(--line)"/>'


def test_a_seventh_category_gets_no_seventh_hue():
    assert [theme.series_token(n) for n in (0, 5, 6, 40)] == ["series-1", "series-6", "ink-3", "ink-3"]


def test_signs_differ_by_glyph_and_plain_text():
    assert len({sign.glyph for sign in theme.VERDICTS}) == len({sign.plain for sign in theme.VERDICTS}) == 7
    assert theme.sign("never heard of").glyph == "?"
