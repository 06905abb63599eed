"""Who is meant: an address, a CRM id, a number of an identity becomes everything that is known of one person."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from leadline.errors import UsageError
from leadline.evidence.privacy import Key, Pseudonyms, normal_form
from leadline.evidence.suppression import KINDS, PHONE_DIGITS

if TYPE_CHECKING:
    from leadline.evidence.store import Store
    from leadline.workspace import Workspace

SURE_LENGTH = 5  # own: a shorter text stands in too many others by chance to be looked for in them
LARGEST_NODE = 1 << 63  # nodes are 63 bits of a pseudonym (privacy.py)
SURE_DIGITS = 8  # own: as SURE_LENGTH, for texts of digits alone, which amounts and counts are made of


@dataclass(frozen=True)
class Subject:
    """One person, as far as anything names them. nodes: their identifiers · pseudonyms: what stands for these in texts.

    plain: names, addresses, numbers and ids as they are written · systems: who issues crm ids
    """

    nodes: tuple[int, ...]
    pseudonyms: tuple[str, ...]
    plain: tuple[str, ...]
    systems: tuple[str, ...] = ()

    @property
    def sure(self) -> tuple[str, ...]:
        """Return the plain texts that stand in no other text by chance, in lower case."""
        folded = dict.fromkeys(one.casefold() for one in self.plain)
        return tuple(one for one in folded if len(one) >= (SURE_DIGITS if _is_number(one) else SURE_LENGTH))


def find(workspace: Workspace, store: Store, *, subject: str, key: Key) -> Subject:
    """Return everything that is known of a subject: `eva@pumps.example`, `crm:501`, `node:123`, or the value alone.

    Somebody who is not known, but was named by an address, a telephone number or `kind:value`, comes back with that
    alone, so that no later import brings them in. Raises UsageError where nobody is meant, or several may be.
    """
    text = subject.strip()
    systems = tuple(
        row["system"]
        for row in _rows(store, "SELECT DISTINCT system FROM identities WHERE kind = 'crm'")
        if row["system"]
    )
    asked = _candidates(text, systems)
    pseudonyms = Pseudonyms(key)
    named = {pseudonyms.once(kind, value): (kind, value) for kind, value in asked}
    nodes: set[int] = set()
    if (digits := text.removeprefix("node:")).isdecimal() and int(digits) < LARGEST_NODE:
        nodes = {row["node"] for row in _of(store, "SELECT node FROM identities WHERE node IN ({})", (int(digits),))}
    if not nodes:
        nodes = {row["node"] for row in _identified(store, tuple(named))}
    people = {row["person"] for row in _of(store, "SELECT person FROM people WHERE node IN ({})", sorted(nodes))}
    if len(people) > 1:
        raise UsageError(
            f'"{text}" names {len(people)} different people: it is an identifier of several kinds. Say which: '
            f"{', '.join(f'{kind}:{text}' for kind in dict.fromkeys(kind for kind, _ in asked))}."
        )
    nodes |= {row["node"] for row in _of(store, "SELECT node FROM people WHERE person IN ({})", sorted(people))}
    if not nodes and not _is_certain(text):
        raise UsageError(
            f'Nobody here is known as "{text}". Name somebody by an address, a telephone number, a CRM id, or '
            f"kind:value. Known kinds: {', '.join(KINDS)}."
        )
    own = [row["value"] for row in _of(store, "SELECT value FROM identities WHERE node IN ({})", sorted(nodes))]
    if not nodes:
        own = list(named)
    plain = [value for one, (_, value) in named.items() if one in own or not nodes]
    plain += [value.rpartition("/")[2] for one, (kind, value) in named.items() if one in own and kind == "author"]
    plain += _names(workspace.contacts, sorted(nodes))
    return Subject(tuple(sorted(nodes)), tuple(dict.fromkeys(own)), tuple(dict.fromkeys(plain)), systems)


def _is_certain(text: str) -> bool:
    kind, _, value = text.partition(":")
    return (kind in KINDS and bool(value)) or normal_form("email", text) is not None or text.startswith("+")


def _candidates(text: str, systems: Sequence[str]) -> list[tuple[str, str]]:
    """Return the identifiers that a text may be, in their normal form."""
    kind, _, value = text.partition(":")
    kinds, said = ((kind,), value) if kind in KINDS and value else (KINDS, text)
    found = []
    for one in kinds:
        normal = normal_form(one, said)
        if normal is not None and (one != "phone" or len(re.sub(r"\D", "", said)) >= PHONE_DIGITS):
            found.append((one, normal))
            if one == "crm":
                found += [(one, f"{system}:{normal}") for system in systems]
    return found


def _identified(store: Store, values: Sequence[str]) -> list[dict[str, Any]]:
    return _of(store, "SELECT node FROM identities WHERE value IN ({})", values)


def _rows(store: Store, query: str) -> list[dict[str, Any]]:
    return list(store.ask(query).to_pylist()) if store.exists() else []


def _of(store: Store, query: str, values: Sequence[object]) -> list[dict[str, Any]]:
    """Return the rows for some values; they are numbers and hex digits, never a text of the user."""
    if not values or not store.exists():
        return []
    named = ", ".join(str(int(one)) if isinstance(one, int) else f"'{one}'" for one in values)
    return list(store.ask(query.format(named)).to_pylist())


def _names(contacts: Path, nodes: Sequence[int]) -> list[str]:
    """Return how the contacts of these identifiers are called and reached."""
    import duckdb

    if not contacts.exists() or not nodes:
        return []
    with closing(duckdb.connect(str(contacts), read_only=True)) as connection:
        rows = connection.execute(
            f"SELECT name, first_name, last_name, email, phone FROM contacts WHERE node IN ({', '.join('?' * len(nodes))})",
            list(nodes),
        ).fetchall()
    found: list[str] = []
    for name, first, last, email, phone in rows:
        both = (f"{first} {last}", f"{last} {first}", f"{last}, {first}") if first and last else ()
        found += [one for one in (name, *both, email, phone, normal_form("phone", phone or "")) if one]
    return [one for one in found if "@" in one or _is_number(one) or len(one.split()) > 1]


def _is_number(text: str) -> bool:
    return not re.search(r"[^\W\d_]", text)


def as_document(subject: Subject) -> Mapping[str, Any]:
    """Return a subject as plain values, for the file of an erasure at work."""
    return {name: list(value) for name, value in vars(subject).items()}
