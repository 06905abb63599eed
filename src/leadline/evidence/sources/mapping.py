"""Mapping files: how a table that no format knows becomes canonical rows."""

from __future__ import annotations

from pathlib import Path

from leadline.evidence.sources.records import Head


def attach_mapping(head: Head, folder: Path | None) -> Head:
    """Return the head with the mapping that goes with it."""
    return head
