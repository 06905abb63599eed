"""A page becomes a file: which ending is written by which writer. One row here is one more format.

The writers are imported when they are asked for; those that need an extra say so when it is absent.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import cast

from leadline.errors import UsageError
from leadline.report.blocks import Page

Writer = Callable[[Page], bytes]


def _by(place: str) -> Writer:
    """Return a writer that imports `module:function` when it is first called; texts are written as UTF-8."""

    def write(page: Page) -> bytes:
        module, _, name = place.partition(":")
        written = cast("str | bytes", getattr(importlib.import_module(module), name)(page))
        return written.encode() if isinstance(written, str) else written

    return write


FORMATS: Mapping[str, Writer] = MappingProxyType({
    "html": _by("leadline.report.html:render_html"),
    "md": _by("leadline.report.md:render_md"),
    "pdf": _by("leadline.report.pdf:render_pdf"),
    "docx": _by("leadline.report.docx:render_docx"),
    "pptx": _by("leadline.report.pptx:render_pptx"),
    "xlsx": _by("leadline.report.xlsx:render_xlsx"),
})  # fmt: skip


def writer_for(path: Path) -> Writer:
    """Return the writer of a file's ending; raises UsageError with the known endings for any other."""
    ending = path.suffix.lower().removeprefix(".")
    if ending not in FORMATS:
        raise UsageError.unknown("report format", ending or path.name, known=FORMATS)
    return FORMATS[ending]


def write_page(page: Page, path: Path) -> None:
    """Write a page in the format of the file's ending; folders are made.

    Raises UsageError for an unknown ending and MissingExtra where a format's extra is absent; nothing is written then.
    """
    written = writer_for(path)(page)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(written)
