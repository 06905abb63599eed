"""WVR: is every exception from a check complete, in force, and one that somebody may make."""

from __future__ import annotations

from collections.abc import Iterator

from leadline.align.case import Case
from leadline.align.finding import Found, Repair, Skip
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


@rule("WVR003", "unused-waiver", level="warning", scope="links", reads=("control.waivers",))
def unused_waiver(case: Case) -> Iterator[Found | Skip]:
    """A waiver suppresses nothing.

    Its check finds nothing on its target, another waiver covers it already, or no check is called so. Whether it does is found out by asking its check, also where that is not among those of this run. Waivers that are
    incomplete or have ended are judged by WVR001 and WVR002.

    Why: an exception that outlives its reason hides the next fault of the same kind.
    Source: checks.md section 4 (waivers).
    Fix: delete it; `check --fix` does.
    """
    from leadline.align.suppressed import suppressed  # it asks the registry, which imports this module

    known = case.once(suppressed)
    for state in case.once(_states):
        waiver = state.waiver
        if state.missing or state.expired or (state.code is not None and not state.waivable) or waiver.id in known.used:
            continue
        if waiver.id in known.unknown:
            yield Skip(f"{state.code}: {known.unknown[waiver.id]}", waiver.id)
            continue
        yield Found(
            path=case.path_of(waiver.id),
            text="{waiver} suppresses nothing: " + _why_unused(state),
            values={"waiver": waiver.id, "code": waiver.code, "target": waiver.target},
            tactics=tuple(name for name in (waiver.target,) if name and name in case.tactics),
            repairs=(Repair("safe", ((case.path_of(waiver.id), ""),)),),
        )


def _why_unused(state: WaiverState) -> str:
    if state.waiver.code is None or state.waiver.target is None:
        return "it names no " + ("check" if state.waiver.code is None else "target")
    if state.code is None:
        return "no check is called {code}"
    return "{code} finds nothing on {target}, or another waiver covers it"


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
