"""RSK: does the plan keep to the law and to what honest people do."""

from __future__ import annotations

from collections.abc import Iterator

from leadline.align.case import Case, count
from leadline.align.finding import ElementRef, Found, Mention, Skip
from leadline.align.rule import rule
from leadline.align.vocabulary import ENDORSERS, spotted, voices


@rule(
    "RSK001",
    "untested-assumption",
    level="warning",
    scope="local",
    reads=("control.assumptions.criticality", "control.assumptions.test", "control.assumptions.due"),
)
def untested_assumption(case: Case) -> Iterator[Found | Skip]:
    """Much hangs on an assumption, and nothing says how or by when it will be tested. Settled ones are left out.

    Why: what everything rests on is looked at first; a test that may wait for ever is none.
    Source: point B (when a tactic fails, people blame a strategy whose grounds nobody tested); Dewar, Assumption-Based
    Planning, 2002.
    Fix: write the cheapest way to find out (`test`), and the day by which you know (`due`).
    """
    for assumption in case.plan.control.assumptions:
        missing = tuple(key for key in ("test", "due") if not getattr(assumption, key))
        if assumption.criticality == "high" and assumption.state in (None, "open") and missing:
            yield Found(
                path=case.path_of(assumption.id),
                text="much hangs on {assumption}, which lacks {missing}",
                values={"assumption": assumption.id, "missing": missing},
            )


@rule(
    "RSK002",
    "no-consent-basis",
    level="error",
    scope="links",
    reads=("situation.channels.mode", "situation.channels.basis", "situation.channels.media", "tactics.list.channels"),
)
def no_consent_basis(case: Case) -> Iterator[Found | Skip]:
    """A tactic writes to people one by one without the right to do so.

    It uses a one-to-one channel, not a person in conversation, whose legal basis is missing or none.

    Why: permission is an asset and in most places the law; a list without it is neither.
    Source: point B; GDPR articles 6 and 7, ePrivacy directive article 13 (or the law of your place).
    Fix: obtain consent and say so (`basis`), or use another channel.
    """
    for name, tactic in case.tactics.items():
        for index, channel_id in enumerate(tactic.channels):
            channel = case.channels.get(channel_id)
            if channel is None or channel.mode != "one_to_one" or channel.media == "person":
                continue
            if channel.basis not in (None, "none"):
                continue
            audience = case.amounts.count(channel.audience)
            known = "" if audience is None else " ({audience} of them)"
            yield Found(
                path=(*case.path_of(channel_id), "basis"),
                text=f"{{channel}} speaks to people one by one{known} without a legal basis",
                values={"channel": channel_id, "audience": None if audience is None else count(audience)},
                element=ElementRef("tactic", name),
                tactics=(name,),
                related=(Mention((*case.path_of(name), "channels", index), "used here"),),
            )


@rule(
    "RSK003",
    "undisclosed-endorsement",
    level="error",
    scope="local",
    reads=("tactics.list.incentive", "tactics.list.disclosure", "tactics.list.intent", "tactics.list.channels"),
)
def undisclosed_endorsement(case: Case) -> Iterator[Found | Skip]:
    """People get something for speaking well of you, and nobody is told.

    A tactic with an incentive lets advocates speak, or uses a channel of reviews, ambassadors, recommendations or
    another earned one, and does not say how the incentive is disclosed. The check is on by default as soon as any
    tactic has an incentive.

    Why: be honest; a bought voice that passes for a free one costs the trust in all of them, and is unlawful in many
    places.
    Source: point D; FTC Endorsement Guides (16 CFR 255), EU directive 2019/2161.
    Fix: say in every such piece what people got, and write here how (`disclosure`).
    """
    for name, tactic in case.tactics.items():
        if not tactic.incentive or tactic.disclosure:
            continue
        if tactic.intent == "advocate" or any(_endorses(case, channel) for channel in tactic.channels):
            yield Found(
                path=(*case.path_of(name), "incentive"),
                text="people get {incentive} for speaking in {tactic}, and nothing says how that is disclosed",
                values={"tactic": name, "incentive": tactic.incentive},
            )


def _endorses(case: Case, name: str) -> bool:
    channel = case.channels.get(name)
    if channel is None:
        return False
    return channel.media == "earned" or bool(spotted(f"{channel.name or ''} {name}", ENDORSERS))


@rule(
    "RSK004",
    "testimonial-permission",
    level="note",
    scope="local",
    reads=(
        "strategy.messages.claim", "strategy.messages.proof", "strategy.messages.evidence", "action.tasks.name",
        "action.tasks.evidence", "situation.evidence.kind",
    ),
)  # fmt: skip
def testimonial_permission(case: Case) -> Iterator[Found | Skip]:
    """A message or a task lets a customer speak, and no document says that the customer agreed.

    Recognised are words such as testimonial, case study and customer story, and quoted words with a name behind them. A
    document is evidence of kind document that the message (proof), the task or its tactic names.

    Why: be scrupulously honest; people own their name and their words, and most laws say so too.
    Source: point D; GDPR article 6 for persons, FTC Endorsement Guides (16 CFR 255) for what they say.
    Fix: have the permission in writing, and link it as evidence of kind document.
    """
    documents = {one.id for one in case.plan.situation.evidence if one.kind == "document"}
    for message in case.plan.strategy.messages:
        words = voices(f"{message.name or ''}. {message.claim or ''}")
        if words and not documents & {*message.proof, *message.evidence}:
            yield Found(
                path=(*case.path_of(message.id), "claim"),
                text="{element} speaks through a customer ({words}), and no document shows the permission",
                values={"element": message.id, "words": words},
            )
    for task in case.plan.action.tasks:
        tactic = case.tactics.get(task.tactic or "")
        words = voices(task.name or "")
        if words and not documents & {*task.evidence, *(tactic.evidence if tactic else ())}:
            yield Found(
                path=(*case.path_of(task.id), "name"),
                text="{element} needs a customer who speaks ({words}), and no document shows the permission",
                values={"element": task.id, "words": words},
                tactics=(tactic.id,) if tactic else (),
            )
