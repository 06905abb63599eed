"""What the pages beside the review share: head and foot, money in one scale, findings beside a section, what else is open."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING

from leadline.report.blocks import Block, FindingList, FindingView, Notes, Page, Pairs, Section
from leadline.report.figure import Figure
from leadline.report.pages.source import source_line
from leadline.report.saying import MINUS, MISSING, counted, day, money, sentence_case, value
from leadline.words import NARROW_NO_BREAK_SPACE

if TYPE_CHECKING:
    from leadline.align.finding import Finding
    from leadline.report.pages.source import Checked
    from leadline.review.result import Review

# From here on a column of money is read in thousands, from the second on in millions (house: at most five digits).
_THOUSANDS, _MILLIONS = 10_000.0, 10_000_000.0
_MONTH = 30.44  # days of a month, for ages said in months (Gregorian mean, rounded)
_CODE = 3  # letters of a currency code (ISO 4217), behind its prefix
# Open errors named on a page that is about something else; the review names all of them (house).
_MOST_OPEN = 6
# The section that every page but the review ends with.
STANDING = "open"
# Findings shown beside a section; they come in the order of level and money (house).
_MOST_BESIDE = 5


def sheet(
    review: Review, *, question: str, kind: str, answer: str, sections: Sequence[Section], beside: Sequence[str] = ()
) -> Page:
    """Return a page whose heading is its question; kind: what is asked about, in the line above it."""
    return Page(
        title=question,
        kicker=" · ".join(part for part in (kind, review.title, review.organisation) if part),
        under=f"As of {day(review.as_of)} · plan {review.plan_hash[:8]} · {review.plan_status}",
        answer=answer,
        beside=tuple(beside),
        sections=(*sections, standing(review)),
        foot=f"{kind} · {review.title} · {source_line(review)}",
    )


def standing(review: Review) -> Section:
    """Say what is wrong with the plan at large: open errors and waivers are printed in every output."""
    check = review.check
    errors = [finding for finding in check.shown if finding.level == "error"]
    counts = check.counts
    parts = [counted(int(str(counts[level])), level) for level in ("error", "warning", "note") if counts[level]]
    open_now = f"{', '.join(parts)} open" if parts else "No finding is open"
    answer = f"{open_now} in {counted(check.rules_run, 'rule')}; {len(check.waived)} waived."
    blocks: list[Block] = []
    if errors:
        blocks.append(Notes(tuple(f"{one.code}: {sentence_case(one.text)}" for one in errors[:_MOST_OPEN]), "Errors"))
    if len(errors) > _MOST_OPEN:
        blocks.append(Notes((f"{len(errors) - _MOST_OPEN} more errors stand in the review.",)))
    if check.waived:
        said = tuple(f"{one.code} is waived by {one.waived_by}: {sentence_case(one.text)}" for one in check.waived)
        blocks.append(Notes(said, "Waived"))
    pairs = (
        ("As of", day(review.as_of)),
        ("Plan", f"{review.plan_hash} ({review.plan_status})"),
        ("Evidence snapshot", review.snapshot or "none"),
        ("Seed", str(review.seed)),
    )
    return Section(STANDING, "What else is open in this plan?", answer, (*blocks, Pairs(pairs)))


def findings_beside(review: Checked, codes: Iterable[str], *, caption: str) -> list[Block]:
    """Return the findings of some codes (or their beginnings), the heaviest of them, waived ones marked.

    Nothing without any; where there are many, the rest is counted and stands in the review.
    """
    wanted = tuple(codes)
    found = [finding for finding in review.check.findings if finding.code.startswith(wanted)]
    if not found:
        return []
    shown = FindingList(tuple(finding_view(review, finding) for finding in found[:_MOST_BESIDE]), caption)
    left = len(found) - _MOST_BESIDE
    return [shown, Notes((f"{counted(left, 'more finding')} of this kind in the review.",))] if left > 0 else [shown]


def finding_view(review: Checked, finding: Finding) -> FindingView:
    """Return a finding as it is read; what is to be known beside it stands with why it matters."""
    why = ". ".join(sentence_case(part.rstrip(".")) for part in (finding.why, finding.also) if part)
    return FindingView(
        finding.level, finding.code, finding.name, sentence_case(finding.text), why,
        sentence_case(finding.fix), f"{PurePath(finding.place.file).name}:{finding.place.line}",
        f"{money(finding.money_at_stake, review.currency)} at stake" if finding.money_at_stake else "",
        f"waived by {finding.waived_by}" if finding.waived_by else "", finding.element.id,
    )  # fmt: skip


def unbroken(text: str) -> str:
    """Return a short text that a narrow column does not break: a day, an age."""
    kept = text.replace(" ", "\u00a0")
    return text.saying(kept) if isinstance(text, Figure) else kept


def percent(share: float | None) -> str:
    """Return a share 0..1 in per cent, number and sign kept together; a missing one as a dash.

    >>> percent(0.125).split(), percent(None)
    (['12.5', '%'], '–')
    """
    return MISSING if share is None else unbroken(value(share, "%"))


def month_name(month: dt.date) -> str:
    """Return a month as it is read, the same in every locale.

    >>> month_name(dt.date(2027, 4, 1))
    'Apr 2027'
    """
    return Figure(day(month).partition(" ")[2], day=month, unit="month")


def aged(days: int) -> str:
    """Return an age in words.

    >>> aged(0), aged(45), aged(400)
    ('today', '1 month old', '13 months old')
    """
    if days < 1:
        return "today"
    months = int(days / _MONTH)
    return f"{counted(months, 'month')} old" if months else f"{counted(days, 'day')} old"


@dataclass(frozen=True, slots=True)
class Scale:
    """How a table writes money: one unit and one number of decimals for all its columns."""

    unit: str
    factor: float
    decimals: int

    def say(self, amount: float | None) -> str:
        """Return an amount in this scale; a missing one as a dash, which is not a zero."""
        if amount is None:
            return MISSING
        text = f"{amount * self.factor:,.{self.decimals}f}".replace(",", NARROW_NO_BREAK_SPACE) if amount else "0"
        return Figure(text.replace("-", MINUS), value=amount, unit=self.unit[-_CODE:])


def scale_of(amounts: Iterable[float | None], currency: str) -> Scale:
    """Return the scale in which the largest of some amounts has at most five digits.

    >>> scale_of([70_000.0], "EUR").say(1_250.0)
    '1.2'
    """
    largest = max((abs(amount) for amount in amounts if amount is not None), default=0.0)
    if largest >= _MILLIONS:
        return Scale(f"M{currency}", 1e-6, 2)
    if largest >= _THOUSANDS:
        return Scale(f"k{currency}", 1e-3, 1)
    return Scale(currency, 1.0, 0)
