"""Who is one person, computed inside the warehouse: identities and links in, `people` out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from leadline.evidence import merging
from leadline.evidence.identity import NOBODY, Identifiers, Joined, Links, Nodes, Texts, join
from leadline.evidence.record_numbers import number
from leadline.settings import IdentitySettings

if TYPE_CHECKING:
    import duckdb

    from leadline.evidence.store import Store

STALE = "SELECT value FROM meta WHERE key = 'people'"


def marked(connection: duckdb.DuckDBPyConnection) -> bool:
    """Return whether people wait to be computed, inside the open transaction."""
    return bool(connection.execute(STALE).fetchall())


def are_stale(store: Store) -> bool:
    """Return whether people wait to be computed: an import left it to a later one."""
    return store.exists() and bool(store.ask(STALE).num_rows)


def mark(connection: duckdb.DuckDBPyConnection, *, stale: bool) -> None:
    """Note whether people wait to be computed. Where they waited, computing them makes another snapshot."""
    waited = marked(connection)
    connection.execute("DELETE FROM meta WHERE key = 'people'")
    if stale:
        merging.put_meta(connection, "people", value="stale")
    elif waited:
        renew(connection, "people")


def renew(connection: duckdb.DuckDBPyConnection, why: str) -> None:
    """Give the warehouse another snapshot, where something changed that no import brought."""
    connection.execute("UPDATE meta SET value = substr(md5(value || $why), 1, 16) WHERE key = 'snapshot'", {"why": why})


Ask = Callable[[str], pa.Table]
RETIRED = "leadline"  # `undone_by` of a link that the model no longer gives: nobody decided that
# What joins, and what may: proposals wait for a person.
JOINING = ("exact", "probable", "manual")


@dataclass(frozen=True)
class Known:
    """Identifiers that links join, and these links, as the warehouse has them. link: ids, shape (L,)."""

    who: Identifiers
    links: Links
    link: pa.ChunkedArray

    @classmethod
    def read(cls, ask: Ask, methods: Sequence[str] = JOINING, *, also: Sequence[int] = ()) -> Known:
        """Return what links of some methods join that are not undone. ask: answers SQL with a table.

        also: nodes that are wanted though nothing joins them; all others of those are one person each, and are many.
        """
        named = ", ".join(f"'{method}'" for method in methods)
        valid = f"undone_at IS NULL AND method IN ({named})"
        ends = " UNION ".join(f"SELECT {end} AS node FROM links WHERE {valid}" for end in ("a", "b"))
        identities = (
            "SELECT i.node, i.kind, coalesce(i.verified, FALSE) AS verified, coalesce(i.role, FALSE) AS role, "
            f"coalesce(i.system, '') AS system, e.node IS NOT NULL AS is_joined FROM identities AS i LEFT JOIN ({ends}) AS e ON e.node = i.node"
        )
        if also:
            who = ask(f"{identities} ORDER BY i.node")
            who = who.filter(pc.or_(who["is_joined"], pc.is_in(who["node"], pa.array(also, pa.int64()))))
        else:
            who = ask(f"{identities} WHERE e.node IS NOT NULL ORDER BY i.node")
        links = ask(
            "SELECT l.link_id, l.a, l.b, l.weight, l.method FROM links AS l "
            "JOIN identities AS i ON i.node = l.a JOIN identities AS j ON j.node = l.b "
            f"WHERE l.undone_at IS NULL AND l.method IN ({named}) ORDER BY l.linked_at, l.line NULLS LAST, l.link_id"
        )
        return cls(
            Identifiers(
                np.asarray(who["node"], dtype=np.int64), texts(who["kind"]), np.asarray(who["verified"], dtype=bool),
                np.asarray(who["role"], dtype=bool), texts(who["system"]),
            ),
            Links(
                np.asarray(links["a"], dtype=np.int64), np.asarray(links["b"], dtype=np.int64),
                np.asarray(links["weight"], dtype=np.float64), np.asarray(pc.equal(links["method"], "manual"), dtype=bool),
                np.asarray(pc.equal(links["method"], "probable"), dtype=bool),
            ),
            links["link_id"],
        )  # fmt: skip

    def joined(self, guards: IdentitySettings, *, before: Nodes | None = None) -> Joined:
        """Return who is one person. before: person of the last time, NOBODY where there was none, shape (N,)."""
        return join(self.who, self.links, before=before, guards=guards)


def texts(column: pa.ChunkedArray) -> Texts:
    """Return a column of few distinct texts as an array that holds each of them once: ten million of them are many bytes.

    What is not known is "".
    """
    coded = column.combine_chunks().fill_null("").dictionary_encode()
    names = np.array(coded.dictionary.to_pylist(), dtype=object)
    return names[np.asarray(coded.indices)] if len(names) else np.empty(0, dtype=object)


def recompute(connection: duckdb.DuckDBPyConnection, guards: IdentitySettings | None = None) -> None:
    """Compute people from identities and the links not undone, inside the open transaction."""
    guards = guards or IdentitySettings()
    known = Known.read(lambda text: connection.sql(text).to_arrow_table())
    joined = known.joined(guards, before=_before(connection, known.who.node))
    own = ", ".join(str(number("domain", domain)) for domain in guards.own_domains) or "NULL"
    computed = {"node": known.who.node, "person": joined.person, "weight": joined.weight}
    connection.register("computed", pa.table(computed))
    connection.execute("DELETE FROM people")
    # Whom no link joins is a person alone. One account per person: the company of a CRM record, else the company of an
    # address, the smallest number of equals.
    connection.execute(
        f"""INSERT INTO people
           WITH told AS (
             SELECT i.node, coalesce(c.person, i.node) AS person, coalesce(c.weight, 1.0) AS weight, i.kind,
               CASE WHEN coalesce(i.account IN ({own}), FALSE) THEN NULL ELSE i.account END AS account
             FROM identities i LEFT JOIN computed c USING (node))
           SELECT t.node, t.person, t.weight, a.account FROM told t
           LEFT JOIN (SELECT person, COALESCE(min(account) FILTER (kind = 'crm'), min(account)) AS account
                      FROM told WHERE account IS NOT NULL GROUP BY person) a USING (person)"""
    )
    connection.unregister("computed")
    places, reasons = pa.array(list(joined.held), pa.int64()), pa.array(list(joined.held.values()), pa.string())
    connection.register("computed", pa.table({"link_id": known.link.take(places), "held": reasons}))
    connection.execute(
        "UPDATE links SET held = c.held FROM (SELECT l.link_id, c.held FROM links l LEFT JOIN computed c USING (link_id) WHERE l.method <> 'proposed') c "
        "WHERE links.link_id = c.link_id AND links.held IS DISTINCT FROM c.held"
    )
    connection.unregister("computed")


def _before(connection: duckdb.DuckDBPyConnection, nodes: Nodes) -> Nodes:
    """Return the person that each node was the last time, NOBODY where it was none."""
    connection.register("computed", pa.table({"node": nodes}))
    found = connection.sql("SELECT node, person FROM people SEMI JOIN computed USING (node)").to_arrow_table()
    connection.unregister("computed")
    before = np.full(len(nodes), NOBODY)
    before[np.searchsorted(nodes, np.asarray(found["node"]))] = np.asarray(found["person"])
    return before
