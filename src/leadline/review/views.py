"""Steps and evidence as the report shows them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple

from leadline import words
from leadline.decide.standing import Range
from leadline.evidence.frames import AsOf, answer
from leadline.evidence.plan_facts import PlanFacts
from leadline.evidence.quality import Fact, endangers
from leadline.evidence.quality import facts as quality_facts
from leadline.evidence.schema import TABLES
from leadline.evidence.small_cells import note
from leadline.evidence.store import Store
from leadline.evidence.unmatched import Hint, campaign_hints, unmatched_origins
from leadline.evidence.who import who_is_one
from leadline.measure.bridge import BridgeStep
from leadline.measure.bridge.intervals import Interval
from leadline.plan.bets import Bet
from leadline.plan.graph import Graph
from leadline.review.hang import unit_of
from leadline.review.measuring import Measured
from leadline.review.people_cells import Shown, small_groups
from leadline.review.result import (
    EvidenceSummary,
    FactView,
    GroupView,
    ImportView,
    StepView,
    TableView,
    UnmatchedView,
)
from leadline.settings import Settings

SHOWN = ("spend", "touches", "stages", "deals", "orders", "metrics", "identities", "accounts")
DAYS = {
    "spend": "day",
    "touches": "happened_at",
    "stages": "entered_at",
    "deals": "created_at",
    "orders": "ordered_at",
    "metrics": "day",
}


def step_views(graph: Graph, measured: Measured) -> tuple[StepView, ...]:
    """Return every shared step, believed beside measured."""
    names = {metric.id: metric.name or metric.id for metric in graph.plan.metrics}
    views = []
    for pair, step in graph.shared.items():
        result = measured.of_shared(pair)
        counts = None if result is None else result.counts
        views.append(
            StepView(
                from_name=names.get(pair[0], pair[0]),
                to_name=names.get(pair[1], pair[1]),
                unit="%" if step.is_share else unit_of(graph, step.rate),
                believed_rate=_believed(step.rate, "share" if step.is_share else "amount"),
                measured_rate=_measured_rate(result),
                believed_lag=_believed(step.lag, "days"),
                measured_lag=None if result is None else _range(result.median_lag, "days"),
                entered=0 if counts is None else counts.entered,
                moved=0 if counts is None else counts.moved,
                open=0 if counts is None else counts.open,
                rejected=0 if counts is None else counts.rejected,
                note=_note(pair, result, measured),
                groups=_groups(result, measured.steps.get(pair), measured.shown),
                result=result,
                shown=measured.shown,
                apart=measured.apart.get(pair, frozenset()),
            )
        )
    return tuple(views)


def evidence_summary(
    store: Store, at: AsOf, *, facts: PlanFacts, settings: Settings, odd: Sequence[Fact] | None = None
) -> EvidenceSummary:
    """Return what the warehouse holds, what was imported, rejected, left without a tactic, and what is odd.

    odd: the quality facts, where they were asked for already
    """
    tables = []
    for name in SHOWN:
        if name not in {table.name for table in TABLES}:
            continue
        day = DAYS.get(name)
        first_day, last_day = (_day(f"{end}({day})") if day else "CAST(NULL AS DATE)" for end in ("MIN", "MAX"))
        sources = "string_agg(DISTINCT source, ', ' ORDER BY source)" if day else "''"
        asked = f"SELECT COUNT(*) AS n, {first_day} AS first, {last_day} AS last, {sources} AS source FROM {name}"
        count, first, last, source = store.ask(asked, zone=at.zone).to_pylist()[0].values()
        if count:
            tables.append(TableView(name, count, first, last, source or ""))
    imports = tuple(
        ImportView(row["file"], row["source"], row["read"])
        for row in store.ask("SELECT file, source, read FROM imports ORDER BY started_at, file").to_pylist()
    )
    rejects = store.ask("SELECT COALESCE(SUM(rejected), 0) AS n FROM imports")["n"][0].as_py()
    return EvidenceSummary(
        tuple(tables),
        imports,
        int(rejects),
        unmatched(store, at, facts=facts, least=settings.privacy.small_cell),
        tuple(
            FactView(one.name, one.level, one.text, one.where, endangers(one.name))
            for one in (quality_of(store, at, facts=facts, settings=settings) if odd is None else odd)
        ),
        who_is_one(store),
    )


def _day(moment: str) -> str:
    """Return the SQL of a moment's day in the plan's zone; a day stays as it is."""
    return f"CAST(local({moment}) AS DATE)" if moment.endswith("_at)") else moment


def quality_of(store: Store, at: AsOf, *, facts: PlanFacts, settings: Settings) -> tuple[Fact, ...]:
    """Return the quality facts by the workspace's thresholds, worst first."""
    order = ("error", "warning", "note")
    found = quality_facts(
        store, facts, at=at, limits=settings.quality, window_days=settings.paths_window_days, outcome=settings.paths_outcome
    )  # fmt: skip
    return tuple(sorted(found, key=lambda fact: (order.index(fact.level), fact.name, fact.where)))


