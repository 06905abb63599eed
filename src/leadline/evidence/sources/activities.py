"""A table that no format claims, read as what people did or plan to do.

A table is an activity list if it has a column of names and one of days, money, people in charge, channels or states; its header
is looked for in the first 30 rows. Nothing is lost: every row below it is an activity, a row that is left out and named, or a
reject with its reason (`ActivityList`). Design: interview, section 12.
"""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from pathlib import Path

from leadline.evidence.sources.activity_cells import CellReader, Columns, choose_columns, understand
from leadline.evidence.sources.activity_header import HeaderFound, find_header
from leadline.evidence.sources.activity_list import Activity, ActivityList, LeftOut, NotUnderstood, RejectedRow
from leadline.evidence.sources.activity_rows import RowSorter
from leadline.evidence.sources.activity_sheet import MOST_ROWS, Sheet, SheetRow, load_sheet
from leadline.evidence.sources.activity_words import GENERIC_NAMES, PEOPLE, REPORTED, SALES, folded
from leadline.evidence.sources.crm import addresses_in
from leadline.evidence.sources.money_text import OPEN_MARKS
from leadline.evidence.sources.records import Head, ImportOptions
from leadline.evidence.sources.registry import header_found
from leadline.evidence.sources.sniff import open_head

__all__ = [
    "Activity",
    "ActivityList",
    "LeftOut",
    "NotUnderstood",
    "RejectedRow",
    "activity_lists",
    "recognise_activities",
]

REPORT_ROWS = 50  # rows from which repeated names make a report by day; own: a list repeats a name a few times
REPEATS = 5  # rows per name that make one; own
HIDDEN_SHOWN = 20  # hidden rows named in a note; own


def recognise_activities(
    path: Path, *, sheet: str | None = None, options: ImportOptions | None = None
) -> ActivityList | NotUnderstood:
    """Return the activity list of a file, or why it is none.

    sheet: of a workbook; without it the sheet with most activities is taken and the others are named in `notes`
    options: `numbers` (en, de) and `dates` (dmy, mdy) settle what the values leave open, `currency` stands in where
    nothing names one. Raises ImportRefused where the file cannot be read at all (empty, binary, cut).
    """
    chosen = replace(options or ImportOptions(), sheet=sheet or (options.sheet if options else None))
    found = activity_lists(path, options=chosen)
    lists = sorted((one for one in found if isinstance(one, ActivityList)), key=lambda one: -len(one.activities))
    if not lists:
        return next(one for one in found if isinstance(one, NotUnderstood))
    beside = [
        f'the sheet "{one.sheet}" holds {len(one.activities)} more activities, which are not read here'
        for one in lists[1:]
    ]
    beside += [
        f'the sheet "{one.sheet}" is no activity list: {one.reason}' for one in found if isinstance(one, NotUnderstood)
    ]
    return replace(lists[0], notes=(*lists[0].notes, *beside))


def activity_lists(path: Path, *, options: ImportOptions | None = None) -> tuple[ActivityList | NotUnderstood, ...]:
    """Return one result per table of a file: one for a CSV, one per visible sheet with rows for a workbook."""
    chosen = options or ImportOptions()
    head = open_head(path, chosen)
    if head.kind not in {"csv", "sheet"}:
        return (NotUnderstood(path.name, f"{head.kind} is no table of rows and columns", _mapping(path)),)
    return tuple(_read(head, name, chosen) for name in head.records)


def _read(head: Head, name: str, options: ImportOptions) -> ActivityList | NotUnderstood:
    """Return what one sheet holds."""
    sheet = load_sheet(head, name)
    header = find_header([row.cells for row in sheet.rows[:40]], sheet.spans())
    if header is None or sheet.too_long:
        return _none(head, sheet, _why_not(head, name, is_too_long=header is not None))
    rows = sheet.rows[header.at + 1 :]
    columns = choose_columns(header, rows)
    if (why := _something_else(columns, rows)) is not None:
        return _none(head, sheet, why)
    context = understand(sheet, header, columns=columns, file=head.path.stem, options=options)
    reader = CellReader(sheet, columns, context)
    sorter = RowSorter(reader, header)
    sorter.take_all(rows)
    if not (sorter.activities or sorter.rejects):
        return _none(head, sheet, f"no activity stands under its header in row {sheet.rows[header.at].line}")
    return ActivityList(
        head.path.name, sheet.name, sheet.rows[header.at].line, columns.said(), tuple(sorter.activities), tuple(sorter.rejects),
        (*_above(sheet, header), *sorter.left_out), (*_notes(head, reader, header), *sorter.notes), len(rows),
    )  # fmt: skip


