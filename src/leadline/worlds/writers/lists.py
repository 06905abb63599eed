"""Lists that shops and charities keep, each with the mapping that says how to read it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

from leadline.inputs import stream
from leadline.worlds.cases import LOST, Case
from leadline.worlds.company import Company
from leadline.worlds.people import Register
from leadline.worlds.spending import calendar_days, regions
from leadline.worlds.talking import Message
from leadline.worlds.trials import assigned
from leadline.worlds.writers.mapped import mapping_file
from leadline.worlds.writers.written import Written, csv_bytes

JOURNAL_HEADER = ("entry", "person", "email", "state", "date", "code", "amount", "currency", "web_id")
DONATIONS_HEADER = ("receipt", "donor", "email", "kind", "received", "appeal", "amount", "currency")
LETTERS_HEADER = ("letter", "person", "email", "kind", "sent", "tactic", "channel")
CONSENT_HEADER = ("entry", "person", "email", "purpose", "channel", "state", "recorded", "method")
RESPONSES_HEADER = ("message", "conversation", "time", "direction", "kind", "touchpoint", "answers")
TRIALS_HEADER = ("test", "unit_kind", "unit", "arm", "assigned", "period", "exposed", "outcome", "value")
REGIONS_HEADER = ("week", "last_day", "region", "figure", "value")

Row = Sequence[object]


def journal_files(company: Company, register: Register, *, forms: frozenset[str]) -> Iterator[Written]:
    """Yield the list of who reached which state when; what nobody typed in (the code) is blank.

    forms: user ids whose web form arrived
    """
    states, kept = (*company.world.journal, LOST), set(company.world.journal)
    rows = [row for row in _entries(company, register, states) if row[3] in kept or row[8] in kept]
    blank = sum(not row[5] and bool(row[9]) for row in rows)
    webs = {f"P-{user.removeprefix('u-')}": user for user in forms}
    data = csv_bytes([JOURNAL_HEADER, *((*row[:8], webs.get(str(row[1]), "") if row[2] else "") for row in rows)])
    yield Written("journal.csv", data, {"records": len(rows), "without_code": blank})
    yield mapping_file("journal")


def donation_files(company: Company, register: Register) -> Iterator[Written]:
    """Yield gifts and pledges: money that is given, not paid for anything."""
    rows = [row[:8] for row in _entries(company, register, company.world.donations) if row[3] != LOST]
    yield Written("donations.csv", csv_bytes([DONATIONS_HEADER, *rows]), {"records": len(rows)})
    yield mapping_file("donations")


def _entries(company: Company, register: Register, states: Sequence[str]) -> Iterator[tuple[object, ...]]:
    """Yield the entries of these states by time: eight cells of the list, then the last state and the true tactic."""
    found = []
    for number, case in enumerate(company.cases, start=1):
        moments = dict(case.entered)
        last = list(moments)[-1]
        if case.lost:
            moments[LOST] = case.lost
        found += [
            (moment, number, state, case, last) for state, moment in moments.items() if state in states and moment <= company.as_of
        ]  # fmt: skip
    for moment, number, state, case, last in sorted(found, key=lambda one: (one[0], one[1], one[2])):
        person = register.askers.get(case.key)
        known = person is not None and (moment >= _named_at(company, case))
        worth = case.worth.get(state)
        yield (
            f"E{number}-{state}", identity(case, register), person.email if person and known else "", state,
            f"{moment:%Y-%m-%d %H:%M}", _code(company, case), "" if worth is None else f"{worth:.2f}",
            "" if worth is None else company.world.world.currency, last, case.brought_by,
        )  # fmt: skip


def identity(case: Case, register: Register) -> str:
    """Return the number that lists know a case's person by, with a name or without."""
    person = register.askers.get(case.key)
    return f"P-{person.record}" if person else f"C-{case.key}"


def _named_at(company: Company, case: Case) -> dt.datetime:
    return min(case.entered[state] for state in company.world.asked_in if state in case.entered)


def _code(company: Company, case: Case) -> str:
    lost = stream(company.seed, f"world: code of {case.key}").random() < company.world.noise.missing_utm
    return "" if lost else case.brought_by or ""


def _first(company: Company, states: Sequence[str]) -> Iterator[tuple[int, Case]]:
    """Yield the cases that entered one of these states first, up to as-of, with their numbers."""
    for number, case in enumerate(company.cases, start=1):
        if case.state in states and case.at <= company.as_of:
            yield number, case


