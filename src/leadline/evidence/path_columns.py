"""Which column of a file of paths or touches is which: found by known names, or named by the caller.

Two kinds of table are known: paths (one row a path, channels joined by " > ") and events (one row a touch or
a conversion). What stays ambiguous is refused with the candidates.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from leadline.errors import UsageError
from leadline.evidence.sources.values import plain_name

PATH_ROLES: Mapping[str, Sequence[str]] = {
    "path": ("path", "paths", "journey", "journeys", "channel path", "conversion path", "path to conversion", "steps"),
    "conversions": ("conversions", "total conversions", "conversion", "converted", "conv", "conversion count"),
    "value": (
        "value", "total conversion value", "total value", "conversion value", "total conversions value", "revenue",
    ),
    "nulls": ("nulls", "null", "total null", "total nulls", "no conversion", "no conversions", "non conversions"),
}  # fmt: skip
EVENT_ROLES: Mapping[str, Sequence[str]] = {
    "subject": ("subject", "person", "user", "customer", "visitor", "client", "user id", "person id", "customer id",
                "visitor id", "client id", "subject id", "cookie"),
    "account": ("account", "account id", "company"),
    "at": ("at", "time", "timestamp", "date", "datetime", "date time", "event time", "event at", "occurred at"),
    "channel": ("channel", "touchpoint", "touch point", "marketing channel", "source medium", "channel name"),
    "conversion": ("conversion", "conversions", "converted", "is conversion", "conversion kind", "conversion type"),
    "value": PATH_ROLES["value"],
}  # fmt: skip
REQUIRED = {"paths": ("path", "conversions"), "events": ("subject", "at", "channel", "conversion")}


@dataclass(frozen=True)
class PathColumns:
    """The kind of table, and the position of the column of each role that is there."""

    kind: Literal["paths", "events"]
    header: tuple[str, ...]
    places: Mapping[str, int]

    def named(self, role: str) -> str:
        """Return the file's own name for a role's column."""
        return self.header[self.places[role]]


def find_columns(file: str, header: Sequence[str], *, given: Mapping[str, str | None]) -> PathColumns:
    """Return the kind of table and its columns.

    given: role → the caller's name of its column, None where left to the known names
    Raises `UsageError` for a role or a column that does not exist, several columns for one role, or none.
    """
    names = tuple(header)
    roles = {**PATH_ROLES, **EVENT_ROLES}
    for role in given:
        if role not in roles:
            raise UsageError.unknown("column role", role, known=roles)
    named = {role: _named(file, names, role, name) for role, name in given.items() if name is not None}
    kind: Literal["paths", "events"] = "paths"
    if "path" not in named and not _candidates(names, PATH_ROLES["path"]):
        kind = "events"
        if not any(_candidates(names, EVENT_ROLES[role]) or role in named for role in ("subject", "at")):
            raise UsageError(
                f"{file}: no column is a path, and none makes it an event table. Columns: {', '.join(names)}. "
                "Name the column with --path, or give an event table with subject, at, channel, conversion."
            )
    known = PATH_ROLES if kind == "paths" else EVENT_ROLES
    places = dict(named)
    for role, aliases in known.items():
        if role not in named:
            free = [place for place in _candidates(names, aliases) if place not in named.values()]
            if len(free) > 1:
                raise _ambiguous(file, role, [names[place] for place in free])
            if free:
                places[role] = free[0]
    missing = [role for role in REQUIRED[kind] if role not in places]
    if missing:
        raise UsageError(
            f"{file}: no column for {' and '.join(missing)} was found. Columns: {', '.join(names)}. "
            f"Name it with --{missing[0]}, or rename the column to {known[missing[0]][0]}."
        )
    return PathColumns(kind, names, {role: place for role, place in places.items() if role in known})


def _named(file: str, header: Sequence[str], role: str, name: str) -> int:
    """Return the place of the column that the caller named."""
    exact = [place for place, column in enumerate(header) if column == name]
    alike = exact or [place for place, column in enumerate(header) if plain_name(column) == plain_name(name)]
    if not alike:
        raise UsageError.unknown(f"{file}: column for {role}", name, known=header)
    if len(alike) > 1:
        raise _ambiguous(file, role, [header[place] for place in alike])
    return alike[0]


def _ambiguous(file: str, role: str, candidates: Sequence[str]) -> UsageError:
    listed = ", ".join(f'"{name}"' for name in candidates)
    return UsageError(
        f"{file}: {len(candidates)} columns may be {role}: {listed}. Name the one meant with --{role}, and rename twins."
    )


def _candidates(header: Sequence[str], aliases: Sequence[str]) -> list[int]:
    return [place for place, column in enumerate(header) if _comparable(column) in aliases]


def _comparable(name: str) -> str:
    return " ".join(plain_name(name).replace("_", " ").replace("-", " ").replace("/", " ").split())
