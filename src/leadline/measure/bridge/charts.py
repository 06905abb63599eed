"""Vega-Lite specifications as plain data, without colours: marks carry style names that the theme fills."""

from __future__ import annotations

import numpy as np

from leadline.inputs import Floats
from leadline.measure.bridge.draws import StepDraws
from leadline.measure.bridge.twins import Twin
from leadline.measure.bridge.wording import days_words, plural

_SCHEMA = "https://vega.github.io/schema/vega-lite/v5.json"
_POINTS = 80  # points of a smooth curve; finer than a pixel at 320 px width is of no use
_TWIN_POINTS = 200  # steps of the twin that are drawn at most, for the same reason
_BEYOND = 1.25  # how far past the oldest entry the curve goes on, as "no data here" (ours)

Spec = dict[str, object]


def curve(draws: StepDraws, twin: Twin | None, *, horizon: float, oldest: float, title: tuple[str, str, str]) -> Spec:
    """Return c F(t) with 50 % and 90 % bands, the twin as steps, the horizon and the part without data.

    title: from state, to state, the finding in words
    """
    days = np.linspace(0, max(oldest, horizon) * _BEYOND, _POINTS)
    quantiles = np.quantile(draws.rate_within(days), (0.05, 0.25, 0.5, 0.75, 0.95), axis=0)
    names = ("p05", "p25", "p50", "p75", "p95")
    values = [
        {"days": float(day), **{name: float(q) for name, q in zip(names, column, strict=True)}}
        for day, column in zip(days, quantiles.T, strict=True)
    ]
    x: Spec = {
        "field": "days",
        "type": "quantitative",
        "title": f"days after becoming {title[0]}",
        "axis": {"tickCount": 6},
    }
    y_title = f"share that became {title[1]}"
    layers: list[Spec] = [
        _unknown(float(max(oldest, horizon)), float(days[-1])),
        *(_band(values, x, y_title, edges=edges) for edges in (("p05", "p95"), ("p25", "p75"))),
        {
            "data": {"values": values},
            "mark": {"type": "line", "style": "estimate"},
            "encoding": {"x": x, "y": _share_axis("p50", y_title)},
        },
        *([] if twin is None else [_steps(twin, x, y_title)]),
        {
            "data": {"values": [{"days": horizon, "label": f"observed up to {days_words(horizon)}"}]},
            "layer": [
                {"mark": {"type": "rule", "style": "mark"}, "encoding": {"x": x}},
                {
                    "mark": {"type": "text", "style": "label", "align": "right", "dx": -4, "y": 8},
                    "encoding": {"x": x, "text": {"field": "label"}},
                },
            ],
        },
    ]
    subtitle = f"share of {plural(title[0])} that became {title[1]}, by days since; steps: counted without a lag shape"
    return {
        "$schema": _SCHEMA,
        "title": {"text": title[2].split(". ")[0], "subtitle": subtitle},
        "description": title[2],
        "width": "container",
        "layer": layers,
    }


def strip_row(name: str, rate: tuple[float, ...], *, lag: tuple[float, ...], note: str) -> dict[str, object]:
    """Return one step of the funnel strip; rate and lag are (middle, p05, p95, p25, p75), share and days."""
    places = ("middle", "p05", "p95", "p25", "p75")
    row: dict[str, object] = {"step": name, "note": note}
    for kind, values in (("rate", rate), ("lag", lag)):
        row |= {f"{kind}_{place}": float(value) for place, value in zip(places, values, strict=True)}
    return row


def strip(rows: list[dict[str, object]], *, title: str) -> Spec:
    """Return rate and lag per step side by side: thin line 90 %, thick line 50 %, a mark at the middle."""
    order = [row["step"] for row in rows]
    panels = [
        _panel(
            "rate", "share that goes on within the days observed", order=order, axis={"format": ".0%", "tickCount": 5}
        ),
        _panel("lag", "median lag, days", order=order, axis={"tickCount": 5}),
    ]
    return {
        "$schema": _SCHEMA,
        "title": {"text": title, "subtitle": "thin line 90 %, thick line 50 % interval"},
        "description": title,
        "data": {"values": rows},
        "hconcat": panels,
    }


