"""What a mix model consists of, apart from its numbers: two panels of one shape share one compiled program."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from leadline.errors import InputError
from leadline.inputs import Floats
from leadline.measure.mix.baseline import Baseline
from leadline.measure.mix.options import ChannelOptions, MixOptions
from leadline.measure.mix.priors import Layout, Prior, taken
from leadline.measure.mix.result import named
from leadline.measure.mix.scale import Scaled

# Priors of the design, measurement section 2.3 (ROI and half-saturation: Google Meridian 2.1; logistic: PyMC-Marketing 1.3)
ROI = Prior("log-normal", 0.2, 0.9)
MARGINAL_ROI = Prior("log-normal", 0.0, 0.5)
SHARE_LOG_SD, SHARE_TOTAL = 0.9, 0.25
COEFFICIENT = Prior(
    "half-normal", 0.0, 2.0
)  # own: an effect beyond twice the outcome's spread at full saturation is odd
HALF = Prior("truncated-normal", 0.8, 0.8, 0.1, 10.0)
SLOPE = Prior("log-normal", 0.2, 0.4)  # own: median 1.22, interval 0.63..2.36; docs/decisions/the-slope-is-free.md
REACH_HALF = Prior("log-normal", 0.7, 0.4)  # frequency of half the effect; Meridian adds 0.1
REACH_SLOPE = Prior("log-normal", 0.7, 0.4)
RATE = Prior("gamma", 3.0, 1.0)
ALPHA = Prior("uniform", 0.0, 1.0, 0.0, 1.0)
WEIBULL_SHAPE, WEIBULL_SCALE = Prior("log-normal", 0.4, 0.5), Prior("log-normal", 0.7, 0.7)
SPREAD = Prior("half-normal", 0.0, 0.3)
SIGMA = Prior("half-normal", 0.0, 1.0)
SIGMA_SPREAD = 0.3  # design, measurement section 2.3: log-sd of the noise between places
LOG_EFFECT_SD = 1.5  # own: only a scale for the sampler, no belief
USUAL, LOG_MOST = 0.5, 0.9  # own: saturated exposure of a usual step, and the share that the search begins at, at most
FREEDOM = Prior("gamma", 2.0, 0.1, 2.0)
STANDARD = Prior("normal", 0.0, 1.0)
PLACES_OWN_SIGMA = 5  # design, measurement section 2.3: from so many places on each has its own noise
# Kinds of parameters that some channels have and others have not.
OF_CHANNELS = ("alpha", "delay", "carry shape", "carry scale", "half", "slope", "rate")


@dataclass(frozen=True)
class Shape:
    """Families of the channels and where each parameter stands; numbers are passed beside it.

    carry, saturation, slope_free, effect: of each channel · reached: channels with reach and frequency · at: parameter kind →
    its places in the vector of parameters: for kinds `OF_CHANNELS` one a channel, -1 = has none; else those there are ·
    spoken: what is believed of each channel's effect in the words of `effect`
    """

    channels: tuple[str, ...]
    geos: int
    lags: int
    carry: tuple[str, ...]
    saturation: tuple[str, ...]
    slope_free: tuple[bool, ...]
    effect: tuple[str, ...]
    reached: tuple[int, ...]
    link: str
    errors: str
    order: str
    scale_of: tuple[int, ...]
    local_scale_of: tuple[int, ...]
    at: Mapping[str, tuple[int, ...]]
    spoken: tuple[Prior, ...] = ()

    def has(self, kind: str) -> bool:
        """Say whether any parameter of a kind is sampled."""
        return bool(self.at.get(kind))


def effect_of(name: str, kind: str, *, options: ChannelOptions, data: Scaled) -> str:
    """Return what the prior of a channel speaks of; raises InputError where its spend is not known."""
    at = data.channels.index(name)
    paid = kind == "paid" and np.isfinite(data.spend[at]) and data.spend[at] > 0
    if options.effect is None and not (data.lags[at] * data.window).any():
        return "coefficient"  # nothing of it works in the window, so it can have no share of what came there
    if options.effect in {"roi", "marginal-roi"} and not paid:
        raise InputError(
            [f"{name} has no spend, so it has no return on spend. Give its spend, or a prior on its share."]
        )
    if options.effect is not None:
        return options.effect
    return "roi" if paid and data.has_money else "share"


def _effect_prior(effect: str, at: int, *, options: ChannelOptions, data: Scaled) -> Prior:
    if options.prior is not None:
        return options.prior
    if effect == "share":
        known = np.isfinite(data.spend)
        together = float(data.spend[known].sum())
        is_spent = known[at] and data.spend[at] > 0
        own = float(data.spend[at]) / together if is_spent else 1 / len(data.channels)
        return Prior("log-normal", math.log(SHARE_TOTAL * own), SHARE_LOG_SD)
    return {"roi": ROI, "marginal-roi": MARGINAL_ROI, "coefficient": COEFFICIENT}[effect]


def shaped(
    data: Scaled, baseline: Baseline, *, options: MixOptions, extra: Sequence[tuple[str, Prior]] = ()
) -> tuple[Shape, Layout]:
    """Return the shape of a model and the layout of its parameters.

    extra: further parameters, such as the transport error of experiments
    """
    named: list[tuple[str, Prior]] = []
    at: dict[str, list[int]] = {kind: [-1] * len(data.channels) for kind in OF_CHANNELS}

    def _add(kind: str, name: str, prior: Prior) -> None:
        at.setdefault(kind, []).append(len(named))
        named.append((name, prior))

    chosen = [_options_of(name, options, data) for name in data.channels]
    effects = [
        effect_of(name, kind, options=one, data=data)
        for name, kind, one in zip(data.channels, data.kinds, chosen, strict=True)
    ]
    spoken = [_effect_prior(said, place, options=chosen[place], data=data) for place, said in enumerate(effects)]
    for place, name in enumerate(data.channels):
        prior = spoken[place]
        if options.link == "log":
            prior = _log_effect(prior, place, effect=effects[place], data=data)
        _add("effect", f"{name} {effects[place]}", prior)
    own = [_own_parameters(one, data, place) for place, one in enumerate(chosen)]
    for kind in OF_CHANNELS:  # by kind, so that each stands in one row: `taken`
        for place, found in enumerate(own):
            if kind in found:
                at[kind][place] = len(named)
                named.append((f"{data.channels[place]} {kind}", found[kind]))
    _add_places(_add, data)
    for name, sd in baseline.scales:
        _add("scale", f"scale of {name}", Prior("half-normal", 0.0, sd))
    geos = data.outcome.shape[0]
    if options.errors == "student":
        _add("freedom", "degrees of freedom", FREEDOM)
        _whitened(_add, baseline, geos)
    for name, prior in extra:
        _add("extra", name, prior)
    shape = Shape(
        data.channels, geos, data.lags.shape[1] - 1, tuple(one.carry for one in chosen),
        tuple("hill" if place in data.reached else one.saturation for place, one in enumerate(chosen)),
        tuple(one.slope == "free" or place in data.reached for place, one in enumerate(chosen)), tuple(effects), data.reached,
        options.link, options.errors, options.order, baseline.scale_of, baseline.local_scale_of,
        {kind: tuple(places) for kind, places in at.items()}, tuple(spoken),
    )  # fmt: skip
    return shape, Layout.of(named)


def _options_of(name: str, options: MixOptions, data: Scaled) -> ChannelOptions:
    """Return the options of a channel; those that stand for several share theirs. Raises InputError where they differ."""
    members = data.merged.get(name, (name,))
    found = [options.channel(one) for one in members]
    if any(one != found[0] for one in found):
        fact = f"{named(members)} have equal values, so they are fitted as one, and their options differ"
        raise InputError([f"{fact}. Give them the same options, or leave one out."])
    return found[0]


def _add_places(add: Any, data: Scaled) -> None:
    """Add what differs between places: effects around the common one, and the noise."""
    geos = len(data.panel.geo)
    if geos > 1:
        for name in data.channels:
            add("spread", f"{name} spread", SPREAD)
        for geo in data.panel.geo:
            for name in data.channels:
                add("place", f"{name} in {geo}", STANDARD)
    add("sigma", "sigma", SIGMA)
    if geos >= PLACES_OWN_SIGMA:
        for geo in data.panel.geo:
            add("own sigma", f"sigma in {geo}", STANDARD)


def _log_effect(spoken: Prior, at: int, *, effect: str, data: Scaled) -> Prior:
    """Return where the sampler looks for an effect under a log link; the density then says what is believed of its return.

    Raises InputError for priors that a log link cannot take
    """
    if effect not in {"roi", "share"} or spoken.family not in {"log-normal", "split-log-normal"}:
        fact = f"{data.channels[at]}: under a log link a prior speaks of the return or the share"
        raise InputError([f"{fact}, by its median or three quantiles, not of {effect} by {spoken.family}."])
    share = spoken.middle if effect == "share" else spoken.middle * float(data.spend[at]) / data.turnover
    return Prior("log-normal", math.log(min(share, LOG_MOST) / (USUAL * data.scales.outcome[1])), LOG_EFFECT_SD)


def _own_parameters(options: ChannelOptions, data: Scaled, place: int) -> dict[str, Prior]:
    """Return the priors of a channel's carry-over and curve by kind."""
    of_curve = _curve_parameters(options, is_reached=place in data.reached)
    return dict([*_carry_parameters(options, data.lags.shape[1] - 1), *of_curve])


