"""Can money be followed: spend of nobody, spend and success that never meet, currencies, revenue of unsure people."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Mapping
from decimal import Decimal

from leadline.evidence.frames import rate_on
from leadline.evidence.quality.fact import Fact, Level, Question, shown
from leadline.evidence.shares import shares_of, split
from leadline.words import money

SURE = 0.95  # design, evidence section 6: revenue that hangs on weights below is uncertain whose it is
FREE = frozenset({"Direct", "Unassigned"})  # channels that cannot have a cost: nobody knows what they are
BOUGHT = ("Paid ", "Display", "Affiliates", "Cross-network")  # how channels begin that somebody is paid for


def unmatched(ask: Question) -> Iterator[Fact]:
    """Money of campaigns that no tactic claims; any amount counts."""
    rows = [row for row in ask.rows("fact_spend") if row["tactic"] is None]
    for currency in dict.fromkeys(row["currency"] for row in rows):
        mine = [row for row in rows if row["currency"] == currency]
        amount = sum((row["amount"] or Decimal(0) for row in mine), Decimal(0))
        campaigns = sorted({row["campaign"] for row in mine})
        text = f"{money(float(amount), currency)} belong to no tactic: {shown(campaigns)}. Name them in the plan under tracked_as."
        level: Level = "warning" if amount else "note"
        detail = {"campaigns": campaigns, "amount": str(amount), "currency": currency}
        yield Fact("tactic.unmatched", "spend", float(amount), 0, level, text, detail)


def without_outcome(ask: Question) -> Iterator[Fact]:
    """Spend of tactics from which nothing in the evidence leads to a stage or an order."""
    spent = _spent(ask)
    if not spent or not (ask.rows("fact_stages") or ask.rows("fact_outcomes", sure=SURE)):
        return
    leading = {row["tactic"] for row in ask.rows("fact_tactic_outcomes", window=ask.window)}
    lost = {name: sums for name, sums in spent.items() if name not in leading}
    if lost:
        told = [f"{name} ({_sums(sums)})" for name, sums in lost.items()]
        totals: dict[str, Decimal] = {}
        for sums in lost.values():
            for currency, amount in sums.items():
                totals[currency] = totals.get(currency, Decimal(0)) + amount
        text = (
            f"{_sums(totals)} went to tactics from which nothing leads to a stage or an order: {shown(told)}. What they bring "
            "is not measured; tag their links, or record where people came from."
        )
        detail = {name: {currency: str(amount) for currency, amount in sums.items()} for name, sums in lost.items()}
        told_by = {name: sources for name, sources in _told_by(ask).items() if name in lost}
        yield Fact(
            "spend.without_outcome", "spend", len(lost), 0, "warning", text, {"tactics": detail, "sources": told_by}
        )


def without_spend(ask: Question) -> Iterator[Fact]:
    """Channels that bring orders, deals or stages and of which no cost was ever imported."""
    brought: Counter[str] = Counter()
    for row in ask.rows("fact_outcomes", sure=SURE):
        brought[row["channel"] or ""] += row["rows"]
    for row in ask.rows("fact_touches"):
        brought[row["channel"] or ""] += row["sales"]
    paid = {row["channel"] for row in ask.rows("fact_spend")}
    found = {name: count for name, count in brought.items() if name and count and name not in paid | FREE}
    if found:
        bought = [name for name in found if name.startswith(BOUGHT)]
        ordered = sorted(found, key=lambda name: (name not in bought, -found[name], name))
        told = shown([f"{name} ({found[name]})" for name in ordered])
        text = f"Channels that bring something and have no row of cost: {told}."
        text += f" Import what was paid for {shown(bought)}." if bought else " Their work is not free either."
        level: Level = "warning" if bought else "note"
        yield Fact("outcome.without_spend", "channels", len(found), 0, level, text, {"channels": found})


def unsure(ask: Question) -> Iterator[Fact]:
    """Revenue of people who were put together with less than full certainty."""
    sums: dict[str, list[Decimal]] = {}
    for row in ask.rows("fact_outcomes", sure=SURE):
        if row["net"] is not None:
            told = sums.setdefault(row["currency"], [Decimal(0), Decimal(0)])
            told[0] += row["unsure"] or Decimal(0)
            told[1] += row["net"]
    limit = ask.limit("identity.weak")
    for currency, (weak, net) in sorted(sums.items()):
        if weak > 0 and net > 0:
            share = float(weak / net)
            text = f"{money(float(weak), currency)} of {money(float(net), currency)} booked hang on people who are less than {SURE:.0%} sure to be one."
            yield Fact("identity.weak", currency, share, limit, "warning" if share > limit else "note", text)


def currencies(ask: Question) -> Iterator[Fact]:
    """More than one currency, and amounts that no dated rate reaches: each is judged on its own day."""
    rows = ask.rows("fact_amounts")
    found = sorted({row["currency"] for row in rows})
    if len(found) > 1:
        text = f"Amounts are in {', '.join(found)}."
        yield Fact("currency.mix", "all", len(found), 1, "note", text, {"currencies": found})
    rates: dict[str, list[tuple[dt.date, float]]] = {}
    for currency, day, per_plan in sorted(ask.facts.rates):
        rates.setdefault(currency, []).append((day, per_plan))
    for currency in found:
        if currency == ask.facts.currency:
            continue
        missing = [
            row for row in rows if row["currency"] == currency and rate_on(rates.get(currency, ()), row["day"]) is None
        ]
        if not missing:
            continue
        sums = {
            what: sum(row["amount"] for row in missing if row["what"] == what) for what in ("spend", "deals", "orders")
        }
        shares = ", ".join(f"{money(float(amount), currency)} of {what}" for what, amount in sums.items() if amount)
        count, first = sum(row["rows"] for row in missing), min(row["day"] for row in missing)
        text = (
            f"{count} amounts in {currency} have no rate on their day ({shares or '0'}); no sum in {ask.facts.currency} "
            f"holds them. Add a rate of {currency} dated {first} or earlier under plan.rates."
        )
        detail = {"first": first.isoformat(), "last": max(row["day"] for row in missing).isoformat(),
                  "money": {what: str(amount) for what, amount in sums.items() if amount}}  # fmt: skip
        yield Fact("currency.no_rate", currency, count, 0, "warning", text, detail)


def _spent(ask: Question) -> dict[str, dict[str, Decimal]]:
    """Return what was spent on each tactic, per currency, the most expensive first."""
    found: dict[str, dict[str, Decimal]] = {}
    for row in ask.rows("fact_spend"):
        for tactic, amount in split(row["amount"] or Decimal(0), shares_of(row["tactic"])).items():
            if amount:
                sums = found.setdefault(tactic, {})
                sums[row["currency"]] = sums.get(row["currency"], Decimal(0)) + amount
    return dict(sorted(found.items(), key=lambda pair: (-max(pair[1].values()), pair[0])))


def _told_by(ask: Question) -> dict[str, list[str]]:
    """Return the sources that tell of money spent on each tactic."""
    found: dict[str, set[str]] = {}
    for row in ask.rows("fact_spend"):
        for tactic in shares_of(row["tactic"]):
            found.setdefault(tactic, set()).add(row["source"])
    return {tactic: sorted(sources) for tactic, sources in found.items()}


def _sums(sums: Mapping[str, Decimal]) -> str:
    return ", ".join(money(float(amount), currency) for currency, amount in sorted(sums.items()))
