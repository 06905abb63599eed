"""Response curves as a Vega-Lite specification: what each amount that can be turned brings from nothing to twice as much."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from leadline.measure.mix.charts import NARROW_UNDER, SCHEMA, WIDE, Spec, amounts_axis
from leadline.measure.mix.result import MixChannel, MixResult, Quantity
from leadline.measure.mix.scenario import Lever, levers
from leadline.measure.mix.wording import amount, is_shown, ordered

COLUMNS = 3  # small pictures beside each other; house
HEIGHT = 150  # px; house
NEXT = 0.05  # own: of the amount, one step of the curve's points either way


def _all(_: str) -> bool:
    return True


def curves(result: MixResult, *, width: float = WIDE, may_recommend: Callable[[str], bool] = _all) -> Spec:
    """Return what can be turned brings at 0 to 2 times what was spent, on one scale; beyond what was seen it is marked.

    may_recommend: whether more money may be recommended for a channel, such as that of a `Validity`
    """
    drawn = levers(result)
    narrow = width < NARROW_UNDER
    each = (width - 74) if narrow else (width - 46 - 40 * COLUMNS) / COLUMNS
    ends = (min((float(one.curve.low.min()) for one in drawn), default=0.0), highest(drawn))
    unit = "" if result.contribution_unit == "money" else f", {result.contribution_unit}"
    columns = 1 if narrow else COLUMNS
    parts = [
        _curve(one, ends, f"brought{unit}" if at % columns == 0 else "", width=each) for at, one in enumerate(drawn)
    ]
    under = "by the amount, times what it was; band: 90 %; dashed: as it was; grey: no data here"
    return {
        "$schema": SCHEMA, "title": {"text": _title(result, may_recommend), "subtitle": under},
        "description": " ".join(_words(result, one) for one in drawn) or "No curve can be told.",
        "columns": columns, "spacing": 22, "concat": parts,
    }  # fmt: skip


def highest(drawn: Sequence[Lever]) -> float:
    """Return where the scale of curves ends that are drawn beside each other."""
    return max((float(one.curve.high.max()) for one in drawn), default=1.0)


def bent(result: MixResult) -> list[MixChannel]:
    """Return the channels that have a curve of their own, most brought first; none where nothing settled."""
    if not result.convergence.converged:
        return []
    return [one for one in ordered(result) if is_shown(one) and one.curve is not None]


def hardest(
    drawn: Sequence[MixChannel], may_recommend: Callable[[str], bool] = _all, *, beside: Sequence[Lever] = ()
) -> tuple[MixChannel | None, bool]:
    """Return the channel whose next money brings most in the middle, and whether that is clear.

    Only channels that the data decide, and for which more may be recommended, are compared: clear takes two of them at the
    least, and no interval of any channel drawn, whatever it leans on, that reaches into its own; nor that of a set of channels
    told only together. beside: what can be turned, such sets among it
    """
    paid = [(one, one.marginal_roi) for one in drawn if one.marginal_roi is not None]
    known = [(one, of_next) for one, of_next in paid if one.is_identified and may_recommend(one.name)]
    if not known:
        return None, False
    best, own = max(known, key=lambda pair: pair[1].p50)
    others = [of_next for one, of_next in paid if one is not best]
    others += [
        _of_next(lever) for lever in beside if len(lever.members) > 1 and lever.spend and len(lever.folded.weights)
    ]
    return best, len(known) > 1 and all(other.p95 < own.p05 for other in others)


def _of_next(lever: Lever) -> Quantity:
    """Return what the next money brings for money, from the change on both sides of the amount as it was."""
    return Quantity.of((lever.at(1 + NEXT) - lever.at(1 - NEXT)) / (2 * NEXT * (lever.spend or 1.0)))


def _title(result: MixResult, may_recommend: Callable[[str], bool]) -> str:
    best, is_ahead = hardest(bent(result), may_recommend, beside=levers(result))
    if best is None:
        return "What more or less would bring"
    return (
        f"The next money works hardest in {best.name}"
        if is_ahead
        else "Where the next money works hardest can't be told yet"
    )


def _words(result: MixResult, one: Lever) -> str:
    """Return what was brought and what twice as much would bring; what was brought as everywhere else, from all draws."""
    curve = one.curve
    twice = Quantity(0.0, float(curve.low[-1]), float(curve.middle[-1]), float(curve.high[-1]))
    return f"{one.name}: {amount(result, one.brought)} as it was, {amount(result, twice)} at twice as much."


def _curve(one: Lever, ends: tuple[float, float], label: str, *, width: float) -> Spec:
    curve = one.curve
    columns = zip(curve.multiple, curve.low, curve.middle, curve.high, strict=True)
    values = [{"multiple": float(m), "p05": float(a), "p50": float(b), "p95": float(c)} for m, a, b, c in columns]
    x: Spec = {"field": "multiple", "type": "quantitative", "title": None, "axis": {"values": [0, 1, 2], "labelExpr": "format(datum.value, '.0f') + '×'"},
               "scale": {"domain": [0, 2]}}  # fmt: skip
    y: Spec = {"type": "quantitative", "title": label or None, "axis": amounts_axis(4),
               "scale": {"domain": [min(ends[0], 0.0), ends[1]]}}  # fmt: skip
    end = float(curve.multiple[-1])
    layers: list[Spec] = [
        {"mark": {"type": "area", "style": "interval"}, "encoding": {"x": x, "y": {**y, "field": "p05"}, "y2": {"field": "p95"}}},
        {"mark": {"type": "line", "style": "estimate"}, "encoding": {"x": x, "y": {**y, "field": "p50"}}},
        {"data": {"values": [{"multiple": 1.0}]}, "mark": {"type": "rule", "style": "mark"}, "encoding": {"x": x}},
    ]  # fmt: skip
    if curve.seen_to < end:
        beyond = {"multiple": curve.seen_to, "end": end}
        layers.insert(0, {"data": {"values": [beyond]}, "mark": {"type": "rect", "style": "no-data"},
                          "encoding": {"x": x, "x2": {"field": "end"}}})  # fmt: skip
    return {"title": {"text": one.name, "fontSize": 13, "fontWeight": 400}, "width": width, "height": HEIGHT,
            "data": {"values": values}, "layer": layers}  # fmt: skip
