"""While a mix is fitted: what is said of it, and where compiled models are kept; the same in a terminal and in a browser."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from leadline.measure.mix.sampler import Progress


def cache_folder() -> Path:
    """Return where compiled models are kept: `$XDG_CACHE_HOME/leadline`, else `~/.cache/leadline`."""
    home = os.environ.get("XDG_CACHE_HOME")
    return (Path(home) if home else Path.home() / ".cache") / "leadline"


def progress_words(seen: Progress) -> str:
    """Return how far a fit is, in one line."""
    parts = [seen.phase if not seen.total else f"{seen.phase}: {seen.done} of {seen.total}"]
    if seen.divergences:
        parts.append(f"{seen.divergences} {'divergence' if seen.divergences == 1 else 'divergences'}")
    if seen.ess is not None:
        parts.append(f"effective draws {seen.ess:.0f}")
    if seen.left is not None:
        parts.append(f"{seen.left:.0f} s left")
    return ", ".join(parts)
