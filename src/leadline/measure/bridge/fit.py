"""Fitting a bridge: clean, choose a lag shape, estimate rate and lag, look at groups, doubt the result."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict

import numpy as np

from leadline.errors import NothingDone, UsageError
from leadline.inputs import Floats, Manifest, Stages, stream
from leadline.measure.bridge.breaks import Jump, jump_between_months, late_recording
from leadline.measure.bridge.choose import TIE_NATS, Candidate, choose_family
from leadline.measure.bridge.clean import Entries, clean
from leadline.measure.bridge.draws import StepDraws
from leadline.measure.bridge.intervals import Interval, Quantity, as_draws, profile_interval, sample
from leadline.measure.bridge.options import BridgeOptions
from leadline.measure.bridge.pooling import GroupRate, Pooled, count_groups, exact_interval, expected, pool
from leadline.measure.bridge.posterior import Mode, Posterior
from leadline.measure.bridge.result import BridgeResult, BridgeStep, Counts
from leadline.measure.bridge.twins import AGREES, Twin, aalen_johansen, agreement, kaplan_meier
from leadline.measure.bridge.wording import never_closed
from leadline.words import share

# Round numbers of days that a reader may use as a horizon (ours): hours for chats, years for machines.
_HORIZONS = (
    1 / 24, 1 / 12, 1 / 6, 0.5, 1, 2, 3, 5, 7, 10, 14, 20, 30, 45, 60, 90, 120, 180, 270, 365, 540, 730, 1095, 1825,
)  # fmt: skip
_STILL_FOLLOWED = 0.05  # the horizon is an age that this share of entries has reached (ours)
_LATE_SHARE = 0.75  # the follow-up must reach this quantile of the lag (section 4.2)
_TOLD = 0.5  # least contraction of logit c for a final rate (section 4.2)
_LOSSES_NEEDED = 20  # recorded losses from which they are fitted as competing ends; fewer tell no lag (ours)
_CLOSED_LATE = 0.1  # share of losses never closed from which it is told, if 95 of 100 draws say so (ours)
_TWIN_NEEDED = 30  # entries after records began that a twin needs, else its band says nothing (ours)


def fit_bridge(stages: Stages, options: BridgeOptions | None = None) -> BridgeStep:
    """Return rate and lag of one step, with what can't be told yet marked as such.

    Read `.rate` (within `.horizon` days) first; `.final_rate` is None while follow-up is too short.
    Raises NothingDone without a usable row, InputError if columns differ in length, UsageError for an
    unknown lag family.
    """
    chosen = options or BridgeOptions()
    if not chosen.families:
        raise UsageError("families is empty. Name at least one lag family, for instance weibull.")
    entries = clean(stages)
    if not len(entries.age):
        raise NothingDone(
            f"{stages.from_state} > {stages.to_state}: no usable entry among {len(stages.subject)} rows. "
            f"Check the stage names and the as-of date {stages.as_of:%Y-%m-%d}."
        )
    competing = chosen.losses == "auto" and int(entries.lost.sum()) >= _LOSSES_NEEDED
    posterior, mode, candidates = choose_family(entries, chosen, competing=competing)
    theta = sample(posterior, mode, size=chosen.draws, generator=stream(chosen.seed, "bridge fit"))
    bank, centre = as_draws(posterior, theta), as_draws(posterior, mode.theta[None])
    horizon = observed_horizon(entries.age)
    groups, chance = _groups(entries, (posterior, mode), chosen, horizon=horizon, centre=centre)
    twin = _twin(entries, competing=competing)
    agrees = 1.0 if twin is None else agreement(twin, centre.rate_within(twin.days)[0])
    jump = jump_between_months(entries, chance)
    contraction = 1 - float(theta[:, 0].var()) / chosen.priors.rate_sd**2
    identified = _is_told(entries, bank, contraction)
    final = _final_rate(posterior, mode) if identified else None
    return BridgeStep(
        from_state=stages.from_state,
        to_state=stages.to_state,
        counts=_counts(entries),
        raw=_raw(entries),
        horizon=horizon,
        rate=_rate_within(posterior, mode, horizon),
        final_rate=final,
        median_lag=_median_lag(posterior, mode),
        within={days: _rate_within(posterior, mode, days) for days in chosen.within},
        contraction=contraction,
        oldest=float(entries.age.max()),
        median_seen=_median_seen(entries),
        family=posterior.family.name,
        candidates=candidates,
        twin=twin,
        agreement=agrees,
        jump=jump,
        groups=groups,
        bank=bank,
        rejects=entries.rejects,
        notes=(
            *_notes(stages, entries, centre=centre, twin=(twin, agrees, horizon), jump=jump),
            *_never_closed(stages, bank),
            *_shape_matters(candidates, final),
        ),
        manifest=_manifest(stages, chosen),
    )


def fit_bridges(steps: Sequence[Stages], options: BridgeOptions | None = None) -> BridgeResult:
    """Return all steps of a bridge, fitted one by one in the order given.

    Raises NothingDone without a step, and what `fit_bridge` raises.
    """
    if not steps:
        raise NothingDone("no step to fit. Give at least two stages that follow each other.")
    return BridgeResult(tuple(fit_bridge(stages, options) for stages in steps))


def observed_horizon(age: Floats) -> float:
    """Return the largest round number of days that enough entries are old: the rate within it is observed.

    >>> observed_horizon(np.linspace(0, 34, 200))
    30
    """
    reached = float(np.quantile(age, 1 - _STILL_FOLLOWED))
    fitting = [days for days in _HORIZONS if days <= reached]
    return fitting[-1] if fitting else _HORIZONS[0]


def _is_told(entries: Entries, bank: StepDraws, contraction: float) -> bool:
    lag = bank.fate().lag
    late = float(np.median(lag.quantile(np.array([_LATE_SHARE]))))
    return float(entries.age.max()) >= late and contraction >= _TOLD


def _rate_within(posterior: Posterior, mode: Mode, days: float) -> Interval:
    """Return c F(days) with its profile interval, worked on the logit scale."""
    at = np.array([days])

    def logit(theta: Floats) -> float:
        fate = posterior.fate(theta)
        log_rate = -np.logaddexp(0, -fate.logit_rate) + np.log(np.maximum(fate.lag.cdf(at), 1e-300))
        value = float(log_rate[0])
        return value - float(np.log(-np.expm1(min(value, -1e-12))))

    return _interval(posterior, mode, logit, back=_expit)


def _final_rate(posterior: Posterior, mode: Mode) -> Interval:
    return _interval(posterior, mode, lambda theta: float(theta[0]), back=_expit)


def _median_lag(posterior: Posterior, mode: Mode) -> Interval:
    return _interval(posterior, mode, lambda theta: float(theta[1]), back=lambda value: float(np.exp(value)))


def _interval(posterior: Posterior, mode: Mode, quantity: Quantity, *, back: Callable[[float], float]) -> Interval:
    low, high = profile_interval(posterior, mode, quantity=quantity)
    return Interval(back(quantity(mode.theta)), back(low), back(high))


def _expit(value: float) -> float:
    return float(1 / (1 + np.exp(-value)))


def _groups(
    entries: Entries, common: tuple[Posterior, Mode], options: BridgeOptions, *, horizon: float, centre: StepDraws
) -> tuple[tuple[GroupRate, ...], Floats]:
    """Return the groups of every column with two names or more, one of them pooled, and each entry's chance."""
    columns = [name for name in ("tactic", "origin", "segment") if len(np.unique(getattr(entries, name))) > 1]
    by = options.by if options.by != "auto" else next(iter(columns), "none")
    pooled: Pooled | None = None
    if by in columns:
        pooled = pool(entries, common, by=by, horizon=horizon, generator=stream(options.seed, f"bridge groups {by}"))
    groups: list[GroupRate] = []
    for column in columns:
        groups += pooled.groups if pooled is not None and column == by else count_groups(entries, column)
    return tuple(groups), expected(centre, entries) if pooled is None else pooled.chance


