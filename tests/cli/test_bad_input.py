"""Whatever is given, a command ends with a clear message, the promised exit code and no trace of the program's inside."""

from __future__ import annotations

import gzip
import itertools
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pytest

pytestmark = pytest.mark.slow

KEY = "00" * 32
ADS = (
    "Campaign report\n"
    '"June 1, 2027 - June 30, 2027"\n'
    "Day,Campaign status,Campaign,Campaign ID,Campaign type,Currency code,Cost,Impr.,Clicks,CTR,Conversions,Conv. value\n"
)


def ads(days=20):
    """Return a Google Ads export of one campaign."""
    rows = (
        f'2027-06-{day:02},Enabled,ads--search,2145,Search,EUR,{day}.50,"1,200",39,3.25%,1.00,0.00\n'
        for day in range(1, days + 1)
    )
    return ADS + "".join(rows)


def is_clean(ended):
    """Hold that a command ended in a message and not in a trace."""
    said = ended.stdout + ended.stderr
    assert "Traceback" not in said, said
    assert "internal error" not in said, said
    return said


# A plan


def edited(old, new):
    return lambda text: text.replace(old, new)


LINKS = "  levels:\n    - {id: grow, level: corporate,"
# per fault of a readable plan: the edit, the code, its line's beginning, what is said, the next step
FINDINGS = {
    "a typo in a key": (edited("mechanism:", "mechansim:"), "PLN003", "mechansim", "write mechanism"),
    "an unknown unit": (edited("budget: 30 kEUR", "budget: 30 bananas"), "PLN004", '"30 bananas" cannot be read', "unit of the kind"),
    "a unit of another kind": (edited("20..30..45 days", "20..30..45 kEUR"), "PLN004", "wanted: a time", "unit of the kind"),
    "an estimate out of order": (edited("8..12..16 %", "12..8..16 %"), "PLN011", "12..8..16 % is out of order", "smallest first"),
    "a link to nothing": (edited("serves: [more]", "serves: [moer]"), "PLN002", '"moer" is not defined', "more"),
    "a key twice": (edited("  title: Small", "  title: Small\n  title: Big"), "PLN003", "title stands twice", "keep one"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FINDINGS)
def test_a_fault_in_a_readable_plan_is_a_finding_with_its_place(fault, plan_text, tmp_path, here):
    edit, code, said, step = FINDINGS[fault]
    plan = tmp_path / "plan.yaml"
    plan.write_text(edit(plan_text), encoding="utf-8")
    ended = here("check", plan, "--json")
    is_clean(ended)
    assert ended.returncode == 1
    finding = next(one for one in json.loads(ended.stdout)["findings"] if one["code"] == code)
    assert said in finding["text"]
    assert step in finding["fix"]
    assert finding["where"]["line"] > 0
    assert finding["where"]["file"] == str(plan)


def test_a_cycle_of_goals_is_named_with_every_member(plan_text, tmp_path, here):
    second = (
        "  - {id: less, name: Less, type: acquisition, metric: lead, baseline: {value: 0 count, as_of: 2027-01-01}, "
        "target: {value: 9 count, by: 2027-12-31}, serves: [more], owner: ada}\n"
    )
    plan = tmp_path / "plan.yaml"
    plan.write_text(plan_text.replace("serves: [grow]", "serves: [less]").replace("\nstrategy:", f"{second}\nstrategy:"), encoding="utf-8")  # fmt: skip
    ended = here("check", plan, "--json")
    is_clean(ended)
    assert ended.returncode == 1
    cycle = next(one for one in json.loads(ended.stdout)["findings"] if one["code"] == "PLN007")
    assert cycle["text"] == "the serves links of less, more lead back to the beginning"
    assert cycle["where"]["line"] > 0


DEEP = "plan: " + "[" * 5000 + "]" * 5000
BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{name}: &{name} [{','.join([f'*{before}'] * 9)}]\n" for before, name in itertools.pairwise("abcdefghi")
)
# per file that is no plan: its bytes, what is said, the next step
NO_PLAN = {
    "a mistake in YAML": (lambda text: text.replace("metrics:", "metrics: [").encode(), "YAML cannot be read here", "Compare"),
    "a tab": (lambda text: text.replace("  id: small", "\tid: small").encode(), "A tab stands where YAML wants spaces", "Indent"),
    "an alias bomb": (lambda _: BOMB.encode(), "Anchors (&) and aliases (*) are not read", "Write the value out"),
    "a tag": (lambda _: b'plan: !!python/object/apply:os.system ["true"]\n', "is not read in a plan", "Delete it"),
    "UTF-16": (lambda text: text.encode("utf-16"), "UTF-16", "UTF-8"),
    "Windows-1252": (lambda text: text.replace("Small", "Grün").encode("cp1252"), "is not UTF-8", "Save the plan in UTF-8"),
    "an image": (lambda _: b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "is not text", "UTF-8"),
    "nothing": (lambda _: b"", "holds no plan", "leadline"),
    "a list": (lambda _: b"- a\n- b\n", "A plan is a mapping of sections", "Begin with plan:"),
    "a word": (lambda _: b"hello", "A plan is a mapping of sections", "Begin with plan:"),
    "nesting without end": (lambda _: DEEP.encode(), "nested deeper than", "Write the plan flat"),
    "two documents": (lambda text: f"{text}\n---\n{text}".encode(), "A second document starts here", "delete"),
}  # fmt: skip


