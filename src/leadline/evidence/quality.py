"""How far the evidence can be trusted: facts that the checks judge. Nothing here blocks anything.

A fact names what was measured, where, how much, and against which threshold; levels are those of findings.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Literal

from leadline.evidence.frames import GAP_SECONDS, AsOf, rate_on
from leadline.evidence.plan_facts import PlanFacts
from leadline.evidence.schema import FACTS as FACT_TABLES
from leadline.evidence.store import Store
from leadline.words import money

DIRECT_SHARE = 0.40  # own default of design, evidence section 6
REJECT_SHARE = 0.01  # own default of design, evidence section 6
UNASSIGNED_SHARE = 0.05  # own default of design, evidence section 6
PEOPLE_LACK_WARN = 0.10  # own default of design, evidence section 6
PEOPLE_LACK_ERROR = 0.40  # own default of design, evidence section 6: no attribution from here on
PEOPLE_PER_DEAL = 5.0  # own default of design, evidence section 6
ANONYMOUS_SHARE = 0.10  # own default of design, evidence section 6
MACHINE_SHARE = 0.20  # own default of design, evidence section 6
RESTATED_P90 = 0.05  # own default of design, evidence section 6
GAP_DAYS = 1  # own default of design, evidence section 6
STALE_FACTOR = 2  # own default of design, evidence section 6: twice as old as the source's own rhythm
FIRST_YEAR = 1995  # design, evidence section 6: events before that are a broken clock
LATE_DAYS = 1  # design, evidence section 6: rows arriving more than a day after the day
CHECKED_MINIMUM = 20  # own: a share of fewer rows is not called a warning

Level = Literal["note", "warning", "error"]


@dataclass(frozen=True)
class Fact:
    """One thing about the evidence. value: number, share 0..1 or list · threshold: what it was held against."""

    name: str
    where: str
    value: float | int | str | None
    threshold: float | None
    level: Level
    text: str
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Question:
    """What every fact may look at."""

    store: Store
    facts: PlanFacts
    at: AsOf

    def rows(self, sql: str, **params: object) -> list[dict[str, Any]]:
        """Return the answer of a query as rows."""
        found: list[dict[str, Any]] = self.store.ask(sql, **{**self.at.params, **params}).to_pylist()
        return found


def facts(store: Store, plan: PlanFacts, *, at: AsOf) -> tuple[Fact, ...]:
    """Return every fact that the tables allow, in the order of the list below; none where nothing was imported."""
    if not store.exists():
        return ()
    question = Question(store, plan, at)
    return tuple(fact for ask in FACTS for fact in ask(question))


def unseen_states(ask: Question) -> Iterator[Fact]:
    """State of the plan's bridge that no row takes; source stages without a state."""
    seen = {
        row["stage"] for row in ask.rows("SELECT DISTINCT stage FROM stages UNION SELECT DISTINCT state FROM deals")
    }
    for state in sorted(ask.facts.states - seen):
        known = ", ".join(sorted(name for name in seen if name)) or "none"
        yield Fact(
            "state.unseen",
            state,
            0,
            0,
            "warning",
            f'No row ever takes the state "{state}". Stages in the evidence: {known}.',
        )
    rows = ask.rows(
        "SELECT source, stage_raw AS stage, count(*) AS n FROM stages WHERE stage = stage_raw GROUP BY source, stage_raw ORDER BY source, n DESC, stage_raw"
    )
    for source in dict.fromkeys(row["source"] for row in rows):
        found = {
            row["stage"]: row["n"] for row in rows if row["source"] == source and row["stage"] not in ask.facts.states
        }
        if found:
            named = ", ".join(f"{stage} ({count})" for stage, count in found.items())
            yield Fact(
                "stage.unmapped", source, sum(found.values()), 0, "warning",
                f"Stages of {source} without a state: {named}. Map them in leadline.toml under [stages.{source}].",
                {"stages": list(found), "rows": sum(found.values())},
            )  # fmt: skip


