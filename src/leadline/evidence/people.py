"""Who is one person, computed inside the warehouse: identities and links in, `people` out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from leadline.evidence import merging
from leadline.evidence.identity import Identifiers, Joined, Links, join
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
    """Identifiers and links as the warehouse has them. link: ids, shape (L,) · account: of each identifier."""

    who: Identifiers
    links: Links
    link: tuple[str, ...]
    account: pa.ChunkedArray

    @classmethod
    def read(cls, ask: Ask, methods: Sequence[str] = JOINING) -> Known:
        """Return what is known, with the links of some methods that are not undone. ask: answers SQL with a table."""
        who = ask(
            "SELECT node, kind, coalesce(verified, FALSE) AS verified, coalesce(role, FALSE) AS role, "
            "coalesce(system, '') AS system, account FROM identities ORDER BY node"
        )
        named = ", ".join(f"'{method}'" for method in methods)
        links = ask(
            "SELECT l.link_id, l.a, l.b, l.weight, l.method FROM links AS l "
            "JOIN identities AS i ON i.node = l.a JOIN identities AS j ON j.node = l.b "
            f"WHERE l.undone_at IS NULL AND l.method IN ({named}) ORDER BY l.linked_at, l.line NULLS LAST, l.link_id"
        )
        method = np.array(links["method"].to_pylist(), dtype=np.str_)
        return cls(
            Identifiers(
                np.asarray(who["node"], dtype=np.int64), _shared(who["kind"]), who["verified"].to_pylist(),
                who["role"].to_pylist(), _shared(who["system"]),
            ),
            Links(
                np.asarray(links["a"], dtype=np.int64), np.asarray(links["b"], dtype=np.int64),
                np.asarray(links["weight"], dtype=np.float64), method == "manual", method == "probable",
            ),
            tuple(links["link_id"].to_pylist()), who["account"],
        )  # fmt: skip

    def joined(self, guards: IdentitySettings, *, before: dict[int, int] | None = None) -> Joined:
        """Return who is one person. before: node → person of the last time."""
        return join(self.who, self.links, before=before, guards=guards)


def _shared(column: pa.ChunkedArray) -> list[str]:
    """Return a column of few distinct texts as a list that holds each of them once: ten million of them are many bytes.

    What is not known is "".
    """
    coded = column.combine_chunks().fill_null("").dictionary_encode()
    names = np.array(coded.dictionary.to_pylist(), dtype=object)
    return list(names[np.asarray(coded.indices)]) if len(names) else []


def recompute(connection: duckdb.DuckDBPyConnection, guards: IdentitySettings | None = None) -> None:
    """Compute people from identities and the links not undone, inside the open transaction."""
    known = Known.read(lambda text: connection.sql(text).to_arrow_table())
    before = dict(connection.execute("SELECT node, person FROM people").fetchall())
    guards = guards or IdentitySettings()
    joined = known.joined(guards, before=before)
    own = {number("domain", domain) for domain in guards.own_domains}
    people = pa.table(
        {
            "node": known.who.node,
            "person": joined.person,
            "weight": joined.weight,
            "account": pa.array([None if one in own else one for one in known.account.to_pylist()], pa.int64()),
            "kind": known.who.kind,
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
    held = {"link_id": [known.link[place] for place in joined.held], "held": list(joined.held.values())}
    connection.register("computed", pa.table(held, pa.schema([("link_id", pa.string()), ("held", pa.string())])))
    connection.execute(
        "UPDATE links SET held = c.held FROM (SELECT l.link_id, c.held FROM links l LEFT JOIN computed c USING (link_id) WHERE l.method <> 'proposed') c "
        "WHERE links.link_id = c.link_id AND links.held IS DISTINCT FROM c.held"
    )
    connection.unregister("computed")
