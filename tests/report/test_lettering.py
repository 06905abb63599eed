"""Room for text, and places along a line."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from leadline.report.lettering import shorten, width, wrap
from leadline.report.spread import spread

texts = st.text(alphabet=st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=80)


@given(texts, st.floats(40, 300), st.integers(1, 4))
def test_wrapped_lines_fit_their_room_and_their_number(text, room, lines):
    found = wrap(text, room, lines=lines)
    assert len(found) <= max(lines, 1)
    assert all(width(line, 13) <= room for line in found)


@given(texts, st.floats(20, 300))
def test_a_shortened_text_fits_or_says_that_it_was_cut(text, room):
    found = shorten(text, room)
    assert found == text or (found.endswith("…") and width(found, 13) <= room)


def test_a_long_word_is_divided_not_lost():
    assert wrap("Recommendations", 90, lines=2) == ("Recommen-", "dations")


@given(st.lists(st.tuples(st.floats(0, 500), st.floats(1, 40)), max_size=12))
def test_places_keep_their_order_and_their_distance(items):
    wanted = sorted(want for want, _ in items)
    sizes = [size for _, size in items]
    found = spread(wanted, sizes, low=0, high=2000)
    for index in range(1, len(found)):
        assert found[index] >= found[index - 1] + sizes[index - 1] + 4 - 1e-6


@given(st.lists(st.floats(0, 500), min_size=1, max_size=8))
def test_what_fits_where_it_wants_to_be_stays_there(starts):
    wanted = [start + 40 * index for index, start in enumerate(sorted(starts))]
    found = spread(wanted, [10.0] * len(wanted), low=0, high=5000)
    assert all(abs(a - b) < 1e-9 for a, b in zip(found, wanted, strict=True))
