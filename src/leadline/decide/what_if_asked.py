"""What a person writes as a cut (`-20 %`, `-80 kEUR`) becomes a request, in the terminal and in the browser alike."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from leadline.align.case import Case
from leadline.decide.what_if import Request
from leadline.errors import UsageError
from leadline.units import Quantity, UnitError

UNIT = re.compile(r"%|[kM]?[A-Z]{3}")  # of a change: a share, or money (plan.md, Conventions)
Named = Callable[[str], str]
"""What the place is called where a change was written: of a tactic's id, and of "" for the whole budget."""


def asked(case: Case, budget: str | None, *, tactics: Mapping[str, str], named: Named) -> Request:
    """Return the request that changes ask for. Raises UsageError for what is neither a share nor money of the plan."""
    planned = sum(case.budgets.values())
    money = 0.0 if budget is None else cut(case, named(""), text=budget, of=planned) * planned
    shares = {name: cut(case, named(name), text=text, of=case.budgets.get(name, 0.0)) for name, text in tactics.items()}
    return Request(money=money, tactics=shares)


def cut(case: Case, place: str, *, text: str, of: float) -> float:
    """Return a change as the share that is taken away: 0.2 for -20 %. of: money it is a part of."""
    try:
        change = Quantity.parse(text.replace("−", "-"))
        if change.unit == "%":
            return -change.value / 100
        if change.unit is None:
            raise UsageError(f'{place} "{text}" has no unit. Write {text} % or {text} k{case.currency or "EUR"}.')
        amount = case.amounts.money(change)
    except UnitError as error:
        raise UsageError(f"{place}: {error}") from None
    if amount is None and UNIT.fullmatch(change.unit):
        raise UsageError(
            f'{place} "{text}" is no money of the plan, which is in {case.currency or "no currency"}: '
            "plan.rates has no rate for it. Add one, or write the change in the plan's currency."
        )
    if amount is None:
        raise UsageError(
            f'{place} "{text}" is neither a share nor money of the plan. Write -20 % or -80 k{case.currency}.'
        )
    return -amount / of if of > 0 else 0.0
