"""The response curves of a workspace as `what-if` takes them: of the mix that was kept, where nothing has changed since.

Nothing is measured here. A curve speaks of a cut only where the data, not what was assumed, decide its channel's number.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from leadline.decide.what_if_measured import Curve, Curves
from leadline.evidence.panels import NO_CHANNEL
from leadline.evidence.store import open_store
from leadline.plan.graph import Graph
from leadline.review.keep import Keep
from leadline.review.kept_types import KEPT
from leadline.review.measuring import Asking
from leadline.review.mixing import KIND, end_of, measure_mix

if TYPE_CHECKING:
    from leadline.evidence.frames import AsOf
    from leadline.evidence.store import Store
    from leadline.inputs import Floats
    from leadline.measure.mix import MixChannel, MixResult
    from leadline.plan.source import Document
    from leadline.review.mixing import Mixed
    from leadline.settings import Settings
    from leadline.workspace import Workspace

UNSETTLED = "What each channel brought did not settle, so nothing of it is used."
MULTIPLIED = "What channels brought multiplies in this mix, so their losses do not add up, and nothing of it is used."
WITHOUT_DRAWS = "The mix was kept without the draws of its curves. Run leadline measure mix to measure it again."
NAMELESS = "nothing names the channel that its money went through"
TOGETHER = " + "  # between the names of channels that are measured as one, for they have equal values


def kept_curves(
    workspace: Workspace, document: Document, *, settings: Settings, seed: int, day_of: Callable[[Store], AsOf]
) -> Curves | None:
    """Return the curves of the kept mix, None where none was ever kept.

    day_of: the day of judgement, which may depend on the evidence. Raises WarehouseError while another process holds the
    warehouse for longer than a question may wait
    """
    if not Keep(workspace.results, KEPT).has(KIND) or not workspace.evidence.exists():
        return None
    store = open_store(workspace, engine=settings.engine)
    try:
        if not store.exists():
            return None
        with store.sitting() as held:
            return curves_in(held, document, workspace=workspace, settings=settings, seed=seed, at=day_of(held))
    finally:
        store.close()


def curves_in(
    store: Store, document: Document, *, workspace: Workspace, settings: Settings, seed: int, at: AsOf
) -> Curves | None:
    """Return the same from a warehouse that is open, as of a day."""
    keep = Keep(workspace.results, KEPT)
    asking = Asking(store, at, settings, seed, keep, lambda _: None)
    return curves_of(measure_mix(Graph(document.plan), asking))


def curves_of(mixed: Mixed) -> Curves | None:
    """Return what is known of the mix as curves, None where nobody measured it."""
    result = mixed.result
    if result is None:
        return Curves(why=mixed.why) if mixed.why else None
    why = _unusable(result)
    if why:
        return Curves(why=why)
    first, last = (dt.date.fromisoformat(day) for day in result.window)
    curved = [one for one in result.channels if one.kind != "driver"]
    known = {
        one.name: found
        for place, one in enumerate(curved)
        if one.is_identified and (found := _curve(one, result.bank.curves[:, place])) is not None
    }
    doubts = {NO_CHANNEL: NAMELESS} | {one.name: _doubt(one, result.grain) for one in curved if one.name not in known}
    money = _money(mixed.tactics, [one.name for one in curved])
    return Curves(
        result.kpi, result.currency or "count", mixed.metrics, first, end_of(last, result.grain), known,
        doubts | {part: doubts[name] for name in doubts for part in name.split(TOGETHER)}, money,
        source=result.manifest.input_hash,
    )  # fmt: skip


def _unusable(result: MixResult) -> str:
    if not result.convergence.converged:
        return UNSETTLED
    if result.link == "log":
        return MULTIPLIED
    return "" if result.bank.curves.size else WITHOUT_DRAWS


def _curve(one: MixChannel, draws: Floats) -> Curve | None:
    """Return the curve of a channel that was paid for, None for any other.

    A curve counts what falls into the time measured, with what was spent before it. Where it is known what the money of that
    time brings until it has worked off, the curve is raised or lowered by that: the same course, the tail counted.
    """
    if one.curve is None or not one.spend:
        return None
    tail = 1.0
    if one.roi is not None and one.roi_cohort is not None and one.roi.mean > 0:
        tail = one.roi_cohort.mean / one.roi.mean
    return Curve(one.curve.multiple, tail * draws, one.spend, one.curve.seen_to)


def _doubt(one: MixChannel, grain: str) -> str:
    from leadline.measure.mix.wording import known_words

    why = f": {one.reason}" if one.reason else ""
    if one.verdict == "weak":
        return f"what {one.name} brought is no measurement yet ({known_words(one, grain)}){why}"
    if one.is_identified:
        return f"nobody knows what was spent on {one.name}"
    return f"what {one.name} brought can't be told by the data{why}"


def _money(tactics: Mapping[str, Mapping[str, float]], names: list[str]) -> dict[str, dict[str, float]]:
    """Return the money of each tactic by channel of the mix: channels that are measured as one have theirs added up."""
    found = {channel: dict(by_tactic) for channel, by_tactic in tactics.items()}
    for name in names:
        parts = name.split(TOGETHER)
        if name in found or not {*parts} <= found.keys():
            continue
        whole = found.setdefault(name, {})
        for part in parts:
            for tactic, amount in found.pop(part).items():
                whole[tactic] = whole.get(tactic, 0.0) + amount
    return found
