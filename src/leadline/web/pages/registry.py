"""Every page of the browser, in the order of the navigation."""

from __future__ import annotations

from types import ModuleType

from leadline.web.pages import jobs, shown

PAGES: tuple[ModuleType, ...] = (jobs, shown)
