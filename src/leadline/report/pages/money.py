"""The money page: what is planned, committed and spent by month, and whether the people can carry the work."""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from typing import TYPE_CHECKING

from leadline.align.phasing import CENTS, Phased
from leadline.report.blocks import Block, Empty, Page, Picture, Section, TableBlock
from leadline.report.figure import Figure
from leadline.report.pages.carrying import arrivals, load, promises
from leadline.report.pages.sheet import Scale, findings_beside, month_name, scale_of, sheet
from leadline.report.pages.source import columns, listed, source_line
from leadline.report.pictures.canvas import NARROW, WIDE
from leadline.report.pictures.months import MonthlyMoney
from leadline.report.saying import MISSING, counted, day, money, sentence_case
from leadline.review.money import KINDS, MoneyByMonth, TacticMoney, money_by_month, quarters
from leadline.review.work import Work, work_of

if TYPE_CHECKING:
    from leadline.review.material import Material
    from leadline.review.result import Review

_NOBODY = "(no tactic claims it)"


def money_page(material: Material) -> Page:
    """Return the page of money and load."""
    told = money_by_month(material.case, material.spent)
    work = work_of(material.case)
    review = material.review
    sections = (
        by_month(review, told),
        by_tactic(review, told),
        load(review, work),
        arrivals(review, work),
        promises(review, work),
    )
    answer = " ".join(part for part in (_trouble(work), _answer(told)) if part)
    return sheet(
        review, question="Where does the money go, and can we carry the work?", kind="Money and load",
        answer=answer, sections=sections,
    )  # fmt: skip


def _trouble(work: Work) -> str:
    """Say who and what is over its line; bad news stands first."""
    over = [person.name for person in work.people if person.is_over]
    floods = [one.metric for one in work.arrivals if one.is_over]
    short = [one.name for one in work.promises if one.is_short]
    said = []
    if over:
        said.append(f"{listed(over)} {'has' if len(over) == 1 else 'have'} more to do than may be planned")
    if floods:
        said.append(f"more arrives than can be taken at {counted(len(floods), 'handover')}")
    if short:
        said.append(f"promised hours are not covered at {listed(short)}")
    return sentence_case("; ".join(said)) if said else ""


def _answer(told: MoneyByMonth) -> str:
    planned = told.total("planned").total
    if not planned and not told.is_spent_known:
        return "No tactic has a budget, so no money can be laid on months."
    said = f"{told.say(planned)} are planned"
    if told.budget is not None:
        rest = told.budget - planned
        said += (
            f" of a budget of {told.say(told.budget)}"
            if rest >= 0
            else f", {told.say(-rest)} more than the budget of {told.say(told.budget)}"
        )
    bound = told.total("committed").total
    said += f"; {told.say(bound)} are committed." if bound else "; the plan does not say what is committed."
    if not told.is_spent_known:
        return f"{said} What was spent can't be told: no source reports it."
    due, spent = told.comparable()
    said += f" Up to {day(told.as_of)}, {told.say(spent)} were spent where a source reports it; the plan had {told.say(due)} for that."
    nobody = told.nobodys.inside + told.nobodys.after
    return f"{said} A further {told.say(nobody)} belong to no tactic." if nobody else said


def by_month(review: Review, told: MoneyByMonth) -> Section:
    """Show money by month of the plan's window, and added up."""
    question = "What is planned, committed and spent by month?"
    planned = told.total("planned")
    if not told.months or not (planned.total or told.is_spent_known):
        what = "No window." if not told.months else "No money yet."
        empty = Empty(
            what,
            "With a window and budgets on the tactics, each month shows what is to be spent, what is bound and what was spent.",
            "Write plan.window and the budget of each tactic (tactics.list[].budget), by period where it is uneven.",
        )
        return Section("months", question, "Nothing can be laid on months yet.", (empty,))
    picture = _picture(review, told)
    blocks: list[Block] = [picture, _month_table(told), *_outside(told)]
    blocks += findings_beside(review, ("BUD001", "BUD011", "BUD007"), caption="What the check says of the sums")
    return Section("months", question, _month_answer(told), tuple(blocks), _known(told))


def _drawn(told: MoneyByMonth) -> MonthlyMoney:
    month = told.as_of.replace(day=1)
    known = sum(one <= told.as_of for one in told.months) if told.is_spent_known else 0
    days = calendar.monthrange(told.as_of.year, told.as_of.month)[1]
    return MonthlyMoney(
        currency=told.currency,
        months=told.months,
        planned=_units(told, told.total("planned")),
        committed=_units(told, told.total("committed")),
        spent=_units(told, told.total("spent")),
        nobody=_units(told, told.nobodys),
        planned_sum=_plain(told.running("planned")),
        committed_sum=_plain(told.running("committed")),
        spent_sum=_plain(told.running("spent")),
        fair_sum=_plain(told.running_reported()) if told.is_spent_known and told.unreported else (),
        known=known,
        part=told.as_of.day / days if month in told.months else 1.0,
    )


