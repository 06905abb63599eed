"""A plain Vega-Lite specification becomes an SVG that may stand in a page under a strict content policy.

The specification gets its theme here and nowhere else. After drawing, only known elements and attributes are let
through, style attributes are gone, and colours are references to tokens, so one drawing follows light and dark.
"""

from __future__ import annotations

import copy
import hashlib
import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from typing import Any

from leadline.report import theme
from leadline.report.slimming import slim
from leadline.words import NARROW_NO_BREAK_SPACE

SVG = "http://www.w3.org/2000/svg"
# The Vega-Lite the specifications are written for; one of those vl-convert carries.
VEGA_LITE = "6.4"

_ELEMENTS = frozenset(
    {"svg", "g", "a", "path", "line", "rect", "circle", "text", "tspan", "title", "desc", "defs", "clipPath"}
)
_ATTRIBUTES = frozenset({
    "viewBox", "width", "height", "x", "y", "x1", "x2", "y1", "y2", "dx", "dy", "cx", "cy", "r", "rx", "ry", "d",
    "transform", "fill", "fill-opacity", "stroke", "stroke-width", "stroke-opacity", "stroke-dasharray", "opacity",
    "stroke-linecap", "stroke-linejoin", "stroke-miterlimit", "text-anchor", "dominant-baseline", "font-size",
    "font-weight", "font-style", "font-family", "clip-path", "id", "class", "role", "paint-order",
    "aria-labelledby", "aria-label",
})  # fmt: skip
# No attribute may name a place to load from or a script; a reference to a part of the drawing itself may stay.
_FOREIGN = re.compile(r"(?i)javascript:|url\((?!#)|https?:")
_INNER_ONLY = frozenset({"role", "class", "aria-label", "aria-labelledby"})
# A link leads to a page of the same site: a path from its root, without query, back-slash or host.
_LINK = re.compile(r"/(?:[A-Za-z0-9%._~:-]+/?)*")
_ID = re.compile(r"d[0-9a-f]{10}-[a-z0-9]+")
# A drawing this long is none of ours: the largest map of the examples has a fifth of it (house).
LONGEST = 5_000_000
_NUMBERS = {"decimal": ".", "thousands": NARROW_NO_BREAK_SPACE, "grouping": [3], "currency": ["", ""], "percent": NARROW_NO_BREAK_SPACE + "%"}  # fmt: skip

Spec = Mapping[str, Any]


def draw(spec: Spec, *, title: str = "", description: str = "", live: bool = True) -> str:
    """Draw a specification as one SVG element, the same bytes for the same specification.

    title, description: the finding and its text alternative; taken from the specification where not given
    live: colours as `var(--token)` for pages; False keeps light values, for files that stand alone
    """
    plain = copy.deepcopy(dict(spec))
    title = title or _text(plain.pop("title", ""))
    description = description or _text(plain.pop("description", ""))
    for key in ("title", "description"):
        plain.pop(key, None)
    return finish(_convert(themed(plain)), title=title, description=description, live=live)


def themed(spec: Spec) -> dict[str, Any]:
    """Return the specification with the theme under its own configuration, which wins where it says something."""
    result = dict(spec)
    result["$schema"] = "https://vega.github.io/schema/vega-lite/v6.json"
    result["config"] = _merge(theme.chart_config(), result.get("config") or {})
    result.setdefault("padding", 4)
    return result


def finish(svg: str, *, title: str, description: str, live: bool) -> str:
    """Let only known parts of a drawing through, name it for readers who do not see it, and bind its colours.

    Ids are derived from the content, so that drawings can share a page and bytes stay equal from run to run.
    """
    ET.register_namespace("", SVG)
    root = ET.fromstring(svg)  # noqa: S314 (our own drawing, never a file from outside)
    key = "d" + hashlib.sha256(f"{title}\n{description}\n{_without_ids(svg)}".encode()).hexdigest()[:10]
    _clean(root, live=live)
    slim(root)
    _name(root, key, title, description)
    _renumber(root, key)
    text = ET.tostring(root, encoding="unicode")
    return theme.live(text) if live else text


def verified(svg: str) -> str:
    """Return a finished drawing that was read from a file, unchanged; raises ValueError for any that `finish` did not make.

    What `finish` lets through is safe in a page, and letting it through again changes nothing: so a drawing in which
    anything would be taken away was written by somebody else, whoever that may be, and is not shown.
    """
    if len(svg) > LONGEST or "<!" in svg or "<?" in svg:
        raise ValueError("a kept drawing is too long, or declares what ours never do")
    ET.register_namespace("", SVG)
    try:
        root = ET.fromstring(svg)  # noqa: S314 (without declarations, so without entities)
    except ET.ParseError as error:
        raise ValueError(f"a kept drawing is not whole: {error}") from None
    _clean(root, live=True)
    is_ours = root.tag == f"{{{SVG}}}svg" and all(
        _ID.fullmatch(one.get("id", "d" + "0" * 10 + "-t")) for one in root.iter()
    )
    if not is_ours or ET.tostring(root, encoding="unicode") != svg:
        raise ValueError("a kept drawing holds what Leadline does not draw")
    return svg


