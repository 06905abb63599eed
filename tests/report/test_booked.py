"""The tables of booked revenue end with what was booked, and each adds up to it."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from leadline.evidence.revenue import Booked, Revenue
from leadline.report.pages.booked import _CAPTIONS, _table

MARCH, APRIL = dt.date(2027, 3, 1), dt.date(2027, 4, 1)
FOUND = Revenue("EUR", (
    Booked(MARCH, "Email", "mail", "a journey leads there", "EUR", Decimal("1100.01"), Decimal("1100.01"), 2),
    Booked(APRIL, "Email", None, "a journey leads there", "EUR", Decimal("0.99"), Decimal("0.99"), 1),
    Booked(APRIL, None, None, "no person", "EUR", Decimal("99.0000"), Decimal("99.0000"), 1),
    Booked(APRIL, None, None, "no person", "USD", Decimal("7.50"), None, 1),
))  # fmt: skip


@pytest.mark.parametrize("what", sorted(_CAPTIONS))
def test_a_table_of_booked_revenue_ends_with_all_of_it(what):
    *lines, total = [tuple(map(str, row)) for row in _table(FOUND, what).rows]
    assert (*total[:3], total[4]) == ("all that was booked", "5", "1\u202f200", "7.5")
    assert total[3].startswith("100.0")
    assert sum(int(row[1]) for row in lines) == 5
    assert sum(float(row[2].replace("\u202f", "")) for row in lines) == pytest.approx(1200)


def test_what_cannot_be_followed_is_a_line_of_its_own_and_stands_last():
    names = [str(row[0]) for row in _table(FOUND, "channel").rows]
    assert names == ["Email", "(unattributed)", "all that was booked"]
