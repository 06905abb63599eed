"""Does the evidence answer what the plan asks: its metrics, its running tactics, its states."""

from __future__ import annotations

import datetime as dt
import difflib
from collections.abc import Iterator, Mapping, Sequence

from leadline.evidence.quality.fact import Fact, Question, Rows, shown
from leadline.evidence.shares import shares_of
from leadline.evidence.sources.registry import SOURCES
from leadline.evidence.tactics import COLUMNS

LOST = "lost"  # ends a way without being on it: every query of the bridge knows it, and no plan has to name it
MISSPELT = 0.85  # own: "origins" is 0.92 like "origin"; at 0.77 "regions" is, a mapping's name that may well come
Family = tuple[str, str]  # kind of what a metric counts, and its name where the kind has names
MONTHS = {"month": 1, "quarter": 3, "half-year": 6, "year": 12}


def metrics(ask: Question) -> Iterator[Fact]:
    """Metrics of the plan whose source does not answer in the last full period.

    A source answers with a row in the period, or where an import covers the whole of it: then nothing is an answer too.
    """
    wanted = ask.facts.metric_sources
    if not wanted:
        return
    spans, known = _spans(ask), _known(ask)
    silent = []
    for metric, (source, every) in wanted.items():
        first, last = last_full_period(every, ask.at.day)
        if not any(
            day >= first or any(start <= first and last <= end for start, end in spans.get(told, ()))
            for told, day in known.get(_family(source), ())
        ):
            silent.append(metric)
    value = (len(wanted) - len(silent)) / len(wanted)
    limit = ask.limit("coverage.metric")
    if not silent:
        text = f"All {len(wanted)} metrics of the plan that name a source are answered in their last full period."
    else:
        text = (
            f"{len(silent)} of {len(wanted)} metrics that name a source have no answer in their last full period: "
            f"{shown([f'{metric} ({wanted[metric][0]})' for metric in silent])}. Import what counts them, or correct their "
            "source in the plan."
        )
    answers = {
        metric: _answer(known.get(_family(source), ()), spans, day=ask.at.day) for metric, (source, _) in wanted.items()
    }
    detail = {"silent": silent, "answers": answers}
    yield Fact("coverage.metric", "metrics", value, limit, "warning" if value < limit else "note", text, detail)


def _known(ask: Question) -> Mapping[Family, list[tuple[str, dt.date]]]:
    """Return, per kind and name of what metrics count, the sources that have rows of it and the last day of each."""
    known: dict[Family, list[tuple[str, dt.date]]] = {}
    for row in ask.rows("fact_series"):
        known.setdefault((row["kind"], row["name"] or ""), []).append((row["source"], row["last_day"]))
    for row in ask.rows("fact_touches"):
        known.setdefault(("touches", row["event"]), []).append((row["source"], row["last_day"]))
    for row in ask.rows("fact_stages"):
        if row["stage"] is not None and row["last_day"] is not None:
            known.setdefault(("stage", row["stage"]), []).append((row["source"], row["last_day"]))
    return known


def _answer(
    told: Sequence[tuple[str, dt.date]], spans: Mapping[str, Sequence[tuple[dt.date, dt.date]]], *, day: dt.date
) -> Mapping[str, object]:
    """Return which sources answer a metric, and the last day of which they speak: by their rows, or covered by imports."""
    ends = [max([last, *(min(end, day) for _, end in spans.get(source, ()))]) for source, last in told]
    return {"sources": sorted({source for source, _ in told}), "last": max(ends).isoformat() if ends else None}


def tactics(ask: Question) -> Iterator[Fact]:
    """Tactics that run by the plan's dates, of which nothing was ever seen since they began."""
    day = ask.at.day
    running = {name: dates[0] for name, dates in ask.facts.tactic_dates.items() if dates[0] <= day <= dates[1]}
    if not running:
        return
    seen: dict[str, dt.date] = {}
    for row in ask.rows("fact_tactics"):
        for name in shares_of(row["tactic"]) if row["last_day"] else ():
            seen[name] = max(row["last_day"], seen.get(name, row["last_day"]))
    for row in ask.rows("fact_touches"):
        if row["tactic"] is not None:
            seen[row["tactic"]] = max(row["last_day"], seen.get(row["tactic"], row["last_day"]))
    unseen = [name for name, start in running.items() if name not in seen or seen[name] < start]
    value = (len(running) - len(unseen)) / len(running)
    limit = ask.limit("coverage.tactic")
    if not unseen:
        text = f"All {len(running)} tactics that run on {day} are seen in the evidence."
    else:
        text = (
            f"{len(unseen)} of {len(running)} tactics that run on {day} are seen nowhere: no money, no touch, no result of "
            f"{shown(unseen)}. Import their exports, or say under tracked_as what they are called there."
        )
    yield Fact(
        "coverage.tactic", "tactics", value, limit, "warning" if value < limit else "note", text, {"unseen": unseen}
    )


