"""Making a world: the files that such a company would have, and beside them the truth."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from leadline.plan.source import Document, read_plan
from leadline.worlds.company import Company, simulate
from leadline.worlds.people import make_register
from leadline.worlds.truth import truth_of
from leadline.worlds.visits import make_visits
from leadline.worlds.world import World, read_world, world_folder
from leadline.worlds.writers.every import Material, every_file
from leadline.worlds.writers.ga4_crowd import write_crowd
from leadline.worlds.writers.written import Written

EXPORTS = "exports"


@dataclass(frozen=True)
class WorldFiles:
    """What was written.

    folder: the workspace · exports: the files in it, mapping files included · truth: the document
    plan: the plan the company lives by · settings: a copy of the world's own, None where it came without
    """

    folder: Path
    exports: tuple[Path, ...]
    truth: Path
    plan: Path | None = None
    settings: Path | None = None


def make_world(
    world: str | World, out_dir: Path, *, seed: int | None = None, plan: Document | None = None
) -> WorldFiles:
    """Write a workspace: `exports/` with its mapping files, the plan, the settings, and `truth.json` beside them.

    world: a shipped world's name, or a World (then `plan` is the plan it lives by) · seed: the world's own by default
    Same world, plan and seed give the same bytes. The visits of a world made large (`scale`) are streamed to disk, a
    month at a time. Raises UsageError for an unknown name.
    """
    folder = world_folder(world) if isinstance(world, str) else None
    company = live(world, seed, plan=plan)
    exports = out_dir / EXPORTS
    exports.mkdir(parents=True, exist_ok=True)
    crowd = write_crowd(company, exports) if company.world.world.scale > 1 and "ga4" in company.world.exports else []
    written, truth = write_up(company, streamed=crowd)
    for file in written:
        (exports / file.name).write_bytes(file.data)
    truth_path = out_dir / "truth.json"
    truth_path.write_text(truth, encoding="utf-8")
    paths = tuple(exports / file.name for file in (*written, *crowd))
    plan_path = out_dir / "plan.yaml"
    if len(company.document.texts) == 1:
        plan_path.write_text(next(iter(company.document.texts.values())), encoding="utf-8", newline="")
    if folder is None:
        return WorldFiles(out_dir, paths, truth_path, plan=plan_path if plan_path.exists() else None)
    settings = out_dir / "leadline.toml"
    settings.write_bytes((folder / "leadline.toml").read_bytes())
    return WorldFiles(out_dir, paths, truth_path, plan=plan_path, settings=settings)


def live(world: str | World, seed: int | None = None, *, plan: Document | None = None) -> Company:
    """Return the simulated company of a shipped world, or of a given one with its plan."""
    if isinstance(world, str):
        folder = world_folder(world)
        world, plan = read_world(folder / "world.yaml"), plan or read_plan(folder / "plan.yaml")
    if plan is None:
        raise ValueError("A world that does not ship needs its plan: make_world(world, out_dir, seed, plan=plan).")
    return simulate(world, plan, seed=world.world.seed if seed is None else seed)


def write_up(company: Company, *, streamed: Sequence[Written] = ()) -> tuple[list[Written], str]:
    """Return every export as bytes, and the truth as JSON text; streamed: files that were written already."""
    register = make_register(company)
    material = Material(company, register, make_visits(company, register))
    files = list(every_file(material))
    truth = truth_of(material, files=[*files, *streamed])
    return files, json.dumps(truth, ensure_ascii=False, indent=1, default=str) + "\n"
