"""The board's page, one sheet of paper: what it cost, what it brought, what to stop, and how sure we are.

It is cut to fit before any writer sees it, so that every format says the same; what is left out is counted at its foot
with the place where it stands. Counted cases are called counted: without a test nobody knows which would have come anyway.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from leadline.align.phasing import CENTS
from leadline.report.blocks import Block, Empty, Notes, Page, Picture, Section, Sentence, TableBlock
from leadline.report.pages.outlook import chances, forecast_table, hundred
from leadline.report.pages.sheet import Scale, scale_of
from leadline.report.pages.source import columns, listed, source_line
from leadline.report.saying import MISSING, counted, day, estimate, number
from leadline.review.drift import drift_of, said

if TYPE_CHECKING:
    from collections.abc import Mapping

    from leadline.align.finding import Finding
    from leadline.align.hundred import Part
    from leadline.decide.forecast import ObjectiveForecast
    from leadline.decide.standing import BetStanding
    from leadline.review.drift import Drift
    from leadline.review.material import Material
    from leadline.review.money import TacticMoney
    from leadline.review.result import Review

# Rows that leave a sheet of A4 readable with all four questions on it (house, looked at with plans of 2 to 60 tactics).
MOST_OBJECTIVES, MOST_TACTICS, MOST_STOPS, MOST_KINDS, MOST_SAID = 4, 6, 4, 8, 2
# Letters of a name, of a reason, of a sentence; longer ones are cut with an ellipsis, and the review has them whole.
_NAME, _REASON, _SAID = 44, 80, 190
MOST_SALES = 3  # house: as many as one sentence holds
_GOES: Mapping[Part, str] = {
    "proven": "a sale, proven",
    "believed": "a sale, believed",
    "attention": "attention only",
    "nothing": "nothing",
}
_ELSEWHERE = "the review (leadline report -o review.pdf)"


@dataclass(frozen=True, slots=True)
class Stop:
    """A tactic with money still to come that evidence or logic speaks against; left: cents planned after the as-of day."""

    money: TacticMoney
    reason: str
    left: int


def board_page(material: Material) -> Page:
    """Return the board's page."""
    review, drift = material.review, drift_of(material)
    left_out: list[str] = []
    sections = (
        cost(review, drift),
        brought(material, drift, left_out=left_out),
        stop(material, drift, left_out=left_out),
        sure(review, left_out),
    )
    return Page(
        title="What did it cost, what did it bring, and what should stop?",
        kicker=_cut(" · ".join(part for part in ("For the board", review.title, review.organisation) if part), _SAID),
        under=f"As of {day(review.as_of)} · plan {review.plan_hash[:8]} · {review.plan_status}",
        answer=_in_short(material, drift),
        sections=sections,
        foot=f"Board · {_cut(review.title, _REASON)} · {source_line(review)}",
        one_sheet=True,
    )


def _in_short(material: Material, drift: Drift) -> str:
    """Answer the page's four questions in one sentence: spent, sold, to stop, and on how much of it a test speaks."""
    told, review = drift.money, material.review
    whole, spent = told.total("planned").total, told.total("spent")
    cost_said = (
        f"{told.say(spent.inside + spent.after)} spent of {told.say(whole)} planned"
        if told.is_spent_known
        else f"{told.say(whole)} planned, what was spent is not reported"
    )
    events = {one.name or one.id for one in material.case.plan.metrics if one.value_event}
    sold = sum(step.moved for step in review.steps if step.to_name in events)
    found = stops(material, drift)
    ending = (
        f"{counted(len(found), 'tactic')} with {told.say(sum(one.left for one in found))} still to come to stop or change"
        if found
        else "nothing speaks for stopping anything"
    )
    tested = sum(bet.grade in {"A", "B"} for bet in review.bets)
    rests = f"{tested} of {counted(len(review.bets), 'bet')} rest on a test" if review.bets else "no bet to be sure of"
    return f"{cost_said}; {counted(sold, 'sale') if sold else 'no sale'} counted; {ending}; {rests}."


