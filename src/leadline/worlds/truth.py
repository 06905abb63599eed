"""The truth of a world as one document: what was spent, what it brought, what would have happened without it."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from leadline.inputs import Floats
from leadline.worlds.cases import OWN_PLANTS, Case
from leadline.worlds.company import Company
from leadline.worlds.figures import recurring
from leadline.worlds.journeys import arrays, chance, removal_effects
from leadline.worlds.objectives import objectives_of
from leadline.worlds.outcomes import answered, sold, tested, voice
from leadline.worlds.parameters import CONVERSION, StepTruth
from leadline.worlds.people import Register
from leadline.worlds.pressure import curve, marginal
from leadline.worlds.spending import calendar_days
from leadline.worlds.verdict import verdict_of
from leadline.worlds.visits import Visit, user_id
from leadline.worlds.writers.campaigns import campaign_money
from leadline.worlds.writers.every import Material
from leadline.worlds.writers.written import Written

PLATFORMS = ("google-ads", "linkedin-ads", "meta-ads")
VERSION = 2  # of this document; raised when a key changes its meaning


def truth_of(material: Material, *, files: Sequence[Written]) -> dict[str, Any]:
    """Return the whole truth, ready for JSON. Counts stand for as-of (what files can tell) and for the world's end."""
    company, visits = material.company, material.visits
    world = company.world
    return {
        "version": VERSION,
        "world": world.world.id,
        "seed": company.seed,
        "plan_hash": company.document.hash,
        "drawn": dict(world.drawn),
        "scale": world.world.scale,
        "verdict": verdict_of(company, company.promise.plan),
        "start": world.world.start.isoformat(),
        "as_of": world.world.as_of.isoformat(),
        "end": world.world.end.isoformat(),
        "totals": {name: totals(company, until) for name, until in _moments(company).items()},
        "tactics": {name: _tactic(company, name) for name in world.tactics},
        "removal_order": list(world.tactics),
        "incremental_in_order": {name: in_order(company, until) for name, until in _moments(company).items()},
        "unclaimed": {
            campaign.name: int(cents[: _days_until(company)].sum()) / 100
            for platform in PLATFORMS
            for campaign, cents in campaign_money(company, platform)
            if campaign.tactic is None
        },
        "bridge": [_step(company, step) for step in world.bridge],
        "chain": {
            "transitions": world.chain.transitions,
            "conversion": chance(arrays(world.chain, CONVERSION))[0],
            "removal_effects": removal_effects(world.chain),
        },
        "awareness": _monthly(company, company.awareness),
        "recurring": _recurring(company),
        "objectives": objectives_of(company),
        "visits": _visits(company, visits),
        "orders": sold(company, material.orders),
        "responses": answered(company, material.messages),
        "voice": voice(company, material.posts),
        "trials": {trial.test: tested(company, trial) for trial in world.trials},
        "noise": world.noise.model_dump(by_alias=True),
        "people": _people(material.register, visits),
        "accounts": _accounts(material),
        "cases": [_case(case, company.as_of) for case in company.cases],
        "files": {file.name: dict(file.counts) for file in files},
    }


def totals(company: Company, until: dt.datetime, *, without: str | None = None) -> dict[str, float]:
    """Return entries per state and money won up to a moment, as it was or without one tactic."""
    return _count([case for case in company.cases if without is None or without not in case.causes], until, company)


def in_order(company: Company, until: dt.datetime) -> dict[str, dict[str, float]]:
    """Return what each tactic adds when tactics are taken away one after another; with `anyway` it adds up to the total."""
    order, gone, rest = list(company.world.tactics), set[str](), dict[str, dict[str, float]]()
    for name in order:
        rest[name] = _count(
            [case for case in company.cases if name in case.causes and not gone & set(case.causes)], until, company
        )
        gone.add(name)
    return rest | {"anyway": _count([case for case in company.cases if not case.causes], until, company)}


def _count(cases: Sequence[Case], until: dt.datetime, company: Company) -> dict[str, float]:
    counts, money = dict.fromkeys(company.world.states, 0.0), 0.0
    for case in cases:
        for state, moment in case.entered.items():
            if moment <= until:
                counts[state] += 1
                money += case.worth.get(state, 0.0)
    return counts | {"money": money}


