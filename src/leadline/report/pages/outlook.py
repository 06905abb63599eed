"""Sections of the plan as a whole: where each 100 goes, the strategy map, and whether the objectives will be reached."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from leadline.report import maps
from leadline.report.blocks import Block, Empty, Picture, Section, TableBlock
from leadline.report.figure import Figure
from leadline.report.linking import Href, nowhere
from leadline.report.pages.source import columns, listed, source_line, tactic_titles
from leadline.report.pictures.canvas import NARROW, WIDE
from leadline.report.pictures.depth import EVEN, Band, DepthLine
from leadline.report.pictures.hundred import HundredBar
from leadline.report.saying import MISSING, counted, day, money, number, probability, value
from leadline.words import probability_word

if TYPE_CHECKING:
    from leadline.decide.forecast import ObjectiveForecast
    from leadline.report.pages.source import Checked, Mapped, Stamped
    from leadline.review.result import Review

# From here on an objective is called likely to be reached, or unlikely, in the first line (verbal scale, words.py).
_LIKELY, _UNLIKELY = 0.8, 0.2


def hundred(review: Checked) -> Section:
    """Say where each 100 of the plan's money goes."""
    found = review.check.scores.hundred
    if found.whole() is None:
        empty = Empty(
            found.sentence(),
            "With a budget or priced hours on the tactics, this bar says how much of the money reaches a sale.",
            "Give the tactics a budget (tactics.list[].budget).",
        )
        return Section("hundred", "Where does each 100 go?", found.sentence(), (empty,))
    bar, titles = HundredBar(found), tactic_titles(review)
    spent = found.basis == "spent"
    under = (
        f"share of {money(found.cost, found.currency)} {'spent so far' if spent else 'planned'}, money and priced hours"
    )
    rows = tuple(
        (str(row["part"]), number(float(str(row["of each 100"]))), money(float(str(row["money"])), found.currency), ", ".join(titles.get(one, one) for one in str(row["tactics"]).split(", ")) or MISSING)
        for row in bar.table()
    )  # fmt: skip
    table = TableBlock(columns("part", ">of each 100", ">money", "tactics"), rows, "The hundred: parts, money, tactics")
    picture = Picture(
        bar.title(),
        bar.sentence(),
        bar.chart(WIDE),
        bar.chart(NARROW),
        under=under,
        source=source_line(review),
        table=table,
        native=bar.native(),
    )
    return Section("hundred", "Where does each 100 go?", bar.sentence(), (picture,), _hundred_known(review))


def _hundred_known(review: Checked) -> tuple[str, ...]:
    found = review.check.scores.hundred
    lines = [
        (
            "Each tactic falls with its whole cost into one part. Proven: every bet on its way to a sale is settled by "
            "evidence of grade A to C. Believed: the way is there, but rests on estimates. Attention: it serves an "
            "objective, and no way leads on to a sale. Nothing: no objective is served, or no tactic owns the spend."
        ),
    ]
    if found.unmatched:
        lines.append(
            f"{money(found.unmatched, found.currency)} of spend belongs to no tactic of the plan; it counts as serving nothing."
        )
    if found.assumed:
        lines.append(
            f"For {money(found.assumed, found.currency)} no source reports spend; the budget of the days elapsed stands in."
        )
    if found.unpriced_hours:
        lines.append(f"{found.unpriced_hours:.0f} hours have no cost per hour and are left out.")
    return tuple(lines)


def strategy_map(review: Mapped, *, href: Href = nowhere) -> Section:
    """Draw what serves what and what is bet on what, each bet by its evidence. href: links of the nodes."""
    question = "What serves what, and how well is each bet known?"
    nodes, edges = review.map.nodes, review.map.edges
    if not nodes:
        empty = Empty(
            "No element yet.",
            "Here the plan stands from strategy to sale.",
            "Write objectives and tactics: leadline init.",
        )
        return Section("map", question, "The plan is empty.", (empty,))
    names = {node.id: node.name for node in nodes}
    bets = [edge for edge in edges if edge.kind == "bet"]
    known = sum(edge.grade in {"A", "B", "C"} for edge in bets)
    suspect = sum(edge.suspect for edge in edges)
    answer = f"{known} of {counted(len(bets), 'bet')} are known by evidence of grade A to C; the others are belief."
    if suspect:
        answer += f" {counted(suspect, 'link is', many='links are')} suspect: an end changed since it was reviewed."
    title = f"{known} of {counted(len(bets), 'bet')} rest on evidence"
    rows = tuple(
        (names.get(e.source, e.source), e.kind, names.get(e.target, e.target), e.grade or MISSING, "yes" if e.suspect else "no")
        for e in edges
    )  # fmt: skip
    table = TableBlock(
        columns("from", "link", "to", "grade", "suspect"),
        rows,
        "Every link of the map",
        "A grade “–” is a bet nobody measured, or a link of logic.",
        links=tuple(e.source for e in edges),
    )
    picture = Picture(
        title,
        maps.sentence(nodes, edges),
        drawing=maps.draw_map(nodes, edges, currency=review.currency, title=title, href=href),
        under="band: money of the tactic · letter and line: grade of evidence · dashed with ?: suspect · outline: finding",
        source=source_line(review),
        table=table,
    )
    return Section("map", question, answer, (picture,))


def no_forecast(review: Stamped) -> Empty:
    """Say why nothing is forecast: a forecast begins at what was counted, then it needs an aim and what leads there."""
    what = "No forecast yet."
    if review.snapshot is None:
        why = "A forecast begins at what was counted so far, and nothing was imported."
        return Empty(what, why, "Put exports into exports/ and run review again.")
    why = "With a target, a date and bets that lead to it, Leadline draws where each objective will end."
    return Empty(what, why, "Give each objective a metric, a baseline and a target with its date.")


