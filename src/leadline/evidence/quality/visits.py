"""Can touches be told apart and followed: direct visits, tags nobody knows, nobody's touches, machines, doubles."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from leadline.evidence.frames import GAP_SECONDS
from leadline.evidence.quality.fact import CHECKED_MINIMUM, Fact, Level, Question, share_fact

WEEKS = 8  # design, evidence section 6: held against the mean of eight weeks


def direct(ask: Question) -> Iterator[Fact]:
    """Share of visits that came directly, in all, of those that bought, and in the last week against eight weeks."""
    rows = ask.rows("fact_sessions", gap=GAP_SECONDS, sample=ask.sample) if ask.touches else ()
    visits = sum(row["visits"] for row in rows)
    if not visits:
        return
    straight, sold = sum(row["direct"] for row in rows), sum(row["sold"] for row in rows)
    rise = _rise({row["week"]: (row["direct"], row["visits"]) for row in rows})
    words = f"sessions came directly{ask.sampled}: their origin is unknown"
    detail: dict[str, float] = {"sessions": visits}
    if sold:
        straight_sold = sum(row["sold_direct"] for row in rows)
        words += f"; of {sold} with an order, {straight_sold} did"
        detail["converting"] = straight_sold / sold
    if rise is not None:
        detail["rise"] = rise[1] - rise[0]
        if detail["rise"] > ask.limit("direct.rise"):
            words += (
                f"; in the last week {rise[1]:.0%}, in the {WEEKS} weeks before {rise[0]:.0%}: look for tags that broke"
            )
    fact = share_fact(ask, "direct.share", where="sessions", counted=(straight, visits), words=words, detail=detail)
    level: Level = "warning" if detail.get("rise", 0.0) > ask.limit("direct.rise") else fact.level
    yield Fact(fact.name, fact.where, fact.value, fact.threshold, level, fact.text, detail)


def _rise(weeks: dict[int, tuple[int, int]]) -> tuple[float, float] | None:
    """Return the mean share of eight weeks before the last, and that of the last; None where either has too few visits."""
    before = [weeks[week] for week in range(1, WEEKS + 1) if week in weeks]
    now = weeks.get(0, (0, 0))
    if len(before) < WEEKS or now[1] < CHECKED_MINIMUM or min(visits for _, visits in before) < CHECKED_MINIMUM:
        return None
    return sum(direct / visits for direct, visits in before) / len(before), now[0] / now[1]


def unassigned(ask: Question) -> Iterator[Fact]:
    """Share of touches whose tags no rule knows."""
    counts: Counter[bool] = Counter()
    tags: Counter[str] = Counter()
    for row in ask.rows("fact_touches"):
        if row["channel"] is not None:
            lost = row["channel"] == "Unassigned"
            counts[lost] += row["rows"]
            if lost:
                tags[f"{row['utm_source'] or '–'} / {row['utm_medium'] or '–'}"] += row["rows"]
    if counts:
        often = ", ".join(
            f"{name} ({count})" for name, count in sorted(tags.items(), key=lambda one: (-one[1], one[0]))[:3]
        )
        words = "touches carry tags that no rule knows" + (f": {often}" if often else "")
        counted = (counts[True], counts.total())
        yield share_fact(ask, "unassigned.share", where="touches", counted=counted, words=words, detail=dict(tags))


def nobodys(ask: Question) -> Iterator[Fact]:
    """Touches of nobody, and of machines."""
    rows = ask.rows("fact_touches")
    if not ask.touches:
        return
    nobody, machines = sum(row["nobody"] for row in rows), sum(row["machines"] for row in rows)
    words = "touches belong to nobody known: they count in totals, never in paths"
    yield share_fact(ask, "anonymous.share", where="touches", counted=(nobody, ask.touches), words=words)
    words = "touches come from machines and are left out"
    yield share_fact(ask, "machine.share", where="touches", counted=(machines, ask.touches), words=words)


def duplicates(ask: Question) -> Iterator[Fact]:
    """Events that look like another one of the same person a moment before."""
    for row in ask.rows("fact_duplicates", sample=ask.sample) if ask.touches else ():
        if row["doubled"]:
            words = f"events of {row['source']}{ask.sampled} follow the same event of the same node within a second"
            counted = (row["doubled"], row["rows"])
            yield share_fact(ask, "duplicates", where=row["source"], counted=counted, words=words)
