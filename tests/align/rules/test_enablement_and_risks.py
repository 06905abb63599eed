"""ENB, RSK and WVR: teams that are ready, people who agreed, exceptions that hold."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import pytest

from leadline.align.inflow import weekly_inflow
from leadline.align.run import CheckOptions, case_of
from leadline.plan.source import parse_plan

HANDOVER = re.compile(r"`([\w-]+)` ([\d.]+)/(\d+) \(week ([\d\w-]+)\)")


@pytest.mark.parametrize("name", ["halden-pumps", "tidewater-cycles", "safe-harbour-reading"])
def test_handover_peaks_meet_the_reference(shared: Path, name: str) -> None:
    folder = shared / "examples" / name
    told = HANDOVER.findall((folder / "expected.md").read_text(encoding="utf-8"))
    plan = parse_plan((folder / "plan.yaml").read_text(encoding="utf-8"))
    case = case_of(plan, CheckOptions(as_of=dt.date(2027, 1, 2)))
    handovers = {one.id: one for one in case.plan.action.handovers}
    assert {one[0] for one in told} == set(handovers)
    for identity, peak, capacity, week in told:
        inflow = weekly_inflow(case, handovers[identity].metric)
        assert (inflow.peak, inflow.week) == (pytest.approx(float(peak), abs=0.051), week)
        assert case.amounts.per_week(handovers[identity].capacity) == pytest.approx(float(capacity))


def test_a_handover_to_anybody_of_the_team_equips_it(judged) -> None:
    assert not judged("ENB001", ("from: marketing, to: sales", "from: marketing, to: sam")).findings
    (found,) = judged("ENB001", ("from: marketing, to: sales", "from: sales, to: marketing")).findings
    assert (found.element.id, found.tactics) == ("sales", ("ads",))


@pytest.mark.parametrize(("function", "fires"), [("marketing", False), ("service", True)])
def test_a_marketing_team_needs_no_handover(judged, function: str, fires) -> None:
    edits = (("function: sales", f"function: {function}"), ("to: sales, metric", "to: marketing, metric"))
    assert bool(judged("ENB001", *edits).findings) is fires


def test_a_week_as_full_as_the_capacity_is_no_flood(judged) -> None:
    (found,) = judged("ENB002", ("capacity: 30 count/week", "capacity: 17 count/week")).findings
    peak = 500 / 214 * 7 + 60 / 273 * 7
    assert found.values["peak"] == pytest.approx(peak)
    exactly = ("capacity: 30 count/week", f"capacity: {found.values['peak']!r} count/week")
    assert not judged("ENB002", exactly).findings


def test_a_definition_lacks_what_it_lacks(judged) -> None:
    definition = ", definition: {criteria: a name and a wish, signed_off: 2026-12-10}"
    (found,) = judged("ENB003", (definition, "")).findings
    assert found.values["missing"] == ["criteria", "signed_off"]


def test_only_the_team_that_hands_over_brings_the_first(judged) -> None:
    # letters (sales) start on 2027-02-01, ads (marketing) on 2027-03-01
    assert not judged("ENB005", ("briefing: 2027-02-15", "briefing: 2027-03-01")).findings
    turned = judged("ENB005", ("from: marketing, to: sales, metric", "from: sales, to: marketing, metric")).findings
    late = {found.values["item"]: found.values["days"] for found in turned}
    assert late == {"briefing": 14, "t-page": 19, "t-live": 25}
    assert {(found.values["first_unit"], found.tactics) for found in turned} == {("2027-02-01", ("letters",))}


def test_undone_tasks_of_what_the_team_needs_are_late_too(judged) -> None:
    late = ("due: 2027-02-26", "due: 2027-03-04")
    (found,) = judged("ENB005", late).findings
    assert (found.element.id, found.values["item"], found.values["days"]) == ("h-lead", "t-live", 3)
    assert not judged("ENB005", ("due: 2027-02-26", "due: 2027-03-04, done: 2027-02-20")).findings
    assert not judged("ENB005", late, ("assets: [ads]", "assets: [dry]")).findings


@pytest.mark.parametrize(
    ("channel", "fires"),
    [
        ("media: owned, mode: one_to_one, basis: none", True),
        ("media: owned, mode: one_to_one, basis: contract", False),
        ("media: person, mode: one_to_one", False),
        ("media: owned, mode: broadcast", False),
        ("media: paid, mode: one_to_one", True),
    ],
)
def test_who_writes_to_one_needs_a_basis(judged, channel: str, fires) -> None:
    result = judged("RSK002", ("media: owned, mode: one_to_one, basis: consent", channel))
    assert [(found.element.id, found.values["audience"]) for found in result.findings] == (
        [("letters", 800)] if fires else []
    )


PAID = ("    - id: letters", "      stop_when", "      incentive: a voucher\n      stop_when")


def test_an_incentive_wakes_the_check_of_endorsements(judged) -> None:
    advocate = ("    - id: letters", "intent: retain", "intent: advocate")
    assert [found.code for found in judged("", PAID, advocate).shown] == ["RSK003"]
    assert not judged("", PAID, advocate, ignore=("RSK003",)).findings
    assert judged("", PAID, advocate).rules_run == judged("").rules_run + 1


@pytest.mark.parametrize(
    ("channel", "fires"),
    [
        ("name: Reviews on the map", True),
        ("name: Brand ambassadors", True),
        ("name: Letters by mail", False),
        ("media: earned", True),
    ],
)
def test_a_bought_review_is_an_endorsement(judged, channel: str, fires) -> None:
    old = "media: owned" if channel.startswith("media") else "name: Letters by mail"
    result = judged("RSK003", PAID, ("    - {id: mail", old, channel))
    assert bool(result.findings) is fires


def waiver(**keys: str) -> tuple[str, str]:
    pairs = {
        "id": "wv",
        "code": "CTL009",
        "target": "ads",
        "reason": "tried",
        "approved_by": "mia",
        "expires": "2027-06-30",
        **keys,
    }
    text = ", ".join(f"{key}: {value}" for key, value in pairs.items() if value)
    return ("  tests:\n", f"  waivers:\n    - {{{text}}}\n  tests:\n")


ENDLESS = ("    - id: ads", "      stop_when: under 100 enquiries by 2027-06-30\n", "")


def test_a_waiver_holds_on_its_last_day_and_no_longer(judged) -> None:
    on, after = dt.date(2027, 6, 30), dt.date(2027, 7, 1)
    assert not judged("", ENDLESS, waiver(), day=on, ignore=("SIT",)).shown
    codes = {found.code for found in judged("", ENDLESS, waiver(), day=after, ignore=("SIT",)).shown}
    assert codes == {"WVR002", "CTL009"}


def test_a_bare_waiver_suppresses_nothing(judged) -> None:
    for key in ("reason", "approved_by", "expires"):
        result = judged("", ENDLESS, waiver(**{key: ""}))
        assert {found.code for found in result.shown} == {"WVR001", "CTL009"}
        (bare,) = (found for found in result.findings if found.code == "WVR001")
        assert bare.values["missing"] == [key]


@pytest.mark.parametrize("code", ["TPM003", "promise-not-resourced", "RSK002", "PLN002", "WVR001", "RSK003"])
def test_what_cannot_be_waived_is_named_by_code_or_name(judged, code: str) -> None:
    (found,) = judged("WVR004", waiver(code=code)).findings
    assert re.fullmatch(r"[A-Z]{3}\d{3}", found.values["target"])


@pytest.mark.parametrize("code", ["CTL009", "no-stop-rule", "NOSUCH"])
def test_other_checks_may_be_waived(judged, code: str) -> None:
    assert not judged("WVR004", waiver(code=code)).findings


def test_braces_in_an_id_are_text_not_figures(judged) -> None:
    odd = '"{odd}"'
    result = judged(
        "",
        ("    - id: letters", "id: letters", f"id: {odd}"),
        ("      dates: 2027-02-01..2027-10-31\n", ""),
        ("    - id: " + odd, "      segments: [riders]\n", ""),
        waiver(id=odd, expires="2026-12-31", target=odd),
    )
    assert {"TAC007", "AUD001", "PLN001", "WVR002"} <= {found.code for found in result.findings}


CAPACITY = "capacity: 30 count/week"
SHOP = "promise: {first_response: 1 h"


@pytest.mark.parametrize(("contact", "fires"), [("60 min", False), ("61 min", True), ("1 days", True)])
def test_the_first_contact_is_as_fast_as_the_place_promises(judged, contact: str, fires) -> None:
    found = judged("ENB004", (CAPACITY, f"{CAPACITY}, promise: {{first_contact: {contact}}}")).findings
    assert [one.values["promised"] for one in found] == ([1.0] if fires else [])


def test_a_step_of_another_team_breaks_no_promise_of_this_one(judged) -> None:
    slow = (CAPACITY, f"{CAPACITY}, promise: {{first_contact: 9 h}}")
    assert not judged("ENB004", slow, ("lag: 30 days, owner: sam", "lag: 30 days, owner: mia")).findings
    assert judged("ENB004", slow, ("lag: 30 days, owner: sam", "lag: 30 days")).findings


@pytest.mark.parametrize(
    ("claim", "words"),
    [
        ("Case studies of three riders", ["case studies"]),
        ("\"'I have not been late since', she says\"", None),
        ("'„Nie wieder nass“ – Anna Holm'", ["Anna Holm"]),
        ("'\"Dry\", Anna'", None),  # four letters are a word in quotes, nobody's statement
    ],
)
def test_a_voice_is_a_word_for_it_or_a_name_behind_quoted_words(judged, claim: str, words: list[str] | None) -> None:
    found = judged("RSK004", ("claim: Arrive dry and on time", f"claim: {claim}")).findings
    assert [one.values["words"] for one in found] == ([words] if words else [])


def test_a_task_may_rest_on_a_document_of_its_tactic(judged) -> None:
    task = ("{id: t-page, tactic", "{id: t-page, name: Film the testimonials, tactic")
    paper = ("kind: data", "kind: document")
    assert [one.element.id for one in judged("RSK004", task, paper).findings] == ["t-page"]
    assert not judged("RSK004", task, paper, ("    - id: ads\n", "    - id: ads\n      evidence: [ev-till]\n")).findings


@pytest.mark.parametrize(("state", "fires"), [("open", True), ("true", False), ("false", False)])
def test_a_settled_assumption_needs_no_test(judged, state: str, fires) -> None:
    row = f"  assumptions: [{{id: a, statement: It rains, criticality: high, state: {state}}}]\n  tests:\n"
    found = judged("RSK001", ("  tests:\n", row)).findings
    assert [one.values["missing"] for one in found] == ([["test", "due"]] if fires else [])