def _tactic(company: Company, name: str) -> dict[str, Any]:
    truth, money = company.world.tactics[name], company.money[name]
    known = _days_until(company)
    effects = {one.metric: one for one in truth.effect}
    without = {key: totals(company, until, without=name) for key, until in _moments(company).items()}
    whole = {key: totals(company, until) for key, until in _moments(company).items()}
    return {
        "spent": {"as_of": int(money.spent[:known].sum()) / 100, "end": int(money.spent.sum()) / 100},
        "planned": float(money.planned.sum()),
        "spent_by_month": _monthly(company, money.spent / 100, total=True),
        "spent_by_day": [int(cents) / 100 for cents in money.spent],
        "driven_by": "money" if truth.spend == "plan" else "hours",
        "adstock": truth.adstock.model_dump(),
        "saturation": truth.saturation.model_dump(),
        "effect": [effect.model_dump() for effect in truth.effect],
        "curve": {metric: curve(truth, money, effect=effect) for metric, effect in effects.items()},
        "marginal": {metric: marginal(truth, money, effect=effect) for metric, effect in effects.items()},
        "expected": {"as_of": _moved(company, name, known), "end": _moved(company, name, company.world.days)},
        "incremental_by_week": _by_week(company, name),
        "counterfactual": without,
        "incremental": {key: {part: whole[key][part] - without[key][part] for part in whole[key]} for key in whole},
    }


def _moved(company: Company, name: str, days: int) -> dict[str, float]:
    """Return expected units up to a day by metric; for a level, how far it had moved then."""
    units, levels = company.responses[name].units, company.world.levels
    return {
        metric: float(daily[days - 1] if metric in levels else daily[:days].sum()) for metric, daily in units.items()
    }


def _by_week(company: Company, name: str) -> dict[str, dict[str, float]]:
    """Return cases that would not have come without a tactic, and the money they brought, by the Monday of their week."""
    weeks: dict[str, dict[str, float]] = {}
    for case in company.cases:
        if name in case.causes:
            monday = (case.at - dt.timedelta(days=case.at.weekday())).date().isoformat()
            week = weeks.setdefault(monday, {"cases": 0.0, "money": 0.0})
            week["cases"] += 1
            week["money"] += sum(case.worth.values())
    return dict(sorted(weeks.items()))


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
    from scipy.special import gammaincinv  # heavy, and only the truth needs it

    return float(gammaincinv(step.lag.shape, 0.5) * step.lag.mean / step.lag.shape)


def _visits(company: Company, visits: Sequence[Visit]) -> dict[str, Any]:
    """Return the visits up to as-of by true channel, and how many of them hide it from web analytics."""
    known = [visit for visit in visits if visit.at <= company.as_of]
    hidden = sum(visit.door.campaign is None and company.world.doors[visit.channel].campaign is not None
                 for visit in known if visit.channel in company.world.doors)  # fmt: skip
    return {
        "by_channel": dict(sorted(Counter(visit.channel for visit in known).items())),
        "untagged": hidden,
        "bots": sum(visit.is_bot for visit in known),
    }


def _people(register: Register, visits: Sequence[Visit]) -> list[dict[str, Any]]:
    """Return the true clusters: who stands behind which record, address and web user."""
    forms: dict[str, str] = {visit.user: visit.cookie for visit in visits if visit.user and visit.form_at}
    twins = {key: {"record": twin.record, "email": twin.email} for key, twin in register.twins.items()}
    return [
        {"record": person.record, "case": person.case, "email": person.email, "account": person.account,
         "colleague": person.colleague, "cookie": forms.get(user_id(person.record)),
         **({"twin": twins[person.case]} if person.case in twins and not person.colleague else {})}
        for person in register.everybody
    ]  # fmt: skip


def _accounts(material: Material) -> dict[str, str]:
    """Return the plants that cases are of, by number; {} where customers are private people."""
    plants, own = material.register.plants, material.company.world.market.accounts
    if not plants:
        return {}
    numbers = {case.account + (own if case.state in OWN_PLANTS else 0) for case in material.company.cases}
    return {str(number): plants[number].name for number in sorted(numbers)}


def _case(case: Case, as_of: dt.datetime) -> dict[str, Any]:
    return {
        "key": case.key, "causes": list(case.causes), "account": case.account, "amount": case.amount,
        "entered": {state: moment.isoformat(" ") for state, moment in case.entered.items()},
        "lost": case.lost.isoformat(" ") if case.lost else None, "worth": dict(case.worth), **({"geo": case.geo} if case.geo else {}), "known": sorted(case.seen_by(as_of)),
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


def _recurring(company: Company) -> dict[str, float]:
    if not company.world.recurring_at:
        return {}
    return {day.isoformat(): recurring(company, day) for day in _quarter_ends(company)}


def _quarter_ends(company: Company) -> list[dt.date]:
    days = calendar_days(company.world)
    return [day for day in days if day.month % 3 == 0 and (day + dt.timedelta(days=1)).day == 1]
