"""Transcripts of the further flows: lines in, plan out, compared in meaning."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from leadline.align.registry import RULES
from leadline.align.run import CheckOptions, check
from leadline.plan.interview import Item, Session, read_flow
from leadline.plan.interview.writing import faults_of
from leadline.plan.source import parse_plan, read_plan
from leadline.plan.stamp import fingerprints

TODAY = dt.date(2027, 1, 10)
PLAN = """
plan: {id: halden-2027, title: Halden, organisation: Halden Pumps, window: 2027-01-01..2027-12-31, currency: EUR, budget: 60 kEUR, driver: ines, status: draft}
metrics:
  - {id: lead, name: Enquiries, unit: count, stage: outcome, role: marketing, source: "stage:lead"}
  - {id: contract, name: Contracts, unit: count, stage: outcome, role: business, value_event: true, source: "stage:won"}
situation:
  segments: [{id: plants, name: Plants that run our pumps, status: existing, size: 640, value: 9 kEUR, need: no unplanned stops}]
  channels: [{id: search, name: Search ads, media: paid, mode: broadcast}]
  touchpoints:
    - {id: desk, name: Enquiry desk, stage: consider, place: phone, control: owned, owner: service, experience: {score: 55, n: 80, as_of: 2026-10-01}}
objectives:
  - {id: contracts, name: More contracts, type: acquisition, metric: contract, baseline: {value: 47, as_of: 2026-12-31}, target: {value: 122, by: 2027-12-31}, serves: [win-dach]}
strategy:
  levels:
    - {id: grow, level: corporate, direction: growth, statement: Double recurring revenue}
    - {id: monitor, level: business_unit, parent: grow, growth: penetration, statement: Sell monitoring}
    - {id: win-dach, level: market, parent: monitor, statement: Win maintenance managers of plants, not_doing: [chemicals]}
  messages: [{id: ten-days, segment: plants, claim: Know a failure ten days early}]
tactics:
  bridge: [{from: lead, to: contract, rate: 10..15..20 %, lag: 60 days, owner: service}]
  list:
    - {id: ads, name: Search ads, intent: acquire, serves: [contracts], segments: [plants], messages: [ten-days], channels: [search], owner: ines, dates: 2027-02-01..2027-10-31, budget: 20 kEUR, delivers: {metric: lead, count: 300..420..520}}
    - {id: podcast, name: Podcast, intent: build, segments: [plants], dates: 2027-02-01..2027-10-31, budget: 3 kEUR}  # nobody knows why
action:
  people: [{id: ines, name: Ines, capacity: 16 h/week}]
  teams: [{id: service, name: Service, function: service}]
