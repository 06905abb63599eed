"""Three sentences about files: where the money went, how far it got, what these data can't tell and the next step."""

from __future__ import annotations

from collections.abc import Mapping

from leadline import words
from leadline.align.hundred import whole_numbers
from leadline.measure.bridge import BridgeStep
from leadline.measure.bridge.wording import days_words, lag_words, plural, rate_words
from leadline.plan.model import Plan
from leadline.review.by_channel import NO_CHANNEL, StartHundred
from leadline.review.drafting import Picture
from leadline.review.plan_facts import states
from leadline.review.stage_chain import LOST, Chain, Pair

NAMED = 4  # channels or origins named in a sentence; the table beside it has all (house)
STEPS_TOLD = 5  # steps of the bridge told in the sentence; the draft holds all (house)


def sentences(picture: Picture) -> tuple[str, str, str]:
    """Return the three sentences."""
    return (
        f"Where the money went: {_money(picture)}",
        f"How far it got: {_far(picture)}",
        f"What can't be told: {_open(picture)}",
    )


def notes(plan: Plan, picture: Picture) -> tuple[str, ...]:
    """Return what must be said beside the sentences: what measurement found odd, and what the plan holds otherwise."""
    steps_of: dict[str, list[str]] = {}
    for pair, step in picture.steps.items():
        for note in step.notes:
            steps_of.setdefault(note, []).append(_step_name(pair))
    told = []
    if picture.at is not None and picture.until is not None and picture.until > picture.at.day:
        told.append(
            f"The files reach to {picture.until}; everything is told as of {picture.at.day}, and later days are left out. "
            f"Told as of another day: leadline start --as-of {picture.until}."
        )
    told += [f"{', '.join(steps)}: {note}." for note, steps in steps_of.items()]
    told += [
        f"{_step_name(pair)} could not be measured: {why.rstrip('.')}." for pair, why in picture.unmeasured.items()
    ]
    told += _leaps(plan, picture.found)
    return tuple(told)


def _leaps(plan: Plan, found: Chain) -> list[str]:
    """Name steps of the plan that leap over states which later files brought; a draft never takes a step away."""
    state_of = states(plan)
    told = []
    for step in plan.tactics.bridge:
        pair = (state_of.get(step.from_, ""), state_of.get(step.to, ""))
        if all(pair) and pair not in found.steps and {*pair} <= {state.id for state in found.states}:
            told.append(
                f"The plan's step {step.from_} > {step.to} stays as it is, though the files now tell of another way there; "
                "if it leaps over states, take it out, or sales are counted twice."
            )
    return told


def _money(picture: Picture) -> str:
    hundreds, listed = picture.channels.hundreds, _listed(picture)
    if not hundreds:
        return f"{_unspent(picture)}{f' {listed}' if listed else ''}{_origins(picture)}"
    main = hundreds[0]
    others = " and ".join(_spent(one) for one in hundreds[1:])
    apart = f" {others} more stand apart, for no file brings a rate." if others else ""
    return f"{_spent(main)} from {main.first} to {main.last}. {_shares(main)}.{apart}{f' {listed}' if listed else ''}"


def _unspent(picture: Picture) -> str:
    """Say that no money was booked; files that speak of later days only are no files without spend."""
    if picture.at is not None and picture.until is not None and picture.until > picture.at.day:
        return f"up to {picture.at.day} these files hold no spend, so no cost per sale."
    return "these files hold no spend, so no cost per sale."


def _spent(one: StartHundred) -> str:
    return _amount(one.total, one.currency)


def _amount(amount: float, currency: str) -> str:
    return words.money(amount, currency) if currency else f"{words.number(amount, 6)} in no named currency"


def _shares(one: StartHundred) -> str:
    rows = list(one.rows.items())
    shown = [f"{whole} {'had' if name == NO_CHANNEL else 'went to'} {name}" for name, whole in rows[:NAMED]]
    rest = sum(whole for _, whole in rows[NAMED:])
    return f"Of each 100{f' {one.currency}' if one.currency else ''}, {', '.join([*shown, *([f'{rest} went to others'] if rest else [])])}"


def _listed(picture: Picture) -> str:
    """Return what lists of activities say of money, labelled as what it is: somebody's own list."""
    count = sum(len(one.activities) for one in picture.lists)
    if not count:
        return ""
    told = f"{words.number(count, 9)} {'activity is' if count == 1 else 'activities are'} listed"
    costs: dict[str, float] = {}
    for currency, amount in (pair for one in picture.lists for pair in one.costs().items()):
        costs[currency or ""] = costs.get(currency or "", 0.0) + amount
    if not costs:
        return f"{told}, none of them with what it cost."
    ranked = sorted(costs, key=lambda currency: (not currency, -costs[currency], currency))
    said = [_amount(costs[currency], currency) for currency in ranked]
    money = f"{', '.join(said[:-1])} and {said[-1]}" if len(said) > 1 else said[0]
    return f"{told} for {money}: what somebody wrote down, not what was paid."


def _origins(picture: Picture) -> str:
    """Return where named people came from, as 100 of them; labelled as what it is, for it is no money."""
    origins = picture.channels.origins
    total = sum(one.named for one in origins)
    if not total or len(origins) == 1:
        return ""
    wholes = whole_numbers([one.named / total for one in origins])
    ranked = list(zip(origins, wholes, strict=True))[:NAMED]
    shown = [f"{whole} {'' if place else 'came '}by {one.name}" for place, (one, whole) in enumerate(ranked)]
    rest = sum(wholes[NAMED:])
    heads = picture.found.heads
    head = plural(heads[0]) if len(heads) == 1 and "-" not in heads[0] else "people named"
    return f" Of each 100 {head} (people, not money), {', '.join([*shown, *([f'{rest} otherwise'] if rest else [])])}."


