"""STR: is there a strategy, is it whole from top to bottom, and does what is planned follow it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from leadline.align.case import Case, count, share
from leadline.align.finding import ElementRef, Found, Level, Mention, Skip
from leadline.align.ladder import (
    ONE_UP,
    SIBLINGS,
    has_teams,
    levels_of,
    one_or_all,
    owning_teams,
    tactics_under,
)
from leadline.align.rule import rule
from leadline.align.vocabulary import TOOLS, content_words, plain, spotted
from leadline.plan.tactics import Tactic

PILOTS = 0.20  # house: a fifth of the money leaves room for pilots (checks.md, STR004)
KNOWN_PART = 0.50  # house: when most of the money has no derived cell nothing can be said (checks.md, 7.2)
BROADCAST = 0.50  # house: who only answers does not spend most of the money on speaking first (checks.md, STR009)

# checks.md, table 7.1: direction -> intents that contradict it, by the segment's status where that matters.
_NEW: Mapping[str, Mapping[str, Level]] = {
    "retrenchment": {"acquire": "error", "convert": "error"},
    "stability": {"acquire": "warning", "convert": "warning"},
}
_EXISTING: Mapping[str, Mapping[str, Level]] = {"retrenchment": {"acquire": "warning"}}
_ANY: Mapping[str, Mapping[str, Level]] = {
    "retrenchment": {"build": "warning", "expand": "warning"},
    "stability": {"exit": "warning"},
    "growth": {"exit": "warning"},
}
# checks.md 7.2, after Ansoff (1957): (segment, offering) -> way of growing.
CELLS: Mapping[tuple[str | None, str | None], str] = {
    ("existing", "existing"): "penetration",
    ("new", "existing"): "market_development",
    ("existing", "new"): "product_development",
    ("new", "new"): "diversification",
}


@rule(
    "STR001",
    "no-business-strategy",
    level="error",
    scope="links",
    reads=("strategy.levels.level", "strategy.levels.direction"),
)
def no_business_strategy(case: Case) -> Iterator[Found | Skip]:
    """There is not exactly one corporate strategy, or it does not say which way the organisation goes.

    Why: marketing follows the business strategy; without it no tactic can be told from a distraction.
    Source: point C.
    Fix: state in one level `corporate` whether the organisation retrenches, stays, or grows.
    """
    corporate = levels_of(case, "corporate")
    if len(corporate) == 1 and corporate[0].direction:
        return
    if len(corporate) == 1:
        path = case.path_of(corporate[0].id)
        text = "the corporate strategy has no direction ({found} level corporate)"
    else:
        path = case.path_of(corporate[1].id) if corporate else ("strategy", "levels")
        text = "{found} levels say corporate; there is one business strategy"
    related = tuple(
        Mention(case.path_of(level.id), "another one") for level in corporate if case.path_of(level.id) != path
    )
    yield Found(path=path, text=text, values={"found": count(len(corporate))}, related=related)


@rule("STR002", "level-gap", level="error", scope="links", reads=("strategy.levels.parent", "strategy.levels.level"))
def level_gap(case: Case) -> Iterator[Found | Skip]:
    """A level of strategy does not hang on the one above it.

    The steps are corporate, business unit, market, communications, social. Product, sales, customer service and HR
    hang on a business unit or a market.

    Why: three levels of strategy decide what marketing is for; one that skips a step answers to nobody.
    Source: point C.
    Fix: add the missing level, or hang this one where it belongs.
    """
    kinds = {level.id: level.level for level in case.plan.strategy.levels}
    for level in case.plan.strategy.levels:
        if level.level == "corporate":
            continue
        parent = level.parent.ref if level.parent else None
        values = {"level": level.id, "parent": parent, "missing": "level"}
        path = case.path_of(level.id)
        if level.level is None:
            yield Found(path=path, text="{level} does not say which {missing} of strategy it is"
                        + (" (its parent is {parent})" if parent else ""), values=values)  # fmt: skip
            continue
        if parent is not None and (parent not in kinds or kinds[parent] in ONE_UP[level.level]):
            continue  # a parent that is no level at all is PLN002
        values["missing"] = _words(ONE_UP[level.level][0])
        text = (
            "{level} hangs on {parent}, not on a level {missing}" if parent else "{level} hangs on no level {missing}"
        )
        yield Found(path=(*path, "parent"), text=text, values=values)


def _words(kind: str) -> str:
    return kind.replace("_", " ")


@rule(
    "STR003",
    "direction-contradiction",
    level="error",
    scope="links",
    reads=(
        "tactics.list.intent", "tactics.list.segments", "situation.segments.status", "strategy.levels.direction",
        "strategy.levels.level",
    ),
)  # fmt: skip
def direction_contradiction(case: Case) -> Iterator[Found | Skip]:
    """A tactic goes another way than the organisation.

    Winning customers in a new segment contradicts retrenchment (error) and strains stability (warning); building and
    expanding contradict retrenchment; leaving contradicts stability and growth. With several segments the worst counts.

    Why: a tactic that contradicts the direction is paid for by somebody who wants the opposite.
    Source: point C; checks.md, table 7.1.
    Fix: change the intent, park the tactic, or have it waived by who answers for the direction.
    """
    corporate = [level for level in levels_of(case, "corporate") if level.direction]
    if len(corporate) != 1:
        yield Skip("the plan has no one corporate direction")
        return
    direction = corporate[0].direction or ""
    for name, tactic in case.growth.items():
        level = _contradiction(case, tactic, direction)
        if level is None:
            continue
        yield Found(
            path=(*case.path_of(name), "intent"),
            text="{tactic} is to {intent} ({money}) while the organisation's direction is {direction}",
            values={
                "tactic": name,
                "intent": tactic.intent,
                "direction": direction,
                "money": case.money_of((name,)),
            },
            level=level,
            related=(Mention((*case.path_of(corporate[0].id), "direction"), "the direction"),),
        )


def _contradiction(case: Case, tactic: Tactic, direction: str) -> Level | None:
    """Return the worst level of table 7.1 over the tactic's segments; a segment without status says nothing."""
    intent = tactic.intent or ""
    statuses = {case.segments[name].status for name in tactic.segments if name in case.segments}
    found = [_ANY.get(direction, {}).get(intent)]
    found += [_NEW.get(direction, {}).get(intent)] if "new" in statuses else []
    found += [_EXISTING.get(direction, {}).get(intent)] if "existing" in statuses else []
    if "error" in found:
        return "error"
    return "warning" if "warning" in found else None


