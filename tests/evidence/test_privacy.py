"""Nobody enters the warehouse by name."""

from __future__ import annotations

import hashlib
import os
import stat

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
