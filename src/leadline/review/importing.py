"""The workspace's side of an import: which files it takes, and what they are read with."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from pathlib import Path
from typing import cast

from leadline.evidence.channels import Channels, Op, Rule
from leadline.evidence.import_jobs import Setup
from leadline.evidence.privacy import workspace_key
from leadline.evidence.store import open_store
from leadline.plan.model import Plan
from leadline.settings import ChannelSettings, Settings
from leadline.workspace import Workspace

ACTIVITIES = "activities"  # folder in exports/ of lists that `leadline start` reads; nothing of them is imported
NOT_EXPORTS = (".mapping.yaml", ".md")  # mapping files, and notes of people to people


def exports_of(workspace: Workspace) -> list[Path]:
    """Return the files of `exports/` that an import without options would take, known ones among them."""
    if not workspace.exports.is_dir():
        return []
    otherwise = _imported_otherwise(workspace)
    return [
        path
        for path in sorted(workspace.exports.rglob("*"))
        if path.is_file() and not path.name.startswith(".") and not path.name.endswith(NOT_EXPORTS)
        if path.relative_to(workspace.exports).parts[0] != ACTIVITIES and not _is_among(otherwise, path)
    ]


def _imported_otherwise(workspace: Workspace) -> dict[int, set[str]]:
    """Return the files that came in by options of their own, such as --currency, as bytes -> sha256.

    Without these options they would only be refused.
    """
    store, found = open_store(workspace), defaultdict[int, set[str]](set)
    if store.exists():
        for row in store.ask("SELECT DISTINCT bytes, sha256 FROM imports WHERE options <> '{}'").to_pylist():
            found[row["bytes"]].add(row["sha256"])
    return found


def _is_among(files: dict[int, set[str]], path: Path) -> bool:
    known = files.get(path.stat().st_size)
    if not known:
        return False
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() in known


def setup_of(plan: Plan, settings: Settings) -> Setup:
    """Return the workspace's side of an import: the key of its pseudonyms, its stage maps, its accounts."""
    return Setup(
        key=workspace_key(plan.plan.id), stage_maps=settings.stages, own_accounts=settings.own_accounts,
        identity=settings.identity, seed=settings.seed, channels=channels_of(settings.channels),
        retention=settings.retention, as_of=settings.as_of, small_cell=settings.privacy.small_cell,
    )  # fmt: skip


def channels_of(given: ChannelSettings) -> Channels:
    """Return the channel rules of a workspace: its own in front of and behind the known ones, and its exclusions."""
    before, behind = (
        tuple(
            Rule(one.field, cast("Op", one.op), one.pattern, one.channel, one.and_field, cast("Op | None", one.and_op), one.and_pattern, origin="workspace")
            for one in side
        )
        for side in (given.before, given.behind)
    )  # fmt: skip
    return Channels(given.exclude, before, behind)