def unmatched(store: Store, at: AsOf, *, facts: PlanFacts, least: int) -> tuple[UnmatchedView, ...]:
    """Return campaigns with money and origins of subjects that belong to no tactic, largest first.

    Money is in the plan's currency; what has no rate on its day stands in a row of its own that names it.
    """
    campaigns = answer(store, "unmatched_spend", params={"currency": facts.currency}, at=at)
    hints = campaign_hints(store, facts, at=at)
    origins = unmatched_origins(store, at=at, least=least)
    found = [
        UnmatchedView(row["name"], row["money"], row["rows"], *astuple(hints.get(row["name"], Hint())))
        if row["unrated"] is None
        else UnmatchedView(
            f"{row['name']} ({words.money(float(row['money']), row['unrated'])}, no rate)", None, row["rows"]
        )
        for row in campaigns
    ]
    return (*found, *(UnmatchedView(f"origin: {name}", None, rows) for name, rows in origins.items()))


def _believed(bet: Bet, scale: str) -> Range | None:
    if bet.belief is None:
        return None
    return Range(bet.belief.low, bet.belief.base, bet.belief.high, scale)  # type: ignore[arg-type]


def _measured_rate(result: BridgeStep | None) -> Range | None:
    if result is None:
        return None
    return _range(result.final_rate if result.final_rate is not None else result.rate, "share")


def _range(interval: Interval, scale: str) -> Range:
    return Range(interval.low, interval.middle, interval.high, scale)  # type: ignore[arg-type]


def _groups(result: BridgeStep | None, whole: BridgeStep | None, shown: Shown) -> tuple[GroupView, ...]:
    """Return the groups of a step by the column that tells most, without those of few people.

    whole: with the tactics that the step is counted without, which are groups too. Of any other column it would tell, beside
    the step's own groups, how many of these tactics are in each.
    """
    if result is None or whole is None:
        return ()
    named = {group.column for group in result.groups}
    column = "origin" if "origin" in named else next(iter(sorted(named)), "tactic")
    groups = whole.groups if column == "tactic" else result.groups
    is_people = shown.are_people(result.from_state)
    hidden = small_groups(groups, least=shown.least).moved if is_people else frozenset()
    return tuple(
        GroupView(
            group.name or "(none given)",
            group.entered,
            group.moved,
            Range(group.raw_low, group.raw, group.raw_high, "share"),
        )
        for group in groups
        if group.column == column and (column, group.name) not in hidden
    )


def _note(pair: tuple[str, str], result: BridgeStep | None, measured: Measured) -> str:
    if result is None:
        return measured.unmeasured.get(f"{pair[0]}>{pair[1]}", "")
    apart = ("without tactics that bet on a rate of their own",) if pair in measured.shared else ()
    is_people = measured.shown.are_people(result.from_state)
    hidden = is_people and small_groups(result.groups, least=measured.shown.least).moved
    few = (note(measured.shown.least).removesuffix("."),) if hidden else ()
    return "; ".join((*apart, *result.notes, *few))
