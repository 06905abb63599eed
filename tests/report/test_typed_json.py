"""What is kept as JSON comes back as it was, and nothing else comes back at all."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadline.align.facts import Counted, EvidenceFacts, MeasuredBet, SettledBet
from leadline.align.run import CheckOptions
from leadline.report import blocks
from leadline.report.figure import Figure
from leadline.report.kept import PAGE_SHAPES, option_shapes
from leadline.report.native import NativeChart, NativeSeries
from leadline.report.typed_json import Shapes
from leadline.review.keep import KeptFileError

WORDS = st.text(max_size=12)
NUMBERS = st.floats(allow_nan=False)
FIGURES = st.builds(
    Figure, WORDS, value=st.none() | NUMBERS, low=st.none() | NUMBERS, high=st.none() | NUMBERS, unit=WORDS,
    day=st.none() | st.dates(),
)  # fmt: skip
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | NUMBERS | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=6,
)
SPECS = st.none() | st.dictionaries(WORDS, JSON, max_size=3)


def tuples(one, *, most=3):
    return st.lists(one, max_size=most).map(tuple)


TABLES = st.builds(
    blocks.TableBlock, tuples(st.builds(blocks.Column, WORDS, WORDS, st.sampled_from(["left", "right"]))),
    tuples(tuples(WORDS | FIGURES)), WORDS, note=WORDS, marks=tuples(WORDS), total=WORDS, links=tuples(WORDS),
)  # fmt: skip
SERIES = st.builds(
    NativeSeries, WORDS, tuples(st.none() | NUMBERS), low=tuples(st.none() | NUMBERS), pale=st.booleans()
)
CHARTS = st.builds(
    NativeChart,
    st.sampled_from(["bar", "stacked", "column", "line"]),
    tuples(WORDS) | tuples(st.dates()),
    tuples(SERIES),
)
PICTURES = st.builds(
    blocks.Picture,
    WORDS,
    WORDS,
    SPECS,
    SPECS,
    table=st.none() | TABLES,
    native=tuples(CHARTS),
    drawn=st.tuples(WORDS, WORDS),
)
FINDINGS = st.builds(blocks.FindingView, WORDS, WORDS, WORDS, WORDS, element=WORDS)
BLOCKS = st.one_of(
    st.builds(blocks.Heading, WORDS),
    st.builds(blocks.Sentence, WORDS, st.sampled_from(["text", "lead", "aside"])),
    PICTURES,
    TABLES,
    st.builds(blocks.Fixes, tuples(st.builds(blocks.Fix, WORDS, WORDS, WORDS, WORDS, element=WORDS))),
    st.builds(blocks.FindingList, tuples(FINDINGS), WORDS),
    st.builds(blocks.Notes, tuples(WORDS), WORDS),
    st.builds(blocks.Pairs, tuples(st.tuples(WORDS, WORDS | FIGURES))),
    st.builds(blocks.Empty, WORDS, WORDS, WORDS),
)
SECTIONS = st.builds(blocks.Section, WORDS, WORDS, WORDS, tuples(BLOCKS, most=4), tuples(WORDS))
PAGES = st.builds(blocks.Page, WORDS, WORDS, WORDS, WORDS, tuples(SECTIONS), beside=tuples(WORDS))


def figures(page):
    return [
        (cell, cell.value, cell.low, cell.high, cell.unit, cell.day)
        for table in page.tables().values()
        for row in table.rows
        for cell in row
        if isinstance(cell, Figure)
    ]


def there_and_back(value, kind, shapes=PAGE_SHAPES):
    return shapes.read(json.loads(json.dumps(shapes.write(value, kind))), kind)


@settings(max_examples=60, deadline=None)
@given(PAGES)
def test_a_page_comes_back_as_it_was_with_its_figures(page):
    back = there_and_back(page, blocks.Page)
    assert back == page
    assert figures(back) == figures(page)


def test_every_kind_of_block_is_among_those_that_come_back():
    known = {kind.__name__ for kind in blocks.Block.__args__}
    assert known <= PAGE_SHAPES.names


def test_the_options_of_a_check_come_back_as_they_were():
    day = dt.date(2027, 9, 30)
    facts = EvidenceFacts(
        spend={"search": 54_815.97}, unmatched=float("inf"), covered_until=day, measured={"a>b:rate": MeasuredBet(0.1, 0.2, 0.3, None)},
        readings={"sqo": ((day, 1.0), (day, 2.0))}, delivered={("search", "lead"): Counted(3.0, day), ("fair", "lead"): Counted(2.0, day, "few")},
    )  # fmt: skip
    asked = CheckOptions(
        day, seed=7, only=frozenset({"b", "a"}), settings={"RES001": {"planned": 0.9}}, facts=facts, approved={"x": "y"},
        settled={"a>b:rate": SettledBet(0.1, 0.3, 0.5, "C")}, approved_on=day,
    )  # fmt: skip
    assert there_and_back(asked, CheckOptions, option_shapes()) == asked


@dataclass(frozen=True)
class Stranger:
    """A type that is on no list."""

    text: str = ""


PAGE = {"is": "Page", "title": "t", "kicker": "k", "under": "u", "answer": "a", "sections": []}
SECTION = {"is": "Section", "id": "i", "question": "q", "answer": "a"}


@pytest.mark.parametrize(
    "plain",
    [
        None, 7, [], "Page", {}, {"is": "Stranger"}, {"is": "Section"}, {**PAGE, "sections": None}, {**PAGE, "title": 7},
        {**PAGE, "title": None}, {**PAGE, "more": 1}, {key: value for key, value in PAGE.items() if key != "answer"},
        {**PAGE, "sections": [PAGE]}, {**PAGE, "sections": [{**SECTION, "blocks": [SECTION]}]},
        {**PAGE, "sections": [{**SECTION, "blocks": [{"is": "Sentence", "text": "t", "kind": "script"}]}]},
        {**PAGE, "sections": [{**SECTION, "blocks": [{"is": "Pairs", "items": [["a", "b", "c"]]}]}]},
        {**PAGE, "title": {"is": "Figure"}}, {**PAGE, "title": {"is": "Figure", "text": "7", "value": "7"}},
        {**PAGE, "title": {"is": "Figure", "text": "7", "day": {"is": "date", "text": "soon"}}},
        {**PAGE, "title": {"is": ["Figure"]}}, {"is": "Page", "title": {"is": "float", "text": "7"}},
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused(plain):
    with pytest.raises(KeptFileError):
        PAGE_SHAPES.read(plain, blocks.Page)


def test_what_is_on_no_list_is_not_written():
    with pytest.raises(KeptFileError, match="Stranger cannot be kept"):
        Shapes([]).write(Stranger(), Stranger)
