"""Days as people write them in a plan: `3.4.2027`, `März–Mai 2027`, `Q2 2027`, `KW 14/2027`, `12–14 May 2027`, `ab 1.3.`.

A text gives the first and the last day it names. What it does not say is not invented: a year may come from the title of
the sheet, the order of day and month from the other dates of the column, and where nothing says it the text stays unread.
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from leadline.evidence.sources.activity_words import folded
from leadline.evidence.sources.values import BadValue, is_null

CACHED = 1 << 16  # distinct cells remembered; own: dates repeat
LONGEST = 120  # characters of a cell that is a date; own: longer is a sentence
CENTURY = 2000  # a year of two digits is of this one; own: nobody plans a campaign of 1999

MONTHS: Mapping[str, int] = {
    word: number
    for number, words in enumerate((
        "januar jan january janner janvier janv enero ene januari", "februar feb february fevrier fevr fev febrero februari",
        "marz maerz mrz march mar mars marzo maart mrt", "april apr avril avr abril abr", "mai may mayo mei", "juni jun june juin junio",
        "juli jul july juillet juil julio", "august aug aout agosto ago augustus", "september sep sept septembre septiembre setiembre",
        "oktober okt october oct octobre octubre", "november nov novembre noviembre",
        "dezember dez december dec decembre diciembre dic",
    ), 1)
    for word in words.split()
}  # fmt: skip
OPEN_START = (
    "bis",
    "until",
    "till",
    "up to",
    "jusqu'a",
    "jusqu'au",
    "jusqu'en",
    "hasta",
    "tot",
    "t/m",
    "spatestens",
    "by",
)
OPEN_END = (
    "ab",
    "seit",
    "from",
    "since",
    "as of",
    "a partir de",
    "a partir du",
    "des",
    "desde",
    "vanaf",
    "sinds",
    "starting",
)
BETWEEN_START = ("vom", "von", "from", "between", "du", "de", "del", "desde el", "desde", "van")
WHOLE_YEAR = frozenset(
    {"ganzjahrig", "ganzes jahr", "all year", "whole year", "toute l'annee", "todo el ano", "hele jaar", "year-round"}
)
# Words that narrow a month down by feel; the month is what they surely say.
ROUGHLY = ("anfang", "mitte", "ende", "early", "mid", "late", "beginning of", "end of", "debut", "mi", "fin", "principios de", "mediados de",
           "finales de", "begin", "midden", "half", "eind")  # fmt: skip
WEEKDAYS = (
    "montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag|monday|tuesday|wednesday|thursday|friday|saturday|sunday|lundi|mardi|"
    "mercredi|jeudi|vendredi|samedi|dimanche|lunes|martes|miercoles|jueves|viernes|sabado|domingo|maandag|dinsdag|woensdag|donderdag|"
    "vrijdag|zaterdag|zondag|mon|tue|wed|thu|fri|sat|sun|mo|di|mi|do|fr|sa|so"
)

Order = Literal["dmy", "mdy"]

_MONTH = "(?P<word>" + "|".join(sorted(MONTHS, key=len, reverse=True)) + r")\.?"
_YEAR = r"(?P<year>(?:19|20)\d\d)"
_SHORT_YEAR = r"(?P<year>(?:19|20)\d\d|'?\d\d)"
_TIME = r"(?:[t ]+\d{1,2}[:.h]\d{2}(?::\d{2}(?:\.\d+)?)?(?: ?(?:uhr|am|pm|h|z|utc))?)?"
_WEEK = r"(?:kw|cw|w|wk|week|woche|semaine|sem\.?|semana|kalenderwoche)"
_QUARTER = r"(?:quartal|quarter|trimestre|trim\.?|kwartaal|kw\.)"
_HALF = r"(?:halbjahr|hj|semestre|half|halfjaar|half year)"
_ORDINAL = r"(?:\.|st|nd|rd|th|er|ere|re|e|eme|o|a|º|ª)?"
_FORMS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(pattern))
    for kind, pattern in (
        ("day", rf"{_YEAR}[-/.](?P<month>\d{{1,2}})[-/.](?P<day>\d{{1,2}}){_TIME}"),
        ("day", rf"(?P<day>\d{{1,2}})\.\s?(?P<month>\d{{1,2}})\.\s?{_SHORT_YEAR}{_TIME}"),
        ("day", r"(?P<day>\d{1,2})\.\s?(?P<month>\d{1,2})\.?"),
        ("pair", rf"(?P<first>\d{{1,2}})(?P<sign>[/-])(?P<second>\d{{1,2}})(?P=sign){_SHORT_YEAR}{_TIME}"),
        ("day", rf"(?:le |el )?(?P<day>\d{{1,2}}){_ORDINAL} (?:de |of )?{_MONTH}(?:(?: de | del | )?{_SHORT_YEAR})?"),
        ("day", rf"{_MONTH} (?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?: {_YEAR})?"),
        ("month", rf"{_MONTH}(?:(?: de | del |[ /-])?{_SHORT_YEAR})?"),
        ("month", rf"(?P<month>\d{{1,2}})[/.]{_YEAR}"),
        ("month", rf"{_YEAR}[-/.](?P<month>\d{{1,2}})"),
        ("quarter", rf"(?:q|t|{_QUARTER} )(?P<part>[1-4])(?:[ /-]?{_SHORT_YEAR})?"),
        ("quarter", rf"(?P<part>[1-4]){_ORDINAL} ?(?:q|{_QUARTER})(?:(?: de | del |[ /-])?{_SHORT_YEAR})?"),
        ("quarter", rf"{_YEAR}[ /-]?q(?P<part>[1-4])"),
        ("half", rf"(?:h|{_HALF} ?)(?P<part>[12])(?:[ /-]?{_SHORT_YEAR})?"),
        ("half", rf"(?P<part>[12]){_ORDINAL} ?(?:h|{_HALF})(?:(?: de | del |[ /-])?{_SHORT_YEAR})?"),
        ("week", rf"{_WEEK} ?(?P<part>\d{{1,2}})(?:[ /-]?{_YEAR})?"),
        ("week", rf"(?P<part>\d{{1,2}}){_ORDINAL} ?{_WEEK}(?:[ /-]?{_YEAR})?"),
        ("week", rf"{_YEAR}[ -]?(?:w|kw) ?(?P<part>\d{{1,2}})"),
        ("year", _YEAR),
        ("number", rf"(?P<part>\d{{1,2}})\.?(?: {_YEAR})?"),
    )
)
_BETWEEN = re.compile(
    r"\s*(?:-|/|→|\bbis\b|\bto\b|\buntil\b|\bau\b|\ba\b|\bal\b|\bt/m\b|\btot\b|\bhasta\b|\bund\b|\band\b)\s*"
)
_PAIRS = re.compile(r"(?<!\d)(\d{1,2})([/-])(\d{1,2})\2((?:19|20)\d\d|\d\d)(?!\d)")
_DASHES = str.maketrans("–—−‒‑", "-----")
_WEEKDAY = re.compile(rf"(?<![\w])(?:{WEEKDAYS})\.?(?:,\s*|\s+)(?=\d)")


class Ambiguous(BadValue):
    """A text that is a different day in each reading, or that contradicts its column."""


@dataclass(frozen=True)
class Days:
    """The first and last day a text names; None where it leaves that side open."""

    start: dt.date | None
    end: dt.date | None


@dataclass(frozen=True)
class _Point:
    """One side of a text: what it names, as far as it names it."""

    kind: str
    year: int | None = None
    month: int | None = None
    part: int | None = None


def order_of(texts: Iterable[str]) -> tuple[Order | None, str]:
    """Return the order of day and month that the dates of a column show, and the one that shows it.

    >>> order_of(["03/04/2027", "17/04/2027"])
    ('dmy', '17/04/2027')
    """
    votes: dict[Order, list[str]] = {"dmy": [], "mdy": []}
    for text in texts:
        for pair in _PAIRS.finditer(text):
            first, second = int(pair[1]), int(pair[3])
            if first > 12 >= second:
                votes["dmy"].append(pair[0])
            elif second > 12 >= first:
                votes["mdy"].append(pair[0])
    if len(votes["dmy"]) == len(votes["mdy"]):
        return None, ""
    winner: Order = "dmy" if len(votes["dmy"]) > len(votes["mdy"]) else "mdy"
    return winner, votes[winner][0]


def days_of(value: object, *, order: Order | None, year: int | None, weeks: bool = False) -> Days | None:
    """Return the days a cell names, None where it is empty.

    order: of day and month, as the column shows it · year: that of the title, for texts without one
    weeks: a bare number is a week of the year. Raises Ambiguous (two readings), BadValue (no reading).
    """
    if isinstance(value, dt.datetime):
        return Days(value.date(), value.date())
    if isinstance(value, dt.date):
        return Days(value, value)
    if is_null(value):
        return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, str | int) and not isinstance(value, bool) and len(str(value)) <= LONGEST:
        return _of_text(str(value), order, year, weeks)
    raise BadValue(f'"{_short(str(value))}" is no date')


@lru_cache(maxsize=CACHED)
def _of_text(text: str, order: Order | None, year: int | None, weeks: bool) -> Days:  # noqa: FBT001 - a key of the cache
    """Return the days of a text."""
    plain = folded(text.translate(_DASHES)).replace(",", " ")
    plain = " ".join(_WEEKDAY.sub(" ", plain).split()).removesuffix(" uhr")
    if plain in WHOLE_YEAR:
        if year is None:
            raise BadValue(f'"{_short(text)}" names no year')
        return Days(dt.date(year, 1, 1), dt.date(year, 12, 31))
    for words, side in ((OPEN_START, "end"), (OPEN_END, "start")):
        for word in words:
            if plain.startswith(f"{word} ") and (point := _point(plain.removeprefix(f"{word} "), order, weeks=weeks)):
                found = _settled(point, point, year, text)
                return Days(None, found.end) if side == "end" else Days(found.start, None)
    if (point := _point(plain, order, weeks=weeks)) is not None:
        return _settled(point, point, year, text)
    for word in BETWEEN_START:
        plain = plain.removeprefix(f"{word} ")
    for cut in _BETWEEN.finditer(plain):
        left, right = plain[: cut.start()], plain[cut.end() :]
        last = _point(right, order, weeks=weeks)
        first = _point(left, order, weeks=weeks) if last is not None else None
        if first is not None and last is not None:
            return _settled(first, last, year, text)
    raise BadValue(f'"{_short(text)}" is no date that can be read')


def _point(text: str, order: Order | None, *, weeks: bool) -> _Point | None:
    """Return what one side of a text names, None where it is no date. Raises Ambiguous for an open day and month."""
    bare = text.strip()
    for word in ROUGHLY:
        bare = (
            bare.removeprefix(f"{word} ").removeprefix(f"{word}-") if any(month in bare for month in MONTHS) else bare
        )
    for kind, form in _FORMS:
        if (found := form.fullmatch(bare)) is None:
            continue
        parts = found.groupdict()
        year = _year(parts.get("year"))
        if kind == "pair":
            return _pair(int(parts["first"]), int(parts["second"]), year, order, bare)
        month = MONTHS[parts["word"]] if parts.get("word") else _int(parts.get("month"))
        if month is not None and not 1 <= month <= 12:
            continue
        part = _int(parts.get("day") or parts.get("part"))
        if kind == "number":
            return _Point("week" if weeks else "number", year, None, part)
        return _Point(kind, year, month, part)
    return None


def _pair(first: int, second: int, year: int | None, order: Order | None, text: str) -> _Point:
    """Return a day whose parts say only by their size, or by their column, which is the month."""
    if first == second:
        return _Point("day", year, second, first)
    if order is None:
        if max(first, second) <= 12:
            raise Ambiguous(f'"{text}" may be day/month or month/day, and no date of its column decides')
        order = "dmy" if first > 12 else "mdy"
    day, month = (first, second) if order == "dmy" else (second, first)
    if month > 12:
        raise Ambiguous(f'"{text}" does not fit the other dates of its column, which are {ORDERS[order]}')
    return _Point("day", year, month, day)


ORDERS: dict[Order, str] = {"dmy": "day/month/year", "mdy": "month/day/year"}


def _settled(first: _Point, last: _Point, year: int | None, text: str) -> Days:
    """Return the days of a range whose sides lend each other what they do not name."""
    if first.kind == "number":  # "1.-15. März": the left side is a day of the right side's month
        if last.kind not in {"day", "week", "quarter"} or last is first:
            raise BadValue(f'"{_short(text)}" is no date that can be read')
        first = _Point(last.kind, last.year, last.month, first.part)
    elif last.kind == "number":  # "March 3-15", "KW 14-16", "Q1-2"
        if first.kind not in {"day", "week", "quarter"}:
            raise BadValue(f'"{_short(text)}" is no date that can be read')
        last = _Point(first.kind, last.year or first.year, first.month, last.part)
    end_year = last.year or first.year or year
    start_year = first.year or (last.year and _before(first, last)) or year
    if start_year is None or end_year is None:
        raise BadValue(f'"{_short(text)}" names no year')
    if last.year is None and (first.year is not None or year is not None) and _later(first, last):
        end_year = start_year + 1
    start, end = _first(first, start_year, text)[0], _first(last, end_year, text)[1]
    if end < start:
        raise Ambiguous(f'"{_short(text)}" ends before it begins')
    return Days(start, end)


def _before(first: _Point, last: _Point) -> int:
    """Return the year of a left side without one: that of the right side, or the one before where it lies later in it."""
    return (last.year or 0) - _later(first, last)


def _later(first: _Point, last: _Point) -> bool:
    """Return whether the left side lies later in the year than the right one, both without year."""
    if first.kind != last.kind and {first.kind, last.kind} != {"day", "month"}:
        return False
    size = {"day": (first.month or 0) > (last.month or 0), "month": (first.month or 0) > (last.month or 0)}
    return size.get(first.kind, (first.part or 0) > (last.part or 0))


def _first(point: _Point, year: int, text: str) -> tuple[dt.date, dt.date]:
    """Return the first and last day of a point. Raises BadValue for days that do not exist."""
    part = point.part or 0
    try:
        if point.kind == "day":
            day = dt.date(year, point.month or 0, part)
            return day, day
        if point.kind == "week":
            monday = dt.date.fromisocalendar(year, part, 1)
            return monday, monday + dt.timedelta(days=6)
        months = {"month": 1, "quarter": 3, "half": 6, "year": 12}[point.kind]
        begin = point.month if point.kind == "month" else (max(part, 1) - 1) * months + 1
        finish = (begin or 1) + months - 1
        return dt.date(year, begin or 0, 1), dt.date(year, finish, calendar.monthrange(year, finish)[1])
    except (ValueError, KeyError) as error:
        raise BadValue(f'"{_short(text)}" is no day that exists') from error


def _year(text: str | None) -> int | None:
    """Return a year of four digits, or of two."""
    if text is None:
        return None
    number = int(text.removeprefix("'"))
    return number if number > 99 else CENTURY + number


def _int(text: str | None) -> int | None:
    return None if text is None else int(text)


def years_in(text: str) -> set[int]:
    """Return the years a title names, those inside a whole date or a span of two years apart.

    >>> years_in("Marketingplan 2027, Stand 1.11.2026"), years_in("Budget 2027/28")
    ({2027}, set())
    """
    return {int(found) for found in re.findall(r"(?<![\d./-])(20\d\d)(?![\d./-]*\d)", text)}


def _short(text: str) -> str:
    """Return a cell as it is quoted in a message."""
    return " ".join(text[:LONGEST].split())[:60]
