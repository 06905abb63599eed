"""The scores as lines of text, one fact a line."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from leadline import words
from leadline.align.coverage import Coverage
from leadline.align.finding import say
from leadline.align.scores import Covered, Scores, Traced

LABEL = 18  # columns of the first column: the longest label and a space


def score_lines(scores: Scores, width: int = 80) -> list[str]:
    """Return the scores of a run as lines no wider than `width`."""
    lines: list[str] = []
    for label, text in score_pairs(scores):
        lines += textwrap.wrap(text, width, initial_indent=f"{label:<{LABEL}}", subsequent_indent=" " * LABEL)
    return lines


def score_pairs(scores: Scores) -> Iterator[tuple[str, str]]:
    """Yield each score of a run as its name and what it says; coverage and what it rests on once per objective."""
    currency = scores.hundred.currency
    yield "traced spend", _traced(scores.traced_spend, currency, currency)
    yield "traced hours", _traced(scores.traced_hours, "h", currency)
    for one in scores.coverage:
        yield "coverage", f"{one.objective}: {coverage_text(one)}"
    for shares in scores.evidence_coverage:
        named = ((name, getattr(shares, name)) for name in ("measured", "benchmark", "expert", "guess"))
        yield (
            "rests on",
            f"{shares.objective}: " + " · ".join(f"{name} {words.share(part)}" for name, part in named if part),
        )
    yield "bridge coverage", _covered(scores.bridge_coverage, currency)
    yield "control coverage", _covered(scores.control_coverage, currency)
    promise = scores.promise_coverage
    hours = f"({words.number(promise.covered)} of {words.number(promise.promised)} h/week)"
    yield (
        "promise coverage",
        _none(promise.reason) if promise.value is None else f"{words.share(promise.value)} {hours}",
    )
    basket = scores.concentration
    if basket.hhi is None or basket.largest_share is None:
        yield "concentration", _none(basket.reason)
    else:
        yield "concentration", f"{basket.hhi:.2f} of 1, largest {basket.largest} {words.share(basket.largest_share)}"


def coverage_text(one: Coverage) -> str:
    """Return the coverage of an objective: naive, by the due date with its interval, and the probability."""
    if one.naive_share is None or one.due_share is None:
        return _none(one.reason)
    text = f"{_percent(one.naive_share)} % naive · {_percent(one.due_share)} % by {one.by}"
    if one.p05 is not None and one.p50 is not None and one.p95 is not None:
        text += f" ({_percent(one.p05)}..{_percent(one.p50)}..{_percent(one.p95)} %)"
    if one.p is None:
        return f"{text} · P {one.reason}"
    return f"{text} · P {chance(one.p)}, {words.probability_word(one.p)}"


def chance(p: float) -> str:
    """Return a probability with two decimals, never 0.00 or 1.00.

    >>> chance(0.714), chance(0.0004), chance(0.9999)
    ('0.71', '< 0.01', '> 0.99')
    """
    if p < 0.01:
        return "< 0.01"
    return "> 0.99" if p > 0.99 else f"{p:.2f}"


def _percent(share: float) -> str:
    return f"{100 * share:.0f}"


def _traced(score: Traced, unit: str, currency: str) -> str:
    if score.value is None:
        return _none(score.reason)
    part = _of(score.traced, score.total, unit, currency)
    return f"{words.share(score.value)} ({part}; run {say(score.run, unit, currency=currency)})"


def _covered(score: Covered, currency: str) -> str:
    if score.value is None:
        return _none(score.reason)
    return f"{words.share(score.value)} ({_of(score.covered, score.total, currency, currency)})"


def _of(part: float, whole: float, unit: str, currency: str) -> str:
    """Return `359 of 390 kEUR`: the unit once, where both have the same."""
    left, right = say(part, unit, currency=currency), say(whole, unit, currency=currency)
    if part == 0:
        return f"0 of {right}"
    number, _, written = left.rpartition(" ")
    return f"{number} of {right}" if written == right.rpartition(" ")[2] else f"{left} of {right}"


def _none(reason: str | None) -> str:
    return f"none: {reason}"
