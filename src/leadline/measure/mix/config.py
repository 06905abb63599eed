"""MIX.yaml: which column is what, how each channel works, what is believed beforehand; all of it may be left out.

    date: week                                   # columns, where their names do not tell
    kpi: revenue
    currency: EUR                                # of revenue and spend; none: the outcome is a count
    channels:
      tv: {spend: tv_cost, impressions: tv_grps, carry: delayed, slope: fixed}
      newsletter: {impressions: mails_sent, kind: organic}
      price: {kind: driver, reference: maximum}  # not paid for; may raise or lower the outcome
    controls: [temperature]                      # what else moves the outcome; default: every column that nothing claims
    drop: [remarks]
    events: {black friday: 2026-11-23..2026-11-30}
    priors:                                      # of roi, marginal_roi, share (of the outcome) or coefficient
      tv: {roi: [0.5, 1.2, 4]}                   # 5 %, 50 % and 95 %
      newsletter: {share: {median: 0.02, log_sd: 0.9}}
    window: 2026-01-01..2026-12-31               # what returns and totals speak of; the model sees every row
    baseline: {knots: 12, season: 2, geo_trend: none}
    sampling: {chains: 4, draws: 600, target: 0.9}

In a workspace it stands beside the plan, as mix.yaml, and says nothing of columns: the panel is made of the evidence.

Further: geo, population, value_per_unit (columns); link (identity, log), errors (normal, student), order (carry-first,
saturation-first), lags (steps), carry_in (steady, zero), seed. Unknown keys are errors that name the nearest known one.
Nothing here reads a file: what is written comes in as values that know their line.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, get_args

from leadline.errors import InputError, did_you_mean
from leadline.inputs import Panel
from leadline.measure.mix.options import (
    LATER,
    BaselineOptions,
    Carry,
    CarryIn,
    ChannelOptions,
    Drift,
    Effect,
    Errors,
    Link,
    MixOptions,
    Order,
    Reference,
    Sampling,
    Saturation,
    Slope,
)
from leadline.measure.mix.priors import Prior, quantiles

COLUMNS = ("date", "geo", "population", "kpi", "value_per_unit")
LISTS = ("controls", "drop")
PARTS = ("currency", "channels", "events", "priors", "window", "baseline", "sampling")
# What is more is a slip of the hand, and would fill the machine instead of answering; own, ten times what anybody needs.
MOST_LAGS, MOST_KNOTS, MOST_SEASON, MOST_CHAINS, MOST_DRAWS = 1000, 10_000, 26, 64, 50_000
MOST_SEED = 2**63 - 1  # of a whole number of 64 bits
CHOICES: Mapping[str, tuple[str, ...]] = {
    "link": get_args(Link),
    "errors": get_args(Errors),
    "order": get_args(Order),
    "carry_in": get_args(CarryIn),
}
KEYS = (*COLUMNS, *LISTS, *PARTS, *CHOICES, "lags", "seed")
KINDS = ("paid", "organic", "driver")
# What a channel's column holds, and by which of the panel's measures it goes.
MEASURES: Mapping[str, str] = {
    "spend": "spend", "impressions": "exposure", "clicks": "exposure", "exposure": "exposure", "column": "exposure",
    "reach": "reach", "frequency": "frequency",
}  # fmt: skip
_LEAVE = "Leave it out."
# What a MIX.yaml says of a table and not of a workspace, and where that is said there.
ELSEWHERE: Mapping[str, str] = {
    **dict.fromkeys(("date", "geo", "population", "value_per_unit"), _LEAVE),
    "kpi": "Write outcome under [mix] in leadline.toml.",
    "controls": "Write controls under [mix] in leadline.toml.",
    "drop": "Write left_out under [mix] in leadline.toml.",
    "currency": "It is that of the plan.",
    "seed": "Write seed in leadline.toml.",
}
SPOKEN: Mapping[str, Effect] = {
    "roi": "roi", "marginal_roi": "marginal-roi", "share": "share", "coefficient": "coefficient",
}  # fmt: skip


@dataclass(frozen=True)
class Written:
    """A value as a file says it, with its line: a text, number, truth value or None, a tuple of values, or a mapping of them."""

    value: Any
    line: int


@dataclass(frozen=True)
class MixConfig:
    """What a MIX.yaml says. An empty one is what holds without a file.

    columns: role → column, list of columns, or for `channels` the channel → measure → column, as panels are read
    kinds: channel → paid, organic or driver · events: (name, first day, last day)
    currency: of outcome and spend; `none` = the outcome is a count, None = not said; the panel is read with it
    lines: channel → where it is named, for what turns out only once the panel is read
    """

    options: MixOptions = field(default_factory=MixOptions)
    columns: Mapping[str, Any] = field(default_factory=dict)
    kinds: Mapping[str, str] = field(default_factory=dict)
    events: tuple[tuple[str, dt.date, dt.date], ...] = ()
    currency: str | None = None
    lines: Mapping[str, str] = field(default_factory=dict)

    def of(self, panel: Panel) -> Panel:
        """Return a panel with the kinds and events of this file.

        Raises InputError for a channel that the panel does not have, a paid one without spend, and a driver with a prior.
        """
        problems = []
        for name, place in self.lines.items():
            if name not in panel.channels:
                known = ", ".join(panel.channels)
                problems.append(
                    f'{place}: channel "{name}" is not in the panel.{did_you_mean(name, panel.channels)} In it: {known}.'
                )
            elif self.kinds.get(name) == "paid" and not _is_spent(panel, name):
                problems.append(
                    f"{place}: {name} is said to be paid for, and no spend is known. Name its spend column."
                )
        kinds = tuple(self.kinds.get(name, kind) for name, kind in zip(panel.channels, panel.kinds, strict=True))
        problems += [
            f"{self.lines[name]}: {name} is a driver: its effect is linear, of either sign, and takes no prior. Leave the prior out."
            for name, kind in zip(panel.channels, kinds, strict=True)
            if kind == "driver" and name in self.lines and self.options.channel(name).prior is not None
        ]
        if problems:
            raise InputError(problems)
        return dataclasses.replace(panel, kinds=kinds, events=(*panel.events, *self.events))


def parse_config(written: Written, file: str, *, evidence: bool = False) -> MixConfig:
    """Return what a file says. Raises InputError listing everything wrong with its line.

    file: its name, for errors · evidence: the panel is that of a workspace, whose columns no file names
    """
    problems: list[str] = []
    reader = _Reader(file, problems)
    parts = reader.mapping(written, "key", known=KEYS)
    if evidence:
        _no_columns(reader, parts)
    channels = _channels(reader, parts.get("channels"))
    options = _options(reader, parts, channels.options)
    columns: dict[str, Any] = {role: reader.text(parts[role]) for role in COLUMNS if role in parts}
    columns |= {role: reader.names(parts[role]) for role in LISTS if role in parts}
    if channels.columns:
        columns["channels"] = channels.columns
    currency = reader.text(parts["currency"]) if "currency" in parts else None
    events = _events(reader, parts.get("events"))
    if problems:
        raise InputError(problems)
    return MixConfig(options, columns, channels.kinds, events, currency, {**_lines(file, parts), **channels.lines})


def _no_columns(reader: _Reader, parts: Mapping[str, Written]) -> None:
    """Refuse what names columns of a table, and what a workspace says elsewhere."""
    for key, instead in ELSEWHERE.items():
        if key in parts:
            reader.wrong(parts[key], f"{key} is not said here in a workspace, whose evidence is measured. {instead}")
    channels = parts["channels"].value if "channels" in parts else None
    if isinstance(channels, tuple):
        reader.wrong(parts["channels"], "channels are those of the evidence. Write name: {kind: organic} of one, or left_out "
                     "under [mix] in leadline.toml.")  # fmt: skip
    for name, said in channels.items() if isinstance(channels, Mapping) else ():
        for key in said.value if isinstance(said.value, Mapping) else ():
            if key in MEASURES:
                reader.wrong(said.value[key], f"{key} of {name} is that of the evidence in a workspace. Leave it out.")


def _lines(file: str, parts: Mapping[str, Written]) -> dict[str, str]:
    """Return where the channels that have a prior are named."""
    priors = parts["priors"].value if "priors" in parts else None
    return {name: f"{file}:{said.line}" for name, said in priors.items()} if isinstance(priors, Mapping) else {}


def _is_spent(panel: Panel, name: str) -> bool:
    return panel.spend is not None and bool(panel.spend[:, :, panel.channels.index(name)].any())


@dataclass(frozen=True)
class _Reader:
    """Takes values apart; what is wrong goes to the problems, and something harmless comes back."""

    file: str
    problems: list[str]

    def wrong(self, at: Written, text: str) -> None:
        self.problems.append(f"{self.file}:{at.line}: {text}")

    def mapping(self, at: Written, what: str, *, known: Sequence[str] = ()) -> Mapping[str, Written]:
        """Return a mapping; keys that are not known are problems. known: empty = any name."""
        if not isinstance(at.value, Mapping):
            self.wrong(at, f"names and what each is are expected here, not {_shown(at.value)}. Write {what}: value.")
            return {}
        for key, value in at.value.items():
            if known and key in LATER:
                self.wrong(value, LATER[key])
            elif known and key not in known:
                self.wrong(value, f'{what} "{key}" is not known.{did_you_mean(key, known)} Known: {", ".join(known)}.')
        return {key: value for key, value in at.value.items() if not known or key in known}

    def text(self, at: Written) -> str:
        if isinstance(at.value, str) and at.value:
            return at.value
        self.wrong(at, f"a name is expected, not {_shown(at.value)}.")
        return ""

    def names(self, at: Written) -> tuple[str, ...]:
        return tuple(self.text(one) for one in (at.value if isinstance(at.value, tuple) else (at,)))

    def choice(self, at: Written, what: str, *, known: Sequence[str]) -> str:
        if at.value in known:
            return str(at.value)
        given = _shown(at.value).strip('"')
        if given in LATER:
            self.wrong(at, LATER[given])
            return known[0]
        self.wrong(at, f'{what} "{given}" is not known.{did_you_mean(given, known)} Known: {", ".join(known)}.')
        return known[0]

    def number(self, at: Written, what: str, *, above: float = -math.inf) -> float:
        value = at.value
        if isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value) and value > above:
            return float(value)
        least = f" above {above:g}" if math.isfinite(above) else ""
        self.wrong(at, f"{what} is a number{least}, not {_shown(value)}.")
        return max(above, 0.0) + 1.0

    def whole(self, at: Written, what: str, *, least: int, most: int) -> int:
        if isinstance(at.value, int) and not isinstance(at.value, bool) and least <= at.value <= most:
            return at.value
        self.wrong(at, f"{what} is a whole number from {least} to {most}, not {_shown(at.value)}.")
        return least

    def days(self, at: Written) -> tuple[dt.date, dt.date]:
        """Return the first and last day of `2026-01-01..2026-12-31`, of a list of two days, or of one day."""
        texts = (
            [_shown(one.value).strip('"') for one in at.value]
            if isinstance(at.value, tuple)
            else _shown(at.value).strip('"').split("..")
        )
        try:
            days = [dt.date.fromisoformat(text.strip()) for text in texts]
        except ValueError:
            days = []
        if len(days) in {1, 2} and days[0] <= days[-1]:
            return days[0], days[-1]
        self.wrong(at, f"{', '.join(texts)} is no span of days. Write 2026-01-01..2026-12-31.")
        return dt.date.min, dt.date.min


def _shown(value: object) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, (Mapping, tuple)):
        return "a list" if isinstance(value, tuple) else "a mapping"
    return f'"{value}"'


@dataclass(frozen=True)
class _Channels:
    options: Mapping[str, ChannelOptions]
    columns: Mapping[str, Mapping[str, str]] | tuple[str, ...]
    kinds: Mapping[str, str]
    lines: Mapping[str, str]


LOG_MIDDLE_MOST = 28.0  # own: a million millions either way
LOG_SD_MOST = 5.0  # own: nine of ten within a factor of 3,700 either way
CHANNEL_KEYS = (*MEASURES, "kind", "carry", "saturation", "slope", "reference")


def _channels(reader: _Reader, at: Written | None) -> _Channels:
    """Return what is said of channels; a plain list names the columns that are channels."""
    if at is None:
        return _Channels({}, {}, {}, {})
    if isinstance(at.value, tuple):
        return _Channels({}, reader.names(at), {}, {})
    options, columns, kinds, lines = {}, {}, {}, {}
    for name, said in reader.mapping(at, "channel").items():
        keys = {} if said.value is None else reader.mapping(said, "key", known=CHANNEL_KEYS)
        lines[name] = f"{reader.file}:{said.line}"
        if "kind" in keys:
            kinds[name] = reader.choice(keys["kind"], "kind", known=KINDS)
        own = _columns(reader, name, keys, kind=kinds.get(name, ""))
        if own:
            columns[name] = own
        options[name] = _channel(reader, keys)
    return _Channels(options, columns, kinds, lines)


def _columns(reader: _Reader, name: str, keys: Mapping[str, Written], *, kind: str) -> dict[str, str]:
    """Return what a channel's columns hold → column; a driver without one has the column of its own name."""
    found: dict[str, str] = {}
    for key, value in keys.items():
        if key not in MEASURES:
            continue
        measure = "driver" if kind == "driver" else MEASURES[key]
        if measure in found:
            reader.wrong(
                value, f"{name} has two columns for the same thing: {found[measure]} and {value.value}. Keep one."
            )
        found[measure] = reader.text(value)
    return found or ({"driver": name} if kind == "driver" else {})


