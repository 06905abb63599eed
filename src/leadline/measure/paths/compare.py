"""All models side by side: where they agree, and which channels depend on the model chosen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from leadline.measure.paths.result import NOT_LIFT, UNATTRIBUTED, Credits, Row
from leadline.words import number


@dataclass(frozen=True)
class Comparison:
    """The credits of several models on the same journeys; `notes` names the models that did not run, and why."""

    credits: tuple[Credits, ...]
    refused: tuple[str, ...] = ()

    @property
    def notes(self) -> tuple[str, ...]:
        """What the reader must know: notes of the models, channels the models disagree on, models that did not run."""
        shared = dict.fromkeys(note for credit in self.credits for note in credit.notes)
        disputed = self.disputed()
        told = [f"The models disagree on {', '.join(disputed)}: over half the ranking apart."] if disputed else []
        return (*shared, *told, *self.refused)

    def table(self) -> list[Row]:
        """Return a row per channel: conversions under each model, one key per model; the unattributed line last."""
        first = self.credits[0]
        rows: list[Row] = []
        for index in first.ranking():
            row: Row = {"channel": first.channels[index]}
            rows.append(row | {credit.name: float(credit.conversions[index]) for credit in self.credits})
        if first.unattributed_conversions:
            rest = {credit.name: float(credit.unattributed_conversions) for credit in self.credits}
            rows.append({"channel": UNATTRIBUTED, **rest})
        return rows

    def disputed(self) -> tuple[str, ...]:
        """Return the channels whose rank differs by more than half the list between two models."""
        channels = self.credits[0].channels
        ranks = np.array([np.argsort(credit.ranking()) for credit in self.credits])
        spread = ranks.max(axis=0) - ranks.min(axis=0)
        return tuple(sorted(name for name, apart in zip(channels, spread, strict=True) if apart > len(channels) / 2))

    def sentence(self) -> str:
        """Say which channel leads under how many models, from least to most conversions."""
        return f"{self._finding()}. {NOT_LIFT}"

    def _finding(self) -> str:
        leaders = [credit.channels[credit.ranking()[0]] for credit in self.credits]
        leader = max(dict.fromkeys(leaders), key=leaders.count)
        index = self.credits[0].channels.index(leader)
        amounts = [float(credit.conversions[index]) for credit in self.credits]
        return (
            f"{leader} is credited with most by {leaders.count(leader)} of {len(leaders)} models, "
            f"with {number(min(amounts))} to {number(max(amounts))} conversions depending on the model"
        )

    def chart(self) -> dict[str, object]:
        """Return a Vega-Lite specification: per channel a mark for each model, and the span between them."""
        first = self.credits[0]
        order = [first.channels[index] for index in first.ranking()]
        values = [
            {"channel": name, "model": credit.name, "conversions": float(credit.conversions[index])}
            for credit in self.credits
            for index, name in enumerate(credit.channels)
        ]
        row = {"field": "channel", "type": "nominal", "sort": order, "title": None}
        across = {"field": "conversions", "type": "quantitative", "title": "Conversions credited"}
        return {
            "title": {"text": self._finding(), "subtitle": "span over models, no sampling intervals"},
            "data": {"values": values},
            "layer": [
                {
                    "mark": {"type": "rule"},
                    "encoding": {
                        "y": row,
                        "x": {**across, "aggregate": "min"},
                        "x2": {"field": "conversions", "aggregate": "max"},
                    },
                },
                {
                    "mark": {"type": "point", "filled": True},
                    "encoding": {"y": row, "x": across, "shape": {"field": "model", "type": "nominal"}},
                },
            ],
        }
