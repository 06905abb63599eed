"""What a draft of the Situation is made of: metrics, channels, measured steps, evidence and ideas, as the data give them.

Never drafted: objectives, targets, worth, levels, segments, reasons. Each element has a key that names what it speaks of,
so that one which a person renamed or took out is not drafted a second time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from leadline import words
from leadline.evidence.sources.activities import Activity
from leadline.measure.bridge import BridgeStep
from leadline.plan.elements import located
from leadline.plan.model import Plan
from leadline.plan.spelling import Value
from leadline.review.by_channel import NO_CHANNEL, ByChannel, Campaign, ChannelView
from leadline.review.channel_kinds import KINDS
from leadline.review.intake import FileRead
from leadline.review.stage_chain import LOST, Chain, Pair, State
from leadline.review.stage_names import slug

MOST_CAMPAIGNS = 100  # parked as ideas, those with most money first; a plan with more is no plan any more (house)
SMALLEST_SHARE, LARGEST_SHARE = 0.01, 99.99  # per cent: a share of a bet lies inside the open range (checks.md, PLN012)
SHORTEST_LAG = 0.01  # days, a quarter of an hour: a lag of 0 below its median is no lag (checks.md, PLN012)
Section = tuple[str, ...]
METRICS: Section = ("metrics",)
CHANNELS: Section = ("situation", "channels")
EVIDENCE: Section = ("situation", "evidence")
STEPS: Section = ("tactics", "bridge")
IDEAS: Section = ("control", "ideas")
SECTIONS = (METRICS, CHANNELS, EVIDENCE, STEPS, IDEAS)


@dataclass(frozen=True)
class Drafted:
    """One element as it will be written. key: what it speaks of, the same in every run · line: it in brief."""

    section: Section
    key: str
    value: Mapping[str, Value]
    line: str


class Ids:
    """Ids of one plan: those it has, and those given out since."""

    def __init__(self, plan: Plan) -> None:
        """Know every id of the plan."""
        self.taken = {item.element.id for item in located(plan)} | {plan.plan.id}

    def new(self, name: str, *, otherwise: str) -> str:
        """Return an id for a name that nothing has yet, and keep it."""
        found = slug(name, taken=self.taken, otherwise=otherwise)
        self.taken.add(found)
        return found


def metric_of(state: State, ids: Ids, *, is_sale: bool) -> Drafted:
    """Return the metric that counts the first entries into a state."""
    name = state.names[0]
    value: dict[str, Value] = {
        "id": ids.new(state.id, otherwise="stage"),
        "name": name[:1].upper() + name[1:],
        "unit": "count",
    }
    if state.id == LOST:
        value["better"] = "down"
    if is_sale:
        value["value_event"] = True
    value["source"] = f"stage:{state.id}"
    return Drafted(METRICS, f"metric:{state.id}", value, f"{value['id']} ({words.number(state.subjects, 9)})")


def evidence_of(file: FileRead, ids: Ids) -> Drafted:
    """Return the evidence element of one file."""
    span = f", {file.span[0]} to {file.span[1]}" if file.span else ""
    value: dict[str, Value] = {
        "id": ids.new(file.file.rsplit(".", 1)[0], otherwise="file"), "kind": "data",
        "citation": f"{file.file} ({file.understood_as}): {file.taken} of {file.rows} rows{span}",
    }  # fmt: skip
    if file.span:
        value["date"] = file.span[1].isoformat()
    value["n"] = file.taken
    return Drafted(EVIDENCE, f"evidence:{file.sha256}", value, file.file)


def channel_of(view: ChannelView, ids: Ids, *, currency: str, as_of: str) -> Drafted:
    """Return a channel with its money, its leads and sales; what the platforms claim stands in the notes, named as such."""
    value: dict[str, Value] = {"id": ids.new(view.name, otherwise="channel"), "name": view.name}
    if view.name in KINDS:
        value["media"], value["mode"] = KINDS[view.name]
    notes = [f"{amount:.2f} {name}" for name, amount in sorted(view.money.items()) if name != currency]
    if currency in view.money:
        value["cost"] = f"{view.money[currency]:.2f} {currency}"
    if view.named:
        value["leads"] = f"{view.named} count"
    if view.sales:
        value["sales"] = f"{view.sales} count"
    if view.visits:
        notes.append(f"{view.visits} {'visit' if view.visits == 1 else 'visits'}")
    if view.claimed is not None:
        notes.append(f"{view.claimed:g} conversions as the platform reports them")
    value["as_of"] = as_of
    if notes:
        value["notes"] = "; ".join(notes)
    money = ", ".join(words.money(amount, name) for name, amount in view.money.items())
    return Drafted(CHANNELS, f"channel:{view.name}", value, f"{view.name}{f' {money}' if money else ''}")


def step_of(pair: Pair, result: BridgeStep | None, *, metrics: Pair, tracking: str, source: str | None) -> Drafted:
    """Return a step of the bridge with its measured rate and median lag; without numbers where they can't be told."""
    value: dict[str, Value] = {"from": metrics[0], "to": metrics[1]}
    told = "not measured"
    if result is not None:
        rate = result.final_rate or result.rate
        value["rate"] = _three(
            [100 * edge for edge in (rate.low, rate.middle, rate.high)],
            within=(SMALLEST_SHARE, LARGEST_SHARE),
            unit="%",
        )
        lag = result.median_lag
        value["lag"] = _three([lag.low, lag.middle, lag.high], within=(SHORTEST_LAG, float("inf")), unit="days")
        value["method"] = "measured"
        told = f"{value['rate']}, {value['lag']}"
    if source is not None:
        value["source"] = source
    value["tracking"] = tracking
    return Drafted(STEPS, f"step:{pair[0]}>{pair[1]}", value, f"{metrics[0]} > {metrics[1]}: {told}")


