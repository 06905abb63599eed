"""The pages beside the review: each answers its question for every example, says what is missing, and escapes names."""

from __future__ import annotations

import datetime as dt
import re

import pytest

from leadline.align.phasing import CENTS
from leadline.errors import UsageError
from leadline.report import blocks
from leadline.report.html import render_html
from leadline.report.md import render_md
from leadline.report.pages.audit import audit_page
from leadline.report.pages.bridge import bridge_page
from leadline.report.pages.control import control_page
from leadline.report.pages.journeys import journeys_page
from leadline.report.pages.money import money_page
from leadline.report.pages.objectives import objectives_page
from leadline.report.pages.roadmap import roadmap_page
from leadline.report.pages.sheet import scale_of
from leadline.report.pages.sites import sites_page
from leadline.report.pages.tactic import tactic_page
from leadline.review.drift import drift_of
from leadline.review.drift_document import drift_document
from leadline.review.material import Material, material
from leadline.review.money import money_by_month
from leadline.review.run import Request, review, review_plan
from leadline.workspace import Workspace

PAGES = {
    "audit": audit_page,
    "bridge": bridge_page,
    "control": control_page,
    "journeys": journeys_page,
    "money": money_page,
    "objectives": objectives_page,
    "roadmap": roadmap_page,
    "sites": sites_page,
}
EXAMPLES = ("halden-pumps", "tidewater-cycles", "safe-harbour-reading", "olist")
NOW = dt.datetime(2027, 10, 1)  # noqa: DTZ001 - UTC without zone
HOSTILE = "</title><script>alert(1)</script> | `x` *y*"
BARE = "plan: {id: p}\nmetrics: [{id: m}]\n"


def of_plan(path, as_of=dt.date(2027, 1, 2)) -> Material:
    return material(review_plan(path, Request(now=lambda: NOW, as_of=as_of)))


def pictures(page: blocks.Page) -> list[blocks.Picture]:
    return [block for section in page.sections for block in section.blocks if isinstance(block, blocks.Picture)]


def empties(page: blocks.Page) -> list[blocks.Empty]:
    return [block for section in page.sections for block in section.blocks if isinstance(block, blocks.Empty)]


def texts(page: blocks.Page) -> str:
    return f"{page.answer} {render_md(page)}"


@pytest.fixture(scope="module")
def materials(shared) -> dict[str, Material]:
    return {name: of_plan(shared / "examples" / name / "plan.yaml") for name in EXAMPLES}


@pytest.mark.parametrize("example", EXAMPLES)
@pytest.mark.parametrize("name", PAGES)
def test_every_page_of_every_example_asks_answers_and_says_what_it_rests_on(materials, name, example):
    page = PAGES[name](materials[example])
    assert page.title.endswith("?")
    assert page.answer.endswith((".", "?”"))
    assert len({section.id for section in page.sections}) == len(page.sections) >= 3
    for section in page.sections:
        assert section.question.endswith("?")
        assert section.answer
    for picture in pictures(page):
        assert picture.title
        assert picture.sentence
        assert picture.under
        assert "plan " in picture.source
    for empty in empties(page):
        assert empty.what
        assert empty.why
        assert empty.step
    said = texts(page)
    assert not re.search(r"\bNone\b(?! of| is|:)", said)  # a missing value is a dash
    assert "nan" not in re.findall(r"\w+", said)


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_tactic_has_a_page_that_says_what_it_is_for(materials, example):
    found = materials[example]
    for name in found.case.tactics:
        page = tactic_page(found, name)
        assert [section.id for section in page.sections] == ["purpose", "cost", "bets", "outcome", "wrong", "open"]
        assert all(section.answer for section in page.sections)
        assert not re.search(r"\bNone\b(?! of| is|:)", texts(page))


def test_a_tactic_that_is_not_there_is_refused_with_the_nearest(materials):
    with pytest.raises(UsageError, match="search"):
        tactic_page(materials["halden-pumps"], "serch")


def test_a_table_row_has_a_cell_for_every_column(materials):
    for make in PAGES.values():
        for found in materials.values():
            for section in make(found).sections:
                tables = [b for b in section.blocks if isinstance(b, blocks.TableBlock)]
                tables += [b.table for b in section.blocks if isinstance(b, blocks.Picture) and b.table]
                for table in tables:
                    assert {len(row) for row in table.rows} <= {len(table.columns)}


@pytest.mark.parametrize("name", PAGES)
def test_a_plan_with_next_to_nothing_gets_what_why_and_the_next_step(tmp_path, name):
    (tmp_path / "plan.yaml").write_text(BARE, encoding="utf-8")
    page = PAGES[name](of_plan(tmp_path / "plan.yaml"))
    assert empties(page)
    assert pictures(page) == []
    assert all(empty.why and empty.step for empty in empties(page))
    assert render_html(page).count("<h1>") == 1


