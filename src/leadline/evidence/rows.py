"""From a reader's row to a stored row: identifiers become nodes, rules fill channel and tactic, values get their types.

Whatever enters here by name leaves as a number or a pseudonym; plain names and addresses go on only to the
table `contacts`, which lies in a file of its own.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_EVEN, Decimal

from leadline.evidence import channels, schema, tactics
from leadline.evidence.identity import company_domain
from leadline.evidence.privacy import Pseudonyms, has_address, is_role, normal_form
from leadline.evidence.sources.records import Identifier, Link, Row

CENT_STEP = Decimal("0.0001")  # design, evidence section 1: money is DECIMAL(18,4)
LARGEST_MONEY = Decimal(10) ** 14  # DECIMAL(18,4) holds 14 digits before the point
LEVELS = ("campaign", "adset", "ad")  # design, evidence section 1.1: levels of an ad account in the key of spend
REDACTED = "(redacted)"
PERSON_COLUMNS = frozenset({"node", "subject", "person_node"})
NUMBERED = {"deal": "deal", "account": "account"}  # columns that hold the number of a source's own record

Values = dict[str, object]


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
    """Makes stored rows of one import. stage_map, states: see tactics.state_of."""

    source: str
    import_id: str
    pseudonyms: Pseudonyms
    channels: channels.Channels
    tactics: tactics.TacticMap
    stage_map: Mapping[str, str] = field(default_factory=dict)
    seen: list[tuple[Seen, dt.datetime | None]] = field(default_factory=list)
    positions: int = 0

    @property
    def system(self) -> str:
        """Return who issues the source's record ids: its name up to the first `-`."""
        return self.source.partition("-")[0]

    def make(self, row: Row, line: int) -> Values:
        """Return the row with every column of its table. Raises RowRefused where a key or a value cannot be."""
        table = schema.table(row.table)
        unknown = set(row.values) - set(table.names)
        if unknown:
            raise ValueError(f"{self.source}: {row.table} has no column {', '.join(sorted(unknown))}")
        when = row.values.get(table.time) if table.time else None
        moment = when if isinstance(when, dt.datetime) else None
        values: Values = dict.fromkeys(table.names)
        for name, value in row.values.items():
            values[name] = self._plain(table, name, value, moment)
        values.update(source=self.source, import_id=self.import_id, line=line)
        self._derive(row, values, moment)
        for column in table.columns:
            values[column.name] = _typed(column, values[column.name])
        missing = [name for name in table.key if values[name] is None]
        if missing:
            raise RowRefused(missing[0], "missing_key", f"{row.table} needs {', '.join(missing)}")
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

    def node(self, identifier: Identifier, moment: dt.datetime | None) -> int | None:
        """Return the node of an identifier and remember it for `identities`; None where it has no valid form."""
        value = normal_form(identifier.kind, identifier.value)
        if value is None:
            return None
        pseudonym, node = self.pseudonyms.of(identifier.kind, value)
        domain = company_domain(value) if identifier.kind == "email" else None
        system = (value.partition(":")[0] if ":" in value else self.system) if identifier.kind == "crm" else ""
        account = None if domain is None else number("domain", domain)
        role = identifier.kind == "email" and is_role(value)
        self.seen.append(
            (Seen(identifier.kind, pseudonym, node, identifier.verified, role, system, account, domain), moment)
        )
        return node

    def _plain(self, table: schema.Table, name: str, value: object, moment: dt.datetime | None) -> object:
        if isinstance(value, Identifier):
            if name in PERSON_COLUMNS:
                return self.node(value, moment)
            text = normal_form(value.kind, value.value)
            return None if text is None else self.pseudonyms.of(value.kind, text)[0]
        if name in NUMBERED and isinstance(value, str):
            return self._number(NUMBERED[name], value)
        if isinstance(value, str) and table.name != "contacts" and name.startswith("utm_") and has_address(value):
            return REDACTED  # personal data in a tag (design, evidence section 3.5)
        return value

    def _number(self, kind: str, record: str) -> int:
        return number(kind, record if ":" in record else f"{self.system}:{record}")

    def _derive(self, row: Row, values: Values, moment: dt.datetime | None) -> None:
        """Fill what the rules and the natural keys decide."""
        table = row.table
        if table == "spend":
            _spend_key(values)
        elif table == "touches":
            values["touch_id"] = key60(f"{self.source}{schema.KEY_SEPARATOR}{values['source_key']}")
        elif table == "stages":
            self._stage(values)
        elif table == "deals":
            values["deal"] = values["deal"] or self._number("deal", str(values["source_key"] or ""))
            values["state"] = tactics.state_of(_text(values["stage"]), self.stage_map, self.tactics.facts.states)
        elif table == "accounts":
            values["account"] = values["account"] or self._number("account", str(values["source_key"] or ""))
        elif table == "orders" and values["net"] is None:
            values["net"] = net_of(values)
        elif table == "contacts":
            self._contact(values, moment)
        elif table == "metrics":
            values.update(
                until=values["until"] or values["day"], geo=values["geo"] or "*", segment=values["segment"] or "*"
            )
        if values["source_key"] is None:
            parts = (values[name] for name in schema.table(table).key if name not in {"source", "source_key"})
            values["source_key"] = (
                schema.KEY_SEPARATOR.join("" if part is None else str(part) for part in parts) or None
            )
        if "tactic_stated" in values:
            self._rule(row, values)

    def _stage(self, values: Values) -> None:
        values["stage_raw"] = values["stage_raw"] or values["stage"]
        values["stage"] = tactics.state_of(_text(values["stage_raw"]), self.stage_map, self.tactics.facts.states)
        values["change"] = values["change"] or "stage"
        kind, subject = values["subject_kind"], values["subject"]
        if kind in {"deal", "account"} and isinstance(subject, str):
            values["subject"] = self._number(str(kind), subject)
        self.positions += 1
        values["position"] = self.positions

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
        values["channel_stated"] = values["channel_stated"] or row.values.get("channel")
        values["tactic_stated"] = values["tactic_stated"] or row.values.get("tactic")
        values["tactic"] = self.tactics.match(self.source, _text(values["tactic_stated"]), values).tactic
        values["channel"] = _text(values["channel_stated"]) or channel_of(row.table, self.source, values, self.channels)


