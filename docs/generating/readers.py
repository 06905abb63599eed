"""What is read and where it goes: formats of exports, canonical tables."""

from __future__ import annotations

import importlib
import pkgutil
from typing import Any

from generating.markdown import grid, page
from leadline.evidence import experiment_files, panel_columns, path_columns, schema, sources, stage_files
from leadline.evidence.sources import mapping, records
from leadline.evidence.sources.registry import SOURCES


def formats() -> str:
    """Return every export format: what it is, the columns it must hold, what they feed; then files without a workspace."""
    texts = [_format(source) for source in SOURCES]
    reasons = [
        ("a row is rejected", records.RejectReason),
        ("a row is skipped", records.SkipReason),
        ("a file is refused", records.RefusalReason),
    ]
    fates = grid(
        ["fate", "reasons"], [(fate, ", ".join(f"`{one}`" for one in kind.__args__)) for fate, kind in reasons]
    )
    told = (
        "`leadline import` recognises a file by its header, never by its name. `leadline import FILE --explain` shows how "
        "a file would be read. Of every file: read = accepted + rejected + skipped + merged."
    )
    journeys = grid(
        ["role", "names that are known"],
        [
            (f"`{role}`", ", ".join(names))
            for roles in (path_columns.PATH_ROLES, path_columns.EVENT_ROLES)
            for role, names in roles.items()
        ],
    )
    stages = grid(
        ["role", "names that are known", ""],
        [
            (f"`{role}`", ", ".join(names), "required" if role in stage_files.REQUIRED else "")
            for role, names in stage_files.ALIASES.items()
        ],
    )
    held = [f"`<channel>_{word}`" for word in panel_columns.MEASURES]
    panels = grid(
        ["role", "names that are known", ""],
        [
            *((f"`{role}`", ", ".join(names), "required" if role in panel_columns.REQUIRED else "") for role, names in panel_columns.ROLES.items()),
            ("a channel", ", ".join(held), "at least one"),
            ("controls", "every other column of numbers", ""),
        ],
    )  # fmt: skip
    tests = grid(
        ["role", "names that are known", ""],
        [
            (f"`{role}`", ", ".join(names), "required" if role in experiment_files.REQUIRED else "")
            for role, names in experiment_files.ALIASES.items()
        ],
    )
    loose = (
        "## Files without a workspace\n\n`leadline attribute`, `leadline mix` and `leadline pipeline` read any CSV, Parquet, JSON-lines "
        "(not for mix) or spreadsheet file. Columns are found by these names, or named with the flag of the role (`--path COLUMN`).\n\n"
        f"### Journeys, for attribute\n\n{journeys}\n\n### Panels, for mix\n\n{panels}\n\n### Tests, for mix --experiments\n\n{tests}\n\n"
        f"### Stage histories, for pipeline\n\n{stages}"
    )
    return page("Formats", told, fates, *texts, loose)


def _format(source: Any) -> str:  # noqa: ANN401 - any object of the protocol Source
    home = _home(source)
    about = " ".join((home.__doc__ or "").split("\n\n    ")[0].split("\n\n\n")[0].split())
    fills = ", ".join(f"[{name}](tables.md#{name})" for name in source.tables)
    layout = getattr(source, "layout", None) or getattr(home, "LAYOUT", None)
    if layout is not None:
        rows = [
            (
                f"`{name}`",
                "; ".join(f"{language}: {', '.join(known)}" for language, known in languages.items()),
                "required" if name in layout.required else "",
            )
            for name, languages in layout.columns.items()
        ]
        body = grid(["what", "column names by language", ""], rows)
    elif hasattr(home, "FEEDS"):
        rows = [(f"`{name}`", fed, "required" if name in home.REQUIRED else "") for name, fed in home.FEEDS.items()]
        rows += [(f"`{name}`", "", "required") for name in home.REQUIRED if name not in home.FEEDS]
        body = grid(["key", "feeds", ""], rows)
    else:
        body = f"```yaml\n{_mapping_example()}\n```\n\nTables it may fill: {', '.join(f'`{name}`' for name in mapping.FILLABLE)}. Identifiers: {', '.join(f'`{kind}`' for kind in mapping.IDENTIFIERS)}. How-to: [write a mapping file](../how-to/write-a-mapping.md)."
        fills = "what the mapping names"
    return f"## {source.name}\n\n{about}\n\nFills {fills}. Reader version {source.version}.\n\n{body}"


def _home(source: object) -> Any:  # noqa: ANN401 - a module, whose constants differ
    """Return the module in which a format is defined."""
    for found in pkgutil.iter_modules(sources.__path__):
        if found.name == "registry":
            continue
        module = importlib.import_module(f"{sources.__name__}.{found.name}")
        if any(value is source for value in vars(module).values()):
            return module
    raise LookupError(f"no module defines the format {source!r}")


def _mapping_example() -> str:
    """Return the example of the mapping's own docstring."""
    block = (mapping.__doc__ or "").split("\n\n")[1]
    return "\n".join(line.removeprefix("    ") for line in block.splitlines())


def tables() -> str:
    """Return the canonical tables with every column."""
    parts = []
    for table in (*schema.TABLES, schema.CONTACTS):
        told = f"One row: {table.grain}. Key: {', '.join(f'`{name}`' for name in table.key)}."
        told += f" Time: `{table.time}`." if table.time else ""
        told += f" {table.note[0].upper()}{table.note[1:]}." if table.note else ""
        derived = set(table.derived)
        rows = [
            (
                f"`{column.name}`",
                column.type,
                column.unit,
                column.meaning + (" (by rules)" if column.name in derived else ""),
                column.null,
            )
            for column in table.own
        ]
        parts.append(
            f"## {table.name}\n\n*{table.kind}* · {told}\n\n{grid(['column', 'type', 'unit', 'meaning', 'null says'], rows)}"
        )
    rows = [(f"`{column.name}`", column.type, column.meaning) for column in schema.LINEAGE]
    lineage = f"## Lineage\n\nIn front of every `fact` and `who` table.\n\n{grid(['column', 'type', 'meaning'], rows)}"
    kinds = (
        "A row of a *fact* table is one thing that happened; of a *who* table somebody or something that many records "
        "may mention; *log* tables are written by Leadline itself. Times are UTC without zone, days are the source's own, "
        "money is DECIMAL(18,4) beside its currency. Null means unknown, zero a reported zero."
    )
    return page("Tables", f"Storage version {schema.STORAGE_VERSION}. {kinds}", lineage, *parts)
