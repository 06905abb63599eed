"""Contacts as they are compared: one record per person by exact keys, every text in one form.

Names and addresses pass through here on their way into memory; nothing of them is written anywhere.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from leadline.evidence.identity import DEVICE, STRENGTH, company_domain
from leadline.evidence.privacy import is_role, normal_form

if TYPE_CHECKING:
    import pyarrow as pa

# What stands before a name and is none of it; forms of law, which one list gives and another leaves out.
_TITLES = frozenset(["dr", "prof", "mr", "mrs", "ms", "herr", "frau", "dipl", "ing", "med", "phd", "mba"])
LEGAL = frozenset(
    [
        "gmbh",
        "mbh",
        "ag",
        "kg",
        "kgaa",
        "ohg",
        "ug",
        "se",
        "eg",
        "ev",
        "co",
        "cokg",
        "inc",
        "incorporated",
        "corp",
        "corporation",
        "ltd",
        "limited",
        "llc",
        "llp",
        "plc",
        "bv",
        "nv",
        "sa",
        "sarl",
        "sas",
        "srl",
        "spa",
        "oy",
        "ab",
        "as",
        "aps",
        "sro",
    ]
)
_SPELLED = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa", "æ": "ae", "œ": "oe"})
_COLUMNS = ("first_name", "last_name", "name", "company", "email", "city", "phone")
_FEWEST_DIGITS = 6  # own: a shorter number lacks its area, and two towns may share it


def compared(text: str | None, *, without: frozenset[str] = frozenset()) -> str | None:
    """Return a text as it is compared: lower case, no accents or signs, single blanks, some words left out.

    >>> compared(" Dr. Jörg  Müller-Lüdenscheidt "), compared("Halden Pumps GmbH & Co. KG", without=LEGAL)
    ('dr joerg mueller luedenscheidt', 'halden pumps')
    """
    if text is None:
        return None
    plain = unicodedata.normalize("NFKC", text).casefold().translate(_SPELLED)
    plain = "".join(sign for sign in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(sign))
    words = [word for word in re.sub(r"[\W_]+", " ", plain).split() if word not in without]
    return " ".join(words) or None


def names_of(row: Mapping[str, str | None]) -> tuple[str | None, str | None]:
    """Return first and last name as they are compared; where only the whole name is given, its last word is the last.

    >>> names_of({"first_name": None, "last_name": None, "name": "Klein, Eva"})
    ('eva', 'klein')
    """
    first, last = (compared(row[name], without=_TITLES) for name in ("first_name", "last_name"))
    whole = row["name"]
    if whole is None or (first and last):
        return first, last
    given, comma, rest = whole.partition(",")
    words = (compared(f"{rest} {given}" if comma else whole, without=_TITLES) or "").split()
    return first or (words[0] if len(words) > 1 else None), last or (words[-1] if words else None)


def named_nodes(contacts: Path) -> list[int]:
    """Return the nodes of whom the file of names and addresses knows anything."""
    import duckdb

    with duckdb.connect(str(contacts), read_only=True) as connection:
        return [node for (node,) in connection.execute("SELECT node FROM contacts").fetchall()]


def records(contacts: Path, person: Mapping[int, int], *, kinds: Mapping[int, str]) -> pa.Table:
    """Return one record per person with a name, of the columns that `probable` compares.

    contacts: the file of names and addresses · person: node → person by exact keys · kinds: node → kind of identifier.
    Of a person with several contacts each column is that of the strongest identifier that gives it.
    """
    import duckdb
    import pyarrow as pa

    from leadline.evidence.probable import COLUMNS

    with duckdb.connect(str(contacts), read_only=True) as connection:
        rows = connection.execute(f"SELECT node, {', '.join(_COLUMNS)} FROM contacts ORDER BY node").fetchall()
    rows = [row for row in rows if row[0] in person]
    rows.sort(key=lambda row: (STRENGTH.get(kinds[row[0]], DEVICE), row[0]))
    merged: dict[int, dict[str, str | None]] = {}
    for node, *values in rows:
        told = _compared(dict(zip(_COLUMNS, values, strict=True)))
        known = merged.setdefault(person[node], told)
        for name, value in told.items():
            if known[name] is None:
                known[name] = value
    kept = sorted((one, told) for one, told in merged.items() if told["last_name"] is not None)
    columns = {"record": pa.array([one for one, _ in kept], pa.int64())}
    columns |= {name: pa.array([told[name] for _, told in kept], pa.string()) for name in COLUMNS[1:]}
    return pa.table(columns)


def _compared(row: Mapping[str, str | None]) -> dict[str, str | None]:
    first, last = names_of(row)
    address = normal_form("email", row["email"]) if row["email"] else None
    phone = normal_form("phone", row["phone"]) if row["phone"] else None
    return {
        "first_name": first,
        "last_name": None if address is not None and is_role(address) else last,
        "company": compared(row["company"], without=LEGAL),
        "domain": None if address is None else company_domain(address),
        "city": compared(row["city"]),
        "phone": phone if phone is not None and len(phone) > _FEWEST_DIGITS else None,
    }
