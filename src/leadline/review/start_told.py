"""A start as it is told on a terminal: files, three sentences, the hundred by channel, draft, open questions, next step."""

from __future__ import annotations

import re
import shlex
import textwrap
from collections.abc import Sequence

from leadline import words
from leadline.evidence.small_cells import HIDDEN
from leadline.evidence.sources.related import RelatedDraft
from leadline.measure.bridge.pooling import exact_interval
from leadline.review.by_channel import NO_CHANNEL, NONE_GIVEN, REACH_WORDS, ByChannel, StartHundred
from leadline.review.draft import Start
from leadline.review.draft_elements import CHANNELS, EVIDENCE, IDEAS, METRICS, STEPS, Section
from leadline.review.draft_questions import Question
from leadline.review.drafting import Picture
from leadline.review.intake import FileRead

ANYTHING = '"*"'  # of a mapping's condition: whatever is not blank
LISTED = 6  # elements of a section named in brief; all stand in the plan (house)
ROWS = 12  # design, style section 2.5: at most twelve rows of a table
NAME = 24  # columns of a name in a table; longer ones are cut (house)
BRIEF: Sequence[tuple[Section, str]] = (
    (METRICS, "counted"), (CHANNELS, "channels"), (STEPS, "bridge"), (EVIDENCE, "evidence"), (IDEAS, "ideas"),
)  # fmt: skip
SEVERAL = {
    "total": "totals",
    "heading of a group": "headings of groups",
    "note below": "notes below",
    "header again": "headers again",
}
NO_PLAN = "Without a plan nothing is proven or believed: that data reach a sale does not say that the money brought it."


def told(start: Start, *, width: int = 80, is_asked: bool = False) -> str:
    """Return the whole start in lines of at most `width` columns. is_asked: what is open is asked right after it."""
    lines = _files(start, width)
    if start.document is not None:
        lines += ["", pictured(start, width=width)]
    if start.notes:
        lines += ["", "Not to be overlooked:", *_bullets(start.notes, width)]
    if start.document is not None:
        lines += ["", *_draft(start, width)]
    if start.questions and not is_asked:
        lines += ["", *_questions(start, width)]
    if start.document is None or not is_asked:
        lines += ["", *next_steps(start, width)]
    return "\n".join(lines)


def pictured(start: Start, *, width: int = 80) -> str:
    """Return the three sentences and the hundred by channel."""
    lines: list[str] = []
    for sentence in start.sentences:
        lines += [*textwrap.wrap(sentence, width), ""]
    return "\n".join([*lines, *_hundred(start.picture, width)])


def mapped(drafted: RelatedDraft, *, width: int = 80) -> str:
    """Return what drafted mappings take from which column, and where they are kept whole; told before they are used."""
    lines = textwrap.wrap(f"Without a mapping: {drafted.sentence}", width)
    for name, text in drafted.mapping_texts.items():
        kept = f"{name} is read by a mapping drafted from it, kept in mappings/ and yours to edit:"
        lines += textwrap.wrap(kept, width, initial_indent="  ", subsequent_indent="    ")
        for reading in _readings(text):
            lines += textwrap.wrap(reading, width, initial_indent="    ", subsequent_indent="      ")
    return "\n".join([*lines, ""])


def _readings(mapping: str) -> list[str]:
    """Return what a drafted mapping says of each table it feeds: its remark, and the rows it is meant for."""
    found: list[str] = []
    for line in map(str.strip, mapping.splitlines()):
        if line.startswith("- table:"):
            table, _, remark = line.removeprefix("- table:").partition("#")
            found.append(remark.strip() if table.strip() == "stages" else f"{table.strip()}: {remark.strip()}")
        elif line.startswith("when:") and found:
            found[-1] += f", in rows where {_rows_meant(line.removeprefix('when:').strip().strip('{}'))}"
    return found


def lines_of(question: Question) -> tuple[str, ...]:
    """Return what stands above a question when it is asked: what the data propose, and what there is to choose among."""
    proposed = (f"from the data: {question.proposal}",) if question.proposal else ()
    among = (f"one of: {', '.join(question.choices)}",) if question.choices else ()
    return (*proposed, *among)


def _rows_meant(condition: str) -> str:
    """Return a condition of a mapping in words.

    >>> _rows_meant('"Close date": ["*"], "Stage": ["Sold", "Paid"]')
    '"Close date" is filled and "Stage" is "Sold" or "Paid"'
    """
    parts = re.findall(r'("(?:[^"\\]|\\.)*"): \[(.*?)\](?:, |$)', condition)
    said = [
        f"{column} is {'filled' if values == ANYTHING else values.replace(', ', ' or ')}" for column, values in parts
    ]
    return " and ".join(said) or condition


