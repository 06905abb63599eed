"""The warehouse as the rest of the program sees it: ask a question, get a table.

`open_store` picks the engine by the url; everything else works on any engine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from urllib.parse import parse_qs, urlsplit

from leadline.errors import UsageError
from leadline.evidence import dialect
from leadline.settings import read_settings
from leadline.workspace import Workspace

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa


@dataclass(frozen=True)
class Reach:
    """What a commit may look at, beside the small tables, which it always sees whole.

    staging: the file whose rows it merges · earlier: imports whose rows it may remove · whole: every fact (new rules)
    An engine that holds everything at hand need not ask; one that has to fetch it fetches no more than this.
    """

    staging: Path | None = None
    earlier: tuple[str, ...] = ()
    whole: bool = False


class Store(Protocol):
    """A warehouse of the canonical tables, as it is asked."""

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


class Warehouse(Store, Protocol):
    """A store that can be written."""

    @property
    def path(self) -> Path:
        """Return the file that every commit writes or replaces."""
        ...

    def sitting(self) -> AbstractContextManager[Store]:
        """Give a store for half a dozen questions about one state of the warehouse. Raises WarehouseError as `ask` does."""
        ...

    def writing(self, reach: Reach) -> AbstractContextManager[duckdb.DuckDBPyConnection]:
        """Give a connection in which the canonical tables hold what a commit reaches; committed is what its transaction is.

        The caller holds the workspace's lock. The warehouse is made where there is none.
        """
        ...


def open_store(url: str | Path | Workspace, *, patience: float | None = None, engine: str | None = None) -> Warehouse:
    """Return the store of a workspace, as `engine` in its leadline.toml says, of a file, or of a url.

    Urls: `duckdb:evidence/warehouse.duckdb`, `spark:evidence/lake`, `spark://host:port?lake=/mnt/lake`; a workspace's are
    seen from its folder. patience: seconds to wait for a file that somebody else holds · engine: what leadline.toml says, where it is known
    Nothing is opened or started yet. Raises UsageError for an unknown engine.
    """
    if isinstance(url, Workspace):
        chosen = engine or read_settings(url.settings).engine
        if chosen == "duckdb":
            return _file(url.warehouse, lock=url.lock, patience=patience)
        return _lake(chosen, home=url.folder, scratch=url.staging)
    if isinstance(url, Path):
        return _file(url, patience=patience)
    kind, _, rest = url.partition(":")
    if kind == "duckdb" and rest:
        return _file(Path(rest), patience=patience)
    if kind == "spark" and rest:
        return _lake(url, home=Path(), scratch=None)
    raise UsageError.unknown("engine", kind, known=["duckdb", "spark"])


def _file(path: Path, *, lock: Path | None = None, patience: float | None) -> Warehouse:
    from leadline.evidence.duckdb import PATIENCE_SECONDS, DuckStore  # the command line starts without the engine

    return DuckStore(path, lock=lock, patience=PATIENCE_SECONDS if patience is None else patience)


def _lake(url: str, *, home: Path, scratch: Path | None) -> Warehouse:
    """Return the store of `spark:FOLDER` or `spark://HOST:PORT?lake=FOLDER`, the folder seen from `home`."""
    from leadline.evidence.lake import Lake
    from leadline.evidence.spark import SparkStore

    parts = urlsplit(url)
    if not parts.netloc:
        return SparkStore(Lake(home / url.partition(":")[2]), scratch=scratch)
    folder = parse_qs(parts.query).get("lake", [""])[0]
    if not folder:
        raise UsageError(
            f'The url "{url}" does not say where the lake is. Write spark://HOST:PORT?lake=FOLDER, a folder that every '
            "machine of the cluster sees under that path."
        )
    return SparkStore(Lake(home / folder), f"spark://{parts.netloc}", scratch)


@contextmanager
def sitting(store: Warehouse) -> Iterator[Store]:
    """Give a store for several questions, also where there is no warehouse yet: that one says so itself."""
    if not store.exists():
        yield store
        return
    with store.sitting() as asked:
        yield asked


def query_names() -> tuple[str, ...]:
    """Return the names of all named queries, sorted."""
    return tuple(sorted(file.name[:-4] for file in _queries().iterdir() if file.name.endswith(".sql")))


def query_text(name: str) -> str:
    """Return the text of a named query as it is written; UsageError names the known ones."""
    file = _queries() / f"{name}.sql"
    if not file.is_file():
        raise UsageError.unknown("query", name, known=query_names())
    return file.read_text(encoding="utf-8").strip().rstrip(";")


def prepare(
    query: str,
    params: Mapping[str, object],
    *,
    verbs: Mapping[str, dialect.Verb] = dialect.DUCKDB,
    spelled: Callable[[str], str] = "${}".format,
) -> tuple[str, dict[str, object]]:
    """Return the engine's text of a query and exactly the parameters it uses.

    A text with white space is SQL, anything else the name of a query. verbs, spelled: the engine's words, and how it
    writes a parameter. Raises UsageError for a missing parameter.
    """
    text, names = dialect.bind(dialect.expand(whole_text(query), verbs), spelled)
    missing = [name for name in names if name not in params]
    if missing:
        given = ", ".join(sorted(params)) or "none"
        raise UsageError(
            f"The query {query.split(maxsplit=1)[0]!r} needs {', '.join(missing)}; given: {given}. Pass them by name."
        )
    return text, {name: params[name] for name in names}


def whole_text(query: str) -> str:
    """Return the text of a query, named or written out, with the queries that it includes."""
    written = query if any(sign.isspace() for sign in query.strip()) else query_text(query.strip())
    return dialect.include(written, query_text)


def _queries() -> Traversable:
    return resources.files("leadline.evidence") / "queries"
