"""STR: does each strategy lead to an objective, are the goals few enough, and does the offer keep to its advantage."""

from __future__ import annotations

from collections.abc import Iterator

from leadline.align.case import Case, count, share
from leadline.align.finding import Found, Mention, Skip
from leadline.align.ladder import levels_of, tactics_under
from leadline.align.rule import rule
from leadline.align.vocabulary import discount_words
from leadline.plan.links import reach
from leadline.plan.strategy import Level

MOST_GOALS = 6  # house: as many as one page shows and one meeting gets through (checks.md, STR012)
DEAR = 1.10  # house: a tenth above what the others ask is no longer the cheap one (checks.md, STR013)
RIVALS_SHOWN = 3  # house: three prices below ours are proof enough
OUR_PRICE = 100.0  # plan.md: a competitor's price_index is measured against ours


@rule(
    "STR010",
    "strategy-without-objective",
    level="warning",
    scope="links",
    reads=("strategy.levels.level", "strategy.levels.parent", "objectives.serves"),
)
def strategy_without_objective(case: Case) -> Iterator[Found | Skip]:
    """A strategy for a market or for communications is served by no objective, itself or by a level under it.

    Why: strategy is what; without a number and a day nobody can tell whether it worked, and it takes the blame for
    tactics that failed.
    Source: points B and C.
    Fix: write the objective that shows whether it works, or drop the level.
    """
    above = {level.id: () if level.parent is None else (level.parent.ref,) for level in case.plan.strategy.levels}
    served = {link.ref for objective in case.plan.objectives for link in objective.serves}
    reached = served | {level for one in served for level in reach(one, above)}
    for level in levels_of(case, "market", "communications"):
        if level.id not in reached:
            yield Found(
                path=case.path_of(level.id),
                text="no objective serves the {kind} strategy {level}",
                values={"level": level.id, "kind": level.level},
                tactics=tactics_under(case, level.id),
            )


@rule(
    "STR012",
    "too-many-goals",
    level="warning",
    scope="sums",
    reads=("objectives.serves", "strategy.levels", "tactics.list.budget"),
)
def too_many_goals(case: Case, *, most_goals: float = MOST_GOALS) -> Iterator[Found | Skip]:
    """More objectives stand directly under the strategy than anybody can follow.

    Objectives that serve another objective are steps to it and do not count.

    Why: choosing is strategy; with ten goals each tactic serves one, and nobody knows which comes first.
    Source: point C (anything that serves no goal is a distraction, and so is a goal too many).
    Thresholds: most_goals 6 (house).
    Fix: let the ones with the least money behind them serve another objective, or drop them.
    """
    levels = {level.id for level in case.plan.strategy.levels}
    goals = tuple(one.id for one in case.plan.objectives if any(link.ref in levels for link in one.serves))
    if len(goals) <= most_goals:
        return
    money = [sum(case.budgets[tactic] for tactic in case.graph.tactics_of(name)) for name in goals]
    # of goals with equal money the last one written goes first: what matters most is usually written first
    ranked = sorted(range(len(goals)), key=lambda at: (money[at], -at))
    least = set(ranked[: len(goals) - round(most_goals)])
    yield Found(
        path=("objectives",),
        text="{goals} objectives stand directly under the strategy",
        values={"goals": count(len(goals)), "least": tuple(name for at, name in enumerate(goals) if at in least)},
        fix="the least money stands behind {least}: let "
        + ("it serve another objective, or drop it" if len(least) == 1 else "them serve another one, or drop them"),
        at_key=True,
        objectives=goals,
    )


@rule(
    "STR013",
    "advantage-conflict",
    level="note",
    scope="links",
    reads=(
        "strategy.levels.advantage", "situation.competitors.price_index", "strategy.messages.claim",
        "strategy.messages.call_to_action", "tactics.list.messages",
    ),
)  # fmt: skip
def advantage_conflict(case: Case, *, dear: float = DEAR) -> Iterator[Found | Skip]:
    """The offer contradicts the advantage that the strategy says it wins by.

    It wins by cost, and our price lies more than a tenth above the mean of the competitors whose price is known; or it
    wins by being different, and a message of a tactic under it promises a price cut.

    Why: people believe one reason to choose; a discount tells them that the difference is not worth its price, and low
    cost that nobody pays less for is an advantage of the books.
    Source: Porter, "Competitive Strategy", 1980 (stuck in the middle); contested, Kim and Mauborgne, 2005, and others
    hold that both can be had, so it is a note.
    Thresholds: dear 1.10 (house).
    Fix: change the offer, or restate the advantage.
    """
    for level in case.plan.strategy.levels:
        if level.advantage == "cost":
            yield from _dearer(case, level, dear)
        elif level.advantage == "differentiation":
            yield from _discounted(case, level)


def _dearer(case: Case, level: Level, dear: float) -> Iterator[Found | Skip]:
    rivals = [one for one in case.plan.situation.competitors if one.price_index and one.price_index > 0]
    if not rivals:
        yield Skip("no competitor's price is known", level.id)
        return
    theirs = sum(one.price_index or 0.0 for one in rivals) / len(rivals)
    if OUR_PRICE / theirs > dear:
        yield Found(
            path=(*case.path_of(level.id), "advantage"),
            text="{level} is to win by {advantage}, and our price is {price_index} of the others'",
            values={
                "level": level.id,
                "advantage": level.advantage,
                "price_index": share(OUR_PRICE / theirs),
                "message": None,
                "words": None,
            },
            tactics=tactics_under(case, level.id),
            related=tuple(
                Mention((*case.path_of(one.id), "price_index"), "a price below ours")
                for one in rivals
                if (one.price_index or 0.0) < OUR_PRICE
            )[:RIVALS_SHOWN],
        )


def _discounted(case: Case, level: Level) -> Iterator[Found]:
    messages = {message.id: message for message in case.plan.strategy.messages}
    saying: dict[str, list[str]] = {}
    for name in tactics_under(case, level.id):
        for said in dict.fromkeys(case.tactics[name].messages):
            saying.setdefault(said, []).append(name)
    for name, tactics in saying.items():
        message = messages.get(name)
        told = {key: discount_words(getattr(message, key, None) or "") for key in ("claim", "call_to_action")}
        words = tuple(dict.fromkeys((*told["claim"], *told["call_to_action"])))
        if words:
            yield Found(
                path=(*case.path_of(name), "claim" if told["claim"] else "call_to_action"),
                text="{level} is to win by {advantage}, and message {message} promises a price cut: {words}",
                values={
                    "level": level.id,
                    "advantage": level.advantage,
                    "price_index": None,
                    "message": name,
                    "words": words,
                },
                tactics=tuple(tactics),
                related=(Mention((*case.path_of(level.id), "advantage"), "the advantage"),),
            )
