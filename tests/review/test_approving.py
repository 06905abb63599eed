"""Links looked at again: stamps as small edits, contents in the ledger, an approval of the whole plan."""

from __future__ import annotations

import datetime as dt
import difflib
import json
import stat
from dataclasses import replace

import pytest

from leadline.align.run import CheckOptions, check
from leadline.errors import UsageError
from leadline.plan.source import parse_plan, parse_texts
from leadline.plan.stamp import canonical, fingerprint, fingerprints
from leadline.review.approving import Signature, keep, look_again
from leadline.review.fingerprints import Reviewed, append_lines, read_reviewed

DAY = dt.date(2027, 1, 2)
INES = Signature(DAY, "ines")
NAME = "plan.yaml"


@pytest.fixture(scope="module")
def halden(shared):
    return (shared / "examples" / "halden-pumps" / "plan.yaml").read_text(encoding="utf-8")


def reviewed(text, element, known=None, by=INES):
    return look_again(parse_plan(text), element, known=known or Reviewed(), by=by)


def findings(text, known):
    options = CheckOptions(as_of=DAY, select=("PLN006",), known_contents=known.known_contents)
    return list(check(parse_plan(text), options))


def test_a_review_stamps_links_and_children_and_nothing_else(halden):
    reviewing = reviewed(halden, "search")
    after = reviewing.texts[NAME]
    now = fingerprints(parse_plan(halden).plan)
    lines = [line for line in difflib.ndiff(halden.splitlines(), after.splitlines()) if line[0] in "+-"]
    assert lines == [
        "-       serves: [sqo-2027]",
        f"+       serves: [{{ref: sqo-2027, seen: {now['sqo-2027']}}}]",
        "+       reviewed: {date: 2027-01-02, by: ines, children: {"
        + ", ".join(f"{child}: {now[child]}" for child in ("thought", "playbook", "desk-hours"))
        + "}}",
    ]


def test_a_second_review_renews_the_stamps_in_place(halden, tmp_path):
    first = reviewed(halden, "search")
    edited = first.texts[NAME].replace("target: {value: 85 count", "target: {value: 88 count")
    ledger = tmp_path / "ledger" / "fingerprints.jsonl"
    append_lines(ledger, [*first.contents, *first.records])
    known = read_reviewed(ledger, "pumpwatch-2027")
    again = reviewed(edited, "search", known, Signature(dt.date(2027, 2, 1), "jonas"))
    (link,) = again.links
    assert link.is_renewed
    assert (link.field, link.old["value"], link.new["value"]) == ("target", "85 count", "88 count")
    assert again.texts[NAME].count("reviewed:") == 1
    assert "reviewed: {date: 2027-02-01, by: jonas, children:" in again.texts[NAME]
    assert findings(edited, known)
    assert not findings(again.texts[NAME], known)
    assert len(again.contents) == 1  # the three children are on record already


def test_the_finding_names_field_old_and_new_from_the_ledger(halden, tmp_path):
    """Mutant 10 of the example, end to end: review, edit, check."""
    plan, ledger = tmp_path / NAME, tmp_path / "ledger" / "fingerprints.jsonl"
    plan.write_text(halden, encoding="utf-8")
    document = parse_texts({str(plan): halden})
    keep(look_again(document, "search", known=Reviewed(), by=INES), document, ledger=ledger)
    text = plan.read_text(encoding="utf-8").replace("target: {value: 85 count, by", "target: {value: 88 count, by")
    (finding,) = findings(text, read_reviewed(ledger, "pumpwatch-2027"))
    assert (finding.code, finding.element.id) == ("PLN006", "search")
    assert [finding.values[key] for key in ("field", "old", "new")] == ["target", "85 count", "88 count"]
    assert stat.S_IMODE(ledger.stat().st_mode) == 0o600


