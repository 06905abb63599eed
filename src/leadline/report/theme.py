"""Every colour, type face, size and glyph of Leadline, once.

Pages (CSS), drawings (a Vega configuration) and the terminal take them from here; no colour stands anywhere else in
the source. Values and their measured contrasts: the style guide, sections 2.2 and 2.3; a test recomputes each ratio.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Use = Literal["surface", "tint", "text", "control", "series", "grade", "verdict", "decoration"]


@dataclass(frozen=True, slots=True)
class Token:
    """One colour with its value in either scheme; `use` says which contrast it has to keep."""

    name: str
    light: str
    dark: str
    use: Use

    @property
    def var(self) -> str:
        """Return the colour as a CSS reference, so that one drawing follows both schemes."""
        return f"var(--{self.name})"


@dataclass(frozen=True, slots=True)
class Sign:
    """How a word about a plan is marked: glyph for pages, ASCII for plain terminals, the token it is coloured with."""

    word: str
    glyph: str
    plain: str
    token: str


TOKENS: tuple[Token, ...] = (
    Token("page", "#F7F6F2", "#12171C", "surface"),
    Token("panel", "#FFFFFF", "#1A2128", "surface"),
    Token("sunken", "#EFEDE6", "#232B33", "surface"),
    Token("ink", "#1B1F23", "#E8EAEC", "text"),
    Token("ink-2", "#4A5158", "#B4BBC2", "text"),
    Token("ink-3", "#646B73", "#949CA5", "text"),
    Token("link", "#1A5A86", "#7CBDE8", "text"),
    Token("line", "#D9D6CE", "#333C45", "decoration"),
    Token("line-strong", "#7F848A", "#6D7781", "control"),
    Token("error", "#A3261D", "#F2877E", "text"),
    Token("error-tint", "#FBEAE7", "#3A1F1D", "tint"),
    Token("warn", "#8A5200", "#E3AE55", "text"),
    Token("warn-tint", "#FBF1DD", "#352A16", "tint"),
    Token("note", "#1A5A86", "#7CBDE8", "text"),
    Token("note-tint", "#E6F0F7", "#182C3B", "tint"),
    Token("ok", "#1E6B4A", "#6CCB9F", "text"),
    Token("ok-tint", "#E4F3EB", "#173024", "tint"),
    Token("series-1", "#2D5E96", "#89C7F1", "series"),
    Token("series-2", "#B5851D", "#E5AB34", "series"),
    Token("series-3", "#409A7B", "#298A59", "series"),
    Token("series-4", "#931F4A", "#B3418A", "series"),
    Token("series-5", "#907DE0", "#886FF6", "series"),
    Token("series-6", "#241D10", "#DEDCD1", "series"),
    Token("grade-a", "#0B3B5C", "#CFE8F9", "grade"),
    Token("grade-b", "#1F5F8B", "#8FC6EC", "grade"),
    Token("grade-c", "#3F7FAE", "#5FA3CF", "grade"),
    Token("grade-d", "#6B8799", "#6F8CA0", "grade"),
    Token("grade-e", "#8A8A8A", "#7C848B", "grade"),
    Token("on-course", "#1E6B4A", "#6CCB9F", "verdict"),
    Token("not-executed", "#4A5158", "#B4BBC2", "verdict"),
    Token("tactic-failed", "#9A5B00", "#E3AE55", "verdict"),
    Token("strategy-failed", "#8E1B57", "#F07FB0", "verdict"),
    Token("market-moved", "#4B46B8", "#A39CF5", "verdict"),
    Token("cannot-tell", "#646B73", "#949CA5", "verdict"),
    Token("nothing-to-judge", "#7F848A", "#6D7781", "control"),
)
_BY_NAME = {token.name: token for token in TOKENS}

SERIES: tuple[str, ...] = tuple(token.name for token in TOKENS if token.use == "series")
OTHER = "ink-3"

VERDICTS: tuple[Sign, ...] = (
    Sign("on course", "✓", "[ok]", "on-course"),
    Sign("not executed", "□", "[--]", "not-executed"),
    Sign("tactic failed", "△", "[!t]", "tactic-failed"),
    Sign("strategy failed", "◆", "[!s]", "strategy-failed"),
    Sign("market moved", "∿", "[~m]", "market-moved"),
    Sign("can't tell", "?", "[?]", "cannot-tell"),
    Sign("nothing to judge", "◌", "[..]", "nothing-to-judge"),
)
# Where a bet stands has three words; "behind" is no verdict (it says where, not why), so it takes the warning's colour.
STANDINGS: tuple[Sign, ...] = (VERDICTS[0], Sign("behind", "▽", "[!]", "warn"), VERDICTS[5])
LEVELS: tuple[Sign, ...] = (
    Sign("error", "✕", "[x]", "error"),
    Sign("warning", "!", "[!]", "warn"),
    Sign("note", "i", "[i]", "note"),
)

# Lengths in px of stroke and gap: A and B solid, C long dash, D short dash, E dotted (style guide 2.3).
GRADE_DASH: dict[str, tuple[int, ...]] = {"A": (), "B": (), "C": (9, 4), "D": (4, 4), "E": (1, 4), "X": (2, 3), "": ()}

FONT_TEXT = 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", "Liberation Sans", sans-serif'
FONT_READ = '"Iowan Old Style", "Palatino Linotype", Palatino, "Noto Serif", "DejaVu Serif", "Liberation Serif", serif'
FONT_MONO = 'ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", "Liberation Mono", monospace'
# Office files name one face only: it is on every machine with an office program, or a twin of the same widths is.
FONT_OFFICE = "Arial"
# Drawings are measured with this face: the widest of those named above, so no text outgrows the room left for it.
FONT_MEASURED = "DejaVu Sans, Liberation Sans, sans-serif"

SIZES: dict[str, str] = {
    "note": "0.8125rem", "table": "0.9375rem", "body": "1rem", "lead": "1.125rem",
    "h3": "1.375rem", "h2": "1.75rem", "h1": "2.25rem",
}  # fmt: skip
SPACES: tuple[int, ...] = (4, 8, 12, 16, 24, 32, 48, 64)

# Share of a series colour in an interval band over the panel (style guide 2.3).
BAND_OPACITY = 0.22
# Smallest letter on any page or drawing, px (style guide 2.2).
SMALLEST_TEXT = 13


def colour(name: str) -> str:
    """Return the light value of a token, as drawings are made; raises KeyError for a name that is no token.

    >>> colour("ink") == token("ink").light
    True
    """
    return _BY_NAME[name].light


def token(name: str) -> Token:
    """Return a token by its name."""
    return _BY_NAME[name]


def grade_token(grade: str) -> str:
    """Return the token of an evidence grade A to E; X and unmeasured bets take the weakest grey.

    >>> grade_token("B"), grade_token("")
    ('grade-b', 'grade-e')
    """
    return f"grade-{grade.lower()}" if grade in {"A", "B", "C", "D", "E"} else "grade-e"


def series_token(position: int) -> str:
    """Return the token of the nth category, counted from 0; beyond six there is no further hue, only "other"."""
    return SERIES[position] if 0 <= position < len(SERIES) else OTHER


def sign(word: str) -> Sign:
    """Return the sign of a verdict, a standing or a level; an unknown word is shown as "can't tell" would be.

    >>> sign("on course").glyph, sign("behind").plain
    ('✓', '[!]')
    """
    known = {item.word: item for item in (*LEVELS, *STANDINGS, *VERDICTS)}
    return known.get(word, Sign(word, "?", "[?]", "cannot-tell"))


def live(svg: str) -> str:
    """Return a drawing with each token's light value replaced by its CSS reference.

    Tokens that share their light value share their dark one too (a test keeps that), so the first name serves.
    """
    for light, name in _names_by_light():
        svg = svg.replace(f'"{light}"', f'"var(--{name})"')
    return svg


def _names_by_light() -> Iterator[tuple[str, str]]:
    seen: set[str] = set()
    for item in TOKENS:
        if item.light not in seen:
            seen.add(item.light)
            yield item.light, item.name


def css_tokens() -> str:
    """Return the custom properties of both schemes; print is always light, `data-scheme` on the root overrides."""
    light = "".join(f"--{item.name}:{item.light};" for item in TOKENS)
    dark = "".join(f"--{item.name}:{item.dark};" for item in TOKENS)
    fonts = f"--font-text:{FONT_TEXT};--font-read:{FONT_READ};--font-mono:{FONT_MONO};"
    sizes = "".join(f"--size-{name}:{value};" for name, value in SIZES.items())
    spaces = "".join(f"--space-{number}:{pixels}px;" for number, pixels in enumerate(SPACES, start=1))
    return (
        f":root{{color-scheme:light dark;{fonts}{sizes}{spaces}--focus:var(--link);{light}}}\n"
        f"@media screen and (prefers-color-scheme:dark){{:root:not([data-scheme=light]){{{dark}}}}}\n"
        f"@media screen{{:root[data-scheme=dark]{{color-scheme:dark;{dark}}}}}\n"
    )


def chart_config() -> dict[str, object]:
    """Return the Vega configuration every specification is drawn with: light grid, direct ink, no frame, no legend box."""
    ink, second, third, line = (colour(name) for name in ("ink", "ink-2", "ink-3", "line"))
    axis = {
        "labelColor": second, "labelFontSize": SMALLEST_TEXT, "titleColor": second, "titleFontSize": SMALLEST_TEXT,
        "titleFontWeight": "normal", "domainColor": line, "tickColor": line, "gridColor": line, "gridOpacity": 1,
        "tickCount": 6, "labelPadding": 6, "titlePadding": 8, "labelFont": FONT_MEASURED, "titleFont": FONT_MEASURED,
    }  # fmt: skip
    return {
        "background": None,
        "font": FONT_MEASURED,
        "view": {"stroke": None},
        "axis": axis,
        "axisX": {"grid": False},
        "axisY": {"domain": False, "ticks": False, "grid": True},
        "header": {
            "labelColor": ink,
            "labelFontSize": SMALLEST_TEXT,
            "titleColor": second,
            "titleFontSize": SMALLEST_TEXT,
        },
        "legend": {
            "labelColor": ink,
            "labelFontSize": SMALLEST_TEXT,
            "titleColor": second,
            "titleFontSize": SMALLEST_TEXT,
        },
        "title": {"color": ink, "anchor": "start", "fontSize": 16, "fontWeight": 600, "subtitleColor": third},
        "text": {"color": ink, "fontSize": SMALLEST_TEXT, "font": FONT_MEASURED},
        "line": {"color": colour("series-1"), "strokeWidth": 2},
        "area": {"color": colour("series-1"), "fillOpacity": BAND_OPACITY},
        "bar": {"color": colour("series-1")},
        "point": {"color": colour("series-1"), "filled": True, "size": 50},
        "rule": {"color": second},
        "style": mark_styles(),
        "range": {"category": [colour(name) for name in SERIES]},
    }


def mark_styles() -> dict[str, dict[str, object]]:
    """Return what the style names mean that charts of results put on their marks: they carry names, never colours."""
    blue, ink, second, third = (colour(name) for name in ("series-1", "ink", "ink-2", "ink-3"))
    return {
        "estimate": {"color": blue, "stroke": blue, "strokeWidth": 2},
        "band": {"color": blue, "fill": blue, "fillOpacity": BAND_OPACITY, "stroke": None},
        "interval": {"color": blue, "fill": blue, "fillOpacity": BAND_OPACITY, "stroke": None},
        "observed": {"color": ink, "stroke": ink, "strokeWidth": 1.5},
        "plan": {"color": third, "stroke": third, "strokeWidth": 1},
        "counterfactual": {"color": third, "stroke": third, "strokeWidth": 1.5, "strokeDash": [5, 4]},
        "mark": {"color": second, "stroke": second, "strokeDash": [1, 3]},
        "no-data": {"color": colour("line"), "fill": colour("line"), "fillOpacity": 0.5, "stroke": None},
        "label": {"color": second, "fill": second, "fontSize": SMALLEST_TEXT},
    }


def terminal_styles(*, dark: bool = True) -> dict[str, str]:
    """Return Rich style texts by token name, for a terminal of the given ground."""
    return {item.name: item.dark if dark else item.light for item in TOKENS if item.use not in {"surface", "tint"}}
