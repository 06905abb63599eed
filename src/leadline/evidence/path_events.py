"""Event tables: a row is a touch (it has a channel), a conversion (it has a conversion), or both at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from leadline.evidence.path_blocks import Block, Faults, Locale, numbers_in
from leadline.evidence.sources.records import Reject
from leadline.evidence.sources.values import BadValue, moment_of, number_of
from leadline.inputs import Floats, Integers, Times, Touches

if TYPE_CHECKING:
    import pyarrow as pa

YES = frozenset({"true", "yes", "y", "t", "ja", "x", "converted"})
NO = frozenset({"", "false", "no", "n", "f", "nein", "-", "--", "none", "null", "n/a"})


def read_touches(blocks: Iterable[Block], locale: Locale, *, rejects: list[Reject]) -> tuple[Touches, int, int]:
    """Return touches and conversions, how many rows were read, and how many were blank.

    Times without zone are UTC. The data end with the latest time in the table. Rejected: no subject, no or
    no readable time, a negative or unreadable conversion or value, value without conversion, and rows that
    are neither touch nor conversion.
    """
    gathered = _Gathered()
    read = blank = 0
    for block in blocks:
        read += block.rows
        blank += gathered.add(block, locale, rejects=rejects)
    return gathered.touches(), read, blank


@dataclass
class _Gathered:
    """Events as they come in: names are numbered over all blocks, columns are kept per block."""

    people: dict[str, int] = field(default_factory=dict)
    channels: dict[str, int] = field(default_factory=dict)
    kinds: dict[str, int] = field(default_factory=dict)
    accounts: dict[str, int] = field(default_factory=dict)
    account_of: dict[int, int] = field(default_factory=dict)
    has_accounts: bool = False
    kept: list[dict[str, npt.NDArray[np.generic]]] = field(default_factory=list)

    def add(self, block: Block, locale: Locale, *, rejects: list[Reject]) -> int:
        """Take the rows of a block that can be taken; return how many were blank."""
        faults = Faults(block)
        person = _numbered(block.columns["subject"], self.people)
        channel = _numbered(block.columns["channel"], self.channels)
        at = _moments(block.columns["at"], faults)
        count, kind = self._conversions(block.columns["conversion"], locale, faults)
        value = _values(block, locale, count, faults)
        blank = (person < 0) & (channel < 0) & np.isnat(at) & (count == 0)
        faults.say(np.flatnonzero(person < 0), "subject", reason="missing_key", text="the row names no subject")
        faults.say(np.flatnonzero(np.isnat(at)), "at", reason="missing_value", text="the row has no time")
        neither = (channel < 0) & (count <= 0)
        faults.say(
            np.flatnonzero(neither),
            "channel",
            reason="missing_value",
            text="neither a touch (channel) nor a conversion",
        )
        wrong = np.zeros(block.rows, dtype=bool)
        wrong[faults.rows()] = True
        rejects += [reject for row, reject in zip(faults.rows(), faults.rejects(), strict=True) if not blank[row]]
        if "account" in block.columns:
            self._note_accounts(block.columns["account"], person, wrong)
        columns = {"person": person, "channel": channel, "at": at, "count": count, "kind": kind, "value": value}
        self.kept.append({name: column[~wrong] for name, column in columns.items()})
        return int(blank.sum())

    def touches(self) -> Touches:
        """Return everything taken, touches and conversions apart."""
        whole = {name: np.concatenate([part[name] for part in self.kept]) for name in self.kept[0]} if self.kept else {}
        at: Times = whole.get("at", np.zeros(0, dtype="datetime64[us]"))
        touch = np.flatnonzero(whole["channel"] >= 0) if whole else np.zeros(0, dtype=np.int64)
        converted = np.flatnonzero(whole["count"] > 0) if whole else np.zeros(0, dtype=np.int64)
        names = np.array(["", *self.kinds], dtype=np.str_)

        def column(name: str, rows: Integers) -> npt.NDArray[np.generic]:
            return whole[name][rows] if whole else np.zeros(0)

        account = np.array([self.account_of.get(number, -1) for number in range(len(self.people))], dtype=np.int64)
        return Touches(
            people=tuple(self.people),
            channels=tuple(self.channels),
            person=column("person", touch).astype(np.int64),
            at=at[touch],
            channel=column("channel", touch).astype(np.int64),
            converted_by=column("person", converted).astype(np.int64),
            converted_at=at[converted],
            kind=names[column("kind", converted).astype(np.int64)],
            count=column("count", converted).astype(np.float64),
            value=column("value", converted).astype(np.float64),
            as_of=at.max() if len(at) else np.datetime64("NaT"),
            account=account if self.has_accounts else None,
            accounts=tuple(self.accounts),
        )

    def _conversions(self, column: pa.Array, locale: Locale, faults: Faults) -> tuple[Floats, Integers]:
        """Return how many conversions each row is (0 = none) and the number of their kind (0 = the one kind)."""
        cells, places = _distinct(column)
        count, kind = np.zeros(len(cells)), np.zeros(len(cells), dtype=np.int64)
        for index, cell in enumerate(cells):
            text = cell.strip()
            try:
                number = number_of(text, locale)
            except BadValue:
                number = None
            if number is not None:
                count[index] = float(number)
            elif text.casefold() in YES:
                count[index] = 1.0
            elif text.casefold() not in NO:
                count[index] = 1.0
                kind[index] = self.kinds.setdefault(text, len(self.kinds) + 1)
        rows = count[places]
        faults.say(np.flatnonzero(rows < 0), "conversion", reason="negative", text="conversion is negative")
        return rows, kind[places]

    def _note_accounts(self, column: pa.Array, person: Integers, wrong: npt.NDArray[np.bool_]) -> None:
        """Remember each person's account: the first one named."""
        self.has_accounts = True
        account = _numbered(column, self.accounts)
        for row in np.flatnonzero((account >= 0) & ~wrong):
            self.account_of.setdefault(int(person[row]), int(account[row]))


