"""leadline.toml is read strictly: what it says is taken, what it misspells is named."""

from __future__ import annotations

import datetime as dt

import pytest

from leadline.errors import UsageError
from leadline.settings import Settings, read_settings


def read(tmp_path, text):
    path = tmp_path / "leadline.toml"
    path.write_text(text, encoding="utf-8")
    return read_settings(path)


def test_an_absent_file_gives_the_defaults(tmp_path):
    assert read_settings(tmp_path / "leadline.toml") == Settings()


def test_days_stage_maps_and_thresholds_are_read(tmp_path):
    settings = read(
        tmp_path,
        'as_of = 2027-09-30\nseed = 7\n[stages.hubspot-deals]\n"Closed Won" = "won"\n'
        "[bridge.recorded_from]\nwon = 2017-12-01\n[paths]\nwindow_days = 30\n[check.BUD002]\ntop_share = 0.6\n",
    )
    assert settings.as_of == dt.date(2027, 9, 30)
    assert settings.seed == 7
    assert settings.stages == {"hubspot-deals": {"Closed Won": "won"}}
    assert settings.recorded_from == {"won": dt.date(2017, 12, 1)}
    assert settings.paths_window_days == 30
    assert settings.check == {"BUD002": {"top_share": 0.6}}


def test_a_mix_yaml_beside_the_settings_is_found_and_another_may_be_named(tmp_path):
    assert read(tmp_path, "seed = 1").mix.config is None
    (tmp_path / "MIX.yaml").touch()
    assert read(tmp_path, "seed = 1").mix.config == tmp_path / "MIX.yaml"
    assert read_settings(tmp_path / "absent.toml").mix.config == tmp_path / "MIX.yaml"
    (tmp_path / "mix.yaml").touch()
    assert read(tmp_path, "[mix]\nleft_out = []").mix.config == tmp_path / "mix.yaml"
    assert read(tmp_path, '[mix]\nconfig = "autumn/mix.yaml"').mix.config == tmp_path / "autumn" / "mix.yaml"
    with pytest.raises(UsageError, match=r"\[mix\] config = 3 is not a text"):
        read(tmp_path, "[mix]\nconfig = 3")


def test_accounts_that_are_ours_are_a_list(tmp_path):
    assert read(tmp_path, 'own_accounts = [" us@social.example "]').own_accounts == ("us@social.example",)
    for wrong in ('"us@social.example"', "[1]", '[""]'):
        with pytest.raises(UsageError, match="own_accounts is a list of accounts"):
            read(tmp_path, f"own_accounts = {wrong}")


def test_bounds_of_identity_are_read_and_keep_their_order(tmp_path):
    told = read(tmp_path, '[identity]\nprobable = 0.99\ngrowth = 4\nown_domains = ["@Halden.example"]\n').identity
    assert (told.probable, told.proposal, told.growth, told.own_domains) == (0.99, 0.5, 4, ("halden.example",))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[identity]\nprobable = 95", "0.5 to 1"),
        ("[identity]\nprobable = 0.6\nproposal = 0.7", "Let proposal be the smaller one"),
        ("[identity]\nshared_emails = 2.5", "is not a whole number"),
        ("[identity]\nown_domains = 3", "list of mail domains"),
        ("[identity]\nsplink = true", "Known: "),
        ("[mix]\noutcome = 3", "is not a text"),
        ('[mix]\nleft_out = "Display"', "is a list of names"),
        ('[mix]\nkpi = "won"', "Known: config, controls, grain, left_out, nothing_ran, outcome"),
        ("sead = 3", 'Did you mean "seed"'),
        ("as_of = 2027-02-30", "leadline.toml"),
        ('as_of = "soon"', "is not a day"),
        ("seed = -1", "whole number"),
        ('engine = "oracle"', "Known: duckdb"),
        ("paths = 3", "should be a table"),
        ("[paths]\nwindow = 3", "window_days"),
        ("[stages.crm]\nwon = 3", "maps names to states"),
    ],
)
def test_a_wrong_setting_is_named_with_its_remedy(tmp_path, text, words):
    with pytest.raises(UsageError, match=words):
        read(tmp_path, text)


def test_a_file_in_another_encoding_is_refused(tmp_path):
    path = tmp_path / "leadline.toml"
    path.write_bytes("seed = 1".encode("utf-16"))
    with pytest.raises(UsageError, match="UTF-8"):
        read_settings(path)
