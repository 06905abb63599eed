"""What may be chosen about credit, as one frozen value, and which models exist.

Names and defaults are those of `leadline attribute` (interfaces). Lengths of time are seconds.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Literal

from leadline.errors import InputError, UsageError

DAY = 86_400.0  # seconds of a day: windows and half-lives are lengths of time, not calendar boundaries
WINDOW = 90 * DAY  # the longest look-back that large ad platforms offer for clicks (Google Ads); as in a workspace
REPLICATES = 400  # measurement 3.5: enough that p05 and p95 move by about a tenth of their distance between seeds

RULE_MODELS = ("first", "last", "last-non-direct", "linear", "position", "time-decay")
SPLIT_MODELS = ("shapley-cumulative", "shapley-ordered")
RATE_MODELS = ("shapley-set-rate", "shapley-cumulative-rate")
MODELS = (*RULE_MODELS, "markov", *SPLIT_MODELS, *RATE_MODELS)
PLANNED = {
    "w-shape": "it needs the moments of lead and deal creation",
    "full-path": "it needs the moments of lead, deal and close",
    "shapley-model": "it needs a calibrated model of conversion given the set of channels",
    "time-to-event": "it needs the intensity of conversions over time",
}


@dataclass(frozen=True)
class PathOptions:
    """Choices of `credit_paths`.

    order: of the Markov chain, 1 or more, or "auto" (held-out log loss)
    half_life: seconds in which a touch loses half its weight (time-decay)
    window: seconds a touch may lie before its conversion (event tables)
    level: whose journeys they are (event tables)
    reuse: may a touch serve several conversions of one kind? (event tables)
    bootstrap: replicates behind the intervals, 0 = no intervals
    min_cell: channels seen by fewer people are pooled into "other"; 0 or 1 = no pooling
    collapse_repeats: merge equal neighbours before anything is computed
    """

    order: int | Literal["auto"] = 1
    half_life: float = 7 * DAY
    window: float = WINDOW
    level: Literal["person", "account"] = "person"
    reuse: bool = False
    bootstrap: int = REPLICATES
    min_cell: int = 0
    collapse_repeats: bool = False
    seed: int = 1

    def __post_init__(self) -> None:
        """Refuse values that mean nothing, all of them at once."""
        problems = []
        if self.order != "auto" and self.order < 1:
            problems.append(f'order is {self.order}. Give a whole number from 1, or "auto".')
        if not self.half_life > 0:
            problems.append(f"half_life is {self.half_life} seconds. Give a length of time above 0, such as 7 days.")
        if not self.window > 0:
            problems.append(f"window is {self.window} seconds. Give a length of time above 0, such as 30 days.")
        if self.level not in {"person", "account"}:
            problems.append(f'level "{self.level}" is not known. Known: person, account.')
        if self.bootstrap < 0:
            problems.append(f"bootstrap is {self.bootstrap}. Give a number of replicates, or 0 for no intervals.")
        if self.min_cell < 0:
            problems.append(f"min_cell is {self.min_cell}. Give the smallest number of people that may be shown, or 0.")
        if problems:
            raise InputError(problems)

    def listed(self) -> dict[str, object]:
        """Return the choices as plain values, for the manifest."""
        return asdict(self)


def check_model(name: str) -> None:
    """Raise `UsageError` where `name` is no model that can be run, saying which can."""
    if name in PLANNED:
        reason = PLANNED[name]
        raise UsageError(f'Model "{name}" is not built yet: {reason}. Ready: {", ".join(MODELS)}.')
    if name == "all":
        raise UsageError('"all" is no single model. Compare all models with compare_credits.')
    if name not in MODELS:
        raise UsageError.unknown("model", name, known=MODELS)
