"""Forms of an answer: what one part of it may look like, and what of it goes into the plan.

text · choice · yes_no · whole · number · quantity:money · estimate:rate · counted · counted_estimate · date · range ·
cadence · list · who (a person or a team) · ref:segment (an element of the plan; `ref:evidence+` may be a new one)
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from leadline.plan.elements import located
from leadline.plan.faults import nearest
from leadline.plan.interview.days import read_day, read_range
from leadline.plan.interview.lines import parts_of
from leadline.plan.interview.numbers_said import currency_of, read_counted, read_estimate, read_quantity
from leadline.plan.interview.record import Field, Form
from leadline.plan.interview.refusal import Refusal
from leadline.plan.source import Document
from leadline.plan.spelling import Value

__all__ = ["Means", "New", "Said", "read_field"]

_CADENCES = {"daily": "day", "weekly": "week", "monthly": "month", "quarterly": "quarter", "half-yearly": "half-year",
             "yearly": "year", "annually": "year"}  # fmt: skip
_CADENCE = re.compile(r"day|week|month|quarter|half-year|year|[1-9]\d* days?")
_YES = {"yes": True, "y": True, "true": True, "no": False, "n": False, "false": False}
# Most known names that a refusal lists; more would hide the sentence (house).
MOST_KNOWN = 8


@dataclass(frozen=True, slots=True)
class New:
    """Something an answer names that is not in the plan yet; writing the answer makes it."""

    kind: str
    text: str


Said = Value | New | Mapping[str, str] | list["New | str"]
"""What one part of an answer comes to: a value of the plan, something new, or a number with its noun."""


@dataclass(frozen=True)
class Means:
    """What reading an answer may look at: the plan, the day, the answer's choices."""

    document: Document
    today: dt.date
    choices: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    said_currency: str | None = None

    @property
    def currency(self) -> str | None:
        """Return the currency that the answer names, else the plan's; None where neither does."""
        return self.said_currency or self.document.plan.plan.currency


def read_field(text: str, wanted: Field, *, means: Means) -> Said:
    """Return what one part of an answer comes to; raises Refusal, with the part's name where it has one."""
    try:
        return _READERS[wanted.form.kind](text.strip(), wanted, means)
    except Refusal as refusal:
        raise refusal.within(wanted.label or wanted.name) from None


def _text(text: str, wanted: Field, means: Means) -> Said:
    del means
    if wanted.form.of == "currency":
        found = currency_of(text)
        if found is None:
            raise Refusal(f'"{text}" is not a currency.', "Write its three letters: EUR, GBP, USD.")
        return found
    return " ".join(text.split())


def _choice(text: str, wanted: Field, means: Means) -> Said:
    known = means.choices.get(wanted.name, {})
    said, values = text.lower().strip(" ."), list(known)
    if said.isdigit() and 1 <= int(said) <= len(values):
        return values[int(said) - 1]
    for value, spoken in known.items():
        if said in (value, value.replace("_", " "), *spoken):
            return value
    begun = [value for value, spoken in known.items() if any(word.startswith(said) for word in (value, *spoken))]
    heard = [value for value, spoken in known.items() if _is_heard(said, (value, *spoken))]
    for found in (begun, heard):
        if len(said) > 2 and len(found) == 1:
            return found[0]
    listed = ", ".join(spoken[0] if spoken else value for value, spoken in known.items())
    raise Refusal(f'"{text}" is none of the choices.', f"Write one of: {listed}; or its number.")


def _is_heard(said: str, spoken: tuple[str, ...]) -> bool:
    """Say whether a sentence holds one of the words (buying: buy); one that says no holds none."""
    words = re.findall(r"[a-z']+", said)
    if {"not", "no", "never", "neither"} & set(words):
        return False
    return any(f" {word} " in f" {' '.join(words)} " or (len(word) > 2 and said.startswith(word)) for word in spoken)


def _yes_no(text: str, wanted: Field, means: Means) -> Said:
    del wanted, means
    word = text.lower().split("(")[0].strip(" .,!")
    if word not in _YES:
        raise Refusal(f'"{text}" is neither yes nor no.', "Write yes or no.")
    return _YES[word]


def _whole(text: str, wanted: Field, means: Means) -> Said:
    del means
    low, _, high = wanted.form.of.partition("-")
    tenths = re.fullmatch(r"(\d{1,2}(?:\.\d)?)\s*(?:/|of|out of)\s*10", text)
    if tenths and high == "100":
        text = str(round(10 * float(tenths[1])))
    text = text.removesuffix("%").strip() if high == "100" else text
    found = re.fullmatch(r"\d{1,9}", text)
    if found is None or (low and not int(low) <= int(text) <= int(high)):
        bounds = f" from {low} to {high}" if low else ""
        raise Refusal(f'"{text}" is not a whole number{bounds}.', f"Write it like {high or '12'}.")
    return int(text)


