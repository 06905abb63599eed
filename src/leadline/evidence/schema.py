"""The canonical tables as data: what happened, who it was, and how it came in.

One frozen `Table` each; from it come the DDL of every engine, the docs page, `leadline evidence`
and the search for personal data of an erasure. A new table needs a query that cannot be asked without it.

Rules for all tables: times are UTC without zone, days are the source's own and never converted, money is
DECIMAL(18,4) beside its currency, null means unknown and zero means a reported zero, and every fact carries
its lineage: `source`, `source_key` (parts joined with U+001F), `import_id` (the import that first brought
the row) and `line`. There is no database constraint: the import merges by `key` and a test proves uniqueness.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from leadline.errors import UsageError

Type = Literal["TEXT", "BIGINT", "DOUBLE", "BOOLEAN", "DATE", "TIMESTAMP", "DECIMAL(18,4)"]
MONEY: Type = "DECIMAL(18,4)"
STORAGE_VERSION = "5"  # own: raised whenever a stored table changes its meaning or columns
KEY_SEPARATOR = "\x1f"


@dataclass(frozen=True)
class Column:
    """One column. unit: what a number counts · null: what a null says where that is not "unknown"."""

    name: str
    type: Type
    meaning: str
    unit: str = ""
    null: str = ""


@dataclass(frozen=True)
class Table:
    """One table.

    kind: `fact` (a row is one thing that happened; two rows of one file with one key are a conflict),
    `who` (a row is somebody or something many records may mention; the last value given stands) or
    `log` (written by Leadline itself). time: the column that says when. derived: columns the rules fill.
    """

    name: str
    grain: str
    key: tuple[str, ...]
    own: tuple[Column, ...]
    kind: Literal["fact", "who", "log"] = "fact"
    time: str | None = None
    derived: tuple[str, ...] = ()
    note: str = ""

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """Return all columns, with the lineage in front where the table is filled by imports."""
        return self.own if self.kind == "log" else (*LINEAGE, *self.own)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Return the names of all columns, in stored order."""
        return tuple(column.name for column in self.columns)

    @cached_property
    def compared(self) -> tuple[str, ...]:
        """Return the columns whose change makes a row `updated`: everything but key, lineage and the version's own time."""
        apart = {*self.key, VERSION.name, *(column.name for column in LINEAGE)}
        return tuple(name for name in self.names if name not in apart)

    def ddl(self, name: str | None = None) -> str:
        """Return `CREATE TABLE IF NOT EXISTS` for this table, under another name where one is given."""
        columns = ", ".join(f'"{column.name}" {column.type}' for column in self.columns)
        return f"CREATE TABLE IF NOT EXISTS {name or self.name} ({columns})"


def _text(names: str, meaning: str) -> tuple[Column, ...]:
    return tuple(Column(name, "TEXT", meaning) for name in names.split())


def _counts(names: str, meaning: str) -> tuple[Column, ...]:
    return tuple(Column(name, "BIGINT", meaning, "count", "not reported") for name in names.split())


def _money(names: str, meaning: str) -> tuple[Column, ...]:
    return tuple(Column(name, MONEY, meaning, "money in `currency`") for name in names.split())


def _times(names: str, meaning: str) -> tuple[Column, ...]:
    return tuple(Column(name, "TIMESTAMP", meaning, "UTC, microseconds") for name in names.split())


LINEAGE = (
    Column("source", "TEXT", "format name; for a mapping file the mapping's name"),
    Column("source_key", "TEXT", "parts of the source's natural key, joined with U+001F"),
    Column("import_id", "TEXT", "the import that first brought the row"),
    Column("line", "BIGINT", "first physical line, or record number, in that import's file"),
)
VERSION = Column(
    "version_at",
    "TIMESTAMP",
    "when the source last changed the row: a newer version stays, whatever is imported later",
    null="not told",
)
UTM = (
    "id",
    "source",
    "medium",
    "campaign",
    "term",
    "content",
    "source_platform",
    "creative_format",
    "marketing_tactic",
)
_UTM = tuple(Column(f"utm_{name}", "TEXT", f"the tag utm_{name} as it was written") for name in UTM)
_RULED = (
    Column("channel", "TEXT", "channel by the rules"),
    Column("tactic", "TEXT", "tactic of the plan", null="unmatched; listed, never spread"),
    Column("channel_stated", "TEXT", "channel named on the row itself", null="not named: the rules decide"),
    Column("tactic_stated", "TEXT", "tactic named on the row itself", null="not named: the rules decide"),
)
_CURRENCY = Column("currency", "TEXT", "ISO 4217, upper case")
_SOURCE_KEY = ("source", "source_key")

