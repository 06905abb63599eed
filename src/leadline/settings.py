"""leadline.toml: what a workspace sets, typed, with defaults and where they come from.

    as_of = 2027-09-30                 # the day on which everything is judged
    engine = "duckdb"                  # where the warehouse lives
    seed = 1
    own_accounts = ["haldenpumps@social.example"]   # accounts and feeds that are ours, where posts are collected

    [paths]
    window_days = 90                   # how long before a conversion a touch may count

    [stages.hubspot-deals]
    "Closed Won" = "won"               # the source's stage names → states of the plan's bridge

    [bridge.recorded_from]
    won = 2017-12-01                   # nothing about this state was recorded before

    [identity]
    probable = 0.95                    # from this certainty on two records are joined; from `proposal` on they are proposed
    proposal = 0.5
    own_domains = ["haldenpumps.example"]   # mail domains of our own people: they name no account

    [channels]
    exclude = ["pay.example"]          # payment, sign-in and own hosts: a visit from there goes on with what was before
    before = [{field = "source", op = "starts", pattern = "partner-", channel = "Partner"}]   # before the known rules
    behind = []                        # tried where no known rule fits

    [quality]
    direct.share = 0.5                 # a threshold of a quality fact, by its name

    [retention]
    touches_months = 26                # who visited and clicked is let go after that; counts and amounts stay

    [privacy]
    small_cell = 10                    # counts of fewer people are not shown

    [mix]
    outcome = "stage:lead"             # what channels bring; default what journeys end in
    config = "mix.yaml"                # priors, kinds of channels, events, baseline; default: that file where it is there

Unknown keys are errors that name the known ones.
"""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from leadline.errors import UsageError

# A journey's window: the longest look-back that the large ad platforms offer for clicks (Google Ads, 90 days).
PATH_WINDOW_DAYS = 90
MIX_FILES = ("mix.yaml", "MIX.yaml")
SMALLEST_CELL = 3  # design, evidence section 5.5: fewer people in a cell are people one by one

RULE = '{field = "source", op = "starts", pattern = "partner-", channel = "Partner"}'
RULE_KEYS = {"field", "op", "pattern", "channel", "and_field", "and_op", "and_pattern"}
RULE_FIELDS = ("source", "medium", "campaign", "category", "tags", "referrer_host")
RULE_OPS = ("is", "in", "matches", "starts", "missing")


@dataclass(frozen=True)
class IdentitySettings:
    """When two records are one person (design, evidence section 4; all defaults are its own choices).

    probable: certainty 0..1 from which a link joins · proposal: from which it is proposed
    shared_emails: an identifier linked to more addresses is shared · largest_cluster: more identifiers are held for review
    growth: so many times larger in one import is held · own_domains: mail domains that name no account
    """

    probable: float = 0.95
    proposal: float = 0.5
    shared_emails: int = 5
    largest_cluster: int = 20
    growth: float = 3.0
    own_domains: tuple[str, ...] = ()


@dataclass(frozen=True)
class RetentionSettings:
    """How long what is known of people is kept; 0 keeps for good (design, evidence section 5.4; all are its own choices).

    social_text_days: texts of other people's posts · rejects_days: records that were not taken
    touches_months: who visited and clicked · contacts_months: names and addresses without activity
    responses_months: who wrote to us
    """

    social_text_days: int = 90
    rejects_days: int = 90
    touches_months: int = 26
    contacts_months: int = 36
    responses_months: int = 24


@dataclass(frozen=True)
class PrivacySettings:
    """What is shown of people. small_cell: counts of fewer people are hidden, at least 3 (design, evidence section 5.5)."""

    small_cell: int = 10


@dataclass(frozen=True)
class MixSettings:
    """What the mix is measured of. outcome: `orders.net`, `stage:<state>` or another series; default what journeys end in.

    grain: a step of time · controls: metrics that move the outcome too · nothing_ran: channels of which a step without a
    row means that nothing ran · left_out: channels that are not measured · config: MIX.yaml with priors, kinds, events and
    baseline; default mix.yaml beside the settings where there is one, None = there is none
    """

    outcome: str | None = None
    grain: str = "week"
    controls: tuple[str, ...] = ()
    nothing_ran: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    config: Path | None = None


@dataclass(frozen=True)
class ChannelRule:
    """One channel rule of a workspace: `field op pattern`, and a second condition where given, give `channel`."""

    field: str
    op: str
    pattern: str
    channel: str
    and_field: str | None = None
    and_op: str | None = None
    and_pattern: str | None = None