@rule(
    "STR004",
    "growth-mode-mismatch",
    level="error",
    scope="sums",
    reads=(
        "tactics.list.budget", "tactics.list.segments", "tactics.list.offering", "tactics.list.intent",
        "tactics.list.serves", "objectives.serves", "strategy.levels.parent", "strategy.levels.growth",
        "situation.segments.status", "strategy.offerings.status",
    ),
)  # fmt: skip
def growth_mode_mismatch(
    case: Case, *, pilots: float = PILOTS, known_part: float = KNOWN_PART
) -> Iterator[Found | Skip]:
    """The money of a business unit grows it in another way than the strategy says.

    The way of growing follows from the segment and the offering of each tactic, new or existing; a tactic with several
    segments is split evenly. Looked at are the tactics that build, acquire, convert, expand or reactivate. Money
    whose segment or offering says neither is left out; where that is most of it, nothing is judged.

    Why: penetration and diversification need different people, money and patience; one cannot be planned as the other.
    Source: point C; Ansoff, "Strategies for Diversification", 1957.
    Thresholds: pilots 0.20, known_part 0.50: house.
    Fix: move the money to the declared way of growing, or restate how the unit grows.
    """
    units = [level for level in levels_of(case, "business_unit") if level.growth]
    if not units:
        yield Skip("no business unit says how it grows")
        return
    for unit in units:
        names = tuple(name for name in tactics_under(case, unit.id) if name in case.promoting)
        cells = _derived(case, names)
        total, unknown = sum(cells.values()), cells.pop(None, 0.0)
        known = total - unknown
        if known <= 0 or unknown > (1 - known_part) * total:
            yield Skip("most of the money has no offering or segment with a status" if total else "no budget", unit.id)
            continue
        others = {cell: money for cell, money in cells.items() if cell != unit.growth and money > 0}
        if sum(others.values()) <= pilots * known:
            continue
        derived = tuple(sorted((cell for cell in others if cell), key=lambda cell: -others[cell]))
        yield Found(
            path=(*case.path_of(unit.id), "growth"),
            text="{share} of {money} goes into {derived}; the strategy declares {declared}",
            values={
                "share": share(sum(others.values()) / known),
                "money": case.money(known),
                "derived": one_or_all(derived),
                "declared": unit.growth,
            },
            tactics=names,
        )


