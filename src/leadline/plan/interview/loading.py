"""Reads the flows: `questions/<flow>.yaml` -> `Flow`. A record that cannot be right is a ValueError with its id."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources
from typing import Any

from leadline.errors import UsageError
from leadline.plan.elements import KINDS
from leadline.plan.interview.addresses import Address
from leadline.plan.interview.conditions import Condition
from leadline.plan.interview.forms import FORMS
from leadline.plan.interview.record import Advice, Answer, Field, Flow, Form, Question, Write
from leadline.plan.interview.sources import SOURCES
from leadline.plan.reading import feed
from leadline.plan.spelling import Value
from leadline.plan.yaml_nodes import compose

__all__ = ["FLOWS", "read_flow", "read_form"]

FLOWS = ("triage", "first", "quick", "align", "six", "sales", "walk", "audit", "ladder", "review-month",
         "review-quarter", "review-after", "review-year", "start")  # fmt: skip
_KINDS = frozenset(KINDS.values())
_ANSWERS = ("text", "choice", "yes_no", "quantity", "estimate", "date", "range", "list", "ref", "group", "shown")
_BRACES = re.compile(r"(.*)\.\{([a-z_, ]+)\}")


def available() -> tuple[str, ...]:
    """Return the names of the flows that this version holds, in the order of the manual."""
    folder = resources.files("leadline.plan.interview") / "questions"
    return tuple(name for name in FLOWS if (folder / f"{name}.yaml").is_file())


@cache
def read_flow(name: str) -> Flow:
    """Return a flow by its name; raises UsageError for an unknown one, ValueError for a record that cannot be right."""
    if name not in available():
        raise UsageError.unknown("flow", name, known=available())
    raw = _raw(name)
    blocks = {str(key): str(title) for key, title in raw["blocks"].items()}
    questions = tuple(_question(record, blocks) for record in _records(raw["questions"]))
    return Flow(
        name=name, title=raw["title"], intro=raw.get("intro", ""), blocks=blocks, questions=questions,
        limit=raw.get("limit"), follow_ups=raw.get("follow_ups", True), ends=raw.get("ends", ""),
        closing=raw.get("closing", ""), rule=raw.get("rule", ""), by_item=raw.get("by_item", False), advice=tuple(_advice(one) for one in raw.get("advice", ())),
    )  # fmt: skip


def _raw(name: str) -> dict[str, Any]:
    """Return the content of a flow's file, read like a plan: `yes` and `no` stay words."""
    text = (resources.files("leadline.plan.interview") / "questions" / f"{name}.yaml").read_text(encoding="utf-8")
    raw = feed(compose(text, f"{name}.yaml"))
    if not isinstance(raw, dict):
        raise TypeError(f"{name}.yaml is no flow.")
    return raw


def read_form(text: str) -> tuple[Form, bool]:
    """Return a form as data write it, and whether it may be left out.

    >>> read_form("quantity:money?"), read_form("evidence+")
    ((Form(kind='quantity', of='money', may_be_new=False), True), (Form(kind='ref', of='evidence', may_be_new=True), False))
    """
    optional, text = text.endswith("?"), text.removesuffix("?")
    is_new, text = text.endswith("+"), text.removesuffix("+")
    kind, _, of = text.partition(":")
    if kind.split("/")[0] in _KINDS:
        kind, of = "ref", kind
    if kind not in FORMS:
        raise ValueError(f'"{text}" is no form of an answer. Known: {", ".join(sorted(FORMS))}, and kinds of elements.')
    return Form(kind, of, is_new), optional


def _records(raw: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield records; `use: first.frame` takes a record of another flow, with the keys beside it on top."""
    for record in raw:
        if "use" not in record:
            yield record
            continue
        listed = _raw(record["use"].split(".", maxsplit=1)[0])["questions"]
        found = next(one for one in listed if one.get("id") == record["use"])
        own = {key: value for key, value in record.items() if key not in ("use", "answer", "also")}
        yield {
            **found,
            **own,
            "answer": {**found["answer"], **record.get("answer", {})},
            "writes": [found.get("writes", []), record.get("also", [])],
        }


def _question(record: Mapping[str, Any], blocks: Mapping[str, str]) -> Question:
    known = {"id", "block", "text", "why", "example", "answer", "writes", "clears", "when", "repeat", "for_each", "at_most", "into", "criticality", "another"}  # fmt: skip
    unknown = set(record) - known
    if unknown or record["block"] not in blocks:
        raise ValueError(f"{record['id']}: unknown {sorted(unknown) or record['block']}.")
    if record.get("for_each") not in (None, "items", *SOURCES):
        raise ValueError(f"{record['id']}: for_each {record['for_each']} is no list and no source.")
    answer = _answer(record["answer"])
    return Question(
        id=record["id"], block=record["block"], text=record["text"], why=record["why"], example=str(record["example"]),
        answer=answer, writes=tuple(_writes(record.get("writes", []), answer)), clears=tuple(record.get("clears", ())),
        when=Condition.parse(record["when"]) if record.get("when") else None, repeat=record.get("repeat", False),
        for_each=record.get("for_each"), at_most=record.get("at_most", 0),
        into=tuple(record["into"].split(".")) if record.get("into") else (), criticality=record.get("criticality", "medium"),
        another=record.get("another", Question.another),
    )  # fmt: skip


def _answer(raw: Mapping[str, Any]) -> Answer:
    kind = raw["kind"]
    if kind not in _ANSWERS:
        raise ValueError(f'"{kind}" is no kind of answer. Known: {", ".join(_ANSWERS)}.')
    labels = raw.get("labels", {})
    if kind == "group":
        listed = [(name, *read_form(form)) for name, form in raw["fields"].items()]
    elif kind == "shown":
        listed = []
    else:
        of = raw.get("of", "")
        listed = [("", *read_form(of if kind == "ref" else f"{kind}:{of}" if of else raw.get("form", kind)))]
    fields = tuple(
        Field(name, form, optional, str(labels.get(name, name.replace("_", " ")))) for name, form, optional in listed
    )
    choices = raw.get("choices", {})
    if fields and fields[0].name == "" and choices:
        choices = {"": choices}
    return Answer(
        kind=kind,
        fields=fields,
        choices={
            name: {value: tuple(map(str, words)) for value, words in one.items()} for name, one in choices.items()
        },
        new=raw.get("new", {}),
        inherit=raw.get("inherit", {}),
        needs={value: tuple(parts) for value, parts in raw.get("needs", {}).items()},
        tells=raw.get("tells", {}),
    )


def _writes(raw: Any, answer: Answer) -> Iterator[Write]:  # noqa: ANN401 - as YAML gives it: a text, a mapping or a list
    if isinstance(raw, list):
        for one in raw:
            yield from _writes(one, answer)
    elif isinstance(raw, dict):
        for text, template in raw.items():
            address, _, said = text.partition(" if $")
            part, _, words = said.partition(" is ")
            yield Write(Address.parse(address), template, part, tuple(words.split("/")) if words else ())
    else:
        braces = _BRACES.fullmatch(raw)
        if braces:
            for name in braces[2].split(","):
                yield Write(Address.parse(f"{braces[1]}.{name.strip()}"), f"${name.strip()}")
            return
        whole: Value = "$" if answer.kind != "group" else {one.name: f"${one.name}" for one in answer.fields}
        yield Write(Address.parse(raw), whole)


def _advice(raw: Mapping[str, Any]) -> Advice:
    low, _, high = str(raw["yes"]).partition("..")
    return Advice(int(low), int(high or low), raw["say"])
