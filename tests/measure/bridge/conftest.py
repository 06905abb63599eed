"""Builders of one bridge step, from plain lists or from a simulated truth."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from leadline.inputs import Stages, stream

AS_OF = dt.datetime(2026, 1, 1)  # noqa: DTZ001 - moments in inputs are UTC without zone


def build(entered, moved, *, ended=None, end=None, amount=None, **columns: Any) -> Stages:
    """Return a step from dates as text ("" = none); other columns default to empty."""
    count = len(entered)

    def dates(values):
        return np.array([value or "NaT" for value in values], dtype="datetime64[us]")

    def texts(name):
        return np.array(columns.pop(name, [""] * count), dtype=str)

    subject = np.array(columns.pop("subject", [f"s{number}" for number in range(count)]), dtype=str)
    return Stages(
        from_state=columns.pop("from_state", "lead"),
        to_state=columns.pop("to_state", "sqo"),
        subject=subject,
        entered_at=dates(entered),
        moved_at=dates(moved),
        ended_at=dates(ended or [""] * count),
        end=np.array(end or [""] * count, dtype=str),
        amount=np.array([np.nan] * count if amount is None else amount, dtype=float),
        tactic=texts("tactic"),
        origin=texts("origin"),
        segment=texts("segment"),
        as_of=columns.pop("as_of", AS_OF),
        **columns,
    )


def moments(days: np.ndarray, as_of: dt.datetime = AS_OF) -> np.ndarray:
    """Return moments so many days after the as-of date, NaT where infinite."""
    known = np.isfinite(days)
    offsets = np.round(np.where(known, days, 0.0) * 86_400e6).astype("timedelta64[us]")
    return np.where(known, np.datetime64(as_of, "us") + offsets, np.datetime64("NaT"))


def simulate(
    seed: int, count: int, *, rate=0.2, median=20.0, shape=1.3, oldest=200.0, youngest=0.0, **more: Any
) -> Stages:
    """Return entries of evenly spread ages with a Weibull lag; `lose` gives so many of the rest a competing end."""
    generator = stream(seed, "simulated step")
    age = youngest + (oldest - youngest) * generator.random(count)
    moves = generator.random(count) < np.asarray(rate)
    lag = median / np.log(2) ** (1 / shape) * generator.weibull(shape, count)
    lag = np.where(moves & (lag <= age), lag, np.inf)
    lost = np.full(count, np.inf)
    if closed := float(more.pop("lose", 0)):
        after = 30.0 * generator.weibull(1.2, count)
        lost = np.where(~moves & (after <= age) & (generator.random(count) < closed), after, np.inf)
    blank = np.full(count, "")
    return Stages(
        from_state="lead",
        to_state="sqo",
        subject=np.array([f"s{number}" for number in range(count)]),
        entered_at=moments(-age),
        moved_at=moments(lag - age),
        ended_at=moments(lost - age),
        end=np.where(np.isfinite(lost), "lost", ""),
        amount=more.pop("amount", np.full(count, np.nan)),
        tactic=more.pop("tactic", blank),
        origin=more.pop("origin", blank),
        segment=more.pop("segment", blank),
        as_of=AS_OF,
        **more,
    )


@pytest.fixture(scope="session")
def step() -> Callable[..., Stages]:
    """Give the builder of a step from dates."""
    return build


@pytest.fixture(scope="session")
def world() -> Callable[..., Stages]:
    """Give the simulator of a step."""
    return simulate
