"""`leadline example` writes a workspace that can be checked at once, and never over anything."""

from __future__ import annotations

from pathlib import Path

from typer.testing import CliRunner

from leadline.cli.verbs import app
from leadline.errors import UsageError
from leadline.plan.examples import EXAMPLES, example


def test_it_writes_the_plan_with_the_editor_s_modeline_and_schema(tmp_path: Path) -> None:
    assert CliRunner().invoke(app, ["example", "tidewater-cycles", str(tmp_path / "bikes")]).exit_code == 0
    text = (tmp_path / "bikes" / "plan.yaml").read_text(encoding="utf-8")
    first, _, rest = text.partition("\n")
    assert first == "# yaml-language-server: $schema=plan.schema.json"
    assert rest == example("tidewater-cycles")
    assert (tmp_path / "bikes" / "plan.schema.json").exists()


def test_without_a_name_it_lists_all_of_them() -> None:
    said = CliRunner().invoke(app, ["example"]).stdout
    assert [line.split()[0] for line in said.splitlines()] == list(EXAMPLES)


def test_a_plan_that_is_there_stays_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "plan.yaml").write_text("mine", encoding="utf-8")
    error = CliRunner().invoke(app, ["example", "olist", str(tmp_path)]).exception
    assert isinstance(error, UsageError)
    assert (tmp_path / "plan.yaml").read_text(encoding="utf-8") == "mine"
