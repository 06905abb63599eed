"""Frozen values as JSON and back: only what the annotations of an explicit list of types allow is ever made.

A file that was kept is input like any other. Reading follows the annotations field by field, so that nothing but the
listed dataclasses, texts, numbers and days can come out of it, each where it belongs; anything else is refused.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import math
import types
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from leadline.report.figure import Figure
from leadline.review.keep import KeptFileError

T = TypeVar("T")
Plain = Any  # what the json module makes: None, bool, int, float, str, list, dict

_FIGURE = ("value", "low", "high", "unit", "day")


class Shapes:
    """Writes and reads values of the given dataclasses, and of whatever their fields are made of."""

    def __init__(self, kinds: Sequence[type]) -> None:
        self._kinds = {kind.__name__: kind for kind in kinds}
        self._fields: dict[type, dict[str, Any]] = {}

    @property
    def names(self) -> frozenset[str]:
        """Return the names of the dataclasses that may come back."""
        return frozenset(self._kinds)

    def write(self, value: object, kind: Any) -> Plain:  # noqa: ANN401 - an annotation: a type or a union of types
        """Return a value as JSON holds it. Raises KeptFileError for a value that its annotation does not allow."""
        if kind is Any or kind is object:
            return value
        if value is None or isinstance(value, (str, bool, int, float, dt.date)):
            return _atom(value)
        origin, parts = get_origin(kind), get_args(kind)
        if _is_union(origin):
            return _first(self.write, value, parts)
        if dataclasses.is_dataclass(value) and type(value) is self._kinds.get(type(value).__name__):
            return self._write_fields(value, type(value))
        if origin is tuple and isinstance(value, tuple):
            return [self.write(item, one) for item, one in zip(value, _each(parts, len(value)), strict=True)]
        if origin is frozenset and isinstance(value, frozenset):
            return sorted(self.write(item, parts[0]) for item in value)
        if _is_mapping(origin) and isinstance(value, Mapping):
            pairs = [[self.write(key, parts[0]), self.write(item, parts[1])] for key, item in value.items()]
            return {key: item for key, item in pairs} if parts[0] is str else pairs  # noqa: C416 - pairs are lists
        raise KeptFileError(f"{type(value).__qualname__} cannot be kept where {kind} is expected")

    def read(self, plain: Plain, kind: Any) -> Any:  # noqa: ANN401 - an annotation in, its value out
        """Return the value of an annotation from JSON. Raises KeptFileError for whatever does not fit it."""
        origin, parts = get_origin(kind), get_args(kind)
        if kind is Any or kind is object:
            return plain
        if _is_union(origin):
            named = plain.get("is") if isinstance(plain, dict) else None
            return _first(self.read, plain, [one for one in parts if getattr(one, "__name__", "") == named] or parts)
        if origin is Literal and isinstance(plain, str) and plain in parts:
            return plain
        if origin is tuple and isinstance(plain, list):
            return tuple(self.read(item, one) for item, one in zip(plain, _each(parts, len(plain)), strict=True))
        if origin is frozenset and isinstance(plain, list):
            return frozenset(self.read(item, parts[0]) for item in plain)
        if _is_mapping(origin) and isinstance(plain, (dict, list)):
            pairs = list(plain.items()) if isinstance(plain, dict) else [_pair(item) for item in plain]
            return {self.read(key, parts[0]): self.read(item, parts[1]) for key, item in pairs}
        if isinstance(kind, type) and isinstance(plain, dict) and plain.get("is") == kind.__name__ in self._kinds:
            return self._read_fields(plain, kind)
        return _read_atom(plain, kind)

    def _write_fields(self, value: Any, kind: type) -> Plain:  # noqa: ANN401 - one of the listed dataclasses
        hints = self._hints(kind)
        told = {"is": kind.__name__}
        for field in dataclasses.fields(kind):
            item = getattr(value, field.name)
            if field.default is dataclasses.MISSING or item != field.default or type(item) is not type(field.default):
                told[field.name] = self.write(item, hints[field.name])
        return told

    def _read_fields(self, plain: Mapping[str, Plain], kind: type) -> Any:  # noqa: ANN401 - one of the listed dataclasses
        hints = self._hints(kind)
        given = {name: item for name, item in plain.items() if name != "is"}
        if unknown := given.keys() - hints.keys():
            raise KeptFileError(f"{kind.__name__} has no {min(unknown)}")
        try:
            return kind(**{name: self.read(item, hints[name]) for name, item in given.items()})
        except TypeError as error:  # a field without default is missing
            raise KeptFileError(f"{kind.__name__}: {error}") from None

    def _hints(self, kind: type) -> dict[str, Any]:
        if kind not in self._fields:
            known = {field.name for field in dataclasses.fields(kind)}
            self._fields[kind] = {name: one for name, one in get_type_hints(kind).items() if name in known}
        return self._fields[kind]


def _first(way: Callable[[Any, Any], T], given: object, kinds: Sequence[Any]) -> T:
    """Return what the first of some annotations makes of a value."""
    problems = []
    for kind in kinds:
        try:
            return way(given, kind)
        except KeptFileError as error:
            problems.append(str(error))
    raise KeptFileError("; ".join(dict.fromkeys(problems)))


def _atom(value: object) -> Plain:
    if isinstance(value, Figure):
        told = {name: _atom(item) for name in _FIGURE if (item := getattr(value, name)) not in (None, "")}
        return {"is": "Figure", "text": str(value), **told}
    if isinstance(value, dt.datetime):
        return {"is": "datetime", "text": value.isoformat()}
    if isinstance(value, dt.date):
        return {"is": "date", "text": value.isoformat()}
    if isinstance(value, float) and not math.isfinite(value):
        return {"is": "float", "text": str(value)}
    return value


def _read_atom(plain: Plain, kind: Any) -> Any:  # noqa: ANN401 - an annotation in, its value out
    named = plain.get("is") if isinstance(plain, dict) else None
    try:
        if named is None and _fits(plain, kind):
            return plain
        if named == "Figure" and kind in (str, Figure):
            return _figure(plain)
        if named == "datetime" and kind is dt.datetime:
            return dt.datetime.fromisoformat(plain["text"])
        if named == "date" and kind is dt.date:
            return dt.date.fromisoformat(plain["text"])
        if named == "float" and kind is float and plain["text"] in ("nan", "inf", "-inf"):
            return float(plain["text"])
    except (KeyError, TypeError, ValueError) as error:
        raise KeptFileError(f"{kind}: {error}") from None
    raise KeptFileError(f"{named or type(plain).__name__} stands where {kind} is expected")


def _fits(plain: Plain, kind: Any) -> bool:  # noqa: ANN401 - an annotation
    if plain is None:
        return kind is type(None)
    if isinstance(plain, bool):
        return kind is bool
    if kind is float:
        return isinstance(plain, (int, float)) and math.isfinite(plain)
    return kind in (int, str) and type(plain) is kind


def _figure(plain: Mapping[str, Plain]) -> Figure:
    numbers = {name: _read_atom(plain[name], float) for name in ("value", "low", "high") if name in plain}
    day = _read_atom(plain["day"], dt.date) if "day" in plain else None
    unit = _read_atom(plain.get("unit", ""), str)
    return Figure(_read_atom(plain["text"], str), **numbers, unit=unit, day=day)


def _each(parts: tuple[Any, ...], count: int) -> tuple[Any, ...]:
    """Return the annotation of every item of a tuple; raises KeptFileError where there are too many or too few."""
    if len(parts) == 2 and parts[1] is ...:
        return (parts[0],) * count
    if len(parts) != count:
        raise KeptFileError(f"{count} items stand where {len(parts)} are expected")
    return parts


def _pair(item: Plain) -> tuple[Plain, Plain]:
    if isinstance(item, list) and len(item) == 2:
        return cast("tuple[Plain, Plain]", tuple(item))
    raise KeptFileError("a mapping is kept as pairs of key and value")


def _is_union(origin: object) -> bool:
    return origin is Union or origin is types.UnionType


def _is_mapping(origin: object) -> bool:
    return isinstance(origin, type) and issubclass(origin, Mapping)
