"""From a reader's row to a stored row: identifiers become nodes, rules fill channel and tactic, values get their types.

Whatever enters here by name leaves as a number or a pseudonym; plain names and addresses go on only to the
table `contacts`, which lies in a file of its own.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import ROUND_HALF_EVEN, Decimal
from functools import cache, cached_property

from leadline.evidence import channels, rekeyed, schema, tactics
from leadline.evidence.brands import Brands
from leadline.evidence.consent import entry_of
from leadline.evidence.identity import company_domain
from leadline.evidence.order_net import CENT_STEP, decimal_of, net_of
from leadline.evidence.privacy import REDACTED, SIGN, Pseudonyms, has_address, is_role, normal_form, redacted
from leadline.evidence.record_numbers import key60, number, number_of, parts_of
from leadline.evidence.redaction import message_text
from leadline.evidence.row_names import BY_ROW, row_name, says_who, spelled
from leadline.evidence.sources.keys import ROW, Composed
from leadline.evidence.sources.records import Identifier, Link, Row
from leadline.evidence.suppression import Forgotten
from leadline.evidence.unlinking import ALONE, unlinked

LARGEST_MONEY = Decimal(10) ** 14  # DECIMAL(18,4) holds 14 digits before the point
LEVELS = ("campaign", "adset", "ad")  # design, evidence section 1.1: levels of an ad account in the key of spend
PERSON_COLUMNS = frozenset({"node", "subject", "person_node"})
CHANNEL_INPUTS = ("utm_source", "utm_medium", "utm_campaign", "utm_id", "click_id_kind", "referrer_host", "campaign")
AS_THEY_ARE = frozenset({Decimal, int, float, bool, dt.date, dt.datetime})  # types of values that name nobody
AS_IT_COMES: Mapping[str, type] = {"TEXT": str, "DOUBLE": float, "BIGINT": int, "DATE": dt.date}
NUMBERED = frozenset({"deal", "account"})  # columns that hold the number of a source's own record

Values = dict[str, object]


class RowForgotten(Exception):
    """A row about nobody but somebody who asked to be forgotten."""


class RowRefused(ValueError):
    """One row cannot be stored; `column` and `reason` say why."""

    def __init__(self, column: str, reason: str, text: str) -> None:
        """Keep the machine-readable parts beside the text."""
        self.column, self.reason = column, reason
        super().__init__(text)


@dataclass(frozen=True)
class Seen:
    """An identifier as it will stand in `identities`."""

    kind: str
    value: str
    node: int
    verified: bool
    role: bool
    system: str
    account: int | None
    domain: str | None


@dataclass
class RowMaker:
    """Makes stored rows of one import. stage_map, states: see tactics.state_of.

    forgotten: who asked to be forgotten · met: nodes of theirs that the row at hand names
    eras: when the people it names were forgotten
    """

    source: str
    import_id: str
    pseudonyms: Pseudonyms
    channels: channels.Channels
    tactics: tactics.TacticMap
    stage_map: Mapping[str, str] = field(default_factory=dict)
    seen: list[tuple[Seen, dt.datetime | None]] = field(default_factory=list)
    positions: int = 0
    forgotten: Forgotten | None = None
    met: list[int] = field(default_factory=list, repr=False)
    eras: list[int] = field(default_factory=list, repr=False)
    _channels: dict[tuple[object, ...], str | None] = field(default_factory=dict, repr=False)

    @cached_property
    def brands(self) -> Brands:
        """Return what finds the plan's brands in texts."""
        return Brands(self.tactics.facts.brands)

    @property
    def system(self) -> str:
        """Return who issues the source's record ids: its name up to the first `-`."""
        return self.source.partition("-")[0]

    def make(self, row: Row, line: int) -> Values:
        """Return the row with every column of its table. Raises RowRefused where a key or a value cannot be."""
        shape = _shape(row.table)
        if not row.values.keys() <= shape.converters.keys():
            unknown = ", ".join(sorted(set(row.values) - set(shape.converters)))
            raise ValueError(f"{self.source}: {row.table} has no column {unknown}")
        when = row.values.get(shape.time)
        moment = when if isinstance(when, dt.datetime) else None
        values: Values = dict(shape.blank)
        self.met.clear()
        self.eras.clear()
        signed = False
        for name, given in row.values.items():
            if given is None:
                continue
            kind = type(given)
            signed = signed or (kind is str and "@" in given)
            is_plain = kind in AS_THEY_ARE or (kind is str and name not in shape.looked_at)
            value = given if is_plain else self._plain(name, given, moment, shape=shape)
            values[name] = value if type(value) is shape.types[name] else shape.converters[name](value)
        values["source"], values["import_id"], values["line"] = self.source, self.import_id, line
        if self.met and row.table in ALONE:
            raise RowForgotten
        self._derive(row, values, moment, signed=signed)
        if self.forgotten:
            values = self._forget(row, values)
        for name in shape.key:
            if values[name] is None:
                raise RowRefused(name, "missing_key", f"{row.table} needs {', '.join(shape.key)}")
        return values

    def link(self, link: Link, moment: dt.datetime | None) -> Values | None:
        """Return the stored link, or None where one of both ends has no valid form."""
        ends = [self.node(end, moment) for end in (link.a, link.b)]
        if None in ends or ends[0] == ends[1]:
            return None
        a, b = sorted(end for end in ends if end is not None)
        values: Values = dict.fromkeys(schema.LINKS.names)
        values.update(
            link_id=f"{a}-{b}-exact", a=a, b=b, method="exact", weight=1.0, reason=link.reason, source=self.source
        )
        values.update(source_key=f"{a}-{b}", import_id=self.import_id)
        return values

    def stored(self, table: str, name: str, *, value: object) -> object:
        """Return one value of a row as it is stored. Raises RowRefused."""
        shape = _shape(table)
        return None if value is None else shape.converters[name](self._plain(name, value, None, shape=shape))

    def part(self, part: str | Identifier, *, table: str) -> str:
        """Return a part of a natural key as it is stored, or as it is hashed with the others."""
        if table in BY_ROW:
            return spelled(part)
        return self._pseudonym(part) if isinstance(part, Identifier) else self._without_address(part)

    def ruled(self, table: str, given: Values) -> tuple[str | None, str | None]:
        """Return channel and tactic of a row of which only what the rules look at is given."""
        values = {**_shape(table).blank, **given}
        self._rule(Row(table, given), values)
        return _text(values["channel"]), _text(values["tactic"])

    def node(self, identifier: Identifier, moment: dt.datetime | None) -> int | None:
        """Return the node of an identifier and remember it for `identities`; None where it has no valid form."""
        value = normal_form(identifier.kind, identifier.value)
        if value is None:
            return None
        pseudonym, node = self.pseudonyms.of(identifier.kind, value)
        if self._meets(identifier.kind, value, node):
            return None
        domain = company_domain(value) if identifier.kind == "email" else None
        system = (value.partition(":")[0] if ":" in value else self.system) if identifier.kind == "crm" else ""
        account = None if domain is None else number("domain", domain)
        role = identifier.kind == "email" and is_role(value)
        self.seen.append(
            (Seen(identifier.kind, pseudonym, node, identifier.verified, role, system, account, domain), moment)
        )
        return node

    def _plain(self, name: str, value: object, moment: dt.datetime | None, *, shape: _Shape) -> object:
        """Return a value without names: identifiers as nodes or pseudonyms, record ids as numbers, tags without addresses."""
        if name in shape.by_row and isinstance(value, str | Identifier) and says_who(parts := parts_of(value)):
            for part in parts:  # who they are is noted all the same
                _ = self._pseudonym(part) if isinstance(part, Identifier) else self._without_address(part)
            return row_name(self.pseudonyms, parts)
        if isinstance(value, Identifier):
            if name in PERSON_COLUMNS:
                return self.node(value, moment)
            pseudonym = self._pseudonym(value)
            return pseudonym.removeprefix(SIGN) if name in rekeyed.PSEUDONYMS else pseudonym
        if isinstance(value, Composed):
            return value.sign.join(
                self._pseudonym(part) if isinstance(part, Identifier) else self._without_address(part)
                for part in value.parts
            )
        if isinstance(value, str):
            if name in shape.numbered:
                return self._number(name, value)
            if shape.hidden and name == "source_key":
                return self._without_addresses(value)
        return value

    def _pseudonym(self, who: Identifier) -> str:
        """Return the pseudonym of an identifier that stands in a text; what has no valid form has one all the same."""
        if who.kind == ROW:
            return SIGN + self.pseudonyms.once(ROW, who.value)
        value = normal_form(who.kind, who.value) or who.value
        pseudonym, node = self.pseudonyms.of(who.kind, value)
        self._meets(who.kind, value, node)
        return SIGN + pseudonym

    def _meets(self, kind: str, value: str, node: int) -> bool:
        """Return whether an identifier belongs to somebody who was forgotten, and remember that the row at hand names them."""
        era = self.forgotten.since(kind, value) if self.forgotten else None
        if era is None:
            return False
        self.met.append(node)
        self.eras.append(era)
        return True

    def hidden(self, raw: str) -> str:
        """Return a record as text, or nothing of it where it holds somebody who was forgotten."""
        return "" if self.forgotten and self.forgotten.names(raw, systems=(self.system,)) else raw

    def _forget(self, row: Row, values: Values) -> Values:
        """Return what is left of a row after an erasure, so that importing it again revives nobody."""
        if self.forgotten is None:
            return values
        texts = {name: value for name in _shape(row.table).every_text if isinstance(value := values[name], str)}
        named = {name for name, value in texts.items() if self.forgotten.says(value)}
        if self.met:  # what was made of identifiers: the texts that hold one, told by what the reader gave
            named |= {name for name, value in row.values.items() if name in texts and self._names_forgotten(value)}
        if not self.met and not named:
            return values
        said = (self.forgotten.said_since(texts[name]) for name in named)
        era = min([*self.eras, *(one for one in said if one is not None)], default=self.forgotten.key.era)
        if era < self.pseudonyms.key.era:
            return self._as_of(era, row, int(str(values["line"])))
        if row.table == "stages" and self.met and values["subject"] is None:
            values["subject"] = self.forgotten.as_of(era).number(self.met[0])
        values.update(
            unlinked(
                row.table, values, forgotten=self.forgotten.as_of(era), whose=bool(self.met), named=frozenset(named)
            )
        )
        return values

    def _as_of(self, era: int, row: Row, line: int) -> Values:
        """Return a row as it was left in the era in which its person was forgotten, brought under today's key."""
        key = self.pseudonyms.key
        then = replace(
            self, pseudonyms=Pseudonyms(key.at(era)), seen=[], met=[], eras=[], positions=self.positions - (row.table == "stages"),
        )  # fmt: skip
        values = then.make(row, line)
        for secret in key.secrets[era + 1 :]:
            values = rekeyed.row(row.table, values, secret=secret)
        return values

    def _names_forgotten(self, value: object) -> bool:
        parts = value.parts if isinstance(value, Composed) else (value,)
        found = (one for one in parts if isinstance(one, Identifier) and one.kind != ROW)
        return self.forgotten is not None and any(
            self.forgotten.holds(one.kind, normal_form(one.kind, one.value) or one.value) for one in found
        )

    def _without_addresses(self, key: str) -> str:
        return (
            schema.KEY_SEPARATOR.join(map(self._without_address, key.split(schema.KEY_SEPARATOR)))
            if "@" in key
            else key
        )

    def _without_address(self, part: str) -> str:
        """Return a part of a key with a pseudonym in an address's place: two addresses must not become one row."""
        if not has_address(part):
            return part
        whole = normal_form("email", part)
        if whole:
            self._meets("email", whole, self.pseudonyms.of("email", whole)[1])
        return SIGN + (self.pseudonyms.of("email", whole)[0] if whole else self.pseudonyms.once("text", part))

    def _redact(self, table: str, values: Values) -> None:
        """Take addresses out of every text, whatever column they stand in (design, evidence section 3.5 for tags)."""
        for name in _shape(table).texts:
            text = values[name]
            if isinstance(text, str) and has_address(text):
                values[name] = REDACTED if name.startswith("utm_") else redacted(text)

    def _number(self, kind: str, record: str | Identifier) -> int:
        return number_of(kind, record, system=self.system, key=self.pseudonyms.key)

    def _derive(self, row: Row, values: Values, moment: dt.datetime | None, *, signed: bool) -> None:
        """Fill what the rules and the natural keys decide. signed: whether any text of the row holds an @."""
        table = row.table
        if table == "spend":
            values["source_key"] = values["source_key"] or self._without_addresses(_spend_key(values))
        elif table == "touches":
            values["touch_id"] = key60(f"{self.source}{schema.KEY_SEPARATOR}{values['source_key']}")
        elif table == "stages":
            self._stage(values)
        elif table == "deals":
            values["deal"] = values["deal"] or self._number("deal", row.values.get("source_key") or "")
            values["state"] = tactics.state_of(_text(values["stage"]), self.stage_map, states=self.tactics.facts.states)
        elif table == "accounts":
            values["account"] = values["account"] or self._number("account", row.values.get("source_key") or "")
        elif table == "orders" and values["net"] is None:
            values["net"] = net_of(values)
        elif table in {"posts", "contacts", "consent", "metrics"}:
            self._derive_said(table, values, moment)
        if values["source_key"] is None:
            named = (name for name in schema.table(table).key if name not in {"source", "source_key"})
            # As the row was when its person was forgotten: a number stood there, and the key was made of it.
            whose = {"subject": self.met[0]} if self.met and values.get("subject") is None else {}
            parts = (whose.get(name, values[name]) for name in named)
            values["source_key"] = (
                self._without_addresses(schema.KEY_SEPARATOR.join("" if part is None else str(part) for part in parts))
                or None
            )
        if signed:
            self._redact(table, values)
        if "tactic_stated" in values:
            self._rule(row, values)

    def _derive_said(self, table: str, values: Values, moment: dt.datetime | None) -> None:
        """Fill what follows from what somebody said, or from who it was."""
        if table == "posts":
            self._post(values)
        elif table == "contacts":
            self._contact(values, moment)
        elif table == "consent":
            values["entry"] = entry_of(values)
        else:
            values.update(
                until=values["until"] or values["day"], geo=values["geo"] or "*", segment=values["segment"] or "*"
            )

    def _stage(self, values: Values) -> None:
        values["stage_raw"] = values["stage_raw"] or values["stage"]
        values["stage"] = tactics.state_of(_text(values["stage_raw"]), self.stage_map, states=self.tactics.facts.states)
        values["change"] = values["change"] or "stage"
        kind, subject = values["subject_kind"], values["subject"]
        if kind in {"deal", "account"} and isinstance(subject, str):
            values["subject"] = self._number(str(kind), subject)
        self.positions += 1
        values["position"] = self.positions

    def _post(self, values: Values) -> None:
        """Take names out of a post's text and find the brands in it; a source's own word counts where the plan has none."""
        text = _text(values["text"])
        if text is None:
            return
        values["text"] = message_text(text)
        if self.tactics.facts.brands:
            values["brands"] = self.brands.within(_text(values["text"]))

    def _contact(self, values: Values, moment: dt.datetime | None) -> None:
        """Let a contact's company decide the account of its identifier."""
        account = values["account"]
        if account is not None and self.seen:
            last, _ = self.seen[-1]
            self.seen.append(
                (
                    Seen(
                        last.kind, last.value, last.node, last.verified, last.role, last.system, int(str(account)), None
                    ),
                    moment,
                )
            )

    def _rule(self, row: Row, values: Values) -> None:
        """Fill channel and tactic. A touch of a source that never says how somebody came has no channel: not Direct."""
        channel = values["channel_stated"] = values["channel_stated"] or values["channel"]
        stated = values["tactic_stated"] = values["tactic_stated"] or values["tactic"]
        if channel is None and not (row.table == "touches" and row.values.keys().isdisjoint(CHANNEL_INPUTS)):
            seen = (row.table, *map(values.get, CHANNEL_INPUTS))
            if seen not in self._channels:
                self._channels[seen] = channel_of((row.table, self.source), values, rules=self.channels)
            channel = self._channels[seen]
        values["channel"] = channel
        values["tactic"] = self.tactics.match(self.source, values, stated=_text(stated)).of(row.table)


