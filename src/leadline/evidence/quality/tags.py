"""Are tags written as tags: what a rule cannot read, what is written in two ways, what should never stand there."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator

from leadline.evidence.privacy import REDACTED
from leadline.evidence.quality.fact import Fact, Level, Question, shown
from leadline.evidence.sources.urls import UNKNOWN_TAG

TAGS = ("utm_source", "utm_medium", "utm_campaign")  # what rules look at


def tags(ask: Question) -> Iterator[Fact]:
    """Lint of the tags: unknown names, twins in upper and lower case, spaces, source = medium, campaign alone, addresses."""
    unknown: Counter[str] = Counter()
    for row in ask.rows("fact_imports"):
        for name, count in json.loads(row["flags"] or "{}").items():
            if name.startswith(UNKNOWN_TAG):
                unknown[name.removeprefix(UNKNOWN_TAG)] += count
    written: dict[tuple[str, str], Counter[str]] = {}
    found: dict[str, Counter[str]] = {name: Counter() for name in ("spaces", "same", "alone", "personal")}
    for row in ask.rows("fact_touches"):
        given = {name: row[name] for name in TAGS if row[name]}
        for name, text in given.items():
            written.setdefault((name, text.casefold().strip()), Counter())[text] += row["rows"]
            if any(sign.isspace() for sign in text):
                found["spaces"][f'{name} "{text}"'] += row["rows"]
            if REDACTED in text:
                found["personal"][name] += row["rows"]
        source, medium = ((given.get(name) or "").casefold() for name in TAGS[:2])
        if source and source == medium:
            found["same"][source] += row["rows"]
        if "utm_campaign" in given and not medium:
            found["alone"][given["utm_campaign"]] += row["rows"]
    twins = Counter(
        {
            f"{tag} {' = '.join(sorted(one))}": one.total() - max(one.values())
            for (tag, _), one in written.items()
            if len(one) > 1
        }
    )
    yield from _told("utm.unknown_key", unknown, "carry a tag that is none of the nine utm keys")
    yield from _told("utm.twins", twins, "carry a tag in another spelling than most, and still count as one with them")
    yield from _told("utm.spaces", found["spaces"], "carry tags with white space in them")
    yield from _told("utm.same", found["same"], "name the same word as source and medium")
    yield from _told("utm.campaign_alone", found["alone"], "name a campaign and no medium, so no rule can place them")
    text = "carried personal data in a tag; it was taken out on the way in. Take it out of the links too"
    yield from _told("utm.personal_data", found["personal"], text, level="warning")


def _told(name: str, found: Counter[str], words: str, *, level: Level = "note") -> Iterator[Fact]:
    if not found:
        return
    ordered = [one for one, _ in sorted(found.items(), key=lambda pair: (-pair[1], pair[0]))]
    text = f"{found.total()} touches {words}: {shown(ordered)}."
    yield Fact(name, "touches", found.total(), 0, level, text, {"found": dict(found)})
