"""No table tells how many people are in a group of few, whatever else it shows."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadline.evidence.small_cells import published


def test_a_cell_of_few_is_hidden_and_one_more_so_that_the_total_does_not_tell_it():
    shown = published({"email": 120, "phone": 4, "post": 31})
    assert shown.cells == {"email": 120, "phone": None, "post": None}
    assert shown.total == 155
    assert "fewer than 10" in shown.note()


def test_where_nothing_is_left_to_hide_behind_the_total_is_hidden_too():
    assert published({"email": 4}).total is None
    assert published({"email": 4, "phone": 0}).cells == {"email": None, "phone": None}
    assert published({"email": 40, "phone": 0}).total == 40
    assert published({"email": 40}).note() == ""


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.text(max_size=3), st.integers(0, 60), max_size=7), st.integers(3, 12))
def test_no_shown_cell_is_small_and_what_is_missing_is_never_one_cell_or_few_people(cells, least):
    shown = published(cells, least=least)
    assert not [count for count in shown.cells.values() if count is not None and 0 < count < least]
    if shown.total is not None and shown.hidden:
        missing = shown.total - sum(count for count in shown.cells.values() if count is not None)
        assert missing >= 2 * least
        assert shown.hidden > 1


@pytest.mark.parametrize("least", [3, 4])
def test_whoever_subtracts_what_is_shown_cannot_even_tell_that_a_hidden_cell_is_small(least):
    for counts in product(range(2 * least + 1), repeat=4):
        shown = published(dict(enumerate(counts)), least=least)
        if shown.total is None:
            assert set(shown.cells.values()) == {None}, "that so little is missing tells nothing of any cell"
        elif shown.hidden:
            missing = shown.total - sum(count for count in shown.cells.values() if count is not None)
            largest = missing - (shown.hidden - 1)  # the others hold at least one each
            assert largest >= least > 1
