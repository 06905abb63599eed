"""Files and functions stay small enough to be read at once."""

from __future__ import annotations

import ast

FILE_LINES = 500
FUNCTION_LINES = 60
PARAMETERS = 6
POSITIONAL = 2


def functions(modules):
    for module in modules:
        for node in ast.walk(module.tree):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                yield module, node


def place(module, node):
    return f"{module.name}:{node.lineno} {node.name}"


def positional(node):
    names = [argument.arg for argument in (*node.args.posonlyargs, *node.args.args)]
    return [name for name in names if name not in ("self", "cls")]


def test_a_file_has_at_most_500_lines(modules):
    long = {module.name: module.text.count("\n") for module in modules if module.text.count("\n") > FILE_LINES}
    assert long == {}


def length(module, node):
    """Return lines without the docstring; a verb's options are a table and not counted."""
    start = node.body[0].lineno if module.room == "cli" else node.lineno
    doc = node.body[0] if ast.get_docstring(node) is not None else None
    return node.end_lineno - start + 1 - (0 if doc is None else doc.end_lineno - doc.lineno + 1)


def test_a_function_has_at_most_60_lines(modules):
    long = [
        f"{place(module, node)}: {length(module, node)}"
        for module, node in functions(modules)
        if length(module, node) > FUNCTION_LINES
    ]
    assert long == []


def test_a_function_has_at_most_six_parameters_and_names_all_after_the_second(modules):
    wide = [
        f"{place(module, node)}({', '.join(positional(node))}; {len(node.args.kwonlyargs)} by name)"
        for module, node in functions(modules)
        if module.room != "cli"
        if len(positional(node)) > POSITIONAL + node.name.startswith("_") * PARAMETERS
        or len(positional(node)) + len(node.args.kwonlyargs) > PARAMETERS
    ]
    assert wide == []
