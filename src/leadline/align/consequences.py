"""What a change of the plan does: scores, coverage, load, findings and links, before → after, only those that changed.

    seen = consequences(before, after, options=CheckOptions(as_of=day))
    seen.changes      what was edited, by id (`plan/diff.py`)
    seen.readings     each score that moved, the hundred first
    seen.gained, seen.lost, seen.suspect

Both plans are judged on the same day, by the same rules and with the same draws, so every difference comes from the
edit; only a renamed bet draws anew, which is told apart from a real move by the width of such noise.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from leadline import words
from leadline.align import registry
from leadline.align.case import Case
from leadline.align.finding import LEVELS, Finding, Level, say
from leadline.align.load import loads
from leadline.align.result import CheckResult
from leadline.align.run import CheckOptions, case_of, check_case
from leadline.align.scores import Scores, scores_of
from leadline.align.writers.summary import chance, coverage_text, score_pairs
from leadline.errors import NothingDone
from leadline.plan.diff import Change, diff, renames
from leadline.plan.elements import located
from leadline.plan.source import Document
from leadline.plan.stamp import SuspectLink, canonical, fingerprint, suspect_links

_BET = re.compile(r"[^>/:]+")
SAME = 1e-9  # relative; the same sums in another order differ in the last digit
# A bet under a new id has other draws: percentiles then differ by as much as between seeds (4,096 draws, 12 seeds: 1.5 pp).
JITTER = 0.015  # shares, absolute
SCORE = "value"  # the share that some scores are; what it is a share of may change without it
DRAWN = frozenset({"p05", "p50", "p95", "p"})


@dataclass(frozen=True)
class Reading:
    """What one score says of one plan.

    numbers: name -> value in base units (shares 0..1, money of the plan, hours); None where it cannot be told
    units: name -> unit · text: as people read it
    """

    numbers: Mapping[str, float | None]
    units: Mapping[str, str]
    text: str


@dataclass(frozen=True)
class Moved:
    """A score that changed: its name, what it is about ("" for the plan as a whole), before and after (None: absent)."""

    score: str
    subject: str
    before: Reading | None
    after: Reading | None


@dataclass(frozen=True)
class Consequences:
    """What follows from the changes between two plans.

    raised: findings that stand at a higher level than before, with their old level · waived: now covered by a waiver
    suspect: links that became suspect · folded: gained finding's fingerprint -> codes it hides
    """

    changes: tuple[Change, ...]
    moved: tuple[Moved, ...]
    gained: tuple[Finding, ...]
    lost: tuple[Finding, ...]
    raised: tuple[tuple[Finding, Level], ...]
    waived: tuple[Finding, ...]
    suspect: tuple[SuspectLink, ...]
    folded: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def reaches(self, level: Level) -> bool:
        """Say whether the second plan gained a finding at this level or above, as `--fail-on` asks."""
        worse = (*self.gained, *(finding for finding, _ in self.raised))
        return any(LEVELS.index(finding.level) <= LEVELS.index(level) for finding in worse)

    def table(self) -> list[dict[str, object]]:
        """Return one row per number that changed: score, subject, number, unit, before, after."""
        rows: list[dict[str, object]] = []
        for one in self.moved:
            sides = (one.before, one.after)
            units = {name: unit for side in sides if side for name, unit in side.units.items()}
            for name in dict.fromkeys(name for side in sides if side for name in side.numbers):
                before, after = (side.numbers.get(name) if side else None for side in sides)
                if not _same(before, after):
                    rows.append({
                        "score": one.score, "subject": one.subject, "number": name, "unit": units.get(name, ""),
                        "before": before, "after": after,
                    })  # fmt: skip
        return rows

    def sentence(self) -> str:
        """Return what was edited and what is worse for it, bad news first."""
        if not self.changes:
            return "The two plans mean the same: at most order, comments or the spelling of numbers differ."
        count = f"{len(self.changes)} {'change' if len(self.changes) == 1 else 'changes'}"
        told = [*_of_findings("gained", self.gained), *_of_findings("lost", self.lost)]
        told += [text for one in self.moved if (text := _of_coverage(one))]
        if self.suspect:
            told.append(f"{len(self.suspect)} {'link is' if len(self.suspect) == 1 else 'links are'} suspect now")
        if told:
            return f"{count}: {'; '.join(told)}."
        if self.moved:
            return f"{count}; no finding comes or goes and no objective's coverage moves."
        return f"{count}; no score, load, finding or reviewed link moves."


def consequences(
    before: Document, after: Document, *, options: CheckOptions, told: Sequence[tuple[Case, CheckResult]] = ()
) -> Consequences:
    """Return what follows from turning one plan into the other; both are judged as the options say.

    told: what was judged as the options say already, and is not judged again where the plan before has nothing to add
    Raises UsageError for an unknown rule or setting.
    """
    known = {fingerprint(item.element): canonical(item.element) for item in located(before.plan)}
    news = known.keys() - options.known_contents.keys()
    standing = {id(case.document): (case, result) for case, result in told}
    options = replace(options, known_contents={**options.known_contents, **known})
    old, new = (_side(document, options, standing=standing, news=news) for document in (before, after))
    names = renames(after.plan)
    found = _Findings.between(old.findings, new.findings, names=names)
    was = {_link(link, names) for link in old.case.suspect_links}
    return Consequences(
        changes=diff(before.plan, after.plan),
        moved=tuple(_moved(_readings(old), _readings(new), names)),
        gained=found.gained,
        lost=found.lost,
        raised=found.raised,
        waived=found.waived,
        suspect=tuple(link for link in new.case.suspect_links if _link(link, {}) not in was),
        folded=found.folded,
        notes=tuple(_notes(old, new)),
    )


def _side(
    document: Document,
    options: CheckOptions,
    *,
    standing: Mapping[int, tuple[Case, CheckResult]],
    news: set[str],
) -> _Judged:
    """Return one plan judged: as it was already, unless something that it may look up is known only now (`news`)."""
    known = standing.get(id(document))
    if known is None or news & _asked_for(document, options):
        return _judged(document, options)
    case, result = known
    return _Judged(document, case, result.scores, result.findings)


def _asked_for(document: Document, options: CheckOptions) -> set[str]:
    """Return the fingerprints whose content a judgement may look up: stamps that no longer hold, and what was approved."""
    stale = {link.seen for link in suspect_links(document.plan)}
    return stale | set(options.approved.values())


@dataclass(frozen=True)
class _Judged:
    """One plan with everything that was computed of it. reason: why it was not checked."""

    document: Document
    case: Case
    scores: Scores
    findings: tuple[Finding, ...]
    reason: str | None = None


def _judged(document: Document, options: CheckOptions) -> _Judged:
    case = case_of(document, options)
    try:
        result = check_case(case, options)
    except NothingDone as nothing:
        return _Judged(document, case, scores_of(case), (), str(nothing))
    return _Judged(document, case, result.scores, result.findings)


def _notes(old: _Judged, new: _Judged) -> Iterator[str]:
    for label, side in (("first", old), ("second", new)):
        if side.reason is not None:
            yield f"the {label} plan was not checked: {side.reason}"
    if old.case.currency != new.case.currency:
        yield f"money stands in {old.case.currency or 'no currency'} before and {new.case.currency or 'none'} after"


# Scores


def _readings(side: _Judged) -> dict[tuple[str, str], Reading]:
    """Return what every score says, in the order of telling: the hundred first, coverage, the other scores, load."""
    scores, currency = side.scores, side.case.currency
    hundred = scores.hundred
    shares = {part: getattr(hundred, part) for part in ("proven", "believed", "attention", "nothing", "run")}
    found = {("the hundred", ""): Reading(shares, dict.fromkeys(shares, "share"), hundred.sentence())}
    cost = {"cost": hundred.cost, "run_cost": hundred.run_cost}
    text = f"{words.money(hundred.cost, currency)} of money and priced hours"
    text += f", {words.money(hundred.run_cost, currency)} run cost beside" if hundred.run_cost else ""
    found["planned cost", ""] = Reading(cost, dict.fromkeys(cost, currency), text)
    for one in scores.coverage:
        numbers = {
            name: getattr(one, name)
            for name in ("needed", "naive", "due", "naive_share", "due_share", "p05", "p50", "p95", "p")
        }
        unit = side.case.in_unit_of(one.metric, 0.0, change=True).unit
        units = {name: unit if name in ("needed", "naive", "due") else "share" for name in numbers}
        found["coverage", one.objective] = Reading(numbers, units, coverage_text(one))
    found |= _other_scores(scores, currency)
    found |= _loads(side.case)
    return found


def _other_scores(scores: Scores, currency: str) -> dict[tuple[str, str], Reading]:
    told = {label: text for label, text in score_pairs(scores) if label not in ("coverage", "rests on")}
    numbers: dict[str, tuple[dict[str, float | None], dict[str, str]]] = {
        "traced spend": _parts(scores.traced_spend, ("traced", "total", "run"), currency),
        "promise coverage": _parts(scores.promise_coverage, ("covered", "promised"), "h/week"),
        "traced hours": _parts(scores.traced_hours, ("traced", "total", "run"), "h"),
        "bridge coverage": _parts(scores.bridge_coverage, ("covered", "total"), currency),
        "control coverage": _parts(scores.control_coverage, ("covered", "total"), currency),
    }
    basket = scores.concentration
    numbers["concentration"] = (
        {"hhi": basket.hhi, "largest_share": basket.largest_share},
        {"hhi": "", "largest_share": "share"},
    )
    found = {(label, ""): Reading(*both, told[label]) for label, both in numbers.items()}
    for one in scores.evidence_coverage:
        parts: dict[str, float | None] = {
            name: getattr(one, name) for name in ("measured", "benchmark", "expert", "guess")
        }
        text = ", ".join(f"{name} {words.share(part)}" for name, part in parts.items() if part)
        found["rests on", one.objective] = Reading(parts, dict.fromkeys(parts, "share"), text)
    return found


def _parts(score: object, names: tuple[str, ...], unit: str) -> tuple[dict[str, float | None], dict[str, str]]:
    numbers = {name: getattr(score, name) for name in ("value", *names)}
    return numbers, {name: "share" if name == "value" else unit for name in numbers}


def _loads(case: Case) -> dict[tuple[str, str], Reading]:
    """Return the weeks over the limit and the heaviest week of each person with a capacity."""
    found = {}
    rule = registry.find_rule("RES001")
    planned = {**rule.thresholds, **case.settings.of(rule)}["planned"]
    for name, load in loads(case, planned).items():
        if load.available is None:
            continue
        weeks = sum(run.weeks for run in load.runs())
        by_week = load.by_week
        heaviest = max(by_week, key=lambda week: (round(by_week[week], 6), week), default="") if by_week else ""
        numbers = {"weeks_over": float(weeks), "heaviest": load.heaviest, "available": load.available}
        units = {"weeks_over": "weeks", "heaviest": "h/week", "available": "h/week"}
        over = "no week" if weeks == 0 else "1 week" if weeks == 1 else f"{weeks} weeks"
        text = f"{over} over {say(load.available, 'h/week')}, heaviest {words.number(load.heaviest)} h"
        found["load", name] = Reading(numbers, units, text + (f" ({heaviest})" if heaviest else ""))
    return found


def _moved(
    old: Mapping[tuple[str, str], Reading], new: Mapping[tuple[str, str], Reading], names: Mapping[str, str]
) -> Iterator[Moved]:
    was = {(score, names.get(subject, subject)): reading for (score, subject), reading in old.items()}
    order = {score: rank for rank, score in enumerate(dict.fromkeys(score for score, _ in (*new, *was)))}
    for key in sorted({**new, **was}, key=lambda one: order[one[0]]):
        before, after = was.get(key), new.get(key)
        if before is None or after is None:
            yield Moved(*key, before, after)
        elif before.text != after.text and not _alike(before, after, jitter=JITTER if names else 0.0):
            yield Moved(*key, before, after)  # what reads the same before and after tells nobody anything


def _alike(before: Reading, after: Reading, *, jitter: float) -> bool:
    """Say whether two readings are the same; after a rename drawn numbers may differ by as much as seeds do."""
    names = {*before.numbers, *after.numbers}
    if any(before.units.get(name) != after.units.get(name) for name in names):
        return False
    if SCORE in before.numbers and SCORE in after.numbers:
        names = {SCORE}  # 220 of 220 and 200 of 200 are the same score
    for name in names:
        was, now = before.numbers.get(name), after.numbers.get(name)
        near = name in DRAWN and was is not None and now is not None and abs(was - now) <= jitter
        if not near and not _same(was, now):
            return False
    return True


def _same(before: float | None, after: float | None) -> bool:
    if before is None or after is None:
        return before is after
    return abs(before - after) <= SAME * max(abs(before), abs(after))


# Findings and links


@dataclass(frozen=True)
class _Findings:
    """Findings that came and went. One is the same finding when its rule and element are, whatever its numbers."""

    gained: tuple[Finding, ...]
    lost: tuple[Finding, ...]
    raised: tuple[tuple[Finding, Level], ...]
    waived: tuple[Finding, ...]
    folded: Mapping[str, tuple[str, ...]]

    @classmethod
    def between(cls, old: tuple[Finding, ...], new: tuple[Finding, ...], *, names: Mapping[str, str]) -> _Findings:
        was, now = _by_key(old, names), _by_key(new, {})
        shown = {key: one for key, one in now.items() if not one.caused_by and not one.waived_by}
        gained = [one for key, one in shown.items() if key not in was or was[key].waived_by]
        lost = [one for key, one in was.items() if key not in now and not one.caused_by and not one.waived_by]
        raised = [
            (one, was[key].level)
            for key, one in shown.items()
            if key in was and not was[key].waived_by and LEVELS.index(one.level) < LEVELS.index(was[key].level)
        ]
        waived = [one for key, one in now.items() if one.waived_by and not (key in was and was[key].waived_by)]
        folded: dict[str, list[str]] = {}
        for key, one in now.items():
            if one.caused_by and key not in was:
                folded.setdefault(one.caused_by, []).append(one.code)
        return cls(
            tuple(gained),
            tuple(lost),
            tuple(raised),
            tuple(waived),
            {root: tuple(codes) for root, codes in folded.items()},
        )


def _by_key(findings: tuple[Finding, ...], names: Mapping[str, str]) -> dict[tuple[str, str, int], Finding]:
    found: dict[tuple[str, str, int], Finding] = {}
    for finding in findings:
        element = _BET.sub(lambda match: names.get(match[0], match[0]), finding.element.id)
        number = 0
        while (finding.code, element, number) in found:
            number += 1
        found[finding.code, element, number] = finding
    return found


def _link(link: SuspectLink, names: Mapping[str, str]) -> tuple[str, str, str]:
    return names.get(link.element, link.element), names.get(link.ref, link.ref), link.direction


# Words


def _of_findings(verb: str, findings: tuple[Finding, ...]) -> Iterator[str]:
    for level in LEVELS:
        mine = [finding for finding in findings if finding.level == level]
        if mine:
            listed = ", ".join(dict.fromkeys(finding.code for finding in mine))
            yield f"{len(mine)} {level if len(mine) == 1 else level + 's'} {verb} ({listed})"


def _of_coverage(one: Moved) -> str:
    """Return a coverage that moved as `arr-2027 115 → 89 % of what is needed, P 0.71 → 0.22`; "" for other scores."""
    if one.score != "coverage" or one.before is None or one.after is None:
        return ""
    was, now = (side.numbers["due_share"] for side in (one.before, one.after))
    if was is None or now is None:
        return f"coverage of {one.subject} {'can no longer be told' if now is None else 'can be told now'}"
    before, after = (f"{100 * share:.0f}" for share in (was, now))
    p_was, p_now = (side.numbers["p"] for side in (one.before, one.after))
    low, high = (one.after.numbers[name] or 0.0 for name in ("p05", "p95"))
    text = f"{one.subject} {before} → {after} % of what is needed in time (90 %: {100 * low:.0f} to {100 * high:.0f} %)"
    text = "" if before == after else text
    if p_was is not None and p_now is not None and chance(p_was) != chance(p_now):
        text += f"{', ' if text else one.subject + ' '}P {chance(p_was)} → {chance(p_now)}"
    return text
