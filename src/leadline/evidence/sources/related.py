"""Tables of customers without a mapping: what they share, which days are stages, and a mapping to read before it is used.

Two tables are joined where a column of one holds the keys of the other; a single table needs several days of its own. Nothing
is imported here, and nothing is applied unseen: the result is text. Worth, currencies and the meaning of "won" are not invented;
what stays open is asked. Design: interview, section 12.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from leadline.evidence.sources.activity_header import EXACT, named
from leadline.evidence.sources.activity_list import NotUnderstood
from leadline.evidence.sources.activity_words import GENERIC_NAMES
from leadline.evidence.sources.currencies import is_currency
from leadline.evidence.sources.mapping import SUFFIX
from leadline.evidence.sources.money_text import unit_of
from leadline.evidence.sources.records import ImportOptions
from leadline.evidence.sources.related_stages import Found, Stage, in_order, stages_of
from leadline.evidence.sources.related_tables import MOSTLY, Column, Join, Table, best_join, load_table, middle_day
from leadline.evidence.sources.related_text import Money, mapping_text
from leadline.evidence.sources.related_words import AMOUNT, CURRENCY, is_id, ranked
from leadline.evidence.sources.values import BadValue, number_of, plain_name

FEWEST_STATES = 2  # states that make a funnel
EMPTY_WORTH = 0.5  # share of zero or missing amounts above which a column is no worth; own: it says more about the form than the sale


@dataclass(frozen=True)
class DraftedStage:
    """One stage of a draft: so many rows of `file` entered `state` by the day in `column`, and why it is believed."""

    state: str
    file: str
    column: str
    rows: int
    first: dt.date
    last: dt.date
    why: str


@dataclass(frozen=True)
class RelatedDraft:
    """Drafted mappings of tables that belong together.

    mapping_texts: file name → text of its mapping · sentence: what is joined on what, how many match
    stages: in the order customers pass them · win: the state believed to be the sale, None where no word says so
    open_questions: what only a person knows · unused: (file, why) · notes: what is odd in the data
    """

    mapping_texts: Mapping[str, str]
    sentence: str
    stages: tuple[DraftedStage, ...]
    win: str | None
    open_questions: tuple[str, ...] = ()
    unused: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()


@dataclass
class _Group:
    """Tables that belong together: one that everybody else names, and those that name it."""

    parent: Table
    key: Column
    joins: list[Join] = field(default_factory=list)

    def members(self) -> list[tuple[Table, Column]]:
        """Return every table with its key, the parent first."""
        return [(self.parent, self.key), *((join.child, join.child_key) for join in self.joins)]


def mapping_name(path: Path) -> str:
    """Return the name of the mapping file that goes with a file.

    >>> mapping_name(Path("qualified_leads.csv"))
    'qualified_leads.mapping.yaml'
    """
    return path.stem + SUFFIX


def draft_related(files: Sequence[Path], *, options: ImportOptions | None = None) -> RelatedDraft | NotUnderstood:
    """Return drafted mappings of tables that share a key, or of one table with several stages; else why there are none.

    Raises ImportRefused where a file cannot be read at all.
    """
    unused: dict[str, str] = {}
    tables: list[Table] = []
    for path in files:
        table = load_table(path, options or ImportOptions())
        if table is None or table.cut:
            unused[path.name] = (
                "it has too many rows to draft for" if table else "it holds no table with a header and rows"
            )
        elif any(one.name == table.name for one in tables):
            unused[f"{path.name} (again)"] = "another file has the same name"
        else:
            tables.append(table)
    said = ", ".join(path.name for path in files) or "no file"
    if not tables:
        return _none(said, "; ".join(dict.fromkeys(unused.values())) or "no file was given")
    found = {table.name: stages_of(table) for table in tables}
    group = _group(tables, found)
    if isinstance(group, str):
        return _none(said, group)
    for table in tables:
        if not any(table is member for member, _ in group.members()):
            unused[table.name] = f"no column of it holds the keys of {group.parent.name}"
    return _draft(group, found, unused)


def _none(said: str, reason: str) -> NotUnderstood:
    first = said.split(", ", maxsplit=1)[0]
    return NotUnderstood(said, reason, f"write a mapping file for each (leadline import {first} --draft-mapping)")


def _group(tables: Sequence[Table], found: Mapping[str, Found]) -> _Group | str:
    """Return the tables that belong together, or why none do."""
    joins = [
        join for one in tables for other in tables if one is not other and (join := best_join(one, other)) is not None
    ]
    groups = []
    for parent in tables:
        mine = [join for join in joins if join.parent is parent and not _backwards(join, joins)]
        if mine:
            key = max(mine, key=lambda join: join.matched).parent_key
            groups.append(_Group(parent, key, [join for join in mine if join.parent_key is key]))
    whole = [one for one in groups if _states(one, found) >= FEWEST_STATES]
    if whole:
        return max(whole, key=lambda one: sum(join.matched for join in one.joins))
    alone = [
        _Group(table, own)
        for table in tables
        if (own := _own_key(table)) is not None and not (own.counted and _lists_activities(table))
    ]
    whole = [one for one in alone if _states(one, found) >= FEWEST_STATES]
    if whole:
        return max(whole, key=lambda one: one.parent.rows)
    return _why_none(tables, groups, found)


def _why_none(tables: Sequence[Table], groups: Sequence[_Group], found: Mapping[str, Found]) -> str:
    """Return why tables give no funnel."""
    undecided = [text for table in tables for text in found[table.name].undecided]
    if undecided:
        return undecided[0]
    if groups:
        join = groups[0].joins[0]
        return (
            f'{join.child.name} and {join.parent.name} share "{join.parent_key.name}", but their columns name '
            "fewer than two stages with a day"
        )
    if len(tables) > 1:
        keyless = [table.name for table in tables if not table.key_columns()]
        if len(keyless) == len(tables):
            return "no table has a column that tells its rows apart, so nothing can be joined"
        return "no column of one table holds the keys of another"
    table = tables[0]
    if len({stage.state for stage in found[table.name].stages}) < FEWEST_STATES:
        return f"{table.name} names fewer than two stages with a day"
    return f"no column of {table.name} tells its rows apart by an id or an address"


def _backwards(join: Join, joins: Sequence[Join]) -> bool:
    """Return whether the same two tables join better the other way round; of two equal ones the earlier is the parent."""
    other = next((one for one in joins if one.parent is join.child and one.child is join.parent), None)
    if other is None:
        return False
    if join.coverage != other.coverage:
        return other.coverage > join.coverage
    days = [_first_day(join.parent), _first_day(join.child)]
    return days[1] < days[0] or (days[0] == days[1] and join.child.name < join.parent.name)


def _first_day(table: Table) -> dt.date:
    return min((day for one in table.columns if one.kind == "date" and (day := middle_day(one))), default=dt.date.max)


def _own_key(table: Table) -> Column | None:
    """Return the column that tells a single table's rows apart: an id, an address, or words without spaces."""
    keys = table.key_columns()
    ids = [one for one in keys if is_id(one.name) or one.kind == "address"]
    plain = [one for one in keys if one.kind == "text" and not any(" " in text for text in one.given)]
    return next(iter([*ids, *plain]), None)


