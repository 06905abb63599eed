"""The files of a workspace without one person: what Leadline wrote is cleaned or removed, what people wrote is named.

A person is looked for in every form in which a name may lie in a file: as written, in small letters, as its pseudonym and
number, in hex and base64, as part of an address of the web, in UTF-16.
"""

from __future__ import annotations

import base64
import csv
import gzip
import json
import os
import re
import shutil
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import quote

from leadline.evidence import ledgers, mending
from leadline.evidence.subjects import Subject
from leadline.evidence.suppression import Forgotten

if TYPE_CHECKING:
    from leadline.workspace import Workspace

CHUNK = 1 << 20  # own: a mebibyte at a time, with the longest form before it
OTHERS = ("edits.jsonl", "comments.jsonl", "fingerprints.jsonl")  # ledgers of what people wrote about the plan
JOB = re.compile(r"[0-9a-f]{16}")
PACKED = (".xlsx", ".docx", ".pptx", ".zip")  # own: texts lie packed in them, so they are read member by member
DERIVED = (".html", ".pdf", ".docx", ".pptx", ".xlsx", ".md")  # what reports are written as


@dataclass(frozen=True)
class Forms:
    """Everything to look for in a file. bytes_: forms in small letters, as bytes."""

    subject: Subject
    bytes_: tuple[bytes, ...]

    def in_bytes(self, data: bytes) -> bool:
        """Return whether bytes hold any form, in whatever case they are written."""
        folded = data.lower()
        return any(one in folded for one in self.bytes_)

    def in_stream(self, stream: IO[bytes] | gzip.GzipFile) -> bool:
        """Return whether a stream holds any form."""
        longest = max(map(len, self.bytes_), default=1)
        before = b""
        while chunk := stream.read(CHUNK):
            if self.in_bytes(before + chunk):
                return True
            before = chunk[-longest:]
        return False

    def in_file(self, path: Path) -> bool:
        """Return whether a file holds any form, also inside a packed one. A file that cannot be read holds none we can see."""
        try:
            if path.suffix.lower() in PACKED and zipfile.is_zipfile(path):
                with zipfile.ZipFile(path) as packed:
                    members = packed.namelist()
                    return any(self.in_stream(packed.open(name)) for name in members)
            if path.suffix.lower() == ".gz":
                with gzip.open(path) as stream:
                    return self.in_stream(stream)
            with path.open("rb") as stream:
                return self.in_stream(stream)
        except (OSError, EOFError, zipfile.BadZipFile, RuntimeError):
            return False

    def in_value(self, value: object) -> bool:
        """Return whether a value of a document holds a form or the number of one of the person's identifiers."""
        if isinstance(value, dict):
            return any(self.in_value(one) for pair in value.items() for one in pair)
        if isinstance(value, (list, tuple)):
            return any(map(self.in_value, value))
        if isinstance(value, bool) or value is None:
            return False
        if isinstance(value, int):
            return value in self.subject.nodes
        return isinstance(value, str) and self.in_bytes(value.encode())


def forms_of(subject: Subject) -> Forms:
    """Return every form in which a person may lie in a file."""
    found: dict[bytes, None] = {}
    for text in (*subject.sure, *subject.pseudonyms, *map(str, subject.nodes)):
        spelled = {text, text.casefold(), quote(text).casefold(), quote(text, safe="").casefold()}
        spelled |= {text.casefold().replace(" ", "+")} | {json.dumps(text).strip('"').casefold()}
        plain = {one.encode() for one in spelled}
        wide = {one.encode(code) for one in spelled for code in ("utf-16-le", "utf-16-be")}
        packed = {one.hex().encode() for one in plain}
        found |= dict.fromkeys((*plain, *wide, *packed, *_base64_forms(text), *_latin(text)))
    return Forms(subject, tuple(one for one in found if one))


def _latin(text: str) -> Iterator[bytes]:
    with suppress(UnicodeEncodeError):
        yield text.casefold().encode("cp1252")


def _base64_forms(text: str) -> Iterator[bytes]:
    """Yield what base64 makes of a text wherever it begins in what is encoded: the signs that depend on nothing else.

    In small letters, as everything is compared: two texts may then look alike, and a file is removed rather than kept.
    """
    for spelled in dict.fromkeys((text, text.casefold())):
        for before in range(3):
            whole = base64.b64encode(b"\0" * before + spelled.encode())
            body = whole.rstrip(b"=")[(0, 2, 3)[before] :][: -1 if len(whole.rstrip(b"=")) > 8 else None]
            if len(body) > 6:
                yield body.lower()
                yield body.lower().replace(b"+", b"-").replace(b"/", b"_")


def clean_ledgers(workspace: Workspace, forms: Forms) -> int:
    """Take the lines about a person out of the ledgers that Leadline keeps of people; return how many."""
    gone = 0
    for path in sorted(workspace.ledger.glob("*.jsonl")) if workspace.ledger.is_dir() else ():
        if path.name in OTHERS or path == workspace.erasures or not forms.in_file(path):
            continue
        with ledgers.held(path):
            told = list(ledgers.read(path))
            kept = [line for line in told if not forms.in_value(line)]
            gone += len(told) - len(kept)
            ledgers.rewrite(path, kept)
    return gone


