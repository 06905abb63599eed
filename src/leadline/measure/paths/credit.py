"""`credit_paths` and `compare_credits`: journeys in, credits out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version

import numpy as np

from leadline.errors import UsageError
from leadline.inputs import Floats, Manifest, Paths, Touches
from leadline.measure.paths.compare import Comparison
from leadline.measure.paths.counts import count_transitions, tally
from leadline.measure.paths.journeys import build_journeys
from leadline.measure.paths.markov import removal_effects, shared_out
from leadline.measure.paths.options import MODELS, PLANNED, RATE_MODELS, SPLIT_MODELS, PathOptions, check_model
from leadline.measure.paths.order import choose_order
from leadline.measure.paths.resample import resampled_groups, resampled_markov, resampled_nulls, resampled_rules
from leadline.measure.paths.result import FEW_CONVERSIONS, Credits
from leadline.measure.paths.rules import credit_by_rule, direct_channels, touch_weights
from leadline.measure.paths.shaping import checked, containing, merged_repeats, pooled
from leadline.measure.paths.shapley import by_position, count_sets, credit_by_sets

DEFAULTS = PathOptions()
WITHOUT_NULLS = (
    "These paths tell nothing of journeys without conversion, so removal effects are relative to converters only."
)


@dataclass(frozen=True)
class Ready:
    """Journeys as the models take them: all of them, and those that convert."""

    paths: Paths
    converting: Paths
    support: Floats
    input_hash: str
    options: PathOptions


def credit_paths(paths: Paths | Touches, model: str, *, options: PathOptions = DEFAULTS) -> Credits:
    """Return what `model` credits to each channel; unknown and unfinished models are refused by name.

    Raises `UsageError` (model, or an input the model cannot use), `InputError` (wrong data, every
    problem listed), `NothingDone` (no conversions in these paths).
    """
    check_model(model)
    return _credits(_ready(paths, options), [model])[0]


def compare_credits(paths: Paths | Touches, options: PathOptions = DEFAULTS) -> Comparison:
    """Return the credits of every model that the input allows, side by side; the notes name the rest."""
    ready = _ready(paths, options)
    possible, refused = [], [f"{name}: not built yet, {reason}." for name, reason in PLANNED.items()]
    for model in MODELS:
        reason = _reason_against(ready, model)
        if reason:
            refused.append(f"{model}: {reason}")
        else:
            possible.append(model)
    return Comparison(tuple(_credits(ready, possible)), tuple(refused))


def _reason_against(ready: Ready, model: str) -> str:
    if model == "time-decay":
        try:
            touch_weights(ready.converting, model, options=ready.options)
        except UsageError as error:
            return str(error)
    return ""


def _ready(given: Paths | Touches, options: PathOptions) -> Ready:
    paths = build_journeys(given, options) if isinstance(given, Touches) else given
    paths = checked(paths)
    input_hash = paths.hash
    if options.collapse_repeats:
        paths = merged_repeats(paths)
    if options.min_cell > 1:
        paths = pooled(paths, options.min_cell)
    converting = paths.take(np.flatnonzero(paths.conversions > 0))
    return Ready(paths, converting, containing(converting, converting.conversions), input_hash, options)


def _credits(ready: Ready, models: Sequence[str]) -> list[Credits]:
    """Return the credits of the models in their order; all rules share their replicates."""
    rules = [model for model in models if model != "markov" and model not in RATE_MODELS]
    found = dict(zip(rules, _rule_credits(ready, rules), strict=True)) if rules else {}
    if "markov" in models:
        found["markov"] = _markov_credits(ready)
    rates = [model for model in models if model in RATE_MODELS]
    found |= dict(zip(rates, _rate_credits(ready, rates), strict=True)) if rates else {}
    return [found[model] for model in models]


def _rule_credits(ready: Ready, models: Sequence[str]) -> list[Credits]:
    weights = [touch_weights(ready.converting, model, options=ready.options) for model in models]
    results = []
    for model, shares in zip(models, weights, strict=True):
        conversions, value = credit_by_rule(ready.converting, shares)
        positions = by_position(ready.converting, shares) if model in SPLIT_MODELS[1:] else None
        results.append(replace(_filled(ready, model, conversions, value), by_position=positions))
    if not ready.options.bootstrap:
        return results
    draws, value_draws = resampled_rules(
        ready.converting, weights, replicates=ready.options.bootstrap, seed=ready.options.seed
    )
    return [
        replace(result, conversion_draws=draws[:, index], value_draws=value_draws[:, index])
        for index, result in enumerate(results)
    ]


def _rate_credits(ready: Ready, models: Sequence[str]) -> list[Credits]:
    """Return the credits of the Shapley games on conversion rates; all share the counts by set."""
    paths, options = ready.paths, ready.options
    counts, group = count_sets(paths)
    value = tally(group, paths.value, size=len(counts.member))
    results = [
        _filled(ready, model, *credit_by_sets(counts, value, model=model, seed=options.seed)) for model in models
    ]
    if not options.bootstrap:
        return results
    size, converting = len(counts.member), group[paths.conversions > 0]
    again, worth = resampled_groups(
        ready.converting, converting, size=size, replicates=options.bootstrap, seed=options.seed
    )
    nulls = resampled_nulls(paths, group, size=size, replicates=options.bootstrap, seed=options.seed)
    drawn = replace(counts, conversions=again.T, nulls=nulls.T)
    replicates = [credit_by_sets(drawn, worth.T, model=model, seed=options.seed) for model in models]
    return [
        replace(result, conversion_draws=draws.T, value_draws=value_draws.T)
        for result, (draws, value_draws) in zip(results, replicates, strict=True)
    ]


def _markov_credits(ready: Ready) -> Credits:
    options, notes = ready.options, []
    if options.order == "auto":
        choice = choose_order(ready.paths)
        order = choice.order
        notes.append(choice.sentence())
    else:
        order = options.order
    longest = int(ready.paths.lengths.max())
    if order >= longest > 1:
        notes.append(
            f"Order {order} is no less than the longest path ({longest} touches): "
            "a removal effect is then the share of conversions whose path contains the channel."
        )
    if not ready.paths.has_nulls:
        notes.append(WITHOUT_NULLS)
    counts = count_transitions(ready.paths, order)
    effects = removal_effects(counts)
    result = _filled(
        ready,
        "markov",
        shared_out(effects.conversions, ready.converting.conversions.sum()),
        shared_out(np.nan_to_num(effects.value), ready.converting.value.sum()),
    )
    result = replace(
        result,
        order=order,
        removal_effect=effects.conversions,
        removal_effect_value=effects.value,
        notes=(*result.notes, *notes),
    )
    if not options.bootstrap:
        return result
    draws, value_draws = resampled_markov(ready.converting, counts, replicates=options.bootstrap, seed=options.seed)
    return replace(result, conversion_draws=draws, value_draws=value_draws)


def _filled(ready: Ready, model: str, conversions: Floats, value: Floats) -> Credits:
    """Return the credits with everything beside the numbers that all models share."""
    paths, options = ready.paths, ready.options
    attributed, worth = float(ready.converting.conversions.sum()), float(ready.converting.value.sum())
    journeys = attributed + float(paths.nulls.sum())
    return Credits(
        model=model,
        channels=paths.channels,
        conversions=conversions,
        value=value,
        support=ready.support,
        total_conversions=attributed + paths.empty_conversions,
        total_value=worth + paths.empty_value,
        unattributed_conversions=paths.empty_conversions,
        unattributed_value=paths.empty_value,
        open_journeys=paths.open_journeys,
        base_rate=attributed / journeys if paths.has_nulls else None,
        notes=_notes(ready, model),
        manifest=Manifest(
            "paths",
            ready.input_hash,
            {"model": model, **options.listed()},
            options.seed,
            {"leadline": version("leadline"), "numpy": np.__version__},
        ),
    )


def _notes(ready: Ready, model: str) -> tuple[str, ...]:
    paths, notes = ready.paths, list(ready.paths.notes)
    few = [name for name, seen in zip(paths.channels, ready.support, strict=True) if seen < FEW_CONVERSIONS]
    if few:
        notes.append(f"Fewer than {FEW_CONVERSIONS} conversions in their paths: {', '.join(sorted(few))}.")
    if model in RATE_MODELS and not paths.has_nulls:
        notes.append("These paths tell nothing of journeys without conversion, so every rate is 1 where it was seen.")
    if paths.empty_conversions:
        notes.append(
            f"{paths.empty_conversions:g} conversions had no touch in the window before them; they stand in the line unattributed."
        )
    if paths.open_journeys:
        notes.append(f"{paths.open_journeys:g} journeys are younger than the window: neither converted nor null.")
    if model == "last-non-direct" and not direct_channels(paths.channels).any():
        notes.append('No channel is called "direct", so last-non-direct equals last.')
    return tuple(notes)
