"""By what a panel's columns were divided: kept, so that four more weeks move nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Scales:
    """By what the columns were divided; given again to a refresh, so that four more weeks move nothing else.

    outcome: (centre, sd) per head · exposure: channel → median per head of the steps in which it ran · reach: the same for
    reach · controls: name → (centre, sd) · heads: place → what it was divided by
    """

    outcome: tuple[float, float]
    exposure: Mapping[str, float]
    reach: Mapping[str, float]
    controls: Mapping[str, tuple[float, float]]
    heads: Mapping[str, float] = field(default_factory=dict)
