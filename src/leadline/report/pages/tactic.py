"""The page of one tactic: what it is for, what it costs and brings by belief, what came of it so far, what is wrong with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadline.align.phasing import CENTS
from leadline.errors import UsageError
from leadline.evidence.small_cells import HIDDEN
from leadline.report.blocks import Block, Empty, FindingList, Page, Pairs, Section, TableBlock
from leadline.report.figure import Figure
from leadline.report.pages.sheet import finding_view, month_name, scale_of, sheet, unbroken
from leadline.report.pages.source import columns, listed
from leadline.report.pictures.bets import belief
from leadline.report.saying import MISSING, counted, day, estimate, money, number, sentence_case, value
from leadline.review.drift import drift_of, said
from leadline.review.money import money_by_month
from leadline.review.roadmap import roadmap_of

if TYPE_CHECKING:
    from leadline.align.case import Case
    from leadline.plan.tactics import Tactic
    from leadline.review.drift import Standing
    from leadline.review.material import Material
    from leadline.review.money import TacticMoney


def tactic_page(material: Material, name: str) -> Page:
    """Return the page of one tactic; raises UsageError naming the known ones."""
    case = material.case
    if name not in case.tactics:
        raise UsageError.unknown("tactic", name, known=case.tactics)
    tactic = case.tactics[name]
    sections = (
        purpose(case, tactic),
        cost(material, tactic),
        bets(material, tactic),
        outcome(material, tactic),
        wrong(material, tactic),
    )
    return sheet(
        material.review, question=f"What is “{tactic.name or name}” for, and does it do it?", kind="Tactic",
        answer=_answer(material, tactic), sections=sections,
    )  # fmt: skip


def _answer(material: Material, tactic: Tactic) -> str:
    case = material.case
    whole, brings = case.costs[tactic.id], case.graph.brings(tactic)
    mine = [one for one in material.review.check.shown if tactic.id in one.tactics or one.element.id == tactic.id]
    errors = sum(one.level == "error" for one in mine)
    told = [f"{counted(errors, 'error is', many='errors are')} open on it"] if errors else []
    price = (
        f"it costs {money(whole.total, case.currency)} in money and priced hours"
        if whole.total
        else "no cost is written"
    )
    told.append(price)
    if brings:
        told.append(f"by the plan's own belief its sales are worth {money(brings, case.currency)} at base")
    elif case.graph.reaches_value_event(tactic):
        told.append("it brings no sale itself and works through others")
    else:
        told.append("no way leads from it to a sale")
    return sentence_case("; ".join(told))


def purpose(case: Case, tactic: Tactic) -> Section:
    """Say for whom, with what, at which moment, and up to which strategy."""
    question = "What is it for?"
    way = case.graph.serves_path(tactic)
    names = [_called(case, one) for one in (way or ())[1:]]
    pairs = [
        ("By doing what", tactic.mechanism or MISSING),
        ("For whom", ", ".join(_called(case, one) for one in tactic.segments) or MISSING),
        ("Saying what", "; ".join(_claim(case, one) for one in tactic.messages) or MISSING),
        ("When it is welcome", (tactic.timing.trigger if tactic.timing else None) or MISSING),
        ("Through", ", ".join(_called(case, one) for one in tactic.channels) or MISSING),
        ("Intent", tactic.intent or MISSING),
        ("Driven by", _called(case, tactic.owner) if tactic.owner else MISSING),
        ("Stops when", tactic.stop_when or MISSING),
        ("Tested by", tactic.test or MISSING),
        ("Enables", ", ".join(_called(case, link.ref) for link in tactic.enables) or MISSING),
    ]
    answer = f"It serves {' → '.join(names)}." if way else "Nothing links it to a corporate strategy."
    missing = [name for name, text in pairs if text == MISSING and name != "Enables"]
    if missing:
        answer += f" Not written: {listed([one.lower() for one in missing], 5)}."
    return Section("purpose", question, answer, (Pairs(tuple(pairs)),))


def cost(material: Material, tactic: Tactic) -> Section:
    """Show its money by month, planned and spent."""
    question = "What does it cost, and when?"
    told = money_by_month(material.case, material.spent)
    mine = next(one for one in told.tactics if one.tactic == tactic.id)
    hours = material.case.amounts.hours_of(tactic)
    if not mine.planned.total and mine.spent is None:
        empty = Empty("No money yet.", "With a budget each month shows what is to be spent.", "Write its budget.")
        work = f"It takes {number(hours)} h of work and no money." if hours else "Neither money nor hours are written."
        return Section("cost", question, work, (empty,))
    scale = scale_of([mine.planned.total / CENTS], told.currency)
    kept = [
        month
        for month in told.months
        if mine.planned.months.get(month) or (mine.spent and mine.spent.months.get(month))
    ]
    rows = tuple(
        (
            month_name(month), scale.say(mine.planned.months.get(month, 0) / CENTS),
            scale.say(None if mine.spent is None or month > told.as_of else mine.spent.months.get(month, 0) / CENTS),
        )
        for month in kept
    )  # fmt: skip
    heads = columns("month", f">planned|{scale.unit}", f">spent|{scale.unit}")
    table = TableBlock(heads, rows, "Its money by month", "“–”: no source reports it, or the month has not come.")
    return Section("cost", question, _cost_answer(mine, told.currency, hours), (table,))


def _cost_answer(mine: TacticMoney, currency: str, hours: float) -> str:
    answer = f"{money(mine.planned.total / CENTS, currency)} and {number(hours)} h are planned, {money(mine.due / CENTS, currency)} of it by now."
    if mine.spent is None:
        return f"{answer} No source reports what was spent."
    return f"{answer} {money((mine.spent.inside + mine.spent.after) / CENTS, currency)} were spent."


def bets(material: Material, tactic: Tactic) -> Section:
    """List the bets it rests on, believed against known."""
    question = "What is bet on it, and what is known?"
    steps = {
        bet.id for chain in material.case.graph.chains(tactic) for step in chain.steps for bet in (step.rate, step.lag)
    }
    steps |= {bet.id for bet in material.case.graph.starts(tactic)}
    mine = [bet for bet in material.review.bets if bet.bet in steps or bet.tactic == tactic.id]
    if not mine:
        empty = Empty(
            "No bet yet.",
            "A tactic that promises nothing can't fail usefully, and can't be judged.",
            "Write what it delivers or expects, low..base..high.",
        )
        return Section("bets", question, "Nothing is bet on it.", (empty,))
    order = {"behind": 0, "can't tell": 1, "on course": 2}
    rows = tuple(
        (
            bet.name or bet.bet,
            belief(bet.believed, bet.unit),
            estimate(bet.known, bet.unit),
            bet.grade or MISSING,
            bet.word,
        )
        for bet in sorted(mine, key=lambda one: order[one.word])
    )
    known = sum(bet.known is not None for bet in mine)
    late = [bet.name or bet.bet for bet in mine if bet.word == "behind"]
    answer = f"{known} of {counted(len(mine), 'bet')} measured"
    answer += f"; behind: {listed(late)}." if late else "; none is behind." if known else "."
    marks = tuple(bet.word for bet in sorted(mine, key=lambda one: order[one.word]))
    heads = columns("bet", ">plan", ">evidence", "grade", "stands")
    note = "Evidence with its 90 % interval. Steps of the bridge are shared with other tactics unless the tactic has its own."
    return Section("bets", question, answer, (TableBlock(heads, rows, "The bets it rests on", note, marks=marks),))


def outcome(material: Material, tactic: Tactic) -> Section:
    """Say what it should bring to each objective, when that can be judged, and what it has delivered."""
    question = "What should it bring, and what has it brought?"
    case = material.case
    rows = []
    bar = next((one for one in roadmap_of(case).bars if one.tactic == tactic.id), None)
    for judged in bar.judged if bar else ():
        covered = case.coverage[judged.objective]
        share = next((one for one in covered.contributions if one.tactic == tactic.id), None)
        unit = (metric.unit if (metric := case.metric(covered.metric)) else None) or "count"
        rows.append(
            (
                judged.name, MISSING if share is None else value(share.naive, unit), MISSING if share is None else value(share.due, unit),
                value(covered.needed, unit), unbroken(day(judged.day)), unbroken(day(judged.by)),
            )
        )  # fmt: skip
    blocks: list[Block] = []
    if rows:
        heads = columns("objective", ">adds in all", ">adds in time", ">needed", "can be judged", "due")
        blocks.append(
            TableBlock(
                heads, tuple(rows), "What the plan believes it adds, at base", "“–”: no bet leads there, or no date."
            )
        )
    mine = [one for one in drift_of(material).deliveries if one.id.startswith(f"{tactic.id}>")]
    if mine:
        few = [one.reason for one in mine if one.is_hidden]
        read = tuple(
            (
                one.name.partition(": ")[2],
                _counted(one, one.planned),
                HIDDEN if one.is_hidden else _counted(one, one.actual),
                day(one.day),
            )
            for one in mine
        )
        blocks.append(
            TableBlock(
                columns("delivers", ">planned by now", ">counted", "on"),
                read,
                "Delivered so far",
                " ".join(("“–”: no export counts it.", *(f"{why}." for why in dict.fromkeys(few)))),
            )
        )
    known = [one for one in mine if one.actual is not None]
    answer = "; ".join(
        f"{said(one, one.actual)} of {said(one, one.planned)} planned by now were counted" for one in known
    )
    unsaid = next((f"{one.reason}." for one in mine if one.is_hidden), "Nothing was counted yet.")
    return Section("outcome", question, sentence_case(answer) if answer else unsaid, tuple(blocks))


def wrong(material: Material, tactic: Tactic) -> Section:
    """List the findings that are about it."""
    question = "What is wrong with it?"
    review = material.review
    mine = [one for one in review.check.findings if tactic.id in one.tactics or one.element.id == tactic.id]
    if not mine:
        return Section("wrong", question, f"No finding in {counted(review.check.rules_run, 'rule')} concerns it.")
    shown = FindingList(tuple(finding_view(review, one) for one in mine))
    waived = sum(bool(one.waived_by) for one in mine)
    return Section(
        "wrong",
        question,
        f"{counted(len(mine), 'finding')} concern it, {waived} waived."
        if len(mine) > 1
        else "One finding concerns it.",
        (shown,),
    )


def _counted(one: Standing, amount: float | None) -> str:
    text = said(one, amount)
    return text if amount is None else Figure(text, value=amount, unit=one.unit or "count")


def _called(case: Case, identity: str) -> str:
    element = case.elements.get(identity)
    name = getattr(element, "name", None) or getattr(element, "statement", None)
    return str(name or identity)


def _claim(case: Case, identity: str) -> str:
    return str(getattr(case.elements.get(identity), "claim", None) or identity)
