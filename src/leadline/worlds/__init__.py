"""Made-up companies whose truth is known: a plan and true effects in, the exports such a company would have out.

    make_world("halden", folder)     a workspace: exports, plan, settings, and truth.json beside them
    live("halden", seed)             the company itself, nothing written
    as_promised(world, plan)         the same company, keeping its plan's word; `.with_fault(kind)` breaks it in one place
    make_panel, stages_of, make_stages, make_paths   its truth as `leadline.inputs`, without files

Readers and writers are independent (this room imports only `plan`), so that each checks the other.
"""

from leadline.worlds.company import Company, simulate
from leadline.worlds.direct import make_paths, make_stages, stages_of
from leadline.worlds.making import WorldFiles, live, make_world
from leadline.worlds.panel import make_panel
from leadline.worlds.promised import as_promised
from leadline.worlds.world import World, parse_world, read_world, shipped_worlds, world_folder

__all__ = [
    "Company", "World", "WorldFiles", "as_promised", "live", "make_panel", "make_paths", "make_stages", "make_world",
    "parse_world", "read_world", "shipped_worlds", "simulate", "stages_of", "world_folder",
]  # fmt: skip
