"""Mending: fixes are applied one after another, each is checked again, and one that does harm is rolled back.

    mended = mend(document, options, consent=lambda fix, diff: False)
    mended.document     as it is to be written
    mended.applied, mended.left

A fix does harm when it adds an error, loses an element, or changes what the plan says though it only tidies. Safe fixes
that do not overlap are tried together first; only if that does harm one by one. Nothing is written here.
"""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from leadline.align import registry
from leadline.align.finding import Finding
from leadline.align.repairs import Fix, fixes
from leadline.align.result import CheckResult
from leadline.align.run import CheckOptions, check
from leadline.errors import NothingDone, PlanError
from leadline.plan.diff import diff
from leadline.plan.edits import Splice, apply
from leadline.plan.naming import ids
from leadline.plan.reviewing import ReviewRecord
from leadline.plan.source import Document

# house: each round mends something or gives something up, so a plan that needs more is one that mends itself in circles
MAX_ROUNDS = 200

# house: each costs a check, 0.3 s at 200 tactics; a plan in which more fixes do harm has one reason for most of them
MAX_HARM = 40

CONTEXT = 2  # house: lines shown around a change
_HUNK = re.compile(r"([-+])(\d+)")

Consent = Callable[[Fix, str], bool]
"""Asked before an unsafe fix with the unified diff of what it does; says whether to do it."""

UNASKED = "it is unsafe: check --fix --unsafe shows it and asks"
UNTRIED = "not tried, after so many others that would do harm: mend what they would add, then fix again"
REFUSED = "it was shown and not agreed to"


@dataclass(frozen=True)
class Applied:
    """A fix that was made, with the unified diff of what it did."""

    fix: Fix
    diff: str


@dataclass(frozen=True)
class Left:
    """A fix that was not made, why, and the unified diff of what it would do (empty where it cannot be done)."""

    fix: Fix
    reason: str
    diff: str = ""


@dataclass(frozen=True)
class Mended:
    """A plan after mending: the document, what was done, what was left and why."""

    document: Document
    applied: tuple[Applied, ...] = ()
    left: tuple[Left, ...] = ()

    def table(self) -> list[dict[str, object]]:
        """Return one row per fix: what, where, code, element, safety, whether it was made, and why not."""
        pairs = [*((one.fix, None) for one in self.applied), *((one.fix, one.reason) for one in self.left)]
        return [
            {
                "what": fix.what, "file": fix.place.file, "line": fix.place.line, "code": fix.code, "element": fix.element,
                "safety": fix.safety, "made": reason is None, "reason": reason,
            }
            for fix, reason in pairs
        ]  # fmt: skip

    def sentence(self) -> str:
        """Return how much was done and left."""
        made, left = len(self.applied), len(self.left)
        if not made and not left:
            return "nothing to fix"
        return f"{made} {'fix' if made == 1 else 'fixes'} made" + (f", {left} left" if left else "")


@dataclass
class _Work:
    """The plan as it stands, its last check, and what is known about fixes so far."""

    document: Document
    options: CheckOptions
    records: Mapping[str, ReviewRecord]
    tidy: bool
    result: CheckResult | None = None
    applied: list[Applied] = field(default_factory=list)
    left: dict[tuple[object, ...], Left] = field(default_factory=dict)

    def open_fixes(self) -> list[Fix]:
        """Return what can still be mended and was not given up."""
        if self.result is None:
            return []
        found = fixes(self.document, self.result, records=self.records, tidy=self.tidy)
        return [fix for fix in found if fix.key not in self.left]

    def accept(self, made: Sequence[Fix], after: Document, *, result: CheckResult | None) -> None:
        """Go on from the mended document."""
        for fix in made:
            self.applied.append(Applied(fix, unified(self.document, _spliced(self.document, fix.splices))))
        self.document, self.result = after, result

    @property
    def is_worn_out(self) -> bool:
        """Say whether so many fixes would have done harm that no more are tried."""
        return sum(one.reason not in {REFUSED, UNASKED} for one in self.left.values()) >= MAX_HARM

    def give_up(self, fix: Fix, reason: str, *, diff: str = "") -> None:
        """Leave a fix, with the reason."""
        self.left[fix.key] = Left(fix, reason, diff)


