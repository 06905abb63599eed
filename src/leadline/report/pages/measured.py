"""Sections of what was measured: the bridge believed and seen, credit by model, and where each bet stands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from leadline.decide.standing import Range
from leadline.evidence import small_cells
from leadline.measure.paths.result import UNATTRIBUTED
from leadline.report.blocks import Block, Empty, Heading, Picture, Section, Sentence, TableBlock
from leadline.report.figure import Figure
from leadline.report.pages.source import columns, listed, source_line
from leadline.report.pictures.bets import BetRow, BetRows, belief
from leadline.report.pictures.canvas import NARROW, WIDE
from leadline.report.pictures.credit import Credit, CreditByModel
from leadline.report.pictures.forest import Forest, ForestRow
from leadline.report.pictures.funnel import FunnelStep, FunnelStrip
from leadline.report.saying import MINUS, MISSING, counted, estimate, number
from leadline.review.people_cells import credit_sentence, small_channels

if TYPE_CHECKING:
    from leadline.decide.standing import BetStanding
    from leadline.measure.paths import Comparison
    from leadline.review.result import Review, StepView

# Bets drawn at most; all of them stand in the table (style guide 2.5: twelve rows before "show all").
MOST_BETS = 12
# Lines of "on course" (decisions 1.6): nine tenths of what was believed, for lags eleven tenths, each with 80 %.
SHORT_OF, LONGER_THAN = 0.9, 1.1
# Standard normal quantiles of 80 % and 95 %.
Z80, Z95 = 0.8416, 1.6449
_ORDER = {"behind": 0, "can't tell": 1, "on course": 2}


def bridge(review: Review, *, details: bool = True) -> Section:
    """Compare each step of the bridge as believed with the cases seen. details: curves and groups of each step too."""
    question = "Does the bridge to the sale hold?"
    if not review.steps:
        empty = Empty(
            "No bridge yet.",
            "The bridge says how attention becomes a sale: what share goes on at each step, and how long it takes.",
            "Write its steps under tactics.bridge, and import the stages of your deals: leadline import.",
        )
        return Section("bridge", question, "The plan has no bridge to a sale.", (empty,))
    steps = [_funnel_step(step) for step in review.steps]
    strip = FunnelStrip(tuple(steps))
    seen = [step for step in steps if step.measured_rate]
    picture = Picture(
        _bridge_title(steps), strip.sentence(), strip.chart(WIDE), strip.chart(NARROW),
        under="pale band: what the plan believes, low to high · line and dot: what the cases say, 90 % · counts: moved of entered",
        source=source_line(review, "C" if seen else ""), table=_bridge_table(steps), native=strip.native(),
    )  # fmt: skip
    blocks: list[Block] = [picture]
    if details:
        for step in review.steps:
            found = step_details(review, step)
            blocks += [Heading(f"{step.from_name} → {step.to_name}"), *found] if found else []
    return Section("bridge", question, _bridge_answer(steps), tuple(blocks), _bridge_known(review))


def _funnel_step(step: StepView) -> FunnelStep:
    return FunnelStep(
        step.from_name, step.to_name, step.believed_rate, step.measured_rate, step.believed_lag, step.measured_lag,
        step.entered, step.moved, step.open, step.unit,
    )  # fmt: skip


def _off(step: FunnelStep) -> str:
    """Return "fewer" or "slower" where the cases speak against the plan's belief with 80 %, else an empty text.

    The same lines as for bets: nine tenths of a rate, eleven tenths of a lag (decisions 1.6).
    """
    believed, measured = step.believed_rate, step.measured_rate
    if believed and measured and _end80(measured, measured.high) < SHORT_OF * believed.base:
        return "fewer"
    believed, measured = step.believed_lag, step.measured_lag
    if believed and measured and believed.base > 0 and _end80(measured, measured.low) > LONGER_THAN * believed.base:
        return "slower"
    return ""


def _end80(known: Range, end: float) -> float:
    """Return the end that 80 % lie short of, from the 95 % end, as if the tail were normal."""
    return known.base + (end - known.base) * Z80 / Z95


def _bridge_title(steps: list[FunnelStep]) -> str:
    for step in steps:
        if _off(step) == "fewer" and step.believed_rate and step.measured_rate:
            said = estimate(step.measured_rate, step.unit)
            return f"{step.name}: the plan said {belief(step.believed_rate, step.unit).split(' (')[0]}, we see {said}"
    for step in steps:
        if _off(step) == "slower" and step.believed_lag and step.measured_lag:
            said = estimate(step.measured_lag, "days")
            return f"{step.name}: the plan said {belief(step.believed_lag, 'days').split(' (')[0]}, we see {said}"
    measured = sum(step.measured_rate is not None for step in steps)
    return f"{measured} of {counted(len(steps), 'step')} measured; none speaks against the plan"


def _bridge_answer(steps: list[FunnelStep]) -> str:
    fewer = [step.name for step in steps if _off(step) == "fewer"]
    slower = [step.name for step in steps if _off(step) == "slower"]
    unmeasured = [step.name for step in steps if step.measured_rate is None]
    said = []
    if fewer:
        said.append(f"fewer go on than the plan believes at {listed(fewer)}")
    if slower:
        said.append(f"it takes longer at {listed(slower)}")
    answer = f"No: {'; '.join(said)}. " if said else ""
    if not said and len(unmeasured) < len(steps):
        answer = "Where it was measured, nothing speaks against it. "
    if unmeasured:
        answer += f"{counted(len(unmeasured), 'step is', many='steps are')} not measured."
    return answer.strip()


def _bridge_table(steps: list[FunnelStep]) -> TableBlock:
    rows = tuple(
        (
            step.name, number(step.entered, 6), number(step.moved, 6), number(step.still_open, 6),
            belief(step.believed_rate, step.unit), estimate(step.measured_rate, step.unit),
            belief(step.believed_lag, "days"), estimate(step.measured_lag, "days"),
        )
        for step in steps
    )  # fmt: skip
    heads = columns(
        "step", ">entered", ">moved", ">open", ">rate believed", ">rate measured", ">lag believed", ">lag measured"
    )
    return TableBlock(
        heads, rows, "Rate and lag of each step, with 90 % intervals", "“–”: not believed, or no case to measure it on."
    )


def step_details(review: Review, step: StepView) -> list[Block]:
    """Return the curve of a measured step and its groups, where there are some."""
    blocks: list[Block] = []
    name = f"{step.from_name} → {step.to_name}"
    result = step.result
    if result is not None:
        spec: Mapping[str, Any] = result.chart()
        blocks.append(
            Picture(
                _spec_title(spec) or name, result.sentence(), _sized(spec, WIDE), _sized(spec, NARROW),
                under=_spec_title(spec, "subtitle"), source=source_line(review, "C"),
            )
        )  # fmt: skip
    rows = tuple(ForestRow(g.name, g.rate, g.entered, g.moved) for g in step.groups if g.rate is not None)
    if len(rows) > 1:
        forest = Forest(name, rows, step.measured_rate)
        table = TableBlock(
            columns("group", ">entered", ">moved", ">rate"),
            tuple((r.name, number(r.entered, 6), number(r.moved, 6), estimate(r.rate, "%")) for r in forest.ordered()),
            f"{name} by group, with 90 % intervals",
        )
        under = "share that went on, by group; line: 90 %; dashed: all groups together"
        blocks.append(
            Picture(forest.sentence().removesuffix("."), forest.sentence(), forest.chart(WIDE), forest.chart(NARROW),
                    under=under, source=source_line(review, "C"), table=table, native=forest.native())
        )  # fmt: skip
    return blocks


def _spec_title(spec: Mapping[str, Any], key: str = "text") -> str:
    title = spec.get("title", "")
    if isinstance(title, Mapping):
        title = title.get(key, "")
    elif key != "text":
        return ""
    return " ".join(str(part) for part in title) if isinstance(title, (list, tuple)) else str(title or "")


def _sized(spec: Mapping[str, Any], width: float) -> dict[str, Any]:
    """Return a result's chart at the width of the page; results say nothing about size."""
    fit = {"type": "fit", "contains": "padding"}
    return {**spec, "width": width, "height": 260, "autosize": fit}


