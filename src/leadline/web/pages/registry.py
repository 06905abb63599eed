"""Every page of the browser, in the order of the navigation."""

from __future__ import annotations

from types import ModuleType

from leadline.web.pages import (
    control,
    evidence,
    findings,
    front,
    interview,
    jobs,
    maps,
    plan,
    plan_changes,
    rejects,
    shown,
    start,
    what_if,
)

PAGES: tuple[ModuleType, ...] = (
    front,
    interview,
    plan_changes,
    plan,
    evidence,
    findings,
    rejects,
    control,
    jobs,
    maps,
    shown,
    start,
    what_if,
)
