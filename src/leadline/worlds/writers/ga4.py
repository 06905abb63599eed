"""GA4's BigQuery export as JSON lines, one file per quarter of delivery; 64-bit integers are text, as BigQuery writes them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from leadline.inputs import stream
from leadline.worlds.company import Company
from leadline.worlds.parameters import Door, Late
from leadline.worlds.visits import Visit
from leadline.worlds.writers.ga4_words import Event, Told, Words
from leadline.worlds.writers.written import Written

# Some events reach the export up to three days late (Google's own statement on the BigQuery export).
_LATEST = 3
READING = 41  # seconds on a page: own choice
_FORM, _LANDING = "generate_lead", "/compare"
PAGES = ("/compare", "/", "/pumpwatch", "/retrofit", "/proof")


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
    words = Words(company.world.world)
    lines = [line for number, visit in enumerate(visits) for line in _lines(company, visit, number, words)]
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


def _lines(company: Company, visit: Visit, number: int, words: Words) -> Iterator[Line]:
    random = stream(company.seed, f"world: events of {visit.cookie} {visit.at}")
    noise = company.world.noise
    denied = not visit.user and random.random() < noise.consent_denied
    late = _days_late(noise.late, random)
    delivered = visit.at.date() + dt.timedelta(days=late)
    cookie = None if denied else visit.cookie
    told = Told(f"{visit.at:%Y%m%d}", number + 1, cookie, _micros(company, visit.at) // 1_000_000)
    for event in _events(company, visit):
        user = visit.user if visit.user and (event.name == _FORM or not visit.form_at) else None
        text = words.line(told, event, user=user, door=visit.door if event.index <= 1 else None)
        twice = bool(random.random() < noise.duplicates)
        yield Line(delivered, event.moment, text, late > 0, twice, ignored=event.index == 0)


def _days_late(late: float | Late, random: np.random.Generator) -> int:
    """Return by how many days an event reaches the export late."""
    if not isinstance(late, Late):
        return int(random.integers(1, _LATEST + 1)) if random.random() < late else 0
    return int((random.random() >= 1 - np.cumsum([late.three, late.two, late.one])).sum())


def _events(company: Company, visit: Visit) -> Iterator[Event]:
    start = _micros(company, visit.at)
    landing = landing_of(company, visit.door)
    yield Event("session_start", start, landing, 0)
    yield Event("page_view", start, landing, 1)
    for page in range(1, visit.pages):
        location = {"page_location": _url(company, PAGES[page % len(PAGES)])}
        yield Event("page_view", start + page * READING * 1_000_000, location, 1 + page)
    if visit.event:
        yield Event(visit.event, start + 1_000_000, landing, 1 + visit.pages)
    if visit.form_at:
        yield Event(_FORM, _micros(company, visit.form_at), {"form": "contact"}, 1 + visit.pages)


def landing_of(company: Company, door: Door) -> dict[str, str]:
    """Return what a first page tells of where the visit came from."""
    landing = {"page_location": _url(company, _LANDING if door.campaign else "/")}
    return {**landing, "page_referrer": door.referrer} if door.referrer else landing


def _url(company: Company, page: str) -> str:
    return f"https://{company.world.world.host}{page}"


def _micros(company: Company, moment: dt.datetime) -> int:
    return round(moment.replace(tzinfo=company.world.zone).timestamp()) * 1_000_000