def _carry_parameters(options: ChannelOptions, lags: int) -> list[tuple[str, Prior]]:
    return {
        "geometric": [("alpha", ALPHA)], "binomial": [("alpha", ALPHA)],
        "delayed": [("alpha", ALPHA), ("delay", Prior("truncated-normal", 0.0, 2.0, 0.0, float(max(lags, 1))))],
        "weibull": [("carry shape", WEIBULL_SHAPE), ("carry scale", WEIBULL_SCALE)], "none": [],
    }[options.carry]  # fmt: skip


def _curve_parameters(options: ChannelOptions, *, is_reached: bool) -> list[tuple[str, Prior]]:
    if is_reached:
        return [("half", REACH_HALF), ("slope", REACH_SLOPE)]
    free = [("slope", SLOPE)] if options.slope == "free" and options.saturation == "hill" else []
    return {"hill": [("half", HALF), *free], "logistic": [("rate", RATE)], "none": []}[options.saturation]


def _whitened(add: Any, baseline: Baseline, geos: int) -> None:
    """Add a standard normal number for each coefficient of the baseline, which is then sampled too."""
    for name in baseline.names:
        add("shared", f"baseline {name}", STANDARD)
    for geo in range(geos if baseline.local_names else 0):
        for name in baseline.local_names:
            add("local", f"baseline {name} {geo}", STANDARD)


def pick(values: Any, places: Sequence[int]) -> Any:
    """Return the parameters at these places, shape (..., number of places)."""
    return taken(values, places)


def prior_sds(values: Any, shape: Shape, *, sd: tuple[Floats, Floats], xp: Any = np) -> tuple[Any, Any]:
    """Return the prior sds of the coefficients, each times its sampled scale: shapes (..., K + C) and (..., B)."""
    lead = values.shape[:-1]
    ones = xp.ones((*lead, 1))
    scales = xp.concatenate([ones, pick(values, shape.at["scale"])], axis=-1) if shape.has("scale") else ones
    which = np.eye(scales.shape[-1])  # a product compiles to less than a list of places that repeats
    shared, local = (scales @ which[:, list(places)] for places in (shape.scale_of, shape.local_scale_of))
    return sd[0] * shared, sd[1] * local