def objectives(review: Review) -> Section:
    """Say for each objective how likely its target is, with the forecast drawn."""
    question = "Will the objectives be reached?"
    if not review.forecasts:
        return Section("objectives", question, "Nothing can be forecast yet.", (no_forecast(review),))
    ordered = sorted(review.forecasts, key=lambda forecast: (forecast.p is None, forecast.p or 0.0))
    blocks: tuple[Block, ...] = tuple(forecast_picture(review, forecast) for forecast in ordered)
    return Section(
        "objectives",
        question,
        chances(ordered),
        (*blocks, forecast_table(ordered)),
        forecast_known(ordered),
    )


def depth_line(forecast: ObjectiveForecast) -> DepthLine:
    """Return a forecast as the picture takes it."""
    return DepthLine(
        name=forecast.name,
        unit=forecast.unit,
        target=forecast.target,
        by=forecast.by,
        as_of=forecast.as_of,
        fan=tuple(Band(point.day, point.p05, point.p25, point.p50, point.p75, point.p95) for point in forecast.fan),
        actual=tuple((point[0], point[1]) for point in forecast.actual),
        path=tuple((point[0], point[1]) for point in forecast.path),
        p=forecast.p,
        reason=forecast.reason,
    )


def forecast_picture(review: Review, forecast: ObjectiveForecast) -> Picture:
    """Return the forecast of one objective: fan, target ring, what was reached, and the numbers behind."""
    line = depth_line(forecast)
    unit = forecast.unit
    rows = tuple(
        (
            Figure(str(row["day"]), day=dt.date.fromisoformat(str(row["day"]))),
            *(value(_number(row[key]), unit) for key in ("actual", "plan", "p05", "p25", "p50", "p75", "p95")),
        )
        for row in line.table()
    )
    heads = columns("day", ">reached", ">plan", ">5 %", ">25 %", ">50 %", ">75 %", ">95 %")
    table = TableBlock(heads, rows, f"{forecast.name}: reached, planned, forecast quantiles")
    bands = "its day has passed" if line.is_over() else "bands: 50 % and 90 % of the forecast"
    under = f"{'counted' if unit in {'', 'count'} else f'in {unit}'}; {bands}"
    return Picture(
        line.sentence().removesuffix("."), forecast.sentence, line.chart(WIDE), line.chart(NARROW),
        under=under, source=source_line(review), table=table, native=line.native(),
    )  # fmt: skip


def chances(ordered: list[ObjectiveForecast]) -> str:
    """Say how many objectives are likely to be reached, those that are not first."""
    over = [f for f in ordered if depth_line(f).is_over()]
    ahead = [f for f in ordered if f not in over]
    missed = [f.name for f in over if f.p is None or f.p < EVEN]
    unlikely = [f.name for f in ahead if f.p is not None and f.p <= _UNLIKELY]
    likely = [f.name for f in ahead if f.p is not None and f.p >= _LIKELY]
    unknown = [f.name for f in ahead if f.p is None]
    between = len(ahead) - len(unlikely) - len(likely) - len(unknown)
    said = []
    if missed:
        said.append(f"{len(missed)} {'was' if len(missed) == 1 else 'were'} missed ({listed(missed)})")
    if unlikely:
        said.append(f"{len(unlikely)} {_is(unlikely)} unlikely to be reached ({listed(unlikely)})")
    if between:
        said.append(f"{between} {'is' if between == 1 else 'are'} neither likely nor unlikely")
    if likely:
        said.append(f"{len(likely)} {_is(likely)} likely to be reached")
    if len(over) > len(missed):
        said.append(f"{len(over) - len(missed)} {'was' if len(over) - len(missed) == 1 else 'were'} reached")
    if unknown:
        said.append(f"for {len(unknown)} the chance is unknown")
    return f"Of {counted(len(ordered), 'objective')}: {'; '.join(said)}."


def _is(names: list[str]) -> str:
    return "is" if len(names) == 1 else "are"


def forecast_table(ordered: list[ObjectiveForecast]) -> TableBlock:
    """Return one row an objective: reached, target, chance, and the chance by the plan alone."""
    rows = tuple(
        (
            f.name,
            value(f.to_date, f.unit),
            value(f.target, f.unit),
            day(f.by),
            probability(f.p) if f.p is not None else MISSING,
            probability_word(f.p) if f.p is not None else f"unknown: {f.reason}",
            probability(f.believed_p) if f.believed_p is not None else MISSING,
        )
        for f in ordered
    )
    heads = columns("objective", ">reached", ">target", "by", ">P(target)", "in words", ">P by the plan alone")
    return TableBlock(
        heads, rows, "Every objective and its chance, least likely first", links=tuple(f.objective for f in ordered)
    )


def forecast_known(ordered: list[ObjectiveForecast]) -> tuple[str, ...]:
    """Say what the forecasts are made from, with their simulation error and notes."""
    lines = [
        (
            "A forecast starts from what was counted, moves open cases and deliveries still to come through the bridge with "
            "its lags, and draws every bet from what is known of it, or from the plan's estimate where nothing is."
        ),
    ]
    error = max((f.p_error for f in ordered if f.p_error is not None), default=0.0)
    if error:
        lines.append(f"The probabilities carry a simulation error of at most {100 * error:.1f} percentage points.")
    return (*lines, *dict.fromkeys(note for f in ordered for note in f.notes))


def _number(cell: object) -> float | None:
    return float(cell) if isinstance(cell, (int, float)) else None
