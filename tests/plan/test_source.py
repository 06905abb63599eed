"""Reading: what YAML refuses, what the model refuses, and that everything else stays, with its place."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leadline.errors import PlanError
from leadline.plan.elements import located
from leadline.plan.source import parse_plan, read_plan
from leadline.plan.yaml_nodes import MAX_DEPTH, resolve

HEAD = "plan: {id: p, window: 2027-01-01..2027-12-31, currency: EUR}\n"


def kinds(document):
    return [(fault.kind, fault.text) for fault in document.faults]


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("yes", "yes"), ("No", "No"), ("on", "on"), ("true", True), ("False", False), ("~", None), ("null", None),
        ("", None), ("12", 12), ("-3", -3), ("007", 7), ("0o17", 15), ("0x1F", 31), ("1.5", 1.5), (".5", 0.5),
        ("1e3", 1000.0), ("-.inf", float("-inf")), ("12:30:45", "12:30:45"), ("2027-01-31", "2027-01-31"),
        ("1_000", "1_000"), ("0b101", "0b101"), ("1.2.3", "1.2.3"), ("NO", "NO"), ("=", "="), ("<<", "<<"),
        ("9" * 5000, "9" * 5000),
    ],
)  # fmt: skip
def test_a_plain_scalar_means_what_the_core_schema_of_yaml_1_2_says(text, meaning):
    assert resolve(text) == meaning
    assert type(resolve(text)) is type(meaning)


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("", "1:1", "holds no plan"),
        ("# nothing\n", "1:1", "holds no plan"),
        ("- a\n", "1:1", "mapping of sections"),
        ("hello", "1:1", "mapping of sections"),
        ("metrics: []\n", "1:1", "head of the plan is missing"),
        ("plan: pumpwatch\n", "1:7", "head of the plan is missing"),
        (HEAD + "metrics:\n\t- {id: a}\n", "3:1", "tab"),
        (HEAD + "metrics: [{id: a}\n", "3:1", "Close it"),
        (HEAD + "metrics: [{id: a, name: Fair: yes or no?}]\n", "2:29", "quotes"),
        (HEAD + "a: b: c\n", "2:5", "colon"),
        (HEAD + "objectives: &o []\n", "2:13", "Anchors"),
        (HEAD + "objectives: *o\n", "2:13", "Anchors"),
        (HEAD + "objectives: !!python/object:os.system []\n", "2:13", "tag"),
        (HEAD + "x: !mine y\n", "2:4", "tag"),
        (HEAD + 'x: "open\n', "2:4", "Close the quotes"),
        (HEAD + 'x: "\\q"\n', "2:5", "escape"),
        (HEAD + "---\nb: c\n", "2:1", "second document"),
        (HEAD + "x: @me\n", "2:4", "quotes"),
        (HEAD + "x: a\x07b\n", "2:5", "U+0007"),
        (HEAD + "x: " + "[" * 5000 + "]" * 5000, "1:1", f"{MAX_DEPTH} levels"),
        (HEAD + "x: " + "{a: " * 300 + "}" * 300, "1:1", f"{MAX_DEPTH} levels"),
    ],
)
def test_what_yaml_cannot_read_is_an_error_with_its_place(text, place, words):
    with pytest.raises(PlanError) as caught:
        parse_plan(text)
    assert str(caught.value).startswith(f"plan.yaml:{place}: ")
    assert words in str(caught.value)


def test_a_billion_laughs_are_refused_before_they_are_told():
    lines = ["a0: &a0 [lol]"] + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 40)]
    with pytest.raises(PlanError, match="Anchors"):
        parse_plan("\n".join(lines))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("plan: {id: ä}".encode("utf-16"), "UTF-16"),
        ("plan: {id: a}".encode("utf-16-le"), "UTF-16"),
        (b"PK\x03\x04rest", "zip file"),
        (b"plan: \x01\x00\x02", "not text"),
        ("plan: {id: p}\n# Größe".encode("cp1252"), r":2:5: Byte 0xF6 is not UTF-8 .*\"ö\""),
    ],
)
def test_a_file_that_is_no_utf_8_text_is_an_error_that_says_what_it_is(tmp_path, content, words):
    file = tmp_path / "plan.yaml"
    file.write_bytes(content)
    with pytest.raises(PlanError, match=words):
        read_plan(file)


def test_a_missing_file_is_an_error_with_the_next_step(tmp_path):
    with pytest.raises(PlanError, match=r"No such file.*leadline init"):
        read_plan(tmp_path / "plan.yaml")


def test_a_byte_order_mark_and_windows_line_ends_move_no_place():
    text = "\ufeffplan: {id: p}\r\nmetrics:\r\n  - {id: lead, unit: count}\r\n"
    document = parse_plan(text)
    assert str(document.place(("plan", "id"))) == "plan.yaml:1:12"
    assert str(document.place(("metrics", 0, "unit"))) == "plan.yaml:3:22"
    assert document.line("plan.yaml", 3) == "  - {id: lead, unit: count}"
    assert document.line("plan.yaml", 1) == "plan: {id: p}"
    assert document.texts["plan.yaml"] == text


def test_a_place_is_the_exact_stretch_of_a_value_or_of_its_key():
    text = HEAD + 'metrics:\n  - id: lead\n    name: "Enquiries: all"   # comment\n    unit: count\n'
    document = parse_plan(text)
    place = document.place(("metrics", 0, "name"))
    assert (place.line, place.column, place.end_line, place.end_column) == (4, 11, 4, 27)
    place = document.place(("metrics", 0, "name"), key=True)
    assert (place.line, place.column, place.end_column) == (4, 5, 9)
    element = document.place(("metrics", 0))
    assert (element.line, element.column, element.end_line, element.end_column) == (3, 5, 5, 16)
    assert document.place(("metrics", 0, "owner")) == element
    assert document.place(("objectives", 4, "metric")).line == 1


def test_a_single_bet_and_a_list_of_one_have_the_same_path():
    single = parse_plan(HEAD + "tactics: {list: [{id: t, delivers: {metric: m, count: 3 count}}]}\n")
    listed = parse_plan(HEAD + "tactics: {list: [{id: t, delivers: [{metric: m, count: 3 count}]}]}\n")
    path = ("tactics", "list", 0, "delivers", 0, "count")
    assert single.plan == listed.plan
    assert (single.place(path).column, listed.place(path).column) == (55, 56)


def test_an_unknown_key_is_taken_out_and_the_nearest_named():
    document = parse_plan(HEAD + "metrics:\n  - {id: lead, unti: count, better: up}\n")
    (fault,) = document.faults
    assert (fault.kind, fault.text, fault.values["nearest"]) == ("unknown_field", "unti", "unit")
    assert (str(fault.place), fault.place.end_column) == ("plan.yaml:3:16", 20)
    assert fault.element == ("metric", "lead")
    assert document.plan.metrics[0].better == "up"


def test_text_that_a_comma_broke_into_keys_is_told_with_its_quotes():
    document = parse_plan(HEAD + "strategy: {messages: [{id: m, claim: One hour, one child, all year, tone: warm}]}\n")
    (fault,) = document.faults
    assert fault.kind == "unquoted"
    assert fault.values["expected"] == 'claim: "One hour, one child, all year"'
    assert (str(fault.place), fault.place.end_column) == ("plan.yaml:2:38", 67)
    assert document.plan.strategy.messages[0].tone == "warm"


def test_a_value_in_a_flow_mapping_that_should_be_quoted_is_noted_beside_the_faults():
    document = parse_plan(HEAD + "control: {decisions: [{id: d, question: Fair or second?}]}\n")
    assert document.faults == ()
    assert [note.text for note in document.unquoted] == ["Fair or second?"]
    assert document.plan.control.decisions[0].question == "Fair or second?"


@pytest.mark.parametrize(
    ("line", "kind", "text"),
    [
        ("tactics: {list: [{id: t, budget: about 70 kEUR}]}", "bad_quantity", "about 70 kEUR"),
        ("tactics: {list: [{id: t, budget: .inf}]}", "bad_quantity", ".inf"),
        ("tactics: {list: [{id: t, budget: 1e999}]}", "bad_quantity", "1e999"),
        ("tactics: {list: [{id: t, budget: {2027-Q1: 3 kEUR, 2027-Q2: lots}}]}", "bad_quantity", "lots"),
        ("tactics: {list: [{id: t, budget: {2027-Q1: 3 kEUR, spring: 4 kEUR}}]}", "bad_value", "4 kEUR"),
        ("tactics: {list: [{id: t, delivers: {metric: m, count: 3..4}}]}", "bad_quantity", "3..4"),
        ("tactics: {list: [{id: t, delivers: {metric: m, count: {low: 3, high: 4}}}]}", "bad_quantity", "{low: 3, high: 4}"),
        ("tactics: {list: [{id: t, delivers: {count: {base: 3, method: gues}}}]}", "bad_quantity", "{base: 3, method: gues}"),
        ("tactics: {list: [{id: t, intent: aquire}]}", "bad_value", "aquire"),
        ("tactics: {list: [{id: t, dates: 2027-01-01}]}", "bad_value", "2027-01-01"),
        ("tactics: {list: [{id: t, segments: installed}]}", "bad_value", "installed"),
        ("metrics: [{id: t, value_event: yes}]", "bad_value", "yes"),
        ("metrics: [{id: t, every: fortnight}]", "bad_value", "fortnight"),
        ("metrics: [{id: t}, lead]", "bad_value", "lead"),
        ("metrics: [{id: t}, ~]", "bad_value", "~"),
        ("tactics: {list: [{id: t, delivers: lots}]}", "bad_value", "lots"),
        ("tactics: {list: [{id: t, delivers: [lots]}]}", "bad_value", "lots"),
        ("tactics: {list: [{id: t, serves: [[a]]}]}", "bad_value", "[a]"),
        ("tactics: {list: [{id: t, serves: [{seen: x}]}]}", "missing_field", "{seen: x}"),
        ("objectives: [{id: t, target: {value: 3, by: 20271231}}]", "bad_value", "20271231"),
        ("objectives: [{id: t, target: {value: 3, by: 2027-02-30}}]", "bad_value", "2027-02-30"),
        ("situation: {segments: [{id: t, priority: high}]}", "bad_value", "high"),
        ("situation: {segments: [{id: t, priority: true}]}", "bad_value", "true"),
        ("situation: {segments: [{id: t, need: [a]}]}", "bad_value", "[a]"),
        ("metrics: [{id: My Metric}]", "bad_value", "My Metric"),
    ],
)  # fmt: skip
def test_a_value_the_model_cannot_hold_is_a_fault_and_its_element_stays(line, kind, text):
    document = parse_plan(HEAD + line + "\n")
    assert kinds(document) == [(kind, text)]
    assert document.faults[0].place.line == 2
    assert document.faults[0].values.get("expected") or kind == "missing_field"
    assert len(list(located(document.plan))) == 1


def test_a_wrong_choice_names_the_known_ones_and_the_nearest():
    (fault,) = parse_plan(HEAD + "tactics: {list: [{id: t, intent: aquire}]}\n").faults
    assert fault.values["nearest"] == "acquire"
    assert "reactivate" in fault.values["known"]


def test_the_good_part_of_a_budget_by_period_stays():
    document = parse_plan(HEAD + "tactics: {list: [{id: t, budget: {2027-Q1: 3 kEUR, 2027-Q2: lots}}]}\n")
    assert {key: str(value) for key, value in document.plan.tactics.list[0].budget.items()} == {"2027-Q1": "3 kEUR"}


def test_an_item_taken_out_moves_the_paths_of_those_behind_it():
    document = parse_plan(HEAD + "metrics:\n  - just text\n  - {id: lead}\n  - {id: sale}\n")
    assert document.path_of("sale") == ("metrics", 1)
    assert document.place(("metrics", 1, "id")).line == 5
    assert document.element_at(("metrics", 1, "worth", "low")) == ("metric", "sale")


def test_an_element_without_id_gets_one_and_is_kept():
    document = parse_plan(HEAD + "metrics:\n  - {unit: count}\n  - {id: [x], unit: h}\n")
    assert [metric.unit for metric in document.plan.metrics] == ["count", "h"]
    assert [fault.kind for fault in document.faults] == ["missing_field", "bad_value"]
    assert len({metric.id for metric in document.plan.metrics}) == 2


def test_a_name_given_and_a_fault_taken_out_in_one_pass_are_both_kept():
    document = parse_plan(HEAD + "metrics: [{unti: count}]\n")
    assert [fault.kind for fault in document.faults] == ["missing_field", "unknown_field"]
    assert len(document.plan.metrics) == 1


def test_empty_keys_count_as_absent():
    document = parse_plan(HEAD + "metrics:\nsituation:\nobjectives:\n  - id: o\n    serves:\n    target:\n")
    assert document.faults == ()
    assert document.plan.objectives[0].serves == ()


def test_numbers_where_text_is_asked_keep_their_spelling():
    document = parse_plan(
        HEAD + "tactics: {list: [{id: t, tracked_as: {utm_campaign: [007, 1.10, 12]}, name: 2027}]}\n"
    )
    assert document.faults == ()
    tactic = document.plan.tactics.list[0]
    assert (tactic.tracked_as["utm_campaign"], tactic.name) == (("007", "1.10", "12"), "2027")


def test_an_id_used_twice_is_told_with_both_places():
    document = parse_plan(HEAD + "metrics:\n  - {id: a}\nobjectives:\n  - {id: a}\n")
    (fault,) = document.faults
    assert (fault.kind, fault.values["id"]) == ("duplicate_id", "a")
    assert [place.line for place in fault.values["places"]] == [3, 5]
    assert fault.place.line == 5


def test_a_bet_written_twice_is_an_id_used_twice():
    bridge = "tactics: {bridge: [{from: a, to: b, rate: 3 %}, {from: a, to: b, rate: 4 %}]}\n"
    (fault,) = parse_plan(HEAD + bridge).faults
    assert (fault.kind, fault.values["id"]) == ("duplicate_id", "a>b")


def test_a_key_written_twice_is_told_with_both_places_and_the_first_holds():
    document = parse_plan(HEAD + "metrics:\n  - id: a\n    unit: count\n    unit: h\n")
    (fault,) = document.faults
    assert (fault.kind, fault.text) == ("duplicate_key", "unit")
    assert [place.line for place in fault.values["places"]] == [4, 5]
    assert document.plan.metrics[0].unit == "count"


def test_the_hash_is_of_the_meaning(shared):
    text = (shared / "examples" / "halden-pumps" / "plan.yaml").read_text(encoding="utf-8")
    document = parse_plan(text)
    assert document.hash == parse_plan(text.replace("\n", "\r\n") + "\n# more\n").hash
    assert document.hash != parse_plan(text.replace("budget: 400 kEUR", "budget: 401 kEUR")).hash
    lines = text.splitlines(keepends=True)
    first = next(number for number, line in enumerate(lines) if "{id: upgrade," in line)
    lines[first], lines[first + 1] = lines[first + 1], lines[first]
    assert document.hash == parse_plan("".join(lines)).hash


def test_a_folder_merges_its_files_in_the_order_of_their_names(tmp_path, shared):
    text = (shared / "examples" / "halden-pumps" / "plan.yaml").read_text(encoding="utf-8")
    starts = [n for n, line in enumerate(text.splitlines()) if line[:1].isalpha()]
    lines = text.splitlines(keepends=True)
    for number, (start, end) in enumerate(zip(starts, [*starts[1:], len(lines)], strict=True)):
        name = lines[start].partition(":")[0]
        body = "".join(lines[start:end])
        if name == "objectives":  # a section file may hold the section's content alone
            body = "".join(line.removeprefix("  ") for line in lines[start + 1 : end])
        (tmp_path / f"{number}-{name}.yaml").write_text(body, encoding="utf-8")
    whole, parts = parse_plan(text), read_plan(tmp_path)
    assert parts.plan == whole.plan
    assert (parts.hash, parts.faults) == (whole.hash, ())
    place = parts.place((*parts.path_of("sqo-2027"), "target", "by"))
    assert place.file.endswith("3-objectives.yaml")
    assert parts.line(place.file, place.line)[place.column - 1 : place.end_column - 1] == "2027-12-31"


def test_two_files_of_one_section_join_and_an_id_in_both_is_a_fault(tmp_path):
    (tmp_path / "a.yaml").write_text(HEAD + "metrics: [{id: a}]\n")
    (tmp_path / "b.yaml").write_text("metrics: [{id: b}, {id: a}]\n")
    document = read_plan(tmp_path)
    assert [metric.id for metric in document.plan.metrics] == ["a", "b", "a"]
    (fault,) = document.faults
    assert [place.file.rpartition("/")[2] for place in fault.values["places"]] == ["a.yaml", "b.yaml"]


def examples(shared):
    return [
        (shared / "examples" / name / "plan.yaml").read_text(encoding="utf-8") for name in ("halden-pumps", "olist")
    ]


JUNK = st.sampled_from(
    ["", "~", "yes", "x", "-1", "0", "1e400", ".nan", "[]", "{}", "[a, b]", "{a: b}", "3..2..1 %", "200 %", "5 parsecs",
     "2027-13-01", "&x y", "*x", "!t", "'", '"', "? ", "- ", ": ", "\t", "\u2028", "𝄞", "{a: {b: {c: [1]}}}", "plan"]
)  # fmt: skip


@pytest.mark.slow
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    pick=st.integers(0, 1), cuts=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 12), JUNK), min_size=1, max_size=4)
)
def test_any_damaged_plan_ends_in_a_document_or_in_an_error_with_its_place(shared, pick, cuts):
    text = examples(shared)[pick][:9000]
    text = text[: text.rfind("\n") + 1]
    for where, length, junk in cuts:
        at = int(where * len(text))
        text = text[:at] + junk + text[at + length :]
    try:
        document = parse_plan(text)
    except PlanError as error:
        assert str(error).startswith("plan.yaml:")  # noqa: PT017 - the message is the property
    else:
        for fault in document.faults:
            assert fault.place is not None
            assert document.line(fault.place.file, fault.place.line) is not None
        assert len(document.hash) == 64


def leaves(value, path=()):
    if isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from leaves(item, (*path, index))
    elif path[-1] != "id":
        yield path


@pytest.mark.slow
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pick=st.integers(0, 1), where=st.lists(st.floats(0, 0.999), min_size=1, max_size=5), data=st.data())
def test_a_damaged_value_never_loses_an_element(shared, pick, where, data):
    from leadline.plan.edits import replace_value, spliced
    from leadline.plan.reading import feed

    document = parse_plan(examples(shared)[pick])
    paths = list(leaves(feed(document.root)))
    chosen = {paths[int(at * len(paths))] for at in where}
    junk = st.sampled_from(
        ["", "x", "yes", True, None, -1, 1e300, [], {}, ["a"], {"a": 1}, "3..2..1 %", "5 parsecs", "a, b"]
    )
    splices = [replace_value(document, path, value=data.draw(junk)) for path in sorted(chosen, key=str)]
    after = parse_plan(spliced(document.texts, splices)["plan.yaml"])
    assert [item.element.id for item in located(after.plan)] == [item.element.id for item in located(document.plan)]
    # what was not touched stands as it stood
    before_data, after_data = document.plan.model_dump(), after.plan.model_dump()
    for section in set(before_data) - {path[0] for path in chosen}:
        assert before_data[section] == after_data[section]


def test_a_plan_that_stands_as_it_stood_is_not_parsed_again(tmp_path):
    file = tmp_path / "plan.yaml"
    file.write_text("plan: {id: one}\n", encoding="utf-8")
    before = read_plan(file)
    file.touch()
    assert read_plan(file) is before
    file.write_text("plan: {id: two}\n", encoding="utf-8")
    assert read_plan(file).plan.plan.id == "two"
