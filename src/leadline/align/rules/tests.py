"""MEA: will it be known whether the big tactics worked."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from leadline.align.case import EXEMPT, Case, count, days, points, share
from leadline.align.finding import Found, Mention, Skip, say
from leadline.align.power import lag_to, read_by, sample_of, tested
from leadline.align.routes import chain_metrics
from leadline.align.rule import rule
from leadline.align.vocabulary import SELLERS, spotted, verbatim
from leadline.plan.bets import Bet
from leadline.plan.control import Test
from leadline.plan.situation import Evidence
from leadline.plan.tactics import Tactic

BIG = 0.10  # house: under a tenth of the growth budget a test costs more than it saves (checks.md, MEA001)
ALPHA = 0.10  # the level of the 90 % interval that every result here has (measurement.md, first lines)
POWER = 0.80  # Cohen 1988: four chances in five to see what is there; the designs of measurement.md use it too
ROUNDING = 1e-9  # relative; 2 pp written and 2 pp computed are one
OWN_RECORDS = ("stage:", "orders.", "consent:", "response.")  # evidence.md: what your own systems count
NO_DESIGN = frozenset({None, "before_after", "attribution", "none"})  # checks.md, MEA001: these show no cause


@rule(
    "MEA001",
    "no-causal-design",
    level="warning",
    scope="links",
    reads=("tactics.list.test", "control.tests", "tactics.list.budget", "tactics.list.intent"),
)
def no_causal_design(case: Case, *, big: float = BIG) -> Iterator[Found | Skip]:
    """A tactic with much of the money has no test that could show what it caused.

    Left out are tactics that serve, enable, research, exit or run. Before and after, and attribution, show what went
    together, not what caused it. Where the evidence knows of money spent on it from which nothing leads to a stage or an
    order, that stands beside it.

    Why: proof, not platform clicks; the seller of the advertisement is no judge of it.
    Source: point E.
    Thresholds: big 0.10 of the growth budget (house).
    Fix: plan a holdout, a geo test or a switchback under control.tests.
    """
    written: dict[str, list[Test]] = {}
    for test in case.plan.control.tests:
        written.setdefault(test.id, []).append(test)
        if test.tactic:
            written.setdefault(test.tactic, []).append(test)
    for name, tactic in case.growth.items():
        part = case.spend_share(name)
        if tactic.intent in EXEMPT or part is None or part <= big:
            continue
        tests = [*written.get(tactic.test or "", ()), *written.get(name, ())]
        if any(test.method not in NO_DESIGN for test in tests):
            continue
        yield Found(
            path=(*case.path_of(name), *(("test",) if tactic.test else ())),
            text="tactic {tactic} takes {money}, {share} of the growth budget, and no test can show what it causes",
            values={"tactic": name, "money": case.money_of((name,)), "share": share(part)},
            related=tuple(Mention((*case.path_of(test.id), "method"), "shows no cause") for test in tests[:1]),
            also=_unseen(case, name),
        )


def _unseen(case: Case, tactic: str) -> str:
    """Return what the evidence cannot see of a tactic either, empty where something leads on from it."""
    if case.facts is None or tactic not in case.facts.leads_nowhere:
        return ""
    spent = case.money(case.facts.spend.get(tactic, 0.0))
    return f"of {say(spent, currency=case.currency)} spent so far, nothing in the evidence leads to a stage or an order"


@rule(
    "MEA002",
    "underpowered",
    level="warning",
    scope="sums",
    reads=(
        "control.tests", "tactics.list.delivers", "tactics.list.dates", "tactics.list.channels", "tactics.bridge.rate",
        "tactics.list.bridge.rate", "situation.channels.audience",
    ),
)  # fmt: skip
def underpowered(case: Case, *, alpha: float = ALPHA, power: float = POWER) -> Iterator[Found | Skip]:
    """A test is too small to tell the effect it is meant to find.

    Judged are tests that assign persons (or plants, shops, …) one by one and read a count of them. Their number while
    the test runs and their rate are the plan's own: what the tactic delivers and the shares that lead from there to the
    metric, or its audience and the part of it that acts. Compared is the smallest difference of two shares that would
    show (two proportions, normal approximation) with the smallest effect that matters. Tests on regions or weeks need
    their past values and are not judged here.

    Why: a test that cannot tell ends in "no difference seen", which is then read as "no effect".
    Source: point E (validate what it takes); Fleiss, Levin and Paik, Statistical Methods for Rates and Proportions,
    2003; power 0.80 since Cohen, Statistical Power Analysis, 1988.
    Thresholds: alpha 0.10 (the 90 % interval used everywhere here); power 0.80 (convention).
    Fix: hold out nearer to half, run longer, or read a metric earlier on the way, which more people reach.
    """
    for test, tactic in _planned(case):
        sample = sample_of(case, test, tactic=tactic)
        if isinstance(sample, Skip):
            yield sample
            continue
        detectable = sample.detectable(alpha=alpha, power=power)
        if detectable <= sample.effect * (1 + ROUNDING):
            continue
        yield Found(
            path=(*case.path_of(test.id), "effect"),
            text="with about {units} assigned, {test} can tell {detectable} or more; {effect} is what matters",
            values={
                "test": test.id,
                "detectable": points(detectable),
                "effect": points(sample.effect),
                "units": count(round(sample.units)),
                "enough": count(math.ceil(sample.enough(alpha=alpha, power=power))),
                "at_half": points(sample.detectable(alpha=alpha, power=power, held=0.5)),
            },
            tactics=(tactic.id,),
            fix=(
                "{enough} would be enough at this share; half held out, it can tell {at_half}. Or read an earlier "
                "metric, or settle now for the effect it can tell"
            ),
        )


@rule(
    "MEA003",
    "window-shorter-than-lag",
    level="warning",
    scope="sums",
    reads=(
        "control.tests", "tactics.list.delivers", "tactics.list.expects", "tactics.bridge.lag", "tactics.list.bridge.lag",
    ),
)  # fmt: skip
def window_shorter_than_lag(case: Case) -> Iterator[Found | Skip]:
    """A test ends before what it looks for can have happened.

    Compared is its duration with the lags on the shortest way from the tactic to the test's metric: the median of a lag
    that was measured, else the base of what is believed.

    Why: a test that stops before the effect arrives finds none, whatever the tactic does.
    Source: point E (track the effect on the business); checks.md section 2 (lag).
    Fix: run it for longer than the lag, or read a metric that comes earlier on the way.
    """
    for test, tactic in _planned(case):
        duration, metric = case.amounts.days(test.duration), read_by(case, test, tactic=tactic)
        if duration is None or metric is None:
            continue
        lag = lag_to(case, tactic.id, metric=metric)
        if lag is None:
            yield Skip(f"no bet of {tactic.id} leads to {metric}", test.id)
            continue
        if duration >= lag:
            continue
        sooner = [
            (passed, other)
            for other in chain_metrics(case, tactic.id)
            if (passed := lag_to(case, tactic.id, metric=other)) is not None and passed < duration
        ]
        yield Found(
            path=(*case.path_of(test.id), "duration"),
            text=f"{verbatim(test.id)} runs {{duration}}; it takes {{lag}} from {{tactic}} to {{metric}}",
            values={
                "duration": days(duration),
                "lag": days(lag),
                "tactic": tactic.id,
                "metric": metric,
                "sooner": max(sooner)[1] if sooner else None,
            },
            tactics=(tactic.id,),
            fix="run it longer than {lag}" + (", or read {sooner}, which comes in time" if sooner else ""),
        )


@rule(
    "MEA004",
    "self-graded",
    level="warning",
    scope="links",
    reads=(
        "tactics.list.channels", "tactics.list.delivers", "tactics.list.expects", "tactics.list.test", "control.tests",
        "situation.channels.media", "situation.evidence", "metrics.source",
    ),
)  # fmt: skip
def self_graded(case: Case) -> Iterator[Found | Skip]:
    """What a paid tactic brings is known from nobody but the platform that sells the space.

    Every bet of the tactic either rests on evidence whose citation names such a platform and is counted in touches or
    in a series of its own, or is counted in the platform's measures (`posts.`); no test could show what it caused. A
    metric of your own records (`stage:`, `orders.`, `consent:`, `response.`) is a second source. Or, once there is
    evidence, whatever the plan says: money was spent, the platforms alone speak of it, and nothing leads from the tactic
    to a stage or an order.

    Why: proof, not platform clicks; whoever sells the advertisement also counts what it claims to have sold.
    Source: point E; Gordon, Moakler and Zettelmeyer, Close Enough?, Marketing Science 2023: of 663 experiments the
    platform's best observational estimate lay at 2.9 to 4.8 times the true lift.
    Fix: count the result in your own records, or hold out a part of the audience.
    """
    evidence = {one.id: one for one in case.plan.situation.evidence}
    causal = {tactic.id for test, tactic in _planned(case, finished=True) if test.method not in NO_DESIGN}
    for name, tactic in case.growth.items():
        paid = [channel for channel in tactic.channels if channel in case.channels]
        if name in causal or not any(case.channels[channel].media == "paid" for channel in paid):
            continue
        starts = case.graph.starts(name)
        sources = {start.id: _seller(case, start, evidence) for start in starts}
        if not starts or None in sources.values():
            yield from _seen_by_sellers(case, name)
            continue
        yield Found(
            path=case.path_of(name),
            text="all that is known of what {tactic} ({money}) brings comes from {sources}",
            values={
                "tactic": name,
                "money": case.money_of((name,)),
                "sources": tuple(dict.fromkeys(source for source in sources.values() if source)),
            },
        )


def _seen_by_sellers(case: Case, tactic: str) -> Iterator[Found]:
    """Yield what the evidence shows of a tactic whose results the plan means to count itself."""
    told_by = case.facts.leads_nowhere.get(tactic, ()) if case.facts else ()
    if case.facts is None or not told_by or not all(spotted(one.replace("-", " "), SELLERS) for one in told_by):
        return
    yield Found(
        path=case.path_of(tactic),
        text="{spent} of the {money} of {tactic} are spent, and nothing in the evidence leads from it to a stage or an "
        "order: of what it brings only {sources} speaks",
        values={
            "tactic": tactic,
            "money": case.money_of((tactic,)),
            "spent": case.money(case.facts.spend.get(tactic, 0.0)),
            "sources": told_by,
        },
        fix="tag its links, ask people where they came from, or hold out a part of the audience",
    )


@rule("MEA005", "no-decision-rule", level="note", scope="local", reads=("control.tests.rule",))
def no_decision_rule(case: Case) -> Iterator[Found | Skip]:
    """A test does not say what will be done with its result. Finished tests are left out.

    Why: who writes the rule after the result finds a reason to go on.
    Source: point E; point B (Control).
    Fix: write the rule now: what you do if the effect is there, and what if it is not.
    """
    about = case.once(tested)
    for test in case.plan.control.tests:
        if not test.rule and test.method != "none" and test.result is None:
            yield Found(
                path=case.path_of(test.id),
                text="nothing says what follows from {test}",
                values={"test": test.id},
                tactics=tuple(tactic.id for tactic in about.get(test.id, ())),
            )


def _planned(case: Case, *, finished: bool = False) -> Iterator[tuple[Test, Tactic]]:
    """Yield each test that is still to be run (with `finished`: every test) with each growth tactic it is about."""
    about = case.once(tested)
    for test in case.plan.control.tests:
        if test.method == "none" or (test.result is not None and not finished):
            continue
        for tactic in about.get(test.id, ()):
            if tactic.id in case.growth:
                yield test, tactic


def _seller(case: Case, bet: Bet, evidence: Mapping[str, Evidence]) -> str | None:
    """Return who grades a bet, where that is the seller alone: the source that says so; None where it is not."""
    metric = case.metric(bet.metric)
    counted = (metric.source if metric else None) or ""
    if counted.startswith("posts."):
        return counted
    cited = evidence.get(bet.source or "")
    if cited is None or counted.startswith(OWN_RECORDS):
        return None
    words = " ".join(filter(None, (cited.id, cited.name, cited.citation, cited.url)))
    return cited.id if spotted(words, SELLERS) else None
