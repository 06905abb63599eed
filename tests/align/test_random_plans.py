"""Whole random plans and single random edits: nothing crashes, nothing is lost, order says nothing, bytes stay.

A plan here is sound enough to be walked and summed (every reference leads somewhere); `test_any_plan.py` has the others.
Sizes are drawn by hypothesis, so that what fails shrinks; what stands in the parts comes from one seed.
"""

from __future__ import annotations

import copy
import datetime as dt
import itertools
import json
import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from leadline.align import registry
from leadline.align.finding import Finding
from leadline.align.live import SCOPES, judge_element
from leadline.align.run import CheckOptions, case_of, check
from leadline.errors import LeadlineError
from leadline.plan.edits import Splice, append_item, remove, replace_value, spliced
from leadline.plan.elements import KINDS, located
from leadline.plan.source import Document, parse_plan, parse_texts
from leadline.plan.spelling import written

OPTIONS = CheckOptions(as_of=dt.date(2027, 6, 1), preview=True)
SIZES = st.fixed_dictionaries({name: st.integers(1, most) for name, most in (
    ("states", 4), ("segments", 3), ("objectives", 3), ("tactics", 5), ("points", 2), ("people", 3), ("watches", 4), ("tasks", 3),
)})  # fmt: skip
SEEDS = st.integers(0, 2**32)
Property = Callable[[dict[str, int], int], None]


# -- plans --------------------------------------------------------------------------------------------


def plan_of(sizes: dict[str, int], seed: int) -> dict[str, Any]:
    """Return the raw content of a plan whose references all lead somewhere."""
    chance = random.Random(seed)  # noqa: S311 - reproducible content, no secret
    plan = {**_where(sizes, chance), **_what(sizes, chance)}
    plan["tactics"] = _tactics(sizes, chance, plan)
    plan["action"], plan["control"] = _action(sizes, chance), _control(sizes, chance)
    order = ("plan", "metrics", "situation", "objectives", "strategy", "tactics", "action", "control")
    return {section: _thinned(plan[section], chance) for section in order}


def text_of(plan: dict[str, Any]) -> str:
    return "".join(f"{section}: {written(value, in_flow=False)}\n" for section, value in plan.items())


def _thinned(value: Any, chance: random.Random) -> Any:
    """Leave out one key in eight, but for those without which a part is nothing."""
    if isinstance(value, list):
        return [_thinned(item, chance) for item in value]
    if isinstance(value, dict):
        kept = {
            "id",
            "from",
            "to",
            "ref",
            "date",
            "value",
            "currency",
            "per_plan",
            "metric",
            "bound",
            "title",
            "window",
        }
        return {key: _thinned(item, chance) for key, item in value.items() if key in kept or chance.random() > 1 / 8}
    return value


def _ids(kind: str, number: int) -> list[str]:
    return [f"{kind}-{index}" for index in range(number)]


def _some(chance: random.Random, ids: list[str]) -> list[str]:
    return chance.sample(ids, chance.randint(1, len(ids)))


def _range(chance: random.Random, unit: str, most: int) -> str:
    low, base, high = sorted(chance.sample(range(1, most), 3))
    return chance.choice([f"{low}..{base}..{high} {unit}", f"{base} {unit}"]).strip()


