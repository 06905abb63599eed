"""TPM: does somebody answer for each place, is no stage of the way left out, are scores and promises what they seem."""

from __future__ import annotations

from collections.abc import Iterator

from leadline.align.case import Case, count, hours
from leadline.align.dates import months_before
from leadline.align.finding import ElementRef, Found, Mention, Skip
from leadline.align.rule import rule
from leadline.align.rules.touchpoints import points_of
from leadline.align.vocabulary import verbatim

# The way of a customer, in the order of plan.md.
STAGES = ("aware", "consider", "buy", "onboard", "use", "support", "renew", "advocate")
FEWEST_ANSWERS = 30  # house; the mean of fewer answers of 0 to 100 moves by five points and more (checks.md, TPM008)
SCORE_MONTHS = 12  # house: a score has seen each season once (checks.md, TPM008)


@rule(
    "TPM002",
    "unowned-touchpoint",
    level="warning",
    scope="local",
    reads=("situation.touchpoints.owner",),
)
def unowned_touchpoint(case: Case) -> Iterator[Found | Skip]:
    """A place where people meet the organisation has nobody who answers for it.

    Why: good product, poor delivery: what is nobody's is mended by nobody, and the customer is sent from one to the next.
    Source: points C and D.
    Fix: name who hears of it when it goes wrong, and may change it.
    """
    for point in case.plan.situation.touchpoints:
        if point.owner:
            continue
        sending = _sending(case, point.id)
        yield Found(
            path=case.path_of(point.id),
            text="nobody answers for {touchpoint}" + (" (stage {stage})" if point.stage else ""),
            values={"touchpoint": point.id, "stage": point.stage},
            tactics=sending,
            also=f"{verbatim(', '.join(sending))} send people here" if sending else "",
        )


def _sending(case: Case, point: str) -> tuple[str, ...]:
    return tuple(name for name in case.growth if point in case.once(points_of)[name])


@rule(
    "TPM005",
    "promise-broken",
    level="warning",
    scope="data",
    reads=("situation.touchpoints.promise",),
)
def promise_broken(case: Case) -> Iterator[Found | Skip]:
    """People are promised an answer within a time, and it takes longer.

    Nine of ten should have their first reply within the promised time; whoever still waits counts as waiting.

    Why: it is real-time and needs a very fast response; a promise kept for half of them is broken for the other half.
    Source: point D6.
    Fix: find out when and for whom it takes long; staff those hours, or promise what is kept.
    """
    measured = case.facts.first_replies if case.facts else {}
    promised = {
        point.id: within
        for point in case.plan.situation.touchpoints
        if point.promise is not None and (within := case.amounts.hours(point.promise.first_response)) is not None
    }
    if promised and not any(name in measured for name in promised):
        yield Skip("no first reply was measured at a place with a promise")
        return
    for name, within in promised.items():
        seen = measured.get(name)
        if seen is None:
            yield Skip("no first reply was measured", name)
            continue
        if seen.p90 <= within:
            continue
        sending = _sending(case, name)
        yield Found(
            path=(*case.path_of(name), "promise", "first_response"),
            text="{touchpoint} promises a first answer within {promised}; nine of ten had one within {p90} (of {n})",
            values={"touchpoint": name, "promised": hours(within), "p90": hours(seen.p90), "n": count(seen.n)},
            tactics=sending,
            also=f"{verbatim(', '.join(sending))} send people here" if sending else "",
        )


@rule("TPM007", "stage-hole", level="warning", scope="links", reads=("situation.touchpoints.stage",))
def stage_hole(case: Case) -> Iterator[Found | Skip]:
    """The map has places before and after a stage, and none in it.

    The stages are aware, consider, buy, onboard, use, support, renew, advocate.

    Why: customers walk through that stage all the same; where nobody looked is where they get lost.
    Source: point D4.
    Fix: walk it as a customer, and write the place where it happens, even if it is a letter or a silence.
    """
    stages: dict[str, str] = {}
    for point in case.plan.situation.touchpoints:
        if point.stage:
            stages.setdefault(point.stage, point.id)
    used = [stage for stage in STAGES if stage in stages]
    if len(used) < 2:
        return
    way = STAGES[STAGES.index(used[0]) : STAGES.index(used[-1])]
    missing = tuple(stage for stage in way if stage not in stages)
    if missing:
        before = [stage for stage in used if STAGES.index(stage) < STAGES.index(missing[0])][-1]
        after = next(stage for stage in used if STAGES.index(stage) > STAGES.index(missing[-1]))
        yield Found(
            path=("situation", "touchpoints"),
            text="no touch point in {missing}, between {before} and {after}",
            values={"missing": missing, "before": before, "after": after},
            at_key=True,
            element=ElementRef("plan", case.plan.plan.id),
            related=(
                Mention((*case.path_of(stages[before]), "stage"), "the last one before"),
                Mention((*case.path_of(stages[after]), "stage"), "the first one after"),
            ),
        )


@rule(
    "TPM008",
    "weak-score",
    level="note",
    scope="time",
    reads=("situation.touchpoints.experience",),
)
def weak_score(
    case: Case, *, fewest_answers: float = FEWEST_ANSWERS, score_months: float = SCORE_MONTHS
) -> Iterator[Found | Skip]:
    """A score of a touch point can bear little: few answers, an old day, or an opinion.

    Why: promotion is held up or let go by this number; one bad week or one loud voice must not decide it.
    Source: point D (fix delivery first, which needs to know what is poor); for 30 answers of 0 to 100 with a standard
    deviation of 25 the standard error of the mean is 4.6.
    Thresholds: fewest_answers 30, score_months 12: house.
    Fix: ask 30 customers after their next visit, and write score, n and day.
    """
    oldest = months_before(case.as_of, round(score_months))
    for point in case.plan.situation.touchpoints:
        experience = point.experience
        if experience is None or experience.score is None:
            continue
        n = case.amounts.count(experience.n)
        few = n is not None and n < fewest_answers
        old = experience.as_of is not None and experience.as_of < oldest
        opinion = (experience.method or "").strip().lower() == "opinion"
        said = ["of {n} answers"] * few + ["of {as_of}"] * old + ["by {method}"] * opinion
        if said:
            yield Found(
                path=(*case.path_of(point.id), "experience"),
                text="the score of {touchpoint}, {score}, is " + ", ".join(said),
                values={
                    "touchpoint": point.id,
                    "score": experience.score,
                    "n": count(n) if few and n is not None else None,
                    "as_of": experience.as_of if old else None,
                    "method": experience.method if opinion else None,
                },
            )
