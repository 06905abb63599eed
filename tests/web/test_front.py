"""The front page and its neighbours: live after an edit, honest where nothing is known, and safe against what a plan says."""

from __future__ import annotations

import os
import re
from html import unescape

import pytest

from leadline.plan.history import History
from leadline.web.judging import judged
from leadline.web.renewing import Watch, is_due

NASTY = '<script>alert("x")</script>'


def edit(site, old, new):
    plan = site.workspace.folder / "plan.yaml"
    text = plan.read_text(encoding="utf-8")
    assert old in text
    plan.write_text(text.replace(old, new, 1), encoding="utf-8")


def text_of(answer):
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


def sections(answer):
    return re.findall(r'<section id="(\w+)"', answer.text)


def test_without_a_plan_the_front_page_leads_to_where_one_begins(site, enter):
    answer = enter(site).get("/")
    assert (answer.status_code, answer.headers["location"]) == (303, "/start")


def test_a_plan_that_cannot_be_read_is_told_with_its_place(planned, enter):
    edit(planned, "plan:", "plan: [")
    answer = enter(planned).get("/")
    assert answer.status_code == 200
    assert re.search(r"plan\.yaml:\d+", text_of(answer))


def test_the_front_page_says_five_things_in_their_order_and_ends_with_two_questions(planned, enter):
    answer = enter(planned).get("/")
    assert sections(answer) == ["hundred", "fixes", "promises", "permission", "questions"]
    assert 'href="/interview/ladder"' in answer.text
    assert 'href="/what-if?budget=-20+%25"' in answer.text


def test_after_an_edit_the_hundred_and_the_answer_are_those_of_the_plan_now(planned, enter):
    browser = enter(planned)
    before, clean = judged(planned), text_of(browser.get("/"))
    edit(planned, "      serves: [collect-2027]\n", "")
    after = judged(planned)
    assert after.check.scores.hundred.whole() != before.check.scores.hundred.whole()
    said = text_of(browser.get("/"))
    assert after.check.scores.hundred.sentence() in said
    assert before.check.scores.hundred.sentence() in clean


def test_every_fix_leads_to_its_element_and_its_rule_and_a_clean_plan_is_told_as_such(planned, enter):
    browser = enter(planned)
    assert not judged(planned).fixes
    assert f"No finding in {judged(planned).check.rules_run} rules" in text_of(browser.get("/"))
    edit(planned, "      serves: [collect-2027]\n", "")
    text, fixes = browser.get("/").text, judged(planned).fixes
    assert fixes
    for fix in fixes:
        assert f'href="/plan/of/{fix.element_id}?finding={fix.code}"' in text
        assert f'href="/explain/{fix.code}"' in text


def test_a_finding_is_followed_to_the_field_that_it_is_about(planned, enter):
    browser = enter(planned)
    edit(planned, "      serves: [collect-2027]\n", "")
    fix = next(one for one in judged(planned).fixes if one.element_id == "fix")
    led = browser.get(f"/plan/of/fix?finding={fix.code}", follow_redirects=False).headers["location"]
    address, _, place = led.partition("#")
    assert place.startswith("f-")
    assert f'id="{place}"' in browser.get(address).text
    assert "#" not in browser.get("/plan/of/fix?finding=XXX999", follow_redirects=False).headers["location"]


def test_a_safe_fix_takes_one_click_and_stands_in_the_history(planned, enter):
    browser = enter(planned)
    edit(planned, "channels: [workshop]", "channels: [the-shed]")
    edit(planned, "situation:\n", "moved: [{from: the-shed, to: workshop}]\nsituation:\n")
    page = browser.get("/").text
    form = {
        name: unescape(re.search(rf'action="/fix".*?name="{name}" value="([^"]*)"', page, re.DOTALL)[1])
        for name in ("version", "code", "element")
    }
    assert browser.post("/fix", data=form).status_code == 303
    assert "channels: [workshop]" in (planned.workspace.folder / "plan.yaml").read_text(encoding="utf-8")
    (entry,) = History(planned.workspace).read().entries
    assert entry.saying.by == "Ines"
    assert browser.post("/fix", data=form).status_code == 303  # the same click again: the plan is another one by now
    assert len(History(planned.workspace).read().entries) == 1


def test_what_a_plan_calls_its_things_is_text_on_every_page(planned, enter):
    edit(planned, "title: Tidewater Cycles 2027", f"title: '{NASTY}'")
    edit(planned, "name: Web booking", f"name: '{NASTY}'")
    edit(planned, "name: Booking slots and a ready-by board", f"name: '{NASTY}'")
    edit(planned, "name: TikTok of repairs", f"name: '{NASTY}'")
    edit(planned, "reason: collection scores 58", f"reason: '{NASTY}'")
    edit(planned, "name: Service letters by mail", f"name: '{NASTY}'")
    for path in ("/", "/findings", "/maps/strategy", "/maps/touchpoints", "/control", "/control/month", "/what-if"):
        answer = enter(planned).get(path)
        assert answer.status_code == 200, path
        assert NASTY not in answer.text, path