def _where(sizes: dict[str, int], chance: random.Random) -> dict[str, Any]:
    venues, segments = _ids("venue", 2), _ids("seg", sizes["segments"])
    states = [
        {"id": name, "unit": "count", "stage": "outcome", "source": f"stage:{name}", "every": "week"}
        for name in _ids("state", sizes["states"])
    ]
    states[-1] |= {"value_event": True, "worth": _range(chance, "EUR", 900), "role": "business"}
    known = {"id": "known", "unit": "%", "stage": "outcome", "role": "communication", "source": "metric:known"}
    return {
        "plan": {"id": "p", "title": "P", "organisation": "O", "window": "2027-01-01..2027-12-31", "currency": "EUR",
                 "budget": f"{chance.randint(20, 90)} kEUR", "driver": "who-0", "review_every": "month",
                 "status": chance.choice(["draft", "review", "review", "active"])},
        "metrics": [*states, known, {"id": "margin", "unit": "%", "better": "hold", "source": "metric:margin"}],
        "situation": {
            "market": {"size": 9000, "season": [1] * 12, "share": "9 %", "share_of_voice": "5 %"},
            "segments": [{"id": name, "name": f"People {name}", "status": chance.choice(["new", "existing"]), "size": chance.randint(90, 900),
                          "value": "90 EUR", "need": "arrive dry", "priority": chance.randint(1, 3), "venues": _some(chance, venues)} for name in segments],
            "competitors": [{"id": "rival", "channels": ["search"], "seen": "2026-10-01"}],
            "channels": [{"id": name, "media": chance.choice(["paid", "owned", "earned", "shared", "person"]), "venues": _some(chance, venues),
                          "mode": chance.choice(["broadcast", "one_to_one"]), "basis": "consent", "audience": 500, "as_of": "2026-11-01"} for name in _ids("ch", 3)],
            "venues": [{"id": name, "kind": "search", "share_of_segment": "40 %"} for name in venues],
            "findings": [{"id": "swot", "kind": "weakness", "statement": "Slow", "impact": 4, "addressed_by": ["tac-0"]}],
            "touchpoints": [{"id": name, "stage": chance.choice(["aware", "buy", "use"]), "control": "owned", "owner": "who-0", "importance": chance.randint(1, 5),
                             "volume": "40 count/week", "handle_time": "9 min", "experience": {"score": chance.randint(30, 95), "n": 40, "as_of": "2026-09-01"},
                             "promise": {"first_response": "4 h", "hours": "20 h/week"}, "staffed": f"{chance.randint(5, 30)} h/week"} for name in _ids("point", sizes["points"])],
            "evidence": [{"id": "ev", "kind": chance.choice(["data", "opinion"]), "citation": "Records", "date": "2026-06-01"}],
        },
    }  # fmt: skip


def _what(sizes: dict[str, int], chance: random.Random) -> dict[str, Any]:
    states, segments = _ids("state", sizes["states"]), _ids("seg", sizes["segments"])
    objectives = []
    for index, name in enumerate(_ids("obj", sizes["objectives"])):
        metric = chance.choice([*states, "known"])
        unit = " %" if metric == "known" else ""
        objectives.append({
            "id": name, "metric": metric, "type": "acquisition", "baseline": {"value": f"{chance.randint(0, 20)}{unit}", "as_of": "2026-12-31", "source": "ev"},
            "target": {"value": f"{chance.randint(21, 90)}{unit}", "by": f"2027-{chance.randint(6, 12):02d}-15"}, "owner": "who-0",
            "serves": ["win"] if index == 0 else [chance.choice(["win", "obj-0"])],
            "guardrails": [{"metric": "margin", "bound": ">= 20 %"}],
        })  # fmt: skip
    levels = [
        ("top", "corporate", None),
        ("unit", "business_unit", "top"),
        ("win", "market", "unit"),
        ("say", "communications", "win"),
    ]
    return {
        "objectives": objectives,
        "strategy": {
            "levels": [{"id": name, "level": level, "statement": f"Win {name}", "direction": "growth" if parent is None else None, "growth": "penetration" if level == "business_unit" else None,
                        "not_doing": ["all else"], "posture": "proactive" if level == "communications" else None} | ({"parent": parent} if parent else {}) for name, level, parent in levels],
            "offerings": [{"id": "bike", "status": "existing", "delivery_quality": 80}],
            "positions": [{"id": f"pos-{name}", "segment": name, "offering": "bike", "against": "rival", "difference": "dry"} for name in segments],
            "messages": [{"id": f"msg-{name}", "segment": name, "claim": chance.choice(["Dry", "The best 9 bikes"]), "call_to_action": "ask"} for name in segments],
        },
    }  # fmt: skip


