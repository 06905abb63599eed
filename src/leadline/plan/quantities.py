"""How quantities, estimates and date ranges stand in the model: as written, read by `leadline.units`."""

from __future__ import annotations

import re
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

Quantity = Annotated[
    units.Quantity,
    _read(units.Quantity.parse, "quantity"),
    _AS_TEXT,
    WithJsonSchema({**_TEXT_OR_NUMBER, "examples": ["400 kEUR", "14 %", "12 h/week", 58]}),
]
Estimate = Annotated[
    units.Estimate,
    _read(units.Estimate.parse, "estimate"),
    _AS_TEXT,
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

_CADENCE = re.compile(r"day|week|month|quarter|half-year|year|[1-9]\d* days?")
_CADENCE_DAYS = {"day": 1.0, "week": 7.0, "month": units.DAYS_PER_MONTH, "quarter": units.DAYS_PER_YEAR / 4,
                 "half-year": units.DAYS_PER_YEAR / 2, "year": units.DAYS_PER_YEAR}  # fmt: skip


def _cadence(value: object) -> object:
    if isinstance(value, str) and _CADENCE.fullmatch(value):
        return value
    raise PydanticCustomError(
        "quantity",
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
