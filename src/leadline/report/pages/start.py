"""The page of a start: what dropped files tell before there is a plan, in three sentences, the hundred, and what was read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadline import words
from leadline.evidence.small_cells import HIDDEN
from leadline.report.blocks import Block, Notes, Page, Picture, Section, TableBlock
from leadline.report.pages.source import columns
from leadline.report.pictures.canvas import NARROW
from leadline.report.pictures.reached import ReachedBar
from leadline.report.saying import MISSING, day, money, number
from leadline.review.by_channel import NO_CHANNEL, NONE_GIVEN, REACH_WORDS
from leadline.review.start_told import NO_PLAN

if TYPE_CHECKING:
    from leadline.review.by_channel import ByChannel, StartHundred
    from leadline.review.draft import Start

_QUESTION = "Where did each 100 go?"


def start_page(found: Start) -> Page:
    """Lay out what a start found. found: one that understood something (its `document` is there)."""
    first, *others = found.sentences or ("These files tell nothing of money, people or sales yet.",)
    at = found.picture.at
    return Page(
        title="What your files tell", kicker="Start", under="" if at is None else f"As of {day(at.day)}, without a plan",
        answer=first, beside=tuple(others), sections=tuple(_sections(found)), foot=NO_PLAN,
    )  # fmt: skip


def _sections(found: Start) -> list[Section]:
    channels = found.picture.channels
    blocks: list[Block] = [block for one in channels.hundreds for block in _spent(channels, one)]
    blocks += [_listed(one) for one in found.picture.listed]
    origins = None if channels.hundreds and not channels.foreign_origins else _origins(channels)
    blocks += [] if origins is None else [origins]
    sections = []
    if blocks:
        main = channels.main
        answer = (
            main.sentence() if main is not None else "No file names money that was spent; people it tells of are below."
        )
        question = _QUESTION if main is not None or found.picture.listed else "Where did they come from?"
        sections.append(Section("hundred", question, answer, tuple(blocks), (NO_PLAN,)))
    if found.notes:
        notes = Notes(found.notes)
        sections.append(
            Section("notes", "What should not be overlooked?", "Read this before you rely on it.", (notes,))
        )
    return sections


def _spent(channels: ByChannel, one: StartHundred) -> list[Block]:
    """Return the bar of one currency, and its table by channel."""
    bar = ReachedBar(one)
    span = f", {day(one.first)} to {day(one.last)}" if one.first and one.last else ""
    under = f"share of {money(one.total, one.currency)} spent{span}, by how far each channel's own data reach; counted"
    by_name = {view.name: view for view in channels.channels}
    rows = []
    for name, whole in one.rows.items():
        view = by_name[name]
        counts = (view.visits, view.named, view.sales) if name != NO_CHANNEL else (0, 0, 0)
        rows.append(
            (name, number(whole), money(one.money[name], one.currency), *(HIDDEN if c is None else number(c) if c else MISSING for c in counts), REACH_WORDS[view.reach])
        )  # fmt: skip
    heads = columns("channel", ">of each 100", ">cost", ">visits", ">named", ">sales", "reaches")
    table = TableBlock(heads, tuple(rows), f"Spend in {one.currency} by channel", channels.note)
    return [Picture(bar.title(), bar.sentence(), bar.chart(), bar.chart(NARROW), under=under, table=table)]


def _listed(one: StartHundred) -> TableBlock:
    """Return the money of activity lists by channel; nothing follows it."""
    rows = tuple((name, number(whole), money(one.money[name], one.currency)) for name, whole in one.rows.items())
    named = f" in {one.currency}" if one.currency else ""
    caption = f"Money{named} in lists of activities, by channel: as listed, not as paid"
    return TableBlock(columns("channel", ">of each 100", ">as listed"), rows, caption)


def _origins(found: ByChannel) -> TableBlock | None:
    """Return where named people came from, with the share that bought; people, not money."""
    from leadline.align.hundred import whole_numbers
    from leadline.measure.bridge.pooling import exact_interval

    if {one.name for one in found.origins} <= {NONE_GIVEN}:
        return None
    total = sum(one.named for one in found.origins)
    rows = []
    for one, whole in zip(found.origins, whole_numbers([one.named / total for one in found.origins]), strict=True):
        row: tuple[str, ...] = (one.name, number(whole), number(one.named, 9))
        if found.sales_known and one.sales is None:
            row = (*row, HIDDEN, MISSING)
        elif found.sales_known and one.sales is not None:
            low, high = exact_interval(one.sales, one.named)
            share = f"{100 * one.sales / one.named:.1f} ({100 * low:.1f}–{100 * high:.1f})"
            row = (*row, words.number(one.sales, 9), share)
        rows.append(row)
    heads = ("origin", ">of each 100", ">named", *((">sales", ">bought|%, 90 %") if found.sales_known else ()))
    return TableBlock(
        columns(*heads),
        tuple(rows),
        "Where each 100 named came from, as the files say it: people, not money",
        found.note,
    )