def _distinct(column: pa.Array) -> tuple[list[str], Integers]:
    """Return the distinct texts of a column and which of them each row has; null is the empty text."""
    import pyarrow as pa
    from pyarrow import compute

    encoded = compute.fill_null(column.cast(pa.string()), "").dictionary_encode()
    return encoded.dictionary.to_pylist(), encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64)


def _numbered(column: pa.Array, numbers: dict[str, int]) -> Integers:
    """Return the number of each row's name, -1 where it has none; new names get the next number."""
    cells, places = _distinct(column)
    names = (cell.strip() for cell in cells)
    own = np.array([numbers.setdefault(name, len(numbers)) if name else -1 for name in names], dtype=np.int64)
    return own[places] if len(own) else places


def _moments(column: pa.Array, faults: Faults) -> Times:
    """Return UTC moments, NaT where there is none or it cannot be read."""
    import pyarrow as pa

    if pa.types.is_timestamp(column.type) or pa.types.is_date(column.type):
        moments: Times = column.cast(pa.timestamp("us")).to_numpy(zero_copy_only=False).astype("datetime64[us]")
        return moments
    cells, places = _distinct(column)
    read, reasons = _read_moments(cells)
    for row in np.flatnonzero(np.isin(places, list(reasons))):
        faults.say([int(row)], "at", reason="bad_date", text=reasons[int(places[row])])
    return read[places] if len(cells) else read


def _read_moments(cells: list[str]) -> tuple[Times, dict[int, str]]:
    """Return the moment of each text, NaT where it is none, and why; all at once where all are plain ISO times."""
    import pyarrow as pa

    for kind in (pa.timestamp("us"), pa.timestamp("us", "UTC")):
        try:
            moments = pa.array(cells, pa.string()).cast(kind)
        except pa.ArrowInvalid:
            continue
        return moments.cast(pa.timestamp("us")).to_numpy(zero_copy_only=False).astype("datetime64[us]"), {}
    read = np.full(len(cells), np.datetime64("NaT"), dtype="datetime64[us]")
    reasons: dict[int, str] = {}
    for index, cell in enumerate(cells):
        try:
            moment = moment_of(cell, "ymd", zone="UTC")
        except BadValue as error:
            reasons[index] = str(error)
            continue
        if moment is not None:
            read[index] = np.datetime64(moment[0], "us")
    return read, reasons


def _values(block: Block, locale: Locale, count: Floats, faults: Faults) -> Floats:
    """Return the money of each row, 0 where there is none."""
    if "value" not in block.columns:
        return np.zeros(block.rows)
    column = numbers_in(block.columns["value"], locale)
    for row, text in column.wrong.items():
        faults.say([row], "value", reason="bad_number", text=text)
    value: Floats = np.nan_to_num(column.numbers, posinf=0.0, neginf=0.0)
    faults.say(np.flatnonzero(value < 0), "value", reason="negative", text="value is negative")
    faults.say(
        np.flatnonzero((value > 0) & (count <= 0)), "value", reason="missing_value", text="value without a conversion"
    )
    return value
