"""What credit looks like: a frozen result that states itself as rows, as a sentence and as a chart."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from leadline.inputs import Floats, Manifest
from leadline.words import number, probability, with_interval

FEW_CONVERSIONS = 10  # measurement 3.5: channels with fewer conversions in their paths are marked
RANKED_FROM = 0.8  # measurement 3.5: below this P(x > y) there is too little data to rank; "likely" begins there
UNATTRIBUTED = "unattributed"
NOT_LIFT = "Credit is not lift: it shares out what happened, and does not say what would be lost without a channel."

Row = dict[str, object]


@dataclass(frozen=True)
class Rank:
    """A channel, the next one in the ranking, and how sure their order is (None without replicates)."""

    channel: str
    above: str
    probability: float | None

    @property
    def is_sure(self) -> bool:
        """Whether there is enough data to say which of the two has more."""
        return self.probability is not None and self.probability >= RANKED_FROM


@dataclass(frozen=True)
class Credits:
    """The conversions and the value that one model credits to each channel.

    conversions, value (money): shape (C,); with the unattributed line they add up to the totals
    conversion_draws, value_draws: replicates, shape (B, C), or None without intervals
    removal_effect, removal_effect_value: share of all that would be lost without the channel, 0..1,
    shape (C,), Markov only; they do not add up to 1
    support: conversions of the paths that contain each channel, shape (C,)
    by_position: credit by (channel, position in the path), shape (C, longest path), `shapley-ordered` only
    base_rate: share of journeys that convert, None where journeys without conversion are not known
    """

    model: str
    channels: tuple[str, ...]
    conversions: Floats
    value: Floats
    support: Floats
    total_conversions: float
    total_value: float
    unattributed_conversions: float = 0.0
    unattributed_value: float = 0.0
    open_journeys: float = 0.0
    order: int | None = None
    base_rate: float | None = None
    removal_effect: Floats | None = None
    removal_effect_value: Floats | None = None
    conversion_draws: Floats | None = None
    value_draws: Floats | None = None
    by_position: Floats | None = None
    notes: tuple[str, ...] = ()
    manifest: Manifest | None = None

    @property
    def name(self) -> str:
        """The model as it is said: with its order where it has one."""
        return self.model if self.order is None else f"{self.model}, order {self.order}"

    def ranking(self) -> tuple[int, ...]:
        """Return the channel numbers, most conversions first; equal credits by name."""
        return tuple(
            sorted(range(len(self.channels)), key=lambda index: (-self.conversions[index], self.channels[index]))
        )

    def neighbours(self) -> tuple[Rank, ...]:
        """Return each channel with the next one in the ranking and P(it has more conversions)."""
        order = self.ranking()
        return tuple(
            Rank(self.channels[upper], self.channels[lower], self._more(upper, lower))
            for upper, lower in itertools.pairwise(order)
        )

    def table(self) -> list[Row]:
        """Return a row per channel, most credit first; low and high are p05 and p95, None without replicates."""
        rows = list(self._rows())
        if self.unattributed_conversions or self.unattributed_value:
            blank: Row = dict.fromkeys(rows[0])
            rest = {
                "channel": UNATTRIBUTED,
                "conversions": float(self.unattributed_conversions),
                "value": float(self.unattributed_value),
                "note": "no touch in the window before the conversion",
            }
            rows.append(blank | rest)
        return rows

    def sentence(self) -> str:
        """Say who is credited with most, how surely, and what credit is not."""
        order = self.ranking()
        said = [f"{self._said(order[0])} by {self.name}."]
        if len(order) > 1:
            said.append(self._order_said(self.neighbours()[0]))
        if self.unattributed_conversions:
            said.append(f"{number(self.unattributed_conversions)} conversions had no touch in the window before them.")
        return " ".join([*said, NOT_LIFT])

    def chart(self) -> dict[str, object]:
        """Return a Vega-Lite specification: a mark per channel with its 50 % and 90 % interval."""
        values = [self._drawn(index) for index in self.ranking()]
        row: Row = {
            "field": "channel",
            "type": "nominal",
            "sort": [value["channel"] for value in values],
            "title": None,
        }
        layers: list[dict[str, object]] = []
        if self.conversion_draws is not None:
            layers += [_bar(row, "low", "high", 1), _bar(row, "lower_half", "upper_half", 4)]
        layers.append(
            {
                "mark": {"type": "point", "filled": True},
                "encoding": {"y": row, "x": _scale("conversions", "Conversions credited")},
            }
        )
        kind = "50 % and 90 % intervals" if self.conversion_draws is not None else "no intervals were computed"
        total = f"{number(self.total_conversions, 6)} conversions"
        return {
            "title": {"text": f"{self._said(self.ranking()[0])}", "subtitle": f"{self.name} · {total} · {kind}"},
            "data": {"values": values},
            "layer": layers,
        }

    def interval(self, index: int) -> tuple[float, float] | None:
        """Return p05 and p95 of a channel's conversions, None without replicates."""
        return _quantiles(self.conversion_draws, index)

    def _rows(self) -> Iterator[Row]:
        for index in self.ranking():
            low, high = _quantiles(self.conversion_draws, index) or (None, None)
            value_low, value_high = _quantiles(self.value_draws, index) or (None, None)
            few = self.support[index] < FEW_CONVERSIONS
            yield {
                "channel": self.channels[index],
                "conversions": float(self.conversions[index]),
                "low": low,
                "high": high,
                "value": float(self.value[index]),
                "value_low": value_low,
                "value_high": value_high,
                "removal_effect": _at(self.removal_effect, index),
                "removal_effect_value": _at(self.removal_effect_value, index),
                "conversions_in_paths": float(self.support[index]),
                "note": f"fewer than {FEW_CONVERSIONS} conversions in its paths" if few else "",
            }

    def _said(self, index: int) -> str:
        middle, whole = number(float(self.conversions[index]), 4), number(self.total_conversions, 6)
        ends = self.interval(index)
        if ends is None:
            return f"{self.channels[index]} is credited with {middle} of {whole} conversions"
        interval = with_interval(f"{middle} of {whole} conversions", number(ends[0], 4), high=number(ends[1], 4))
        return f"{self.channels[index]} is credited with {interval}"

    def _order_said(self, rank: Rank) -> str:
        if rank.probability is None:
            return f"Next is {rank.above}."
        chance = probability(rank.probability)
        if rank.is_sure:
            return f"Next is {rank.above}; that {rank.channel} has more is {chance} probable."
        return f"Next is {rank.above}; too little data to rank the two ({chance} that {rank.channel} has more)."

    def _more(self, upper: int, lower: int) -> float | None:
        if self.conversion_draws is None:
            return None
        return float(np.mean(self.conversion_draws[:, upper] > self.conversion_draws[:, lower]))

    def _drawn(self, index: int) -> Row:
        value: Row = {"channel": self.channels[index], "conversions": float(self.conversions[index])}
        if self.conversion_draws is not None:
            ends = np.quantile(self.conversion_draws[:, index], (0.05, 0.25, 0.75, 0.95))
            value |= zip(("low", "lower_half", "upper_half", "high"), map(float, ends), strict=True)
        return value


def _quantiles(draws: Floats | None, index: int) -> tuple[float, float] | None:
    if draws is None:
        return None
    low, high = np.quantile(draws[:, index], (0.05, 0.95))
    return float(low), float(high)


def _at(column: Floats | None, index: int) -> float | None:
    return None if column is None or not np.isfinite(column[index]) else float(column[index])


def _scale(field: str, title: str) -> Row:
    return {"field": field, "type": "quantitative", "title": title, "scale": {"zero": True}}


def _bar(row: Row, low: str, high: str, width: int) -> Row:
    ends = {"y": row, "x": _scale(low, "Conversions credited"), "x2": {"field": high}}
    return {"mark": {"type": "rule", "strokeWidth": width}, "encoding": ends}