def test_an_approval_stamps_every_link_and_leaves_a_decision(halden, tmp_path):
    plan, ledger = tmp_path / NAME, tmp_path / "ledger" / "fingerprints.jsonl"
    plan.write_text(halden, encoding="utf-8")
    document = parse_texts({str(plan): halden})
    reviewing = look_again(document, "pumpwatch-2027", known=Reviewed(), by=INES)
    keep(reviewing, document, ledger=ledger)
    after = parse_texts({str(plan): plan.read_text(encoding="utf-8")})
    assert check(after, CheckOptions(as_of=DAY)).links_unreviewed == 0
    decision = after.plan.control.decisions[-1]
    assert (decision.id, decision.choice, decision.by, decision.about) == (
        "approved-2027-01-02", "approved", "ines", ("pumpwatch-2027",),
    )  # fmt: skip
    assert decision.shown == document.hash
    known = read_reviewed(ledger, "pumpwatch-2027")
    assert known.approved_on == DAY
    assert known.approved == fingerprints(document.plan)
    assert set(known.approved.values()) <= set(known.known_contents)
    assert known.approved == {name: mark for name, mark in fingerprints(after.plan).items() if name in known.approved}
    assert read_reviewed(ledger, "another-plan").approved == {}
    second = look_again(after, "pumpwatch-2027", known=known, by=INES)
    assert second.decision == "approved-2027-01-02-2"
    assert second.contents == ()


def test_reviewing_what_is_not_there_or_has_no_link_says_the_next_step(halden):
    with pytest.raises(UsageError, match=r'called "serch".*Nearest: search'):
        reviewed(halden, "serch")
    with pytest.raises(UsageError, match="there is no link to review"):
        reviewed(halden, "r-price")
    with pytest.raises(UsageError, match=r'"inez" is no person or team of the plan. Nearest: ines'):
        reviewed(halden, "search", by=replace(INES, by="inez"))


def test_a_link_to_nothing_is_not_reviewed(halden):
    reviewing = reviewed(halden.replace("serves: [sqo-2027, aware-2027]", "serves: [sqo-2027, awar-2027]"), "fair")
    assert [(link.ref, link.now is None) for link in reviewing.links] == [("sqo-2027", False), ("awar-2027", True)]
    assert "awar-2027]" in reviewing.texts[NAME]


@pytest.mark.parametrize(
    ("before", "line"),
    [
        ("{id: o, serves: [a]}", "{id: o, serves: [{ref: a, seen: MARK}], reviewed: {date: 2027-01-02, by: ines}}"),
        ("{serves: [{ref: a, why: x}], id: o}", "{serves: [{ref: a, why: x, seen: MARK}], id: o, reviewed: {date: 2027-01-02, by: ines}}"),
        ("{id: o, serves: [{ref: a, seen: 0}], reviewed: {by: mia}}", "{id: o, serves: [{ref: a, seen: MARK}], reviewed: {date: 2027-01-02, by: ines}}"),
    ],
)  # fmt: skip
def test_links_of_every_form_are_stamped(before, line):
    text = f"plan: {{id: p}}\nobjectives: [{before}]\nstrategy: {{levels: [{{id: a, statement: grow}}]}}\n"
    mark = fingerprint(parse_plan(text).plan.strategy.levels[0])
    assert reviewed(text, "o").texts[NAME] == text.replace(before, line.replace("MARK", mark))


def test_a_broken_line_of_the_ledger_is_named_and_costs_no_other(tmp_path, halden):
    ledger = tmp_path / "fingerprints.jsonl"
    objective = parse_plan(halden).plan.objectives[1]
    mark, text = fingerprint(objective), canonical(objective)
    good = json.dumps({"kind": "content", "fingerprint": mark, "content": json.loads(text)})
    forged = json.dumps({"kind": "content", "fingerprint": "0123456789ab", "content": json.loads(text)})
    ledger.write_text(f'{good}\n{forged}\n{{"kind": "approval", "pla', encoding="utf-8")
    known = read_reviewed(ledger, "p")
    assert known.known_contents == {mark: text}
    assert [note.split(" ")[0] for note in known.notes] == ["fingerprints.jsonl:2:", "fingerprints.jsonl:3:"]
    append_lines(ledger, [good])
    assert read_reviewed(ledger, "p").known_contents == {mark: text}
    assert ledger.read_text(encoding="utf-8").endswith(f'"pla\n{good}\n')
