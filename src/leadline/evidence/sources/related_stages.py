"""Which dates of customer tables are stages, in which order, and which of them is the sale: by words, then by lateness."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field

from leadline.evidence.sources.related_tables import Column, Table
from leadline.evidence.sources.related_words import (
    CONTACTED,
    LOST,
    NO_STAGE,
    RANKS,
    STATUS,
    WON,
    has,
    ranked,
    state_of,
    words_of,
)
from leadline.evidence.sources.values import plain_name

FILLED = "*"  # of a mapping's `when`: the column is filled, whatever it says
LEAST_DATED = 1  # rows that make a stage; own: an empty column is none
GENERIC_DATES = frozenset(
    {
        "date",
        "datum",
        "day",
        "tag",
        "fecha",
        "jour",
        "dag",
        "timestamp",
        "created at",
        "created",
        "erstellt am",
        "date created",
    }
)


@dataclass(frozen=True)
class Stage:
    """One stage of a table: rows of `table` enter `state` on the day in `column`.

    when: column → the values (compared as names are) with which a row does; `*` is any value
    word: what speaks for it · from_file: the word stands in the file's name, not the column's
    """

    table: Table
    column: Column
    state: str
    word: str
    from_file: bool = False
    when: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def dated(self) -> list[dt.date | None]:
        """Return the day each row entered it, None where it did not or cannot be read."""
        days = self.column.days()
        for name, values in self.when.items():
            if values != (FILLED,):
                wanted = set(map(plain_name, values))
                said = self.table.by_name[name].texts
                days = [
                    day if text is not None and plain_name(text) in wanted else None
                    for day, text in zip(days, said, strict=True)
                ]
        return days

    @property
    def entered(self) -> list[dt.date]:
        """Return the days of the rows that entered it."""
        return [day for day in self.dated() if day is not None]


@dataclass(frozen=True)
class Found:
    """The stages of one table, and what was left aside with its reason."""

    stages: tuple[Stage, ...]
    aside: tuple[str, ...] = ()
    undecided: tuple[str, ...] = ()


def stages_of(table: Table) -> Found:
    """Return the stages a table dates."""
    best: dict[str, tuple[Column, str, bool]] = {}
    aside, undecided = [], []
    for column in table.columns:
        if column.kind != "date":
            continue
        said = state_of(column.name)
        from_file = said is None and words_of(column.name) in GENERIC_DATES
        if from_file:
            said = state_of(table.path.stem)
        if said is None:
            forecast = has(column.name, NO_STAGE)
            aside.append(
                f'"{column.name}" of {table.name} is a date but '
                + ("no event of a sale" if forecast else "names no stage")
            )
        elif column.order is None:
            undecided.append(
                f'Are the dates of "{column.name}" in {table.name} day/month or month/day? Nothing in the column decides.'
            )
        elif said[0] not in best or (len(column.given), not from_file) > (
            len(best[said[0]][0].given),
            not best[said[0]][2],
        ):
            best[said[0]] = (column, said[1], from_file)
    stages: list[Stage] = []
    for state, (column, word, from_file) in best.items():
        if len(column.given) >= LEAST_DATED:
            stages += _split(Stage(table, column, state, word, from_file, _filled(column)))
    return Found(tuple(stages), tuple(aside), tuple(undecided))


def _filled(column: Column) -> dict[str, tuple[str, ...]]:
    """Return the condition that a date is given, where it is not always."""
    return {} if len(column.given) == len(column.values) else {column.name: (FILLED,)}


def _split(stage: Stage) -> list[Stage]:
    """Return a closing split by the table's status into won and lost; other stages as they are."""
    if stage.state not in {"won", "closed"}:
        return [stage]
    status = next(
        (one for one in stage.table.columns if ranked(one.name, STATUS) is not None and _ends(one, WON)), None
    )
    if status is None:
        return [
            stage
            if stage.state == "won"
            else Stage(stage.table, stage.column, "won", stage.word, stage.from_file, stage.when)
        ]
    parts = []
    for state, words in (("won", WON), ("lost", LOST)):
        values = _ends(status, words)
        if values:
            parts.append(
                Stage(
                    stage.table, stage.column, state, stage.word, stage.from_file, {**stage.when, status.name: values}
                )
            )
    return parts


def _ends(column: Column, words: frozenset[str]) -> tuple[str, ...]:
    """Return the values of a status that end a case in one way, as they are written."""
    return tuple(sorted({text for text in column.given if words_of(text) in words}))


def in_order(stages: Sequence[Stage]) -> list[Stage]:
    """Return stages in the order in which customers pass them: by their words, and by their days where words say nothing."""
    return sorted(stages, key=lambda one: (RANKS.get(one.state, 4), _middle(one)))


def _middle(stage: Stage) -> dt.date:
    days = sorted(stage.entered)
    return days[len(days) // 2] if days else dt.date.max


def is_contact(stage: Stage) -> bool:
    """Return whether a stage is a contact of its own (a form, a call), and not only a record that was made."""
    return stage.state == "lead" and has(stage.column.name, CONTACTED) is not None
