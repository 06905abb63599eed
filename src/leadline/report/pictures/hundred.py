"""The hundred: one bar of 100 parts that says where each 100 of the plan's money goes; running cost stands beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from leadline.align.hundred import PARTS, WORDS, Hundred
from leadline.report import lettering
from leadline.report.native import NativeChart, NativeSeries
from leadline.report.pictures.canvas import NARROW, TEXT, WIDE, Canvas, Lettering, Paint
from leadline.report.spread import spread
from leadline.words import money, share

# Solid is known, pale is believed, an empty cell goes nowhere; told apart in grey too.
_PAINT: dict[str, Paint] = {
    "proven": Paint(fill="grade-a", stroke="grade-a"),
    "believed": Paint(fill="grade-c", stroke="grade-c", opacity=0.3),
    "attention": Paint(fill="series-2", stroke="series-2", opacity=0.3),
    "nothing": Paint(fill=None, stroke="line-strong", dash=(2, 2)),
}
_NATIVE = {"proven": "grade-a", "believed": "grade-c", "attention": "series-2", "nothing": "line-strong"}
_BAR = 40.0  # px; house: as tall as three lines of text


@dataclass(frozen=True, slots=True)
class HundredBar:
    """The hundred of a plan that has one (its four shares are numbers), drawn."""

    hundred: Hundred

    def parts(self) -> list[tuple[str, int, str]]:
        """Return key, whole number and words of the four parts; the numbers add up to 100."""
        whole = self.hundred.whole() or {}
        return [(part, whole.get(part, 0), _words(WORDS[part], whole.get(part, 0))) for part in PARTS]

    def sentence(self) -> str:
        """Return the headline in words."""
        return self.hundred.sentence()

    def title(self) -> str:
        """Return the finding, what is lost first."""
        number = {key: count for key, count, _ in self.parts()}
        currency = self.hundred.currency
        lost = number["attention"] + number["nothing"]
        if lost == 0:
            return f"All of {money(self.hundred.cost, currency)} is laid out to reach a sale; {number['proven']} of each 100 are proven"
        verb = "reaches" if lost == 1 else "reach"
        return f"{lost} of each 100 {currency} never {verb} a sale; {number['proven']} are proven, {number['believed']} believed"

    def table(self) -> list[dict[str, object]]:
        """Return one row a part: name, share of 100, money, tactics."""
        hundred = self.hundred
        return [
            {
                "part": words,
                "of each 100": count,
                "money": (getattr(hundred, key) or 0.0) * hundred.cost,
                "tactics": ", ".join(name for name, part in hundred.tactics.items() if part == key),
            }
            for key, count, words in self.parts()
        ]

    def native(self) -> tuple[NativeChart, ...]:
        """Return the bar for slides: one series a part."""
        series = tuple(
            NativeSeries(words, (float(count),), colour=_NATIVE[key], pale=key != "proven", dash=key == "nothing")
            for key, count, words in self.parts()
        )
        return (NativeChart("stacked", (f"each 100 {self.hundred.currency}",), series),)

    def chart(self, width: float = WIDE) -> dict[str, Any]:
        """Return the bar with its labels; below 480 px labels stand in rows under it."""
        canvas = bar(self.parts(), _PAINT, width=width, foot=True)
        self._run(canvas, canvas.height - 12)
        return canvas.spec()

    def _run(self, canvas: Canvas, y: float) -> None:
        run = self.hundred.run or 0.0
        words = f"Beside it, running cost: {share(run, 0)} of all cost" if run > 0 else "Beside it, running cost: none"
        canvas.text((0, y), words, style=Lettering("ink-2"))
        room = lettering.width(words, TEXT) + 12
        length = min(run / max(1 - run, 1e-9), 1.0) * canvas.width
        if length > 0 and room + 20 < canvas.width:
            shown = min(length, canvas.width - room)
            canvas.rect(room, y - 4, width=shown, height=8, paint=Paint(fill="ink-3", stroke="ink-3", opacity=0.4))


def bar(
    parts: Sequence[tuple[str, int, str]], paints: Mapping[str, Paint], *, width: float, foot: bool = False
) -> Canvas:
    """Return a bar of 100 cells with its labels; below 480 px labels stand in rows under it.

    parts: key, whole number of the 100 and words of each, in order · paints: by key · foot: leave room for a line below
    """
    rows_below = width < (WIDE + NARROW) / 2
    room = 44 if foot else 20
    canvas = Canvas(width, _BAR + (len(parts) * 26 + room if rows_below else 64 + room))
    step = width / 100
    gap = 1.6 if step > 4 else 1.1
    start = 0
    starts: list[float] = []
    for key, number, _ in parts:
        for cell in range(start, start + number):
            canvas.rect(cell * step + 0.5, 1, width=step - gap, height=_BAR - 2, paint=paints[key])
        starts.append(start * step)
        start += number
    if rows_below:
        _rows(canvas, parts, paints)
    else:
        _columns(canvas, parts, starts)
    return canvas


def _columns(canvas: Canvas, parts: Sequence[tuple[str, int, str]], starts: list[float]) -> None:
    sizes = [max(lettering.width(words, TEXT), lettering.width(str(count), 26, bold=True)) for _, count, words in parts]
    places = spread(starts, sizes, low=0, high=canvas.width, gap=10)
    for (_, number, words), start, left in zip(parts, starts, places, strict=True):
        colour = "ink" if number else "ink-3"
        if number:
            pale = Paint(stroke="line-strong")
            canvas.line((start + 1, _BAR + 3), (start + 1, _BAR + 8), paint=pale)
            canvas.line((start + 1, _BAR + 8), (left + 1, _BAR + 18), paint=pale)
        canvas.text((left, _BAR + 34), str(number), style=Lettering(colour, size=26, weight=600))
        canvas.text((left, _BAR + 58), words, style=Lettering(colour))


def _rows(canvas: Canvas, parts: Sequence[tuple[str, int, str]], paints: Mapping[str, Paint]) -> None:
    for index, (key, number, said) in enumerate(parts):
        y = _BAR + 20 + index * 26
        canvas.rect(0.5, y - 7, width=14, height=14, paint=paints[key])
        words = Lettering("ink" if number else "ink-3", size=16, weight=600, align="right")
        canvas.text((50, y), str(number), style=words)
        canvas.text((60, y), said, style=Lettering(words.colour))


def _words(several: str, count: int) -> str:
    """Return a part's words in the number of its count: one of each 100 `reaches`, `stops`, `serves`."""
    verb, _, rest = several.partition(" ")
    return f"{verb}{'es' if verb.endswith('ch') else 's'} {rest}" if count == 1 else several
