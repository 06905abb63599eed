"""Who is one person, computed inside the warehouse: identities and links in, `people` out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from leadline.evidence import merging
from leadline.evidence.identity import Identifiers, join

if TYPE_CHECKING:
    import duckdb

    from leadline.evidence.duckdb import DuckStore

STALE = "SELECT value FROM meta WHERE key = 'people'"


def marked(connection: duckdb.DuckDBPyConnection) -> bool:
    """Return whether people wait to be computed, inside the open transaction."""
    return bool(connection.execute(STALE).fetchall())


def are_stale(store: DuckStore) -> bool:
    """Return whether people wait to be computed: an import left it to a later one."""
    return store.exists() and bool(store.ask(STALE).num_rows)


def mark(connection: duckdb.DuckDBPyConnection, *, stale: bool) -> None:
    """Note whether people wait to be computed. Where they waited, computing them makes another snapshot."""
    waited = marked(connection)
    connection.execute("DELETE FROM meta WHERE key = 'people'")
    if stale:
        merging.put_meta(connection, "people", value="stale")
    elif waited:
        connection.execute("UPDATE meta SET value = substr(md5(value || 'people'), 1, 16) WHERE key = 'snapshot'")


def recompute(connection: duckdb.DuckDBPyConnection) -> None:
    """Compute people from identities and the links not undone, inside the open transaction."""
    who = connection.sql(
        "SELECT node, kind, coalesce(verified, FALSE) AS verified, coalesce(role, FALSE) AS role, coalesce(system, '') AS system, account "
        "FROM identities ORDER BY node"
    ).to_arrow_table()
    links = connection.sql(
        "SELECT link_id, a, b, weight FROM links WHERE undone_at IS NULL AND method IN ('exact', 'probable', 'manual') ORDER BY linked_at, line, link_id"
    ).to_arrow_table()
    known = Identifiers(
        np.asarray(who["node"], dtype=np.int64), who["kind"].to_pylist(), who["verified"].to_pylist(), who["role"].to_pylist(),
        who["system"].to_pylist(),
    )  # fmt: skip
    before = dict(connection.execute("SELECT node, person FROM people").fetchall())
    joined = join(
        known, (np.asarray(links["a"], dtype=np.int64), np.asarray(links["b"], dtype=np.int64)),
        weight=np.asarray(links["weight"], dtype=np.float64), before=before,
    )  # fmt: skip
    people = pa.table(
        {
            "node": known.node,
            "person": joined.person,
            "weight": joined.weight,
            "account": who["account"],
            "kind": who["kind"],
        }
    )
    connection.register("computed", people)
    connection.execute("DELETE FROM people")
    # One account per person: the company of a CRM record, else the company of an address, the smallest number of equals.
    connection.execute(
        """INSERT INTO people SELECT c.node, c.person, c.weight, a.account FROM computed c
           LEFT JOIN (SELECT person, COALESCE(min(account) FILTER (kind = 'crm'), min(account)) AS account
                      FROM computed GROUP BY person) a USING (person)"""
    )
    connection.unregister("computed")
    identifiers = links["link_id"].to_pylist()
    held = {"link_id": [identifiers[place] for place in joined.held], "held": list(joined.held.values())}
    connection.register("computed", pa.table(held, pa.schema([("link_id", pa.string()), ("held", pa.string())])))
    connection.execute(
        "UPDATE links SET held = c.held FROM (SELECT l.link_id, c.held FROM links l LEFT JOIN computed c USING (link_id)) c "
        "WHERE links.link_id = c.link_id AND links.held IS DISTINCT FROM c.held"
    )
    connection.unregister("computed")