def _derived(case: Case, tactics: tuple[str, ...]) -> dict[str | None, float]:
    """Return money by way of growing; None holds what cannot be told."""
    offerings = {one.id: one.status for one in case.plan.strategy.offerings}
    money: dict[str | None, float] = {}
    for name in tactics:
        tactic = case.tactics[name]
        segments = [case.segments[one].status for one in tactic.segments if one in case.segments] or [None]
        for status in segments:
            cell = CELLS.get((status, offerings.get(tactic.offering or "")))
            money[cell] = money.get(cell, 0.0) + case.budgets[name] / len(segments)
    return money


@rule(
    "STR005",
    "tactics-before-strategy",
    level="error",
    scope="links",
    reads=("tactics.list.intent", "objectives", "strategy.levels.level"),
)
def tactics_before_strategy(case: Case) -> Iterator[Found | Skip]:
    """There are tactics, and no objective or no strategy for market or communications.

    Why: tactics are the fourth of six; before objectives and strategy they are things to be busy with.
    Source: point B.
    Fix: answer the questions on objectives and strategy first, and park the tactics as ideas meanwhile.
    """
    levels = levels_of(case, "market", "communications")
    objectives = case.plan.objectives
    if not case.growth or (objectives and levels):
        return
    yield Found(
        path=("tactics", "list"),
        text="{tactics} tactics, {objectives} objectives, {levels} levels of strategy for market or communications",
        values={
            "tactics": count(len(case.growth)),
            "objectives": count(len(objectives)),
            "levels": count(len(levels)),
        },
        at_key=True,
        tactics=tuple(case.growth),
    )


@rule(
    "STR006",
    "tool-list",
    level="warning",
    scope="local",
    reads=("strategy.levels.statement", "situation.channels.name", "situation.segments"),
)
def tool_list(case: Case) -> Iterator[Found | Skip]:
    """A strategy names tools, and nobody whom they are for.

    Looked for are the names of the plan's channels and a list of tools and networks; a word of any segment's name or
    need (four letters or more) clears the statement.

    Why: tools are tactics; a strategy says whom to win and what for.
    Source: point B.
    Fix: say whom you win and what they get from it; the tools follow.
    """
    people = frozenset[str]().union(
        *(content_words(f"{one.name or ''} {one.need or ''}") for one in case.plan.situation.segments)
    )
    channels = tuple(plain(channel.name) for channel in case.plan.situation.channels if channel.name)
    for level in levels_of(case, "market", "communications", "social"):
        statement = level.statement or ""
        found = spotted(statement, (*TOOLS, *channels))
        if found and not content_words(statement) & people:
            yield Found(
                path=(*case.path_of(level.id), "statement"),
                text="the strategy {level} names tools ({words}) and nobody they are for",
                values={"level": level.id, "words": found},
            )


@rule("STR007", "nothing-excluded", level="warning", scope="local", reads=("strategy.levels.not_doing",))
def nothing_excluded(case: Case) -> Iterator[Found | Skip]:
    """A market strategy leaves nothing out.

    Why: choosing is strategy; what has not been excluded will be asked for, and the rest is distraction.
    Source: point C.
    Fix: name one attractive group or activity that you leave out on purpose (`not_doing`).
    """
    for level in levels_of(case, "market"):
        if not level.not_doing:
            yield Found(
                path=case.path_of(level.id),
                text="this {level} strategy leaves nothing out",
                values={"level": level.level},
            )


