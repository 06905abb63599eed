"""What a recurring review has to ask about: each open thing with the numbers beside it and the money at stake.

An item is what the interview asks for each (`plan/interview`); the texts above its question are made here, from the
same case as the checks, so that no figure can differ.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping

from leadline import words
from leadline.align.case import Case
from leadline.align.dates import shifted
from leadline.align.facts import Counted
from leadline.align.finding import say
from leadline.align.pace import Pace, is_decided, line_at, pace
from leadline.align.run import case_of
from leadline.plan.control import Watch
from leadline.plan.interview.record import Item
from leadline.plan.model import Plan
from leadline.plan.spelling import Value
from leadline.plan.stamp import SuspectLink
from leadline.review.result import Review
from leadline.review.watching import colour_of, overdue, watch_name

WAIVER_AHEAD = 60  # days; interview.md section 10: exceptions that end within 60 days
SLIM_CHANCE = 0.40  # interview.md section 10: objectives with P under 0.40
DUE_AHEAD = 31  # days; house: assumptions that fall due before the next monthly page

Items = tuple[Item, ...]


def open_items(review: Review, flow: str) -> Items:
    """Return what a recurring flow (`review-month`, …) asks about, the most money first; other flows have none."""
    if review.asked is None or flow not in _SOURCES:
        return ()
    case = case_of(review.check.document, review.asked)
    return _most_money_first(_SOURCES[flow](case, review))


def month_items(case: Case) -> Items:
    """Return what the monthly page of a case asks about, the most money first; it needs nothing but the case."""
    return _most_money_first(_month(case))


def _most_money_first(found: Iterable[Item]) -> Items:
    return tuple(sorted(found, key=lambda item: (-(item.money or 0.0), item.id)))


def _month(case: Case) -> Iterator[Item]:
    """Yield watches that are red or amber without a decision since, and those whose last value is too old."""
    for watch in case.plan.control.watches:
        stand = pace(case, watch)
        if stand is not None:
            colour = colour_of(case, watch, stand=stand)
            since = stand.since or stand.day
            if colour and not is_decided(case, watch, since=since):
                yield _watch_item(case, watch, (_reading(case, watch, stand, colour),), kind=colour)
                continue
        age = _age(case, watch)
        if age is not None:
            yield _watch_item(case, watch, (age,), kind="stale")


def _watch_item(case: Case, watch: Watch, lines: tuple[str, ...], *, kind: str) -> Item:
    serving = case.graph.tactics_of(watch.objective or "")
    money = sum(case.budgets.get(tactic, 0.0) for tactic in serving)
    stake = (f"{words.money(money, case.currency)} of tactics serve it.",) if money else ()
    values: dict[str, Value] = {
        "kind": kind,
        "metric": watch.metric or "",
        "objective": watch.objective or "",
        "watch": watch.id,
    }
    return Item(watch.id, (*lines, *stake), money or None, case.path_of(watch.id), watch_name(case, watch), values)


def _reading(case: Case, watch: Watch, stand: Pace, colour: str) -> str:
    def said(value: float) -> str:
        return say(case.in_unit_of(watch.metric, value), currency=case.currency)

    quantity = watch.red if colour == "red" else watch.amber
    line = line_at(case, watch, line=quantity, path=stand.path) if quantity is not None else None
    begins = "" if line is None else f", {colour} begins at {said(line)}"
    since = f", {colour} since {stand.since}" if stand.since else ""
    return (
        f"{watch_name(case, watch)}: {said(stand.value)} on {stand.day}, {said(stand.path)} was planned{begins}{since}."
    )


def _age(case: Case, watch: Watch) -> str | None:
    """Return how old the last value is, where it is older than the watch allows (DAT003's arithmetic)."""
    found = overdue(case, watch)
    if found is None:
        return None
    day, age, every = found
    return f"{watch_name(case, watch)}: the last value is of {day}, {age} days ago; it is read every {every:g} days."


def _quarter(case: Case, review: Review) -> Iterator[Item]:
    """Yield suspect links, bets that left their range, assumptions and tests that are due, waivers, ideas, slim objectives."""
    for link in case.suspect_links:
        yield _link(case, link)
    yield from _bets(case, review)
    yield from _assumptions(case)
    yield from _tests(case)
    yield from _waivers(case)
    for idea in case.plan.control.ideas:
        told = f"Parked{f' on {idea.date}' if idea.date else ''}: {idea.reason or 'no reason was written'}."
        yield Item(
            f"idea:{idea.id}",
            (told,),
            None,
            case.path_of(idea.id),
            idea.name or idea.id,
            {"kind": "idea", "idea": idea.id},
        )
    for forecast in review.forecasts:
        if forecast.p is not None and forecast.p < SLIM_CHANCE:
            serving = case.graph.tactics_of(forecast.objective)
            lines = (
                f"{forecast.name} by {forecast.by}: {words.probability(forecast.p)}, {words.probability_word(forecast.p)}.",
            )
            money = sum(case.budgets.get(tactic, 0.0) for tactic in serving)
            values: dict[str, Value] = {"kind": "objective", "objective": forecast.objective}
            yield Item(
                f"objective:{forecast.objective}",
                lines,
                money or None,
                case.path_of(forecast.objective),
                forecast.name,
                values,
            )


def _link(case: Case, link: SuspectLink) -> Item:
    changed = (
        f"{link.field}: {_plainly(link.old)} → {_plainly(link.new)}" if link.field else "what changed is not known here"
    )
    ends = f"{case.name_of(link.ref)} changed since {case.name_of(link.element)} was last looked at ({changed})."
    tactics = [one for one in (link.element, link.ref) if one in case.budgets]
    for objective in (link.element, link.ref):
        tactics += list(case.graph.tactics_of(objective))
    money = sum(case.budgets[name] for name in dict.fromkeys(tactics))
    values: dict[str, Value] = {
        "kind": "link",
        "element": link.element,
        "ref": link.ref,
        "now": link.now,
        "direction": link.direction,
    }
    return Item(
        f"link:{link.element}>{link.ref}:{link.direction}", (ends,), money or None, link.path, link.element, values
    )


def _plainly(value: object) -> str:
    if isinstance(value, dict) and "base" in value:
        return "..".join(str(value[key]) for key in ("low", "base", "high") if key in value)
    return "nothing" if value is None else str(value)


def _bets(case: Case, review: Review) -> Iterator[Item]:
    """Yield measured rates and lags whose interval leaves the plan's range (the findings of DAT004)."""
    measured = case.facts.measured if case.facts else {}
    named = {bet.bet: bet.name for bet in review.bets}
    for finding in review.check.findings:
        if finding.code != "DAT004" or finding.waived_by or finding.element.id not in measured:
            continue
        bet, seen = case.bets[finding.element.id], measured[finding.element.id]
        low, middle, high = (
            f"{words.number(one)} days" if bet.kind == "lag" else words.share(one)
            for one in (seen.low, seen.middle, seen.high)
        )
        cases = "" if seen.n is None else f" from {seen.n} cases"
        told = f"{named.get(bet.id, bet.id)}: the plan says {bet.written or 'nothing'}, measured {words.with_interval(middle, low, high=high)}{cases}."
        values: dict[str, Value] = {
            "kind": "bet",
            "bet": bet.id,
            "what": bet.kind,
            "middle": middle,
            "low": low,
            "high": high,
        }
        if seen.n is not None:
            values["n"] = seen.n
        yield Item(f"bet:{bet.id}", (told,), finding.money_at_stake or None, finding.path, bet.id, values)


def _assumptions(case: Case) -> Iterator[Item]:
    """Yield open assumptions that are due before long."""
    for assumption in case.plan.control.assumptions:
        if (
            assumption.state in (None, "open")
            and assumption.due is not None
            and assumption.due <= shifted(case.as_of, DUE_AHEAD)
        ):
            lines = (
                f"{assumption.statement or assumption.id} (due {assumption.due}, criticality {assumption.criticality or 'not said'}).",
            )
            values: dict[str, Value] = {"kind": "assumption", "assumption": assumption.id}
            yield Item(f"assumption:{assumption.id}", lines, None, case.path_of(assumption.id), assumption.id, values)


def _tests(case: Case) -> Iterator[Item]:
    """Yield tests that have ended without a result."""
    for test in case.plan.control.tests:
        tactic = case.tactics.get(test.tactic or "")
        days = case.amounts.days(test.duration)
        if test.result is not None or tactic is None or tactic.dates is None or days is None:
            continue
        end = shifted(tactic.dates.start, round(days))
        if end <= case.as_of and test.method not in ("none", "attribution"):
            money = case.budgets.get(tactic.id)
            lines = (
                f"{test.id} of {tactic.name or tactic.id}: planned for {days:g} days, over since {end}; rule: {test.rule or 'none was written'}.",
            )
            values: dict[str, Value] = {
                "kind": "test",
                "test": test.id,
                "tactic": tactic.id,
                "start": tactic.dates.start.isoformat(),
                "end": end.isoformat(),
            }
            yield Item(f"test:{test.id}", lines, money or None, case.path_of(test.id), test.id, values)


def _waivers(case: Case) -> Iterator[Item]:
    for waiver in case.plan.control.waivers:
        if waiver.expires is not None and waiver.expires <= shifted(case.as_of, WAIVER_AHEAD):
            lines = (f"{waiver.code} on {waiver.target}: {waiver.reason or 'no reason'}; ends {waiver.expires}.",)
            values: dict[str, Value] = {
                "kind": "waiver",
                "waiver": waiver.id,
                "code": waiver.code or "",
                "target": waiver.target or "",
            }
            yield Item(
                f"waiver:{waiver.id}",
                lines,
                case.budgets.get(waiver.target or ""),
                case.path_of(waiver.id),
                waiver.id,
                values,
            )


def _after(case: Case, review: Review) -> Iterator[Item]:
    """Yield tactics that have ended and about which nothing was decided since, with a reason."""
    standing = {bet.bet: bet for bet in review.bets}
    for name, tactic in case.growth.items():
        if tactic.dates is None or tactic.dates.end >= case.as_of or _is_settled(case.plan, name, tactic.dates.end):
            continue
        lines = [f"{tactic.name or name} ran {tactic.dates.start}..{tactic.dates.end}."]
        for bet in case.graph.starts(name):
            promised = f"{bet.written}" if bet.written is not None else "nothing"
            seen = case.facts.delivered.get((name, bet.metric)) if case.facts else None
            happened = _happened(seen) if seen else "nothing was counted"
            word = standing[bet.id].word if bet.id in standing else "can't tell"
            lines.append(f"Promised {promised} of {bet.metric}; {happened}; the ledger says: {word}.")
        if not case.graph.starts(name):
            lines.append("Nothing was promised beforehand, so there is nothing to judge.")
        budget, spent = case.budgets.get(name, 0.0), case.facts.spend.get(name) if case.facts else None
        if budget:
            said = "none matched in the evidence" if spent is None else f"{words.money(spent, case.currency)} spent"
            lines.append(f"Money: {words.money(budget, case.currency)} planned, {said}.")
        values: dict[str, Value] = {"kind": "tactic", "tactic": name, "promised": bool(case.graph.starts(name))}
        yield Item(f"after:{name}", tuple(lines), budget or None, case.path_of(name), tactic.name or name, values)


def _happened(seen: Counted) -> str:
    return seen.hidden or f"{words.number(seen.count)} counted by {seen.until}"


def _is_settled(plan: Plan, tactic: str, end: dt.date) -> bool:
    return any(
        decision.date is not None and decision.date > end and tactic in decision.about and bool(decision.reason)
        for decision in plan.control.decisions
    )


def _year(case: Case, _: Review) -> Iterator[Item]:
    """Yield every tactic (to carry on or not) and every objective (its new baseline), with what is known of each."""
    for name, tactic in case.tactics.items():
        lines = (
            f"{tactic.name or name}: {words.money(case.budgets.get(name, 0.0), case.currency)}, intent {tactic.intent or 'not said'}.",
        )
        yield Item(
            f"carry:{name}",
            lines,
            case.budgets.get(name) or None,
            case.path_of(name),
            tactic.name or name,
            {"kind": "tactic", "tactic": name},
        )
    readings: Mapping[str, tuple[tuple[dt.date, float], ...]] = case.facts.readings if case.facts else {}
    for objective in case.plan.objectives:
        known = [one for one in readings.get(objective.metric or "", ()) if one[0] <= case.as_of]
        if known:
            day, value = known[-1]
            said = f"{say(case.in_unit_of(objective.metric, value), currency=case.currency)} on {day}"
        else:
            said = "no value in the evidence"
        lines = (f"{objective.name or objective.id}: last value {said}.",)
        values: dict[str, Value] = {"kind": "objective", "objective": objective.id, "metric": objective.metric or ""}
        yield Item(
            f"base:{objective.id}", lines, None, case.path_of(objective.id), objective.name or objective.id, values
        )


_SOURCES: Mapping[str, Callable[[Case, Review], Iterator[Item]]] = {
    "review-month": lambda case, _: _month(case),
    "review-quarter": _quarter,
    "review-after": _after,
    "review-year": _year,
}
