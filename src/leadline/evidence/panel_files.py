"""Wide tables as panels: a file or a data frame with a date, an outcome, `<channel>_spend` columns and controls.

Nothing is repaired and nothing is dropped: everything wrong is listed in one InputError, each with its line.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from leadline.errors import InputError, NothingDone, UsageError
from leadline.evidence.panel_columns import COUNTED, PanelColumns, Parts, find_panel_columns, outcome_is
from leadline.evidence.panels import CAVEAT, COARSE, EVERYWHERE
from leadline.evidence.plain_tables import PlainTable, open_table
from leadline.evidence.sources.values import BadValue, NumberVotes, date_open, date_vote, day_of, number_of, text_of
from leadline.inputs import GRAINS, Floats, Integers, Panel
from leadline.inputs.panel import MONEY, next_period

if TYPE_CHECKING:
    from narwhals.typing import IntoDataFrame

MOST_TOLD = 20  # own: problems of one kind that are listed; a screen
YEARS = range(1600, 2200)  # own: a bare number is read as a year only between these

Locale = Literal["en", "de"]


def read_panel(
    data: str | Path | IntoDataFrame,
    kpi: str | None = None,
    *,
    sheet: str | None = None,
    numbers: Locale | None = None,
    dates: str | None = None,
    currency: str | None = None,
    **columns: str | Sequence[str] | Parts | None,
) -> Panel:
    """Return the panel of a CSV, Parquet or workbook, or of a data frame of polars, pandas or pyarrow.

    kpi: column of the outcome, where its name does not tell · sheet: of a workbook, where several would do
    numbers: `en` (1,234.5) or `de` (1.234,5), default: told from the values · dates: ymd, mdy, dmy or a pattern
    currency: of outcome and spend, `none` where the outcome is a count; default: its name tells, and what does not is money
    columns: date, geo, population, value_per_unit: a column; channels, controls, drop: several, or for channels a mapping
    of channel → what it holds (spend, exposure, reach, frequency, driver) → column
    Raises UsageError for columns that are missing or ambiguous, InputError listing every gap, repeated day, unknown or negative
    value with its place, ImportRefused for a file that is no table, NothingDone for one without rows.
    """
    table = open_table(Path(data), sheet=sheet) if isinstance(data, str | Path) else _frame(data)
    found = find_panel_columns(table.name, table.header, given={**columns, "kpi": kpi})
    if not table.rows:
        raise NothingDone(f"{table.name} has a header and no rows. Export the days that the panel is to cover.")
    problems: list[str] = []
    cells = _Cells(table, found, _locale(table, found, numbers), problems)
    days, dated = _firsts(cells.days(_order(table, found, dates)))
    grid = _grid(table, found, days, problems)
    values = {place: grid.of(cells.numbers(place)) for place in found.numeric}
    _known(found, values, grid, problems)
    if problems:
        raise InputError(problems)
    return _panel(found, grid, values, currency=currency, notes=dated)


def _frame(data: IntoDataFrame) -> PlainTable:
    import narwhals as nw

    try:
        frame = nw.from_native(data, eager_only=True)
    except TypeError as error:
        raise UsageError(
            f"A panel is read from a file, or a data frame of polars, pandas or pyarrow, not from {type(data).__name__}. "
            "Give the path of the file, or the frame."
        ) from error
    rows = [
        (line, [None if isinstance(cell, float) and np.isnan(cell) else cell for cell in row])
        for line, row in enumerate(frame.iter_rows(), start=1)
    ]
    return PlainTable("the data frame", frame.columns, rows)


def _firsts(days: list[dt.date | None]) -> tuple[list[dt.date | None], tuple[str, ...]]:
    """Return the days, months dated by their last day as their first, and the note about it."""
    known = {day for day in days if day is not None}
    if len(known) < 2 or any((day + dt.timedelta(days=1)).day != 1 for day in known):
        return days, ()
    note = "each row is dated by the last day of its month: the months are taken by their first"
    return [day and day.replace(day=1) for day in days], (note,)


def _locale(table: PlainTable, found: PanelColumns, given: Locale | None) -> Locale:
    votes = NumberVotes()
    for _, cells in table.rows:
        for place in found.numeric:
            if place < len(cells) and isinstance(cells[place], str):
                votes.see(cells[place])
    decided = votes.decided()
    return given or (decided[0] if decided else "en")


def _order(table: PlainTable, found: PanelColumns, given: str | None) -> str:
    """Return the order of the parts of dates: as given, or as the dates themselves decide."""
    if given:
        return given
    texts = [cells[found.roles["date"]] for _, cells in table.rows if found.roles["date"] < len(cells)]
    votes = {date_vote(text) for text in texts if isinstance(text, str)} - {None}
    if len(votes) == 1:
        return str(votes.pop())
    if votes or any(isinstance(text, str) and date_open(text) for text in texts):
        raise UsageError(
            f"{table.name}: the order of day and month in {table.header[found.roles['date']]} cannot be told. Say dates=mdy or dates=dmy."
        )
    return "ymd"


@dataclass(frozen=True)
class _Cells:
    """Reads cells; what is wrong goes to the problems."""

    table: PlainTable
    found: PanelColumns
    locale: Locale
    problems: list[str]

    def days(self, order: str) -> list[dt.date | None]:
        """Return the day of each row."""
        return self._each(self.found.roles["date"], lambda cell: _day(cell, order))

    def numbers(self, place: int) -> list[float]:
        """Return the numbers of a column, NaN where a cell is empty."""
        read = self._each(place, lambda cell: _number(cell, self.locale))
        return [np.nan if value is None else value for value in read]

    def _each(self, place: int, read: Callable[[Any], Any]) -> list[Any]:
        values, wrong = [], 0
        for line, cells in self.table.rows:
            try:
                values.append(read(cells[place]) if place < len(cells) else None)
            except BadValue as error:
                wrong += 1
                values.append(None)
                if wrong <= MOST_TOLD:
                    self.problems.append(
                        f"{self.table.name}:{line}: {self.table.header[place]}: {error}. Correct the cell."
                    )
        if wrong > MOST_TOLD:
            self.problems.append(f"{self.table.header[place]}: {wrong - MOST_TOLD} more cells like that.")
        return values


def _day(cell: Any, order: str) -> dt.date | None:  # noqa: ANN401 - cells of files and frames are of any type
    text = text_of(cell) if not isinstance(cell, dt.date) else None
    if text is not None and text.isdigit() and int(text) in YEARS:
        return dt.date(int(text), 1, 1)
    return day_of(cell, order)


def _number(cell: Any, locale: Locale) -> float | None:  # noqa: ANN401 - cells of files and frames are of any type
    if isinstance(cell, bool | np.bool_):
        return float(cell)
    if isinstance(cell, int | float | Decimal):
        return None if isinstance(cell, float) and np.isnan(cell) else float(cell)
    value = number_of(cell, locale)
    return None if value is None else float(value)


@dataclass(frozen=True)
class _Grid:
    """Where each row stands. place, step: of each row, shape (rows,), -1 = nowhere."""

    geos: tuple[str, ...]
    days: tuple[dt.date, ...]
    place: Integers
    step: Integers

    def of(self, values: Sequence[float]) -> Floats:
        """Return a column by place and step."""
        grid = np.full((len(self.geos), len(self.days)), np.nan)
        there = self.place >= 0
        grid[self.place[there], self.step[there]] = np.asarray(values, dtype=np.float64)[there]
        return grid


def _grid(table: PlainTable, found: PanelColumns, days: Sequence[dt.date | None], problems: list[str]) -> _Grid:
    """Place the rows; every day without a row of some place, and every one with two, is a problem."""
    where = found.roles.get("geo")
    names = [
        EVERYWHERE if where is None else text_of(cells[where]) if where < len(cells) else None
        for _, cells in table.rows
    ]
    seen: dict[tuple[str, dt.date], int] = {}
    lines = [line for line, _ in table.rows]
    for line, name, day in zip(lines, names, days, strict=True):
        if name is None or day is None:
            problems.append(f"{table.name}:{line}: the {'place' if name is None else 'date'} is empty. Fill it in.")
        elif (name, day) in seen:
            at = "" if where is None else f" in {name}"
            problems.append(
                f"{table.name}:{line}: {day}{at} stands on line {seen[name, day]} already. Keep one row, or name a geo column."
            )
        else:
            seen[name, day] = line
    geos, steps = sorted({name for name, _ in seen}), sorted({day for _, day in seen})
    problems += [
        f"{table.name}: {geo} has no row for {day}, other places have one. Add it: places of different spans are not compared."
        for geo, day in list(_absent(geos, steps, seen))[:MOST_TOLD]
    ]
    number, step = {name: at for at, name in enumerate(geos)}, {day: at for at, day in enumerate(steps)}
    first = [
        seen.get((str(name), day)) == line if day else False for line, name, day in zip(lines, names, days, strict=True)
    ]
    return _Grid(
        tuple(geos), tuple(steps),
        np.array([number[str(name)] if own else -1 for name, own in zip(names, first, strict=True)], dtype=np.int64),
        np.array([step[day] if own and day else -1 for day, own in zip(days, first, strict=True)], dtype=np.int64),
    )  # fmt: skip


def _absent(
    geos: Sequence[str], days: Sequence[dt.date], seen: Mapping[tuple[str, dt.date], int]
) -> Iterator[tuple[str, dt.date]]:
    return ((geo, day) for geo in geos for day in days if (geo, day) not in seen)


def _known(found: PanelColumns, values: Mapping[int, Floats], grid: _Grid, problems: list[str]) -> None:
    """Say which controls and populations are unknown somewhere; exposures and money are judged by the panel itself."""
    checked = [
        *found.controls,
        *(place for role, place in found.roles.items() if role in {"population", "value_per_unit"}),
    ]
    for place in checked:
        unknown = np.argwhere(np.isnan(values[place]))
        if len(unknown):
            geo, step = unknown[0]
            problems.append(
                f"{found.header[place]} is not known {len(unknown)} times, first on {grid.days[step]} in {grid.geos[geo]}. "
                "Fill it in, or leave the column out with drop."
            )


def _panel(
    found: PanelColumns, grid: _Grid, values: Mapping[int, Floats], *, currency: str | None, notes: Sequence[str]
) -> Panel:
    grain = _grain(grid.days)
    spend, exposure, kinds = [], [], []
    for parts in found.channels.values():
        held = {measure: values[place] for measure, place in parts.items()}
        money = held.get("spend")
        reached_people = held["reach"] * held["frequency"] if "reach" in held else money
        shown = held.get("driver", held.get("exposure", reached_people))
        spend.append(np.zeros_like(shown) if money is None else money)
        exposure.append(shown)
        kinds.append("driver" if "driver" in held else "organic" if money is None else "paid")
    reached = [name for name, parts in found.channels.items() if "reach" in parts]
    sizes = values[found.roles["population"]] if "population" in found.roles else None
    notes = [*notes, CAVEAT.format(grain=grain)] if grain in COARSE else [*notes]
    notes += ["a column without a name is a row number and was passed over"] if found.unnamed else []
    if sizes is not None and (sizes != sizes[:, :1]).any():
        notes.append("population changes over time; that of the last step is taken")
    unit, unsure = _unit(found, currency)
    notes += unsure
    return Panel(
        time=np.array(grid.days, dtype="datetime64[D]"), grain=grain, geo=grid.geos,
        outcome={found.header[found.roles["kpi"]]: values[found.roles["kpi"]]},
        channels=tuple(found.channels), kinds=tuple(kinds),
        exposure=np.stack([np.asarray(one) for one in exposure], axis=-1),
        spend=np.stack(spend, axis=-1) if "paid" in kinds else None,
        population=None if sizes is None else sizes[:, -1],
        controls=np.stack([values[place] for place in found.controls], axis=-1) if found.controls else None,
        control_names=tuple(found.header[place] for place in found.controls),
        value_per_unit=values[found.roles["value_per_unit"]] if "value_per_unit" in found.roles else None,
        reached=tuple(reached), reach=_stacked(found, values, reached, "reach"),
        frequency=_stacked(found, values, reached, "frequency"), notes=tuple(notes),
        currency=unit,
    )  # fmt: skip


def _unit(found: PanelColumns, given: str | None) -> tuple[str, list[str]]:
    """Return the currency of a panel, and a note where nobody said and nothing tells that its outcome is money."""
    if given is not None:
        return "" if given == COUNTED else given, []
    column = found.header[found.roles["kpi"]]
    told = "money" if "value_per_unit" in found.roles else outcome_is(column)
    if told == "unknown":
        text = (
            f"{column} is taken for money, in the currency of the spend; if it is a count, name value_per_unit (money a "
            "unit), or say that its currency is none"
        )
        return MONEY, [text]
    return ("" if told == "count" else MONEY), []


def _stacked(found: PanelColumns, values: Mapping[int, Floats], names: Sequence[str], measure: str) -> Floats | None:
    return np.stack([values[found.channels[name][measure]] for name in names], axis=-1) if names else None


def _grain(days: Sequence[dt.date]) -> str:
    """Return the step that most neighbouring days are apart; the panel names those that are not."""
    pairs = list(itertools.pairwise(days))
    fits = {grain: sum(next_period(day, grain) == following for day, following in pairs) for grain in GRAINS}
    return max(GRAINS, key=lambda grain: fits[grain])
