"""The tables of docs/method/mix-calibration.md, from the sums that the calibration runs left beside it.

PYTHONPATH=docs python -m generating.calibration
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from generating.markdown import grid

METHOD = Path(__file__).resolve().parents[1] / "method"
PAGE, SUMS = METHOD / "mix-calibration.md", METHOD / "mix-calibration.json"
BEGIN, END = "<!-- from mix-calibration.json: begin -->", "<!-- end -->"
NAMES = {
    "drawn, one place": "drawn from the model: one place, three channels, mixed families",
    "drawn, places": "drawn from the model: six places, two channels",
    "drawn, heavy tails": "drawn from the model: one place, two channels, heavy tails",
    "national": "own generator, national",
    "national, fixed": "own generator, national, returns fixed",
    "geo": "own generator, 40 places",
    "geo, 12 places": "own generator, 12 places",
    "small-business": "PyMC Labs, small business",
    "campaigns": "siMMMulator",
    "simple": "lightweight_mmm",
    "example": "PyMC-Marketing, example",
}


def written(page: str, sums: Mapping[str, Any]) -> str:
    """Return the page with its tables made anew."""
    before, rest = page.split(BEGIN)
    after = rest.split(END, 1)[1]
    return f"{before}{BEGIN}\n\n{tables(sums)}\n\n{END}{after}"


def tables(sums: Mapping[str, Any]) -> str:
    """Return the tables: intervals of every kind of data set, ranks of those drawn from the model, intervals by channel."""
    cells = sums["cells"]
    held = grid(
        ["data sets", "sets", "settled", "all channels", "number given", "number given, no conflict said", "all media, error"],
        [
            (NAMES[name], one["sets"], one["settled"], _held(one["all"]), _held(one["told"]), _held(one["plain"]),
             f"{one['media error']:+.3f} ± {one['media error se']:.3f}")
            for name, one in cells.items()
        ],
    )  # fmt: skip
    ranked = grid(
        ["data sets", "numbers ranked", "least p", "least p after Holm", "outside the band"],
        [
            (NAMES[name], len(one["ranks"]), *_least(one["ranks"]), ", ".join(_outside(one["ranks"])) or "none")
            for name, one in cells.items()
            if one["ranks"]
        ],
    )
    channels = grid(
        ["data sets", "channel", "intervals that held"],
        [(NAMES[name], channel, _held(of)) for name, one in cells.items() for channel, of in one["channels"].items()],
    )
    return f"{held}\n\n### Ranks\n\n{ranked}\n\n### By channel\n\n{channels}"


def _held(found: Mapping[str, Any]) -> str:
    if not found["count"]:
        return "none given"
    low, high = 100 * found["low"], 100 * found["high"]
    return f"{found['hits']} of {found['count']}: {100 * found['share']:.0f} % ({low:.0f} to {high:.0f})"


def _least(ranks: Mapping[str, Any]) -> tuple[str, str]:
    name = min(ranks, key=lambda one: ranks[one]["p"])
    return f"{ranks[name]['p']:.3f} ({name})", f"{ranks[name]['holm']:.2f}"


def _outside(ranks: Mapping[str, Any]) -> list[str]:
    return [name for name, one in ranks.items() if not one["inside"]]


if __name__ == "__main__":
    text = written(PAGE.read_text(encoding="utf-8"), json.loads(SUMS.read_text(encoding="utf-8")))
    PAGE.write_text(text, encoding="utf-8")
