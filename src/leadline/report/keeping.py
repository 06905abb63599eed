"""Lay out every page, draw what was not drawn before, and write it all down: whole, or not at all.

Drawing a chart takes longer than everything else together, so a specification is drawn once: drawings of the pages that
were kept before are taken over where specification, words and theme are the same.
"""

from __future__ import annotations

import datetime as dt
import fcntl
import json
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from leadline.align.run import CheckOptions
from leadline.report import blocks, charts, slimming, theme
from leadline.report.kept import (
    FORMAT,
    PAGE_SHAPES,
    Kept,
    KeptPage,
    Manifest,
    digest,
    latest,
    option_shapes,
    pages_of,
    pictures,
)
from leadline.report.linking import address
from leadline.report.pages.registry import kept_names, lay_out
from leadline.review.documents import review_document
from leadline.review.drift import drift_of
from leadline.review.drift_document import drift_document
from leadline.review.keep import KeptFileError
from leadline.review.verb_documents import EvidenceDocument

if TYPE_CHECKING:
    from leadline.review.material import Material
    from leadline.workspace import Workspace

# Folders of kept pages that stay: the newest, and the one that a reader may be reading from (house).
GENERATIONS = 2
REPORT = "/show/review"  # where a kept document finds its report: the address in the browser (house)


def keep_pages(
    seen: Material, workspace: Workspace, *, made_at: dt.datetime, progress: Callable[[str], None] = lambda _: None
) -> Kept:
    """Keep every page of a review ready, and how its checks were asked; return what `latest` will return from now on.

    made_at: now, UTC · progress: told before each page
    """
    pen = Pen(drawn_with(), known=_drawings_of(latest(workspace), drawn_with()))
    files: dict[str, bytes] = {}
    kept: list[KeptPage] = []
    for number, (name, title) in enumerate(kept_names(seen)):
        progress(f"laying out {name}")
        page = pen.draw(lay_out(name, seen, href=address))
        file = f"{number:03d}.json"
        files[file] = _written(PAGE_SHAPES.write(page, blocks.Page))
        kept.append(KeptPage(name, title, file, digest(files[file])))
    review = seen.review
    asked = review.asked or CheckOptions(as_of=review.as_of, seed=review.seed)
    files["options.json"] = _written(option_shapes().write(asked, CheckOptions))
    documents = {f"{name}.json": content for name, content in _documents(seen)}
    files |= documents
    manifest = Manifest(
        FORMAT, review.plan_hash, review.as_of, review.snapshot, dict(review.versions), pen.drawn_with, tuple(kept),
        digest(files["options.json"]), {name.removesuffix(".json"): digest(content) for name, content in documents.items()},
    )  # fmt: skip
    return _keep(pages_of(workspace), files, manifest=manifest, made_at=made_at)


def _documents(seen: Material) -> Iterator[tuple[str, bytes]]:
    """Yield the documents that scripts read, by name."""
    review = review_document(seen.review, report=REPORT)
    yield "review", review.model_dump_json().encode()
    if review.evidence is not None:
        held = EvidenceDocument(as_of=review.as_of, **review.evidence)
        yield "evidence", held.model_dump_json().encode()
    yield "drift", drift_document(drift_of(seen), seen.review).model_dump_json().encode()


def drawn_with() -> str:
    """Return a digest of what every drawing depends on beside its specification: the engine, and our own code for it."""
    engine = [charts.VEGA_LITE, metadata.version("vl-convert-python")]
    code = [Path(one.__file__ or "").read_bytes() for one in (charts, slimming, theme)]
    return digest(b"".join([json.dumps(engine).encode(), *code]))[:16]


@dataclass
class Pen:
    """Draws the specifications of pages, each distinct one once. drawn: how many it had to draw · by: what draws one."""

    drawn_with: str
    known: dict[str, str] = field(default_factory=dict)
    drawn: int = 0
    by: Callable[..., str] = charts.draw

    def draw(self, page: blocks.Page) -> blocks.Page:
        """Return the page with every picture drawn."""
        sections = (replace(one, blocks=tuple(map(self._block, one.blocks))) for one in page.sections)
        return replace(page, sections=tuple(sections))

    def _block(self, block: blocks.Block) -> blocks.Block:
        if not isinstance(block, blocks.Picture):
            return block
        return replace(block, drawn=(self._one(block, block.wide), self._one(block, block.narrow)))

    def _one(self, picture: blocks.Picture, spec: blocks.Spec | None) -> str:
        if spec is None:
            return ""
        key = drawing_key(picture, spec)
        if key not in self.known:
            self.known[key] = self.by(spec, title=picture.title, description=picture.sentence)
            self.drawn += 1
        return self.known[key]


def drawing_key(picture: blocks.Picture, spec: blocks.Spec) -> str:
    """Return what tells a drawing from every other: its specification and the words in it."""
    return charts.fingerprint({"spec": spec, "title": picture.title, "sentence": picture.sentence})


def _drawings_of(before: Kept | None, drawn_with: str) -> dict[str, str]:
    """Return the drawings of the pages kept before, none where they were drawn in another way or cannot be read."""
    found: dict[str, str] = {}
    if before is None or before.manifest.drawn_with != drawn_with:
        return found
    for name in before.names:
        try:
            page = before.page(name)
        except KeptFileError:
            continue
        for picture in pictures(page):
            for spec, drawing in zip((picture.wide, picture.narrow), picture.drawn, strict=True):
                if spec is not None and drawing:
                    found[drawing_key(picture, spec)] = drawing
    return found


def _written(plain: object) -> bytes:
    return json.dumps(plain, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def _keep(home: Path, files: Mapping[str, bytes], *, manifest: Manifest, made_at: dt.datetime) -> Kept:
    told = _written(PAGE_SHAPES.write(manifest, Manifest))
    key = digest(told)[:16]
    home.parent.mkdir(parents=True, exist_ok=True, mode=0o700)  # as evidence/: what was found in it
    home.mkdir(exist_ok=True)
    with _alone(home / "lock"):
        _write_all(home / key, {**files, "manifest.json": told})
        earlier = [one for one in _pointed_at(home) if one != key][: GENERATIONS - 1]
        pointer = {"key": key, "made_at": made_at.isoformat(), "earlier": earlier}
        _write_all(home, {"latest.json": _written(pointer)})
        _prune(home, {key, *earlier})
    return Kept(home / key, made_at, manifest)


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """Hold the lock of writers; the operating system gives it back however the process ends."""
    with lock.open("a+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _write_all(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write files one by one, each by a rename: whoever reads sees a whole file, the old one or the new one."""
    folder.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".writing-", ignore_cleanup_errors=True) as scratch:
        for name, content in files.items():  # the manifest last: its presence means all is there
            beside = Path(scratch) / name
            beside.write_bytes(content)
            beside.replace(folder / name)


def _pointed_at(home: Path) -> list[str]:
    """Return the keys that the pointer names, the newest first."""
    try:
        pointer = json.loads((home / "latest.json").read_bytes())
        return [str(pointer["key"]), *map(str, pointer["earlier"])]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return []


def _prune(home: Path, staying: set[str]) -> None:
    for folder in home.iterdir():
        if folder.is_dir() and not folder.is_symlink() and folder.name not in staying:
            shutil.rmtree(folder, ignore_errors=True)
