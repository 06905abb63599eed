"""An answer's text -> its parts, each as its form reads it; what may be left out comes from where the record says."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from leadline.plan.interview.addresses import is_empty
from leadline.plan.interview.asks import Ask, present
from leadline.plan.interview.forms import Means, read_field
from leadline.plan.interview.lines import UNKNOWN, refuse_missing, sort_parts
from leadline.plan.interview.numbers_said import currency_of
from leadline.plan.interview.record import Answer, Field
from leadline.plan.interview.refusal import Refusal
from leadline.plan.interview.templates import Filling
from leadline.plan.source import Document

__all__ = ["Parsed", "example_parts", "parse_answer"]


@dataclass(frozen=True)
class Parsed:
    """The parts of an answer.

    values: part -> value · unknown: parts the person does not know · inherited: part -> text of the value it came to
    """

    values: Mapping[str, object]
    unknown: tuple[str, ...] = ()
    inherited: Mapping[str, str] = field(default_factory=dict)


def parse_answer(
    ask: Ask, said: str | Mapping[str, str], *, document: Document, today: dt.date, notes: Mapping[str, object]
) -> Parsed:
    """Return the parts of an answer; raises Refusal with the fact, the expected form and the part that failed.

    said: the line as it was written, or the parts of a group by their names
    """
    answer = ask.question.answer
    means = Means(document, today, answer.choices)
    if answer.kind != "group":
        text = said if isinstance(said, str) else said.get("", "")
        return Parsed({"": read_field(text, answer.fields[0], means=means)})
    standing = frozenset(present(ask, document))
    given = standing | set(answer.inherit)
    if isinstance(said, str):
        parts = sort_parts(
            said, answer.fields, fits=lambda part, wanted: _fits(part, wanted, means), given=given, standing=standing
        )
    else:
        parts = {one.name: said[one.name].strip() for one in answer.fields if said.get(one.name, "").strip()}
        refuse_missing(parts, answer.fields, given=given)
    by_name = {one.name: one for one in answer.fields}
    unknown = tuple(name for name, part in parts.items() if part == UNKNOWN)
    means = replace(means, said_currency=_currency_in(parts, by_name))
    values: dict[str, object] = {
        name: read_field(part, by_name[name], means=means) for name, part in parts.items() if part != UNKNOWN
    }
    if not values:
        raise Refusal("The answer holds nothing but question marks.", "Write ? alone if you do not know.")
    _refuse_halves(answer, values)
    inherited = _inherited(ask, values, document=document, today=today, notes=notes)
    return Parsed({**values, **inherited}, unknown, {name: str(value) for name, value in inherited.items()})


def example_parts(ask: Ask, *, document: Document, today: dt.date) -> dict[str, str]:
    """Return what the example of a group says of each part, by its name; empty where it is no group."""
    answer = ask.question.answer
    if answer.kind != "group":
        return {}
    means = Means(document, today, answer.choices)
    given = frozenset(answer.inherit)
    fits = lambda part, wanted: _fits(part, wanted, means)  # noqa: E731 - as in parse_answer
    try:
        return sort_parts(ask.question.example, answer.fields, fits=fits, given=given)
    except Refusal:
        return {}


def _currency_in(parts: Mapping[str, str], by_name: Mapping[str, Field]) -> str | None:
    """Return the currency that one part of the answer names, for the amounts beside it."""
    return next((currency_of(part) for name, part in parts.items() if by_name[name].form.of == "currency"), None)


def _refuse_halves(answer: Answer, values: Mapping[str, object]) -> None:
    """Refuse a choice that says nothing without a further part: an exception renewed without its reason."""
    for value, needed in answer.needs.items():
        missing = [one.label for one in answer.fields if one.name in needed and one.name not in values]
        if missing and value in values.values():
            raise Refusal(f"{value.replace('_', ' ').capitalize()} needs more.", f"Say also: {', '.join(missing)}.")


def _fits(part: str, wanted: Field, means: Means) -> bool:
    try:
        read_field(part, wanted, means=means)
    except Refusal:
        return False
    return True


def _inherited(
    ask: Ask, values: Mapping[str, object], *, document: Document, today: dt.date, notes: Mapping[str, object]
) -> dict[str, object]:
    """Return the parts that were left out and come from elsewhere in the plan; what stands there already stays."""
    standing = present(ask, document)
    filling = Filling(document, values, today, ask.item, notes, ask.bound)
    found: dict[str, object] = {}
    for name, template in ask.question.answer.inherit.items():
        if name not in values and name not in standing:
            value, _ = filling.fill(template)
            if not is_empty(value):
                found[name] = value
    return found
