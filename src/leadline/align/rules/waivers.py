"""WVR: is every exception from a check complete, in force, and one that somebody may make."""

from __future__ import annotations

from collections.abc import Iterator

from leadline.align.case import Case
from leadline.align.finding import Found, Skip
from leadline.align.rule import rule
from leadline.align.vocabulary import verbatim
from leadline.align.waivers import WaiverState, state_of


@rule(
    "WVR001",
    "bare-waiver",
    level="error",
    scope="local",
    reads=("control.waivers.reason", "control.waivers.approved_by", "control.waivers.expires"),
)
def bare_waiver(case: Case) -> Iterator[Found | Skip]:
    """A waiver lacks its reason, who approved it, or the day it ends. Such a waiver suppresses nothing.

    Why: an exception without reason, name and end is a rule switched off in silence.
    Source: checks.md section 4 (waivers).
    Fix: complete it, or remove it.
    """
    for state in case.once(_states):
        if state.missing:
            yield Found(
                path=case.path_of(state.waiver.id),
                text="waiver {waiver} lacks {missing}",
                values={"waiver": state.waiver.id, "missing": state.missing},
            )


@rule("WVR002", "expired-waiver", level="warning", scope="time", reads=("control.waivers.expires",))
def expired_waiver(case: Case) -> Iterator[Found | Skip]:
    """A waiver has ended: since the day after `expires` it suppresses nothing.

    Why: an exception was made for a time; whoever wants it longer decides again.
    Source: checks.md section 4 (waivers).
    Fix: mend what it covered, or decide anew and write the new day.
    """
    for state in case.once(_states):
        if state.expired:
            yield Found(
                path=(*case.path_of(state.waiver.id), "expires"),
                text=f"waiver {verbatim(state.waiver.id)} ended on {{expires}}",
                values={"expires": state.waiver.expires},
            )


@rule("WVR004", "not-waivable", level="error", scope="local", reads=("control.waivers.code",))
def not_waivable(case: Case) -> Iterator[Found | Skip]:
    """A waiver is written against a check that cannot be waived.

    Not waivable are the structural checks (the plan cannot be computed with them), TPM003, TPM004, RSK001, RSK002,
    RSK003, and the checks of waivers themselves.

    Why: a promise to a customer, a law and the arithmetic are not the plan's to give away.
    Source: checks.md section 4 (waivers).
    Fix: remove the waiver and mend the fault.
    """
    for state in case.once(_states):
        if state.code is not None and not state.waivable:
            yield Found(
                path=(*case.path_of(state.waiver.id), "code"),
                text="{target} cannot be waived",
                values={"target": state.code},
            )


def _states(case: Case) -> tuple[WaiverState, ...]:
    from leadline.align import registry  # the registry imports this module

    return tuple(state_of(waiver, case.as_of, rules=registry.RULES) for waiver in case.plan.control.waivers)
