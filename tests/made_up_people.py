"""Made-up people in two CRMs, a shop and on the web, a fifth of their identifiers noisy; who is who is known.

Files are in the made-up format of `evidence/conftest.py`: one JSON record per line.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from itertools import combinations

from leadline.inputs import stream

HOUSE_PHONES = 0.25  # people whose number in the CRM is their company's switchboard
SECOND = 0.6  # people who stand in a second system too
CHANGED = 0.5  # of these, those who stand there under another address
MISSPELT = 0.25  # of these, each name
CASES = 12  # of each trap


@dataclass
class MadeUp:
    """A world of people. truth: identifier as `kind:value` → person · noisy: identifiers that something is wrong with."""

    files: dict[str, list[dict]] = field(default_factory=lambda: defaultdict(list))
    truth: dict[str, int] = field(default_factory=dict)
    noisy: set[str] = field(default_factory=set)

    def pairs(self):
        """Return every pair of identifiers of one person."""
        of = defaultdict(list)
        for name, person in self.truth.items():
            of[person].append(name)
        return {pair for names in of.values() for pair in combinations(sorted(names), 2)}

    def link(self, file, person, *ends, noisy=False):
        self.files[file].append({"links": [list(ends)]})
        for end in ends:
            self.truth.setdefault(end.replace("!", ""), person)
            if noisy:
                self.noisy.add(end.replace("!", ""))

    def record(self, file, person, crm, told, *, noisy=False):
        """Write a CRM record: who it is, its address and telephone."""
        links = [[crm, f"email:{told['email']}"]]
        if told["phone"]:
            links.append([crm, f"phone:{told['phone']}"])
        self.files[file].append({"rows": [["contacts", {"node": crm, **told}]], "links": links})
        for name in (crm, f"email:{told['email']}"):
            self.truth[name] = person
            if noisy:
                self.noisy.add(name)


class Drawn:
    """Names, companies and noise, drawn from one seed."""

    def __init__(self, seed, people):
        self.random = stream(seed, "made-up people")
        self.first, self.last = self.words(250, 2), self.words(2500, 2)
        self.companies = self.words(max(20, people // 4), 3)

    def words(self, count, syllables):
        heads, middles, tails = (
            ["b", "br", "d", "f", "g", "h", "k", "kl", "l", "m", "n", "p", "r", "s", "st", "t", "w"],
            ["a", "e", "i", "o", "u", "au", "ei"],
            ["n", "r", "s", "l", "", "t"],
        )
        found: dict[str, None] = {}
        while len(found) < count:
            word = "".join(self.of(heads) + self.of(middles) for _ in range(syllables)) + self.of(tails)
            found.setdefault(word.capitalize())
        return list(found)

    def of(self, items):
        return items[int(self.random.integers(len(items)))]

    def often(self, items):
        """Draw as names are spread: few are frequent, many are rare."""
        return items[int(len(items) * self.random.random() ** 2.5)]

    def chance(self, share):
        return bool(self.random.random() < share)

    def misspelt(self, name):
        place = 1 + int(self.random.integers(len(name) - 2))
        kind = int(self.random.integers(3))
        if kind == 0:
            return name[:place] + name[place + 1] + name[place] + name[place + 2 :]
        return name[:place] + name[place + 1 :] if kind == 1 else name[:place] + name[place] + name[place:]


def make(people, seed=1):
    """Return a world of so many people."""
    made, drawn = MadeUp(), Drawn(seed, people)
    for person in range(people):
        company = int(drawn.random.integers(len(drawn.companies)))
        told = _told(drawn, person, company)
        is_house = told["phone"] == _house(company)
        made.record("a1.jsonl", person, f"crm:a:{person}", told)
        if told["phone"]:
            phone = f"phone:{told['phone']}"
            if is_house:
                made.noisy.add(phone)
            else:
                made.truth[phone] = person
        if drawn.chance(0.7):
            made.link("web1.jsonl", person, f"ga:{person}.1", f"email!:{told['email']}")
        if drawn.chance(SECOND):
            _second(made, drawn, person, told, company)
    _traps(made, drawn, people)
    return made


def _house(company):
    return f"+4930{company:06}0"


def _told(drawn, person, company):
    first, last, name = drawn.often(drawn.first), drawn.often(drawn.last), drawn.companies[company]
    domain = "gmail.com" if drawn.chance(0.15) else f"{name.lower()}.example"
    phone = _house(company) if drawn.chance(HOUSE_PHONES) else f"+49170{person:07}" if drawn.chance(0.7) else None
    return {
        "first_name": first, "last_name": last, "company": f"{name} GmbH", "city": f"Town {company % 90}",
        "email": f"{first}.{last}.{person}@{domain}".lower(), "phone": phone,
    }  # fmt: skip


def _second(made, drawn, person, told, company):
    """Write the record of a second system: as in the first, or under another address and with what people mistype."""
    crm = f"crm:b:{person}"
    if not drawn.chance(CHANGED):
        made.record("b1.jsonl", person, crm, {**told, "phone": None})
        return
    other = dict(told)
    domain = told["email"].partition("@")[2] if drawn.chance(0.6) else "gmx.de"
    other["email"] = f"{told['last_name']}{person}@{domain}".lower()
    for name in ("first_name", "last_name"):
        if drawn.chance(MISSPELT):
            other[name] = drawn.misspelt(told[name])
    other["company"] = told["company"].removesuffix(" GmbH") if drawn.chance(0.5) else told["company"]
    if drawn.chance(0.1):
        other["company"] = None
    if drawn.chance(0.2):
        other["city"] = None
    if told["phone"] and told["phone"] != _house(company) and drawn.chance(0.7):
        other["phone"] = None  # else it is an exact key
    made.record("b1.jsonl", person, crm, other, noisy=True)
    if drawn.chance(0.5):  # most sign nothing in: they fill in a form, which vouches for no address
        sure = "!" if drawn.chance(0.2) else ""
        made.link("web1.jsonl", person, f"ga:{person}.2", f"email{sure}:{other['email']}", noisy=True)


def _traps(made, drawn, start):
    """Add what makes exact keys and likenesses go wrong."""
    person = start
    for case in range(CASES):
        # Twins at one address: one last name, one house telephone, one company, other first names.
        company, last = int(drawn.random.integers(len(drawn.companies))), drawn.of(drawn.last)
        firsts = drawn.first[2 * case], drawn.first[2 * case + 1]
        for system, first in zip("ab", firsts, strict=True):
            told = _told(drawn, person, company) | {"first_name": first, "last_name": last, "phone": None}
            told["email"] = f"{first}.{person}@{drawn.companies[company]}.example".lower()
            made.record(f"{system}1.jsonl", person, f"crm:{system}:{person}", told, noisy=True)
            person += 1
        # A kiosk on which eight people sign in, all with verified addresses.
        for _ in range(8):
            made.link("web1.jsonl", person, f"user:{person}", f"email!:kiosk.{person}@post.example")
            made.files["web1.jsonl"].append({"links": [[f"ga:kiosk{case}", f"user:{person}"]]})
            person += 1
        # A loop of aliases: three cookies and a user name that each say they are the next one.
        ring = [f"ga:{person}.a", f"user:{person}", f"ga:{person}.b", f"ga:{person}.c"]
        for one, other in zip(ring, ring[1:] + ring[:1], strict=True):
            made.link("web1.jsonl", person, one, other, noisy=True)
        person += 1
        # An office address that two colleagues give.
        for system in "ab":
            told = _told(drawn, person, company)
            made.record(f"{system}1.jsonl", person, f"crm:{system}:{person}", told)
            made.files[f"{system}1.jsonl"].append(
                {"links": [[f"crm:{system}:{person}", f"email:info@office{case}.example"]]}
            )
            person += 1
        # Namesakes at two companies.
        for system in "ab":
            told = _told(drawn, person, int(drawn.random.integers(len(drawn.companies)))) | {
                "first_name": firsts[0],
                "last_name": last,
            }
            told |= {"email": f"{firsts[0]}.{last}.{person}@{told['company'][:-5]}.example".lower(), "phone": None}
            made.record(f"{system}1.jsonl", person, f"crm:{system}:{person}", told, noisy=True)
            person += 1
