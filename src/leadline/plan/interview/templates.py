"""Templates: what of an answer is written where.

    $                     the whole answer; $name one part of it; $name.noun a part of a counted number
    $item.id              what the question is asked about: id, name, or one of its values
    $today                the day of the interview
    $ladder.what          an answer that was kept beside the plan
    @situation.segments   the id of the element that this answer makes there, of the one asked about, or of the only one
    @strategy.levels[market]   the id of the element of that level
    @only situation.segments   the id of the only element there, nothing where there are several
    =plan.window          what stands at an address of the plan
    {$name} {=plan.window|year}   any of these inside a text; a filter behind the last brace is for the whole text

`… if $part` stands only where that part was answered. `|filter` changes a value (see FILTERS). A part that comes to nothing is left out; anything else is written as it stands.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from leadline.plan.elements import located
from leadline.plan.interview.addresses import Address, is_empty, places, value_at
from leadline.plan.interview.changing import CHANGES
from leadline.plan.interview.naming import slug
from leadline.plan.interview.record import Item
from leadline.plan.places import Path
from leadline.plan.source import Document
from leadline.plan.spelling import Value
from leadline.units import Estimate, Period, UnitError

__all__ = ["FILTERS", "Filling", "fields_in", "tokens_in"]

_TOKEN = re.compile(r"[$@=][^{}]*")
_NOBODY = "nobody-of-that-id"
_PICKED = re.compile(r"\[\$([a-z_.]+)\]")
_INSIDE = re.compile(r"\{([$@=][^{}]*)\}")

_STATUS = {"penetration": "existing", "product_development": "existing", "market_development": "new",
           "diversification": "new"}  # fmt: skip


def _year(value: Value) -> Value:
    found = re.findall(r"\d{4}", str(value))
    return found[-1] if found else None


def _capital(value: Value) -> Value:
    text = str(value)
    return text[:1].upper() + text[1:]


def _better(value: Value) -> Value:
    """Return `down` for a pair that falls, nothing for one that rises (up is the model's own default)."""
    numbers = [_base(part) for part in str(value).split(" -> ")]
    return "down" if len(numbers) == 2 and None not in numbers and numbers[1] < numbers[0] else None  # type: ignore[operator]  # None was just ruled out


def _base(text: str) -> float | None:
    try:
        return Estimate.parse(text.strip()).base
    except UnitError:
        return None


def _end(value: Value) -> Value:
    try:
        return Period.parse(value).end.isoformat()
    except UnitError:
        return None


def _size(value: Value) -> Value:
    """Return a number without its sign."""
    return str(value).lstrip("+-").strip()


def _stage(value: Value) -> Value:
    return f"stage:{value}"


FILTERS: dict[str, Callable[[Value], Value]] = {
    "year": _year,
    "slug": lambda value: slug(str(value)),
    "capital": _capital,
    "status": lambda value: _STATUS.get(str(value)),
    "better": _better,
    "begun": lambda value: "draft" if value == "idea" else value,
    "end": _end,
    "stage": _stage,
    "size": _size,
    "text": str,
    **CHANGES,
}
"""Filters by name: the last year in a text, an id, a capital letter, segment status of a growth mode, which way is
better for `47 -> 122`, the last day of a range, the evidence query of a state, a number without its sign, a number as text."""


@dataclass
class Filling:
    """What templates may look at while an answer is written; `document`, `bound` and `made` follow the writing.

    answers: part -> value · bound: list -> index of the element meant · made: list -> id of the element made
    """

    document: Document
    answers: Mapping[str, object]
    today: dt.date
    item: Item | None = None
    notes: Mapping[str, object] = field(default_factory=dict)
    bound: dict[Path, int] = field(default_factory=dict)
    made: dict[Path, str] = field(default_factory=dict)

    def fill(self, template: Value) -> tuple[Value, bool]:
        """Return what a template comes to (None for nothing), and whether anything but fixed words is in it."""
        if isinstance(template, dict):
            filled = {key: self.fill(part) for key, part in template.items()}
            kept = {key: value for key, (value, _) in filled.items() if not is_empty(value)}
            live = any(alive for key, (_, alive) in filled.items() if key in kept)
            return (kept or None), live
        if isinstance(template, list):
            parts = [self.fill(part) for part in template]
            items = [value for value, _ in parts if not is_empty(value)]
            flat = [one for value in items for one in (value if isinstance(value, list) else [value])]
            return (flat or None), any(alive for value, alive in parts if not is_empty(value))
        if not isinstance(template, str):
            return template, False
        template, _, part = template.partition(" if $")
        if part and self._part(part) is None:
            return None, False
        if _TOKEN.fullmatch(template):
            value = self.token(template)
            return value, value is not None
        return self._text(template)

    def _text(self, template: str) -> tuple[Value, bool]:
        tokens = _INSIDE.findall(template)
        if not tokens:
            return template, False
        values = [self.token(token) for token in tokens]
        if any(value is None for value in values):
            return None, False
        found = iter(values)
        template, _, one = template.partition("}|") if "}|" in template.replace(tokens[0], "") else (template, "", "")
        text = " ".join(_INSIDE.sub(lambda _: str(next(found)), f"{template}}}" if one else template).split())
        return (FILTERS[one](text) if one else text), True

    def token(self, token: str) -> Value:
        """Return the value of one token, None for nothing."""
        subject, *filters = token.split("|")
        sign, name = subject[0], subject[1:]
        value = self._part(name) if sign == "$" else self._id(name) if sign == "@" else self._at(name)
        for one in filters:
            value = None if is_empty(value) else FILTERS[one](value)
        return None if is_empty(value) else value

    def _part(self, name: str) -> Value:
        if name == "today":
            return self.today.isoformat()
        own = f"{name}@{self.item.id}" if self.item else name
        if own in self.notes or name in self.notes:
            return self.notes.get(own, self.notes.get(name))  # type: ignore[return-value]  # notes hold what answers came to
        whole, _, part = name.partition(".")
        if whole == "item":
            if self.item is None:
                return None
            return {"id": self.item.id, "name": self.item.name, **self.item.values}.get(part)
        value = self.answers.get(whole)
        if part:
            return value.get(part) if isinstance(value, Mapping) else None
        return value.get("value") if isinstance(value, Mapping) else value  # type: ignore[return-value]  # as read by its form

    def _id(self, name: str) -> Value:
        only, name = name.startswith("only "), self._named(name.removeprefix("only "))
        address = Address.parse(name)
        if address.first_pick is not None:
            found = [
                value_at(self.document, (*path, "id")) for path in places(self.document, address, bound=self.bound)
            ]
            return found[0] if found else None  # type: ignore[return-value]  # ids are texts
        path: Path = tuple(stop.key for stop in address.stops)
        if path in self.made and not only:
            return self.made[path]
        if path in self.bound and not only:
            return value_at(self.document, (*path, self.bound[path], "id"))  # type: ignore[return-value]  # same
        elements = [item.element.id for item in located(self.document.plan) if item.path[:-1] == path]
        return elements[0] if len(elements) == 1 else None

    def _named(self, name: str) -> str:
        """Return an address with the elements that parts of the answer name filled in."""
        return _PICKED.sub(lambda found: f"[{self._part(found[1]) or _NOBODY}]", name)

    def _at(self, name: str) -> Value:
        for path in places(self.document, Address.parse(self._named(name)), bound=self.bound):
            value = value_at(self.document, path)
            if not is_empty(value):
                return value  # type: ignore[return-value]  # plain values of the file
        return None


def _is_as_said(template: Value) -> bool:
    if isinstance(template, list):
        return len(template) == 1 and _is_as_said(template[0])
    return isinstance(template, str) and re.fullmatch(r"\$[a-z_]*(\.[a-z_]+)?", template) is not None


def tokens_in(template: Value) -> Iterator[str]:
    """Yield every token of a template, for the tests over the data."""
    if isinstance(template, dict):
        for part in template.values():
            yield from tokens_in(part)
    elif isinstance(template, list):
        for part in template:
            yield from tokens_in(part)
    elif isinstance(template, str):
        template = template.partition(" if $")[0]
        yield from ([template] if _TOKEN.fullmatch(template) else _INSIDE.findall(template))


def fields_in(template: Value, base: Path = (), *, as_said: bool = False) -> Iterator[tuple[Path, str]]:
    """Yield where in a template each part of the answer goes: (path below the template, name of the part).

    as_said: only where the part stands as it was said, not where something is made of it (an id, a title)
    """
    if isinstance(template, dict):
        for key, part in template.items():
            yield from fields_in(part, (*base, key), as_said=as_said)
        return
    if as_said and (base[-1:] == ("id",) or not _is_as_said(template)):
        return
    for token in tokens_in(template):
        if token.startswith("$"):
            name = token[1:].partition("|")[0]
            if name != "today" and not name.startswith("item."):
                yield base, name.partition(".")[0]
