"""What is asked once more about an answer just written: a bare number read back, and how an estimate came about."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from leadline import words
from leadline.plan.edits import apply
from leadline.plan.estimate import Belief, Scale, widen
from leadline.plan.faults import nearest
from leadline.plan.interview.addresses import value_at
from leadline.plan.interview.asks import Ask
from leadline.plan.interview.forms import Means, New, read_field
from leadline.plan.interview.layout import append
from leadline.plan.interview.lines import parts_of
from leadline.plan.interview.naming import free_id
from leadline.plan.interview.numbers_said import read_estimate, said
from leadline.plan.interview.record import Field, Form
from leadline.plan.interview.refusal import Refusal
from leadline.plan.interview.writing import set_value
from leadline.plan.places import Path
from leadline.plan.source import Document
from leadline.plan.spelling import Value
from leadline.units import METHODS, Estimate, Quantity, UnitError

__all__ = ["FollowUp", "follow_ups", "guess_offer", "read_back", "settle_follow_up"]

_ESTIMATES = ("estimate", "counted_estimate")
_KEEP = ("", "keep", "k", "yes", "y", "ok")


@dataclass(frozen=True, slots=True)
class FollowUp:
    """One further question about an answer.

    kind: `keep` (the bare number as it will be used) or `method` (how it came about, and its source)
          `guess` (nothing is known: a wide guess is offered) or `reason` (why something does not apply)
    path: where the estimate stands
    """

    kind: Literal["keep", "method", "guess", "reason"]
    ask: Ask
    text: str
    example: str
    path: Path = ()
    field: str = ""


def follow_ups(ask: Ask, document: Document, *, paths: Mapping[Path, str]) -> tuple[FollowUp, ...]:
    """Return what is to be asked about the estimates that an answer wrote, each once."""
    estimates = {one.name for one in ask.question.answer.fields if one.form.kind in _ESTIMATES and one.form.of != "lag"}
    found: list[FollowUp] = []
    for path, part in paths.items():
        value = value_at(document, path)
        if part not in estimates or _estimate(value) is None or not _is_bet(path):
            continue
        if _method_of(document, path) is None:
            found += _about(ask, document, path, part=part)
    return tuple(found)


def read_back(value: object) -> str | None:
    """Return a bare number as the checks will use it; None for low..base..high and for what stays a point.

    >>> read_back("10 %")
    '"10 %" as a guess means 5.3..10..18.2 %.'
    """
    estimate = _estimate(value)
    if estimate is None or not estimate.is_bare or estimate.base == 0:
        return None
    is_share = estimate.unit == "%"
    scale: Scale = "share" if is_share else "signed" if estimate.base < 0 or estimate.unit == "pp" else "amount"
    if is_share and not 0 < estimate.base < 100:
        return None
    belief = widen(estimate.base / 100 if is_share else estimate.base, scale, method="guess")
    return f'"{estimate}" as a guess means {_range(belief, 100 if is_share else 1, estimate.unit)}.'


def guess_offer(ask: Ask) -> FollowUp | None:
    """Return the offer of a wide guess, where an answer holds an estimate; None where it does not."""
    required = [one for one in ask.question.answer.fields if not one.optional]
    if len(required) != 1 or required[0].form.kind not in _ESTIMATES:
        return None
    field = required[0]
    unit = {"money": " kEUR", "share": " %", "rate": " %", "time": " days"}.get(field.form.of, "")
    text = "Even a very wide guess helps: the lowest, the likely, the highest. Or ? to leave it open."
    unit = " of them" if field.form.kind == "counted_estimate" else unit
    return FollowUp("guess", ask, text, f"2..10..50{unit}", field=field.name)


def settle_follow_up(
    one: FollowUp, text: str, *, document: Document, today: dt.date
) -> tuple[Document, tuple[FollowUp, ...]]:
    """Return the document after the answer to a follow-up, and what is to be asked next about the same estimate.

    Raises Refusal for an answer that is none.
    """
    if one.kind == "keep":
        return _keep_or_range(one, text, document=document, today=today)
    return _with_method(one, text, document=document, today=today), ()


def _about(ask: Ask, document: Document, path: Path, *, part: str) -> Iterator[FollowUp]:
    back = read_back(value_at(document, path))
    if back is not None:
        yield FollowUp("keep", ask, f"{back} Keep, or give low and high?", "keep", path, part)
    text = "How do you know it: measured, benchmark, expert or guess? Add the source, if there is one."
    yield FollowUp("method", ask, text, "measured, CRM export", path, part)


def _keep_or_range(
    one: FollowUp, text: str, *, document: Document, today: dt.date
) -> tuple[Document, tuple[FollowUp, ...]]:
    if text.strip().lower() in _KEEP:
        return document, ()
    first = text.split(",", maxsplit=1)[0].strip().lower()
    if first in METHODS:
        return _with_method(one, text, document=document, today=today), ()
    standing = _estimate(value_at(document, one.path))
    unit = standing.unit if standing else None
    spelt = _three(said(text, currency=document.plan.plan.currency), standing, unit)
    value = read_estimate(spelt, "", currency=document.plan.plan.currency)
    estimate = Estimate.parse(value)
    if estimate.unit is None and unit is not None:
        value = f"{value} {unit}"
    return set_value(document, one.path, value=value), ()


def _three(text: str, standing: Estimate | None, unit: str | None) -> str:
    """Return `8..15` or `8 15` as low..base..high around the number that was written."""
    numbers = [
        part
        for part in text.replace("..", " ").replace(" to ", " ").replace(",", " ").split()
        if part[:1].isdigit() or part[:1] in "+-."
    ]
    if len(numbers) == 2 and standing is not None:
        base = Quantity(standing.base).value
        spelt = str(int(base)) if float(base).is_integer() else str(base)
        return f"{numbers[0]}..{spelt}..{numbers[1]}{f' {unit}' if unit else ''}"
    if len(numbers) == 1 and ".." not in text:
        raise Refusal(f'"{text}" is one number.', "Write keep, or the lowest and the highest: 8..15.")
    return text


def _with_method(one: FollowUp, text: str, *, document: Document, today: dt.date) -> Document:
    parts = parts_of(text) if text.strip() else [""]
    method = parts[0].lower() or "guess"
    if method not in METHODS:
        close = nearest(method, METHODS)
        hint = f"Did you mean {close}? " if close else ""
        raise Refusal(f'"{parts[0]}" says not how.', f"{hint}Write measured, benchmark, expert or guess.")
    if method == "guess" and len(parts) < 2:
        return document  # nothing said counts as a guess everywhere
    value: dict[str, Value] = {"method": method}
    if len(parts) > 1 and parts[1]:
        document, source = _source(document, ", ".join(parts[1:]), today=today)
        value["source"] = source
    return _write_method(document, one.path, value)


def _write_method(document: Document, path: Path, value: dict[str, Value]) -> Document:
    """Write method and source beside the estimate where its bet has those keys, else into its long form."""
    if path[-1] == "worth" or path[-1] == "without_plan":
        standing = value_at(document, path)
        estimate = _estimate(standing)
        if estimate is None:
            return document
        numbers = {"low": estimate.low, "base": estimate.base, "high": estimate.high}
        written: dict[str, Value] = {
            key: str(Quantity(number, estimate.unit)) for key, number in numbers.items() if number is not None
        }
        return set_value(document, path, value={**written, **value})
    return set_value(document, path[:-1], value=value)


def _source(document: Document, text: str, *, today: dt.date) -> tuple[Document, str]:
    """Return the document with a piece of evidence of these words, and its id; one that is known is not doubled."""
    found = read_field(text, Field("source", Form("ref", "evidence", may_be_new=True)), means=Means(document, today))
    if not isinstance(found, New):
        return document, str(found)
    identity = free_id(document, text, kind="evidence")
    value: Value = {"id": identity, "citation": text, "date": today.isoformat()}
    return apply(document, [append(document, ("situation", "evidence"), value=value)]), identity


def _is_bet(path: Path) -> bool:
    return path[-1] in ("count", "change", "rate", "worth")


def _method_of(document: Document, path: Path) -> object:
    """Return how an estimate came about, as it is written: inside it, or beside it."""
    value = value_at(document, path)
    inside = value.get("method") if isinstance(value, dict) else None
    return inside or (None if path[-1] == "worth" else value_at(document, (*path[:-1], "method")))


def _estimate(value: object) -> Estimate | None:
    try:
        return Estimate.parse(value)
    except UnitError:
        return None


def _range(belief: Belief, factor: float, unit: str | None) -> str:
    said = (lambda value: words.number(round(100 * value, 1), 4)) if factor == 100 else words.number
    numbers = "..".join(said(value) for value in (belief.low, belief.base, belief.high))
    return f"{numbers} {unit}" if unit else numbers
