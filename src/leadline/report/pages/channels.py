"""Sections of the audit on our own channels: what each is, what it brings and costs, how fast it answers."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from leadline.evidence.small_cells import HIDDEN
from leadline.report.blocks import Block, Empty, Notes, Section, TableBlock
from leadline.report.figure import Figure
from leadline.report.pages.sheet import aged, findings_beside, unbroken
from leadline.report.pages.source import columns, listed
from leadline.report.saying import MISSING, counted, day, estimate, money, number, value

if TYPE_CHECKING:
    from leadline.review.audit import Audit, ChannelAudit, Monthly
    from leadline.review.channel_counts import ChannelCounts, Entries
    from leadline.review.material import Material
    from leadline.review.result import Review


def own(review: Review, told: Audit) -> Section:
    """Say what each own channel is, where it meets people, what it does there, and what its audit says."""
    question = "Which channels do we have, and what does their audit say?"
    if not told.channels:
        return Section("own", question, "The plan lists no own channel.", (_nothing(),))
    order = ("stop", "fix", "test", "", "keep")
    ordered = sorted(told.channels, key=lambda one: order.index(one.verdict))
    rows = tuple(
        (
            one.name, " · ".join(part for part in (one.media, one.mode) if part) or MISSING, ", ".join(one.places) or MISSING,
            _count(one.audience), _monthly(one.posts), _share(one.engagement), one.verdict or MISSING,
            _age(one), "yes" if one.tactics else "no",
        )
        for one in ordered
    )  # fmt: skip
    heads = columns(
        "channel",
        "kind",
        "where it meets people",
        ">audience",
        ">posts a month",
        ">react (platform says)",
        "verdict",
        "audited",
        "used",
    )
    note = "“–”: not written in the plan. What platforms call engagement is their count, and no sale."
    old = [one.name for one in told.channels if one.tactics and one.is_old]
    answer = _verdicts(told)
    answer += f" Not audited in the last year: {listed(old)}." if old else ""
    blocks: list[Block] = [
        TableBlock(heads, rows, "Own channels, those to change first", note, links=tuple(one.id for one in ordered))
    ]
    blocks += findings_beside(
        review, ("SIT008", "BUD004", "RSK002", "AUD005"), caption="What the check says of channels"
    )
    return Section("own", question, answer, tuple(blocks))


def _verdicts(told: Audit) -> str:
    parts = []
    for word in ("stop", "fix", "test"):
        names = [one.name for one in told.channels if one.verdict == word]
        if names:
            parts.append(f"{word}: {listed(names, 4)}")
    silent = [one.name for one in told.channels if not one.verdict]
    kept = sum(one.verdict == "keep" for one in told.channels)
    said = f"To {'; to '.join(parts)}." if parts else "None is to be changed."
    said += f" {counted(kept, 'channel')} to keep." if kept else ""
    return f"{said} Without a verdict: {listed(silent)}." if silent else said


def _nothing() -> Empty:
    return Empty(
        "No own channel yet.",
        "Each channel will stand here with where it meets people, what it brings and costs, and a verdict.",
        "Answer the audit questions: leadline init --flow audit, or write situation.channels.",
    )


def bringing(review: Review, told: Audit, *, material: Material) -> Section:
    """Set results beside costs: by our own count from the audit, and from the exports, never mixed."""
    question = "What does each channel bring, and what does it cost?"
    if not told.channels:
        return Section(
            "bring", question, "No own channel is listed, so nothing can be set against a cost.", (_nothing(),)
        )
    rows = tuple(
        (
            one.name, _monthly(one.leads), _monthly(one.sales), _price(one.cost, review.currency),
            _price(one.cost_per(one.leads), review.currency), _price(one.cost_per(one.sales), review.currency),
        )
        for one in sorted(told.channels, key=lambda one: -(one.cost.value or 0.0))
    )  # fmt: skip
    heads = columns(
        "channel", ">leads a month", ">sales a month", ">cost a month", ">cost of a lead", ">cost of a sale"
    )
    table = TableBlock(heads, rows, "By our own count, as the audit wrote it", "“–”: not written, or without a period.")
    blocks: list[Block] = [table, *_reasons(told), *_exports(review, material)]
    known = [
        "A cost per lead or sale stands here only where money and count are of the same days; nobody's money is spread over channels."
    ]
    if material.counts.is_known:
        known.append(
            "From the exports: credit by the name of a campaign or origin. It says where people came from, not what caused them to come."
        )
    answer = " ".join(part for part in (_bring_answer(told, review), _counted_answer(review, material)) if part)
    return Section("bring", question, answer, tuple(blocks), tuple(known))


def _bring_answer(told: Audit, review: Review) -> str:
    priced = [(one, price) for one in told.channels if (price := one.cost_per(one.leads).value) is not None]
    if not priced:
        return (
            "By our own count no channel has both its leads and its cost written, so none can be called dear or cheap."
        )
    dear = max(priced, key=lambda pair: pair[1])
    cheap = min(priced, key=lambda pair: pair[1])
    said = f"By our own count a lead costs {money(dear[1], review.currency)} through {dear[0].name}"
    said += f" and {money(cheap[1], review.currency)} through {cheap[0].name}." if cheap[0] is not dear[0] else "."
    unknown = len(told.channels) - len(priced)
    return f"{said} For {counted(unknown, 'channel')} it can't be told." if unknown else said


def _counted_answer(review: Review, material: Material) -> str:
    """Say between what a counted lead cost in the exports, where money and count are of the same days."""
    names = {name: tactic.name or name for name, tactic in material.case.tactics.items()}
    priced = [(cost, names.get(name, name)) for name, one in material.counts.leads.items() if (cost := one.cost)]
    if not priced:
        return ""
    low, high = (choose(priced, key=lambda pair: pair[0].base) for choose in (min, max))
    said = f"In the exports one that arrived cost {estimate(low[0], review.currency)} through {low[1]}"
    return f"{said}, and {estimate(high[0], review.currency)} through {high[1]}." if high != low else f"{said}."


def _reasons(told: Audit) -> list[Block]:
    """Say once per reason why a cost of a lead is missing."""
    found: dict[str, list[str]] = {}
    for one in told.channels:
        per = one.cost_per(one.leads)
        if per.value is None:
            found.setdefault(per.reason, []).append(one.name)
    return [Notes(tuple(f"{reason[:1].upper()}{reason[1:]}: {', '.join(names)}." for reason, names in found.items()), "Why the cost of a lead is missing")] if found else []  # fmt: skip


def _exports(review: Review, material: Material) -> list[Block]:
    counts = material.counts
    if not counts.is_known:
        return [
            Empty(
                "No export yet.",
                "With ad exports and the stages of the CRM, what was spent stands beside what arrived, on the same days.",
                "Import them: leadline import FILE.",
            )
        ]
    rows, why = [], []
    channels = material.case.channels
    for name, tactic in material.case.tactics.items():
        spent, leads, sales = counts.reported.get(name), counts.leads.get(name), counts.sales.get(name)
        if spent is None and leads is None and sales is None:
            continue
        used = ", ".join((channels[one].name or one) if one in channels else one for one in tactic.channels) or MISSING
        rows.append(
            (
                tactic.name or name, used, MISSING if spent is None else money(spent.money, review.currency),
                MISSING if spent is None or spent.claimed is None else number(spent.claimed),
                _entered(leads), _cost(leads, review.currency), _entered(sales), _cost(sales, review.currency),
                _span(leads or sales, spent.first if spent else None, spent.last if spent else None),
            )
        )  # fmt: skip
        why += [f"{tactic.name or name}: {entries.reason}." for entries in (leads, sales) if entries and entries.reason]
    heads = columns(
        "tactic",
        "through",
        ">spent",
        ">platform claims",
        ">arrived",
        ">cost of one|90 %",
        ">bought",
        ">cost of a sale|90 %",
        "days",
    )
    note = (
        "“–”: no export says it. Platform claims are the platform's own count of conversions and never an outcome here. "
        "Intervals: what the same money may bring another time, given the count. Sales still to come are not in yet."
    )
    blocks: list[Block] = [TableBlock(heads, tuple(rows), "From the exports, by tactic and the channels it uses", note)]
    silent = _silent(material, counts)
    notes = tuple(dict.fromkeys((*silent, *why)))
    return [*blocks, Notes(notes, "What these exports can't tell")] if notes else blocks


def _silent(material: Material, counts: ChannelCounts) -> list[str]:
    """Name states whose rows name a tactic seldom or never: what they lack cannot be given to any channel."""
    names = {metric.id: metric.name or metric.id for metric in material.case.plan.metrics}
    told = []
    for metric, part in counts.named.items():
        if part < 1:
            name = names.get(metric, metric)
            told.append(
                f"No row of “{name}” names a tactic, so none is given to a channel here."
                if part == 0
                else f"Only {100 * part:.0f} % of the rows of “{name}” name a tactic; the others are given to no channel."
            )
    return told


def answering(review: Review, told: Audit) -> Section:
    """Say how long people wait for an answer: as the audit wrote it, and as measured."""
    question = "How long do people wait for an answer?"
    with_reply = [one for one in told.channels if one.p50 is not None or one.p90 is not None]
    if not with_reply and not told.replies:
        empty = Empty(
            "No reply time yet.",
            "The reply is the promise kept: the middle one and the slowest one in ten say what people live through.",
            "Write reply {p50, p90} at each channel that people write to, or import your tickets.",
        )
        return Section("answer", question, "Nobody has measured it.", (empty,))
    blocks: list[Block] = []
    if with_reply:
        written = tuple(
            (one.name, _hours(one.p50), _hours(one.p90), _age(one))
            for one in sorted(with_reply, key=lambda one: -(one.p90 or one.p50 or 0.0))
        )
        blocks.append(
            TableBlock(
                columns("channel", ">middle one", ">slowest one in ten", "audited"),
                written,
                "Reply times as the audit wrote them, slowest first",
            )
        )
    if told.replies:
        rows = tuple((name, f"{number(value)} {unit}", day(on)) for name, value, unit, on in told.replies)
        blocks.append(TableBlock(columns("metric", ">latest", "on"), rows, "Reply times as the evidence reads them"))
    blocks += findings_beside(review, ("TPM005",), caption="What the check says of replies")
    worst = max(with_reply, key=lambda one: one.p90 or one.p50 or 0.0, default=None)
    if worst is None:
        name, value, unit, on = told.replies[0]
        return Section("answer", question, f"{name}: {number(value)} {unit} on {day(on)}.", tuple(blocks))
    said = f"Slowest through {worst.name}: the middle one waits {_hours(worst.p50)}, the slowest one in ten {_hours(worst.p90)} or longer."
    return Section("answer", question, said, tuple(blocks))


def _hours(hours: float | None) -> str:
    if hours is None:
        return MISSING
    text = f"{number(hours * 60)} min" if hours < 1 else f"{number(hours)} h"
    return Figure(text, value=hours, unit="h")


def _count(count: float | None) -> str:
    return MISSING if count is None else number(count, 4)


def _share(share: float | None) -> str:
    return value(share, "%")


def _monthly(one: Monthly) -> str:
    return MISSING if one.value is None else number(one.value, 2)


def _price(one: Monthly, currency: str) -> str:
    return MISSING if one.value is None else money(one.value, currency)


def _entered(entries: Entries | None) -> str:
    if entries is None:
        return MISSING
    return HIDDEN if entries.entries is None else number(entries.entries, 6)


def _cost(entries: Entries | None, currency: str) -> str:
    return MISSING if entries is None else estimate(entries.cost, currency)


def _span(entries: Entries | None, first: dt.date | None, last: dt.date | None) -> str:
    if entries is not None:
        return f"{unbroken(day(entries.first))} to {unbroken(day(entries.last))}"
    return f"{unbroken(day(first))} to {unbroken(day(last))}" if first and last else MISSING


def _age(one: ChannelAudit) -> str:
    if one.as_of is None or one.age is None:
        return "never"
    return f"{unbroken(day(one.as_of))} ({unbroken(aged(one.age))})"
