"""Do deals and stages hang together: people behind deals, deals nobody saw coming, stages in the order of the bridge."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from statistics import quantiles

from leadline.evidence.quality.fact import CHECKED_MINIMUM, Fact, Level, Question, share_fact
from leadline.evidence.schema import KEY_SEPARATOR
from leadline.words import money

STUCK_QUANTILE = 95  # design, evidence section 6: open longer than the 95th percentile of won deals
LISTED = 20  # own: as many keys as fit on a page


def people(ask: Question) -> Iterator[Fact]:
    """Deals without a contact, persons per deal, and deals that nobody saw coming."""
    (row,) = ask.rows("fact_deals")
    count, without, mean = row["deals"], row["without"], row["people_per_deal"]
    if not count:
        return
    share = without / count
    warn, wrong = ask.limit("deals.without_people"), ask.limit("deals.without_people_error")
    level: Level = "error" if share > wrong else "warning" if share > warn else "note"
    if without:
        text = f"{without} of {count} deals have no contact; their journeys cannot be seen."
        yield Fact("deals.without_people", "deals", share, warn, level, text, {"count": without, "of": count})
    if mean is not None:
        limit = ask.limit("bridge.people_per_deal")
        level = "warning" if mean > limit else "note"
        text = f"A deal with contacts has {mean:.1f} persons on average."
        yield Fact("bridge.people_per_deal", "deals", mean, limit, level, text)
    if ask.touches and row["unseen"]:
        words = "deals have no touch of any of their people before they were created: what led to them is unknown"
        yield share_fact(ask, "deals.no_source", where="deals", counted=(row["unseen"], row["dated"]), words=words)


def stuck(ask: Question) -> Iterator[Fact]:
    """Open deals that are older than nineteen of twenty won ones were when they were won."""
    rows = ask.rows("fact_deal_ages")
    won = [row["days"] for row in rows if row["status"] == "won"]
    if len(won) < CHECKED_MINIMUM:
        return
    limit = quantiles(won, n=100, method="inclusive")[STUCK_QUANTILE - 1]
    old = [row for row in rows if row["status"] == "open" and row["days"] > limit]
    if not old:
        return
    sums: Counter[str] = Counter()
    for row in old:
        if row["amount"] is not None and row["currency"] is not None:
            sums[row["currency"]] += row["amount"]
    held = ", ".join(money(float(amount), currency) for currency, amount in sorted(sums.items()))
    text = (
        f"{len(old)} open deals are older than {limit:.0f} days, longer than nineteen of twenty won ones took"
        f"{f'; they hold {held}' if held else ''}. Close them, or say what they wait for."
    )
    keys = [row["source_key"].replace(KEY_SEPARATOR, " ") for row in old[:LISTED]]
    yield Fact("deals.stuck", "deals", len(old), limit, "note", text, {"deals": keys, "count": len(old)})


def named(ask: Question) -> Iterator[Fact]:
    """Deals of reports without a record id: account, name and day of creation are their key."""
    for row in ask.rows("fact_named_deals", sign=KEY_SEPARATOR):
        text = (
            f"{row['rows']} deals of {row['source']} are told apart by account, name and day of creation, for the report shows no id. "
            "Add the column Opportunity ID to it."
        )
        yield Fact("deals.name_key", row["source"], row["rows"], 0, "note", text, {"count": row["rows"]})


def stage_order(ask: Question) -> Iterator[Fact]:
    """Tell of changes dated before the one they follow, moves against the bridge, states left out, stays that ended as they began."""
    beyond = _reached(ask)
    rows = ask.rows("fact_stage_moves")
    for source in dict.fromkeys(row["source"] for row in rows):
        counts: Counter[str] = Counter()
        for row in rows:
            if row["source"] == source:
                left, entered = row["left_stage"], row["stage"]
                counts["rows"] += row["rows"]
                counts["backward"] += row["dated_before"]
                counts["at_once"] += row["at_once"]
                if left in beyond.get(entered, {}) and entered not in beyond.get(left, {}):
                    counts["against"] += row["rows"]
                elif beyond.get(left, {}).get(entered, 0) > 1:
                    counts["skipped"] += row["rows"]
        said = {
            "backward": "are dated before the one they follow",
            "against": "go back against the bridge",
            "skipped": "leave out a state of the bridge",
            "at_once": "end in the moment they begin",
        }
        told = [
            f"{counts[name]} ({counts[name] / counts['rows']:.0%}) {words}"
            for name, words in said.items()
            if counts[name]
        ]
        if told:
            text = f"Of {counts['rows']} stage changes of {source}, {', '.join(told)}."
            detail = {name: counts[name] for name in said if counts[name]}
            yield Fact("stage.order", source, max(detail.values()), 0, "note", text, detail)


def _reached(ask: Question) -> Mapping[str, Mapping[str, int]]:
    """Return, per state, the states the bridge leads to and over how many steps at least."""
    after: dict[str, list[str]] = {}
    for left, entered in ask.facts.bridge:
        after.setdefault(left, []).append(entered)
    found: dict[str, dict[str, int]] = {}
    for start in after:
        steps: dict[str, int] = {}
        line, depth = [start], 0
        while line:
            depth += 1
            line = [other for state in line for other in after.get(state, ()) if other not in steps]
            steps.update(dict.fromkeys(line, depth))
        found[start] = steps
    return found