def _picture(review: Review, told: MoneyByMonth) -> Picture:
    drawn = _drawn(told)
    under = f"{told.currency}, as written in the plan; open step: plan"
    under += " · solid: spent, as reported · outlined: spent for no tactic" if told.is_spent_known else ""
    under += " · dashed: the plan of the tactics with a source" if told.is_spent_known and told.unreported else ""
    under += " · dotted: committed" if told.total("committed").total else ""
    return Picture(
        _title(told), drawn.sentence(), drawn.chart(WIDE), drawn.chart(NARROW), under=under, source=source_line(review),
        native=drawn.native(),
    )  # fmt: skip


def _title(told: MoneyByMonth) -> str:
    if told.is_spent_known and told.due:
        due, spent = told.comparable()
        side = "more than" if spent > due else "less than" if spent < due else "as much as"
        return f"{told.say(spent)} spent by {day(told.as_of)}, {side} the {told.say(due)} planned for the same tactics"
    planned = told.total("planned").months
    month = max(planned, key=lambda one: planned[one])
    return f"{told.say(told.total('planned').total)} planned; the dearest month is {month_name(month)} with {told.say(planned[month])}"


def _month_answer(told: MoneyByMonth) -> str:
    planned = told.total("planned").months
    month = max(planned, key=lambda one: planned[one])
    parts = [f"The dearest month is {month_name(month)} with {told.say(planned[month])} planned."]
    if told.is_spent_known and told.unreported:
        missing = sum(one.due for one in told.unreported)
        names = listed([one.name for one in told.unreported])
        parts.append(f"Of {told.say(missing)} planned so far for {names} no source says whether it was spent.")
    outside = sum(cents for _, kind, _, cents in told.outside if kind != "spent")
    if outside:
        parts.append(f"{told.say(outside)} of the plan fall outside its window.")
    return " ".join(parts)


def _month_table(told: MoneyByMonth) -> TableBlock:
    """Return one row a month; what nobody wrote and nobody reports has no column."""
    planned, bound, spent = (told.total(kind) for kind in KINDS)
    scale = scale_of([told.total(kind).total / CENTS for kind in KINDS], told.currency)
    known = [told.is_spent_known and month <= told.as_of for month in told.months]
    parts: list[tuple[str, list[int | None]]] = [("planned", _cells(told, planned))]
    if bound.total:
        parts.append(("committed", _cells(told, bound)))
    if told.is_spent_known:
        parts += [("spent", _cells(told, spent, known)), ("of it no tactic", _cells(told, told.nobodys, known))]
    parts.append(("planned so far", list(told.running("planned"))))
    if told.is_spent_known:
        so_far = [cents if there else None for cents, there in zip(told.running("spent"), known, strict=True)]
        parts.append(("spent so far", so_far))
    rows = tuple(
        (month_name(month), *(_cell(scale, cells[index]) for _, cells in parts))
        for index, month in enumerate(told.months)
    )
    heads = columns("month", *(f">{name}|{scale.unit}" for name, _ in parts))
    sums = [f"{told.say(planned.inside)} planned"] + ([f"{told.say(bound.inside)} committed"] if bound.total else [])
    sums += [f"{told.say(spent.inside)} spent so far"] if told.is_spent_known else []
    note = f"Inside the window: {', '.join(sums)}. Rounded; the amounts behind add up to the cent."
    note += " “–”: the month has not come." if told.is_spent_known and not all(known) else ""
    return TableBlock(heads, rows, "Money by month of the plan's window", note)


def _cells(told: MoneyByMonth, money: Phased, known: Sequence[bool] = ()) -> list[int | None]:
    """Return the cents of each month, None for months of which nothing can be known yet."""
    return [
        money.months.get(month, 0) if not known or known[index] else None for index, month in enumerate(told.months)
    ]


def _outside(told: MoneyByMonth) -> list[Block]:
    if not told.outside:
        return []
    words = {"before": "before the window", "after": "after the window", "undated": "without a date"}
    names = {one.tactic: one.name for one in told.tactics}
    rows = tuple(
        (names.get(tactic, _NOBODY), kind, words[part], money(cents / CENTS, told.currency))
        for tactic, kind, part, cents in told.outside
    )
    return [TableBlock(columns("tactic", "money", "when", ">how much"), rows, "What falls outside the plan's window")]


def by_tactic(review: Review, told: MoneyByMonth) -> Section:
    """Show each tactic's money: planned, committed, spent, and against the plan so far; run cost beside."""
    question = "Which tactic takes how much?"
    if not told.tactics:
        empty = Empty(
            "No tactic yet.",
            "Each tactic will stand here with its budget, what is bound and what was spent.",
            "Write the tactics: leadline init.",
        )
        return Section("tactics", question, "The plan has no tactic.", (empty,))
    ordered = sorted(told.tactics, key=lambda one: (one.is_run, -one.planned.total))
    scale = scale_of([told.total(kind).total / CENTS for kind in ("planned", "spent")], told.currency)
    table = _tactic_table(told, ordered, scale)
    blocks: list[Block] = [table, _quarter_table(told, ordered)]
    blocks += findings_beside(
        review, ("BUD002", "BUD005", "BUD006"), caption="What the check says of the tactics' money"
    )
    return Section("tactics", question, _tactic_answer(told, ordered), tuple(blocks), told.notes)