@pytest.mark.slow
@pytest.mark.parametrize("name", ["audit", "money", "roadmap", "sites"])
def test_a_hostile_name_stays_a_name(shared, tmp_path, name):
    text = (shared / "examples" / "halden-pumps" / "plan.yaml").read_text(encoding="utf-8")
    for old in (
        "name: Search ads and comparison pages",
        "name: Nordsense,",
        "name: Web search,",
        "name: Jonas,",
        "name: Mail to people who asked",
        'question: "How many days before a seal fails would I know?"',
    ):
        assert old in text
        quoted = HOSTILE.replace('"', "'")
        key = old.partition(":")[0]
        text = text.replace(old, f'{key}: "{quoted}"{"," if old.endswith(",") else ""}')
    (tmp_path / "plan.yaml").write_text(text, encoding="utf-8")
    page = PAGES[name](of_plan(tmp_path / "plan.yaml"))
    html = render_html(page)
    assert "<script" not in html
    assert "&lt;script&gt;alert(1)" in html
    assert html.count("</title>") == 1 + html.count("<svg")
    marked = render_md(page)
    assert "<script" not in marked.replace("\\<", "")


def test_the_money_of_the_page_is_that_of_the_plan_and_its_parts_add_up(materials):
    for found in materials.values():
        money = money_by_month(found.case, found.spent)
        whole = found.case.amounts.plan
        assert money.total("planned").total == sum(round(100 * found.case.budgets[t.id]) for t in whole.tactics.list)
        assert money.total("planned").inside == money.running("planned")[-1]
        assert money.total("planned", run=False).total / 100 == pytest.approx(found.case.growth_budget)


def test_what_is_wrong_with_the_plan_and_what_was_waived_stands_on_every_page(materials):
    for make in PAGES.values():
        said = render_md(make(materials["halden-pumps"]))
        assert "MEA001 is waived by wv" in said


def test_without_evidence_no_page_shows_a_spent_figure(materials):
    for make in PAGES.values():
        page = make(materials["halden-pumps"])
        heads = [c.name for s in page.sections for b in s.blocks if isinstance(b, blocks.TableBlock) for c in b.columns]
        assert not {"spent", "spent so far", "arrived"} & set(heads)


def test_money_in_a_table_is_read_in_one_scale_and_missing_is_no_zero():
    scale = scale_of([125_000.0, 3.0], "EUR")
    assert [scale.say(x) for x in (125_000.0, None, 0.0, -1_500.0)] == ["125.0", "–", "0", "−1.5"]
    assert scale_of([9_999.0], "EUR").unit == "EUR"
    assert scale_of([10_000_000.0], "EUR").unit == "MEUR"


@pytest.fixture(scope="module")
def company(demo_workspace) -> Material:
    workspace = Workspace(demo_workspace.folder)
    return material(review(workspace, Request(now=lambda: NOW)), workspace)


@pytest.mark.slow
def test_pages_of_the_sample_company_show_what_its_exports_say(company):
    said = {name: render_md(make(company)) for name, make in PAGES.items()}
    assert "no tactic claims it" in said["money"]
    assert "From the exports, by tactic" in said["audit"]
    assert "platform claims" in said["audit"]
    assert "spent so far" in said["sites"]
    assert "past due, not written as done" in said["roadmap"]
    html = render_html(audit_page(company))
    assert render_html(audit_page(company)) == html
    outside = re.sub(r'xmlns(:\w+)?="[^"]*"', "", html)
    assert not re.search(r"https?:|//\w|@import|url\((?!#)", outside)


@pytest.mark.slow
def test_the_spend_of_the_sample_company_is_the_one_the_checks_read(company):
    facts = company.case.facts
    money = money_by_month(company.case, company.spent)
    assert facts is not None
    for one in money.tactics:
        known = None if one.spent is None else (one.spent.inside + one.spent.after) / CENTS
        assert known == (None if one.tactic not in facts.spend else pytest.approx(facts.spend[one.tactic], abs=0.01))
    assert (money.nobodys.inside + money.nobodys.after) / CENTS == pytest.approx(facts.unmatched, abs=0.01)
    assert money.total("spent").total > 0


@pytest.mark.slow
def test_the_audit_counts_as_the_bridge_does_and_gives_each_cost_its_interval(company):
    assert company.case.facts is not None
    for tactic in ("webinar", "fair"):
        assert company.counts.leads[tactic].entries == company.case.facts.delivered[tactic, "lead"].count
    cost = company.counts.leads["webinar"].cost
    assert cost is not None
    assert cost.low < cost.base < cost.high
    assert company.counts.leads["retrofit"].cost is None  # wages: no source reports them
    assert company.counts.leads["retrofit"].reason


@pytest.mark.slow
def test_drift_holds_every_objective_and_delivery_against_its_path(company):
    told = drift_of(company)
    document = drift_document(told, company.review)
    assert {one.id for one in told.objectives} == {one.id for one in company.case.plan.objectives}
    assert all(one.difference is not None for one in told.objectives)
    reply = next(one for one in told.objectives if one.better == "down")
    assert reply.is_behind is (reply.difference > 0)
    assert sum(month.planned for month in document.months) == pytest.approx(480_000, abs=0.01)
    assert document.months[-1].spent is None
    assert {bet.bet for bet in document.bets} == {bet.bet for bet in company.review.bets if bet.known}
    assert told.sentence().endswith(".")
