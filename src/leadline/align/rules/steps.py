"""BRG: is every step of the bridge asked for and written whole."""

from __future__ import annotations

from collections.abc import Iterator

from leadline.align.case import Case
from leadline.align.finding import ElementRef, Found, Skip
from leadline.align.routes import step_name
from leadline.align.rule import rule
from leadline.plan.bets import ResolvedStep


@rule(
    "BRG007",
    "no-call-to-action",
    level="warning",
    scope="local",
    reads=("strategy.messages.call_to_action", "tactics.list.messages", "tactics.list.intent"),
)
def no_call_to_action(case: Case) -> Iterator[Found | Skip]:
    """A message that should sell does not say what to do next.

    Looked at are the messages of tactics that acquire, convert, expand or reactivate; one finding per message.

    Why: the bridge to the sale begins with a step that somebody is asked to take.
    Source: point E (build the bridge); point A (messages that let people act).
    Fix: end the message with the one thing to do now, and where.
    """
    said: dict[str, list[str]] = {}
    for name, tactic in case.acquiring.items():
        for spoken in dict.fromkeys(tactic.messages):
            said.setdefault(spoken, []).append(name)
    for message in case.plan.strategy.messages:
        tactics = tuple(said.get(message.id, ()))
        if not tactics or (message.call_to_action or "").strip():
            continue
        wanted = tuple(
            dict.fromkeys(bet.metric for name in tactics for bet in case.tactics[name].delivers if bet.metric)
        )
        money = case.money_of(tactics)
        yield Found(
            path=case.path_of(message.id),
            text="{message} carries {tactics}"
            + (" ({money})" if money.value else "")
            + " and does not say what to do next",
            values={
                "message": message.id,
                "tactics": tactics,
                "money": money if money.value else None,
                "delivers": wanted or None,
            },
            fix="say what makes somebody count as {delivers}: the one thing to do now, and where" if wanted else "",
            tactics=tactics,
        )


@rule(
    "BRG016",
    "override-without-base",
    level="warning",
    scope="links",
    reads=("tactics.bridge", "tactics.list.bridge"),
)
def override_without_base(case: Case) -> Iterator[Found | Skip]:
    """A tactic writes a step of its own that nothing completes.

    The step's two states have no shared step, so there is nothing to inherit, and rate, lag, owner or tracking is left
    out.

    Why: half a step carries nobody over; an override that was meant to change one number silently loses the others.
    Source: point E (the bridge is built step by step); plan.md, Bets (missing keys come from the shared step).
    Fix: complete the step, or write the shared one under tactics.bridge.
    """
    for name in case.tactics:
        for step in case.graph.steps(name).values():
            if not step.overridden or step.pair in case.graph.shared:
                continue
            missing = _missing(step)
            if missing:
                yield Found(
                    path=step.path,
                    text="{step} has no shared step to inherit from and lacks {missing}",
                    values={"step": step_name(step), "missing": missing},
                    fix=_completion(case, step),
                    element=ElementRef("step", step_name(step)),
                    tactics=(name,),
                )


def _missing(step: ResolvedStep) -> tuple[str, ...]:
    written = {
        "rate": step.rate.written is not None,
        "lag": step.lag.written is not None,
        "owner": bool(step.owner),
        "tracking": bool(step.tracking),
    }
    return tuple(key for key, is_there in written.items() if not is_there)


def _completion(case: Case, step: ResolvedStep) -> str:
    """Return the next step: where the shared bridge knows the pair the other way round, that is what was meant."""
    if (step.to, step.from_metric) in case.graph.shared:
        return "the shared bridge has this step the other way round: swap `from` and `to`, or write {missing}"
    return "write {missing} in this step, or the whole step under tactics.bridge for all tactics"
