"""Which brands a text names: the plan's names of the own and of other companies, found as whole words."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import duckdb
import pyarrow as pa


@dataclass(frozen=True)
class Brands:
    """Finds brands in texts. names: brand (id in the plan) → the names it is spoken of by."""

    names: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @cached_property
    def _by_name(self) -> dict[str, set[str]]:
        """Return compared name → brands; two brands may share one."""
        found: dict[str, set[str]] = {}
        for brand, names in self.names.items():
            for name in filter(None, map(_compared, names)):
                found.setdefault(name, set()).add(brand)
        return found

    @cached_property
    def _pattern(self) -> re.Pattern[str] | None:
        longest = sorted(self._by_name, key=lambda name: (-len(name), name))
        return re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, longest)) + r")(?!\w)") if longest else None

    def within(self, text: str | None) -> str | None:
        """Return the brands a text names, sorted and joined by commas; None where it names none.

        >>> Brands({"competitor-n": ["Competitor N", "#cn"]}).within("competitor  n again")
        'competitor-n'
        """
        if not text or self._pattern is None:
            return None
        found = {brand for name in self._pattern.findall(_compared(text)) for brand in self._by_name[name]}
        return ",".join(sorted(found)) or None


def match_again(connection: duckdb.DuckDBPyConnection, brands: Brands) -> int:
    """Match every stored text with the plan's names as they are now; return how many posts changed.

    Where the plan has no names the posts keep what their source said.
    """
    if not brands.names:
        return 0
    rows = connection.execute("SELECT DISTINCT text FROM posts WHERE text IS NOT NULL").fetchall()
    answers = [(text, brands.within(text)) for (text,) in rows]
    columns = [pa.array([row[place] for row in answers], pa.string()) for place in (0, 1)]
    connection.register("answered", pa.Table.from_arrays(columns, ["text", "brands"]))
    changed = connection.execute(
        "SELECT count(*) FROM posts p JOIN answered a ON a.text = p.text WHERE p.brands IS DISTINCT FROM a.brands"
    ).fetchall()[0][0]
    if changed:
        connection.execute("UPDATE posts SET brands = a.brands FROM answered a WHERE a.text = posts.text")
    connection.unregister("answered")
    return int(changed)


def _compared(text: str) -> str:
    """Return a text as names are compared: case folded, single spaced."""
    return " ".join(text.casefold().split())
