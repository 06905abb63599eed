"""Sections of the money page on people: hours by week, arrivals at handovers, promised and covered hours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadline.report.blocks import Block, Empty, Picture, Section, TableBlock
from leadline.report.pages.sheet import findings_beside
from leadline.report.pages.source import columns, listed, source_line, tactic_titles
from leadline.report.pictures.canvas import NARROW, WIDE
from leadline.report.pictures.promises import PromiseBars, PromiseRow
from leadline.report.pictures.weeks import WeekRow, WeekRows
from leadline.report.saying import MISSING, counted, number, share, value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from leadline.review.result import Review
    from leadline.review.work import Arrivals, PersonWork, Work


def load(review: Review, work: Work) -> Section:
    """Show hours per person and ISO week against what may be planned."""
    question = "Who has how much to do in which week?"
    if not work.people:
        empty = Empty(
            "Nobody is listed yet.",
            "With people and their hours a week, each week shows whether the work fits.",
            "Write action.people with a capacity, and an owner for each tactic.",
        )
        return Section("load", question, "The plan lists no people, so nobody's week can be told.", (empty,))
    ordered = sorted(work.people, key=lambda one: (not one.is_over, -_filled(one.heaviest[1], one.available)))
    rows = tuple(_person_row(person) for person in ordered)
    drawn = WeekRows(rows, tuple(work.people[0].weeks), "hours")
    over = [person for person in work.people if person.is_over]
    picture = Picture(
        _load_title(over, work), drawn.sentence(), drawn.chart(WIDE), drawn.chart(NARROW),
        under="hours a week, as planned · line: what may be planned, at the same height for everybody · pale: hours within it · solid: hours beyond it",
        source=source_line(review), table=_person_table(work), native=drawn.native(),
    )  # fmt: skip
    blocks: list[Block] = [picture]
    if over:
        blocks.append(_heavy_table(over, tactic_titles(review)))
    blocks += findings_beside(review, ("RES001", "RES003", "RES004"), caption="What the check says of people")
    return Section("load", question, _load_answer(over, work), tuple(blocks), _load_known(work))


def _person_row(person: PersonWork) -> WeekRow:
    week, hours = person.heaviest
    if person.available is None:
        return WeekRow(person.name, person.weeks, None, (f"heaviest {_hours(hours)}", "no capacity given"))
    name = f"of {_hours(person.available)}, {week}" if hours > 0 else f"of {_hours(person.available)}"
    said = f"heaviest {_hours(hours)}" if hours > 0 else "nothing planned"
    return WeekRow(person.name, person.weeks, person.available, (said, name), person.is_over)


def _load_title(over: list[PersonWork], work: Work) -> str:
    if not over:
        return f"Nobody is above what may be planned for {number(work.min_weeks)} weeks in a row"
    worst = max(over, key=lambda one: (one.worst.peak / one.available) if one.worst and one.available else 0.0)
    stretch = worst.worst
    if stretch is None or worst.available is None:
        return f"{worst.name} has more to do than there are hours"
    weeks = f"for {number(stretch.weeks)} weeks in a row" if stretch.weeks > 1 else f"in {stretch.week}"
    return (
        f"{worst.name} has up to {_hours(stretch.peak)} a week to do {weeks}; {_hours(worst.available)} may be planned"
    )


def _load_answer(over: list[PersonWork], work: Work) -> str:
    unknown = [person.name for person in work.people if person.available is None]
    if over:
        text = f"{listed([person.name for person in over])} {'has' if len(over) == 1 else 'have'} more to do than may be planned for {number(work.min_weeks)} weeks in a row or longer."
    else:
        text = "The work fits everybody whose capacity is known."
    return f"{text} For {listed(unknown)} no capacity is given." if unknown else text


def _person_table(work: Work) -> TableBlock:
    rows = tuple(
        (
            person.name, MISSING if person.available is None else _hours(person.available),
            *((_hours(person.heaviest[1]), person.heaviest[0]) if person.heaviest[1] > 0 else (MISSING, MISSING)),
            number(sum(hours > person.available for hours in person.weeks.values())) if person.available is not None else MISSING,
        )
        for person in work.people
    )  # fmt: skip
    heads = columns("person", ">may be planned a week", ">heaviest week", "which", ">weeks above")
    links = tuple(person.person for person in work.people)
    return TableBlock(heads, rows, "Load by person", "“–”: no capacity is given, or nothing is planned.", links=links)


def _heavy_table(over: list[PersonWork], titles: Mapping[str, str]) -> TableBlock:
    """List the heaviest stretch of each overloaded person with what fills its heaviest week."""
    rows = []
    for person in over:
        worst = person.worst
        if worst is not None:
            tactics = ", ".join(
                f"{titles.get(name, name)}: {_hours(hours)}" for name, hours in list(worst.tactics.items())[:4]
            )
            rows.append(
                (person.name, worst.first, number(worst.weeks), _hours(worst.peak), worst.week, tactics or MISSING)
            )
    heads = columns("person", "from", ">weeks in a row", ">heaviest week", "which", "what fills it")
    return TableBlock(heads, tuple(rows), "The heaviest stretch of each person above the line")


def _load_known(work: Work) -> tuple[str, ...]:
    return (
        (
            "Load: hours of tasks, spread over start to due; the rest of a tactic's hours over its dates, to its owner; and "
            "the contacts of touch points the person covers. The check RES001 uses the same sums."
        ),
        f"{share(work.planned, 0)} of a capacity may be planned; the rest goes elsewhere.",
    )


def arrivals(review: Review, work: Work) -> Section:
    """Show what arrives at each handover a week against what can be taken."""
    question = "Does more arrive than the teams can take?"
    if not work.arrivals:
        empty = Empty(
            "No handover yet.",
            "A handover says what passes from one team to another and how much a week can be taken; leads that wait are lost.",
            "Write action.handovers with metric and capacity.",
        )
        return Section("arrivals", question, "The plan has no handover, so nobody is known to be flooded.", (empty,))
    weeks = tuple(sorted({week for one in work.arrivals for week in one.weeks} | _window_weeks(work)))
    ordered = sorted(work.arrivals, key=lambda one: (not one.is_over, -_filled(one.peak, one.capacity)))
    rows = tuple(_arrival_row(one) for one in ordered)
    drawn = WeekRows(rows, weeks, "arrivals")
    over = [one for one in work.arrivals if one.is_over]
    picture = Picture(
        _arrival_title(over, work), drawn.sentence(), drawn.chart(WIDE), drawn.chart(NARROW),
        under="arrivals a week at base, delivered evenly and shifted by the lags · line: what can be taken · pale: within it · solid: more than can be taken",
        source=source_line(review), table=_arrival_table(work), native=drawn.native(),
    )  # fmt: skip
    blocks: list[Block] = [picture, *findings_beside(review, ("ENB002",), caption="What the check says of handovers")]
    known = ("Base values of the plan's bets, all tactics together. The check ENB002 uses the same sums.",)
    return Section("arrivals", question, _arrival_answer(over, work), tuple(blocks), known)


def _window_weeks(work: Work) -> set[str]:
    return set(work.people[0].weeks) if work.people else set()


def _arrival_row(one: Arrivals) -> WeekRow:
    name = f"{one.metric}, to {one.taker}" if one.taker else one.metric
    if not one.week:
        return WeekRow(name, one.weeks, one.capacity, ("nothing arrives", "by the plan's bets"))
    room = "no capacity given" if one.capacity is None else f"of {number(one.capacity)}, {one.week}"
    return WeekRow(name, one.weeks, one.capacity, (f"heaviest {number(one.peak)}", room), one.is_over)


def _arrival_title(over: list[Arrivals], work: Work) -> str:
    if not over:
        return f"None of {counted(len(work.arrivals), 'handover')} gets more than it can take in any week"
    worst = max(over, key=lambda one: one.peak / (one.capacity or 1.0))
    return f"{number(worst.peak)} × {worst.metric} arrive in {worst.week}; {number(worst.capacity or 0.0)} can be taken"


def _arrival_answer(over: list[Arrivals], work: Work) -> str:
    if not over:
        unknown = [one.metric for one in work.arrivals if one.capacity is None]
        return (
            f"No flood where a capacity is known; none is given for {listed(unknown)}."
            if unknown
            else "No: each handover can take its heaviest week."
        )
    return f"Yes, at {len(over)} of {counted(len(work.arrivals), 'handover')}: {listed([one.metric for one in over])}."


def _arrival_table(work: Work) -> TableBlock:
    rows = tuple(
        (
            one.metric, one.giver or MISSING, one.taker or MISSING, number(one.peak) if one.week else MISSING,
            one.week or MISSING, MISSING if one.capacity is None else number(one.capacity),
        )
        for one in work.arrivals
    )  # fmt: skip
    heads = columns("what is handed over", "from", "to", ">heaviest week", "which", ">can be taken a week")
    return TableBlock(heads, rows, "Arrivals at handovers", links=tuple(one.handover for one in work.arrivals))


def promises(review: Review, work: Work) -> Section:
    """Show promised against covered hours at each touch point."""
    question = "Are the promised hours covered?"
    if not work.promises:
        empty = Empty(
            "No promise yet.",
            "A promise of answers within a time and in certain hours is public; here it stands beside the hours that are staffed.",
            "Write promise and staffed at the touch points where people write or call.",
        )
        return Section("promises", question, "No touch point promises hours.", (empty,))
    rows = tuple(PromiseRow(one.name, one.promised, one.staffed, one.workload, one.is_short) for one in work.promises)
    drawn = PromiseBars(rows)
    short = [one.name for one in work.promises if one.is_short]
    title = (
        f"{listed(short)}: fewer hours are there than promised or needed" if short else "Every promised hour is covered"
    )
    table = TableBlock(
        columns("touch point", "answer within", ">promised|h/week", ">covered|h/week", ">needed|h/week"),
        tuple(
            (one.name, one.first_response or MISSING, number(one.promised), number(one.staffed), MISSING if one.workload is None else number(one.workload))
            for one in work.promises
        ),
        "Promised and covered hours",
        "Needed: contacts times handling time at 80 % occupancy; “–”: volume or handling time is not written.",
        links=tuple(one.touchpoint for one in work.promises),
    )  # fmt: skip
    picture = Picture(
        title, drawn.sentence(), drawn.chart(WIDE), drawn.chart(NARROW),
        under="hours a week, as written; outline: promised · filled: covered · tick: what the contacts need",
        source=source_line(review), table=table, native=drawn.native(),
    )  # fmt: skip
    covered = MISSING if work.covered is None else share(work.covered, 0)
    answer = (
        f"{covered} of the promised hours are covered."
        if not short
        else f"No: {covered} of the promised hours are covered; short at {listed(short)}."
    )
    blocks: list[Block] = [picture, *findings_beside(review, ("TPM004",), caption="What the check says of promises")]
    return Section("promises", question, answer, tuple(blocks))


def _filled(amount: float, room: float | None) -> float:
    """Return how much of what is there is taken, by which rows are ordered; 0 where nothing is known to be there."""
    return amount / room if room else 0.0


def _hours(hours: float) -> str:
    return value(hours, "h")
