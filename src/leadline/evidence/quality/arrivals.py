"""What became of the files: totals that differ, rejects, rows that came late, amounts that changed afterwards."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

from leadline.evidence.quality.fact import CHECKED_MINIMUM, Fact, Level, Question
from leadline.words import money

TOTAL_DIFFERS = 0.01  # design, evidence section 2.3: per currency
# Sources that change days they have reported already → days; Google's BigQuery export does so for up to three.
STILL_GROWS = {"ga4": 3}
STEPS = (1, 2, 3)  # design, evidence section 6: more than 1, 2, 3 days after the day


def files(ask: Question) -> Iterator[Fact]:
    """Files whose own totals differ from their rows, of which much was rejected, or that lost rows they had before."""
    for row in ask.rows("fact_imports"):
        flags: dict[str, Any] = json.loads(row["flags"] or "{}")
        if gone := flags.get("spend.vanished"):
            text = f"Rows of spend that {row['file']} covers and does not have: {gone}. They still count (--replace-span sets them to 0)."
            yield Fact("spend.vanished", row["file"], gone, 0, "warning", text, {"rows": gone})
        for name, (claimed, given) in sorted(json.loads(row["checksums"] or "{}").items()):
            yield Fact(
                "import.total_mismatch", row["file"], float(given) - float(claimed), TOTAL_DIFFERS, "warning",
                f"{row['file']} says {name} is {claimed}, its rows give {given}.",
                {"total": name, "file_total": claimed, "rows_total": given},
            )  # fmt: skip
        limit = ask.limit("rejects.share")
        if row["read"] and row["rejected"] / row["read"] > limit:
            text = f"{row['rejected']} of {row['read']} records of {row['file']} were rejected; they lie in evidence/rejects."
            yield Fact("rejects.share", row["file"], row["rejected"] / row["read"], limit, "warning", text)


def restated(ask: Question) -> Iterator[Fact]:
    """How much spend changed after it was first reported."""
    (row,) = ask.rows("fact_restated")
    if not row["rows"]:
        return
    limit, many = ask.limit("restated"), row["rows"]
    level: Level = "warning" if row["p90"] > limit else "note"
    text = f"{many} amounts of spend were restated, half by more than {row['median']:.1%}, a tenth by more than {row['p90']:.1%}."
    yield Fact("restated", "spend", row["p90"], limit, level, text, {"rows": many, "median": row["median"]})


def late(ask: Question) -> Iterator[Fact]:
    """Events and spend that came later than the day after their day, and days of a source that can still grow."""
    sources: dict[str, Counter[str]] = {}
    last: dict[str, dt.date] = {}
    for row in ask.rows("fact_touch_days"):
        told = sources.setdefault(row["source"], Counter())
        last[row["source"]] = row["day"]
        told["longest"] = max(told["longest"], row["longest"] or 0)
        for name in ("told", "late_1", "late_2", "late_3", "money_told", "money_1"):
            told[name] += row[name] or 0
    for source, told in sorted(sources.items()):
        grows = STILL_GROWS.get(source, 0)
        is_open = (ask.at.day - last[source]).days < grows
        if told["late_1"] or is_open:
            yield _late(ask, source, told=told, grows=grows if is_open else 0)
    for row in ask.rows("fact_late_spend"):
        if row["late_1"]:
            found = Counter({name: row[name] or 0 for name in ("late_1", "late_2", "late_3", "longest", "money_1")})
            found["told"], found["money_told"] = row["rows"], row["money"] or 0
            yield _late(ask, row["source"], told=found, grows=0, currency=row["currency"])


def _late(ask: Question, source: str, *, told: Counter[str], grows: int, currency: str | None = None) -> Fact:
    count, everything = told["late_1"], told["told"]
    share, limit = count / everything if everything else 0.0, ask.limit("late")
    what = f"rows of spend of {source}" if currency else f"events of {source}"
    parts = []
    if count:
        steps = ", ".join(f"{told[f'late_{step}']} more than {step}" for step in STEPS[1:])
        sums = (
            f", {money(float(told['money_1']), currency)} of {money(float(told['money_told']), currency)}"
            if currency
            else ""
        )
        parts.append(
            f"{count} of {everything} {what} arrived more than a day late{sums} ({steps}), {told['longest']} days at most."
        )
    if grows:
        parts.append(f"The last {grows} days of {source} can still grow, so nothing of them counts as complete.")
    detail: dict[str, Any] = {"rows": count, "max_days": told["longest"], "incomplete_days": grows}
    detail |= {f"more_than_{step}": told[f"late_{step}"] / everything if everything else 0.0 for step in STEPS}
    if told["money_told"]:
        detail["money_share"] = float(told["money_1"]) / float(told["money_told"])
    level: Level = "warning" if share > limit and everything >= CHECKED_MINIMUM else "note"
    return Fact("late", source, share, limit, level, " ".join(parts), detail)