@pytest.mark.parametrize("fault", NO_PLAN)
def test_a_file_that_is_no_plan_ends_with_its_place_and_2(fault, plan_text, tmp_path, here):
    make, said, step = NO_PLAN[fault]
    plan = tmp_path / "plan.yaml"
    plan.write_bytes(make(plan_text))
    ended = here("check", plan)
    is_clean(ended)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith(f"error: {plan}:")
    assert said in ended.stderr
    assert step in ended.stderr


# An export

# per file that cannot come in: its name, its bytes, code of the refusal, what is said, the next step
REFUSED = {
    "an empty file": ("empty.csv", b"", "empty", "empty file", "Download"),
    "an image": ("image.csv", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4, "binary", "is a PNG image", "CSV"),
    "a PDF": ("paper.csv", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n", "binary", "is a PDF", "CSV"),
    "an old workbook": (
        "old.xls",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000),
        "binary",
        "old Office file",
        "save it as .xlsx",
    ),
    "half a workbook": ("half.xlsx", b"PK\x03\x04" + bytes(100), "truncated", "not whole", "again"),
    "half a gzip": ("half.csv.gz", gzip.compress(ads().encode() * 50)[:-200], "truncated", "not whole", "again"),
    "half a parquet": ("half.parquet", b"PAR1" + bytes(100), "truncated", "not whole", "again"),
    "an unknown format": (
        "strange.csv",
        b"a,b,c\n1,2,3\n",
        "not_recognised",
        "Header found: a, b, c",
        "--draft-mapping",
    ),
    "binary rubbish": ("rubbish.csv", b"a,b\n\x00\x00,\x00\n", "binary", "binary file", "CSV"),
}


@pytest.mark.parametrize("fault", REFUSED)
def test_a_file_that_is_no_export_is_refused_and_nothing_of_it_stays(fault, fresh, tmp_path, here):
    name, content, reason, said, step = REFUSED[fault]
    (tmp_path / name).write_bytes(content)
    ended = here("import", tmp_path / name, "--workspace", fresh, "--json")
    is_clean(ended)
    assert ended.returncode == 2
    (report,) = json.loads(ended.stdout)
    assert (report["status"], report["reason"]) == ("refused", reason)
    assert name in report["message"]
    assert said in report["message"]
    assert step in report["message"]
    assert here("evidence", "--workspace", fresh).returncode == 4  # there still is none
    assert not list((fresh / "evidence").glob("tmp/*"))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_an_export_comes_in_whatever_unicode_it_is_written_in(encoding, fresh, tmp_path, here):
    file = tmp_path / "ads.csv"
    file.write_bytes(ads().encode(encoding))
    ended = here("import", file, "--workspace", fresh, "--json")
    assert ended.returncode == 0, is_clean(ended)
    assert json.loads(ended.stdout)[0]["totals"]["spend.amount.EUR"] == "220.00"


