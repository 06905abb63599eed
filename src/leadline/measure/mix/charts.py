"""Vega-Lite specifications of a mix as plain data, without colours: marks carry style names that the theme fills.

Only what can be told is drawn: a channel without a number of its own stands in the set it can be told in.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from leadline.inputs import Floats
from leadline.measure.mix.result import MixChannel, MixResult, Quantity, named
from leadline.measure.mix.wording import (
    amount,
    contributions,
    decimal_words,
    is_shown,
    known_words,
    nothing_told,
    ordered,
    share_words,
    untold,
)
from leadline.words import probability, probability_word

SCHEMA = "https://vega.github.io/schema/vega-lite/v5.json"
WIDE = 680  # px; house: the width of a page's pictures
NARROW_UNDER = 480  # px; style.md 2.2: below, names stand above what they name
ROW, NARROW_ROW = 34, 58  # px of one channel; house
SERIES_HEIGHT, STRIP_HEIGHT = 220, 56  # px; house

Spec = dict[str, object]
Row = dict[str, object]


@dataclass(frozen=True)
class Line:
    """One line of a picture: a channel with a number of its own, or a set of channels that can be told together.

    said: how it is known, "" by the data · draws: of what it brought, (S,), or None where none are kept · prior: of the same
    number as `roi`, None where it speaks of another
    """

    name: str
    members: tuple[str, ...]
    roi: Quantity | None
    contribution: Quantity
    spend: float | None
    prior: Quantity | None
    said: str
    draws: Floats | None

    @property
    def is_assumed(self) -> bool:
        """Whether the data say something of it, and what was assumed the rest."""
        return len(self.members) == 1 and bool(self.said)


def lines(result: MixResult) -> list[Line]:
    """Return what can be told, most brought first: channels, and the sets of those that cannot be told alone."""
    if not result.convergence.converged:
        return []
    found = [_own(result, one) for one in ordered(result) if is_shown(one) and one.kind != "driver"]
    seen: set[frozenset[str]] = set()
    for one in untold(result):
        if one.told is not None and frozenset(one.told.channels) not in seen:
            seen.add(frozenset(one.told.channels))
            spends = [result.channel(name).spend for name in one.told.channels]
            spend = sum(one for one in spends if one is not None) if None not in spends else None
            found.append(
                Line(" + ".join(one.told.channels), one.told.channels, one.told.roi, one.told.contribution, spend, None,
                     "only together", _draws(result, one.told.channels))
            )  # fmt: skip
    return sorted(found, key=lambda one: (-one.contribution.p50, one.name))


def additive(result: MixResult) -> list[Line]:
    """Return the lines that may be added up: no set that shares a member with a channel shown or with another set."""
    told = lines(result)
    return [
        one for one in told
        if len(one.members) == 1 or not any(set(one.members) & set(other.members) for other in told if other is not one)
    ]  # fmt: skip


def _own(result: MixResult, one: MixChannel) -> Line:
    said = "" if one.is_identified else known_words(one, result.grain)
    prior = one.prior if one.spoken == "roi" else None
    return Line(one.name, (one.name,), one.roi, one.contribution, one.spend, prior, said, _draws(result, (one.name,)))


def _draws(result: MixResult, members: Sequence[str]) -> Floats | None:
    drawn = contributions(result, members)
    return None if drawn is None else np.asarray(drawn.sum(axis=1))


def returns(result: MixResult, *, width: float = WIDE) -> Spec:
    """Return money back per money spent with 50 % and 90 % intervals, what was assumed behind it; without spend what was brought."""
    told = lines(result)
    is_return = any(one.roi is not None for one in told)
    rows = [_interval_row(one, result, is_return=is_return) for one in told if not is_return or one.roi is not None]
    unit = "" if result.currency in {"", "money"} else f", {result.currency} a {result.currency}"
    label = f"back for each 1 spent{unit}" if is_return else f"brought, {result.contribution_unit}"
    title = _returns_title(result, told, is_return=is_return)
    under = "line: 90 %, thick: 50 %, dot: the middle" + ("; pale: assumed beforehand, 90 %" if is_return else "")
    narrow = width < NARROW_UNDER
    most = max((float(str(row["p95"])) for row in rows), default=1.0)
    least = min((float(str(row["p05"])) for row in rows), default=0.0)
    x: Spec = {"type": "quantitative", "title": label, "axis": {"tickCount": 6, "grid": True, "orient": "top"},
         "scale": {"domain": [min(0.0, least), 1.06 * most], "nice": False}}  # fmt: skip
    y: Spec = {"field": "row", "type": "nominal", "sort": [row["row"] for row in rows], "title": None,
         "axis": None if narrow else {"labelLimit": 170, "ticks": False, "domain": False, "grid": False}}  # fmt: skip
    layers = _interval_layers(x, y, narrow=narrow)
    if is_return and most >= 1:
        layers.insert(0, _at_one(x))
    return _spec(
        title, under, "; ".join(str(row["line"]) for row in rows) + ".", width=_inner(width, narrow), height=(NARROW_ROW if narrow else ROW) * max(len(rows), 1),
        data={"values": rows}, layer=layers,
    )  # fmt: skip


def _interval_row(one: Line, result: MixResult, *, is_return: bool) -> Row:
    shown = one.roi if is_return and one.roi is not None else one.contribution
    by = (one.spend or 1.0) if is_return and one.roi is not None else 1.0
    half = (None, None) if one.draws is None else tuple(float(q) for q in np.quantile(one.draws / by, (0.25, 0.75)))
    middle, low, high = decimal_words(shown)
    words = f"{middle} ({low}–{high})" if is_return else amount(result, shown)
    words += f", {one.said}" if one.said else ""
    row: Row = {"row": one.name, "p05": shown.p05, "p25": half[0], "p50": shown.p50, "p75": half[1], "p95": shown.p95}
    row |= {"words": words, "line": f"{one.name}: {words}"}
    prior = one.prior if is_return else None
    return row | {"prior_p05": None if prior is None else prior.p05, "prior_p95": None if prior is None else prior.p95}


def _interval_layers(x: Spec, y: Spec, *, narrow: bool) -> list[Spec]:
    def across(field: str) -> Spec:
        return {**x, "field": field}

    def layer(mark: Spec, low: str, *, high: str | None = None) -> Spec:
        ends: Spec = {} if high is None else {"x2": {"field": high}}
        return {"mark": {**mark, "clip": True}, "encoding": {"y": y, "x": across(low), **ends}}

    layers = [
        layer({"type": "bar", "style": "band", "height": 14}, "prior_p05", high="prior_p95"),
        layer({"type": "rule", "style": "observed", "strokeWidth": 1.5}, "p05", high="p95"),
        layer({"type": "rule", "style": "observed", "strokeWidth": 5}, "p25", high="p75"),
        layer({"type": "point", "style": "estimate", "size": 70}, "p50"),
    ]
    text: Spec = {"type": "text", "style": "label", "align": "left"}
    if narrow:
        layers.append({"mark": {**text, "x": 0, "dy": -21}, "encoding": {"y": y, "text": {"field": "line"}}})
    else:
        layers.append(
            {"mark": {**text, "x": {"expr": "width"}, "dx": 8}, "encoding": {"y": y, "text": {"field": "words"}}}
        )
    return layers


def _at_one(x: Spec) -> Spec:
    return {
        "data": {"values": [{"one": 1.0}]},
        "mark": {"type": "rule", "style": "counterfactual"},
        "encoding": {"x": {**x, "field": "one"}},
    }


def _returns_title(result: MixResult, told: Sequence[Line], *, is_return: bool) -> str:
    """Return the finding: whether the best comes back, with its interval; nothing of a number that was partly assumed."""
    if not told:
        return "No channel can be told from these data"
    known = [one for one in told if not one.is_assumed]
    if not known:
        return "The number of every channel leans on what was assumed"
    paid = [(one, one.roi) for one in known if one.roi is not None]
    if not is_return or not paid:
        return _most_title(result, known)
    sure = [one.name for one, roi in paid if not one.said and roi.p05 >= 1]
    if sure:
        return f"More comes back than was spent: {named(sure)}"
    first, roi = paid[0]
    _, low, high = decimal_words(roi)
    return f"For {first.name} between {low} and {high} comes back for each 1 spent"


def _most_title(result: MixResult, known: Sequence[Line]) -> str:
    """Return which of the lines that the data tell brought most, and how sure that is; what it brought where it is alone."""
    alone = {one.name for one in additive(result)}
    apart = [one for one in known if one.name in alone] or known[:1]
    drawn = [one.draws for one in apart if one.draws is not None]
    first = apart[0]
    if len(apart) == 1 or len(drawn) < len(apart):
        return f"{first.name} brought {amount(result, first.contribution)}"
    p = float((np.argmax(drawn, axis=0) == 0).mean())
    return f"{first.name} brought most: {probability_word(p)} ({probability(p)})"


def parts(result: MixResult) -> list[tuple[str, Floats]]:
    """Return what each channel brought by step, (T,), those that cannot be told added up; most first."""
    names = [one.name for one in result.channels if one.kind != "driver"]
    series = dict(zip(names, result.series.contributions, strict=True))
    found = [(one.name, series[one.name]) for one in ordered(result) if is_shown(one) and one.name in series]
    hidden = [one.name for one in untold(result) if one.name in series]
    if hidden:
        found.append((f"{named(hidden)}, not told apart" if len(hidden) > 1 else f"{hidden[0]}, mostly assumed",
                      np.sum([series[name] for name in hidden], axis=0)))  # fmt: skip
    return found


def decomposition(result: MixResult, *, width: float = WIDE) -> Spec:
    """Return the outcome without marketing over time, what was observed, and below what each channel added, on one scale."""
    inner = width - 74
    days = _days(result)
    base = [
        {"day": day, "low": low, "baseline": middle, "high": high, "observed": seen}
        for day, low, middle, high, seen in zip(days, *(_plain(one) for one in (*result.series.baseline, result.series.observed)), strict=True)
    ]  # fmt: skip
    strips = parts(result)
    most = max((float(one.max()) for _, one in strips), default=1.0)
    least = min(0.0, *(float(one.min()) for _, one in strips)) if strips else 0.0
    y: Spec = {"type": "quantitative", "axis": amounts_axis(5), "title": result.kpi}
    first: Spec = {
        "title": _small("observed: dark · without marketing: blue, 90 %", width),
        "width": inner, "height": SERIES_HEIGHT, "data": {"values": base},
        "layer": [
            {"mark": {"type": "area", "style": "interval"}, "encoding": {"x": _time(), "y": {**y, "field": "low"}, "y2": {"field": "high"}}},
            {"mark": {"type": "line", "style": "estimate"}, "encoding": {"x": _time(), "y": {**y, "field": "baseline"}}},
            {"mark": {"type": "line", "style": "observed"}, "encoding": {"x": _time(), "y": {**y, "field": "observed"}}},
        ],
    }  # fmt: skip
    below: list[Spec] = [
        {
            "title": _small(name, width), "width": inner, "height": STRIP_HEIGHT,
            "data": {"values": [{"day": day, "added": float(value)} for day, value in zip(days, added, strict=True)]},
            "mark": {"type": "area", "style": "band", "fillOpacity": 0.6, "interpolate": "step"},
            "encoding": {"x": _time(labels=False), "y": {"field": "added", "type": "quantitative", "title": None,
                         "scale": {"domain": [least, most]}, "axis": amounts_axis(2)}},
        }
        for name, added in strips
    ]  # fmt: skip
    return {
        "$schema": SCHEMA, "title": {"text": _parts_title(result),
        "subtitle": "below: what each channel added, its mean, on one scale"},
        "description": decomposition_words(result), "spacing": 12, "vconcat": [first, *below],
    }  # fmt: skip


def _parts_title(result: MixResult) -> str:
    if not result.all_told:
        return f"How much of {result.kpi} marketing made can't be told"
    return f"Marketing made {share_words(result.media_share)} of {result.kpi}"


def decomposition_words(result: MixResult) -> str:
    """Return how much of the outcome would have come without marketing, and what the channels added; or that nobody can know."""
    if not result.all_told:
        return nothing_told(result)
    without = amount(result, result.baseline)
    added = [f"{one.name} {amount(result, one.contribution)}" for one in additive(result)]
    said = f"; {named(added)} on top" if added else ""
    return f"Without marketing it would have been {without}{said}."


def fit(result: MixResult, *, width: float = WIDE) -> Spec:
    """Return what was observed against what the model expects, with the 90 % interval of single steps."""
    series = result.series
    columns = (*series.predicted, series.fitted[1], series.observed)
    values = [
        {"day": day, "low": low, "high": high, "fitted": middle, "observed": seen}
        for day, low, _, high, middle, seen in zip(_days(result), *(_plain(one) for one in columns), strict=True)
    ]
    y: Spec = {
        "type": "quantitative",
        "scale": {"zero": False},
        "axis": amounts_axis(5),
        "title": result.kpi,
    }
    inside = in_interval(result)
    title = f"{inside[0]} of {inside[1]} {result.grain}s lie inside the model's 90 % interval"
    return _spec(
        title, "observed: dark · expected: blue, with the interval of a single step; the axis does not begin at zero",
        f"{title}; 90 % of them should. These {result.grain}s were used to fit it: only {result.grain}s kept apart can test it.",
        width=width - 74, height=SERIES_HEIGHT, data={"values": values},
        layer=[
            {"mark": {"type": "area", "style": "interval"}, "encoding": {"x": _time(), "y": {**y, "field": "low"}, "y2": {"field": "high"}}},
            {"mark": {"type": "line", "style": "estimate"}, "encoding": {"x": _time(), "y": {**y, "field": "fitted"}}},
            {"mark": {"type": "line", "style": "observed"}, "encoding": {"x": _time(), "y": {**y, "field": "observed"}}},
        ],
    )  # fmt: skip


def in_interval(result: MixResult) -> tuple[int, int]:
    """Return how many observed steps lie inside the 90 % interval of single steps, and of how many."""
    seen = np.isfinite(result.series.observed)
    low, _, high = result.series.predicted
    inside = (result.series.observed >= low) & (result.series.observed <= high)
    return int((inside & seen).sum()), int(seen.sum())


def amounts_axis(ticks: int) -> Spec:
    """Return an axis of amounts: thousands as k, millions as M, zero bare."""
    return {"tickCount": ticks, "format": "~s", "labelExpr": "datum.value == 0 ? '0' : datum.label"}


def _days(result: MixResult) -> list[str]:
    return [str(day) for day in result.series.time.astype("datetime64[D]")]


def _plain(values: Iterable[float]) -> list[float | None]:
    return [float(one) if np.isfinite(one) else None for one in values]


def _time(*, labels: bool = True) -> Spec:
    return {
        "field": "day",
        "type": "temporal",
        "title": None,
        "axis": {"tickCount": 6, "labels": labels, "ticks": labels, "domain": labels},
    }


def _small(text: str, width: float) -> Spec:
    return {"text": text, "fontSize": 13, "fontWeight": 400, "limit": width - 16}


def _inner(width: float, narrow: bool) -> float:  # noqa: FBT001 - how wide the drawing may be
    return width - 12 if narrow else width - 370


def _spec(title: str, under: str, description: str, **rest: object) -> Spec:
    return {"$schema": SCHEMA, "title": {"text": title, "subtitle": under}, "description": description, **rest}