def mend(
    document: Document,
    options: CheckOptions,
    *,
    consent: Consent | None = None,
    records: Mapping[str, ReviewRecord] | None = None,
) -> Mended:
    """Return the plan with everything mended that may be.

    options: rules chosen by `select` and `ignore` limit what is mended to their findings; the harm of a fix is always
             judged by every rule · consent: asked before each unsafe fix; None leaves all of them · records: reviews by
             element, from the ledger
    """
    judging = replace(options, only=None, select=(), ignore=(), since="")
    work = _Work(document, judging, records or {}, tidy=not (options.select or options.ignore))
    work.result = _checked(document, judging)
    for _ in range(MAX_ROUNDS):
        found = [fix for fix in work.open_fixes() if _is_chosen(fix, options)]
        safe = [fix for fix in found if fix.safety == "safe"]
        if safe:
            _make_safe(work, safe)
            continue
        if consent is None or not found:
            break
        _ask(work, found[0], consent)
    for fix in work.open_fixes():
        if _is_chosen(fix, options):
            harm, after, _ = (UNASKED, None, None) if work.is_worn_out else _tried(work, [fix])
            work.give_up(fix, harm or UNASKED, diff="" if after is None else unified(work.document, after.texts))
    return Mended(work.document, tuple(work.applied), tuple(work.left.values()))


def make_one(document: Document, fix: Fix, *, options: CheckOptions) -> Applied | Left:
    """Make one fix by itself, whatever its safety: somebody saw what it does and asked for it. Nothing is written."""
    judging = replace(options, only=None, select=(), ignore=(), since="")
    work = _Work(document, judging, {}, tidy=False, result=_checked(document, judging))
    harm, after, _ = _tried(work, [fix])
    diff = "" if after is None else unified(document, after.texts)
    return Left(fix, harm, diff) if harm or after is None else Applied(fix, diff)


def _is_chosen(fix: Fix, options: CheckOptions) -> bool:
    """Say whether `select` and `ignore` leave a fix in; what only tidies goes with no selection."""
    if fix.code is None:
        return True
    rule = registry.find_rule(fix.code)
    wanted = not options.select or any(registry.matches(one, rule) for one in options.select)
    return wanted and not any(registry.matches(one, rule) for one in options.ignore)


def _make_safe(work: _Work, safe: Sequence[Fix]) -> None:
    """Make the fixes that do not overlap, together where that does no harm, else the first part that does none."""
    batch = list(_apart(safe))
    _make(work, batch)


def _make(work: _Work, batch: Sequence[Fix]) -> bool:
    """Make the fixes, or the first part of them that does no harm; say whether any was made.

    The rest waits for the next round, since what was made moved the places in the file. One that does harm by itself
    is given up; halving finds it without a check for each of the others.
    """
    if work.is_worn_out:
        for fix in batch:
            work.give_up(fix, UNTRIED)
        return False
    harm, after, result = _tried(work, batch)
    if after is not None and not harm:
        work.accept(batch, after, result=result)
        return True
    if len(batch) == 1:
        work.give_up(batch[0], harm)
        return False
    half = len(batch) // 2
    return _make(work, batch[:half]) or _make(work, batch[half:])


def _ask(work: _Work, fix: Fix, consent: Consent) -> None:
    harm, after, result = _tried(work, [fix])
    if after is None or harm:
        work.give_up(fix, harm)
        return
    text = unified(work.document, after.texts)
    if consent(fix, text):
        work.accept([fix], after, result=result)
    else:
        work.give_up(fix, REFUSED, diff=text)


