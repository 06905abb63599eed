"""What follows what is counted, not guessed; which stage is the sale is told by its name or asked."""

from __future__ import annotations

import datetime as dt

import pytest

from leadline.evidence.frames import as_of
from leadline.evidence.import_jobs import Setup
from leadline.evidence.imports import import_files
from leadline.evidence.plan_facts import PlanFacts
from leadline.evidence.privacy import Key
from leadline.evidence.store import open_store
from leadline.review.stage_chain import Chain, chain
from leadline.review.stage_names import proposed_maps, slug
from leadline.workspace import Workspace

MAPPING = """\
mapping: 1
table: stages
match: {header: [id, stage, at, money]}
file: {encoding: utf-8, delimiter: ",", numbers: en, dates: "%Y-%m-%d"}
key: [id, stage]
columns: {subject_kind: {const: person}, stage: stage, entered_at: at, amount: money, currency: {const: EUR}}
identifiers: {crm: id}
"""


@pytest.fixture
def chained(tmp_path):
    """Give the chain of ways: each a list of stages that one person entered day by day, with money where `stage=amount`."""

    def of(*ways):
        rows = ["id,stage,at,money"]
        for number, way in enumerate(ways):
            for day, step in enumerate(way.split()):
                stage, _, money = step.partition("=")
                rows.append(f"p{number},{stage},{dt.date(2027, 1, 1) + dt.timedelta(days=day)},{money or ''}")
        (tmp_path / "s.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
        (tmp_path / "s.mapping.yaml").write_text(MAPPING, encoding="utf-8")
        workspace = Workspace(tmp_path / "w")
        workspace.folder.mkdir()
        clock = lambda: dt.datetime(2027, 6, 1, tzinfo=dt.UTC)  # noqa: E731 - a clock that stands still
        import_files(workspace, [tmp_path / "s.csv"], facts=PlanFacts(), setup=Setup(Key(bytes(32))), clock=clock)
        store = open_store(workspace)
        return chain(store, as_of(store, timezone="UTC"))

    return of


def test_a_stage_that_some_leap_over_stays_on_the_way(chained):
    found = chained("lead offer won", "lead offer", "lead won", "lead offer won")
    assert found.steps == (("lead", "offer"), ("offer", "won"))
    assert (found.heads, found.ends, found.sale) == (("lead",), ("won",), "won")


def test_a_way_that_forks_has_both_ends(chained):
    found = chained("lead small", "lead small", "lead large=900", "lead")
    assert set(found.steps) == {("lead", "small"), ("lead", "large")}
    assert found.sale is None
    assert set(found.doubtful_sales) == {"small", "large"}


@pytest.mark.slow
def test_who_went_back_does_not_turn_the_way_round(chained):
    found = chained("lead offer won", "lead offer won", "offer lead")
    assert found.steps == (("lead", "offer"), ("offer", "won"))


def test_two_ways_that_never_meet_are_two_ways_and_the_sale_is_asked(chained):
    found = chained("lead won", "lead won", "check upgrade=400", "check")
    assert set(found.steps) == {("lead", "won"), ("check", "upgrade")}
    assert found.doubtful_sales == ("won", "upgrade")


def test_lost_is_an_end_and_no_step(chained):
    found = chained("lead lost", "lead won", "lead lost")
    assert found.steps == (("lead", "won"),)
    assert [state.id for state in found.states] == ["lead", "won", "lost"]
    assert found.doubtful_sales == ()


@pytest.mark.slow
def test_a_stage_alone_is_asked_about(chained):
    found = chained("lead", "lead")
    assert (found.steps, found.sale, found.doubtful_sales) == ((), None, ("lead",))


def test_without_stages_there_is_no_chain():
    assert Chain().ends == Chain().heads == Chain().doubtful_sales == ()


def test_names_of_stages_become_states_and_what_is_mapped_stays():
    names = {"crm": ["Closed Won", "Closed Lost", "Contract Sent", "lead"], "desk": ["rejected", "Contract sent"]}
    assert proposed_maps(names, known={}) == {
        "crm": {"Closed Won": "won", "Closed Lost": "lost", "Contract Sent": "contract-sent"},
        "desk": {"rejected": "lost", "Contract sent": "contract-sent"},
    }
    assert proposed_maps({"crm": ["Closed Won"]}, known={"crm": {"closed  won": "sale"}}) == {}
    assert proposed_maps({"crm": ["Closed Won"]}, known={}, states=["closed won"]) == {}


def test_two_names_never_share_a_state():
    long = "A very long stage name that goes on"
    found = proposed_maps({"crm": [f"{long} one", f"{long} two"]}, known={})["crm"]
    assert len(set(found.values())) == 2
    assert all(len(state) <= 24 for state in found.values())


@pytest.mark.parametrize("name", ["成約", "!!!", ""])
def test_a_name_without_a_letter_we_can_keep_still_gets_an_id(name):
    assert slug(name, taken={"stage"}, otherwise="stage") == "stage-2"
