"""MIX.yaml: what it says becomes options, and everything wrong in it is told at once with its line."""

from __future__ import annotations

import dataclasses
import datetime as dt
import math

import pytest

import leadline as ll
from leadline.errors import InputError, UsageError
from leadline.measure.mix.config import MixConfig
from leadline.measure.mix.options import BaselineOptions, ChannelOptions, MixOptions, Sampling
from leadline.measure.mix.priors import Prior
from leadline.review.mix_files import read_mix

WHOLE = """\
date: week
kpi: revenue
currency: EUR
channels:
  tv: {spend: tv money, impressions: grps, carry: delayed, slope: fixed}
  letters: {column: sent, kind: organic}
  price: {kind: driver, reference: maximum}
controls: [rain]
drop: remarks
events: {black friday: 2026-11-23..2026-11-30, fair: 2026-05-04}
priors:
  tv: {roi: [0.5, 1.2, 4]}
  letters: {share: {median: 0.02, log_sd: 0.9}}
window: 2026-01-01..2026-12-31
link: log
errors: student
lags: 12
baseline: {season: 1, geo_trend: linear}
sampling: {draws: 800}
seed: 7
"""


@pytest.fixture
def read(tmp_path):
    def of(text):
        path = tmp_path / "MIX.yaml"
        path.write_text(text, encoding="utf-8")
        return read_mix(path)

    return of


def test_what_a_file_says_becomes_options_columns_kinds_and_events(read):
    config = read(WHOLE)
    tv = config.options.channel("tv")
    assert dataclasses.replace(tv, prior=None) == ChannelOptions(carry="delayed", slope="fixed", effect="roi")
    assert tv.prior.middle == pytest.approx(1.2)
    assert config.options.channel("letters") == ChannelOptions(
        effect="share", prior=Prior("log-normal", math.log(0.02), 0.9)
    )
    assert config.options.channel("price").reference == "maximum"
    year = (dt.date(2026, 1, 1), dt.date(2026, 12, 31))
    assert dataclasses.replace(config.options, channels={}) == MixOptions(
        link="log", errors="student", lags=12, window=year, baseline=BaselineOptions(season=1, geo_trend="linear"),
        sampling=Sampling(draws=800), seed=7,
    )  # fmt: skip
    assert config.columns == {
        "date": "week", "kpi": "revenue", "controls": ("rain",), "drop": ("remarks",),
        "channels": {"tv": {"spend": "tv money", "exposure": "grps"}, "letters": {"exposure": "sent"}, "price": {"driver": "price"}},
    }  # fmt: skip
    assert config.kinds == {"letters": "organic", "price": "driver"}
    assert config.events[1] == ("fair", dt.date(2026, 5, 4), dt.date(2026, 5, 4))
    assert config.currency == "EUR"


def test_a_panel_is_read_as_the_file_says(read, tmp_path):
    config = read(WHOLE)
    table = tmp_path / "national.csv"
    table.write_text(
        "week,revenue,tv money,grps,sent,price,rain,remarks,radio_spend\n"
        "2026-01-05,100,10,500,3,-1.5,1,x,4\n2026-01-12,110,0,0,4,1.4,2,y,5\n",
        encoding="utf-8",
    )
    panel = config.of(ll.read_panel(table, currency=config.currency, **config.columns))
    assert panel.channels == ("tv", "letters", "price", "radio")  # what the file leaves out is found by its name
    assert panel.kinds == ("paid", "organic", "driver", "paid")
    assert panel.exposure[0].tolist() == [[500, 3, -1.5, 4], [0, 4, 1.4, 5]]
    assert (panel.spend[0, :, 0].tolist(), panel.currency, len(panel.events)) == ([10, 0], "EUR", 2)
    wrong = read("channels:\n  leters: {carry: none}\n  letters: {kind: paid}\n")
    with pytest.raises(InputError) as told:
        wrong.of(panel)
    assert told.value.problems[0].startswith(
        'MIX.yaml:2: channel "leters" is not in the panel. Did you mean "letters"?'
    )
    assert "letters is said to be paid for, and no spend is known" in told.value.problems[1]