def _apart(found: Sequence[Fix]) -> Iterator[Fix]:
    """Yield fixes whose splices overlap with none before them; the others wait for the next round."""
    taken: list[Splice] = []
    for fix in found:
        if not any(_overlap(one, other) for one in fix.splices for other in taken):
            taken += fix.splices
            yield fix


def _overlap(one: Splice, other: Splice) -> bool:
    return one.file == other.file and one.start <= other.end and other.start <= one.end


def _tried(work: _Work, made: Sequence[Fix]) -> tuple[str, Document | None, CheckResult | None]:
    """Return the harm that fixes do ("" for none), and the document and check after them."""
    try:
        after = apply(work.document, [splice for fix in made for splice in fix.splices])
    except (PlanError, ValueError) as error:
        return f"rolled back: the plan could not be read any more ({error})", None, None
    lost = Counter(ids(work.document.plan)) - Counter(ids(after.plan))
    gone = [name for name in lost if not any(name in fix.removes for fix in made)]
    if gone:
        return f"rolled back: it would lose {', '.join(sorted(gone))}", after, None
    if all(fix.keeps_meaning for fix in made) and diff(work.document.plan, after.plan):
        return "rolled back: it would change what the plan says", after, None
    if len(after.faults) > len(work.document.faults):
        return "rolled back: more values of the plan could not be read", after, None
    result = _checked(after, work.options)
    added = _errors(result) - _errors(work.result)
    if added:
        listed = ", ".join(f"{code} on {element}" for code, element in sorted(added))
        return f"rolled back: it would add {listed}", after, result
    return "", after, result


def _checked(document: Document, options: CheckOptions) -> CheckResult | None:
    """Return a check that also asks for unused waivers, or None where nothing can be checked."""
    try:
        result = check(document, options)
    except NothingDone:
        return None
    if not document.plan.control.waivers or any(one.code == "WVR003" for one in result.findings):
        return result
    try:
        unused = check(document, replace(options, select=("WVR003",)))
    except NothingDone:
        return result
    return replace(result, findings=(*result.findings, *unused.findings))


def _errors(result: CheckResult | None) -> set[tuple[str, str]]:
    """Return the errors by code and element, at the level of the catalogue: a draft's errors are errors to be."""
    return {(one.code, one.element.id) for one in result.findings if _is_error(one)} if result is not None else set()


def _is_error(finding: Finding) -> bool:
    return finding.waived_by is None and "error" in (finding.level, registry.find_rule(finding.code).level)


def _spliced(document: Document, splices: Sequence[Splice]) -> Mapping[str, str]:
    from leadline.plan.edits import spliced

    return spliced(document.texts, splices)


def unified(before: Document, after: Mapping[str, str]) -> str:
    """Return the unified diff between a plan's texts and others, two lines around each change."""
    parts: list[str] = []
    for file, text in after.items():
        old = before.texts.get(file, "")
        parts += _changed(file, _lines(old), _lines(text)) if old != text else []
    return "\n".join(parts)


def _changed(file: str, old: list[str], new: list[str]) -> Iterator[str]:
    """Yield the unified diff; what both sides begin and end with is cut off first, since a fix touches few lines."""
    shorter = min(len(old), len(new))
    same = next((n for n in range(shorter) if old[n] != new[n]), shorter)
    behind = next((n for n in range(shorter - same) if old[-1 - n] != new[-1 - n]), shorter - same)
    start, cut = max(same - CONTEXT, 0), max(behind - CONTEXT, 0)
    was, now = old[start : len(old) - cut], new[start : len(new) - cut]
    for line in difflib.unified_diff(was, now, file, file, n=CONTEXT, lineterm=""):
        yield _HUNK.sub(lambda found: f"{found[1]}{int(found[2]) + start}", line) if line.startswith("@@") else line


def _lines(text: str) -> list[str]:
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
