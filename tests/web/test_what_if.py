"""A question about money before there is money: the page says what is missing and leads to where it is entered."""

from __future__ import annotations

import re


def test_without_a_budget_the_page_is_calm_and_leads_to_each_budget(planned, enter):
    plan = planned.workspace.plan
    text = plan.read_text(encoding="utf-8")
    plan.write_text(re.sub(r",? *\bbudget: [^,}\n]+", "", text), encoding="utf-8")
    document = planned.plan.now().document
    assert document is not None
    client = enter(planned)
    for asked in ({}, {"budget": "-20 %"}):
        answer = client.get("/what-if", params=asked)
        assert answer.status_code == 200
        assert "No tactic of the plan has money yet" in answer.text
        for one in document.plan.tactics.list:
            assert f'href="/plan/tactics/{one.id}#f-budget"' in answer.text
    first = document.plan.tactics.list[0].id
    assert 'id="f-budget"' in client.get(f"/plan/tactics/{first}").text


def test_a_plan_with_nothing_to_check_leads_to_the_front_page(planned, enter):
    planned.workspace.plan.write_text(
        "plan: {id: small, organisation: Small, window: 2027-01-01..2027-12-31, currency: EUR, status: draft}\n",
        encoding="utf-8",
    )
    assert enter(planned).get("/what-if", follow_redirects=False).headers["location"] == "/"