def channel_of(where: tuple[str, str], values: Mapping[str, object], *, rules: channels.Channels) -> str | None:
    """Return the channel by the rules, or None where a row of this table says nothing about it. where: table, source."""
    table, source = where
    tags = {name: _text(values.get(f"utm_{name}")) for name in ("source", "medium", "campaign", "id")}
    if table == "touches":
        host, click = _text(values.get("referrer_host")), _text(values.get("click_id_kind"))
        return rules.channel(channels.Visit(tags["source"], tags["medium"], tags["campaign"], click, host, tags["id"]))
    if table == "spend":
        visit = channels.spend_visit(source, _text(values.get("campaign")), tags=(tags["source"], tags["medium"]))
        return None if visit is None else rules.channel(visit)
    if tags["source"] or tags["medium"] or tags["campaign"]:
        return rules.channel(channels.Visit(tags["source"], tags["medium"], tags["campaign"], None, None, tags["id"]))
    return None


def domain_accounts(seen: Iterator[Seen] | list[Seen]) -> dict[str, int]:
    """Return the accounts that company addresses name: domain → number."""
    return {one.domain: one.account for one in seen if one.domain is not None and one.account is not None}


def _spend_key(values: Values) -> str:
    """Return the natural key of a row of spend that brings none."""
    values["geo"] = values["geo"] or "*"
    parts = [str(values["day"]), str(values["account"] or "")]
    for level in LEVELS:
        name = values[level]
        parts.append(str(values[f"{level}_id"] or (f"name:{tactics.folded(str(name))}" if name else "")))
    return schema.KEY_SEPARATOR.join([*parts, str(values["geo"])])


