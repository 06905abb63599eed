"""Verbs that change or compare plans: files, git revisions, prompts, exit codes."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

from leadline.cli import fixing, main
from leadline.cli.plans import nearby, open_plan

DAY = ("--as-of", "2027-01-02")


def run(*arguments):
    """Run a verb in this process; return exit code, standard output, standard error."""
    out, err = io.StringIO(), io.StringIO()
    out.isatty = err.isatty = lambda: False
    with redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit) as ended:
        main([str(argument) for argument in arguments])
    return ended.value.code, out.getvalue(), err.getvalue()


@pytest.fixture
def plan(shared, tmp_path, monkeypatch):
    """Give the example plan in a folder of its own, from where verbs are run."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "plan.yaml"
    path.write_bytes((shared / "examples" / "halden-pumps" / "plan.yaml").read_bytes())
    return path


@pytest.fixture
def edit(plan):
    """Change the plan by a text replacement."""

    def change(old, new):
        text = plan.read_text(encoding="utf-8")
        assert text.count(old) == 1, old
        plan.write_text(text.replace(old, new), encoding="utf-8")

    return change


@pytest.fixture
def repository(plan):
    """Give the plan in a git repository with one commit, in a folder below its top."""
    if shutil.which("git") is None:
        pytest.skip("GIT IS ABSENT: nothing about revisions was tested")
    (plan.parent / "north").mkdir()
    shutil.move(plan, plan.parent / "north" / "plan.yaml")
    steps = "git init -q -b main && git config user.email a@example.org && git config user.name a && git add -A && git commit -qm x"
    subprocess.run(["sh", "-c", steps], cwd=plan.parent, check=True)
    return plan.parent


@pytest.fixture
def raised(repository):
    """Give the plan with a higher target, not committed."""
    path = repository / "north" / "plan.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("target: {value: 1100 kEUR, by", "target: {value: 1300 kEUR, by"), encoding="utf-8")
    return path


# diff


def test_a_revision_and_a_file_are_compared(raised):
    code, out, err = run("diff", "main:north/plan.yaml", raised, *DAY)
    assert (code, err) == (0, "")
    assert "~ objective arr-2027  Recurring revenue of 1.1 million\n    target.value: 1100 kEUR → 1300 kEUR\n" in out
    code, out, _ = run("diff", "main:north/plan.yaml", raised, "--json", *DAY)
    document = json.loads(out)
    assert [one["text"] for one in document["changes"]] == ["~ objective arr-2027 target.value: 1100 kEUR → 1300 kEUR"]
    assert [one["code"] for one in document["gained"]] == ["OBJ009"]
    assert document["hash_a"] != document["hash_b"]


def test_what_a_plan_gained_decides_the_exit_code(raised):
    assert run("diff", "main:north/plan.yaml", raised, "--fail-on", "warning", *DAY)[0] == 1
    assert run("diff", "main:north/plan.yaml", raised, "--fail-on", "error", *DAY)[0] == 0
    assert run("diff", raised, "main:north/plan.yaml", "--fail-on", "note", *DAY)[0] == 0


def test_a_folder_at_a_revision_is_read_section_by_section(repository, monkeypatch):
    text = (repository / "north" / "plan.yaml").read_text(encoding="utf-8")
    head, tail = text.split("\nsituation:", 1)
    folder = repository / "south" / "plan"
    folder.mkdir(parents=True)
    (folder / "1.yaml").write_text(head + "\n", encoding="utf-8")
    (folder / "2.yaml").write_text("situation:" + tail, encoding="utf-8")
    subprocess.run(["sh", "-c", "git add -A && git commit -qm y"], cwd=repository, check=True)
    code, out, _ = run("diff", "main:south/plan", "main:north/plan.yaml", *DAY)
    assert (code, "The two plans mean the same" in out) == (0, True)
    monkeypatch.chdir(repository / "south")
    assert "The two plans mean the same" in run("diff", "main:plan", folder, *DAY)[1]


def test_a_plan_in_a_folder_is_read_whole_from_wherever_it_is_named(tmp_path, monkeypatch):
    folder = tmp_path / "plan"
    folder.mkdir()
    (folder / "plan.yaml").write_text("plan: {id: folder-2027}\n", encoding="utf-8")
    (folder / "tactics.yaml").write_text("list: [{id: fair}]\n", encoding="utf-8")
    monkeypatch.chdir(folder)
    for opened in (open_plan(tmp_path, None), open_plan(folder, None), open_plan(None, None), open_plan(None, folder)):
        assert [one.id for one in opened.document.plan.tactics.list] == ["fair"]
        assert opened.workspace.folder.resolve() == tmp_path
    (folder / "leadline.toml").touch()  # a workspace that happens to be called so
    assert open_plan(None, None).workspace.folder == folder


def test_a_link_to_a_plan_is_named_by_the_link_that_lies_here(tmp_path, monkeypatch):
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "plan.yaml").symlink_to(tmp_path / "shared.yaml")
    monkeypatch.chdir(tmp_path / "here")
    assert nearby(tmp_path / "here" / "plan.yaml") == Path("plan.yaml")
    assert nearby(tmp_path / "shared.yaml") == tmp_path / "shared.yaml"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("nowhere:plan.yaml", 'Revision "nowhere" is not known here.'),
        ("main:west/plan.yaml", "west/plan.yaml is not in revision main."),
        ("--all:plan.yaml", "--all"),
        ("absent.yaml", "absent.yaml does not exist."),
    ],
)
def test_a_side_that_is_not_there_is_wrong_usage(repository, given, said):
    code, out, err = run("diff", given, repository / "north" / "plan.yaml")
    assert (code, out) == (2, "")
    assert said in err