def _tactics(sizes: dict[str, int], chance: random.Random, plan: dict[str, Any]) -> dict[str, Any]:
    states, segments = _ids("state", sizes["states"]), _ids("seg", sizes["segments"])
    found: list[dict[str, Any]] = []
    for index, name in enumerate(_ids("tac", sizes["tactics"])):
        first, mine = chance.randint(1, 11), _some(chance, segments)
        tactic: dict[str, Any] = {
            "id": name, "intent": chance.choice(["build", "acquire", "acquire", "convert", "retain", "enable", "run"]), "serves": _some(chance, _ids("obj", sizes["objectives"])),
            "segments": mine, "messages": [f"msg-{one}" for one in mine], "channels": _some(chance, _ids("ch", 3)), "offering": "bike",
            "timing": {"trigger": "needs a bike"}, "dates": f"2027-{first:02d}-01..2027-{chance.randint(first, 12):02d}-20", "budget": f"{chance.randint(1, 30)} kEUR",
            "hours": f"{chance.randint(1, 200)} h", "owner": f"who-{chance.randrange(sizes['people'])}", "mechanism": "By this for them that changes because of it",
            "stop_when": "nothing by June", "test": "test-0",
        }  # fmt: skip
        if chance.random() < 0.7:
            tactic["delivers"] = {
                "metric": chance.choice(states),
                "count": _range(chance, "", 900),
                "method": chance.choice(["measured", "guess", "expert"]),
                "source": "ev",
            }
        if chance.random() < 0.4:
            tactic["expects"] = {
                "metric": "known",
                "change": _range(chance, "pp", 9),
                "lag": f"{chance.randint(1, 90)} days",
            }
        if index and chance.random() < 0.4:
            tactic["enables"] = [f"tac-{chance.randrange(index)}"]
        if len(states) > 1 and chance.random() < 0.3:
            tactic["bridge"] = [{"from": states[0], "to": states[1], "rate": _range(chance, "%", 90)}]
        found.append(tactic)
    bridge = [
        {"from": one, "to": other, "rate": _range(chance, "%", 90), "lag": _range(chance, "days", 60), "owner": "who-0",
         "touchpoint": "point-0", "tracking": "crm", "method": chance.choice(["measured", "guess"]), "source": "ev"}
        for one, other in itertools.pairwise(states)
    ]  # fmt: skip
    return {"bridge": bridge, "list": found}


def _action(sizes: dict[str, int], chance: random.Random) -> dict[str, Any]:
    people = _ids("who", sizes["people"])
    return {
        "people": [{"id": name, "team": chance.choice(["mar", "sal"]), "capacity": f"{chance.randint(5, 38)} h/week", "cost": "50 EUR/h", "covers": ["point-0"]} for name in people],
        "teams": [{"id": "mar", "function": "marketing"}, {"id": "sal", "function": "sales", "agreed": "2026-12-01"}],
        "handovers": [{"id": "hand", "from": "mar", "to": "sal", "metric": "state-0", "definition": {"criteria": "a name", "signed_off": "2026-12-01"}, "capacity": f"{chance.randint(1, 40)} count/week",
                       "promise": {"first_contact": f"{chance.randint(1, 9)} h"}, "briefing": "2027-01-15", "reject_reasons": ["no name"]}],
        "tasks": [{"id": name, "tactic": f"tac-{chance.randrange(sizes['tactics'])}", "accountable": chance.choice(people), "hours": "9 h", "start": "2027-01-05",
                   "due": f"2027-{chance.randint(2, 9):02d}-10"} for name in _ids("task", sizes["tasks"])],
    }  # fmt: skip


def _control(sizes: dict[str, int], chance: random.Random) -> dict[str, Any]:
    return {
        "watches": [{"id": name, "metric": chance.choice(["state-0", "known", "margin"]), "objective": f"obj-{chance.randrange(sizes['objectives'])}", "every": chance.choice(["week", "month", "quarter"]), "by": "who-0",
                     "red": "-20 %", "amber": "-10 %", "then": {"who": "who-0", "what": "review", "within": "9 days"}} for name in _ids("watch", sizes["watches"])],
        "tests": [{"id": "test-0", "tactic": "tac-0", "method": chance.choice(["rct", "geo", "none"]), "metric": "state-0", "unit": "person", "share": "20 %", "duration": "60 days", "effect": "3 pp", "rule": "stop if under"}],
        "assumptions": [{"id": "ass", "statement": "It rains", "criticality": "high", "test": "look", "due": "2027-03-01", "state": "open"}],
        "decisions": [{"id": "dec", "date": "2027-02-01", "question": "What now", "choice": "go", "by": "who-0"}],
        "waivers": [{"id": "wai", "code": chance.choice(["MEA001", "CTL009"]), "target": "tac-0", "reason": "agreed", "approved_by": "who-0", "expires": "2027-12-31"}],
    }  # fmt: skip


