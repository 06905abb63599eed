"""Mending: safe at once, unsafe only with consent, never what people believe, and nothing that does harm."""

from __future__ import annotations

import datetime as dt
import difflib
import re
from types import SimpleNamespace

import pytest

from leadline.align import examples, fixing
from leadline.align.fixing import REFUSED, UNASKED, Mended, mend
from leadline.align.repairs import NEVER
from leadline.align.run import CheckOptions, check
from leadline.align.writers.fixes import write_fixes
from leadline.plan.diff import diff
from leadline.plan.edits import apply
from leadline.plan.naming import ids
from leadline.plan.reviewing import ReviewRecord, stamp_splices, stamps
from leadline.plan.source import Document, parse_plan, parse_texts

DAY = dt.date(2027, 1, 2)
PARK = """    - id: podcast
      name: "A podcast, weekly"
      intent: build
      dates: 2027-01-05..2027-02-28
      budget: 3 kEUR
      mechanism: People listen to it and think of us when they need it
"""


@pytest.fixture(scope="module")
def halden(shared):
    return (shared / "examples" / "halden-pumps" / "plan.yaml").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def tidewater(shared):
    return (shared / "examples" / "tidewater-cycles" / "plan.yaml").read_text(encoding="utf-8")


def edited(text: str, *edits: tuple[str, str]) -> str:
    for old, new in edits:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


def mended(text: str, *, agree: bool | None = None, day: dt.date = DAY, **options: object) -> Mended:
    consent = None if agree is None else lambda _fix, _diff: agree
    return mend(parse_plan(text), CheckOptions(as_of=day, **options), consent=consent)


def text_of(result: Mended) -> str:
    return result.document.texts["plan.yaml"]


def test_a_sound_plan_has_nothing_to_mend(halden, tidewater):
    for text, day in ((halden, DAY), (tidewater, dt.date(2027, 2, 1))):
        result = mended(text, agree=True, day=day)
        assert (result.applied, result.left, text_of(result)) == ((), (), text)
        assert result.sentence() == "nothing to fix"


SAFE = {
    "a unit": [("budget: 400 kEUR", "budget: 400KEUR")],
    "quotes": [('question: "Fair or second search region?"', "question: Fair or second search region?")],
    "a broken text": [('question: "Fair or second search region?"', "question: Fair or second, a search region?")],
}


@pytest.mark.parametrize("damage", SAFE)
def test_a_safe_fix_brings_the_plan_back(halden, damage):
    result = mended(edited(halden, *SAFE[damage]))
    assert [one.fix.safety for one in result.applied] == ["safe"]
    wanted = (
        halden if damage != "a broken text" else halden.replace("Fair or second search", "Fair or second, a search")
    )
    assert text_of(result) == wanted


def test_references_to_a_moved_id_are_renamed_and_so_is_the_target_of_a_waiver(halden):
    text = (
        halden.replace("- id: fair\n", "- id: stand-2027\n")
        + "moved: [{from: fair, to: rig}, {from: rig, to: stand-2027}]\n"
    )
    result = mended(text)
    assert {one.fix.code for one in result.applied} == {"PLN002", None}
    shown = check(result.document, CheckOptions(as_of=DAY))
    assert not [one for one in shown if one.code == "PLN002"]
    assert [one.waived_by for one in shown if one.code == "MEA001"] == ["wv-fair"]
    assert result.left == ()
    assert not diff(parse_plan(halden).plan, parse_plan(text_of(result)).plan)[1:]  # the rename, and nothing else


def test_a_person_renamed_under_moved_is_renamed_everywhere(halden):
    text = halden.replace("{id: tom,", "{id: thomas,") + "moved: [{from: tom, to: thomas}]\n"
    result = mended(text, preview=True)
    assert "tom" not in re.findall(r"(?:owner|accountable|by|who): (\w+)", text_of(result))


def test_an_unused_waiver_goes_and_one_that_names_nothing_stays(halden):
    text = edited(halden, ("code: MEA001, target: fair", "code: BUD002, target: fair"))
    result = mended(text)
    assert [(one.fix.code, one.fix.element) for one in result.applied] == [("WVR003", "wv-fair")]
    assert result.document.plan.control.waivers == ()
    for misspelt in (("code: MEA001", "code: MEA01"), ("target: fair", "target: fiar")):
        result = mended(
            edited(halden, (f"{misspelt[0]}, ", f"{misspelt[1]}, "))
            if "code" in misspelt[0]
            else halden.replace("target: fair, reason", "target: fiar, reason")
        )
        assert len(result.document.plan.control.waivers) == 1


def test_a_stamp_that_was_lost_comes_back_from_the_ledger(halden):
    document = parse_plan(halden)
    (stamp,) = stamps(document.plan, ("search",))
    whole = apply(document, stamp_splices(document, stamp, date=DAY, by="ines"))
    lost = re.sub(r"\n +reviewed: \{[^\n]+", "", whole.texts["plan.yaml"])
    record = ReviewRecord("search", DAY, "ines", stamp.seen, stamp.children)

    def after(text: str, known: ReviewRecord) -> str:
        return text_of(mend(parse_plan(text), CheckOptions(as_of=DAY), records={"search": known}))

    assert after(lost, record) == whole.texts["plan.yaml"]
    other = ReviewRecord("search", DAY, "ines", {"sqo-2027": "000000000000"}, stamp.children)
    assert after(lost, other) == lost
    assert after(halden, record) == halden  # a link without its own stamp was not reviewed in this plan