def cost(review: Review, drift: Drift) -> Section:
    """Say what was spent of what was planned, and where each 100 goes."""
    told = drift.money
    whole = told.total("planned").total
    if not whole and not told.is_spent_known:
        answer = "No tactic has a budget and no source reports spend, so the cost can't be told."
    elif not told.is_spent_known:
        answer = f"{told.say(whole)} are planned; what was spent can't be told, because no source reports it."
    else:
        spent = told.total("spent")
        due, same = told.comparable()
        answer = f"{told.say(spent.inside + spent.after)} spent by {day(told.as_of)} where a source reports it, of {told.say(whole)} planned in all."
        if due:
            answer += f" The tactics with a source were to have spent {told.say(due)} and spent {told.say(same)}."
        unreported = sum(one.due for one in told.unreported)
        if unreported:
            answer += f" Of {told.say(unreported)} due for {counted(len(told.unreported), 'tactic')} no source says whether it was spent."
    found = hundred(review)
    # Its numbers stand in the picture itself and in the review.
    shown = tuple(replace(block, table=None) if isinstance(block, Picture) else block for block in found.blocks)
    return Section("cost", "What did it cost?", answer, shown)


def brought(material: Material, drift: Drift, *, left_out: list[str]) -> Section:
    """Say which sales were counted, whether the objectives will be reached, and what each tactic is credited with."""
    review = material.review
    ordered = sorted(review.forecasts, key=lambda one: (one.p is None, one.p or 0.0))
    blocks: list[Block] = []
    if ordered:
        shown = [replace(one, name=_cut(one.name)) for one in ordered[:MOST_OBJECTIVES]]
        blocks += [Sentence(chances(shown if len(ordered) <= MOST_OBJECTIVES else _shortly(ordered)))]
        blocks.append(replace(forecast_table(shown), caption="Objectives, least likely first"))
        _leave(left_out, len(ordered) - MOST_OBJECTIVES, "objective")
    if drift.money.tactics:
        blocks.append(_tactics(material, drift, left_out))
    if not blocks:
        blocks.append(Empty("No objective and no tactic yet.", "Here stands what each was to bring and brought."))
    return Section("brought", "What did it bring?", _sales(material), tuple(blocks))


def _shortly(forecasts: list[ObjectiveForecast]) -> list[ObjectiveForecast]:
    return [replace(one, name=_cut(one.name)) for one in forecasts]


def _sales(material: Material) -> str:
    """Say how many value events were counted, and what they are worth by the plan's own estimate."""
    events = {one.name or one.id: one.id for one in material.case.plan.metrics if one.value_event}
    steps = [one for one in material.review.steps if one.to_name in events and one.entered]
    if not steps:
        return "No sale was counted: no export names one, or the plan has no value event."
    worth = {bet.target: bet for bet in material.review.bets if bet.kind == "worth"}
    parts = []
    for step in sorted(steps, key=lambda one: -one.moved)[:MOST_SALES]:
        text = f"{number(step.moved, 6)} {_cut(step.to_name)} of {number(step.entered, 6)} {_cut(step.from_name)}"
        priced = worth.get(events[step.to_name])
        known = priced and (priced.known or priced.believed)
        if priced and known and step.moved:
            times = replace(
                known, low=known.low * step.moved, base=known.base * step.moved, high=known.high * step.moved
            )
            text += f", worth {estimate(times, priced.unit)} as {'measured' if priced.known else 'the plan believes'}"
        parts.append(text)
    more = f"; {counted(len(steps) - MOST_SALES, 'more step')} to a sale" if len(steps) > MOST_SALES else ""
    return f"Counted: {'; '.join(parts)}{more}. How many would have come anyway is not known."


