"""HubSpot exports: contacts, and deals with their wide stage history. Times are in the portal's zone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from leadline.inputs import stream
from leadline.worlds.cases import Case
from leadline.worlds.company import Company
from leadline.worlds.people import FIRST_COMPANY, Person, Register
from leadline.worlds.writers.written import Written, csv_bytes

CONTACTS_HEADER = (
    "Record ID", "First Name", "Last Name", "Email", "Phone Number", "Contact owner", "Primary Associated Company ID",
    "Last Activity Date", "Lead Status", "Marketing contact status", "Create Date", "Associated Company",
    "Original Source", "Original Source Drill-Down 1", "Original Source Drill-Down 2", "Lifecycle Stage",
)  # fmt: skip
PIPELINE = "Sales Pipeline"
STAGES = ("Appointment Scheduled", "Qualified To Buy", "Contract Sent", "Closed Won", "Closed Lost")
DEALS_HEADER = (
    "Record ID", "Deal Name", "Deal Stage", "Pipeline", "Amount", "Currency", "Create Date", "Close Date", "Deal owner",
    "Associated Contact", "Associated Company", "Associated Contact IDs", "Associated Company IDs",
    *(f'Date {verb} "{stage} ({PIPELINE})"' for stage in STAGES for verb in ("entered", "exited")),
)  # fmt: skip
FIRST_DEAL = 9001  # record numbers of deals begin here: own choice
_OFFER_AT = 0.6  # an offer goes out when about 60 % of the talks are over: own choice
_OWNERS = ("Mara Lind", "Sven Aalto")


# How the CRM names the first channel it saw; a claim, not a touch.
_ORIGINS = {
    "Paid Search": "Paid Search", "Organic Search": "Organic Search", "Direct": "Direct Traffic", "Referral": "Referrals",
    "Email": "Email Marketing", "Paid Social": "Paid Social", "Fair": "Offline Sources",
}  # fmt: skip


def hubspot_files(company: Company, register: Register) -> Iterator[Written]:
    """Yield contacts and deals as they stand on the evening of as-of."""
    yield _contacts(company, register)
    yield _deals(company, register)


def people_known(company: Company, register: Register) -> list[tuple[Person, Case, dt.datetime]]:
    """Return everybody in the CRM on the evening of as-of, with the case and the day of creation, by record."""
    cases = {case.key: case for case in company.cases}
    rows = []
    for person in register.everybody:
        case = cases[person.case]
        created = case.entered["sqo"] if person.colleague else case.at
        if created <= company.as_of:
            rows.append((person, case, created))
    return rows


def opportunities(company: Company) -> list[Case]:
    """Return the leads that became opportunities up to as-of, by first appointment; their deals are numbered so."""
    found = (case for case in company.cases if case.state == "lead" and "sqo" in case.seen_by(company.as_of))
    return sorted(found, key=lambda case: (appointment(case), case.key))


def appointment(case: Case) -> dt.datetime:
    """Return when the first appointment was made: half-way between enquiry and qualification."""
    return (case.at + (case.entered["sqo"] - case.at) / 2).replace(second=0, microsecond=0)


def has_people(company: Company, case: Case) -> bool:
    """Say whether somebody linked the people to the deal."""
    missing = company.world.noise.deals_without_people
    return bool(stream(company.seed, f"world: link of {case.key}").random() >= missing)


def _contacts(company: Company, register: Register) -> Written:
    people = people_known(company, register)
    rows = [_contact(company, register, person, case, created=created) for person, case, created in people]
    known = {person.case: (case, created) for person, case, created in people if not person.colleague}
    twins = [(twin, *known[key]) for key, twin in register.twins.items() if key in known]
    rows += [_contact(company, register, twin, case, created=created) for twin, case, created in twins]
    bad = min(company.world.noise.bad_rows, len(rows))
    for index in range(bad):  # an address with a slip of the finger: the person stays, the address goes
        row = rows[(index * 37 + 5) % len(rows)]
        row[3] = row[3].replace("@", "(at)")
    counts = {"records": len(rows), "bad_addresses": bad, **({"twins": len(twins)} if twins else {})}
    return Written("hubspot_contacts.csv", csv_bytes([CONTACTS_HEADER, *rows]), counts)


def _contact(company: Company, register: Register, person: Person, case: Case, *, created: dt.datetime) -> list[str]:
    plant = register.plants[person.account]
    reached = case.seen_by(company.as_of)
    lifecycle = "Customer" if "contract" in reached else "Opportunity" if "sqo" in reached else "Lead"
    brought = case.brought_by
    channel = company.world.tactics[brought].channel if brought else "Direct"
    last = max(
        (moment for moment in (*reached.values(), case.lost) if moment and moment <= company.as_of), default=created
    )
    origin = "Offline Sources" if person.colleague else _ORIGINS.get(channel or "", "Offline Sources")
    detail = "CRM_UI" if person.colleague else "IMPORT" if origin == "Offline Sources" else brought or ""
    return [
        str(person.record), person.first, person.last, person.email, "", _OWNERS["sqo" in reached],
        str(FIRST_COMPANY + person.account), _when(max(last, created)), "Connected" if "sqo" in reached else "New",
        "Marketing contact", _when(created), plant.name, origin, detail, "", lifecycle,
    ]  # fmt: skip


def _deals(company: Company, register: Register) -> Written:
    bad = company.world.noise.bad_rows
    cases = opportunities(company)
    rows = [_deal(company, register, case, number) for number, case in enumerate(cases, start=FIRST_DEAL)]
    blank = [""] * (len(DEALS_HEADER) - 6)
    # Rows that lost their record number on the way.
    rows += [
        ["", f"Import {index + 1}", STAGES[0], PIPELINE, "", company.world.world.currency, *blank]
        for index in range(bad)
    ]
    alone = sum(not has_people(company, case) for case in cases)
    counts = {"records": len(rows), "missing_key": bad, "without_people": alone}
    return Written("hubspot_deals.csv", csv_bytes([DEALS_HEADER, *rows]), counts)


def _deal(company: Company, register: Register, case: Case, number: int) -> list[str]:
    plant, (currency, amount) = register.plants[case.account], booked(company, case)
    history = _history(case, company)
    stage = list(history)[-1]
    closed = history.get("Closed Won") or history.get("Closed Lost")
    expected = case.entered["sqo"] + dt.timedelta(days=120)  # what sales put in: the plan's lag
    people = [register.askers[case.key], register.colleagues.get(case.key)] if has_people(company, case) else []
    known = [person for person in people if person]
    moments = list(history.items())
    spells = {
        name: (at, moments[place + 1][1] if place + 1 < len(moments) else None)
        for place, (name, at) in enumerate(moments)
    }
    return [
        str(number), f"{plant.name} – PumpWatch", stage, PIPELINE, f"{amount:.0f}", currency,
        _when(appointment(case)), _when(closed) if closed else f"{expected.date()} 00:00", _OWNERS[1],
        ";".join(f"{person.name} ({person.email})" for person in known), plant.name,
        ";".join(str(person.record) for person in known), str(FIRST_COMPANY + case.account),
        *(_when(moment) for name in STAGES for moment in spells.get(name, (None, None))),
    ]  # fmt: skip


def booked(company: Company, case: Case) -> tuple[str, float]:
    """Return currency and amount of a deal as the CRM has it: some are booked in another currency."""
    noise, currency = company.world.noise, company.world.world.currency
    if not noise.currency:
        return currency, case.amount
    chance = stream(company.seed, f"world: currency of {case.key}").random()
    for other, share in noise.currency.items():
        if chance < share:
            return other, float(round(case.amount * noise.rates.get(other, 1.0)))
        chance -= share
    return currency, case.amount


def _history(case: Case, company: Company) -> dict[str, dt.datetime]:
    """Return the moments at which the deal entered each stage, in order, up to as-of."""
    moments = {STAGES[0]: appointment(case), STAGES[1]: case.entered["sqo"]}
    end = case.entered.get("contract") or case.lost
    if end is not None:
        moments[STAGES[2]] = (case.entered["sqo"] + (end - case.entered["sqo"]) * _OFFER_AT).replace(
            second=0, microsecond=0
        )
        moments["Closed Won" if "contract" in case.entered else "Closed Lost"] = end
    return {name: moment for name, moment in moments.items() if moment <= company.as_of}


def _when(moment: dt.datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M}" if moment else ""