def _twin(entries: Entries, *, competing: bool) -> Twin | None:
    """Return the curve without a lag shape, from entries whose whole life was recorded."""
    usable = (entries.unseen == 0) & (~entries.moved | np.isfinite(entries.lag))
    lost_dated = entries.lost & np.isfinite(entries.lag)
    if competing:
        usable &= ~entries.lost | lost_dated
    if int(usable.sum()) < _TWIN_NEEDED or not entries.moved[usable].any():
        return None
    moved, lost = entries.moved[usable], lost_dated[usable]
    ended = moved | lost if competing else moved
    days = np.where(ended, entries.lag[usable], entries.age[usable])
    return aalen_johansen(days, moved, lost=lost) if competing else kaplan_meier(days, moved)


def _raw(entries: Entries) -> Interval:
    moved, entered = int(entries.moved.sum()), len(entries.age)
    return Interval(moved / entered, *exact_interval(moved, entered))


def _median_seen(entries: Entries) -> float:
    lags = entries.lag[entries.moved & np.isfinite(entries.lag)]
    return float(np.median(lags)) if len(lags) else 0.0


def _counts(entries: Entries) -> Counts:
    moved, lost = int(entries.moved.sum()), int(entries.lost.sum())
    rejected = sum(not reject.kept_as for reject in entries.rejects)
    return Counts(len(entries.age), moved, lost, len(entries.age) - moved - lost, rejected)