def test_half_an_export_comes_in_as_far_as_it_goes_and_the_whole_one_mends_it(fresh, tmp_path, here):
    whole = ads()
    file = tmp_path / "ads.csv"
    file.write_text(whole[: whole.index("2027-06-11") + 40], encoding="utf-8")
    (half,) = json.loads(here("import", file, "--workspace", fresh, "--json").stdout)
    assert (half["records"]["accepted"], half["records"]["rejected"]) == (10, 1)
    assert any("ends in the middle of a record" in note for note in half["notes"])
    assert (fresh / "evidence" / "rejects" / half["rejects"]).read_text(encoding="utf-8").count("truncated") == 1
    file.write_text(whole, encoding="utf-8")
    (full,) = json.loads(here("import", file, "--workspace", fresh, "--json").stdout)
    assert full["tables"]["spend"] == {"new": 10, "updated": 0, "unchanged": 10}


def test_a_header_alone_is_empty_and_ends_with_4(fresh, tmp_path, here):
    (tmp_path / "ads.csv").write_text(ADS, encoding="utf-8")
    ended = here("import", tmp_path / "ads.csv", "--workspace", fresh)
    is_clean(ended)
    assert ended.returncode == 4
    assert "a header without records; nothing came in" in ended.stdout


def test_a_file_given_twice_is_read_once(fresh, tmp_path, here):
    (tmp_path / "ads.csv").write_text(ads(), encoding="utf-8")
    shutil.copy(tmp_path / "ads.csv", tmp_path / "again.csv")
    first = here("import", tmp_path / "ads.csv", "--workspace", fresh)
    for name in ("ads.csv", "again.csv"):
        ended = here("import", tmp_path / name, "--workspace", fresh)
        assert (ended.returncode, ended.stderr) == (0, "")
        assert "already imported as google-ads; nothing was read or changed" in ended.stdout
    assert first.returncode == 0


# A call

