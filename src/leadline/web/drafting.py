"""A first mapping of a file nobody knows, drafted in a process of its own: a hostile file can fill its memory, not ours.

text = draft(path, mappings=workspace.mappings)
"""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path

from leadline.errors import ImportRefused, LeadlineError, UsageError

PATIENCE_SECONDS = 30.0  # own: the head of a large workbook is there after ten
MEMORY_BYTES = 2 << 30  # own: what the largest workbook that is let through takes
REFUSED = 2  # interfaces.md: unreadable input


def draft(path: Path) -> str:
    """Return a mapping to complete. Raises ImportRefused for a file that cannot be looked at, UsageError where it takes too long."""
    command = [sys.executable, "-P", "-m", "leadline.web.drafting", str(path)]
    try:
        done = subprocess.run(  # noqa: S603 - our own module; the path is one of exports/, given as data
            command, capture_output=True, timeout=PATIENCE_SECONDS, check=False, stdin=subprocess.DEVNULL
        )
    except subprocess.TimeoutExpired:
        raise UsageError(f"{path.name} takes too long to look at. Export the table alone, as CSV.") from None
    if done.returncode == REFUSED:
        raise ImportRefused("not_recognised", done.stderr.decode("utf-8", errors="replace").strip())
    if done.returncode != 0:
        raise ImportRefused("binary", f"{path.name} could not be looked at. Export the table alone, as CSV.")
    return done.stdout.decode("utf-8")


def main(path: Path) -> int:
    """Write the draft of a file to standard output; return 0, or 2 with the reason on standard error."""
    from leadline.evidence.sources.draft import draft_mapping
    from leadline.evidence.sources.sniff import open_head

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    try:
        text = draft_mapping(open_head(path))
    except LeadlineError as error:
        sys.stderr.buffer.write(str(error).encode("utf-8", errors="replace"))
        return REFUSED
    sys.stdout.buffer.write(text.encode("utf-8"))
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