@dataclass(frozen=True)
class _Shape:
    """What making a row of one table needs to know at once, computed once.

    numbered: columns that hold the number of a source's own record · hidden: no address may stay in it
    by_row: columns with keys in which nobody may stand, see row_names
    texts: columns that addresses are taken out of · looked_at: columns in which a text may name somebody or a record
    types: of the values that are stored as they come
    """

    blank: Values
    converters: Mapping[str, Callable[[object], object]]
    time: str
    key: tuple[str, ...]
    numbered: frozenset[str]
    hidden: bool
    by_row: frozenset[str]
    texts: tuple[str, ...]
    every_text: tuple[str, ...]
    looked_at: frozenset[str]
    types: Mapping[str, type | None]


@cache
def _shape(name: str) -> _Shape:
    table = schema.table(name)
    converters = {column.name: _converter(column) for column in table.columns}
    key = tuple(column for column in table.key if column != "source")
    numbered = NUMBERED & {column.name for column in table.columns if column.type == "BIGINT"}
    hidden = name != schema.CONTACTS.name
    by_row = BY_ROW.get(name, frozenset())
    lineage = {column.name for column in schema.LINEAGE}
    texts = [column.name for column in table.columns if column.type == "TEXT" and column.name not in lineage]
    return _Shape(
        dict.fromkeys(table.names),
        converters,
        table.time or "",
        key,
        numbered,
        hidden,
        by_row,
        tuple(texts) if hidden else (),
        (*texts, "source_key") if "source_key" in table.names else tuple(texts),
        numbered | by_row | ({"source_key"} if hidden else set()),
        {column.name: None if column.name == "subject" else AS_IT_COMES.get(column.type) for column in table.columns},
    )


def _converter(column: schema.Column) -> Callable[[object], object]:
    """Return what turns a reader's value into the column's type; None stays None."""
    if column.type == schema.MONEY:
        return lambda value: _money(column.name, value)
    wanted: type | None = {"TEXT": str, "DOUBLE": float, "BIGINT": int}.get(column.type)
    if wanted is None or column.name == "subject":  # a record's id becomes a number when its kind is known
        return lambda value: value
    return lambda value: value if value is None or type(value) is wanted else wanted(str(value))


def _money(name: str, value: object) -> Decimal | None:
    amount = decimal_of(value)
    if amount is None:
        return None
    if abs(amount) >= LARGEST_MONEY:
        raise RowRefused(name, "bad_number", f"{value} is more than money can hold here")
    return amount.quantize(CENT_STEP, ROUND_HALF_EVEN)


def _text(value: object) -> str | None:
    return None if value is None or value == "" else str(value)
