"""Pages kept ready: whole or not at all, light to read, and safe in a page whoever wrote the folder."""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import json
import shutil
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from leadline.align.run import check
from leadline.errors import UsageError
from leadline.report import blocks, charts, keeping, kept
from leadline.report.html import environment, render_html
from leadline.report.kept import keep_pages, latest, pages_of, pictures
from leadline.report.linking import address
from leadline.report.pages import registry
from leadline.report.pages.registry import PAGES, PageKind, kept_names, kind_of, lay_out
from leadline.review.keep import KeptFileError
from leadline.review.material import Material, material
from leadline.review.run import Request, review_plan
from leadline.workspace import Workspace

NOW = dt.datetime(2027, 2, 1, 8)  # noqa: DTZ001 - UTC without zone
PLAN = """\
plan: {id: pump, title: Pump, currency: EUR, window: 2027-01-01..2027-12-31}
metrics: [{id: sale, value_event: true, worth: 900 EUR}]
situation: {touchpoints: [{id: desk, name: Desk, stage: act, score: 7}]}
objectives: [{id: grow, metric: sale, target: {value: 40 count, by: 2027-12-31}}]
tactics: {list: [{id: search, name: Search, budget: 9 kEUR, delivers: {sale: 20..40..60 count}, serves: [grow]}]}
"""
FEW = tuple(kind for kind in PAGES if kind.name in ("review", "touchpoints", "control"))
LIGHT = ["numpy", "altair", "vl_convert", "duckdb", "pyarrow", "scipy", "pydantic", "jinja2"]


@pytest.fixture(scope="module")
def seen(tmp_path_factory) -> Material:
    file = tmp_path_factory.mktemp("plan") / "plan.yaml"
    file.write_text(PLAN, encoding="utf-8")
    return material(review_plan(file, Request(now=lambda: NOW, as_of=NOW.date())))


@pytest.fixture(autouse=True)
def _few(monkeypatch) -> None:
    """Keep three pages alone, so that the tests are quick."""
    monkeypatch.setattr(registry, "PAGES", FEW)


@pytest.fixture
def whole_registry(_few, monkeypatch) -> None:
    """Give all pages nevertheless."""
    monkeypatch.setattr(registry, "PAGES", PAGES)