def stage_order(ask: Question) -> Iterator[Fact]:
    """Subjects whose history goes backward against the order of the file's records."""
    rows = ask.rows(
        """SELECT source, count(*) FILTER (entered_at < earlier) AS backward, count(*) AS n FROM (
             SELECT source, entered_at, LAG(entered_at) OVER (PARTITION BY import_id, subject_kind, subject ORDER BY position) AS earlier
             FROM stages WHERE entered_at < :as_of) AS s GROUP BY source ORDER BY source"""
    )
    for row in rows:
        if row["backward"]:
            yield Fact(
                "stage.order", row["source"], row["backward"], 0, "note",
                f"{row['backward']} of {row['n']} stage changes of {row['source']} are dated before the one they follow.",
                {"backward": row["backward"]},
            )  # fmt: skip


def unmatched_money(ask: Question) -> Iterator[Fact]:
    """Money of campaigns that no tactic claims; any amount counts."""
    rows = ask.rows(
        "SELECT currency, sum(amount) AS amount, count(*) AS n FROM spend WHERE tactic IS NULL AND day <= :last_day GROUP BY currency ORDER BY currency"
    )
    for row in rows:
        names = ask.rows(
            "SELECT DISTINCT coalesce(campaign, '(no name)') AS name FROM spend WHERE tactic IS NULL AND day <= :last_day AND currency = :currency ORDER BY name",
            currency=row["currency"],
        )
        campaigns = [name["name"] for name in names]
        shown = ", ".join(campaigns[:5]) + (f" and {len(campaigns) - 5} more" if len(campaigns) > 5 else "")
        yield Fact(
            "tactic.unmatched", "spend", float(row["amount"] or 0), 0, "warning" if row["amount"] else "note",
            f"{money(float(row['amount'] or 0), row['currency'])} belong to no tactic: {shown}. Name them in the plan under tracked_as.",
            {"campaigns": campaigns, "amount": str(row["amount"]), "currency": row["currency"]},
        )  # fmt: skip


def totals_and_rejects(ask: Question) -> Iterator[Fact]:
    """Files whose own totals differ from their rows, and files of which more than 1 % was rejected."""
    for row in ask.rows("SELECT file, checksums, flags, read, rejected FROM imports ORDER BY started_at, import_id"):
        if gone := json.loads(row["flags"]).get("spend.vanished"):
            text = f"Rows of spend that {row['file']} covers and does not have: {gone}. They still count (--replace-span sets them to 0)."
            yield Fact("spend.vanished", row["file"], gone, 0, "warning", text, {"rows": gone})
        for name, (claimed, given) in sorted(json.loads(row["checksums"]).items()):
            yield Fact(
                "import.total_mismatch", row["file"], float(given) - float(claimed), 0.01, "warning",
                f"{row['file']} says {name} is {claimed}, its rows give {given}.",
                {"total": name, "file_total": claimed, "rows_total": given},
            )  # fmt: skip
        if row["read"] and row["rejected"] / row["read"] > REJECT_SHARE:
            yield Fact(
                "rejects.share", row["file"], row["rejected"] / row["read"], REJECT_SHARE, "warning",
                f"{row['rejected']} of {row['read']} records of {row['file']} were rejected; they lie in evidence/rejects.",
            )  # fmt: skip


def restated(ask: Question) -> Iterator[Fact]:
    """How much spend changed after it was first reported."""
    rows = ask.rows(
        """SELECT count(*) AS n, percentile_cont(0.5) WITHIN GROUP (ORDER BY change) AS median,
             percentile_cont(0.9) WITHIN GROUP (ORDER BY change) AS p90
           FROM (SELECT abs(CAST(new AS DOUBLE) / NULLIF(CAST(old AS DOUBLE), 0) - 1) AS change
                 FROM restatements WHERE "table" = 'spend' AND "column" = 'amount') AS r WHERE change IS NOT NULL"""
    )
    if rows[0]["n"]:
        median, p90 = rows[0]["median"], rows[0]["p90"]
        level: Level = "warning" if p90 > RESTATED_P90 else "note"
        text = f"{rows[0]['n']} amounts of spend were restated, half by more than {median:.1%}, a tenth by more than {p90:.1%}."
        yield Fact("restated", "spend", p90, RESTATED_P90, level, text, {"rows": rows[0]["n"], "median": median})


