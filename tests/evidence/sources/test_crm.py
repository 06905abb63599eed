"""What the CRM exports share: addresses in cells."""

from __future__ import annotations

import time

import pytest

from leadline.evidence.sources.crm import addresses_in


@pytest.mark.parametrize(
    ("cell", "found"),
    [
        ("Eva Huber (eva@pumps.example)", ["eva@pumps.example"]),
        (
            "a@pumps.example;b@pumps.example, <c@pumps.example>",
            ["a@pumps.example", "b@pumps.example", "c@pumps.example"],
        ),
        ("a@b@pumps.example", ["b@pumps.example"]),
        ("@pumps.example, eva@pumps, eva@pumps.", []),
        (None, []),
    ],
)
def test_addresses_are_found_inside_a_text(cell, found):
    assert addresses_in(cell) == found


@pytest.mark.parametrize("text", ["x" * 300_000, "x@" * 150_000, "a." * 150_000 + "@" + "a." * 150_000])
def test_a_cell_as_long_as_a_book_is_searched_in_one_pass(text):
    begun = time.process_time()
    addresses_in(text)
    assert time.process_time() - begun < 1.0
