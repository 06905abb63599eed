"""Every verb keeps the promises of all verbs: help with an example, one document, equal bytes, exit codes."""

from __future__ import annotations

import datetime as dt
import io
import json
import re
import shutil
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import jsonschema
import pytest
from typer.main import get_command

import leadline
from leadline.cli import main
from leadline.cli.schema import DOCUMENTS
from leadline.cli.verbs import VERBS, app

pytestmark = pytest.mark.slow
KEY = "00" * 32
STAMPS = {"seconds", "made_at"}
ALWAYS_NEW = {
    "import",
    "demo",
    "init",
    "example",
    "start",
    "review-link",
    "waive",
    "forget",
}  # a second call finds what the first one left
PATHS = "path,conversions,value,nulls\nsearch > mail,4,400,10\nsearch,6,500,30\nmail > search,3,350,12\n"


# half a year by week: the least a mix takes; spend that comes and goes, and something in the outcome of it
PANEL = "date,revenue,tv_spend\n" + "".join(
    f"{dt.date(2027, 1, 4) + dt.timedelta(weeks=at)},{1000 + 40 * (at % 5) + (300 if at % 3 == 0 else 0)},{200 if at % 3 == 0 else 0}\n"
    for at in range(30)
)


@pytest.fixture(autouse=True)
def _key(monkeypatch):
    monkeypatch.setenv("LEADLINE_KEY", KEY)


def run(*arguments):
    """Run a verb in this process; return exit code, standard output, standard error."""
    out, err = io.StringIO(), io.StringIO()
    out.isatty = err.isatty = lambda: False
    with redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit) as ended:
        main([str(argument) for argument in arguments])
    return ended.value.code, out.getvalue(), err.getvalue()


@pytest.fixture
def calls(small, tmp_path):
    """Give a call with --json of every verb that has a document."""
    (tmp_path / "paths.csv").write_text(PATHS, encoding="utf-8")
    shutil.copy(small / "exports" / "deals.csv", tmp_path / "stages.csv")
    (tmp_path / "activities.csv").write_text("Activity,Owner,Cost\nFair,Mia,300 EUR\nLetters,Sam,\n", encoding="utf-8")
    (tmp_path / "panel.csv").write_text(PANEL, encoding="utf-8")
    return {
        "attribute": ("attribute", tmp_path / "paths.csv", "--model", "linear"),
        "check": ("check", "--workspace", small),
        "decide": ("decide", "--workspace", small),
        "demo": ("demo", small),  # a folder that is there already is reviewed as it stands
        "diff": ("diff", small / "plan.yaml", small / "plan.yaml"),
        "drift": ("drift", "--workspace", small),
        "evidence": ("evidence", "--workspace", small),
        "example": ("example", "olist", tmp_path / "example"),
        "explain": ("explain", "TPM004"),
        "forget": ("forget", "nobody@pumps.example", "--workspace", small),
        "import": ("import", small / "exports", "--workspace", small),
        "init": ("init", tmp_path / "new", "--empty"),
        "map": ("map", "-o", tmp_path / "map.svg", "--workspace", small),
        "measure": ("measure", "--workspace", small),
        "mix": ("mix", tmp_path / "panel.csv", "--instant"),
        "pipeline": ("pipeline", tmp_path / "stages.csv", "--subject", "id", "--entered-at", "at"),
        "report": ("report", "-o", tmp_path / "report.html", "--workspace", small),
        "review": ("review", "--workspace", small),
        "review-link": ("review-link", "ads", "--workspace", small),
        "start": ("start", tmp_path / "activities.csv", "--workspace", tmp_path / "started"),
        "waive": (
            "waive",
            "BUD002",
            "ads",
            "--reason",
            "a pilot",
            "--approved-by",
            "ada",
            "--expires",
            "2027-12-31",
            "--workspace",
            small,
        ),
        "what-if": ("what-if", "--budget", "-10", "%", "--workspace", small),
        "worked": ("worked", "--spend", "60", "--responses", "40", "--sales", "0", "--worth", "45"),
    }


def test_every_verb_with_a_document_is_called_here(calls):
    assert set(calls) | {"serve"} == set(DOCUMENTS)  # it goes on until it is stopped: the proofs read its document
    assert set(VERBS) - set(DOCUMENTS) == {"schema"}  # it prints a schema, which is JSON already


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help_with_an_example_of_itself(verb):
    code, out, _ = run(verb, "--help")
    assert code == 0
    assert f"Example: leadline {verb}" in " ".join(out.split())
    for option in get_command(app).commands[verb].params:
        assert getattr(option, "help", ""), f"{verb} {option.name} is not explained"


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_takes_the_options_of_all_verbs_where_they_mean_something(verb):
    options = {name for option in get_command(app).commands[verb].params for name in option.opts}
    wanted = {"--debug"}
    if verb in DOCUMENTS:
        wanted |= {"--json"}
    if verb not in {"schema", "explain"}:
        wanted |= {"--quiet"}
    if verb in {"check", "map", "import", "evidence", "measure", "decide", "review", "report"}:
        wanted |= {"--workspace"}
    if verb in {"demo", "check", "map", "evidence", "measure", "decide", "review", "report", "pipeline"}:
        wanted |= {"--as-of"}
    if verb in {"demo", "check", "map", "measure", "decide", "review", "report", "attribute", "mix", "pipeline"}:
        wanted |= {"--seed"}
    assert wanted <= options


