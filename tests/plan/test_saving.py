"""A plan is written whole or not at all, with the permissions and bytes it had."""

import stat
from pathlib import Path

import pytest

from leadline.errors import PlanError
from leadline.plan.saving import save


@pytest.fixture
def two(tmp_path):
    """Give two files of a plan and their texts as read."""
    first, second = tmp_path / "a.yaml", tmp_path / "b.yaml"
    first.write_bytes(b"\xef\xbb\xbfplan: {id: p}\r\n")
    second.write_bytes(b"metrics: []\n")
    return {str(first): "\ufeffplan: {id: p}\r\n", str(second): "metrics: []\n"}


def test_only_the_file_that_changed_is_written_and_its_other_bytes_stay(two):
    first, second = two
    Path(second).chmod(0o640)
    untouched = Path(first).stat().st_mtime_ns
    assert save(two, {**two, second: "metrics: [{id: a}]\n"}) == (second,)
    assert Path(second).read_bytes() == b"metrics: [{id: a}]\n"
    assert stat.S_IMODE(Path(second).stat().st_mode) == 0o640
    assert Path(first).stat().st_mtime_ns == untouched
    save(two, {**two, first: two[first].replace("p}", "q}")})
    assert Path(first).read_bytes() == b"\xef\xbb\xbfplan: {id: q}\r\n"


def test_a_lost_race_is_told_and_nothing_is_written(two, tmp_path):
    first, second = two
    Path(second).write_text("metrics: []\n# somebody else\n", encoding="utf-8")
    with pytest.raises(PlanError, match="changed while it was being worked on, so nothing was written"):
        save(two, {first: "plan: {id: x}\n", second: "metrics: [{id: a}]\n"})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.yaml", "b.yaml"]
    assert "id: p" in Path(first).read_text(encoding="utf-8")


def test_a_link_to_a_plan_stays_a_link(two, tmp_path):
    _, second = two
    link = tmp_path / "linked.yaml"
    link.symlink_to("b.yaml")
    save({str(link): "metrics: []\n"}, {str(link): "metrics: [{id: a}]\n"})
    assert link.is_symlink()
    assert Path(second).read_text(encoding="utf-8") == "metrics: [{id: a}]\n"
