"""Rule models: how the touches of one path share its conversions; the weights of a path sum to 1.

| model | weights |
|---|---|
| first, last, linear | as named; linear over touches, repeats counted |
| last-non-direct | the last touch whose channel is not direct; where all are direct, the last |
| position | 1 touch: 1; 2: a half each; more: 0.4 first, 0.4 last, 0.2 shared by the middle |
| shapley-cumulative, shapley-ordered | an equal part to each distinct channel, spread over its touches (`shapley`) |
| time-decay | 2^(-(seconds before the conversion) / half-life), normalised; continuous in seconds |

Time-decay needs the times of touches: on aggregated paths it is refused.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from leadline.errors import UsageError
from leadline.inputs import Floats, Integers, Paths
from leadline.measure.paths.counts import tally
from leadline.measure.paths.options import PathOptions
from leadline.measure.paths.shapley import equal_split

# How web analytics name a visit without a source (channel and source / medium of Google Analytics 4).
DIRECT_NAMES = frozenset({"direct", "(direct)", "direct / none", "direct / (none)", "(direct) / (none)"})
END_SHARE = 0.4  # position model: first and last touch 40 % each, 20 % for the middle (the usual U shape)

TIMELESS = (
    "time-decay needs the time of each touch, and aggregated paths have none. "
    "Give an event table (subject, at, channel, conversion, value), or choose another model."
)


def touch_weights(paths: Paths, model: str, *, options: PathOptions) -> Floats:
    """Return the share of its path's conversions that each touch gets, shape like `paths.steps`.

    Raises `UsageError` where the model needs what the paths do not have.
    """
    return _WEIGHTS[model](paths, options)


def credit_by_rule(paths: Paths, weights: Floats) -> tuple[Floats, Floats]:
    """Return conversions and value per channel, shape (C,) each: sums of the weighted touches."""
    lengths, size = paths.lengths, len(paths.channels)
    conversions = tally(paths.steps, weights * np.repeat(paths.conversions, lengths), size=size)
    return conversions, tally(paths.steps, weights * np.repeat(paths.value, lengths), size=size)


def direct_channels(channels: tuple[str, ...]) -> npt.NDArray[np.bool_]:
    """Say of each channel whether its name means a visit without a source, shape (C,)."""
    return np.array([name.strip().casefold() in DIRECT_NAMES for name in channels], dtype=bool)


def _first(paths: Paths, _options: PathOptions) -> Floats:
    return _only_at(paths, paths.offsets[:-1])


def _last(paths: Paths, _options: PathOptions) -> Floats:
    return _only_at(paths, paths.offsets[1:] - 1)


def _last_non_direct(paths: Paths, _options: PathOptions) -> Floats:
    counts = ~direct_channels(paths.channels)[paths.steps]
    places = np.where(counts, np.arange(len(paths.steps)), -1)
    latest = np.maximum.reduceat(places, paths.offsets[:-1])
    return _only_at(paths, np.where(latest >= 0, latest, paths.offsets[1:] - 1))


def _linear(paths: Paths, _options: PathOptions) -> Floats:
    return np.repeat(1.0 / paths.lengths, paths.lengths)


def _position(paths: Paths, _options: PathOptions) -> Floats:
    lengths = paths.lengths
    middle = (1 - 2 * END_SHARE) / np.maximum(lengths - 2, 1)
    ends = np.select([lengths == 1, lengths == 2], [1.0, 0.5], END_SHARE)
    weights = np.repeat(middle, lengths)
    weights[paths.offsets[:-1]] = ends
    weights[paths.offsets[1:] - 1] = ends
    return weights


def _time_decay(paths: Paths, options: PathOptions) -> Floats:
    if paths.seconds_before is None:
        raise UsageError(TIMELESS)
    starts, lengths = paths.offsets[:-1], paths.lengths
    nearest = np.minimum.reduceat(paths.seconds_before, starts)  # taken out first, so that no power underflows
    powers = np.exp2(-(paths.seconds_before - np.repeat(nearest, lengths)) / options.half_life)
    return np.asarray(powers / np.repeat(np.add.reduceat(powers, starts), lengths))


def _equal_split(paths: Paths, _options: PathOptions) -> Floats:
    return equal_split(paths)


def _only_at(paths: Paths, places: Integers) -> Floats:
    weights = np.zeros(len(paths.steps))
    weights[places] = 1.0
    return weights


_WEIGHTS: dict[str, Callable[[Paths, PathOptions], Floats]] = {
    "first": _first,
    "last": _last,
    "last-non-direct": _last_non_direct,
    "linear": _linear,
    "position": _position,
    "time-decay": _time_decay,
    "shapley-cumulative": _equal_split,
    "shapley-ordered": _equal_split,
}
