"""The document of `leadline mix`: what each channel brought, or null where that must not be shown."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from leadline.review.verb_documents import Document

if TYPE_CHECKING:
    from leadline.measure.mix.result import Curve, Holdout, MixChannel, MixResult, Quantity
    from leadline.measure.mix.validate import Validity


class SummaryDocument(Document):
    """A number with its uncertainty."""

    mean: float = Field(description="of the draws")
    p05: float = Field(description="5 % of the draws lie below")
    p50: float = Field(description="the middle")
    p95: float = Field(description="5 % of the draws lie above")


class TogetherDocument(Document):
    """The smallest set of channels that can be told where one of them cannot."""

    channels: list[str]
    roi: SummaryDocument | None = Field(description="money back per money spent, all of them; null without spend")
    contribution: SummaryDocument = Field(description="what they brought together, in units.contribution")


class CurveDocument(Document):
    """What a channel brings at other amounts, at the course over time it had."""

    multiple: list[float] = Field(description="of what was spent or shown, 0..2")
    spend: list[float | None] = Field(description="money in the window; null where it was not given")
    p05: list[float] = Field(description="response in units.contribution")
    p50: list[float]
    p95: list[float]
    seen_to: float = Field(
        description="multiple beyond which nothing like it was ever seen: the curve is a guess there"
    )


class ChannelDocument(Document):
    """What one channel brought. Where `identified` is false the numbers lean on what was assumed: read `note`."""

    name: str
    kind: Literal["paid", "organic", "driver"]
    spend: float | None = Field(description="money in the window, null where it was not given")
    roi: SummaryDocument | None = Field(
        description="money back inside the window per money spent in it; null without spend or money value, or where nothing converged"
    )
    roi_cohort: SummaryDocument | None = Field(
        description="the same until what was spent in the window has worked off: what plans are made with"
    )
    marginal_roi: SummaryDocument | None = Field(description="money back of the next money spent")
    contribution: SummaryDocument | None = Field(description="what it brought in the window, in units.contribution")
    share: SummaryDocument | None = Field(description="of the outcome, 0..1")
    cost_per_outcome: SummaryDocument | None = Field(description="money for one more of the outcome")
    half_life: SummaryDocument | None = Field(description="steps until half of its effect is through")
    saturation: SummaryDocument | None = Field(description="share of the most it could do, at its usual step, 0..1")
    identified: bool = Field(description="the data, not what was assumed, decide its number")
    verdict: Literal["identified", "weak", "not identified"] | None = Field(description="null where nothing converged")
    prior_conflict: bool = Field(description="the data and what was assumed pull apart")
    contraction: float | None = Field(description="share of the prior's variance that the data took away")
    together: TogetherDocument | None = Field(description="what can be told instead")
    prior_of: str = Field(description="what the prior speaks of: roi, marginal-roi, share or coefficient")
    prior: SummaryDocument = Field(description="what was assumed of that")
    posterior: SummaryDocument | None = Field(description="what the data made of it")
    curve: CurveDocument | None = Field(description="what other amounts would bring")
    note: str = Field(description="what is known of it, or why nothing is and what would tell")


class BaselineDocument(SummaryDocument):
    """The outcome without marketing, over the window, in units.contribution."""

    p_negative: float = Field(description="probability that it is below zero: a sign that channels are given too much")


class HoldoutDocument(Document):
    """How well steps were foreseen that the model had not seen."""

    mape: float | None = Field(description="mean absolute error, per cent; null where the outcome comes near zero")
    coverage90: float = Field(description="share of them inside the 90 % interval, 0..1")
    mape_sd: float | None = Field(description="standard deviation of the error over the folds, per cent")
    mase: float | None = Field(description="error against taking the same step of last year; below 1 is better")
    folds: int


class TrialDocument(Document):
    """One number of `--validate`, and what it has to meet."""

    trial: str = Field(description="holdout, refresh, perturbation or placebo")
    measure: str
    value: float | None = Field(description="null where it could not be told")
    least: float | None
    most: float | None
    passed: bool | None


class ValidityDocument(Document):
    """How the model does on what it has not seen."""

    passed: bool | None = Field(description="nothing that could be told fails; null where nothing could be told")
    trials: list[TrialDocument]
    sentence: str
    notes: list[str]


class ExperimentDocument(Document):
    """An experiment that the model was held to."""

    name: str
    channels: list[str]
    estimate: float
    standard_error: float
    modelled: SummaryDocument | None = Field(description="what the model says of the same number")
    conflict: float | None = Field(description="standard errors between both; beyond 2 they disagree")
    note: str


class StepDocument(Document):
    """One step of time, all places together, in the outcome's unit."""

    date: dt.date
    observed: float | None
    baseline: float | None = Field(description="without marketing; null where that can't be told")
    fitted_p05: float
    fitted: float
    fitted_p95: float
    contributions: dict[str, float] = Field(description="channel → mean")


