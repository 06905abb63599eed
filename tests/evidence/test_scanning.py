"""The engine's scan against the careful reader: the same file gives the same tables, counts, rejects and flags."""

from __future__ import annotations

import csv
import datetime as dt

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from leadline.evidence import scanning, schema, settling
from leadline.evidence.channels import Channels
from leadline.evidence.plan_facts import PlanFacts
from leadline.evidence.privacy import Key, Pseudonyms
from leadline.evidence.rows import RowMaker
from leadline.evidence.sources import text_blocks
from leadline.evidence.sources.generic import GENERIC, records_of
from leadline.evidence.sources.records import Context
from leadline.evidence.sources.sniff import open_head
from leadline.evidence.staging import Staging, columns_of
from leadline.evidence.suppression import Forgotten, hash_of
from leadline.evidence.tactics import TacticMap

TEST_KEY = Key(bytes(range(32)))
MAPPING = """
mapping: 1
table: touches
match: {header: [id, moment, cookie]}
file: {delimiter: ",", timezone: Europe/Berlin, dates: ymd, numbers: en, currency: EUR}
key: [id, cookie]
columns:
  happened_at: moment
  class: {column: what, values: {saw: exposure, did: activity, "": activity}}
  event: event
  session_key: session
  utm_source: source
  utm_campaign: campaign
  channel: {column: channel, values: {unknown: ""}}
  value: value
  object: object
when: {event: ["*"]}
identifiers: {email: mail, anonymous: cookie}
"""
STAGED = (
    """SELECT kind, value, node, bool_or(verified), max(role), max(system), max(account), min(first_seen), max(last_seen),
    max(source), max(import_id) FROM identities GROUP BY ALL ORDER BY kind, value""",
    "SELECT * EXCLUDE (record_no) FROM links ORDER BY link_id",
    "SELECT DISTINCT * EXCLUDE (record_no) FROM accounts ORDER BY source, source_key",
)
TEXTS = ("", "plain", " outer ", "über", "n/a", "-", "Kampagne\u00a0", "für eva@pumps.example", "a\nb", "fair_x", '"q"')
MOMENTS = (
    "2027-03-01 10:00:00", "2027-03-01T10:00:00Z", "2027-03-28 02:30:00", "2027-10-31 02:30:00.123456", "2027-02-30 10:00:00",
    "2027-03-01", "2027-3-1 9:05", "2027-03-01 10:00 UTC", "2027-03-01T10:00:00+02:00", "", "soon", "1950-01-01 00:00:00",
)  # fmt: skip


moment = dt.datetime.fromisoformat


def record(moments, texts=TEXTS):
    return st.fixed_dictionaries(
        {
            "id": st.sampled_from(["1", "2", "3", "4", "", "-", "5 "]),
            "moment": moments,
            "cookie": st.sampled_from(["c1", "c2", "c3 ", "", "n/a", "c\u00f6"]),
            "what": st.sampled_from(["saw", "did", "", "reply", "slept"]),
            "event": st.sampled_from(["form", "form", "visit", "", "n/a"]),
            "session": st.sampled_from(texts),
            "source": st.sampled_from(["google", "Google ", "", "newsletter"]),
            "campaign": st.sampled_from(texts),
            "channel": st.sampled_from(["", "unknown", "Fair"]),
            "object": st.sampled_from(texts),
            "mail": st.sampled_from(
                ["", "eva@pumps.example", "Eva@Pumps.example ", "info@pumps.example", "no mail", "x@gmail.com"]
            ),
        }
    )