def plain(out):
    """Return a document without its time stamps."""

    def without(value):
        if isinstance(value, dict):
            return {key: without(item) for key, item in value.items() if key not in STAMPS}
        return [without(item) for item in value] if isinstance(value, list) else value

    return json.dumps(without(json.loads(out)))


LONG = {
    "report",
    "drift",
    "decide",
    "map",
    "evidence",
    "mix",
}  # each runs the whole line twice; review and measure stay


@pytest.mark.parametrize(
    "verb", [pytest.param(verb, marks=[pytest.mark.proof] * (verb in LONG)) for verb in DOCUMENTS if verb != "serve"]
)
def test_json_is_one_document_of_the_published_schema_and_the_same_again(calls, verb):
    code, out, err = run(*calls[verb], "--json")
    assert code in (0, 1), err
    assert err == ""
    schema = json.loads(run("schema", verb)[1])
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(json.loads(out), schema)  # and nothing stands before or after it
    if verb not in ALWAYS_NEW:
        assert plain(run(*calls[verb], "--json")[1]) == plain(out)


@pytest.mark.proof
def test_two_workers_with_another_order_of_hashes_print_the_same_bytes(small, cli):
    documents = [cli("review", "--workspace", small, "--json", PYTHONHASHSEED=seed).stdout for seed in ("1", "2")]
    assert plain(documents[0]) == plain(documents[1])


@pytest.mark.parametrize("verb", ["check", "decide", "measure", "review", "evidence"])
def test_every_output_says_its_day(calls, verb):
    code, out, err = run(*calls[verb], "--as-of", "2027-03-01", "--json")
    assert code in (0, 1), err
    assert json.loads(out)["as_of"] == "2027-03-01"
    if verb in ("check", "evidence"):
        assert "as of 2027-03-01" in run(*calls[verb], "--as-of", "2027-03-01")[1]


def test_as_of_hides_what_happened_later(calls):
    early = json.loads(run(*calls["measure"], "--as-of", "2027-03-01", "--json")[1])["bridge"][0]
    late = json.loads(run(*calls["measure"], "--json")[1])["bridge"][0]
    assert early["entered"] == 20  # a lead every third day from 3 January on: the 20th comes on 1 March
    assert late["entered"] == 60


def test_another_seed_moves_the_draws_and_never_the_counts(calls):
    one, other = (json.loads(run(*calls["decide"], "--seed", seed, "--json")[1])["forecasts"][0] for seed in ("1", "2"))
    assert one["to_date"] == other["to_date"]
    assert one["fan"] != other["fan"]


def test_seed_0_is_a_seed_of_its_own(calls):
    zero, one = (json.loads(run(*calls["check"], "--seed", seed, "--json")[1]) for seed in ("0", "1"))
    assert (zero["seed"], one["seed"]) == (0, 1)


@pytest.mark.parametrize("verb", ["map", "report", "init"])
def test_quiet_prints_nothing_where_the_result_is_a_file(calls, verb):
    assert run(*calls[verb], "--quiet") == (0, "", "")


def test_a_workspace_is_found_from_below(small, here):
    below = small / "exports"
    found = here("evidence", cwd=below)
    assert found.returncode == 0
    assert found.stdout == here("evidence", "--workspace", small).stdout


# Exit codes


def test_0_where_nothing_is_wrong(calls):
    assert run(*calls["evidence"])[0] == 0
    assert run(*calls["check"], "--select", "PLN")[0] == 0


@pytest.mark.parametrize(("fail_on", "code"), [("never", 0), ("error", 1), ("warning", 1), ("note", 1)])
def test_1_from_the_asked_level_on(small, fail_on, code):
    plan = small / "plan.yaml"
    plan.write_text(plan.read_text(encoding="utf-8").replace("mechanism:", "mechansim:"), encoding="utf-8")
    assert run("check", "--workspace", small, "--fail-on", fail_on)[0] == code


