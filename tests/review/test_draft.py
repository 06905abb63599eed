"""Start from files: everything is read or named, nothing is invented, what people wrote stays."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import shutil
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from leadline.errors import NothingDone, UsageError
from leadline.plan.source import read_plan
from leadline.review import draft
from leadline.review.by_channel import OriginView
from leadline.review.draft import StartRequest, start_from_files
from leadline.review.draft_story import sentences
from leadline.review.run import Request, import_new
from leadline.review.stage_chain import Chain, State
from leadline.review.start_told import pictured
from leadline.settings import read_settings
from leadline.workspace import Workspace

NOW = dt.datetime(2027, 10, 2)  # noqa: DTZ001 - UTC without zone
ADS = """\
Campaign report
"March 1, 2027 - March 3, 2027"
Day,Campaign,Campaign ID,Cost,Currency code,Impr.,Clicks,Conversions
2027-03-01,Brand,1,60.00,EUR,100,10,2
2027-03-02,Brand,1,15.50,EUR,90,9,1
2027-03-03,"Pumps, DACH",2,24.50,EUR,80,8,0
"""
X_ADS = "ID,Campaign,Time,Spend,Impressions,Clicks\n{id},{name},2027-03-0{id},12.50,100,4\n"
SHEET = """\
Marketing 2027;;;;;
Stand: März;;;;;
;;;;;
Maßnahme;Von;Bis;Kosten;Kanal;Wer
Messe München;12.04.2027;16.04.2027;24.500,00 EUR;Messe;Ida
Plakate Bern;01.05.2027;31.05.2027;3.200,50 CHF;Plakat;Jon
Newsletter Mai;03.05.2027;;800 €;E-Mail;
Prospekt;im Sommer;;1.200,00 EUR;Print;Ida
Kinospot;06.07.2027;;zwölf EUR;Kino;Jon
Summe;;;26.500,00 EUR;;
"""


@pytest.fixture(autouse=True)
def _key(monkeypatch):
    monkeypatch.setenv("LEADLINE_KEY", "00" * 32)
    monkeypatch.setattr(
        draft, "plan_schema", dict
    )  # a quarter of a second each time; test_draft_whole.py has the real one


def made_once(base, name, text):
    """Start from one file, outside the life of a single test."""
    (base / name).write_text(text, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LEADLINE_KEY", "00" * 32)
        patch.setattr(draft, "plan_schema", dict)
        return start_from_files(Workspace(base / "acme"), [base / name], request=StartRequest(lambda: NOW))


@pytest.fixture(scope="module")
def _first(tmp_path_factory):
    return made_once(tmp_path_factory.mktemp("first"), "ads.csv", ADS)


@pytest.fixture(scope="module")
def listed(tmp_path_factory):
    """Give the start from a sheet of activities. Look, never write."""
    return made_once(tmp_path_factory.mktemp("listed"), "plan.csv", SHEET)


@pytest.fixture
def begun(_first, tmp_path):
    """Give the start from the ad export alone, in a workspace of one's own."""
    shutil.copytree(_first.workspace.folder, tmp_path / "acme")
    return replace(_first, workspace=Workspace(tmp_path / "acme"))


@pytest.fixture
def given(tmp_path):
    """Give a maker of files to start from, in a folder of their own."""
    folder = tmp_path / "given"
    folder.mkdir()

    def make(name, text):
        path = folder / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return make


@pytest.fixture
def start(tmp_path):
    """Give a start into one workspace, as often as it is called."""

    def begin(*files, **asked):
        return start_from_files(Workspace(tmp_path / "acme"), list(files), request=StartRequest(lambda: NOW, **asked))

    return begin


