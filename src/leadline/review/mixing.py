"""The mix in a workspace: its panel from the evidence, the plan's finished tests, and the result kept by what it depends on.

A fit takes seconds, so a review never begins one by itself: it shows what was kept of the same panel, options and tests, and
says where there is nothing of them any more. `leadline measure mix` and the button of the browser are what ask for a fit.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field, is_dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from leadline.errors import InputError, LeadlineError, MissingExtra, NothingDone
from leadline.evidence.panels import NO_CHANNEL, Wanted, panel
from leadline.evidence.shares import tactics_of_channels
from leadline.review.keep import Keep, plain
from leadline.review.measuring import outcome_of
from leadline.review.plan_tests import finished_tests

if TYPE_CHECKING:
    from leadline.inputs import Experiment, Panel
    from leadline.measure.mix import MixOptions, MixResult
    from leadline.measure.mix.config import MixConfig
    from leadline.measure.mix.sampler import Tell
    from leadline.plan.graph import Graph
    from leadline.review.measuring import Asking

KIND = "mix"  # of a kept result
SAMPLERS = ("jax", "numpyro")  # packages whose version decides the draws
OUT_OF_DATE = (
    "What each channel brought was measured on other evidence, tests or settings than these. Run leadline measure mix to "
    "measure it again."
)
ADVICE = (
    "For channels of which that is so because nothing ran, write [mix] nothing_ran in leadline.toml; to measure without them, "
    "left_out."
)


@dataclass(frozen=True)
class Mixing:
    """How a fit is made where one is asked for.

    cache_folder: of compiled programs · tell: told how far it is · instant: a quick estimate will do
    """

    cache_folder: Path | None = None
    tell: Tell | None = None
    instant: bool = False


@dataclass(frozen=True)
class Mixed:
    """What is known of the mix.

    result: None where nothing was measured · why: why nothing was, "" where nobody asked · tactics: per channel, the money
    of each tactic in the window, the key "" is money of none · notes: on priors and the plan's tests ·
    metrics: of the plan that count the outcome
    """

    result: MixResult | None = None
    why: str = ""
    tactics: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()


def measure_mix(graph: Graph, asking: Asking, *, mixing: Mixing | None = None) -> Mixed:
    """Return the mix as it was kept, or measured where it is asked for. mixing: None asks for nothing to be measured."""
    if mixing is None and not asking.keep.has(KIND):
        return Mixed()
    outcome = asking.settings.mix.outcome or _outcome(graph, asking)
    try:
        told = _panel(graph, asking, outcome)
    except LeadlineError as problem:
        return Mixed(why=_said(problem, is_asked=mixing is not None))
    try:
        said = _config(asking)
        told = said.of(told)
    except LeadlineError as problem:
        if mixing is not None:
            raise  # a setting that is wrong stops what was asked for, and no review of the rest
        return Mixed(why=f"What each channel brought is not shown: {problem}")
    span = (told.time[0].astype(object), asking.at.day)
    money = tactics_of_channels(asking.store, at=asking.at, span=span)
    tests = finished_tests(graph, outcome=outcome, money=money)
    options = replace(said.options, seed=asking.seed)
    known = Mixed(
        notes=(*_priors(said, asking), *tests.notes),
        metrics=tuple(one.id for one in graph.plan.metrics if one.source == outcome),
    )
    try:
        result = _result(told, options, asking, mixing=mixing, tests=tests.experiments)
    except (InputError, MissingExtra, NothingDone) as problem:
        return Mixed(why=_said(problem, is_asked=True))
    return Mixed(why=OUT_OF_DATE) if result is None else _with(known, result, asking)


def hindrance(graph: Graph, asking: Asking) -> str:
    """Return why no mix can be fitted of this evidence, in the words of `measure mix`; "" where nothing stands in the way."""
    try:
        from leadline.measure.mix.fit import model_of

        told, said = _panel(graph, asking, asking.settings.mix.outcome or _outcome(graph, asking)), _config(asking)
        model_of(said.of(told), said.options)
    except LeadlineError as problem:
        return _said(problem, is_asked=True)
    return ""


def _config(asking: Asking) -> MixConfig:
    """Return what the workspace says of priors, kinds of channels, events and the baseline."""
    from leadline.measure.mix.config import MixConfig
    from leadline.review.mix_files import read_mix

    file = asking.settings.mix.config
    return MixConfig() if file is None else read_mix(file, evidence=True)


def _priors(said: MixConfig, asking: Asking) -> tuple[str, ...]:
    """Return whose priors are those of the workspace, as a note."""
    names = [name for name, one in said.options.channels.items() if one.prior is not None]
    file = asking.settings.mix.config
    if not names or file is None:
        return ()
    return (f"what was assumed beforehand of {', '.join(names)} is that of {file.name}",)


def _said(problem: LeadlineError, *, is_asked: bool) -> str:
    return f"What each channel brought could not be measured: {problem}" if is_asked else OUT_OF_DATE


def _panel(graph: Graph, asking: Asking, outcome: str) -> Panel:
    """Return the panel of the settings, its outcome under the plan's name for it; money without a channel is no part of it."""
    chosen = asking.settings.mix
    wanted = Wanted(
        outcome, grain=chosen.grain, controls=chosen.controls, nothing_ran=chosen.nothing_ran,
        left_out=(NO_CHANNEL, *chosen.left_out),
    )  # fmt: skip
    try:
        told = panel(asking.store, wanted, at=asking.at, currency=graph.plan.plan.currency or "EUR")
    except InputError as problem:
        raise InputError([*problem.problems, ADVICE]) from None
    name = next((one.name or one.id for one in graph.plan.metrics if one.source == outcome), outcome)
    return replace(told, outcome={name: next(iter(told.outcome.values()))})


