"""The plan as it stands, judged at once with the evidence of the last review: what live pages say after every edit.

    seen = judged(site)
    seen.check.scores.hundred, seen.fixes, seen.is_current

Nothing is measured here. What the warehouse said was kept by the last review with its pages (`report/kept.py`), so a
check of the edited plan costs tenths of a second and is made once per state of plan, settings, ledger and review.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from threading import Lock, RLock
from typing import TYPE_CHECKING, TypeVar, cast

from leadline.errors import LeadlineError
from leadline.web.kept import current

if TYPE_CHECKING:
    from leadline.align.case import Case
    from leadline.align.result import CheckResult
    from leadline.align.run import CheckOptions
    from leadline.plan.source import Document
    from leadline.report.kept import Kept
    from leadline.review.result import Fix
    from leadline.web.reading import Standing
    from leadline.web.site import Site

SHARED = "judged"
Made = TypeVar("Made")


@dataclass(frozen=True)
class Judged:
    """A plan judged on a day. kept: the pages of the last review, None before the first one.

    version: of the plan's files, as forms carry it · it can be laid out wherever a review can (`report/pages/source.py`)
    """

    document: Document
    version: str
    check: CheckResult
    case: Case
    options: CheckOptions
    kept: Kept | None
    _made: dict[str, object] = field(default_factory=dict, repr=False, compare=False)
    _making: dict[str, RLock] = field(default_factory=dict, repr=False, compare=False)

    def once(self, compute: Callable[[], Made], *, key: str) -> Made:
        """Return what a function makes of this judgement, made once. key: what it is, of the page that asks."""
        if key not in self._made:
            with self._making.setdefault(key, RLock()):  # twenty readers after an edit wait for one drawing of it
                if key not in self._made:
                    self._made[key] = compute()
        return cast("Made", self._made[key])

    @property
    def is_current(self) -> bool:
        """Say whether the last review was made of this very plan."""
        return self.kept is not None and self.kept.plan_hash == self.plan_hash

    @property
    def plan_hash(self) -> str:
        """Return the hash of the plan."""
        return self.document.hash

    @property
    def as_of(self) -> dt.date:
        """Return the day on which it was judged."""
        return self.check.as_of

    @property
    def snapshot(self) -> str | None:
        """Return the snapshot of the evidence it was judged with, None without any."""
        return self.kept.snapshot if self.kept is not None else None

    @property
    def currency(self) -> str:
        """Return the plan's currency."""
        return self.case.currency

    @cached_property
    def fixes(self) -> tuple[Fix, ...]:
        """Return the three things to mend first."""
        from leadline.review.story import fixes

        return fixes(self.check)

    @cached_property
    def names(self) -> dict[str, str]:
        """Return what people call each element, by id."""
        from leadline.review.watching import watch_name

        found = {one.id: one.name or one.id for one in self.case.elements.values()}
        found |= {one.id: watch_name(self.case, one) for one in self.document.plan.control.watches}
        for one in self.document.plan.action.handovers:
            if not one.name and one.from_ and one.to:
                found[one.id] = f"{found.get(one.from_, one.from_)} → {found.get(one.to, one.to)}"
        return found | {self.document.plan.plan.id: self.document.plan.plan.title or self.document.plan.plan.id}

    def name_of(self, identity: str | None) -> str:
        """Return what people call an element, its id where it has no name or is none."""
        return self.names.get(identity or "", identity or "")


@dataclass
class _Last:
    """The last judgement and what it was made of; one thread makes a new one, the others wait for it.

    before: the judgement before it, of the plan as it was until the last edit
    ahead: of the plan as an edit will leave it, made while its files still stand as they were
    """

    lock: Lock = field(default_factory=Lock)
    made_of: tuple[object, ...] | None = None
    judged: Judged | None = None
    before: Judged | None = None
    ahead: tuple[tuple[object, ...], Judged] | None = None


