"""Files of a sales company without a format of their own, each with the mapping that says how to read it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from leadline.inputs import stream
from leadline.worlds.cases import Case
from leadline.worlds.company import Company
from leadline.worlds.figures import figures
from leadline.worlds.people import FIRST_PLANT, Register
from leadline.worlds.spending import calendar_days
from leadline.worlds.visits import user_id
from leadline.worlds.writers.workbook import workbook_bytes
from leadline.worlds.writers.written import Written, csv_bytes

BADGES_HEADER = ("Datum", "Uhrzeit", "Firma", "E-Mail", "Interesse")
INVOICES_HEADER = ("Monat", "Lieferant", "Betrag netto", "Währung", "Kampagne")
LEADS_HEADER = ("contact_id", "created", "email", "web_id", "plant", "source", "stage", "stage_date")
CHECKS_HEADER = ("Nr", "Datum", "Werk-Nr", "Anlage", "Ergebnis", "Ergebnis am", "Jahresgebühr", "Währung")
_MAPPINGS = Path(__file__).parents[1] / "data" / "mappings"
FIGURES_HEADER = ("from", "to", "metric", "value", "n", "low", "high", "unit")


def figure_files(company: Company) -> Iterator[Written]:
    """Yield controlling's figures."""
    rows = figures(company)
    yield Written("figures.csv", csv_bytes([FIGURES_HEADER, *rows]), {"records": len(rows)})
    yield mapping_file("figures")


def mapping_file(name: str) -> Written:
    """Return the mapping file that ships for an export; the same for every world."""
    return Written(f"{name}.mapping.yaml", (_MAPPINGS / f"{name}.mapping.yaml").read_bytes())


def enquiry_files(company: Company, register: Register, *, forms: frozenset[str]) -> Iterator[Written]:
    """Yield the desk's list: one row per lead, and what became of those that were turned down.

    forms: user ids whose web form arrived
    """
    rows: list[Sequence[object]] = []
    for case in company.cases:
        if case.state != "lead" or case.at > company.as_of:
            continue
        person = register.askers[case.key]
        web = user_id(person.record)
        lost = case.lost if "sqo" not in case.entered and case.lost and case.lost <= company.as_of else None
        rows.append((
            person.record, f"{case.at:%Y-%m-%d %H:%M}", person.email, web if web in forms else "",
            register.plants[person.account].name, _claim(company, case), "rejected" if lost else "", f"{lost:%Y-%m-%d %H:%M}" if lost else "",
        ))  # fmt: skip
    yield Written("leads.csv", csv_bytes([LEADS_HEADER, *rows]), {"records": len(rows)})
    yield mapping_file("leads")


def _claim(company: Company, case: Case) -> str:
    """Return what somebody answers when the desk asks how they found us; not always what brought them."""
    answers = company.world.claims.get(case.brought_by or "", {})
    if not answers:
        return "unbekannt"
    place = np.searchsorted(
        np.cumsum(list(answers.values())), stream(company.seed, f"world: claim of {case.key}").random()
    )
    return list(answers)[min(int(place), len(answers) - 1)]


def badge_rows(company: Company, register: Register) -> list[tuple[str, str, str, str, str]]:
    """Return one row per visitor of the stand: those who left an enquiry, and others who only looked; by time."""
    visits: list[tuple[dt.datetime, str, str, str]] = []
    noise, random = company.world.noise, stream(company.seed, "world: badges")
    fair = [name for name, truth in company.world.tactics.items() if truth.channel == "Fair"]
    leads = [case for case in company.cases if case.brought_by in fair and case.at <= company.as_of]
    for case in leads:
        person = register.askers[case.key]
        mail = "" if random.random() < noise.badges_without_mail else person.email
        visits.append(
            (case.at, register.plants[person.account].name, mail, ("heiß", "warm")[int(random.random() < 0.7)])
        )
    for _ in range(round(company.world.fair_visitors_more) if leads else 0):
        at = leads[int(random.integers(len(leads)))].at + dt.timedelta(minutes=int(random.integers(1, 50)))
        visits.append((at, register.plants[int(random.integers(company.world.market.accounts))].name, "", "kalt"))
    return [(f"{at:%d.%m.%Y}", f"{at:%H:%M}", name, mail, interest) for at, name, mail, interest in sorted(visits)]


def badge_files(company: Company, register: Register) -> Iterator[Written]:
    """Yield the badges scanned at the stand, with the slips that such lists have."""
    badges = badge_rows(company, register)
    if not badges:
        return
    bad = company.world.noise.bad_rows
    rows: list[Sequence[object]] = [("Besucherliste Messe", "", "", "", ""), BADGES_HEADER]
    named = [badge for badge in badges if badge[3]]
    twice = named[: bad * 2]
    for badge in badges:
        rows += [badge, badge] if badge in twice else [badge]
    rows += [(f"32{badge[0][2:]}", *badge[1:]) for badge in named[:bad]]  # a day that does not exist
    counts = {"records": len(rows) - 2, "duplicate_row": len(twice), "bad_date": min(bad, len(named))}
    yield Written("fair_badges.csv", csv_bytes(rows, delimiter=";", newline="\r\n", encoding="cp1252"), counts)
    yield mapping_file("fair_badges")


def invoice_rows(company: Company) -> list[tuple[str, str, int, str]]:
    """Return month, supplier, cents and tactic of every invoice up to as-of; a month's money is one invoice."""
    months = np.array([f"{day:%Y-%m}" for day in calendar_days(company.world)])
    last = f"{company.world.world.as_of:%Y-%m}"
    rows = []
    for name, truth in company.world.tactics.items():
        if truth.books != "invoices":
            continue
        for month in sorted(set(months[months <= last].tolist())):
            cents = int(company.money[name].spent[months == month].sum())
            if cents:
                rows.append((month, truth.supplier, cents, name))
    return sorted(rows)


def invoice_files(company: Company) -> Iterator[Written]:
    """Yield invoices by month, as bookkeeping exports them."""
    rows = [
        (month, supplier, _german_money(cents), company.world.world.currency, tactic)
        for month, supplier, cents, tactic in invoice_rows(company)
    ]
    if not rows:
        return
    data = csv_bytes([INVOICES_HEADER, *rows], delimiter=";", newline="\n")
    yield Written("invoices.csv", data, {"records": len(rows)})
    yield mapping_file("invoices")


def check_rows(company: Company) -> list[Case]:
    """Return the service team's checks up to as-of."""
    return [case for case in company.cases if case.state == "check" and case.at <= company.as_of]


def check_files(company: Company, register: Register) -> Iterator[Written]:
    """Yield the service team's workbook of checks."""
    cases = check_rows(company)
    if not cases:
        return
    rows: list[Sequence[object]] = [CHECKS_HEADER]
    for number, case in enumerate(cases, start=1):
        signed = case.seen_by(company.as_of).get("upgrade")
        lost = case.lost if case.lost and case.lost <= company.as_of else None
        result = "Vertrag" if signed else "abgelehnt" if lost else "offen"
        plant = register.plants[company.world.market.accounts + case.account]
        ended = signed or lost
        rows.append((
            f"RC-{number:04d}", case.at.date(), FIRST_PLANT + case.account, plant.name, result,
            ended.date() if ended else "", case.amount if signed else "", company.world.world.currency if signed else "",
        ))  # fmt: skip
    yield Written("field_checks.xlsx", workbook_bytes("Checks", rows), {"records": len(cases)})
    yield mapping_file("field_checks")


def _german_money(cents: int) -> str:
    return f"{cents // 100:,}".replace(",", ".") + f",{cents % 100:02d}"
