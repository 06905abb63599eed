"""Probable links and decisions: the best of both sides joins, a person has the last word, and all of it comes back."""

from __future__ import annotations

import json
import shutil

import pytest

from leadline.errors import UsageError
from leadline.evidence import joining, probable
from leadline.evidence.decided import Desk
from leadline.evidence.joining import ANOTHER_FITS, NAMES_DIFFER, NOT_SURE, Base, best
from leadline.evidence.probable import Pair, Scored
from leadline.evidence.who import links_of, who_is_one
from leadline.settings import IdentitySettings

SURE = 12.0


def base(claims=(), apart=()):
    people = range(1, 9)
    return Base(
        {one: one for one in people}, dict.fromkeys(people, "crm"), {one: frozenset(told) for one, told in dict(claims).items()},
        {one: one for one in people}, frozenset(apart),
    )  # fmt: skip


def pair(a, b, *, weight=0.999, bits=SURE, named=True):
    return Pair(a, b, weight, "", bits, named)


def held(*pairs, claims=(), apart=()):
    return {(one.a, one.b): one.held for one in best(pairs, base(claims, apart), settings=IdentitySettings())}


def test_the_clearly_best_pair_of_both_sides_joins_and_makes_no_chain():
    found = held(pair(1, 2, bits=20), pair(2, 3, bits=12), pair(3, 4, bits=11), pair(5, 6))
    assert found == {(1, 2): "", (2, 3): ANOTHER_FITS, (3, 4): ANOTHER_FITS, (5, 6): ""}


def test_two_that_fit_as_well_are_both_proposed():
    assert set(held(pair(1, 2, bits=20), pair(1, 3, bits=18)).values()) == {ANOTHER_FITS}


def test_conflicting_keys_other_names_and_doubt_are_only_proposed_and_beat_nobody():
    claims = {1: {"crm a"}, 2: {"crm a"}, 3: {"email"}, 4: {"email"}}
    found = held(
        pair(1, 2, bits=30), pair(3, 4, bits=30), pair(1, 5), pair(3, 6, weight=0.8), pair(7, 8, named=False), claims=claims.items()
    )  # fmt: skip
    assert found == {
        (1, 2): "would join two records of one CRM", (3, 4): "would join two verified e-mail addresses", (1, 5): "",
        (3, 6): NOT_SURE, (7, 8): NAMES_DIFFER,
    }  # fmt: skip


def test_what_a_person_took_apart_is_not_proposed_again():
    assert held(pair(1, 2), pair(3, 4), apart={(1, 2)}) == {(3, 4): ""}


def contact(crm, first, last, mail):
    told = {
        "first_name": first,
        "last_name": last,
        "company": "Halden Pumps GmbH",
        "city": "Halden",
        "phone": None,
        "email": mail,
    }
    return {"rows": [["contacts", {"node": crm, **told}]], "links": [[crm, f"email:{mail}"]]}


FIRST = [contact("crm:a:1", "Eva", "Klein", "eva@halden.example"), contact("crm:a:2", "Tom", "Berg", "tom@halden.example")]  # fmt: skip
SECOND = [contact("crm:b:7", "Eva", "Klein", "e.klein@post.example"), contact("crm:b:8", "Tim", "Berg", "tim@halden.example")]  # fmt: skip
VISIT = {
    "rows": [["touches", {"source_key": "t", "node": "email:e.klein@post.example", "happened_at": "2027-03-01T00:00", "class": "activity", "event": "page"}]]
}  # fmt: skip


def by_name(records, *, seed):
    """Stand in for the model: pairs of one last name, certain where the first name is the same too."""
    rows = records.to_pylist()
    pairs = [
        Pair(*sorted((one["record"], other["record"])), 0.97 if same else 0.7, "as the test says", SURE, same)
        for place, one in enumerate(rows) for other in rows[:place]
        if one["last_name"] == other["last_name"]
        for same in [one["first_name"] == other["first_name"]]
    ]  # fmt: skip
    return Scored(tuple(sorted(pairs, key=lambda one: (one.a, one.b))))


