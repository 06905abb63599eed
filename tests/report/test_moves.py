"""Move bars and the page of a cut: nothing is drawn that is not said, and no loss is said without its interval."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace

import numpy as np
import pytest

from leadline.align.run import CheckOptions, case_of
from leadline.decide.what_if import what_if
from leadline.decide.what_if_asked import asked
from leadline.decide.what_if_measured import Curve, Curves
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


def test_a_page_of_measured_cuts_names_the_grade_of_every_number_and_why_the_others_have_none(case):
    multiples = np.linspace(0, 2, 41)
    money = {"letters": 4_000.0}
    bent = Curve(multiples, np.full((50, 1), 30.0) * multiples / (multiples + 0.5), 4_000.0, 1.2)
    found = {"post": bent}, {"feed": "feed moves with search"}
    curves = Curves(
        "Bikes",
        "count",
        (),
        dt.date(2026, 1, 1),
        dt.date(2026, 12, 31),
        *found,
        {"post": money, "feed": {"town-social": 1.0}},
    )
    given = request(case, None, letters="-50 %", **{"town-social": "-50 %"})
    result = what_if(case, given, curves=curves)
    page = what_if_page(result, SEEN)
    assert page.kicker == "Measured and belief"
    assert "Measured on response curves: Bikes" in page.answer
    (picture,) = [block for block in page.sections[0].blocks if isinstance(block, Picture)]
    assert "measured: loses " in picture.sentence
    assert "belief: " in picture.sentence
    grades = {row[0]: row[-1] for row in picture.table.rows}
    assert set(grades.values()) == {"measured", "belief: feed moves with search", ""}
    told = [row[1] for row in page.sections[1].blocks[0].rows if row[1] != "nothing"]
    assert told
    assert all(one.endswith((", measured", ", belief", "added")) for one in told)
    old = what_if(case, given, curves=Curves(why="Run leadline measure mix to measure it again."))
    assert what_if_page(old, SEEN).beside[0] == old.unused
    raised = what_if_page(what_if(case, request(case, None, letters="+60 %"), curves=curves), SEEN)
    assert (raised.title, raised.kicker) == ("What if there is more?", "Measured")
    assert "beyond what was ever seen of post" in raised.answer
    (bars,) = [block for block in raised.sections[0].blocks if isinstance(block, Picture)]
    rows = [row for layer in bars.wide["layer"] for row in layer["data"]["values"]]
    assert all(0 <= row["x"] <= WIDE for row in rows)


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