def _tactics(material: Material, drift: Drift, left_out: list[str]) -> TableBlock:
    """Return one row a tactic, the dearest first: what it cost, where its money goes, what is credited to it."""
    told, review = drift.money, material.review
    ordered = sorted(told.tactics, key=lambda one: (-max(_spent(one) or 0, one.planned.total), one.name))
    shown = ordered[:MOST_TACTICS]
    rest = ordered[MOST_TACTICS:]
    scale = scale_of([one.planned.total / CENTS for one in shown], told.currency)
    parts = review.check.scores.hundred.tactics
    rows, marks = [], []
    for one in shown:
        bet = _leading(review, one.tactic)
        rows.append((
            _cut(one.name), _money(scale, one.planned.total), _money(scale, _spent(one)),
            "running cost" if one.is_run else _GOES[parts.get(one.tactic, "nothing")],
            _credited(drift, one.tactic), f"{bet.word}{f', grade {bet.grade}' if bet.grade else ''}" if bet else MISSING,
        ))  # fmt: skip
        marks.append(bet.word if bet else "")
    if rest:
        _leave(left_out, len(rest), "tactic", money=told.say(sum(one.planned.total for one in rest)))
    heads = columns(
        "tactic", f">planned|{scale.unit}", f">spent|{scale.unit}", "its money reaches", "credited with, of due by now",
        "its bet stands",
    )  # fmt: skip
    note = "Credited with: counted and assigned to the tactic, which is not caused by it. “–”: no source, or nothing to count."
    return TableBlock(heads, tuple(rows), "Tactics, the dearest first", note, marks=tuple(marks))


def stop(material: Material, drift: Drift, *, left_out: list[str]) -> Section:
    """Name the tactics with money to come that serve nothing, end at attention, or fall behind their own bet."""
    told = drift.money
    found = sorted(stops(material, drift), key=lambda one: -one.left)
    question = "What should stop, or change first?"
    if not found:
        return Section(
            "stop", question, "On what is known, nothing speaks against a tactic that still has money to come."
        )
    whole = told.say(sum(one.left for one in found))
    answer = f"{counted(len(found), 'tactic')} with {whole} planned after {day(told.as_of)}; what is bound by contract is not free any more."
    scale = scale_of([one.left / CENTS for one in found], told.currency)
    rows = tuple(
        (
            _cut(one.money.name), _money(scale, one.left), _cut(one.reason, _REASON),
            _cut(material.case.tactics[one.money.tactic].stop_when or "not written", _REASON),
        )
        for one in found[:MOST_STOPS]
    )  # fmt: skip
    if len(found) > MOST_STOPS:
        rest = told.say(sum(one.left for one in found[MOST_STOPS:]))
        _leave(left_out, len(found) - MOST_STOPS, "candidate to stop", many="candidates to stop", money=rest)
    heads = columns("tactic", f">still to come|{scale.unit}", "what speaks against it", "agreed beforehand: stops when")
    table = TableBlock(heads, rows, "Candidates, most money still to come first")
    return Section("stop", question, answer, (table,))


def stops(material: Material, drift: Drift) -> list[Stop]:
    """Return the candidates in no order. Running cost keeps the house open and is none."""
    review, found = material.review, []
    parts = review.check.scores.hundred.tactics
    for one in drift.money.tactics:
        left = max(one.planned.total - max(one.due, _spent(one) or 0), 0)
        late = [bet for bet in review.bets if bet.tactic == one.tactic and bet.word == "behind"]
        part = parts.get(one.tactic)
        if one.is_run or not left:
            continue
        if late:
            worst = late[0]
            seen = f"{estimate(worst.known, worst.unit)} against {estimate(worst.believed, worst.unit)} planned"
            kind = "delivers less than its bet" if worst.kind == "delivers" else "its own bet is behind"
            found.append(Stop(one, f"{kind}: {seen} (grade {worst.grade or 'none'})", left))
        elif part == "nothing":
            found.append(Stop(one, "serves no objective up to the strategy", left))
        elif part == "attention":
            found.append(Stop(one, "stops at attention: no way leads from it to a sale", left))
    return found


