"""Every document that leaves the program, by the verb that prints it: what `leadline schema VERB` and the web's /api publish."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from leadline.errors import UsageError

if TYPE_CHECKING:
    from pydantic import BaseModel

    from leadline.review.verb_documents import RuleDocument

PLAN = "plan"
# verb → module and class of its document; loaded only when asked for
DOCUMENTS = {
    "attribute": "leadline.review.verb_documents:AnyAttribution",
    "check": "leadline.align.writers.document:CheckDocument",
    "decide": "leadline.review.documents:DecideDocument",
    "demo": "leadline.review.documents:ReviewDocument",
    "diff": "leadline.align.writers.difference:DiffDocument",
    "drift": "leadline.review.drift_document:DriftDocument",
    "evidence": "leadline.review.verb_documents:AnyEvidence",
    "example": "leadline.review.verb_documents:WrittenDocument",
    "explain": "leadline.review.verb_documents:RuleDocument",
    "forget": "leadline.review.verb_documents:ForgetDocument",
    "import": "leadline.review.verb_documents:ImportDocuments",
    "init": "leadline.review.verb_documents:WrittenDocument",
    "map": "leadline.review.verb_documents:WrittenDocument",
    "measure": "leadline.review.documents:MeasureDocument",
    "mix": "leadline.review.mix_document:MixDocument",
    "pipeline": "leadline.review.verb_documents:PipelineDocument",
    "report": "leadline.review.verb_documents:WrittenDocument",
    "review": "leadline.review.documents:ReviewDocument",
    "review-link": "leadline.review.plan_documents:ReviewLinkDocument",
    "serve": "leadline.review.verb_documents:ServeDocument",
    "start": "leadline.review.start_document:StartDocument",
    "waive": "leadline.review.plan_documents:WaiveDocument",
    "what-if": "leadline.review.what_if_document:WhatIfDocument",
    "worked": "leadline.review.verb_documents:WorkedDocument",
}


def document_of_verb(verb: str) -> type[BaseModel]:
    """Return the model of a verb's document. Raises UsageError for a verb that prints none."""
    if verb not in DOCUMENTS:
        raise UsageError.unknown("schema", verb, known=[PLAN, *DOCUMENTS])
    module, name = DOCUMENTS[verb].split(":")
    model: type[BaseModel] = getattr(importlib.import_module(module), name)
    return model


def document_schema(verb: str) -> dict[str, Any]:
    """Return the JSON schema of a verb's document, or of the plan as editors of it want it. Raises UsageError."""
    if verb == PLAN:
        from leadline.plan.schema import plan_schema

        return plan_schema()
    return document_of_verb(verb).model_json_schema()


def rule_document(code: str) -> RuleDocument:
    """Return what one rule is about, by its code or name. Raises UsageError for an unknown one."""
    from leadline.align import examples, registry
    from leadline.align.waivers import is_waivable
    from leadline.review.verb_documents import RuleDocument

    rule = registry.find_rule(code)
    return RuleDocument(
        code=rule.code, name=rule.name, level=rule.level, structural=rule.structural, what=rule.doc.what, why=rule.doc.why,
        source=rule.doc.source, fix=rule.doc.fix, thresholds=dict(rule.thresholds), bad=examples.text_of(rule.code, "bad"),
        good=examples.text_of(rule.code, "good"), waivable=is_waivable(rule),
    )  # fmt: skip