def standing_alone(svg: str) -> str:
    """Return a drawing (light values) as a file of its own, on the panel's ground."""
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + _on_panel(svg) + "\n"


def png(svg: str, *, scale: float = 2.0) -> bytes:
    """Return a stand-alone drawing (light values) as PNG; scale: pixels of the picture per px of the drawing."""
    import vl_convert

    return bytes(vl_convert.svg_to_png(_on_panel(svg), scale=scale))


def pdf(svg: str) -> bytes:
    """Return a stand-alone drawing (light values) as a PDF of one page."""
    import vl_convert

    return bytes(vl_convert.svg_to_pdf(_on_panel(svg)))


def _on_panel(svg: str) -> str:
    """Return the drawing on the light panel: a picture without ground is unreadable in a dark viewer."""
    opened = svg.index(">", svg.index("<svg")) + 1
    return f'{svg[:opened]}<rect width="100%" height="100%" fill="{theme.colour("panel")}"/>{svg[opened:]}'


def _convert(spec: dict[str, Any]) -> str:
    import vl_convert

    return str(vl_convert.vegalite_to_svg(spec, vl_version=VEGA_LITE, format_locale=_NUMBERS, allowed_base_urls=[]))


def _merge(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    result = dict(under)
    for key, value in over.items():
        below = result.get(key)
        result[key] = _merge(below, value) if isinstance(below, Mapping) and isinstance(value, Mapping) else value
    return result


def _text(title: object) -> str:
    """Return the words of a Vega-Lite title, which may be a text, a list of lines, or a mapping with `text`."""
    if isinstance(title, Mapping):
        title = title.get("text", "")
    if isinstance(title, (list, tuple)):
        return " ".join(str(part) for part in title)
    return str(title or "")


def _clean(element: ET.Element, *, live: bool, inner: bool = False) -> None:
    for name in list(element.attrib):
        unwanted = name not in _ATTRIBUTES or (inner and name in _INNER_ONLY) or (live and name == "font-family")
        if _is_link(element, name):
            continue
        if unwanted or _FOREIGN.search(element.attrib[name]):
            del element.attrib[name]
    for child in list(element):
        if child.tag.removeprefix(f"{{{SVG}}}") not in _ELEMENTS or _is_void(child):
            element.remove(child)
        else:
            _clean(child, live=live, inner=True)


def _is_link(element: ET.Element, name: str) -> bool:
    is_address = name == "href" and element.tag.removeprefix(f"{{{SVG}}}") == "a"
    return is_address and _LINK.fullmatch(element.attrib[name]) is not None


def _is_void(element: ET.Element) -> bool:
    """Say whether Vega left an element that draws nothing: group backgrounds and foregrounds without paint."""
    if element.attrib.get("display") == "none":
        return True
    is_frame = element.attrib.get("class") in {"background", "foreground"}
    return is_frame and element.attrib.get("stroke") is None and element.attrib.get("fill") is None


def _name(root: ET.Element, key: str, title: str, description: str) -> None:
    root.attrib.pop("class", None)
    # What is a picture to a reading program has no parts; with links in it, it is a group of them.
    root.set("role", "img" if next(root.iter(f"{{{SVG}}}a"), None) is None else "group")
    root.set("aria-labelledby", f"{key}-t {key}-d" if description else f"{key}-t")
    for position, (tag, text) in enumerate((("title", title), ("desc", description))):
        if text or tag == "title":
            part = ET.Element(f"{{{SVG}}}{tag}", {"id": f"{key}-{tag[0]}"})
            part.text = text or "Picture"
            root.insert(position, part)


def _renumber(root: ET.Element, key: str) -> None:
    named = [item for item in root.iter() if "id" in item.attrib and not item.attrib["id"].startswith(key)]
    new = {item.attrib["id"]: f"{key}-{number}" for number, item in enumerate(named)}
    for item in root.iter():
        if item.attrib.get("id") in new:
            item.set("id", new[item.attrib["id"]])
        reference = re.fullmatch(r"url\(#(.+)\)", item.attrib.get("clip-path", ""))
        if reference:
            item.set("clip-path", f"url(#{new.get(reference[1], reference[1])})")


def _without_ids(svg: str) -> str:
    return re.sub(r'(?:id="|url\(#)[^")]*', "", svg)


def fingerprint(spec: Spec) -> str:
    """Return a short hash of a specification, the same for equal content whatever the order of keys."""
    return hashlib.sha256(json.dumps(spec, sort_keys=True, default=str).encode()).hexdigest()[:16]