def _notes(
    stages: Stages, entries: Entries, *, centre: StepDraws, twin: tuple[Twin | None, float, float], jump: Jump | None
) -> tuple[str, ...]:
    notes = [*stages.notes, *entries.notes]
    if late := late_recording(stages, entries, centre=centre):
        notes.append(late)
    if jump is not None and jump.is_jump:
        notes.append(jump.sentence())
    counted, agrees, horizon = twin
    if not entries.moved.any():
        notes.append(f"nobody has moved to {stages.to_state} yet: the lag is what was assumed beforehand")
    elif counted is None:
        notes.append("too few entries whose whole life was recorded: no curve without a lag shape to compare with")
    elif agrees < AGREES:
        middle, low, high = counted.at(horizon)
        notes.append(
            "lag shape doesn't fit: how long it takes does not follow the curve assumed; counted without one, "
            f"{share(middle)} (90 %: {100 * low:.1f} to {100 * high:.1f}) move within {horizon:g} days "
            f"(the curve lies inside the {counted.method} band at {share(agrees, 0)} of the event times)"
        )
    return tuple(notes)


def _never_closed(stages: Stages, bank: StepDraws) -> tuple[str, ...]:
    """Return the note that losses stay open on the record, where that is as good as sure."""
    if bank.recorded is None:
        return ()
    low, middle, high = (float(edge) for edge in np.quantile(1 - bank.recorded, (0.05, 0.5, 0.95)))
    if low < _CLOSED_LATE:
        return ()
    return (never_closed(stages.from_state, stages.to_state, part=Interval(middle, low, high)),)


def _shape_matters(candidates: tuple[Candidate, ...], final: Interval | None) -> tuple[str, ...]:
    """Return the note that lag shapes which fit as well give another final rate, where they do."""
    chosen = next(candidate for candidate in candidates if candidate.is_chosen)
    if final is None:
        return ()
    others = [
        f"{other.family} {share(other.rate)}"
        for other in candidates
        if abs(other.ahead - chosen.ahead) <= TIE_NATS and not final.low <= other.rate <= final.high
    ]
    if not others:
        return ()
    first = f"the final rate depends on the lag shape: {chosen.family} gives {share(chosen.rate)}, and "
    return (f"{first}{', '.join(others)} with a fit as good; the rate within the horizon does not",)


def _manifest(stages: Stages, options: BridgeOptions) -> Manifest:
    import scipy

    versions = {"numpy": np.__version__, "scipy": scipy.__version__}
    return Manifest("bridge", stages.hash, asdict(options), options.seed, versions)
