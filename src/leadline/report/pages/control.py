"""The page of control: what has to be decided, how every watch stands, and what was decided, excepted and believed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadline.align import registry
from leadline.align.waivers import WaiverState, state_of
from leadline.report.blocks import Block, Cell, Empty, Notes, Page, Section, Sentence, TableBlock
from leadline.report.pages.sheet import sheet
from leadline.report.pages.source import columns, listed
from leadline.report.saying import MISSING, counted, day, money, sentence_case, value
from leadline.review.monthly import Monthly, monthly
from leadline.review.open_items import DUE_AHEAD, WAIVER_AHEAD, open_items
from leadline.review.watching import WatchStand, watch_stands

if TYPE_CHECKING:
    from leadline.align.case import Case
    from leadline.plan.control import Watch
    from leadline.review.material import Material
    from leadline.review.result import Review

_MARKS = {"red": "error", "amber": "warning", "too old": "warning", "no value": "can't tell", "no line": "can't tell"}


def control_page(material: Material) -> Page:
    """Return the page of control, what has to be decided first."""
    case, review = material.case, material.review
    month = monthly(review)
    stands = watch_stands(case)
    sections = [
        _month(month), watches(stands), _quarter(review), decisions(case), _waivers(case), _links(case), assumptions(case),
    ]  # fmt: skip
    return sheet(
        review, question="What has to be decided now?", kind="Control", answer=month.sentence(), sections=sections,
        beside=(_told(stands),) if stands else (),
    )  # fmt: skip


def _told(stands: tuple[WatchStand, ...]) -> str:
    red = [one.name for one in stands if one.state == "red"]
    amber = [one.name for one in stands if one.state == "amber"]
    parts = [f"red: {listed(red)}"] * bool(red) + [f"amber: {listed(amber)}"] * bool(amber)
    return sentence_case("; ".join(parts) or f"none of {counted(len(stands), 'watch', many='watches')} is red or amber")


def _month(month: Monthly) -> Section:
    """Show the monthly page: five lines, one decision, what can wait."""
    names = ("The answer", "The money", "Turned", "Promises", "Falls due")
    blocks: list[Block] = [
        Notes(tuple(f"{name}: {line}" for name, line in zip(names, month.lines, strict=True)), "This month")
    ]
    if month.decision is not None:
        blocks.append(Sentence(f"To decide: {' '.join(month.decision.lines)}", "lead"))
    if month.waiting:
        rows = tuple(
            (one.name, " ".join(one.lines), money(one.money, month.currency) if one.money else MISSING)
            for one in month.waiting
        )
        blocks.append(TableBlock(columns("what", "how it stands", ">money"), rows, "What can wait, most money first"))
    answer = "Five lines on how things stand, then the one decision, then what can wait."
    return Section("month", "What does this month ask?", answer, tuple(blocks))


def watches(stands: tuple[WatchStand, ...]) -> Section:
    """Show how every watch stands, those that ask for something first."""
    question = "How does every watch stand?"
    if not stands:
        empty = Empty(
            "No watch yet.",
            "A watch says what is read how often, from where on it is red, and who then does what.",
            "Write one under control.watches, or leadline init --flow quick.",
        )
        return Section("watches", question, "Nothing is watched.", (empty,))
    rows = tuple(
        (
            one.name, _state(one), value(one.value, one.unit), day(one.day), value(one.path, one.unit), value(one.red, one.unit),
            one.watch.by or MISSING, _then(one.watch),
        )
        for one in stands
    )  # fmt: skip
    heads = columns("watch", "stands", ">last value", "of", ">planned then", ">red line", "read by", "when red")
    note = "“–”: nothing was read, or neither a path nor a red line is written. Planned: on the path of the watch, on that day."
    table = TableBlock(
        heads, rows, "Every watch, those that ask for something first", note,
        marks=tuple(_MARKS.get(one.state, "on course") for one in stands), links=tuple(one.watch.id for one in stands),
    )  # fmt: skip
    return Section("watches", question, _told(stands), (table,))


def _state(one: WatchStand) -> str:
    if one.state == "red":
        since = f" since {day(one.since)}" if one.since else ""
        return f"red{since}{', decided since' if one.decided else ', nothing decided since'}"
    if one.state == "amber":
        return f"amber{', decided since' if one.decided else ''}"
    if one.state == "too old":
        return f"too old to say, {one.age} days"
    return one.state


def _then(watch: Watch) -> str:
    then = watch.then
    if then is None:
        return MISSING
    within = f" within {then.within}" if then.within is not None else ""
    return f"{then.who or 'somebody'}: {then.what or 'not written'}{within}"


def _quarter(review: Review) -> Section:
    """List what a quarterly review asks about."""
    question = "What else waits for the quarter?"
    items = open_items(review, "review-quarter")
    if not items:
        return Section("quarter", question, "Nothing waits.")
    rows = tuple(
        (
            str(one.values.get("kind", "")),
            one.name,
            " ".join(one.lines),
            money(one.money, review.currency) if one.money else MISSING,
        )
        for one in items
    )
    stake = max((one.money or 0.0 for one in items), default=0.0)
    answer = f"{counted(len(items), 'thing')}"
    answer += f"; up to {money(stake, review.currency)} hang on one of them." if stake else "."
    note = "Answer them one by one: leadline init --flow review-quarter."
    table = TableBlock(columns("kind", "what", "how it stands", ">money"), rows, "Open things, most money first", note)
    return Section("quarter", question, answer, (table,))


def decisions(case: Case) -> Section:
    """List what was decided, the last first."""
    question = "What was decided?"
    found = case.plan.control.decisions
    if not found:
        empty = Empty(
            "No decision yet.",
            "A decision with its reason can be looked at later; without one, only its outcome is remembered.",
            "Write one under control.decisions.",
        )
        return Section("decisions", question, "Nothing was decided, or nobody wrote it down.", (empty,))
    ordered = sorted(enumerate(found), key=lambda one: (one[1].date is None, one[1].date, one[0]), reverse=True)
    rows: list[tuple[Cell, ...]] = [
        (
            one.question or one.id, one.choice or MISSING, day(one.date), one.by or MISSING, one.reason or MISSING,
            ", ".join(one.about) or MISSING,
        )
        for _, one in ordered
    ]  # fmt: skip
    silent = sum(not one.reason for one in found)
    answer = (
        f"{counted(len(found), 'decision')}; {silent} without a reason."
        if silent
        else f"{counted(len(found), 'decision')}, each with its reason."
    )
    heads = columns("question", "choice", "on", "by", "why", "about")
    table = TableBlock(heads, tuple(rows), "Decisions, the last first", links=tuple(one.id for _, one in ordered))
    return Section("decisions", question, answer, (table,))


def _waivers(case: Case) -> Section:
    question = "Which exceptions hold, and until when?"
    states = [state_of(one, case.as_of, rules=registry.RULES) for one in case.plan.control.waivers]
    if not states:
        return Section("waivers", question, "No exception was made.")
    ordered = sorted(states, key=lambda one: (one.is_active, one.waiver.expires is None, one.waiver.expires))
    rows = tuple(
        (
            f"{one.waiver.code or MISSING} on {one.waiver.target or 'nothing'}", _holds(case, one), day(one.waiver.expires),
            one.waiver.approved_by or MISSING, one.waiver.reason or MISSING,
        )
        for one in ordered
    )  # fmt: skip
    active = [one for one in states if one.is_active]
    soon = [one for one in active if one.waiver.expires and (one.waiver.expires - case.as_of).days <= WAIVER_AHEAD]
    answer = f"{len(active)} of {counted(len(states), 'exception')} {'holds' if len(active) == 1 else 'hold'}"
    answer += (
        f"; {len(soon)} of them {'ends' if len(soon) == 1 else 'end'} within {WAIVER_AHEAD} days." if soon else "."
    )
    heads = columns("exception", "stands", "until", "approved by", "reason")
    marks = tuple("on course" if one.is_active else "warning" for one in ordered)
    links = tuple(one.waiver.target or "" for one in ordered)
    return Section("waivers", question, answer, (TableBlock(heads, rows, "Exceptions, those that hold no longer first", marks=marks, links=links),))  # fmt: skip


def _holds(case: Case, one: WaiverState) -> str:
    if one.expired:
        return "ended"
    if one.missing:
        return f"does not hold: {', '.join(one.missing).replace('_', ' ')} missing"
    if one.code is None:
        return "does not hold: no such rule"
    if not one.waivable:
        return "does not hold: this rule cannot be waived"
    left = (one.waiver.expires - case.as_of).days if one.waiver.expires else 0
    return f"holds, {counted(left, 'more day')}"


def _links(case: Case) -> Section:
    question = "Which links are suspect?"
    if not case.suspect_links:
        return Section("links", question, "None: no end of a reviewed link changed since.")
    rows = tuple(
        (one.element, one.ref, one.field or MISSING, _plain(one.old), _plain(one.new)) for one in case.suspect_links
    )
    heads = columns("element", "linked with", "what changed", "was", "is")
    note = "Look at both ends again: leadline review-link ID. “–”: the old content is not on record."
    answer = f"{counted(len(rows), 'link')}: an end changed its meaning since somebody last looked."
    table = TableBlock(heads, rows, "Suspect links", note, links=tuple(one.element for one in case.suspect_links))
    return Section("links", question, answer, (table,))


def _plain(content: object) -> str:
    if content is None:
        return MISSING
    if isinstance(content, dict) and "base" in content:
        return "..".join(str(content[key]) for key in ("low", "base", "high") if key in content)
    return str(content)


def assumptions(case: Case) -> Section:
    """List what is believed and untested, those that are due first."""
    question = "What is believed and untested?"
    found = case.plan.control.assumptions
    if not found:
        return Section("assumptions", question, "No assumption is written down.")
    open_ = [one for one in found if one.state in (None, "open")]
    late = [one for one in open_ if one.due and one.due < case.as_of]
    soon = [one for one in open_ if one.due and 0 <= (one.due - case.as_of).days <= DUE_AHEAD]
    ordered = sorted(found, key=lambda one: (one.state not in (None, "open"), one.due is None, one.due))
    rows = tuple(
        (one.statement or one.id, one.state or "open", day(one.due), one.criticality or MISSING, one.test or MISSING)
        for one in ordered
    )
    answer = f"{len(open_)} of {counted(len(found), 'assumption')} {'is' if len(open_) == 1 else 'are'} open"
    answer += f"; {len(late)} overdue" if late else ""
    answer += f"; {len(soon)} due within {DUE_AHEAD} days." if soon else "."
    heads = columns("believed", "known", "due", "hangs on it", "how it is tested")
    marks = tuple("warning" if one in late else "" for one in ordered)
    table = TableBlock(
        heads, rows, "Assumptions, those open and due first", marks=marks, links=tuple(one.id for one in ordered)
    )
    return Section("assumptions", question, answer, (table,))
