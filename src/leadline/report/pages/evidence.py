"""The page of evidence: what is odd, how fresh it is, what was booked, what nobody owns, what came in and was not taken."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from leadline.evidence.holding import Holding, ImportHeld, NobodysHeld, holding
from leadline.evidence.small_cells import HIDDEN
from leadline.report.blocks import Block, Cell, Empty, FindingList, FindingView, Page, Section, TableBlock
from leadline.report.pages.booked import booked_section
from leadline.report.pages.sheet import aged, findings_beside, sheet
from leadline.report.pages.source import columns
from leadline.report.pages.who import who_section
from leadline.report.saying import MISSING, counted, day, money, number

if TYPE_CHECKING:
    from leadline.evidence.frames import AsOf
    from leadline.evidence.store import Store
    from leadline.review.material import Material
    from leadline.review.result import Review, UnmatchedView

_REJECTS = """SELECT i.file, r.reason, r."column" AS field, r.part, COUNT(DISTINCT r.line) AS n
FROM rejects AS r JOIN imports AS i ON i.import_id = r.import_id
WHERE r.mended_by IS NULL GROUP BY i.file, r.reason, r."column", r.part ORDER BY n DESC, i.file, r.reason, field"""

DANGERS = {
    "money": "What was spent and earned, and for what",
    "journeys": "Which channel or tactic a success is credited to",
    "bridge": "What becomes of leads and deals",
    "time": "Whether everything is there, and on the right day",
}


def evidence_page(material: Material) -> Page:
    """Return the page of evidence."""
    review, question = material.review, "What do we know, and how fresh is it?"
    found = material.ask(lambda store, at: _held(material, store, at))
    if found is None:
        empty = Empty(
            "No evidence yet.",
            "With exports of your ads, your shop or your CRM, bets are measured instead of believed.",
            "Import one: drop it on the page Evidence, or leadline import FILE.",
        )
        answer = "Nothing but the plan: no evidence was imported."
        return sheet(review, question=question, kind="Evidence", answer=answer, sections=[Section("tables", "What came in?", answer, (empty,))])  # fmt: skip
    held, rejects = found
    booked, who = booked_section(material), who_section(material)
    sections = [
        _odd(review), _tables(review, held), *([booked] if booked else ()), *([who] if who else ()), _nobodys(review, held), _imports(held), _rejects(held, rejects),
    ]  # fmt: skip
    return sheet(review, question=question, kind="Evidence", answer=_answer(review, held), sections=sections)


def _held(material: Material, store: Store, at: AsOf) -> tuple[Holding, list[dict[str, Any]]]:
    currency = material.case.currency or "EUR"
    held = holding(store, zone=at.zone, currency=currency, day=at.day, today=at.day, least=material.review.small_cell)  # type: ignore[arg-type]  # the one engine there is
    return held, store.ask(_REJECTS).to_pylist()


def _answer(review: Review, held: Holding) -> str:
    rows = sum(one.rows for one in held.tables)
    errors = [fact for fact in (review.evidence.facts if review.evidence else ()) if fact.level == "error"]
    told = (
        [counted(len(errors), "thing is wrong with the data", many="things are wrong with the data")] if errors else []
    )
    told.append(f"{counted(rows, 'row')} from {counted(len(held.imports), 'import')}")
    if held.to_mend:
        told.append(f"{counted(held.to_mend, 'record is', many='records are')} waiting to be mended")
    return f"{'; '.join(told)}."


def _tables(review: Review, held: Holding) -> Section:
    ordered = sorted(held.tables, key=lambda one: (-(one.age(review.as_of) or 0), one.name, one.source))
    rows = tuple(
        (one.name, one.source, number(one.rows, 12), day(one.first), day(one.last), _age(one.age(review.as_of)))
        for one in ordered
    )
    oldest = next((one for one in ordered if one.age(review.as_of)), None)
    answer = "Everything reaches up to the day of this review."
    if oldest is not None:
        answer = f"The oldest is {oldest.name} of {oldest.source}: its last row is {_age(oldest.age(review.as_of))}."
    heads = columns("what happened", "source", ">rows", "first day", "last day", "last row")
    table = TableBlock(
        heads, rows, "What the warehouse holds, the oldest first", "Last row: before the day of this review."
    )
    known = (f"Snapshot {held.snapshot}: every number of this review can be made again from it.",)
    return Section("tables", "What came in, and how fresh is it?", answer, (table,), known)


def _age(days: int | None) -> Cell:
    if days is None:
        return MISSING
    told = aged(days)
    return told if days < 1 else told.replace(" ", "\u00a0")


def _imports(held: Holding) -> Section:
    rows = tuple(
        (
            one.file, one.format, number(one.read, 12), number(one.accepted, 12), number(one.rejected, 12),
            number(one.left_out + one.merged, 12), day(one.first), day(one.last), day(one.finished.date()),
        )
        for one in held.imports
    )  # fmt: skip
    heads = columns(
        "file", "recognised as", ">read", ">taken", ">rejected", ">known or left out", "from", "to", "came in"
    )
    read = sum(one.read for one in held.imports)
    answer = f"{counted(read, 'record')} in {counted(len(held.imports), 'file')}; {_taken(held.imports)}."
    note = "Read is the sum of the next three. A file that comes in again is known and changes nothing."
    return Section("imports", "Which files?", answer, (TableBlock(heads, rows, "Imports, the last first", note),))


def _taken(imports: tuple[ImportHeld, ...]) -> str:
    rejected = sum(one.rejected for one in imports)
    return f"{counted(rejected, 'was', many='were')} rejected" if rejected else "none was rejected"


def _rejects(held: Holding, rejects: list[dict[str, Any]]) -> Section:
    question = "What was not taken, and why?"
    if not rejects:
        return Section("rejects", question, "Nothing waits to be mended.")
    why = Counter[str]()
    for row in rejects:
        why[_reason(row)] += row["n"]
    answer = f"{counted(held.to_mend, 'record')} to mend: {', '.join(f'{many} × {reason}' for reason, many in why.most_common())}."
    rows = tuple(
        (str(row["file"]), _reason(row), str(row["field"] or MISSING), number(row["n"], 12), _kept(row["part"]))
        for row in rejects
    )
    heads = columns("file", "reason", "column", ">records", "what was lost")
    note = (
        "The records stand with their lines under evidence/rejects; mended there, that file is imported like any other."
    )
    return Section("rejects", question, answer, (TableBlock(heads, rows, "Rejects by file and reason", note),))


def _reason(row: dict[str, Any]) -> str:
    return str(row["reason"]).replace("_", " ")


def _kept(part: object) -> str:
    return f"the {part} alone; the record stayed" if part else "the record"


def _nobodys(review: Review, held: Holding) -> Section:
    question = "What belongs to no tactic?"
    if not held.nobodys:
        return Section("nobodys", question, "Everything that came in belongs to a tactic of the plan.")
    ordered = sorted(held.nobodys, key=lambda one: (one.money is None, -(one.money or 0.0), -(one.rows or 0)))
    seen = {one.name: one for one in review.evidence.unmatched} if review.evidence else {}
    rows = tuple(
        (
            one.name,
            one.kind,
            _money(one),
            HIDDEN if one.rows is None else number(one.rows, 12),
            _hint(seen.get(one.name)),
        )
        for one in ordered
    )
    lost = sum(one.money or 0.0 for one in held.nobodys if one.currency == review.currency)
    answer = f"{money(lost, review.currency)} of spend" if lost else "No spend"
    answer += f" and {counted(sum(one.money is None for one in held.nobodys), 'origin')} match no tactic of the plan."
    note = "Name a campaign under tracked_as of the tactic it belongs to, or leave it out on purpose. “–”: an origin has no money."
    heads = columns("name", "kind", ">money", ">rows", "why, or what it could be")
    return Section("nobodys", question, answer, (TableBlock(heads, rows, "Campaigns and origins nobody owns", note),))


def _hint(one: UnmatchedView | None) -> Cell:
    if one is None or not (one.why or one.proposed):
        return MISSING
    return one.why or f"dates and channel fit {one.proposed}"


def _money(one: NobodysHeld) -> Cell:
    return MISSING if one.money is None else money(one.money, one.currency or "")


def _odd(review: Review) -> Section:
    facts = review.evidence.facts if review.evidence else ()
    question = "What is odd about the data?"
    blocks: list[Block] = []
    groups: dict[str, list[FindingView]] = {}
    for one in facts:  # they come worst first, and so do the groups
        groups.setdefault(one.endangers, []).append(FindingView(one.level, one.name, one.name, one.text))
    blocks += [FindingList(tuple(found), DANGERS.get(part, part)) for part, found in groups.items()]
    blocks += findings_beside(review, ("DAT",), caption="What the check makes of it")
    counts = Counter(one.level for one in facts)
    told = [counted(counts[level], level) for level in ("error", "warning", "note") if counts[level]]
    return Section("odd", question, f"{', '.join(told)}." if told else "Nothing is odd about them.", tuple(blocks))