def bytes_of(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_an_ad_export_alone_gives_channel_campaigns_and_a_hundred_that_proves_nothing(begun):
    plan = read_plan(begun.workspace.plan).plan
    (channel,) = plan.situation.channels
    assert (channel.name, str(channel.cost), channel.media, channel.mode) == (
        "Paid Search",
        "100 EUR",
        "paid",
        "broadcast",
    )
    assert channel.as_of == dt.date(2027, 3, 3)
    assert (channel.leads, channel.sales) == (None, None)  # not seen is not zero
    assert {idea.name for idea in plan.control.ideas} == {"Brand", "Pumps, DACH"}
    assert plan.plan.currency == "EUR"
    hundred = begun.picture.channels.main
    assert hundred.rows == {"Paid Search": 100}
    assert hundred.parts == {"sale": 0, "person": 0, "visit": 0, "nothing": 100}
    assert "platform-reported" in begun.sentences[1]
    assert "3 conversions" in begun.sentences[1]


def test_a_draft_never_holds_what_no_file_can_say(given, start):
    document = start(given("ads.csv", ADS), given("plan.csv", SHEET)).document
    assert document.faults == ()
    plan = document.plan
    assert plan.plan.status == "idea"
    assert (plan.objectives, plan.strategy.levels, plan.situation.segments, plan.tactics.list) == ((), (), (), ())
    assert all(metric.worth is None for metric in plan.metrics)
    assert all(idea.reason is None for idea in plan.control.ideas)


def test_the_same_files_again_add_nothing_and_change_no_byte(given, start, tmp_path):
    files = (given("ads.csv", ADS), given("plan.csv", SHEET))
    start(*files)
    before = bytes_of(tmp_path / "acme")
    again = start(*files)
    assert again.added == ()
    assert bytes_of(tmp_path / "acme") == before
    assert [file.status for file in again.files] == ["known", "known"]


@pytest.mark.usefixtures("begun")
def test_further_files_add_lines_and_leave_every_line_that_stood_there(given, start, tmp_path):
    path = tmp_path / "acme" / "plan.yaml"
    edited = path.read_text("utf-8").replace("name: Brand,", "name: Our name,  # we call it so\n     ")
    edited = edited.replace("cost: 100.00 EUR", "cost: 120 EUR")
    path.write_text(edited, encoding="utf-8")
    more = start(given("x.csv", X_ADS.format(id=4, name="Video")), currency="EUR")
    after = path.read_text("utf-8").splitlines()
    kept = iter(after)
    assert all(line in kept for line in edited.splitlines())
    assert len(after) > len(edited.splitlines())
    assert {one.key.split(":")[0] for one in more.added} == {"channel", "evidence", "campaign"}
    assert read_plan(path).faults == ()


@pytest.mark.usefixtures("begun")
def test_what_a_person_took_out_stays_out(given, start, tmp_path):
    path = tmp_path / "acme" / "plan.yaml"
    lines = [line for line in path.read_text("utf-8").splitlines(keepends=True) if "name: Brand" not in line]
    path.write_text("".join(lines), encoding="utf-8")
    start(given("x.csv", X_ADS.format(id=4, name="Video")), currency="EUR")
    assert {idea.name for idea in read_plan(path).plan.control.ideas} == {"Pumps, DACH", "Video"}


@pytest.mark.slow
def test_a_plan_that_others_wrote_is_given_only_what_the_new_file_brings(given, start, begun, tmp_path):
    text = 'plan: {id: theirs, currency: EUR, status: active}\nmetrics: [{id: won, unit: count, source: "stage:won"}]\n'
    (tmp_path / "acme" / "plan.yaml").write_text(text, encoding="utf-8")
    (begun.workspace.evidence / "start.json").unlink()
    start(given("x.csv", X_ADS.format(id=4, name="Video")), currency="EUR")
    plan = read_plan(tmp_path / "acme" / "plan.yaml").plan
    assert [channel.name for channel in plan.situation.channels] == ["Paid Social"]
    assert [idea.name for idea in plan.control.ideas] == ["Video"]
    assert [metric.id for metric in plan.metrics] == ["won"]


def test_one_file_under_two_names_counts_once(given, start):
    found = start(given("ads.csv", ADS), given("copy of ads.csv", ADS))
    assert [file.status for file in found.files] == ["read", "same"]
    assert "ads.csv" in found.files[1].message
    assert found.picture.channels.main.total == 100.0


@pytest.mark.slow
def test_two_files_of_one_name_are_both_kept(given, start, tmp_path):
    other = tmp_path / "elsewhere"
    other.mkdir()
    (other / "x.csv").write_text(X_ADS.format(id=5, name="Reel"), encoding="utf-8")
    start(given("x.csv", X_ADS.format(id=4, name="Video")), other / "x.csv", currency="EUR")
    assert sorted(path.name for path in (tmp_path / "acme" / "exports").iterdir()) == ["x-2.csv", "x.csv"]


def archive() -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as file:
        file.writestr("notes.txt", "hello")
    return held.getvalue()


UNREADABLE = [
    ("empty.csv", b"", "refused", "empty"),
    ("offer.pdf", b"%PDF-1.7\nhello", "refused", "PDF"),
    ("all.zip", archive(), "refused", "unpack"),
    ("header.csv", "Day,Campaign,Campaign ID,Cost,Currency code,Impr.,Clicks\n", "empty", ""),
    ("sums.csv", "a,b\n1,2\n3,4\n", "not understood", "Next step"),
    ("none.csv", "ID,Campaign,Time,Spend,Impressions,Clicks\n1,A,2027-03-01,5.00,9,1\n", "waiting", "--currency"),
]


@pytest.mark.parametrize("case", UNREADABLE, ids=lambda case: case[0])
def test_what_is_not_understood_says_why_and_leaves_nothing_behind(given, start, tmp_path, case):
    name, content, status, said = case
    found = start(given(name, content))
    assert found.document is None
    assert found.files[0].status == status
    assert said in found.files[0].message
    assert not (tmp_path / "acme").exists()


def test_a_table_that_nothing_understands_comes_with_a_mapping_to_complete(given, start):
    (file,) = start(given("sums.csv", "a,b\n1,2\n3,4\n")).files
    assert file.mapping.startswith("# A draft for sums.csv")
    assert '"a"' in file.mapping


def test_what_is_not_understood_beside_a_good_file_is_named_and_not_copied(given, start, tmp_path):
    found = start(given("ads.csv", ADS), given("offer.pdf", b"%PDF-1.7\n"))
    assert [file.status for file in found.files] == ["read", "refused"]
    assert [path.name for path in (tmp_path / "acme" / "exports").iterdir()] == ["ads.csv"]


def test_a_folder_without_files_and_a_file_that_is_not_there_are_said_so(start, tmp_path):
    (tmp_path / "void").mkdir()
    with pytest.raises(NothingDone, match="holds no file"):
        start(tmp_path / "void")
    with pytest.raises(UsageError, match="does not exist"):
        start(tmp_path / "nowhere.csv")


@pytest.mark.usefixtures("begun")
def test_a_workspace_given_as_a_folder_is_not_read_as_data(start, tmp_path):
    again = start(tmp_path / "acme")
    assert [file.given for file in again.files] == ["ads.csv"]
    assert again.added == ()


def test_a_sheet_of_activities_loses_no_row(listed):
    (file,) = listed.files
    plan = read_plan(listed.workspace.plan).plan
    assert file.understood_as == "activity list"
    assert file.rows == 6
    assert file.rows == file.taken + file.rejected + sum(file.left_out.values())
    assert len(plan.control.ideas) == file.rows - file.left_out["total"] - file.rejected
    notes = {idea.name: idea.notes for idea in plan.control.ideas}
    assert "24500.00 EUR" in notes["Messe München"]
    assert "3200.50 CHF" in notes["Plakate Bern"]
    assert "2027-05-01 to 2027-05-31" in notes["Plakate Bern"]


def test_listed_money_is_told_as_listed_and_by_currency(listed):
    assert listed.picture.channels.hundreds == ()
    hundreds = {one.currency: one for one in listed.picture.listed}
    assert hundreds["CHF"].total == 3200.5
    assert sum(hundreds["EUR"].rows.values()) == 100
    assert next(iter(hundreds["EUR"].rows)) == "Fair"
    assert "no spend, so no cost per sale" in listed.sentences[0]
    assert "not what was paid" in listed.sentences[0]


def test_a_review_does_not_import_a_list_of_activities(given, start, tmp_path):
    found = start(given("ads.csv", ADS), given("plan.csv", SHEET))
    settings = read_settings(found.workspace.settings)
    reports = import_new(found.workspace, found.document.plan, settings=settings, request=Request(now=lambda: NOW))
    assert [(one.file, one.status) for one in reports] == [("ads.csv", "already_imported")]


@pytest.mark.slow
def test_a_file_without_a_currency_waits_for_it_and_is_known_ever_after(given, start):
    ads, x = given("ads.csv", ADS), given("x.csv", X_ADS.format(id=4, name="Video"))
    found = start(ads, x)
    assert [file.status for file in found.files] == ["read", "waiting"]
    (question,) = [one for one in found.questions if one.id == "start.currency"]
    assert question.files == ("x.csv",)
    assert question.proposal == "EUR"  # of the other file; never taken without a word
    assert not (found.workspace.exports / "x.csv").exists()
    named = start(x, currency="CHF")
    assert {one.currency: one.total for one in named.picture.channels.hundreds} == {"EUR": 100.0, "CHF": 12.5}
    assert [file.status for file in start(ads, x).files] == ["known", "known"]
    settings = read_settings(named.workspace.settings)
    reports = import_new(named.workspace, named.document.plan, settings=settings, request=Request(now=lambda: NOW))
    assert [one.status for one in reports] == ["already_imported"]  # a review does not trip over it


def test_at_most_five_questions_and_only_open_ones(begun):
    assert [one.id for one in begun.questions] == ["start.organisation", "start.number"]
    assert begun.questions[0].proposal == "2027-01-01..2027-12-31"


@pytest.mark.slow
def test_days_after_the_asked_one_do_not_exist_and_the_draft_says_so(given, start):
    found = start(given("ads.csv", ADS), as_of=dt.date(2027, 3, 2))
    assert found.picture.channels.main.total == 75.5
    assert any("2027-03-03" in note and "as of 2027-03-02" in note for note in found.notes)


LISTED = "Activity,Date,Cost EUR,Channel\nStall,2027-03-01,1000,Fair\nRadio,2027-04-01,500.25,Radio\nFlyer,,,Print\n"
LONGER = LISTED + "Poster,2027-05-01,300,Print\nFlyer,,,Print\n"


def test_a_longer_version_of_a_list_counts_what_both_share_once(given, start, tmp_path):
    first, path = start(given("acts.csv", LISTED)), tmp_path / "acme" / "plan.yaml"
    assert first.picture.listed[0].total == 1500.25
    lines = [line for line in path.read_text("utf-8").splitlines(keepends=True) if "name: Stall" not in line]
    path.write_text("".join(lines), encoding="utf-8")  # taken out: the longer list does not bring it back
    more = start(given("acts of may.csv", LONGER))
    assert more.picture.listed[0].total == 1800.25
    assert [one.line for one in more.added] == ["acts of may.csv", "Poster"]
    assert any("share 2 rows word for word" in note for note in more.notes)


def test_a_currency_named_for_a_list_is_kept_and_written_where_nobody_changed_the_notes(given, start, tmp_path):
    sheet, path = (
        given("plan.csv", "Activity,Cost,Owner\nStall,450,Eva\nRadio,80,Urs\n"),
        tmp_path / "acme" / "plan.yaml",
    )
    first = start(sheet)
    assert "2 amounts name none" in first.questions[1].why
    path.write_text(path.read_text("utf-8").replace("owner Urs", "our own words"), encoding="utf-8")
    start(sheet, currency="CHF")
    notes = [idea.notes for idea in read_plan(path).plan.control.ideas]
    assert notes == ["450.00 CHF; owner Eva", "80.00 (currency not named); our own words"]
    again = start(sheet)
    assert [one.currency for one in again.picture.listed] == ["CHF"]
    assert "start.currency" not in {one.id for one in again.questions}


@pytest.mark.usefixtures("begun")
def test_a_currency_that_was_taken_out_of_the_plan_stays_out(given, start, tmp_path):
    path = tmp_path / "acme" / "plan.yaml"
    edited = path.read_text("utf-8").replace("  currency: EUR\n", "")
    path.write_text(edited, encoding="utf-8")
    start(tmp_path / "acme" / "exports" / "ads.csv")
    assert path.read_text("utf-8") == edited


def funnel(key, first, last="Won date"):
    days = [f"{key[0]}{at},2027-0{1 + at // 20}-{1 + at % 20:02},2027-06-{1 + at % 20:02}" for at in range(40)]
    return "\n".join([f"{key},{first},{last}", *days]) + "\n"


def too_few(*_):
    raise NothingDone("measured elsewhere; here only what is read counts")


def test_every_table_of_customers_gets_a_mapping_of_its_own_in_one_run(given, start, tmp_path, monkeypatch):
    monkeypatch.setattr(draft, "fitted", too_few)
    (tmp_path / "shop 2").mkdir()
    other = tmp_path / "shop 2" / "deals.csv"
    other.write_text(funnel("Key ID", "First contact date"), encoding="utf-8")
    files = (given("deals.csv", funnel("Deal ID", "Inquiry date")), other)
    found = start(*files)
    assert [(file.status, file.taken) for file in found.files] == [("read", 40), ("read", 40)]
    kept = sorted(path.name for path in found.workspace.mappings.iterdir())
    assert kept == ["deals-2.mapping.yaml", "deals.mapping.yaml"]
    before = bytes_of(tmp_path / "acme")
    assert [file.status for file in start(*files).files] == ["known", "known"]
    assert bytes_of(tmp_path / "acme") == before


def test_spend_of_later_days_is_not_told_as_no_spend_at_all(given, start):
    found = start(given("ads.csv", ADS), as_of=dt.date(2027, 2, 1))
    assert "up to 2027-02-01 these files hold no spend" in found.sentences[0]


def test_listed_money_is_what_the_rows_add_up_to_credits_included(given, start):
    text = "Activity,Cost EUR,Channel\nSpot,50,Radio\nCredit,-20.5,Radio\nPaper,100,Print\nRefund,-30,Fair\n"
    assert "4 activities are listed for 99.5 EUR" in start(given("plan.csv", text)).sentences[0]


def test_words_for_where_people_came_from_that_name_no_channel_are_shown_beside_the_spend(begun):
    seen = replace(
        begun.picture.channels, origins=(OriginView("friend", 48, 12), OriginView("shop", 31, 10)), sales_known=True
    )
    day = dt.date(2027, 3, 1)
    lead = State("lead", ("lead",), frozenset({"person"}), 79, 0, day, day, ("crm",))
    picture = replace(begun.picture, channels=seen, found=Chain((lead,)), sales=frozenset({"won"}))
    assert 'the words of the files for it ("friend", "shop") name none' in sentences(picture)[2]
    assert "25.0 % (15.1 to 37.3)" in pictured(replace(begun, picture=picture))
