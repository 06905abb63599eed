"""The types that every input is made of, and the content hash that equal data share."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Times = npt.NDArray[np.datetime64]


def content_hash(kind: str, lines: Iterable[str]) -> str:
    """Return the first 16 hex digits of SHA-256 over the lines, with the kind in front."""
    digest = hashlib.sha256(kind.encode())
    for line in lines:
        digest.update(b"\x1d")
        digest.update(line.encode())
    return digest.hexdigest()[:16]
