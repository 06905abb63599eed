"""Files of a page, made in a process of their own: `python -m leadline.web.filing ENDING`, page in, file out.

    content = await file_of(page, "pdf", site=site)

A review as Word takes seconds of a core, and libraries that draw hold the whole server for tenths of a second at a time;
so those who read would wait for those who take a file along. One file is made at a time, at the pace that pages leave.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, cast

from leadline.errors import LeadlineError

if TYPE_CHECKING:
    from anyio import CapacityLimiter

    from leadline.report.blocks import Page
    from leadline.web.site import Site

# The formats that are drawn or packed; measured on the demo's review: 1 to 4 s, pages meanwhile up to 1.5 s.
APART = frozenset({"pdf", "docx", "pptx", "xlsx"})
AT_ONCE = 1  # own: of two cores one stays with the pages
MOST_SECONDS = 300.0  # own: seventy times the review of the demo as Word, the slowest there is
NICENESS = 5  # own: behind the pages, before the jobs, for somebody waits for it
SHARED = "filing"
REFUSED = 3  # exit code: what stands on standard output is said to the person, for libraries warn on the other one


async def file_of(page: Page, ending: str, *, site: Site) -> bytes:
    """Return a page as a file. ending: of FORMATS. Raises LeadlineError for what a person can mend."""
    from anyio import CapacityLimiter, to_thread

    if ending not in APART:
        return await to_thread.run_sync(_written, page, ending)
    # Of its own: whoever waits here takes no thread from those who read.
    limiter = cast("CapacityLimiter", site.shared.setdefault(SHARED, CapacityLimiter(AT_ONCE)))
    return await to_thread.run_sync(_made_apart, page, ending, limiter=limiter)


def _written(page: Page, ending: str) -> bytes:
    from leadline.report.writing import FORMATS

    return FORMATS[ending](page)


def _made_apart(page: Page, ending: str) -> bytes:
    from leadline.report import blocks
    from leadline.report.kept import PAGE_SHAPES

    told = json.dumps(PAGE_SHAPES.write(page, blocks.Page)).encode()
    command = [sys.executable, "-P", "-m", "leadline.web.filing", ending]
    try:
        done = subprocess.run(command, input=told, capture_output=True, timeout=MOST_SECONDS, check=False)  # noqa: S603 - our own module; what a person wrote is data on its standard input
    except subprocess.TimeoutExpired:
        raise LeadlineError(
            f"{page.title}: The file was not made within {MOST_SECONDS:.0f} seconds. Take the page along as HTML, or one of its tables as CSV."
        ) from None
    if done.returncode == REFUSED:
        raise LeadlineError(done.stdout.decode("utf-8", "replace").strip())
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip()
        raise RuntimeError(f"the process that makes a file ended with {done.returncode}: {said.rpartition(chr(10))[2]}")
    return done.stdout


def main(ending: str) -> int:
    """Read a page from standard input, write the file to standard output; return the exit code."""
    from leadline.report import blocks
    from leadline.report.kept import PAGE_SHAPES

    os.nice(NICENESS)
    page = PAGE_SHAPES.read(json.loads(sys.stdin.buffer.read()), blocks.Page)
    try:
        content = _written(page, ending)
    except LeadlineError as refused:
        sys.stdout.buffer.write(str(refused).encode("utf-8", "replace"))
        return REFUSED
    sys.stdout.buffer.write(content)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
