"""`leadline start` as it is called: what it prints, what it exits with, what a script reads."""

from __future__ import annotations

import io
import json

import pytest

from leadline.cli import main
from leadline.cli.start import _asked, _joined
from leadline.plan.source import read_plan
from leadline.review import draft
from leadline.review.start_document import StartDocument

ADS = """\
Campaign report
"March 1, 2026 - March 3, 2026"
Day,Campaign,Campaign ID,Cost,Currency code,Impr.,Clicks,Conversions
2026-03-01,Brand,1,60.00,EUR,100,10,2
2026-03-02,Brand,1,fifteen,EUR,90,9,1
2026-03-03,"Pumps, DACH",2,24.50,EUR,80,8,0
"""


@pytest.fixture
def called(tmp_path, monkeypatch, capsys):
    """Give the command line in this process: standard output, standard error and exit code of a call."""
    monkeypatch.setenv("LEADLINE_KEY", "00" * 32)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setattr("sys.stdin", io.StringIO())
    monkeypatch.setattr(
        draft, "plan_schema", dict
    )  # a quarter of a second each time; test_draft_whole.py has the real one
    monkeypatch.chdir(tmp_path)
    (tmp_path / "ads.csv").write_text(ADS, encoding="utf-8")

    def call(*arguments):
        with pytest.raises(SystemExit) as ended:
            main(list(map(str, arguments)))
        out, err = capsys.readouterr()
        return out, err, ended.value.code

    return call


def test_a_start_says_what_was_read_drafted_and_what_comes_next_in_80_columns(called):
    out, _, code = called("start", "ads.csv")
    assert code == 0
    assert max(map(len, out.splitlines())) <= 80
    for said in (
        "ads.csv: google-ads, 2 of 3 rows",
        "not taken: row 5, Cost: fifteen is not a number",
        "Of each 100 EUR: 0 reach a sale",
        "Without a plan nothing is proven or believed",
        "Where the money went:",
        "How far it got:",
        "What can't be told:",
        "1. Whose situation is this",
        "leadline check --workspace leadline-start",
        "leadline review --workspace leadline-start",
        "leadline init leadline-start --flow quick",
    ):
        assert said in out
    assert called("check", "leadline-start/plan.yaml")[2] == 0


def test_a_script_gets_one_document_and_asks_for_its_schema(called):
    out, err, code = called("start", "ads.csv", "--workspace", "acme", "--json")
    assert (code, err) == (0, "")
    document = StartDocument.model_validate(json.loads(out))
    assert document.hundreds[0].channels == {"Paid Search": 100}
    assert (document.hundreds[0].proven, document.hundreds[0].believed) == (None, None)
    assert [one.id for one in document.questions] == ["start.organisation", "start.number"]
    assert len(document.sentences) == 3
    schema = json.loads(called("schema", "start")[0])
    assert set(schema["properties"]) == set(json.loads(out))


def test_exit_codes_tell_nothing_from_something_missing(called, tmp_path):
    (tmp_path / "offer.pdf").write_bytes(b"%PDF-1.7\n")
    out, _, code = called("start", "offer.pdf")
    assert code == 4
    assert "no workspace was made" in out
    assert not (tmp_path / "leadline-start").exists()
    assert called("start", "offer.pdf", "ads.csv")[2] == 2
    assert called("start", "nowhere.csv")[2] == 2
    assert called("start", "ads.csv", "--currency", "euro")[2] == 2


@pytest.mark.slow
def test_answers_are_written_to_the_plan_and_what_is_left_open_stays_open(called, tmp_path, monkeypatch, capsys):
    from leadline.review.draft import StartRequest, start_from_files
    from leadline.workspace import Workspace

    found = start_from_files(Workspace(tmp_path / "acme"), [tmp_path / "ads.csv"], request=StartRequest(now))
    monkeypatch.setattr("sys.stdin", io.StringIO("Halden Pumps, 2026\nsigned contracts\n"))
    assert _asked(found)
    said = capsys.readouterr().out
    assert "from the data: 2026-01-01..2026-12-31" in said
    plan = read_plan(tmp_path / "acme" / "plan.yaml").plan
    assert (plan.plan.organisation, str(plan.plan.window)) == ("Halden Pumps", "2026-01-01..2026-12-31")
    assert [objective.metric for objective in plan.objectives] == ["signed-contracts"]
    assert plan.objectives[0].target is None
    again = start_from_files(Workspace(tmp_path / "acme"), [tmp_path / "ads.csv"], request=StartRequest(now))
    assert (again.added, again.questions) == ((), ())
    assert not _asked(again)


@pytest.mark.slow
def test_a_second_go_for_a_currency_is_told_as_one(called, tmp_path):
    from leadline.review.draft import StartRequest, start_from_files
    from leadline.workspace import Workspace

    (tmp_path / "x.csv").write_text(
        "ID,Campaign,Time,Spend,Impressions,Clicks\n4,Video,2026-03-04,12.50,9,1\n", "utf-8"
    )
    files, workspace = [tmp_path / "ads.csv", tmp_path / "x.csv"], Workspace(tmp_path / "acme")
    first = start_from_files(workspace, files, request=StartRequest(now))
    second = start_from_files(workspace, files, request=StartRequest(now, currency="EUR"))
    joined = _joined(first, second)
    assert [file.status for file in joined.files] == ["read", "read"]
    assert {one.line for one in joined.added} >= {"ads.csv", "x.csv"}
    assert called("check", "acme/plan.yaml")[2] == 0


def now():
    import datetime as dt

    return dt.datetime(2026, 6, 1)  # noqa: DTZ001 - UTC without zone


def test_ctrl_c_at_the_question_for_a_currency_ends_the_questions_not_the_start(called, tmp_path, monkeypatch):
    import typer

    from leadline.cli import start as module

    def stopped(*_, **__):
        raise typer.Abort

    monkeypatch.setattr(module.typer, "prompt", stopped)
    monkeypatch.setattr(module, "_is_terminal", lambda: True)
    (tmp_path / "plan.csv").write_text("Activity,Cost\nStall,450\nRadio,1000000\n", "utf-8")
    out, err, code = called("start", "plan.csv", "--workspace", "two shops")
    assert (code, "fault" in err) == (0, False)
    assert "1 000 450 in no named currency" in out.replace("\u202f", " ")
    assert "leadline check --workspace 'two shops'" in out
    assert max(map(len, out.splitlines())) <= 80
    assert not any(line.endswith(" ") for line in out.splitlines())


def test_a_drafted_mapping_is_told_in_words_and_within_80_columns():
    from leadline.evidence.sources.related import RelatedDraft
    from leadline.review.start_told import mapped

    text = (
        '      - table: stages   # won: the day in "Close date"; its name says "close"\n'
        '        when: {"Close date": ["*"], "Stage": ["Sold", "Paid"]}\n'
        "      - table: touches   # the first contact itself\n"
    )
    said = mapped(RelatedDraft({"deals.csv": text}, "deals.csv tells how far each of its rows got.", (), "won"))
    assert max(map(len, said.splitlines())) <= 80
    whole = " ".join(said.split())
    assert 'in rows where "Close date" is filled and "Stage" is "Sold" or "Paid"' in whole
    assert "touches: the first contact itself" in whole