def _channel(reader: _Reader, keys: Mapping[str, Written]) -> ChannelOptions:
    known: dict[str, Any] = {}
    for key, names in (("carry", get_args(Carry)), ("saturation", get_args(Saturation)), ("slope", get_args(Slope))):
        if key in keys:
            known[key] = reader.choice(keys[key], key, known=names)
    if "reference" in keys:
        at = keys["reference"]
        is_number = isinstance(at.value, (int, float)) and not isinstance(at.value, bool)
        known["reference"] = (
            reader.number(at, "reference") if is_number else reader.choice(at, "reference", known=get_args(Reference))
        )
    return ChannelOptions(**known)


def _options(reader: _Reader, parts: Mapping[str, Written], channels: Mapping[str, ChannelOptions]) -> MixOptions:
    known: dict[str, Any] = {
        key: reader.choice(parts[key], key, known=names) for key, names in CHOICES.items() if key in parts
    }
    if "lags" in parts:
        known["lags"] = reader.whole(parts["lags"], "lags", least=0, most=MOST_LAGS)
    if "seed" in parts:
        known["seed"] = reader.whole(parts["seed"], "seed", least=0, most=MOST_SEED)
    if "window" in parts:
        known["window"] = reader.days(parts["window"])
    return MixOptions(
        channels=_with_priors(reader, parts.get("priors"), channels), baseline=_baseline(reader, parts.get("baseline")),
        sampling=_sampling(reader, parts.get("sampling")), **known,
    )  # fmt: skip


