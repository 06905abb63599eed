"""One question as a form: its fields with what they take, what stands in the plan, and what was wrong about them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from leadline.plan.elements import KINDS, located
from leadline.plan.interview.answers import example_parts
from leadline.plan.interview.asks import present

if TYPE_CHECKING:
    from leadline.plan.interview import Ask, Outcome, Prompt, Session
    from leadline.plan.interview.record import Field
    from leadline.plan.source import Document

FEW = 6  # own: up to so many choices are seen at once, more are picked from a list
PART = "part."  # before the name of a group's part, in a form
PEOPLE = ("person", "team")
METHODS = ("measured", "benchmark", "expert", "guess")


@dataclass(frozen=True)
class Input:
    """One field of a form.

    kind: `text`, `choice` or `select` · choices: value sent → words · known: names of the plan
    now: what the plan holds already · takes_over: what is left out comes from the plan · is_wrong: the refusal is about it
    """

    name: str
    label: str = ""
    kind: str = "text"
    choices: Mapping[str, str] = field(default_factory=dict)
    known: Sequence[str] = ()
    now: str = ""
    example: str = ""
    optional: bool = False
    takes_over: bool = False
    typed: str = ""
    is_wrong: bool = False


@dataclass(frozen=True)
class Asked:
    """What a page asks now.

    form: `group`, `line`, `choice`, `yes_no`, `shown`, or a follow-up: `keep`, `method`, `guess`, `reason`
    wrong: what was refused, sentence by sentence · line: what was typed as one line · waivable: whether n/a can be said
    """

    prompt: Prompt
    form: str
    inputs: tuple[Input, ...]
    wrong: tuple[str, ...] = ()
    line: str = ""
    waivable: bool = False

    @property
    def at_field(self) -> str:
        """Return the name of the one part that the refusal is about, "" where it is about none or about several."""
        wrong = [one.name for one in self.inputs if one.is_wrong]
        return wrong[0] if self.form == "group" and len(wrong) == 1 else ""

    @property
    def refusal(self) -> tuple[str, ...]:
        """Return what was refused, without the name of the part where it stands beside it, and its form by examples."""
        if not self.at_field:
            return self.wrong
        label = next(one.label for one in self.inputs if one.is_wrong)
        return tuple(text.removeprefix(f"{label}: ") for text in self.wrong if not text.startswith("Example: "))

    @property
    def first(self) -> str:
        """Return the name of the field to write in first: the one that was refused, else the first."""
        wrong = [one.name for one in self.inputs if one.is_wrong]
        return next(iter((*wrong, *(one.name for one in self.inputs))), "")

    @property
    def anchor(self) -> str:
        """Return the key as it can stand in an id."""
        return "".join(sign if sign.isalnum() else "-" for sign in self.prompt.key)


def asked_now(session: Session, *, typed: str | Mapping[str, str] = "", refused: Outcome | None = None) -> Asked | None:
    """Return what is asked now as a form, None when nothing is. typed, refused: a reply that was not taken, and why not."""
    prompt = session.next()
    if prompt is None:
        return None
    wrong = refused.says if refused is not None and refused.kind == "refused" else ()
    field_at_fault = refused.field if refused is not None else ""
    line = typed if isinstance(typed, str) else ""
    if session.pending:
        kind = session.pending[0].kind
        options = {method: method for method in METHODS} if kind == "method" else {}
        return Asked(prompt, kind, (Input("line", kind="choice" if options else "text", choices=options),), wrong, line)
    ask = session.ask()
    if ask is None:
        return None
    parts = typed if isinstance(typed, Mapping) else {}
    inputs = _inputs(ask, session, parts=parts, at_fault=field_at_fault, is_refused=bool(wrong))
    return Asked(prompt, _form(ask), inputs, wrong, line, session.may_be_waived())


def _form(ask: Ask) -> str:
    kind = "yes_no" if ask.another else ask.question.answer.kind
    return kind if kind in ("group", "choice", "yes_no", "shown") else "line"


def _inputs(
    ask: Ask, session: Session, *, parts: Mapping[str, str], at_fault: str, is_refused: bool
) -> tuple[Input, ...]:
    if ask.another:
        return ()
    now = present(ask, session.document)
    examples = example_parts(ask, document=session.document, today=session.today)
    found = []
    for one in ask.question.answer.fields:
        standing = "" if one.name not in now else _plain(now[one.name])
        is_wrong = is_refused and _is_at_fault(one, at_fault, parts=parts, now=now, ask=ask)
        shown = _input(ask, one, session.document)
        found.append(
            replace(
                shown,
                now=standing,
                example=examples.get(one.name, ""),
                typed=parts.get(one.name, ""),
                is_wrong=is_wrong,
            )
        )
    return tuple(found)


def _input(ask: Ask, one: Field, document: Document) -> Input:
    words = ask.question.answer.choices.get(one.name, {})
    choices = {value: said[0] if said else value.replace("_", " ") for value, said in words.items()}
    if one.form.kind == "yes_no" and one.name:
        choices = {"yes": "yes", "no": "no"}
    kind = "text" if not choices else "choice" if len(choices) <= FEW and not one.name else "select"
    takes_over = one.name in ask.question.answer.inherit
    return Input(
        one.name, one.label, kind, choices, _known(one, document), optional=one.optional, takes_over=takes_over
    )


def _is_at_fault(one: Field, label: str, *, parts: Mapping[str, str], now: Mapping[str, object], ask: Ask) -> bool:
    """Say whether a refusal is about a part: it names it, or names none and the part had to be said."""
    if label:
        return label in (one.label, one.name)
    if not parts or not one.name:
        return not one.name
    may_be_left_out = one.optional or one.name in now or one.name in ask.question.answer.inherit
    return not may_be_left_out and not parts.get(one.name, "").strip()


def _known(one: Field, document: Document) -> tuple[str, ...]:
    """Return the names of what a part may refer to."""
    form = one.form
    of = form.of if form.kind in ("ref", "list") else ""
    kinds = PEOPLE if "who" in (form.kind, of) else tuple(kind for kind in of.split("/") if kind in KINDS.values())
    return tuple(item.element.name or item.element.id for item in located(document.plan, kinds=kinds))


def _plain(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