def _lists_activities(table: Table) -> bool:
    """Return whether a numbered table rather names activities, one a row, with the days of its own work."""
    return any(
        one.role == "name" and one.quality == EXACT and one.phrase not in GENERIC_NAMES
        for column in table.columns
        if len(column.distinct) >= MOSTLY * table.rows
        for one in named(column.name)
    )


def _states(group: _Group, found: Mapping[str, Found]) -> int:
    """Return how many different stages a group dates, losing apart."""
    return len({stage.state for table, _ in group.members() for stage in found[table.name].stages} - {"lost"})


def _draft(group: _Group, found: Mapping[str, Found], unused: dict[str, str]) -> RelatedDraft:
    """Return the draft of a group."""
    stages = _distinct([stage for table, _ in group.members() for stage in found[table.name].stages])
    chain = in_order([stage for stage in stages if stage.state != "lost"])
    questions, notes = _asked(group, found), _odd(group, chain)
    texts: dict[str, str] = {}
    for table, key in group.members():
        own = in_order([stage for stage in stages if stage.table is table])
        if not own:
            unused[table.name] = "it shares a key, but dates no stage of its own"
            continue
        money, asked = _money(table, own)
        questions += asked
        texts[table.name] = mapping_text(table, own, key=key, money=money, why=_join_words(group, table))
    won = next((stage for stage in chain if stage.state == "won"), None)
    if won is None or won.from_file or won.word.startswith("clos"):
        last = chain[-1]
        questions.insert(
            0, f'Is "{last.state}" ({last.column.name} of {last.table.name}) the sale? Its day is the last one known.'
        )
    return RelatedDraft(
        texts, _sentence(group), tuple(_told(stage, won) for stage in chain), won.state if won else None,
        tuple(questions), tuple(unused.items()), tuple(notes),
    )  # fmt: skip


def _distinct(stages: Sequence[Stage]) -> list[Stage]:
    """Return every state once per table; of two tables that date the same state the fuller one counts."""
    best: dict[str, Stage] = {}
    for stage in stages:
        known = best.get(stage.state)
        if known is None or len(stage.entered) > len(known.entered):
            best[stage.state] = stage
    return [stage for stage in stages if best[stage.state] is stage]