def _baseline(reader: _Reader, at: Written | None) -> BaselineOptions:
    keys = {} if at is None else reader.mapping(at, "key", known=("knots", "season", "geo_trend"))
    known: dict[str, Any] = {}
    for key, least, most in (("knots", 1, MOST_KNOTS), ("season", 0, MOST_SEASON)):
        if key in keys:
            known[key] = reader.whole(keys[key], key, least=least, most=most)
    if "geo_trend" in keys:
        known["geo_trend"] = reader.choice(keys["geo_trend"], "geo_trend", known=get_args(Drift))
    return BaselineOptions(**known)


def _sampling(reader: _Reader, at: Written | None) -> Sampling:
    keys = {} if at is None else reader.mapping(at, "key", known=("chains", "draws", "target"))
    known: dict[str, Any] = {}
    for key, least, most in (("chains", 1, MOST_CHAINS), ("draws", 50, MOST_DRAWS)):  # own: fewer cannot be judged
        if key in keys:
            known[key] = reader.whole(keys[key], key, least=least, most=most)
    if "target" in keys:
        known["target"] = reader.number(keys["target"], "target", above=0.0)
        if known["target"] >= 1:
            reader.wrong(keys["target"], f"target is a share of steps accepted, below 1, not {known['target']:g}.")
    return Sampling(**known)


