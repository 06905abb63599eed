"""Which column of a wide panel is which: date, place, outcome, channels and controls, by known names or named by the caller.

`<channel>_spend` (or `_cost`), `_impressions`, `_clicks`, `_grps`, `_reach` and `_frequency` belong to a channel. What
nobody claims is a control where it holds numbers. What could be two things is refused with the candidates. A caller may
say of each channel which column holds its spend, exposure, reach and frequency, or that a column drives the outcome
without being paid for (`driver`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from leadline.errors import UsageError
from leadline.evidence.sources.values import plain_name

ROLES: Mapping[str, Sequence[str]] = {
    "date": ("date", "day", "week", "month", "quarter", "year", "time", "period", "week start", "date week", "datum"),
    "geo": ("geo", "region", "location", "state", "market", "dma", "place"),
    "kpi": ("kpi", "outcome", "revenue", "sales", "conversions", "orders", "target", "y"),
    "population": ("population", "inhabitants"),
    "value_per_unit": ("value per unit", "revenue per conversion", "revenue per kpi", "value per conversion"),
}
REQUIRED = ("date", "kpi")
LISTS = ("channels", "controls", "drop")
# The last word of a channel's column, and what it holds.
MEASURES: Mapping[str, str] = {
    "spend": "spend", "cost": "spend", "costs": "spend", "impressions": "exposure", "impression": "exposure",
    "clicks": "exposure", "grps": "exposure", "grp": "exposure", "reach": "reach", "frequency": "frequency",
}  # fmt: skip

# Outcomes that are counts, not money, by the last word of their name; all others are taken for money.
COUNTS = frozenset({
    "conversions", "orders", "leads", "units", "quantity", "customers", "subscriptions", "signups", "trials", "installs",
    "visits", "sessions", "bookings", "enquiries", "calls", "downloads", "registrations", "contracts", "tickets",
})  # fmt: skip
COUNTED = "none"  # in place of a currency: the outcome is a count
AMOUNTS = frozenset({"revenue", "sales", "turnover", "margin", "profit", "income", "umsatz", "value"})
HELD = ("spend", "exposure", "reach", "frequency", "driver")

Parts = Mapping[str, Mapping[str, str]]
Given = Mapping[str, str | Sequence[str] | Parts | None]


@dataclass(frozen=True)
class PanelColumns:
    """Which column stands where in the header.

    roles: date, kpi, … → place · channels: name → what is held (spend, exposure, reach, frequency, driver) → place
    controls: place of each · unnamed: columns without a name, which are row numbers that a program wrote
    """

    header: tuple[str, ...]
    roles: Mapping[str, int]
    channels: Mapping[str, Mapping[str, int]]
    controls: tuple[int, ...]
    unnamed: int = 0

    @property
    def numeric(self) -> tuple[int, ...]:
        """Return the places of all columns that hold numbers."""
        own = [place for role, place in self.roles.items() if role not in {"date", "geo"}]
        return (*own, *(place for parts in self.channels.values() for place in parts.values()), *self.controls)


def outcome_is(column: str) -> Literal["count", "money", "unknown"]:
    """Return what an outcome's name says of it.

    >>> outcome_is("New orders"), outcome_is("net_revenue"), outcome_is("y")
    ('count', 'money', 'unknown')
    """
    last = _comparable(column).rpartition(" ")[2]
    return "count" if last in COUNTS else "money" if last in AMOUNTS else "unknown"


def find_panel_columns(name: str, header: Sequence[str], *, given: Given) -> PanelColumns:
    """Return which column is which. name: of the file, for errors · given: role → the caller's column, or list of them.

    channels may be a mapping: channel → what it holds → column; channels that it leaves out are found as ever.
    Raises UsageError for a role or column that does not exist, several columns for one role or measure, or none.
    """
    for role in given:
        if role not in ROLES and role not in LISTS:
            raise UsageError.unknown("column role", role, known=(*ROLES, *LISTS))
    free = {place: column for place, column in enumerate(header) if plain_name(column)}
    listed = {role: [_named(name, header, role, column) for column in _all(given.get(role))] for role in LISTS}
    claimed = _claimed(name, header, given.get("channels"))
    for place in (
        place for places in (*listed.values(), *(one.values() for one in claimed.values())) for place in places
    ):
        free.pop(place, None)
    roles: dict[str, int] = {}
    for role in (*(role for role in ROLES if given.get(role)), *(role for role in ROLES if not given.get(role))):
        column = given.get(role)
        places = [_named(name, header, role, str(column))] if column else _candidates(free, ROLES[role])
        if len(places) > 1:
            raise _ambiguous(name, role, [header[place] for place in places])
        for place in places:
            roles[role] = place
            free.pop(place, None)
    missing = [role for role in REQUIRED if role not in roles]
    if missing:
        raise UsageError(
            f"{name}: no column for {' and '.join(missing)} was found. Columns: {', '.join(header)}. Name it: {missing[0]}=COLUMN."
        )
    _no_second_outcome(name, header, free, kpi=header[roles["kpi"]])
    channels = _channels(name, header, free, named=listed["channels"], claimed=claimed)
    for parts in channels.values():
        for place in parts.values():
            free.pop(place, None)
    controls = listed["controls"] if given.get("controls") is not None else list(free)
    rest = [header[place] for place in free if place not in controls]
    if rest:
        raise UsageError(
            f"{name}: what is {', '.join(rest)}? Nothing claims it. Name it under controls or channels, or under drop to leave it out."
        )
    return PanelColumns(tuple(header), roles, channels, tuple(controls), sum(not plain_name(one) for one in header))


def _claimed(name: str, header: Sequence[str], given: object) -> dict[str, dict[str, int]]:
    """Return the places of the columns that the caller named channel by channel."""
    found: dict[str, dict[str, int]] = {}
    for channel, parts in given.items() if isinstance(given, Mapping) else ():
        found[channel] = {}
        for held, column in parts.items():
            if held not in HELD:
                raise UsageError.unknown(f"{name}: what {channel} holds", held, known=HELD)
            found[channel][held] = _named(name, header, f"the {held} of {channel}", column)
    return found


def _channels(
    name: str,
    header: Sequence[str],
    free: Mapping[int, str],
    *,
    named: Sequence[int],
    claimed: Mapping[str, Mapping[str, int]],
) -> dict[str, dict[str, int]]:
    """Return the channels with the places of what they hold; columns the caller named without a known ending are money."""
    found: dict[str, dict[str, int]] = {channel: dict(parts) for channel, parts in claimed.items()}
    for place in (*free, *named):
        words = _comparable(header[place]).rpartition(" ")
        measure = MEASURES.get(words[2]) if words[0] else None
        if measure is None and place not in named:
            continue
        channel = header[place].strip()[: -len(words[2]) - 1] if measure else header[place].strip()
        parts = found.setdefault(channel, {})
        if (measure or "spend") in parts:
            twins = [header[parts[measure or "spend"]], header[place]]
            raise _ambiguous(name, f"the {measure or 'spend'} of {channel}", twins)
        parts[measure or "spend"] = place
    for channel, parts in found.items():
        if ("reach" in parts) != ("frequency" in parts):
            raise UsageError(f"{name}: {channel} has reach or frequency alone. Give both, or name the one under drop.")
    if not found:
        raise UsageError(
            f"{name}: no column is a channel. Columns: {', '.join(header)}. Name them <channel>_spend or <channel>_impressions, "
            "or list them under channels."
        )
    return found


def _no_second_outcome(name: str, header: Sequence[str], free: Mapping[int, str], *, kpi: str) -> None:
    """Refuse a second outcome among the columns: as a control it would explain the first one by itself."""
    others = [header[place] for place in _candidates(free, ROLES["kpi"])]
    if others:
        raise UsageError(
            f"{name}: the outcome is {kpi}, and {', '.join(others)} may be outcomes too. Name them under drop, or under controls "
            "if they are no part of what is measured."
        )


def _all(given: str | Sequence[str] | Parts | None) -> Sequence[str]:
    if given is None or isinstance(given, Mapping):
        return ()
    return [part.strip() for part in given.split(",") if part.strip()] if isinstance(given, str) else given


def _named(name: str, header: Sequence[str], role: str, column: str) -> int:
    exact = [place for place, one in enumerate(header) if one == column]
    alike = exact or [place for place, one in enumerate(header) if plain_name(one) == plain_name(column)]
    if not alike:
        raise UsageError.unknown(f"{name}: column for {role}", column, known=header)
    if len(alike) > 1:
        raise _ambiguous(name, role, [header[place] for place in alike])
    return alike[0]


def _ambiguous(name: str, role: str, candidates: Sequence[str]) -> UsageError:
    listed = ", ".join(f'"{one}"' for one in candidates)
    return UsageError(
        f"{name}: {len(candidates)} columns may be {role}: {listed}. Name the one meant, and the others under drop."
    )


def _candidates(free: Mapping[int, str], aliases: Sequence[str]) -> list[int]:
    return [place for place, column in free.items() if _comparable(column) in aliases]


def _comparable(name: str) -> str:
    return " ".join(plain_name(name).replace("_", " ").replace("-", " ").replace("/", " ").split())