WORKSPACE, NOWHERE = "{workspace}", "{nowhere}"
# per wrong call: its words, what is said, the next step
CALLS = {
    "an unknown verb": (("chekc",), 'verb "chekc" is not known. Did you mean "check"?', "Known: attribute"),
    "an unknown option": (("check", "--nope"), "No such option: --nope", "leadline check --help"),
    "a missing argument": (("import", "--workspace", WORKSPACE), "Missing argument", "leadline import --help"),
    "a missing option": (("report", "--workspace", WORKSPACE), "Missing option '-o'", "leadline report --help"),
    "an unknown rule": (("explain", "ZZZ999"), 'No check is called "ZZZ999"', "Nearest:"),
    "an unknown family": (("check", "--workspace", WORKSPACE, "--select", "NOPE"), '"NOPE" matches no check', "Families:"),
    "an unknown world": (("demo", NOWHERE, "--world", "mars"), 'world "mars" is not known', "Known: halden"),
    "an unknown model": (("attribute", "{paths}", "--model", "mystic"), '"mystic" is not known', "markov"),
    "an unknown measure": (("measure", "worth", "--workspace", WORKSPACE), 'measure "worth" is not known', "Known: bridge, mix, paths"),
    "an unknown schema": (("schema", "nope"), 'schema "nope" is not known', "Known: attribute"),
    "an unknown page": (("report", "-o", "x.html", "--page", "dashboard", "--workspace", WORKSPACE), 'page "dashboard"', "Known: audit, board, bridge"),
    "an unknown tactic": (("report", "-o", "x.html", "--page", "tactic:serch", "--workspace", WORKSPACE), 'tactic "serch"', "Known: "),
    "an unknown report format": (("report", "-o", "x.odt", "--workspace", WORKSPACE), 'report format "odt"', "Known: docx, html, md, pdf"),
    "an unknown map format": (("map", "-o", "x.gif", "--workspace", WORKSPACE), 'map format "gif"', "Known: mmd, pdf, png, svg"),
    "an unknown source": (("import", "{paths}", "--source", "nope", "--workspace", WORKSPACE), 'source "nope"', "google-ads"),
    "an unknown order of dates": (("import", "{paths}", "--dates", "nope", "--workspace", WORKSPACE), '--dates "nope"', "ymd, dmy, mdy"),
    "a currency that is none": (("import", "{paths}", "--currency", "euro", "--workspace", WORKSPACE), '--currency "euro"', "EUR"),
    "a day that is none": (("check", "--workspace", WORKSPACE, "--as-of", "soon"), '--as-of "soon" is not a day', "2027-01-31"),
    "a seed that is none": (("check", "--workspace", WORKSPACE, "--seed", "x"), "Invalid value for '--seed'", "leadline check --help"),
    "two options that exclude each other": (("check", "--workspace", WORKSPACE, "--json", "--format", "sarif"), "--json and --format sarif", "Name the one you want"),
    "two ways of not importing": (("import", "{paths}", "--explain", "--draft-mapping", "--workspace", WORKSPACE), "--explain and --draft-mapping", "Name the one you want"),
    "a missing workspace": (("review", "--workspace", NOWHERE), "is not a folder", "leadline init"),
    "no workspace above": (("review",), "No plan.yaml in", "leadline demo DIR"),
    "a missing plan": (("check", f"{NOWHERE}/plan.yaml"), "does not exist", "Name a plan file"),
    "a missing file": (("import", f"{NOWHERE}.csv", "--workspace", WORKSPACE), "does not exist", "Name files"),
    "a pattern without a file": (("import", f"{NOWHERE}/*.csv", "--workspace", WORKSPACE), "no file there", "Name files"),
    "a folder as a table": (("attribute", WORKSPACE), "cannot be read", "directory"),
    "a folder as output": (("map", "-o", "{folder}", "--workspace", WORKSPACE), "Is a directory", "Check the path"),
    "a second plan in a folder": (("init", WORKSPACE, "--empty"), "exists already and is left as it is", "Name another folder"),
    "a line of two columns": (("pipeline", "{paths}"), "stage", "--"),
}  # fmt: skip


@pytest.mark.parametrize("fault", CALLS)
def test_a_wrong_call_names_what_is_known_and_the_next_step(fault, small, tmp_path, here):
    words, said, step = CALLS[fault]
    (tmp_path / "paths.csv").write_text("path,conversions,value,nulls\na > b,1,1,1\n", encoding="utf-8")
    (tmp_path / "out.svg").mkdir()
    named = {
        "workspace": small,
        "nowhere": tmp_path / "nowhere",
        "paths": tmp_path / "paths.csv",
        "folder": tmp_path / "out.svg",
    }
    ended = here(*(word.format(**named) for word in words), cwd=tmp_path)
    is_clean(ended)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith("error: ")
    assert said in ended.stderr
    assert step in ended.stderr


def test_an_unknown_key_in_the_settings_names_the_known_ones(small, here):
    (small / "leadline.toml").write_text("sed = 2\n", encoding="utf-8")
    ended = here("review", "--workspace", small)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert 'leadline.toml: key "sed" is not known. Did you mean "seed"?' in is_clean(ended)


# Rights


