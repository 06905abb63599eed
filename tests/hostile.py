"""What an attacker writes wherever a text can stand: a plan, exports and names full of it, and a reader that finds harm.

Every payload holds one of the `MARKS`; a page on which one of them became markup, an address or a value shows it to
`Harm` here, and to the console of a real browser in the proofs.
"""

from __future__ import annotations

import csv
import html.parser
import io
import itertools
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

from leadline.plan.editing.shapes import HEAD, Shape, shapes_of
from leadline.plan.elements import KINDS
from leadline.plan.examples import example

PAYLOADS = (
    "<script>boom(1)</script>",
    "\"><img src=x onerror='boom(2)'>",
    "'><svg/onload=boom(3)><a href=\"javascript:boom(4)\">x</a>",
    "javascript:boom(5)",
    "{{7*7}}{% raw %}${7*7}#{7*7}<%= 7*7 %>",
    "</textarea></title></style></template></noscript><iframe srcdoc='<script>boom(6)</script>'>",
    '=HYPERLINK("http://evil.example/","boom")',
    "\u202eboom\u2066<b>\u200d\u2028\ufeff\ufffd\ue000\u0301 --> ]]> `boom` [boom](javascript:boom(7)) ![x](http://evil.example/x)",
    'x" hx-get="/plan" hx-trigger="load" style="color:red" onclick="boom(8)" \\',
    "&lt;script&gt;boom(9)&lt;/script&gt;&#x3c;img src=x&#x3e;",
)  # fmt: skip
# Keys that decide what can be computed at all: hostile in a plan where everything is, kept where all pages shall have content.
WITHOUT_BREAKS = tuple(one for one in PAYLOADS if ";" not in one)  # what is no other delimiter
TELLING = frozenset({"unit", "source", "currency", "timezone", "bound", "method", "account", "media"})
TAGS = frozenset({"iframe", "object", "embed", "base", "template", "math", "b"})
TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def payloads() -> Callable[[], str]:
    """Return what gives the next payload, each one followed by its number so that no two are the same."""
    numbers = itertools.count()
    return lambda: f"{PAYLOADS[(n := next(numbers)) % len(PAYLOADS)]} {n}"


def hostile_plan(*, whole: bool = False) -> str:
    """Return the shipped example that has every kind of element, with every text of every element hostile.

    whole: ids, references, units and currencies too, so that hardly anything can be computed
    """
    data = yaml.safe_load(example("halden-pumps"))
    said = payloads()
    _poison(data["plan"], shapes_of(HEAD), said, whole=whole)
    for prefix, kind in KINDS.items():
        value: Any = data
        for key in prefix:
            value = value[key]
        for element in value if isinstance(value, list) else [value]:
            _poison(element, shapes_of(kind), said, whole=whole)
            if whole:
                element["id"] = said()
    return yaml.safe_dump(data, allow_unicode=True, sort_keys=False, width=10_000)


def _poison(part: dict[str, Any], shapes: tuple[Shape, ...], said: Callable[[], str], *, whole: bool) -> None:
    for shape in shapes:
        value = part.get(shape.key)
        if shape.control in ("group", "rows"):
            for inside in value if isinstance(value, list) else [value]:
                if isinstance(inside, dict):
                    _poison(inside, shape.parts, said, whole=whole)
        elif shape.control in ("text", "long", "list") and not shape.choices:
            if whole or (not shape.kinds and shape.key not in TELLING):
                part[shape.key] = [said(), said()] if shape.control == "list" else said()
        elif whole and value is not None:
            part[shape.key] = said()


def ads() -> bytes:
    """Return an export of advertisements whose campaigns are called like attacks; the fourth record is rejected."""
    rows = [(f"2026-05-{n + 1:02d}", f"{one} {n}", "2.50") for n, one in enumerate(WITHOUT_BREAKS * 2)]
    rows += [(PAYLOADS[0], "=1+1", "1.00"), ("never", PAYLOADS[1], "@SUM(A1)")]
    return _csv(("Day", "Campaign", "Cost", "Currency code"), ((*row, "GBP") for row in rows))


def activities() -> bytes:
    """Return a list of activities with a hostile header and hostile cells."""
    head, *rows = _activities()
    return _csv(head, rows)


def workbook() -> bytes:
    """Return lists of activities on sheets whose names are attacks too."""
    import xlsxwriter

    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        for name in ("<script>boom(1)<", "><img src=x onerror=boom(2)>", "\u202eboom {{7.7}}"):
            sheet = book.add_worksheet(name)
            for number, row in enumerate(_activities()):
                sheet.write_row(number, 0, [cell.replace("1200", f"12{len(name)}") for cell in row])
    return out.getvalue()


def _activities() -> list[tuple[str, ...]]:
    rows = [(f"{one} {n}", "2026-05-01", "2026-06-01", "1200 EUR", one) for n, one in enumerate(WITHOUT_BREAKS)]
    return [("Activity", "Start", "End", "Budget", f"Notes {PAYLOADS[1]}"), *rows]


