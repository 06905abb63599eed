"""From entries as they were recorded to what became of each: moved, open, lost, or rejected with a reason.

Rules of section 4.1 of the measurement reference. Nothing is dropped silently: a row that cannot be
used stands in `rejects`, and a value that was corrected or not believed is said in `notes`.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from leadline.errors import InputError
from leadline.inputs import Floats, Integers, Stages, Times
from leadline.measure.bridge.cure import Rows, Status

_DAY = np.timedelta64(1, "D")
_SAME_MOMENT_DAYS = 1.0  # a move dated up to one day before its entry counts as the same moment (section 4.1)
_ZERO_AMOUNTS = 0.5  # more zeros than this among won deals mean "not filled in" (section 4.1)
_AGE_STEPS = 400  # ages are merged to a day, or to this part of the oldest where that is finer (ours)
_DIGITS = 3  # lags are merged to this many significant digits; far below the spread of any lag (ours)
_UNITS = (("D", 1.0), ("h", 1 / 24), ("m", 1 / 1440), ("s", 1 / 86400))
_COLUMNS = (
    "subject", "entered_at", "status", "lag", "age", "unseen", "amount", "tactic", "origin", "segment",
)  # fmt: skip
_ENDS = ("", "won", "lost")


@dataclass(frozen=True)
class Reject:
    """A row that is not used as it stands.

    row: its number, counted from 1 · reason: the fact in words · kept_as: "" if the row was left out,
    "open" if only a date in the future was not believed
    """

    row: int
    subject: str
    reason: str
    kept_as: str = ""


@dataclass(frozen=True)
class Entries:
    """The usable entries of one step; all arrays have shape (N,).

    status: a `Status` · lag: days to the move or loss, NaN if none or unknown · age: days at the as-of date
    unseen: days after entry before moves were recorded · amount: money, NaN = unknown
    resolution: days; the coarser of the two clocks that made a lag
    """

    subject: npt.NDArray[np.str_]
    entered_at: Times
    status: npt.NDArray[np.int8]
    lag: Floats
    age: Floats
    unseen: Floats
    amount: Floats
    tactic: npt.NDArray[np.str_]
    origin: npt.NDArray[np.str_]
    segment: npt.NDArray[np.str_]
    resolution: float
    rejects: tuple[Reject, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def moved(self) -> npt.NDArray[np.bool_]:
        """Which entries moved on, with or without a known lag: shape (N,)."""
        return np.isin(self.status, (Status.MOVED, Status.SKIPPED))

    @property
    def lost(self) -> npt.NDArray[np.bool_]:
        """Which entries were recorded as lost: shape (N,)."""
        return np.isin(self.status, (Status.LOST, Status.LOST_UNDATED))

    def where(self, chosen: npt.NDArray[np.bool_]) -> Entries:
        """Return these entries alone; notes and rejects stay with the whole."""
        columns = {name: getattr(self, name)[chosen] for name in _COLUMNS}
        return replace(self, **columns, rejects=(), notes=())


def instant(moment: dt.datetime) -> np.datetime64:
    """Return a moment as datetime64[us] in UTC; a moment without zone is UTC already."""
    naive = moment if moment.tzinfo is None else moment.astimezone(dt.UTC).replace(tzinfo=None)
    return np.datetime64(naive, "us")


def clean(stages: Stages) -> Entries:
    """Sort the rows of one step into moved, open, lost and rejected.

    Raises InputError if the columns differ in length.
    """
    _same_length(stages)
    entered, moved, ended = (column.astype("datetime64[us]") for column in _times(stages))
    as_of = instant(stages.as_of)
    rejects = _future(stages, moved, ended, as_of=as_of)
    moved = np.where(moved > as_of, np.datetime64("NaT"), moved)
    known_end = np.where(ended > as_of, "", stages.end)
    ended = np.where(ended > as_of, np.datetime64("NaT"), ended)

    reasons = _reasons(stages, entered, moved=moved, ended=ended, end=known_end)
    rejects += [Reject(int(row) + 1, str(stages.subject[row]), reasons[row]) for row in np.flatnonzero(reasons != "")]
    keep = reasons == ""
    resolution = max(_resolution(entered[keep]), _resolution(moved[keep]))
    status, lag = _fates(stages, entered, moved=moved, ended=ended, end=known_end)
    early = keep & ((status == Status.MOVED) | (status == Status.LOST)) & (lag <= 0)
    lag = np.where(early, resolution / 2, lag)
    unseen = _unseen(stages, entered)
    unrecorded = ((status == Status.MOVED) | (status == Status.LOST)) & (lag <= unseen) & (unseen > 0)
    status = np.where(unrecorded, np.int8(Status.OPEN), status)
    amount, notes = _amounts(stages, won=(known_end == "won") | (~np.any(known_end == "won") & ~np.isnat(moved)))
    counts = {"same": int(early.sum()), "unrecorded": int((keep & unrecorded).sum())}
    counts["reopened"] = int((keep & ~np.isnat(moved) & (known_end == "lost") & (ended < moved)).sum())
    return Entries(
        subject=stages.subject[keep],
        entered_at=entered[keep],
        status=status[keep],
        lag=np.where(unrecorded | ~np.isin(status, (Status.MOVED, Status.LOST)), np.nan, lag)[keep],
        age=_days(as_of - entered[keep]),
        unseen=unseen[keep],
        amount=amount[keep],
        tactic=stages.tactic[keep],
        origin=stages.origin[keep],
        segment=stages.segment[keep],
        resolution=resolution,
        rejects=tuple(sorted(rejects, key=lambda reject: (reject.subject, reject.row))),
        notes=(*notes, *_counted(stages, rejects, counts=counts, resolution=resolution)),
    )


def merge(entries: Entries, *, competing: bool, groups: Integers, segments: Integers) -> Rows:
    """Merge entries of equal fate into weighted rows: ages to the day, lags to three digits, finer where short.

    Without competing ends a lost entry is one that had not moved by its age. groups, segments: numbers (N,).
    """
    status = entries.status.copy()
    if not competing:
        status = np.where(entries.lost, np.int8(Status.OPEN), status)
    oldest = float(entries.age.max(initial=0.0))
    step = min(1.0, oldest / _AGE_STEPS) if oldest > 0 else 1.0
    age = np.round(entries.age / step) * step
    timed = (status == Status.MOVED) | (status == Status.LOST)
    days = np.where(timed, _three_digits(entries.lag), age)
    unseen = np.round(entries.unseen / step) * step
    table = np.column_stack([status, groups, segments, days, np.where(entries.unseen > 0, unseen, 0.0)])
    distinct, weight = np.unique(table, axis=0, return_counts=True)
    return Rows(
        status=distinct[:, 0].astype(np.int8),
        days=distinct[:, 3],
        unseen=distinct[:, 4],
        weight=weight.astype(np.float64),
        group=distinct[:, 1].astype(np.int64),
        segment=distinct[:, 2].astype(np.int64),
    )


def _times(stages: Stages) -> tuple[Times, Times, Times]:
    return stages.entered_at, stages.moved_at, stages.ended_at


def _same_length(stages: Stages) -> None:
    count = len(stages.subject)
    names = ("entered_at", "moved_at", "ended_at", "end", "amount", "tactic", "origin", "segment")
    wrong = [name for name in names if len(getattr(stages, name)) != count]
    if wrong:
        step = f"{stages.from_state} > {stages.to_state}"
        problem = "{step}: column {name} has {found} rows where subject has {count}. Give one value a row."
        raise InputError(
            [problem.format(step=step, name=name, found=len(getattr(stages, name)), count=count) for name in wrong]
        )


def _future(stages: Stages, moved: Times, ended: Times, *, as_of: np.datetime64) -> list[Reject]:
    """Return a reject for each date after the as-of date; the entry itself stays, as open."""
    rejects = []
    for what, column in ((stages.to_state, moved), ("end", ended)):
        for row in np.flatnonzero(column > as_of):
            reason = f"{what} dated {_date(column[row])}, after the as-of date {_date(as_of)}: not known yet"
            rejects.append(Reject(int(row) + 1, str(stages.subject[row]), reason, kept_as="open"))
    return rejects


def _reasons(
    stages: Stages, entered: Times, *, moved: Times, ended: Times, end: npt.NDArray[np.str_]
) -> npt.NDArray[np.object_]:
    """Return, row by row, why it cannot be used, "" where it can; the first reason found stands."""
    reasons = np.full(len(entered), "", dtype=object)
    as_of, source, target = instant(stages.as_of), stages.from_state, stages.to_state

    def reject(where: npt.NDArray[np.bool_], text: str, **columns: npt.NDArray[np.generic]) -> None:
        for row in np.flatnonzero(where & (reasons == "")):
            reasons[row] = text.format(**{name: _said(column[row]) for name, column in columns.items()})

    reject(np.isnat(entered), f"no date of entry into {source}")
    reject(entered > as_of, f"entered {source} {{at}}, after the as-of date {_date(as_of)}", at=entered)
    reject(~np.isin(end, _ENDS), "end {end} is not known; known: won, lost, or empty", end=end)
    too_early = _days(moved - entered) < -_SAME_MOMENT_DAYS
    reject(too_early, f"entered {target} {{moved}} before {source} {{entered}}", moved=moved, entered=entered)
    ended_early = np.isnat(moved) & (_days(ended - entered) < -_SAME_MOMENT_DAYS)
    reject(ended_early, f"ended {{ended}} before it entered {source} {{entered}}", ended=ended, entered=entered)
    reject(stages.amount < 0, "negative amount {amount}", amount=stages.amount)
    reject(_twice(stages.subject, entered, moved), f"a second row for the same entry into {source} {{at}}", at=entered)
    return reasons


def _twice(subject: npt.NDArray[np.str_], entered: Times, moved: Times) -> npt.NDArray[np.bool_]:
    """Return which rows repeat an entry (subject and moment); the row with the earliest move is kept."""
    far = np.where(np.isnat(moved), np.datetime64("9999-12-31"), moved)
    order = np.lexsort((far, entered, subject))
    repeated = np.zeros(len(subject), dtype=bool)
    same = (subject[order][1:] == subject[order][:-1]) & (entered[order][1:] == entered[order][:-1])
    repeated[order[1:]] = same & (subject[order][1:] != "")
    return repeated


def _fates(
    stages: Stages, entered: Times, *, moved: Times, ended: Times, end: npt.NDArray[np.str_]
) -> tuple[npt.NDArray[np.int8], Floats]:
    """Return status and lag of every row; a win without a recorded move moved after an unknown lag."""
    skipped = np.zeros(len(entered), dtype=bool) if stages.skipped is None else stages.skipped
    has_moved = ~np.isnat(moved)
    is_lost = ~has_moved & (end == "lost")
    status = np.full(len(entered), Status.OPEN, dtype=np.int8)
    status[is_lost & ~np.isnat(ended)] = Status.LOST
    status[is_lost & np.isnat(ended)] = Status.LOST_UNDATED
    status[has_moved] = Status.MOVED
    status[(has_moved & skipped) | (~has_moved & (end == "won"))] = Status.SKIPPED
    timed = np.where(status == Status.MOVED, moved, np.where(status == Status.LOST, ended, np.datetime64("NaT")))
    return status, _days(timed - entered)


def _amounts(stages: Stages, *, won: npt.NDArray[np.bool_]) -> tuple[Floats, list[str]]:
    """Return amounts, zeros as unknown where most won deals carry none, and the note that says so."""
    amount = stages.amount.astype(np.float64)
    zeros, stated = int((won & (amount == 0)).sum()), int((won & np.isfinite(amount)).sum())
    if stated == 0 or zeros <= _ZERO_AMOUNTS * stated:
        return amount, []
    note = f"amount is 0 in {zeros} of {stated} won deals: read as not filled in, not as worth nothing"
    return np.where(amount == 0, np.nan, amount), [note]


def _unseen(stages: Stages, entered: Times) -> Floats:
    if stages.recorded_from is None:
        return np.zeros(len(entered))
    return np.maximum(_days(instant(stages.recorded_from) - entered), 0.0)


def _counted(stages: Stages, rejects: list[Reject], *, counts: dict[str, int], resolution: float) -> list[str]:
    """Return the notes about what was corrected, not believed, or left out."""
    left_out = [reject for reject in rejects if not reject.kept_as]
    notes = []
    if left_out:
        first = min(left_out, key=lambda reject: (reject.subject, reject.row))
        rows = "1 row" if len(left_out) == 1 else f"{len(left_out)} rows"
        notes.append(f"{rows} left out, neither moved nor open; the first: {first.reason}")
    if len(rejects) > len(left_out):
        notes.append(f"{len(rejects) - len(left_out)} dates after the as-of date were not believed; those stay open")
    if counts["same"]:
        notes.append(f"{counts['same']} lags of 0 or dated up to a day early count as {resolution / 2:.2g} days")
    if counts["unrecorded"]:
        notes.append(
            f"{counts['unrecorded']} ends dated before recorded_from count as not recorded, as all others then"
        )
    if counts["reopened"]:
        notes.append(f"{counts['reopened']} moved to {stages.to_state} after they had been lost: counted as moved")
    return notes


def _resolution(moments: Times) -> float:
    """Return the clock's step in days: the coarsest unit of which all moments are whole multiples."""
    known = moments[~np.isnat(moments)]
    for unit, days in _UNITS:
        if len(known) and bool((known == known.astype(f"datetime64[{unit}]")).all()):
            return days
    return _UNITS[-1][1]


def _three_digits(lag: Floats) -> Floats:
    safe = np.where(lag > 0, lag, 1.0)
    scale = 10.0 ** (_DIGITS - 1 - np.floor(np.log10(safe)))
    return np.where(lag > 0, np.round(safe * scale) / scale, lag)


def _days(span: npt.NDArray[np.timedelta64]) -> Floats:
    return np.asarray(span / _DAY, dtype=np.float64)


def _date(moment: np.datetime64) -> str:
    return str(moment.astype("datetime64[D]"))


def _said(value: np.generic) -> str:
    return (
        _date(value) if isinstance(value, np.datetime64) else f'"{value}"' if isinstance(value, str) else f"{value:g}"
    )