def test_outside_a_repository_there_is_no_revision(plan):
    code, _, err = run("check", "--since", "main", *DAY)
    assert code == 2
    assert "is in no git repository" in err


# check --since


def test_a_plan_under_another_name_then_is_told_how_to_compare(raised, monkeypatch):
    monkeypatch.chdir(raised.parent)
    raised.rename("renamed.yaml")
    code, _, err = run("check", "renamed.yaml", "--since", "main", *DAY)
    told = "renamed.yaml is not in revision main. If it had another name then, compare the two: leadline diff main:OLD"
    assert (code, told in " ".join(err.split())) == (2, True)


def test_since_limits_the_findings_and_says_so_in_the_last_line(raised, monkeypatch):
    monkeypatch.chdir(raised.parent)
    code, out, _ = run("check", "--since", "main", *DAY)
    assert code == 0
    assert "OBJ009 too-late" in out
    last = " ".join(out.split("checked ")[-1].split())
    assert "limited to 1 element changed since main and what depends on them (" in last
    assert "No findings on what changed in" in run("check", "--since", "main", "--select", "STR001", *DAY)[1]
    document = json.loads(run("check", "--since", "main", "--json", *DAY)[1])
    assert document["limited_to"].startswith("1 element changed since main")
    raised.write_text(raised.read_text(encoding="utf-8").replace("status: review", "status: active"), encoding="utf-8")
    code, out, err = run("check", "--since", "main", *DAY)
    assert "The head of the plan changed since main; everything hangs on it" in err
    assert "limited to" not in out


# check --fix


def test_safe_fixes_are_written_and_named(plan, edit):
    edit("budget: 400 kEUR", "budget: 400KEUR")
    before = plan.read_bytes()
    code, out, _ = run("check", "--fix", *DAY)
    assert code == 0
    assert out.startswith("1 fix made.\n  fixed plan.yaml:9  write 400KEUR as 400 kEUR\n\nOf each 100 EUR")
    assert plan.read_bytes() == before.replace(b"400KEUR", b"400 kEUR")
    assert run("check", "--fix", *DAY)[1].startswith("nothing to fix.\n")


def test_unsafe_fixes_are_shown_in_a_pipe_and_made_only_when_agreed(plan, edit):
    edit(
        "      enables: [search, fair]\n      stop_when: awareness",
        "      enables: [serch, fair]\n      stop_when: awareness",
    )
    before = plan.read_bytes()
    code, out, err = run("check", "--fix", "--unsafe", *DAY)
    assert code == 1
    assert "-      enables: [serch, fair]\n+      enables: [search, fair]" in err
    assert "it was shown and not agreed to" in " ".join(out.split())
    assert plan.read_bytes() == before
    document = json.loads(run("check", "--fix", "--json", *DAY)[1])
    (left,) = document["left"]
    assert (document["fixed"], left["code"], left["safety"]) == ([], "PLN002", "unsafe")
    assert "+      enables: [search, fair]" in left["diff"]
    (finding,) = (one for one in document["findings"] if one["code"] == "PLN002")
    assert finding["fixes"] == [{"safety": "unsafe", "edits": [{"path": "tactics.list.1.enables.0", "text": "search"}]}]
    assert run("check", "--fix", "--unsafe", "--yes", *DAY)[0] == 0
    assert plan.read_bytes() == before.replace(b"[serch, fair]", b"[search, fair]")


