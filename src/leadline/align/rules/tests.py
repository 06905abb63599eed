"""MEA: will it be known whether the big tactics worked."""

from __future__ import annotations

from collections.abc import Iterator

from leadline.align.case import EXEMPT, Case, share
from leadline.align.finding import Found, Mention, Skip
from leadline.align.rule import rule
from leadline.plan.control import Test

BIG = 0.10  # house: under a tenth of the growth budget a test costs more than it saves (checks.md, MEA001)
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
    together, not what caused it.

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
        )
