"""Move bars and the page of a cut: nothing is drawn that is not said, and no loss is said without its interval."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace

import pytest

from leadline.align.run import CheckOptions, case_of
from leadline.decide.what_if import what_if
from leadline.decide.what_if_asked import asked
from leadline.errors import UsageError
from leadline.plan.examples import example
from leadline.plan.source import parse_plan
from leadline.report import charts
from leadline.report.blocks import Picture, TableBlock
from leadline.report.pages.what_if import what_if_page
from leadline.report.pictures.canvas import NARROW, WIDE

SEEN = SimpleNamespace(as_of=dt.date(2027, 3, 1), snapshot=None, plan_hash="0" * 64)


@pytest.fixture(scope="module")
def case():
    return case_of(parse_plan(example("tidewater-cycles")), CheckOptions(as_of=SEEN.as_of))


def request(case, budget, **tactics):
    return asked(case, budget, tactics=tactics, named=lambda name: name or "the plan")


def test_a_page_of_a_cut_names_every_cut_and_every_loss_with_its_interval(case):
    result = what_if(case, request(case, "-20 %"))
    page = what_if_page(result, SEEN)
    (picture,) = [block for block in page.sections[0].blocks if isinstance(block, Picture)]
    for cut in result.cuts:
        assert cut.name in picture.sentence
        if cut.loss is not None:
            assert cut.loss.amount(result.currency) in picture.sentence
    (table,) = [block for block in page.sections[1].blocks if isinstance(block, TableBlock)]
    assert len(table.rows) == len(result.losses)
    assert all("90 %:" in row[1] or row[1] == "nothing" for row in table.rows)
    assert [column.name for column in table.columns][3:5] == ["P by the plan alone", "P after the cut"]
    assert "money already spent" in page.sections[1].known_from[0]
    before, after = picture.native[0].series
    assert before.values == tuple(cut.before for cut in result.cuts)
    assert after.values == tuple(cut.after for cut in result.cuts)


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_move_bars_keep_all_their_words_inside_the_sheet(case, width):
    page = what_if_page(what_if(case, request(case, "-60 %")), SEEN)
    (picture,) = [block for block in page.sections[0].blocks if isinstance(block, Picture)]
    spec = picture.wide if width == WIDE else picture.narrow
    assert spec["width"] == width
    rows = [row for layer in spec["layer"] for row in layer["data"]["values"]]
    assert all(0 <= row["x"] <= width and 0 <= row["y"] <= spec["height"] for row in rows)
    assert charts.draw(spec, title=picture.title, description=picture.sentence).startswith("<svg")


@pytest.mark.parametrize(("written", "share"), [("-20 %", 0.2), ("−20 %", 0.2), ("-9 kGBP", 9 / 42), ("+5 %", -0.05)])
def test_a_change_is_a_share_or_money_of_the_plan(case, written, share):
    planned = sum(case.budgets.values())
    assert request(case, written).money == pytest.approx(share * planned)


@pytest.mark.parametrize("written", ["-20", "-20 kUSD", "-20 h", "much less"])
def test_what_is_neither_is_refused_with_the_place_and_an_example(case, written):
    with pytest.raises(UsageError, match="the plan"):
        request(case, written)
