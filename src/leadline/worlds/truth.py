"""The truth of a world as one document: what was spent, what it brought, what would have happened without it."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from leadline.inputs import Floats
from leadline.worlds.cases import Case
from leadline.worlds.company import Company
from leadline.worlds.figures import PAYING, recurring
from leadline.worlds.journeys import arrays, chance, removal_effects
from leadline.worlds.objectives import objectives_of
from leadline.worlds.people import Register
from leadline.worlds.pressure import curve
from leadline.worlds.spending import calendar_days
from leadline.worlds.visits import Visit, user_id
from leadline.worlds.world import CONVERSION, StepTruth
from leadline.worlds.writers.campaigns import campaign_money
from leadline.worlds.writers.written import Written

VERSION = 1  # of this document; raised when a key changes its meaning
STATES = ("lead", "sqo", "contract", "check", "upgrade")


def truth_of(
    company: Company, register: Register, *, visits: Sequence[Visit], files: Sequence[Written]
) -> dict[str, Any]:
    """Return the whole truth, ready for JSON. Counts stand for as-of (what files can tell) and for the world's end."""
    world = company.world
    return {
        "version": VERSION,
        "world": world.world.id,
        "seed": company.seed,
        "plan_hash": company.document.hash,
        "start": world.world.start.isoformat(),
        "as_of": world.world.as_of.isoformat(),
        "end": world.world.end.isoformat(),
        "totals": {name: totals(company, until) for name, until in _moments(company).items()},
        "tactics": {name: _tactic(company, name) for name in world.tactics},
        "removal_order": list(world.tactics),
        "incremental_in_order": {name: in_order(company, until) for name, until in _moments(company).items()},
        "unclaimed": {
            campaign.name: int(cents[: _days_until(company)].sum()) / 100
            for campaign, cents in campaign_money(company, "google-ads")
            if campaign.tactic is None
        },
        "bridge": [_step(company, step) for step in world.bridge],
        "chain": {
            "transitions": world.chain.transitions,
            "conversion": chance(arrays(world.chain, CONVERSION))[0],
            "removal_effects": removal_effects(world.chain),
        },
        "awareness": _monthly(company, company.awareness),
        "recurring": {day.isoformat(): recurring(company, day) for day in _quarter_ends(company)},
        "objectives": objectives_of(company),
        "visits": _visits(company, visits),
        "people": _people(register, visits),
        "cases": [_case(case, company.as_of) for case in company.cases],
        "files": {file.name: dict(file.counts) for file in files},
    }


def totals(company: Company, until: dt.datetime, *, without: str | None = None) -> dict[str, float]:
    """Return entries per state and yearly money won up to a moment, as it was or without one tactic."""
    counts = {state: float(company.count(state, until, without=without)) for state in STATES}
    return counts | {"money": sum(company.revenue(state, until, without=without) for state in PAYING)}


def in_order(company: Company, until: dt.datetime) -> dict[str, dict[str, float]]:
    """Return what each tactic adds when tactics are taken away one after another; with `anyway` it adds up to the total."""
    order, gone, rest = list(company.world.tactics), set[str](), dict[str, dict[str, float]]()
    for name in order:
        rest[name] = _count(
            [case for case in company.cases if name in case.causes and not gone & set(case.causes)], until
        )
        gone.add(name)
    return rest | {"anyway": _count([case for case in company.cases if not case.causes], until)}


def _count(cases: Sequence[Case], until: dt.datetime) -> dict[str, float]:
    reached = [(case, set(case.seen_by(until))) for case in cases]
    counts = {state: float(sum(state in states for _, states in reached)) for state in STATES}
    return counts | {"money": sum((case.amount for case, states in reached if states & set(PAYING)), 0.0)}


def _tactic(company: Company, name: str) -> dict[str, Any]:
    truth, money = company.world.tactics[name], company.money[name]
    known = _days_until(company)
    without = {key: totals(company, until, without=name) for key, until in _moments(company).items()}
    whole = {key: totals(company, until) for key, until in _moments(company).items()}
    return {
        "spent": {"as_of": int(money.spent[:known].sum()) / 100, "end": int(money.spent.sum()) / 100},
        "planned": float(money.planned.sum()),
        "spent_by_month": _monthly(company, money.spent / 100, total=True),
        "adstock": {"half_life": truth.half_life},
        "saturation": {"half": truth.half, "slope": truth.slope},
        "effect": truth.effect.model_dump() if truth.effect else None,
        "curve": curve(truth, money),
        "expected": {"as_of": _moved(company, name, known), "end": _moved(company, name, company.world.days)},
        "counterfactual": without,
        "incremental": {key: {part: whole[key][part] - without[key][part] for part in whole[key]} for key in whole},
    }


