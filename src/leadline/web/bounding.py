"""A bound on memory while files of strangers are read: one that swells fails alone, and the machine goes on.

The bound is on address space, so it holds only around reading: the engine that draws reserves more than any machine has.
"""

from __future__ import annotations

import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from leadline.errors import UsageError

LEAST_BYTES = 8 << 30  # own: threads and mapped files reserve some GiB that they never fill


@contextmanager
def bounded_memory() -> Iterator[None]:
    """Let this process take no more than the machine has, beside what it reserved before. Raises UsageError where that is not enough."""
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    page = os.sysconf("SC_PAGE_SIZE")
    most = max(LEAST_BYTES, page * os.sysconf("SC_PHYS_PAGES"))
    bounds = [most + page * _reserved(), *(one for one in (soft, hard) if one != resource.RLIM_INFINITY)]
    resource.setrlimit(resource.RLIMIT_AS, (min(bounds), hard))
    try:
        yield
    except MemoryError:
        raise UsageError(
            f"These files need more memory than this machine has ({most >> 30} GiB). "
            "Nothing was half-written. Export a smaller span or fewer columns, as CSV."
        ) from None
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def _reserved() -> int:
    """Return the pages of address space that this process has reserved already, 0 where the system does not say."""
    try:
        return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    except (OSError, ValueError, IndexError):
        return 0
