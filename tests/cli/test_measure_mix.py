"""What each channel brought, from a workspace: asked for once, kept, shown again, and hung on the tactic's bet."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json

import numpy as np
import pytest

import leadline.measure.mix
from leadline.measure.mix.result import Bank, Series
from leadline.web.guarding import Address
from leadline.web.judging import judged
from leadline.web.pages.what_if import curves_of
from leadline.web.site import Site
from leadline.workspace import Workspace
from made_up_mix import SPEND_MAPPING, around, channel, made_up_mix, unsettled_mix

pytestmark = pytest.mark.slow
TEST = """
control:
  tests:
    - {id: dark, tactic: ads, method: geo, metric: lead, rule: stop it if nothing comes back,
       result: {start: 2027-03-01, end: 2027-03-28, spend_difference: -2 kEUR, estimate: -6, low: -10, high: -2}}
"""


def spent(folder, days=198):
    """Put daily spend of the tactic `ads` on Paid Search into a workspace: on for a fortnight, low for the next."""
    rows = [
        f"{day},search,Paid Search,ads,{120 if at // 14 % 2 == 0 else 20}.00"
        for at in range(days)
        for day in [dt.date(2027, 1, 1) + dt.timedelta(days=at)]
    ]
    (folder / "exports" / "costs.csv").write_text("\n".join(["day,campaign,channel,tactic,cost", *rows]) + "\n")
    (folder / "exports" / "costs.mapping.yaml").write_text(SPEND_MAPPING)
    with (folder / "leadline.toml").open("a") as settings:
        settings.write('[mix]\noutcome = "stage:lead"\n')
    return folder


def result_of(panel, brought=30.0, **given):
    """Give a result of a panel: its one channel brought so much, evenly."""
    steps = len(panel.time)
    even = np.full(steps, brought / steps)
    one = dataclasses.replace(
        channel(panel.channels[0], 15_000.0, 1.0), contribution=around(brought), roi=None, roi_cohort=None, marginal_roi=None,
        spoken="share", **given,
    )  # fmt: skip
    draws = brought * np.exp(0.3 * np.random.default_rng(1).standard_normal((400, 1)))
    made = made_up_mix()
    return dataclasses.replace(
        made, kpi=next(iter(panel.outcome)), currency="", contribution_unit=next(iter(panel.outcome)), channels=(one,),
        series=Series(panel.time, next(iter(panel.outcome.values()))[0], (even, even, even), (even, even, even), (even, even, even), even[None]),
        bank=Bank((), np.zeros((400, 0)), np.repeat(np.arange(4), 100), draws, np.full(400, 30.0)),
        window=(str(panel.time[0]), str(panel.time[-1])), tests=(), holdout=None, notes=panel.notes,
    )  # fmt: skip


@pytest.fixture
def fits(monkeypatch):
    """Give the calls of the fit, which answers at once; what it answers may be set."""
    calls = []

    def fitted(panel, options=None, **given):
        calls.append((panel, given["experiments"]))
        fitted.options = options
        return fitted.answer(panel)

    fitted.answer = result_of
    calls.append(fitted)
    monkeypatch.setattr(leadline.measure.mix, "fit_mix", fitted)
    return calls


@pytest.mark.proof
def test_what_was_asked_for_once_is_kept_and_hung_on_the_bet_until_its_inputs_change(fresh, here, fits):
    workspace = spent(fresh)
    (workspace / "plan.yaml").write_text((workspace / "plan.yaml").read_text() + TEST)
    before = bet_of_ads(here("decide", "--workspace", workspace, "--json"))
    assert (before["grade"], len(fits)) == ("", 1)  # nothing but `measure` begins a fit
    told = json.loads(here("measure", "mix", "--workspace", workspace, "--json").stdout)
    assert (told["bridge"], told["paths"]) == ([], [])
    assert (told["mix"]["kpi"], told["mix"]["channels"][0]["name"]) == ("Leads", "Paid Search")
    panel, (test,) = fits[1]
    assert (panel.currency, panel.channels, len(panel.time)) == ("", ("Paid Search",), 27)
    assert (test.channels, test.spend_difference, test.level) == (("Paid Search",), -2_000.0, 0.9)
    after = bet_of_ads(here("decide", "--workspace", workspace, "--json"))
    assert after["grade"] == "C"
    middle = float(np.median(result_of(panel).bank.contributions))
    assert after["known"]["base"] == pytest.approx(middle * 365 / (27 * 7))  # what was due in 27 weeks of a year
    (workspace / "plan.yaml").write_text((workspace / "plan.yaml").read_text().replace("high: -2}", "high: -1}"))
    later = json.loads(here("measure", "bridge", "--workspace", workspace, "--json").stdout)
    assert len(fits) == 2
    assert any("Run leadline measure mix to measure it again" in one for one in later["notes"])


def with_curves(result, half=0.5):
    """Give the same result with draws of its channel's curve, which bends as a Hill curve does."""
    (one,), multiple = result.channels, result.channels[0].curve.multiple
    bend = multiple * (1 + half) / (multiple + half)
    draws = result.bank.contributions[:, :, None] * bend
    whole = dataclasses.replace(one.curve, middle=np.median(draws[:, 0], axis=0))
    return dataclasses.replace(
        result, bank=dataclasses.replace(result.bank, curves=draws), channels=(dataclasses.replace(one, curve=whole),)
    )


def curves_in_the_browser(workspace):
    """Return the response curves that the page and the API of a workspace answer with."""
    site = Site(Workspace(workspace), Address.of(8137), clock=lambda: dt.datetime(2027, 8, 1))  # noqa: DTZ001 - UTC without a zone
    return curves_of(site, judged(site))