def direct_share(ask: Question) -> Iterator[Fact]:
    """Share of sessions that came directly, and of touches that no rule knows."""
    rows = ask.rows(
        "SELECT count(*) AS n, count(*) FILTER (channel = 'Direct') AS direct, count(*) FILTER (channel = 'Unassigned') AS lost FROM @sessions AS s",
        gap=GAP_SECONDS, conversion_event="",
    )  # fmt: skip
    sessions, direct, lost = rows[0]["n"], rows[0]["direct"], rows[0]["lost"]
    if sessions:
        yield _share(
            "direct.share",
            "sessions",
            (direct, sessions),
            DIRECT_SHARE,
            "sessions came directly: their origin is unknown",
        )
        yield _share(
            "unassigned.share", "sessions", (lost, sessions), UNASSIGNED_SHARE, "sessions carry tags that no rule knows"
        )


def anonymous_and_machines(ask: Question) -> Iterator[Fact]:
    """Touches of nobody, and of machines."""
    rows = ask.rows(
        "SELECT count(*) AS n, count(*) FILTER (node IS NULL) AS nobody, count(*) FILTER (is_machine >= 0.5) AS machines FROM touches WHERE happened_at < :as_of"
    )
    if rows[0]["n"]:
        yield _share(
            "anonymous.share",
            "touches",
            (rows[0]["nobody"], rows[0]["n"]),
            ANONYMOUS_SHARE,
            "touches belong to nobody known: they count in totals, never in paths",
        )
        yield _share(
            "machine.share",
            "touches",
            (rows[0]["machines"], rows[0]["n"]),
            MACHINE_SHARE,
            "touches come from machines and are left out",
        )


def deals_and_people(ask: Question) -> Iterator[Fact]:
    """Deals without a contact, and persons per deal."""
    rows = ask.rows(
        """SELECT count(*) AS n, count(*) FILTER (people = 0) AS without, avg(CAST(people AS DOUBLE)) FILTER (people > 0) AS mean FROM (
             SELECT d.deal, count(DISTINCT p.person) AS people FROM deals AS d LEFT JOIN deal_people AS dp ON dp.deal = d.deal
             LEFT JOIN people AS p ON p.node = dp.person_node WHERE d.created_at IS NULL OR d.created_at < :as_of GROUP BY d.deal) AS x"""
    )
    count, without, mean = rows[0]["n"], rows[0]["without"], rows[0]["mean"]
    if not count:
        return
    share = without / count
    level: Level = "error" if share > PEOPLE_LACK_ERROR else "warning" if share > PEOPLE_LACK_WARN else "note"
    if without:
        text = f"{without} of {count} deals have no contact; their journeys cannot be seen."
        yield Fact(
            "deals.without_people", "deals", share, PEOPLE_LACK_WARN, level, text, {"count": without, "of": count}
        )
    if mean is not None:
        level = "warning" if mean > PEOPLE_PER_DEAL else "note"
        yield Fact(
            "bridge.people_per_deal",
            "deals",
            mean,
            PEOPLE_PER_DEAL,
            level,
            f"A deal with contacts has {mean:.1f} persons on average.",
        )


def named_deals(ask: Question) -> Iterator[Fact]:
    """Deals of reports without a record id: account, name and day of creation are their key."""
    rows = ask.rows(
        """SELECT source, count(*) AS n FROM deals WHERE source = 'salesforce-opportunities' AND position(chr(31) IN source_key) > 0
             AND (created_at IS NULL OR created_at < :as_of) GROUP BY source ORDER BY source"""
    )
    for row in rows:
        text = (
            f"{row['n']} {'deal' if row['n'] == 1 else 'deals'} of {row['source']}: known by account, name and day of creation, "
            "for the report shows no id. Add the column Opportunity ID to it."
        )
        yield Fact("deals.name_key", row["source"], row["n"], 0, "note", text, {"count": row["n"]})


