"""What a sentence says for the terminal, said for the browser: one text, told at both.

Errors and next steps are written once, with the verb or the option that helps (`--currency EUR`, `leadline import FILE`).
Here each of them becomes the place in the browser that does the same, a link where there is an address of its own.
Words and addresses stand in `texts/<language>/doors.yaml`; a test reads every text of the program and finds none left.

    spoken("Import an export of your deals: leadline import FILE.", texts)   →  "… of your deals: the page Evidence."
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from functools import cache, lru_cache
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import quote

from leadline.report import blocks, html

if TYPE_CHECKING:
    from markupsafe import Markup

    from leadline.web.texts import Texts

Laid = TypeVar("Laid")


@dataclass(frozen=True)
class Door:
    """Where the browser does what a verb or an option does. said: how the terminal has it · to: an address, may be ""."""

    said: str
    key: str
    to: str = ""


# The first that fits counts, so what says more stands first. Groups by name are put into the words and the address.
DOORS = (
    Door(r"leadline init --flow (?P<flow>[a-z]+(?:-[a-z]+)*)", "flow", "/interview/{flow}"),
    Door(r"leadline init --missing", "missing", "/interview"),
    Door(r"leadline init --empty, then leadline check", "empty", "/start"),
    Door(r"\bor run leadline init\b", "or_interview", "/interview"),
    Door(r"leadline init(?! DIR)\b", "interview", "/interview"),
    Door(r"leadline demo\b", "example", "/start"),
    Door(r"\(leadline import [^()]+ --draft-mapping\)", "draft"),
    Door(r"leadline import(?: FILE(?:\.\.\.)?)?", "import", "/evidence"),
    Door(r"leadline start --as-of (?P<day>[0-9a-z-]+)", "as_of", "#day"),
    Door(r"leadline report --page (?P<page>[a-z]+) -o [a-z]+\.[a-z]+", "page", "/show/{page}"),
    Door(r"\(leadline report -o review\.[a-z]+\)", "review_page", "/show/review"),
    Door(r"leadline report -o review\.html", "html_file", "/show/review"),
    Door(r"leadline evidence --json lists the links", "joined", "/evidence/people"),
    Door(r"leadline review-link ID", "links", "/control"),
    Door(r"credit the ways people came instead: leadline attribute", "credit", "/show/journeys"),
    Door(r"Run leadline measure mix to measure it again", "mix_again", "/show/mix#measure"),
    Door(r"Run leadline measure mix to measure it", "mix", "/show/mix#measure"),
    Door(r"\bRun leadline review\b", "review", "/"),
    Door(r"\band run leadline review\b", "and_review", "/"),
    Door(r"Put exports into exports/ and run review again", "drop", "/evidence"),
    Door(r"take it out of exports/[^:]*:", "take_out"),
    Door(r"(?<!as )they lie in evidence/rejects", "rejects", "/evidence#mend"),
    Door(r", as they lie in evidence/rejects", "per_rejects"),
    Door(r"stand with their lines under evidence/rejects; mended there, that file is", "mended", "/evidence#mend"),
    Door(r"`check --fix` does", "fix"),
    Door(r"check --fix --unsafe shows it and asks", "unsafe"),
    Door(r"Look at it with --explain, name", "name_it"),
    Door(r"leave --source out", "no_source"),
    Door(r"--source (?P<value>[a-z]+[a-z0-9-]*)", "source_as"),
    Door(r"--currency (?P<value>[A-Z]{3})", "currency_as"),
    Door(r"with --sheet NAME", "sheet"),
    Door(r"--sheet (?P<value>\"[^\"]*\"|\w+)", "sheet_as"),
    Door(r"--numbers en or --numbers de", "numbers"),
    Door(r"--dates mdy or --dates dmy", "dates"),
    Door(r"name the days with --dates \S*\w", "days"),
    Door(r"--(?:currency|numbers)\b", "beside_file"),
    Door(r"with --source\b", "source"),
    Door(r"with --accept-rejects\b", "accept"),
    Door(r", or wait longer with --wait SECONDS", "wait"),
    Door(r"--replace-span sets them to 0", "replace_span", "/evidence#anew"),
    Door(r"Map them in leadline\.toml under \[stages\.[^\]]+\]", "stages", "/evidence/stages"),
    Door(r", perhaps as under \[stages\.(?P<source>[^\]]+)\]", "as_stages", "/evidence/stages"),
    Door(r"more: leadline evidence\b(?! --)", "evidence", "/evidence"),
    Door(r"finish it: leadline evidence --rotate-key", "finish_key", "/evidence"),
    Door(r"Put the new one in: leadline evidence --rotate-key", "new_key"),
    Door(r"Put a new one in front of it, as in LEADLINE_KEY=.* again", "given_key"),
    Door(r"Restore it there and run leadline evidence --rotate-key", "restore_key"),
    Door(r"move evidence/ and ledger/ away and import the exports again", "anew"),
    Door(r"\bleadline\.toml\b", "settings"),
    Door(r"--reason TEXT", "reason"),
    Door(r"--approved-by NAME", "approved"),
    Door(r"--approved-by\b", "approved_by"),
    Door(r"--by\b", "by"),
    Door(r"`leadline schema` lists every key", "schema", "/api/schema/plan"),
    Door(r"--preview or --select", "preview"),
)


@cache
def _any() -> re.Pattern[str]:
    """Return what finds any of them: each in a group of its own, its named parts left to the door itself."""
    plain = (re.sub(r"\(\?P<[a-z]+>", "(?:", one.said) for one in DOORS)
    return re.compile("|".join(f"(?P<d{number}>{said})" for number, said in enumerate(plain)))


@lru_cache(maxsize=1_000)  # own: the texts of a page are some dozens, and the same ones are said to every reader
def _doors(text: str) -> tuple[tuple[tuple[int, int], Door, Mapping[str, str]], ...]:
    """Return the doors that a text names: from where to where, which one, and what its named parts say there."""
    found = []
    for place in _any().finditer(text):
        door = DOORS[int(str(place.lastgroup)[1:])]
        exact = re.fullmatch(door.said, place.group())
        found.append((place.span(), door, exact.groupdict() if exact else {}))
    return tuple(found)


def parts(text: str, texts: Texts) -> Iterator[tuple[str, str]]:
    """Yield a text in parts, each with the address it leads to, "" for none."""
    done = 0
    for (start, end), door, values in _doors(text):
        yield text[done:start], ""
        shown = {name: value.replace("-", " ") if name in ("flow", "page") else value for name, value in values.items()}
        yield texts(f"doors.{door.key}", **shown), door.to.format(**{name: quote(one) for name, one in values.items()})
        done = end
    yield text[done:], ""


def spoken(text: str, texts: Texts) -> str:
    """Return a text as the browser says it, for where nothing can be a link: a file to keep."""
    return "".join(part for part, _ in parts(text, texts))


def said(text: str, texts: Texts) -> Markup:
    """Return a text as templates write it: links for doors, code between backticks, the rest escaped."""
    from markupsafe import Markup

    told = list(parts(text, texts))
    if len(told) == 1:
        return html.coded(text)
    return Markup().join(
        Markup('<a href="{}">{}</a>').format(to, part) if to else html.coded(part) for part, to in told
    )


# What a page is laid out of that holds sentences of ours; rows of tables hold the names of others, and stay as they are.
_SENTENCES: dict[type, tuple[str, ...]] = {
    blocks.Page: ("answer", "beside", "sections"),
    blocks.Section: ("answer", "blocks", "known_from"),
    blocks.Empty: ("what", "why", "step"),
    blocks.Notes: ("items",),
    blocks.Sentence: ("text",),
    blocks.TableBlock: ("note",),
    blocks.FindingList: ("items",),
    blocks.FindingView: ("text", "why", "fix"),
    blocks.Fixes: ("items",),
    blocks.Fix: ("text", "fix"),
}


def told(laid: Laid, texts: Texts) -> Laid:
    """Return a page, or a part of one, with every sentence as the browser says it: for files taken from the browser."""
    if isinstance(laid, str):
        return spoken(laid, texts)  # type: ignore[return-value] # a text stays one
    if isinstance(laid, tuple):
        return tuple(told(one, texts) for one in laid)  # type: ignore[return-value] # a tuple stays one
    names = _SENTENCES.get(type(laid), ())
    if not names or not is_dataclass(laid) or isinstance(laid, type):
        return laid
    known = {one.name for one in fields(laid)}
    return replace(laid, **{name: told(getattr(laid, name), texts) for name in names if name in known})
