"""Blocks become Markdown: the second small writer, for wikis, tickets and terminals.

Pictures are their finding, their sentence and their numbers. Every text is escaped, so that nothing in a name turns
into markup, and a table stays a table.
"""

from __future__ import annotations

import re

from leadline.report import blocks, theme
from leadline.report.printable import unturned

_SPECIAL = re.compile(r"([\\`*_\[\]<>#|~$&])")
_LINE_START = re.compile(r"^(\s*)([-+=]|\d+[.)])(?=\s|$|=)")


def render_md(page: blocks.Page) -> str:
    """Return the page as Markdown."""
    lines = [f"# {escape(page.title)}", escape(page.under), f"**{escape(page.answer)}**", *map(escape, page.beside)]
    for section in page.sections:
        lines += [f"## {escape(section.question)}", escape(section.answer)]
        for block in section.blocks:
            lines += _block(block)
        if section.known_from:
            lines.append("\n".join(["How we know:", "", *(f"- {escape(text)}" for text in section.known_from)]))
    lines += ["---", escape(page.foot)]
    return "\n\n".join(line for line in lines if line) + "\n"


def escape(text: str) -> str:
    r"""Return a text that Markdown shows as it stands, on one line.

    >>> escape("a | b <script>")
    'a \\| b \\<script\\>'
    """
    flat = _SPECIAL.sub(r"\\\1", " ".join(unturned(text).split()))
    return _LINE_START.sub(r"\1\\\2", flat).replace("://", ":\u2060//")


def _block(block: blocks.Block) -> list[str]:
    match block:
        case blocks.Heading(text):
            return [f"### {escape(text)}"]
        case blocks.Sentence(text):
            return [escape(text)]
        case blocks.Picture():
            numbers = _table(block.table) if block.table else []
            return [f"**{escape(block.title)}**", escape(block.sentence), *numbers, escape(block.source)]
        case blocks.TableBlock():
            return _table(block)
        case blocks.Fixes(items):
            return ["\n".join(f"{n}. {_fix(fix)}" for n, fix in enumerate(items, start=1))]
        case blocks.FindingList(items, caption):
            listed = "\n".join(f"- {_finding(finding)}" for finding in items)
            return [f"### {escape(caption)}", listed] if caption else [listed]
        case blocks.Notes(items, title):
            listed = "\n".join(f"- {escape(text)}" for text in items)
            return [f"### {escape(title)}", listed] if title else [listed]
        case blocks.Pairs(items):
            return ["\n".join(f"- {escape(name)}: {escape(value)}" for name, value in items)]
        case blocks.Empty(what, why, step):
            return [" ".join(escape(part) for part in (what, why, step) if part)]


def _table(table: blocks.TableBlock) -> list[str]:
    heads = [escape(f"{column.name} {column.unit}".strip()) for column in table.columns]
    rule = ["---:" if column.align == "right" else "---" for column in table.columns]
    marks = table.marks or ("",) * len(table.rows)
    rows = [
        [
            f"{theme.sign(mark).glyph + ' ' if mark and not index else ''}{escape(cell)}"
            for index, cell in enumerate(row)
        ]
        for mark, row in zip(marks, table.rows, strict=True)
    ]
    lines = ["| " + " | ".join(cells) + " |" for cells in (heads, rule, *rows)]
    return [escape(table.caption), "\n".join(lines), escape(table.note)]


def _fix(fix: blocks.Fix) -> str:
    money = f" ({escape(fix.money)})" if fix.money else ""
    return f"**{escape(fix.title)}**{money} {escape(fix.text)} → {escape(fix.fix)} `{escape(fix.code)}`"


def _finding(finding: blocks.FindingView) -> str:
    said = f"{theme.sign(finding.level).glyph} {finding.level} {finding.code}: {finding.text}"
    rest = [part for part in (finding.fix and f"→ {finding.fix}", finding.waiver, finding.place, finding.money) if part]
    return escape(" ".join([said, *rest]))
