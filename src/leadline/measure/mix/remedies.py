"""What to write or to do next where a mix did not settle, or where its data contradict what was assumed."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from leadline.measure.mix.result import MixChannel, MixResult

WIDER = (
    1.5  # design, measurement section 2.13: log-sd of the prior of a second fit where the first contradicts the data
)
FEW_PLACES = 4  # own: the spread of an effect over fewer places is hardly more than its prior
LEAST = 1e-12  # own: a median of a prior is above zero
# names that YAML reads as names
PLAIN = re.compile(r"(?!(?:null|true|false|yes|no|on|off)$)[^\W\d_](?:[\w .+/&-]*[\w+])?", re.IGNORECASE)
# parameters of the carry-over and the curve of a channel, by their names in a fit
SHAPES = frozenset({"alpha", "delay", "carry shape", "carry scale", "half", "slope", "rate"})


def to_settle(result: MixResult) -> str:
    """Return what most likely lets a model settle, by the parameter that did not."""
    worst = result.convergence.worst
    whose = [
        one.name for one in result.channels if worst.startswith(f"{one.name} ") or worst.endswith(f" of {one.name}")
    ]
    channel = max(whose, key=len, default="")
    what = worst.removeprefix(f"{channel} ")
    if result.places > 1 and (what == "spread" or what.startswith("in ") or result.places <= FEW_PLACES):
        of = channel if what == "spread" or what.startswith("in ") else "a channel"
        return (
            f"{result.places} places hardly tell how unlike {of} works in them: add them up to one row a {result.grain}, or "
            "give more of them, and run it again."
        )
    if channel and what in SHAPES:
        return (
            f"The data hardly tell how {channel} works over time and amount: choose a simpler form (channels: "
            f"{{{key_of(channel)}: {{carry: none}}}} or {{saturation: none}} in mix.yaml), a narrower prior, or leave it out, and "
            "run it again."
        )
    return "Leave out channels that move together or hardly ran, or give narrower priors, and run it again."


def again(odd: Sequence[MixChannel]) -> str:
    """Return what to do where the data contradict the priors of these channels: the line to write, and to fit again."""
    return f"write {wider(odd)} in mix.yaml and fit again"


def wider(odd: Sequence[MixChannel]) -> str:
    """Return the line of a mix.yaml that gives channels wider priors, around what the data say of them.

    What stands for several channels has the same prior for each, for they are fitted as one.
    """
    said = [
        f"{key_of(name)}: {{{one.spoken.replace('-', '_')}: {{median: {max(one.posterior.p50, LEAST):.1g}, log_sd: {WIDER}}}}}"
        for one in odd
        for name in one.members or (one.name,)
    ]
    return f"priors: {{{', '.join(said)}}}"


def key_of(name: str) -> str:
    """Return a name as a key of YAML, in quotes where it would be read as something else.

    >>> key_of("Paid Search"), key_of("TV: spots, national"), key_of("2024")
    ('Paid Search', '"TV: spots, national"', '"2024"')
    """
    return name if PLAIN.fullmatch(name) else json.dumps(name, ensure_ascii=False)
