"""Every finding of the plan as it stands, and each rule explained.

/findings?level=error     what is wrong, with its place, the reason and the next step
/explain                  every rule there is
/explain/CODE             one rule: what, why, on what grounds, a bad and a good example, how to make an exception
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException
from starlette.routing import Route

from leadline.align.finding import LEVELS
from leadline.errors import NothingDone, UsageError
from leadline.web.judging import Judged, judged
from leadline.web.pages.shown import reviewing
from leadline.web.shell import render, see
from leadline.web.site import site_of

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from leadline.align.explain import Explained
    from leadline.report.blocks import Section


def show(request: Request) -> Response:
    """Show every finding, or those of one level."""
    try:
        seen = judged(site_of(request))
    except NothingDone:
        seen = None
    if seen is None:
        return see("/")
    level = request.query_params.get("level", "")
    level = level if level in LEVELS else ""
    section = seen.once(lambda: _section(seen, level), key=f"findings:{level}")
    job = reviewing(site_of(request))
    return render(request, "findings.html", seen=seen, section=section, level=level, levels=LEVELS, job=job)


def explain(request: Request) -> Response:
    """Explain one rule."""
    from leadline.align import registry
    from leadline.align.explain import example_of

    try:
        rule = registry.find_rule(request.path_params["code"])
    except UsageError:
        raise HTTPException(404) from None
    if request.path_params["code"] != rule.code:
        return see(f"/explain/{rule.code}")
    seen = _plan(request)
    found = [one for one in seen.check.findings if one.code == rule.code] if seen else []
    return render(
        request, "explain.html", rule=rule, said=_explained(rule.code), bad=example_of(rule, "bad"), good=example_of(rule, "good"),
        found=found, seen=seen,
    )  # fmt: skip


def rules(request: Request) -> Response:
    """List every rule."""
    from leadline.align import registry

    families: dict[str, list[object]] = {}
    for rule in registry.RULES:
        families.setdefault(rule.family, []).append(rule)
    return render(request, "rules.html", families=families)


@cache
def _explained(code: str) -> Explained:
    """Return a rule in its parts; what it says of its example is asked once."""
    from leadline.align import registry
    from leadline.align.explain import explained

    return explained(registry.find_rule(code))


def _plan(request: Request) -> Judged | None:
    try:
        return judged(site_of(request))
    except NothingDone:
        return None


def _section(seen: Judged, level: str) -> Section:
    from leadline.report.blocks import FindingList
    from leadline.report.pages.judged import findings

    found = findings(seen)
    if not level:
        return found
    lists = [block for block in found.blocks if isinstance(block, FindingList)]
    kept = [replace(block, items=tuple(one for one in block.items if one.level == level)) for block in lists]
    return replace(found, blocks=tuple(block for block in kept if block.items))


ROUTES = (
    Route("/findings", show, methods=["GET"]),
    Route("/explain", rules, methods=["GET"]),
    Route("/explain/{code}", explain, methods=["GET"]),
)
