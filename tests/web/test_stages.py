"""Stages of a CRM become states of the plan in the browser, without a script, and the settings stay as they were."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline.errors import UsageError
from leadline.evidence.imports import import_files
from leadline.evidence.rules import refresh
from leadline.evidence.store import open_store
from leadline.plan.source import read_plan
from leadline.review.importing import setup_of
from leadline.review.plan_facts import plan_facts
from leadline.review.stage_settings import map_stages
from leadline.settings import read_settings
from leadline.web.doors import said
from leadline.web.pages.jobs import jobs_of
from leadline.web.site import Site
from leadline.web.texts import read_texts

LEADS = "id,when,stage\n1,2026-05-01,Closed Won\n2,2026-05-02,Demo <held>\n3,2026-05-02,Demo <held>\n"
MAPPING = """mapping: 1
match: {header: [id, when, stage]}
table: stages
file: {encoding: utf-8, delimiter: ",", dates: "%Y-%m-%d"}
key: [id, stage]
columns: {subject_kind: {const: deal}, subject: id, stage: stage, entered_at: when}
"""


@pytest.fixture
def staged(planned: Site, monkeypatch: pytest.MonkeyPatch) -> Site:
    """Give a site with an export of stages whose names are no states of the plan."""
    monkeypatch.setenv("LEADLINE_KEY", "11" * 32)
    workspace = planned.workspace
    workspace.exports.mkdir()
    (workspace.exports / "crm.csv").write_text(LEADS, encoding="utf-8")
    (workspace.exports / "crm.mapping.yaml").write_text(MAPPING, encoding="utf-8")
    text = workspace.plan.read_text(encoding="utf-8")
    workspace.plan.write_text(
        text.replace("\nmetrics:\n", '\nmetrics:\n  - {id: sold, name: Sold, unit: count, source: "stage:sold"}\n', 1),
        encoding="utf-8",
    )
    plan = read_plan(workspace.plan).plan
    (report,) = import_files(
        workspace, [workspace.exports / "crm.csv"], facts=plan_facts(plan), setup=setup_of(plan, read_settings(workspace.settings)),
        clock=planned.clock,
    )  # fmt: skip
    assert report.status == "done", report.message
    return planned


def apply_rules(site: Site) -> None:
    """Do what a review does before it measures."""
    plan = read_plan(site.workspace.plan).plan
    setup = setup_of(plan, read_settings(site.workspace.settings))
    refresh(site.workspace, plan_facts(plan), channels=setup.channels, stage_maps=setup.stage_maps, clock=site.clock)


def test_a_stage_becomes_a_state_and_the_next_review_applies_it(staged: Site, enter) -> None:
    client = enter(staged)
    staged.workspace.settings.write_text("# ours\nseed = 3\n", encoding="utf-8")
    page = client.get("/evidence/stages").text
    assert "2 stages stand for no state of the plan yet" in page
    assert "Demo &lt;held&gt;" in page
    client.post(
        "/evidence/stages/save", data={"source": "crm", "raw": ["Closed Won", "Demo <held>"], "state": ["sold", ""]}
    )
    text = staged.workspace.settings.read_text(encoding="utf-8")
    assert text.startswith("# ours\nseed = 3\n")
    assert read_settings(staged.workspace.settings).stages == {"crm": {"Closed Won": "sold"}}
    assert [job.kind for job in jobs_of(staged).all()][:1] == ["review"]
    assert "Of crm, 1 stage stands for something else now" in client.get("/evidence/stages").text
    apply_rules(staged)
    rows = open_store(staged.workspace).ask("SELECT DISTINCT stage FROM stages ORDER BY stage")["stage"].to_pylist()
    assert rows == ["Demo <held>", "sold"]
    client.post("/evidence/stages/save", data={"source": "crm", "raw": ["Closed Won"], "state": ["lost"]})
    assert read_settings(staged.workspace.settings).stages == {"crm": {"Closed Won": "lost"}}


def test_what_is_no_stage_or_no_state_is_not_written(staged: Site, enter) -> None:
    client = enter(staged)
    for form in (
        {"source": "crm", "raw": ["Nobody's"], "state": ["sold"]}, {"source": "crm", "raw": ["Closed Won"], "state": ['x"\n[check]']},
        {"source": 'x"]\nseed = 9', "raw": ["Closed Won"], "state": ["sold"]}, {"source": "crm"},
    ):  # fmt: skip
        assert client.post("/evidence/stages/save", data=form).status_code == 303
        assert not staged.workspace.settings.exists()
    assert "Nothing was changed" in client.get("/evidence/stages").text


def test_the_fact_of_an_unmapped_stage_leads_to_the_page_that_maps_it(staged: Site, enter) -> None:
    told = str(said("Map them in leadline.toml under [stages.crm].", read_texts()))
    assert re.search(r'<a href="/evidence/stages">', html.unescape(told))
    assert enter(staged).get("/evidence/stages").status_code == 200


@given(
    st.dictionaries(st.text(min_size=1, max_size=12).filter(str.strip), st.sampled_from(["won", "lost"]), max_size=4),
    st.dictionaries(
        st.text(min_size=1, max_size=12).filter(str.strip), st.sampled_from(["won", "sqo", ""]), min_size=1, max_size=4
    ),
)
def test_whatever_a_stage_is_called_its_entry_is_written_or_refused_whole(tmp_path_factory, before, after) -> None:
    file: Path = tmp_path_factory.mktemp("toml") / "leadline.toml"
    file.write_text('seed = 4\n\n[stages."x y"]\n"a" = "won"\n', encoding="utf-8")
    for names in (before, after):
        old = file.read_text(encoding="utf-8")
        try:
            map_stages(file, "crm", names=names)
        except UsageError:
            assert file.read_text(encoding="utf-8") == old
    found = read_settings(file)
    assert (found.seed, found.stages["x y"]) == (4, {"a": "won"})


def test_a_table_in_one_line_is_left_to_the_person_who_wrote_it(tmp_path: Path) -> None:
    file = tmp_path / "leadline.toml"
    file.write_text('stages = {crm = {"Won" = "won"}}\n', encoding="utf-8")
    with pytest.raises(UsageError):
        map_stages(file, "crm", names={"Lost": "lost"})
    assert file.read_text(encoding="utf-8") == 'stages = {crm = {"Won" = "won"}}\n'
