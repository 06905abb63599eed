"""What is shown for a question: its texts, its choices, what the plan holds already, in the order it is read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from leadline.plan.interview.asks import Ask, present
from leadline.plan.interview.follow_ups import FollowUp
from leadline.plan.interview.record import Flow
from leadline.plan.source import Document

__all__ = ["Prompt", "prompt_after", "prompt_of"]

_SHORT = {"keep": "keep, or low..high", "method": "how you know, and the source", "guess": "low..likely..high", "reason": "one sentence"}  # fmt: skip
_PROMPTS = {"yes_no": "yes or no", "choice": "one of these", "date": "day", "list": "one or more, with commas", "shown": "Enter"}  # fmt: skip


@dataclass(frozen=True)
class Prompt:
    """What is to be asked now, in the order it is read: context, question, why, choices, example, prompt.

    key: of the ask · number, total: which of the flow's questions this is (0 for a follow-up)
    present: what the plan holds already, part by part · follow_up: about an answer just given
    """

    key: str
    text: str
    why: str = ""
    example: str = ""
    prompt: str = ""
    block: str = ""
    number: int = 0
    total: int = 0
    lines: tuple[str, ...] = ()
    money: float | None = None
    choices: Mapping[str, Sequence[str]] = field(default_factory=dict)
    present: Mapping[str, object] = field(default_factory=dict)
    kind: str = "group"
    follow_up: bool = False


def prompt_of(ask: Ask, flow: Flow, *, document: Document) -> Prompt:
    """Return an ask as it is shown."""
    question, mains = ask.question, flow.main_questions
    if ask.another:
        return Prompt(ask.key, ask.text, prompt="yes or no", block=flow.blocks[question.block], kind="yes_no")
    lines = ask.item.lines if ask.item else ()
    if ask.item and ask.item.name and not ask.item.lines and "{name}" not in question.text:
        lines = (f"about: {ask.item.name}",)
    wanted = {one.name for one in question.answer.fields if not one.optional}
    choices = {
        name: [words[0] if words else value for value, words in one.items()]
        for name, one in question.answer.choices.items()
        if name in wanted
    }
    labels = [f"({one.label})" if one.optional else one.label for one in question.answer.fields if one.name]
    return Prompt(
        key=ask.key, text=ask.text, why=question.why, example=question.example,
        prompt=", ".join(labels) or _PROMPTS.get(question.answer.kind, "answer"), block=flow.blocks[question.block],
        number=0 if flow.name.startswith("review-") else mains.index(".".join(question.id.split(".")[:2])) + 1, total=len(mains), lines=lines,
        money=ask.item.money if ask.item else None, choices=choices, present=present(ask, document),
        kind=question.answer.kind,
    )  # fmt: skip


def prompt_after(one: FollowUp) -> Prompt:
    """Return a further question about an answer as it is shown."""
    return Prompt(f"{one.ask.key}/{one.kind}", one.text, example=one.example, prompt=_SHORT[one.kind], follow_up=True)
