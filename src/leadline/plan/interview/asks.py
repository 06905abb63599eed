"""Which questions are open, and what each says: a question, and what it is asked about, is an `Ask`.

Open means that the plan lacks the answer: the state of an interview is the plan. Beside it stand only the answers
that go nowhere in the plan (`notes`), what was skipped, and what was asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from leadline.plan.interview.addresses import Address, Stop, bound_by, is_empty, places, size_of, value_at
from leadline.plan.interview.audit_sources import AUDITED
from leadline.plan.interview.naming import LONGEST_ID, slug
from leadline.plan.interview.record import Flow, Item, Question, Write
from leadline.plan.interview.sources import SOURCES, elements_of
from leadline.plan.interview.templates import fields_in, tokens_in
from leadline.plan.places import Path
from leadline.plan.source import Document

__all__ = ["Ask", "State", "asks_of", "is_open", "open_asks", "present"]

_ANOTHER = "another"
_NOT_IN_AN_ID = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True)
class State:
    """What an interview knows beside the plan; all of it can be lost without loss.

    asked, skipped: keys of asks · notes: answers that are written nowhere in the plan
    building: id of the question that begins a further element, "" for none
    """

    flow: str
    asked: tuple[str, ...] = ()
    skipped: tuple[str, ...] = ()
    notes: Mapping[str, object] = field(default_factory=dict)
    building: str = ""

    def closes(self, key: str) -> State:
        """Return the state with a question skipped: it is asked again only when somebody asks for what is missing."""
        return replace(self, asked=_with(self.asked, key), skipped=_with(self.skipped, key))

    def repeats(self, question: str) -> State:
        """Return the state after one more answer to a question that is asked a number of times."""
        done = sum(1 for key in self.asked if key.startswith(f"{question}#"))
        return self.has_asked(f"{question}#{done + 1}")

    def has_asked(self, key: str) -> State:
        """Return the state with a question asked and answered."""
        return replace(
            self, asked=_with(self.asked, key), skipped=tuple(one for one in self.skipped if one != key), building=""
        )


@dataclass(frozen=True)
class Ask:
    """One question about one thing, with its texts filled in.

    another: the question whether there is another one; `question` is then the one that would be asked again
    """

    question: Question
    item: Item | None = None
    another: bool = False

    @property
    def key(self) -> str:
        """Return what the state knows the ask by: `first.because@retrofit`."""
        key = self.question.id if self.item is None else f"{self.question.id}@{self.item.id}"
        return f"{key}/{_ANOTHER}" if self.another else key

    @property
    def bound(self) -> dict[Path, int]:
        """Return which elements the ask is about: list -> index."""
        return bound_by(self.item.path) if self.item else {}

    @property
    def text(self) -> str:
        """Return the question with what it is about filled in."""
        if self.another:
            return self.question.another
        values = {} if self.item is None else {"name": self.item.name, **self.item.values}
        return self.question.text.format_map(_Words(values)) if "{" in self.question.text else self.question.text

    @property
    def unknown_id(self) -> str:
        """Return the id of the assumption that a "don't know" writes."""
        words = self.question.id.replace(".", "-")
        about = "-" + _NOT_IN_AN_ID.sub("-", self.item.id.lower()).strip("-") if self.item else ""
        return f"unknown-{words}{about}"[: 2 * LONGEST_ID].rstrip("-") if about else f"unknown-{slug(words)}"


class _Words(dict[str, object]):
    def __missing__(self, key: str) -> str:
        return "this"


def asks_of(
    flow: Flow, document: Document, *, state: State, items: Sequence[Item] = (), again: bool = False
) -> Iterator[Ask]:
    """Yield every ask of a flow for the plan as it is, open or not, in the order of the flow.

    again: also what was begun before, so that an answered question can be asked once more
    """
    for number, question in enumerate(flow.questions):
        yield from _asks(flow, question, document, state=state, items=items, again=again)
        block_ends = number + 1 == len(flow.questions) or flow.questions[number + 1].block != question.block
        if block_ends:
            begins = next(one for one in flow.questions if one.block == question.block)
            if begins.repeat is True and begins.builds and size_of(document, begins.builds):
                yield Ask(begins, another=True)


def open_asks(
    flow: Flow, document: Document, *, state: State, items: Sequence[Item] = (), missing: bool = False
) -> Iterator[Ask]:
    """Yield the asks whose answer the plan lacks; `missing`: those skipped or not known too."""
    asks: Iterable[Ask] = asks_of(flow, document, state=state, items=items)
    if not flow.by_item:  # one after the other: most who ask need the first alone
        yield from (ask for ask in asks if is_open(ask, document, state=state, missing=missing))
        return
    asks = list(asks)
    found = [ask for ask in asks if is_open(ask, document, state=state, missing=missing)]
    yield from _by_item(flow, found, among=asks)


def _by_item(flow: Flow, asks: Sequence[Ask], *, among: Sequence[Ask]) -> list[Ask]:
    """Return the asks of each block thing by thing; `among` all asks, open or not, so that no answer changes the order."""
    blocks, things = list(flow.blocks), dict[str, int]()
    for ask in among:
        things.setdefault(ask.item.id if ask.item else "", len(things))
    return sorted(
        asks,
        key=lambda ask: (blocks.index(ask.question.block), ask.another, things[ask.item.id if ask.item else ""]),
    )


def is_open(ask: Ask, document: Document, *, state: State, missing: bool = False) -> bool:
    """Say whether an ask waits for an answer."""
    question, key = ask.question, ask.key
    if ask.another:
        return not missing and key not in state.asked
    if not missing and (key in state.skipped or _is_unknown(ask, document)):
        return False
    values = {} if ask.item is None else ask.item.values
    if question.when and not question.when.holds(document, ask.bound, notes=state.notes, item=values):
        return False
    if _is_waived(ask, document) or (not missing and _is_enough(question, state)):
        return False
    if question.answer.kind == "shown" or question.for_each == "items":
        return key not in state.asked
    if question.for_each in AUDITED:
        return missing or key not in state.asked  # the source itself holds only what is open
    if not question.writes:
        return key not in state.notes
    if question.builds and ask.item is None:
        return True  # it was yielded because an element is wanted
    leaves = list(needed(ask, document))
    if not leaves:
        return question.for_each is not None and (missing or key not in state.asked)
    return any(not paths or any(is_empty(value_at(document, path)) for path in paths) for paths in leaves)


def needed(ask: Ask, document: Document) -> Iterator[list[Path]]:
    """Yield, for each part of the answer that may not be left out, the places of the plan that hold it."""
    required = {one.name for one in ask.question.answer.fields if not one.optional}
    for write in ask.question.writes:
        if not _is_own(write, ask):
            continue
        address, ends_in_list = _without_append(write.address)
        here = list(places(document, address, bound=ask.bound))
        for below, part in fields_in(write.template, as_said=True):
            if part in required:
                yield here if ends_in_list else [(*path, *below) for path in here]


def present(ask: Ask, document: Document) -> dict[str, object]:
    """Return what the plan holds already of an answer: part -> value as it stands in the file."""
    found: dict[str, object] = {}
    for write in ask.question.writes:
        if not _is_own(write, ask):
            continue
        address, ends_in_list = _without_append(write.address)
        for path in places(document, address, bound=ask.bound):
            for below, part in fields_in(write.template, as_said=True):
                value = value_at(document, path if ends_in_list else (*path, *below))
                if not is_empty(value):
                    found.setdefault(part, value)
    return found


def _asks(
    flow: Flow, question: Question, document: Document, *, state: State, items: Sequence[Item], again: bool
) -> Iterator[Ask]:
    if question.for_each == "items":
        yield from (Ask(question, item) for item in items)
    elif question.for_each is not None:
        yield from (Ask(question, item) for item in SOURCES[question.for_each](document))
    elif question.builds is None:
        yield Ask(question)
    elif not flow.creates(question):
        yield from (Ask(question, item) for item in _elements(document, question.builds))
    else:
        yield from _beginnings(question, document, state=state, again=again)


def _beginnings(question: Question, document: Document, *, state: State, again: bool) -> Iterator[Ask]:
    """Yield the asks of a question that begins an element: for those with holes, and for one that is to come."""
    built = question.builds or ()
    elements = _elements(document, built)
    yield from (Ask(question, item) for item in elements)
    wanted = _wants_more(question, state) if type(question.repeat) is int else not elements
    if wanted or state.building == question.id or (again and not elements):
        yield Ask(question)


def _wants_more(question: Question, state: State) -> bool:
    """Say whether a question that is asked so many times is to be asked once more."""
    done = sum(1 for key in state.asked if key.startswith(f"{question.id}#"))
    return question.id not in state.skipped and done < question.repeat


def _is_enough(question: Question, state: State) -> bool:
    """Say whether a question that is asked for each was asked as often as its flow wants."""
    return 0 < question.at_most <= sum(1 for key in state.asked if key.split("@")[0] == question.id)


def _elements(document: Document, path: tuple[str, ...]) -> tuple[Item, ...]:
    found = elements_of(document, path)
    if found or not size_of(document, path):
        return found
    return tuple(Item(str(index), path=(*path, index)) for index in range(size_of(document, path)))


def _is_own(write: Write, ask: Ask) -> bool:
    """Say whether a write holds the answer itself: in the element asked about, or at a place of its own.

    A further element that the answer makes, and what is written only where it is empty, is not what makes it open.
    """
    address = write.address
    if (
        not _is_meant(write, ask)
        or address.only_empty
        or address.first_pick == "++"
        or not any(token.startswith("$") for token in tokens_in(write.template))
    ):
        return False
    if address.first_pick in ("+", "*"):
        return address.first_list in ask.bound
    return not (address.first_pick or "").startswith("$")


def _is_meant(write: Write, ask: Ask) -> bool:
    """Say whether a write is for what is asked about: `… if $item.place is lag` is not for a rate."""
    subject, _, part = write.if_given.partition(".")
    if subject != "item":
        return True
    value = ask.item.values.get(part) if ask.item else None
    return value is not None and (not write.if_is or str(value).lower() in write.if_is)


def _without_append(address: Address) -> tuple[Address, bool]:
    """Return the address of the list itself, where an answer is appended to a list inside an element."""
    last = address.stops[-1]
    if last.pick != "+" or len(address.stops) < 2 or address.first_list == tuple(one.key for one in address.stops):
        return address, False
    return replace(address, stops=(*address.stops[:-1], Stop(last.key))), True


def _is_unknown(ask: Ask, document: Document) -> bool:
    return any(one.id == ask.unknown_id and one.state == "open" for one in document.plan.control.assumptions)


def _is_waived(ask: Ask, document: Document) -> bool:
    target = ask.item.id if ask.item else document.plan.plan.id
    codes = set(ask.question.clears[:1])
    return any(waiver.code in codes and waiver.target == target for waiver in document.plan.control.waivers)


def _with(keys: tuple[str, ...], key: str) -> tuple[str, ...]:
    return (*(one for one in keys if one != key), key)
