"""The page of sites: where our people are, who else is there, what they ask, and whether the money goes there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadline.report.blocks import Block, Empty, Page, Picture, Section, TableBlock
from leadline.report.pages.sheet import findings_beside, percent, scale_of, sheet
from leadline.report.pages.source import columns, listed, source_line
from leadline.report.pictures.canvas import NARROW, WIDE
from leadline.report.pictures.presence import Cell, Presence
from leadline.report.saying import MINUS, MISSING, counted, day, money, number, sentence_case
from leadline.review.sites import Ground, Site, Sites, Talk, sites_of

if TYPE_CHECKING:
    from leadline.align.case import Case
    from leadline.review.material import Material
    from leadline.review.result import Review

# Segments drawn across and venues drawn down at most; the tables hold all (house: a name needs about 100 px).
_MOST_SEGMENTS, _MOST_VENUES = 4, 12
# Moods beyond these ends are called glad or cross (house); the number always stands beside the word.
_GLAD, _CROSS = 0.25, -0.25


def sites_page(material: Material) -> Page:
    """Return the page of sites."""
    told = sites_of(material.case, material.spent)
    review = material.review
    sections = (
        ranked(review, told, case=material.case),
        talking(material.case, told),
        spending(review, told, is_known=material.spent.is_known),
        grounds(told),
    )
    return sheet(
        review,
        question="Where are our people, and are we there?",
        kind="Sites",
        answer=_answer(told),
        sections=sections,
    )


def _answer(told: Sites) -> str:
    if not told.sites:
        return "Nobody has written where our people are: the plan lists no venue."
    missed = [site for site in told.missed if site.score]
    said = []
    if missed:
        said.append(f"no tactic goes to {listed([site.name for site in missed])}, where people of ours are known to be")
    best = told.sites[0]
    if best.score is not None:
        there = "we are there" if best.ours else "we are not there"
        said.append(
            f"of {counted(len(told.sites), 'place')} {best.name} is worth most by share and {_weighed(told)}; {there}"
        )
    unknown = [site for site in told.sites if site.score is None]
    if unknown:
        said.append(
            f"for {len(unknown)} of {counted(len(told.sites), 'place')} nobody wrote which share of the people is there"
        )
    return sentence_case("; ".join(said))


def _weighed(told: Sites) -> str:
    return {"value": "value of the segments", "priority": "priority of the segments", "share": "nothing else"}[
        told.basis
    ]


def ranked(review: Review, told: Sites, *, case: Case) -> Section:
    """Rank the venues, and show who is there."""
    question = "Which places matter most?"
    beside = findings_beside(review, ("SIT007", "AUD005", "AUD011"), caption="What the check says of places")
    if not told.sites:
        empty = Empty(
            "No place yet.",
            "Tools follow people: with the places where a segment spends time, each channel can be judged by who is there.",
            "Answer the questions on places: leadline init --flow six, or write situation.venues and the segments' venues.",
        )
        return Section("rank", question, "The plan lists no venue.", (empty, *beside))
    blocks: list[Block] = [_picture(review, case, told), _rank_table(told), *beside]
    missed = [site for site in told.missed if site.score]
    answer = (
        f"{told.sites[0].name} comes first. {_there(told)}"
        if told.sites[0].score is not None
        else "They cannot be ranked: nobody wrote which share of a segment is where."
    )
    if missed:
        answer = f"{listed([site.name for site in missed])}: our people are there, and no tactic is. {answer}"
    return Section("rank", question, answer, tuple(blocks), _known(told))


def _there(told: Sites) -> str:
    here = sum(bool(site.ours) for site in told.sites)
    return f"We are in {here} of {counted(len(told.sites), 'place')}."


def _picture(review: Review, case: Case, told: Sites) -> Picture:
    segments = sorted(case.plan.situation.segments, key=lambda one: one.priority or 99)[:_MOST_SEGMENTS]
    rows = []
    for site in told.sites[:_MOST_VENUES]:
        at = {reach.segment: reach for reach in site.reaches}
        cells = tuple(
            _cell(site, at.get(segment.id) is not None, at[segment.id].share if segment.id in at else None)
            for segment in segments
        )
        under = ", ".join(part for part in (site.kind, f"also {listed(site.others, 2)}" if site.others else "") if part)
        rows.append((site.name, under, cells))
    drawn = Presence(tuple(segment.name or segment.id for segment in segments), tuple(rows))
    missed = next((site for site in told.missed if site.score), None)
    title = _title(told, missed)
    left = len(told.sites) - len(rows)
    under = "share of each segment that is at a place, most worth on top; filled: a tactic of ours is there · heavy outline: none is"
    under += f" · {left} more places in the table" if left > 0 else ""
    return Picture(
        title, drawn.sentence(), drawn.chart(WIDE), drawn.chart(NARROW), under=under, source=source_line(review)
    )


def _title(told: Sites, missed: Site | None) -> str:
    if missed is not None:
        most = max(missed.reaches, key=lambda one: one.share or 0.0)
        return f"{missed.name} holds {percent(most.share)} of {most.name}, and no tactic goes there"
    if any(site.reaches and not site.ours for site in told.sites):
        return "Places without a known share are not covered"
    return "We are in every place where our people are known to be"


def _cell(site: Site, is_theirs: bool, share: float | None) -> Cell:  # noqa: FBT001 (one of three facts of a cell)
    if not is_theirs:
        return Cell()
    return Cell("there" if site.ours else "missing", "share unknown" if share is None else percent(share))


def _rank_table(told: Sites) -> TableBlock:
    rows = tuple(
        (
            site.name, MISSING if site.score is None else number(round(100 * site.score)), _people(site),
            ", ".join(site.ours) or (f"{', '.join(site.listed)} (unused)" if site.listed else MISSING),
            ", ".join(site.others) or MISSING,
            "; ".join(f"{reach.name} {percent(reach.share)}" for reach in site.reaches) or MISSING, site.kind or MISSING,
        )
        for site in told.sites
    )  # fmt: skip
    heads = columns(
        "place", ">worth, best = 100", ">people there", "we, through", "others seen", "whose share is there", "kind"
    )
    note = "“–”: not written, or nobody. People there: share times size of each segment, added up."
    return TableBlock(
        heads, rows, "Places by what their people are worth", note, links=tuple(site.id for site in told.sites)
    )


def _people(site: Site) -> str:
    known = [reach.people for reach in site.reaches if reach.people is not None]
    return number(sum(known), 3) if known else MISSING


def _known(told: Sites) -> tuple[str, ...]:
    formula = {
        "value": "share of the segment at the place × size of the segment × value of one, added up over the segments",
        "priority": "share of the segment at the place ÷ the segment's priority, added up over the segments",
        "share": "share of the segment at the place, added up over the segments",
    }[told.basis]
    weights = ", ".join(f"{name} {number(weight, 2)}" for name, weight in told.weights.items())
    return (
        f"Worth of a place: {formula}; the best is 100. Weights: {weights}.",
        (
            "Its weakness: a share says who could be met there, not who listens or buys; shares are the planners' estimates, "
            "one share stands for every segment that names the place, and people in two places count twice."
        ),
        "Competitors are recognised by the words of their places; what is called altogether differently is not.",
    )


def talking(case: Case, told: Sites) -> Section:
    """Show what people ask where, in their words."""
    question = "What do they ask there, in their words?"
    talks = [talk for site in told.sites for talk in site.talks] + list(told.astray)
    if not talks:
        empty = Empty(
            "No conversation yet.",
            "One question in the customers' own words says more about a message than a page of ours.",
            "Write situation.conversations, or answer: leadline init --flow six.",
        )
        return Section("talk", question, "Nobody has written down a question.", (empty,))
    names = {site.id: site.name for site in told.sites}
    segments = {segment.id: segment.name or segment.id for segment in case.plan.situation.segments}
    ordered = sorted(talks, key=lambda talk: -(talk.volume or 0.0))
    rows = tuple(
        (
            f"“{talk.question}”", names.get(talk.venue, talk.venue or MISSING), segments.get(talk.segment, talk.segment or MISSING),
            MISSING if talk.volume is None else number(talk.volume, 2), _mood(talk), "yes" if talk.is_met else "no",
        )
        for talk in ordered
    )  # fmt: skip
    heads = columns("question", "where", "who", ">times a month", "mood, −1 to 1", "are we there")
    first = ordered[0]
    where = f" at {names[first.venue]}" if first.venue in names else ""
    answer = f"Most often{where}: “{first.question}”"
    unmet = [talk for talk in ordered if not talk.is_met]
    answer += (
        f" No tactic of ours is where {len(unmet)} of {counted(len(ordered), 'question')} {'is' if len(unmet) == 1 else 'are'} asked."
        if unmet
        else ""
    )
    table = TableBlock(
        heads, rows, "Questions, most often asked first", "“–”: not written. Mood as the planners heard it."
    )
    return Section(
        "talk",
        question,
        answer,
        (table,),
        ("Counts and moods are the planners' own; conversations are not measured here.",),
    )


def _mood(talk: Talk) -> str:
    if talk.mood is None:
        return MISSING
    word = "glad" if talk.mood >= _GLAD else "cross" if talk.mood <= _CROSS else "even"
    return f"{number(talk.mood).replace('-', MINUS)} ({word})"


def spending(review: Review, told: Sites, *, is_known: bool) -> Section:
    """Show how much money goes to each place."""
    question = "Does the money go where they are?"
    if not told.planned and not is_known:
        empty = Empty(
            "No budget yet.",
            "With budgets and the venues of each channel, the money of every place stands beside its worth.",
            "Give the tactics a budget, and each channel its venues.",
        )
        return Section("spend", question, "No growth tactic has a budget.", (empty,))
    scale = scale_of([told.planned], review.currency)
    ordered = sorted(told.sites, key=lambda site: -site.planned)
    lines = [
        (site.name, MISSING if site.score is None else number(round(100 * site.score)), site.planned, site.spent)
        for site in ordered
    ]
    lines.append(("(channels that name no place)", MISSING, *told.elsewhere))
    total = sum(spent or 0.0 for _, _, _, spent in lines) if is_known else None
    lines.append(("All together", MISSING, told.planned, total))
    kept = 4 if is_known else 3
    rows = tuple((name, worth, scale.say(planned), scale.say(spent))[:kept] for name, worth, planned, spent in lines)
    heads = columns("place", ">worth, best = 100", f">planned|{scale.unit}", f">spent so far|{scale.unit}")[:kept]
    note = "A tactic's money is split evenly over its channels, a channel's over its places: the plan says no more."
    note += " “–”: no source reports what was spent there." if is_known else ""
    table = TableBlock(
        heads, rows, "Money by place, most planned first; running cost left out", note, total="sum of the rows"
    )
    blocks: list[Block] = [
        table,
        *findings_beside(review, ("BUD010", "BUD002"), caption="What the check says of the mix"),
    ]
    return Section("spend", question, _spend_answer(told, review), tuple(blocks))


def _spend_answer(told: Sites, review: Review) -> str:
    most = max(told.sites, key=lambda site: site.planned, default=None)
    said = []
    nobody = [site for site in told.sites if site.planned and not site.reaches]
    if nobody:
        amount = money(sum(site.planned for site in nobody), review.currency)
        said.append(f"{amount} go to {listed([site.name for site in nobody])}, which no segment names.")
    if most is not None and most.planned:
        said.append(
            f"Most is planned at {most.name}: {money(most.planned, review.currency)} of {money(told.planned, review.currency)}."
        )
    if told.elsewhere[0]:
        said.append(f"{money(told.elsewhere[0], review.currency)} go through channels that name no place.")
    return " ".join(said) or "No money can be laid on a place."


def grounds(told: Sites) -> Section:
    """Say what shows that people are there, venue by venue."""
    question = "What shows that they are there?"
    if not told.sites:
        return Section("grounds", question, "There is no place to show it for.")
    rows = [_ground_row(site, ground) for site in told.sites for ground in site.grounds or (None,)]
    bare = [site.name for site in told.sites if not site.grounds]
    answer = f"Nothing is named for {listed(bare)}." if bare else "Something is named for every place."
    answer += f" Of {listed(told.empty)} neither a place nor a question is known." if told.empty else ""
    table = TableBlock(columns("place", "evidence", "of", ">n"), tuple(rows), "Evidence by place", "“–”: not written.")
    return Section("grounds", question, answer, (table,))


def _ground_row(site: Site, ground: Ground | None) -> tuple[str, ...]:
    if ground is None:
        return (site.name, "nothing is named", MISSING, MISSING)
    citation = f"{ground.citation} (out of date)" if ground.is_old else ground.citation
    return (site.name, citation, day(ground.day), MISSING if ground.n is None else number(ground.n, 6))
