"""The bad and the good example of every rule: `explain` prints them, the tests run them.

Comments at the head say what an example assumes beside the plan: `# as-of 2027-07-15`, and for rules that need data
`# reading: metric day value`, `# measured: bet low middle high n`, `# delivered: tactic metric count until`,
`# replies: touchpoint p90-in-hours n`, `# earlier: plan tactic day-it-ended verdict {…canonical JSON of the tactic…}`.
What was approved is everything as it stands, but for the elements named in
`# approved: element {…canonical JSON of the old content…}`; the day of the approval is `# approved-on 2027-01-15`.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from dataclasses import replace
from importlib.resources import files
from typing import Any, Literal, cast

from leadline.align.facts import Counted, EarlierTactic, EvidenceFacts, FirstReplies, MeasuredBet, Verdict
from leadline.plan.source import parse_plan
from leadline.plan.stamp import DIGITS, fingerprints

_DAY = re.compile(r"(?m)^# as-of (\S+)")
_FACT = re.compile(r"(?m)^# (reading|measured|delivered|replies): (.+)$")
_EARLIER = re.compile(r"(?m)^# earlier: (\S+) (\S+) (\S+) ([^{]+) (\{.*\})$")
_APPROVED = re.compile(r"(?m)^# approved: (\S+) (\{.*\})$")
_COMMENT = re.compile(r"# (expect|follows|as-of|reading|measured|delivered|replies|earlier|approved|approved-on)\b")
_APPROVED_ON = re.compile(r"(?m)^# approved-on (\S+)")


def text_of(code: str, which: Literal["bad", "good"]) -> str:
    """Return the text of an example; raises FileNotFoundError where a rule has none."""
    return files(__name__).joinpath(code, f"{which}.yaml").read_text(encoding="utf-8")


def day_of(text: str) -> dt.date | None:
    """Return the day on which an example is judged, None where any day will do."""
    named = _DAY.search(text)
    return dt.date.fromisoformat(named[1]) if named else None


def evidence_of(text: str) -> EvidenceFacts | None:
    """Return the evidence that an example assumes, None where it assumes none."""
    readings: dict[str, tuple[tuple[dt.date, float], ...]] = {}
    measured: dict[str, MeasuredBet] = {}
    delivered: dict[tuple[str, str], Counted] = {}
    first_replies: dict[str, FirstReplies] = {}
    told = [(kind, words.split()) for kind, words in _FACT.findall(text)]
    for kind, words in told:
        if kind == "reading":
            metric, day, value = words
            readings[metric] = (*readings.get(metric, ()), (dt.date.fromisoformat(day), float(value)))
        elif kind == "measured":
            bet, low, middle, high, n = words
            measured[bet] = MeasuredBet(float(low), float(middle), float(high), int(n))
        elif kind == "replies":
            touchpoint, p90, waited = words
            first_replies[touchpoint] = FirstReplies(float(p90), int(waited))
        else:
            tactic, metric, counted, until = words
            delivered[tactic, metric] = Counted(float(counted), dt.date.fromisoformat(until))
    facts = EvidenceFacts(measured=measured, readings=readings, delivered=delivered, first_replies=first_replies)
    facts = replace(facts, earlier=tuple(_earlier(words) for words in _EARLIER.findall(text)))
    return facts if told or facts.earlier else None


def _earlier(words: tuple[str, str, str, str, str]) -> EarlierTactic:
    plan, tactic, ended, verdict, content = words
    return EarlierTactic(plan, tactic, dt.date.fromisoformat(ended), cast("Verdict", verdict), content)


def assumed_by(text: str) -> dict[str, Any]:
    """Return all that an example assumes beside the plan and the day, as keywords of `CheckOptions`."""
    return {"facts": evidence_of(text), **_approval_of(text)}


def is_about_the_example(line: str) -> bool:
    """Say whether a line is one of the comments above that say what an example assumes and shows."""
    return _COMMENT.match(line) is not None


def conditions_of(text: str) -> tuple[str, ...]:
    """Return what an example assumes beside the plan, in words, one text each.

    >>> conditions_of("# measured: lead>won:rate 0.03 0.04 0.06 320")
    ('lead>won:rate measured 0.04 (90 %: 0.03 to 0.06) from 320 cases',)
    """
    told = []
    for kind, said in _FACT.findall(text):
        words = said.split()
        if kind == "reading":
            told.append("{0} read {2} on {1}".format(*words))
        elif kind == "measured":
            told.append("{0} measured {2} (90 %: {1} to {3}) from {4} cases".format(*words))
        elif kind == "replies":
            told.append("{}: nine of ten first replies within {} h, of {}".format(*words))
        else:
            told.append("{0} delivered {2} of {1} by {3}".format(*words))
    told += [
        f"{plan}: {tactic} ended {day}, verdict {verdict}" for plan, tactic, day, verdict, _ in _EARLIER.findall(text)
    ]
    told += [f"{element} was approved with another content" for element, _ in _APPROVED.findall(text)]
    day = day_of(text)
    return (*told, f"judged as of {day}") if told and day else tuple(told)


def _approval_of(text: str) -> dict[str, Any]:
    """Return what was approved, with the content behind each fingerprint that differs; nothing without such comments."""
    before = dict(_APPROVED.findall(text))
    if not before:
        return {}
    marks = {element: hashlib.sha256(told.encode()).hexdigest()[:DIGITS] for element, told in before.items()}
    day = _APPROVED_ON.search(text)
    return {
        "approved": fingerprints(parse_plan(text).plan) | marks,
        "approved_on": dt.date.fromisoformat(day[1]) if day else None,
        "known_contents": {marks[element]: told for element, told in before.items()},
    }
