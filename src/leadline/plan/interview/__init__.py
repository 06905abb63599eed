"""The interview: questions as data, one small engine that the terminal, the browser and a notebook share.

    session = Session.begin(read_flow("first"), document, today=today)
    prompt = session.next()                 what to ask now: question, why, example, prompt
    session = session.reply("growing").session

A session is a value: the plan is its state, each answer a text splice. `Desk` keeps it in a workspace. Findings come
through a callable that the caller hands in; nothing here knows the checks.
"""

from leadline.plan.interview.asks import Ask, State
from leadline.plan.interview.keeping import Desk
from leadline.plan.interview.loading import available, read_flow
from leadline.plan.interview.record import Flow, Item, Question
from leadline.plan.interview.session import Judge, Judged, Outcome, Overtaken, Prompt, Remark, Session

__all__ = [
    "Ask", "Desk", "Flow", "Item", "Judge", "Judged", "Outcome", "Overtaken", "Prompt", "Question", "Remark", "Session",
    "State", "available", "read_flow",
]  # fmt: skip