def test_an_unsafe_fix_is_left_without_consent_and_made_with_it(tidewater):
    """Mutant 1: radio starts before the fix of the workshop ends."""
    text = edited(tidewater, ("dates: 2027-04-05..2027-06-15", "dates: 2027-03-08..2027-06-15"))
    day = dt.date(2027, 2, 1)
    for agree, reason in ((None, UNASKED), (False, REFUSED)):
        result = mended(text, agree=agree, day=day)
        (left,) = result.left
        assert (left.fix.code, left.reason, text_of(result)) == ("TPM003", reason, text)
        assert "-      dates: 2027-03-08..2027-06-15\n+      dates: 2027-03-27..2027-06-15" in left.diff
    result = mended(text, agree=True, day=day)
    assert text_of(result) == text.replace("2027-03-08..2027-06-15", "2027-03-27..2027-06-15")
    assert not [one for one in check(result.document, CheckOptions(as_of=day)) if one.code == "TPM003"]


def test_a_shift_that_fits_frees_a_person():
    text = examples.text_of("RES001", "bad")
    before = check(parse_plan(text), CheckOptions(as_of=DAY))
    result = mended(text, agree=True)
    if any(one.repairs for one in before if one.code == "RES001"):
        assert [one.fix.code for one in result.applied] == ["RES001"]
        assert not [one for one in check(result.document, CheckOptions(as_of=DAY)) if one.code == "RES001"]
    else:
        assert text_of(result) == text


def test_the_nearest_id_is_a_guess_that_is_asked_for(halden):
    text = edited(
        halden,
        (
            "      enables: [search, fair]\n      stop_when: awareness",
            "      enables: [serch, fair]\n      stop_when: awareness",
        ),
    )
    assert text_of(mended(text)) == text
    assert text_of(mended(text, agree=True)) == halden


def test_a_parked_tactic_keeps_its_id_and_nobody_invents_its_reason(halden):
    text = halden.replace("    - id: playbook\n", f"{PARK}    - id: playbook\n")
    result = mended(text, agree=True)
    assert [one.fix.code for one in result.applied] == ["TAC001"]
    assert PARK not in text_of(result)
    (idea,) = (one for one in result.document.plan.control.ideas if one.id == "podcast")
    assert (idea.name, idea.date, idea.reason) == ("A podcast, weekly", DAY, None)
    assert idea.notes == "parked by a fix (TAC001, 3 kEUR); write the reason"
    rest = [line for line in text_of(result).splitlines() if "id: podcast," not in line]
    assert rest == halden.splitlines()


def test_a_fix_that_would_add_an_error_is_rolled_back_and_named(halden):
    text = halden.replace("    - id: playbook\n", f"{PARK}    - id: playbook\n")
    text = edited(
        text,
        (
            "      enables: [search, fair]\n      stop_when: awareness",
            "      enables: [search, fair, podcast]\n      stop_when: awareness",
        ),
    )
    result = mended(text, agree=True)
    assert text_of(result) == text
    (left,) = result.left
    assert left.fix.code == "TAC001"
    assert left.reason == "rolled back: it would add PLN002 on thought"


def test_what_people_believe_and_decide_is_never_written(halden, monkeypatch):
    """Whatever a rule proposes: a target, a rate, a reason or a person's name is not touched."""
    from leadline.align import fixing
    from leadline.align.finding import Repair

    proposed = [
        (("objectives", 0, "target", "value"), "1 EUR"),
        (("tactics", "bridge", 0, "rate"), "99 %"),
        (("tactics", "list", 0, "owner"), "tom"),
    ]
    real = fixing.check

    def check_with_bad_repairs(document: Document, options: CheckOptions) -> object:
        result = real(document, options)
        from dataclasses import replace

        repairs = tuple(Repair("safe", (edit,)) for edit in proposed)
        return replace(result, findings=tuple(replace(one, repairs=repairs, waived_by=None) for one in result.findings))

    monkeypatch.setattr(fixing, "check", check_with_bad_repairs)
    assert real(parse_plan(halden), CheckOptions(as_of=DAY)).findings
    assert text_of(mended(halden, agree=True)) == halden
    assert {"target", "baseline", "rate", "count", "worth", "reason", "owner", "by", "approved_by"} <= NEVER


def test_selecting_a_rule_limits_what_is_mended(halden):
    text = edited(halden, ("budget: 400 kEUR", "budget: 400KEUR")).replace(
        "target: fair, reason", "target: search, reason"
    )
    assert [one.fix.code for one in mended(text, select=("WVR003",)).applied] == ["WVR003"]
    assert [one.fix.code for one in mended(text, ignore=("WVR",)).applied] == []
    assert [one.fix.code for one in mended(text).applied] == [None, "WVR003"]


