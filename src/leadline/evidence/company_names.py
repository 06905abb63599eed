"""Companies whose names are nearly equal: proposals for whoever keeps the CRM, never a merge."""

from __future__ import annotations

from dataclasses import dataclass

from leadline.evidence.contact_records import LEGAL, compared
from leadline.evidence.store import Store

ALIKE = 0.95  # own: Jaro and Winkler's likeness, forms of law left out; below it most pairs only share a word
SAME_START = 3  # own: letters that both names begin with, so that not every pair is looked at
MOST = 50  # own: what a person looks through in one sitting
SHORTEST = 4  # own: of shorter names one letter is a quarter


@dataclass(frozen=True)
class Alike:
    """Two accounts that may be one company. likeness: 1 where the names differ in form of law, signs or case alone."""

    a: int
    b: int
    a_name: str
    b_name: str
    likeness: float


def alike(store: Store) -> tuple[Alike, ...]:
    """Return the accounts with nearly equal names, the most alike first, at most MOST pairs.

    Different numbers may be meant, such as two sites of one company: nothing is joined by a name.
    """
    import duckdb
    import pyarrow as pa

    asked = "SELECT account, MIN(name) AS name FROM accounts WHERE name IS NOT NULL GROUP BY account ORDER BY account"
    rows = store.ask(asked).to_pylist()
    told = [(row["account"], row["name"], plain) for row in rows if (plain := compared(row["name"], without=LEGAL))]
    table = pa.table(
        {
            "account": pa.array([one[0] for one in told], pa.int64()),
            "name": pa.array([one[1] for one in told], pa.string()),
            "plain": pa.array([one[2] for one in told], pa.string()),
        }
    )
    with duckdb.connect() as connection:
        connection.register("named", table)
        found = connection.execute(
            f"""SELECT a.account, b.account, a.name, b.name, jaro_winkler_similarity(a.plain, b.plain) AS likeness
                FROM named a JOIN named b ON left(a.plain, {SAME_START}) = left(b.plain, {SAME_START}) AND a.account < b.account
                WHERE likeness >= {ALIKE} AND least(length(a.plain), length(b.plain)) >= {SHORTEST}
                  AND regexp_replace(a.plain, '[^0-9]', '', 'g') = regexp_replace(b.plain, '[^0-9]', '', 'g')
                ORDER BY likeness DESC, a.account, b.account LIMIT {MOST}"""
        ).fetchall()
    return tuple(Alike(*row) for row in found)