def judged(site: Site) -> Judged | None:
    """Return the plan judged as it stands, None where there is no plan that can be read.

    Raises NothingDone for a plan without any element, UsageError for a setting that no rule knows.
    """
    standing, kept = site.plan.now(), current(site)
    if standing.document is None:
        return None
    last = cast("_Last", site.shared.setdefault(SHARED, _Last()))
    made_of = _made_of(site, standing, kept)
    with last.lock:
        if last.judged is None or last.made_of is None or not _same(last.made_of, made_of):
            ahead = last.ahead[1] if last.ahead is not None and _same(last.ahead[0], made_of) else None
            last.before, last.judged = last.judged, ahead or _judge(site, standing, kept)
            last.made_of, last.ahead = made_of, None
        return last.judged


def foresee(site: Site, document: Document) -> None:
    """Judge the plan as an edit will leave it, before its files are replaced: no reader waits for that then.

    Where anything else changes first, what was judged here is not used, and the plan is judged when it is next read.
    """
    standing, kept = site.plan.foresee(document), current(site)
    last = cast("_Last", site.shared.setdefault(SHARED, _Last()))
    with suppress(LeadlineError):  # a plan that cannot be judged can be written all the same, and pages say why
        last.ahead = _made_of(site, standing, kept), _judge(site, standing, kept)


def _made_of(site: Site, standing: Standing, kept: Kept | None) -> tuple[object, ...]:
    return standing, kept.key if kept else None, _ledger_stamp(site), site.today if kept is None else None


def judged_alike(site: Site) -> tuple[Judged, ...]:
    """Return the last judgement, and the one before it where it was asked as the last one was: by day, evidence, ledger."""
    last = cast("_Last", site.shared.setdefault(SHARED, _Last()))
    with last.lock:
        now, before = last.judged, last.before
    if now is None:
        return ()
    return (now,) if before is None or not _are_asked_alike(before, now) else (before, now)


def _are_asked_alike(one: Judged, other: Judged) -> bool:
    """Say whether two plans were judged by the same options; evidence comes from the kept review alone."""
    keys = [None if each.kept is None else each.kept.key for each in (one, other)]
    names = ("as_of", "seed", "settings", "known_contents", "approved", "approved_on")
    return keys[0] == keys[1] and all(getattr(one.options, name) == getattr(other.options, name) for name in names)


def _same(before: tuple[object, ...], now: tuple[object, ...]) -> bool:
    return before[0] is now[0] and before[1:] == now[1:]


def _ledger_stamp(site: Site) -> tuple[int, int]:
    try:
        found = site.workspace.fingerprints.stat()
    except OSError:
        return (0, 0)
    return (found.st_mtime_ns, found.st_size)


def _judge(site: Site, standing: Standing, kept: Kept | None) -> Judged:
    from leadline.align.run import case_of, check_case

    document = cast("Document", standing.document)
    options, kept = _options(site, standing, kept)
    case = case_of(document, options)
    return Judged(document, standing.version, check_case(case, options), case, options, kept)


def _options(site: Site, standing: Standing, kept: Kept | None) -> tuple[CheckOptions, Kept | None]:
    """Return how to ask the checks, and the review whose evidence they are told of; a damaged one counts as none."""
    from leadline.align.run import CheckOptions
    from leadline.review.fingerprints import read_reviewed
    from leadline.review.keep import KeptFileError

    document, settings = cast("Document", standing.document), standing.settings
    reviewed = read_reviewed(site.workspace.fingerprints, document.plan.plan.id)
    asked = CheckOptions(as_of=settings.as_of or site.today, seed=settings.seed)
    if kept is not None:
        try:
            asked = kept.options()
        except KeptFileError:
            kept = None
    now = replace(
        asked, as_of=settings.as_of or asked.as_of, settings=settings.check, known_contents=reviewed.known_contents,
        approved=reviewed.approved, approved_on=reviewed.approved_on,
    )  # fmt: skip
    return now, kept
