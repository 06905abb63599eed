"""Kept in a workspace: every byte outside the answer stays, nobody's words are written over, nothing is half done."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from dataclasses import replace

import pytest

from leadline.plan.diff import diff
from leadline.plan.interview import Desk, Session, State, read_flow
from leadline.plan.interview.keeping import replace_file
from leadline.plan.source import parse_plan, read_plan

NOW = dt.datetime(2026, 12, 31, 9, 30, tzinfo=dt.UTC)
EXAMPLES = ("halden-pumps", "tidewater-cycles", "safe-harbour-reading", "olist")


@pytest.fixture
def desk(tmp_path, answered):
    (tmp_path / "plan.yaml").write_text(answered.document.texts["plan.yaml"], encoding="utf-8")
    return Desk(tmp_path / "plan.yaml", tmp_path / "evidence" / "interview.json")


def begun(desk, interviewing, *, flow="first", **more):
    session = Session.begin(read_flow(flow), desk.read(), today=interviewing.today, state=desk.read_state(flow))
    return replace(session, **more)


def commented(text):
    """Return a plan with a comment at every level: above, beside a key, inside a list, at the end of an element."""
    lines = []
    for number, line in enumerate(text.splitlines()):
        bare = line.strip()
        is_open = bare.endswith(("|", ">")) or line.count("{") != line.count("}") or line.count("[") != line.count("]")
        beside = bare and "#" not in bare and not is_open and '"' not in bare and "'" not in bare
        if bare and not line.startswith(" "):
            lines.append(f"# over {number}")
        lines.append(f"{line}   # beside {number}" if beside else line)
    return "\n".join([*lines, "# the end", ""])


ANSWERS = {
    "first.not": "no trade shows",
    "first.frame": "Somebody, 2027, {currency}, 500 k{currency}",
    "first.driver": "Zoe, 12 h/week",
    "first.hangout@{segment}": 'a club; "is it worth it, really?"',
    "first.because@{tactic}": "Doing a thing for people who need it changes what they do because they see it work",
    "first.cost@{tactic}": "7 k{currency}, 20 h, 2027-03-01..2027-04-30, no answer in 8 weeks",
}


@pytest.mark.slow
@pytest.mark.parametrize("name", EXAMPLES)
def test_comments_and_untouched_bytes_stay_in_the_example_plans(name, shared, tmp_path, interviewing):
    text = commented((shared / "examples" / name / "plan.yaml").read_text(encoding="utf-8"))
    (tmp_path / "plan.yaml").write_text(text, encoding="utf-8")
    desk = Desk(tmp_path / "plan.yaml", tmp_path / "evidence" / "interview.json")
    document = desk.read()
    plan = document.plan
    names = {
        "segment": plan.situation.segments[0].id,
        "tactic": plan.tactics.list[0].id,
        "currency": plan.plan.currency,
    }
    for key, line in ANSWERS.items():
        session = begun(desk, interviewing)
        before = desk.plan.read_text(encoding="utf-8")
        outcome = desk.act(
            session, lambda now, k=key, said=line: now.answer(said.format(**names), key=k.format(**names)), now=NOW
        )
        assert outcome.kind == "written", (key, outcome.says)
        after = desk.plan.read_text(encoding="utf-8")
        assert untouched(before, after), key
    assert all(f"# beside {number}" in after for number in range(3, 9) if f"# beside {number}" in text)
    assert after.endswith("# the end\n")
    assert after.count("#") == text.count("#")
    changed = {change.id for change in diff(parse_plan(text).plan, desk.read().plan)}
    assert names["tactic"] in changed


def untouched(before, after):
    """Say whether every line that was there is there still, in its order, but for the few that hold an answer."""
    import difflib

    matcher = difflib.SequenceMatcher(None, before.splitlines(), after.splitlines(), autojunk=False)
    gone = sum(end - start for tag, start, end, _, _ in matcher.get_opcodes() if tag in ("replace", "delete"))
    return gone <= 6


def test_an_answer_is_in_the_file_at_once_and_the_state_beside_it(desk, interviewing):
    session = begun(desk, interviewing).go("first.not")
    outcome = desk.reply(session, "weddings", now=NOW)
    assert outcome.kind == "written"
    assert desk.read().plan.strategy.levels[2].not_doing == ("weddings",)
    state = json.loads(desk.state.read_text(encoding="utf-8"))
    assert (state["flow"], state["asked"], state["time"]) == ("first", ["first.not"], "2026-12-31T09:30:00+00:00")


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{"flow": "quick", "asked": [], "skipped": []}', '{"flow": "first"}']
)
def test_a_state_that_is_lost_damaged_or_of_another_flow_counts_as_none(content, desk):
    desk.state.parent.mkdir()
    desk.state.write_text(content, encoding="utf-8")
    assert desk.read_state("first") == State("first")


def test_somebody_elses_answer_is_told_and_not_written_over(desk, interviewing):
    session = begun(desk, interviewing).go("first.not")
    mine = desk.plan.read_text(encoding="utf-8")
    theirs = mine.replace("[chemicals, distributors]", "[exports]")
    desk.plan.write_text(theirs, encoding="utf-8")
    lost = desk.reply(session, "weddings", now=NOW)
    assert lost.kind == "conflict"
    assert "was set to ['exports']; your answer says ['weddings']" in lost.says[0]
    assert desk.plan.read_text(encoding="utf-8") == theirs
    again = desk.reply(lost.session.go("first.not"), "weddings", now=NOW)
    assert again.kind == "written"
    assert desk.read().plan.strategy.levels[2].not_doing == ("weddings",)


def test_a_change_elsewhere_in_the_file_is_kept_with_the_answer(desk, interviewing):
    session = begun(desk, interviewing).go("first.not")
    text = desk.plan.read_text(encoding="utf-8")
    desk.plan.write_text(text.replace("title: Halden Pumps 2027", "title: Ours  # by hand"), encoding="utf-8")
    outcome = desk.reply(session, "weddings", now=NOW)
    assert outcome.kind == "written"
    kept = desk.plan.read_text(encoding="utf-8")
    assert "title: Ours  # by hand" in kept
    assert "not_doing: [weddings]" in kept


def test_what_somebody_answered_meanwhile_does_not_turn_a_line_into_the_next_answer(desk, interviewing):
    text = desk.plan.read_text(encoding="utf-8")
    desk.plan.write_text(text.replace(", not_doing: [chemicals, distributors]", ""), encoding="utf-8")
    session = begun(desk, interviewing)
    assert session.next().key == "first.not"
    desk.plan.write_text(text, encoding="utf-8")
    outcome = desk.reply(session, "weddings", now=NOW)
    assert outcome.kind == "conflict"
    assert desk.plan.read_text(encoding="utf-8") == text


def test_taking_back_never_takes_back_somebody_elses_words(desk, interviewing):
    session = desk.reply(begun(desk, interviewing).go("first.not"), "weddings", now=NOW).session
    text = desk.plan.read_text(encoding="utf-8").replace("title: Halden Pumps 2027", "title: Ours")
    desk.plan.write_text(text, encoding="utf-8")
    outcome = desk.act(session, lambda now: now.back(), now=NOW)
    assert outcome.kind == "conflict"
    assert desk.plan.read_text(encoding="utf-8") == text


def test_a_plan_in_a_folder_is_answered_file_by_file(answered, tmp_path, interviewing):
    folder = tmp_path / "plan"
    folder.mkdir()
    head, _, rest = answered.document.texts["plan.yaml"].partition("metrics:")
    (folder / "a.yaml").write_text(head, encoding="utf-8")
    (folder / "b.yaml").write_text("metrics:" + rest, encoding="utf-8")
    desk = Desk(folder, tmp_path / "evidence" / "interview.json")
    before = (folder / "b.yaml").read_bytes()
    outcome = desk.reply(begun(desk, interviewing).go("first.driver"), "Zoe, 12 h/week", now=NOW)
    assert outcome.kind == "written"
    assert read_plan(folder).plan.plan.driver == "zoe"
    assert b"driver: zoe" in (folder / "a.yaml").read_bytes()
    assert (folder / "b.yaml").read_bytes() != before  # Zoe is listed among the people


def test_a_write_that_fails_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "plan.yaml"
    path.write_text("old", encoding="utf-8")

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("leadline.plan.interview.keeping.os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        replace_file(path, "new")
    assert path.read_text(encoding="utf-8") == "old"
    assert [one.name for one in tmp_path.iterdir()] == ["plan.yaml"]


def test_windows_line_ends_stay(desk, interviewing):
    text = desk.plan.read_text(encoding="utf-8").replace("\n", "\r\n")
    desk.plan.write_bytes(text.encode())
    desk.reply(begun(desk, interviewing).go("first.driver"), "Zoe, 12 h/week", now=NOW)
    kept = desk.plan.read_bytes()
    assert kept.count(b"\r\n") == kept.count(b"\n")
    assert b"driver: zoe\r\n" in kept


def test_a_copy_of_the_folder_is_a_copy_of_the_interview(desk, interviewing, tmp_path):
    desk.reply(begun(desk, interviewing).go("first.not"), "", now=NOW)
    other = shutil.copytree(desk.plan.parent, tmp_path / "copy")
    copied = Desk(other / "plan.yaml", other / "evidence" / "interview.json")
    assert copied.read_state("first").skipped == ("first.not",)