@pytest.fixture(scope="module")
def made(seen, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(registry, "PAGES", FEW)
        keep_pages(seen, Workspace(folder), made_at=NOW)
    return folder


@pytest.fixture
def home(made, tmp_path) -> Workspace:
    return Workspace(Path(shutil.copytree(made, tmp_path / "home")))


def found(workspace: Workspace) -> kept.Kept:
    told = latest(workspace)
    assert told is not None
    return told


def forget() -> None:
    kept._pages_read.cache_clear()


def test_every_page_comes_back_as_it_was_laid_out_and_drawn(seen, home):
    told = found(home)
    assert told.names == tuple(name for name, _ in kept_names(seen)) == ("review", "control", "touchpoints")
    assert (told.plan_hash, told.as_of, told.snapshot, told.made_at) == (seen.review.plan_hash, NOW.date(), None, NOW)
    forget()
    for name in told.names:
        page, laid_out = told.page(name), lay_out(name, seen, href=address)
        shown = list(pictures(page))
        assert all(bool(one.drawn[0]) == (one.wide is not None) for one in shown)
        bare = [replace(one, blocks=tuple(undrawn(block) for block in one.blocks)) for one in page.sections]
        assert json.dumps(kept.PAGE_SHAPES.write(replace(page, sections=tuple(bare)), blocks.Page)) == json.dumps(
            kept.PAGE_SHAPES.write(laid_out, blocks.Page)
        )


def test_each_page_of_a_review_is_read_once_however_many_it_has_and_earlier_reviews_are_let_go(monkeypatch, tmp_path):
    read: list[Path] = []
    page = blocks.Page("", "", "", "", ())
    monkeypatch.setattr(kept, "_page_read", lambda file, _: read.append(file) or page)
    folders = [tmp_path / str(number) for number in range(5)]
    for folder in folders:
        for _ in range(2):
            for number in range(300):
                kept._page(folder / f"{number:03}.json", "digest")
    assert len(read) == len(folders) * 300
    assert kept._pages_read.cache_info().currsize == 2
    forget()


def undrawn(block: blocks.Block) -> blocks.Block:
    return replace(block, drawn=("", "")) if isinstance(block, blocks.Picture) else block


def test_what_was_drawn_is_drawn_as_a_file_of_its_own_draws_it_and_not_again(seen, home, monkeypatch):
    told = found(home)
    alone = lay_out("control", seen)
    assert render_html(alone) == render_html(keeping.Pen("").draw(alone))

    def refuse(*_: object, **__: object) -> str:
        raise AssertionError("drawn again")

    monkeypatch.setattr(charts, "draw", refuse)
    again = keep_pages(seen, home, made_at=NOW + dt.timedelta(days=1))
    assert again.key == told.key
    assert found(home).made_at == NOW + dt.timedelta(days=1)
    assert environment().get_template("page.html").render(page=told.page("review"), css="", policy="").count("<svg") > 2


def test_the_checks_are_asked_again_as_they_were(seen, home):
    options = found(home).options()
    assert options == seen.review.asked
    assert check(seen.review.check.document, options) == seen.review.check


@pytest.mark.parametrize("file", ["latest.json", "manifest.json", "000.json", "options.json"])
@pytest.mark.parametrize(
    "content", [b"", b"null", b"[]", b"{", b"[" * 100_000, b'{"key": "../../etc", "made_at": "x"}', b"\xff\xfe\x00"]
)
def test_a_damaged_file_costs_a_computation_and_never_a_crash(home, file, content):
    told = found(home)
    place = pages_of(home) / file if file == "latest.json" else told.folder / file
    place.write_bytes(content)
    forget()
    if file in ("latest.json", "manifest.json"):
        assert latest(home) is None
        return
    with pytest.raises(KeptFileError, match="leadline review"):
        found(home).options() if file == "options.json" else found(home).page("review")


def test_an_absent_folder_and_an_unknown_page_are_told_apart(home, tmp_path):
    assert latest(Workspace(tmp_path / "nowhere")) is None
    with pytest.raises(UsageError, match="Known: control, review, touchpoints"):
        found(home).page("../manifest")


HOSTILE = {
    "a script": "<script>alert(1)</script>",
    "a handler": '<rect onload="alert(1)" />',
    "foreign markup": '<foreignObject><b xmlns="http://www.w3.org/1999/xhtml">x</b></foreignObject>',
    "a style": '<rect style="position:fixed" />',
    "a script's address": '<a href="javascript:alert(1)"><text>x</text></a>',
    "another site": '<a href="//evil.example/x"><text>x</text></a>',
    "another site in full": '<a href="https://evil.example/x"><text>x</text></a>',
    "another site by a back-slash": '<a href="/\\evil.example"><text>x</text></a>',
    "an image": '<image href="https://evil.example/x.png" />',
    "a use": '<use href="#x" />',
    "a fill from outside": '<rect fill="url(https://evil.example/x)" />',
    "a moving link": '<a href="/plan/of/x"><set attributeName="href" to="javascript:alert(1)" /></a>',
    "a comment": "<!-- x -->",
    "an entity": '<!DOCTYPE svg [<!ENTITY a "aaaa">]>',
    "a page's id": '<rect id="answer" />',
}


@pytest.mark.parametrize("inside", HOSTILE.values(), ids=HOSTILE)
def test_a_drawing_that_leadline_did_not_make_is_not_shown_though_every_digest_fits(home, inside):
    told = found(home)
    file = told.folder / "002.json"
    page = json.loads(file.read_text(encoding="utf-8"))
    picture = next(
        block for section in page["sections"] for block in section.get("blocks", ()) if block["is"] == "Picture"
    )
    head, _, rest = picture["drawing"].partition(">")
    picture["drawing"] = f"{head}>{inside}{rest}" if "DOCTYPE" not in inside else inside + picture["drawing"]
    file.write_text(json.dumps(page), encoding="utf-8")
    manifest = json.loads((told.folder / "manifest.json").read_text(encoding="utf-8"))
    manifest["pages"][2]["digest"] = hashlib.sha256(file.read_bytes()).hexdigest()
    (told.folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    forget()
    with pytest.raises(KeptFileError):
        found(home).page("touchpoints")


def test_a_map_links_to_its_elements_where_pages_have_addresses_and_nowhere_else(seen, home):
    (kept_map,) = pictures(found(home).page("touchpoints"))
    assert 'role="group"' in kept_map.drawing
    assert '<a href="/plan/of/desk">' in kept_map.drawing
    (alone,) = pictures(lay_out("touchpoints", seen))
    assert "<a" not in alone.drawing
    assert 'role="img"' in alone.drawing
    assert "<a href" not in render_html(lay_out("touchpoints", seen)).replace('<a href="#', "")


def test_rows_fixes_and_findings_lead_to_their_elements_where_there_are_addresses(seen):
    made = environment().overlay()
    made.globals = {**made.globals, "href": address}
    page = lay_out("review", seen)
    hostile = blocks.TableBlock(
        (blocks.Column("x"),), (("a",), ("b",), ("c",)), "t", links=('"><script>', "", "deal:7")
    )
    page = replace(page, sections=(*page.sections, blocks.Section("more", "?", "a", (hostile,))))
    text = made.get_template("page.html").render(page=page, css="", policy="")
    assert '<a href="/plan/of/search">' in text
    assert '<a href="/plan/of/%22%3E%3Cscript%3E">a</a>' in text
    assert '<a href="/show/deal:7">c</a>' in text
    assert "<script" not in text


def test_a_writer_that_is_cut_anywhere_leaves_the_old_pages_whole(seen, home, monkeypatch):
    old = found(home)
    other = replace(seen, review=replace(seen.review, answer="Another answer."))
    whole = Path.replace
    for allowed in range(8):
        left = iter(range(allowed))

        def cut(self: Path, target: Path, left=left) -> Path:
            if next(left, None) is None:
                raise KeyboardInterrupt
            return whole(self, target)

        monkeypatch.setattr(Path, "replace", cut)
        with contextlib.suppress(KeyboardInterrupt):
            keep_pages(other, home, made_at=NOW)
        forget()
        now = found(home)
        assert [now.page(name).title for name in now.names]
        assert now.options() == seen.review.asked
        assert (now.page("review").answer == "Another answer.") == (now.key != old.key)
    monkeypatch.setattr(Path, "replace", whole)
    assert keep_pages(other, home, made_at=NOW).page("review").answer == "Another answer."


def test_two_generations_stay_and_what_a_killed_writer_left_goes(seen, home):
    first = found(home)
    (pages_of(home) / ".writing-dead").mkdir()
    for answer in ("Second.", "Third."):
        before = found(home)
        keep_pages(replace(seen, review=replace(seen.review, answer=answer)), home, made_at=NOW)
        forget()
        assert before.page("review")
    assert {one.name for one in pages_of(home).iterdir() if one.is_dir()} == {before.key, found(home).key}
    assert not first.folder.exists()


def test_finding_the_pages_is_quick(home):
    spent = []
    for _ in range(5):
        begun = time.perf_counter()
        assert latest(home) is not None
        spent.append(time.perf_counter() - begun)
    assert min(spent) < 0.005  # a page's server time is 0.15 s; this is asked for on every one


def test_reading_loads_neither_arrays_nor_charts_nor_the_warehouse(home):
    probe = (
        "import sys; from pathlib import Path; from leadline.workspace import Workspace\n"
        "from leadline.report.kept import latest\n"
        f"told = latest(Workspace(Path({str(home.folder)!r}))); page = told.page('review')\n"
        f"print('LOADED', [name for name in {LIGHT!r} if name in sys.modules], len(page.tables()) > 1)"
    )
    result = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=False)
    assert "LOADED [] True" in result.stdout, result.stdout[-500:] + result.stderr[-500:]


def test_tables_have_addresses_that_stay():
    table = blocks.TableBlock((), (), "t")
    picture = blocks.Picture("t", "s", table=table)
    sections = (
        blocks.Section("a", "?", ".", (blocks.Heading("h"), picture, table, blocks.Picture("t", "s"))),
        blocks.Section("b", "?", ".", (table,)),
    )
    assert list(blocks.Page("t", "k", "u", "a", sections).tables()) == ["a", "a-2", "b"]


@pytest.mark.usefixtures("whole_registry")
@pytest.mark.parametrize("name", ["nothing", "tactic", "tactic:", "review:x", "", ":"])
def test_a_name_that_is_no_page_is_refused_with_the_known_ones(name):
    with pytest.raises(UsageError, match="tactic:ID"):
        kind_of(name)


@pytest.mark.usefixtures("whole_registry")
def test_names_are_each_theirs_and_every_page_can_be_laid_out_by_its_name(seen):
    assert len({kind.name for kind in PAGES}) == len(PAGES)
    assert all(kind.title for kind in PAGES)
    for kind in PAGES:
        if kind.each != "deals":
            name = f"{kind.name}:search" if kind.each else kind.name
            page = lay_out(name, seen)
            ids = [section.id for section in page.sections]
            assert len(set(ids)) == len(ids), name
            assert page.title
            assert page.answer
    with pytest.raises(UsageError, match="not known"):
        lay_out("deal:7", seen)


def test_only_what_many_have_is_named_with_an_id():
    assert PageKind("one", "One", "m:f").shown_as == "one"


def test_the_documents_that_scripts_read_are_kept_beside_the_pages(seen, home):
    kept_now = found(home)
    assert kept_now.document("review")["plan_hash"] == seen.review.plan_hash
    assert kept_now.document("drift")["as_of"] == seen.review.as_of.isoformat()
    for name in ("measure", "../options", ""):
        with pytest.raises(UsageError, match="Known: drift"):
            kept_now.document(name)
    (kept_now.folder / "review.json").write_text("{}", encoding="utf-8")
    kept._document.cache_clear()
    with pytest.raises(KeptFileError, match="damaged"):
        kept_now.document("review")
