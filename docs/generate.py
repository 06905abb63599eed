"""Write docs/reference/ from the code: verbs, rules, plan, tables, documents, formats, settings.

    make docs                         writes the pages
    python docs/generate.py --check   writes nothing; ends with 1 and names the pages that are out of date

Every page is made from what the program itself reads (registry, model, schema, help), never from a copy of it.
"""  # noqa: INP001 - a script beside the pages it writes

from __future__ import annotations

import sys
from pathlib import Path

from generating.checks import rule_page, rules, settings
from generating.forms import documents, plan
from generating.markdown import grid, page
from generating.readers import formats, tables
from typer.testing import CliRunner

from leadline.align import registry
from leadline.cli.schema import DOCUMENTS
from leadline.cli.verbs import VERBS, app

REFERENCE = Path(__file__).resolve().parent / "reference"


def pages() -> dict[str, str]:
    """Return every generated page: path below docs/reference → text."""
    made = {
        "README.md": contents(),
        "verbs.md": verbs(),
        "plan.md": plan(),
        "tables.md": tables(),
        "documents.md": documents(),
        "formats.md": formats(),
        "settings.md": settings(),
        "rules/README.md": rules(),
    }
    return made | {f"rules/{rule.code}.md": rule_page(rule) for rule in registry.RULES}


def contents() -> str:
    """Return the index of the reference."""
    listed = [
        ("verbs.md", "every command, its arguments and options, exit codes"),
        ("rules/README.md", "every check: what, why, source, bad, good, how to waive"),
        ("plan.md", "every field of plan.yaml with its meaning and unit"),
        ("settings.md", "every key of leadline.toml"),
        ("formats.md", "the exports that are read, and what they must hold"),
        ("tables.md", "the tables that imports fill"),
        ("documents.md", "the JSON that each verb prints"),
    ]
    return page("Reference", "\n".join(f"- [{name.removesuffix('.md')}]({name}): {text}" for name, text in listed))


def verbs() -> str:
    """Return the help of every verb, as the program prints it at 80 columns."""
    runner, parts = CliRunner(), []
    for name in VERBS:
        shown = runner.invoke(app, [name, "--help"], prog_name="leadline", terminal_width=80, env={"COLUMNS": "80"})
        text = "\n".join(line.rstrip() for line in shown.stdout.splitlines())
        document = f"\n\nIts `--json`: [{name}](documents.md#{name})." if name in DOCUMENTS else ""
        parts.append(f"## {name}\n\n```text\n{text.strip()}\n```{document}")
    codes = grid(
        ["code", "meaning"],
        [
            (0, "fine"),
            (1, "findings at or above `--fail-on` (default: error)"),
            (2, "wrong usage, unreadable or refused input, or a fault of Leadline itself"),
            (4, "nothing was checked, imported or measured: an empty run never looks green"),
        ],
    )
    promise = (
        "Results go to standard output, progress and errors to standard error. With `--json` one document and nothing "
        "else stands on standard output. A stack trace is shown with `--debug` only."
    )
    listed = " · ".join(f"[{name}](#{name})" for name in VERBS)
    return page("Verbs", listed, "## Exit codes", codes, promise, *parts)


def main(*, write: bool) -> int:
    """Write every page and remove those that are no longer made; or only say which would change."""
    made = {REFERENCE / name: text for name, text in pages().items()}
    old = {path: path.read_text(encoding="utf-8") for path in REFERENCE.rglob("*.md")}
    changed = sorted(path for path in {*made, *old} if made.get(path) != old.get(path))
    for path in changed if write else ():
        if path not in made:
            path.unlink()
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(made[path], encoding="utf-8")
    for path in changed:
        sys.stdout.write(f"{'written' if write else 'out of date, run make docs'}: {path.relative_to(REFERENCE)}\n")
    return int(bool(changed) and not write)


if __name__ == "__main__":
    sys.exit(main(write="--check" not in sys.argv[1:]))
