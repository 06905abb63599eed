"""The catalogue of the browser's words: every word a page shows stands in it, and nothing in it is left over."""

from __future__ import annotations

import ast
import html.parser
import re
import string
from pathlib import Path

import pytest

import leadline.web
from leadline.errors import UsageError
from leadline.web.texts import Texts, languages, read_texts

ROOM = Path(leadline.web.__file__).parent
TEMPLATES = sorted((ROOM / "templates").rglob("*.html"))
NAMES = {"Leadline", "http"}  # the program's own name and the scheme of an address are not translated
JINJA = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
KEY = re.compile(r"[a-z][a-z_]*\.[a-z0-9_]+")
SPOKEN = {"alt", "aria-label", "placeholder", "title", "value", "content"}


class Words(html.parser.HTMLParser):
    """Collects the words a template holds outside of its expressions."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_data(self, data):
        self.found.append(data)

    def handle_starttag(self, tag, attrs):
        if tag == "meta" or (tag == "input" and ("type", "hidden") in attrs):
            return
        self.found += [value or "" for name, value in attrs if name in SPOKEN and tag not in ("button", "option")]


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_a_template_holds_no_words_of_its_own(template):
    words = Words()
    words.feed(JINJA.sub("", template.read_text(encoding="utf-8")))
    told = {word.strip(string.punctuation + "·–→ ") for text in words.found for word in text.split()}
    assert {word for word in told if re.search(r"[^\W\d_]{2,}", word)} - NAMES == set()


def keys_in_use():
    """Return keys, and beginnings of keys that are put together, as they stand in templates and modules."""
    whole, begun = set(), set()
    for file in sorted(ROOM.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                (whole if KEY.fullmatch(node.value) else begun).add(node.value)
    for file in TEMPLATES:
        for text in JINJA.findall(file.read_text(encoding="utf-8")):
            for value in re.findall(r'"([^"]*)"|\'([^\']*)\'', text):
                (whole if KEY.fullmatch("".join(value)) else begun).add("".join(value))
    return whole, {text for text in begun if re.fullmatch(r"[a-z][a-z_]*\.[a-z0-9_]*", text)}


def test_every_key_in_use_is_in_the_catalogue_and_every_entry_is_in_use():
    texts = read_texts()
    whole, begun = keys_in_use()
    pages = {key.partition(".")[0] for key in texts.entries}
    asked = {
        key for key in whole if key.partition(".")[0] in pages and not key.endswith((".html", ".css", ".js", ".svg"))
    }
    begins = {key for key in whole | begun if any(one.startswith(key) and one != key for one in texts.entries)}
    assert {key for key in asked if not texts.has(key)} - begins == set()
    left = {key for key in texts.entries if key not in whole and not any(key.startswith(text) for text in begins)}
    assert left == set()


def test_every_language_has_the_same_entries_with_the_same_values_put_in():
    first = read_texts()

    def fields(text):
        return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}

    for language in languages():
        other = read_texts(language)
        assert other.entries.keys() == first.entries.keys()
        assert {key for key in first.entries if fields(first.entries[key]) != fields(other.entries[key])} == set()


def test_a_language_without_a_catalogue_is_refused_with_the_known_ones():
    with pytest.raises(UsageError, match="en"):
        read_texts("xx")


def test_a_value_put_into_a_text_is_a_value_and_no_format():
    texts = Texts("en", {"page.key": "Named {name}"})
    assert texts("page.key", name="{0.__class__}") == "Named {0.__class__}"
