"""The first pass over a table: which number locale and date order its values speak, and which keys repeat."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from leadline.errors import ImportRefused
from leadline.evidence.sources.grouping import Repeats
from leadline.evidence.sources.records import Context
from leadline.evidence.sources.tables import TableRow
from leadline.evidence.sources.values import NumberLocale, NumberVotes, date_open, date_vote

# Header languages → the number locale their exports are written in where no value decides; design/evidence 2.3.
LANGUAGE_NUMBERS: Mapping[str, NumberLocale] = {"en": "en", "de": "de", "fr": "de"}
MANY_DATES = 10_000  # distinct date texts remembered; own: 27 years of days


@dataclass(frozen=True)
class Wanted:
    """What a format asks of the values of one file.

    money, numbers, dates: positions of columns · language: the header's, None where it says nothing of numbers
    own_dates: the format's own order, which no value overrules
    open_dates: its documented order where the values leave it open; None refuses such a file
    """

    file: str
    money: Sequence[int]
    numbers: Sequence[int]
    dates: Sequence[int]
    language: str | None = None
    own_dates: str | None = None
    open_dates: str | None = None


@dataclass(frozen=True)
class Surveyed:
    """How the values of one file are read, why, and its repeated keys."""

    numbers: NumberLocale
    because: str
    dates: str
    repeats: Repeats


def survey(
    rows: Iterable[TableRow], wanted: Wanted, *, context: Context, key: Callable[[TableRow], Hashable | None]
) -> Surveyed:
    """Return how a file's values are read, from all its records.

    Raises ImportRefused `ambiguous_numbers` or `ambiguous_dates` where neither values, format nor options decide.
    """
    money, counts, repeats = NumberVotes(), NumberVotes(), Repeats()
    orders: dict[str, str] = {}
    open_date = ""
    columns = [(at, money) for at in wanted.money] + [(at, counts) for at in wanted.numbers]
    for row in rows:
        if row.reject is not None or row.repeated_header:
            continue
        for at, votes in columns:
            cell = row.cells[at]
            if isinstance(cell, str) and cell and not cell.isdigit():
                votes.see(cell)
        for at in wanted.dates:
            cell = row.cells[at]
            if isinstance(cell, str) and cell and cell not in orders:
                orders[cell] = date_vote(cell) or ""
                open_date = open_date or (cell if not orders[cell] and date_open(cell) else "")
        if (found := key(row)) is not None:
            repeats.see(found)
        if len(orders) > MANY_DATES:  # moments hardly repeat: keep the votes, forget the texts
            orders = {vote: vote for vote in set(orders.values()) if vote}
    numbers, because = _locale(money, counts, wanted, context)
    return Surveyed(numbers, because, _order(set(orders.values()) - {""}, open_date, wanted, context), repeats)


def _locale(money: NumberVotes, counts: NumberVotes, wanted: Wanted, context: Context) -> tuple[NumberLocale, str]:
    """Return the number locale: forced, by value, by the header's language."""
    if context.options.numbers is not None:
        return context.options.numbers, "--numbers"
    for locale, times in counts.votes.items():
        money.votes[locale] = money.votes.get(locale, 0) + times
        money.first.setdefault(locale, counts.first[locale])
    if (decided := money.decided()) is not None:
        return decided[0], f'value "{decided[1]}"'
    if wanted.language is not None and wanted.language in LANGUAGE_NUMBERS:
        return LANGUAGE_NUMBERS[wanted.language], f"header language {wanted.language}"
    if money.open_value is None:
        return "en", "no value needs a locale"
    raise ImportRefused(
        "ambiguous_numbers",
        f'{wanted.file}: "{money.open_value}" is two different numbers in English and German writing, and no other '
        "value decides. Next step: --numbers en or --numbers de.",
    )


def _order(seen: set[str], open_date: str, wanted: Wanted, context: Context) -> str:
    """Return the order of day and month: forced, the format's own, by value, its documented default."""
    if context.options.dates is not None:
        return context.options.dates
    if wanted.own_dates is not None:
        return wanted.own_dates
    parts = seen - {"ymd"}
    if len(parts) == 1:
        return parts.pop()
    if not parts and not open_date:
        return "ymd"
    if wanted.open_dates is not None:
        return wanted.open_dates
    raise ImportRefused(
        "ambiguous_dates",
        f'{wanted.file}: dates such as "{open_date or "1/2/2027"}" can be read in two orders. '
        "Next step: --dates mdy or --dates dmy.",
    )