def _events(reader: _Reader, at: Written | None) -> tuple[tuple[str, dt.date, dt.date], ...]:
    if at is None:
        return ()
    return tuple((name, *reader.days(said)) for name, said in reader.mapping(at, "event").items())


def _with_priors(
    reader: _Reader, at: Written | None, channels: Mapping[str, ChannelOptions]
) -> Mapping[str, ChannelOptions]:
    """Return the channels' options with the priors of the file."""
    if at is None:
        return channels
    if at.value == "plan":
        reader.wrong(at, "priors: plan is not available yet. Write the numbers that the plan's bets believe.")
        return channels
    found = dict(channels)
    for name, said in reader.mapping(at, "channel").items():
        for effect, prior in _priors(reader, name, said):
            found[name] = dataclasses.replace(found.get(name, ChannelOptions()), effect=effect, prior=prior)
    return found


def _priors(reader: _Reader, name: str, said: Written) -> Iterator[tuple[Effect, Prior]]:
    keys = reader.mapping(said, "prior", known=tuple(SPOKEN))
    if len(keys) > 1:
        reader.wrong(said, f"{name} has priors of {' and '.join(keys)}: one follows from the other. Keep one.")
        return
    for key, value in keys.items():
        prior = _prior(reader, value)
        if prior is not None:
            yield SPOKEN[key], prior