@rule(
    "STR008",
    "sibling-unaligned",
    level="warning",
    scope="links",
    reads=(
        "strategy.levels.aligned_with", "tactics.bridge.owner", "situation.touchpoints.owner", "action.people.team",
        "action.teams",
    ),
)  # fmt: skip
def sibling_unaligned(case: Case) -> Iterator[Found | Skip]:
    """Communications or social stands alone, while other teams own steps of the bridge or touch points.

    It should agree with (`aligned_with`) at least one strategy for product, sales, customer service or HR.

    Why: what is said in public is kept by others; social must follow service, sales and HR, or two truths are told.
    Source: point C.
    Fix: link the strategy of the team that keeps the promise, or write that level.
    """
    levels = levels_of(case, "communications", "social")
    if not levels:
        return
    if not has_teams(case):
        yield Skip("no teams")
        return
    siblings = {level.id for level in levels_of(case, *SIBLINGS)}
    teams = owning_teams(case)
    for level in levels:
        if any(link.ref in siblings for link in level.aligned_with):
            continue
        own = case.team_of.get(level.owner or "")
        others = tuple(team for team in teams if team != own)
        if others and (own or len(others) > 1):
            yield Found(
                path=(*case.path_of(level.id), "aligned_with"),
                text="{level} agrees with no strategy for product, sales, customer service or HR, while others "
                "({teams}) own steps or touch points",
                values={"level": level.id, "teams": others},
                tactics=tactics_under(case, level.id),
            )


@rule(
    "STR009",
    "posture-mismatch",
    level="warning",
    scope="sums",
    reads=(
        "strategy.levels.posture", "strategy.levels.parent", "tactics.list.budget", "tactics.list.channels",
        "tactics.list.serves", "objectives.serves", "situation.channels.mode",
    ),
)  # fmt: skip
def posture_mismatch(case: Case, *, broadcast: float = BROADCAST) -> Iterator[Found | Skip]:
    """Communications or social does not say who speaks first, or says "we answer" and spends on speaking first.

    The money is the budget of growth tactics that serve the level, split evenly over their channels.

    Why: whoever waits to be found needs people to answer, whoever seeks people out needs money to be heard.
    Source: point C (reactive or proactive).
    Thresholds: broadcast 0.50 (house).
    Fix: choose one of `reactive` and `proactive`, and move the money to where it says.
    """
    for level in levels_of(case, "communications", "social"):
        path = case.path_of(level.id)
        if level.posture is None:
            yield Found(
                path=path,
                text="{level} does not say whether it answers or speaks first",
                values={"level": level.id, "posture": None, "broadcast_share": None},
            )
            continue
        names = tactics_under(case, level.id)
        spent = sum(case.budgets[name] for name in names)
        part = sum(_broadcast_money(case, name) for name in names)
        if level.posture == "reactive" and spent > 0 and part > broadcast * spent:
            yield Found(
                path=(*path, "posture"),
                text="{level} is {posture}, and {broadcast_share} of the money that serves it is broadcast",
                values={"level": level.id, "posture": level.posture, "broadcast_share": share(part / spent)},
                tactics=names,
            )


def _broadcast_money(case: Case, tactic: str) -> float:
    channels = case.tactics[tactic].channels
    spoken = sum(1 for name in channels if name in case.channels and case.channels[name].mode == "broadcast")
    return case.budgets[tactic] * spoken / len(channels) if channels else 0.0


@rule(
    "STR011",
    "no-position",
    level="warning",
    scope="links",
    reads=("strategy.positions", "tactics.list.offering", "tactics.list.segments", "situation.segments.priority"),
)
def no_position(case: Case) -> Iterator[Found | Skip]:
    """A priority segment is offered something without a reason to choose it from us.

    Why: why you? Whoever has no answer to that competes on price.
    Source: points A and B.
    Fix: write a position: the difference that counts, against whom, and what proves it.
    """
    positions = case.plan.strategy.positions
    offered: dict[tuple[str, str], list[str]] = {}
    priority = frozenset(case.priority_segments)
    known = {offering.id for offering in case.plan.strategy.offerings}
    for name, tactic in case.growth.items():
        for segment in tactic.segments:
            if segment in priority and tactic.offering in known:
                offered.setdefault((segment, tactic.offering or ""), []).append(name)
    held = {(one.segment, one.offering) for one in positions}
    for (segment, offering), tactics in offered.items():
        if held & {(segment, offering), (segment, None), (None, offering)}:
            continue
        yield Found(
            path=case.path_of(segment),
            text="{segment} has no reason to choose {offering} from us: no position",
            values={"segment": segment, "offering": offering},
            element=ElementRef("segment", segment),
            tactics=tuple(tactics),
            related=(Mention(case.path_of(offering), "offered here"),),
        )
