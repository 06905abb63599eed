"""Where booked revenue stands: by channel, tactic and month, each adding up to what was booked."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from leadline.evidence.revenue import NOBODYS, By, Revenue, revenue
from leadline.report.blocks import Notes, Section, TableBlock
from leadline.report.pages.source import columns
from leadline.report.saying import number, share

if TYPE_CHECKING:
    from leadline.evidence.revenue import Sum
    from leadline.report.blocks import Block, Cell
    from leadline.review.material import Material

_CAPTIONS: dict[By, tuple[str, str]] = {
    "channel": ("channel", "Booked revenue by channel"),
    "tactic": ("tactic", "Booked revenue by tactic"),
    "month": ("month", "Booked revenue by month"),
    "why": ("what is known of the way", "Booked revenue by what is known of its way"),
}
_RULE = (
    "An order stands under the last channel of its journey that is not Direct, else under what its own row names. That "
    "keeps the books; it does not say what caused it."
)


def booked_section(material: Material) -> Section | None:
    """Return the section of booked revenue, None where no order was imported."""
    currency, window = material.case.currency or "EUR", material.settings.paths_window_days
    found = material.ask(lambda store, at: revenue(store, at=at, currency=currency, window_days=window))
    if found is None or not found.parts:
        return None
    blocks: tuple[Block, ...] = tuple(_table(found, what) for what in _CAPTIONS)
    return Section("booked", "Where does booked revenue stand?", found.sentence(), (*blocks, Notes((_RULE,))))


def _table(found: Revenue, what: By) -> TableBlock:
    head, caption = _CAPTIONS[what]
    total = found.total
    rows = (*(_row(found, one) for one in found.by(what)), _row(found, total, name="all that was booked"))
    heads = columns(
        head, ">orders", f">booked ({found.currency})", ">of all", *(f">apart ({name})" for name in total.apart)
    )
    return TableBlock(heads, rows, caption, total="sum of the rows above")


def _row(found: Revenue, one: Sum, *, name: str | None = None) -> tuple[Cell, ...]:
    total = found.total.booked
    part = share(float(one.booked / total)) if total else "–"
    apart = (number(_cents(one.apart.get(currency, Decimal(0))), 15) for currency in found.total.apart)
    return (
        name or one.name or NOBODYS,
        number(one.orders, 12),
        number(_cents(one.booked), 15),
        part,
        *apart,
    )


def _cents(amount: Decimal) -> float:
    return round(float(amount), 2)
