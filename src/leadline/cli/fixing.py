"""`leadline check --fix`: what may be mended is mended and written; unsafe fixes are shown first and asked for."""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING

from leadline.cli.plans import Opened
from leadline.errors import UsageError
from leadline.words import harmless

if TYPE_CHECKING:
    from leadline.align.fixing import Mended
    from leadline.align.repairs import Fix
    from leadline.align.run import CheckOptions


def refuse_misuse(opened: Opened, *, fix: bool, unsafe: bool, yes: bool, since: str | None) -> None:
    """Raise UsageError where the options of mending do not go together."""
    if unsafe and not fix:
        raise UsageError("--unsafe goes with --fix: leadline check --fix --unsafe.")
    if yes and not unsafe:
        raise UsageError("--yes agrees to unsafe fixes, so it goes with --fix --unsafe.")
    if fix and since is not None:
        raise UsageError("--fix mends the whole plan, --since looks at a part of it. Leave one of them out.")
    if fix and opened.path is None:
        raise UsageError("A plan in a git revision cannot be changed. Name the plan's file, or check it out first.")


def mend_plan(opened: Opened, options: CheckOptions, *, unsafe: bool, yes: bool) -> Mended:
    """Mend the plan and write it; unsafe fixes are shown, and made when somebody at the terminal says so, or by --yes.

    Raises PlanError when the plan changed on disk meanwhile.
    """
    from leadline.align.fixing import mend
    from leadline.plan.saving import save

    consent = (lambda fix, diff: _agreed(fix, diff, yes=yes)) if unsafe else None
    mended = mend(opened.document, options, consent=consent, records=opened.reviewed.reviews)
    save(opened.document.texts, mended.document.texts)
    return mended


def _agreed(fix: Fix, diff: str, *, yes: bool) -> bool:
    """Show an unsafe fix on standard error; ask where somebody can answer."""
    from leadline.align.writers.fixes import ask

    sys.stderr.write(harmless(ask(fix, diff, width=min(100, shutil.get_terminal_size((80, 24)).columns))))
    if yes:
        return True
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return False
    sys.stderr.write("apply this? [y/N] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in ("y", "yes")