@pytest.fixture(scope="module")
def imported(make_warehouse, tmp_path_factory):
    """A workspace of four contacts, imported once for all tests."""
    warehouse = make_warehouse(tmp_path_factory.mktemp("joined"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(probable, "scored", by_name)
        warehouse.take(warehouse.file("a1.jsonl", FIRST), warehouse.file("b1.jsonl", [*SECOND, VISIT]))
    return warehouse


@pytest.fixture
def joined(imported, make_warehouse, monkeypatch, tmp_path):
    """A copy of it, with a stand-in for the model."""
    monkeypatch.setattr(probable, "scored", by_name)
    shutil.copytree(imported.workspace.folder, tmp_path, dirs_exist_ok=True)
    warehouse = make_warehouse(tmp_path)
    warehouse.hours = imported.hours
    return warehouse


def desk(warehouse):
    return Desk(warehouse.workspace, "mara", warehouse.clock)


def everything(warehouse):
    """Return what every query could see of people, facts and links, but for the times of links."""
    asked = (
        "FROM people ORDER BY node",
        "FROM touches ORDER BY source_key",
        "SELECT link_id, method, weight, held, undone_by FROM links ORDER BY link_id",
    )
    return [warehouse.rows(one) for one in asked]


def test_a_probable_link_joins_with_its_weight_and_its_reason(joined):
    (link,) = who_is_one(joined.store).links["joins"]
    assert (link.method, link.weight, link.reason) == ("probable", 0.97, "as the test says")
    assert who_is_one(joined.store).people == 3
    weights = {row["weight"] for row in joined.rows("SELECT weight FROM people")}
    assert weights == {1.0, 0.97}
    assert len(links_of(joined.store, link.ends[0].person)) == 3


def test_a_proposal_waits_until_a_person_joins_it_past_every_guard(joined):
    (waits,) = who_is_one(joined.store).links["waits"]
    assert waits.held == NAMES_DIFFER
    desk(joined).join(waits.link)
    found = who_is_one(joined.store)
    assert found.people == 2
    assert [one.method for one in found.links["joins"]] == ["manual", "probable"]
    assert found.counts["waits"] == 0


def test_a_merge_undone_gives_every_query_back_as_it_was(joined):
    (link,) = who_is_one(joined.store).links["joins"]
    (waits,) = who_is_one(joined.store).links["waits"]
    before = everything(joined)
    made = desk(joined).join(waits.link).link
    assert everything(joined) != before
    desk(joined).undo(made)
    after = everything(joined)
    assert after[:2] == before[:2]
    assert [one for one in after[2] if one["link_id"] != made] == before[2]
    facts = joined.rows("FROM touches")
    desk(joined).undo(link.link)
    assert joined.rows("FROM touches") == facts
    assert not desk(joined).are_one(link.link)


def test_what_people_decided_comes_back_with_the_exports_and_the_model_respects_it(joined):
    (link,), (waits,) = (who_is_one(joined.store).links[state] for state in ("joins", "waits"))
    desk(joined).undo(link.link)
    desk(joined).join(waits.link)
    decided = everything(joined)
    shutil.rmtree(joined.workspace.evidence)
    joined.take(*sorted(joined.workspace.exports.glob("*.jsonl")))
    assert everything(joined)[:2] == decided[:2]
    assert {one.link: one.undone_by for one in who_is_one(joined.store).links["undone"]} == {link.link: "mara"}
    assert [json.loads(line)["do"] for line in joined.workspace.links.read_text().splitlines()] == ["undo", "join"]


@pytest.mark.proof
def test_a_link_that_the_model_gives_up_joins_no_more_and_comes_back_with_it(joined, monkeypatch):
    monkeypatch.setattr(probable, "scored", lambda records, *, seed: Scored())
    joined.give("a2.jsonl", [contact("crm:a:3", "Ida", "Holm", "ida@holm.example")])
    assert who_is_one(joined.store).people == 5
    assert who_is_one(joined.store).counts == {"joins": 0, "waits": 0, "undone": 0}
    monkeypatch.setattr(probable, "scored", by_name)
    joined.give("a3.jsonl", [contact("crm:a:4", "Ole", "Lund", "ole@lund.example")])
    assert who_is_one(joined.store).counts["joins"] == 1


def test_without_splink_only_exact_keys_join_and_it_is_said(warehouse, monkeypatch):
    monkeypatch.setattr(probable, "is_installed", lambda: False)
    told = []
    warehouse.setup = type(warehouse.setup)(**{**vars(warehouse.setup), "notice": told.append})
    warehouse.give("a1.jsonl", FIRST)
    assert "Splink is not installed" in told[0]
    assert who_is_one(warehouse.store).why_not == told[0]
    monkeypatch.setattr(probable, "is_installed", lambda: True)
    assert joining.Search(warehouse.workspace, warehouse.store, IdentitySettings(), 1, warehouse.clock()).is_due()


def test_an_undo_of_nothing_names_what_can_be_undone(joined):
    with pytest.raises(UsageError, match="There is no link"):
        desk(joined).undo("1-2-probable")
    (link,) = who_is_one(joined.store).links["joins"]
    desk(joined).undo(link.link)
    with pytest.raises(UsageError, match="undone before, by mara"):
        desk(joined).undo(link.link)


@pytest.mark.proof
def test_a_decision_killed_before_it_took_effect_takes_effect_with_the_next_import(joined, monkeypatch):
    (link,) = who_is_one(joined.store).links["joins"]
    with monkeypatch.context() as patch:
        patch.setattr("leadline.evidence.decided.bring_in", lambda *given: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            desk(joined).undo(link.link)
    assert who_is_one(joined.store).people == 3
    joined.give("web2.jsonl", [{"links": [["ga:1", "email:tom@halden.example"]]}])
    assert who_is_one(joined.store).counts["undone"] == 1