SPEND = Table(
    "spend", "day × source × account × campaign × adset × ad × geo", _SOURCE_KEY,
    (
        Column("day", "DATE", "day in the ad account's zone"),
        *_text("account campaign_id campaign adset_id adset ad_id ad", "level of the ad account; null where the file has none"),
        Column("geo", "TEXT", "ISO 3166-2, or * for everywhere"),
        *_money("amount", "cost booked by the platform, net of tax"), _CURRENCY,
        *_counts("impressions clicks reach", "as the platform counts; reach never adds up"),
        Column("claimed_conversions", "DOUBLE", "what the platform says; never an outcome", "count"),
        *_money("claimed_value", "what the platform says; never an outcome"),
        *_text("url", "landing address"), *_UTM, *_RULED,
    ), time="day", derived=("channel", "tactic"),
    note="source_key: day, account, campaign, adset, ad and geo; a level is its id, else name: and the folded name",
)  # fmt: skip
TOUCHES = Table(
    "touches", "one event of one subject", _SOURCE_KEY,
    (
        Column("touch_id", "BIGINT", "first 60 bits of md5(source U+001F source_key): breaks ties; uniqueness not promised"),
        Column("node", "BIGINT", "identity node of the strongest identifier", null="anonymous: in totals, never in paths"),
        Column("session_key", "TEXT", "the source's own session", null="30-minute rule"),
        *_times("happened_at received_at", "when it happened; when it arrived"),
        *_text("class", "exposure (seen), activity (did), reply (answered us)"),
        *_text("event", "as the source names it"), *_text("referrer_host landing", "landing is the path without query"),
        *_UTM, *_text("click_id_kind click_id", "gclid dclid srsltid wbraid gbraid fbclid msclkid li_fat_id twclid ttclid"),
        Column("value", MONEY, "money the event carries", "money in `currency`"), _CURRENCY,
        *_text("object", "what it was about; for an order event the order's id"),
        Column("is_machine", "DOUBLE", "probability of a bot or scanner", "0..1", "not judged"),
        *_text("consent", "granted, denied, unknown for analytics"), *_text("geo", "place as the source gives it"), *_RULED,
    ), time="happened_at", derived=("touch_id", "channel", "tactic"), note="mail opens are never touches",
)  # fmt: skip
STAGES = Table(
    "stages", "one change of one subject", ("source", "subject_kind", "subject", "entered_at", "stage_raw", "source_key"),
    (
        *_text("subject_kind", "person, account, deal"), Column("subject", "BIGINT", "node, account or deal"),
        *_text("stage", "state of the plan's bridge by the stage map, else the source's name"),
        *_text("stage_raw", "the source's name of the stage"),
        *_text("origin", "where the subject came from as the source says it: a claim, never a touch"),
        *_times("entered_at left_at", "left_at null: still there, or unknown"),
        *_text("change", "stage, amount, close; only a stage change opens a spell"),
        *_money("amount", "amount as of that moment"), _CURRENCY, Column("expected_close", "DATE", "forecast as of that moment"),
        Column("position", "BIGINT", "order of the row within its file; breaks ties of one moment"), VERSION, *_RULED, *_UTM,
    ), time="entered_at", derived=("stage", "tactic", "channel"),
)  # fmt: skip
DEALS = Table(
    "deals", "one opportunity, current state", _SOURCE_KEY,
    (
        Column("deal", "BIGINT", "number of the deal"), Column("account", "BIGINT", "number of the account"),
        *_text("name pipeline stage owner lead_source lost_reason", "as the CRM says"),
        *_text("state", "stage after the stage map"), *_text("status", "open, won, lost"),
        *_money("amount", "null allowed"), _CURRENCY, *_times("created_at closed_at", "facts, not forecasts"),
        Column("expected_close", "DATE", "only of open deals: a forecast"), VERSION, *_RULED, *_UTM,
    ), time="created_at", derived=("state", "tactic", "channel"),
)  # fmt: skip
DEAL_PEOPLE = Table(
    "deal_people", "deal × person", ("deal", "person_node"),
    (
        Column("deal", "BIGINT", "number of the deal"), Column("person_node", "BIGINT", "identity node"),
        *_text("role", "as the CRM says"), Column("is_primary", "BOOLEAN", "main contact of the deal"),
    ), kind="who",
)  # fmt: skip
ORDERS = Table(
    "orders", "one order", _SOURCE_KEY,
    (
        *_times("ordered_at", "when"), Column("node", "BIGINT", "identity node", null="no person"),
        Column("account", "BIGINT", "number of the account"), Column("deal", "BIGINT", "number of the deal"),
        *_text("status", "booked, cancelled"),
        *_money("gross tax shipping discount refunded net margin", "net = (gross - tax - shipping) × (gross - refunded) / gross"),
        _CURRENCY, *_counts("items", "pieces"), *_text("referrer_host", "host the visit came from"), *_UTM, *_RULED,
    ), time="ordered_at", derived=("channel", "tactic"), note="booked revenue = sum of net; a refund restates the row",
)  # fmt: skip
METRICS = Table(
    "metrics", "source × metric × span × geo × segment", ("source", "metric", "day", "until", "geo", "segment"),
    (
        *_text("metric", "name of the series"), Column("day", "DATE", "first day"), Column("until", "DATE", "last day"),
        *_text("geo segment", "* for all"), Column("value", "DOUBLE", "value", "see unit"), Column("n", "DOUBLE", "sample size", "count"),
        Column("low", "DOUBLE", "lower end of the 90 % interval"), Column("high", "DOUBLE", "upper end of the 90 % interval"),
        *_text("unit", "unit of the value"), *_RULED,
    ), time="day", derived=("tactic", "channel"),
)  # fmt: skip
POSTS = Table(
    "posts", "one post, own or another's", _SOURCE_KEY,
    (
        *_text("kind", "Create, Announce, Update"), *_text("venue", "where"), *_times("published_at deleted_at", "when"),
        Column("time_known", "BOOLEAN", "false where only the day is known"), *_text("author", "pseudonym"),
        Column("own", "BOOLEAN", "published by us"), *_text("text", "free of tags; null after deletion"),
        *_text("language url in_reply_to conversation object", "as the source says"),
        *_counts("impressions reach reactions replies shares saves clicks", "as the venue counts"),
        *_text("brands", "matched aliases of the plan, comma-separated"), VERSION, *_RULED,
    ), time="published_at", derived=("tactic", "channel"), note="listening never creates a person or contact",
)  # fmt: skip
RESPONSES = Table(
    "responses", "one message of a conversation", _SOURCE_KEY,
    (
        *_text("conversation", "thread"), *_times("happened_at", "when"), *_text("direction", "inbound, outbound"),
        *_text("kind", "message, auto, assign, resolve, reopen, snooze"), *_text("touchpoint team", "where it was answered"),
        Column("person_node", "BIGINT", "identity node"), *_text("answers", "source_key of the inbound message"), *_text("post", "post"),
    ), time="happened_at",
)  # fmt: skip
TRIALS = Table(
    "trials", "unit × period × outcome of one test", ("test", "unit", "period", "outcome"),
    (
        *_text("test", "id of the plan"), *_text("unit_kind", "person, account, geo"), *_text("unit arm", "who, in which arm"),
        *_times("assigned_at", "when"), Column("period", "DATE", "first day"), Column("exposed", "BOOLEAN", "was reached"),
        *_text("outcome", "what is measured"), Column("value", "DOUBLE", "how much"), *_money("cost", "cost of the unit"), _CURRENCY,
    ), time="period",
)  # fmt: skip
CONSENT = Table(
    "consent", "one entry of the consent ledger", ("entry",),
    (
        *_text("entry", "hash of what the entry says and where it came from"), Column("node", "BIGINT", "identity node"), *_text("purpose channel", "for what"), *_text("state", "granted, withdrawn, objected"),
        *_text("basis wording wording_version method evidence", "how it was given"),
        *_times("recorded_at valid_from expires_at", "when"),
    ), time="recorded_at", note="append-only: a changed line of a list is an entry of its own; written to the consent ledger first",
)  # fmt: skip
IDENTITIES = Table(
    "identities", "one distinct identifier", ("kind", "value"),
    (
        *_text("kind", "email phone crm user anonymous visitor ga domain_user device author badge"),
        *_text("value", "pseudonym, never the plain identifier"), Column("node", "BIGINT", "never changes"),
        Column("verified", "BOOLEAN", "the source vouches for it"), Column("role", "BOOLEAN", "a role address (info@): no person"),
        *_times("first_seen last_seen", "first and last day a fact names it"),
        Column("account", "BIGINT", "account of the record, else of a company address by its domain"),
        *_text("system", "who issues a crm id"),
    ), kind="who",
)  # fmt: skip
LINKS = Table(
    "links", "one reason to join two identifiers", ("link_id",),
    (
        *_text("link_id", "from both nodes and the method"), Column("a", "BIGINT", "node"), Column("b", "BIGINT", "node"),
        *_text("method", "exact, probable, manual"), Column("weight", "DOUBLE", "certainty", "0..1"),
        *_text("reason", "rule or match explanation"), *_times("linked_at undone_at", "when"), *_text("undone_by", "who"),
        *_text("held", "why a guard holds it back: a proposal; null: it joins"),
    ), kind="who", note="nothing is deleted here except by erasure",
)  # fmt: skip
PEOPLE = Table(
    "people", "one node", ("node",),
    (
        Column("node", "BIGINT", "identity node"), Column("person", "BIGINT", "smallest node of the cluster"),
        Column("weight", "DOUBLE", "certainty of the weakest link to the strongest identifier", "0..1"),
        Column("account", "BIGINT", "number of the account"),
    ), kind="log", note="computed from links not undone",
)  # fmt: skip
ACCOUNTS = Table(
    "accounts", "one company", _SOURCE_KEY,
    (Column("account", "BIGINT", "number of the account"), *_text("name domain segment country size", "as the source says")),
    kind="who",
)  # fmt: skip
CONTACTS = Table(
    "contacts", "one node with a name or an address", ("node",),
    (
        Column("node", "BIGINT", "identity node"),
        Column("account", "BIGINT", "number of the company"),
        *_text("name first_name last_name email phone company title city country owner", "plain, in a file of its own"),
        *_times("created_at last_activity_at", "when"),
    ), kind="who", note="lives in evidence/contacts.duckdb, apart from everything else",
)  # fmt: skip
CHANNEL_RULES = Table(
    "channel_rules", "one rule of one version", ("rule_set", "version", "position"),
    (
        *_text("rule_set version", "which list"), Column("position", "BIGINT", "first hit wins"), *_text("sets", "channel, tactic, exclude"),
        *_text("field op pattern and_field and_op and_pattern result origin", "see channels.py"),
    ), kind="log",
)  # fmt: skip
RATES = Table(
    "rates", "currency × day", ("currency", "day"),
    (_CURRENCY, Column("day", "DATE", "valid from"), Column("per_plan", "DOUBLE", "units of `currency` for one of the plan's")),
    kind="log",
)  # fmt: skip
IMPORTS = Table(
    "imports", "one import of one file", ("import_id",),
    (
        *_text("import_id file sha256 source source_version options encoding delimiter sheet header dates", "which file, read how"),
        Column("bytes", "BIGINT", "size", "bytes"), Column("header_line", "BIGINT", "physical line"),
        *_text("number_locale status", "status: done, empty"), *_counts("read accepted rejected merged", "law: read = accepted + rejected + skipped + merged"),
        *_text("skipped tables flags totals checksums", "json"), Column("span_from", "DATE", "first day"), Column("span_to", "DATE", "last day"),
        *_times("started_at finished_at", "when"), *_text("snapshot", "the warehouse after this import"),
        Column("truncated", "BOOLEAN", "the file ended in the middle of a record"), *_text("rule_version", "channel rules used"),
    ), kind="log", note="this table is the import log; there is no other",
)  # fmt: skip
REJECTS = Table(
    "rejects", "one record, or part of one, that was not taken", ("import_id", "line", "column", "reason"),
    (
        *_text("import_id", "which import"), Column("line", "BIGINT", "where the record starts"), *_text("column", "which column"),
        *_text("reason text raw", "why, and the record as text"), *_text("part", "row: null; stage, identifier: the record stayed"),
        *_text("mended_by", "import that took the mended record"),
    ), kind="log",
)  # fmt: skip
RESTATEMENTS = Table(
    "restatements", "one changed value", ("table", "source", "source_key", "column", "import_id"),
    (*_text("table source source_key column old new import_id", "what changed"), *_times("restated_at", "when")), kind="log",
)  # fmt: skip
META = Table(
    "meta", "one fact about the warehouse", ("key",),
    _text("key value", "storage_version, snapshot, rules (what the rules were when they were last applied), key (mark of the pseudonyms' key)"), kind="log",
)  # fmt: skip

TABLES: tuple[Table, ...] = (
    SPEND, TOUCHES, STAGES, DEALS, DEAL_PEOPLE, ORDERS, METRICS, POSTS, RESPONSES, TRIALS, CONSENT, IDENTITIES, LINKS, PEOPLE,
    ACCOUNTS, CHANNEL_RULES, RATES, IMPORTS, REJECTS, RESTATEMENTS, META,
)  # fmt: skip
FACTS = tuple(table for table in TABLES if table.kind == "fact")
BY_NAME = {table.name: table for table in (*TABLES, CONTACTS)}


def table(name: str) -> Table:
    """Return the table of that name; UsageError names the known ones."""
    if name not in BY_NAME:
        raise UsageError.unknown("table", name, known=BY_NAME)
    return BY_NAME[name]
