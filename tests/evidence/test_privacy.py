"""Nobody enters the warehouse by name."""

from __future__ import annotations

import hashlib
import json
import os
import stat
from dataclasses import replace

import duckdb
import pytest

from leadline.errors import UsageError
from leadline.evidence import privacy, schema
from leadline.evidence.privacy import Key, Pseudonyms, workspace_key

CANARY = "canary.person@pumps.example"


def test_a_pseudonym_is_the_keyed_hash_that_the_samples_show():
    key = Key(bytes.fromhex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"))
    assert Pseudonyms(key).of("email", "eva.huber@alpenmolkerei.example")[0] == "bcba6598c17c256589f259640d319019"
    assert (
        Pseudonyms(Key(bytes(32))).of("email", "eva.huber@alpenmolkerei.example")[0]
        != "bcba6598c17c256589f259640d319019"
    )


def test_only_pseudonyms_lie_in_the_warehouse_and_names_lie_apart(warehouse):
    warehouse.give("crm.jsonl", [
        {"rows": [
            ["contacts", {"node": "crm:77", "email": CANARY, "name": "Canary Person", "phone": "+49 555 0101"}],
            ["stages", {"source_key": "77", "subject_kind": "person", "subject": "crm:77", "stage": "lead", "entered_at": "2027-03-01T00:00"}],
        ], "links": [["crm:77", f"email:{CANARY}"], ["crm:77", "phone:+49 555 0101"]]},
        {"rows": [["touches", {"source_key": "t", "node": f"email:{CANARY}", "happened_at": "2027-03-01T00:00", "class": "activity",
                               "event": "page", "utm_content": f"for {CANARY}"}]]},
    ])  # fmt: skip
    stored = warehouse.workspace.warehouse.read_bytes()
    for secret in (CANARY, "Canary", "4955501", hashlib.sha256(CANARY.encode()).hexdigest()):
        assert secret.encode() not in stored
    for table in schema.TABLES:
        text = str(warehouse.rows(f"FROM {table.name}"))
        assert "anary" not in text, table.name
    assert warehouse.rows("SELECT utm_content FROM touches") == [{"utm_content": "(redacted)"}]
    with duckdb.connect(str(warehouse.workspace.contacts), read_only=True) as contacts:
        assert contacts.execute("SELECT name, email FROM contacts").fetchall() == [("Canary Person", CANARY)]
    assert stat.S_IMODE(warehouse.workspace.contacts.stat().st_mode) == 0o600


def test_a_key_is_made_once_outside_the_workspace_and_readable_by_its_owner_only(tmp_path):
    made = workspace_key("acme", environment={}, folder=tmp_path / "config")
    assert made.made is not None
    assert stat.S_IMODE(made.made.stat().st_mode) == 0o600
    again = workspace_key("acme", environment={}, folder=tmp_path / "config")
    assert (again.secret, again.made) == (made.secret, None)
    assert workspace_key("other", environment={}, folder=tmp_path / "config").secret != made.secret
    assert made.secret.hex() not in repr(made)


def test_a_key_of_the_environment_comes_first_and_a_broken_one_is_refused(tmp_path):
    key = os.urandom(32).hex()
    assert workspace_key("acme", environment={"LEADLINE_KEY": key}, folder=tmp_path).secret.hex() == key
    with pytest.raises(UsageError, match="64 hex digits"):
        workspace_key("acme", environment={"LEADLINE_KEY": "abc"}, folder=tmp_path)


def test_identifiers_are_compared_in_one_form():
    assert privacy.normal_form("email", "not-an-address") is None
    assert privacy.normal_form("phone", "+43 1 555-0101") == "+4315550101"
    assert privacy.normal_form("email", "ＥＶＡ@example.org") == "eva@example.org"


CLIENT, USER, RECORD = "8812345678.1700000001", "user-canary-0815", "9047110815"
GA4_EVENT = {
    "event_date": "20270302", "event_timestamp": 1803945600000000, "event_name": "page_view", "user_pseudo_id": CLIENT,
    "user_id": USER, "event_bundle_sequence_id": 1, "batch_event_index": 2, "stream_id": "1",
    "event_params": [{"key": "ga_session_id", "value": {"int_value": 1700000001}},
                     {"key": "page_location", "value": {"string_value": f"https://halden.example/?utm_source={CANARY}&utm_medium=email"}}],
}  # fmt: skip
CONTACTS = (
    "Record ID,First Name,Last Name,Email,Create Date,Lifecycle Stage,Became a Lead Date,Original Source\n"
    f"{RECORD},Canary,Person,{CANARY},2027-03-01 10:00,Lead,2027-03-01 10:00,seen by {CANARY}\n"
)
DEALS = (
    "Record ID,Deal Name,Deal Stage,Pipeline,Create Date,Close Date,Deal owner,Associated Contact IDs,Associated Company IDs\n"
    f"501,Pump for {CANARY},Lead,Sales,2027-03-01 10:00,,{CANARY},{RECORD},\n"
)
ADS = f"Campaign report\nAll\nDay,Campaign,Currency code,Cost\n2027-03-01,mail {CANARY},EUR,1.00\n2027-03-01,mail b@pumps.example,EUR,2.00\n"
SHOP = f"mail,client,order,day,note,money\n{CANARY},{CLIENT},A1,2027-03-01,ask {CANARY},5\n{CANARY} ,{RECORD},A2,2027-03-01,ask,5\nno-mail@,x,A3,2027-03-01,,5\n"
SHOP_MAPPING = """
mapping: 1
match: {header: [mail, client, order, day, note, money]}
file: {delimiter: ",", dates: ymd, numbers: en}
tables:
  - table: orders
    key: [mail, order]
    columns: {ordered_at: day, gross: money, currency: {const: EUR}, referrer_host: note}
    identifiers: {email: mail, ga: client}
  - table: touches
    columns: {happened_at: day, class: {const: activity}, event: note, object: mail, session_key: client, landing: {join: [client, order]}}
    identifiers: {email: mail, ga: client}
  - table: stages
    key: [{join: [client, order], with: "-"}]
    columns: {subject_kind: {const: person}, stage: {const: lead}, entered_at: day}
    identifiers: {crm: client}
"""


def planted(warehouse):
    """Import one person's address, CRM id and client id in every format that can hold them."""
    warehouse.setup = replace(warehouse.setup, reader=None)
    exports = warehouse.workspace.exports
    exports.mkdir()
    texts = {"events.jsonl": json.dumps(GA4_EVENT) + "\n", "contacts.csv": CONTACTS, "deals.csv": DEALS, "ads.csv": ADS,
             "shop.csv": SHOP, "shop.mapping.yaml": SHOP_MAPPING}  # fmt: skip
    for name, text in texts.items():
        (exports / name).write_text(text, encoding="utf-8")
    reports = warehouse.take(*(exports / name for name in texts if not name.endswith("yaml")), accept_rejects=True)
    assert [report.status for report in reports] == ["done"] * 5, [report.message for report in reports]
    return reports


def test_a_person_planted_in_every_format_stands_nowhere_in_the_warehouse(warehouse):
    """Raw rejects and contacts.duckdb hold plain values: the one to be mended, the other to write to people."""
    planted(warehouse)
    stored = warehouse.workspace.warehouse.read_bytes()
    for secret in (CLIENT, USER, RECORD, "canary.person"):
        assert secret.encode() not in stored, secret
    for table in schema.TABLES:
        if table.name != "rejects":
            text = str(warehouse.rows(f"FROM {table.name}"))
            for secret in (CLIENT, USER, RECORD, CANARY, "b@pumps"):
                assert secret not in text, (table.name, secret)
    assert warehouse.rows("SELECT count(*) AS n FROM spend") == [{"n": 2}], "two addresses in names are two campaigns"


def test_a_key_with_a_pseudonym_is_the_same_every_time(warehouse, make_warehouse, tmp_path_factory):
    planted(warehouse)
    other = make_warehouse(tmp_path_factory.mktemp("other"))
    planted(other)
    for table in ("orders", "touches", "stages", "spend"):
        keys = f"SELECT source_key FROM {table} ORDER BY source_key"
        assert warehouse.rows(keys) == other.rows(keys), table
    pseudonym = Pseudonyms(warehouse.setup.key).of("email", CANARY)[0]
    assert warehouse.rows(
        "SELECT count(*) AS n FROM orders WHERE source_key LIKE :one", one=f"{privacy.SIGN}{pseudonym}\x1f%"
    ) == [{"n": 2}]
    nobody = {row["value"] for row in warehouse.rows("SELECT value FROM identities")}
    keys = warehouse.rows("SELECT source_key FROM touches UNION ALL SELECT source_key FROM responses")
    assert not any(one in str(keys) for one in nobody), "what retention leaves of a touch must not lead back"


def test_a_reject_keeps_its_raw_record_and_says_why_without_an_address(warehouse):
    reports = planted(warehouse)
    assert any("no-mail@" in row["raw"] for row in warehouse.rows("SELECT raw FROM rejects"))
    assert not any("@" in row["text"] for row in warehouse.rows("SELECT text FROM rejects"))
    assert reports[-1].rejects.exists()


def test_every_file_of_the_evidence_is_its_owners_alone(warehouse):
    before = os.umask(0o022)
    try:
        planted(warehouse)
        assert os.umask(0o022) == 0o022, "the process's own mask is back"
    finally:
        os.umask(before)
    files = [path for path in warehouse.workspace.evidence.rglob("*") if path.is_file()]
    assert {"warehouse.duckdb", "contacts.duckdb"} <= {path.name for path in files}
    assert {path.name: oct(stat.S_IMODE(path.stat().st_mode)) for path in files} == {
        path.name: "0o600" for path in files
    }


def test_an_address_is_found_in_any_text_and_a_profile_page_is_none():
    assert privacy.redacted("write to <eva@pumps.example>, please") == "write to (redacted) please"
    assert not privacy.has_address("https://social.example/@halden.pumps/1")
    assert not privacy.has_address("a@" * 50_000 + " " + "b" * 100_000)


def test_former_keys_stand_behind_the_one_in_use(tmp_path):
    both = workspace_key("w", environment={"LEADLINE_KEY": f"{'11' * 32} {'22' * 32}"}, folder=tmp_path)
    assert (both.secret, both.former) == (bytes.fromhex("11" * 32), (bytes.fromhex("22" * 32),))
    assert "11" * 4 not in repr(both)
    with pytest.raises(UsageError, match="LEADLINE_KEY holds no key"):
        workspace_key("w", environment={"LEADLINE_KEY": f"{'11' * 32} 22"}, folder=tmp_path)
