"""The order of things: import what is new, measure, check, decide, tell. What has not changed is not computed again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from zoneinfo import ZoneInfo

from leadline.align.draws import Draws
from leadline.align.facts import EvidenceFacts, SettledBet
from leadline.align.result import CheckResult
from leadline.align.run import CheckOptions, check
from leadline.decide.forecast import ObjectiveForecast, forecast_objective
from leadline.decide.known import Known
from leadline.decide.standing import BetStanding
from leadline.evidence.frames import AsOf, as_of, last_day
from leadline.evidence.import_report import ImportReport
from leadline.evidence.imports import import_files
from leadline.evidence.rules import refresh
from leadline.evidence.store import Store, open_store
from leadline.plan.graph import Graph
from leadline.plan.model import Objective, Plan
from leadline.plan.source import Document, read_plan
from leadline.review import actuals, readings, story
from leadline.review.earlier_plans import earlier_tactics
from leadline.review.fingerprints import read_reviewed
from leadline.review.hang import stands
from leadline.review.importing import exports_of, setup_of
from leadline.review.judging import read_evidence
from leadline.review.keep import Keep, versions
from leadline.review.kept_types import KEPT
from leadline.review.measuring import Asking, Measured, measure_all
from leadline.review.mixing import Mixed, Mixing, measure_mix
from leadline.review.plan_facts import plan_facts
from leadline.review.result import EvidenceSummary, Review
from leadline.review.strategy_map import strategy_map
from leadline.review.views import evidence_summary, step_views
from leadline.settings import Settings, read_settings
from leadline.workspace import Workspace

UNIMPORTED = (
    "Nothing was imported: every number here is the plan's belief. Put exports into exports/ and run review again."
)
DEFAULT_OPTIMISM = 0.3  # checks.md section 3: correlation of bets nobody measured, `[check] shared_optimism`


@dataclass(frozen=True)
class Request:
    """What a review is asked for.

    as_of, seed: None takes the settings · now: the clock, for logs and for the day where nothing else says it
    progress: told before anything that takes time · mixing: asks for the mix to be measured; None shows what is kept
    """

    now: Callable[[], dt.datetime]
    as_of: dt.date | None = None
    seed: int | None = None
    progress: Callable[[str], None] = field(default=lambda _: None)
    mixing: Mixing | None = None


@dataclass(frozen=True)
class Found:
    """What the evidence gave: measured, counted, and the records' stands."""

    measured: Measured = field(default_factory=Measured)
    mix: Mixed = field(default_factory=Mixed)
    bets: tuple[BetStanding, ...] = ()
    settled: Mapping[str, SettledBet] = field(default_factory=dict)
    known: Known = field(default_factory=Known)
    facts: EvidenceFacts | None = None
    summary: EvidenceSummary | None = None
    sentences: tuple[str, ...] = ()


def review(workspace: Workspace, request: Request) -> Review:
    """Run everything over a workspace. Raises LeadlineError where the plan or the settings cannot be read."""
    settings = read_settings(workspace.settings)
    document = read_plan(workspace.plan)
    reports = import_new(workspace, document.plan, settings=settings, request=request)
    setup = setup_of(document.plan, settings)
    refresh(
        workspace, plan_facts(document.plan), channels=setup.channels, stage_maps=setup.stage_maps, clock=request.now
    )
    store = open_store(workspace)
    try:
        at = day_of(store, document.plan, settings=settings, request=request)
        keep = Keep(workspace.results, KEPT)
        seed = settings.seed if request.seed is None else request.seed
        graph = Graph(document.plan)
        asking = Asking(store, at, settings, seed, keep, request.progress)
        found = _found(graph, asking, workspace, request.mixing) if store.exists() else _nothing(graph, at)
        snapshot = store.snapshot() if store.exists() else None
    finally:
        store.close()
    looked_at = read_reviewed(workspace.fingerprints, document.plan.plan.id)
    before = earlier_tactics(workspace.folder, document.plan, own=workspace.plan)
    if before.tactics or before.notes:
        facts = replace(found.facts or EvidenceFacts(), earlier=before.tactics) if before.tactics else found.facts
        found = replace(found, facts=facts, sentences=(*found.sentences, *before.notes))
    options = CheckOptions(
        as_of=at.day, seed=seed, settings=settings.check, facts=found.facts, settled=found.settled,
        known_contents=looked_at.known_contents, approved=looked_at.approved, approved_on=looked_at.approved_on,
    )  # fmt: skip
    checked = check(document, options)
    forecasts = _forecasts(graph, found, checked, at=at, asking=asking)
    told = _told(document, checked, found, forecasts=forecasts, at=at, extra=(snapshot, seed, reports, keep))
    return replace(told, asked=options, entries=found.measured.rows)


def review_plan(path: Path, request: Request) -> Review:
    """Review a plan file without a workspace around it: no evidence, beliefs alone."""
    document = read_plan(path)
    zone = document.plan.plan.timezone or "UTC"
    day = request.as_of or request.now().date()
    at = AsOf(
        day,
        dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), ZoneInfo(zone))
        .astimezone(dt.UTC)
        .replace(tzinfo=None),
    )
    graph = Graph(document.plan)
    seed = 1 if request.seed is None else request.seed
    options = CheckOptions(as_of=day, seed=seed)
    checked = check(document, options)
    found = _nothing(graph, at)
    keep = Keep(Path(), ())
    told = _told(document, checked, found, forecasts=(), at=at, extra=(None, seed, (), keep))
    return replace(told, asked=options)


