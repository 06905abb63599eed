"""The last review's pages, read once per review; None until there was one."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from leadline.report.kept import Kept
    from leadline.web.site import Site


def current(site: Site) -> Kept | None:
    """Return what the last review kept: its pages, and how its checks were asked."""
    from leadline.report.kept import latest

    return latest(site.workspace)
