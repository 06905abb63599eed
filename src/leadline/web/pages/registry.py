"""Every page of the browser, in the order of the navigation."""

from __future__ import annotations

from types import ModuleType

from leadline.web.pages import evidence, front, interview, jobs, shown, what_if

PAGES: tuple[ModuleType, ...] = (front, interview, evidence, jobs, shown, what_if)
