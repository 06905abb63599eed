"""DAT006: are the bets still those that were approved, or were they moved to where the results are."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from leadline.align.case import Case
from leadline.align.finding import Figure, Found, Skip
from leadline.align.routes import walking
from leadline.align.rule import rule
from leadline.align.vocabulary import verbatim
from leadline.plan.stamp import canonical, fingerprint

Numbers = tuple[str, ...]
"""An estimate in canonical form: low, base, high, each as a number in base units with its dimension."""


@dataclass(frozen=True)
class _Stamped:
    """A tactic or a shared step as it was approved: bet id -> numbers then and now, and the started tactics behind it."""

    then: Mapping[str, Numbers]
    now: Mapping[str, Numbers]
    tactics: tuple[str, ...]


@rule(
    "DAT006",
    "bet-rewritten",
    level="warning",
    scope="links",
    reads=(
        "tactics.list.delivers", "tactics.list.expects", "tactics.list.bridge", "tactics.bridge", "tactics.list.dates",
        "control.decisions",
    ),
)  # fmt: skip
def bet_rewritten(case: Case) -> Iterator[Found | Skip]:
    """An estimate of a tactic that runs already is another one than was approved, and no decision says so.

    Compared are the numbers that the last approval stamped with those of today: what a started tactic delivers and
    expects, its own steps, and the shared steps it walks. A decision counts from the day of the approval on if it names
    the tactic or the bet, and from the day after if it says nothing of what it is about.

    Why: who moves the target to where the arrow fell learns nothing; the verdict compares with what was promised.
    Source: point B (nothing to judge without a promise beforehand); checks.md, DAT006.
    Fix: write the old number back, or decide on the new one and say why.
    """
    if not case.approved or case.approved_on is None:
        yield Skip("no approval has stamped the plan")
        return
    started = {
        name: dates.start
        for name, tactic in case.growth.items()
        if (dates := case.graph.dates_of(tactic)) is not None and dates.start <= case.as_of
    }
    for stamped in _stamped(case, frozenset(started)):
        if isinstance(stamped, Skip):
            yield stamped
            continue
        first = min(stamped.tactics, key=started.__getitem__)
        for bet_id, old in stamped.then.items():
            new = stamped.now.get(bet_id)
            if old == new or _is_decided(case, bet_id, stamped.tactics):
                continue
            bet = case.bets.get(bet_id)
            yield Found(
                path=bet.path if bet else case.path_of(first),
                text=f"{verbatim(bet_id)} was approved on {{approved_on}} as {{old}} and is {{new}} now; "
                "{tactic} runs since {start}, and nothing was decided",
                values={
                    "approved_on": case.approved_on,
                    "old": _figures(case, old),
                    "new": "gone" if new is None else _figures(case, new),
                    "tactic": first,
                    "start": started[first],
                },
                element=case.bet(bet_id),
                tactics=stamped.tactics,
            )


def _stamped(case: Case, started: frozenset[str]) -> Iterator[_Stamped | Skip]:
    """Yield what was approved of started tactics and of the shared steps they walk, where it has changed since."""
    parts = [(name, case.tactics[name], (name,)) for name in case.growth if name in started]
    steps = []
    for index, step in enumerate(case.plan.tactics.bridge):
        shared = case.graph.shared.get((step.from_, step.to))
        if shared is not None and shared.path == ("tactics", "bridge", index):
            users = tuple(name for name in walking(case, shared) if name in started)
            steps += [(f"{step.from_}>{step.to}", step, users)] if users else []
    for name, part, users in (*parts, *steps):
        mark = case.approved.get(name)
        if mark is None or mark == fingerprint(part):
            continue
        known = case.known_contents.get(mark)
        if known is None:
            yield Skip("what was approved of it is not in the ledger", name)
            continue
        owner = name if ">" not in name else None
        yield _Stamped(_numbers(json.loads(known), owner), _numbers(json.loads(canonical(part)), owner), users)


def _numbers(content: Mapping[str, Any], tactic: str | None) -> dict[str, Numbers]:
    """Return the estimates in the canonical content of a tactic, or of a shared step (None), by bet id."""
    found: dict[str, Numbers] = {}
    for bet in (*content.get("delivers", ()), *content.get("expects", ())):
        name = f"{tactic}>{bet.get('metric')}"
        _add(found, name, bet.get("count") or bet.get("change"))
        _add(found, f"{name}:lag", bet.get("lag"))
    for step in content.get("bridge", ()) if tactic else (content,):
        name = f"{tactic}/{step.get('from')}>{step.get('to')}" if tactic else f"{step.get('from')}>{step.get('to')}"
        _add(found, f"{name}:rate", step.get("rate"))
        _add(found, f"{name}:lag", step.get("lag"))
    return found


def _add(found: dict[str, Numbers], name: str, estimate: Mapping[str, str] | None) -> None:
    if estimate:
        found[name] = tuple(estimate[key] for key in ("low", "base", "high") if key in estimate)


def _is_decided(case: Case, bet: str, tactics: tuple[str, ...]) -> bool:
    named = {bet, bet.removesuffix(":rate").removesuffix(":lag"), *tactics}
    approved = case.approved_on or dt.date.min
    return any(
        decision.date is not None
        and decision.date <= case.as_of
        and (decision.date >= approved if named & set(decision.about) else decision.date > approved)
        and (not decision.about or bool(named & set(decision.about)))
        for decision in case.plan.control.decisions
    )


def _figures(case: Case, numbers: Numbers) -> tuple[Figure, ...]:
    """Return canonical numbers as figures: `0.14 share` is a share, `20 time` are days."""
    units = {"share": "share", "points": "share points", "time": "days", "": "count"}
    found = []
    for number in numbers:
        value, _, dimension = number.partition(" ")
        kind = dimension.removeprefix("money:").removeprefix("named:")
        found.append(Figure(float(value), units.get(kind, kind or case.currency)))
    return tuple(found)
