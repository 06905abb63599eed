"""The how-to on adding a page is followed to the letter: two files, and the page is there in every format."""

from __future__ import annotations

import datetime as dt
import sys
import types

import pytest

from leadline.plan.examples import example
from leadline.report.kept import keep_pages, latest
from leadline.report.pages import registry
from leadline.report.writing import FORMATS
from leadline.review.material import material
from leadline.review.run import Request, review
from leadline.workspace import Workspace

from .conftest import REPOSITORY, blocks

PAGE = REPOSITORY / "docs" / "how-to" / "add-a-page.md"
NOW = dt.datetime(2027, 2, 1, tzinfo=dt.UTC).replace(tzinfo=None)


@pytest.fixture
def added(monkeypatch):
    """Do what the page says: its first block is a module, its second a row of the registry."""
    module, row = (block for block in blocks(PAGE) if block.file)
    name = "leadline.report.pages.assumptions"
    made = types.ModuleType(name)
    exec(compile(module.text, module.file, "exec"), made.__dict__)  # noqa: S102 - our own documentation
    monkeypatch.setitem(sys.modules, name, made)
    (kind,) = eval(f"({row.text.strip()})", dict(vars(registry)))  # noqa: S307 - our own documentation
    monkeypatch.setattr(registry, "PAGES", (*registry.PAGES, kind))
    return module.file, row.file


@pytest.mark.proof
def test_a_page_is_two_files_and_stands_in_every_format(added, tmp_path):
    assert len(set(added)) <= 3
    (tmp_path / "plan.yaml").write_text(example("tidewater-cycles"), encoding="utf-8")
    workspace = Workspace(tmp_path)
    told = material(review(workspace, Request(now=lambda: NOW)), workspace)
    page = registry.lay_out("assumptions", told)
    assert page.sections[0].blocks[0].rows
    for ending, write in FORMATS.items():
        assert len(write(page)) > 500, ending
    keep_pages(told, workspace, made_at=NOW)
    assert latest(workspace).page("assumptions").answer == page.answer