def clean_evidence(workspace: Workspace, forms: Forms, *, forgotten: Forgotten, apart: Path) -> list[str]:
    """Clean or remove everything in evidence/, results/, exports/mended and reports/ that holds a person; return what went.

    apart: a file to leave. What other imports are staging is left to them: they ask once more before they commit.
    """
    gone = [*_mended(workspace, forms, forgotten=forgotten), *_jobs(workspace, forms), *_results(workspace, forms)]
    databases = {workspace.warehouse, workspace.contacts}
    for folder in (workspace.evidence, workspace.reports):
        for path in _files(folder):
            is_ours = folder == workspace.evidence or path.suffix.lower() in DERIVED
            is_database = any(path.name.startswith(one.name) and path.parent == one.parent for one in databases)
            is_apart = path in {apart, workspace.lock} or path.is_relative_to(workspace.staging)
            if is_ours and not (is_database or is_apart) and forms.in_file(path):
                path.unlink(missing_ok=True)
                gone.append(_named(workspace, path))
    for path in _files(workspace.staging / "spill"):
        path.unlink(missing_ok=True)
    return sorted(set(gone))


def clean_rejects(workspace: Workspace, imports: Iterable[str], *, store: Any) -> None:  # noqa: ANN401 - a store, whatever engine
    """Write the rejects of these imports anew, from what is left in the warehouse."""
    for named in sorted(imports):
        (workspace.rejects / f"{named}.csv").unlink(missing_ok=True)
        mending.restore_rejects(workspace, store, only=named)


def still_hold(workspace: Workspace, forms: Forms) -> list[str]:
    """Return the files that hold the person and are not Leadline's to change: exports, the plan, what people wrote."""
    found = [
        _named(workspace, path)
        for path in _files(workspace.folder)
        if not path.is_relative_to(workspace.evidence) and forms.in_file(path)
    ]
    return sorted(forms_hidden(forms, found))


def forms_hidden(forms: Forms, names: Sequence[str]) -> list[str]:
    """Return file names; one that itself names the person is not repeated."""
    return ["(a file whose name holds the person)" if forms.in_bytes(name.encode()) else name for name in names]


def _mended(workspace: Workspace, forms: Forms, *, forgotten: Forgotten) -> Iterator[str]:
    """Take the person's records out of the mended rejects that Leadline keeps beside the exports."""
    for path in _files(workspace.exports / "mended"):
        delimiter = mending.delimiter_of(path)
        if delimiter is None:
            continue
        csv.field_size_limit(mending.LARGEST_CELL)
        with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
            header, *rows = list(csv.reader(file, delimiter=delimiter))
        systems = forms.subject.systems
        kept = [
            row for row in rows
            if not forms.in_value(row) and not any(forgotten.names(cell, systems=systems) for cell in row)
        ]  # fmt: skip
        if len(kept) == len(rows):
            continue
        part = path.with_suffix(".part")
        with part.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, delimiter=delimiter).writerows([header, *kept])
        part.replace(path)
        if not kept:
            path.unlink()
        yield _named(workspace, path)


def _jobs(workspace: Workspace, forms: Forms) -> Iterator[str]:
    """Remove the jobs whose files hold the person: order, what was told of it, and its log."""
    folder = workspace.evidence / "jobs"
    held = {path.name.partition(".")[0] for path in _files(folder) if forms.in_file(path)}
    for path in _files(folder):
        if path.name.partition(".")[0] in held and JOB.match(path.name):
            path.unlink(missing_ok=True)
            yield _named(workspace, path)


def _results(workspace: Workspace, forms: Forms) -> Iterator[str]:
    """Remove kept results with rows of the person; the next review computes them anew."""
    for manifest in sorted(workspace.results.glob("*/*/")) if workspace.results.is_dir() else ():
        if any(_holds(path, forms) for path in _files(manifest)):
            shutil.rmtree(manifest, ignore_errors=True)
            yield _named(workspace, manifest)


def _holds(path: Path, forms: Forms) -> bool:
    if path.suffix != ".parquet":
        return forms.in_file(path)
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        columns = pq.read_table(path).columns
    except (OSError, pa.ArrowInvalid):
        return True  # what cannot be looked into is computed again
    return any(forms.in_value(column.to_pylist()) for column in columns if not _is_numbers(column.type))


def _is_numbers(kind: Any) -> bool:  # noqa: ANN401 - a type of arrow
    import pyarrow as pa

    inner = kind.value_type if pa.types.is_list(kind) else kind
    return bool(pa.types.is_floating(inner) or pa.types.is_boolean(inner) or pa.types.is_temporal(inner))


def _files(folder: Path) -> Iterator[Path]:
    """Yield the files below a folder, links left alone: they lead to what is not ours."""
    for root, _, names in os.walk(folder):
        for name in sorted(names):
            path = Path(root) / name
            if path.is_file() and not path.is_symlink():
                yield path


def _named(workspace: Workspace, path: Path) -> str:
    return path.relative_to(workspace.folder).as_posix()
