"""Whatever the file says, a check ends in findings or in a LeadlineError, never in a traceback."""

from __future__ import annotations

import datetime as dt
import random
import re
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from leadline.align import examples
from leadline.align.run import CheckOptions, check
from leadline.align.writers.document import write_json
from leadline.align.writers.sarif import write_sarif
from leadline.align.writers.text import TextOptions, write_text
from leadline.errors import LeadlineError
from leadline.plan.examples import example
from leadline.plan.source import parse_plan
from leadline.review.run import Request, review_plan

GOOD = examples.text_of("OBJ008", "good")
LINES = GOOD.splitlines(keepends=True)
WORDS = sorted(set(re.findall(r"[\w-]+", GOOD)))
ODD = [
    "0",
    "-1",
    "1e308",
    "9" * 40,
    "0..0..0",
    "1..1..2 %",
    "100 %",
    "..",
    "null",
    "[]",
    "{}",
    "~",
    "ß",
    "2027-02-30",
    "''",
]


def judged(text: str) -> None:
    try:
        result = check(parse_plan(text), CheckOptions(as_of=dt.date(2027, 1, 2), preview=True))
    except LeadlineError as error:
        assert str(error) != ""  # noqa: PT017 - any error of ours is fine, a traceback is not
        return
    write_json(result)
    write_sarif(result)
    write_text(result, TextOptions(width=70, all=True))


@settings(max_examples=120, deadline=None)
@given(seed=st.integers(0, 10**9))
@pytest.mark.slow
def test_a_broken_plan_ends_in_findings_or_an_error(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - a reproducible choice of edits
    lines = list(LINES)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(1, len(lines))
        kind = chance.randrange(4)
        if kind == 0:
            del lines[at]
        elif kind == 1:
            lines.insert(at, chance.choice(lines))
        else:
            words = re.findall(r"[\w.%-]+", lines[at])
            if words:
                new = chance.choice(WORDS) if kind == 2 else chance.choice(ODD)
                lines[at] = lines[at].replace(chance.choice(words), new, 1)
    judged("".join(lines))


@pytest.mark.parametrize("number", range(1, len(LINES)))
def test_a_plan_without_one_of_its_lines_is_judged(number: int) -> None:
    judged("".join(line for index, line in enumerate(LINES) if index != number))


def test_names_that_look_like_templates_stay_as_they_are() -> None:
    text = GOOD.replace("id: riders", 'id: "{x}"').replace("[riders]", '["{y} %s {0}"]')
    result = check(parse_plan(text), CheckOptions(as_of=dt.date(2027, 1, 2)))
    assert any("{y} %s {0}" in finding.text for finding in result.findings)


def test_an_item_that_is_no_element_blames_none_of_its_neighbours() -> None:
    head = "plan: {id: p, status: review, currency: EUR}\ntactics:\n  list:\n"
    for items in ("    - 5\n    - {id: kept}\n", "    - {id: kept}\n    - 5\n"):
        found = check(parse_plan(head + items), CheckOptions(as_of=dt.date(2027, 1, 2), select=("PLN004",))).findings
        assert [(one.element.kind, one.element.id, one.place.column) for one in found] == [("plan", "p", 7)]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("plan", "timezone"), "Europ/Nowhere"),
        (("plan", "timezone"), "../../etc/passwd"),
        (("tactics", "list", 0, "hours"), "1e308 h"),
        (("objectives", 0, "target", "by"), "0001-01-01"),
        (("tactics", "bridge", 0, "lag"), "99999..999999..9999999 days"),
    ],
)
def test_numbers_days_and_zones_out_of_all_bounds_end_in_findings(path: tuple, value: str, tmp_path: Path) -> None:
    data = yaml.safe_load(example("halden-pumps"))
    *above, last = path
    part = data
    for step in above:
        part = part[step]
    part[last] = value
    plan = tmp_path / "plan.yaml"
    plan.write_text(yaml.safe_dump(data), encoding="utf-8")
    seen = review_plan(plan, Request(now=lambda: dt.datetime(2027, 1, 2, tzinfo=dt.UTC)))
    assert seen.check.scores.hundred.sentence()
    if last == "timezone":
        assert any("an IANA time zone such as Europe/Berlin" in str(one.values) for one in seen.check.findings)
