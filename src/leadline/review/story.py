"""What a review says in words: the answer in one sentence, what must be said beside it, and 25 lines for a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from leadline import words
from leadline.align.finding import LEVELS, Finding
from leadline.align.hundred import PARTS, WORDS
from leadline.decide.forecast import ObjectiveForecast
from leadline.decide.standing import BetStanding, Range
from leadline.review.result import Fix, Review

if TYPE_CHECKING:
    from leadline.align.result import CheckResult
    from leadline.evidence.frames import AsOf
    from leadline.plan.graph import Graph
    from leadline.review.counted import Cover
    from leadline.review.measuring import Measured

LINES = 25  # issue and interfaces: a review is told in 25 lines
FIXES = 3  # as many as somebody can take to a meeting (house)
MISSED = 0.05  # a past objective below this probability was missed (words.py: very unlikely)
LATE_DAYS = 31  # a source that ends a month before the as-of date is said to end (house; exports are usually monthly)


def fixes(check: CheckResult) -> tuple[Fix, ...]:
    """Return the three findings to mend first: by level, then by the money that hangs on them, one per element."""
    chosen: list[Finding] = []
    for finding in sorted(check.shown, key=lambda one: (LEVELS.index(one.level), -one.money_at_stake)):
        if all(finding.element != other.element and finding.code != other.code for other in chosen):
            chosen.append(finding)
        if len(chosen) == FIXES:
            break
    return tuple(
        Fix(one.code, one.text[:1].upper() + one.text[1:], one.why, one.fix, one.money_at_stake or None, one.element.id)
        for one in chosen
    )


def answer(
    check: CheckResult, forecasts: Sequence[ObjectiveForecast], *, bets: Sequence[BetStanding], with_money: bool = True
) -> str:
    """Return the whole review in one sentence: where the money goes, the objective most at risk, the worst bet."""
    hundred = check.scores.hundred
    whole = hundred.whole()
    if whole is None:
        money = f"Where the money goes can't be told ({hundred.reason})"
    else:
        parts = [f"{whole[part]} {WORDS[part]}" for part in PARTS if whole[part]]
        money = f"Of each 100 {hundred.currency}, {', '.join(parts)}"
    told = [money] if with_money else []
    missed = [one for one in forecasts if one.by < one.as_of and one.p is not None and one.p < MISSED]
    if missed:
        told.append(f"{_listed([one.name for one in missed])} {'was' if len(missed) == 1 else 'were'} missed")
    known = sorted(
        (one for one in forecasts if one.p is not None and one.by >= one.as_of), key=lambda one: one.p or 0.0
    )
    if known:
        worst = known[0]
        chance = worst.p or 0.0
        told.append(f"{worst.name} by {worst.by} is {words.probability_word(chance)} ({words.probability(chance)})")
    behind = [bet for bet in bets if bet.word == "behind" and bet.kind in ("rate", "lag")]
    if behind:
        told.append(
            f"{len(behind)} of {sum(bet.known is not None for bet in bets)} measured bets {'is' if len(behind) == 1 else 'are'} behind"
        )
    if not told:
        return "No objective has a forecast and no measured bet is behind."
    return "; ".join(told) + "."


def sentences(
    graph: Graph, measured: Measured, *, cover: Mapping[str, Cover], at: AsOf, has_spend: bool
) -> tuple[str, ...]:
    """Return what must be said beside the answer: what the data cannot tell, and where they end."""
    told = []
    if not has_spend:
        told.append(
            "No spend was imported: what a lead or a sale cost can't be told, and the hundred keeps its planned basis."
        )
    for state, known in sorted(cover.items()):
        if (at.day - known.until).days > LATE_DAYS:
            told.append(
                f'The evidence of "{state}" ends on {known.until}, {(at.day - known.until).days} days before {at.day}: '
                "whether nothing came after or it was not exported can't be told."
            )
    for pair, step in measured.steps.items():
        told += [f"{pair[0]} → {pair[1]}: {note}." for note in step.notes]
    told += [f"{what} could not be measured: {why.rstrip('.')}." for what, why in measured.unmeasured.items()]
    missing = [metric.id for metric in graph.plan.metrics if not metric.source]
    if missing:
        told.append(f"No data can settle {', '.join(missing)}: the plan names no source for them.")
    return tuple(told)


def story(review: Review, report: str, *, width: int = 80) -> str:
    """Return the review in at most 25 lines of `width` columns; numbers stand first, names give way."""
    lines = [f"{review.title}, as of {review.as_of} (plan {review.plan_hash[:8]}, {review.plan_status})"]
    lines += textwrap.wrap(review.answer, width, max_lines=4, placeholder=" …")
    lines += _block("Mend first", [_fix_line(fix, review.currency) for fix in review.fixes], width)
    lines += _block("Objectives", [_forecast_line(one) for one in review.forecasts[:4]], width)
    order = {"behind": 0, "can't tell": 1, "on course": 2}
    known = sorted((bet for bet in review.bets if bet.known is not None), key=lambda bet: (order[bet.word], bet.grade))
    kept_free = 4 + (3 if review.sentences else 0)  # both titles and the last line; one thing not to be overlooked
    most = max(0, min(3, LINES - len(lines) - kept_free))
    lines += _block("Bets, believed against known", [_bet_line(bet) for bet in known[:most]], width)
    room = LINES - len(lines) - 4
    lines += _block("Not to be overlooked", list(review.sentences[: max(room, 0)]), width)
    return "\n".join([*lines, "", f"The report: {report}"])


def _block(title: str, rows: list[str], width: int) -> list[str]:
    return ["", f"{title}:", *(_cut(f"  {row}", width) for row in rows)] if rows else []


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _fix_line(fix: Fix, currency: str) -> str:
    stake = "" if fix.money is None else words.money(fix.money, currency)
    return f"{fix.code} {stake:<9} {fix.title}"


def _forecast_line(one: ObjectiveForecast) -> str:
    last = one.fan[-1]
    reached = f"{one.said(last.p50)} ({one.said(last.p05)} to {one.said(last.p95)}) of {one.said(one.target)}"
    chance = "P not told" if one.p is None else f"P {words.probability(one.p)}"
    if one.by < one.as_of and one.to_date is not None:
        reached, chance = f"was {one.said(one.to_date)} of {one.said(one.target)}", "past"
    return f"{chance:<10} {reached} by {one.by}: {one.name}"


def _bet_line(bet: BetStanding) -> str:
    return f"{bet.word:<10} {bet.bet}: believed {_said(bet.believed)}, known {_said(bet.known)} [{bet.grade}]"


def _said(span: Range | None) -> str:
    if span is None:
        return "nothing"
    if span.scale == "share":
        low, base, high = (words.number(100 * value) for value in (span.low, span.base, span.high))
        return f"{base} % ({low}–{high})"
    unit = " days" if span.scale == "days" else ""
    return f"{words.number(span.base)}{unit} ({words.number(span.low)}–{words.number(span.high)})"


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: width - 1]}…"
