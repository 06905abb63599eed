"""Pages, tables and texts in Markdown; the first paragraph of a docstring."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

MADE = "*Written by `make docs` from the code; change the code, not this page.*"


def page(title: str, *parts: str) -> str:
    """Return a page: its title, where it comes from, its parts."""
    return "\n\n".join([f"# {title}", MADE, *(part.strip("\n") for part in parts if part)]) + "\n"


def grid(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a Markdown table; cells may hold `|` and line ends."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(_cell(cell) for cell in line) + " |" for line in lines)


def _cell(value: object) -> str:
    return " ".join(str(value).split()).replace("|", "\\|")


def first_paragraph(text: str) -> str:
    """Return the first paragraph of a docstring in one line."""
    return " ".join(text.split("\n\n", maxsplit=1)[0].split())


def plain_number(value: object) -> str:
    """Return a number without needless digits."""
    return f"{value:g}" if isinstance(value, float) else str(value)