def _prior(reader: _Reader, at: Written) -> Prior | None:
    """Return a prior from three quantiles or from median and spread."""
    if isinstance(at.value, tuple):
        three = [reader.number(one, "a quantile", above=0.0) for one in at.value]
        if len(three) == 3 and three[0] < three[1] < three[2]:
            return _believable(reader, at, quantiles(three[0], three[1], p95=three[2]))
        reader.wrong(at, "a prior has three quantiles that rise: 5 %, 50 % and 95 %, such as [0.5, 1.2, 4].")
        return None
    keys = reader.mapping(at, "key", known=("median", "log_sd"))
    if set(keys) != {"median", "log_sd"}:
        if isinstance(at.value, Mapping):
            reader.wrong(at, "a prior is [5 %, 50 %, 95 %], or {median: …, log_sd: …} with both.")
        return None
    middle = reader.number(keys["median"], "median", above=0.0)
    return _believable(
        reader, at, Prior("log-normal", math.log(middle), reader.number(keys["log_sd"], "log_sd", above=0.0))
    )


def _believable(reader: _Reader, at: Written, prior: Prior) -> Prior:
    """Complain of a prior that spans more than any business knows of, which no search comes to the end of."""
    if abs(prior.a) > LOG_MIDDLE_MOST or max(prior.b, prior.low) > LOG_SD_MOST:
        most = f"between {math.exp(-LOG_MIDDLE_MOST):.0e} and {math.exp(LOG_MIDDLE_MOST):.0e}"
        reader.wrong(
            at,
            f"a prior has its middle {most} and a log_sd of at most {LOG_SD_MOST:g}: it is too wide, or too far off.",
        )
    return prior