def _far(picture: Picture) -> str:
    claimed = [one for one in picture.channels.channels if one.claimed]
    platform = ""
    if claimed:
        total = sum(one.claimed or 0.0 for one in claimed)
        platform = f"The ad platforms report {words.number(total, 6)} conversions (platform-reported: their own count of their own ads)."
    names = {state.id: state.names[0] for state in picture.found.states}
    steps = [_step_said(pair, picture.steps[pair], names) for pair in picture.found.steps if pair in picture.steps]
    if steps:
        more = len(steps) - STEPS_TOLD
        rest = f" The draft holds {more} more {'step' if more == 1 else 'steps'}." if more > 0 else ""
        return " ".join(
            [f"{'; '.join(steps[:STEPS_TOLD])}.{rest}", *_still_open(picture), *([platform] if platform else [])]
        )
    entered = [
        f"{words.number(state.subjects, 9)} {_many(state.id, names)}"
        for state in picture.found.states
        if state.id != LOST
    ]
    if entered:
        return " ".join(
            [f"{', '.join(entered)} are known, and no step between them can be measured.", platform]
        ).rstrip()
    visits = sum(one.visits for one in picture.channels.channels)
    if visits:
        return " ".join(
            [f"to {words.number(visits, 9)} visits; nobody who came is named, and no sale.", platform]
        ).rstrip()
    return f"{platform[:1].lower()}{platform[1:]}" or "nothing in these files follows it any further."


def _step_said(pair: Pair, step: BridgeStep, names: Mapping[str, str]) -> str:
    """Return rate and lag of one step."""
    who, where = _many(pair[0], names), _one(pair[1], names)
    if step.final_rate is None:
        return f"{rate_words(step.rate)} of {who} reach {where} within {days_words(step.horizon)}, and they are too young to say more"
    return f"{rate_words(step.final_rate)} of {who} reach {where}, half of them within {lag_words(step.median_lag)}"


def _still_open(picture: Picture) -> list[str]:
    """Say of the entries that may still move that they count as open; they are why a plain ratio is too low."""
    names = {state.id: state.names[0] for state in picture.found.states}
    told = []
    for state in picture.found.heads:
        steps = [step for pair, step in picture.steps.items() if pair[0] == state]
        if steps and steps[0].counts.open:
            counts = steps[0].counts
            who = _many(state, names).removeprefix("those ")
            given_up = 0 if counts.lost else _given_up(state, picture)
            apart = f" ({words.number(given_up, 9)} of them marked as given up)" if given_up else ""
            told.append(f"{words.number(counts.open, 9)} of {words.number(counts.entered, 9)} {who}{apart}")
    return [f"Not gone on so far are {' and '.join(told)}; they count as open, not as lost."] if told else []


def _given_up(state: str, picture: Picture) -> int:
    """Return how many subjects a source closed as lost in a state, before any step out of it."""
    after = {end for start, end in picture.found.steps if start == state}
    ways = ((set(way.split(",")), count) for way, count in picture.channels.ways.items())
    return sum(count for way, count in ways if {state, LOST} <= way and not way & after)


def _many(state: str, names: Mapping[str, str]) -> str:
    return plural(state) if "-" not in state else f'those in "{names.get(state, state)}"'


def _one(state: str, names: Mapping[str, str]) -> str:
    return state if "-" not in state else f'"{names.get(state, state)}"'


def _step_name(pair: Pair) -> str:
    return f"{pair[0]} > {pair[1]}"


def _open(picture: Picture) -> str:
    """Return what these data can't tell, and the cheapest next step to change that."""
    channels = picture.channels
    has_spend, has_people = channels.main is not None, bool(picture.found.states)
    unnamed = sum(one.money.get(picture.currency, 0.0) for one in channels.channels if one.name == NO_CHANNEL)
    if not has_spend and not has_people:
        return (
            "what was paid for it, and whether anything came of it. Cheapest next step: export the deals of your CRM, with the day of each stage, "
            "and start with them as well."
        )
    if not has_spend:
        return (
            "what a lead or a sale cost, and what would have come without marketing. Cheapest next step: the cost by day "
            "of your ad accounts, or a sheet of what was spent on which channel."
        )
    if not has_people:
        return (
            "whether anybody bought, and what would have come without the money. Cheapest next step: export the deals of "
            "your CRM, with the day of each stage and where each came from."
        )
    if unnamed:
        return (
            f"what came of {words.money(unnamed, picture.currency)} whose channel no file names, and what would have come without "
            "the money. Cheapest next step: a column in those files that names the channel."
        )
    if not picture.sales:
        return "which of these stages is the sale, and so what a sale cost. Cheapest next step: say which it is."
    if channels.foreign_origins:
        said = ", ".join(f'"{name}"' for name in channels.foreign_origins[:NAMED])
        return (
            f"which channel brought whom: the words of the files for it ({said}) name none of the channels that were paid. Cheapest "
            "next step: let the CRM say the channel, such as Paid Search, where somebody came by one."
        )
    if not any(one.named != 0 for one in channels.channels):
        return (
            "which channel brought whom, and what would have come without the money. Cheapest next step: let the CRM's export "
            "carry where each lead came from, or add the export of your web analytics."
        )
    return (
        "what would have come without the money: that somebody came by a channel is no proof that it brought them. Cheapest "
        "next step: switch one channel off in one region for a few weeks, and compare."
    )
