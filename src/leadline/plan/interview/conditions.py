"""Conditions: when a question is asked at all.

tactics.list[*].intent is acquire/convert and not tactics.list[*].delivers
item.stale is true              a value of what the question is asked about
triage.whom is yes              an answer kept beside the plan
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from leadline.plan.interview.addresses import Address, Bound, is_empty, places, value_at
from leadline.plan.model import Plan
from leadline.plan.source import Document

__all__ = ["Condition"]


@dataclass(frozen=True, slots=True)
class _Term:
    subject: str
    address: Address | None
    wanted: tuple[str, ...]
    negated: bool


@dataclass(frozen=True, slots=True)
class Condition:
    """Several terms that must all hold."""

    text: str
    terms: tuple[_Term, ...]

    @classmethod
    def parse(cls, text: str) -> Condition:
        """Read `[not] ADDRESS [is WORD/WORD] and …`; raises ValueError for an address that is none."""
        return cls(text, tuple(_term(part.strip()) for part in text.split(" and ")))

    @property
    def addresses(self) -> tuple[Address, ...]:
        """Return the places of the plan that the condition reads."""
        return tuple(term.address for term in self.terms if term.address is not None)

    def holds(
        self, document: Document, bound: Bound, *, notes: Mapping[str, object], item: Mapping[str, object]
    ) -> bool:
        """Say whether every term holds for the plan, the answers kept beside it, and the item asked about."""
        return all(_holds(term, _values(term, document, bound, notes, item)) for term in self.terms)


def _term(text: str) -> _Term:
    negated = text.startswith("not ")
    subject, _, wanted = text.removeprefix("not ").partition(" is ")
    subject = subject.strip()
    in_plan = subject.split(".")[0].split("[")[0] in Plan.model_fields
    words = tuple(word.strip() for word in wanted.split("/") if word.strip())
    return _Term(subject, Address.parse(subject) if in_plan else None, words, negated)


def _values(
    term: _Term, document: Document, bound: Bound, notes: Mapping[str, object], item: Mapping[str, object]
) -> list[object]:
    if term.address is not None:
        found = [value_at(document, path) for path in places(document, term.address, bound=bound)]
    elif term.subject.startswith("item."):
        found = [item.get(term.subject.removeprefix("item."))]
    else:
        found = [notes.get(term.subject)]
    return [value for value in found if not is_empty(value) and value is not False]


def _holds(term: _Term, values: list[object]) -> bool:
    found = any(str(value).lower() in term.wanted for value in values) if term.wanted else bool(values)
    return found is not term.negated