def test_nothing_said_is_what_holds_without_a_file(read):
    assert read("# nothing yet\n") == MixConfig()
    assert read("currency: none").currency == "none"  # a count, for the panel to take


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("chanels: {}", 'MIX.yaml:1: key "chanels" is not known. Did you mean "channels"?'),
        ("channels:\n  tv: {cary: none}", 'MIX.yaml:2: key "cary" is not known. Did you mean "carry"?'),
        ("channels:\n  tv: {carry: geometrical}", 'carry "geometrical" is not known. Did you mean "geometric"?'),
        ("channels:\n  tv: {clicks: a, impressions: b}", "tv has two columns for the same thing: a and b"),
        ("priors: {tv: {roi: [2, 1, 4]}}", "three quantiles that rise"),
        ("priors: {tv: {roi: {median: 2}}}", "{median: …, log_sd: …} with both"),
        ("priors: {tv: {roi: [0, 1, 2]}}", 'a quantile is a number above 0, not "0"'),
        ("priors: {tv: {roi: [1, 2, 3], share: [1, 2, 3]}}", "tv has priors of roi and share"),
        (
            "priors: {tv: {roi: {median: 1.0e+308, log_sd: 1}}}",
            "its middle between 7e-13 and 1e+12 and a log_sd of at most 5",
        ),
        ("priors: {tv: {roi: [1.0e-9, 1, 2]}}", "it is too wide"),
        ("priors: plan", "priors: plan is not available yet. Write the numbers"),
        ("errors: ar1", "MIX.yaml:1: errors that follow each other (ar1) are not available yet. Let the trend follow"),
        (
            "channels: {tv: {varying: true}}",
            "an effect that varies over time is not available yet. Fit two windows apart",
        ),
        ("chain: [visits, leads]", "a chain of metrics is not available yet. Fit one metric at a time"),
        ("link: logit", 'link "logit" is not known. Did you mean "log"?'),
        ("lags: 2.5", 'lags is a whole number from 0 to 1000, not "2.5"'),
        ("lags: 100000", "from 0 to 1000"),
        ("channels: {price: {kind: driver, reference: .nan}}", "reference is a number"),
        ("window: {a: 1}", "a mapping is no span of days"),
        ("sampling: {target: 2}", "below 1, not 2"),
        ("window: 2026-12-31..2026-01-01", "is no span of days"),
        ("events: [a]", "names and what each is are expected here, not a list"),
        ("seed: 1\nseed: 2", 'MIX.yaml:2: key "seed" stands here a second time'),
        ("kpi: &a revenue", "Anchors (&) and aliases (*) are not read. Write the value out"),
    ],
)
def test_what_is_wrong_is_told_with_its_line_and_the_nearest_name(read, text, told):
    with pytest.raises(InputError) as error:
        read(text)
    assert told in str(error.value)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (lambda: MixOptions(errors="ar1"), "not available yet"),
        (lambda: MixOptions(link="logit"), 'link "logit" is not known. Did you mean "log"?'),
        (lambda: ChannelOptions(carry="geometrical"), 'Did you mean "geometric"?'),
        (lambda: BaselineOptions(geo_trend="lines"), 'Did you mean "linear"?'),
    ],
)
def test_options_given_in_python_are_refused_like_those_of_a_file(wrong, told):
    with pytest.raises(UsageError) as error:
        wrong()
    assert told in str(error.value)


def test_a_prior_of_what_is_no_channel_is_refused_and_not_passed_over(read, tmp_path):
    table = tmp_path / "national.csv"
    table.write_text("date,y,tv_spend,price\n2026-01-05,1,2,3\n2026-01-12,2,3,4\n", encoding="utf-8")
    said = read(
        "kpi: y\nchannels: {price: {kind: driver}}\npriors:\n  tvv: {roi: [1, 2, 3]}\n  price: {share: [1, 2, 3]}\n"
    )
    with pytest.raises(InputError) as told:
        said.of(ll.read_panel(table, **said.columns))
    assert 'MIX.yaml:4: channel "tvv" is not in the panel. Did you mean "tv"?' in str(told.value)
    assert "price is a driver" in str(told.value)


def test_in_a_workspace_columns_are_those_of_the_evidence(tmp_path):
    path = tmp_path / "mix.yaml"
    path.write_text("kpi: y\nseed: 2\ndrop: [a]\nchannels:\n  tv:\n    spend: cost\n    kind: paid\n", encoding="utf-8")
    with pytest.raises(InputError) as told:
        read_mix(path, evidence=True)
    assert told.value.problems == (
        "mix.yaml:1: kpi is not said here in a workspace, whose evidence is measured. Write outcome under [mix] in leadline.toml.",
        "mix.yaml:3: drop is not said here in a workspace, whose evidence is measured. Write left_out under [mix] in leadline.toml.",
        "mix.yaml:2: seed is not said here in a workspace, whose evidence is measured. Write seed in leadline.toml.",
        "mix.yaml:6: spend of tv is that of the evidence in a workspace. Leave it out.",
    )
    path.write_text("channels: {tv: {carry: delayed}}\nlags: 12\n", encoding="utf-8")
    assert read_mix(path, evidence=True) == dataclasses.replace(read_mix(path))


def test_everything_wrong_is_told_at_once(read):
    with pytest.raises(InputError) as error:
        read("lags: x\nlink: y\nchanels: {}\n")
    assert len(error.value.problems) == 3