@dataclass(frozen=True)
class ChannelSettings:
    """Channel rules of a workspace: hosts whose visits go on with what was before, rules in front of and behind ours."""

    exclude: tuple[str, ...] = ()
    before: tuple[ChannelRule, ...] = ()
    behind: tuple[ChannelRule, ...] = ()


@dataclass(frozen=True)
class Settings:
    """The settings of one workspace; every field has a default, so an absent file is fine.

    as_of: the day on which everything is judged; default the last day covered by evidence, else today
    engine: `duckdb`, `spark:FOLDER` or `spark://HOST:PORT?lake=FOLDER` · seed: of every random use
    stages: per source, its stage names → states of the plan's bridge
    recorded_from: per state, the day from which entries into it were recorded at all
    paths_window_days, paths_outcome: journeys (outcome is a state such as `won`, or `orders`; default the plan's last bridge state)
    own_accounts: accounts (`name@server`) and hosts of feeds that publish for us
    identity: when two records are one person
    channels: rules of our own by which a visit finds its channel · quality: fact → threshold in the place of its default
    check: thresholds of rules, handed to `align` as they stand
    retention: how long what is known of people is kept · privacy: what is shown of them
    mix: what channels' contributions are measured of
    """

    as_of: dt.date | None = None
    engine: str = "duckdb"
    seed: int = 1
    stages: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    recorded_from: Mapping[str, dt.date] = field(default_factory=dict)
    paths_window_days: int = PATH_WINDOW_DAYS
    paths_outcome: str | None = None
    own_accounts: tuple[str, ...] = ()
    identity: IdentitySettings = field(default_factory=IdentitySettings)
    channels: ChannelSettings = field(default_factory=ChannelSettings)
    quality: Mapping[str, float] = field(default_factory=dict)
    retention: RetentionSettings = field(default_factory=RetentionSettings)
    privacy: PrivacySettings = field(default_factory=PrivacySettings)
    check: Mapping[str, Any] = field(default_factory=dict)
    mix: MixSettings = field(default_factory=MixSettings)


def read_settings(path: Path) -> Settings:
    """Read leadline.toml; an absent file gives the defaults. Raises UsageError with file and key."""
    if not path.exists():
        return Settings(mix=_with_config(MixSettings(), path.parent))
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path.name}: {error}. Correct the file; it is TOML in UTF-8.") from None
    settings = Settings(**_fields(raw, path.name))
    return replace(settings, mix=_with_config(settings.mix, path.parent))


def _with_config(mix: MixSettings, folder: Path) -> MixSettings:
    """Return the settings of the mix with their MIX.yaml: the one named, else that of the folder where there is one."""
    if mix.config is not None:
        return replace(mix, config=folder / mix.config)
    return replace(mix, config=next((folder / name for name in MIX_FILES if (folder / name).is_file()), None))


def _fields(raw: dict[str, Any], name: str) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    _refuse_unknown(
        raw,
        {
            "as_of",
            "engine",
            "seed",
            "own_accounts",
            "stages",
            "bridge",
            "paths",
            "check",
            "identity",
            "channels",
            "quality",
            "retention",
            "privacy",
            "mix",
        },
        name,
    )
    if "as_of" in raw:
        fields["as_of"] = _day(raw["as_of"], f"{name}: as_of")
    if "engine" in raw:
        fields["engine"] = _engine(raw["engine"], name)
    if "seed" in raw:
        fields["seed"] = _whole(raw["seed"], f"{name}: seed")
    if "own_accounts" in raw:
        fields["own_accounts"] = _accounts(raw["own_accounts"], f"{name}: own_accounts")
    fields["stages"] = {
        source: _texts(names, f"{name}: [stages.{source}]") for source, names in _table(raw, "stages", name).items()
    }
    bridge = _table(raw, "bridge", name)
    _refuse_unknown(bridge, {"recorded_from"}, f"{name}: [bridge]")
    fields["recorded_from"] = {
        state: _day(day, f"{name}: [bridge.recorded_from] {state}")
        for state, day in _table(bridge, "recorded_from", name).items()
    }
    paths = _table(raw, "paths", name)
    _refuse_unknown(paths, {"window_days", "outcome"}, f"{name}: [paths]")
    if "window_days" in paths:
        fields["paths_window_days"] = _whole(paths["window_days"], f"{name}: [paths] window_days")
    if "outcome" in paths:
        fields["paths_outcome"] = str(paths["outcome"])
    fields["check"] = _table(raw, "check", name)
    fields["retention"] = _retention(_table(raw, "retention", name), f"{name}: [retention]")
    fields["privacy"] = _privacy(_table(raw, "privacy", name), f"{name}: [privacy]")
    fields["channels"] = _channels(_table(raw, "channels", name), f"{name}: [channels]")
    fields["quality"] = dict(_thresholds(_table(raw, "quality", name), f"{name}: [quality]"))
    fields["mix"] = _mix(_table(raw, "mix", name), f"{name}: [mix]")
    fields["identity"] = _identity(_table(raw, "identity", name), f"{name}: [identity]")
    return fields


