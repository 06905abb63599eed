"""A drawing without what says nothing: it looks the same and takes half the bytes.

Vega writes every attribute of every mark, groups within groups, and coordinates to the last bit. Left out are values
that hold anyway, groups that group nothing, and digits below a hundredth of a pixel.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections import Counter

DECIMALS = 2  # of coordinates: a hundredth of a pixel is seen by nobody (house)
_NUMBER = re.compile(r"-?\d*\.\d{3,}(?:e[-+]?\d+)?|-?\d+(?:\.\d+)?e[-+]?\d+", re.IGNORECASE)
_MEASURED = ("transform", "d", "x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "r", "width", "height", "stroke-width")
# Attribute → the value that holds where neither the element nor one around it says another (SVG 2, property index).
_INITIAL = {
    "opacity": "1", "fill-opacity": "1", "stroke-opacity": "1", "font-weight": "400", "text-anchor": "start",
    "stroke-width": "1", "transform": "translate(0,0)",
}  # fmt: skip
_OWN = frozenset({"opacity", "transform"})  # these two are not handed down to what is inside


def slim(root: ET.Element) -> None:
    """Take out of a drawing what changes nothing about how it looks."""
    for element in root.iter():
        for name in _MEASURED:
            if name in element.attrib:
                element.set(name, _NUMBER.sub(_short, element.attrib[name]))
    _leave_out(root, frozenset())
    _unwrap(root)
    _share_size(root)


def _short(found: re.Match[str]) -> str:
    text = f"{float(found[0]):.{DECIMALS}f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def _leave_out(element: ET.Element, said: frozenset[str]) -> None:
    """Drop values that hold anyway; said: attributes that an element around this one gives another value."""
    for name, initial in _INITIAL.items():
        if element.attrib.get(name) == initial and (name in _OWN or name not in said):
            del element.attrib[name]
    inside = said | {name for name in _INITIAL if name in element.attrib and name not in _OWN}
    for child in element:
        _leave_out(child, inside)


def _unwrap(element: ET.Element) -> None:
    """Put the parts of a group that says nothing in its place; an empty group goes."""
    parts: list[ET.Element] = []
    for child in list(element):
        _unwrap(child)
        parts += list(child) if child.tag.endswith("}g") and not child.attrib else [child]
    if parts != list(element):
        element[:] = parts


def _share_size(root: ET.Element) -> None:
    """Say the commonest size of texts once, for the whole drawing."""
    texts = [one for one in root.iter() if one.tag.endswith("}text")]
    sizes = Counter(one.attrib.get("font-size") for one in texts)
    around = any("font-size" in one.attrib for one in root.iter() if not one.tag.endswith(("}text", "}tspan")))
    if not sizes or around or None in sizes:
        return
    common = max(sorted(size for size in sizes if size), key=lambda size: sizes[size])
    root.set("font-size", common)
    for one in texts:
        if one.attrib["font-size"] == common:
            del one.attrib["font-size"]