def _told(stage: Stage, won: Stage | None) -> DraftedStage:
    days = stage.entered
    place = f"the name of {stage.table.name}" if stage.from_file else f'"{stage.column.name}"'
    why = f'{place} says "{stage.word}"' + ("; believed to be the sale" if stage is won else "")
    first, last = (min(days), max(days)) if days else (dt.date.min, dt.date.min)
    return DraftedStage(stage.state, stage.table.name, stage.column.name, len(days), first, last, why)


def _join_words(group: _Group, table: Table) -> str:
    """Return how a table hangs together with the others, for the head of its mapping."""
    if not group.joins:
        return f'its own days tell the stages of each "{group.key.name}"'
    if table is group.parent:
        return " and ".join(f'{one.child.name} names its "{group.key.name}"' for one in group.joins)
    join = next(one for one in group.joins if one.child is table)
    return f'"{join.child_key.name}" names a row of {group.parent.name} ({join.matched:,} of {join.named:,} rows)'


def _sentence(group: _Group) -> str:
    """Return what is joined on what, and how many match."""
    if not group.joins:
        return f'{group.parent.name} tells by its own days how far each of its {group.parent.rows:,} rows got, by "{group.key.name}".'
    parts = []
    for join in group.joins:
        name = f'"{join.child_key.name}"'
        if join.child_key.name != join.parent_key.name:
            name += f' (there "{join.parent_key.name}")'
        parts.append(
            f"{join.matched:,} of {join.named:,} rows of {join.child.name} name a row of {group.parent.name} by {name}"
        )
    return f"{'; '.join(parts)}. {group.parent.name} has {group.parent.rows:,} rows."


def _asked(group: _Group, found: Mapping[str, Found]) -> list[str]:
    """Return what only a person knows of the tables' days and keys."""
    asked = [text for table, _ in group.members() for text in found[table.name].undecided]
    for join in group.joins:
        apart = join.named - join.matched
        if apart:
            rows = "1 row" if apart == 1 else f"{apart:,} rows"
            asked.append(
                f"{rows} of {join.child.name} cannot be found in {group.parent.name}: is an older export missing?"
            )
    return asked


def _odd(group: _Group, chain: Sequence[Stage]) -> list[str]:
    """Return what is odd: days that go backwards between two stages, keys that repeat."""
    notes = [
        f'"{key.name}" of {table.name} repeats ({len(key.given) - len(key.distinct):,} rows): each row is a stage of its own'
        for table, key in group.members()
        if len(key.distinct) < len(key.given)
    ]
    keys = {id(table): key for table, key in group.members()}
    for before, after in pairwise(chain):
        first: dict[str, dt.date] = {}
        for text, day in zip(keys[id(before.table)].texts, before.dated(), strict=True):
            if text is not None and day is not None:
                name = plain_name(text)
                first[name] = min(day, first.get(name, day))
        gaps = [
            (first[name] - day).days
            for text, day in zip(keys[id(after.table)].texts, after.dated(), strict=True)
            if text is not None and day is not None and (name := plain_name(text)) in first and day < first[name]
        ]
        if gaps:
            what = "row is" if len(gaps) == 1 else "rows are"
            notes.append(
                f'{len(gaps):,} {what} dated "{after.state}" before "{before.state}", by up to {max(gaps)} days: '
                "they are kept as the files say"
            )
    return notes


def _money(table: Table, stages: Sequence[Stage]) -> tuple[Money | None, list[str]]:
    """Return the column of what a sale brought, or the question it leaves open; mostly zeros are no worth."""
    won = next((stage for stage in stages if stage.state == "won"), None)
    found = [one for one in table.columns if ranked(one.name, AMOUNT) is not None and one.kind in {"number", "text"}]
    if won is None or not found:
        return None, []
    column = min(found, key=lambda one: ranked(one.name, AMOUNT) or 0)
    rows = [place for place, day in enumerate(won.dated()) if day is not None]
    nothing = sum(_is_nothing(column.texts[place]) for place in rows)
    if nothing > EMPTY_WORTH * len(rows):
        where = f'"{column.name}" of {table.name}'
        return None, [
            f"What is one sale worth? {where} is zero or blank in {nothing:,} of {len(rows):,} sales, so it is not taken."
        ]
    codes = next((one for one in table.columns if ranked(one.name, CURRENCY) is not None), None)
    if codes is not None and all(is_currency(text.upper()) for text in codes.given):
        return Money(column, codes), []
    unit = unit_of(column.name)
    if unit is not None and unit.currency and unit.scale is None:
        return Money(column, None, unit.currency), []
    return None, [
        f'In which currency is "{column.name}" of {table.name}? The file does not name one, so no amount is read yet.'
    ]


def _is_nothing(text: str | None) -> bool:
    """Return whether an amount is blank or zero."""
    if text is None:
        return True
    try:
        return not number_of(text, "en")
    except BadValue:
        return False