def tracked(ask: Question) -> Iterator[Fact]:
    """Names under tracked_as that are no column and no source, and much like one: nothing is ever found by them.

    A source that was never imported and is like no other may still come.
    """
    known = {*COLUMNS, *(one.name for one in SOURCES), *(row["source"] for row in ask.rows("fact_imports"))}
    for tactic, rules in ask.facts.tracked_as.items():
        for name in (one for one in rules if one not in known):
            for meant in difflib.get_close_matches(name, sorted(known), n=1, cutoff=MISSPELT):
                text = (
                    f'"{name}" under tracked_as of {tactic} is no column and no source that was imported, so it finds nothing. '
                    f'Nearest: "{meant}". Correct it in the plan.'
                )
                yield Fact("tactic.untracked", tactic, name, None, "warning", text, {"nearest": meant})


def states(ask: Question) -> Iterator[Fact]:
    """States of the plan's bridge that no row takes; source stages without a state."""
    rows = ask.rows("fact_stages")
    seen = {row["stage"] for row in rows}
    for state in sorted(ask.facts.states - seen):
        known = ", ".join(sorted(name for name in seen if name)) or "none"
        text = f'No row ever takes the state "{state}". Stages in the evidence: {known}.'
        yield Fact("state.unseen", state, 0, 0, "warning", text)
    for source, found in unmapped(ask).items():
        named = ", ".join(f"{stage} ({count})" for stage, count in found.items())
        yield Fact(
            "stage.unmapped", source, sum(found.values()), 0, "warning",
            f"Stages of {source} without a state: {named}. Map them in leadline.toml under [stages.{source}]{_alike(rows, source, found)}.",
            {"stages": list(found), "rows": sum(found.values())},
        )  # fmt: skip


def unmapped(ask: Question) -> Mapping[str, Mapping[str, int]]:
    """Return the stages of each source that are no state of the plan, nor what journeys end in, with their rows, most first.

    Of a source that tells of stages one by one, those; of one that knows only where each deal stands now, these.
    """
    rows = ask.rows("fact_stages")
    told = {row["source"] for row in rows if row["has_history"]}
    found: dict[str, dict[str, int]] = {}
    for row in rows:
        raw, source = row["stage_raw"], row["source"]
        is_told = row["has_history"] or source not in told
        if is_told and raw is not None and raw == row["stage"] and raw not in {LOST, ask.outcome, *ask.facts.states}:
            found.setdefault(source, {})[raw] = row["rows"]
    return found


def _alike(rows: Rows, source: str, names: Mapping[str, int]) -> str:
    """Return what another source takes some of these names for, which may well hold here: two exports of one CRM."""
    taken = {
        row["stage_raw"]: (row["source"], row["stage"])
        for row in rows
        if row["source"] != source and row["stage_raw"] in names and row["stage_raw"] != row["stage"]
    }
    if not taken:
        return ""
    raw, (other, state) = next(iter(taken.items()))
    more = f" and {len(taken) - 1} more names" if len(taken) > 1 else ""
    return f", perhaps as under [stages.{other}], where {raw} is {state}{more}"


def last_full_period(every: str, day: dt.date) -> tuple[dt.date, dt.date]:
    """Return first and last day of the last whole period up to a day.

    >>> last_full_period("month", dt.date(2027, 3, 30)), last_full_period("week", dt.date(2027, 3, 30))
    ((datetime.date(2027, 2, 1), datetime.date(2027, 2, 28)), (datetime.date(2027, 3, 22), datetime.date(2027, 3, 28)))
    """
    after = day + dt.timedelta(days=1)
    if every == "day":
        return day, day
    if every == "week" or every not in MONTHS:
        days = 7 if every == "week" else max(1, int(every.split(maxsplit=1)[0]))
        last = after - dt.timedelta(days=after.weekday() + 1) if every == "week" else day
        return last - dt.timedelta(days=days - 1), last
    months = MONTHS[every]
    number = after.year * 12 + after.month - 1
    begun = number - number % months
    return _month(begun - months), _month(begun) - dt.timedelta(days=1)


def _month(number: int) -> dt.date:
    year, month = divmod(number, 12)
    return dt.date(year, month + 1, 1)


def _family(source: str) -> Family:
    """Return what a metric's source reads: kind and name, where the kind has names."""
    kind, colon, name = source.partition(":")
    return (kind, name) if colon else (source.partition(".")[0], "")


def _spans(ask: Question) -> Mapping[str, list[tuple[dt.date, dt.date]]]:
    """Return the days that the imports of each source cover, joined where they touch."""
    found: dict[str, list[tuple[dt.date, dt.date]]] = {}
    for row in sorted(ask.rows("fact_imports"), key=lambda row: (row["span_from"] or dt.date.max, row["import_id"])):
        if row["span_from"] is None:
            continue
        spans = found.setdefault(row["source"], [])
        if spans and row["span_from"] <= spans[-1][1] + dt.timedelta(days=1):
            spans[-1] = (spans[-1][0], max(spans[-1][1], row["span_to"]))
        else:
            spans.append((row["span_from"], row["span_to"]))
    return found
