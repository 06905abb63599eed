"""OBJ: does each objective lead somewhere, from firm ground, with its price named, and do objectives agree."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import product

from leadline.align.case import Case, days, share
from leadline.align.dates import months_before
from leadline.align.finding import ElementRef, Figure, Found, Mention, Skip
from leadline.align.rule import rule
from leadline.align.vocabulary import DISCOUNTS, HANDLING, MARGINS, REPLIES, plain, spotted
from leadline.plan.bets import Bet
from leadline.plan.model import Objective
from leadline.plan.places import Path
from leadline.units import Quantity

BASELINE_MONTHS = 12  # house: a year later it is another season and another market (checks.md, OBJ013)
SUM_OFF = 0.01  # checks.md, OBJ015: weights as people round them
ROUNDING = 1e-9  # of sums of weights as written: 0.35 + 0.35 + 0.1 + 0.1 + 0.1 is 1
# Type of objective -> what is usually paid for reaching it by force (checks.md, OBJ012).
BOUGHT_WITH: Mapping[str, str] = {
    "acquisition": "the share of new customers who stay, or what one of them costs",
    "trial": "the share of trials that become customers",
    "revenue": "the margin",
    "repeat": "the share sold at a discount",
    "reactivation": "the share of people who ask not to be written to again",
}
# Two wishes of which one is bought with the other (checks.md, OBJ014): words of the metrics, and their directions.
AT_ODDS = ((MARGINS, 1, DISCOUNTS, 1), (REPLIES, -1, HANDLING, -1))
_CHANGE = re.compile(
    r"(?i)\b(?:by|up|down|plus|minus|another|additional) ?\d+(?:[.,]\d+)? ?(?:%|per ?cent\b)(?!(?: of|[ -]?points?)\b)"
    r"|[+−]\d+(?:[.,]\d+)? ?(?:%|per ?cent\b)(?![ -]?points?\b)"
    r"|\b\d+(?:[.,]\d+)? ?(?:%|per ?cent) (?:more|less|higher|lower|better|fewer|increase|growth|uplift|lift)\b"
)


@rule("OBJ006", "no-parent", level="warning", scope="links", reads=("objectives.serves",))
def no_parent(case: Case) -> Iterator[Found | Skip]:
    """An objective serves no strategy and no other objective.

    Why: an objective that serves nothing may be reached and change nothing; so may all the money behind it.
    Source: point C (strategy is what); traceability.
    Fix: name the strategy level or the objective that is better off when this one is reached.
    """
    for objective in case.plan.objectives:
        if not objective.serves:
            money = case.money_of(case.graph.tactics_of(objective.id))
            yield Found(
                path=case.path_of(objective.id),
                text="objective {objective} serves nothing" + ("; {money} work for it" if money.value else ""),
                values={"objective": objective.id, "money": money if money.value else None},
            )


@rule("OBJ012", "no-guardrail", level="note", scope="local", reads=("objectives.type", "objectives.guardrails"))
def no_guardrail(case: Case) -> Iterator[Found | Skip]:
    """An objective that can be bought does not say what must not get worse on the way.

    Such are acquisition, trial, revenue, repeat and reactivation: each can be forced by a price cut, by worse
    customers or by pressing people.

    Why: be honest with those who pay; a number is reached at any price unless the price is named.
    Source: point E (sales performance counts, not one number of it); Goodhart's law as Strathern put it, 1997.
    Fix: add a guardrail on what it could be bought with.
    """
    for objective in case.plan.objectives:
        bought_with = BOUGHT_WITH.get(objective.type or "")
        if bought_with is not None and not objective.guardrails:
            yield Found(
                path=case.path_of(objective.id),
                text="{objective} is of type {type}, and nothing says what must not get worse on the way",
                values={"objective": objective.id, "type": objective.type},
                fix=f"add a guardrail, such as on {bought_with}",
            )


@rule(
    "OBJ013",
    "baseline-quality",
    level="warning",
    scope="local",
    reads=("objectives.baseline", "plan.window", "situation.evidence.kind"),
)
def baseline_quality(case: Case, *, baseline_months: float = BASELINE_MONTHS) -> Iterator[Found | Skip]:
    """The way to a target begins at a number of more than a year before the plan, or at an opinion.

    Why: where are we now? Half the change may have happened before the plan began, or never.
    Source: point B (Situation comes first).
    Thresholds: baseline_months 12 (house).
    Fix: measure it once more before the plan begins, and write the day and the source.
    """
    kinds = {one.id: one.kind for one in case.plan.situation.evidence}
    window = case.plan.plan.window
    for objective in case.plan.objectives:
        baseline = objective.baseline
        if baseline is None or baseline.value is None:
            continue
        is_opinion = kinds.get(baseline.source or "") == "opinion"
        oldest = months_before(window.start, round(baseline_months)) if window else None
        is_old = oldest is not None and baseline.as_of is not None and baseline.as_of < oldest
        if not is_old and not is_opinion:
            continue
        path = (*case.path_of(objective.id), "baseline")
        age = (window.start - baseline.as_of).days if is_old and window and baseline.as_of else None
        said = ["was taken on {as_of}, {age} before the plan begins"] if is_old else []
        said += ["rests on an {kind}"] if is_opinion else []
        yield Found(
            path=(*path, "as_of") if is_old else (*path, "source"),
            text="the baseline of {objective} " + " and ".join(said),
            values={
                "objective": objective.id,
                "as_of": baseline.as_of if is_old else None,
                "age": None if age is None else days(age),
                "kind": "opinion" if is_opinion else None,
            },
        )


@rule(
    "OBJ014",
    "conflicting-objectives",
    level="warning",
    scope="links",
    reads=(
        "objectives.metric", "objectives.baseline", "objectives.target", "objectives.segment", "objectives.guardrails",
        "metrics.name",
    ),
)  # fmt: skip
def conflicting_objectives(case: Case) -> Iterator[Found | Skip]:
    """Two objectives cannot both be reached, or one is bought with the other.

    The same metric is to rise and to fall (of the same segment, or where one of the two names none). Or more margin
    and more discount are wanted, or a faster reply and cheaper handling: told by the names of the metrics, and cleared
    where one objective has a guardrail on the metric of the other.

    Why: strategy is choosing; two objectives that eat each other leave the choice to whoever is at work that day.
    Source: point C; a faster reply needs more people at hand (queueing), a discount is paid out of the margin.
    Fix: choose which comes first, and give it a guardrail on the metric of the other.
    """
    wishes = [(one, way) for one in case.plan.objectives if (way := _way(case, one)) is not None]
    yield from _opposed(case, wishes)
    for first_words, first_way, second_words, second_way in AT_ODDS:
        first = [one for one, way in wishes if way == first_way and _is_named(case, one, first_words)]
        second = [one for one, way in wishes if way == second_way and _is_named(case, one, second_words)]
        for one, other in product(first, second):
            if one.metric != other.metric and not _is_guarded(one, other) and not _is_guarded(other, one):
                yield _conflict(case, (one, other), (first_way, second_way))


def _opposed(case: Case, wishes: list[tuple[Objective, int]]) -> Iterator[Found]:
    by_metric: dict[str, list[tuple[Objective, int]]] = {}
    for one, way in wishes:
        by_metric.setdefault(one.metric or "", []).append((one, way))
    for same in by_metric.values():
        rising, falling = ([one for one, way in same if way == wanted] for wanted in (1, -1))
        for up, down in product(rising, falling):
            if up.segment == down.segment or None in (up.segment, down.segment):
                yield _conflict(case, (up, down), (1, -1))
                break


def _conflict(case: Case, pair: tuple[Objective, Objective], ways: tuple[int, int]) -> Found:
    one, other = pair
    said = tuple("rise" if way > 0 else "fall" for way in ways)
    return Found(
        path=(*case.path_of(other.id), "metric"),
        text=f"{{first}} wants {{first_metric}} to {said[0]}, and {{second}} wants {{second_metric}} to {said[1]}",
        values={
            "first": one.id,
            "first_metric": one.metric,
            "second": other.id,
            "second_metric": other.metric,
        },
        objectives=(one.id, other.id),
        related=(Mention(case.path_of(one.id), "the other objective"),),
    )


def _way(case: Case, objective: Objective) -> int | None:
    """Return 1 where the target lies above the baseline, -1 below, None where that cannot be said."""
    if objective.metric is None or objective.baseline is None or objective.target is None:
        return None
    baseline = case.amounts.in_metric(objective.baseline.value, objective.metric)
    target = case.amounts.in_metric(objective.target.value, objective.metric)
    if baseline is None or target is None or baseline == target:
        return None
    return 1 if target > baseline else -1


def _is_named(case: Case, objective: Objective, words: tuple[str, ...]) -> bool:
    metric = case.metric(objective.metric)
    return bool(spotted(f"{metric.name or ''} {plain(metric.id)}" if metric else "", words))


def _is_guarded(one: Objective, other: Objective) -> bool:
    return any(guardrail.metric == other.metric for guardrail in one.guardrails)


@rule("OBJ015", "weights-off", level="note", scope="sums", reads=("objectives.weight",))
def weights_off(case: Case, *, sum_off: float = SUM_OFF) -> Iterator[Found | Skip]:
    """Objectives have weights, and these do not add up to 1.

    Why: weights say what is given up for what; if they are more than the whole, nothing was given up.
    Source: point C (choosing); arithmetic.
    Thresholds: sum_off 0.01 (how people round).
    Fix: divide each weight by the sum, or give the missing ones theirs.
    """
    weighted = [one for one in case.plan.objectives if one.weight is not None]
    total = sum(one.weight or 0.0 for one in weighted)
    if not weighted or abs(total - 1.0) <= sum_off + ROUNDING:
        return
    bare = tuple(one.id for one in case.plan.objectives if one.weight is None)
    yield Found(
        path=(*case.path_of(weighted[0].id), "weight"),
        text="the weights of the objectives add up to {sum}" + ("; {without} have none" if bare else ""),
        values={"sum": share(total), "without": bare or None},
        element=ElementRef("plan", case.plan.plan.id),
        objectives=tuple(one.id for one in weighted),
    )


@rule(
    "OBJ016",
    "per-cent-ambiguous",
    level="warning",
    scope="local",
    reads=("metrics.unit", "objectives.name", "control.watches.amber", "control.watches.red", "control.tests.effect"),
)
def per_cent_ambiguous(case: Case) -> Iterator[Found | Skip]:
    """A change of a rate is written in %, and may mean a part of the rate or points of it.

    Looked at are the bands of watches and the effects of tests on metrics in %, and names of objectives on such metrics
    ("awareness up by 10 %"). A band in % is read as a part of the path.

    Why: ten per cent of a rate of 14 % are 1.4 points; whoever reads ten points sees another target.
    Source: point D (be scrupulously honest); plan.md, Quantities (per cent and percentage points are different units).
    Fix: write points (`pp`) where points are meant, or the new rate itself.
    """
    for path, metric, written, texts in _changes(case):
        base = _rate_of(case, metric)
        points = None if written is None else case.amounts.share(written)
        is_known = base is not None and points is not None
        yield Found(
            path=path,
            text='"{text}" of {metric}, which is a rate, may mean a part of it or points'
            + (": {relative} or {points}" if is_known else ""),
            values={
                "text": texts,
                "metric": metric,
                "relative": Figure(base * points, "share points") if base is not None and points is not None else None,
                "points": Figure(points, "share points") if is_known and points is not None else None,
            },
            fix="write {relative} or {points}, whichever is meant" if is_known else "",
        )


def _changes(case: Case) -> Iterator[tuple[Path, str, Quantity | None, tuple[str, ...]]]:
    """Yield each change of a rate that is written in %: its place, the metric, the change, and what is written."""
    rates = {metric.id for metric in case.plan.metrics if metric.unit == "%"}
    for objective in case.plan.objectives:
        said = _CHANGE.findall(objective.name or "") if objective.metric in rates else ()
        if said:
            yield (*case.path_of(objective.id), "name"), objective.metric or "", None, tuple(said)
    for watch in case.plan.control.watches:
        bands = {
            key: band for key in ("amber", "red") if (band := getattr(watch, key)) is not None and band.unit == "%"
        }
        if watch.metric in rates and bands:
            last = list(bands)[-1]
            yield (*case.path_of(watch.id), last), watch.metric or "", bands[last], tuple(map(str, bands.values()))
    for test in case.plan.control.tests:
        metric = test.metric or next((bet.metric for bet in _starts(case, test.tactic)), None)
        if metric in rates and test.effect is not None and test.effect.unit == "%":
            yield (*case.path_of(test.id), "effect"), metric or "", test.effect, (str(test.effect),)


def _starts(case: Case, tactic: str | None) -> Iterable[Bet]:
    return case.graph.starts(tactic) if tactic is not None and tactic in case.tactics else ()


def _rate_of(case: Case, metric: str) -> float | None:
    """Return the rate that a metric should have, else the one it has, as the first objective on it (by id) says."""
    for objective in sorted(case.plan.objectives, key=lambda one: one.id):
        if objective.metric == metric:
            wanted = case.amounts.in_metric(objective.target.value, metric) if objective.target else None
            known = case.amounts.in_metric(objective.baseline.value, metric) if objective.baseline else None
            return known if wanted is None else wanted
    return None
