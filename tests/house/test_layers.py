"""Packages import only leftward; two rooms are stricter; nothing imports in a circle."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter

ROOMS = ["plan", "worlds", "evidence", "measure", "align", "decide", "review", "report", "web", "cli"]
FORBIDDEN = {
    "plan": {"numpy", "scipy", "duckdb", "pyarrow", "leadline.inputs"},
    "measure": {"duckdb", "leadline.plan", "leadline.evidence", "leadline.worlds"},
}


def imported(node: ast.AST) -> Iterator[str]:
    for child in ast.walk(node):
        if isinstance(child, ast.Import):
            yield from (alias.name for alias in child.names)
        elif isinstance(child, ast.ImportFrom):
            yield child.module or ""
            yield from (f"{child.module}.{alias.name}" for alias in child.names)


def test_a_package_imports_only_from_packages_to_its_left(modules):
    wrong = [
        f"{module.name} imports {target}"
        for module in modules
        if module.room
        for target in imported(module.tree)
        if target.startswith("leadline.") and target.split(".")[1] in ROOMS
        if ROOMS.index(target.split(".")[1]) > ROOMS.index(module.room)
    ]
    assert wrong == []


def test_root_modules_do_no_work_of_the_rooms(modules):
    lazy_front = {"leadline", "leadline.__main__"}
    wrong = [
        f"{module.name} imports {target}"
        for module in modules
        if not module.room and module.name not in lazy_front
        for target in imported(module.tree)
        if target.startswith("leadline.") and target.split(".")[1] in ROOMS
    ]
    assert wrong == []


def test_plan_knows_no_numpy_and_measure_knows_neither_plan_nor_evidence(modules):
    wrong = [
        f"{module.name} imports {target}"
        for module in modules
        for target in imported(module.tree)
        for forbidden in FORBIDDEN.get(module.room, ())
        if target == forbidden or target.startswith(f"{forbidden}.")
    ]
    assert wrong == []


def test_no_import_goes_in_a_circle(modules):
    names = {module.name for module in modules}
    graph = {
        module.name: {
            target
            for node in top_level(module.tree)
            for target in imported(node)
            if target in names and target != module.name
        }
        for module in modules
    }
    for module in modules:  # a package's front may re-export its own rooms
        if module.path.name == "__init__.py":
            graph[module.name] = set()
    try:
        order = list(TopologicalSorter(graph).static_order())
    except CycleError as error:
        raise AssertionError(f"circular import: {' -> '.join(error.args[1])}") from None
    assert len(order) >= len(names)


def top_level(tree: ast.Module) -> Iterator[ast.AST]:
    for node in tree.body:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            yield node
