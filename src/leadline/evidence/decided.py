"""What people decided about links, `ledger/links.jsonl`: written first, brought into `links`, read back on a rebuild.

    {"do": "undo", "link": "17-42-probable", "a": 17, "b": 42, "method": "probable", "weight": 0.97, "reason": "…", "at": "…", "by": "mara"}
    {"do": "join", "link": "17-42-manual", "a": 17, "b": 42, "method": "manual", "weight": 1.0, "reason": "…", "at": "…", "by": "mara"}

The last word about a link counts. Nodes are keyed pseudonyms: no name and no address stands here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import pyarrow as pa

from leadline.errors import UsageError
from leadline.evidence import keying, ledgers, locking, merging, people
from leadline.evidence.identity import DEVICE, STRENGTH
from leadline.evidence.store import Reach, open_store
from leadline.settings import IdentitySettings

if TYPE_CHECKING:
    import duckdb

    from leadline.workspace import Workspace

BY_HAND = "leadline"  # source of links that somebody made here, not imported
SURE = 1.0  # own: a person who joins two records answers for it

_SHAPE = pa.schema(
    [("link_id", pa.string()), ("a", pa.int64()), ("b", pa.int64()), ("method", pa.string()), ("weight", pa.float64()),
     ("reason", pa.string()), ("is_undone", pa.bool_()), ("decided_at", pa.timestamp("us")), ("decided_by", pa.string())]
)  # fmt: skip


@dataclass(frozen=True)
class Decision:
    """One decision about one link. a, b: nodes · weight, reason: of the link, so that a rebuild can show it again."""

    do: Literal["undo", "join"]
    link: str
    a: int
    b: int
    method: str
    weight: float
    reason: str
    at: dt.datetime
    by: str

    def line(self) -> dict[str, Any]:
        """Return the decision as it stands in the ledger."""
        return {**asdict(self), "at": self.at.isoformat()}

    @classmethod
    def of(cls, line: dict[str, Any]) -> Decision | None:
        """Return the decision that a line tells, None for a line that tells none."""
        try:
            do = line["do"]
            if do not in {"undo", "join"}:
                return None
            at = dt.datetime.fromisoformat(line["at"])
            return cls(
                do, str(line["link"]), int(line["a"]), int(line["b"]), str(line["method"]), float(line["weight"]),
                str(line["reason"]), at, str(line["by"]),
            )  # fmt: skip
        except (KeyError, TypeError, ValueError):
            return None


def decisions(workspace: Workspace) -> tuple[Decision, ...]:
    """Return the last word about each link, in the order in which links were first spoken of."""
    told = (Decision.of(line) for line in ledgers.read(workspace.links))
    return tuple({one.link: one for one in told if one is not None}.values())


def apart(workspace: Workspace) -> frozenset[tuple[int, int]]:
    """Return the pairs of nodes that a person took apart, the smaller one first."""
    return frozenset((min(one.a, one.b), max(one.a, one.b)) for one in decisions(workspace) if one.do == "undo")


def bring_in(connection: duckdb.DuckDBPyConnection, workspace: Workspace) -> None:
    """Make the links of the open transaction what people decided; what speaks of nobody known waits."""
    found = decisions(workspace)
    if not found:
        return
    rows = [
        {"link_id": one.link, "a": one.a, "b": one.b, "method": one.method, "weight": one.weight, "reason": one.reason,
         "is_undone": one.do == "undo", "decided_at": one.at, "decided_by": one.by}
        for one in found
    ]  # fmt: skip
    connection.register("decided", pa.Table.from_pylist(rows, _SHAPE))
    connection.execute(
        "UPDATE links SET undone_at = CASE WHEN d.is_undone THEN d.decided_at END, undone_by = CASE WHEN d.is_undone THEN d.decided_by END "
        "FROM decided d WHERE links.link_id = d.link_id"
    )
    # Exact links come back from the exports; what was made here, by hand or by the model, comes back from the ledger.
    connection.execute(
        f"""INSERT INTO links (source, source_key, link_id, a, b, method, weight, reason, linked_at, undone_at, undone_by)
            SELECT '{BY_HAND}', d.a || '-' || d.b, d.link_id, d.a, d.b, d.method, d.weight, d.reason, d.decided_at,
              CASE WHEN d.is_undone THEN d.decided_at END, CASE WHEN d.is_undone THEN d.decided_by END
            FROM decided d JOIN identities i ON i.node = d.a JOIN identities j ON j.node = d.b
            WHERE d.method <> 'exact' AND d.link_id NOT IN (SELECT link_id FROM links) ORDER BY d.link_id"""
    )
    connection.unregister("decided")


@dataclass(frozen=True)
class Desk:
    """Where a person decides about links. by: who · guards: of identity · clock: the time now, UTC · wait: for the lock, in seconds."""

    workspace: Workspace
    by: str
    clock: Callable[[], dt.datetime]
    guards: IdentitySettings = field(default_factory=IdentitySettings)
    wait: float = locking.WAIT_SECONDS

    def undo(self, link: str) -> Decision:
        """Take two identifiers apart that a link joins, or refuse a proposal; no fact changes.

        Raises UsageError for a link that is not there or was undone before, WarehouseError while the warehouse is held.
        """
        with self._locked() as moment:
            row = self._link(link)
            if row["undone_at"] is not None and row["undone_by"] != people.RETIRED:
                raise UsageError(
                    f"The link {link} was undone before, by {row['undone_by'] or 'somebody without a name'}. Nothing is left "
                    "to undo: leadline evidence --json lists the links that join."
                )
            decision = Decision(
                "undo", link, row["a"], row["b"], row["method"], row["weight"], row["reason"] or "", moment, self.by
            )
            self._write(decision)
        return decision

    def join(self, link: str) -> Decision:
        """Join the people on both sides of a proposal, or of a link that was undone; no guard holds it.

        Their strongest identifiers are joined: the weaker one that brought them together may be held by a guard itself.
        Raises UsageError for a link that is not there or joins already.
        """
        with self._locked() as moment:
            row = self._link(link)
            a, b = (self._strongest(row[end]) for end in ("a", "b"))
            if a == b:
                raise UsageError(
                    f"The link {link} joins nobody who is not one person already: leadline evidence --json lists the links that wait."
                )
            a, b = sorted((a, b))
            decision = Decision(
                "join", f"{a}-{b}-manual", a, b, "manual", SURE, "somebody said that they are one", moment, self.by
            )
            self._write(decision)
        return decision

    def are_one(self, link: str) -> bool:
        """Return whether both ends of a link belong to one person. Raises UsageError for a link that is not there."""
        row = self._link(link)
        asked = "SELECT COUNT(DISTINCT person) AS n FROM people WHERE node IN (:a, :b)"
        return bool(open_store(self.workspace).ask(asked, a=row["a"], b=row["b"])["n"][0].as_py() == 1)

    @contextmanager
    def _locked(self) -> Iterator[dt.datetime]:
        moment = self.clock()
        moment = moment if moment.tzinfo is None else moment.astimezone(dt.UTC).replace(tzinfo=None)
        with locking.exclusive(self.workspace.lock, started=moment, wait=self.wait):
            keying.refuse_half(self.workspace)
            yield moment

    def _link(self, link: str) -> dict[str, Any]:
        """Return a link's row. Raises UsageError where there is none."""
        asked = (
            "SELECT link_id, a, b, method, weight, reason, held, undone_at, undone_by FROM links WHERE link_id = :link"
        )
        store = open_store(self.workspace)
        rows = store.ask(asked, link=link).to_pylist() if store.exists() else []
        if not rows:
            raise UsageError(
                f'There is no link "{link}": leadline evidence --json lists the links that people or the model made, and those that wait.'
            )
        return dict(rows[0])

    def _strongest(self, node: int) -> int:
        """Return the strongest identifier of a node's person, the smallest node of equal ones."""
        asked = (
            "SELECT i.node, i.kind FROM people AS p JOIN people AS q ON q.person = p.person "
            "JOIN identities AS i ON i.node = q.node WHERE p.node = :node ORDER BY i.node"
        )
        rows = open_store(self.workspace).ask(asked, node=node).to_pylist()
        return min((STRENGTH.get(row["kind"], DEVICE), row["node"]) for row in rows)[1] if rows else node

    def _write(self, decision: Decision) -> None:
        """Write a decision down, then let it take effect: a kill in between leaves it to the next import."""
        ledgers.append(self.workspace.links, [decision.line()])
        with open_store(self.workspace).writing(Reach()) as connection, merging.transaction(connection):
            bring_in(connection, self.workspace)
            people.recompute(connection, self.guards)
            people.renew(connection, f"{decision.do} {decision.link}")
