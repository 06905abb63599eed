"""`leadline mix`: what it reads, prints and writes, with a model that is already fitted; fitting has its own tests."""

from __future__ import annotations

import dataclasses
import datetime as dt
import io
import json
from contextlib import redirect_stderr, redirect_stdout

import pytest

import leadline as ll
from leadline.cli import main
from leadline.cli.mix import while_fitting
from leadline.errors import LeadlineError, NothingDone
from leadline.measure.mix import fit, validate
from leadline.measure.mix.sampler import Progress
from leadline.measure.mix.validate import Validity
from leadline.review.mix_running import cache_folder, progress_words
from made_up_mix import made_up_mix, made_up_validity, unsettled_mix

PANEL = "date,revenue,tv_spend,radio_spend,price\n2026-01-05,100,10,5,1.5\n2026-01-12,110,0,6,1.4\n"


@pytest.fixture
def panel(tmp_path):
    path = tmp_path / "national.csv"
    path.write_text(PANEL, encoding="utf-8")
    return path


@pytest.fixture
def asked(monkeypatch):
    """Give what the model was asked, and let it answer at once."""
    calls: list[tuple[object, ...]] = []

    def answer(panel, options, **rest):
        calls.append((panel, options, rest))
        return asked.result

    asked.calls, asked.result = calls, made_up_mix()
    monkeypatch.setattr(fit, "fit_mix", answer)
    return asked


def run(*arguments):
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit) as ended:
        main(["mix", *(str(argument) for argument in arguments)])
    return ended.value.code, out.getvalue(), err.getvalue()


def test_the_terminal_gets_the_answer_a_table_and_what_cannot_be_told(panel, asked):
    code, out, err = run(panel)
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[0].startswith("Mix of revenue, national.csv: 60 weeks, totals from 2026-01-05")
    told = " ".join(lines)
    assert "settled (R-hat 1.004, 812 effective draws)" in told
    assert "radio + video      260 kEUR (190 to 360)   1.3 (0.9 to 1.8)  only together" in lines
    assert "search             500 kEUR (310 to 820)   2.5 (1.5 to 4.1)  60 % assumed" in lines
    assert "without marketing  6.0 MEUR (5.7 to 6.3)" in lines
    assert "What search brought is no measurement yet: what was assumed beforehand" in told
    assert told.count("can't be told apart from") == 1  # of the pair once
    assert "mix.yaml and fit again." in told
    assert "A mix.yaml is taken by leadline mix national.csv --config mix.yaml" in told
    assert "radio can't be told apart from video in these data" in told
    assert not [line for line in lines if line.startswith(("radio  ", "video  "))]


def test_what_the_file_and_the_options_say_reaches_the_model(panel, asked, tmp_path):
    (tmp_path / "MIX.yaml").write_text("controls: [price]\nlink: log\nseed: 3\ncurrency: GBP\n", encoding="utf-8")
    (tmp_path / "tests.csv").write_text(
        "channel,start,end,spend_difference,estimate,low,high\ntv,2026-01-05,2026-01-11,5,7,2,12\n", encoding="utf-8"
    )
    assert run(panel, "--config", tmp_path / "MIX.yaml", "--experiments", tmp_path / "tests.csv", "--instant", "--seed", 9,
               "--currency", "EUR")[0] == 0  # fmt: skip
    read, options, rest = asked.calls[0]
    assert (read.channels, read.control_names, read.currency) == (("tv", "radio"), ("price",), "EUR")
    assert (options.link, options.seed, options.sampling.instant) == ("log", 9, True)
    assert [one.channels for one in rest["experiments"]] == [("tv",)]
    assert rest["cache_folder"] == cache_folder()


def test_compiled_models_are_kept_in_the_cache_of_the_user(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "leadline"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert cache_folder() == tmp_path / "home" / ".cache" / "leadline"


def test_a_model_that_did_not_settle_is_exit_1_and_null(panel, asked):
    asked.result = unsettled_mix()
    code, out, _ = run(panel, "--json")
    document = json.loads(out)
    assert (code, document["converged"], document["baseline"], document["channels"][0]["roi"]) == (1, False, None, None)
    code, out, _ = run(panel, "--validate")
    assert code == 1
    assert "so no number is shown" in " ".join(out.split())
    assert "MEUR" not in out


def test_a_validation_is_printed_and_its_holdout_stands_in_the_document(panel, asked, monkeypatch):
    def tried(panel, options, *, experiments, progress, fit) -> Validity:
        assert fit(panel, options, experiments=experiments) is asked.result  # the first fit is not made twice
        return made_up_validity()

    monkeypatch.setattr(validate, "validate_mix", tried)
    assert "Tried on what it had not seen: Does not hold in 1 of 8" in " ".join(run(panel, "--validate")[1].split())
    document = json.loads(run(panel, "--validate", "--json")[1])
    assert (document["holdout"]["mape"], document["validity"]["passed"]) == (8.2, False)
    assert len(asked.calls) == 2  # one for each call


def test_a_validation_that_fails_costs_a_note_and_not_the_fit(panel, asked, monkeypatch):
    def fails(*_, **__):
        raise NothingDone("No channel ran.")

    monkeypatch.setattr(validate, "validate_mix", fails)
    code, out, _ = run(panel, "--validate")
    told = " ".join(out.split())
    assert code == 0
    assert "tv brought 1.6 MEUR" in told
    assert "note: it could not be tried on what it had not seen: No channel ran." in told


def test_without_marketing_stands_no_number_that_was_assumed(panel, asked):
    asked.result = dataclasses.replace(made_up_mix(), all_told=False)
    assert "without marketing  can't be told" in run(panel)[1].splitlines()


def test_the_page_is_written_and_an_unknown_ending_is_told_before_the_work(panel, asked, tmp_path):
    assert run(panel, "-o", tmp_path / "mix.md")[0] == 0
    assert "# What brought revenue?" in (tmp_path / "mix.md").read_text(encoding="utf-8")
    asked.calls.clear()
    code, _, err = run(panel, "-o", tmp_path / "mix.gif")
    assert (code, asked.calls) == (2, [])
    assert 'report format "gif" is not known' in err


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("--kpi", "sales"), 2, 'column for kpi "sales" is not known'),
        (("--config", "absent.yaml"), 2, "absent.yaml: No such file"),
        (("--controls", "prize"), 2, 'Did you mean "price"'),
    ],
)
def test_wrong_use_is_exit_2_with_the_next_step(panel, asked, arguments, code, told):
    assert run(panel, *arguments)[0] == code
    assert told in run(panel, *arguments)[2]


