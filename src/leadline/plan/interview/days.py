"""Days and ranges of days as people write them: 2027-12-31, 31 December 2027, 2027, 2027-Q2, Feb to Oct."""

from __future__ import annotations

import calendar
import datetime as dt
import re

from leadline.plan.interview.refusal import Refusal
from leadline.units import Period, period_of

__all__ = ["read_day", "read_range"]

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_WRITTEN = re.compile(r"(\d{1,2})\.?\s+([A-Za-z]{3,9})\.?\s+(\d{4})")
_MONTH = re.compile(r"([A-Za-z]{3,9})\.?(?:\s+(\d{4}))?")
_SEPARATOR = re.compile(r"\s*(?:\.\.|–|—|\bto\b|\buntil\b)\s*")


def read_day(text: str, *, today: dt.date) -> dt.date:
    """Return a day (`end of 2027` is its last one); raises Refusal for what could be two days, such as 03/04/2027.

    >>> read_day("31 December 2027", today=dt.date(2027, 1, 1)), read_day("today", today=dt.date(2027, 1, 1))
    (datetime.date(2027, 12, 31), datetime.date(2027, 1, 1))
    """
    if text.lower() == "today":
        return today
    ending = re.fullmatch(r"(?:the )?end of (.+)", text, re.IGNORECASE)
    if ending:
        return _span(ending[1], today=today, window=None).end
    found = _WRITTEN.fullmatch(text)
    month = _month(found[2]) if found else None
    try:
        if found and month:
            return dt.date(int(found[3]), month, int(found[1]))
        return dt.date.fromisoformat(text)
    except ValueError:
        raise Refusal(f'"{text}" is not a day.', "Write it as 2027-12-31 or 31 December 2027.") from None


def read_range(text: str, *, today: dt.date, window: Period | None) -> Period:
    """Return a range of days, both ends counted; months without a year lie in the plan's window.

    >>> window = Period.parse("2027-01-01..2027-12-31")
    >>> str(read_range("Feb to Oct", today=dt.date(2026, 12, 31), window=window)), str(read_range("2027", today=dt.date(2026, 12, 31), window=None))
    ('2027-02-01..2027-10-31', '2027-01-01..2027-12-31')
    """
    parts = _SEPARATOR.split(text.strip())
    if len(parts) > 2 or not all(parts):
        raise Refusal(f'"{text}" is not a range of days.', "Write 2027-02-01..2027-10-31, or Feb to Oct.")
    spans = [_span(part, today=today, window=window) for part in parts]
    found = Period(spans[0].start, spans[-1].end)
    if found.days < 1:
        raise Refusal(f'"{text}" ends before it begins.', "Write the first day first: 2027-02-01..2027-10-31.")
    return found


def _span(text: str, *, today: dt.date, window: Period | None) -> Period:
    if re.fullmatch(r"\d{4}", text) and int(text):
        return Period(dt.date(int(text), 1, 1), dt.date(int(text), 12, 31))
    period = period_of(text)
    if period is not None:
        return period
    found = _MONTH.fullmatch(text)
    month = _month(found[1]) if found else None
    if found and month:
        year = int(found[2]) if found[2] else (window.start if window else today).year
        if window is not None and not found[2] and dt.date(year, month, 1) < window.start.replace(day=1):
            year += 1
        return Period(dt.date(year, month, 1), dt.date(year, month, calendar.monthrange(year, month)[1]))
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
