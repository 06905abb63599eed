"""Stage maps in leadline.toml, written entry by entry: everything else in the file stays as a person left it."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from pathlib import Path

from leadline.errors import UsageError
from leadline.evidence.tactics import folded
from leadline.review.draft_text import SETTINGS, with_stage_maps


def map_stages(file: Path, source: str, *, names: Mapping[str, str]) -> bool:
    """Let stages of a source be states in a settings file, in place of what was said before; return whether it changed.

    names: the source's name of a stage → state, "" to leave the stage as it is called
    Raises UsageError where the file is written so that an entry cannot be put in or taken out without touching the rest.
    """
    old = file.read_text(encoding="utf-8") if file.exists() else SETTINGS
    maps = _maps(old, file).get(source, {})
    text = _without(old, source, {raw for raw in maps if folded(raw) in {folded(name) for name in names}})
    added = {raw: state for raw, state in names.items() if state}
    text = with_stage_maps(text, {source: added}) if added else text
    kept = {raw: state for raw, state in maps.items() if folded(raw) not in {folded(name) for name in names}}
    if _maps(text, file).get(source, {}) != {**kept, **added}:
        raise UsageError(
            f"The stages of {source} are written in {file.name} in a way that cannot be added to safely. Nothing was written. "
            f"Write [stages.{json.dumps(source)}] as a table, one entry a line."
        )
    if text == old and file.exists():
        return False
    part = file.with_name(f"{file.name}.new")
    part.write_text(text, encoding="utf-8")
    part.replace(file)
    return True


def _maps(text: str, file: Path) -> dict[str, dict[str, str]]:
    """Return the maps a text holds. Raises UsageError where it is no TOML."""
    try:
        stages = tomllib.loads(text).get("stages", {})
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{file.name}: {error}. Correct the file; it is TOML in UTF-8.") from None
    return stages if isinstance(stages, dict) else {}


def _without(text: str, source: str, names: set[str]) -> str:
    """Return the text without the lines of some entries in a source's table."""
    heads = {f"[stages.{source}]", f"[stages.{json.dumps(source, ensure_ascii=False)}]"}
    kept, inside = [], False
    for line in text.split("\n"):
        bare = line.strip()
        if bare.startswith("["):
            inside = bare.split("#", 1)[0].strip() in heads
        if not (inside and names and _entry(bare) in names):
            kept.append(line)
    return "\n".join(kept)


def _entry(line: str) -> str | None:
    """Return the key of a line that holds one entry, else None."""
    try:
        found = tomllib.loads(line)
    except tomllib.TOMLDecodeError:
        return None
    return next(iter(found), None) if len(found) == 1 else None
