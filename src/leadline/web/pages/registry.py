"""Every page of the browser, and the order of the navigation."""

from __future__ import annotations

from types import ModuleType

from leadline.web.pages import (
    api,
    control,
    evidence,
    findings,
    front,
    interview,
    jobs,
    mapping,
    maps,
    mix,
    people,
    permission,
    plan,
    plan_changes,
    rejects,
    shown,
    stages,
    start,
    what_if,
)

ORDER = ("/", "/plan", "/maps", "/show/roadmap", "/evidence", "/results", "/show/objectives", "/control")
"""Where entries of the navigation stand; any other follows them."""

PAGES: tuple[ModuleType, ...] = (
    front,
    interview,
    plan_changes,
    plan,
    evidence,
    findings,
    rejects,
    people,
    permission,
    stages,
    mapping,
    control,
    jobs,
    maps,
    mix,
    shown,
    start,
    what_if,
    api,
)