def _panel(kind: str, label: str, *, order: list[object], axis: Spec) -> Spec:
    y = {"field": "step", "type": "nominal", "sort": order, "title": None}

    def x(place: str) -> Spec:
        return {
            "field": f"{kind}_{place}",
            "type": "quantitative",
            "title": label,
            "axis": axis,
            "scale": {"zero": True},
        }

    layers: list[Spec] = [
        {
            "mark": {"type": "rule", "style": f"interval-{width}"},
            "encoding": {"y": y, "x": x(low), "x2": {"field": f"{kind}_{high}"}},
        }
        for low, high, width in (("p05", "p95", "90"), ("p25", "p75", "50"))
    ]
    layers.append({"mark": {"type": "point", "style": "estimate"}, "encoding": {"y": y, "x": x("middle")}})
    return {"layer": layers}


def _band(values: list[dict[str, float]], x: Spec, y_title: str, *, edges: tuple[str, str]) -> Spec:
    return {
        "data": {"values": values},
        "mark": {"type": "area", "style": "interval"},
        "encoding": {"x": x, "y": _share_axis(edges[0], y_title), "y2": {"field": edges[1]}},
    }


def _steps(twin: Twin, x: Spec, y_title: str) -> Spec:
    chosen = np.unique(np.linspace(0, len(twin.days) - 1, min(len(twin.days), _TWIN_POINTS)).astype(int))
    days: Floats = np.concatenate([[0.0], twin.days[chosen]])
    shares: Floats = np.concatenate([[0.0], twin.share[chosen]])
    values = [{"days": float(day), "counted": float(value)} for day, value in zip(days, shares, strict=True)]
    return {
        "data": {"values": values},
        "mark": {"type": "line", "interpolate": "step-after", "style": "observed"},
        "encoding": {"x": x, "y": _share_axis("counted", y_title)},
    }


def _unknown(start: float, end: float) -> Spec:
    return {
        "data": {"values": [{"days": start, "end": end, "label": "no data here"}]},
        "layer": [
            {
                "mark": {"type": "rect", "style": "no-data"},
                "encoding": {"x": {"field": "days", "type": "quantitative"}, "x2": {"field": "end"}},
            },
            {
                "mark": {"type": "text", "style": "label", "align": "left", "dx": 4, "y": 8},
                "encoding": {"x": {"field": "days", "type": "quantitative"}, "text": {"field": "label"}},
            },
        ],
    }


def _share_axis(field: str, title: str) -> Spec:
    return {
        "field": field,
        "type": "quantitative",
        "title": title,
        "axis": {"format": ".0%", "tickCount": 5},
        "scale": {"zero": True},
    }


def fan(days: tuple[float, ...], wins: Floats, *, target: str, title: str) -> Spec:
    """Return wins by date with 50 % and 90 % intervals; wins has shape (S, H), one column a date."""
    quantiles = np.quantile(wins, (0.05, 0.25, 0.5, 0.75, 0.95), axis=0)
    names = ("p05", "p25", "p50", "p75", "p95")
    values = [
        {"days": float(day), **{name: float(q) for name, q in zip(names, column, strict=True)}}
        for day, column in zip(days, quantiles.T, strict=True)
    ]
    x = {"field": "days", "type": "quantitative", "title": "days from now", "axis": {"tickCount": 6}}

    def y(name: str) -> Spec:
        return {"field": name, "type": "quantitative", "title": f"{target}, count", "axis": {"tickCount": 5}}

    layers: list[Spec] = [
        {
            "mark": {"type": "rule", "style": f"interval-{width}"},
            "encoding": {"x": x, "y": y(low), "y2": {"field": high}},
        }
        for low, high, width in (("p05", "p95", "90"), ("p25", "p75", "50"))
    ]
    layers.append({"mark": {"type": "point", "style": "estimate"}, "encoding": {"x": x, "y": y("p50")}})
    return {
        "$schema": _SCHEMA,
        "title": {"text": title, "subtitle": "from what is open now; thin line 90 %, thick line 50 % interval"},
        "description": title,
        "data": {"values": values},
        "width": "container",
        "layer": layers,
    }