def _above(sheet: Sheet, header: HeaderFound) -> list[LeftOut]:
    """Return what stands above the last row of the header."""
    first = header.at + 1 - header.depth
    return [
        LeftOut(row.line, row.text(), "title above the table" if at < first else "header")
        for at, row in enumerate(sheet.rows[: header.at])
    ]


def _why_not(head: Head, name: str, *, is_too_long: bool) -> str:
    """Return why a table is not read."""
    if is_too_long:
        return f"it has more than {MOST_ROWS:,} rows, which is a report and no list of activities"
    found = header_found(replace(head, records={name: head.records[name]}))
    return (
        "none of its first 30 rows names a column of activities and one of days, cost, owner, channel or status "
        f"(found: {found})"
    )


def _something_else(columns: Columns, rows: Sequence[SheetRow]) -> str | None:
    """Return what a table rather is: a list of people or of sales, or a report by day; None where it is none."""
    names = [folded(name) for name in columns.names]
    generic = any(word in GENERIC_NAMES for word in names[columns.name].replace("_", " ").split())
    owner = columns.roles.get("owner")
    if generic:
        for at, name in enumerate(names):
            cells = [
                row.cells[at]
                for row in rows
                if at < len(row.cells) and isinstance(row.cells[at], str) and row.cells[at].strip()
            ]
            addresses = sum(bool(addresses_in(cell)) for cell in cells) * 2 > len(cells) if cells else False
            if at != owner and (name in PEOPLE or addresses):
                return f'it lists people ("{columns.names[at]}"), who do not belong into a plan'
    if len(sales := [written for written, name in zip(columns.names, names, strict=True) if name in SALES]) > 1:
        said = ", ".join(f'"{one}"' for one in sales[:2])
        return f"it lists sales under way ({said}), whose amounts are what customers may pay, not what was spent"
    if any(name in REPORTED for name in names) and len(rows) >= REPORT_ROWS:
        distinct = {str(row.cell(columns.name)) for row in rows}
        if len(distinct) * REPEATS <= len(rows):
            return f"it reports {len(distinct)} names over {len(rows):,} rows, as an export of results by day does"
    return None


def _notes(head: Head, reader: CellReader, header: HeaderFound) -> list[str]:
    """Return what a person should know about how the table was read."""
    notes = [head.note] if head.note else []
    notes += [f'the sheet "{name}" is hidden and was passed over' for name in head.hidden]
    marks = reader.sheet.marks
    below = {row.line for row in reader.sheet.rows[header.at + 1 :]}
    hidden = sorted(marks.hidden & below) if marks else []
    if hidden:
        shown = ", ".join(map(str, hidden[:HIDDEN_SHOWN])) + (" …" if len(hidden) > HIDDEN_SHOWN else "")
        notes.append(f"{len(hidden)} hidden rows are read like the others: {shown}")
    notes += _elsewhere(reader, header, below)
    kept = [at for at, _ in header.candidates.get("cost", ()) if at not in reader.columns.cost]
    if kept and reader.columns.cost:
        others = ", ".join(f'"{reader.columns.names[at]}"' for at in sorted(kept))
        notes.append(f'money is read from "{reader.columns.said()["cost"]}"; {others} is kept beside it')
    for mark in sorted(reader.open_marks):
        notes.append(
            f'"{mark}" names several currencies ({", ".join(sorted(OPEN_MARKS[mark]))}): say which one is meant'
        )
    return [*notes, *reader.context.notes]


def _elsewhere(reader: CellReader, header: HeaderFound, below: AbstractSet[int]) -> list[str]:
    """Return what stands in the sheet and is not read: formulas never calculated, a second table beside the first."""
    notes, marks, columns = [], reader.sheet.marks, reader.columns
    read = {*columns.cost, *(columns.roles.get(role, -1) for role in ("start", "end", "when"))}
    empty = sum(line in below and at not in read for line, at in marks.uncalculated) if marks else 0
    if empty:
        notes.append(f"{empty} formulas in other columns were never calculated, so their cells are blank here")
    again = [at for at, name in enumerate(header.names) if at > columns.name and name == header.names[columns.name]]
    if again:
        notes.append(
            f'"{header.names[columns.name]}" stands {len(again) + 1} times side by side: only the first table is read as activities'
        )
    return notes


def _none(head: Head, sheet: Sheet, reason: str) -> NotUnderstood:
    return NotUnderstood(head.path.name, reason, _mapping(head.path), sheet.name)


def _mapping(path: Path) -> str:
    """Return the step that always helps."""
    return f"write a mapping file (leadline import {path.name} --draft-mapping), or give the columns their usual names"
