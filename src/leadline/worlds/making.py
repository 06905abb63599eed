"""Making a world: the files that such a company would have, and beside them the truth."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from leadline.plan.source import Document, read_plan
from leadline.worlds.company import Company, simulate
from leadline.worlds.people import make_register
from leadline.worlds.truth import truth_of
from leadline.worlds.visits import make_visits
from leadline.worlds.world import World, read_world, world_folder
from leadline.worlds.writers.ga4 import ga4_files
from leadline.worlds.writers.google_ads import google_ads_files
from leadline.worlds.writers.hubspot import hubspot_files
from leadline.worlds.writers.linkedin_ads import linkedin_ads_files
from leadline.worlds.writers.mapped import mapped_files
from leadline.worlds.writers.written import Written

EXPORTS = "exports"


@dataclass(frozen=True)
class WorldFiles:
    """What was written.

    folder: the workspace · exports: the files in it, mapping files included · truth: the document
    plan, settings: copies of the world's own, None where the world came without them
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
    Same world, plan and seed give the same bytes. Raises UsageError for an unknown name.
    """
    folder = world_folder(world) if isinstance(world, str) else None
    company = live(world, seed, plan=plan)
    exports = out_dir / EXPORTS
    exports.mkdir(parents=True, exist_ok=True)
    written, truth = write_up(company)
    for file in written:
        (exports / file.name).write_bytes(file.data)
    truth_path = out_dir / "truth.json"
    truth_path.write_text(truth, encoding="utf-8")
    paths = tuple(exports / file.name for file in written)
    if folder is None:
        return WorldFiles(out_dir, paths, truth_path)
    copies = [_copy(folder / name, out_dir / name) for name in ("plan.yaml", "leadline.toml")]
    return WorldFiles(out_dir, paths, truth_path, plan=copies[0], settings=copies[1])


def live(world: str | World, seed: int | None = None, *, plan: Document | None = None) -> Company:
    """Return the simulated company of a shipped world, or of a given one with its plan."""
    if isinstance(world, str):
        folder = world_folder(world)
        world, plan = read_world(folder / "world.yaml"), plan or read_plan(folder / "plan.yaml")
    if plan is None:
        raise ValueError("A world that does not ship needs its plan: make_world(world, out_dir, seed, plan=plan).")
    return simulate(world, plan, seed=world.world.seed if seed is None else seed)


def write_up(company: Company) -> tuple[list[Written], str]:
    """Return every export as bytes, and the truth as JSON text."""
    register = make_register(company)
    visits = make_visits(company, register)
    ga4 = list(ga4_files(company, visits))
    forms = frozenset(visit.user for visit in visits if visit.user and visit.at <= company.as_of)
    files = [
        *ga4,
        *google_ads_files(company),
        *linkedin_ads_files(company),
        *hubspot_files(company, register),
        *mapped_files(company, register, forms=forms),
    ]
    truth = truth_of(company, register, visits=visits, files=files)
    return files, json.dumps(truth, ensure_ascii=False, indent=1, default=str) + "\n"


def _copy(source: Path, target: Path) -> Path:
    target.write_bytes(source.read_bytes())
    return target