@pytest.fixture
def bound():
    """Give the words before a command that take root's power over file rights away."""
    if os.geteuid() != 0:
        return []
    if shutil.which("setpriv") is None:
        pytest.skip("ROOT MAY READ EVERYTHING: install setpriv (util-linux), or run the tests as another user")
    powers = "-dac_override,-dac_read_search"
    return ["setpriv", f"--bounding-set={powers}", f"--inh-caps={powers}"]


def bounded(bound, *arguments):
    command = [*bound, sys.executable, "-m", "leadline", *map(str, arguments)]
    return subprocess.run(
        command, capture_output=True, text=True, env={**os.environ, "LEADLINE_KEY": KEY}, timeout=120, check=False
    )


def test_an_unreadable_plan_names_the_file(bound, small):
    (small / "plan.yaml").chmod(0)
    ended = bounded(bound, "check", "--workspace", small)
    assert ended.returncode == 2
    assert "plan.yaml" in is_clean(ended)
    assert "Permission denied" in ended.stderr


def test_an_unreadable_export_is_refused_by_name(bound, small, tmp_path):
    (tmp_path / "ads.csv").write_text(ads(), encoding="utf-8")
    (tmp_path / "ads.csv").chmod(0)
    ended = bounded(bound, "import", tmp_path / "ads.csv", "--workspace", small)
    assert ended.returncode == 2
    assert "ads.csv" in is_clean(ended)
    assert "is not readable" in ended.stderr


def test_a_folder_that_may_not_be_written_is_named(bound, small, tmp_path):
    closed = tmp_path / "closed"
    closed.mkdir()
    closed.chmod(0o500)
    ended = bounded(bound, "report", "-o", closed / "review.md", "--workspace", small)
    assert ended.returncode == 2
    assert "review.md" in is_clean(ended)
    assert "Permission denied" in ended.stderr


def test_a_workspace_that_may_not_be_written_can_be_checked_and_says_why_it_cannot_be_imported_to(bound, fresh):
    fresh.chmod(0o500)
    try:
        assert bounded(bound, "check", "--workspace", fresh).returncode in (0, 1)
        ended = bounded(bound, "review", "--workspace", fresh)
        assert ended.returncode == 2
        assert "Permission denied" in is_clean(ended)
    finally:
        fresh.chmod(0o700)


# Interruptions


def begin(*arguments, **options):
    command = [sys.executable, "-m", "leadline", *map(str, arguments)]
    environment = {**os.environ, "LEADLINE_KEY": KEY}
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment, **options
    )


def rows(folder):
    """Return what the warehouse holds of stages, imports, and people, in an order of its own."""
    with duckdb.connect(str(folder / "evidence" / "warehouse.duckdb"), read_only=True) as connection:
        return [
            connection.execute(query).fetchall()
            for query in (
                "SELECT subject, stage, entered_at, origin FROM stages ORDER BY ALL",
                "SELECT source, read, accepted FROM imports ORDER BY ALL",
                "SELECT person FROM people ORDER BY ALL",
            )
        ]


@pytest.mark.proof
def test_killed_at_any_moment_an_import_is_wholly_in_or_out_and_the_rerun_completes_it(fresh, tmp_path, stages, cli):
    stage_rows, write_stages = stages
    shutil.rmtree(fresh / "exports")
    file = write_stages(fresh / "exports" / "many.csv", stage_rows(6_000))
    untouched = shutil.copytree(fresh, tmp_path / "untouched")
    began = time.monotonic()
    assert cli("import", untouched / "exports" / "many.csv", "--workspace", untouched).returncode == 0
    length, whole = time.monotonic() - began, rows(untouched)
    killed = 0
    for share in (
        0.35,
        0.55,
        0.7,
        0.85,
        0.95,
    ):  # of the time that an undisturbed import takes, start of Python included
        process = begin("import", file, "--workspace", fresh)
        time.sleep(share * length)
        process.kill()
        process.communicate()
        killed += process.returncode == -signal.SIGKILL
        if (fresh / "evidence" / "warehouse.duckdb").exists():
            assert rows(fresh) in ([[], [], []], whole)
    assert killed > 0
    ended = cli("import", file, "--workspace", fresh)
    assert ended.returncode == 0, is_clean(ended)
    assert rows(fresh) == whole
    assert not list((fresh / "evidence" / "tmp").iterdir())


