from __future__ import annotations

import pytest

from leadline.align.run import CheckOptions, check
from leadline.errors import UsageError
from leadline.plan.source import read_plan
from leadline.settings import read_settings
from leadline.worlds import read_world, shipped_worlds, world_folder

from .conftest import small_world


def test_quantities_are_kept_in_base_units():
    world = small_world()
    assert world.anyway["lead"] == pytest.approx(20 / (146_097 / 400 / 12))
    assert world.tactics["fair"].saturation.half == 4_000
    assert world.step("lead", "sqo").rate == pytest.approx(0.4)
    assert world.step("lead", "sqo").lag.mean == 12


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"visitors": 3}, r"visitors: Extra inputs"),
        ({"visits": "4 EUR/day"}, r"visits: 4 EUR/day is not of the dimension count/time"),
        ({"phoned": "120 %"}, r"phoned: Input should be less than or equal to 1"),
        ({"doors": {"Direct": {}}}, r"channels Paid Search of the chain have no door"),
        ({"claims": {"serch": {"Google": 1.0}}}, r"tactics serch are named and have no entry"),
        (
            {"world": {"id": "x", "start": "2027-02-01", "as_of": "2027-01-01", "end": "2027-03-01"}},
            r"are not in order",
        ),
    ],
)
def test_a_fault_in_a_world_is_named_with_its_place(change, said):
    with pytest.raises(UsageError, match=said):
        small_world(**change)


def test_a_row_of_the_chain_must_add_up_to_one():
    chain = {
        "channels": ["Direct"],
        "gap": {"mean": 1},
        "transitions": {"START": {"Direct": 1.0}, "Direct": {"NOTHING": 0.9}},
    }
    with pytest.raises(UsageError, match=r"the row of Direct adds up to 0\.9, not to 1"):
        small_world(chain=chain, doors={"Direct": {}})


def test_a_misspelt_world_is_answered_with_the_nearest_name():
    with pytest.raises(UsageError, match=r'Did you mean "halden"\?'):
        world_folder("haldn")


def test_a_misspelt_step_is_answered_with_the_known_ones():
    with pytest.raises(UsageError, match="lead>sqo"):
        small_world().step("lead", "contract")


@pytest.mark.parametrize("name", sorted(shipped_worlds()))
def test_every_shipped_world_reads_and_its_plan_has_no_fault_of_form(name):
    folder = world_folder(name)
    world, document = read_world(folder / "world.yaml"), read_plan(folder / "plan.yaml")
    assert document.faults == ()
    assert set(world.tactics) == {tactic.id for tactic in document.plan.tactics.list}
    assert read_settings(folder / "leadline.toml").as_of == world.world.as_of


def test_the_states_that_the_world_reaches_are_those_of_the_plan():
    folder = world_folder("halden")
    world, plan = read_world(folder / "world.yaml"), read_plan(folder / "plan.yaml").plan
    states = {
        metric.source.removeprefix("stage:") for metric in plan.metrics if (metric.source or "").startswith("stage:")
    }
    assert {state for step in world.bridge for state in (step.from_, step.to)} == states
    mapped = {state for names in read_settings(folder / "leadline.toml").stages.values() for state in names.values()}
    assert mapped <= states | {"lost"}


@pytest.mark.parametrize(
    ("name", "faults"),
    [
        ("tidewater", {"TPM003", "TPM004", "TPM010", "AUD005", "STR007"}),
        ("harbour", {"ENB002", "ENB003", "CTL001", "WVR001", "MEA001", "BRG005"}),
    ],
)
def test_the_plan_that_a_demo_writes_has_the_faults_that_were_put_into_it(name, faults):
    document = read_plan(world_folder(name) / "plan.yaml")
    result = check(document, CheckOptions(as_of=read_settings(world_folder(name) / "leadline.toml").as_of))
    assert {finding.code for finding in result.findings} == faults
