"""How pages say what a mix found: values with their intervals and units, pictures with their origin, the next step."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from leadline.decide.standing import Range
from leadline.measure.mix.wording import untold
from leadline.report.blocks import Picture, Play, TableBlock
from leadline.report.figure import Figure
from leadline.report.native import NativeChart
from leadline.report.pictures.canvas import NARROW, WIDE
from leadline.report.saying import MISSING, day, estimate, is_money, number, sentence_case

if TYPE_CHECKING:
    from leadline.measure.mix.result import MixResult, Quantity

Draw = Callable[..., Mapping[str, Any]]


def picture(
    result: MixResult,
    draw: Draw,
    *,
    table: TableBlock | None = None,
    native: tuple[NativeChart, ...] = (),
    play: Play | None = None,
) -> Picture:
    """Return a picture of a mix with its grade and panel. draw: what makes its specification, at a width in px."""
    wide, narrow = draw(result, width=WIDE), draw(result, width=NARROW)
    return Picture(
        str(wide["title"]["text"]), str(wide["description"]), wide, narrow, under=str(wide["title"]["subtitle"]),
        source=source(result), table=table, native=native, play=play,
    )  # fmt: skip


def source(result: MixResult) -> str:
    """Return the foot of a picture: grade of evidence, last day, panel."""
    return f"evidence grade C, a mix model · data to {day(result.series.time[-1].astype('datetime64[D]').astype(object))} · panel {result.manifest.input_hash[:8]}"


def next_step(result: MixResult) -> str:
    """Return what would let the data tell more: the first remedy there is."""
    return next(
        (sentence_case(one.remedy) for one in untold(result) if one.remedy),
        "Give the data by region, or a longer history.",
    )


def or_none(amount: float | None, digits: int) -> str:
    """Return a number, a dash where there is none."""
    return MISSING if amount is None else number(amount, digits)


def unit_of(result: MixResult) -> str:
    """Return the currency of what was brought, `count` where it has none: an outcome may be called MQL."""
    return money_of(result) if result.contribution_unit == result.currency else "count"


def named_unit(unit: str) -> str:
    """Return a unit as a caption names it.

    >>> named_unit("EUR"), named_unit("money")
    ('in EUR', 'in the currency of the outcome')
    """
    return "in the currency of the outcome" if unit == "money" else f"in {unit}"


def money_of(result: MixResult) -> str:
    """Return the unit of what was spent: a currency, `count` where none is known."""
    return result.currency if is_money(result.currency) else "count"


def said(quantity: Quantity | None, unit: str = "count") -> str:
    """Return a quantity with its interval as pages say it; a missing one as a dash."""
    if quantity is None:
        return MISSING
    scale = "share" if unit == "%" else "amount"
    return estimate(Range(quantity.p05, quantity.p50, quantity.p95, scale), unit)  # type: ignore[arg-type]  # one of its scales


def changed(quantity: Quantity, unit: str) -> str:
    """Return a change of the outcome with its interval, a plus before one that is more.

    >>> from leadline.measure.mix.result import Quantity
    >>> changed(Quantity(0.0, 60e3, 92e3, 140e3), "EUR"), changed(Quantity(0.0, -140e3, -92e3, -60e3), "EUR")
    ('+92 kEUR (60–140)', '−92 kEUR (−140 to −60)')
    """
    text = said(quantity, unit)
    if quantity.p50 <= 0:
        return text
    return text.saying(f"+{text}") if isinstance(text, Figure) else f"+{text}"
