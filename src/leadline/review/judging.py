"""What the warehouse tells the checks: read in one place, whether a review asks or `leadline check` does by itself.

    read = read_evidence(graph, asking, measured=measure_bridge(graph, asking), workspace=workspace)
    check(document, CheckOptions(as_of=at.day, facts=read.facts, settled=read.settled))

A check alone changes nothing in the warehouse: what lies in `exports/` and was not imported yet, it does not know.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from leadline.align.facts import EvidenceFacts, SettledBet
from leadline.decide.known import Known
from leadline.decide.standing import BetStanding
from leadline.evidence.quality import Fact
from leadline.evidence.store import open_store
from leadline.plan.graph import Graph
from leadline.review.check_facts import check_facts, with_quality
from leadline.review.counted import Cover, covers, deliveries, known_of, spend_facts
from leadline.review.few_behind import few_behind
from leadline.review.first_replies import first_replies
from leadline.review.hang import records, stands
from leadline.review.hang_mix import mix_records
from leadline.review.keep import Keep
from leadline.review.kept_quality import kept_quality
from leadline.review.kept_types import KEPT
from leadline.review.measuring import Asking, Measured, measure_bridge
from leadline.review.mixing import Mixed, measure_mix
from leadline.review.plan_facts import plan_facts

if TYPE_CHECKING:
    from leadline.evidence.frames import AsOf
    from leadline.evidence.store import Store
    from leadline.plan.source import Document
    from leadline.settings import Settings
    from leadline.workspace import Workspace


@dataclass(frozen=True)
class Read:
    """What the evidence says to the checks, with what it was made of.

    bets: how each bet stands · known: what forecasts take · cover: of each state · odd: quality facts, worst first
    """

    facts: EvidenceFacts
    settled: Mapping[str, SettledBet]
    bets: tuple[BetStanding, ...]
    known: Known
    cover: Mapping[str, Cover]
    odd: tuple[Fact, ...]


@dataclass(frozen=True)
class Told:
    """What a check alone is told.

    day: of judgement · snapshot: of the evidence
    """

    day: dt.date
    snapshot: str
    facts: EvidenceFacts
    settled: Mapping[str, SettledBet]


def read_evidence(
    graph: Graph, asking: Asking, *, measured: Measured, workspace: Workspace, mixed: Mixed | None = None
) -> Read:
    """Return what the warehouse tells the checks of a plan, once its bridge was measured.

    workspace: keeps what is odd · mixed: what each channel brought; None takes what was kept
    """
    mixed = measure_mix(graph, asking) if mixed is None else mixed
    store, at, plan = asking.store, asking.at, graph.plan
    cover = covers(store, at)
    delivered = deliveries(graph, store, measured=measured, at=at, cover=cover)
    counted_ones = records(graph, measured, delivered=delivered, at=at, snapshot=store.snapshot())
    found = (*counted_ones, *mix_records(graph, mixed, snapshot=store.snapshot()))
    few = few_behind(graph, measured, delivered=delivered)
    told = stands(graph, found, at=at, few=few)
    known = known_of(graph, store, measured=measured, at=at, delivered=delivered, cover=cover)
    counted = replace(spend_facts(store, at, plan=plan), first_replies=first_replies(plan, store, at=at))
    odd = kept_quality(workspace, store, at=at, facts=plan_facts(plan), settings=asking.settings)
    return Read(
        with_quality(check_facts(graph, counted, found=found, known=known, few=few), odd),
        {one.standing.bet: one.settled for one in told if one.settled is not None},
        tuple(one.standing for one in told),
        known,
        cover,
        odd,
    )


def told_to_checks(
    workspace: Workspace, document: Document, *, settings: Settings, seed: int, day_of: Callable[[Store], AsOf]
) -> Told | None:
    """Return what the evidence of a workspace tells the checks of a plan, None where nothing was imported.

    day_of: the day of judgement, which may depend on the evidence. Raises WarehouseError while another process holds
    the warehouse for longer than a question may wait.
    """
    store = open_store(workspace, engine=settings.engine)
    if not workspace.evidence.exists() or not store.exists():
        return None
    try:
        while True:
            snapshot, at, graph = store.snapshot(), day_of(store), Graph(document.plan)
            asking = Asking(store, at, settings, seed, Keep(workspace.results, KEPT), lambda _: None)
            measured = measure_bridge(graph, asking)  # takes seconds: an import must not wait for it
            with store.sitting() as held:  # some thirty questions open the file once
                if held.snapshot() == snapshot:
                    read = read_evidence(graph, replace(asking, store=held), measured=measured, workspace=workspace)
                    return Told(at.day, snapshot, read.facts, read.settled)
    finally:
        store.close()