def test_review_fails_as_check_does(small):
    plan = small / "plan.yaml"
    plan.write_text(plan.read_text(encoding="utf-8").replace("mechanism:", "mechansim:"), encoding="utf-8")
    assert run("review", "--workspace", small)[0] == 1
    assert run("review", "--workspace", small, "--fail-on", "never")[0] == 0


def test_warnings_alone_fail_only_when_asked(calls):
    gap = (*calls["check"], "--select", "OBJ008")
    assert json.loads(run(*gap, "--json")[1])["counts"]["warning"] == 1
    assert run(*gap)[0] == 0
    assert run(*gap, "--fail-on", "warning")[0] == 1


def test_1_where_a_verdict_was_asked_for_and_cannot_be_told(fresh):
    plan = fresh / "plan.yaml"
    guesses = plan.read_text(encoding="utf-8").replace("method: expert", "method: guess")
    plan.write_text(guesses, encoding="utf-8")
    shutil.rmtree(fresh / "exports")
    code, out, _ = run("decide", "--workspace", fresh, "--as-of", "2027-02-01")
    assert code == 1
    assert "can't be told (unknown: " in out


def test_4_where_every_rule_was_skipped(small):
    code, out, err = run("check", "--workspace", small, "--select", "TPM004", "--ignore", "TPM")
    assert (code, out) == (4, "")
    assert "nothing" in err.lower()


def test_4_where_the_plan_has_no_element(tmp_path):
    run("init", tmp_path / "empty", "--empty")
    code, _, err = run("check", "--workspace", tmp_path / "empty")
    assert code == 4
    assert "nothing" in err.lower()


def test_4_where_nothing_was_imported_or_measured(fresh, tmp_path):
    assert run("evidence", "--workspace", fresh)[0] == 4
    header = tmp_path / "none.csv"
    header.write_text("id,stage,at,source\n", encoding="utf-8")
    shutil.copy(fresh / "exports" / "deals.mapping.yaml", tmp_path / "none.mapping.yaml")
    assert run("import", header, "--workspace", fresh)[0] == 4
    shutil.rmtree(fresh / "exports")
    code, _, err = run("measure", "--workspace", fresh)
    assert code == 4
    assert "Nothing was measured" in err


def test_measure_prints_what_was_asked_for(calls):
    bridge = json.loads(run(*calls["measure"], "--json")[1])["bridge"]
    code, out, _ = run("measure", "bridge", *calls["measure"][1:], "--json")
    assert (code, json.loads(out)["bridge"], json.loads(out)["paths"]) == (0, bridge, [])
    code, _, err = run("measure", "paths", *calls["measure"][1:])
    assert code == 4
    assert "no touch of a person was imported" in err


def test_2_where_one_of_several_files_is_refused_and_the_others_stay(fresh, tmp_path):
    folder = tmp_path / "files"
    folder.mkdir()
    for name in ("deals.csv", "deals.mapping.yaml"):
        shutil.copy(fresh / "exports" / name, folder / name)
    (folder / "wrong.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    code, out, _ = run("import", folder, "--workspace", fresh, "--json")
    assert code == 2
    assert {one["file"]: one["status"] for one in json.loads(out)} == {"deals.csv": "done", "wrong.csv": "refused"}


def test_review_with_a_refused_export_names_it_and_ends_with_2(small):
    (small / "exports" / "strange.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    code, out, err = run("review", "--workspace", small)
    assert code == 2
    assert err.startswith("strange.csv: refused (not_recognised)")
    assert "The report: " in out  # the rest was reviewed all the same


def test_demo_ends_with_0_though_its_plan_has_faults(demo_workspace):
    assert demo_workspace.document["check"]["counts"]["error"] > 0  # the fixture has seen exit code 0


# What messages name exists


def test_every_verb_that_a_message_names_exists():
    """A next step that cannot be taken is worse than none."""
    coming = {"allocate", "design"}  # named by rules, and not built yet
    named = {}
    for file in Path(leadline.__file__).parent.rglob("*"):
        if file.suffix in {".py", ".html", ".yaml", ".sql"} and "cli" not in file.parts:
            for verb in re.findall(r"leadline ([a-z][a-z-]+)", file.read_text(encoding="utf-8")):
                named.setdefault(verb, file.name)
    unknown = {verb: file for verb, file in named.items() if verb not in VERBS and verb not in coming and verb != "as"}
    assert unknown == {}


def test_a_check_where_evidence_lies_says_who_judges_it(small, calls):
    told = "judged with the evidence imported so far; new files come in by leadline review"
    assert run(*calls["check"])[1].splitlines()[-1] == told
    assert told not in run("check", small / "plan.yaml")[1]
    snapshots = [
        json.loads(run(*call, "--json")[1])["snapshot"] for call in (calls["check"], ("check", small / "plan.yaml"))
    ]
    assert [snapshot is None for snapshot in snapshots] == [False, True]