# -- edits --------------------------------------------------------------------------------------------

Path = tuple[str | int, ...]
ODD = [
    "0",
    "-1",
    "1e308",
    "5..2..9 %",
    "100 %",
    "null",
    "2027-02-30",
    "9999-12-31",
    "",
    "{x}",
    "tac-0",
    "known",
    "a: b",
    "9" * 40,
]


def leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        if isinstance(item, (dict, list)):
            yield from leaves(item, (*path, key))
        else:
            yield (*path, key), item


def at(value: Any, path: Path) -> Any:
    for key in path:
        value = value[key]
    return value


def edit(document: Document, plan: dict[str, Any], chance: random.Random) -> tuple[list[Splice], dict[str, Any], Path]:
    """Return the splices of one random edit, the raw content it should lead to, and where it was made."""
    after = copy.deepcopy(plan)
    paths = [path for path, _ in leaves(plan) if len(path) > 1]
    lists = [
        prefix
        for prefix in KINDS
        if len(at(plan, prefix) if _has(plan, prefix) and isinstance(at(plan, prefix), list) else ()) > 0
    ]
    kind, path, where = chance.randrange(5), chance.choice(paths), chance.choice(lists)
    items = at(after, where)
    number = chance.randrange(len(items))
    if kind == 0:
        new = chance.choice(ODD)
        at(after, path[:-1])[path[-1]] = new
        return [replace_value(document, path, value=new)], after, path
    if kind == 1:
        del at(after, path[:-1])[path[-1]]
        return [remove(document, path)], after, path
    if kind == 2:
        items.append(copy.deepcopy(items[number]))
        return [append_item(document, where, value=items[number])], after, (*where, number)
    if kind == 3:
        items[number]["id"] = "renamed"
        return [replace_value(document, (*where, number, "id"), value="renamed")], after, (*where, number)
    other = chance.randrange(len(items))
    if other != number:
        items[number], items[other] = items[other], items[number]
    pairs = {number, other} if other != number else ()
    return [replace_value(document, (*where, one), value=items[one]) for one in pairs], after, (*where, number)


def _has(plan: dict[str, Any], prefix: tuple[str, ...]) -> bool:
    return prefix[0] in plan and (len(prefix) == 1 or prefix[1] in plan[prefix[0]])


# -- what holds ---------------------------------------------------------------------------------------


def elements_written(text: str) -> Counter[str]:
    """Return the ids that stand in the file as a plain YAML reader sees it."""
    raw = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506 - the base loader makes texts only
    found: Counter[str] = Counter()
    for prefix in KINDS:
        items = at(raw, prefix) if _has(raw, prefix) else ()
        found.update(
            item["id"]
            for item in (items if isinstance(items, list) else [items])
            if isinstance(item, dict) and "id" in item
        )
    return found


def elements_read(document: Document) -> Counter[str]:
    found = Counter(item.element.id for item in located(document.plan))
    for fault in document.faults:
        found.update({str(fault.values.get("id", fault.text)), *(() if fault.element is None else (fault.element[1],))})
    return found


def said(finding: Finding) -> str:
    """Return what a finding says, without its place, and lists of names in one order."""
    values = {
        key: sorted(value) if isinstance(value, list) and all(isinstance(one, str) for one in value) else value
        for key, value in finding.values.items()
    }
    rounded = json.loads(json.dumps(values), parse_float=lambda number: f"{float(number):.6g}")
    return json.dumps([finding.code, *finding.element, finding.level, rounded], sort_keys=True)


def an_edit_loses_nothing(sizes: dict[str, int], seed: int) -> None:
    plan = plan_of(sizes, seed)
    document = parse_plan(text_of(plan))
    splices, after, _ = edit(document, plan, random.Random(seed + 1))  # noqa: S311
    texts = spliced(document.texts, splices)
    assert yaml.load(texts["plan.yaml"], Loader=yaml.BaseLoader) == yaml.load(text_of(after), Loader=yaml.BaseLoader)  # noqa: S506
    try:
        edited = parse_texts(texts)
    except LeadlineError as error:
        assert "plan.yaml" in str(error)  # noqa: PT017 - an error says where; a traceback is not one of ours
        return
    missing = elements_written(texts["plan.yaml"]) - elements_read(edited)
    assert not missing, missing
    for finding in check(edited, OPTIONS):
        assert finding.place.line >= 1
        assert not [key for key in finding.values if f"{{{key}}}" in finding.text], finding.text


