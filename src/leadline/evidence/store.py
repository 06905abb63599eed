"""The warehouse as the rest of the program sees it: ask a question, get a table.

`open_store` picks the engine by the url; everything else works on any engine.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from leadline.errors import MissingExtra, UsageError
from leadline.evidence import dialect
from leadline.workspace import Workspace

if TYPE_CHECKING:
    import pyarrow as pa


class Store(Protocol):
    """A warehouse of the canonical tables."""

    def ask(self, query: str, **params: object) -> pa.Table:
        """Return the answer of a named query, or of SQL text, as an arrow table; parameters are bound."""
        ...

    def snapshot(self) -> str:
        """Return a text that changes with every commit; "" for a warehouse without any import."""
        ...

    def exists(self) -> bool:
        """Return whether anything was ever imported."""
        ...

    def close(self) -> None:
        """Let go of everything the store holds."""
        ...


def open_store(url: str | Path | Workspace) -> Store:
    """Return the store of a workspace, a file, or a url such as `duckdb:evidence/warehouse.duckdb`.

    Raises MissingExtra for an engine that is not there, UsageError for an unknown one.
    """
    from leadline.evidence.duckdb import DuckStore  # the command line starts without the engine

    if isinstance(url, Workspace):
        return DuckStore(url.warehouse, lock=url.lock)
    if isinstance(url, Path):
        return DuckStore(url)
    engine, _, rest = url.partition(":")
    if engine == "duckdb" and rest:
        return DuckStore(Path(rest))
    if engine == "spark":
        raise MissingExtra.needed(f"The warehouse {url}", "spark", alternative="use duckdb:evidence/warehouse.duckdb")
    raise UsageError.unknown("engine", engine, known=["duckdb", "spark"])


def query_names() -> tuple[str, ...]:
    """Return the names of all named queries, sorted."""
    return tuple(sorted(file.name[:-4] for file in _queries().iterdir() if file.name.endswith(".sql")))


def query_text(name: str) -> str:
    """Return the text of a named query as it is written; UsageError names the known ones."""
    file = _queries() / f"{name}.sql"
    if not file.is_file():
        raise UsageError.unknown("query", name, known=query_names())
    return file.read_text(encoding="utf-8").strip().rstrip(";")


def prepare(query: str, params: Mapping[str, object]) -> tuple[str, dict[str, object]]:
    """Return the engine's text of a query and exactly the parameters it uses.

    A text with white space is SQL, anything else the name of a query. Raises UsageError for a missing parameter.
    """
    written = query if any(sign.isspace() for sign in query.strip()) else query_text(query.strip())
    text, names = dialect.bind(dialect.expand(dialect.include(written, query_text)))
    missing = [name for name in names if name not in params]
    if missing:
        given = ", ".join(sorted(params)) or "none"
        raise UsageError(
            f"The query {query.split(maxsplit=1)[0]!r} needs {', '.join(missing)}; given: {given}. Pass them by name."
        )
    return text, {name: params[name] for name in names}


def _queries() -> Traversable:
    return resources.files("leadline.evidence") / "queries"
