"""How the figures of a finding are said: three digits, whole numbers whole, and what differs never looks equal."""

from __future__ import annotations

from leadline.align.finding import Figure, filled


def test_a_computed_number_has_three_digits_and_a_whole_one_all_of_them() -> None:
    load = {"heaviest": Figure(19.6612, "h/week"), "there": Figure(19.2, "h/week"), "seen": Figure(13768.0, "count")}
    assert filled("{heaviest} of {there}, {seen}", load, currency="") == "19.7 h/week of 19.2 h/week, 13\u202f768"


def test_two_figures_that_differ_never_look_equal() -> None:
    close = {"heaviest": Figure(19.24, "h/week"), "there": Figure(19.2, "h/week")}
    assert filled("{heaviest} of {there}", close, currency="") == "19.24 h/week of 19.2 h/week"
