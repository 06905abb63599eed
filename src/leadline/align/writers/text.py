"""Findings as text, the way a compiler prints them: place, source line, caret, reason, fix. A value, never printed here."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from unicodedata import east_asian_width

from leadline.align.finding import Finding, Level
from leadline.align.result import CheckResult
from leadline.align.writers.summary import score_lines
from leadline.plan.places import Place
from leadline.plan.source import Document

LIMIT = 20  # checks.md section 4: text shows 20 findings, the rest by --all
MIN_WIDTH = 60  # narrower, the excerpt leaves no room for a label; house
_SIGNS = str.maketrans({"…": "...", "·": "|", "–": "-", "—": "-", "→": "->", "×": "x", "Σ": "sum", "≥": ">=", "≤": "<=",
                        "\u202f": " ", "\u00a0": " ", "“": '"', "”": '"', "’": "'", "✓": "ok"})  # fmt: skip
_COLOURS: dict[Level, str] = {"error": "31", "warning": "33", "note": "36"}


@dataclass(frozen=True)
class TextOptions:
    """How text is laid out: width in columns, plain (ASCII signs of our own), colour (ANSI), all findings or 20."""

    width: int = 80
    plain: bool = False
    colour: bool = False
    all: bool = False


def write_text(result: CheckResult, options: TextOptions | None = None) -> str:
    """Return the whole output of a check: the hundred first, findings, scores, what was done last."""
    options = options or TextOptions()
    width = max(options.width, MIN_WIDTH)
    shown = result.shown if options.all else result.shown[:LIMIT]
    blocks = ["\n".join(textwrap.wrap(result.scores.hundred.sentence(), width))]
    blocks += ["\n".join(_finding(result, finding, width, options=options)) for finding in shown]
    if len(result.shown) > len(shown):
        blocks.append(f"+{len(result.shown) - len(shown)} more, use --all")
    blocks.append("\n".join(score_lines(result.scores, width)))
    if result.waived:
        blocks.append("\n".join(_waived(result, width)))
    if options.all and result.skipped:
        blocks.append("\n".join(_skipped(result, width)))
    notes = [line for note in result.notes for line in textwrap.wrap(note, width, subsequent_indent="  ")]
    blocks.append("\n".join([*notes, *_clean(result), *textwrap.wrap(result.sentence(), width)]))
    text = "\n\n".join(block for block in blocks if block) + "\n"
    return text.translate(_SIGNS) if options.plain else text


def _clean(result: CheckResult) -> Iterator[str]:
    if not result.shown:
        waived = f" ({len(result.waived)} waived)" if result.waived else ""
        where = " on what changed" if result.limited_to else ""
        yield f"No findings{where} in {result.rules_run} rules{waived}."


def _finding(result: CheckResult, finding: Finding, width: int, *, options: TextOptions) -> Iterator[str]:
    head = f"{finding.code} {finding.name}"
    level = f"\x1b[{_COLOURS[finding.level]};1m{finding.level}\x1b[0m" if options.colour else finding.level
    yield head + " " * max(1, width - len(head) - len(finding.level)) + level
    yield f"  {finding.place}  {_subject(finding)}"
    yield from _source(result.document, finding, width, cut="..." if options.plain else "…")
    yield from _labelled("why", finding.why, width)
    yield from _labelled("fix", finding.fix, width)
    if finding.also:
        yield from _labelled("also", finding.also, width)
    hidden = Counter(follower.code for follower in result.followers(finding))
    if hidden:
        listed = ", ".join(code if number == 1 else f"{code} {number}" for code, number in sorted(hidden.items()))
        plural = "finding" if hidden.total() == 1 else "findings"
        yield from _labelled("hides", f"{hidden.total()} {plural} ({listed})", width)
    yield f"  leadline explain {finding.code}"


def _subject(finding: Finding) -> str:
    kind = {"touchpoint": "touch point", "level": "strategy level"}.get(finding.element.kind, finding.element.kind)
    return f'{kind} "{finding.element.id}"'


def _labelled(label: str, text: str, width: int) -> list[str]:
    return textwrap.wrap(text, width, initial_indent=f"  {label:<5} ", subsequent_indent=" " * 8)


def _source(document: Document, finding: Finding, width: int, *, cut: str) -> Iterator[str]:
    """Yield the marked lines of a finding: its own with ^, related ones with -, in the order of the file."""
    marks = [(finding.place, "^", finding.text), *((one.place, "-", one.label) for one in finding.related)]
    gutter = max(len(str(place.line)) for place, _, _ in marks)
    for place, sign, label in sorted(marks, key=lambda mark: (mark[0].file, mark[0].line, mark[0].column)):
        line = document.line(place.file, place.line)
        room = width - gutter - 5
        shown, start, length = excerpt(line, place, room=room, cut=cut)
        if place.file != finding.place.file:
            yield f"  {' ' * gutter}   {place.file}"
        yield f"  {place.line:>{gutter}} | {shown}".rstrip()
        pointer = " " * start + sign * length
        yield from _pointed(f"  {' ' * gutter} | ", pointer, label, width)


def _pointed(lead: str, pointer: str, label: str, width: int) -> Iterator[str]:
    beside = f"{lead}{pointer} {label}"
    if len(beside) <= width:
        yield beside
        return
    yield f"{lead}{pointer}"
    yield from textwrap.wrap(label, width, initial_indent=lead, subsequent_indent=lead)


def excerpt(line: str, place: Place, *, room: int, cut: str = "…") -> tuple[str, int, int]:
    """Return the part of a line that holds a place and fits into `room`, where the mark starts, how long it is.

    A long line is cut at both sides, and `cut` stands for what is left out; a mark that runs over its line ends with it. Lengths are in columns of a terminal.
    """
    line = line.replace("\t", " ").rstrip()
    first = min(place.column - 1, len(line))
    last = place.end_column - 1 if place.end_line == place.line else len(line)
    last = max(min(last, len(line)), first + 1)
    indent = len(line) - len(line.lstrip())
    left, right = 0, len(line)
    if len(line) > room:
        sign = len(cut)
        left = indent if last - indent <= room - sign else max(0, min(first - room // 4, len(line) - room + sign))
        right = min(len(line), left + room - sign * (left > 0) - sign)
        if right == len(line):
            left = max(0, len(line) - room + sign)
    head, tail = cut if left > indent or (left > 0 and left != indent) else "", cut if right < len(line) else ""
    before = line[left:first]
    marked = line[first : min(last, right)]
    return head + line[left:right] + tail, len(head) + _columns(before), max(1, _columns(marked))


def _columns(text: str) -> int:
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in text)


def _waived(result: CheckResult, width: int) -> Iterator[str]:
    yield "waived"
    waivers = {waiver.id: waiver for waiver in result.document.plan.control.waivers}
    for finding in result.waived:
        waiver = waivers[finding.waived_by or ""]
        text = f"{finding.code} {finding.name} on {finding.element.id}: {waiver.reason} ({waiver.approved_by}, until {waiver.expires})"
        yield from textwrap.wrap(text, width, initial_indent="  ", subsequent_indent="    ")


def _skipped(result: CheckResult, width: int) -> Iterator[str]:
    yield "skipped"
    for skip in result.skipped:
        text = f"{skip.code}{f' on {skip.element}' if skip.element else ''}: {skip.reason}"
        yield from textwrap.wrap(text, width, initial_indent="  ", subsequent_indent="    ")


def write_lines(findings: Sequence[Finding]) -> str:
    """Return one line per finding: `file:line:column: level CODE name: text`, for editors."""
    return "".join(f"{finding}\n" for finding in findings)