def _moved(company: Company, name: str, days: int) -> float:
    """Return expected units up to a day; for a level, how far it had moved then."""
    effect, expected = company.world.tactics[name].effect, company.responses[name].expected[:days]
    if effect is None:
        return 0.0
    return float(expected[-1] if effect.metric == "awareness" else expected.sum())


def _step(company: Company, step: StepTruth) -> dict[str, Any]:
    """Return the step's parameters beside what came out of them by as-of."""
    rows = [(case, case.seen_by(company.as_of)) for case in company.cases]
    entered = [(case, seen) for case, seen in rows if step.from_ in seen]
    lags = [(seen[step.to] - seen[step.from_]).total_seconds() / 86_400 for _, seen in entered if step.to in seen]
    groups: dict[str, list[int]] = {}
    for case, seen in entered:
        counts = groups.setdefault(case.brought_by or "anyway", [0, 0])
        counts[0] += 1
        counts[1] += step.to in seen
    return {
        **step.model_dump(by_alias=True), "entered": len(entered), "moved": len(lags),
        "median_lag_days_seen": float(np.median(lags)) if lags else None,
        "median_lag_days": _gamma_median(step), "by_tactic": {name: {"entered": one, "moved": two} for name, (one, two) in sorted(groups.items())},
    }  # fmt: skip


def _gamma_median(step: StepTruth) -> float:
    from scipy.stats import gamma  # heavy, and only the truth needs it

    return float(gamma.median(step.lag.shape, scale=step.lag.mean / step.lag.shape))


def _visits(company: Company, visits: Sequence[Visit]) -> dict[str, Any]:
    """Return the visits up to as-of by true channel, and how many of them hide it from web analytics."""
    known = [visit for visit in visits if visit.at <= company.as_of]
    hidden = sum(visit.door.campaign is None and company.world.doors[visit.channel].campaign is not None
                 for visit in known if visit.channel in company.world.doors)  # fmt: skip
    return {"by_channel": dict(sorted(Counter(visit.channel for visit in known).items())), "untagged": hidden}


def _people(register: Register, visits: Sequence[Visit]) -> list[dict[str, Any]]:
    """Return the true clusters: who stands behind which record, address and web user."""
    forms: dict[str, str] = {visit.user: visit.cookie for visit in visits if visit.user}
    return [
        {"record": person.record, "case": person.case, "email": person.email, "account": person.account,
         "colleague": person.colleague, "cookie": forms.get(user_id(person.record))}
        for person in register.everybody
    ]  # fmt: skip


def _case(case: Case, as_of: dt.datetime) -> dict[str, Any]:
    return {
        "key": case.key, "causes": list(case.causes), "account": case.account, "amount": case.amount,
        "entered": {state: moment.isoformat(" ") for state, moment in case.entered.items()},
        "lost": case.lost.isoformat(" ") if case.lost else None, "known": sorted(case.seen_by(as_of)),
    }  # fmt: skip


def _moments(company: Company) -> Mapping[str, dt.datetime]:
    return {"as_of": company.as_of, "end": company.end}


def _days_until(company: Company) -> int:
    return (company.world.world.as_of - company.world.world.start).days + 1


def _monthly(company: Company, values: Floats, *, total: bool = False) -> dict[str, float]:
    """Return a daily series by month: its last value, or its sum."""
    by_month: dict[str, float] = {}
    for day, value in zip(calendar_days(company.world), values, strict=True):
        month = f"{day:%Y-%m}"
        by_month[month] = by_month.get(month, 0.0) + float(value) if total else float(value)
    return {month: round(value, 6) for month, value in by_month.items()}


def _quarter_ends(company: Company) -> list[dt.date]:
    days = calendar_days(company.world)
    return [day for day in days if day.month % 3 == 0 and (day + dt.timedelta(days=1)).day == 1]
