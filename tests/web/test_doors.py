"""One text for the terminal and the browser: no sentence that a browser shows sends its reader to a terminal."""

from __future__ import annotations

import ast
import html
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import leadline
from leadline.report.blocks import Empty, Notes, Page, Section, TableBlock
from leadline.web.app import make_app
from leadline.web.doors import DOORS, said, spoken, told
from leadline.web.texts import read_texts

ROOM = Path(leadline.__file__).parent
TEXTS = read_texts()
VERBS = (
    "init|start|check|import|review|measure|decide|evidence|report|drift|what-if|worked|forget|map|diff|explain|waive|demo|"
    "backup|restore|serve|review-link|attribute|schema|design|lift|mix|pipeline|allocate|score|voice|worth|example"
)
TALK = re.compile(
    rf"\bleadline (?:{VERBS})\b|(?<![\w-])--(?!xla_)[a-z][a-z-]+|leadline\.toml(?!, which no page)|\bunder \[stages\.|\b(?:results|exports|ledger|evidence)/(?!contacts|warehouse)"
)
# Where a sentence is never shown in a browser, and why.
ELSEWHERE = {
    "cli": "the terminal's own room",
    "align/writers": "text, json and sarif for the terminal and for scripts",
    "align/registry.py": "selecting rules is an option of check",
    "align/run.py": "selecting rules is an option of check",
    "evidence/experiment_files.py": "lists of finished tests are read by mix, which has no page",
    "evidence/path_columns.py": "files of paths are read by attribute, which has no page",
    "evidence/path_files.py": "files of paths are read by attribute, which has no page",
    "evidence/stage_files.py": "files of stages are read by pipeline, which has no page",
    "report/theme.py": "a style sheet",
    "review/draft_text.py": "comments in a file that is written for an editor",
    "review/mix_document.py": "descriptions of keys, for scripts",
    "review/new_workspace.py": "comments in a file that is written for an editor",
    "review/start_told.py": "what start prints",
    "review/start_document.py": "descriptions of keys, for scripts",
    "review/verb_documents.py": "descriptions of keys, for scripts",
    "web/api_documents.py": "descriptions of keys, for scripts",
    "web/doors.py": "the doors themselves",
    "web/serving.py": "said before there is a page",
    "workspace.py": "said before there is a page",
}


def sentences(node: ast.AST, *, docstrings: bool) -> Iterator[str]:
    """Yield every text of a module, its docstrings only where they are shown; what is put in is one word."""
    inner: set[int] = set()
    for one in ast.walk(node):
        body = getattr(one, "body", None)
        if not docstrings and isinstance(body, list) and body and isinstance(body[0], ast.Expr):
            inner.add(id(body[0].value))
        if isinstance(one, ast.JoinedStr):
            inner |= {id(part) for part in one.values}
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "put-in" for part in one.values)
        elif isinstance(one, ast.Constant) and isinstance(one.value, str) and id(one) not in inner:
            yield one.value


@cache
def shown_texts() -> tuple[tuple[str, str], ...]:
    return tuple(_shown_texts())


def _shown_texts() -> Iterator[tuple[str, str]]:
    for file in sorted(ROOM.rglob("*.py")):
        name = file.relative_to(ROOM).as_posix()
        if not any(name == one or name.startswith(f"{one}/") for one in ELSEWHERE):
            source = file.read_text(encoding="utf-8")
            if TALK.search(source):
                found = sentences(
                    ast.parse(source), docstrings=name.startswith("align/rules/")
                )  # a rule explains itself
                yield from ((name, text) for text in found if " " in text or text.startswith("--"))
    for folder in ("web/texts", "plan/interview"):
        for file in sorted((ROOM / folder).rglob("*.yaml")):
            if file.name != "api.yaml":  # for scripts
                lines = file.read_text(encoding="utf-8").splitlines()
                yield from ((file.name, line) for line in lines if not line.startswith("#"))


def test_every_sentence_that_a_browser_can_show_names_a_place_in_it_and_no_verb_or_option() -> None:
    left = [(name, spoken(text, TEXTS)) for name, text in shown_texts() if TALK.search(spoken(text, TEXTS))]
    assert left == []


def test_every_door_is_one_that_some_text_of_the_program_needs() -> None:
    whole = [text for _, text in shown_texts()]
    unused = [door.key for door in DOORS if not any(re.search(door.said, text) for text in whole)]
    assert unused == []


def test_every_door_leads_to_an_address_that_there_is(site) -> None:
    routes = make_app(site).routes
    paths = {re.sub(r"\{\w+\}", "x", door.to.partition("#")[0]) for door in DOORS} - {""}
    for path in paths:
        scope = {"type": "http", "path": path, "method": "GET"}
        assert any(route.matches(scope)[0].value for route in routes), path


def test_a_step_becomes_a_link_and_what_others_wrote_stays_text() -> None:
    shown = str(said("<b> `x`: leadline init --flow review-quarter.", TEXTS))
    assert shown == '&lt;b&gt; <code>x</code>: <a href="/interview/review-quarter">the questions “review quarter”</a>.'
    assert str(said('leadline init --flow "><script>', TEXTS)).count("<script") == 0


def test_a_file_taken_from_the_browser_says_what_its_page_says_and_names_in_rows_stay() -> None:
    table = TableBlock((), (("leadline import",),), "", note="Import it: leadline import FILE.")
    section = Section(
        "a", "", "", (Empty("x", step="Answer: leadline init --flow walk."), Notes(("--currency EUR",)), table)
    )
    page = told(Page("t", "", "", "a", (section,)), TEXTS)
    step, notes, kept = page.sections[0].blocks
    assert step.step == "Answer: the questions “walk”."
    assert notes.items == ("EUR under “Currency of its amounts”",)
    assert (kept.rows, kept.note) == (table.rows, "Import it: the page Evidence.")


MARKUP = re.compile(r"(?s)<(script|style|svg|textarea)\b.*?</\1>|<[^>]+>")
NO_PAGE = re.compile(r"\.(pdf|docx|pptx|xlsx|csv|md|html)$|^/static|finding=|^/plan/text")


@pytest.mark.proof
def test_no_page_that_is_reached_by_links_sends_its_reader_to_a_terminal(planned, enter) -> None:
    client, waiting, seen, told = enter(planned), ["/"], set(), []
    while waiting:
        address = waiting.pop()
        if address in seen:
            continue
        seen.add(address)
        page = client.get(address, follow_redirects=True).text
        words = " ".join(html.unescape(MARKUP.sub(" ", page)).split())
        told += [(address, words[max(0, found.start() - 60) : found.end() + 40]) for found in TALK.finditer(words)]
        links = (html.unescape(link).partition("#")[0] for link in re.findall(r'href="(/[^"]*)"', page))
        waiting += [link for link in links if not NO_PAGE.search(link)]
    assert told == []
    assert len(seen) > 200  # house: every element and every rule has a page
