"""The plan of the next window, begun from the old one: what is known is taken over, what was promised is not.

Taken over are the metrics, the situation, the strategy, the shared steps, people and teams, watches, risks, open
assumptions and ideas. Objectives stand without baseline and target until somebody says them; activities go on only where
somebody says so, and then without money, dates and expected results. Nothing is invented.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from typing import Any

from leadline.plan.reading import feed
from leadline.plan.source import Document
from leadline.plan.spelling import Value, written
from leadline.plan.tactics import Tactic
from leadline.units import Period

__all__ = ["carried", "drafted", "next_window"]

# Days of a year's window; such a window moves on by a calendar year, any other by its own length.
_YEAR = (365, 366)
# Longest element on one line (as the interview writes them).
_LINE = 120
_PLAN = ("title", "organisation", "currency", "driver", "review_every", "timezone", "rates", "worth_horizon")
_OBJECTIVE = ("id", "metric", "type", "segment", "guardrails", "serves", "weight", "owner")
_TACTIC = ("id", "name", "intent", "segments", "messages", "channels", "offering", "timing", "owner", "mechanism",
           "tracked_as", "improves", "incentive", "disclosure")  # fmt: skip
_WATCH = ("id", "name", "metric", "objective", "every", "by", "amber", "red", "then")
_HANDOVER_DATED = ("briefing", "assets")


def next_window(window: Period) -> Period:
    """Return the window that follows: a year after a year, else as many days as before.

    >>> str(next_window(Period.parse("2027-02-01..2028-01-31")))
    '2028-02-01..2029-01-31'
    """
    start = window.end + dt.timedelta(days=1)
    if window.days in _YEAR:
        following = _a_year_later(start)
        return Period(start, following - dt.timedelta(days=1))
    return Period(start, window.end + dt.timedelta(days=window.days))


def _a_year_later(day: dt.date) -> dt.date:
    try:
        return day.replace(year=day.year + 1)
    except ValueError:  # 29 February
        return dt.date(day.year + 1, 3, 1)


def carried(tactic: Tactic) -> dict[str, Value]:
    """Return what of a tactic goes into the next plan: what it is and whom it is for, not what it costs or promises."""
    raw = tactic.model_dump(mode="json", by_alias=True, include=set(_TACTIC), exclude_none=True, exclude_defaults=True)
    kept: dict[str, Value] = {key: raw[key] for key in _TACTIC if key in raw}
    serves: Value = [link.ref for link in tactic.serves]
    return {**kept, **({"serves": serves} if serves else {}), "reason": "evidence"}


def drafted(document: Document, window: Period) -> str:
    """Return the text of the next plan as a draft, from the plan whose window ends."""
    old: Any = feed(document.root)
    gone = {one.id for one in document.plan.tactics.list}
    head: dict[str, Value] = {"id": _next_id(document.plan.plan.id, document.plan.plan.window, window)}
    head |= {key: old["plan"][key] for key in _PLAN if key in old["plan"]}
    if document.plan.plan.window and "title" in head:
        head["title"] = str(head["title"]).replace(str(document.plan.plan.window.start.year), str(window.start.year))
    head |= {"window": str(window), "status": "draft"}
    control = old.get("control") or {}
    sections: dict[str, Any] = {
        "plan": head,
        "metrics": old.get("metrics"),
        "situation": _situation(old.get("situation") or {}, gone),
        "objectives": [_only(one, _OBJECTIVE) for one in old.get("objectives") or ()],
        "strategy": old.get("strategy"),
        "tactics": {"bridge": (old.get("tactics") or {}).get("bridge"), "list": []},
        "action": _action(old.get("action") or {}),
        "control": {
            "watches": [_only(one, _WATCH) for one in control.get("watches") or ()],
            "assumptions": [one for one in control.get("assumptions") or () if str(one.get("state", "open")) == "open"],
            "risks": control.get("risks"), "ideas": control.get("ideas"),
        },
    }  # fmt: skip
    lines = [f"# The plan of {window}, begun from {document.plan.plan.id}. What is missing is open on purpose."]
    for name, section in sections.items():
        lines += ["", f"{name}:", *_lines(_unreviewed(section), 2)] if section else []
    return "\n".join(lines) + "\n"


def _next_id(identity: str, before: Period | None, window: Period) -> str:
    year = str(before.start.year) if before else ""
    if year and year in identity:
        return identity.replace(year, str(window.start.year))
    return f"{re.sub(r'-?[0-9]{4}$', '', identity)}-{window.start.year}"


def _only(element: dict[str, Value], keys: tuple[str, ...]) -> dict[str, Value]:
    return {key: element[key] for key in keys if key in element}


def _situation(situation: dict[str, Any], gone: set[str]) -> dict[str, Any]:
    """Return the situation with findings that no longer point at tactics of the old plan."""
    findings = []
    for one in situation.get("findings") or ():
        kept = [name for name in one.get("addressed_by") or () if name not in gone]
        findings.append(
            {
                **{key: part for key, part in one.items() if key != "addressed_by"},
                **({"addressed_by": kept} if kept else {}),
            }
        )
    return {**situation, **({"findings": findings} if findings else {})}


def _action(action: dict[str, Any]) -> dict[str, Any]:
    handovers = [
        {key: part for key, part in one.items() if key not in _HANDOVER_DATED} for one in action.get("handovers") or ()
    ]
    return {"people": action.get("people"), "teams": action.get("teams"), "handovers": handovers}


def _unreviewed(value: Any) -> Any:  # noqa: ANN401 - any value of a YAML file
    """Return a value without the stamps of reviews: the next plan has to be looked at anew."""
    if isinstance(value, list):
        return [_unreviewed(one) for one in value]
    if not isinstance(value, dict):
        return value
    if set(value) <= {"ref", "seen"} and "ref" in value:
        return value["ref"]
    return {key: _unreviewed(part) for key, part in value.items() if key not in ("reviewed", "seen")}


def _lines(value: Any, indent: int) -> Iterator[str]:  # noqa: ANN401 - same
    """Yield a section: lists of elements one element a line, keyed where that is too long."""
    lead = " " * indent
    if isinstance(value, list):
        for one in value:
            line = f"{lead}- {written(one, in_flow=False)}"
            if len(line) <= _LINE or not isinstance(one, dict):
                yield line
                continue
            keys = [f"{key}: {written(part, in_flow=False)}" for key, part in one.items()]
            yield f"{lead}- {keys[0]}"
            yield from (f"{lead}  {key}" for key in keys[1:])
        return
    for key, part in value.items():
        if isinstance(part, list) and part and isinstance(part[0], dict):
            yield f"{lead}{key}:"
            yield from _lines(part, indent + 2)
        elif part is not None and (part != [] or key == "list"):
            yield f"{lead}{key}: {written(part, in_flow=False)}"