def test_two_imports_at_once_both_come_in(fresh, stages):
    stage_rows, write_stages = stages
    shutil.rmtree(fresh / "exports")
    files = [write_stages(fresh / "exports" / f"part{part}.csv", stage_rows(500, 500 * part)) for part in (0, 1)]
    both = [begin("import", file, "--workspace", fresh) for file in files]
    for process in both:
        out, err = process.communicate(timeout=120)
        assert process.returncode == 0, out + err
    assert len({row[0] for row in rows(fresh)[0]}) == 1000


HOLD = """
import datetime, sys, time
from pathlib import Path
from leadline.evidence.locking import exclusive
with exclusive(Path(sys.argv[1]), started=datetime.datetime(2027, 3, 5, 9, 14)):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_held_lock_is_waited_for_and_its_holder_named(fresh, here):
    command = [sys.executable, "-c", HOLD, str(fresh / "evidence" / "lock")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout.readline() == "held\n"
        ended = here("import", fresh / "exports" / "deals.csv", "--workspace", fresh, "--wait", "0.5")
        said = is_clean(ended)
        assert ended.returncode == 2
        assert f"process {holder.pid}" in said
        assert "2027-03-05T09:14" in said
        assert "--wait SECONDS" in said
        holder.communicate()
    assert here("import", fresh / "exports" / "deals.csv", "--workspace", fresh).returncode == 0


OPEN = """
import sys, duckdb
connection = duckdb.connect(sys.argv[1])
print("open", flush=True)
sys.stdin.read()
"""


@pytest.mark.proof
def test_a_warehouse_that_another_program_holds_open_is_no_internal_error(small, cli):
    command = [sys.executable, "-c", OPEN, str(small / "evidence" / "warehouse.duckdb")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout.readline() == "open\n"
        ended = cli("evidence", "--workspace", small)
        said = is_clean(ended)
        assert ended.returncode == 2
        assert "warehouse" in said
        holder.communicate()


def test_a_damaged_warehouse_says_how_to_rebuild_it(small, here):
    (small / "evidence" / "warehouse.duckdb").write_bytes(b"\x00" * 5000)
    ended = here("evidence", "--workspace", small)
    said = is_clean(ended)
    assert ended.returncode == 2
    assert "warehouse" in said


def test_a_reader_that_goes_away_ends_a_verb_quietly(small):
    with begin("evidence", "--workspace", small) as process:
        process.stdout.close()
        said = process.stderr.read()
        assert (process.wait(timeout=60), said) == (141, "")


@pytest.mark.proof
def test_control_c_stops_a_review_at_once_and_the_next_one_completes(demo_workspace, tmp_path, cli):
    folder = tmp_path / "own"
    shutil.copytree(demo_workspace.folder, folder, ignore=shutil.ignore_patterns("evidence", "results", "reports"))
    process = begin(
        "review", "--workspace", folder,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # a runner may ignore it
    )  # fmt: skip
    until = time.monotonic() + 60
    while not list((folder / "evidence" / "tmp").glob("*")) and time.monotonic() < until:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert err == "stopped; nothing half-done was kept\n"
    assert out == ""
    ended = cli("import", folder / "exports" / "figures.csv", "--workspace", folder)
    assert ended.returncode == 0, is_clean(ended)
    assert not list((folder / "evidence" / "tmp").iterdir())


def test_debug_alone_shows_the_trace(tmp_path, cli, here):
    missing = tmp_path / "plan.yaml"
    assert "Traceback" not in here("check", missing).stderr
    assert "Traceback" in cli("check", missing, "--debug").stderr
    assert not Path(tmp_path / "evidence").exists()
