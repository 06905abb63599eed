"""The audit page: own channels and competitors side by side, the gaps between them, and what to find out first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadline.report.blocks import Block, Empty, Notes, Page, Picture, Section, TableBlock
from leadline.report.pages.channels import answering, bringing, own
from leadline.report.pages.sheet import aged, findings_beside, percent, sheet, unbroken
from leadline.report.pages.source import columns, listed, source_line
from leadline.report.pictures.canvas import NARROW, WIDE
from leadline.report.pictures.presence import Cell, Presence
from leadline.report.saying import MISSING, counted, day, money, number, sentence_case
from leadline.review.audit import Audit, CompanyAudit, audit_of
from leadline.review.gaps import channels_like, used_channels, used_like

if TYPE_CHECKING:
    from leadline.align.case import Case
    from leadline.review.material import Material
    from leadline.review.result import Review

# Companies drawn beside us at most: a name needs about 100 px, and people compare a handful (house).
_MOST_DRAWN = 4


def audit_page(material: Material) -> Page:
    """Return the page of the audit."""
    told = audit_of(material.case)
    review = material.review
    sections = (
        companies(review, told, case=material.case),
        own(review, told),
        bringing(review, told, material=material),
        answering(review, told),
        gaps(review, told),
        unknown(review, told),
    )
    return sheet(
        review, question="Where do we stand beside the others, and which of our channels earn their place?",
        kind="Audit", answer=_answer(told), sections=sections,
    )  # fmt: skip


def _answer(told: Audit) -> str:
    if not told.channels and not told.competitors:
        return "Nothing is audited yet: the plan lists neither own channels nor competitors."
    said = []
    open_gaps = [gap for gap in told.gaps if gap.is_open]
    if open_gaps:
        said.append(
            f"{len(open_gaps)} of {counted(len(told.gaps), 'gap')} to the others and to our people {'is' if len(open_gaps) == 1 else 'are'} open"
        )
    verdicts = {
        word: [one.name for one in told.channels if one.verdict == word] for word in ("stop", "fix", "test", "keep")
    }
    judged = [f"{word} {len(names)}" for word, names in verdicts.items() if names]
    if told.channels:
        said.append(
            f"of {counted(len(told.channels), 'own channel')} the audit says: {', '.join(judged) if judged else 'nothing yet'}"
        )
    priced = [one for one in told.channels if one.cost_per(one.leads).value is not None]
    if told.channels:
        said.append(
            f"the cost of a lead is known for {len(priced)} of them"
            if priced
            else "the cost of a lead is known for none of them"
        )
    return sentence_case("; ".join(said))


def companies(review: Review, told: Audit, *, case: Case) -> Section:
    """Set us and the competitors side by side."""
    question = "How do the others compare?"
    if not told.competitors:
        empty = Empty(
            "No competitor yet.",
            "People choose between you and somebody. Side by side, price, places and complaints show where to differ.",
            "Answer the audit questions: leadline init --flow audit, or write situation.competitors.",
        )
        blocks: tuple[Block, ...] = (empty, *findings_beside(review, ("SIT003",), caption="What the check says"))
        return Section("others", question, "Nobody has looked: the plan lists no competitor.", blocks)
    shown = told.companies[: _MOST_DRAWN + 1]
    drawn = _presence(case, told, shown)
    alone = [name for name, _, cells in drawn.rows if cells[0].mark == "missing"]
    title = (
        f"{sentence_case(listed(alone)).removesuffix('.')}: others are there, and we are not"
        if alone
        else "Wherever the others were seen, we are too"
    )
    picture = Picture(
        title, drawn.sentence(), drawn.chart(WIDE), drawn.chart(NARROW),
        under="places where somebody was seen; filled: there · heavy outline: others are, we are not · dashed: listed, no tactic uses it",
        source=source_line(review), table=_places_table(drawn),
    )  # fmt: skip
    left = len(told.companies) - len(shown)
    known = [
        "Places are compared by their words: what is called altogether differently on the two sides is not recognised.",
        "What competitors do is as somebody saw it on the day named; shares are the planners' estimates.",
    ]
    if left:
        known.append(f"{counted(left, 'further company', many='further companies')} stand in the table only.")
    blocks = (
        _side_by_side(told),
        picture,
        *findings_beside(review, ("SIT003", "SIT009", "STR011", "STR013"), caption="What the check says"),
    )
    return Section("others", question, _company_answer(told), blocks, tuple(known))


def _company_answer(told: Audit) -> str:
    us = told.companies[0]
    largest = max(told.competitors, key=lambda one: one.share or 0.0)
    said = ""
    if largest.share is not None:
        said = f"{largest.name} is the largest seen, with {percent(largest.share)} of sales"
        said += f" and {percent(largest.voice)} of what is said" if largest.voice is not None else ""
        said += f"; we have {percent(us.share)}" if us.share is not None else "; our own share is not written"
        said += f" and {percent(us.voice)}." if us.share is not None and us.voice is not None else "."
    cheaper = [one.name for one in told.competitors if one.price_index is not None and one.price_index < 100]
    said += f" Cheaper than us: {listed(cheaper)}." if cheaper else ""
    old = [one.name for one in told.competitors if one.seen is None]
    said += f" Nobody wrote when {listed(old)} {'was' if len(old) == 1 else 'were'} last looked at." if old else ""
    return said.strip() or f"{counted(len(told.competitors), 'competitor')} listed; their shares are not written."


def _side_by_side(told: Audit) -> TableBlock:
    """Return attributes down and companies across, as people compare."""
    rows = (
        ("share of sales", [percent(one.share) for one in told.companies]),
        ("share of what is said", [percent(one.voice) for one in told.companies]),
        (
            "price, ours = 100",
            [MISSING if one.price_index is None else number(one.price_index) for one in told.companies],
        ),
        ("says of itself", [one.position or MISSING for one in told.companies]),
        ("seen in", [", ".join(one.places) or MISSING for one in told.companies]),
        ("does well", ["; ".join(one.strengths) or MISSING for one in told.companies]),
        ("does badly", ["; ".join(one.weaknesses) or MISSING for one in told.companies]),
        ("last looked at", [_aged(one) for one in told.companies]),
    )
    heads = columns("what", *(f"{one.name} (we)" if one.is_us else one.name for one in told.companies))
    cells = tuple((name, *values) for name, values in rows)
    return TableBlock(
        heads,
        cells,
        "We and the others side by side",
        "“–”: not written in the plan. Our own line is as old as our oldest channel audit.",
    )


def _presence(case: Case, told: Audit, shown: tuple[CompanyAudit, ...]) -> Presence:
    """Return places seen of competitors first, then our own channels where no competitor was seen."""
    used = used_channels(case)
    others = [one for one in shown if not one.is_us]
    words = list(dict.fromkeys(word for one in others for word in one.places))
    rows = []
    met: set[str] = set()
    for word in words:
        ours = channels_like(case, word)
        met |= {channel.id for channel in ours}
        through = used_like(case, word)
        mine = Cell("there") if through else Cell("listed", "unused") if ours else Cell("missing", "not there")
        rows.append(
            (word, ", ".join(through), (mine, *(Cell("there") if word in one.places else Cell() for one in others)))
        )
    rows += [
        (one.name, "", (Cell("there"), *(Cell() for _ in others)))
        for one in told.channels
        if one.id in used and one.id not in met
    ]
    rows.sort(key=lambda row: ("missing", "listed", "there", "none").index(row[2][0].mark))
    return Presence(tuple("We" if one.is_us else one.name for one in shown), tuple(rows))


def _places_table(drawn: Presence) -> TableBlock:
    """Return who is where in words, as the picture shows it."""
    rows = tuple(
        (name, *("there" if cell.mark == "there" else cell.words or MISSING for cell in cells))
        for name, _, cells in drawn.rows
    )
    return TableBlock(columns("place", *drawn.columns), rows, "Who was seen where", "“–”: nobody saw them there.")


def gaps(review: Review, told: Audit) -> Section:
    """List each gap with what answers it."""
    question = "Which gaps are open?"
    if not told.gaps:
        answer = "No gap can be seen: competitors' places and strengths, or our segments' venues, are not written."
        return Section(
            "gaps",
            question,
            answer,
            tuple(findings_beside(review, ("AUD011", "SIT004"), caption="What the check says")),
        )
    still = [gap for gap in told.gaps if gap.is_open]
    kinds = {
        "place": "they are there, we are not",
        "strength": "they do it better",
        "venue": "our people are there, we are not",
    }
    rows = tuple(
        (
            gap.what, kinds[gap.kind], ", ".join(gap.whom), percent(gap.share) if gap.kind == "venue" else "",
            gap.answer, f"{gap.by}; {gap.code}" if gap.code else gap.by,
        )
        for gap in told.gaps
    )  # fmt: skip
    heads = columns("what", "gap", "who", ">of the segment", "stands", "by")
    answer = (
        f"{len(still)} of {len(told.gaps)}: {listed([gap.what for gap in still])}."
        if still
        else f"None: each of {counted(len(told.gaps), 'gap')} is answered by something in the plan."
    )
    note = (
        "A gap is answered by a finding with addressed_by, a decision about it, a level's not_doing, or a parked idea."
    )
    blocks: list[Block] = [TableBlock(heads, rows, "Gaps, open ones first", note)]
    blocks += findings_beside(review, ("AUD011", "SIT004"), caption="What the check says of gaps")
    return Section("gaps", question, answer, tuple(blocks))


def unknown(review: Review, told: Audit) -> Section:
    """List what to find out, the shortest way."""
    question = "What is not known, and what should be found out first?"
    if not told.unknown:
        what = (
            "Everything the audit asks is answered."
            if told.channels and told.competitors
            else "There is nothing yet to ask about."
        )
        return Section("unknown", question, what)
    rows = tuple(
        (one.question, ", ".join(one.about), one.why, money(one.money, review.currency) if one.money else MISSING)
        for one in told.unknown
    )
    heads = columns("question", "about", "why it is asked", ">budget it would judge")
    table = TableBlock(heads, rows, "Questions, most money first", "Channels that no tactic uses are not asked about.")
    first = told.unknown[0]
    answer = f"{counted(len(told.unknown), 'question')} would close every dash on this page. First: {first.question[:1].lower()}{first.question[1:]} ({listed(first.about)})."
    step = Notes(("Answer them in the interview: leadline init --flow audit.",))
    return Section("unknown", question, answer, (table, step))


def _aged(one: CompanyAudit) -> str:
    return MISSING if one.seen is None or one.age is None else f"{unbroken(day(one.seen))} ({unbroken(aged(one.age))})"
