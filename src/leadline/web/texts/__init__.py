"""The catalogue of the browser's words: `<language>/<page>.yaml`, keys `page.key`; a translation is one more folder.

    texts = read_texts("en")
    texts("front.title", name="Halden Pumps")
    texts("people.lead", people=1)  # "{people:person stands|people stand} behind …" → "1 person stands behind …"

A test keeps every word that a page shows in here, and every entry in use.
"""

from __future__ import annotations

import string
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from leadline.errors import UsageError

DEFAULT = "en"


class _Counting(string.Formatter):
    """Puts values in; `{n:file|files}` is a number with what it counts, the first word for one."""

    def format_field(self, value: object, format_spec: str) -> str:
        if "|" not in format_spec:
            return str(super().format_field(value, format_spec))
        one, many = format_spec.split("|")
        return f"{value} {one if str(value) == '1' else many}"


_COUNTING = _Counting()


@dataclass(frozen=True)
class Texts:
    """The words of one language. entries: `page.key` → text with `{names}` for what is put in."""

    language: str
    entries: Mapping[str, str]

    def __call__(self, key: str, /, **values: object) -> str:
        """Return a text with its values put in. Raises KeyError for a key that is in no catalogue."""
        text = self.entries[key]
        if values and "|" in text:
            return _COUNTING.format(text, **values)
        return text.format(**values) if values else text

    def has(self, key: str) -> bool:
        """Say whether there is such a text."""
        return key in self.entries


def languages() -> tuple[str, ...]:
    """Return the languages that have a catalogue."""
    folder = files(__name__)
    return tuple(sorted(entry.name for entry in folder.iterdir() if entry.is_dir() and not entry.name.startswith("_")))


@cache
def read_texts(language: str = DEFAULT) -> Texts:
    """Read the catalogue of a language. Raises UsageError where there is none."""
    import yaml

    if language not in languages():
        raise UsageError.unknown("language", language, known=languages())
    entries: dict[str, str] = {}
    for file in sorted((files(__name__) / language).iterdir(), key=lambda one: one.name):
        page = file.name.removesuffix(".yaml")
        told = yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader) or {}
        entries |= {f"{page}.{key}": str(text) for key, text in told.items()}
    return Texts(language, entries)