def order_says_nothing(sizes: dict[str, int], seed: int) -> None:
    plan, chance = plan_of(sizes, seed), random.Random(seed + 2)  # noqa: S311
    before = Counter(said(finding) for finding in check(parse_plan(text_of(plan)), OPTIONS))
    after = Counter(said(finding) for finding in check(parse_plan(text_of(_shuffled(plan, chance))), OPTIONS))
    assert before == after, f"only before: {before - after}, only after: {after - before}"


def _shuffled(plan: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    """Return the plan with its elements, steps and keys in another order; lists of values keep theirs."""

    def mixed(value: Any) -> Any:
        if isinstance(value, dict):
            keys = chance.sample(list(value), len(value))
            return {key: mixed(value[key]) for key in keys}
        if isinstance(value, list) and value and isinstance(value[0], dict):
            return [mixed(item) for item in chance.sample(value, len(value))]
        return value

    return {section: mixed(value) for section, value in plan.items()}


def typing_shows_what_the_check_shows(sizes: dict[str, int], seed: int) -> None:
    plan = plan_of(sizes, seed)
    document = parse_plan(text_of(plan))
    splices, _, path = edit(document, plan, random.Random(seed + 3))  # noqa: S311
    try:
        edited = parse_texts(spliced(document.texts, splices))
        result = check(edited, OPTIONS)
    except LeadlineError:
        return
    touched = edited.element_at(path) if _stands(edited, path) else None
    compare_live(edited, list(result), (touched or ("plan", "p"))[1])


def compare_live(document: Document, findings: list[Finding], element: str) -> None:
    case = replace(case_of(document, OPTIONS), focus=frozenset({element}))
    scopes = {rule.code: rule.scope for rule in registry.RULES}
    wanted = [
        one
        for one in findings
        if scopes[one.code] in SCOPES and case.in_focus(one.element.id, one.path, tactics=one.tactics)
    ]
    live = Counter(map(_told, judge_element(document, element, options=OPTIONS)))
    checked = Counter(map(_told, wanted))
    assert live == checked, f"only while typing: {live - checked}, only in the check: {checked - live}"


def _told(finding: Finding) -> str:
    parts = (
        finding.code,
        finding.fingerprint,
        str(finding.place),
        finding.text,
        finding.fix,
        finding.also,
        finding.waived_by or "",
    )
    return json.dumps([*parts, finding.values], sort_keys=True)


def _stands(document: Document, path: Path) -> bool:
    try:
        return document.element_at(path) is not None
    except (IndexError, AttributeError, KeyError):
        return False


@pytest.mark.slow
@settings(max_examples=14, deadline=None)
@given(sizes=SIZES, seed=SEEDS)
def test_one_edit_changes_what_it_says_and_loses_nothing(sizes: dict[str, int], seed: int) -> None:
    an_edit_loses_nothing(sizes, seed)


@pytest.mark.slow
@settings(max_examples=8, deadline=None)
@given(sizes=SIZES, seed=SEEDS)
def test_findings_do_not_hang_on_the_order_of_the_file(sizes: dict[str, int], seed: int) -> None:
    order_says_nothing(sizes, seed)


@pytest.mark.slow
@settings(max_examples=10, deadline=None)
@given(sizes=SIZES, seed=SEEDS)
def test_what_is_shown_while_typing_is_what_the_check_says(sizes: dict[str, int], seed: int) -> None:
    typing_shows_what_the_check_shows(sizes, seed)


@pytest.mark.nightly
@pytest.mark.parametrize("holds", [an_edit_loses_nothing, order_says_nothing, typing_shows_what_the_check_shows])
def test_the_same_of_thousands_of_plans(holds: Property) -> None:
    settings(max_examples=2_000, deadline=None)(given(sizes=SIZES, seed=SEEDS)(holds))()