def currencies(ask: Question) -> Iterator[Fact]:
    """More than one currency, and amounts without a rate."""
    rows = ask.rows(
        """SELECT currency, sum(n) AS n FROM (
             SELECT currency, count(*) AS n FROM spend WHERE amount IS NOT NULL GROUP BY currency
             UNION ALL SELECT currency, count(*) FROM deals WHERE currency IS NOT NULL GROUP BY currency
             UNION ALL SELECT currency, count(*) FROM orders GROUP BY currency) AS x WHERE currency IS NOT NULL GROUP BY currency ORDER BY currency"""
    )
    found = [row["currency"] for row in rows]
    if len(found) > 1:
        yield Fact(
            "currency.mix", "all", len(found), 1, "note", f"Amounts are in {', '.join(found)}.", {"currencies": found}
        )
    yield from _unrated(ask)


def _unrated(ask: Question) -> Iterator[Fact]:
    """Amounts that no dated rate reaches: each row is judged on its own day, as the queries convert it."""
    rates: dict[str, list[tuple[dt.date, float]]] = {}
    for currency, day, per_plan in sorted(ask.facts.rates):
        rates.setdefault(currency, []).append((day, per_plan))
    rows = ask.rows(
        """SELECT currency, what, day, sum(amount) AS amount, count(*) AS n FROM (
             SELECT 'spend' AS what, currency, day, amount FROM spend WHERE day <= :last_day
             UNION ALL SELECT 'deals', currency, COALESCE(CAST(local(closed_at) AS DATE), CAST(:last_day AS DATE)), amount FROM deals
               WHERE COALESCE(created_at, closed_at) IS NULL OR COALESCE(created_at, closed_at) < :as_of
             UNION ALL SELECT 'orders', currency, CAST(local(ordered_at) AS DATE), net FROM orders WHERE ordered_at < :as_of) AS x
           WHERE amount IS NOT NULL AND currency <> :currency GROUP BY currency, what, day ORDER BY currency, what, day""",
        currency=ask.facts.currency,
    )
    missing = [row for row in rows if rate_on(rates.get(row["currency"], ()), row["day"]) is None]
    for currency in dict.fromkeys(row["currency"] for row in missing):
        found = [row for row in missing if row["currency"] == currency]
        sums = {
            what: sum(row["amount"] for row in found if row["what"] == what) for what in ("spend", "deals", "orders")
        }
        shares = ", ".join(f"{money(float(amount), currency)} of {what}" for what, amount in sums.items() if amount)
        count, first = sum(row["n"] for row in found), min(row["day"] for row in found)
        text = (
            f"{count} amounts in {currency} have no rate on their day ({shares or '0'}); no sum in {ask.facts.currency} "
            f"holds them. Add a rate of {currency} dated {first} or earlier under plan.rates."
        )
        detail = {"first": first.isoformat(), "last": max(row["day"] for row in found).isoformat(),
                  "money": {what: str(amount) for what, amount in sums.items() if amount}}  # fmt: skip
        yield Fact("currency.no_rate", currency, count, 0, "warning", text, detail)


