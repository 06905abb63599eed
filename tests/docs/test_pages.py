"""Whatever the program has stands in the documents, and the documents are up to date and hold together."""

from __future__ import annotations

import dataclasses
import re
import subprocess
import sys
from pathlib import Path

import pytest

from leadline.align import registry
from leadline.cli.schema import DOCUMENTS
from leadline.cli.verbs import VERBS
from leadline.evidence.schema import CONTACTS, TABLES
from leadline.evidence.sources.registry import SOURCES
from leadline.plan.model import Plan
from leadline.settings import Settings, read_settings

from .conftest import REPOSITORY

DOCS = REPOSITORY / "docs"
REFERENCE = DOCS / "reference"
TEXTS = sorted(
    path
    for path in [REPOSITORY / "README.md", REPOSITORY / "CONTRIBUTING.md", REPOSITORY / "CHANGELOG.md", *DOCS.rglob("*.md"), *(REPOSITORY / "examples").rglob("*.md")]
)  # fmt: skip
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)|!\[[^\]]*\]\(([^)\s]+)\)")


def headings(path: Path) -> set[str]:
    return set(re.findall(r"(?m)^## (.+)$", path.read_text(encoding="utf-8")))


def anchors(path: Path) -> set[str]:
    """Return the anchors of a page as GitHub makes them."""
    text = re.sub(r"(?ms)^```.*?^```$", "", path.read_text(encoding="utf-8"))
    found = re.findall(r"(?m)^#+ (.+)$", text)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in found}


@pytest.mark.slow
def test_the_generated_pages_are_what_the_code_says_now():
    command = [sys.executable, str(DOCS / "generate.py"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_verb_stands_in_the_reference_with_its_help():
    text = (REFERENCE / "verbs.md").read_text(encoding="utf-8")
    assert headings(REFERENCE / "verbs.md") == {"Exit codes", *VERBS}
    for verb in VERBS:
        assert f"Usage: leadline {verb} " in text
        assert f"Example: leadline {verb}" in text


def test_every_document_stands_in_the_reference():
    assert set(DOCUMENTS) <= headings(REFERENCE / "documents.md")


@pytest.mark.parametrize("rule", registry.RULES, ids=lambda rule: rule.code)
def test_every_rule_has_its_page(rule):
    text = (REFERENCE / "rules" / f"{rule.code}.md").read_text(encoding="utf-8")
    assert text.startswith(f"# {rule.code} {rule.name}\n")
    assert [
        part for part in ("What", "Why", "Source", "Bad, and good", "How to waive") if f"\n## {part}\n\n" not in text
    ] == []
    assert all(f"`{name} = " in text for name in rule.thresholds)
    assert f"({rule.code}.md)" in (REFERENCE / "rules" / "README.md").read_text(encoding="utf-8")


def test_every_table_and_column_stands_in_the_reference():
    text = (REFERENCE / "tables.md").read_text(encoding="utf-8")
    for table in (*TABLES, CONTACTS):
        part = text.split(f"\n## {table.name}\n", 1)[1].split("\n## ", 1)[0]
        assert [column.name for column in table.own if f"| `{column.name}` |" not in part] == []


def test_every_format_stands_in_the_reference():
    assert {source.name for source in SOURCES} <= headings(REFERENCE / "formats.md")


def test_every_field_of_the_plan_stands_in_the_reference():
    text = (REFERENCE / "plan.md").read_text(encoding="utf-8")
    for name, part in Plan.model_json_schema(by_alias=True)["$defs"].items():
        section = text.split(f"\n## {name}\n", 1)[1].split("\n## ", 1)[0]
        assert [key for key in part.get("properties", {}) if f"| `{key}`" not in section] == []


def test_every_setting_stands_in_the_reference_and_its_example_is_read(tmp_path):
    text = (REFERENCE / "settings.md").read_text(encoding="utf-8")
    example = re.search(r"(?s)```toml\n(.*?)```", text)[1]
    (tmp_path / "leadline.toml").write_text(example, encoding="utf-8")
    read = read_settings(tmp_path / "leadline.toml")
    unset = {"engine", "seed", "paths_window_days"}  # the example shows their defaults
    missing = [
        field.name
        for field in dataclasses.fields(Settings)
        if field.name not in unset and getattr(read, field.name) in (None, {}, Settings().__getattribute__(field.name))
    ]
    assert missing == []
    assert all(f"`{key}`" in text for key in ("engine", "seed", "[paths] window_days"))


@pytest.mark.parametrize("page", TEXTS, ids=lambda page: str(page.relative_to(REPOSITORY)))
def test_no_link_is_dead(page):
    dead = []
    for match in LINK.finditer(re.sub(r"(?ms)^```.*?^```$", "", page.read_text(encoding="utf-8"))):
        target = match[1] or match[2]
        if target.startswith(("https://", "http://", "mailto:")):
            continue
        file, _, anchor = target.partition("#")
        place = (page.parent / file).resolve() if file else page
        if not place.exists() or (anchor and place.suffix == ".md" and anchor not in anchors(place)):
            dead.append(target)
    assert dead == []


def test_a_dead_link_would_be_seen(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("# One thing\n\n[here](#one-thing) [there](#another)\n", encoding="utf-8")
    assert anchors(page) == {"one-thing"}
    assert [match[1] for match in LINK.finditer(page.read_text(encoding="utf-8"))] == ["#one-thing", "#another"]


def test_every_how_to_and_method_note_is_listed():
    front = (DOCS / "README.md").read_text(encoding="utf-8")
    notes = (DOCS / "method" / "README.md").read_text(encoding="utf-8")
    assert [path.name for path in (DOCS / "how-to").glob("*.md") if f"(how-to/{path.name})" not in front] == []
    assert [
        path.name
        for path in (DOCS / "method").glob("*.md")
        if path.name != "README.md" and f"({path.name})" not in notes
    ] == []


def test_the_documents_name_no_verb_that_does_not_exist():
    named = set()
    for page in TEXTS:
        if page.parent.name in {"rules", "decisions"} or page.name == "CHANGELOG.md":
            continue
        text = page.read_text(encoding="utf-8")
        named |= set(re.findall(r"(?m)^\$ leadline ([a-z][a-z-]*)", text))
        named |= set(re.findall(r"`leadline ([a-z][a-z-]*)", text))
    assert named - set(VERBS) == set()


def test_pictures_stay_small():
    assert all(path.stat().st_size < 300_000 for path in (DOCS / "pictures").iterdir())
