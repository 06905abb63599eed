"""Markup as plain text: nothing is rendered, fetched or trusted, and the way through is one pass."""

from __future__ import annotations

import html
import re

LONGEST = 100_000  # characters of a post's text that are kept; own: fifty times the longest post of common venues

# Elements whose content is no text for readers, and those that begin on a line of their own.
UNREAD = frozenset({"script", "style", "template", "noscript", "iframe", "object", "svg", "head"})
BLOCKS = frozenset(
    {"p", "br", "div", "li", "ul", "ol", "blockquote", "pre", "tr", "table", "hr", "section", "article", "header", "footer"}
    | {f"h{level}" for level in range(1, 7)}
)  # fmt: skip

_NAME = re.compile(r"/?([a-zA-Z][a-zA-Z0-9:-]{0,30})")


def plain_text(markup: str) -> str:
    r"""Return the text of HTML: tags off, blocks on lines of their own, white space single, scripts and styles dropped.

    >>> plain_text("<p>from <b>750&nbsp;EUR</b></p><p>call us<script>alert(1)</script></p> a < b")
    'from 750 EUR\ncall us\na < b'
    """
    parts: list[str] = []
    at, size = 0, len(markup)
    while at < size:
        start = markup.find("<", at)
        if start < 0:
            parts.append(_words(markup[at:]))
            break
        parts.append(_words(markup[at:start]))
        sign = markup[start + 1 : start + 2]
        name = _NAME.match(markup, start + 1)
        if markup.startswith("<!--", start):
            at = _behind(markup, "-->", start + 4)
        elif name is None and sign not in {"!", "?", "/"}:
            parts.append("<")
            at = start + 1
        else:
            at = _behind(markup, ">", start)
            element = name[1].lower() if name else ""
            if element in UNREAD and sign != "/" and markup[at - 2 : at] != "/>":
                end = re.compile(f"</{element}", re.IGNORECASE).search(markup, at)
                at = size if end is None else _behind(markup, ">", end.start())
            elif element in BLOCKS:
                parts.append("\n")
    return clean("".join(parts))


def clean(text: str) -> str:
    """Return a text with single spaces, no blank lines, and no more than is kept of it."""
    lines = (" ".join(line.split()) for line in text[:LONGEST].split("\n"))
    return "\n".join(line for line in lines if line)


def _words(text: str) -> str:
    """Return the text between two tags: its line ends are spaces, its references signs."""
    return html.unescape(text.replace("\n", " ").replace("\r", " "))


def _behind(text: str, mark: str, at: int) -> int:
    """Return the place behind the next mark, the end of the text where there is none."""
    found = text.find(mark, at)
    return len(text) if found < 0 else found + len(mark)
