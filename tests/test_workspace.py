"""Where a workspace is found: from within, from its plan folder, and not where there is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from leadline.errors import UsageError
from leadline.plan.source import parse_plan
from leadline.review.plan_facts import plan_facts
from leadline.workspace import Workspace


def test_a_workspace_is_found_from_below(tmp_path: Path) -> None:
    (tmp_path / "plan.yaml").touch()
    (tmp_path / "exports").mkdir()
    assert Workspace.find(tmp_path / "exports").folder == tmp_path


@pytest.mark.parametrize("named", [True, False])
def test_inside_the_folder_of_sections_the_workspace_is_the_folder_around_it(tmp_path: Path, *, named: bool) -> None:
    folder = tmp_path / "plan"
    folder.mkdir()
    for section in ("plan.yaml", "tactics.yaml"):
        (folder / section).touch()
    found = Workspace.find(tmp_path, named=folder) if named else Workspace.find(folder)
    assert (found.folder, found.plan) == (tmp_path, folder)


def test_a_workspace_that_happens_to_be_called_plan_is_one(tmp_path: Path) -> None:
    (tmp_path / "plan").mkdir()
    (tmp_path / "plan" / "plan.yaml").touch()
    assert Workspace.find(tmp_path / "plan").folder == tmp_path / "plan"


def test_no_workspace_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="leadline init"):
        Workspace.find(tmp_path)


def test_an_id_renamed_twice_leads_evidence_to_its_last_name() -> None:
    moved = "plan: {id: p}\nmoved: [{from: ads, to: search}, {from: search, to: web-search}]\ntactics: {list: [{id: web-search}]}"
    assert plan_facts(parse_plan(moved).plan).moved == {"ads": "web-search", "search": "web-search"}