def _tactic_table(told: MoneyByMonth, ordered: list[TacticMoney], scale: Scale) -> TableBlock:
    """Return one row a tactic; committed and spent stand there where anything is known of them."""
    rows = [_tactic_row(scale, one) for one in ordered]
    if told.nobodys.inside + told.nobodys.after:
        rows.append(
            (_NOBODY, MISSING, MISSING, MISSING, _cell(scale, told.nobodys.inside + told.nobodys.after), MISSING)
        )
    rows.append(_total_row(scale, told))
    heads = ("budget", "committed", "planned so far", "spent so far", "difference")
    kept = [0, 1] + ([2] if told.total("committed").total else []) + ([3, 4, 5] if told.is_spent_known else [3])
    note = "So far: from the window's first day to the as-of day."
    if told.is_spent_known:
        note += (
            " “–”: no source reports the spend of this tactic, so its difference can't be told. The difference of the "
            "last row compares only tactics with a source."
        )
    return TableBlock(
        tuple(columns("tactic", *(f">{name}|{scale.unit}" for name in heads))[index] for index in kept),
        tuple(tuple(row[index] for index in kept) for row in rows),
        "Money by tactic, largest budget first; running cost last", note, total="sum of the rows",
        links=tuple([*(f"tactic:{one.tactic}" for one in ordered), "", ""][: len(rows)]),
    )  # fmt: skip


def _tactic_row(scale: Scale, one: TacticMoney) -> tuple[str, ...]:
    spent = None if one.spent is None else one.spent.inside + one.spent.after
    name = f"{one.name} (running cost)" if one.is_run else one.name
    return (
        name, _cell(scale, one.planned.total), _cell(scale, one.committed.total), _cell(scale, one.due),
        _cell(scale, spent), _cell(scale, None if spent is None else spent - one.due, signed=True),
    )  # fmt: skip


def _total_row(scale: Scale, told: MoneyByMonth) -> tuple[str, ...]:
    spent = told.total("spent")
    due, known = told.comparable()
    return (
        "All together", _cell(scale, told.total("planned").total), _cell(scale, told.total("committed").total),
        _cell(scale, told.due), _cell(scale, spent.inside + spent.after if told.is_spent_known else None),
        _cell(scale, known - due if told.is_spent_known else None, signed=True),
    )  # fmt: skip


def _quarter_table(told: MoneyByMonth, ordered: list[TacticMoney]) -> TableBlock:
    names = tuple(quarters(told.total("planned")))
    scale = scale_of([told.total("planned").total / CENTS], told.currency)
    rows = [(one.name, *(_cell(scale, quarters(one.planned).get(name, 0)) for name in names)) for one in ordered]
    rows.append(("All together", *(_cell(scale, cents) for cents in quarters(told.total("planned")).values())))
    heads = columns("tactic", *(f">{name}|{scale.unit}" for name in names))
    return TableBlock(
        heads,
        tuple(rows),
        "Planned money by tactic and quarter",
        total="sum of the rows",
        links=(*(f"tactic:{one.tactic}" for one in ordered), ""),
    )


def _tactic_answer(told: MoneyByMonth, ordered: list[TacticMoney]) -> str:
    whole = told.total("planned").total
    if not whole:
        return "No tactic has a budget."
    first = max(ordered, key=lambda one: one.planned.total)
    run = told.total("planned", run=True).total
    text = f"{first.name} takes the most: {told.say(first.planned.total)} of {told.say(whole)} ({100 * first.planned.total / whole:.0f} %)."
    text += f" Running cost beside it: {told.say(run)}." if run else ""
    off = [(one, one.spent.inside + one.spent.after - one.due) for one in told.tactics if one.spent is not None]
    if off:
        worst, difference = max(off, key=lambda pair: abs(pair[1]))
        side = "over" if difference > 0 else "under"
        text += f" Farthest from its plan so far is {worst.name}, {told.say(abs(difference))} {side}."
    return text


def _known(told: MoneyByMonth) -> tuple[str, ...]:
    lines = [
        (
            "A budget by period is spread evenly over the days of the period inside the tactic's dates, a single budget "
            "evenly over the dates; committed money in the same way."
        )
    ]
    if told.known_until is not None:
        lines.append(
            f"Spent: what ad platforms and invoices report, last on {day(told.known_until)}, on their own days."
        )
    else:
        lines.append("Spent: no ad platform and no invoice was imported.")
    lines += [f"1 {told.currency} = {one.per_plan:g} {one.currency}, rate of {day(one.day)}." for one in told.rates]
    return tuple(lines)


def _units(told: MoneyByMonth, money: Phased) -> tuple[float, ...]:
    return tuple(money.months.get(month, 0) / CENTS for month in told.months)


def _plain(cents: tuple[int, ...]) -> tuple[float, ...]:
    return tuple(amount / CENTS for amount in cents)


def _cell(scale: Scale, cents: int | None, *, signed: bool = False) -> str:
    text = scale.say(None if cents is None else cents / CENTS)
    return text.saying(f"+{text}") if signed and isinstance(text, Figure) and cents and cents > 0 else text
