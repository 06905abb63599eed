"""A stranger guesses the file from the feature: no drawers, no undocumented doors, no unexplained numbers."""

from __future__ import annotations

import ast
import re
import subprocess

import pytest

from .conftest import REPOSITORY

DRAWERS = {"utils", "util", "helpers", "helper", "common", "manager", "misc", "base", "core", "stuff"}
CONSTANT = re.compile(r"^_?[A-Z][A-Z0-9_]*$")
# Host names and paths are put together here, so that this file does not hold them itself.
HOSTS = ["pypi" + ".org", "python" + "hosted", "registry.npm" + "js", "deb." + "debian"]


def test_no_module_is_a_drawer(modules):
    assert [module.name for module in modules if module.name.rsplit(".", 1)[-1] in DRAWERS] == []


def test_everything_public_is_documented(modules):
    missing = []
    for module in modules:
        if ast.get_docstring(module.tree) is None:
            missing.append(module.name)
        for node in module.tree.body:
            missing += [f"{module.name}:{part.name}" for part in public_parts(node) if ast.get_docstring(part) is None]
    assert missing == []


def public_parts(node):
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)) and not node.name.startswith("_"):
        yield node
        if isinstance(node, ast.ClassDef):
            for child in node.body:
                yield from public_parts(child)


def test_every_threshold_names_its_source_beside_it(modules):
    bare = []
    for module in modules:
        lines = module.text.splitlines()
        for node in module.tree.body:
            name, value = assigned(node)
            if not name or not CONSTANT.match(name) or not is_number(value):
                continue
            beside = any("#" in lines[index] for index in range(node.lineno - 1, node.end_lineno))
            if not beside and "#" not in lines[node.lineno - 2]:
                bare.append(f"{module.name}:{node.lineno} {name}")
    assert bare == []


def assigned(node):
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
        return node.targets[0].id, node.value
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        return node.target.id, node.value
    return None, None


def is_number(node):
    if isinstance(node, ast.UnaryOp):
        return is_number(node.operand)
    return isinstance(node, ast.Constant) and isinstance(node.value, (int, float)) and not isinstance(node.value, bool)


def tracked_files():
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=REPOSITORY, capture_output=True, check=False)
    if listing.returncode != 0:
        pytest.skip("NOT A GIT CHECKOUT: the files that would be published are unknown")
    return [REPOSITORY / name for name in listing.stdout.decode().split("\0") if name]


def test_no_file_names_a_registry_host_or_a_path_of_a_machine():
    forbidden = [*HOSTS, "/wo" + "rk/", "/ho" + "me/", "/ro" + "ot/", "/tm" + "p/"]
    found = []
    for path in tracked_files():
        if not path.is_file():
            continue
        text = path.read_bytes().decode("utf-8", "replace")
        found += [f"{path.relative_to(REPOSITORY)}: {word}" for word in forbidden if word in text]
    assert found == []