def sure(review: Review, left_out: list[str]) -> Section:
    """Say how much is known, what is wrong with the plan, what the data cannot tell, and what is left out here."""
    bets, check = review.bets, review.check
    good = sum(bet.grade in {"A", "B", "C"} for bet in bets)
    tested = sum(bet.grade in {"A", "B"} for bet in bets)
    unmeasured = sum(bet.known is None for bet in bets)
    answer = (
        f"Of {counted(len(bets), 'bet')}, {tested} rest on a test (grade A or B), {good - tested} on counted or modelled cases (C), "
        f"{len(bets) - good - unmeasured} on credit alone (D, E), {unmeasured} on belief."
        if bets
        else "The plan has no bets, so nothing in it can be proven or fail."
    )
    errors = list(dict.fromkeys(_in_words(one) for one in check.shown if one.level == "error"))
    parts = [
        counted(int(str(check.counts[level])), level) for level in ("error", "warning", "note") if check.counts[level]
    ]
    said = (
        f"{', '.join(parts)} open in {counted(check.rules_run, 'rule')}"
        if parts
        else f"No finding is open in {counted(check.rules_run, 'rule')}"
    )
    if errors:
        said += f" (errors: {listed(errors, MOST_KINDS)})"
    waived = list(dict.fromkeys(_in_words(one) for one in check.waived))
    said += f"; waived: {listed(waived, MOST_KINDS)}." if waived else "; none waived."
    lines = [said, *(_cut(text, _SAID) for text in sorted(review.sentences, key=_is_long)[:MOST_SAID])]
    _leave(left_out, len(review.sentences) - MOST_SAID, "remark", where="")
    blocks: list[Block] = [Notes(tuple(lines))]
    rest = (
        f"Left out here: {'; '.join(left_out)}. They stand in {_ELSEWHERE}."
        if left_out
        else "Nothing is left out but the numbers behind."
    )
    blocks.append(Sentence(rest, "aside"))
    return Section("sure", "How sure are we?", answer, tuple(blocks))


def _in_words(finding: Finding) -> str:
    """Return what a finding is about in words: who pays reads no codes."""
    return finding.name.replace("-", " ")


def _is_long(text: str) -> bool:
    """Say whether a remark would be cut: what fits comes first, because half a sentence tells nobody anything."""
    return len(text) > _SAID


def _leading(review: Review, tactic: str) -> BetStanding | None:
    """Return the bet a tactic is judged by: of those it owns, the one that is behind, else the best known."""
    order = {"behind": 0, "on course": 1, "can't tell": 2}
    mine = [bet for bet in review.bets if bet.tactic == tactic and bet.kind in {"delivers", "expects", "rate"}]
    return min(mine, key=lambda bet: (order[bet.word], bet.known is None, bet.bet), default=None)


def _credited(drift: Drift, tactic: str) -> str:
    mine = [one for one in drift.deliveries if one.id.startswith(f"{tactic}>") and one.actual is not None]
    if not mine:
        return MISSING
    first = mine[0]
    more = f" and {len(mine) - 1} more" if len(mine) > 1 else ""
    due = "" if first.planned is None else f" of {said(first, first.planned)}"
    return _cut(f"{said(first, first.actual)}{due} {first.name.partition(': ')[2]}{more}", _NAME)


def _spent(one: TacticMoney) -> int | None:
    return None if one.spent is None else one.spent.inside + one.spent.after


def _money(scale: Scale, cents: int | None) -> str:
    return scale.say(None if cents is None else cents / CENTS)


def _leave(left_out: list[str], count: int, what: str, *, many: str = "", money: str = "", where: str = "") -> None:
    """Note what did not fit, with the money that hangs on it."""
    if count > 0:
        left_out.append(f"{counted(count, what, many=many)}{f' with {money}' if money else ''}{where}")


def _cut(text: str, most: int = _NAME) -> str:
    """Return a text of at most so many letters, cut at a word where there is one."""
    flat = " ".join(text.split())
    if len(flat) <= most:
        return flat
    kept = flat[: most - 1]
    word = kept.rpartition(" ")[0]
    return f"{(word if len(word) > most / 2 else kept).rstrip(' ,;:')}…"
