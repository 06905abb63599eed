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
from leadline.review.people_cells import Shown, shown_of, small_groups
from leadline.review.plan_facts import states
from leadline.review.ways import way_of
from leadline.settings import Settings

Pair = tuple[str, str]
COUNTED_WHOLE = "counted are all entries: without these tactics the counts would tell of few people"
DAY = 86_400  # seconds: journeys are measured in seconds


@dataclass(frozen=True)
class Measured:
    """What was measured of the bridge and the journeys. Keys are pairs of metric ids.

    rows: the entries of each step · unmeasured: why a step or the journeys could not be measured
    shared: steps that some tactic overrides, measured without those tactics: what the shared bet speaks of
    shown: what of people may be shown · apart: step → the tactics it is counted without in `shared`
    """

    steps: Mapping[Pair, BridgeStep] = field(default_factory=dict)
    rows: Mapping[Pair, Stages] = field(default_factory=dict)
    credits: Comparison | None = None
    unmeasured: Mapping[str, str] = field(default_factory=dict)
    shared: Mapping[Pair, BridgeStep] = field(default_factory=dict)
    shown: Shown = field(default_factory=Shown)
    apart: Mapping[Pair, frozenset[str]] = field(default_factory=dict)

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
    shown = shown_of(asking.store, asking.settings.privacy.small_cell)
    shared, apart = {}, {}
    for pair, step in steps.items():
        own = with_own_rate(graph, pair)
        found = _without_own(asking, without(rows[pair], own)) if {*rows[pair].tactic.tolist()} & own else None
        if found is not None and tells_few(step, own, shown=shown):
            shared[pair] = counted_whole(found, step)
        elif found is not None:
            shared[pair], apart[pair] = found, own
    return Measured(steps, rows, None, unmeasured, shared, shown, apart)


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


def _without_own(asking: Asking, entries: Stages) -> BridgeStep | None:
    """Return the step of the entries that are left without the tactics that bet on their own rate, None where none are."""
    if not len(entries.subject):
        return None
    try:
        return fitted(asking, entries)
    except (InputError, NothingDone):
        return None


def with_own_rate(graph: Graph, pair: Pair) -> frozenset[str]:
    """Return the tactics that bet on a rate of their own: what a shared bet does not speak of."""
    return frozenset(
        name
        for name in graph.tactics
        if (bet := graph.steps(name).get(pair)) and bet.overridden and bet.rate.tactic == name
    )


def tells_few(whole: BridgeStep, own: frozenset[str], *, shown: Shown) -> bool:
    """Return whether what is counted with and without some tactics would tell how many a few of them are."""
    if not shown.are_people(whole.from_state):
        return False
    few = small_groups(whole.groups, least=shown.least).moved
    told = {one.name for one in whole.groups if one.column == "tactic" and (one.column, one.name) not in few}
    return not own <= told


def counted_whole(shared: BridgeStep, whole: BridgeStep) -> BridgeStep:
    """Return a step with the rate and lag of those it speaks of, and with the counts and groups of all entries.

    What the model says gives no count back; the curve without a model would.
    """
    return replace(
        shared, counts=whole.counts, raw=whole.raw, groups=whole.groups, rejects=whole.rejects, twin=None,
        notes=(*whole.notes, COUNTED_WHOLE),
    )  # fmt: skip


def without(entries: Stages, names: frozenset[str]) -> Stages:
    """Return the entries of all tactics but some."""
    others = ~np.isin(entries.tactic, sorted(names))
    return entries if others.all() else _chosen(entries, others)


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