def _bridge_known(review: Review) -> tuple[str, ...]:
    lines = [
        (
            "Cases are counted in the stages of the deals (grade C). A case that is still open counts as open, not as lost: "
            "rate and lag are fitted together, so that young cases do not pull the rate down."
        ),
    ]
    rejected = sum(step.rejected for step in review.steps)
    if rejected:
        lines.append(
            f"{counted(rejected, 'case was', many='cases were')} left out because their dates contradict each other."
        )
    return (*lines, *dict.fromkeys(step.note for step in review.steps if step.note))


def credit(review: Review) -> Section:
    """Show what each attribution model gives each channel."""
    question = "Which channels get the credit?"
    comparison = review.credits
    if comparison is None or not comparison.credits:
        empty = Empty(
            "No journeys yet.",
            "With touches and conversions on one person or account, the models can be compared channel by channel.",
            "Import web analytics with campaign parameters, or touches from the CRM: leadline import.",
        )
        return Section("credit", question, "Nothing can be credited yet.", (empty,))
    hidden = small_channels(comparison, least=review.small_cell)
    told = credit_sentence(comparison, hidden, least=review.small_cell)
    notes = (*comparison.notes, *((small_cells.note(review.small_cell),) if hidden else ()))
    rows = tuple(
        Credit(one.name, str(row["channel"]), float(str(row["conversions"])), _maybe(row.get("low")), _maybe(row.get("high")))
        for one in comparison.credits
        for row in one.table()
        if row["channel"] != UNATTRIBUTED and row["channel"] not in hidden
    )  # fmt: skip
    if not rows:
        return Section("credit", question, told, (), notes)
    drawn = CreditByModel(rows)
    cells = (
        *((str(r["channel"]), str(r["model"]), number(float(str(r["conversions"]))), _span(r["low"], r["high"])) for r in drawn.table()),
        *_uncredited(comparison, hidden),
    )  # fmt: skip
    picture = Picture(
        drawn.sentence().removesuffix("."), told, drawn.chart(WIDE), drawn.chart(NARROW),
        under="conversions credited, by model; line: 90 % interval; open ring: no interval was computed. Credit, not lift",
        source=source_line(review, "D"),
        table=TableBlock(columns("channel", "model", ">conversions credited", ">90 % interval"), cells, "Credit by channel and model", _adding_up(comparison, hidden)),
        native=drawn.native(),
    )  # fmt: skip
    return Section("credit", question, told, (picture,), notes)