def freshness(ask: Question) -> Iterator[Fact]:
    """Days missing in the middle of a source's spend, and sources that stopped."""
    for row in ask.rows(
        "SELECT source, list(DISTINCT day ORDER BY day) AS days FROM spend WHERE day <= :last_day GROUP BY source ORDER BY source"
    ):
        days: Sequence[dt.date] = row["days"]
        steps = [(later - earlier).days for earlier, later in pairwise(days)]
        longest = max(steps, default=1) - 1
        if longest > GAP_DAYS:
            after = days[steps.index(longest + 1)]
            text = f"{row['source']} has no spend for {longest} days in a row after {after}. Were they imported?"
            yield Fact("gap", row["source"], longest, GAP_DAYS, "warning", text, {"after": after.isoformat()})
        rhythm = sorted(steps)[len(steps) // 2] if steps else 1
        age = (ask.at.day - days[-1]).days
        if age > STALE_FACTOR * rhythm:
            text = f"{row['source']} ends {age} days before {ask.at.day}; its rows come every {rhythm} days."
            yield Fact("stale", row["source"], age, STALE_FACTOR * rhythm, "warning", text)


def clock(ask: Question) -> Iterator[Fact]:
    """Rows dated after the as-of day and after the import that brought them, and events before the web.

    A review of an earlier day leaves later rows out without a word; a row that was in the future on arrival is a
    mistyped date or a broken clock whenever one looks.
    """
    dated = {
        table.name: (table.time, next(column.type for column in table.columns if column.name == table.time))
        for table in FACT_TABLES
        if table.time is not None
    }
    parts = [
        f"SELECT '{name}' AS what, f.source, CAST({_local(time, kind)} AS DATE) AS day, FALSE AS early FROM {name} AS f "
        f"LEFT JOIN imports AS i ON i.import_id = f.import_id WHERE CAST({_local(time, kind)} AS DATE) > "
        "GREATEST(CAST(:last_day AS DATE), CAST(local(COALESCE(i.finished_at, :as_of)) AS DATE))"
        for name, (time, kind) in dated.items()
    ]
    early = f"SELECT 'touches', source, CAST(happened_at AS DATE), TRUE FROM touches WHERE happened_at < TIMESTAMP '{FIRST_YEAR}-01-01'"
    rows = ask.rows(
        f"SELECT source, what, early, count(*) AS n, min(day) AS first, max(day) AS last FROM ({' UNION ALL '.join([*parts, early])}) AS x "
        "GROUP BY source, what, early ORDER BY source, early, what"
    )
    for source in dict.fromkeys(row["source"] for row in rows):
        found = [row for row in rows if row["source"] == source]
        said = [
            f"{row['n']} rows of {row['what']} lie before {FIRST_YEAR}, the first on {row['first']}"
            if row["early"]
            else f"{row['n']} rows of {row['what']} lie after {ask.at.day} and do not count, the last on {row['last']}"
            for row in found
        ]
        text = f"Of {source}, {'; '.join(said)}. Mend the dates in the source and import it again."
        yield Fact("clock", source, sum(row["n"] for row in found), 0, "warning", text)


def _local(time: str, kind: str) -> str:
    return f"local(f.{time})" if kind == "TIMESTAMP" else f"f.{time}"


def late_arrivals(ask: Question) -> Iterator[Fact]:
    """Events that arrived more than a day after they happened: by their own time of arrival, else by GA4's daily file."""
    rows = ask.rows(
        """SELECT source, count(*) FILTER (days > 1) AS late, count(*) AS n, max(days) AS longest FROM (
             SELECT t.source, COALESCE(CAST(local(t.received_at) AS DATE), f.day) - CAST(local(t.happened_at) AS DATE) AS days
             FROM touches AS t LEFT JOIN (
               SELECT import_id, CAST(strptime(regexp_extract(file, '^events_(\\d{8})\\.', 1), '%Y%m%d') AS DATE) AS day
               FROM imports WHERE source = 'ga4' AND regexp_matches(file, '^events_\\d{8}\\.')
             ) AS f ON f.import_id = t.import_id
             WHERE t.happened_at < :as_of) AS x WHERE days IS NOT NULL GROUP BY source ORDER BY source"""
    )
    for row in rows:
        if row["late"]:
            text = f"{row['late']} of {row['n']} events of {row['source']} arrived more than a day late, {row['longest']} days at most."
            detail = {"rows": row["late"], "max_days": row["longest"]}
            yield Fact("late", row["source"], row["late"] / row["n"], LATE_DAYS, "note", text, detail)


def _share(name: str, where: str, counted: tuple[int, int], threshold: float, words: str) -> Fact:
    some, everything = counted
    share = some / everything
    level: Level = "warning" if share > threshold and everything >= CHECKED_MINIMUM else "note"
    return Fact(name, where, share, threshold, level, f"{some} of {everything} {words}.")


FACTS: tuple[Callable[[Question], Iterator[Fact]], ...] = (
    unseen_states, stage_order, unmatched_money, totals_and_rejects, restated, direct_share, anonymous_and_machines, deals_and_people,
    named_deals, currencies, freshness, clock, late_arrivals,
)  # fmt: skip
