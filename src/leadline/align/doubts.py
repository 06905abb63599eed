"""What is odd about the evidence behind a number: said beside every alarm that rests on it, before anybody acts on it."""

from __future__ import annotations

from collections.abc import Iterable

from leadline.align.case import Case
from leadline.align.facts import QualityFact
from leadline.align.vocabulary import verbatim

# Quality facts by which a count or a level may be wrong on its own days; what they are stands in evidence.md section 6.
OF_COUNTS = (
    "level.shift", "gap", "stale", "clock", "rejects.share", "import.total_mismatch", "state.unseen", "duplicates",
    "machine.share", "coverage.metric",
)  # fmt: skip
# Those by which a rate or a lag of the bridge may be: who is missing from a step changes its share. Other stages of the
# same source without a state (stage.unmapped) say nothing of this step, and are told with the evidence.
OF_STEPS = ("state.unseen", "gap", "rejects.share", "import.total_mismatch", "clock")
# Those by which more or less was spent than stands under the tactics of the plan.
OF_MONEY = ("tactic.unmatched", "currency.no_rate", "spend.vanished", "import.total_mismatch")
SHIFTED = "level.shift"
SAID = 2  # house: whoever reads an alarm reads two reasons to doubt it; all of them stand under the evidence


def of_metric(case: Case, metric: str | None, *, names: Iterable[str] = OF_COUNTS) -> tuple[QualityFact, ...]:
    """Return what is odd about the sources that answer a metric, or about its state, worst first as it was told."""
    if case.facts is None or metric is None:
        return ()
    answered, about = case.facts.answered.get(metric), case.metric(metric)
    meant = {metric, *(answered.sources if answered else ())}
    if about is not None and about.source:
        meant.add(about.source.partition(":")[2] or about.source)
    wanted = frozenset(names)
    return tuple(one for one in case.facts.quality if one.name in wanted and meant & set(one.about))


def of_step(case: Case, bet: str) -> tuple[QualityFact, ...]:
    """Return what is odd about the evidence behind a rate or lag (`lead>sqo:rate`, `fair/lead>sqo:lag`)."""
    ends = bet.rpartition(":")[0].rpartition("/")[2].split(">")
    found = [one for metric in ends for one in of_metric(case, metric, names=OF_STEPS)]
    return tuple(dict.fromkeys(found))


def of_money(case: Case) -> tuple[QualityFact, ...]:
    """Return what is odd about the money in the evidence."""
    wanted = frozenset(OF_MONEY)
    return tuple(one for one in case.facts.quality if one.name in wanted) if case.facts else ()


def unexplained_jump(case: Case, metric: str | None) -> QualityFact | None:
    """Return the jump of what people say in public that has to be explained before an alarm on it, None without one.

    A gap of the collection alone made 800 posts a day of one (evidence.md section 6, level.shift).
    """
    about = case.metric(metric)
    if about is None or not (about.source or "").startswith("posts."):
        return None
    return next(iter(of_metric(case, metric, names=(SHIFTED,))), None)


def said(found: tuple[QualityFact, ...]) -> str:
    """Return doubts as one text for `also`, empty where there is none."""
    if not found:
        return ""
    more = len(found) - SAID
    told = " ".join(verbatim(one.text) for one in found[:SAID])
    return f"look at the evidence first: {told}" + (f" ({more} more: leadline evidence)" if more > 0 else "")
