"""Editing in a workspace: bytes outside stay, undo gives them back, two writers never overwrite each other."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leadline.plan import source, yaml_nodes
from leadline.plan.diff import renames
from leadline.plan.editing.desk import Desk, Lost, Order, Saved, Unfit
from leadline.plan.editing.fields import form_of, known_ids
from leadline.plan.editing.shapes import SHARED
from leadline.plan.editing.typed import as_typed, read_typed, said
from leadline.plan.editing.whole import Refused, pointing_at, rename, take_out
from leadline.plan.editing.writing import write
from leadline.plan.edits import apply, spliced
from leadline.plan.elements import KINDS
from leadline.plan.examples import example
from leadline.plan.history import Saying
from leadline.plan.naming import ids
from leadline.plan.reading import feed
from leadline.plan.source import Document, parse_plan, parse_texts
from leadline.workspace import Workspace

NOW = dt.datetime.fromisoformat("2027-03-01T09:30")
PLANS = ("halden-pumps", "tidewater-cycles", "safe-harbour-reading", "olist")
DOCUMENTS = {name: parse_plan(example(name)) for name in PLANS}
FITTING = {
    "quantity": ["12 kEUR", "3 h", "7"], "estimate": ["9..14..19 %", "22 kEUR"], "date": ["2027-05-06"],
    "range": ["2027-02-01..2027-02-28"], "cadence": ["month", "10 days"], "number": ["0.5"], "whole": ["3"],
    "amounts": ["20 kEUR", "2027-Q1: 1 kEUR\n2027-05: 2 kEUR"], "pairs": ["a: 1\nb: 2"], "numbers": ["1\n0.5"],
    "yes_no": ["true", "no"], "day_or_yes": ["yes", "2027-01-02"], "ref": ["some-id"], "refs": ["one\ntwo"],
    "list": ["free words\nmore: words"],
}  # fmt: skip
WORDS = st.text(st.sampled_from("ab yn:#,?'\"\n-{}[]&*!|>%@`\\é☂"), max_size=24)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    (tmp_path / "plan.yaml").write_text(example("tidewater-cycles"), encoding="utf-8", newline="")
    return Desk(Workspace(tmp_path))


def order(desk: Desk, element: str, **typed: str) -> Order:
    form = form_of(desk.read(), element)
    fields = {name.replace("__", "."): text for name, text in typed.items()}
    return Order(
        element,
        {name: [text] for name, text in fields.items()},
        {name: list(form.leaves[name].values) for name in fields},
    )


def text(desk: Desk) -> str:
    return desk.workspace.plan.read_bytes().decode()


def saved(outcome: object) -> Saved:
    assert isinstance(outcome, Saved)
    return outcome


@st.composite
def edited(draw: st.DrawFn) -> tuple[str, str, dict[str, list[str]]]:
    name = draw(st.sampled_from(PLANS))
    document = DOCUMENTS[name]
    element = draw(st.sampled_from([*ids(document.plan), document.plan.plan.id, SHARED]))
    leaves = form_of(document, element).leaves
    typed = {}
    for leaf in draw(st.lists(st.sampled_from(sorted(leaves)), min_size=1, max_size=4, unique=True)):
        shape = leaves[leaf].shape
        fitting = shape.choices or FITTING.get(shape.control)
        typed[leaf] = [draw(st.sampled_from(["", *fitting]) if fitting else WORDS)]
    return name, element, typed


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(edited())
def test_what_was_typed_stands_in_the_file_and_nothing_else_moves(
    picked: tuple[str, str, dict[str, list[str]]],
) -> None:
    name, element, typed = picked
    document = DOCUMENTS[name]
    form = form_of(document, element)
    read = read_typed(form, typed)
    if read.problems:
        return
    after = parse_texts(spliced(document.texts, write(document, form, edits=read.edits)))
    standing = form_of(after, element).leaves
    for edit in read.edits:
        if edit.values and edit.field.path[-2:-1] != (0,):  # rows move up where one above them went
            assert said(edit.field, standing[edit.field.name].values) == edit.values, edit.field.name
    changed = {edit.field.path[0] for edit in read.edits}
    old, new = form_of(document, element), form_of(after, element)
    assert [one for one in old.fields if one.path[0] not in changed] == [
        one for one in new.fields if one.path[0] not in changed
    ]
    assert others(document, element) == others(after, element)
    assert comments_of(document) <= comments_of(after) | {"# "}


def others(document: Document, element: str) -> list[tuple[str, object]]:
    names = [name for name in [*ids(document.plan), document.plan.plan.id, SHARED] if name != element]
    return [(name, form_of(document, name).values) for name in names]


def comments_of(document: Document) -> set[str]:
    """Return the comments on lines of their own."""
    return {
        line.strip() for one in document.texts.values() for line in one.split("\n") if line.strip().startswith("# ")
    }


@settings(
    max_examples=3, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
@given(examples=st.lists(edited(), min_size=1, max_size=3))
def test_edits_undone_from_the_last_give_every_byte_back(
    tmp_path_factory: pytest.TempPathFactory, examples: list[tuple[str, str, dict[str, list[str]]]]
) -> None:
    desk = Desk(Workspace(tmp_path_factory.mktemp("w")))
    before = example("tidewater-cycles")
    desk.workspace.plan.write_text(before, encoding="utf-8", newline="")
    made = []
    for _, element, typed in examples:
        if element in ids(desk.read().plan):
            outcome = desk.save(Order(element, typed, {}), at=NOW, by="ines")
            made += [outcome.entry] if isinstance(outcome, Saved) and outcome.entry else []
    last = text(desk)
    undone = [desk.history.undo(entry.id, at=NOW, by="ines") for entry in reversed(made)]
    assert text(desk) == before
    for entry in reversed(undone):
        desk.history.undo(entry.id, at=NOW, by="ines")
    assert text(desk) == last


def test_a_value_the_model_cannot_take_is_told_beside_its_field_and_not_written(desk: Desk) -> None:
    before = text(desk)
    outcome = desk.save(order(desk, "fix", hours="lots", intent="sell", expects__0__change="x"), at=NOW, by="ines")
    assert isinstance(outcome, Unfit)
    assert {problem.name for problem in outcome.problems} == {"hours", "intent", "expects.0.change"}
    assert all(problem.text.endswith(".") and problem.typed in problem.text for problem in outcome.problems)
    assert text(desk) == before


def test_edits_of_different_fields_merge_and_of_the_same_field_show_all_three_sides(desk: Desk) -> None:
    mine, theirs = order(desk, "fix", budget="7 kGBP"), order(desk, "fix", hours="30 h", budget="8 kGBP")
    other_field = order(desk, "fix", mechanism="Because it works")
    saved(desk.save(theirs, at=NOW, by="olive"))
    saved(desk.save(other_field, at=NOW, by="ines"))
    between = text(desk)
    lost = desk.save(mine, at=NOW, by="ines")
    assert isinstance(lost, Lost)
    assert [(one.name, one.base, one.theirs, one.yours) for one in lost.sides] == [
        ("budget", ("6 kGBP",), ("8 kGBP",), ("7 kGBP",))
    ]
    assert text(desk) == between
    assert "hours: 30 h" in between
    assert "mechanism: Because it works" in between


def test_an_element_that_somebody_took_out_meanwhile_is_a_lost_race(desk: Desk) -> None:
    mine = order(desk, "fix", budget="7 kGBP")
    desk.workspace.plan.write_text(text(desk).replace("id: fix\n", "id: mend\n"), encoding="utf-8", newline="")
    assert desk.save(mine, at=NOW, by="ines") == Lost((), gone=True)


def test_an_edit_in_an_editor_between_reading_and_writing_is_kept(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    document, wrote = desk.read(), []

    def read_then_race() -> Document:
        found = Desk.read(desk)
        if not wrote:
            wrote.append(1)
            desk.workspace.plan.write_text("# by hand\n" + text(desk), encoding="utf-8", newline="")
        return found

    mine = order(desk, "fix", budget="7 kGBP")
    monkeypatch.setattr(desk, "read", read_then_race)
    saved(desk.save(mine, at=NOW, by="ines"))
    assert text(desk).startswith("# by hand\n")
    assert "budget: 7 kGBP" in text(desk)
    assert document.plan.plan.id == "tidewater-2027"


def test_the_plan_as_typed_says_what_the_plan_as_written_will_say(desk: Desk) -> None:
    document = desk.read()
    form = form_of(document, "fix")
    read = read_typed(form, {"budget": ["9 kGBP"], "serves": [""], "expects.0.change": ["nonsense"], "hours": ["3 h"]})
    typed = as_typed(document, form, read=read)
    good = read_typed(form, {"budget": ["9 kGBP"], "serves": [""], "hours": ["3 h"]})
    written = apply(document, write(document, form, edits=good.edits))
    mine, theirs = (next(one for one in each.plan.tactics.list if one.id == "fix") for each in (typed, written))
    assert mine.model_copy(update={"expects": ()}) == theirs.model_copy(update={"expects": ()})
    assert mine.budget != next(one for one in document.plan.tactics.list if one.id == "fix").budget


def test_an_edit_of_a_field_reads_the_new_text_once(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    given = order(desk, "fix", name="Another name")
    read: list[str] = []
    compose = yaml_nodes.compose
    monkeypatch.setattr(
        source, "compose", lambda text, *rest, **named: read.append(text) or compose(text, *rest, **named)
    )
    assert isinstance(desk.save(given, at=NOW, by="ines"), Saved)
    assert read == [desk.workspace.plan.read_text(encoding="utf-8")]


def test_a_key_without_a_value_stands_in_the_plan_as_written_though_the_model_has_it_not() -> None:
    document = parse_plan("plan: {id: p}\nobjectives:\n  - {id: one, metric: order, serves: }\n")
    assert not any(fault.path == ("objectives", 0, "serves") for fault in document.faults)
    assert "serves" in feed(document.written)["objectives"][0]  # type: ignore[index]  # plain lists and mappings


def test_what_the_model_could_not_take_is_shown_as_written_and_can_be_mended() -> None:
    document = parse_plan(
        "plan: {id: p, currency: EUR}\ntactics:\n  list:\n    - id: ads\n      budget: lots  # who knows\n      intent: sell\n"
    )
    form = form_of(document, "ads")
    assert form.values == {"budget": ("lots",), "intent": ("sell",)}
    after = apply(document, write(document, form, edits=read_typed(form, {"budget": ["3 kEUR"], "intent": [""]}).edits))
    assert "      budget: 3 kEUR  # who knows\n" in after.texts["plan.yaml"]
    assert not after.faults


def test_a_row_is_added_changed_and_taken_out(desk: Desk) -> None:
    saved(desk.save(order(desk, "fix", delivers__0__metric="booking", delivers__0__count="3..4..5"), at=NOW, by="i"))
    saved(desk.save(order(desk, "fix", delivers__1__metric="joined", delivers__1__count="1..2..3"), at=NOW, by="i"))
    assert [one.metric for one in tactic(desk).delivers] == ["booking", "joined"]
    saved(desk.save(Order("fix", {"delivers.0.-": ["1"]}, {}), at=NOW, by="i"))
    assert [one.metric for one in tactic(desk).delivers] == ["joined"]
    saved(desk.save(Order("fix", {"delivers.0.-": ["1"]}, {}), at=NOW, by="i"))
    assert "delivers" not in form_of(desk.read(), "fix").values
    assert not desk.read().faults


def tactic(desk: Desk, identity: str = "fix") -> object:
    return next(one for one in desk.read().plan.tactics.list if one.id == identity)


def test_a_link_keeps_its_review_stamp_when_another_is_added() -> None:
    document = parse_plan(
        "plan: {id: p}\nobjectives: [{id: a}, {id: b}]\ntactics: {list: [{id: t, serves: [{ref: a, seen: 12ab}]}]}\n"
    )
    form = form_of(document, "t")
    after = apply(document, write(document, form, edits=read_typed(form, {"serves": ["a", "b"]}).edits))
    assert "serves: [{ref: a, seen: 12ab}, b]" in after.texts["plan.yaml"]


def test_names_ticked_in_another_order_are_the_same_names() -> None:
    document = parse_plan(
        "plan: {id: p}\nobjectives: [{id: a}, {id: b}, {id: c}]\ntactics: {list: [{id: t, serves: [b, a]}]}\n"
    )
    form = form_of(document, "t")
    assert not read_typed(form, {"serves": ["", "a", "b"]}).edits
    after = apply(document, write(document, form, edits=read_typed(form, {"serves": ["a", "b", "c"]}).edits))
    assert "serves: [b, a, c]" in after.texts["plan.yaml"]


def test_a_new_element_gets_an_id_from_its_name_and_stands_behind_the_others(desk: Desk) -> None:
    done = saved(desk.begin("tactic", {"name": ["Fix a flat"], "budget": ["2 kGBP"]}, at=NOW, by="ines"))
    assert done.element == "fix-a-flat"
    assert done.after.plan.tactics.list[-1].name == "Fix a flat"
    with pytest.raises(Refused, match="is the id of something else"):
        desk.begin("tactic", {"id": ["fix"]}, at=NOW, by="ines")


@pytest.mark.parametrize("is_folder", [False, True], ids=["file", "folder"])
def test_the_first_element_of_every_kind_can_be_begun_in_the_smallest_plan(tmp_path: Path, *, is_folder: bool) -> None:
    folder = tmp_path / "plan" if is_folder else tmp_path
    folder.mkdir(exist_ok=True)
    (folder / "plan.yaml").write_text("plan: {id: p, currency: EUR}  # the head\n")
    if is_folder:
        (folder / "1-objectives.yaml").write_text("[]\n")
    desk = Desk(Workspace(tmp_path))
    for kind in [*KINDS.values()][:: 3 if is_folder else 1]:
        done = saved(desk.begin(kind, {"name": [f"The {kind}"]}, at=NOW, by="ines"))
        assert form_of(done.after, done.element).values["name"] == (f"The {kind}",)
        assert not done.after.faults
    assert (folder / "plan.yaml").read_text().startswith("plan: {id: p, currency: EUR}  # the head\n")
    made = desk.history.read().entries
    for entry in reversed(made):
        desk.history.undo(entry.id, at=NOW, by="ines")
    assert (folder / "plan.yaml").read_text() == "plan: {id: p, currency: EUR}  # the head\n"


def test_an_element_that_others_name_stays_and_one_that_nobody_names_goes(desk: Desk) -> None:
    document = desk.read()
    assert "fix" in {one.element[1] for one in pointing_at(document, "collect-2027") if one.element}
    with pytest.raises(Refused, match=r"is named by .*fix"):
        take_out(document, "collect-2027")
    done = saved(desk.begin("tactic", {"name": ["Passing"]}, at=NOW, by="ines"))
    gone = take_out(done.after, "passing")
    after = desk.write(done.after, gone, saying=Saying(NOW, "ines", "passing: taken out", ("passing",))).after
    assert "passing" not in ids(after.plan)
    assert "fix" in ids(after.plan)


def test_a_new_id_goes_wherever_the_old_one_stood_and_is_kept_under_moved(desk: Desk) -> None:
    document = desk.read()
    before = len(pointing_at(document, "collect-2027"))
    after = apply(document, rename(document, "collect-2027", new="collected"))
    assert len(pointing_at(after, "collected")) == before > 0
    assert not pointing_at(after, "collect-2027")
    assert renames(after.plan)["collect-2027"] == "collected"
    assert len(after.faults) == len(document.faults)


def test_a_plan_in_a_folder_is_edited_in_the_file_that_holds_the_element(tmp_path: Path) -> None:
    folder = tmp_path / "plan"
    folder.mkdir()
    (folder / "plan.yaml").write_text("plan: {id: p, currency: EUR}\n")
    (folder / "objectives.yaml").write_text("- {id: grow}\n")
    (folder / "tactics.yaml").write_text("list:\n  - {id: ads, serves: [grow], budget: 2 kEUR}\n")
    desk = Desk(Workspace(tmp_path))
    done = saved(desk.save(Order("ads", {"budget": ["3 kEUR"]}, {}), at=NOW, by="ines"))
    assert done.entry is not None
    assert list(done.entry.hashes) == ["plan/tactics.yaml"]
    assert (folder / "tactics.yaml").read_text() == "list:\n  - {id: ads, serves: [grow], budget: 3 kEUR}\n"
    splices = rename(done.after, "grow", new="more")
    renamed = desk.write(done.after, splices, saying=Saying(NOW, "ines", "grow: more", ("grow",)))
    assert renamed.entry is not None
    assert len(renamed.entry.hashes) == 3
    desk.history.undo(renamed.entry.id, at=NOW, by="ines")
    assert (folder / "objectives.yaml").read_text() == "- {id: grow}\n"


def test_known_ids_say_what_people_call_things() -> None:
    found = known_ids(DOCUMENTS["tidewater-cycles"], ("segment",))
    assert found["commuters"] not in ("", "commuters")


def test_an_estimate_on_one_line_is_given_a_method_and_a_source_and_keeps_its_numbers(desk: Desk) -> None:
    plan = desk.read().plan
    metric = next(one for one in plan.metrics if one.worth is not None and one.worth.method is None)
    before, worth = text(desk), metric.worth
    assert worth is not None
    assert isinstance(desk.save(order(desk, metric.id, worth__method="expert"), at=NOW, by="Ada"), Saved)
    now = next(one.worth for one in desk.read().plan.metrics if one.id == metric.id)
    assert now is not None
    assert (now.method, now.low, now.base, now.high, now.unit) == (
        "expert",
        worth.low,
        worth.base,
        worth.high,
        worth.unit,
    )
    assert form_of(desk.read(), metric.id).leaves["worth.method"].values == ("expert",)
    assert len(text(desk).splitlines()) >= len(before.splitlines())


def test_an_estimate_without_a_method_stays_on_one_line(desk: Desk) -> None:
    metric = next(one for one in desk.read().plan.metrics if one.worth is not None and one.worth.method is None)
    assert isinstance(desk.save(order(desk, metric.id, worth__numbers="7..8..9 GBP"), at=NOW, by="Ada"), Saved)
    assert form_of(desk.read(), metric.id).leaves["worth.numbers"].values == ("7..8..9 GBP",)


def test_a_method_without_a_number_is_told_beside_it(desk: Desk) -> None:
    metric = next(one for one in desk.read().plan.metrics if one.worth is None)
    done = desk.save(order(desk, metric.id, worth__method="guess"), at=NOW, by="Ada")
    assert isinstance(done, Unfit)
    assert [one.name for one in done.problems] == ["worth.numbers"]
