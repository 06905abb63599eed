"""Findings as annotations of a pull request (workflow commands of GitHub Actions)."""

from __future__ import annotations

from leadline.align.finding import Finding, Level
from leadline.align.result import CheckResult

_COMMANDS: dict[Level, str] = {"error": "error", "warning": "warning", "note": "notice"}


def write_github(result: CheckResult) -> str:
    """Return one workflow command per finding that stands for itself, then what was done."""
    lines = [_annotation(finding) for finding in result.shown]
    return "\n".join([*lines, result.sentence()]) + "\n"


def _annotation(finding: Finding) -> str:
    place = finding.place
    keys = {
        "file": place.file,
        "line": place.line,
        "endLine": place.end_line,
        "col": place.column,
        "title": f"{finding.code} {finding.name}",
    }
    listed = ",".join(f"{key}={_property(str(value))}" for key, value in keys.items())
    return f"::{_COMMANDS[finding.level]} {listed}::{_data(finding.told())}"


def _data(text: str) -> str:
    """Escape as the runner unescapes (actions/toolkit, packages/core/src/command.ts)."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