@pytest.mark.proof
def test_a_cut_is_read_off_the_kept_curve_until_its_inputs_change(fresh, here, fits):
    workspace = spent(fresh)
    fits[0].answer = lambda panel: with_curves(result_of(panel))

    def ask(*arguments):
        return here("what-if", *arguments, "--workspace", workspace)

    refused = ask("--tactic", "ads=+10 %")
    assert (refused.returncode, "Measure first, then ask again." in refused.stderr) == (2, True)
    assert here("measure", "mix", "--workspace", workspace, "--json").returncode == 0
    told = json.loads(ask("--tactic", "ads=-30 %", "--json").stdout)
    (row,), (objective,) = told["tactics"], told["objectives"]
    assert (told["basis"], row["grade"], row["reason"], row["loss_grade"]) == ("measured", "measured", "", "belief")
    curves = with_curves(result_of(fits[1][0])).bank.curves[:, 0].mean(axis=0)
    planned = 30_000 / 365 / (15_000 / 189)  # money a day, over what was measured
    lost = np.interp(planned, np.linspace(0, 2, 41), curves) - np.interp(0.7 * planned, np.linspace(0, 2, 41), curves)
    assert row["measured"]["mean"] == pytest.approx(lost * 365 / 189)
    assert row["measured"] == told["measured"]
    assert (row["measured"]["outcome"], row["measured"]["unit"], objective["grade"]) == ("Leads", "count", "belief")
    believed = json.loads(
        here("what-if", workspace, "--tactic", "ads=-30 %", "--json").stdout
    )  # named: by its bets alone
    assert (believed["basis"], believed["measured"]) == ("belief", None)
    assert (
        0 < objective["mean"] < believed["objectives"][0]["mean"]
    )  # bent as the curve, where belief is a straight line
    said = " ".join(ask("--tactic", "ads=+10 %").stdout.split())
    assert "measured on response curves" in said
    assert "Raise Search ads to 33 kEUR: 3 kEUR more, probably gained: Leads" in said
    assert curves_in_the_browser(workspace).known.keys() == {"Paid Search"}
    (workspace / "plan.yaml").write_text((workspace / "plan.yaml").read_text() + TEST)
    assert "Run leadline measure mix" in curves_in_the_browser(workspace).why
    later = json.loads(ask("--tactic", "ads=-30 %", "--json").stdout)
    assert (later["basis"], later["tactics"][0]["grade"], len(fits)) == ("belief", "belief", 2)
    assert "Run leadline measure mix to measure it again." in later["notes"][0]

    reason = "it ran in few weeks"
    fits[0].answer = lambda panel: with_curves(result_of(panel, verdict="weak", reason=reason))
    assert here("measure", "mix", "--workspace", workspace, "--json").returncode == 0
    said = " ".join(ask("--budget", "-10 %").stdout.split())
    assert "This is belief, from the plan's bets, not measured." in said
    assert f"Belief for Search ads: what Paid Search brought is no measurement yet (few weeks only): {reason}." in said


def bet_of_ads(done):
    """Return where the bet of the tactic `ads` stands."""
    return next(bet for bet in json.loads(done.stdout)["ledger"] if bet["bet"].startswith("ads"))


@pytest.mark.proof
def test_a_mix_yaml_beside_the_plan_says_priors_kinds_and_events_and_a_change_of_it_is_measured_again(
    fresh, here, fits
):
    workspace = spent(fresh)
    said = "priors: {Paid Search: {share: [0.01, 0.05, 0.2]}}\nevents: {fair: 2027-05-03..2027-05-09}\nbaseline: {knots: 8}\n"
    (workspace / "mix.yaml").write_text(said)
    told = here("measure", "mix", "--workspace", workspace)
    panel, _ = fits[1]
    options = fits[0].options
    assert (panel.events[-1][0], options.baseline.knots) == ("fair", 8)
    assert options.channel("Paid Search").prior.middle == pytest.approx(0.05)
    assert "note: what was assumed beforehand of Paid Search is that of mix.yaml" in told.stdout
    (workspace / "mix.yaml").write_text(said.replace("0.2", "0.3"))
    later = json.loads(here("measure", "bridge", "--workspace", workspace, "--json").stdout)
    assert any("Run leadline measure mix to measure it again" in one for one in later["notes"])
    (workspace / "mix.yaml").write_text("priors: {Paid Serch: {roi: [1, 2, 3]}}\n")
    wrong = here("measure", "mix", "--workspace", workspace)
    assert (wrong.returncode, len(fits)) == (2, 2)
    assert 'mix.yaml:1: channel "Paid Serch" is not in the panel. Did you mean "Paid Search"?' in wrong.stderr


@pytest.mark.proof
def test_a_mix_that_did_not_settle_ends_with_1_and_gives_no_number(fresh, here, fits):
    workspace = spent(fresh)
    fits[0].answer = lambda panel: dataclasses.replace(result_of(panel), convergence=unsettled_mix().convergence)
    done = here("measure", "mix", "--workspace", workspace)
    assert done.returncode == 1
    assert "not settled" in done.stdout
    assert "brought (90 %)" not in done.stdout


def test_without_spend_no_mix_is_measured_and_it_is_said_why(fresh, here, fits):
    done = here("measure", "mix", "--workspace", fresh)
    assert (done.returncode, len(fits)) == (4, 1)
    assert "No spend was imported, so there is no channel to measure." in done.stderr


@pytest.mark.proof
def test_a_workspace_of_half_a_year_is_measured_in_full(fresh, here):
    done = here("measure", "mix", "--workspace", spent(fresh), "--json")
    mix = json.loads(done.stdout)["mix"]
    assert (done.returncode, mix["converged"], mix["units"]["contribution"]) == (0, True, "Leads")
    assert mix["channels"][0]["verdict"] is not None
