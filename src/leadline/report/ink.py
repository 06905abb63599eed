"""How the maps put letters and numbers on the sheet, and names into Mermaid text."""

from __future__ import annotations

import xml.etree.ElementTree as ET

from leadline.report.theme import SMALLEST_TEXT, colour


def letter(parent: ET.Element, at: tuple[float, float], *, words: str, fill: str, weight: int = 400, anchor: str = "start") -> None:  # fmt: skip
    """Write a line of text with its middle at a height in px; fill: a colour token."""
    # A third of an em below the middle puts the x-height of every named face on it; baselines differ between renderers.
    attributes = {"x": px(at[0]), "y": px(at[1] + SMALLEST_TEXT * 0.35), "fill": colour(fill)}
    if weight != 400:
        attributes["font-weight"] = str(weight)
    if anchor != "start":
        attributes["text-anchor"] = anchor
    ET.SubElement(parent, "text", attributes).text = words


def linked(parent: ET.Element, address: str) -> ET.Element:
    """Return where to draw something that leads to an address: inside a link, or where there is none in the parent."""
    return ET.SubElement(parent, "a", {"href": address}) if address else parent


def px(number: float) -> str:
    """Return a length as a drawing holds it: at most two decimals.

    >>> px(12.0), px(0.125)
    ('12', '0.12')
    """
    return f"{number:.2f}".rstrip("0").rstrip(".")


def quoted(text: str) -> str:
    """Return a text as Mermaid holds it inside quotes: its own entity form for every sign that could end or open one."""
    flat = " ".join(text.split())
    return "".join(sign if sign.isalnum() or sign in " .,:%()+-–/'→?!" else f"#{ord(sign)};" for sign in flat)
