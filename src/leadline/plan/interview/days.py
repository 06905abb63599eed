"""Days and ranges of days as people write them: 2027-12-31, 31 December 2027, 2027, 2027-Q2, Feb to Oct."""

from __future__ import annotations

import calendar
import datetime as dt
import re

from leadline.plan.interview.refusal import Refusal
from leadline.units import Period, period_of

__all__ = ["read_day", "read_range"]

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_WRITTEN = re.compile(r"(\d{1,2})(?:\.|st|nd|rd|th)?\s+(?:of\s+)?([A-Za-z]{3,9})\.?,?\s+(\d{4})")
_MONTH = re.compile(r"([A-Za-z]{3,9})\.?(?:\s+(\d{4}))?")
_SEPARATOR = re.compile(
    r"\s*(?:\.\.|–|—|\bto\b|\buntil\b)\s*|\s+-\s+|(?<=[A-Za-z])-(?=[A-Za-z])|(?<=\d\.\d{4})-|(?<=^\d{4})-(?=\d{4}$)"
)
_DOTTED = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")
_SLASHED = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")
_MONTH_FIRST = re.compile(r"([A-Za-z]{3,9})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})")
_QUARTER = re.compile(r"[Qq]([1-4])[ /-]+(\d{4})")
_LAST_MONTH = 12  # a number above it in 30/06/2027 is the day, so that only one reading is left (calendar)


def read_day(text: str, *, today: dt.date) -> dt.date:
    """Return a day (`end of 2027` is its last one); raises Refusal for what could be two days, such as 03/04/2027.

    >>> read_day("31 December 2027", today=dt.date(2027, 1, 1)), read_day("today", today=dt.date(2027, 1, 1))
    (datetime.date(2027, 12, 31), datetime.date(2027, 1, 1))
    """
    text = re.sub(r"^(?:by|until)\s+(?:the\s+)?", "", text.strip(), flags=re.IGNORECASE)
    if text.lower() == "today":
        return today
    edge = re.fullmatch(r"(?:the )?(end|start|beginning)(?: of)? (.+)", text, re.IGNORECASE)
    if edge:
        span = _span(edge[2], today=today, window=None)
        return span.end if edge[1].lower() == "end" else span.start
    try:
        return dt.date.fromisoformat(_dashed(text))
    except ValueError:
        raise Refusal(f'"{text}" is not a day.', _days_of(text, today)) from None


def _dashed(text: str) -> str:
    """Return a day written with words, dots or slashes as 2027-12-31; with two readings, or none, as it is."""
    if found := _DOTTED.fullmatch(text):
        return f"{found[3]}-{int(found[2]):02}-{int(found[1]):02}"
    if (found := _SLASHED.fullmatch(text)) and max(int(found[1]), int(found[2])) > _LAST_MONTH:
        month, day = sorted((int(found[1]), int(found[2])))
        return f"{found[3]}-{month:02}-{day:02}"
    if (found := _WRITTEN.fullmatch(text)) and (month_named := _month(found[2])):
        return f"{found[3]}-{month_named:02}-{int(found[1]):02}"
    if (found := _MONTH_FIRST.fullmatch(text)) and (month_named := _month(found[1])):
        return f"{found[3]}-{month_named:02}-{int(found[2]):02}"
    return text


def _days_of(text: str, today: dt.date) -> str:
    """Return what to write instead: the two days that a quarter or a year could mean, or the form of a day."""
    span = None if _SLASHED.fullmatch(text) else _named_span(text, today=today, window=None)
    if span is None:
        return "Write it as 2027-12-31 or 31 December 2027."
    return f"Write its last day, {span.end.isoformat()}, or its first, {span.start.isoformat()}."


def read_range(text: str, *, today: dt.date, window: Period | None) -> Period:
    """Return a range of days, both ends counted; months without a year lie in the plan's window.

    >>> window = Period.parse("2027-01-01..2027-12-31")
    >>> str(read_range("Feb to Oct", today=dt.date(2026, 12, 31), window=window)), str(read_range("2027", today=dt.date(2026, 12, 31), window=None))
    ('2027-02-01..2027-10-31', '2027-01-01..2027-12-31')
    """
    parts = _SEPARATOR.split(re.sub(r"^from\s+", "", text.strip(), flags=re.IGNORECASE))
    if len(parts) > 2 or not all(parts):
        raise Refusal(f'"{text}" is not a range of days.', "Write 2027-02-01..2027-10-31, or Feb to Oct.")
    spans = [_span(part, today=today, window=window) for part in _with_year(parts)]
    found = Period(spans[0].start, spans[-1].end)
    if found.days < 1:
        raise Refusal(f'"{text}" ends before it begins.', "Write the first day first: 2027-02-01..2027-10-31.")
    return found


def _with_year(parts: list[str]) -> list[str]:
    """Return the two ends with the year that only the last one says: Feb to Oct 2027, Oct to Feb 2028."""
    first, last = _MONTH.fullmatch(parts[0]), _MONTH.fullmatch(parts[-1])
    if not (first and last and last[2] and not first[2]):
        return parts
    begins, ends = _month(first[1]), _month(last[1])
    if not begins or not ends:
        return parts
    return [f"{first[1]} {int(last[2]) - (begins > ends)}", parts[-1]]


def _named_span(text: str, *, today: dt.date, window: Period | None) -> Period | None:
    """Return the days of a year, a quarter or a month, None for anything else."""
    text = re.sub(r"^the year\s+", "", text.strip().lower())
    text = {"next year": str(today.year + 1), "this year": str(today.year)}.get(text, text)
    if re.fullmatch(r"\d{4}", text) and int(text):
        return Period(dt.date(int(text), 1, 1), dt.date(int(text), 12, 31))
    period = period_of(_QUARTER.sub(r"\2-Q\1", text).upper())
    if period is not None:
        return period
    found = _MONTH.fullmatch(text)
    month = _month(found[1]) if found else None
    if found is None or not month:
        return None
    year = int(found[2]) if found[2] else (window.start if window else today).year
    if window is not None and not found[2] and dt.date(year, month, 1) < window.start.replace(day=1):
        year += 1
    return Period(dt.date(year, month, 1), dt.date(year, month, calendar.monthrange(year, month)[1]))


def _span(text: str, *, today: dt.date, window: Period | None) -> Period:
    if window is not None and text.lower() in ("all year", "the whole year", "always"):
        return window
    named = _named_span(text, today=today, window=window)
    if named is not None:
        return named
    try:
        day = read_day(text, today=today)
    except Refusal:
        raise Refusal(
            f'"{text}" is not a range of days.', "Write 2027-02-01..2027-10-31, or Feb to Oct, or 2027."
        ) from None
    return Period(day, day)


def _month(word: str) -> int | None:
    key = word.lower()[:3]
    name = calendar.month_name[_MONTHS.index(key) + 1].lower() if key in _MONTHS else ""
    return _MONTHS.index(key) + 1 if name.startswith(word.lower()) or word.lower() == "sept" else None
