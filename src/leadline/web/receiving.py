"""Files that a browser gives: under which name they are kept, and written so that nothing is ever written over.

What a browser calls a file is a text of whoever made the file. Nothing of it is a path here: the last part is taken,
and of that only what every file system takes as a plain name (OWASP file upload cheat sheet; Microsoft, naming files).
"""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Literal

from leadline.errors import WarehouseError
from leadline.evidence.privacy import private_files
from leadline.evidence.sources.mapping import SUFFIX

if TYPE_CHECKING:
    from starlette.datastructures import FormData

PIECE = 1 << 20  # own: a mebibyte at a time
LONGEST_NAME = 120  # bytes of a name; own: file systems take 255, and what is written beside it needs room
MOST_COPIES = 1_000  # own: names of different files that are called the same
NAMELESS = "export"
_DEVICES = re.compile(r"(?:con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])(?:\..*)?", re.IGNORECASE)
_FORBIDDEN = re.compile(r'[<>:"/\\|?*]')
_ENDINGS = re.compile(r"(?:\.[A-Za-z0-9_-]{1,12}){1,2}$")

Fate = Literal["kept", "known", "differs"]


@dataclass(frozen=True)
class Received:
    """One file that came. given: what the browser called it · name: what it is called here, of `differs` what stands there.

    fate: `kept` it is here now · `known` the same bytes lie here already, under `name` · `differs` a mapping file of that
    name says something else; it was left as it is
    """

    given: str
    name: str
    fate: Fate


def safe_name(given: str) -> str:
    r"""Return a plain file name: no folder, no leading dot, no control character, no device of Windows, not too long.

    >>> safe_name("../../etc/passwd"), safe_name("C:\\ads\\May 2027.csv"), safe_name(".htaccess"), safe_name("nul.csv")
    ('passwd', 'May 2027.csv', 'htaccess', '_nul.csv')
    """
    plain = "".join(sign for sign in _last(given) if unicodedata.category(sign)[0] != "C")
    plain = _FORBIDDEN.sub("_", " ".join(plain.split())).strip(" .")
    if _DEVICES.fullmatch(plain):
        plain = f"_{plain}"
    return _cut(plain) or NAMELESS


def receive(form: FormData, field: str, *, folder: Path) -> tuple[Received, ...]:
    """Keep the files of a form's field in a folder; mapping files under the stem of the export they came with.

    Raises WarehouseError where there is no room for them; what was written before stays.
    """
    given = [(one.filename or "", one.file) for one in form.getlist(field) if not isinstance(one, str)]
    exports = [pair for pair in given if pair[0] and not _is_mapping(pair[0])]
    mappings = [pair for pair in given if _is_mapping(pair[0])]
    try:
        with private_files():  # a mode would hold for the last folder alone
            folder.mkdir(parents=True, exist_ok=True)
        found = [_export(name, file, folder) for name, file in exports]
        renamed = {_stem(_last(one.given)): _stem(one.name) for one in found}
        beside = [_mapping(name, file, folder, renamed=renamed) for name, file in mappings]
    except OSError as error:
        raise WarehouseError(
            f"The files could not be kept in {folder.name}/: {error.strerror or error}. Make room, then drop them again; "
            "those that came before are there."
        ) from error
    return (*found, *beside)


def lying_there(folder: Path) -> Iterator[Path]:
    """Yield the files of a folder and the folders in it, those that begin with a dot apart."""
    for path in sorted(folder.rglob("*")) if folder.is_dir() else ():
        if path.is_file() and not path.name.startswith("."):
            yield path


def _export(given: str, file: IO[bytes], folder: Path) -> Received:
    name = safe_name(given)
    with _written(file, folder) as (part, digest):
        known = _same_bytes(part, digest, lying_there(folder))
        if known is not None:
            return Received(given, known.relative_to(folder).as_posix(), "known")
        for free in free_names(name):
            if _put(part, folder / free):
                return Received(given, free, "kept")
    raise OSError(f"there are {MOST_COPIES} files called {name}")


def _mapping(given: str, file: IO[bytes], folder: Path, *, renamed: dict[str, str]) -> Received:
    stem = _stem(_last(given))
    target = folder / f"{renamed.get(stem) or safe_name(stem)}{SUFFIX}"
    with _written(file, folder) as (part, digest):
        if _put(part, target):
            return Received(given, target.name, "kept")
        return Received(given, target.name, "known" if _same_bytes(part, digest, [target]) else "differs")


@contextmanager
def _written(file: IO[bytes], folder: Path) -> Iterator[tuple[Path, str]]:
    """Give a file written beside the others under a name that nobody reads, and its digest; gone when the block ends."""
    descriptor, name = tempfile.mkstemp(dir=folder, prefix=".coming-")
    part, digest = Path(name), hashlib.sha256()
    try:
        with os.fdopen(descriptor, "wb") as out:
            while piece := file.read(PIECE):
                digest.update(piece)
                out.write(piece)
            out.flush()
            os.fsync(out.fileno())
        yield part, digest.hexdigest()
    finally:
        part.unlink(missing_ok=True)


def _put(part: Path, target: Path) -> bool:
    """Give a written file its name, all at once; False where something is called so already."""
    try:
        os.link(part, target)  # unlike a rename, a link never replaces what is there
    except FileExistsError:
        return False
    except OSError:  # file systems without links
        if target.exists():
            return False
        part.rename(target)
    return True


def _same_bytes(part: Path, digest: str, others: Iterable[Path]) -> Path | None:
    size = part.stat().st_size
    for other in others:
        if other.stat().st_size == size and other != part:
            with other.open("rb") as file:
                if hashlib.file_digest(file, "sha256").hexdigest() == digest:
                    return other
    return None


def free_names(name: str) -> Iterator[str]:
    """Yield a name, then the same with a number before its ending, for whoever looks for one that nothing bears."""
    yield name
    ending = _ending(name)
    for number in range(2, MOST_COPIES):
        yield f"{name[: len(name) - len(ending)]} ({number}){ending}"


def _cut(name: str) -> str:
    """Return a name shortened at its stem, so that its ending stays."""
    ending = _ending(name)
    stem = name[: len(name) - len(ending)].encode("utf-8")
    return stem[: LONGEST_NAME - len(ending)].decode("utf-8", errors="ignore").rstrip(" .") + ending


def _ending(name: str) -> str:
    """Return `.csv`, `.csv.gz` or `.mapping.yaml`: what says how a file is read."""
    if _is_mapping(name):
        return name[-len(SUFFIX) :]
    found = _ENDINGS.search(name)
    return found.group() if found and found.start() > 0 else ""


def _last(given: str) -> str:
    """Return what stands behind the last folder of a name, whatever separates them."""
    return re.split(r"[/\\]", unicodedata.normalize("NFC", given))[-1]


def _stem(name: str) -> str:
    return name[: len(name) - len(_ending(name))]


def _is_mapping(name: str) -> bool:
    return name.casefold().endswith(SUFFIX)


def names_of(received: Sequence[Received]) -> list[str]:
    """Return the names of the exports among received files that are to be imported: new ones, and those known already."""
    return list(dict.fromkeys(one.name for one in received if not _is_mapping(one.name)))