"""


def transcript(flow, lines, *, text=PLAN, items=(), today=TODAY):
    """Answer by question id (with or without what it is about); whatever is not scripted is left open."""
    session = replace(Session.begin(read_flow(flow), parse_plan(text), today=today), items=items)
    told = []
    for _ in range(120):
        prompt = session.next()
        if prompt is None:
            return session, told
        line = "" if prompt.follow_up else lines.get(prompt.key, lines.get(prompt.key.partition("@")[0], ""))
        outcome = session.reply(line)
        assert outcome.kind != "refused", (prompt.key, line, outcome.says)
        told += outcome.says
        session = outcome.session
    raise AssertionError("the interview does not end")


def named(elements, identity):
    return next(one for one in elements if one.id == identity)


def test_align_ties_what_serves_nothing_to_an_aim_or_parks_it():
    session, told = transcript("align", {
        "align.follow": "Say what a stop costs, in plants' own words",
        "align.follow.sibling@customer-service": "One unplanned stop less",
        "align.experience": "Enquiry desk, 75",
        "align.without": "+6..8..10",
        "align.posture": "seek people out",
        "align.proof": "ten days; pilot report",
        "align.each@podcast": "park",
    })  # fmt: skip
    plan = session.document.plan
    levels = {one.level: one for one in plan.strategy.levels}
    assert levels["communications"].parent.ref == "win-dach"
    assert levels["communications"].posture == "proactive"
    assert {link.ref for link in levels["communications"].aligned_with} == {levels["customer_service"].id}
    service = next(one for one in plan.objectives if one.type == "service")
    assert (str(service.baseline.value), str(service.target.value), service.target.by) == (
        "55",
        "75",
        dt.date(2027, 12, 31),
    )
    assert str(named(plan.objectives, "contracts").without_plan) == "6..8..10"
    assert plan.strategy.messages[0].proof == (plan.situation.evidence[0].id,)
    assert [one.id for one in plan.tactics.list] == ["ads"]
    assert plan.control.ideas[0].name == "Podcast"
    assert any("Parked, not lost" in text for text in told)


def test_a_team_at_work_says_the_same_as_the_plan_or_it_is_found():
    level = "    - {id: care, level: customer_service, parent: monitor, statement: One stop less}\n"
    talk = "    - {id: talk, level: communications, parent: win-dach, statement: Warn plants early}\n"
    text = PLAN.replace("  messages: [", f"{level}{talk}  messages: [")
    yes = transcript("align", {"align.sibling@service": "yes, 2026-12-10"}, text=text)[0].document.plan
    assert named(yes.strategy.levels, "talk").aligned_with[0].ref == "care"
    assert yes.action.teams[0].agreed == dt.date(2026, 12, 10)
    no = transcript("align", {"align.sibling@service": "no"}, text=text)[0].document.plan
    assert no.situation.findings[0].statement == "The plan of Service does not say the same as this one"


def test_six_plans_a_channel_from_its_aim_to_who_answers():
    session, _ = transcript("six", {
        "six.sites": "Town group, 22 %, social",
        "six.tangibles@podcast": "700..1000..1300 listeners",
        "six.map": "Enquiry desk",
        "six.value.worth": "6..7..8 kEUR",
        "six.proof@ads": "areas; two areas without ads; under 20 % more we stop; 90 days",
        "six.hours": "40 a week, 6 min, 8 h, 16 h/week, 16 h/week, no",
        "six.people": "Ines; Olive",
    })  # fmt: skip
    plan = session.document.plan
    assert plan.situation.segments[0].venues == (plan.situation.venues[0].id,)
    assert str(named(plan.tactics.list, "podcast").delivers[0].count) == "700..1000..1300"
    assert plan.tactics.bridge[0].touchpoint == "desk"
    assert str(named(plan.metrics, "contract").worth) == "6..7..8 kEUR"
    ads, test = named(plan.tactics.list, "ads"), plan.control.tests[0]
    assert (ads.test, test.method, str(test.duration), ads.stop_when) == (
        test.id,
        "geo",
        "90 days",
        "under 20 % more we stop",
    )
    desk = plan.situation.touchpoints[0]
    assert (str(desk.promise.first_response), str(desk.staffed), desk.tags) == ("8 h", "16 h/week", ())
    assert {one.name for one in plan.action.people if "desk" in one.covers} == {"Ines", "Olive"}


def test_sales_follows_a_programme_to_the_next_step_that_can_be_counted():
    session, _ = transcript("sales", {
        "sales.cost@ads": "17 kEUR, 45 h",
        "sales.furthest@podcast": "200 downloads",
        "sales.next": "lead; asked on the form",
        "sales.next.tracking": "CRM stage",
        "sales.money": "28..40..60 kEUR, 20 sales",
        "sales.missed@ads": "sales, 1 month, fewer than 3 leads less and it stays stopped",
        "sales.seen": "2027-03-29, three cases and a script",
        "sales.lead": "named plant and a question, 2026-12-10",
        "sales.capacity": "45 a week, 2 h",
        "sales.reject": "no plant, student",
        "sales.one@ads": "Letters, consent",
        "sales.verdict": "fix, two posts a week bring no enquiry",
    })  # fmt: skip
    plan = session.document.plan
    ads, search = named(plan.tactics.list, "ads"), named(plan.situation.channels, "search")
    assert (str(search.cost), str(ads.budget), str(ads.hours)) == ("17 kEUR/quarter", "20 kEUR", "45 h")
    assert str(named(plan.metrics, "contract").worth) == "1.4..2..3 kEUR"
    assert {(step.from_, step.to, step.tracking) for step in plan.tactics.bridge} == {
        ("lead", "contract", "CRM stage"), ("downloads", "lead", "asked on the form"),
    }  # fmt: skip
    handover = plan.action.handovers[0]
    assert (handover.to, handover.metric, handover.assets, handover.reject_reasons) == (
        "service",
        "lead",
        ("ads",),
        ("no plant", "student"),
    )
    assert named(plan.situation.channels, "letters").basis == "consent"
    assert ads.channels == ("search", "letters")
    assert (search.verdict, plan.control.decisions[0].choice) == ("fix", "fix")
    assert ads.test == plan.control.tests[0].id


def test_walk_finds_the_worst_place_and_who_mends_it():
    session, _ = transcript("walk", {
        "walk.doing@use": "Field service visit, keep the pump running",
        "walk.where@field-service-visit": "at the plant, ours",
        "walk.notice@desk": "a queue",
        "walk.load@desk": "95 a week, 4 min",
        "walk.score@field-service-visit": "81, 140 answers, survey",
        "walk.promise@desk": "8 h, 9 h, 16 h/week",
        "walk.worst@desk": "nobody called back",
        "walk.fix": "A second line at the desk, Dan, 2027-03-26, 20 h",
    })  # fmt: skip
    plan = session.document.plan
    desk, visit = named(plan.situation.touchpoints, "desk"), named(plan.situation.touchpoints, "field-service-visit")
    assert (visit.stage, visit.control, visit.experience.score) == ("use", "owned", 81)
    assert (str(desk.volume), desk.complaints, desk.notes) == (
        "95 count/week",
        ("nobody called back",),
        "They notice: a queue.",
    )
    mend = plan.tactics.list[-1]
    assert (mend.intent, mend.improves, str(mend.dates)) == ("serve", ("desk",), "2027-01-10..2027-03-26")
    assert plan.situation.findings[0].addressed_by == (mend.id,)


def test_audit_turns_each_gap_into_an_answer_or_an_accepted_finding():
    session, _ = transcript("audit", {
        "audit.who": "Nordsense; #nordsense",
        "audit.price": "92",
        "audit.channels": "search, fair",
        "audit.share": "21 %, 26 %",
        "audit.better": "price; no service",
        "audit.seen": "2026-11-02",
        "audit.result": "2 leads, 0 sales, 3 kEUR",
        "audit.gap@better-nordsense": "ads",
        "audit.gap": "fairs cost us more than they bring",
    })  # fmt: skip
    plan = session.document.plan
    rival = plan.situation.competitors[0]
    assert (rival.aliases, rival.price_index, rival.strengths, rival.weaknesses) == (
        ("#nordsense",),
        92,
        ("price",),
        ("no service",),
    )
    assert str(plan.situation.channels[0].cost) == "3 kEUR/month"
    findings = {one.statement: one for one in plan.situation.findings}
    assert findings["Nordsense is better at price"].addressed_by == ("ads",)
    accepted = {name for one in plan.control.decisions if one.choice == "accepted" for name in one.about}
    assert findings["Nordsense is seen in fair; we are not"].id in accepted
    assert findings["Customers of Nordsense complain about no service"].id in accepted


UP = {"ladder.what": "a radio show", "ladder.who": "maintenance managers call", "ladder.number": "20..40..60 enquiries"}


def test_what_reaches_an_aim_becomes_an_experiment_with_a_test():
    session, told = transcript("ladder", {
        **UP, "ladder.aim": "contracts", "ladder.true": "they listen at work",
        "ladder.test": "three episodes, 2 kEUR, under 5 calls, before and after",
        "ladder.instead": "half of the ads, 2 kEUR, ads",
    })  # fmt: skip
    plan = session.document.plan
    show = plan.tactics.list[-1]
    assert (show.intent, show.reason, [link.ref for link in show.serves], show.segments) == (
        "acquire",
        "experiment",
        ["contracts"],
        ("plants",),
    )
    assert (show.delivers[0].metric, str(show.delivers[0].count)) == ("lead", "20..40..60")
    assert (str(show.budget), show.stop_when, show.test) == ("2 kEUR", "under 5 calls", plan.control.tests[0].id)
    assert str(named(plan.tactics.list, "ads").budget) == "18 kEUR"
    assert plan.control.assumptions[0].criticality == "high"
    assert plan.control.ideas == ()
    assert any("It reaches More contracts" in text for text in told)


def test_what_reaches_no_aim_is_parked_and_nothing_else_is_written():
    session, told = transcript("ladder", {**UP, "ladder.aim": "more talk", "ladder.level": "being modern"})
    before = parse_plan(PLAN).plan
    after = session.document.plan
    assert after.tactics == before.tactics
    assert after.metrics == before.metrics
    assert after.control.model_copy(update={"ideas": ()}) == before.control
    (idea,) = after.control.ideas
    assert (idea.name, idea.date) == ("A radio show", TODAY)
    assert told[-1] == "Parked, not lost: it reached “being modern” but no number of the business."


def test_an_aim_is_reached_through_the_strategy_that_it_serves():
    session, _ = transcript("ladder", {**UP, "ladder.aim": "more talk", "ladder.level": "win-dach"})
    assert [link.ref for link in session.document.plan.tactics.list[-1].serves] == ["contracts"]


CONTROL = """
control:
  watches: [{id: w, name: Contracts, metric: contract, objective: contracts, every: month, by: ines, red: -20 %, then: {who: ines, what: review, within: 10 days}}]
  tests: [{id: t-ads, tactic: ads, method: geo, duration: 90 days, rule: stop under 10 %}]
  assumptions: [{id: a-one, statement: They listen, criticality: high, due: 2027-02-01, state: open}]
  waivers: [{id: x, code: MEA001, target: ads, reason: one area only, approved_by: ines, expires: 2027-03-01}]
  ideas: [{id: first, name: First, date: 2027-01-01, reason: no number}, {id: second, name: Second, date: 2027-01-01, reason: no number}]