def channel_of(table: str, source: str, values: Mapping[str, object], rules: channels.Channels) -> str | None:
    """Return the channel by the rules, or None where a row of this table says nothing about it."""
    tags = {name: _text(values.get(f"utm_{name}")) for name in ("source", "medium", "campaign", "id")}
    if table == "touches":
        host, click = _text(values.get("referrer_host")), _text(values.get("click_id_kind"))
        return rules.channel(channels.Visit(tags["source"], tags["medium"], tags["campaign"], click, host, tags["id"]))
    if table == "spend":
        visit = channels.spend_visit(source, _text(values.get("campaign")), (tags["source"], tags["medium"]))
        return None if visit is None else rules.channel(visit)
    if tags["source"] or tags["medium"] or tags["campaign"]:
        return rules.channel(channels.Visit(tags["source"], tags["medium"], tags["campaign"], None, None, tags["id"]))
    return None


def net_of(values: Mapping[str, object]) -> Decimal | None:
    """Return an order's net: (gross - tax - shipping) × (gross - refunded) / gross; 0 when cancelled or gross is 0."""
    amounts = {name: _decimal(values.get(name)) for name in ("gross", "tax", "shipping", "refunded")}
    gross = amounts["gross"]
    if values.get("status") == "cancelled" or gross == 0:
        return Decimal(0)
    if gross is None:
        return None
    tax, shipping, refunded = (amounts[name] or Decimal(0) for name in ("tax", "shipping", "refunded"))
    return ((gross - tax - shipping) * (gross - refunded) / gross).quantize(CENT_STEP, ROUND_HALF_EVEN)


def key60(text: str) -> int:
    """Return the first 60 bits of md5(text), as the SQL verb of the same name does."""
    return int(hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()[:15], 16)


def number(kind: str, record: str) -> int:
    """Return the number of a deal or account, from the kind and the record's `system:id`."""
    return key60(f"{kind}{schema.KEY_SEPARATOR}{record}")


def domain_accounts(seen: Iterator[Seen] | list[Seen]) -> dict[str, int]:
    """Return the accounts that company addresses name: domain → number."""
    return {one.domain: one.account for one in seen if one.domain is not None and one.account is not None}


def _spend_key(values: Values) -> None:
    values["geo"] = values["geo"] or "*"
    parts = [str(values["day"]), str(values["account"] or "")]
    for level in LEVELS:
        name = values[level]
        parts.append(str(values[f"{level}_id"] or (f"name:{tactics.folded(str(name))}" if name else "")))
    if values["source_key"] is None:
        values["source_key"] = schema.KEY_SEPARATOR.join([*parts, str(values["geo"])])


def _typed(column: schema.Column, value: object) -> object:
    if value is None:
        return None
    if column.type == schema.MONEY:
        amount = _decimal(value)
        if amount is None or abs(amount) >= LARGEST_MONEY:
            raise RowRefused(column.name, "bad_number", f"{value} is more than money can hold here")
        return amount.quantize(CENT_STEP, ROUND_HALF_EVEN)
    if column.type == "TEXT" and not isinstance(value, str):
        return str(value)
    if column.type == "DOUBLE" and not isinstance(value, float):
        return float(str(value))
    if column.type == "BIGINT" and not isinstance(value, int):
        return int(str(value))
    return value


def _decimal(value: object) -> Decimal | None:
    return value if value is None or isinstance(value, Decimal) else Decimal(str(value))


def _text(value: object) -> str | None:
    return None if value is None or value == "" else str(value)