def letter_files(company: Company, register: Register) -> Iterator[Written]:
    """Yield who was sent which letter."""
    kinds, rows = company.world.letters, list[Row]()
    for number, case in _first(company, tuple(kinds)):
        person = register.askers.get(case.key)
        channel = company.world.tactics[case.brought_by].channel if case.brought_by else "Email"
        rows.append((
            f"L{number}", identity(case, register), person.email if person else "", kinds[case.state],
            f"{case.at:%Y-%m-%d %H:%M}", case.brought_by or "", channel,
        ))  # fmt: skip
    yield Written("letters.csv", csv_bytes([LETTERS_HEADER, *rows]), {"records": len(rows)})
    yield mapping_file("letters")


def consent_files(company: Company, register: Register) -> Iterator[Written]:
    """Yield who agreed to hear from us, and when."""
    purposes, rows = company.world.consents, list[Row]()
    for number, case in _first(company, tuple(purposes)):
        person = register.askers.get(case.key)
        rows.append((
            f"A{number}", identity(case, register), person.email if person else "", purposes[case.state], "email",
            "granted", f"{case.at:%Y-%m-%d %H:%M}", "form",
        ))  # fmt: skip
    yield Written("consent.csv", csv_bytes([CONSENT_HEADER, *rows]), {"records": len(rows)})
    yield mapping_file("consent")


def response_files(company: Company, messages: Sequence[Message]) -> Iterator[Written]:
    """Yield the help desk's messages up to as-of."""
    place = company.world.replies.touchpoint if company.world.replies else ""
    rows = [
        (one.key, one.conversation, f"{one.at:%Y-%m-%d %H:%M:%S}", "inbound" if one.inbound else "outbound",
         "auto" if one.is_auto else "message", place, one.answers)
        for one in messages if one.at <= company.as_of
    ]  # fmt: skip
    yield Written("responses.csv", csv_bytes([RESPONSES_HEADER, *rows]), {"records": len(rows)})
    yield mapping_file("responses")


def trial_files(company: Company) -> Iterator[Written]:
    """Yield every test's assignments and what followed."""
    rows = [
        (one.test, one.kind, one.unit, one.arm, one.assigned, one.period, "yes" if one.exposed else "no", one.outcome, f"{one.value:g}")
        for trial in company.world.trials for one in assigned(company, trial)
    ]  # fmt: skip
    if rows:
        yield Written("trials.csv", csv_bytes([TRIALS_HEADER, *rows]), {"records": len(rows)})
        yield mapping_file("trials")


def region_files(company: Company) -> Iterator[Written]:
    """Yield by week and region: cases per state, and money of tactics that run by region."""
    if not company.world.market.geos:
        return
    rows = [*_regional_cases(company), *_regional_money(company)]
    rows.sort()
    lines = [(week, week + dt.timedelta(days=6), geo, figure, value) for week, geo, figure, value in rows]
    yield Written("regions.csv", csv_bytes([REGIONS_HEADER, *lines]), {"records": len(lines)})
    yield mapping_file("regions")


def _weeks(company: Company) -> list[dt.date]:
    start, last = company.world.world.start, company.world.world.as_of
    first = start + dt.timedelta(days=-start.weekday() % 7)
    return [first + dt.timedelta(weeks=week) for week in range(((last - first).days + 1) // 7)]


def _regional_cases(company: Company) -> Iterator[tuple[dt.date, str, str, str]]:
    counts: dict[tuple[dt.date, str, str], int] = {}
    for case in company.cases:
        monday = case.at.date() - dt.timedelta(days=case.at.weekday())
        counts[monday, case.geo, case.state] = counts.get((monday, case.geo, case.state), 0) + 1
    states = dict.fromkeys(case.state for case in company.cases)
    for week in _weeks(company):
        for geo in company.world.market.geos:
            for state in states:
                yield week, geo, f"region.{state}", str(counts.get((week, geo, state), 0))


def _regional_money(company: Company) -> Iterator[tuple[dt.date, str, str, str]]:
    days = calendar_days(company.world)
    for name in company.world.tactics:
        money = company.money[name].by_geo
        if money is None:
            continue
        for week in _weeks(company):
            first = (week - days[0]).days
            for row, geo in enumerate(regions(company.world, name)):
                yield week, geo, f"region.spend.{name}", f"{int(money[row, first : first + 7].sum()) / 100:.2f}"
