"""Findings as SARIF 2.1.0 (OASIS standard), for code scanning and editors."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.metadata import version

from leadline.align import registry
from leadline.align.finding import Finding, Level
from leadline.align.result import CheckResult
from leadline.plan.places import Place

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS: dict[Level, str] = {"error": "error", "warning": "warning", "note": "note"}


def write_sarif(result: CheckResult) -> str:
    """Return the SARIF log as text."""
    return json.dumps(sarif(result), indent=2, ensure_ascii=False) + "\n"


def sarif(result: CheckResult) -> dict[str, object]:
    """Return the SARIF log: one run, rules that fired with their doc blocks, folded findings left to their root."""
    listed = [finding for finding in result.findings if not finding.caused_by]
    codes = sorted({finding.code for finding in listed})
    index = {code: position for position, code in enumerate(codes)}
    driver = {
        "name": "leadline",
        "semanticVersion": version("leadline"),
        "rules": [_rule(code) for code in codes],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(finding, index) for finding in listed],
        "properties": {
            "as_of": result.as_of.isoformat(),
            "plan_hash": result.document.hash,
            "summary": result.sentence(),
        },
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(code: str) -> dict[str, object]:
    rule = registry.find_rule(code)
    return {
        "id": rule.code,
        "name": "".join(part.capitalize() for part in rule.name.split("-")),
        "shortDescription": {"text": rule.doc.summary},
        "fullDescription": {"text": f"{rule.doc.what} Why: {rule.doc.why}"},
        "help": {"text": f"{rule.doc.fix} More: leadline explain {rule.code}"},
        "defaultConfiguration": {"level": _LEVELS[rule.level]},
    }


def _result(finding: Finding, index: Mapping[str, int]) -> dict[str, object]:
    result: dict[str, object] = {
        "ruleId": finding.code,
        "ruleIndex": index[finding.code],
        "level": _LEVELS[finding.level],
        "message": {"text": finding.told()},
        "locations": [_location(finding.place)],
        "partialFingerprints": {"leadline/v1": finding.fingerprint},
        "properties": {"element": finding.element.id, "values": dict(finding.values), "units": dict(finding.units)},
    }
    if finding.related:
        result["relatedLocations"] = [
            {"id": number, **_location(one.place), "message": {"text": one.label}}
            for number, one in enumerate(finding.related)
        ]
    if finding.waived_by:
        result["suppressions"] = [{"kind": "external", "justification": f"waiver {finding.waived_by} in the plan"}]
    return result


def _location(place: Place) -> dict[str, object]:
    region = {
        "startLine": place.line,
        "startColumn": place.column,
        "endLine": place.end_line,
        "endColumn": place.end_column,
    }
    return {"physicalLocation": {"artifactLocation": {"uri": place.file}, "region": region}}
