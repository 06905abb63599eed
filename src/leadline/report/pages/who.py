"""The section of who is one person: people behind identifiers, by which rules, and how many decide in an account."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from leadline.evidence.groups import Size, sizes
from leadline.evidence.small_cells import HIDDEN, note
from leadline.report.blocks import Block, Cell, Notes, Section, TableBlock
from leadline.report.pages.source import columns
from leadline.report.saying import MISSING, counted, number

if TYPE_CHECKING:
    from leadline.evidence.who import Who
    from leadline.review.material import Material

WHOLE = 12  # digits: counts are shown whole, as on the rest of the page
_METHODS = {"exact": "exact key", "probable": "likeness", "manual": "by hand"}


def who_section(material: Material) -> Section | None:
    """Return the section of identity, None where nobody is known."""
    evidence = material.review.evidence
    who = None if evidence is None else evidence.identity
    if who is None or not who.identifiers:
        return None
    blocks: list[Block] = []
    if who.rules:
        blocks.append(_rules(who))
    least = material.review.small_cell
    if groups := material.ask(partial(sizes, small_cell=least)):
        blocks.append(_groups(groups, least))
    if who.why_not:
        blocks.append(Notes((f"Names were not compared: {who.why_not}",)))
    return Section("who", "Who is one person?", _answer(who), tuple(blocks))


def _answer(who: Who) -> str:
    waiting = who.counts.get("waits", 0)
    told = f"{counted(who.people, 'person', many='people')} behind {counted(who.identifiers, 'identifier')}; "
    if not waiting:
        return f"{told}no pair waits for a decision."
    return f"{told}{counted(waiting, 'pair waits', many='pairs wait')} for somebody to say whether they are one."


def _rules(who: Who) -> TableBlock:
    rows = tuple((_METHODS.get(method, method), reason or MISSING, number(n, WHOLE)) for method, reason, n in who.rules)
    return TableBlock(columns("how", "rule", ">links"), rows, "What joined identifiers to people")


def _groups(groups: tuple[Size, ...], least: int) -> TableBlock:
    heads = columns("people of an account's deals", ">accounts", ">open deals", ">won", ">lost")
    return TableBlock(
        heads, tuple(_row(one) for one in groups), "How many people decide in an account",
        note(least),
    )  # fmt: skip


def _row(one: Size) -> tuple[Cell, ...]:
    span = f"{one.least} or more" if one.most is None else f"{one.least}" if one.most == one.least else f"{one.least} to {one.most}"  # fmt: skip
    return (span, *(HIDDEN if count is None else number(count, WHOLE) for count in (one.accounts, one.open, one.won, one.lost)))  # fmt: skip