def test_a_budget_cut_is_answered_as_belief_with_intervals_and_changes_nothing(planned, enter):
    plan = (planned.workspace.folder / "plan.yaml").read_bytes()
    answer = enter(planned).get("/what-if", params={"budget": "-20 %"})
    assert answer.status_code == 200
    said = text_of(answer)
    assert "belief" in said
    assert "90 %:" in said
    assert (planned.workspace.folder / "plan.yaml").read_bytes() == plan


@pytest.mark.parametrize("budget", ["-20", "+20 %", "-300 %", "nonsense", "-20 % of everything there is in this world"])
def test_a_cut_that_cannot_be_is_refused_beside_its_field(planned, enter, budget):
    answer = enter(planned).get("/what-if", params={"budget": budget})
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.text
    assert 'role="alert"' in answer.text


def test_the_map_of_one_objective_holds_nothing_that_another_rests_on_alone(planned, enter):
    browser, plan = enter(planned), planned.plan.now().document.plan
    whole = browser.get("/maps/strategy").text
    one = plan.objectives[0].id
    part = browser.get("/maps/strategy", params={"objective": one}).text
    serving = set(judged(planned).case.graph.tactics_of(one))
    for tactic in plan.tactics.list:
        assert f'href="/plan/of/{tactic.id}"' in whole
    shown = {tactic.id for tactic in plan.tactics.list if f'href="/plan/of/{tactic.id}"' in part}
    assert serving <= shown
    enabling = {t.id for t in plan.tactics.list if {link.ref for link in t.enables} & shown}
    assert shown - serving <= enabling


def test_a_rule_is_explained_with_what_it_finds_here_and_an_unknown_one_is_not_there(planned, enter):
    browser = enter(planned)
    answer = browser.get("/explain/TAC001")
    assert answer.status_code == 200
    assert 'class="bad"' in answer.text
    assert 'class="good"' in answer.text
    assert browser.get("/explain/tac001").headers["location"] == "/explain/TAC001"
    assert browser.get("/explain/NIX999").status_code == 404


def test_a_review_is_ordered_once_for_a_state_that_stays_and_again_only_after_a_change(planned):
    from leadline.web.pages.jobs import jobs_of

    assert is_due(planned)
    watch = Watch(2)
    assert [watch.look(planned) for _ in range(4)] == [False, False, True, False]
    (job,) = jobs_of(planned).all()
    jobs_of(planned).cancel(job.id)
    assert not watch.look(planned)
    edit(planned, "title: ", "title: Another ")
    assert [watch.look(planned) for _ in range(3)] == [False, False, True]


def test_nothing_is_ordered_without_a_plan(site):
    watch = Watch(0)
    assert [watch.look(site) for _ in range(3)] == [False, False, False]


def test_a_review_that_a_person_stopped_stays_stopped_until_something_changes(planned):
    from leadline.web.pages.jobs import jobs_of

    plan, jobs = planned.workspace.plan, jobs_of(planned)
    os.utime(plan, (0, 0))
    jobs.cancel(jobs.start("review", {}).id)
    assert not any(Watch(0).look(planned) for _ in range(3))
    watch = Watch(0)  # as after a restart
    assert [watch.look(planned) for _ in range(3)] == [False] * 3
    plan.touch()
    assert [watch.look(planned) for _ in range(2)] == [True, False]


def test_the_map_of_two_hundred_tactics_keeps_to_300_kilobytes_and_tells_every_link(site, enter):
    tactics = "".join(
        f"    - {{id: t{n}, intent: acquire, name: Tactic {n} with a name as people give one, budget: {n + 1} kEUR, serves: [sell], "
        f"delivers: {{metric: lead, count: 10..20..30, method: expert}}}}\n"
        for n in range(200)
    )
    text = (
        "plan: {id: big, window: 2027-01-01..2027-12-31, currency: EUR, status: draft}\n"
        "metrics: [{id: lead, unit: count, stage: outcome}]\n"
        "objectives: [{id: sell, name: Sell more, metric: lead, target: {value: 900, by: 2027-12-31}}]\n"
        f"tactics:\n  list:\n{tactics}"
    )
    (site.workspace.folder / "plan.yaml").write_text(text, encoding="utf-8")
    whole = enter(site).get("/maps/strategy").text
    assert len(whole.encode()) <= 300_000
    for n in range(200):
        assert f'href="/plan/of/t{n}"' in whole[whole.index('id="list"') :]
