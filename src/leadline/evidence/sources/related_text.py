"""The text of a drafted mapping: what a person reads before it is used, and what the import then reads."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from leadline.evidence.sources.related_stages import Stage, is_contact
from leadline.evidence.sources.related_tables import Column, Table
from leadline.evidence.sources.related_words import CHANNELS, LANDING, ORIGIN, ranked
from leadline.evidence.sources.values import number_vote, plain_name

FEW = 50  # different values of a column of origins; own: a company has fewer sources than that
REPEATED = 2  # rows per value at least, on average; own: what hardly repeats is no origin


@dataclass(frozen=True)
class Money:
    """A column of amounts that counts, and where its currency comes from: a column, or a code."""

    column: Column
    currency_column: Column | None = None
    code: str | None = None


def origin_of(table: Table) -> Column | None:
    """Return the column that says where somebody came from: named so, and with few values that repeat."""
    found = [
        (place, column)
        for column in table.columns
        if (place := ranked(column.name, ORIGIN)) is not None
        and column.kind == "text"
        and len(column.distinct) <= FEW
        and len(column.given) >= REPEATED * len(column.distinct)
    ]
    return min(found, key=lambda pair: pair[0])[1] if found else None


def mapping_text(table: Table, stages: Sequence[Stage], *, key: Column, money: Money | None, why: str) -> str:
    """Return the mapping of one table: an entry per stage, and the first contact as a touch where it is one."""
    order = stages[0].column.order
    lines = [
        f"# Drafted for {_comment(table.name)}: {_comment(why)}",
        "# Read every line before it is used.",
        "mapping: 1",
    ]
    lines.append(f"match: {{header: [{', '.join(_quoted(one.name) for one in table.columns)}]}}")
    lines += _file(table, stages, money)
    lines.append("tables:")
    for stage in stages:
        lines += _stage(table, stage, key=key, money=money if stage.state == "won" else None, order=order)
    contact = next((one for one in stages if is_contact(one)), None)
    if contact is not None:
        lines += _touch(table, contact, key=key, order=order)
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    """Return a text as YAML reads it back, whatever it holds."""
    return json.dumps(text, ensure_ascii=not text.isprintable())


def _comment(text: str) -> str:
    """Return a text as it may stand behind a `#`: one line, whatever a file or column is called."""
    return "".join(sign if sign.isprintable() else " " for sign in text)


def _file(table: Table, stages: Sequence[Stage], money: Money | None) -> list[str]:
    """Return the line that says how the file is read."""
    parts = []
    if table.head.kind == "csv":
        parts = [f"encoding: {table.head.encoding}", f"delimiter: {_quoted(table.head.delimiter or ',')}"]
    parts.append(f"dates: {stages[0].column.order}")
    votes = {vote for text in money.column.given if (vote := number_vote(text)) is not None} if money else set()
    if len(votes) == 1:
        parts.append(f"numbers: {votes.pop()}")
    return [f"file: {{{', '.join(parts)}}}"]


def _stage(table: Table, stage: Stage, *, key: Column, money: Money | None, order: str | None) -> list[str]:
    """Return the entry of one stage."""
    repeated = [] if key.unique else [_quoted(stage.column.name)]
    parts = ", ".join([_quoted(key.name), *repeated, f"{{const: {_quoted(stage.state)}}}"])
    columns = [
        "subject_kind: {const: person}",
        f"stage: {{const: {_quoted(stage.state)}}}",
        f"entered_at: {_day(stage, order)}",
    ]
    if (origin := origin_of(table)) is not None:
        columns.append(f"origin: {_quoted(origin.name)}")
    if money is not None:
        columns.append(f"amount: {_quoted(money.column.name)}")
        code = _quoted(money.currency_column.name) if money.currency_column else f"{{const: {money.code}}}"
        columns.append(f"currency: {code}")
    reason = f'the file\'s name says "{stage.word}"' if stage.from_file else f'its name says "{stage.word}"'
    return [
        f"  - table: stages   # {stage.state}: the day in {_quoted(stage.column.name)}; {reason}",
        f"    key: [{parts}]",
        f"    columns: {{{', '.join(columns)}}}",
        f"    identifiers: {{{_who(key)}}}",
        *_when(stage),
    ]


def _day(stage: Stage, order: str | None) -> str:
    """Return where the day stands, with its own order where it is not the file's."""
    name = _quoted(stage.column.name)
    return name if stage.column.order == order else f"{{column: {name}, dates: {stage.column.order}}}"


def _who(key: Column) -> str:
    """Return the identifier a key is: an address or the id of a customer system; both are kept as pseudonyms only."""
    return f"{'email' if key.kind == 'address' else 'crm'}: {_quoted(key.name)}"


def _when(stage: Stage) -> list[str]:
    """Return the condition of an entry."""
    if not stage.when:
        return []
    parts = [f"{_quoted(name)}: [{', '.join(map(_quoted, values))}]" for name, values in stage.when.items()]
    return [f"    when: {{{', '.join(parts)}}}"]


def _touch(table: Table, stage: Stage, *, key: Column, order: str | None) -> list[str]:
    """Return the entry of the first contact itself; what the origin calls unknown is no channel."""
    columns = [f"happened_at: {_day(stage, order)}", "class: {const: activity}", "event: {const: first_contact}"]
    landing = next((one for one in table.columns if ranked(one.name, LANDING) is not None), None)
    if landing is not None:
        columns.append(f"landing: {_quoted(landing.name)}")
    if (origin := origin_of(table)) is not None:
        known = {text: CHANNELS[plain_name(text)] for text in sorted(origin.distinct) if plain_name(text) in CHANNELS}
        values = (
            f", values: {{{', '.join(f'{_quoted(said)}: {_quoted(meant)}' for said, meant in known.items())}}}"
            if known
            else ""
        )
        columns.append(f"channel: {{column: {_quoted(origin.name)}{values}}}")
    repeated = [] if key.unique else [_quoted(stage.column.name)]
    return [
        "  - table: touches   # the first contact itself",
        f"    key: [{', '.join([_quoted(key.name), *repeated])}]",
        f"    columns: {{{', '.join(columns)}}}",
        f"    identifiers: {{{_who(key)}}}",
        *_when(stage),
    ]
