"""Edits: the change asked for and no other; every byte outside the splice stays."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leadline.plan.edits import Splice, append_item, apply, insert_key, remove, replace_value, spliced
from leadline.plan.reading import feed
from leadline.plan.source import parse_plan
from leadline.plan.spelling import written
from leadline.plan.yaml_nodes import compose

HEAD = "plan: {id: p, window: 2027-01-01..2027-12-31, currency: EUR}\n"
BLOCK = (
    HEAD
    + """metrics:
  # what is counted
  - id: lead      # enquiries
    name: Enquiries
    owner:
  - id: sale
    tags: [a, b]   # two
objectives: []
control:
  waivers:
    - {id: w, code: MEA001,
       target: fair}   # folded
"""
)


def edited(document, splice):
    """Return the text after one splice, having checked that nothing outside it moved."""
    before, after = document.texts[splice.file], spliced(document.texts, [splice])[splice.file]
    assert after[: splice.start] == before[: splice.start]
    assert after[splice.start : splice.start + len(splice.text)] == splice.text
    assert after[splice.start + len(splice.text) :] == before[splice.end :]
    return after


@pytest.mark.parametrize(
    ("edit", "old", "new"),
    [
        (lambda d: replace_value(d, ("metrics", 0, "name"), value="Calls"), "name: Enquiries", "name: Calls"),
        (lambda d: replace_value(d, ("metrics", 0, "name"), value="a: b"), "name: Enquiries", 'name: "a: b"'),
        (lambda d: replace_value(d, ("metrics", 0, "owner"), value="mara"), "    owner:\n", "    owner: mara\n"),
        (lambda d: replace_value(d, ("metrics", 1, "tags"), value=["x, y"]), "[a, b]   # two", '["x, y"]   # two'),
        (lambda d: append_item(d, ("metrics", 1, "tags"), value="c: d"), "[a, b]   # two", '[a, b, "c: d"]   # two'),
        (lambda d: append_item(d, ("objectives",), value={"id": "o"}), "objectives: []", "objectives: [{id: o}]"),
        (
            lambda d: append_item(d, ("metrics",), value={"id": "call", "name": "Calls, all"}),
            "    tags: [a, b]   # two\n",
            '    tags: [a, b]   # two\n  - {id: call, name: "Calls, all"}\n',
        ),
        (
            lambda d: append_item(d, ("control", "waivers"), value={"id": "v"}),
            "       target: fair}   # folded\n",
            "       target: fair}   # folded\n    - {id: v}\n",
        ),
        (
            lambda d: append_item(d, ("control", "ideas"), value={"id": "i"}),
            "       target: fair}   # folded\n",
            "       target: fair}   # folded\n  ideas: [{id: i}]\n",
        ),
        (lambda d: append_item(d, ("metrics", 0, "owner"), value="x"), "    owner:\n", "    owner: [x]\n"),
        (lambda d: insert_key(d, ("metrics", 0), key="unit", value="count"), "    owner:\n", "    owner:\n    unit: count\n"),
        (lambda d: insert_key(d, ("control", "waivers", 0), key="reason", value="so?"), "fair}", 'fair, reason: "so?"}'),
        (lambda d: remove(d, ("metrics", 0, "name")), "    name: Enquiries\n", ""),
        (lambda d: remove(d, ("metrics", 0, "owner")), "    owner:\n", ""),
        (lambda d: remove(d, ("metrics", 0, "id")), "- id: lead      # enquiries\n    name", "- name"),
        (lambda d: remove(d, ("metrics", 1)), "  - id: sale\n    tags: [a, b]   # two\n", ""),
        (lambda d: remove(d, ("metrics", 1, "tags", 0)), "[a, b]", "[b]"),
        (lambda d: remove(d, ("metrics", 1, "tags", 1)), "[a, b]", "[a]"),
        (lambda d: remove(d, ("control", "waivers", 0, "code")), "code: MEA001,\n       ", ""),
        (lambda d: remove(d, ("control", "waivers", 0)), "- {id: w, code: MEA001,\n       target: fair}", "[]"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_an_edit_changes_these_characters_and_no_other(edit, old, new, newline):
    text = BLOCK.replace("\n", newline)
    document = parse_plan(text)
    after = edited(document, edit(document))
    assert after == text.replace(old.replace("\n", newline), new.replace("\n", newline))
    assert text.count(old.replace("\n", newline)) == 1


def test_one_bet_becomes_a_list_when_a_second_comes():
    document = parse_plan(HEAD + "tactics: {list: [{id: t, delivers: {metric: a, count: 3 count}}]}\n")
    bets = ("tactics", "list", 0, "delivers")
    after = apply(document, [append_item(document, bets, value={"metric": "b", "count": "4 count"})])
    assert "delivers: [{metric: a, count: 3 count}, {metric: b, count: 4 count}]}" in after.texts["plan.yaml"]
    assert [bet.metric for bet in after.plan.tactics.list[0].delivers] == ["a", "b"]
    again = apply(after, [remove(after, (*bets, 0))])
    assert [bet.metric for bet in again.plan.tactics.list[0].delivers] == ["b"]


def test_a_comma_at_the_end_of_a_list_is_used():
    document = parse_plan(HEAD + "metrics: [\n  {id: a},  # first\n]\n")
    after = edited(document, append_item(document, ("metrics",), value={"id": "b"}))
    assert after == HEAD + "metrics: [\n  {id: a}, {id: b}  # first\n]\n"
    assert [metric.id for metric in parse_plan(after).plan.metrics] == ["a", "b"]


def test_a_byte_order_mark_stays_where_it_was():
    document = parse_plan("\ufeff" + HEAD)
    after = edited(document, insert_key(document, (), key="metrics", value=[{"id": "a"}]))
    assert after == "\ufeff" + HEAD.rstrip("\n") + "\nmetrics: [{id: a}]\n"
    assert [metric.id for metric in parse_plan(after).plan.metrics] == ["a"]


def test_edits_of_what_is_not_there_say_the_next_step():
    document = parse_plan(BLOCK)
    with pytest.raises(KeyError, match=r"metrics\.7\.name does not stand in the file.*insert_key"):
        replace_value(document, ("metrics", 7, "name"), value="x")
    with pytest.raises(KeyError, match="stands there already"):
        insert_key(document, ("metrics", 0), key="name", value="x")
    with pytest.raises(KeyError, match="holds no keys"):
        insert_key(document, ("metrics", 0, "name"), key="x", value="y")


def test_edits_that_overlap_are_refused():
    document = parse_plan(BLOCK)
    with pytest.raises(ValueError, match="overlap at offset 5"):
        spliced(document.texts, [Splice("plan.yaml", 0, 9, "a"), Splice("plan.yaml", 5, 9, "b")])


def test_edits_in_a_folder_touch_their_file_alone(tmp_path):
    from leadline.plan.source import read_plan

    (tmp_path / "a.yaml").write_text(HEAD + "metrics:\n  - {id: a}\n")
    (tmp_path / "b.yaml").write_text("metrics:\n  - {id: b}\n  - {id: c}\n")
    document = read_plan(tmp_path)
    first, second = document.texts
    after = apply(document, [remove(document, ("metrics", 1)), append_item(document, ("metrics",), value={"id": "d"})])
    assert after.texts == {first: document.texts[first], second: "metrics:\n  - {id: c}\n  - {id: d}\n"}


@given(st.text(), st.booleans())
def test_any_text_reads_back_as_itself(text, in_flow):
    spelt = written(text, in_flow=in_flow)
    node = compose(f"a: [{spelt}]" if in_flow else f"a: {spelt}", "f")
    scalar = node.entries["a"].value.items[0] if in_flow else node.entries["a"].value
    assert scalar.text == text
    assert isinstance(feed(scalar), (str, int, float))
    assert "\n" not in spelt


VALUES = st.recursive(
    st.one_of(st.text(max_size=12), st.integers(-9, 9), st.booleans()),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(min_size=1, max_size=6), inner, max_size=3)
    ),
    max_leaves=5,
)


def at(value, path):
    for step in path:
        value = value[step]
    return value


def paths(value, base=()):
    yield base
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from paths(item, (*base, key))


def as_read(value):
    """Return what a written value reads back as: text of digits as a number, empty text stays."""
    return feed(compose(f"a: {written(value, in_flow=True)}", "f").entries["a"].value)


class Stub:
    """A document of any YAML, so that edits can be tried on more than plans."""

    def __init__(self, text):
        self.texts = {"f": text}
        self.root = compose(text, "f")


@pytest.mark.slow
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    where=st.floats(0, 0.9999),
    verb=st.sampled_from(["replace", "append", "insert", "remove"]),
    value=VALUES,
    pick=st.integers(0, 1),
)
def test_an_edit_anywhere_in_an_example_reads_back_as_exactly_that_change(shared, where, verb, value, pick):
    name = ("halden-pumps", "olist")[pick]
    document = Stub((shared / "examples" / name / "plan.yaml").read_text(encoding="utf-8"))
    before = feed(document.root)
    everywhere = list(paths(before))[1:]
    path = everywhere[int(where * len(everywhere))]
    wanted = feed(compose(document.texts["f"], "f"))
    target, parent = at(wanted, path), at(wanted, path[:-1])
    if verb == "replace":
        splice = replace_value(document, path, value=value)
        parent[path[-1]] = as_read(value)
    elif verb == "append":
        if not isinstance(target, list):
            return
        splice = append_item(document, path, value=value)
        target.append(as_read(value))
    elif verb == "insert":
        if not isinstance(target, dict):
            return
        splice = insert_key(document, path, key="new-key", value=value)
        target["new-key"] = as_read(value)
    else:
        splice = remove(document, path)
        del parent[path[-1]]
    after = edited(document, splice)
    assert feed(compose(after, "f")) == wanted
