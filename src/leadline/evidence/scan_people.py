"""Who stands in a scanned file: each distinct identifier is made a pseudonym once, and joined to the records by its cell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from leadline.evidence.rows import Seen
from leadline.evidence.scan_cells import LINE
from leadline.evidence.scan_values import Value, Values
from leadline.evidence.sources.mapped_rows import identifier_of
from leadline.evidence.sources.mapping import IDENTIFIERS
from leadline.evidence.sources.values import LONGEST_NULL, BadValue
from leadline.evidence.staging import RECORD

SEEN = {
    "kind": pa.string(), "value": pa.string(), "node": pa.int64(), "verified": pa.bool_(), "role": pa.bool_(),
    "system": pa.string(), "account": pa.int64(), "domain": pa.string(), "plain": pa.bool_(),
}  # fmt: skip
_TYPES = ("VARCHAR", "VARCHAR", "BIGINT", "BOOLEAN", "BOOLEAN", "VARCHAR", "BIGINT", "VARCHAR", "BOOLEAN")
OPAQUE = frozenset(IDENTIFIERS) - {"crm", "email", "phone"}  # kinds whose texts mean nothing but themselves
NOBODY = (None,) * (len(SEEN) - 1)


@dataclass(frozen=True)
class Named:
    """One column of identifiers: where its cells stand, and the table with who they are."""

    place: str
    table: str

    @property
    def join(self) -> str:
        """Return the join of the records with who they name."""
        return f"LEFT JOIN {self.table} ON {self.table}.raw = r.{self.place}"


@dataclass(frozen=True)
class People:
    """The identifiers of an entry, strongest first."""

    values: Values
    columns: tuple[Named, ...]

    def node(self) -> Value:
        """Return the node of the strongest identifier of a record; one that names nobody makes the record odd."""
        nodes = ", ".join(f"{one.table}.node" for one in self.columns)
        plain = " AND ".join(f"(r.{one.place} IS NULL OR {one.table}.plain)" for one in self.columns)
        text = f"coalesce({nodes})" if self.columns else "CAST(NULL AS BIGINT)"
        return Value(text, plain or "TRUE", tuple(one.join for one in self.columns))

    def store(self, moments: str, import_id: str, *, reason: str) -> None:
        """Write identities, accounts of their companies and links of the records that were taken.

        moments: the query of line, cells and moment of those records · reason: of the links
        """
        execute = self.values.connection.execute
        for one in self.columns:
            execute(
                f"""INSERT INTO identities BY NAME
                SELECT kind, value, node, verified, role, system, account, first_seen, last_seen, {RECORD}, $import_id AS import_id
                FROM {one.table} JOIN (
                  SELECT {one.place} AS raw, min(moment) AS first_seen, max(moment) AS last_seen, min({LINE}) AS {RECORD}
                  FROM ({moments}) GROUP BY {one.place}
                ) m USING (raw) WHERE node IS NOT NULL""",
                {"import_id": import_id},
            )
            execute(
                f"""INSERT INTO accounts BY NAME
                SELECT DISTINCT 'domain' AS source, domain AS source_key, account, domain, $import_id AS import_id, 0 AS {RECORD}
                FROM {one.table} SEMI JOIN identities USING (node) WHERE domain IS NOT NULL AND account IS NOT NULL""",
                {"import_id": import_id},
            )
        self._links(moments, import_id, reason)

    def _links(self, moments: str, import_id: str, reason: str) -> None:
        """Link the strongest identifier of each record with its others, once for each pair."""
        pairs = []
        for at, one in enumerate(self.columns):
            stronger = "".join(
                f" AND NOT EXISTS (SELECT 1 FROM {other.table} WHERE {other.table}.raw = r.{other.place} AND {other.table}.node IS NOT NULL)"
                for other in self.columns[:at]
            )
            pairs += [
                f"SELECT {one.table}.node AS x, {other.table}.node AS y, r.{LINE} FROM ({moments}) r {one.join} {other.join} "
                f"WHERE {one.table}.node <> {other.table}.node{stronger}"
                for other in self.columns[at + 1 :]
            ]
        if not pairs:
            return
        self.values.connection.execute(
            f"""INSERT INTO links BY NAME
            SELECT a || '-' || b || '-exact' AS link_id, a, b, 'exact' AS method, 1.0 AS weight, $reason AS reason, $source AS source,
              a || '-' || b AS source_key, $import_id AS import_id, {LINE}, {LINE} AS {RECORD}
            FROM (SELECT least(x, y) AS a, greatest(x, y) AS b, min({LINE}) AS {LINE} FROM ({" UNION ALL ".join(pairs)}) GROUP BY ALL)""",
            {"import_id": import_id, "reason": reason, "source": self.values.maker.source},
        )


def name_people(values: Values) -> People:
    """Return who stands in the identifier columns of an entry: every distinct cell is asked once."""
    columns = []
    for kind in sorted(values.entry.identifiers, key=IDENTIFIERS.index):
        place = values.cells.places[values.entry.identifiers[kind]]
        table = f"who{next(values.numbers)}"
        fields = ", ".join(f"{name} {type_}" for name, type_ in zip(SEEN, _TYPES, strict=True))
        values.connection.execute(f"CREATE TABLE {table} (raw {values.cells.types[place]}, {fields})")
        for batch in values.distinct((place,)):
            _name(values, kind, batch.column(0), table=table)
        columns.append(Named(place, table))
    return People(values, tuple(columns))


def _name(values: Values, kind: str, cells: pa.Array, *, table: str) -> None:
    """Put into a table whom each cell names: most by far are texts in their normal form, the rest is asked one by one."""
    if kind in OPAQUE and not values.maker.forgotten and pa.types.is_string(cells.type):
        told = _are_plain(cells)
        plain = cells.filter(told)
        pseudonyms, nodes = values.maker.pseudonyms.of_many(kind, plain.to_pylist())
        batch = pa.table([plain, pseudonyms, nodes], names=["raw", "value", "node"])
        values.connection.register("batch", batch)
        values.connection.execute(
            f"INSERT INTO {table} BY NAME SELECT raw, $kind AS kind, value, node, FALSE AS verified, FALSE AS role, '' AS system, TRUE AS plain FROM batch",
            {"kind": kind},
        )
        values.connection.unregister("batch")
        cells = cells.filter(pc.invert(told))
    rest = [cell for cell in cells.to_pylist() if cell is not None]
    if rest:
        found = [_seen(values, kind, cell) for cell in rest]
        arrays = [pa.array(one, type_) for one, type_ in zip(zip(*found, strict=True), SEEN.values(), strict=True)]
        values.connection.register("batch", pa.table([pa.array(rest), *arrays], names=["raw", *SEEN]))
        values.connection.execute(f"INSERT INTO {table} SELECT * FROM batch")
        values.connection.unregister("batch")


def _seen(values: Values, kind: str, cell: object) -> Sequence[object]:
    """Return whom a cell names as `identities` knows it, and whether that can be told without looking at the record."""
    try:
        identifier = identifier_of(kind, cell)
    except BadValue:
        return (*NOBODY, False)
    if identifier is None:
        return (*NOBODY, True)
    node = values.maker.node(identifier, None)
    if node is None:
        return (*NOBODY, False)
    one: Seen = values.maker.seen.pop()[0]
    return (one.kind, one.value, one.node, one.verified, one.role, one.system, one.account, one.domain, True)


def _are_plain(cells: pa.StringArray) -> pa.BooleanArray:
    """Return which cells are texts in their normal form for sure: visible ASCII, and too long to say that nothing is known."""
    visible = pc.match_substring_regex(cells, f"^[!-~]{{{LONGEST_NULL + 1},}}$")
    return pc.fill_null(visible, fill_value=False)