class MixDocument(Document):
    """What `leadline mix --json` prints."""

    kpi: str = Field(description="name of the outcome")
    method: Literal["sampled", "instant"] = Field(description="instant: a quick estimate")
    converged: bool = Field(description="false: every number is null")
    max_rhat: float | None = Field(description="at most 1.01 where chains agree; null for instant")
    min_ess_bulk: float | None = Field(description="effective draws, the least of all parameters and results")
    min_ess_tail: float | None = Field(description="the same at the ends of the intervals")
    divergences: int | None = Field(description="draws at which the sampler lost its way")
    pareto_k: float | None = Field(description="of the instant method: up to 0.7 it may be trusted")
    reasons: list[str] = Field(description="what did not settle, and what was tried")
    seconds: float = Field(description="of the whole call")
    seed: int = Field(description="of every random use")
    input_hash: str = Field(description="of the panel: equal data, equal hash")
    units: dict[str, str] = Field(description="contribution, roi, half_life: what their numbers count")
    window: tuple[dt.date, dt.date] = Field(description="first days of the first and last step that totals speak of")
    grain: Literal["day", "week", "month", "quarter", "year"] = Field(description="a step of time")
    places: int = Field(description="how many")
    outcome_total: float = Field(description="of the window, in units.contribution")
    channels: list[ChannelDocument] = Field(description="in the order of the panel")
    all_told: bool = Field(
        description="false: what all channels brought together can't be told from what would have come without them; one or some of them may"
    )
    contraction: float | None = Field(
        description="share of the variance of what all were expected to bring together that the data took away; null where baseline is"
    )
    baseline: BaselineDocument | None = Field(
        description="the outcome without marketing; null where nothing converged or all_told is false"
    )
    media_share: SummaryDocument | None = Field(
        description="of the outcome, all channels, 0..1; null where baseline is"
    )
    prior_media_share: SummaryDocument = Field(description="the same before the data")
    holdout: HoldoutDocument | None = Field(description="null without --validate, or below 52 steps")
    validity: ValidityDocument | None = Field(description="null without --validate")
    experiments: list[ExperimentDocument] = Field(description="those of --experiments that this panel could take")
    steps: list[StepDocument] | None = Field(description="by step of time")
    sentence: str = Field(description="the answer in words")
    notes: list[str] = Field(description="what the reader must know")


def mix_document(result: MixResult, *, seconds: float, validity: Validity | None = None) -> MixDocument:
    """Return a result as its document. seconds: of the whole call · validity: what `--validate` found."""
    found, holdout = result.convergence, result.holdout
    shown = found.converged
    all_told = shown and result.all_told  # otherwise both numbers are what was assumed
    unit, money = result.contribution_unit, result.currency
    return MixDocument(
        kpi=result.kpi, method="instant" if result.method == "instant" else "sampled", converged=shown, max_rhat=found.max_rhat,
        min_ess_bulk=found.min_ess_bulk, min_ess_tail=found.min_ess_tail, divergences=found.divergences, pareto_k=found.k,
        reasons=list(found.reasons), seconds=seconds, seed=result.manifest.seed, input_hash=result.manifest.input_hash,
        units={"contribution": unit, "roi": f"{money} per {money}" if money else "", "half_life": f"{result.grain}s"},
        window=(dt.date.fromisoformat(result.window[0]), dt.date.fromisoformat(result.window[1])),
        grain=result.grain, places=result.places, outcome_total=result.outcome_total,
        channels=[_channel(result, one) for one in result.channels], all_told=all_told, contraction=result.contraction if all_told else None,
        baseline=_baseline(result) if all_told else None, media_share=_shown(result.media_share) if all_told else None,
        prior_media_share=_summary(result.prior_media_share),
        holdout=None if holdout is None or not shown else _holdout(holdout), validity=None if validity is None else _validity(validity),
        experiments=_experiments(result), steps=_steps(result) if shown else None, sentence=result.sentence(),
        notes=list(dict.fromkeys(result.notes)),
    )  # fmt: skip


