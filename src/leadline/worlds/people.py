"""Plants and people with invented names, and which of them stand behind each case."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from leadline.inputs import stream
from leadline.worlds.cases import Case
from leadline.worlds.company import Company

# Numbers that records begin with in the CRM and in the service team's list: own choice, so that kinds are told apart.
FIRST_CONTACT, FIRST_COMPANY, FIRST_PLANT = 501, 7001, 20001

_SPELLED = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", " ": "-"})


@dataclass(frozen=True)
class Plant:
    """A plant that buys: its name and mail domain."""

    name: str
    domain: str


@dataclass(frozen=True)
class Person:
    """Somebody who asked, or a colleague who joined at the offer.

    record: number in the CRM · case: key of the case · account: number of the plant
    colleague: joined later, never asked
    """

    record: int
    case: str
    first: str
    last: str
    email: str
    account: int
    colleague: bool = False

    @property
    def name(self) -> str:
        """Return first and last name."""
        return f"{self.first} {self.last}"


@dataclass(frozen=True)
class Register:
    """Everybody known: plants by number, the person of each lead, colleagues of some deals, by case key."""

    plants: tuple[Plant, ...]
    askers: Mapping[str, Person]
    colleagues: Mapping[str, Person]

    @property
    def everybody(self) -> list[Person]:
        """Return all people in the order of their records."""
        return sorted([*self.askers.values(), *self.colleagues.values()], key=lambda person: person.record)


def make_plants(count: int, seed: int) -> tuple[Plant, ...]:
    """Return plants with different names; raises ValueError when there are more plants than names."""
    names = _names()
    places = [f"{head}{tail}" for head, tail in itertools.product(names["head"], names["tail"])]
    every = [f"{plant} {place}" for plant, place in itertools.product(names["plant"], places)]
    if count > len(every):
        raise ValueError(f"{count} plants need more names than the {len(every)} there are; use fewer accounts")
    order = stream(seed, "world: plants").permutation(len(every))[:count]
    return tuple(Plant(every[index], f"{spelled(every[index])}.example") for index in order)


def make_register(company: Company) -> Register:
    """Give every lead a person and every third deal a colleague."""
    world, seed = company.world, company.seed
    plants = make_plants(world.market.accounts + world.market.installed, seed)
    taken: set[str] = set()
    numbers = itertools.count(FIRST_CONTACT)
    leads = [case for case in company.cases if case.state == "lead"]
    joined = [case for case in leads if "sqo" in case.entered and _joins(case, seed)]

    def person(case: Case, *, colleague: bool) -> Person:
        plant = plants[case.account]
        return _person(company, case, taken, record=next(numbers), plant=plant, colleague=colleague)

    askers = {case.key: person(case, colleague=False) for case in leads}
    colleagues = {case.key: person(case, colleague=True) for case in joined}
    return Register(plants, askers, colleagues)


def _joins(case: Case, seed: int) -> bool:
    """Say whether a colleague joins: one deal in three, own choice."""
    return bool(stream(seed, f"world: colleague of {case.key}").random() < 1 / 3)


def _person(company: Company, case: Case, taken: set[str], *, record: int, plant: Plant, colleague: bool) -> Person:
    """Draw a name and an address that nobody in the register has yet; `taken` is added to."""
    names = _names()
    random = stream(company.seed, f"world: {'colleague' if colleague else 'person'} of {case.key}")
    first = names["first"][int(random.integers(len(names["first"])))]
    last = names["last"][int(random.integers(len(names["last"])))]
    free = bool(random.random() < company.world.noise.free_mail)
    domain = "gmail.com" if free else plant.domain
    stem = f"{spelled(first)}.{spelled(last)}"
    # Free-mail addresses carry the record number: invented people must not share an address with anybody real.
    email = f"{stem}.{record}@{domain}" if free or f"{stem}@{domain}" in taken else f"{stem}@{domain}"
    taken.add(email)
    return Person(record, case.key, first, last, email, case.account, colleague=colleague)


def spelled(text: str) -> str:
    """Return text in lower-case ASCII, umlauts written out, blanks as hyphens."""
    return text.translate(_SPELLED).lower()


@cache
def _names() -> dict[str, list[str]]:
    names: dict[str, list[str]] = yaml.safe_load((Path(__file__).parent / "data" / "names.yaml").read_text("utf-8"))
    return names
