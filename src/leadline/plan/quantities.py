"""How quantities, estimates, days and plain numbers stand in the model: as written, read by `leadline.units`."""

from __future__ import annotations

import datetime as dt
import math
import re
import zoneinfo
from collections.abc import Callable
from typing import Annotated

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema
from pydantic_core import PydanticCustomError

from leadline import units


def _read(parse: Callable[[object], object], kind: str) -> BeforeValidator:
    def read(value: object) -> object:
        try:
            return parse(value)
        except units.UnitError as error:
            raise PydanticCustomError(kind, "{message}", {"message": str(error)}) from None

    return BeforeValidator(read)


_TEXT_OR_NUMBER = {"type": ["string", "number"]}
_AS_TEXT = PlainSerializer(str, return_type=str)


def _estimate_as_written(estimate: units.Estimate) -> str | dict[str, str]:
    """Write the short form, or the long one where method or source would be lost."""
    if estimate.method is None and estimate.source is None and (estimate.low is None) == (estimate.high is None):
        return str(estimate)
    numbers = {"low": estimate.low, "base": estimate.base, "high": estimate.high}
    texts = {key: str(units.Quantity(value, estimate.unit)) for key, value in numbers.items() if value is not None}
    return texts | {key: text for key in ("method", "source") if (text := getattr(estimate, key)) is not None}


Quantity = Annotated[
    units.Quantity,
    _read(units.Quantity.parse, "quantity"),
    _AS_TEXT,
    WithJsonSchema({**_TEXT_OR_NUMBER, "examples": ["400 kEUR", "14 %", "12 h/week", 58]}),
]
Estimate = Annotated[
    units.Estimate,
    _read(units.Estimate.parse, "estimate"),
    PlainSerializer(_estimate_as_written),
    WithJsonSchema(
        {
            "anyOf": [
                {**_TEXT_OR_NUMBER, "examples": ["9..14..19 %", "22 kEUR"]},
                {
                    "type": "object",
                    "additionalProperties": False,
                    "required": ["base"],
                    "properties": {
                        "low": {**_TEXT_OR_NUMBER, "description": "5 % of outcomes lie below"},
                        "base": {**_TEXT_OR_NUMBER, "description": "the median"},
                        "high": {**_TEXT_OR_NUMBER, "description": "5 % of outcomes lie above"},
                        "method": {
                            "enum": ["measured", "benchmark", "expert", "guess"],
                            "description": "how it came about",
                        },
                        "source": {"type": "string", "description": "id of an evidence element"},
                    },
                },
            ]
        }
    ),
]
Days = Annotated[
    units.Period,
    _read(units.Period.parse, "period"),
    _AS_TEXT,
    WithJsonSchema({"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}\.\.\d{4}-\d{2}-\d{2}$"}),
]


def _day(value: object) -> object:
    # pydantic would read 20270131 as seconds since 1970; a day is text
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return value
    try:
        if isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
            return dt.date.fromisoformat(value)
    except ValueError:
        pass
    raise PydanticCustomError("day", "{message}", {"message": "a day such as 2027-12-31"})


def _whole(value: object) -> object:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and re.fullmatch(r"[+-]?\d{1,18}", value):
        return int(value)
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e18:
        return int(value)
    raise PydanticCustomError("whole", "{message}", {"message": "a whole number"})


def _number(value: object) -> object:
    try:
        number = math.nan if isinstance(value, bool) else float(value)  # type: ignore[arg-type]  # TypeError is caught
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if not math.isfinite(number):
        raise PydanticCustomError("number", "{message}", {"message": "a number without a unit"})
    return number


def _flag(value: object) -> object:
    if isinstance(value, bool):
        return value
    raise PydanticCustomError("flag", "{message}", {"message": "true or false"})


def _period_key(value: object) -> object:
    if isinstance(value, str) and units.period_of(value) is not None:
        return value
    raise PydanticCustomError("period", "{message}", {"message": "a quarter or a month: 2027-Q1 or 2027-03"})


def _zone(value: object) -> object:
    try:
        if isinstance(value, str):
            zoneinfo.ZoneInfo(value)
            return value
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):  # the last two: names that are paths, or too long
        pass
    raise PydanticCustomError(
        "zone", "{message}", {"message": "an IANA time zone such as Europe/Berlin, America/New_York or UTC"}
    )


Day = Annotated[dt.date, BeforeValidator(_day)]
Zone = Annotated[str, BeforeValidator(_zone)]
Whole = Annotated[int, BeforeValidator(_whole)]
Number = Annotated[float, BeforeValidator(_number)]
Flag = Annotated[bool, BeforeValidator(_flag)]
PeriodKey = Annotated[
    str,
    BeforeValidator(_period_key),
    WithJsonSchema({"type": "string", "pattern": r"^\d{4}-(Q[1-4]|0[1-9]|1[0-2])$"}),
]

_CADENCE = re.compile(r"day|week|month|quarter|half-year|year|[1-9]\d* days?")
_CADENCE_DAYS = {"day": 1.0, "week": 7.0, "month": units.DAYS_PER_MONTH, "quarter": units.DAYS_PER_YEAR / 4,
                 "half-year": units.DAYS_PER_YEAR / 2, "year": units.DAYS_PER_YEAR}  # fmt: skip


def _cadence(value: object) -> object:
    if isinstance(value, str) and _CADENCE.fullmatch(value):
        return value
    raise PydanticCustomError(
        "cadence",
        "{message}",
        {"message": f'"{value}" is not a cadence. Write day, week, month, quarter, half-year, year or N days.'},
    )


Cadence = Annotated[
    str,
    BeforeValidator(_cadence),
    WithJsonSchema({"type": "string", "pattern": r"^(day|week|month|quarter|half-year|year|[1-9]\d* days?)$"}),
]


def cadence_days(cadence: str) -> float:
    """Return the length of a cadence in days.

    >>> cadence_days("week"), cadence_days("60 days")
    (7.0, 60.0)
    """
    return _CADENCE_DAYS[cadence] if cadence in _CADENCE_DAYS else float(cadence.split(maxsplit=1)[0])
