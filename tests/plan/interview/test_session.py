"""The rules of the engine: don't know, not applicable, read-back, taking back, names, further elements, a limit."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from leadline.plan.interview import Item, Remark, Session, read_flow
from leadline.plan.source import parse_plan


def step(session, *lines):
    """Return the outcome of the last of several replies; those before it must have been taken."""
    outcome = None
    for line in lines:
        outcome = session.reply(line)
        session = outcome.session
    return outcome


def at(session, key):
    """Return the session asking under a key."""
    return replace(session, again=key)


def test_dont_know_writes_an_assumption_and_leaves_the_path_empty(first):
    outcome = step(first, "Halden Pumps, 2027, EUR, 60 kEUR", "Ines, 16 h/week", "?")
    (assumption,) = outcome.session.document.plan.control.assumptions
    assert assumption.id == "unknown-first-direction"
    assert assumption.statement.endswith("is unknown")
    assert (assumption.owner, assumption.due, assumption.state) == ("ines", dt.date(2027, 1, 31), "open")
    assert outcome.session.document.plan.strategy.levels == ()
    assert outcome.session.next().key == "first.growth"


def test_what_is_not_known_is_asked_again_only_with_missing_and_closed_by_an_answer(first):
    session = step(first, "Halden Pumps, 2027, EUR, 60 kEUR", "?").session
    reopened = Session.begin(session.flow, session.document, today=session.today)
    assert reopened.next().key == "first.direction"
    assert replace(reopened, missing=True).next().key == "first.driver"
    after = replace(reopened, missing=True).reply("Ines, 16 h/week").session
    assert [one.state for one in after.document.plan.control.assumptions] == ["false"]


def test_for_a_number_nobody_knows_a_wide_guess_is_offered_first(answered):
    session = at(answered, "first.worth@contracts")
    offered = session.reply("?")
    assert offered.kind == "asked"
    assert "Even a very wide guess helps" in offered.session.next().text
    guessed = offered.session.reply("2..10..50 kEUR")
    assert str(guessed.session.document.plan.metrics[0].worth) == "2..10..50 kEUR"
    unknown = offered.session.reply("?")
    assert unknown.session.document.plan.control.assumptions[0].id == "unknown-first-worth-contracts"
    assert str(unknown.session.document.plan.metrics[0].worth) == "9 kEUR"


def test_a_bare_number_is_read_back_as_the_checks_will_use_it(answered):
    session = at(answered, "first.bridge.step@checks")
    item = Item("checks", path=("tactics", "list", 0), values={"from": "checks", "from_name": "Checks", "goal": "it"})
    records = tuple(
        replace(one, for_each="items") if one.id == "first.bridge.step" else one for one in session.flow.questions
    )
    session = replace(session, flow=replace(session.flow, questions=records), items=(item,))
    asked = session.reply("orders, 10 %, 3 days, Ines, Field service visit, CRM").session
    assert asked.next().text == '"10 %" as a guess means 5.3..10..18.2 %. Keep, or give low and high?'
    kept = asked.reply("keep").session
    assert kept.next().text.startswith("How do you know it")
    told = kept.reply("measured, CRM export 2026").session
    bridge = told.document.plan.tactics.bridge[-1]
    assert (str(bridge.rate), bridge.method, bridge.source) == ("10 %", "measured", "crm-export-2026")
    ranged = asked.reply("8..15 %").session.document.plan.tactics.bridge[-1]
    assert str(ranged.rate) == "8..10..15 %"
    assert asked.reply("12 %").kind == "refused"


def test_method_and_source_of_a_worth_go_into_its_long_form(answered):
    session = at(answered, "first.worth@contracts").reply("6..7..8 kEUR").session
    told = session.reply("expert, Sven").session.document.plan.metrics[0].worth
    assert (told.low, told.base, told.high, told.unit, told.method, told.source) == (6, 7, 8, "kEUR", "expert", "sven")


def test_not_applicable_asks_for_one_sentence_and_writes_a_waiver(answered):
    session = at(answered, "first.not")
    asked = session.reply("n/a")
    assert asked.session.next().text == "Why does this not apply? One sentence."
    done = asked.session.reply("we serve one town and nobody else").session
    (waiver,) = done.document.plan.control.waivers
    assert (waiver.code, waiver.target, waiver.approved_by) == ("STR007", "acme", "ines")
    assert (waiver.reason, waiver.expires) == ("we serve one town and nobody else", dt.date(2027, 12, 31))


def test_what_cannot_be_waived_offers_only_dont_know(answered):
    session = replace(at(answered, "first.promise@field-service-visit"), waivable=lambda code: code != "TPM004")
    outcome = session.reply("n/a we promise nothing there")
    assert outcome.kind == "refused"
    assert "not to be waived" in outcome.says[0]
    assert outcome.session.document.plan.control.waivers == ()


def test_an_exception_needs_somebody_who_answers_for_it(first):
    outcome = step(first, "Halden Pumps, 2027, EUR, 60 kEUR", "", "n/a we have no direction")
    assert outcome.kind == "refused"
    assert "Say first who drives the plan" in outcome.says[0]


def test_three_misses_offer_dont_know(first):
    outcome = step(first, "a", "b", "c")
    assert outcome.kind == "refused"
    assert outcome.says[-1] == "If you do not know, write ?; Enter leaves it open."
    assert "Enter leaves" not in " ".join(step(first, "a", "b").says)


def test_the_part_that_failed_is_named_with_an_example(first):
    outcome = first.reply("Halden Pumps, 2027, EUR, 60")
    assert outcome.says == (
        'money at most: "60" has no unit. Write 60 EUR or 60 kEUR.',
        "Example: Halden Pumps, 2027, EUR, 60 kEUR",
    )
    assert outcome.session.document is first.document


def test_a_part_may_stay_open(first):
    outcome = first.reply("Halden Pumps, 2027, EUR, ?")
    assert outcome.kind == "written"
    assert "left open: budget" in outcome.says
    assert outcome.session.next().key == "first.driver"
    asked = replace(Session.begin(first.flow, outcome.session.document, today=first.today), missing=True).next()
    assert (asked.key, asked.present["organisation"]) == ("first.frame", "Halden Pumps")


def test_a_part_can_be_given_alone_by_its_name(first):
    session = first.reply("Halden Pumps, 2027, EUR, ?").session
    again = Session.begin(first.flow, session.document, today=first.today)
    assert str(again.reply("budget: 60 kEUR").session.document.plan.plan.budget) == "60 kEUR"


def test_back_takes_the_last_answer_back_byte_for_byte(first):
    one = first.reply("Halden Pumps, 2027, EUR, 60 kEUR").session
    two = one.reply("Ines, 16 h/week").session
    taken = two.back()
    assert taken.kind == "back"
    assert taken.session.document.texts == one.document.texts
    assert taken.session.next().key == "first.driver"
    assert taken.session.back().session.document.texts == first.document.texts
    assert first.back().kind == "refused"


def test_a_session_can_begin_anywhere_and_ask_what_is_answered_once_more(answered):
    session = answered.go("first.not")
    prompt = session.next()
    assert (prompt.key, prompt.present[""]) == ("first.not", ["chemicals", "distributors"])
    after = session.reply("nobody abroad").session
    assert after.document.plan.strategy.levels[2].not_doing == ("nobody abroad",)
    with pytest.raises(KeyError):
        answered.go("first.nothing")


def test_an_id_can_be_changed_at_once_and_later_leaves_a_trace(first, answered):
    session = step(first, "Halden Pumps, 2027, EUR, 60 kEUR", "Ines, 16 h/week").session
    renamed = session.rename("ines", "ines-m").session.document
    assert (renamed.plan.plan.driver, renamed.plan.action.people[0].id, renamed.plan.moved) == ("ines-m", "ines-m", ())
    later = answered.rename("contracts", "won", recorded=True).session.document.plan
    assert [(one.from_, one.to) for one in later.moved] == [("contracts", "won")]
    assert later.objectives[0].metric == later.tactics.bridge[0].to == later.control.watches[0].metric == "won"
    assert session.rename("ines", "Ines M").kind == "refused"
    assert answered.rename("ines", "mara").says == ('"mara" is the id of something else. Write another one: mara-2.',)
    assert answered.rename("nobody", "x").kind == "refused"


def test_ids_are_unique(answered):
    session = answered.go("first.tactic")
    session = replace(session, again="", start="", state=replace(session.state, building="first.tactic"))
    after = session.reply('Free retrofit checks, sell more to customers, "Another claim", a call').session
    assert [tactic.id for tactic in after.document.plan.tactics.list] == [
        "free-retrofit-checks",
        "free-retrofit-checks-2",
    ]


def test_another_tactic_is_asked_for_with_all_its_questions(answered, interviewing):
    state = replace(answered.state, asked=tuple(key for key in answered.state.asked if not key.endswith("another")))
    session = replace(answered, state=state)
    assert session.next().text == "Is there another activity?"
    session = session.reply("yes").session
    assert session.next().key == "first.tactic"
    session = session.reply('Letters, keep customers, "Your next service", ten months after the last').session
    asked = []
    while (prompt := session.next()) is not None and len(asked) < 12:
        asked.append(prompt.key)
        session = session.reply(interviewing.reply_to(prompt, interviewing.script)).session
    assert asked == [
        "first.because@letters",
        "first.bridge@letters",
        "first.bridge@letters/method",
        "first.cost@letters",
        "first.tactic/another",
    ]
    assert len(session.document.plan.tactics.list) == 2


def test_quick_ends_at_its_limit_whatever_is_said(bare, interviewing):
    session = Session.begin(read_flow("quick"), bare, today=interviewing.today)
    for _ in range(25):
        assert session.next() is not None
        session = session.reply("!!").session if session.next().kind != "text" else session.reply("?").session
    assert session.next() is None


def test_quick_asks_at_most_twenty_five_times(bare, interviewing):
    script = {
        **interviewing.script, "quick.idea": "Newsletter, 2 kEUR", "first.bridge": "8000 clicks",
    }  # fmt: skip
    states = iter(["enquiries, 5 %, 0 days", "offers, 50 %, 9 days", "contracts, 40 %, 30 days"])
    session, asked = Session.begin(read_flow("quick"), bare, today=interviewing.today), []
    while (prompt := session.next()) is not None:
        asked.append(prompt.key.partition("@")[0])
        line = next(states) if asked[-1] == "first.bridge.step" else interviewing.reply_to(prompt, script)
        outcome = session.reply(line)
        assert outcome.kind == "written", outcome.says
        session = outcome.session
    assert len(asked) == 25
    assert asked.count("quick.idea") == 5
    assert sum(key.startswith("first.bridge") for key in asked) == 4
    plan = session.document.plan
    assert [step.owner for step in plan.tactics.bridge] == ["ines"] * 3
    assert {step.touchpoint for step in plan.tactics.bridge} == {"field-service-visit"}
    assert plan.tactics.list[0].owner == "ines"
    assert len(plan.control.ideas) == 5


def test_what_quick_takes_over_is_said(bare, interviewing):
    session = Session.begin(read_flow("quick"), bare, today=interviewing.today)
    told = {}
    while (prompt := session.next()) is not None and prompt.key != "quick.idea":
        outcome = session.reply(
            interviewing.reply_to(prompt, {**interviewing.script, "first.cost": "60 kEUR, 480 h, never"})
        )
        told[prompt.key.partition("@")[0]] = outcome.says
        session = outcome.session
    assert told["first.cost"] == ("owner: ines (taken over)", "dates: 2027-01-01..2027-12-31 (taken over)")
    assert '"9 kEUR" as a guess means 4.5..9..18 kEUR.' in told["first.worth"]


def test_a_judge_is_asked_after_each_block_about_what_was_touched(bare, interviewing):
    calls = []

    def judge(document, touched):
        calls.append(touched)
        many = [Remark("TST001", "something", "mend it", name) for name in sorted(touched)] * 4
        return many, {"the hundred": f"{len(calls)} of 100", "still": "same"}

    session = replace(
        Session.begin(read_flow("first"), bare, today=interviewing.today), judge=judge, scores={"still": "same"}
    )
    outcomes = []
    for _ in range(5):
        prompt = session.next()
        outcomes.append(session.reply(interviewing.reply_to(prompt, interviewing.script)))
        session = outcomes[-1].session
    judged = [outcome.judged for outcome in outcomes]
    assert [one is not None for one in judged] == [False, True, False, True, False]
    assert calls == [{"ines", "acme"} & calls[0] | {"ines"}, {"corporate", "business-unit"}]
    assert len(judged[3].findings) == 3
    assert dict(judged[3].scores) == {"the hundred": "2 of 100"}


def test_a_finding_is_not_told_when_its_question_is_still_to_come(bare, interviewing):
    def judge(document, touched):
        return [Remark("CTL001", "nobody watches", "watch", "x"), Remark("AUD007", "no proof", "prove", "x")], {}

    session = replace(Session.begin(read_flow("first"), bare, today=interviewing.today), judge=judge)
    session = session.reply(interviewing.script["first.frame"]).session
    outcome = session.reply(interviewing.script["first.driver"])
    assert [one.code for one in outcome.judged.findings] == ["AUD007"]


def test_a_finding_about_what_was_just_left_out_waits_for_the_end(bare, interviewing):
    def judge(document, touched):
        return [Remark("STR002", "no second level", "say it", "x"), Remark("AUD007", "no proof", "prove", "x")], {}

    session = replace(Session.begin(read_flow("first"), bare, today=interviewing.today), judge=judge)
    for key in ("first.frame", "first.driver", "first.direction"):
        session = session.reply(interviewing.script[key]).session
    outcome = session.reply("")
    assert [one.code for one in outcome.judged.findings] == ["AUD007"]


def test_without_a_judge_it_asks_and_writes_and_says_nothing(answered):
    assert answered.judge is None
    assert answered.scores == {}


def test_triage_writes_nothing_and_remembers_what_was_said(bare, interviewing):
    session = Session.begin(read_flow("triage"), bare, today=interviewing.today)
    for line in ("yes", "y", "no", "No.", "yes (47)", "n", "yes"):
        session = session.reply(line).session
    assert session.next() is None
    assert session.document.texts == bare.texts
    assert list(session.state.notes.values()) == ["yes", "yes", "no", "no", "yes", "no", "yes"]


def test_the_unknown_answer_of_a_money_objective_asks_for_the_sale_behind_it(bare, interviewing):
    script = {**interviewing.script, "first.objective": "revenue 420 kEUR, 500 kEUR, 2027-12-31, ledger",
              "first.worth.sale": "repair, 20..25..30 EUR, 45..60..75 EUR", "first.bridge.step": "repair, 15..25..35 %, 45 days, sales, Field service visit, till"}  # fmt: skip
    session = interviewing.run(Session.begin(read_flow("first"), bare, today=interviewing.today), script)
    plan = session.document.plan
    assert [(metric.id, metric.unit, metric.value_event) for metric in plan.metrics] == [
        ("revenue", "EUR", False), ("repair", "count", True), ("checks", "count", False),
    ]  # fmt: skip
    assert next((step.from_, step.to, str(step.rate)) for step in plan.tactics.bridge) == (
        "repair",
        "revenue",
        "45..60..75 EUR",
    )


def test_a_falling_number_is_better_down_and_red_above_its_path(bare, interviewing):
    script = {
        **interviewing.script,
        "first.objective": "19 h reply, 2 h, 2027-04-30, CRM",
        "first.worth.event": "order, 40 EUR",
    }
    session = interviewing.run(
        Session.begin(read_flow("first"), bare, today=interviewing.today),
        {**script, "first.bridge.step": "order, 15..25..35 %, 45 days, sales, Field service visit, till"},
    )
    metric = session.document.plan.metrics[0]
    assert (metric.unit, metric.better) == ("h", "down")
    assert session.document.plan.control.watches[0].red.value == 20


def test_a_step_that_leads_in_a_circle_is_refused(answered):
    document = answered.document
    text = document.texts["plan.yaml"].replace("to: contracts", "to: visits").replace("lag: 45 days", "lag: 0 days")
    text = text.replace("  - {id: checks,", "  - {id: visits, name: Visits, unit: count}\n  - {id: checks,")
    session = Session.begin(answered.flow, parse_plan(text), today=answered.today)
    assert session.next().key == "first.bridge.step@visits"
    outcome = session.reply("checks, 10 %, 0 days, Ines, Field service visit, CRM")
    assert outcome.kind == "refused"
    assert "This leads in a circle: " in outcome.says[0]
    itself = session.reply("visits, 10 %, 3 days, Ines, Field service visit, CRM")
    assert itself.kind == "refused"
    assert itself.says[0] == "This step leads from visits to itself. Name the state that comes after it."
