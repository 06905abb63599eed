"""GA4's BigQuery export as JSON lines, one file per quarter of delivery; 64-bit integers are text, as BigQuery writes them."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from leadline.inputs import stream
from leadline.worlds.company import Company
from leadline.worlds.parameters import Door, Late
from leadline.worlds.visits import Visit
from leadline.worlds.writers.written import Written

# Some events reach the export up to three days late (Google's own statement on the BigQuery export).
_LATEST = 3
_READING = 41  # seconds on a page: own choice
_FORM, _LANDING = "generate_lead", "/compare"
_PAGES = ("/compare", "/", "/pumpwatch", "/retrofit", "/proof")
_MANUAL = (
    "campaign_id", "campaign_name", "source", "medium", "term", "content", "source_platform", "creative_format",
    "marketing_tactic",
)  # fmt: skip
_EMPTY = {"string_value": None, "int_value": None, "float_value": None, "double_value": None}


@dataclass(frozen=True)
class Line:
    """One event as text.

    delivered: the day it reached the export · late, twice: what went wrong on the way
    ignored: bookkeeping of the tool (a session's start), no touch
    """

    delivered: dt.date
    moment: int
    text: str
    late: bool
    twice: bool
    ignored: bool


def ga4_files(company: Company, visits: tuple[Visit, ...]) -> Iterator[Written]:
    """Yield one file per quarter with what had been delivered by as-of."""
    as_of = company.world.world.as_of
    lines = [line for number, visit in enumerate(visits) for line in _lines(company, visit, number)]
    shown = sorted((line for line in lines if line.delivered <= as_of), key=lambda line: (line.delivered, line.moment))
    quarters: dict[str, list[Line]] = {}
    for line in shown:
        quarters.setdefault(f"{line.delivered.year}q{(line.delivered.month + 2) // 3}", []).append(line)
    for quarter, part in quarters.items():
        texts = [text for line in part for text in [line.text] * (1 + line.twice)]
        counts = {
            "records": len(texts),
            "duplicate_row": sum(line.twice and not line.ignored for line in part),
            "event_ignored": sum(1 + line.twice for line in part if line.ignored),
            "late": sum(line.late for line in part),
        }
        yield Written(f"ga4_events_{quarter}.jsonl", "".join(texts).encode(), counts)


@dataclass(frozen=True)
class _Event:
    """One event of a visit: name, microseconds since 1970 (UTC), text parameters, place in the visit."""

    name: str
    moment: int
    texts: dict[str, str]
    index: int


def _lines(company: Company, visit: Visit, number: int) -> Iterator[Line]:
    random = stream(company.seed, f"world: events of {visit.cookie} {visit.at}")
    noise = company.world.noise
    denied = not visit.user and random.random() < noise.consent_denied
    late = _days_late(noise.late, random)
    delivered = visit.at.date() + dt.timedelta(days=late)
    for event in _events(company, visit):
        row = {
            "event_date": f"{visit.at:%Y%m%d}", "event_timestamp": str(event.moment), "event_name": event.name,
            "event_params": _params(company, visit, event, denied=denied),
            "event_bundle_sequence_id": str(number + 1), "batch_event_index": str(event.index),
            "user_id": visit.user if visit.user and (event.name == _FORM or not visit.form_at) else None, "user_pseudo_id": None if denied else visit.cookie,
            **_surroundings(company, visit, event, denied=denied),
        }  # fmt: skip
        text = json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n"
        twice = bool(random.random() < noise.duplicates)
        yield Line(delivered, event.moment, text, late > 0, twice, ignored=event.index == 0)


def _days_late(late: float | Late, random: np.random.Generator) -> int:
    """Return by how many days an event reaches the export late."""
    if not isinstance(late, Late):
        return int(random.integers(1, _LATEST + 1)) if random.random() < late else 0
    return int((random.random() >= 1 - np.cumsum([late.three, late.two, late.one])).sum())


def _events(company: Company, visit: Visit) -> Iterator[_Event]:
    start = _micros(company, visit.at)
    landing = {"page_location": _url(company, _LANDING if visit.door.campaign else "/")}
    if visit.door.referrer:
        landing["page_referrer"] = visit.door.referrer
    yield _Event("session_start", start, landing, 0)
    yield _Event("page_view", start, landing, 1)
    for page in range(1, visit.pages):
        location = {"page_location": _url(company, _PAGES[page % len(_PAGES)])}
        yield _Event("page_view", start + page * _READING * 1_000_000, location, 1 + page)
    if visit.event:
        yield _Event(visit.event, start + 1_000_000, landing, 1 + visit.pages)
    if visit.form_at:
        yield _Event(_FORM, _micros(company, visit.form_at), {"form": "contact"}, 1 + visit.pages)


def _params(company: Company, visit: Visit, event: _Event, *, denied: bool) -> list[dict[str, object]]:
    session = [] if denied else [("ga_session_id", "int_value", str(_micros(company, visit.at) // 1_000_000))]
    texts = [(key, "string_value", value) for key, value in event.texts.items()]
    return [{"key": key, "value": {**_EMPTY, kind: value}} for key, kind, value in (*session, *texts)]


def _surroundings(company: Company, visit: Visit, event: _Event, *, denied: bool) -> dict[str, object]:
    """Return what the export says of every event alike; only a visit's first page tells where it came from."""
    answer = "No" if denied else "Yes"
    return {
        "privacy_info": {"analytics_storage": answer, "ads_storage": answer, "uses_transient_token": "No"},
        "user_first_touch_timestamp": str(event.moment),
        "device": {"category": "desktop", "web_info": {"hostname": company.world.world.host}},
        "geo": {"country": company.world.world.country, "region": company.world.world.region},
        "traffic_source": {"name": "(direct)", "medium": "(none)", "source": "(direct)"},
        "collected_traffic_source": _collected(visit.door) if event.index <= 1 else None,
        "stream_id": "1", "platform": "WEB", "ecommerce": None, "items": [],
    }  # fmt: skip


def _collected(door: Door) -> dict[str, str | None] | None:
    if door.source is None:
        return None
    given = {"campaign_name": door.campaign, "source": door.source, "medium": door.medium}
    return {**{f"manual_{name}": given.get(name) for name in _MANUAL}, "gclid": None, "dclid": None, "srsltid": None}


def _url(company: Company, page: str) -> str:
    return f"https://{company.world.world.host}{page}"


def _micros(company: Company, moment: dt.datetime) -> int:
    return round(moment.replace(tzinfo=company.world.zone).timestamp()) * 1_000_000