def _files(start: Start, width: int) -> list[str]:
    lines = ["Files:"]
    for file in start.files:
        lines += textwrap.wrap(f"{file.given}: {_file(file)}", width, initial_indent="  ", subsequent_indent="    ")
        for bad in file.rejects:
            where = f"row {bad.row}{f', {bad.column}' if bad.column else ''}"
            lines += textwrap.wrap(
                f"{where}: {bad.text}", width, initial_indent="    not taken: ", subsequent_indent="      "
            )
        if file.rejected > len(file.rejects):
            kept = "" if file.lists else ", all in evidence/rejects/"
            lines.append(f"    not taken: {file.rejected - len(file.rejects)} more{kept}")
        for note in file.notes:
            lines += textwrap.wrap(note, width, initial_indent="    note: ", subsequent_indent="      ")
    return lines


def _file(file: FileRead) -> str:
    if file.status in ("read", "known", "empty"):
        before = "known from an earlier run; " if file.status == "known" else ""
        if not file.rows:
            return f"{before}{file.understood_as}, a header without rows"
        left = [f"{_count(count)} {_reason(reason, count)}" for reason, count in file.left_out.items()]
        apart = f"; left out: {', '.join(left)}" if left else ""
        rejected = f"; {_count(file.rejected)} rejected" if file.rejected else ""
        span = f", {file.span[0]} to {file.span[1]}" if file.span else ""
        return (
            f"{before}{file.understood_as}, {words.number(file.taken, 9)} of {_rows(file.rows)}{span}{rejected}{apart}"
        )
    if file.status == "same":
        return file.message
    said = file.message.removeprefix(f"{file.given}: ")
    if said.startswith(f"{file.given} "):
        said = f"it {said.removeprefix(f'{file.given} ')}"
    return f"{'not read yet' if file.status == 'waiting' else file.status}: {said}"


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{words.number(count, 9)} rows"


def _reason(reason: str, count: int) -> str:
    """Return why rows were left out, in the number of the rows."""
    said = reason.replace("_", " ")
    return SEVERAL.get(said, said) if count > 1 else said


def _draft(start: Start, width: int) -> list[str]:
    if not start.added:
        return [f"The draft: nothing new for {start.workspace.plan}; it stays as it is."]
    lines = [f"The draft, in {start.workspace.plan} (status idea):"]
    for section, name in BRIEF:
        mine = [one.line for one in start.added if one.section == section]
        if not mine:
            continue
        if section == STEPS:
            for place, line in enumerate(mine):
                lines += textwrap.wrap(
                    line, width, initial_indent=f"  {name if not place else '':<9} ", subsequent_indent=" " * 14
                )
            continue
        more = f", +{words.number(len(mine) - LISTED, 9)} more" if len(mine) > LISTED else ""
        text = f"{words.number(len(mine), 9)}: {', '.join(mine[:LISTED])}{more}"
        lines += textwrap.wrap(text, width, initial_indent=f"  {name:<9} ", subsequent_indent=" " * 12)
    lines += textwrap.wrap(
        "Not drafted, because no file can say it: objectives, targets, worth, strategy, segments, reasons.", width, initial_indent="  ",
        subsequent_indent="  ",
    )  # fmt: skip
    return lines


def _hundred(picture: Picture, width: int) -> list[str]:
    blocks = [
        [*_by_channel(picture.channels, one, width), *textwrap.wrap(one.sentence(), width)]
        for one in picture.channels.hundreds
    ]
    if not blocks or picture.channels.foreign_origins:
        blocks.append(_origins(picture.channels))
    blocks += [_as_listed(one, width) for one in picture.listed]
    if picture.channels.note and any(blocks):
        blocks.append(textwrap.wrap(picture.channels.note, width))
    lines = [line for block in blocks if block for line in (*block, "")]
    return [*lines, *textwrap.wrap(NO_PLAN, width)]