OF_TEXT = record(st.sampled_from(MOMENTS)).flatmap(
    lambda row: st.sampled_from(["", "12.50", "-3", "1,234.5", "many", "0"]).map(lambda value: {**row, "value": value})
)
OF_TYPES = record(
    st.one_of(
        st.none(),
        st.datetimes(moment("2027-03-27"), moment("2027-03-29")),
        st.sampled_from([moment("2027-10-31T02:30"), moment("1960-01-01"), moment("2027-03-01T10:00")]),
    ),
    (*TEXTS, None),
).flatmap(
    lambda row: st.sampled_from([None, 12.5, -3.0, 0.1, 1e15, float("nan"), 7.0]).map(
        lambda value: {**row, "value": value}
    )
)
FEW = settings(
    max_examples=3, deadline=None, derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip


FACTS = PlanFacts(tactic_ids=("fair",), tracked_as={"other": {"utm_source": ("google",)}}, timezone="Europe/Berlin")


@pytest.fixture
def both(tmp_path):
    """Stage the same file both ways; return what each staged and counted, and how many records were scanned."""

    def take(write, name, forgotten=None):
        (tmp_path / "web.mapping.yaml").write_text(MAPPING, encoding="utf-8")
        write(tmp_path / name)
        head = open_head(tmp_path / name)
        assert scanning.way(head, from_bytes=0) == ""
        return [staged(tmp_path, head, scans=scans, forgotten=forgotten) for scans in (False, True)]

    return take


def staged(folder, head, *, scans, forgotten):
    maker = RowMaker(
        "web",
        "import",
        Pseudonyms(TEST_KEY),
        Channels(exclusions=("pay.example",)),
        TacticMap(FACTS),
        forgotten=forgotten,
    )
    staging, context = Staging(folder / f"{scans}.duckdb", maker), Context(FACTS.timezone)
    match = GENERIC.recognise(head)
    if scans:
        reading = scanning.scan(staging, head, match=match, context=context)
    else:
        reading = GENERIC.read(head, match, context=context)
        staging.take(reading)
    settled = settling.settle(staging)
    held = columns_of(staging.connection, "touches")
    touches = ", ".join(name if name in held else "NULL" for name in schema.table("touches").names)
    queries = (f"SELECT {touches} FROM touches ORDER BY ALL", *STAGED)
    rows = [staging.connection.execute(query).fetchall() for query in queries]
    staging.remove()
    rejects = sorted(staging.rejects, key=repr)
    return (
        rows,
        staging.tally,
        rejects,
        staging.asserted,
        settled,
        reading.numbers,
        reading.dates,
        reading.currency_from,
    )


def writes_csv(rows):
    def write(path):
        with path.open("w", encoding="utf-8", newline="") as file:
            out = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
            out.writeheader()
            out.writerows(rows)
            file.write("too,short\n")

    return write


def writes_parquet(rows):
    types = {"moment": pa.timestamp("us"), "value": pa.float64()}
    schema = pa.schema([(name, types.get(name, pa.string())) for name in rows[0]])
    return lambda path: parquet.write_table(pa.Table.from_pylist(rows, schema=schema), path, row_group_size=3)


@pytest.fixture(autouse=True)
def few_odd_ones(monkeypatch):
    """Let the scan go on however many records are odd: the point is that they come out the same."""
    monkeypatch.setattr(scanning, "ODD_SHARE", 2.0)


@pytest.fixture(autouse=True)
def few_bytes_a_block(monkeypatch):
    """Let a block hold a few lines, so that some are plain and others are not."""
    monkeypatch.setattr(text_blocks, "BLOCK_BYTES", 300)


MANY = settings(FEW, max_examples=150)


@FEW
@given(rows=st.lists(OF_TEXT, min_size=25, max_size=40))
def test_a_scanned_csv_file_gives_what_the_careful_reader_gives(both, rows):
    careful, scanned = both(writes_csv(rows), "web.csv")
    assert scanned == careful


@FEW
@given(rows=st.lists(OF_TYPES, min_size=25, max_size=40))
def test_a_scanned_parquet_file_gives_what_the_careful_reader_gives(both, rows):
    careful, scanned = both(writes_parquet(rows), "web.parquet")
    assert scanned == careful


@pytest.mark.nightly
@MANY
@given(rows=st.lists(OF_TEXT, min_size=1, max_size=40))
def test_any_scanned_csv_file_gives_what_the_careful_reader_gives(both, rows):
    careful, scanned = both(writes_csv(rows), "web.csv")
    assert scanned == careful


@pytest.mark.nightly
@MANY
@given(rows=st.lists(OF_TYPES, min_size=1, max_size=40))
def test_any_scanned_parquet_file_gives_what_the_careful_reader_gives(both, rows):
    careful, scanned = both(writes_parquet(rows), "web.parquet")
    assert scanned == careful


PLAIN = {
    "moment": moment("2027-03-01T10:00"), "what": "did", "event": "form", "session": "s", "source": "google", "campaign": "fair_x",
    "channel": "", "object": None, "mail": "", "value": 2.5,
}  # fmt: skip


def test_only_odd_records_are_read_one_by_one(both, monkeypatch):
    rows = [{**PLAIN, "id": str(number), "cookie": f"c{number % 7}"} for number in range(30)]
    rows[3]["event"] = None  # no entry takes it
    rows[8]["campaign"] = "for eva@pumps.example"
    rows[20] = {**rows[21], "value": 3.0}  # one key, two values
    read = []

    def reading(items, maker):
        read.extend(item.line for item in items())
        return records_of(items, maker)

    monkeypatch.setattr(scanning, "records_of", reading)
    careful, scanned = both(writes_parquet(rows), "web.parquet")
    assert scanned == careful
    assert read == [4, 9, 21, 22]
    assert scanned[1].accepted == 27


def test_keys_that_are_one_only_as_they_are_stored_contradict_each_other_in_a_scanned_file_too(both):
    rows = [{**PLAIN, "id": str(number), "cookie": "c"} for number in range(30)]
    rows[20]["id"] = "Eva@pumps.example"
    rows[21] |= {"id": "eva@pumps.example", "value": 3.0}
    careful, scanned = both(writes_parquet(rows), "web.parquet")
    assert scanned == careful
    assert [reject.reason for reject in scanned[2]] == ["key_conflict"] * 2


def test_a_file_of_which_every_fifth_record_is_odd_goes_the_careful_way(both, monkeypatch):
    monkeypatch.setattr(scanning, "ODD_SHARE", 0.2)
    rows = [{**PLAIN, "id": str(number), "cookie": "c", "object": " x" if number % 4 else "x"} for number in range(20)]
    with pytest.raises(AttributeError, match="numbers"):  # nothing was scanned, so there is no reading
        both(writes_parquet(rows), "web.parquet")


def test_somebody_forgotten_is_found_by_the_scan_wherever_the_careful_reader_finds_them(both):
    named = [("anonymous", "c1"), ("email", "eva@pumps.example"), ("words", "eva huber"), ("words", "o7")]
    gone = Forgotten(TEST_KEY, frozenset(hash_of(TEST_KEY, kind, value=value) for kind, value in named))
    rows = [{**PLAIN, "id": str(number), "cookie": f"c{number % 7}"} for number in range(30)]
    rows[2]["mail"] = "Eva@pumps.example"
    rows[3]["object"] = "call Eva Huber"
    rows[4]["object"] = "o7"
    rows[5]["cookie"] = "x1"
    rows[5]["session"] = "eva huber"
    careful, scanned = both(writes_parquet(rows), "web.parquet", gone)
    assert scanned == careful
    assert scanned[1].accepted == 30
    without, _ = both(writes_parquet(rows), "web.parquet")
    assert without[0] != careful[0]
