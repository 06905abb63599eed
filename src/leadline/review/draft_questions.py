"""What files leave open: at most five questions, in a fixed order, each only where its answer changes the picture."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from leadline.plan.model import Plan
from leadline.review.drafting import Picture
from leadline.review.intake import FileRead

MOST = 5  # design, interview section 12: at most five


@dataclass(frozen=True)
class Question:
    """One open question. proposal: what the data suggest, "" where they suggest nothing · choices: to choose among.

    files: those it is about
    """

    id: str
    text: str
    why: str
    proposal: str = ""
    choices: tuple[str, ...] = ()
    files: tuple[str, ...] = ()


def questions(plan: Plan | None, picture: Picture, *, files: Sequence[FileRead]) -> tuple[Question, ...]:
    """Return what is open. plan: None where none was made, so that only the files' own questions are asked."""
    found = [_currency(picture, files)]
    if plan is not None:
        found = [_whose(plan, picture), *found, _sale(plan, picture), _worth(plan, picture), _number(plan)]
    return tuple(one for one in found if one is not None)[:MOST]


def _whose(plan: Plan, picture: Picture) -> Question | None:
    if plan.plan.organisation is not None and plan.plan.window is not None:
        return None
    year = "" if picture.at is None else _year(picture.at.day)
    proposal = ", ".join(part for part in (picture.account, year) if part)
    return Question(
        "start.organisation",
        "Whose situation is this, and for which period is the plan?",
        "Only money spent inside the period counts as this plan's.",
        proposal=proposal,
    )


def _year(day: dt.date) -> str:
    return f"{day.year}-01-01..{day.year}-12-31"


def _currency(picture: Picture, files: Sequence[FileRead]) -> Question | None:
    waiting = tuple(file.given for file in files if file.status == "waiting")
    unnamed = tuple(file.given for file in files if any(one.unnamed for one in file.lists))
    if not waiting and not unnamed:
        return None
    named = ", ".join((*waiting, *unnamed))
    amounts = sum(len(one.unnamed) for file in files for one in file.lists)
    apart = "1 amount names" if amounts == 1 else f"{amounts} amounts name"
    apart += f" none; it is never guessed, so {'it stands' if amounts == 1 else 'they stand'} apart."
    why = f"{', '.join(waiting)} waits for it: money without a currency is never guessed." if waiting else apart
    return Question(
        "start.currency",
        f"In which currency are the amounts of {named} that name none?",
        why,
        proposal=picture.currency,
        files=(*waiting, *unnamed),
    )


def _sale(plan: Plan, picture: Picture) -> Question | None:
    doubtful = picture.found.doubtful_sales
    if not doubtful or any(metric.value_event for metric in plan.metrics):
        return None
    return Question(
        "start.sale",
        "Which of these stages is the sale?",
        "How far the money got is told up to there.",
        proposal=picture.found.sale or "",
        choices=doubtful,
    )


def _worth(plan: Plan, picture: Picture) -> Question | None:
    events = [metric for metric in plan.metrics if metric.value_event]
    if (not events and not picture.sales) or any(metric.worth is not None for metric in events):
        return None
    return Question(
        "start.worth",
        'What is one sale worth to you, after the cost of delivering it? A range is fine, "don\'t know" too.',
        "Without it, what the money brought can be counted, not weighed.",
    )


def _number(plan: Plan) -> Question | None:
    if plan.objectives:
        return None
    choices = tuple(metric.id for metric in plan.metrics)
    return Question(
        "start.number",
        "Which number must change?",
        "It is what everything else will be judged by; nobody but you can say it.",
        choices=choices,
    )