def _uncredited(comparison: Comparison, hidden: frozenset[str]) -> tuple[tuple[str, str, str, str], ...]:
    """Return the line of conversions that no model can credit to a channel; it stands also where it is 0."""
    lost = comparison.credits[0].unattributed_conversions
    told = small_cells.HIDDEN if UNATTRIBUTED in hidden else number(lost, 12)
    return ((f"({UNATTRIBUTED})", "every model", told, MISSING),)


def _adding_up(comparison: Comparison, hidden: frozenset[str]) -> str:
    """Return what the lines of each model add up to."""
    apart = " (and what is not shown)" if hidden else ""
    whole = number(comparison.credits[0].total_conversions, 12)
    return f"The lines of each model{apart}, with that of every model, add up to {whole} conversions."


def _maybe(cell: object) -> float | None:
    return float(cell) if isinstance(cell, (int, float)) else None


def _span(low: object, high: object) -> str:
    if not isinstance(low, (int, float)) or not isinstance(high, (int, float)):
        return MISSING
    between = " to " if low < 0 else "–"
    said = f"{number(low)}{between}{number(high)}".replace("-", MINUS)
    return Figure(said, low=float(low), high=float(high), unit="count")


def bets(review: Review) -> Section:
    """Say of each bet what was believed, what is known, and where it stands."""
    question = "Where does each bet stand?"
    if not review.bets:
        empty = Empty(
            "No bet yet.",
            "A bet says what a tactic delivers, or what share of one thing becomes the next; evidence settles it.",
            "Write delivers on the tactics and rates on the bridge.",
        )
        return Section("bets", question, "The plan makes no bet that data could settle.", (empty,))
    ordered = sorted(
        review.bets, key=lambda bet: (_ORDER.get(bet.word, 1), bet.known is None, -(bet.contraction or 0.0))
    )
    rows = [BetRow(bet.name or bet.bet, bet.unit, bet.believed, bet.known, bet.grade, bet.word) for bet in ordered]
    drawn = BetRows(tuple([row for row in rows if row.known and row.can_be_placed()][:MOST_BETS]))
    counts = {word: sum(bet.word == word for bet in ordered) for word in _ORDER}
    answer = (
        f"Of {counted(len(ordered), 'bet')}: "
        + ", ".join(f"{many} {word}" for word, many in counts.items() if many)
        + "."
    )
    blocks: list[Block] = []
    if drawn.rows:
        under = "as a multiple of what the plan believes · pale band: the plan, low to high · line: evidence alone, 90 %, by grade"
        title = _bets_title(ordered)
        blocks.append(
            Picture(title, answer, drawn.chart(WIDE), drawn.chart(NARROW), under=under, source=source_line(review),
                    native=drawn.native())
        )  # fmt: skip
        if len(drawn.rows) < len(ordered):
            measured = sum(bet.known is not None for bet in ordered)
            which = "the" if measured == len(drawn.rows) else f"{len(drawn.rows)} of the"
            aside = f"Drawn are {which} {counted(measured, 'measured bet')}; all {len(ordered)} stand in the table."
            blocks.append(Sentence(aside, "aside"))
    return Section("bets", question, answer, (*blocks, _bets_table(ordered)), _bets_known())


