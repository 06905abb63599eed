"""The crowd's events as GA4 exports them, written month by month while they are drawn."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from leadline.worlds.company import Company
from leadline.worlds.crowd import Crowd, Variants, months
from leadline.worlds.parameters import Door
from leadline.worlds.spending import calendar_days
from leadline.worlds.writers.ga4 import PAGES, READING, landing_of
from leadline.worlds.writers.ga4_words import Words
from leadline.worlds.writers.written import Written

_AT_ONCE = 5_000  # visits per write: own choice, a few megabytes
_FIRST_NUMBER = 10**9  # visits of the crowd are numbered from here, so that no number is anybody else's


@dataclass(frozen=True)
class _Pieces:
    """Text around what differs between the events of one variant."""

    first: tuple[str, str]
    rest: tuple[str, str]
    landing: str


def write_crowd(company: Company, folder: Path) -> list[Written]:
    """Write one file a month of what reached the export by as-of; return their names and counts, without the bytes."""
    pieces = _pieces(company)
    pages = [_page(company, number) for number in range(len(PAGES))]
    number, written = _FIRST_NUMBER, []
    for first, crowd in months(company):
        known = crowd.take(
            crowd.second // 86_400 + crowd.late <= (company.world.world.as_of - company.world.world.start).days
        )
        name, events = f"ga4_crowd_{first:%Y%m}.jsonl", int((known.pages + 1).sum())
        with (folder / name).open("w", encoding="utf-8", newline="") as file:
            lines: list[str] = []
            for line in _lines(company, known, pieces, pages=pages, number=number):
                lines.append(line)
                if len(lines) == _AT_ONCE:
                    file.write("".join(lines))
                    lines.clear()
            file.write("".join(lines))
        number += len(known.second)
        counts = {"records": events, "event_ignored": len(known.second), "late": int((known.late > 0).sum())}
        written.append(Written(name, b"", counts))
    return written


def _pieces(company: Company) -> dict[tuple[int, bool], _Pieces]:
    words, doors = Words(company.world.world), Variants.of(company).doors
    return {
        (place, denied): _Pieces(
            words.surroundings(denied=denied, door=door),
            words.surroundings(denied=denied, door=None),
            words.params(landing_of(company, door)),
        )
        for place, door in enumerate(doors)
        for denied in (False, True)
    }


def _page(company: Company, number: int) -> str:
    location = landing_of(company, Door())["page_location"].removesuffix("/") + PAGES[number]
    return Words(company.world.world).params({"page_location": location})


def _lines(
    company: Company, crowd: Crowd, pieces: dict[tuple[int, bool], _Pieces], *, pages: list[str], number: int
) -> Iterator[str]:
    """Yield the text of each visit: its start, its first page, its other pages."""
    noons = [dt.datetime.combine(day, dt.time(12), company.world.zone) for day in calendar_days(company.world)]
    # Midnight by the clock of noon: hours in which people read lie behind the change of a clock.
    midnights = [int(noon.timestamp()) - 43_200 for noon in noons]
    dates = [f"{noon:%Y%m%d}" for noon in noons]
    words = Words(company.world.world)
    columns = (crowd.second, crowd.cookie, crowd.born, crowd.door, crowd.pages, crowd.denied)
    for second, cookie, born, door, count, denied in zip(*(column.tolist() for column in columns), strict=True):
        number += 1
        day, clock = divmod(second, 86_400)
        at, piece = midnights[day] + clock, pieces[door, denied]
        who, session = ("null", "") if denied else (f'"{cookie}.{midnights[0] + born}"', words.session(at) + ",")
        head, moment = f'{{"event_date":"{dates[day]}","event_timestamp":"', f"{at}000000"
        told = f'"event_bundle_sequence_id":"{number}","batch_event_index":"'
        who = f'","user_id":null,"user_pseudo_id":{who}'
        before, after = piece.first
        text = (
            f'{head}{moment}","event_name":"session_start","event_params":[{session}{piece.landing}],{told}0{who}{before}{moment}{after}\n'
            f'{head}{moment}","event_name":"page_view","event_params":[{session}{piece.landing}],{told}1{who}{before}{moment}{after}\n'
        )
        before, after = piece.rest
        for page in range(1, count):
            moment = f"{at + page * READING}000000"
            text += f'{head}{moment}","event_name":"page_view","event_params":[{session}{pages[page % len(pages)]}],{told}{1 + page}{who}{before}{moment}{after}\n'
        yield text
