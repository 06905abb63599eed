"""The history of a plan: undone edits, what a kill leaves behind, what was changed elsewhere."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest

from leadline.errors import LeadlineError, PlanError
from leadline.plan import history as module
from leadline.plan.edits import Splice, replace_value
from leadline.plan.history import Entry, History, Outside, Overtaken, Saying
from leadline.plan.source import read_plan
from leadline.workspace import Workspace

NOW = dt.datetime.fromisoformat("2027-03-01T09:30")
PLAN = """\
plan: {id: p, currency: EUR}
tactics:
  list:
    - id: ads
      budget: 10 kEUR  # agreed
      hours: 5 h
    - id: fair
      budget: 20 kEUR
"""


class Killed(BaseException):
    """What a kill looks like from inside: nothing after it runs."""


@pytest.fixture
def history(tmp_path: Path) -> History:
    (tmp_path / "plan.yaml").write_text(PLAN)
    return History(Workspace(tmp_path))


def put(history: History, tactic: int, key: str, text: str, by: str = "ines") -> Entry:
    document = read_plan(history.workspace.plan)
    splice = replace_value(document, ("tactics", "list", tactic, key), value=text)
    name = document.plan.tactics.list[tactic].id
    entry = history.write(document, [splice], saying=Saying(NOW, by, f"{name}: {key}", (name,)))
    assert entry is not None
    return entry


def text(history: History) -> str:
    return history.workspace.plan.read_text()


def undo(history: History, entry: Entry) -> Entry:
    return history.undo(entry.id, at=NOW, by="olive")


def test_an_earlier_edit_is_undone_under_later_ones_and_done_again(history: History) -> None:
    first = put(history, 1, "budget", "25 kEUR")
    put(history, 0, "budget", "1234567 EUR")
    back = undo(history, first)
    assert text(history) == PLAN.replace("10 kEUR", "1234567 EUR")
    undo(history, back)
    assert text(history) == PLAN.replace("10 kEUR", "1234567 EUR").replace("20 kEUR", "25 kEUR")
    told = history.read()
    assert [bool(one.undone_by) for one in told.entries] == [False, False, True, False]
    assert [one.saying.said for one in told.entries][2:] == ["Taken back: fair: budget", "Done again: fair: budget"]


def test_an_edit_that_was_written_over_is_not_undone(history: History) -> None:
    first = put(history, 0, "budget", "11 kEUR")
    second = put(history, 0, "budget", "12 kEUR")
    with pytest.raises(LeadlineError, match="was changed since"):
        undo(history, first)
    undo(history, second)
    undo(history, first)
    assert text(history) == PLAN
    with pytest.raises(LeadlineError, match="taken back already"):
        undo(history, first)


def test_after_an_edit_elsewhere_what_still_stands_is_undone_and_what_does_not_is_told(history: History) -> None:
    ads, fair = put(history, 0, "budget", "11 kEUR"), put(history, 1, "budget", "25 kEUR")
    by_hand = "# looked at on Monday\n" + text(history).replace("11 kEUR", "13 kEUR")
    history.workspace.plan.write_text(by_hand)
    events = history.read().events
    assert isinstance(events[-1], Outside)
    assert events[-1].file == "plan.yaml"
    with pytest.raises(LeadlineError, match="was changed since"):
        undo(history, ads)
    undo(history, fair)
    assert text(history) == by_hand.replace("25 kEUR", "20 kEUR")
    assert [isinstance(one, Outside) for one in history.read().events] == [False, False, True, False]


def test_text_that_stands_twice_after_an_edit_elsewhere_is_not_guessed_at(history: History) -> None:
    entry = put(history, 1, "budget", "25 kEUR")
    block = text(history)[text(history).index("    - id: ads") :]
    history.workspace.plan.write_text(text(history) + block.replace("ads", "ads2").replace("fair", "fair2") + block)
    with pytest.raises(LeadlineError, match="was changed since"):
        undo(history, entry)


def test_a_document_that_is_no_longer_what_stands_there_is_refused(history: History) -> None:
    document = read_plan(history.workspace.plan)
    put(history, 0, "hours", "6 h")
    between = text(history)
    splice = replace_value(document, ("tactics", "list", 1, "budget"), value="1 kEUR")
    with pytest.raises(Overtaken):
        history.write(document, [splice], saying=Saying(NOW, "ines", "x"))
    assert text(history) == between


def test_what_could_not_be_read_again_is_never_written(history: History) -> None:
    document = read_plan(history.workspace.plan)
    with pytest.raises(PlanError):
        history.write(document, [Splice(next(iter(document.texts)), 0, 4, "{[")], saying=Saying(NOW, "ines", "x"))
    assert text(history) == PLAN
    assert not history.workspace.edits.exists()


def kill(*_: object) -> None:
    raise Killed


def test_killed_between_saying_and_writing_the_edit_never_came_to_be_and_is_told(
    history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(module, "save", kill)
        patched.setattr(History, "_settled", lambda self: ([], ()))  # after a kill nothing settles
        with pytest.raises(Killed):
            put(history, 0, "budget", "11 kEUR")
    assert text(history) == PLAN
    assert [one.state for one in history.read().entries] == ["dropped"]
    put(history, 0, "budget", "12 kEUR")
    assert [one.state for one in history.read().entries] == ["dropped", "landed"]


def test_killed_after_writing_the_edit_stands_and_can_be_undone(history: History) -> None:
    entry = put(history, 0, "budget", "11 kEUR")
    lines = history.workspace.edits.read_text().splitlines(keepends=True)
    history.workspace.edits.write_text(lines[0])  # the line that says it landed was never written
    assert [one.state for one in History(history.workspace).read().entries] == ["landed"]
    undo(history, entry)
    assert text(history) == PLAN


def test_killed_between_two_files_the_second_is_written_at_the_next_reading(tmp_path: Path) -> None:
    folder = tmp_path / "plan"
    folder.mkdir()
    (folder / "plan.yaml").write_text("plan: {id: p}\n")
    (folder / "tactics.yaml").write_text("list:\n  - {id: ads}\n")
    history = History(Workspace(tmp_path))
    document = read_plan(folder)
    splices = [
        replace_value(document, ("plan", "id"), value="q"),
        replace_value(document, ("tactics", "list", 0, "id"), value="posters"),
    ]
    history.write(document, splices, saying=Saying(NOW, "ines", "both"))
    lines = history.workspace.edits.read_text().splitlines(keepends=True)
    history.workspace.edits.write_text(lines[0])
    (folder / "tactics.yaml").write_text("list:\n  - {id: ads}\n")  # as if only the first had been renamed into place
    assert [one.state for one in history.read().entries] == ["landed"]
    assert (folder / "tactics.yaml").read_text() == "list:\n  - {id: posters}\n"
    assert (folder / "plan.yaml").read_text() == "plan: {id: q}\n"


def test_killed_and_then_changed_elsewhere_nothing_is_guessed(history: History) -> None:
    put(history, 0, "budget", "11 kEUR")
    lines = history.workspace.edits.read_text().splitlines(keepends=True)
    history.workspace.edits.write_text(lines[0])
    history.workspace.plan.write_text(PLAN + "# by hand\n")
    assert [one.state for one in history.read().entries] == ["unclear"]
    assert text(history) == PLAN + "# by hand\n"


def test_a_line_cut_off_by_a_kill_is_told_and_spoils_no_other(history: History) -> None:
    put(history, 0, "budget", "11 kEUR")
    with history.workspace.edits.open("a") as file:
        file.write('{"id": "abc", "at": "2027')
    put(history, 0, "budget", "12 kEUR")
    told = history.read()
    assert [one.state for one in told.entries] == ["landed", "landed"]
    assert len(told.notes) == 1
    assert all(json.loads(line) for line in history.workspace.edits.read_text().splitlines() if line.endswith("}"))


def test_the_edits_of_an_element_follow_its_renames(history: History) -> None:
    put(history, 0, "budget", "11 kEUR")
    put(history, 1, "budget", "21 kEUR")
    told = history.read()
    assert [one.saying.said for one in told.of("posters", moved={"ads": "posters"})] == ["ads: budget"]
    assert told.of("ads", moved={"ads": "posters"}) == ()


def test_an_edit_that_came_to_be_on_a_disk_that_is_full_now_is_noted_later(
    history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = module.append_line

    def full(path: Path, record: dict[str, object]) -> None:
        if "landed" in record:
            raise OSError(28, "No space left on device")
        write(path, record)

    with monkeypatch.context() as patched:
        patched.setattr(module, "append_line", full)
        entry = put(history, 1, "budget", "25 kEUR")
    assert "25 kEUR" in text(history)
    assert [(one.id, one.state) for one in history.read().entries] == [(entry.id, "landed")]


def test_what_a_full_disk_took_of_a_file_or_a_line_is_not_left_in_the_way(
    history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    put(history, 1, "budget", "25 kEUR")
    before = sorted(path.name for path in history.workspace.folder.iterdir())
    with monkeypatch.context() as patched:
        patched.setattr("leadline.plan.saving.os.fsync", full)
        with pytest.raises(OSError, match="No space left"):
            put(history, 0, "budget", "11 kEUR")
    assert sorted(path.name for path in history.workspace.folder.iterdir()) == before
    put(history, 0, "budget", "12 kEUR")
    assert "12 kEUR" in text(history)