"""


def test_the_month_decides_once_about_its_one_item():
    item = Item("w", ("Contracts: 30, 60 was planned.",), 20_000.0, ("control", "watches", 0), "Contracts", {
        "kind": "red", "watch": "w", "objective": "contracts", "metric": "contract", "at": "w",
    })  # fmt: skip
    session, _ = transcript(
        "review-month",
        {"month.see": "it rained", "month.do": "fix, Ines, 2027-05-14"},
        text=PLAN + CONTROL,
        items=(item,),
    )
    (decision,) = session.document.plan.control.decisions
    assert (decision.choice, decision.reason, decision.by, decision.about) == (
        "fix, by 2027-05-14",
        "it rained",
        "ines",
        ("w", "contracts"),
    )
    assert decision.date == TODAY
    assert session.open() == ()


def test_a_stale_number_becomes_a_task_for_somebody():
    item = Item(
        "w", (), None, ("control", "watches", 0), "Contracts", {"kind": "stale", "metric": "contract", "watch": "w"}
    )
    session, _ = transcript("review-month", {"month.data": "Ines, 2027-05-14"}, text=PLAN + CONTROL, items=(item,))
    (task,) = session.document.plan.action.tasks
    assert (task.accountable, task.due) == ("ines", dt.date(2027, 5, 14))


def quarter_items():
    def at(kind, name, path, **values):
        return Item(f"{kind}:{name}", (), None, path, name, {"kind": kind, kind: name, "at": name, **values})

    bet = {
        "kind": "bet",
        "bet": "lead>contract:rate",
        "place": "rate",
        "was": "10..15..20 %",
        "from": "lead",
        "to": "contract",
    }
    return (
        at("idea", "first", ("control", "ideas", 0), idea="first"),
        at("idea", "second", ("control", "ideas", 1), idea="second"),
        at("assumption", "a-one", ("control", "assumptions", 0)),
        at("test", "t-ads", ("control", "tests", 0), tactic="ads", start="2027-02-01", end="2027-05-01"),
        at("waiver", "x", ("control", "waivers", 0), code="MEA001", target="ads"),
        at("objective", "contracts", ("objectives", 0)),
        Item("bet", (), None, ("tactics", "bridge", 0, "rate"), "lead>contract:rate", bet),
        Item("link", (), None, ("objectives", 0, "serves", 0), "contracts", {"kind": "link", "element": "contracts", "ref": "win-dach", "now": "", "direction": "up"}),
    )  # fmt: skip


def test_a_question_about_a_lag_shows_the_lag_that_stands_and_not_the_rate_beside_it():
    values = {
        "kind": "bet",
        "bet": "lead>contract:lag",
        "place": "lag",
        "was": "60 days",
        "from": "lead",
        "to": "contract",
    }
    item = Item("bet", (), None, ("tactics", "bridge", 0, "lag"), "lead>contract:lag", values)
    begun = Session.begin(read_flow("review-quarter"), parse_plan(PLAN), today=TODAY)
    assert replace(begun, items=(item,)).next().present["estimate"] == "60 days"


def test_the_quarter_writes_what_is_known_now_and_why():
    lines = {
        "quarter.idea@idea:first": "drop, nobody asked again",
        "quarter.idea@idea:second": "bring back, there is a reader now",
        "quarter.assumption": "true, 18 of 20",
        "quarter.test": "12 kEUR, 31, 18, 44, 90 %",
        "quarter.waiver": "renew, 2027-09-30, still one area",
        "quarter.objective": "lower it to 100, two months are lost",
        "quarter.bet": "20..24..29 %, 61 cases",
        "quarter.link": "yes, target only",
    }
    text = (PLAN + CONTROL).replace("serves: [win-dach]", "serves: [{ref: win-dach, seen: 000000000000}]")
    session, told = transcript("review-quarter", lines, text=text, items=quarter_items())
    plan = session.document.plan
    assert [one.id for one in plan.control.ideas] == ["second"]
    assert plan.control.assumptions[0].state == "true"
    result = plan.control.tests[0].result
    assert (result.tactic, result.estimate, result.low, result.high, result.level) == ("ads", 31, 18, 44, 0.9)
    assert (plan.control.waivers[0].expires, plan.control.waivers[0].reason) == (dt.date(2027, 9, 30), "still one area")
    assert str(plan.tactics.bridge[0].rate) == "20..24..29 %"
    bet = next(one for one in plan.control.decisions if "lead>contract:rate" in one.about)
    assert (bet.choice, bet.reason) == ("20..24..29 %", "61 cases")
    assert "It was 10..15..20 %." in bet.question
    assert plan.objectives[0].serves[0].seen == fingerprints(plan)["win-dach"]
    assert plan.objectives[0].reviewed.by == "ines"
    assert any("leadline init --flow ladder" in one for one in told)


def test_an_exception_is_renewed_only_with_a_new_reason_and_day():
    session = Session.begin(read_flow("review-quarter"), parse_plan(PLAN + CONTROL), today=TODAY)
    session = replace(session, items=tuple(one for one in quarter_items() if one.id == "waiver:x"))
    outcome = session.reply("renew")
    assert outcome.kind == "refused"
    assert "new last day" in outcome.says[0]
    assert "new reason" in outcome.says[0]


def test_after_an_activity_one_decision_holds_promise_verdict_and_lesson():
    item = Item(
        "after:ads",
        (),
        20_000.0,
        ("tactics", "list", 0),
        "Search ads",
        {"kind": "tactic", "tactic": "ads", "record": "After Search ads, 2027-10-31"},
    )
    lines = {
        "after.promised": "420 leads",
        "after.done": "80 % of the hours",
        "after.verdict": "tactic failed, agree",
        "after.teach": "ask at the till",
    }
    session, _ = transcript("review-after", lines, items=(item,))
    plan = session.document.plan
    (decision,) = plan.control.decisions
    assert (decision.notes, decision.choice, decision.reason) == (
        "Promised: 420 leads.",
        "tactic failed (agree)",
        "ask at the till",
    )
    assert plan.tactics.list[0].evidence == (plan.situation.evidence[0].id,)
    assert plan.tactics.list[0].delivers == parse_plan(PLAN).plan.tactics.list[0].delivers


FLOWS = ("align", "six", "sales", "walk", "audit")


@pytest.mark.parametrize("flow", FLOWS)
@pytest.mark.parametrize("line", ["?", "n/a it is not our case at all"])
def test_a_flow_without_answers_leaves_a_plan_that_reads(flow, line, tmp_path):
    session = Session.begin(read_flow(flow), parse_plan(PLAN), today=TODAY)
    for _ in range(150):
        prompt = session.next()
        if prompt is None:
            break
        outcome = session.reply(line if not prompt.follow_up else "?")
        session = session.reply("").session if outcome.kind == "refused" else outcome.session
    assert session.next() is None
    (tmp_path / "plan.yaml").write_text(next(iter(session.document.texts.values())), encoding="utf-8")
    again = read_plan(tmp_path / "plan.yaml")
    assert list(faults_of(again)) == []
    structural = {rule.code for rule in RULES if rule.structural}
    assert [one for one in check(again, CheckOptions(TODAY)).findings if one.code in structural] == []
    assert again.plan.tactics == parse_plan(PLAN).plan.tactics


def test_an_interview_that_is_interrupted_after_each_answer_ends_in_the_same_plan():
    lines = {
        "sales.cost@ads": "17 kEUR, 45 h",
        "sales.next.tracking@lead-contract": "CRM stage",
        "sales.money@ads": "28..40..60 kEUR, 20 sales",
        "sales.seen@service": "2027-03-29, three cases and a script",
        "sales.lead@to-service": "named plant and a question, 2026-12-10",
        "sales.reject@to-service": "no plant, student",
        "sales.one@ads": "Letters, consent",
        "sales.verdict@search": "fix, two posts a week bring no enquiry",
    }
    whole, _ = transcript("sales", lines)
    text = PLAN
    for key, line in lines.items():
        session = Session.begin(read_flow("sales"), parse_plan(text), today=TODAY)
        (text,) = session.answer(line, key=key).session.document.texts.values()
    assert parse_plan(text).plan == whole.document.plan
    assert "# nobody knows why" in text


def test_a_walk_asks_everything_about_one_place_before_the_next():
    text = PLAN.replace("objectives:", "    - {id: visit, name: Field visit, stage: use}\nobjectives:", 1)
    session = Session.begin(read_flow("walk"), parse_plan(text), today=TODAY)
    asked = [ask.item.id for ask in session.open() if ask.question.block == "place"]
    assert asked == sorted(asked, key=["desk", "visit"].index)
