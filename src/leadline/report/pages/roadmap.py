"""The roadmap page: what happens in which quarter, when results can first be judged, and what waits for what."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadline.align.phasing import CENTS
from leadline.report.blocks import Block, Empty, Heading, Page, Picture, Section, Sentence, TableBlock
from leadline.report.pages.sheet import findings_beside, sheet, unbroken
from leadline.report.pages.source import columns, listed, source_line
from leadline.report.pictures.canvas import NARROW, WIDE
from leadline.report.pictures.schedule import Schedule, ScheduleBar, ScheduleGroup, spans
from leadline.report.saying import MISSING, counted, day, money, number, sentence_case
from leadline.review.roadmap import Bar, Judged, Roadmap, Wait, roadmap_of

if TYPE_CHECKING:
    from leadline.review.duedates import Event
    from leadline.review.material import Material
    from leadline.review.result import Review
    from leadline.units import Period

# What a kind of event is called when several are counted.
_NOUNS = {"assumption": ("question", "questions"), "test": ("decision on a test", "decisions on tests")}


_LONGEST = 90  # letters of an event in the first lines (house: three lines on a phone)


def roadmap_page(material: Material) -> Page:
    """Return the page of the roadmap."""
    told = roadmap_of(material.case)
    review = material.review
    sections = (
        schedule(review, told),
        results(review, told),
        calendar(review, told),
        waiting(review, told),
        outside(told),
    )
    return sheet(
        review,
        question="What happens when, and when will we know?",
        kind="Roadmap",
        answer=_answer(told),
        sections=sections,
    )


def _answer(told: Roadmap) -> str:
    if not told.bars:
        return "No tactic has a date, so nothing can be laid on a calendar."
    said = []
    if told.overdue:
        kinds = [one.kind for one in told.overdue]
        nouns = {kind: _NOUNS.get(kind, (kind, f"{kind}s")) for kind in dict.fromkeys(kinds)}
        counts = [counted(kinds.count(kind), one, many=many) for kind, (one, many) in nouns.items()]
        verb = "is" if len(kinds) == 1 else "are"
        said.append(f"{listed(counts)} {verb} past due and not written as done")
    late = [bar.name for bar in told.bars if any(one.is_late for one in bar.judged)]
    if late:
        said.append(
            f"{listed(late)} can be judged only after the date of what {'it serves' if len(late) == 1 else 'they serve'}"
        )
    running = [bar for bar in told.bars if bar.start <= told.as_of <= bar.end]
    coming = [bar for bar in told.bars if bar.start > told.as_of]
    now = counted(len(running), "tactic runs", many="tactics run") if running else "no tactic runs"
    said.append(
        f"{now} on {day(told.as_of)}, {number(len(coming)) if coming else 'none'} {'is' if len(coming) == 1 else 'are'} still to start"
    )
    following = told.next_events(1)
    if following:
        said.append(f"next, on {day(following[0].day)}: {_short(following[0])}")
    return sentence_case(". ".join(sentence_case(one).removesuffix(".") for one in said))


def _short(one: Event) -> str:
    words = one.what if len(one.what) <= _LONGEST else f"{one.what[: _LONGEST - 1].rstrip()}…"
    return f"{words} {one.kind}" if one.kind in {"starts", "ends"} else f"{one.kind}: {words}"


def schedule(review: Review, told: Roadmap) -> Section:
    """Draw tactics over the quarters, grouped by what they serve."""
    question = "What runs when?"
    if not told.bars:
        empty = Empty(
            "Nothing has a date yet.",
            "With dates on the tactics, each quarter shows what runs, what it costs, and when its result can be judged.",
            "Write plan.window and the dates of each tactic.",
        )
        return Section("when", question, "No tactic has dates, and the plan has no window.", (empty,))
    drawn = _drawn(told, review.currency)
    picture = Picture(
        _title(told), drawn.sentence(), drawn.chart(WIDE), drawn.chart(NARROW),
        under="bar: the tactic runs · tick: task due · dashed: test · ring: first sale can arrive · diamond: effect can first be judged (hollow: too late) · dot and rings above: target and milestones",
        source=source_line(review), table=_bar_table(review, told),
    )  # fmt: skip
    quarters = [(period, sum(_inside(bar, period) for bar in told.bars)) for period in told.quarters]
    answer = "The plan has no window; the days are those of the tactics."
    if quarters:
        dear, most = max(quarters, key=lambda pair: pair[1])
        starts = max(told.quarters, key=lambda one: sum(bar.start in one for bar in told.bars))
        answer = f"Most tactics start in {quarter_name(starts)}; {quarter_name(dear)} is the dearest quarter with {money(most, review.currency)} planned."
    if told.undated:
        answer += f" Without dates that can be read: {listed(told.undated)}."
    beside = findings_beside(review, ("TAC007", "ACT001", "ACT002"), caption="What the check says of dates")
    return Section("when", question, answer, (picture, *beside))


def _title(told: Roadmap) -> str:
    late = [(bar, one) for bar in told.bars for one in bar.judged if one.is_late]
    if len(late) > 1:
        return f"{counted(len(late), 'effect')} can be judged only after their objective is due"
    if late:
        bar, one = late[0]
        return f"{bar.name} can be judged on {day(one.day)}, after {one.name} is due"
    first = min((bar.first_sale for bar in told.bars if bar.first_sale), default=None)
    if first is not None:
        return f"The first sale can arrive on {day(first)}"
    return f"{counted(len(told.bars), 'tactic')}, none of which brings a sale by itself"


def _drawn(told: Roadmap, currency: str) -> Schedule:
    groups = []
    for group in told.groups:
        bars = tuple(
            _schedule_bar(bar, currency)
            for bar in sorted(told.bars, key=lambda one: one.start)
            if bar.group == group.objective
        )
        groups.append(ScheduleGroup(group.name, group.by, group.milestones, bars))
    window = None if told.window is None else (told.window.start, told.window.end)
    first, last = spans([bar for group in groups for bar in group.bars], window)
    quarters = tuple((max(period.start, first), quarter_name(period)) for period in told.quarters)
    return Schedule(tuple(groups), first, last, quarters, told.as_of)


def _schedule_bar(bar: Bar, currency: str) -> ScheduleBar:
    days = [one.day for one in bar.judged if one.day is not None]
    late = any(one.is_late for one in bar.judged)
    cost = money(bar.money.total / CENTS, currency) if bar.money.total else "no budget"
    return ScheduleBar(
        bar.name, " · ".join(part for part in (cost, bar.owner) if part), bar.start, bar.end, bar.first_sale,
        min(days, default=None), late, None if bar.test is None else (bar.test.start, bar.test.end), bar.tasks,
    )  # fmt: skip


def _bar_table(review: Review, told: Roadmap) -> TableBlock:
    names = {group.objective: group.name for group in told.groups}
    rows = tuple(
        (
            bar.name, names.get(bar.group, MISSING), day(bar.start), day(bar.end) if bar.is_dated else f"{day(bar.end)} (the window's)",
            money(bar.money.total / CENTS, review.currency) if bar.money.total else MISSING, bar.owner or MISSING,
            f"{day(bar.test.start)} to {day(bar.test.end)}" if bar.test else MISSING,
        )
        for bar in sorted(told.bars, key=lambda one: one.start)
    )  # fmt: skip
    heads = columns("tactic", "serves", "from", "to", ">money", "owner", "test")
    return TableBlock(
        heads,
        rows,
        "Tactics by their first day",
        "“–”: not written. A test without dates is taken to start with its tactic.",
        links=tuple(f"tactic:{bar.tactic}" for bar in sorted(told.bars, key=lambda one: one.start)),
    )


def results(review: Review, told: Roadmap) -> Section:
    """Say when first results can arrive and be judged."""
    question = "When can results first be judged?"
    ordered = sorted(told.bars, key=lambda one: one.start)
    rows = tuple(_judged_row(bar, one) for bar in ordered for one in bar.judged or (None,))
    if not rows:
        return Section("judged", question, "No tactic has a date.")
    late = sorted({bar.name for bar in told.bars if any(one.is_late for one in bar.judged)})
    never = sorted({bar.name for bar in told.bars if bar.judged and all(one.day is None for one in bar.judged)})
    answer = (
        f"Too late for what it serves: {listed(late)}."
        if late
        else "Every effect that is bet on can be judged before its date."
    )
    answer += (
        f" No bet leads from {listed(never)} to the metric it serves, so its effect shows only through others."
        if never
        else ""
    )
    heads = columns("tactic", "starts", "first sale", "objective", "can be judged", "due", "stands")
    note = "“–”: no bet of its own leads there, or no date is written."
    known = (
        "First sale: start plus the lags of the quickest way to a value event.",
        "Judged: start plus the lags to the objective's metric; for a slow change, to its full effect.",
        "Lags at base, as the plan believes them; single cases spread around them.",
    )
    links = tuple(f"tactic:{bar.tactic}" for bar in ordered for _ in bar.judged or (None,))
    table = TableBlock(heads, rows, "First sale and first judgement of each tactic", note, links=links)
    return Section(
        "judged", question, answer, (table, *findings_beside(review, ("OBJ009",), caption="What the check says")), known
    )


def _judged_row(bar: Bar, one: Judged | None) -> tuple[str, ...]:
    if one is None:
        return (bar.name, unbroken(day(bar.start)), unbroken(day(bar.first_sale)), MISSING, MISSING, MISSING, MISSING)
    stands = "too late" if one.is_late else "in time" if one.day and one.by else MISSING
    days = [unbroken(day(moment)) for moment in (bar.start, bar.first_sale, one.day, one.by)]
    return (bar.name, *days[:2], one.name, *days[2:], unbroken(stands))


def calendar(review: Review, told: Roadmap) -> Section:
    """List every quarter with its money and what falls due."""
    question = "What is due in which quarter?"
    if not told.quarters:
        empty = Empty(
            "No window yet.",
            "The quarters of the plan's window will stand here, each with what falls due.",
            "Write plan.window.",
        )
        return Section("quarters", question, "The plan has no window.", (empty,))
    blocks: list[Block] = []
    for period in told.quarters:
        events = told.within(period)
        cost = money(sum(_inside(bar, period) for bar in told.bars), review.currency)
        blocks += [
            Heading(f"{quarter_name(period)}: {cost} planned"),
            _event_table(events, quarter_name(period)) if events else Sentence("Nothing falls due."),
        ]
    answer = (
        f"{counted(len(told.overdue), 'thing is', many='things are')} past due."
        if told.overdue
        else "Nothing is past due."
    )
    following = told.next_events(1)
    answer += f" Next, on {day(following[0].day)}: {_short(following[0])}." if following else ""
    return Section("quarters", question, answer, tuple(blocks), _reviews(told))


def _event_table(events: tuple[Event, ...], name: str) -> TableBlock:
    rows = tuple((unbroken(day(one.day)), one.kind, one.what, one.who or MISSING, _stands(one)) for one in events)
    marks = tuple("error" if one.is_overdue else "" for one in events)
    return TableBlock(columns("day", "kind", "what", "who", "stands"), rows, f"What falls into {name}", marks=marks)


def _stands(one: Event) -> str:
    if one.is_overdue:
        return "past due, not written as done"
    if one.is_done:
        return "done"
    return "past" if one.day < one.as_of else "to come"


def _reviews(told: Roadmap) -> tuple[str, ...]:
    return (
        f"“Past” and “to come” are seen from {day(told.as_of)}; a task counts as done when the plan says so (action.tasks[].done).",
        "A test is to be decided on its last day; one without dates of its own starts with its tactic.",
    )


def waiting(review: Review, told: Roadmap) -> Section:
    """List what must be there first, what is late on top."""
    question = "What waits for what?"
    beside = findings_beside(review, ("ACT002", "ENB005", "TPM003"), caption="What the check says of the order")
    if not told.waits:
        return Section("waits", question, "Nothing in the plan is written to wait for something else.", tuple(beside))
    words = {"enables": "is enabled by", "repairs": "meets people at a place repaired by", "task": "comes after"}
    rows = tuple(
        (
            one.what,
            words[one.why],
            one.waits_for,
            unbroken(day(one.needed)),
            unbroken(day(one.ready)),
            unbroken(_late(one)),
        )
        for one in told.waits
    )
    late = [one for one in told.waits if one.days > 0]
    answer = (
        f"{counted(len(late), 'thing comes', many='things come')} after what needs {'it' if len(late) == 1 else 'them'}: {listed([one.waits_for for one in late])}."
        if late
        else "Everything that something waits for begins, or is done, in time."
    )
    heads = columns("what", "link", "waits for", "needed on", "there on", "stands")
    note = "An enabling tactic is there from its first day, a repair and a task after their last."
    return Section(
        "waits", question, answer, (TableBlock(heads, rows, "What waits for what, latest first", note), *beside)
    )


def _late(one: Wait) -> str:
    return f"{counted(one.days, 'day')} late" if one.days > 0 else "in time"


def outside(told: Roadmap) -> Section:
    """Name what lies outside the window."""
    question = "What falls outside the plan's window?"
    if told.window is None:
        return Section("outside", question, "The plan has no window.")
    span = f"{day(told.window.start)} to {day(told.window.end)}"
    if not told.outside:
        return Section("outside", question, f"Nothing: every day in the plan lies in {span}.")
    rows = tuple((day(one.day), one.kind, one.what, one.who or MISSING) for one in told.outside)
    answer = f"{counted(len(told.outside), 'thing lies', many='things lie')} before or after {span}."
    return Section(
        "outside",
        question,
        answer,
        (TableBlock(columns("day", "kind", "what", "who"), rows, "Days outside the window"),),
    )


def quarter_name(period: Period) -> str:
    """Return a quarter as the plan writes it: `2027-Q1`."""
    return f"{period.start.year}-Q{(period.start.month + 2) // 3}"


def _inside(bar: Bar, period: Period) -> float:
    """Return a tactic's planned money in the months of a quarter, in units of the currency."""
    return sum(cents for month, cents in bar.money.months.items() if month in period) / CENTS
