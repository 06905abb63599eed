"""Leadline: write a marketing strategy down as a plan, check it, measure its bets, decide on them, show it.

    import leadline as ll

    plan = ll.read_plan("plan.yaml")
    for finding in ll.check(plan):
        print(finding)

    journeys = ll.read_paths("paths.csv").journeys
    result = ll.credit_paths(journeys, "markov")
    result.table(); result.sentence(); result.chart()

The public names, by what they are for:

    plan        read_plan, parse_plan, Document
    check       check, CheckOptions, CheckResult, Finding
    journeys    read_paths, credit_paths, compare_credits, PathOptions
    panels      read_panel, read_mix, fit_mix, validate_mix, MixOptions
    pipeline    read_stage_file, fit_bridge, fit_bridges, forecast_pipeline, BridgeOptions, OpenPipeline
    workspace   review_workspace, Request, Review, Workspace
    errors      LeadlineError (those below it are drawn in `leadline.errors`)

Each name is loaded when it is first asked for, so `import leadline` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from leadline.align.finding import Finding
    from leadline.align.result import CheckResult
    from leadline.align.run import CheckOptions
    from leadline.errors import LeadlineError
    from leadline.evidence.panel_files import read_panel
    from leadline.evidence.path_files import read_paths
    from leadline.evidence.stage_files import read_stage_file
    from leadline.measure.bridge import (
        BridgeOptions,
        OpenPipeline,
        fit_bridge,
        fit_bridges,
        forecast_pipeline,
    )
    from leadline.measure.mix.fit import fit_mix
    from leadline.measure.mix.options import MixOptions
    from leadline.measure.mix.validate import validate_mix
    from leadline.measure.paths import PathOptions, compare_credits, credit_paths
    from leadline.plan.source import Document, parse_plan, read_plan
    from leadline.review.mix_files import read_mix
    from leadline.review.result import Review
    from leadline.review.run import Request
    from leadline.review.run import review as review_workspace
    from leadline.workspace import Workspace

# name → where it lives, as module:name
_HOMES = {
    "BridgeOptions": "leadline.measure.bridge:BridgeOptions",
    "CheckOptions": "leadline.align.run:CheckOptions",
    "CheckResult": "leadline.align.result:CheckResult",
    "Document": "leadline.plan.source:Document",
    "Finding": "leadline.align.finding:Finding",
    "LeadlineError": "leadline.errors:LeadlineError",
    "MixOptions": "leadline.measure.mix.options:MixOptions",
    "OpenPipeline": "leadline.measure.bridge:OpenPipeline",
    "PathOptions": "leadline.measure.paths:PathOptions",
    "Request": "leadline.review.run:Request",
    "Review": "leadline.review.result:Review",
    "Workspace": "leadline.workspace:Workspace",
    "compare_credits": "leadline.measure.paths:compare_credits",
    "credit_paths": "leadline.measure.paths:credit_paths",
    "fit_bridge": "leadline.measure.bridge:fit_bridge",
    "fit_bridges": "leadline.measure.bridge:fit_bridges",
    "fit_mix": "leadline.measure.mix.fit:fit_mix",
    "forecast_pipeline": "leadline.measure.bridge:forecast_pipeline",
    "parse_plan": "leadline.plan.source:parse_plan",
    "read_mix": "leadline.review.mix_files:read_mix",
    "read_panel": "leadline.evidence.panel_files:read_panel",
    "read_paths": "leadline.evidence.path_files:read_paths",
    "read_plan": "leadline.plan.source:read_plan",
    "read_stage_file": "leadline.evidence.stage_files:read_stage_file",
    "review_workspace": "leadline.review.run:review",
    "validate_mix": "leadline.measure.mix.validate:validate_mix",
}

__all__ = [
    "BridgeOptions",
    "CheckOptions",
    "CheckResult",
    "Document",
    "Finding",
    "LeadlineError",
    "MixOptions",
    "OpenPipeline",
    "PathOptions",
    "Request",
    "Review",
    "Workspace",
    "check",
    "compare_credits",
    "credit_paths",
    "fit_bridge",
    "fit_bridges",
    "fit_mix",
    "forecast_pipeline",
    "parse_plan",
    "read_mix",
    "read_panel",
    "read_paths",
    "read_plan",
    "read_stage_file",
    "review_workspace",
    "validate_mix",
]


def check(document: Document, options: CheckOptions | None = None) -> CheckResult:
    """Judge a plan; going through the result gives its findings.

    Without `options` the plan is judged as of the first day of its window: no clock is read, so the same plan
    gives the same findings on any day. `CheckOptions(as_of=...)` names another day, and thresholds, rules, evidence.
    Raises UsageError where neither the plan nor the options name a day, NothingDone where nothing could be judged.
    """
    from leadline.align.run import CheckOptions, check
    from leadline.errors import UsageError

    if options is None:
        window = document.plan.plan.window
        if window is None:
            raise UsageError(
                f"{next(iter(document.texts), 'The plan')}: the plan has no window, so there is no day on which to judge "
                "it. Write plan.window (2027-01-01..2027-12-31), or name the day: check(plan, CheckOptions(as_of=day))."
            )
        options = CheckOptions(as_of=window.start)
    return check(document, options)


def __getattr__(name: str) -> Any:  # noqa: ANN401 - whatever the name means
    """Load a public name when it is first asked for."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}. Known: {', '.join(__all__)}.")
    module, _, inside = _HOMES[name].partition(":")
    value = getattr(import_module(module), inside)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """Return the public names, loaded or not."""
    return sorted({*globals(), *__all__})