def _mix(raw: Mapping[str, Any], place: str) -> MixSettings:
    """Return what the mix is measured of. Raises UsageError for what is neither a text nor a list of texts."""
    _refuse_unknown(raw, set(MixSettings.__dataclass_fields__), place)
    found: dict[str, Any] = {}
    for key, value in raw.items():
        if key in {"outcome", "grain", "config"}:
            if not isinstance(value, str) or not value.strip():
                raise UsageError(f'{place} {key} = {value!r} is not a text. Write it as outcome = "orders.net".')
            found[key] = Path(value.strip()) if key == "config" else value.strip()
        elif not isinstance(value, list) or not all(isinstance(one, str) and one.strip() for one in value):
            raise UsageError(f'{place} {key} is a list of names. Write {key} = ["Paid Search"].')
        else:
            found[key] = tuple(one.strip() for one in value)
    return MixSettings(**found)


def _channels(raw: Mapping[str, Any], place: str) -> ChannelSettings:
    """Return the channel rules. Raises UsageError for a rule that could never be tried."""
    _refuse_unknown(raw, {"exclude", "before", "behind"}, place)
    hosts = raw.get("exclude", [])
    if not isinstance(hosts, list) or not all(isinstance(one, str) and "." in one for one in hosts):
        raise UsageError(f'{place} exclude is a list of hosts. Write exclude = ["pay.example"].')
    rules = {}
    for side in ("before", "behind"):
        listed = raw.get(side, [])
        if not isinstance(listed, list):
            raise UsageError(f"{place} {side} is a list of rules. Write {side} = [{RULE}].")
        rules[side] = tuple(
            _channel_rule(one, f"{place} {side} {number}") for number, one in enumerate(listed, start=1)
        )
    return ChannelSettings(tuple(host.strip().lower() for host in hosts), **rules)


def _channel_rule(raw: object, place: str) -> ChannelRule:
    if not isinstance(raw, dict) or not all(isinstance(value, str) for value in raw.values()):
        raise UsageError(f"{place} is no rule. Write {RULE}.")
    _refuse_unknown(raw, RULE_KEYS, place)
    found: dict[str, Any] = dict(raw)
    for start in ("", "and_") if "and_field" in found else ("",):
        if found.get(f"{start}field") not in RULE_FIELDS:
            raise UsageError.unknown(f"{place}: {start}field", str(found.get(f"{start}field")), known=RULE_FIELDS)
        if found.get(f"{start}op") not in RULE_OPS:
            raise UsageError.unknown(f"{place}: {start}op", str(found.get(f"{start}op")), known=RULE_OPS)
        pattern = found[f"{start}pattern"] = found.get(f"{start}pattern", "")
        if not pattern and found[f"{start}op"] != "missing":
            raise UsageError(f"{place} has no {start}pattern. Write {RULE}.")
        if found[f"{start}op"] == "matches":
            _pattern(pattern, place)
        else:
            found[f"{start}pattern"] = pattern.lower()
    if not found.get("channel", "").strip():
        raise UsageError(f"{place} names no channel. Write {RULE}.")
    return ChannelRule(**found)


def _pattern(pattern: str, place: str) -> None:
    try:
        re.compile(pattern)
    except re.error as error:
        raise UsageError(f'{place}: "{pattern}" is no pattern: {error}. Correct it.') from None


def _thresholds(raw: Mapping[str, Any], place: str) -> Iterator[tuple[str, float]]:
    """Yield name and number of each threshold; a dotted name is a table inside a table to TOML."""
    for key, value in raw.items():
        if isinstance(value, dict):
            yield from ((f"{key}.{name}", number) for name, number in _thresholds(value, f"{place} {key}"))
        else:
            yield key, _number(value, f"{place} {key}", least=0.0)


