"""Where each bet stands: its belief, the records that speak of it, and one word from the evidence alone."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from leadline import words
from leadline.align.facts import SettledBet
from leadline.decide.ledger import BetKind, Posterior, Record, Thresholds, combine, normal_cdf
from leadline.decide.standing import BetStanding, Range, Scale, Status, Word
from leadline.plan.bets import Bet
from leadline.plan.estimate import Z95, back, transform

KINDS: Mapping[str, BetKind] = {
    "delivers": "delivers",
    "expects": "expects",
    "rate": "rate",
    "lag": "lag",
    "worth": "worth",
}


@dataclass(frozen=True)
class Stand:
    """The standing of one bet with what it was computed from.

    settled: what the checks read of it, None while nothing speaks of it
    """

    standing: BetStanding
    posterior: Posterior | None
    settled: SettledBet | None


def stand(
    bet: Bet, records: Sequence[Record], *, as_of: dt.date, unit: str, thresholds: Thresholds | None = None
) -> Stand:
    """Judge one bet by the records that speak of it; the plan's belief does not testify for itself.

    unit: of the bet's values as people read them · records of other bets are left out
    """
    limits = thresholds or Thresholds()
    mine = [record for record in records if record.bet == bet.id]
    usable = [record for record in mine if record.grade != "X"]
    posterior = combine(mine, as_of, thresholds=limits)
    known = None if posterior is None else _range(posterior, bet)
    contraction = None if posterior is None else _contraction(bet, posterior, limits)
    word, reason = _word(bet, posterior, limits, known=known, records=mine)
    standing = BetStanding(
        bet=bet.id, kind=KINDS[bet.kind], name=bet.id, tactic=bet.tactic, source=bet.from_metric or bet.tactic or bet.metric,
        target=bet.metric, unit=unit, believed=_believed(bet), method=bet.method, known=known,
        grade=_grade(mine, usable), status=_status(posterior, contraction, limits), contraction=contraction,
        word=word, reason=reason, n=sum(record.rows for record in usable),
        measured_by=", ".join(sorted({record.method for record in usable})),
    )  # fmt: skip
    settled = None
    if known is not None and contraction is not None:
        settled = SettledBet(known.low, known.high, contraction, max((record.grade for record in usable), default="X"))
    return Stand(standing, posterior, settled)


def scale_of(bet: Bet) -> Scale:
    """Return the scale on which a bet's range is told."""
    if bet.kind == "lag":
        return "days"
    if bet.belief is not None and bet.belief.scale in ("share", "signed"):
        return "share" if bet.belief.scale == "share" else "signed"
    if bet.kind == "rate" and bet.written is not None and bet.written.unit == "%":
        return "share"
    return "signed" if bet.kind == "expects" else "amount"


def _believed(bet: Bet) -> Range | None:
    return None if bet.belief is None else Range(bet.belief.low, bet.belief.base, bet.belief.high, scale_of(bet))


def _back(value: float, bet: Bet) -> float:
    scale = scale_of(bet)
    return back(value, "share" if scale == "share" else "signed" if scale == "signed" else "amount")


def _to(value: float, bet: Bet) -> float:
    scale = scale_of(bet)
    return transform(value, "share" if scale == "share" else "signed" if scale == "signed" else "amount")


def _range(posterior: Posterior, bet: Bet) -> Range:
    low, base, high = (_back(posterior.m + z * posterior.sd, bet) for z in (-Z95, 0.0, Z95))
    return Range(low, base, high, scale_of(bet))


def _contraction(bet: Bet, posterior: Posterior, limits: Thresholds) -> float | None:
    """Return 1 - v known / v believed; the belief carries the bias of its method beside its own spread."""
    belief = bet.belief
    if belief is None or belief.base <= 0:
        return None
    spread = 0.0
    if not belief.is_point and (scale_of(bet) == "signed" or belief.low > 0):
        spread = (_to(belief.high, bet) - _to(belief.low, bet)) / (2 * Z95)
    table = limits.bias_counted if bet.kind in ("rate", "lag", "worth") else limits.bias_caused
    return 1 - posterior.v / (spread**2 + table[bet.method] ** 2)


def _status(posterior: Posterior | None, contraction: float | None, limits: Thresholds) -> Status:
    if posterior is None:
        return "unmeasured"
    if posterior.in_conflict:
        return "in conflict"
    return "settled" if contraction is not None and contraction >= limits.settled else "leaning"


def _grade(mine: Sequence[Record], usable: Sequence[Record]) -> str:
    if usable:
        return max(record.grade for record in usable)
    return "X" if mine else ""


def _word(
    bet: Bet, posterior: Posterior | None, limits: Thresholds, *, known: Range | None, records: Sequence[Record]
) -> tuple[Word, str]:
    unusable = [record.unusable for record in records if record.unusable]
    if posterior is None or known is None:
        return "can't tell", unusable[0] if unusable else "nothing measured yet"
    if bet.belief is None or (bet.belief.base <= 0 and scale_of(bet) != "signed"):
        return "can't tell", "the plan states no usable number to compare with"
    p = chance_on_course(bet, posterior, limits=limits)
    if p is None:
        return "can't tell", "the plan states no usable number to compare with"
    notes = [record.note for record in records if record.note]
    tail = f"; {notes[0]}" if notes else ""
    chance = f"P(on course) {words.probability(p)}"
    if p >= limits.sure:
        return "on course", f"{chance}{tail}"
    if p <= 1 - limits.sure:
        return "behind", f"{chance}{tail}"
    return "can't tell", f"the interval is too wide, {chance}{tail}"


def chance_on_course(bet: Bet, posterior: Posterior, *, limits: Thresholds) -> float | None:
    """Return P(value ≥ 0.9 × believed base), for lags P(value ≤ 1.1 × base); None without a usable belief."""
    base = 0.0 if bet.belief is None else bet.belief.base
    slack = 2 - limits.on_course_share if bet.kind == "lag" or base < 0 else limits.on_course_share
    bound = slack * base
    if base == 0 or (scale_of(bet) == "share" and not 0 < bound < 1):
        return None
    z = (_to(bound, bet) - posterior.m) / math.sqrt(posterior.v)
    below = normal_cdf(z)
    wants_less = bet.kind == "lag" or base < 0
    return below if wants_less else 1 - below
