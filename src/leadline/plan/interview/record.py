"""What an interview is made of, as values: flows, questions, answers; loaded from `questions/<flow>.yaml`.

A record says what is asked, why, an example, what kind of answer it takes, where the answer is written and which
checks it clears. Nothing here asks anything; `session.py` does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from leadline.plan.interview.addresses import Address
from leadline.plan.interview.conditions import Condition
from leadline.plan.places import Path
from leadline.plan.spelling import Value

__all__ = ["Advice", "Answer", "Field", "Flow", "Form", "Item", "Question", "Write"]


@dataclass(frozen=True, slots=True)
class Form:
    """What one part of an answer looks like: `quantity` of `money`, `ref` to `segment`, `choice`, ….

    kind: name of the form (see `forms.py`); of: what it is of, where the kind needs that; may_be_new: a reference to
    something that is not in the plan yet makes it (`evidence+`)
    """

    kind: str
    of: str = ""
    may_be_new: bool = False


@dataclass(frozen=True, slots=True)
class Field:
    """One part of an answer. `label` stands in the prompt."""

    name: str
    form: Form
    optional: bool = False
    label: str = ""


@dataclass(frozen=True)
class Answer:
    """What kind of answer a question takes.

    kind: text, choice, yes_no, quantity, estimate, date, range, list, ref, group, or `shown` (nothing is asked)
    fields: the parts, in the order of the line; one nameless part for everything but a group
    choices: for each choice field its values with the words people use for them
    new: for each field that may name something new: what else the new element holds (templates)
    inherit: for each field that may be left out: where its value comes from then (templates)
    needs: for a value of a choice, the parts that have to be said with it
    tells: for a value of a choice, what is said after it was written
    """

    kind: str
    fields: tuple[Field, ...] = ()
    choices: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    new: Mapping[str, Mapping[str, Value]] = field(default_factory=dict)
    inherit: Mapping[str, str] = field(default_factory=dict)
    needs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    tells: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Write:
    """One place an answer goes to, and the template of what is written there (None: what stands there is taken out).

    if_given: only with this part; if_is: only where this part is one of these words
    """

    address: Address
    template: Value
    if_given: str = ""
    if_is: tuple[str, ...] = ()


@dataclass(frozen=True)
class Question:
    """One record of a flow (interview.md, section 1).

    into: list whose element the answer makes or completes; default the first that it writes `[+]` into

    repeat: True asks "another?" when the block is done; a number asks that often, an empty line ends
    at_most: how often the flow asks it in all, where it is asked for each (0: for every one)
    for_each: a list of the plan (`segments`), a computed source (`dead_ends`) or the items handed in (`items`)
    criticality: of the assumption that a "don't know" writes · another: how one asks whether there is another
    """

    id: str
    block: str
    text: str
    why: str
    example: str
    answer: Answer
    writes: tuple[Write, ...] = ()
    clears: tuple[str, ...] = ()
    when: Condition | None = None
    repeat: bool | int = False
    for_each: str | None = None
    at_most: int = 0
    into: tuple[str, ...] = ()
    criticality: str = "medium"
    another: str = "Is there another one?"

    @property
    def builds(self) -> tuple[str, ...] | None:
        """Return the list whose element the question makes or completes, None where there is none."""
        if self.into:
            return self.into
        for write in self.writes:
            if write.address.first_pick == "+":
                return write.address.first_list
        return None


@dataclass(frozen=True, slots=True)
class Advice:
    """What a flow says at its end for so many answers of yes."""

    low: int
    high: int
    text: str


@dataclass(frozen=True)
class Flow:
    """One interview.

    blocks: id of each block -> its title; creators: id of the question that begins the element of each block and list
    limit: most prompts of a run, None for any number; follow_ups: whether estimates are read back and their method asked
    by_item: a block asks everything about one place or competitor before the next, not one question about all
    rule: what follows from several answers together (see `rules.py`)
    ends: `check` (the caller shows the whole check), `advice` (by the number of yes), or `` (nothing)
    """

    name: str
    title: str
    intro: str
    blocks: Mapping[str, str]
    questions: tuple[Question, ...]
    limit: int | None = None
    follow_ups: bool = True
    ends: str = ""
    closing: str = ""
    advice: tuple[Advice, ...] = ()
    rule: str = ""
    by_item: bool = False

    def question(self, identity: str) -> Question:
        """Return a question by its id; raises KeyError."""
        for question in self.questions:
            if question.id == identity:
                return question
        raise KeyError(identity)

    def creates(self, question: Question) -> bool:
        """Say whether a question begins a new element: the first of its block that writes `[+]` into that list."""
        built = question.builds
        if built is None or question.for_each is not None:
            return False
        first = next(one for one in self.questions if one.block == question.block and one.builds == built)
        return first.id == question.id

    @property
    def main_questions(self) -> tuple[str, ...]:
        """Return the ids as people count them: `first.bridge.step` belongs to `first.bridge`."""
        return tuple(dict.fromkeys(".".join(question.id.split(".")[:2]) for question in self.questions))


@dataclass(frozen=True)
class Item:
    """What a question is asked about, where it is asked for each: an element, an open end, a watch in red.

    lines: context shown above the question · money: what is at stake, money of the plan · path: where it stands
    name: what people call it · values: further words for texts and templates (`{from}`, `$item.from`)
    """

    id: str
    lines: tuple[str, ...] = ()
    money: float | None = None
    path: Path = ()
    name: str = ""
    values: Mapping[str, Value] = field(default_factory=dict)