@pytest.mark.parametrize(
    ("table", "option", "keyword"),
    [
        ("week,amount,a_spend\n2026-01-05,3,4\n", "Name it: --kpi COLUMN.", "Name it: kpi=COLUMN."),
        ("week,sales,revenue,a_spend\n", "meant with --kpi, and the others with --drop.", "the others under drop."),
        ("date,revenue,a_spend,a_cost\n", "Name the ones not meant with --drop.", "the others under drop."),
        ("date,revenue,a\n", "or list them with --channels.", "or list them under channels."),
        ("date,revenue,a_spend\n01/02/2026,3,4\n", "Say --dates mdy or --dates dmy.", "Say dates=mdy or dates=dmy."),
        ("date,revenue,a_spend,sun\n2026-01-05,3,4,\n", "first on 2026-01-05. Fill it in, or leave the column out with --drop.",
         "leave the column out with drop."),
    ],
)  # fmt: skip
def test_what_a_table_lacks_is_asked_for_by_option_here_and_by_keyword_in_python(
    tmp_path, asked, table, option, keyword
):
    path = tmp_path / "table.csv"
    path.write_text(table, encoding="utf-8")
    code, _, err = run(path)
    assert (code, err.strip().endswith(option)) == (2, True), err
    with pytest.raises(LeadlineError) as told:
        ll.read_panel(path)
    assert str(told.value).endswith(keyword)


@pytest.mark.parametrize(
    ("weeks", "outcome", "spend", "code", "told"),
    [
        (20, lambda at: 100 + at % 7, lambda at: at % 5, 2, "20 steps by week are too few: a mix model needs 26"),
        (60, lambda at: "" if at % 3 == 0 else 100 + at % 7, lambda at: at % 5, 2, "33 % of the outcome is missing"),
        (60, lambda _: 5, lambda at: at % 5, 4, "revenue never changes, so nothing can have moved it"),
        (60, lambda at: 100 + at % 7, lambda _: 0, 4, "No channel ever ran in this panel"),
        (60, lambda at: None if at in {17, 18} else 100 + at % 7, lambda at: at % 5, 2, "after 2024-04-22 comes 2024-05-13"),
        (60, lambda at: 100 + at % 7, lambda at: "" if at == 3 else at % 5, 2,
         "is not known; fill with 0 only if nothing ran: 1 of 60 values, the first on 2024-01-22. Correct"),
        (60, lambda at: 100 + at % 7, lambda at: "NaN" if at == 3 else at % 5, 2, "tv_spend: NaN is not a number"),
        (60, lambda at: 100 + at % 7, lambda at: -1 if at == 3 else at % 5, 2, "spend of tv is negative: 1 of 60 values"),
    ],
    ids=["short", "mostly missing", "flat", "idle", "gappy", "unknown spend", "NaN", "negative spend"],
)  # fmt: skip
def test_a_panel_that_no_model_can_take_is_told_with_its_place_and_the_remedy(
    tmp_path, weeks, outcome, spend, code, told
):
    rows = [
        f"{dt.date(2024, 1, 1) + dt.timedelta(weeks=at)},{outcome(at)},{spend(at)}"
        for at in range(weeks)
        if outcome(at) is not None
    ]
    path = tmp_path / "odd.csv"
    path.write_text("\n".join(["date,revenue,tv_spend", *rows]), encoding="utf-8")
    found, out, err = run(path)
    assert (found, out) == (code, "")
    assert told in err


def test_a_panel_without_rows_is_exit_4(tmp_path, asked):
    (tmp_path / "empty.csv").write_text("date,revenue,tv_spend\n", encoding="utf-8")
    assert run(tmp_path / "empty.csv")[0] == 4


def test_progress_says_draws_and_effective_draws_on_a_terminal_only(capsys, monkeypatch):
    seen = Progress("sampling", 1700, 3800, 2, 310.4, 3.45)
    assert progress_words(seen) == "sampling: 1700 of 3800, 2 divergences, effective draws 310, 3 s left"
    assert progress_words(Progress("compiling", 0, 0)) == "compiling"
    while_fitting(quiet=False)(Progress("sampling", 3800, 3800))
    assert capsys.readouterr().err == ""  # not a terminal
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    while_fitting(quiet=False)(Progress("sampling", 100, 3800))
    assert capsys.readouterr().err == ""  # not yet a second
    while_fitting(quiet=False)(Progress("sampling", 3800, 3800))
    assert capsys.readouterr().err.strip() == "sampling: 3800 of 3800"
