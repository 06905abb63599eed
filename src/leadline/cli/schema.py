"""`leadline schema`: the JSON schema of the plan, or of a verb's document."""

from __future__ import annotations

import importlib
import json
from typing import Annotated

import typer

from leadline.cli.options import DebugOption, say
from leadline.errors import UsageError

# verb → module and class of its document; loaded only when asked for
DOCUMENTS = {
    "attribute": "leadline.cli.documents:AnyAttribution",
    "check": "leadline.align.writers.document:CheckDocument",
    "decide": "leadline.review.documents:DecideDocument",
    "demo": "leadline.review.documents:ReviewDocument",
    "diff": "leadline.align.writers.difference:DiffDocument",
    "drift": "leadline.review.drift_document:DriftDocument",
    "evidence": "leadline.cli.documents:EvidenceDocument",
    "example": "leadline.cli.documents:WrittenDocument",
    "explain": "leadline.cli.documents:RuleDocument",
    "import": "leadline.cli.documents:ImportDocuments",
    "init": "leadline.cli.documents:WrittenDocument",
    "map": "leadline.cli.documents:WrittenDocument",
    "measure": "leadline.review.documents:MeasureDocument",
    "pipeline": "leadline.cli.documents:PipelineDocument",
    "report": "leadline.cli.documents:WrittenDocument",
    "review": "leadline.review.documents:ReviewDocument",
    "review-link": "leadline.cli.plan_documents:ReviewLinkDocument",
    "start": "leadline.review.start_document:StartDocument",
    "waive": "leadline.cli.plan_documents:WaiveDocument",
    "what-if": "leadline.cli.documents:WhatIfDocument",
    "worked": "leadline.cli.documents:WorkedDocument",
}


def schema(
    verb: Annotated[str | None, typer.Argument(help="A verb; without one, the plan.", show_default=False)] = None,
    debug: DebugOption = False,
) -> None:
    """Print the JSON schema of the plan (for editors), or of the document that a verb prints with --json.

    Example: leadline schema check
    """
    if verb in (None, "plan"):
        from leadline.plan.schema import plan_schema

        say(json.dumps(plan_schema(), indent=1))
        return
    if verb not in DOCUMENTS:
        raise UsageError.unknown("schema", str(verb), known=["plan", *DOCUMENTS])
    module, name = DOCUMENTS[str(verb)].split(":")
    say(json.dumps(getattr(importlib.import_module(module), name).model_json_schema(), indent=1))
