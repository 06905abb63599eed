"""Days shifted by days or months, held inside the calendar: a misspelt year ends in a finding, not in an error."""

from __future__ import annotations

import calendar
import datetime as dt


def shifted(day: dt.date, days: float) -> dt.date:
    """Return the day some days later (negative: earlier), rounded to whole days.

    >>> shifted(dt.date(2027, 1, 15), 20), shifted(dt.date(2027, 1, 15), 1e300)
    (datetime.date(2027, 2, 4), datetime.date(9999, 12, 31))
    """
    wanted = day.toordinal() + days
    if wanted >= dt.date.max.toordinal():
        return dt.date.max
    return dt.date.fromordinal(max(dt.date.min.toordinal(), round(wanted)))


def months_before(day: dt.date, months: int) -> dt.date:
    """Return the same day some months earlier, the last of the month where there is no such day.

    >>> months_before(dt.date(2027, 3, 31), 1)
    datetime.date(2027, 2, 28)
    """
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    if not dt.MINYEAR <= year <= dt.MAXYEAR:
        return dt.date.min if year < dt.MINYEAR else dt.date.max
    last = calendar.monthrange(year, month + 1)[1]
    return dt.date(year, month + 1, min(day.day, last))
