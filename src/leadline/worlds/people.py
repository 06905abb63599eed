"""Plants and people with invented names, and which of them stand behind each case."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from leadline.inputs import stream
from leadline.worlds.cases import Case
from leadline.worlds.company import Company
from leadline.worlds.world import World

# Numbers that records begin with in the CRM and in the service team's list: own choice, so that kinds are told apart.
FIRST_CONTACT, FIRST_COMPANY, FIRST_PLANT = 501, 7001, 20001

_SPELLED = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", " ": "-"})


@dataclass(frozen=True)
class Plant:
    """A plant that buys: its name and mail domain."""

    name: str
    domain: str


# Where the mail of private people lies who belong to no plant: a reserved name, so that nobody is meant.
PRIVATE = Plant("", "post.example")


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
    """Everybody known: plants by number, the person of each case with a name, colleagues of some deals, by case key.

    twins: second records of people who stand in the CRM twice, under another address
    """

    plants: tuple[Plant, ...]
    askers: Mapping[str, Person]
    colleagues: Mapping[str, Person]
    twins: Mapping[str, Person]

    @property
    def everybody(self) -> list[Person]:
        """Return all people in the order of their records."""
        return sorted([*self.askers.values(), *self.colleagues.values()], key=lambda person: person.record)


def asked_at(world: World, case: Case) -> dt.datetime | None:
    """Return when a case's name and address became known, None = never."""
    return min((case.entered[state] for state in world.asked_in if state in case.entered), default=None)


def make_plants(count: int, seed: int, *, listed: str = "names") -> tuple[Plant, ...]:
    """Return plants with different names, numbered where there are more plants than names; listed: the list of names."""
    names = _names(listed)
    if not names["plant"]:
        return ()
    places = [f"{head}{tail}" for head, tail in itertools.product(names["head"], names["tail"])]
    every = [f"{plant} {place}" for plant, place in itertools.product(names["plant"], places)]
    order = stream(seed, "world: plants").permutation(len(every))
    named = [
        every[order[index % len(every)]] + (f" {index // len(every) + 1}" if index >= len(every) else "")
        for index in range(count)
    ]
    return tuple(Plant(name, f"{spelled(name)}.example") for name in named)


def make_register(company: Company) -> Register:
    """Give every case with a name a person, some deals a colleague, and some people a second record."""
    world, seed = company.world, company.seed
    plants = make_plants(world.market.accounts + world.market.installed, seed, listed=world.world.names)
    taken: set[str] = set()
    numbers = itertools.count(FIRST_CONTACT)
    named = [case for case in company.cases if asked_at(world, case)]
    joined = [case for case in named if "sqo" in case.entered and _joins(world, case, seed)]

    def person(case: Case, kind: str) -> Person:
        plant = plants[case.account] if plants else PRIVATE
        return _person(company, case, taken, record=next(numbers), plant=plant, kind=kind)

    askers = {case.key: person(case, "person") for case in named}
    colleagues = {case.key: person(case, "colleague") for case in joined}
    twice = [case for case in named if world.noise.twins and _chance(seed, "twin", case) < world.noise.twins]
    return Register(plants, askers, colleagues, {case.key: person(case, "twin") for case in twice})


def _joins(world: World, case: Case, seed: int) -> bool:
    """Say whether a colleague joins: one deal in three (own choice), or wherever an account has more than one person."""
    mean = world.market.people_per_account
    if mean is None:
        return _chance(seed, "colleague", case) < 1 / 3
    return bool(stream(seed, "world: people of account", index=case.account).poisson(mean - 1) > 0)


def _chance(seed: int, of: str, case: Case) -> float:
    return float(stream(seed, f"world: {of} of {case.key}").random())


def _person(company: Company, case: Case, taken: set[str], *, record: int, plant: Plant, kind: str) -> Person:
    """Draw a name and an address that nobody in the register has yet; `taken` is added to."""
    names = _names(company.world.world.names)
    # A twin is the same person under another address: its name is drawn as the first record's was.
    random = stream(company.seed, f"world: {'colleague' if kind == 'colleague' else 'person'} of {case.key}")
    first = names["first"][int(random.integers(len(names["first"])))]
    last = names["last"][int(random.integers(len(names["last"])))]
    free = bool(random.random() < company.world.noise.free_mail)
    free = free or kind == "twin"
    domain = names["free"][0] if free else plant.domain
    stem = f"{spelled(first)}.{spelled(last)}"
    # Free-mail addresses carry the record number: invented people must not share an address with anybody real.
    email = f"{stem}.{record}@{domain}" if free or f"{stem}@{domain}" in taken else f"{stem}@{domain}"
    taken.add(email)
    return Person(record, case.key, first, last, email, case.account, colleague=kind == "colleague")


def spelled(text: str) -> str:
    """Return text in lower-case ASCII, umlauts written out, blanks as hyphens."""
    return text.translate(_SPELLED).lower()


@cache
def _names(listed: str) -> dict[str, list[str]]:
    names: dict[str, list[str]] = yaml.safe_load((Path(__file__).parent / "data" / f"{listed}.yaml").read_text("utf-8"))
    return names
