"""Example plans that ship with the program: three made-up organisations, and one real funnel with aims of our own.

Each is a whole plan with honest faults in it, to read, to check and to begin from.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files

from leadline.errors import UsageError

EXAMPLES: Mapping[str, str] = {
    "halden-pumps": "a manufacturer sells a monitoring subscription to plants (B2B, EUR)",
    "olist": "a marketplace wins sellers; real public funnel, aims and money are illustrative (B2B, BRL)",
    "safe-harbour-reading": "a literacy charity: donors, tutors and children, run by an agency (USD)",
    "tidewater-cycles": "two bicycle shops and a web shop (GBP)",
}
"""Name of each example → what it is about."""


def example(name: str) -> str:
    """Return the text of an example plan; raises UsageError with the known names."""
    if name not in EXAMPLES:
        raise UsageError.unknown("example", name, known=EXAMPLES)
    return files(__name__).joinpath(f"{name}.yaml").read_text(encoding="utf-8")