def _number(text: str, wanted: Field, means: Means) -> Said:
    del wanted, means
    found = re.fullmatch(r"([+-]?\d+(?:\.\d+)?)\s*%?", text)
    if found is None:
        raise Refusal(f'"{text}" is not a number.', "Write it without a unit: 92.")
    return float(found[1]) if "." in found[1] else int(found[1])


def _quantity(text: str, wanted: Field, means: Means) -> Said:
    return read_quantity(text, wanted.form.of, currency=means.currency)


def _estimate(text: str, wanted: Field, means: Means) -> Said:
    return read_estimate(text, wanted.form.of, currency=means.currency)


def _counted(text: str, wanted: Field, means: Means) -> Said:
    return read_counted(text, estimate=wanted.form.kind == "counted_estimate", currency=means.currency)


def _date(text: str, wanted: Field, means: Means) -> Said:
    del wanted
    return read_day(text, today=means.today).isoformat()


def _range(text: str, wanted: Field, means: Means) -> Said:
    del wanted
    return str(read_range(text, today=means.today, window=means.document.plan.plan.window))


def _cadence(text: str, wanted: Field, means: Means) -> Said:
    del wanted, means
    said = text.lower().removeprefix("every ").removeprefix("each ").removeprefix("once a ")
    said = _CADENCES.get(said, said)
    if not _CADENCE.fullmatch(said):
        raise Refusal(f'"{text}" does not say how often.', "Write day, week, month, quarter, year or 10 days.")
    return said


def _list(text: str, wanted: Field, means: Means) -> Said:
    each = Form(wanted.form.of or "text", "", wanted.form.may_be_new)
    if wanted.form.of and wanted.form.of not in _READERS:
        each = Form("ref", wanted.form.of, wanted.form.may_be_new)
    parts = [part for part in parts_of(text) if part]
    found = [_READERS[each.kind](part, Field(wanted.name, each), means) for part in parts]
    if not found:
        raise Refusal(f'"{text}" names nothing.', "Write one, or several with commas between them.")
    return found  # type: ignore[return-value]  # texts and new things, as the form says


def _ref(text: str, wanted: Field, means: Means) -> Said:
    kinds = tuple(wanted.form.of.split("/"))
    found = find(means.document, kinds, text=text)
    if found is not None:
        return found
    if wanted.form.may_be_new:
        return New(kinds[0], " ".join(text.split()))
    known = [item.element.name or item.element.id for item in located(means.document.plan, kinds=kinds)]
    close = nearest(text, known)
    listed = ", ".join(known[:MOST_KNOWN]) + (f" and {len(known) - MOST_KNOWN} more" if len(known) > MOST_KNOWN else "")
    hint = f'Did you mean "{close}"? ' if close else ""
    raise Refusal(
        f'"{text}" is not in the plan.', f"{hint}Known: {listed}." if known else "The plan holds none of these yet."
    )


def _who(text: str, wanted: Field, means: Means) -> Said:
    del wanted
    return find(means.document, ("person", "team"), text=text) or New("person", " ".join(text.split()))


def find(document: Document, kinds: tuple[str, ...], *, text: str) -> str | None:
    """Return the id of the element of these kinds that people mean by a text: its id, its name, or the one name it begins."""
    said = " ".join(text.lower().split())
    elements = [item.element for item in located(document.plan, kinds=kinds)]
    for element in elements:
        if said in (element.id.lower(), (element.name or "").lower(), _words(element).lower()):
            return element.id
    begun = [element.id for element in elements if len(said) > 2 and said in (element.name or "").lower()]
    return begun[0] if len(begun) == 1 else None


def _words(element: object) -> str:
    """Return what an element without a name is known by: its claim, its citation, its statement."""
    for key in ("claim", "citation", "statement", "question", "topic", "difference"):
        text = getattr(element, key, None)
        if text:
            return " ".join(str(text).split())
    return ""


_READERS: dict[str, Callable[[str, Field, Means], Said]] = {
    "text": _text, "choice": _choice, "yes_no": _yes_no, "whole": _whole, "number": _number, "quantity": _quantity,
    "estimate": _estimate, "counted": _counted, "counted_estimate": _counted, "date": _date, "range": _range,
    "cadence": _cadence, "list": _list, "ref": _ref, "who": _who,
}  # fmt: skip
FORMS = frozenset(_READERS)