def campaign_idea(one: Campaign, ids: Ids, *, sources: Sequence[Value]) -> Drafted:
    """Return a campaign as a parked idea, its money and days in the notes."""
    where = f"{one.channel}, {one.source}" if one.channel else one.source
    claimed = "" if one.claimed is None else f"; {one.claimed:g} conversions as the platform reports them"
    value: dict[str, Value] = {
        "id": ids.new(one.name, otherwise="campaign"), "name": one.name,
        "notes": f"Campaign ({where}): {one.money:.2f} {one.currency} from {one.first} to {one.last}{claimed}",
    }  # fmt: skip
    if sources:
        value["evidence"] = list(sources)
    return Drafted(IDEAS, campaign_key(one), value, one.name)


def campaign_key(one: Campaign) -> str:
    """Return what names a campaign in every run: who reports it, its name, its currency."""
    return f"campaign:{one.source}:{one.name}:{one.currency}"


def activity_key(one: Activity, place: tuple[str, str]) -> str:
    """Return what names a row of a list in every run. place: hash of the file, and its sheet."""
    return f"activity:{place[0]}:{place[1]}:{one.row}"


def activity_idea(one: Activity, ids: Ids, *, place: tuple[str, str], sources: Sequence[Value]) -> Drafted:
    """Return a row of an activity list as a parked idea. place: hash of the file, and its sheet."""
    value: dict[str, Value] = {"id": ids.new(one.name, otherwise="activity"), "name": one.name}
    if notes := activity_notes(one):
        value["notes"] = notes
    if sources:
        value["evidence"] = list(sources)
    return Drafted(IDEAS, activity_key(one, place), value, one.name)


def activity_notes(one: Activity) -> str:
    """Return what a row of a list says beside its name, as the notes of its idea."""
    told = (
        [] if one.start is None else [f"{one.start}" if one.end in (None, one.start) else f"{one.start} to {one.end}"]
    )
    if one.cost is not None:
        told.append(f"{one.cost:.2f} {one.currency or '(currency not named)'}")
    told += [
        f"{role} {text}"
        for role, text in (("channel", one.channel), ("owner", one.owner), ("status", one.status), ("under", one.group))
        if text
    ]
    return "; ".join([*told, *(f"{name}: {text}" for name, text in one.others.items() if text), *one.notes])


def worth_drafting(view: ChannelView) -> bool:
    """Say whether a channel is one: money without a channel's name is none."""
    return view.name != NO_CHANNEL


def largest(found: ByChannel) -> tuple[Campaign, ...]:
    """Return the campaigns with most money, as many as a plan can hold."""
    return found.campaigns[:MOST_CAMPAIGNS]


def sales_of(plan: Plan, found: Chain) -> frozenset[str]:
    """Return the states that are sales: what the plan says, where it says anything; else what their names say."""
    stated = {
        (metric.source or "").removeprefix("stage:")
        for metric in plan.metrics
        if metric.value_event and (metric.source or "").startswith("stage:")
    }
    if stated:
        return frozenset(stated)
    return frozenset() if found.sale is None else frozenset({found.sale})


def _three(edges: Sequence[float], *, within: tuple[float, float], unit: str) -> str:
    """Return low..base..high with as few digits as keep the three apart.

    >>> _three([9.41, 10.57, 11.8], within=(0.01, 99.99), unit="%")
    '9.4..10.6..11.8 %'
    """
    inside = [min(max(edge, within[0]), within[1]) for edge in edges]
    for decimals in range(1, 7):
        said = [f"{edge:.{decimals}f}" for edge in inside]
        if len(set(said)) == len(said) and float(said[0]) >= within[0] and float(said[2]) <= within[1]:
            return f"{said[0]}..{said[1]}..{said[2]} {unit}"
    return f"{inside[1]:.6g} {unit}"