def _identity(raw: Mapping[str, Any], place: str) -> IdentitySettings:
    """Return the settings of identity. Raises UsageError for a share outside 0.5 to 1, or a bound under its least."""
    _refuse_unknown(raw, {"probable", "proposal", "shared_emails", "largest_cluster", "growth", "own_domains"}, place)
    found: dict[str, Any] = {}
    for key, fewest in (("shared_emails", 1), ("largest_cluster", 2)):
        if key in raw:
            found[key] = _number(raw[key], f"{place} {key}", least=fewest, whole=True)
    for key, least, most in (("probable", 0.5, 1.0), ("proposal", 0.5, 1.0), ("growth", 1.0, None)):
        if key in raw:
            found[key] = _number(raw[key], f"{place} {key}", least=least, most=most)
    if "own_domains" in raw:
        domains = raw["own_domains"]
        if not isinstance(domains, list) or not all(isinstance(one, str) and "." in one for one in domains):
            raise UsageError(f'{place} own_domains is a list of mail domains. Write own_domains = ["firm.example"].')
        found["own_domains"] = tuple(one.strip().lower().removeprefix("@") for one in domains)
    settings = IdentitySettings(**found)
    if settings.proposal > settings.probable:
        raise UsageError(
            f"{place} proposal = {settings.proposal} lies above probable = {settings.probable}: what is certain enough "
            "to be joined would not be certain enough to be proposed. Let proposal be the smaller one."
        )
    return settings


def _number(value: object, place: str, *, least: float, most: float | None = None, whole: bool = False) -> float:
    is_number = isinstance(value, int) if whole else isinstance(value, int | float)
    if isinstance(value, bool) or not is_number or not isinstance(value, int | float):
        raise UsageError(f"{place} = {value!r} is not a {'whole ' if whole else ''}number.")
    if value < least or (most is not None and value > most):
        span = f"{least:g} or more" if most is None else f"{least:g} to {most:g}"
        raise UsageError(f"{place} = {value} lies outside of what it can be: {span}.")
    return value


def _retention(raw: Mapping[str, Any], place: str) -> RetentionSettings:
    _refuse_unknown(raw, set(RetentionSettings.__dataclass_fields__), place)
    return RetentionSettings(**{key: _whole(value, f"{place} {key}") for key, value in raw.items()})


def _privacy(raw: Mapping[str, Any], place: str) -> PrivacySettings:
    _refuse_unknown(raw, set(PrivacySettings.__dataclass_fields__), place)
    found = PrivacySettings(**{key: _whole(value, f"{place} {key}") for key, value in raw.items()})
    if found.small_cell < SMALLEST_CELL:
        raise UsageError(
            f"{place} small_cell = {found.small_cell} shows people one by one. Write {SMALLEST_CELL} or more; 10 is usual."
        )
    return found


def _refuse_unknown(table: Mapping[str, Any], known: set[str], place: str) -> None:
    for key in table:
        if key not in known:
            raise UsageError.unknown(f"{place}: key", key, known=known)


def _table(raw: Mapping[str, Any], key: str, name: str) -> dict[str, Any]:
    value = raw.get(key, {})
    if not isinstance(value, dict):
        raise UsageError(f"{name}: {key} is a single value, and should be a table. Write [{key}] on a line of its own.")
    return value


def _day(value: object, place: str) -> dt.date:
    if isinstance(value, dt.datetime) or not isinstance(value, (dt.date, str)):
        raise UsageError(f"{place} = {value!r} is not a day. Write {place.rsplit(' ', 1)[-1]} = 2027-01-31.")
    try:
        return dt.date.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        raise UsageError(f'{place} = "{value}" is not a day. Write it as 2027-01-31.') from None


def _whole(value: object, place: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise UsageError(f"{place} = {value!r} is not a whole number of 0 or more.")
    return value


def _texts(value: object, place: str) -> dict[str, str]:
    if not isinstance(value, dict) or not all(isinstance(item, str) for item in value.values()):
        raise UsageError(f'{place} maps names to states, one per line: "Closed Won" = "won".')
    return dict(value)


def _accounts(value: object, place: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(one, str) and one.strip() for one in value):
        raise UsageError(f'{place} is a list of accounts. Write own_accounts = ["name@server.example"].')
    return tuple(one.strip() for one in value)


def _engine(value: object, name: str) -> str:
    text = str(value)
    if text == "duckdb" or re.fullmatch(r"spark:(?!//).+|spark://[^/?]+:\d+\?lake=.+", text):
        return text
    raise UsageError.unknown(f"{name}: engine", text, known=["duckdb", "spark:FOLDER", "spark://HOST:PORT?lake=FOLDER"])
