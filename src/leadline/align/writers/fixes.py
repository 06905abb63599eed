"""What was mended and what was left, as text and as rows of the check's document. Nothing is printed here."""

from __future__ import annotations

import textwrap

from leadline.align.fixing import Mended
from leadline.align.repairs import Fix
from leadline.align.writers.document import FixedDocument


def write_fixes(mended: Mended, *, width: int = 80) -> str:
    """Return what was done first, then what was left with the reason."""
    lines = textwrap.wrap(f"{mended.sentence()}.", width)
    for one in mended.applied:
        lines += _line("fixed", one.fix, "", width)
    for other in mended.left:
        lines += _line("left", other.fix, other.reason, width)
    return "\n".join(lines) + "\n"


def _line(verb: str, fix: Fix, reason: str, width: int) -> list[str]:
    code = f"{fix.code} " if fix.code else ""
    text = f"{fix.place.file}:{fix.place.line}  {code}{fix.what}" + (f": {reason}" if reason else "")
    return textwrap.wrap(text, width, initial_indent=f"  {verb:<5} ", subsequent_indent=" " * 10)


def ask(fix: Fix, diff: str, *, width: int = 80) -> str:
    """Return what an unsafe fix would do, as it is shown before it is made."""
    return "\n".join([*_line("would", fix, "", width), diff]) + "\n"


def fix_rows(mended: Mended) -> tuple[list[FixedDocument], list[FixedDocument]]:
    """Return what was fixed and what was left, for the document."""
    fixed = [_row(one.fix, one.diff, None) for one in mended.applied]
    return fixed, [_row(one.fix, one.diff, one.reason) for one in mended.left]


def _row(fix: Fix, diff: str, reason: str | None) -> FixedDocument:
    return FixedDocument(
        what=fix.what,
        file=fix.place.file,
        line=fix.place.line,
        safety=fix.safety,
        code=fix.code,
        element=fix.element,
        diff=diff,
        reason=reason,
    )
