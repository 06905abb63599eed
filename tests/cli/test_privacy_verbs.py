"""A new key and retention as verbs: what they print, and what they refuse."""

from __future__ import annotations

import json

import pytest

OLD, NEW = "00" * 32, "11" * 32


@pytest.mark.slow
def test_a_new_key_of_the_environment_is_put_in_and_imports_under_the_old_one_are_refused(small, here, monkeypatch):
    ask = ("evidence", "--workspace", small, "--rotate-key")
    refused = here(*ask)
    assert refused.returncode == 2
    assert "LEADLINE_KEY" in refused.stderr
    assert OLD not in refused.stderr
    setenv = monkeypatch.setenv
    monkeypatch.setattr(monkeypatch, "setenv", lambda name, _: setenv(name, f"{NEW} {OLD}"))
    done = here(*ask, "--json")
    told = json.loads(done.stdout)
    assert (done.returncode, told["kept_in"], told["tables"]["identities"]) == (0, "LEADLINE_KEY", 60)
    assert NEW not in done.stdout
    again = here("import", small / "exports", "--workspace", small, "--again", "--json")
    assert [one["tables"]["stages"]["new"] for one in json.loads(again.stdout)] == [0]
    monkeypatch.setattr(monkeypatch, "setenv", setenv)
    other = here("import", small / "exports", "--workspace", small, "--again")
    assert other.returncode != 0
    assert "another key" in other.stderr


def test_what_is_too_old_is_shown_and_let_go_with_a_receipt(small, here):
    ask = ("evidence", "--workspace", small, "--retention")
    shown = here(*ask, "show")
    assert shown.returncode == 0
    assert "Nothing was changed" in shown.stdout
    told = json.loads(here(*ask, "apply", "--json").stdout)
    assert {one["name"] for one in told["classes"]} >= {"touches_months", "rejects_days"}
    assert told["receipt"] in (small / "ledger" / "erasures.jsonl").read_text()


def test_two_tasks_at_once_are_refused_and_none_is_done(small, here):
    refused = here("evidence", "--workspace", small, "--retention", "apply", "--rotate-key")
    assert refused.returncode == 2
    assert "--rotate-key and --retention were both given" in refused.stderr
    assert not (small / "ledger" / "erasures.jsonl").exists()


def test_a_lake_that_the_settings_do_not_name_is_neither_spared_nor_removed(small, here):
    lake = small / "evidence" / "lake"
    lake.mkdir()
    (lake / "CURRENT").write_text("1")
    (small / "evidence" / "warehouse.duckdb").unlink()
    for asked in (
        ("evidence", "--workspace", small, "--retention", "apply"), ("evidence", "--workspace", small, "--rotate-key"),
        ("forget", "c1", "--workspace", small),
    ):  # fmt: skip
        refused = here(*asked)
        assert refused.returncode == 2
        assert 'engine = "spark:evidence/lake"' in refused.stderr
    assert (lake / "CURRENT").exists()
