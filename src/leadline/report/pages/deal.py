"""The page of one deal: its story in order, how long it stood where, and who took over. Nobody behind it is named."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from leadline.errors import UsageError
from leadline.report.blocks import Cell, Empty, Page, Pairs, Section, TableBlock
from leadline.report.pages.sheet import STANDING, sheet
from leadline.report.pages.source import columns
from leadline.report.pictures.bets import belief
from leadline.report.saying import MISSING, counted, day, money, number, sentence_case
from leadline.review.deals import DealEvent, DealStory, Passing, one_deal, stories_worth_reading, story_of

if TYPE_CHECKING:
    import datetime as dt

    from leadline.plan.graph import Graph
    from leadline.report.kept import Kept
    from leadline.review.material import Material
    from leadline.workspace import Workspace

NOT_THE_CAUSE = (
    "A touch before a deal is not its cause; what would have happened without it only a test can tell.",
    "Only people and touches that the exports name are seen; others there may have been.",
)
_MARKS = {"kept": "on course", "broken": "error", "waiting": "warning"}


def deal_page(material: Material, name: str) -> Page:
    """Return the page of one deal by its id; raises UsageError where there is no such deal."""
    found = (material.ask(stories_worth_reading) or {}).get(name)
    if found is None:
        found = material.ask(lambda store, at: one_deal(store, at, identity=name))
    if found is None:
        raise _unknown(name)
    story = story_of(material.case.graph, found[0], events=found[1], as_of=material.review.as_of)
    told = DealSections(story, material.case.graph, material.review.as_of)
    return sheet(material.review, question=told.question, kind="Deal", answer=told.answer(), sections=told.sections())


def lay_out_deal(workspace: Workspace, kept: Kept, *, identity: str) -> Page:
    """Return the page of any deal, asked from the warehouse now: for deals whose page was not kept ready.

    Head, foot and what else is open are those of the kept page `deals`; the warehouse is let go of before laying out.
    Raises UsageError where there is no such deal, WarehouseError while another process holds the warehouse.
    """
    from leadline.evidence.frames import as_of
    from leadline.evidence.store import open_store
    from leadline.plan.graph import Graph
    from leadline.plan.source import read_plan

    graph = Graph(read_plan(workspace.plan).plan)
    store = open_store(workspace)
    found = None
    if store.exists():
        found = one_deal(
            store, as_of(store, timezone=graph.plan.plan.timezone or "UTC", day=kept.as_of), identity=identity
        )
    if found is None:
        raise _unknown(identity)
    frame = kept.page("deals")
    told = DealSections(story_of(graph, found[0], events=found[1], as_of=kept.as_of), graph, kept.as_of)
    stands = tuple(section for section in frame.sections if section.id == STANDING)
    return replace(frame, title=told.question, answer=told.answer(), sections=(*told.sections(), *stands))


def _unknown(name: str) -> UsageError:
    return UsageError(
        f'deal "{name}" is not known. The page deals lists those worth reading: leadline report --page deals -o deals.html.'
    )


class DealSections:
    """One story as sections."""

    def __init__(self, story: DealStory, graph: Graph, as_of: dt.date) -> None:
        self.story, self.as_of = story, as_of
        metrics = {metric.id: metric.name or metric.id for metric in graph.plan.metrics}
        sources = {(metric.source or "").partition(":")[2]: metrics[metric.id] for metric in graph.plan.metrics}
        self.states = {**metrics, **{state: name for state, name in sources.items() if state}}
        self.tactics = {one.id: one.name or one.id for one in graph.plan.tactics.list}
        teams = {one.id: one.name or one.id for one in (*graph.plan.action.teams, *graph.plan.action.people)}
        self.people = teams

    @property
    def question(self) -> str:
        """Return the heading."""
        return f"What happened around deal {self.story.deal.number}?"

    def answer(self) -> str:
        """Say how it ended or stands, how long that took, and where it was first seen."""
        deal = self.story.deal
        worth = f" with {money(deal.amount, deal.currency)}" if deal.amount is not None else ""
        if deal.status == "open":
            said = f"Open{worth} in {self._state(deal.state)}" if deal.state else f"Open{worth}"
        else:
            said = f"{deal.status.capitalize()}{worth}{f' on {day(deal.ended)}' if deal.ended else ''}"
        if deal.began is not None:
            said += f", {counted(((deal.ended or self.as_of) - deal.began).days, 'day')} after it began"
        first = self.story.first_touch
        if first is None:
            return f"{said}; no touch of anybody behind it was seen."
        return f"{said}; somebody behind it was first seen on {day(first.day)}{f' through {first.channel}' if first.channel else ''}."

    def sections(self) -> list[Section]:
        """Return the story, the stays, the handovers and what is known of the deal."""
        return [self._events(), self._stays(), self._handovers(), self._known()]

    def _events(self) -> Section:
        question = "What happened, in order?"
        events = self.story.events
        if not events:
            empty = Empty(
                "Nothing dated is known.",
                "With the history of its stages and the touches of its people, they stand here in order.",
                "Import deals with the dates of their stages, and touches of people.",
            )
            return Section("story", question, "Nothing dated is known of it.", (empty,))
        rows = tuple(
            (
                day(one.day),
                self._what(one),
                self._who(one),
                one.channel or MISSING,
                self.tactics.get(one.tactic, one.tactic) or MISSING,
            )
            for one in events
        )
        heads = columns("day", "what", "who", "through, or from", "tactic")
        note = "Person 1 is the main contact. “–”: the source names none, or it matches no tactic. Days in the plan's time zone."
        touches = sum(one.count for one in events if one.kind == "touch")
        answer = (
            f"{counted(touches, 'touch', many='touches')} of {counted(self.story.deal.people, 'person', many='people')}"
        )
        stages = sum(one.kind == "deal" for one in events)
        answer += f" and {counted(stages, 'stage')} of the deal, from {day(events[0].day)} to {day(events[-1].day)}."
        return Section(
            "story", question, answer, (TableBlock(heads, rows, "Everything dated, oldest first", note),), NOT_THE_CAUSE
        )

    def _what(self, one: DealEvent) -> str:
        if one.kind in ("deal", "person"):
            return f"enters {self._state(one.what)}"
        if one.kind == "reply":
            return "writes to us" if one.what == "inbound" else "we answer"
        named = one.what.replace("_", " ") or "touch"
        return f"{named}, {number(one.count)} times" if one.count > 1 else named

    def _who(self, one: DealEvent) -> str:
        return "the deal" if one.who is None else f"person {one.who}"

    def _state(self, state: str) -> str:
        return self.states.get(state, state)

    def _stays(self) -> Section:
        question = "How long did it take?"
        stays, strides = self.story.stays, self.story.strides
        if not stays:
            return Section("stays", question, "No stage of it has a date.")
        rows = tuple((self._state(one.state), day(one.entered), day(one.left), number(one.days)) for one in stays)
        longest = max(stays, key=lambda one: one.days)
        heads = columns("stage", "entered", "left", ">days")
        blocks = [TableBlock(heads, rows, "Its stages, in order", "“–” under left: it still stands there.")]
        if strides:
            taken = tuple(
                (f"{self._state(one.start)} → {self._state(one.end)}", day(one.day), number(one.days), belief(one.believed, "days"))
                for one in strides
            )  # fmt: skip
            heads = columns("step of the bridge", "on", ">days", ">the plan believes, median of all")
            blocks.append(
                TableBlock(heads, taken, "Its steps of the bridge", "One deal says nothing about the median of all.")
            )
        answer = f"Longest in {self._state(longest.state)}: {counted(longest.days, 'day')}{'' if longest.left else ' so far'}."
        return Section("stays", question, answer, tuple(blocks))

    def _handovers(self) -> Section:
        question = "Who took over, and was the promise kept?"
        found = self.story.passings
        if not found:
            return Section("handovers", question, "It went through no handover of the plan.")
        rows = tuple(self._handover(one) for one in found)
        broken = sum(one.kept == "broken" for one in found)
        blind = sum(one.kept == "not measured" for one in found)
        told = [f"{counted(broken, 'promise was', many='promises were')} broken"] if broken else []
        told += (
            [f"{counted(sum(one.kept == 'kept' for one in found), 'promise')} kept"]
            if any(one.kept == "kept" for one in found)
            else []
        )
        told += [f"at {counted(blind, 'handover')} nobody knows: no message was imported"] if blind else []
        heads = columns("handover", "on", "from", "to", ">first contact promised", ">took", "promise")
        marks = tuple(_MARKS.get(one.kept, "can't tell") for one in found)
        links = tuple(one.handover.id for one in found)
        table = TableBlock(
            heads,
            rows,
            "Handovers it went through",
            "Took: to the first message of ours to anybody behind it.",
            marks=marks,
            links=links,
        )
        answer = sentence_case("; ".join(told) or f"{counted(len(found), 'handover')}, nothing promised")
        return Section("handovers", question, answer, (table,))

    def _handover(self, one: Passing) -> tuple[Cell, ...]:
        ends = (self.people.get(end or "", end) or MISSING for end in (one.handover.from_, one.handover.to))
        name = (
            one.handover.name
            or f"hands over {self.states.get(one.handover.metric or '', one.handover.metric or MISSING)}"
        )
        return (name, day(one.day), *ends, _hours(one.promised), _hours(one.took), one.kept)

    def _known(self) -> Section:
        deal = self.story.deal
        pairs = (
            ("Number in the source", f"{deal.number} ({deal.source})"),
            ("Owner", deal.owner or MISSING),
            ("Amount", MISSING if deal.amount is None else money(deal.amount, deal.currency)),
            ("Came from, as the source says", deal.origin or MISSING),
            ("Belongs to the tactic", self.tactics.get(deal.tactic, deal.tactic) or MISSING),
            ("Expected close", day(deal.expected)),
            ("Why it was lost", deal.lost_reason or MISSING),
            ("People known", number(deal.people)),
            ("Touches seen up to its end", number(deal.touches)),
        )
        missing = sum(text == MISSING for _, text in pairs)
        answer = f"Of {len(pairs)} things {missing} are not written." if missing else "All of it is written."
        return Section("known", "What does the source say of it?", answer, (Pairs(pairs),))


def _hours(hours: float | None) -> Cell:
    return MISSING if hours is None else f"{number(hours)} h"
