"""What `measure` receives: frozen arrays, built by `evidence/frames.py` from files and queries.

`measure` knows neither plan nor evidence; these values are the whole of its world. Each carries
a content hash over sorted, typed values, so equal data give equal hashes in any engine.
(`plan` does not import this module: it knows no numpy.)
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Times = npt.NDArray[np.datetime64]


@dataclass(frozen=True)
class Paths:
    """Journeys, aggregated: one row per distinct path of channels, oldest touch first.

    `steps` holds channel numbers of all paths one after another; path i is
    `steps[offsets[i]:offsets[i + 1]]`. Counts may be fractional after identity weighting.

    channels: names, position = channel number, shape (C,)
    offsets: shape (P + 1,) · steps: shape (sum of lengths,)
    conversions, value (money), nulls: shape (P,), >= 0
    empty_conversions, empty_value: conversions that had no touch in the window; they stay in the totals
    open_journeys: journeys younger than the window, neither converted nor null
    times: optional seconds before the conversion per step, shape like `steps` (time-decay needs it)
    """

    channels: tuple[str, ...]
    offsets: Integers
    steps: Integers
    conversions: Floats
    value: Floats
    nulls: Floats
    has_nulls: bool = True
    empty_conversions: float = 0.0
    empty_value: float = 0.0
    open_journeys: float = 0.0
    seconds_before: Floats | None = None
    notes: tuple[str, ...] = ()

    @property
    def hash(self) -> str:
        """Content hash (16 hex digits), independent of the order of rows and of channel numbering."""
        rows = []
        for index in range(len(self.conversions)):
            path = self.steps[self.offsets[index] : self.offsets[index + 1]]
            names = "\x1f".join(self.channels[number] for number in path)
            counts = (float(self.conversions[index]), float(self.value[index]), float(self.nulls[index]))
            rows.append(f"{names}\x1e{counts}")
        ends = (self.empty_conversions, self.empty_value, self.open_journeys)
        return content_hash("paths", [*sorted(rows), str(ends)])


@dataclass(frozen=True)
class Stages:
    """Entries into one state and what became of each: the rows of one bridge step.

    One row per entry into `from_state` (query `step_rows`).
    subject: identifiers, shape (N,) · entered_at, moved_at, ended_at: datetime64[us], NaT = not (yet)
    end: "won", "lost" or "" (open) · amount: money, NaN = unknown
    tactic, origin, segment: text, "" = unmatched or not given
    as_of: the moment the data end; nothing after it exists
    recorded_from: first moment at which moves into `to_state` were recorded at all, None = unknown
    """

    from_state: str
    to_state: str
    subject: npt.NDArray[np.str_]
    entered_at: Times
    moved_at: Times
    ended_at: Times
    end: npt.NDArray[np.str_]
    amount: Floats
    tactic: npt.NDArray[np.str_]
    origin: npt.NDArray[np.str_]
    segment: npt.NDArray[np.str_]
    as_of: dt.datetime
    recorded_from: dt.datetime | None = None
    notes: tuple[str, ...] = ()

    @property
    def hash(self) -> str:
        """Content hash (16 hex digits), independent of the order of rows."""
        columns = (
            self.subject, self.entered_at.astype("datetime64[us]"), self.moved_at.astype("datetime64[us]"),
            self.ended_at.astype("datetime64[us]"), self.end, self.amount, self.tactic, self.origin, self.segment,
        )  # fmt: skip
        rows = sorted("\x1f".join(str(column[index]) for column in columns) for index in range(len(self.subject)))
        head = [self.from_state, self.to_state, self.as_of.isoformat(), str(self.recorded_from)]
        return content_hash("stages", [*head, *rows])


@dataclass(frozen=True)
class Manifest:
    """What a result was made from: enough to make it again, and to see that it need not be made again."""

    kind: str
    input_hash: str
    options: Mapping[str, object] = field(default_factory=dict)
    seed: int = 1
    versions: Mapping[str, str] = field(default_factory=dict)


def content_hash(kind: str, lines: Iterable[str]) -> str:
    """Return the first 16 hex digits of SHA-256 over the lines, with the kind in front."""
    digest = hashlib.sha256(kind.encode())
    for line in lines:
        digest.update(b"\x1d")
        digest.update(line.encode())
    return digest.hexdigest()[:16]


def stream(seed: int, use: str, index: int = 0) -> np.random.Generator:
    """Return the random generator of one use, so that adding a use never shifts another.

    Derived from `(seed, name of the use, index)` by SHA-256, stable over runs and machines.
    """
    digest = hashlib.sha256(f"{seed}\x1f{use}\x1f{index}".encode()).digest()
    return np.random.default_rng(np.random.SeedSequence(int.from_bytes(digest[:16], "big")))
