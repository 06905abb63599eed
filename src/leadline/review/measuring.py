"""Ask the warehouse, measure, keep: the bridge step by step, and the credit of journeys."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from leadline.errors import InputError, LeadlineError, NothingDone
from leadline.evidence.frames import AsOf, Journeys, paths, stages_out
from leadline.evidence.store import Store
from leadline.inputs import Stages
from leadline.measure.bridge import BridgeOptions, BridgeStep, fit_bridge
from leadline.measure.paths import Comparison, PathOptions, compare_credits
from leadline.plan.graph import Graph
from leadline.review.keep import Keep
from leadline.review.people_cells import Shown, shown_of
from leadline.review.plan_facts import states
from leadline.review.ways import way_of
from leadline.settings import Settings

Pair = tuple[str, str]
DAY = 86_400  # seconds: journeys are measured in seconds


@dataclass(frozen=True)
class Measured:
    """What was measured of the bridge and the journeys. Keys are pairs of metric ids.

    rows: the entries of each step · unmeasured: why a step or the journeys could not be measured
    shared: steps that some tactic overrides, measured without those tactics: what the shared bet speaks of
    shown: what of people may be shown
    """

    steps: Mapping[Pair, BridgeStep] = field(default_factory=dict)
    rows: Mapping[Pair, Stages] = field(default_factory=dict)
    credits: Comparison | None = None
    unmeasured: Mapping[str, str] = field(default_factory=dict)
    shared: Mapping[Pair, BridgeStep] = field(default_factory=dict)
    shown: Shown = field(default_factory=Shown)

    def of_shared(self, pair: Pair) -> BridgeStep | None:
        """Return the step as the shared bet means it."""
        return self.shared.get(pair, self.steps.get(pair))


@dataclass(frozen=True)
class Asking:
    """Where and how measurements are asked for. progress: told before anything that takes time."""

    store: Store
    at: AsOf
    settings: Settings
    seed: int
    keep: Keep
    progress: Callable[[str], None]


def measure_all(graph: Graph, asking: Asking, *, currency: str) -> Measured:
    """Measure every step whose two metrics are stages, and the credit of the journeys to the sale."""
    bridge = measure_bridge(graph, asking)
    unmeasured = dict(bridge.unmeasured)
    credits_ = _credits(graph, asking, currency, unmeasured=unmeasured)
    return replace(bridge, credits=credits_, unmeasured=unmeasured)


def measure_bridge(graph: Graph, asking: Asking) -> Measured:
    """Measure every step whose two metrics are stages, and no journeys: all that checks need of measurement."""
    unmeasured: dict[str, str] = {}
    steps, rows = _bridge(graph, asking, unmeasured)
    shared = {
        pair: step for pair, step in ((pair, _without_own(graph, asking, pair, rows[pair])) for pair in steps) if step
    }
    return Measured(steps, rows, None, unmeasured, shared, shown_of(asking.store, asking.settings.privacy.small_cell))


def _bridge(
    graph: Graph, asking: Asking, unmeasured: dict[str, str]
) -> tuple[dict[Pair, BridgeStep], dict[Pair, Stages]]:
    state_of = states(graph.plan)
    steps: dict[Pair, BridgeStep] = {}
    rows: dict[Pair, Stages] = {}
    shares = [pair for pair, step in graph.shared.items() if step.is_share and {*pair} <= state_of.keys()]
    for start in dict.fromkeys(pair[0] for pair in shares):
        pairs = [pair for pair in shares if pair[0] == start]
        ways = [way_of(graph, pair, recorded_from=asking.settings.recorded_from) for pair in pairs]
        found = stages_out(asking.store, state_of[start], ways=ways, at=asking.at)
        rows.update((pair, entries) for pair, entries in zip(pairs, found, strict=True) if len(entries.subject))
    for pair in shares:
        if pair not in rows:
            unmeasured[f"{pair[0]}>{pair[1]}"] = f'nothing ever entered "{state_of[pair[0]]}" in the evidence'
            continue
        try:
            steps[pair] = fitted(asking, rows[pair])
        except (InputError, NothingDone) as problem:
            unmeasured[f"{pair[0]}>{pair[1]}"] = str(problem)
    return steps, {pair: rows[pair] for pair in shares if pair in rows}


def _without_own(graph: Graph, asking: Asking, pair: Pair, entries: Stages) -> BridgeStep | None:
    """Return the step without the tactics that bet on their own rate, None where there are none or nothing is left."""
    shared = of_shared_bet(graph, pair, entries=entries)
    if shared is entries or not len(shared.subject):
        return None
    try:
        return fitted(asking, shared)
    except (InputError, NothingDone):
        return None


def of_shared_bet(graph: Graph, pair: Pair, *, entries: Stages) -> Stages:
    """Return the entries that a shared bet speaks of: all, but those of tactics that bet on a rate of their own."""
    own = [
        name
        for name in graph.tactics
        if (step := graph.steps(name).get(pair)) and step.overridden and step.rate.tactic == name
    ]
    others = ~np.isin(entries.tactic, own)
    return _chosen(entries, others) if own and not others.all() else entries


def _chosen(entries: Stages, which: npt.NDArray[np.bool_]) -> Stages:
    arrays = ("subject", "entered_at", "moved_at", "ended_at", "end", "amount", "tactic", "origin", "segment")
    columns = {name: getattr(entries, name)[which] for name in arrays}
    return replace(entries, **columns, skipped=None if entries.skipped is None else entries.skipped[which])


def fitted(asking: Asking, entries: Stages) -> BridgeStep:
    """Return one step as it was kept, or measure and keep it. Raises InputError or NothingDone where it cannot be."""
    options = BridgeOptions(seed=asking.seed)
    known = _chosen(entries, entries.entered_at < np.datetime64(entries.as_of))

    def fit() -> BridgeStep:
        asking.progress(f"measuring {known.from_state} > {known.to_state}: {len(known.subject)} entries")
        return fit_bridge(known, options)

    parts = {"input": known.hash, "options": options, "notes": known.notes}
    return asking.keep.get("bridge", parts, compute=fit)


def outcome_of(graph: Graph, settings: Settings) -> str:
    """Return what journeys end in: the setting, else the last value event of the bridge that is a stage, else orders."""
    if settings.paths_outcome:
        known = settings.paths_outcome
        return known if known == "orders" or ":" in known else f"stage:{known}"
    state_of = states(graph.plan)
    events = [metric.id for metric in graph.plan.metrics if metric.value_event and metric.id in state_of]
    reached = [metric for metric in events if any(pair[1] == metric for pair in graph.shared)]
    chosen = (reached or events)[-1:]
    return f"stage:{state_of[chosen[0]]}" if chosen else "orders"


def _credits(graph: Graph, asking: Asking, currency: str, *, unmeasured: dict[str, str]) -> Comparison | None:
    journeys = Journeys(outcome_of(graph, asking.settings), asking.settings.paths_window_days)
    found = paths(asking.store, journeys, at=asking.at, currency=currency)
    if not len(found.conversions):
        unmeasured["journeys"] = "no touch of a person was imported, so there are no journeys to credit"
        return None
    options = PathOptions(window=asking.settings.paths_window_days * DAY, seed=asking.seed)

    def compare() -> Comparison:
        asking.progress(f"crediting {len(found.conversions)} journeys to {journeys.outcome}")
        return compare_credits(found, options)

    try:
        return asking.keep.get(
            "paths", {"input": found.hash, "options": options, "outcome": journeys.outcome}, compute=compare
        )
    except LeadlineError as problem:
        unmeasured["journeys"] = str(problem)
        return None
