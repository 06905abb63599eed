"""A campaign that several tactics pay for together: the plan says the shares, and money is split to the cent.

Such spend stands in the warehouse once, under a mark that names every tactic with its share (`search:0.6+brand:0.4`), so
that no row belongs to two. Whoever asks for money by tactic asks here and gets it split; the parts add up to the whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import ROUND_HALF_EVEN, Decimal
from typing import TYPE_CHECKING, Any

from leadline.evidence.frames import answer

if TYPE_CHECKING:
    import datetime as dt

    from leadline.evidence.frames import AsOf
    from leadline.evidence.store import Store

CENT = Decimal("0.01")
MONEY = ("amount", "spent", "unrated")  # what is split of a row of spend_by_tactic


def mark_of(shares: Mapping[str, Decimal]) -> str:
    """Return the mark of shared spend.

    >>> mark_of({"search": Decimal("0.60"), "brand": Decimal("0.4")})
    'brand:0.4+search:0.6'
    """
    return "+".join(f"{tactic}:{share.normalize():f}" for tactic, share in sorted(shares.items()))


def shares_of(tactic: str | None) -> Mapping[str, Decimal]:
    """Return the tactics behind what stands in the column `tactic` of spend, each with its share; nothing for None.

    >>> shares_of("search"), shares_of("brand:0.4+search:0.6")
    ({'search': Decimal('1')}, {'brand': Decimal('0.4'), 'search': Decimal('0.6')})
    """
    if tactic is None:
        return {}
    if ":" not in tactic:
        return {tactic: Decimal(1)}
    return {name: Decimal(share) for name, _, share in (part.partition(":") for part in tactic.split("+"))}


def split(amount: Decimal, shares: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """Return an amount by tactic, in cents; what is smaller than a cent goes to the last, and nothing is lost.

    >>> split(Decimal("10.00"), {"a": Decimal("0.333"), "b": Decimal("0.667")})
    {'a': Decimal('3.33'), 'b': Decimal('6.67')}
    """
    found, begun, told = {}, Decimal(0), Decimal(0)
    for place, (tactic, share) in enumerate(shares.items(), start=1):
        begun += share
        until = amount if place == len(shares) else (amount * begun).quantize(CENT, ROUND_HALF_EVEN)
        found[tactic], told = until - told, until
    return found


def spend_by_tactic(store: Store, params: Mapping[str, object], *, at: AsOf) -> Iterator[dict[str, Any]]:
    """Yield the rows of the query `spend_by_tactic`, shared money split; `rows` counts a shared row for each."""
    for row in answer(store, "spend_by_tactic", params=params, at=at):
        shares = shares_of(row["tactic"])
        if len(shares) < 2:
            yield row
            continue
        parts = {name: None if row[name] is None else split(row[name], shares) for name in MONEY}
        for tactic in shares:
            yield {**row, "tactic": tactic, **{name: part and part[tactic] for name, part in parts.items()}}


def tactics_of_channels(store: Store, *, at: AsOf, span: tuple[dt.date, dt.date]) -> dict[str, dict[str, float]]:
    """Return per channel the money of each tactic in a span of days, as it was paid.

    The key "" is money of no tactic, the channel "(unknown)" money of no channel.
    """
    asked = (
        "SELECT COALESCE(channel, '(unknown)') AS channel, tactic, CAST(SUM(amount) AS DOUBLE) AS amount FROM spend "
        "WHERE amount IS NOT NULL AND day >= :first AND day <= :last AND day <= :last_day "
        "GROUP BY channel, tactic ORDER BY channel, tactic"
    )
    found: dict[str, dict[str, float]] = {}
    for row in answer(store, asked, at=at, params={"first": span[0], "last": span[1]}):
        money = found.setdefault(row["channel"], {})
        for tactic, share in (shares_of(row["tactic"]) or {"": Decimal(1)}).items():
            money[tactic] = money.get(tactic, 0.0) + row["amount"] * float(share)
    return found
