"""Names as people write them: an id, or the name that only one person or team has."""

from __future__ import annotations

import pytest

from leadline.errors import UsageError
from leadline.plan.model import Plan
from leadline.plan.naming import person_id
from leadline.plan.source import parse_plan

PLAN = """
plan: {id: p}
action:
  people: [{id: dan, name: Dan Reed}, {id: dan-2, name: Dan  Smith}, {id: olive, name: Front desk}]
  teams: [{id: desk, name: Front Desk}, {id: shop}]
"""


@pytest.fixture(scope="module")
def plan() -> Plan:
    return parse_plan(PLAN).plan


@pytest.mark.parametrize(
    ("given", "wanted"),
    [("dan", "dan"), ("Dan", "dan"), ("dan reed", "dan"), ("DAN SMITH", "dan-2"), ("Olive", "olive"), ("SHOP", "shop")],
)
def test_an_id_or_a_name_in_any_capitals_gives_the_id(plan: Plan, given: str, wanted: str) -> None:
    assert person_id(plan, given, option="--by") == wanted


def test_a_name_that_two_have_is_asked_back_and_one_that_nobody_has_is_refused(plan: Plan) -> None:
    with pytest.raises(UsageError, match=r'--by "front desk" may be olive or desk. Write the id of the one you mean'):
        person_id(plan, "front desk", option="--by")
    with pytest.raises(UsageError, match="Nearest: dan, dan-2"):
        person_id(plan, "Dana", option="--by")


def test_while_nobody_is_listed_any_name_stands_as_it_is_written() -> None:
    assert person_id(parse_plan("plan: {id: p}").plan, "Dan Reed", option="--by") == "Dan Reed"
