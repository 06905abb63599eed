"""Who is one person, against the truth: nearly nobody is joined wrongly, most are found, nothing conflicts."""

from __future__ import annotations

from collections import defaultdict
from itertools import combinations

import pytest

from leadline.evidence.privacy import Pseudonyms, normal_form
from made_up_people import make

pytestmark = pytest.mark.proof


@pytest.fixture(scope="module")
def told(make_warehouse, tmp_path_factory):
    """A made-up world of people, and the warehouse after its files were imported."""
    made = make(3000)
    warehouse = make_warehouse(tmp_path_factory.mktemp("people"))
    warehouse.take(*(warehouse.file(name, records) for name, records in made.files.items()))
    return made, warehouse


def joined(made, warehouse):
    """Return the pairs of identifiers that the warehouse says are one person."""
    pseudonyms = Pseudonyms(warehouse.setup.key)
    nodes = {}
    for name in made.truth:
        kind, _, value = name.partition(":")
        nodes[pseudonyms.of(kind, normal_form(kind, value))[1]] = name
    of = defaultdict(list)
    for row in warehouse.rows("SELECT node, person FROM people"):
        if row["node"] in nodes:
            of[row["person"]].append(nodes[row["node"]])
    return {pair for names in of.values() for pair in combinations(sorted(names), 2)}


def test_a_fifth_of_the_identifiers_is_noisy(told):
    made, _ = told
    assert len(made.noisy) >= 0.2 * len({*made.truth, *made.noisy})


def test_pairs_are_right_and_most_are_found(told):
    made, warehouse = told
    true, found = made.pairs(), joined(made, warehouse)
    right = len(true & found)
    assert right / len(found) >= 0.99
    assert right / len(true) >= 0.90


def test_no_two_strong_keys_that_conflict_are_one_person(told):
    _, warehouse = told
    conflicts = """SELECT p.person FROM people p JOIN identities i USING (node)
      GROUP BY p.person HAVING count(DISTINCT node) FILTER (kind = 'crm' AND system = 'a') > 1
      OR count(DISTINCT node) FILTER (kind = 'crm' AND system = 'b') > 1
      OR count(DISTINCT node) FILTER (kind = 'email' AND verified) > 1"""
    assert warehouse.rows(conflicts) == []


def test_probable_links_never_chain(told):
    _, warehouse = told
    ends = warehouse.rows(
        "SELECT a AS node FROM links WHERE method = 'probable' UNION ALL SELECT b FROM links WHERE method = 'probable'"
    )
    assert len(ends) == len({row["node"] for row in ends}) > 500


def test_reasons_hold_nothing_personal(told):
    made, warehouse = told
    told_words = {
        word.strip("+;:,.").lower()
        for row in warehouse.rows("SELECT DISTINCT reason FROM links")
        for word in row["reason"].split()
    }
    personal = {
        word.lower()
        for records in made.files.values() for record in records for _, values in record.get("rows", [])
        for name in ("first_name", "last_name", "email", "phone") if values[name] for word in values[name].split()
    }  # fmt: skip
    assert not told_words & personal


def test_the_same_files_give_the_same_links_to_the_last_digit(told, make_warehouse, tmp_path):
    made, warehouse = told
    again = make_warehouse(tmp_path)
    again.take(*(again.file(name, records) for name, records in made.files.items()))
    asked = "SELECT link_id, method, weight, reason, held FROM links ORDER BY link_id"
    assert again.rows(asked) == warehouse.rows(asked)