def import_new(workspace: Workspace, plan: Plan, *, settings: Settings, request: Request) -> tuple[ImportReport, ...]:
    """Import what is new in `exports/`, in order of span and name; what is known already is passed over."""
    files = exports_of(workspace)
    if not files:
        return ()
    request.progress(f"importing what is new of {len(files)} {'file' if len(files) == 1 else 'files'}")
    setup = replace(setup_of(plan, settings), notice=request.progress)
    return tuple(import_files(workspace, files, facts=plan_facts(plan), setup=setup, clock=request.now))


def day_of(store: Store, plan: Plan, *, settings: Settings, request: Request) -> AsOf:
    """Return the day on which everything is judged: asked for, set, last day covered by evidence, today.

    What the evidence says by itself never leads beyond today; the request's clock is UTC where it names no zone.
    """
    zone, now = plan.plan.timezone or "UTC", request.now()
    today = (now if now.tzinfo else now.replace(tzinfo=dt.UTC)).astimezone(ZoneInfo(zone)).date()
    chosen = request.as_of or settings.as_of or last_day(store, today=today) or today
    return as_of(store, timezone=zone, day=chosen)


def _nothing(graph: Graph, at: AsOf) -> Found:
    told = stands(graph, (), at=at)
    return Found(
        bets=tuple(one.standing for one in told),
        sentences=(UNIMPORTED,),
    )


def _found(graph: Graph, asking: Asking, workspace: Workspace, mixing: Mixing | None) -> Found:
    currency = graph.plan.plan.currency or "EUR"
    measured = measure_all(graph, asking, currency=currency)
    mixed = measure_mix(graph, asking, mixing=mixing)
    read = read_evidence(graph, asking, measured=measured, workspace=workspace, mixed=mixed)
    facts = plan_facts(graph.plan)
    return Found(
        measured=measured,
        mix=mixed,
        bets=read.bets,
        settled=read.settled,
        known=read.known,
        facts=read.facts,
        summary=evidence_summary(asking.store, asking.at, facts=facts, settings=asking.settings, odd=read.odd),
        sentences=(
            *story.sentences(graph, measured, cover=read.cover, at=asking.at, has_spend=read.facts.has_spend),
            *readings.told(graph, asking.store, at=asking.at),
            *actuals.told(graph, asking.store, at=asking.at),
            *((mixed.why,) if mixed.why else ()),
        ),
    )


def _forecasts(
    graph: Graph, found: Found, checked: CheckResult, *, at: AsOf, asking: Asking
) -> tuple[ObjectiveForecast, ...]:
    optimism = float(asking.settings.check.get("shared_optimism", DEFAULT_OPTIMISM))
    less = frozenset(metric.id for metric in graph.plan.metrics if metric.better == "down")
    believed = {one.objective: one.p for one in checked.scores.coverage}
    known = found.known
    told = []
    for objective in graph.plan.objectives:
        parts = {
            "plan": checked.document.hash, "objective": objective.id, "as_of": at.day, "optimism": optimism,
            "seed": asking.seed, "steps": sorted((*pair, rows.hash) for pair, rows in found.measured.rows.items()),
            "counted": [sorted(known.delivered.items()), sorted(known.actuals.items()), sorted(known.arrivals.items())],
        }  # fmt: skip

        def compute(objective: Objective = objective) -> ObjectiveForecast | None:
            asking.progress(f"forecasting {objective.id}")
            draws = Draws(asking.seed, optimism, less)
            return forecast_objective(graph, objective, known=known, draws=draws, as_of=at.day, seed=asking.seed)

        one = asking.keep.get("forecast", parts, compute=compute)
        if one is not None:
            told.append(replace(one, believed_p=believed.get(objective.id)))
    return tuple(told)


def _told(
    document: Document,
    checked: CheckResult,
    found: Found,
    *,
    forecasts: tuple[ObjectiveForecast, ...],
    at: AsOf,
    extra: tuple[str | None, int, tuple[ImportReport, ...], Keep],
) -> Review:
    snapshot, seed, reports, keep = extra
    head = document.plan.plan
    graph = Graph(document.plan)
    return Review(
        title=head.title or head.id,
        organisation=head.organisation or "",
        currency=head.currency or "",
        plan_hash=document.hash,
        plan_status=checked.status,
        as_of=at.day,
        snapshot=snapshot,
        seed=seed,
        versions=versions(),
        answer=story.answer(checked, forecasts, bets=found.bets),
        sentences=found.sentences,
        check=checked,
        fixes=story.fixes(checked),
        bets=found.bets,
        forecasts=forecasts,
        steps=step_views(graph, found.measured),
        credits=found.measured.credits,
        mix=found.mix,
        small_cell=found.measured.shown.least,
        evidence=found.summary,
        map=strategy_map(graph, checked, bets=found.bets),
        imports=reports,
        computed=tuple(keep.computed),
        kept=tuple(keep.found),
    )
