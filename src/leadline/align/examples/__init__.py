"""The bad and the good example of every rule: `explain` prints them, the tests run them.

Comments at the head say what an example assumes beside the plan: `# as-of 2027-07-15`, and for rules that need data
`# reading: metric day value`, `# measured: bet low middle high n`, `# delivered: tactic metric count until`.
"""

from __future__ import annotations

import datetime as dt
import re
from importlib.resources import files
from typing import Literal

from leadline.align.facts import Counted, EvidenceFacts, MeasuredBet

_DAY = re.compile(r"(?m)^# as-of (\S+)")
_FACT = re.compile(r"(?m)^# (reading|measured|delivered): (.+)$")


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
    told = [(kind, words.split()) for kind, words in _FACT.findall(text)]
    for kind, words in told:
        if kind == "reading":
            metric, day, value = words
            readings[metric] = (*readings.get(metric, ()), (dt.date.fromisoformat(day), float(value)))
        elif kind == "measured":
            bet, low, middle, high, n = words
            measured[bet] = MeasuredBet(float(low), float(middle), float(high), int(n))
        else:
            tactic, metric, counted, until = words
            delivered[tactic, metric] = Counted(float(counted), dt.date.fromisoformat(until))
    return EvidenceFacts(measured=measured, readings=readings, delivered=delivered) if told else None
