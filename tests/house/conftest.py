"""The source tree as the laws see it."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
SOURCE = REPOSITORY / "src" / "leadline"


@dataclass(frozen=True)
class Module:
    name: str
    path: Path
    text: str
    tree: ast.Module

    @property
    def room(self) -> str:
        parts = self.name.split(".")
        is_package = (SOURCE / parts[1]).is_dir() if len(parts) > 1 else False
        return parts[1] if is_package else ""


def _module(path: Path) -> Module:
    parts = path.relative_to(SOURCE.parent).with_suffix("").parts
    name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
    text = path.read_text(encoding="utf-8")
    return Module(name, path, text, ast.parse(text))


@pytest.fixture(scope="session")
def modules() -> list[Module]:
    """Give every module of the package, parsed."""
    return [_module(path) for path in sorted(SOURCE.rglob("*.py"))]
