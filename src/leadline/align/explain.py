"""One rule explained, from its doc block and its two examples. Works offline."""

from __future__ import annotations

import datetime as dt
import difflib
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from leadline.align import examples, registry
from leadline.align.rule import Rule
from leadline.align.waivers import is_waivable

EXAMPLES_DAY = dt.date(2027, 1, 2)  # the rules' examples are plans for 2027
NO_WIDTH = 10_000  # letters; a page scrolls inside its frame, no line of an example is cut (house)
CONTEXT = 2  # lines shown around a changed line of the examples; house


def explain(code_or_name: str, *, width: int = 80) -> str:
    """Return what a rule does, why, on what grounds, a bad and a good example, and how to waive it.

    Raises UsageError with the three nearest names where there is no such rule.
    """
    return "\n".join(_lines(registry.find_rule(code_or_name), width)) + "\n"


def _lines(rule: Rule, width: int) -> Iterator[str]:
    yield f"{rule.code} {rule.name}"
    yield from textwrap.wrap(_standing(rule), width)
    for label, text in (
        ("what", rule.doc.what),
        ("why", rule.doc.why),
        ("source", rule.doc.source),
        ("limits", rule.doc.thresholds),
        ("fix", rule.doc.fix),
    ):
        if text:
            yield ""
            yield from textwrap.wrap(text, width, initial_indent=f"{label:<7} ", subsequent_indent=" " * 8)
    bad, good = _body(rule, "bad"), _body(rule, "good")
    for label, lines, other in (("bad", bad, good), ("good", good, bad)):
        yield ""
        yield label
        yield from _excerpt(lines, other, width=width)
    for text in said_of(rule):
        yield ""
        yield from textwrap.wrap(text, width, initial_indent=f"{'says':<7} ", subsequent_indent=" " * 8)
    for text in examples.conditions_of(examples.text_of(rule.code, "bad")):
        yield from textwrap.wrap(text, width, initial_indent=f"{'given':<7} ", subsequent_indent=" " * 8)
    yield ""
    yield from textwrap.wrap(_waiving(rule), width, initial_indent=f"{'waive':<7} ", subsequent_indent=" " * 8)


@dataclass(frozen=True)
class Explained:
    """A rule in the parts people read. standing: level, scope, since when · says, given: of the bad example."""

    standing: str
    what: str
    why: str
    source: str
    limits: str
    fix: str
    says: tuple[str, ...]
    given: tuple[str, ...]
    is_waivable: bool


def explained(rule: Rule) -> Explained:
    """Return a rule in its parts, for whoever sets them otherwise than a terminal does."""
    doc = rule.doc
    given = tuple(examples.conditions_of(examples.text_of(rule.code, "bad")))
    return Explained(
        _standing(rule), doc.what, doc.why, doc.source, doc.thresholds, doc.fix, said_of(rule), given, is_waivable(rule)
    )


def example_of(rule: Rule, which: Literal["bad", "good"]) -> tuple[tuple[str, bool], ...]:
    """Return the lines of an example that differ from the other one, with their surroundings; each says whether it differs.

    "…" stands for lines left out.
    """
    bad, good = _body(rule, "bad"), _body(rule, "good")
    lines = (bad, good) if which == "bad" else (good, bad)
    return tuple((line[4:], line.startswith("  > ")) for line in _excerpt(*lines, width=NO_WIDTH))


def said_of(rule: Rule) -> tuple[str, ...]:
    """Return what the rule says about its bad example, one text per finding."""
    from leadline.align.run import CheckOptions, check
    from leadline.plan.source import parse_plan

    text = examples.text_of(rule.code, "bad")
    day = examples.day_of(text) or EXAMPLES_DAY
    options = CheckOptions(as_of=day, select=(rule.code,), **examples.assumed_by(text))
    return tuple(one.text for one in check(parse_plan(text), options) if one.code == rule.code)


def _standing(rule: Rule) -> str:
    structural = " (structural: the plan cannot be computed with it)" if rule.structural else ""
    scopes = {
        "local": "one element at a time",
        "links": "links between elements",
        "sums": "sums over the plan",
        "data": "needs evidence",
        "time": "needs the as-of date",
    }
    preview = "" if rule in registry.FIRST else "; preview, off unless --preview or --select"
    return f"{rule.level}{structural}; {scopes[rule.scope]}{preview}; since {rule.since}"


def _body(rule: Rule, which: str) -> list[str]:
    text = examples.text_of(rule.code, "bad" if which == "bad" else "good")
    return [line for line in text.splitlines() if not examples.is_about_the_example(line)]


def _excerpt(lines: list[str], other: list[str], *, width: int) -> Iterator[str]:
    """Yield the lines that differ from the other example with their surroundings; `>` marks the ones that differ.

    Of a line that is too wide the surroundings are cut off, and what differs goes on in the next line.
    """
    matcher = difflib.SequenceMatcher(None, lines, other, autojunk=False)
    changed = {
        index
        for tag, start, end, _, _ in matcher.get_opcodes()
        if tag != "equal"
        for index in (range(start, end) if end > start else (max(0, start - 1),))
    }
    marked = {
        index
        for tag, start, end, _, _ in matcher.get_opcodes()
        if tag in ("replace", "delete")
        for index in range(start, end)
    }
    near = {index for at in changed for index in range(at - CONTEXT, at + CONTEXT + 1) if 0 <= index < len(lines)}
    previous = -1
    for index in sorted(near):
        if index > previous + 1:
            yield "    …"
        yield from _fitted(lines[index], width=width, is_marked=index in marked)
        previous = index
    if previous < len(lines) - 1:
        yield "    …"


def _fitted(line: str, *, width: int, is_marked: bool) -> Iterator[str]:
    head = "  > " if is_marked else "    "
    if len(head) + len(line) <= width:
        yield head + line
    elif is_marked:
        indent = " " * (len(line) - len(line.lstrip()))
        yield from textwrap.wrap(
            line.strip(), width, initial_indent=head + indent, subsequent_indent=f"    {indent}    ",
            break_long_words=False, break_on_hyphens=False,
        )  # fmt: skip
    else:
        yield f"{(head + line)[: width - 2].rstrip()} …"


def _waiving(rule: Rule) -> str:
    if not is_waivable(rule):
        return f"{rule.code} cannot be waived."
    return (
        f"add to control.waivers: {{id: w-1, code: {rule.code}, target: <id>, reason: …, approved_by: <person>, "
        "expires: <day>}; a waived finding stays listed in every output and comes back the day after it expires."
    )
