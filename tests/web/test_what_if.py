"""A question about money before there is money: the page says what is missing and leads to where it is entered."""

from __future__ import annotations

import re

from leadline.web.pages.what_if import _kept


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


def test_a_mix_yaml_that_comes_changes_or_goes_is_seen_by_a_running_server(planned):
    file = planned.workspace.settings.parent / "mix.yaml"
    assert planned.plan.now().settings.mix.config is None
    file.write_text("baseline: {knots: 8}\n", encoding="utf-8")
    assert planned.plan.now().settings.mix.config == file
    file.unlink()
    assert planned.plan.now().settings.mix.config is None


def test_an_answer_is_drawn_anew_where_the_file_that_the_settings_name_changed(planned):
    settings = planned.workspace.settings
    settings.write_text('[mix]\nconfig = "other.yaml"\n', encoding="utf-8")
    assert _kept(planned) == (0, 0)
    (settings.parent / "other.yaml").write_text("baseline: {knots: 8}\n", encoding="utf-8")
    assert _kept(planned)[1] > 0
