"""What each row below the header is: an activity, a total, a heading, a note, nothing, or a row that cannot be taken.

Every row comes out exactly once. What looks like a total is only left out when its label says so without doubt, or when it
adds up the rows above it; a row of which only a name is known stays an activity.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from typing import Literal

from leadline.evidence.sources.activity_cells import CellReader, RowRejected
from leadline.evidence.sources.activity_header import HeaderFound, named
from leadline.evidence.sources.activity_list import Activity, LeftOut, RejectedRow
from leadline.evidence.sources.activity_sheet import SheetRow
from leadline.evidence.sources.activity_words import CACHED, NOTES, SUBTOTALS, TOTALS, folded
from leadline.evidence.sources.values import is_null, plain_name, text_of

CENT = Decimal("0.01")  # a total may differ from its sum by as much; design/evidence 2.3
ADDENDS = 2  # rows a sum needs before it speaks for itself; own: one amount repeats easily
LONG = 60  # characters of a line under a table that is a sentence, no name; own
SECOND_HEADER = 3  # roles that a row names to begin a second table; own: no activity is called "Start, Kosten, Status"

Label = Literal["exact", "part", ""]

_LAST = frozenset(
    {"total", "totals", "summe", "gesamt", "insgesamt", "totaal", "suma", "somme", "sum", "gesamtsumme", "zusammen"}
)
_STEMS = ("total", "totaal", "totaux", "sum", "gesamt", "som", "overall", "kosten", "zusammen", "cout")
_PLAIN = re.compile(r"\([^)]*\)|\b(?:eur|usd|gbp|chf|teur|k€|20\d\d|in|netto|brutto|net|gross)\b|[€£$:=*.]")


@lru_cache(maxsize=CACHED)
def total_label(text: str) -> Label:
    """Return whether a text labels a total without doubt (`exact`), only begins or ends like one (`part`), or not ("").

    >>> total_label("Summe (netto):"), total_label("Zwischensumme Messen"), total_label("Total Wine"), total_label("Totalreparatur")
    ('exact', 'exact', 'part', '')
    """
    plain = folded(text)
    if not any(word in plain for word in _STEMS):
        return ""
    label, colon, _ = plain.partition(":")
    bare = " ".join(_PLAIN.sub(" ", plain).split())
    if bare in TOTALS or bare in SUBTOTALS or (colon and label.strip() in TOTALS):
        return "exact"
    if any(bare.startswith(f"{word} ") for word in SUBTOTALS):
        return "exact"
    words = bare.split()
    return "part" if words and (words[0] in _LAST or words[-1] in _LAST) else ""


Parts = dict[int, list[tuple[Decimal, str | None]]]


@dataclass
class _Sums:
    """Amounts with their currencies by column: since the last break, of all rows, and of the totals so far."""

    group: Parts = field(default_factory=dict)
    all: Parts = field(default_factory=dict)
    totals: Parts = field(default_factory=dict)

    def add(self, amounts: Mapping[int, Decimal], currency: str | None) -> None:
        """Take the amounts of one activity."""
        for at, amount in amounts.items():
            self.group.setdefault(at, []).append((amount, currency))
            self.all.setdefault(at, []).append((amount, currency))

    def fits(self, amounts: Mapping[int, Decimal], *, least: int) -> bool:
        """Return whether every amount of a row is the sum of what stands above it, whole or of one currency."""
        return bool(amounts) and all(self._fits(at, amount, least) for at, amount in amounts.items())

    def _fits(self, at: int, amount: Decimal, least: int) -> bool:
        for parts in (self.group.get(at, []), self.all.get(at, []), self.totals.get(at, [])):
            codes = {currency for _, currency in parts}
            # Whole, of one currency, or of one currency and the amounts that name none.
            for chosen in (codes, *({code} for code in codes), *({code, None} for code in codes)):
                some = [one for one, currency in parts if currency in chosen]
                if len(some) >= least and abs(sum(some, Decimal()) - amount) <= CENT:
                    return True
        return False

    def said(self, at: int) -> str:
        """Return what a column adds up to, per currency."""
        sums: dict[str | None, Decimal] = {}
        for amount, currency in self.all.get(at, []):
            sums[currency] = sums.get(currency, Decimal()) + amount
        return " and ".join(f"{amount:,.2f} {currency or ''}".strip() for currency, amount in sums.items()) or "nothing"

    def close(self, amounts: Mapping[int, Decimal]) -> None:
        """Begin a new group after a total."""
        for at, amount in amounts.items():
            self.totals.setdefault(at, []).append((amount, None))
        self.group.clear()


@dataclass
class RowSorter:
    """Takes the rows below a header one after the other."""

    reader: CellReader
    header: HeaderFound
    activities: list[Activity] = field(default_factory=list)
    rejects: list[RejectedRow] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    group: str = ""
    second: int | None = None
    divided: bool = False
    _sums: _Sums = field(default_factory=_Sums)

    def take_all(self, rows: Sequence[SheetRow]) -> None:
        """Sort all rows; each comes out once."""
        whole = [len(self._telling(row)) > 1 or bool(row.problem) for row in rows]
        last = max((at for at, full in enumerate(whole) if full and not self._labelled(rows[at])), default=-1)
        shouting = sum(map(_shouts, (self._name(row) for row in rows))) * 2 > len(rows)
        self.divided = sum(self._labelled(row) == "exact" for row in rows) > 1
        for at, row in enumerate(rows):
            follows = at + 1 < len(rows) and whole[at + 1]
            self._take(row, below=at > last, follows=follows, shouting=shouting)

    def _take(self, row: SheetRow, *, below: bool, follows: bool, shouting: bool) -> None:
        """Put one row where it belongs."""
        if row.problem:
            self._reject(row, row.problem)
        elif self.second is not None:
            self._reject(row, f"a second table begins in row {self.second}: give it a sheet or file of its own")
        elif self._is_header(row):
            self.left_out.append(LeftOut(row.line, row.text(), "header again"))
        elif self._begins_another(row):
            self.second = row.line
            self._reject(row, "a second table begins here: give it a sheet or file of its own")
        elif not self._telling(row) or self._prepared(row):
            self.left_out.append(LeftOut(row.line, row.text(), "empty"))
        elif self._is_total(row):
            self._total(row)
        elif below and self._is_note(row):
            self.left_out.append(LeftOut(row.line, row.text(), "note below"))
        elif not below and follows and self._is_heading(row, shouting=shouting):
            self.group = row.text().rstrip(":")
            self._sums.close({})
            self.left_out.append(LeftOut(row.line, row.text(), "heading of a group"))
        else:
            self._activity(row)

    def _activity(self, row: SheetRow) -> None:
        """Take a row as an activity, or reject it with its reason."""
        name = self._name(row)
        columns = self.reader.columns
        if len(row.cells) > len(columns.names) and any(not is_null(cell) for cell in row.cells[len(columns.names) :]):
            self._reject(row, f"it has {len(row.cells)} cells, the header has {len(columns.names)} columns")
        elif not name:
            self._reject(row, f'it has no name in "{columns.names[columns.name]}"')
        else:
            try:
                found = self.reader.activity(row, name, group=self.group)
            except RowRejected as error:
                self._reject(row, str(error))
                return
            self.activities.append(found)
            amounts = self.reader.amounts(row)
            self._sums.add(amounts, found.currency)
            if total_label(name) and amounts:
                self.notes.append(
                    f'row {row.line}, "{name}", reads like a total but adds up nothing above it: it counts as an activity'
                )

    def _reject(self, row: SheetRow, reason: str) -> None:
        names = self.reader.columns.names
        cells = {
            names[at] if at < len(names) else f"column {at + 1}": str(text_of(row.cells[at])) for at in row.filled()
        }
        self.rejects.append(RejectedRow(row.line, cells, reason))

    def _name(self, row: SheetRow) -> str:
        cell = row.cell(self.reader.columns.name)
        return "" if is_null(cell) else " ".join(str(text_of(cell)).split())

    def _telling(self, row: SheetRow) -> list[int]:
        """Return the filled columns that say more than the number of the row."""
        return [at for at in row.filled() if at not in self.reader.columns.numbering]

    def _is_header(self, row: SheetRow) -> bool:
        """Return whether a row repeats the header, or its last record."""
        said = [plain_name(str(cell)) for cell in row.cells if str(cell).strip()]
        whole = [plain_name(name) for name in self.header.names if name]
        return len(said) > 1 and said == whole

    def _begins_another(self, row: SheetRow) -> bool:
        """Return whether a row is the header of another table."""
        texts = [str(row.cells[at]) for at in row.filled() if isinstance(row.cells[at], str)]
        if len(texts) < SECOND_HEADER or len(texts) != len(row.filled()) or not all(map(named, reversed(texts))):
            return False
        roles = {named(text)[0].role for text in texts}
        return "name" in roles and len(roles) >= SECOND_HEADER

    def _prepared(self, row: SheetRow) -> bool:
        """Return whether a row was only prepared for later: a currency or a zero, and nothing else."""
        columns = self.reader.columns
        rest = [at for at in self._telling(row) if at != columns.roles.get("currency")]
        if any(at not in columns.cost for at in rest) or self._uncalculated(row):
            return False
        return not any(self.reader.amounts(row).values()) and all(at in self.reader.amounts(row) for at in rest)

    def _uncalculated(self, row: SheetRow) -> bool:
        marks = self.reader.sheet.marks
        return marks is not None and any((row.line, at) in marks.uncalculated for at in self.reader.columns.cost)

    def _labelled(self, row: SheetRow) -> Label:
        """Return how far a row's label makes it a total: that in the name's column, else the first text of the row."""
        name = self._name(row)
        if name:
            return total_label(name)
        texts = [row.cells[at] for at in self._telling(row) if isinstance(row.cells[at], str)]
        first = total_label(texts[0]) if texts else ""
        return "exact" if first == "exact" else ""

    def _is_total(self, row: SheetRow) -> bool:
        """Return whether a row only adds up others: by its label, or by its sum where the label is unsure or missing."""
        label = self._labelled(row)
        if not label and self._name(row):
            return False
        amounts = self.reader.amounts(row)
        columns = self.reader.columns
        told = [columns.roles[role] for role in ("start", "end", "when", "owner") if role in columns.roles]
        busy = any(not is_null(row.cells[at]) for at in told if at < len(row.cells) and at in row.filled())
        if label == "exact" and not (busy and self._name(row)):
            return True
        if label:
            single = bool(self.group) and folded(self.group) in folded(self._name(row))
            return self._sums.fits(amounts, least=1 if single else ADDENDS)
        return self._sums.fits(amounts, least=ADDENDS)

    def _total(self, row: SheetRow) -> None:
        """Leave a total out; say so where it does not add up what stands above it."""
        amounts = self.reader.amounts(row)
        if amounts and not self._sums.fits(amounts, least=1):
            said = ", ".join(f"{amount:,.2f}" for amount in amounts.values())
            above = ", ".join(map(self._sums.said, amounts))
            self.notes.append(f"the total in row {row.line} says {said}; the activities above it add up to {above}")
        self._sums.close(amounts)
        self.left_out.append(LeftOut(row.line, row.text(), "total"))
        self.group = ""

    def _is_note(self, row: SheetRow) -> bool:
        """Return whether a row under the last activity is a remark."""
        telling = self._telling(row)
        text = folded(str(row.cells[telling[0]]))
        marked = text.startswith(NOTES)
        if len(telling) > 1:
            return marked and text.rstrip().endswith(":")
        after_total = any(out.why in {"total", "note below"} for out in self.left_out)
        elsewhere = telling[0] != self.reader.columns.name
        return marked or after_total or elsewhere or row.gap or len(text) > LONG

    def _is_heading(self, row: SheetRow, *, shouting: bool) -> bool:
        """Return whether a row with one text is a heading: by its place, its form, or the gap before it."""
        telling = self._telling(row)
        if len(telling) != 1 or not isinstance(row.cells[telling[0]], str):
            return False
        text = row.cells[telling[0]].strip()
        spans = self.reader.sheet.marks.merged if self.reader.sheet.marks else ()
        merged = any(span[0] == row.line and span[3] > span[1] for span in spans)
        after_total = bool(self.left_out) and self.left_out[-1].why == "total" and self.left_out[-1].row >= row.line - 2
        aside = telling[0] != self.reader.columns.name
        # The first group of a divided table has no total before it.
        first = self.divided and not (self.activities or self.rejects)
        return (
            aside or first or merged or text.endswith(":") or (_shouts(text) and not shouting) or row.gap or after_total
        )


def _shouts(text: str) -> bool:
    """Return whether a text is written in capitals."""
    letters = [sign for sign in text if sign.isalpha()]
    return len(letters) > 3 and text.isupper()
