"""CheckResult: what one run of the checks says."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from leadline.align.finding import LEVELS, Finding, Level
from leadline.plan.source import Document

if TYPE_CHECKING:
    from leadline.align.scores import Scores


@dataclass(frozen=True)
class Skipped:
    """A rule that could not run, or could not judge one element, with the reason."""

    code: str
    reason: str
    element: str | None = None


@dataclass(frozen=True)
class CheckResult:
    """The findings of a plan on a day, its scores, and what was not judged.

    findings: in the order of showing; folded ones have `caused_by`, waived ones `waived_by`
    rules_run: rules that judged something · elements: elements of the plan · links, links_unreviewed: serves and enables
    settings_changed: thresholds that differ from the defaults, one text each
    limited_to: which elements the findings are limited to, in words; empty where none is left out
    """

    document: Document
    as_of: dt.date
    seed: int
    status: str
    findings: tuple[Finding, ...]
    skipped: tuple[Skipped, ...]
    scores: Scores
    rules_run: int
    elements: int
    links: int
    links_unreviewed: int
    settings_changed: tuple[str, ...] = ()
    limited_to: str = ""

    def __iter__(self) -> Iterator[Finding]:
        """Give the findings one by one, as they are shown."""
        return iter(self.findings)

    def __len__(self) -> int:
        return len(self.findings)

    @property
    def shown(self) -> tuple[Finding, ...]:
        """Return the findings that stand for themselves: neither folded under another nor waived."""
        return tuple(finding for finding in self.findings if not finding.caused_by and not finding.waived_by)

    @property
    def waived(self) -> tuple[Finding, ...]:
        """Return the findings that a waiver covers."""
        return tuple(finding for finding in self.findings if finding.waived_by)

    def followers(self, root: Finding) -> tuple[Finding, ...]:
        """Return the findings folded under a root."""
        return tuple(finding for finding in self.findings if finding.caused_by == root.fingerprint)

    @property
    def counts(self) -> Mapping[str, int]:
        """Return the counts of the document; error, warning and note count what is shown."""
        by_level: dict[str, int] = {level: sum(finding.level == level for finding in self.shown) for level in LEVELS}
        return {
            "rules": self.rules_run,
            "elements": self.elements,
            **by_level,
            "folded": sum(finding.caused_by is not None for finding in self.findings),
            "waived": len(self.waived),
            "skipped": len({skip.code for skip in self.skipped if skip.element is None}),
            "links": self.links,
            "links_unreviewed": self.links_unreviewed,
        }

    def reaches(self, level: Level) -> bool:
        """Say whether anything shown stands at this level or above, as `--fail-on` asks."""
        return any(LEVELS.index(finding.level) <= LEVELS.index(level) for finding in self.shown)

    def table(self) -> list[dict[str, object]]:
        """Return one row per finding."""
        return [
            {
                "code": finding.code,
                "name": finding.name,
                "level": finding.level,
                "file": finding.place.file,
                "line": finding.place.line,
                "element": finding.element.id,
                "text": finding.text,
                "fix": finding.fix,
                "money_at_stake": finding.money_at_stake,
                "caused_by": finding.caused_by,
                "waived_by": finding.waived_by,
            }
            for finding in self.findings
        ]

    def sentence(self) -> str:
        """Return what was done, as the last line of every output says it."""
        counts = self.counts
        notes = [f"{counts['skipped']} skipped{_reasons(self.skipped)}"] if counts["skipped"] else []
        notes += [f"{counts['waived']} waived"] if counts["waived"] else []
        done = f"checked {counts['rules']} rules on {self.elements} elements as of {self.as_of.isoformat()}"
        notes += [f"limited to {self.limited_to}"] if self.limited_to else []
        return ", ".join([done, *notes])

    def chart(self) -> dict[str, object]:
        """Return the hundred as one bar of four parts (Vega-Lite, without theme)."""
        return self.scores.hundred.chart()

    @property
    def notes(self) -> tuple[str, ...]:
        """Return what the reader must know beside the findings."""
        texts = [f"{self.links_unreviewed} of {self.links} links are not under review"] if self.links_unreviewed else []
        return (*texts, *(f"setting changed: {text}" for text in self.settings_changed))


def _reasons(skipped: tuple[Skipped, ...]) -> str:
    reasons = list(dict.fromkeys(skip.reason for skip in skipped if skip.element is None))
    return f" ({reasons[0]})" if len(reasons) == 1 else ""