@pytest.mark.parametrize(
    ("answer", "agreed"), [("y\n", True), ("Yes\n", True), ("\n", False), ("n\n", False), ("", False)]
)
def test_at_a_terminal_each_unsafe_fix_is_asked_for(plan, edit, monkeypatch, answer, agreed):
    edit("enables: [search, fair, retrofit]", "enables: [search, fair, retrofits]")
    asked = io.StringIO(answer)
    asked.isatty = lambda: True
    err = io.StringIO()
    err.isatty = lambda: True
    monkeypatch.setattr(fixing.sys, "stdin", asked)
    with redirect_stderr(err), redirect_stdout(io.StringIO()), pytest.raises(SystemExit):
        main(["check", "--fix", "--unsafe", *DAY])
    assert "apply this? [y/N] " in err.getvalue()
    assert ("retrofits]" not in plan.read_text(encoding="utf-8")) == agreed


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--unsafe",), "--unsafe goes with --fix"),
        (("--fix", "--yes"), "--yes agrees to unsafe fixes"),
        (("--fix", "--since", "main"), "Leave one of them out"),
    ],
)
def test_options_that_do_not_go_together_are_wrong_usage(plan, options, said):
    code, _, err = run("check", *options)
    assert code == 2
    assert said in err


def test_a_plan_in_a_revision_is_changed_by_nothing(repository):
    for verb in (
        ("check", "main:north/plan.yaml", "--fix"),
        ("review-link", "search", "--plan", "main:north/plan.yaml"),
    ):
        code, _, err = run(*verb)
        assert (code, "cannot be changed" in err) == (2, True)


# review-link and waive


def test_a_review_an_edit_and_a_check_tell_what_changed(plan, edit):
    """Mutant 10 of the example, as its text says to do it."""
    code, out, _ = run("review-link", "search", *DAY)
    assert code == 0
    assert out.splitlines()[-1] == "written: plan.yaml, ledger/fingerprints.jsonl"
    edit("target: {value: 85 count, by: 2027-12-31}", "target: {value: 88 count, by: 2027-12-31}")
    document = json.loads(run("check", "--json", *DAY)[1])
    (finding,) = (one for one in document["findings"] if one["waived_by"] is None)
    assert (finding["code"], finding["element"]["id"]) == ("PLN006", "search")
    assert [finding["values"][key] for key in ("field", "old", "new")] == ["target", "85 count", "88 count"]
    assert document["counts"]["links_unreviewed"] == document["counts"]["links"] - 1
    ledger = plan.parent / "ledger" / "fingerprints.jsonl"
    ledger.write_text(ledger.read_text(encoding="utf-8") + '{"kind": "cont', encoding="utf-8")
    code, out, err = run("check", *DAY)
    assert (code, "fingerprints.jsonl:6: the line is not whole" in err) == (0, True)
    assert "85 count" in out


def test_a_review_by_nobody_is_wrong_usage(plan, edit):
    edit("  driver: ines\n", "")
    code, _, err = run("review-link", "search", *DAY)
    assert code == 2
    assert "Nobody is named. Write --by NAME" in err


def test_a_waiver_is_written_and_says_what_it_suppresses(plan, edit):
    edit("channels: [trade-press, linkedin]", "channels: [linkedin]")
    edit("channels: [fair-stand]", "channels: [linkedin]")
    assert run("check", "--fail-on", "warning", *DAY)[0] == 1
    asked = (
        "waive",
        "BUD002",
        "linkedin",
        "--reason",
        "a pilot: one year",
        "--approved-by",
        "ines",
        "--expires",
        "2027-06-30",
    )
    code, out, _ = run(*asked, *DAY)
    assert code == 0
    assert out.startswith("BUD002 is waived for linkedin until 2027-06-30; as of 2027-01-02 it suppresses 1 finding\n")
    assert run("check", "--fail-on", "warning", *DAY)[0] == 0
    assert run("check", "--fail-on", "warning", "--as-of", "2027-06-30")[0] == 0
    assert run("check", "--fail-on", "warning", "--as-of", "2027-07-01")[0] == 1
    code, _, err = run(*asked[:-1], "next June", *DAY)
    assert (code, '--expires "next June" is not a day' in err) == (2, True)
