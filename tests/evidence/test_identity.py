"""Who is one person: exact keys join, guards hold back, nothing depends on the order."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline.evidence.identity import NOBODY, Identifiers, Links, components, join
from leadline.settings import IdentitySettings


def identifiers(kinds, verified=None, role=None, system=""):
    """Return identifiers numbered from 0, by default neither verified nor of a role."""
    none = [False] * len(kinds)
    flags = (np.array(none if one is None else one, dtype=bool) for one in (verified, role))
    return Identifiers(
        np.arange(len(kinds)), np.array(kinds, dtype=object), *flags, np.full(len(kinds), system, dtype=object)
    )


def people(links, verified=(), role=(), before=None, weight=None, chosen=()):
    """Join identifiers written as kind:value; return the sets of one person each, and why links were held."""
    names = sorted({name for link in links for name in link})
    number = {name: place for place, name in enumerate(names)}
    kinds = [name.partition(":")[0] for name in names]
    who = identifiers(kinds, [name in verified for name in names], [name in role for name in names], system="crm")
    a, b = (np.array([number[link[side]] for link in links], dtype=np.int64) for side in (0, 1))
    known = None if before is None else np.array([number.get(before.get(name), NOBODY) for name in names])
    guessed = None if weight is None else np.asarray(weight) < 1
    joined = join(
        who, Links(a, b, weight, guessed=guessed, chosen=np.array([link in chosen for link in links])), before=known
    )
    groups = {}
    for name, person in zip(names, joined.person, strict=True):
        groups.setdefault(int(person), set()).add(name)
    return sorted(map(sorted, groups.values())), {links[place]: why for place, why in joined.held.items()}


@given(
    st.integers(1, 40).flatmap(
        lambda n: st.tuples(st.just(n), st.lists(st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)), max_size=60))
    )
)
def test_components_are_those_of_a_plain_search(case):
    count, edges = case
    left, right = (np.array([edge[side] for edge in edges], dtype=np.int64) for side in (0, 1))
    near = {i: {i} for i in range(count)}
    for i, j in edges:
        near[i].add(j)
        near[j].add(i)
    expected = []
    for start in range(count):
        seen, waiting = {start}, [start]
        while waiting:
            for neighbour in near[waiting.pop()] - seen:
                seen.add(neighbour)
                waiting.append(neighbour)
        expected.append(min(seen))
    assert components(count, (left, right)).tolist() == expected


def test_an_alias_loop_is_one_person():
    groups, held = people([("ga:1", "user:1"), ("user:1", "ga:2"), ("ga:2", "ga:1")])
    assert groups == [["ga:1", "ga:2", "user:1"]]
    assert held == {}


def test_records_of_one_address_are_one_person_and_a_changed_address_stays_the_same():
    groups, _ = people(
        [("crm:1", "email:a"), ("crm:2", "email:a"), ("crm:1", "email:b")], verified={"email:a", "email:b"}
    )
    assert groups == [["crm:1", "crm:2", "email:a", "email:b"]]


def test_a_cookie_never_joins_two_verified_addresses():
    groups, held = people([("ga:1", "email:a"), ("ga:1", "email:b")], verified={"email:a", "email:b"})
    assert groups == [["email:a", "ga:1"], ["email:b"]]
    assert held == {("ga:1", "email:b"): "would join two verified e-mail addresses"}


def test_twins_with_one_telephone_stay_two_records_of_the_crm():
    groups, held = people([("crm:1", "phone:1"), ("crm:2", "phone:1")])
    assert groups == [["crm:1", "phone:1"], ["crm:2"]]
    assert list(held.values()) == ["would join two records of one CRM"]


def test_a_kiosk_that_six_people_use_stops_linking():
    links = [(f"device:kiosk", f"user:{n}") for n in range(6)] + [(f"user:{n}", f"email:{n}") for n in range(6)]  # noqa: F541  same shape
    groups, held = people(links)
    assert len(groups) == 7
    assert set(held) == {link for link in links if link[0] == "device:kiosk"}
    five = [link for link in links if not link[1].endswith("5") and not link[0].endswith("5")]
    assert len(people(five)[0]) == 1


def test_a_role_address_joins_nobody():
    groups, _ = people([("crm:1", "email:info"), ("crm:2", "email:info")], role={"email:info"})
    assert groups == [["crm:1"], ["crm:2"], ["email:info"]]


KINDS = ("crm", "email", "user", "ga")


@given(
    st.lists(st.sampled_from(KINDS), min_size=2, max_size=12).flatmap(
        lambda kinds: st.tuples(
            st.just(kinds), st.lists(st.tuples(*[st.integers(0, len(kinds) - 1)] * 2), min_size=1, max_size=30)
        )
    )
)
def test_what_too_many_addresses_share_is_what_a_plain_count_says(case):
    kinds, pairs = case
    near = {
        i: {j for pair in pairs for j in pair if i in pair and (j != i or pair == (i, i))} for i in range(len(kinds))
    }
    mails = {i: {j for j in near[i] if kinds[j] == "email"} for i in near}
    behind = {i: [mails[j] for j in near[i] if kinds[j] in {"crm", "user"} and kinds[i] != "crm"] for i in near}
    shared = {i for i in near if kinds[i] != "email" and len(mails[i].union(*behind[i])) > 2}
    expected = {place for place, pair in enumerate(pairs) if shared.intersection(pair)}
    links = Links(*(np.array([pair[side] for pair in pairs], dtype=np.int64) for side in (0, 1)))
    held = join(identifiers(kinds), links, guards=IdentitySettings(shared_emails=2)).held
    assert {place for place, why in held.items() if why.startswith("shared")} == expected


def test_a_cluster_larger_than_twenty_is_held_for_review():
    groups, held = people([("user:1", f"device:{n:02}") for n in range(30)])
    assert max(map(len, groups)) == 20
    assert len(held) == 11


def test_a_cluster_that_grows_more_than_threefold_in_one_import_is_held_for_review():
    known = {"user:1": "user:1", **{f"device:{n:02}": "user:1" for n in range(4)}}
    old = [("user:1", f"device:{n:02}") for n in range(4)]
    new = [("user:1", f"device:{n:02}") for n in range(4, 18)]
    groups, held = people(old + new, before=known)
    assert max(map(len, groups)) == 15
    assert set(held.values()) == {"would grow more than 3-fold in one import"}
    assert len(people(old + new)[0]) == 1, "without a past there is no growth"


def test_a_weight_is_the_product_along_the_best_way_to_the_strongest_identifier():
    who = identifiers(["crm", "ga", "ga", "ga"])
    joined = join(who, Links(np.array([0, 1, 0, 2]), np.array([1, 2, 2, 3]), np.array([0.9, 0.8, 0.6, 1.0])))
    assert joined.weight.tolist() == pytest.approx([1.0, 0.9, 0.72, 0.72])


def test_a_merge_undone_gives_the_facts_back_as_they_were(warehouse):
    from leadline.evidence import people
    from leadline.evidence.merging import transaction

    touch = {
        "rows": [
            [
                "touches",
                {
                    "source_key": "t",
                    "node": "ga:1",
                    "happened_at": "2027-03-01T00:00",
                    "class": "activity",
                    "event": "page",
                },
            ]
        ]
    }
    other = {
        "rows": [
            [
                "touches",
                {
                    "source_key": "u",
                    "node": "user:1",
                    "happened_at": "2027-03-01T00:00",
                    "class": "activity",
                    "event": "page",
                },
            ]
        ]
    }
    warehouse.give("web1.jsonl", [touch, other])
    facts, apart = warehouse.rows("FROM touches ORDER BY source_key"), warehouse.rows("FROM people ORDER BY node")
    warehouse.give("web2.jsonl", [{"links": [["ga:1", "user:1"]]}])
    assert warehouse.rows("SELECT count(DISTINCT person) AS n FROM people") == [{"n": 1}]
    with warehouse.store.connect(read_only=False) as connection, transaction(connection):
        connection.execute("UPDATE links SET undone_at = TIMESTAMP '2027-03-06 00:00:00', undone_by = 'mara'")
        people.recompute(connection)
    assert warehouse.rows("FROM people ORDER BY node") == apart
    assert warehouse.rows("FROM touches ORDER BY source_key") == facts


@pytest.mark.nightly
def test_a_million_identifiers_take_less_than_twenty_seconds():
    count = 1_000_000
    first = np.arange(0, count, 4)
    who = identifiers(["crm", "email", "ga", "user"] * (count // 4), verified=[True] * count)
    started = time.process_time()  # one core's work: what else the machine does is not measured
    joined = join(who, Links(np.concatenate([first] * 3), np.concatenate([first + 1, first + 2, first + 3])))
    assert len(np.unique(joined.person)) == count // 4
    assert time.process_time() - started < 20


def test_a_text_that_is_not_known_is_no_fault():
    import pyarrow as pa

    from leadline.evidence.people import texts

    for chunks, told in (([["crm", None], ["crm"]], ["crm", "", "crm"]), ([[None]], [""]), ([], [])):
        assert texts(pa.chunked_array(chunks, pa.string())).tolist() == told
