"""What would another version of the channel rules have said: how many touches and how much spend stand elsewhere.

Every version that was ever applied is kept in `channel_rules`. Nothing is changed here: both versions are asked about
the same rows, as they stand.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from leadline.errors import UsageError
from leadline.evidence.channels import BASELINE, CONTINUE, Channels, Rule
from leadline.evidence.frames import answer
from leadline.evidence.rows import channel_of
from leadline.words import money

if TYPE_CHECKING:
    from leadline.evidence.frames import AsOf
    from leadline.evidence.store import Store

NOW, KNOWN = "now", "baseline"  # names for the rules of the settings, and for ours alone
ONWARD = "(goes on with what was before)"
NOWHERE = "(no channel)"


@dataclass(frozen=True)
class RuleMove:
    """Rows of one table that one version puts here and the other there. money: of spend, in `currency`."""

    table: str
    left: str
    entered: str
    rows: int
    money: Decimal | None = None
    currency: str | None = None


@dataclass(frozen=True)
class RuleMoves:
    """How two versions of the rules differ over the same rows. of: table → rows that rules decide about at all."""

    a: str
    b: str
    of: Mapping[str, int]
    moves: tuple[RuleMove, ...]
    notes: tuple[str, ...] = ()

    def table(self) -> list[dict[str, Any]]:
        """Return one row per pair of channels, with stable keys; most rows first."""
        return [
            {"table": one.table, "from": one.left, "to": one.entered, "rows": one.rows,
             "money": None if one.money is None else float(one.money), "currency": one.currency}
            for one in self.moves
        ]  # fmt: skip

    def document(self) -> dict[str, Any]:
        """Return the comparison as a plain document; money in its own currency."""
        return {
            "a": self.a, "b": self.b, "of": dict(self.of), "touches": self._rows("touches"),
            "spend": {currency: float(amount) for currency, amount in self._money().items()}, "moves": self.table(),
        }  # fmt: skip

    def sentence(self) -> str:
        """Return in one line how many touches and how much spend moved."""
        sums = ", ".join(money(float(amount), currency) for currency, amount in self._money().items()) or "no money"
        return (
            f"From rules {self.a} to {self.b}: {self._rows('touches')} of {self.of.get('touches', 0)} touches and {sums} of "
            "spend stand under another channel."
        )

    def _rows(self, table: str) -> int:
        return sum(one.rows for one in self.moves if one.table == table)

    def _money(self) -> dict[str, Decimal]:
        sums: dict[str, Decimal] = {}
        for one in self.moves:
            if one.money and one.currency is not None:
                sums[one.currency] = sums.get(one.currency, Decimal(0)) + one.money
        return dict(sorted(sums.items()))


def rule_moves(store: Store, versions: tuple[str, str], *, at: AsOf, now: Channels) -> RuleMoves:
    """Return how two versions of the rules differ. versions: digits of a version, `now`, or `baseline`.

    now: the rules of the settings as they stand. Raises UsageError for a version that was never applied.
    """
    a, b = (version_of(store, name, now=now) for name in versions)
    counts: dict[tuple[str, str, str, str | None], tuple[int, Decimal | None]] = {}
    of: dict[str, int] = {}
    for row in answer(store, "rule_inputs", at=at):
        where = (row["what"], row["source"])
        left, entered = (channel_of(where, row, rules=rules) for rules in (a, b))
        of[row["what"]] = of.get(row["what"], 0) + row["rows"]
        if left != entered:
            key = (row["what"], _said(left), _said(entered), row["currency"])
            rows, amount = counts.get(key, (0, None))
            both = [one for one in (amount, row["amount"]) if one is not None]
            counts[key] = (rows + row["rows"], sum(both, Decimal(0)) if both else None)
    ordered = sorted(counts.items(), key=lambda pair: (pair[0][0] != "touches", -pair[1][0], str(pair[0])))
    moves = tuple(
        RuleMove(table, left, entered, rows, amount, currency)
        for (table, left, entered, currency), (rows, amount) in ordered
    )
    notes = ("The list of known hosts is that of this Leadline in both.",)
    return RuleMoves(a.version, b.version, of, moves, notes)


def version_of(store: Store, name: str, *, now: Channels) -> Channels:
    """Return the rules of a version. Raises UsageError naming the versions there are."""
    if name in (NOW, KNOWN):
        return now if name == NOW else Channels()
    rows = store.ask(
        "SELECT version, position, sets, field, op, pattern, and_field, and_op, and_pattern, result, origin FROM channel_rules "
        "ORDER BY version, position"
    ).to_pylist()
    versions = dict.fromkeys(str(row["version"]) for row in rows)
    found = [version for version in versions if version.startswith(name)]
    if len(found) != 1:
        raise UsageError.unknown("version of the channel rules", name, known=[*versions, NOW, KNOWN])
    return _channels([row for row in rows if row["version"] == found[0]])


def _channels(rows: list[dict[str, Any]]) -> Channels:
    """Return stored rules as they were given: what stands in front of and behind the known ones are a workspace's own."""
    hosts = tuple(row["pattern"] for row in rows if row["sets"] == "exclude")
    rules = [
        Rule(
            row["field"], row["op"], row["pattern"], row["result"], row["and_field"], row["and_op"], row["and_pattern"],
            row["sets"], row["origin"],
        )
        for row in rows
        if row["sets"] == "channel"
    ]  # fmt: skip
    own = [place for place, rule in enumerate(rules) if rule.origin != "workspace"]
    first, last = (own[0], own[-1] + 1) if own else (len(rules), len(rules))
    known = tuple(rules[first:last])
    if known == BASELINE:
        return Channels(hosts, tuple(rules[:first]), tuple(rules[last:]))
    return Channels(hosts, tuple(rules[:last]), tuple(rules[last:]))


def _said(channel: str | None) -> str:
    return ONWARD if channel == CONTINUE else channel or NOWHERE