def _by_channel(found: ByChannel, hundred: StartHundred, width: int) -> list[str]:
    told = f"Where each 100 {hundred.currency} went, by channel and by the furthest state its data reach:"
    lines = [
        *textwrap.wrap(told, width),
        f"  {'of 100':>6}  {'channel':<{NAME}} {'cost':>11} {'visits':>7} {'named':>6} {'sales':>5}  reach",
    ]
    by_name = {one.name: one for one in found.channels}
    for name, whole in list(hundred.rows.items())[:ROWS]:
        one = by_name[name]
        counts = (one.visits, one.named, one.sales) if name != NO_CHANNEL else (0, 0, 0)
        cost = words.money(hundred.money[name], hundred.currency)
        cells = " ".join(f"{_count(count):>{wide}}" for count, wide in zip(counts, (7, 6, 5), strict=True))
        lines.append(f"  {whole:>6}  {_cut(name):<{NAME}} {cost:>11} {cells}  {REACH_WORDS[one.reach]}")
    return [*lines, *_more(hundred)]


def _as_listed(hundred: StartHundred, width: int) -> list[str]:
    """Return the money of activity lists by channel; nothing follows it."""
    told = f"Of each 100{f' {hundred.currency}' if hundred.currency else ''} in lists of activities, by channel (not what was paid"
    lines = [
        *textwrap.wrap(f"{told}{'' if hundred.currency else '; no currency named'}):", width),
        f"  {'of 100':>6}  {'channel':<{NAME}} {'as listed':>11}",
    ]
    for name, whole in list(hundred.rows.items())[:ROWS]:
        lines.append(
            f"  {whole:>6}  {_cut(name):<{NAME}} {words.money(hundred.money[name], hundred.currency).rstrip():>11}"
        )
    return [*lines, *_more(hundred)]


def _more(hundred: StartHundred) -> list[str]:
    rest = list(hundred.rows.values())[ROWS:]
    return [f"  {sum(rest):>6}  {len(rest)} more channels"] if rest else []


def _origins(found: ByChannel) -> list[str]:
    """Return where named people came from, per 100 of them, with the share that bought; people, not money."""
    if {one.name for one in found.origins} <= {NONE_GIVEN}:
        return []
    from leadline.align.hundred import whole_numbers

    total = sum(one.named for one in found.origins)
    wholes = whole_numbers([one.named / total for one in found.origins])
    bought = f" {'sales':>6}  share that bought (90 %)" if found.sales_known else ""
    lines = [
        "Where each 100 named came from, as the files say it (people, not money):",
        f"  {'of 100':>6}  {'origin':<{NAME}} {'named':>7}{bought}",
    ]
    for one, whole in list(zip(found.origins, wholes, strict=True))[:ROWS]:
        row = f"  {whole:>6}  {_cut(one.name):<{NAME}} {_count(one.named):>7}"
        if found.sales_known:
            if one.sales is None:
                lines.append(f"{row} {HIDDEN:>6}")
                continue
            low, high = exact_interval(one.sales, one.named)
            row += f" {_count(one.sales):>6}  {100 * one.sales / one.named:.1f} % ({100 * low:.1f} to {100 * high:.1f})"
        lines.append(row)
    if len(found.origins) > ROWS:
        lines.append(f"  {sum(wholes[ROWS:]):>6}  {len(found.origins) - ROWS} more origins")
    return lines


def _questions(start: Start, width: int) -> list[str]:
    lines = ["Open questions:"]
    for number, one in enumerate(start.questions, start=1):
        proposed = f" From the data: {one.proposal}." if one.proposal else ""
        among = f" One of: {', '.join(one.choices[:LISTED])}." if one.choices else ""
        lines += textwrap.wrap(
            f"{number}. {one.text}{among}{proposed} {one.why}", width, initial_indent="  ", subsequent_indent="     "
        )
    return lines


def next_steps(start: Start, width: int) -> list[str]:
    """Return what to do next."""
    if start.document is None:
        return textwrap.wrap(
            "Nothing was understood, so no workspace was made. Name an export of an ad account, of a CRM or of web analytics, or a "
            "sheet with a row per activity.", width,
        )  # fmt: skip
    folder = shlex.quote(str(start.workspace.folder))
    return [
        "Next:",
        f"  leadline check --workspace {folder}",
        f"  leadline review --workspace {folder}",
        f"  leadline init {folder} --flow quick",
    ]


def _bullets(texts: Sequence[str], width: int) -> list[str]:
    return [
        line for text in texts for line in textwrap.wrap(text, width, initial_indent="  ", subsequent_indent="    ")
    ]


def _count(count: int | None) -> str:
    if count is None:
        return HIDDEN
    return words.number(count, 9) if count else "–"


def _cut(text: str) -> str:
    return text if len(text) <= NAME else f"{text[: NAME - 1]}…"