def unknown() -> bytes:
    """Return a table that nobody knows, for which a mapping is drafted of hostile column names."""
    return _csv(WITHOUT_BREAKS, [WITHOUT_BREAKS, [*WITHOUT_BREAKS[1:], "1"]])


KEPT_NAMES = re.compile(
    r"(?i)stage|status|pipeline|currency|type|device|network|event_name|^key$|lifecycle|method|format|state$"
)
PLAIN = re.compile(
    r"[\W\d_]*|[A-Z]{3}|\S+@\S+|.*\d{1,4}[-/.: ]\d{1,2}.*|[0-9a-f-]{16,}|true|false|yes|no|[A-Za-z]{1,3}\d+\S*",
    re.DOTALL,
)


def poisoned(file: Path, *, whole: bool) -> bytes:
    """Return an export in which every text is an attack: cells of a table, values of JSON.

    whole: what decides how a record is read too (stages, states, kinds of events), so that hardly one is taken
    """
    raw, said = file.read_bytes(), itertools.count()
    codec = (
        "utf-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig" if raw[:3] == b"\xef\xbb\xbf" else "utf-8"
    )
    try:
        text = raw.decode(codec)
    except UnicodeDecodeError:
        text, codec = raw.decode("cp1252"), "utf-8"

    def attack(key: str, value: str) -> str:
        if PLAIN.fullmatch(value) or (not whole and KEPT_NAMES.search(key)):
            return value
        return f"{WITHOUT_BREAKS[(n := next(said)) % len(WITHOUT_BREAKS)]} {n}"

    def walked(key: str, value: Any) -> Any:
        if isinstance(value, dict):
            return {name: walked(name, one) for name, one in value.items()}
        if isinstance(value, list):
            return [walked(key, one) for one in value]
        return attack(key, value) if isinstance(value, str) else value

    if file.suffix == ".jsonl":
        lines = text.rstrip("\n").split("\n")
        whole_lines = (walked("", json.loads(line)) for line in lines if line.endswith("}"))
        return "".join(json.dumps(one) + "\n" for one in whole_lines).encode(codec)
    if file.suffix == ".json":
        return json.dumps(walked("", json.loads(text))).encode(codec)
    delimiter = "\t" if text.count("\t") > text.count(",") else ","
    rows = list(csv.reader(io.StringIO(text), delimiter=delimiter))
    head = next(n for n, row in enumerate(rows) if len(row) == max(map(len, rows)))
    for row in rows[head + 1 :]:
        row[:] = [attack(name, cell) for name, cell in zip(rows[head], row, strict=False)]
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows(rows)
    return out.getvalue().encode(codec)


def _csv(head: Any, rows: Any) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows([head, *rows])
    return out.getvalue().encode()


class Harm(html.parser.HTMLParser):
    """Reads a page as a browser does and notes what of it is not ours, and where its links and forms lead."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.links: set[str] = set()
        self.forms: list[dict[str, Any]] = []
        self._typed = False
        self.feed(text)
        if "49" in text and "boom" in text and "{{7*7}}" not in text and "$49" in text:
            self.found.append("a template was evaluated")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self.found += [f"<{tag} {name}>" for name in values if name.startswith("on") or name in ("style", "srcdoc")]
        if tag in TAGS or (tag == "script" and not values.get("src", "").startswith("/static/")):
            self.found.append(f"<{tag}> {values}")
        if tag == "img" and not values.get("src", "").startswith("/static/"):
            self.found.append(f"<img> {values}")
        for name in ("href", "src", "action", "formaction", "hx-get", "hx-post", "xlink:href", "hx-sse:connect"):
            if name in values and not self._is_own(values[name]):
                self.found.append(f"<{tag} {name}={values[name]}>")
        if tag == "a" and "href" in values:
            self.links.add(values["href"].partition("#")[0])
        if tag == "form":
            self.forms.append({"action": values.get("action", ""), "method": values.get("method", "get"), "fields": {}})
        if tag in ("input", "select", "textarea", "button") and self.forms and values.get("name"):
            self.forms[-1]["fields"].setdefault(values["name"], values.get("value", ""))

        self._typed = tag in ("textarea", "option")

    def handle_endtag(self, tag: str) -> None:
        self._typed = self._typed and tag not in ("textarea", "option")

    def handle_data(self, data: str) -> None:
        if not self._typed and (turned := TURNING.intersection(data)):
            self.found.append(f"the words beside a name are turned by {turned!a}")

    @staticmethod
    def _is_own(address: str) -> bool:
        parts = urlsplit(address)
        return not parts.scheme and not parts.netloc


def cells_of(text: str) -> Iterator[str]:
    """Yield every cell of a table as a spreadsheet reads it."""
    for row in csv.reader(io.StringIO(text.lstrip("\ufeff"))):
        yield from row