def _holdout(found: Holdout) -> HoldoutDocument:
    from leadline.measure.mix.wording import finite

    return HoldoutDocument(
        mape=finite(found.mape),
        coverage90=found.coverage90,
        mape_sd=finite(found.mape_sd),
        mase=finite(found.mase),
        folds=found.folds,
    )


def _validity(found: Validity) -> ValidityDocument:
    trials = [TrialDocument.model_validate(row) for row in found.table()]
    return ValidityDocument(passed=found.passed, trials=trials, sentence=found.sentence(), notes=list(found.notes))


def _summary(value: Quantity) -> SummaryDocument:
    return SummaryDocument(mean=value.mean, p05=value.p05, p50=value.p50, p95=value.p95)


def _shown(value: Quantity | None) -> SummaryDocument | None:
    return None if value is None else _summary(value)


def _channel(result: MixResult, one: MixChannel) -> ChannelDocument:
    from leadline.measure.mix.wording import note

    shown = result.convergence.converged
    told = one.told if shown else None
    numbers: dict[str, Any] = {
        name: _shown(getattr(one, name)) if shown else None
        for name in ("roi", "roi_cohort", "marginal_roi", "contribution", "share", "cost_per_outcome", "half_life", "saturation", "posterior")
    }  # fmt: skip
    return ChannelDocument(
        name=one.name, kind=one.kind, spend=one.spend, identified=one.is_identified and shown,
        verdict=one.verdict if shown else None, prior_conflict=one.conflict and shown,
        contraction=one.contraction if shown else None,
        together=None if told is None else TogetherDocument(
            channels=list(told.channels), roi=_shown(told.roi), contribution=_summary(told.contribution)
        ),
        prior_of=one.spoken, prior=_summary(one.prior), curve=_curve(one.curve) if one.curve is not None and shown else None,
        note=note(result, one), **numbers,
    )  # fmt: skip


def _curve(curve: Curve) -> CurveDocument:
    from leadline.measure.mix.wording import finite

    return CurveDocument(
        multiple=curve.multiple.tolist(), spend=[finite(one) for one in curve.spend.tolist()], p05=curve.low.tolist(),
        p50=curve.middle.tolist(), p95=curve.high.tolist(), seen_to=curve.seen_to,
    )  # fmt: skip


def _baseline(result: MixResult) -> BaselineDocument:
    base = result.baseline
    return BaselineDocument(
        mean=base.mean, p05=base.p05, p50=base.p50, p95=base.p95, p_negative=result.baseline_negative
    )


def _experiments(result: MixResult) -> list[ExperimentDocument]:
    shown = result.convergence.converged
    return [
        ExperimentDocument(
            name=one.name, channels=list(one.channels), estimate=one.estimate, standard_error=one.standard_error,
            modelled=_summary(one.modelled) if shown else None, conflict=one.conflict if shown else None, note=one.note,
        )
        for one in result.tests
    ]  # fmt: skip


def _steps(result: MixResult) -> list[StepDocument]:
    from leadline.measure.mix.wording import finite

    series = result.series
    names = [one.name for one in result.channels if one.kind != "driver"]
    return [
        StepDocument(
            date=day, observed=finite(float(series.observed[at])),
            baseline=float(series.baseline[1][at]) if result.all_told else None,
            fitted_p05=float(series.fitted[0][at]), fitted=float(series.fitted[1][at]), fitted_p95=float(series.fitted[2][at]),
            contributions={name: float(series.contributions[place, at]) for place, name in enumerate(names)},
        )
        for at, day in enumerate(series.time.astype("datetime64[D]").tolist())
    ]  # fmt: skip
