"""Forms ask in the order in which people fill them, and every key of the plan's model has a control or a reason."""

from __future__ import annotations

import pytest

from leadline.plan.editing.fields import blank_form
from leadline.plan.editing.shapes import HEAD, model_of, shapes_of
from leadline.plan.elements import KINDS
from leadline.web.editing import SECTIONS, kinds_of
from leadline.web.ordering import GROUPS, in_groups

ALL = (HEAD, *KINDS.values())
ELSEWHERE = {"id": "renamed below the form, given when it is begun", "reviewed": "a button of the page Control"}


def keys_of(kind):
    return [info.alias or name for name, info in model_of(kind).model_fields.items()]


@pytest.mark.parametrize("kind", ALL)
def test_each_key_of_each_kind_has_a_control_or_a_stated_reason(kind):
    controls = {str(leaf.path[0]) for leaf in blank_form(kind).leaves.values()}
    assert {key for key in keys_of(kind) if key not in controls} <= set(ELSEWHERE)


def test_each_kind_of_element_stands_in_a_section_of_the_page():
    assert {kind for section in SECTIONS for kind in kinds_of(section)} == set(KINDS.values())


@pytest.mark.parametrize("kind", ALL)
def test_no_field_is_lost_or_asked_twice_by_the_order(kind):
    keys = [shape.key for shape in shapes_of(kind)]
    asked = [key for _, inside in in_groups(keys, key=str) for key in inside]
    assert sorted(asked) == sorted(keys)


def test_a_tactic_asks_its_name_what_it_serves_and_its_money_before_the_rest():
    groups = dict(in_groups([shape.key for shape in shapes_of("tactic")], key=str))
    assert list(groups) == [name for name, _ in GROUPS] + ["more"]
    assert groups["what"][0] == "name"
    assert groups["serves"][0] == "serves"
    assert groups["money"][0] == "budget"
    assert set(groups["more"]) >= {"tracked_as", "notes"}


def test_every_key_that_the_order_names_is_one_of_the_model():
    known = {shape.key for kind in ALL for shape in shapes_of(kind)}
    assert {key for _, keys in GROUPS for key in keys} <= known