def damaged(halden: str) -> str:
    text = edited(halden, ("budget: 400 kEUR", "budget: 400KEUR"), *SAFE["a broken text"])
    text = text.replace("    - id: playbook\n", f"{PARK}    - id: playbook\n").replace(
        "target: fair, reason", "target: search, reason"
    )
    head, tail = text.split("\ncontrol:", 1)
    return head.replace("\nsituation:", f"\ncontrol:{tail.rstrip()}\n\nsituation:", 1) + "\n"


def test_mending_again_changes_nothing_and_loses_no_element(halden):
    text = damaged(halden)
    result = mended(text, agree=True)
    assert len(result.applied) == 5
    assert set(ids(parse_plan(halden).plan)) - set(ids(result.document.plan)) == {"wv-fair"}
    again = mended(text_of(result), agree=True)
    assert (again.applied, again.left, text_of(again)) == ((), (), text_of(result))


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_folder_keeps_its_files_line_ends_and_marks(halden, newline):
    parts = re.split(r"(?m)^(?=[a-z]+:)", edited(halden, ("budget: 400 kEUR", "budget: 400KEUR"), *SAFE["quotes"]))
    texts = {f"plan/{number}.yaml": "\ufeff" + part.replace("\n", newline) for number, part in enumerate(parts[1:])}
    result = mend(parse_texts(texts), CheckOptions(as_of=DAY))
    assert len(result.applied) == 2
    whole = re.split(r"(?m)^(?=[a-z]+:)", halden)[1:]
    assert dict(result.document.texts) == {
        f"plan/{n}.yaml": "\ufeff" + part.replace("\n", newline) for n, part in enumerate(whole)
    }


def test_the_text_says_what_was_done_and_what_was_left(halden):
    text = halden.replace("    - id: playbook\n", f"{PARK}    - id: playbook\n").replace(
        "budget: 400 kEUR", "budget: 400KEUR"
    )
    lines = write_fixes(mended(text), width=80).splitlines()
    assert lines[:2] == ["1 fix made, 1 left.", "  fixed plan.yaml:9  write 400KEUR as 400 kEUR"]
    assert lines[2].startswith("  left  plan.yaml:226  TAC001 podcast: take podcast out, park it under")
    assert max(map(len, lines)) <= 80


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("a\nb\nc\nd\ne\nf\ng\nh\n", "a\nb\nc\nd\nX\nf\ng\nh\n"),
        ("a\nb\nc\nd\ne\nf\ng\nh\n", "a\nB\nc\nd\ne\nf\ng\nh\ni\n"),
        ("a\nb\nc\nd\ne\nf\ng\nh\n", "c\nd\ne\nf\ng\n"),
        ("a\n", "b\na\n"),
    ],
)
def test_a_diff_is_the_one_of_the_whole_files(old, new):
    whole = difflib.unified_diff(old.split("\n"), new.split("\n"), "plan.yaml", "plan.yaml", n=2, lineterm="")
    shown = fixing.unified(SimpleNamespace(texts={"plan.yaml": old}), {"plan.yaml": new})
    numbers = (re.findall(r"^@@.*", text, re.MULTILINE) for text in (shown, "\n".join(whole)))
    assert len(set(map(tuple, numbers))) == 1


CROWDED = """
plan: {{id: p, window: 2027-01-01..2027-12-31, currency: EUR, budget: 50 kEUR, status: draft}}
tactics:
  list:
{rows}
"""


def crowd(number: int) -> str:
    """Return a plan in which each budget needs its unit spelt, and all of them pass the plan's budget."""
    rows = (f"    - {{id: t{n}, dates: 2027-01-01..2027-12-31, budget: {n + 10}KEUR}}" for n in range(number))
    return CROWDED.format(rows="\n".join(rows))


def test_the_one_fix_of_many_that_does_harm_is_found_by_halving(monkeypatch):
    """While one budget cannot be read, nothing is said of their sum; so the last one spelt adds BUD001."""
    tried, sizes = fixing._tried, []
    monkeypatch.setattr(fixing, "_tried", lambda work, made: (sizes.append(len(made)), tried(work, made))[1])
    result = mended(crowd(16))
    assert len([one for one in result.applied if "KEUR" in one.fix.what]) == 15
    assert ["BUD001" in one.reason for one in result.left if "KEUR" in one.fix.what] == [True]
    assert sizes[:9] == [16, 8, 8, 4, 4, 2, 2, 1, 1]


def test_after_many_that_harm_the_rest_is_left_untried_and_says_so(monkeypatch):
    monkeypatch.setattr(fixing, "MAX_HARM", 3)
    monkeypatch.setattr(fixing, "_tried", lambda work, made: ("rolled back: it would add x", None, None))
    reasons = [one.reason for one in mended(crowd(9)).left if "KEUR" in one.fix.what]
    assert reasons == ["rolled back: it would add x"] * 3 + [fixing.UNTRIED] * 6