def _bets_title(ordered: list[BetStanding]) -> str:
    first = ordered[0]
    if first.word == "behind" and first.known and first.believed:
        plan, seen = belief(first.believed, first.unit).split(" (")[0], estimate(first.known, first.unit)
        return f"{first.name or first.bet}: the plan said {plan}, we see {seen}"
    measured = sum(bet.known is not None for bet in ordered)
    return f"{measured} of {counted(len(ordered), 'bet')} measured, none of them behind"


def _bets_table(ordered: list[BetStanding]) -> TableBlock:
    rows = tuple(
        (
            bet.name or bet.bet, belief(bet.believed, bet.unit), estimate(bet.known, bet.unit), bet.grade or MISSING,
            number(bet.n, 6) if bet.n else MISSING, bet.word, bet.reason,
        )
        for bet in ordered
    )  # fmt: skip
    heads = columns("bet", ">plan", ">evidence", "grade", ">n", "stands", "why")
    note = "Evidence: the middle and its 90 % interval, from evidence alone. “–”: nothing measured yet."
    return TableBlock(
        heads,
        rows,
        "Every bet, those behind first",
        note,
        marks=tuple(bet.word for bet in ordered),
        links=tuple(bet.tactic or bet.source for bet in ordered),
    )


def _bets_known() -> tuple[str, ...]:
    return (
        (
            "On course: at least 80 % that the value reaches nine tenths of what was believed (lags: at most eleven tenths). "
            "Behind: at least 80 % of the contrary. Otherwise nothing can be told yet, and the reason stands beside."
        ),
        (
            "Grades: A experiment, B quasi-experiment, C counted or an identified model, D attribution, E estimates. "
            "The plan's own estimate never settles its bet."
        ),
    )