def _outcome(graph: Graph, asking: Asking) -> str:
    """Return what journeys end in: money where that is orders."""
    ending = outcome_of(graph, asking.settings)
    return "orders.net" if ending == "orders" else ending


def _parts(told: Panel, options: MixOptions, tests: tuple[Experiment, ...]) -> dict[str, object]:
    """Return all that a result depends on; no version where the extra `mix` is not installed."""
    from leadline.measure.mix.options import MODEL

    sampled_by = {name: _version(name) for name in SAMPLERS}
    return {
        "model": MODEL, "input": told.hash, "notes": told.notes, "options": plain(asdict(options)),
        "tests": plain(tuple(asdict(one) for one in tests)), "sampled_by": sampled_by,
    }  # fmt: skip


def _version(name: str) -> str:
    from importlib import metadata

    with suppress(metadata.PackageNotFoundError):
        return metadata.version(name)
    return ""


def _result(
    told: Panel, options: MixOptions, asking: Asking, *, mixing: Mixing | None, tests: tuple[Experiment, ...]
) -> MixResult | None:
    """Return the result that was kept, or is fitted where one is asked for; None where nobody asks and nothing was kept.

    What was fitted whole stands before a quick estimate of the same, for it says the same more surely.
    """
    keep, quick = asking.keep.knowing(_types()), replace(options, sampling=replace(options.sampling, instant=True))
    if mixing is None or mixing.instant:
        kept = _known(keep, [_parts(told, way, tests) for way in (options, quick)])
        if mixing is None or (kept is not None and kept.convergence.converged):
            return kept
    wanted = quick if mixing.instant else options
    return keep.get(
        KIND, _parts(told, wanted, tests), compute=lambda: _fitted(told, wanted, asking, mixing=mixing, tests=tests)
    )


def _known(keep: Keep, ways: Sequence[Mapping[str, object]]) -> MixResult | None:
    """Return the first kept result that settled, else the first one. ways: what it depends on, the surest one first."""
    first: MixResult | None = None
    for parts in ways:
        kept: MixResult | None = keep.known(KIND, parts)
        if kept is not None and kept.convergence.converged:
            return kept
        first = first or kept
    return first


def _fitted(
    told: Panel, options: MixOptions, asking: Asking, *, mixing: Mixing, tests: tuple[Experiment, ...]
) -> MixResult:
    from leadline.measure.mix import fit_mix

    asking.progress(
        f"measuring the mix of {next(iter(told.outcome))}: {len(told.time)} {told.grain}s, {len(told.channels)} channels"
    )
    return fit_mix(told, options, experiments=tests, cache_folder=mixing.cache_folder, progress=mixing.tell)


def _with(known: Mixed, result: MixResult, asking: Asking) -> Mixed:
    first, last = (dt.date.fromisoformat(day) for day in result.window)
    span = (first, end_of(last, result.grain))
    return replace(known, result=result, tactics=tactics_of_channels(asking.store, at=asking.at, span=span))


def end_of(first: dt.date, grain: str) -> dt.date:
    """Return the last day of the step that begins on a day.

    >>> end_of(dt.date(2027, 10, 1), "quarter")
    datetime.date(2027, 12, 31)
    """
    days = {"day": 1, "week": 7}.get(grain)
    if days is not None:
        return first + dt.timedelta(days=days - 1)
    months = first.month - 1 + {"month": 1, "quarter": 3, "year": 12}[grain]
    return dt.date(first.year + months // 12, months % 12 + 1, 1) - dt.timedelta(days=1)


def _types() -> tuple[type, ...]:
    """Return the types that a kept mix may be made of, those of its result; nothing else is ever read back."""
    from leadline.measure.mix import result

    return tuple(one for one in vars(result).values() if isinstance(one, type) and is_dataclass(one))
