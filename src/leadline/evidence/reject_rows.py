"""The rejects of an import in the warehouse: a hundred thousand of them are written, or marked as mended, at once.

The exclusive lock is held meanwhile, so nothing here takes a statement per row.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from leadline.evidence import schema
from leadline.evidence.privacy import unsigned
from leadline.evidence.sources.records import Reject

if TYPE_CHECKING:
    import duckdb

LEAST_KEY = 8  # signs of a post's key that stands in no other record by chance; own: venues' ids have ten and more


def write(connection: duckdb.DuckDBPyConnection, rejects: Sequence[Reject], *, import_id: str) -> None:
    """Write the rejects of an import, inside the open transaction."""
    import pyarrow as pa

    if not rejects:
        return
    rows = [
        (import_id, one.line, one.column, one.reason, unsigned(one.text), one.raw, one.part, None) for one in rejects
    ]
    types = [pa.int64() if column.type == "BIGINT" else pa.string() for column in schema.REJECTS.columns]
    arrays = [pa.array(values, type_) for values, type_ in zip(zip(*rows, strict=True), types, strict=True)]
    connection.register("refused", pa.Table.from_arrays(arrays, list(schema.REJECTS.names)))
    connection.execute("INSERT INTO rejects SELECT * FROM refused")
    connection.unregister("refused")


def empty_deleted(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Empty the rejects that hold a post which its author has deleted; return the imports whose rejects changed.

    Inside the open transaction, after this import's rejects were written. The rows stay, so that their count does.
    """
    # A join of words and keys takes a hundred thousand rejects at once, where looking for each key in each would not.
    gone = connection.execute(
        """WITH words AS (
             SELECT rowid AS place, unnest(regexp_split_to_array(replace(raw, '\\/', '/'), '[",;<>[:space:]]+')) AS word
             FROM rejects WHERE mended_by IS NULL
           )
           UPDATE rejects SET raw = '', text = 'of a post that its author deleted' WHERE rowid IN (
             SELECT w.place FROM words w JOIN posts p ON p.source_key = w.word WHERE p.deleted_at IS NOT NULL AND length(w.word) >= $least
           ) RETURNING import_id""",
        {"least": LEAST_KEY},
    ).fetchall()
    return sorted({str(row[0]) for row in gone})


def settle(
    connection: duckdb.DuckDBPyConnection,
    lines: Iterable[int],
    *,
    owner: str,
    mended_by: str,
    rejects: Sequence[Reject],
) -> None:
    """Let mended records leave the rejects of their import, inside the open transaction; the others go, to be written anew.

    lines: of the records that came back · owner: the import whose rejects they are · mended_by: the one that takes them
    rejects: what is still wrong with some of them
    """
    import pyarrow as pa

    wrong = {one.line for one in rejects}
    came = list(lines)
    told = {"line": pa.array(came, pa.int64()), "is_wrong": pa.array([line in wrong for line in came], pa.bool_())}
    connection.register("came_back", pa.table(told))
    mine = "import_id = $owner AND mended_by IS NULL AND line IN (SELECT line FROM came_back WHERE {})"
    connection.execute(f"DELETE FROM rejects WHERE {mine.format('is_wrong')}", {"owner": owner})
    connection.execute(
        f"UPDATE rejects SET mended_by = $mended_by WHERE {mine.format('NOT is_wrong')}",
        {"owner": owner, "mended_by": mended_by},
    )
    connection.unregister("came_back")
