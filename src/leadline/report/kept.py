"""Pages kept ready: laid out and drawn once after a review, read back by whoever shows them.

    results/pages/latest.json          which folder is the newest, and when it was made
    results/pages/<key>/manifest.json  what stands in it, with the digest of every file
    results/pages/<key>/000.json …     one page each: blocks, drawings finished · options.json: how the checks were asked
    results/pages/<key>/review.json …  the documents that scripts read, as `leadline review --json` prints them

A reader needs neither arrays nor charts nor the warehouse. The key is the digest of everything in the folder, so equal
pages have one folder. What is read back is input like any other. The digests tell damage: a file that is not whole costs
a computation. Against somebody who may write here they are no help, as he can write digests too; so texts are escaped
like all texts, values are made by annotation alone (`typed_json`), and a drawing, the only thing that goes into a page as
markup, must be one that `charts.verified` finds nothing to take away from.
"""

from __future__ import annotations

import datetime as dt
import functools
import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from leadline.errors import UsageError
from leadline.report import blocks, charts
from leadline.report.native import NativeChart, NativeSeries
from leadline.report.typed_json import Shapes
from leadline.review.keep import KeptFileError

if TYPE_CHECKING:
    from leadline.align.run import CheckOptions
    from leadline.review.material import Material
    from leadline.workspace import Workspace

FORMAT = 2  # of kept pages; raised when blocks change their meaning (house)
# A file longer than this is none of ours: the largest page of the examples has a hundredth of it (house).
LONGEST = 50_000_000
# Reviews whose pages are remembered, each of its pages once: the last one, and the one before for who still reads it (house).
_REMEMBERED = 2
_KEY = re.compile(r"[0-9a-f]{16}")
_DOCUMENT = re.compile(r"[a-z]{1,20}")


@dataclass(frozen=True, slots=True)
class KeptPage:
    """One kept page: its name, what lists call it, its file and the digest of it."""

    name: str
    title: str
    file: str
    digest: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a folder of kept pages holds.

    drawn_with: what the drawings depend on beside their specification · documents: name → digest of its file
    """

    format: int
    plan_hash: str
    as_of: dt.date
    snapshot: str | None
    versions: Mapping[str, str]
    drawn_with: str
    pages: tuple[KeptPage, ...]
    options: str
    documents: Mapping[str, str]


PAGE_SHAPES = Shapes((
    blocks.Page, blocks.Section, blocks.Heading, blocks.Sentence, blocks.Picture, blocks.TableBlock, blocks.Column, blocks.Fix,
    blocks.Fixes, blocks.FindingView, blocks.FindingList, blocks.Notes, blocks.Pairs, blocks.Empty, blocks.Play,
    blocks.Slider, NativeChart, NativeSeries, KeptPage, Manifest,
))  # fmt: skip


@dataclass(frozen=True)
class Kept:
    """The pages of one review. made_at: when they were kept, UTC."""

    folder: Path
    made_at: dt.datetime
    manifest: Manifest

    @property
    def key(self) -> str:
        """Return the digest of everything kept: equal keys, equal pages."""
        return self.folder.name

    @property
    def plan_hash(self) -> str:
        """Return the hash of the plan that was reviewed."""
        return self.manifest.plan_hash

    @property
    def as_of(self) -> dt.date:
        """Return the day on which everything was judged."""
        return self.manifest.as_of

    @property
    def snapshot(self) -> str | None:
        """Return the snapshot of the evidence, None where there was none."""
        return self.manifest.snapshot

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of all pages, in the order of the registry."""
        return tuple(one.name for one in self.manifest.pages)

    @property
    def titles(self) -> Mapping[str, str]:
        """Return what lists of pages call each page, by name."""
        return {one.name: one.title for one in self.manifest.pages}

    def page(self, name: str) -> blocks.Page:
        """Return a page, read once and remembered.

        Raises UsageError for a name that is not kept, KeptFileError where its file is not whole.
        """
        for one in self.manifest.pages:
            if one.name == name:
                return _page(self.folder / one.file, one.digest)
        raise UsageError.unknown("page", name, known=self.names)

    def document(self, name: str) -> dict[str, Any]:
        """Return a document of the review as plain data: `review`, `drift`, and `evidence` where there was any.

        Raises UsageError for a name that is not kept, KeptFileError where its file is not whole.
        """
        if name not in self.manifest.documents or not _DOCUMENT.fullmatch(name):
            raise UsageError.unknown("document", name, known=self.manifest.documents)
        return _document(self.folder / f"{name}.json", self.manifest.documents[name])

    def options(self) -> CheckOptions:
        """Return how the checks of the review were asked, with the evidence they were told.

        With them an edited plan is judged as it will be by the next review, unless new evidence comes in.
        Raises KeptFileError where the file is not whole.
        """
        return _options(self.folder / "options.json", self.manifest.options)


def keep_pages(
    seen: Material, workspace: Workspace, *, made_at: dt.datetime, progress: Callable[[str], None] = lambda _: None
) -> Kept:
    """Keep every page of a review ready, and how its checks were asked; return what `latest` will return from now on.

    made_at: now, UTC · progress: told before each page. Charts are drawn here, so what draws is imported here alone.
    """
    from leadline.report.keeping import keep_pages as keep

    return keep(seen, workspace, made_at=made_at, progress=progress)


def latest(workspace: Workspace) -> Kept | None:
    """Return the newest kept pages, None where there are none that can be read: a review makes them anew."""
    home = pages_of(workspace)
    try:
        pointer = parsed(_bounded(home / "latest.json"))
        folder = home / str(pointer["key"])
        if not _KEY.fullmatch(folder.name) or folder.parent != home:
            return None
        made_at = dt.datetime.fromisoformat(pointer["made_at"])
        manifest = _manifest(folder / "manifest.json", _stamp(folder / "manifest.json"))
    except (KeptFileError, OSError, KeyError, TypeError, ValueError):
        return None
    if manifest.format != FORMAT or not all(re.fullmatch(r"\d{3,6}\.json", one.file) for one in manifest.pages):
        return None
    return Kept(folder, made_at, manifest)


def pages_of(workspace: Workspace) -> Path:
    """Return the folder of kept pages."""
    return workspace.results / "pages"


def pictures(page: blocks.Page) -> Iterator[blocks.Picture]:
    """Yield the pictures of a page, in the order of reading."""
    return (block for section in page.sections for block in section.blocks if isinstance(block, blocks.Picture))


def parsed(content: bytes) -> Any:  # noqa: ANN401 - whatever the file holds
    """Return what a kept file holds; raises KeptFileError where it is no JSON."""
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as error:
        raise KeptFileError(
            f"a kept page cannot be read: {error}. Run leadline review; it makes the pages anew."
        ) from None


def digest(content: bytes) -> str:
    """Return the digest by which a kept file is known to be whole."""
    return hashlib.sha256(content).hexdigest()


def option_shapes() -> Shapes:
    """Return what reads and writes the options of checks; they bring arrays with them, so not before they are asked for."""
    from leadline.align import facts
    from leadline.align.run import CheckOptions

    return Shapes((
        CheckOptions, facts.EvidenceFacts, facts.SettledBet, facts.MeasuredBet, facts.Counted, facts.FirstReplies, facts.EarlierTactic,
        facts.QualityFact, facts.Answered,
    ))  # fmt: skip


@functools.lru_cache(maxsize=2)
def _manifest(file: Path, _state: tuple[int, ...]) -> Manifest:
    """Return a manifest, read again only when its file is another one: every answer of the server asks for it."""
    manifest: Manifest = PAGE_SHAPES.read(parsed(_bounded(file)), Manifest)
    return manifest


def _stamp(file: Path) -> tuple[int, ...]:
    found = file.stat()
    return found.st_mtime_ns, found.st_size, found.st_ino


@functools.lru_cache(maxsize=_REMEMBERED)
def _pages_read(_folder: Path) -> dict[tuple[str, str], blocks.Page]:
    """Return the pages that were read of one review, by file and digest: with a later review they go together."""
    return {}


def _page(file: Path, expected: str) -> blocks.Page:
    known = _pages_read(file.parent)
    found = known.get((file.name, expected))
    if found is None:
        found = known[file.name, expected] = _page_read(file, expected)
    return found


def _page_read(file: Path, expected: str) -> blocks.Page:
    page: blocks.Page = PAGE_SHAPES.read(parsed(_whole(file, expected)), blocks.Page)
    try:
        return shown_page(page)
    except ValueError as error:
        raise KeptFileError(f"{file.name}: {error}. Run leadline review; it makes the pages anew.") from None


def shown_page(page: blocks.Page) -> blocks.Page:
    """Return a page whose drawings may stand in a page of ours; raises ValueError for any other."""
    return replace(page, sections=tuple(replace(one, blocks=tuple(map(_shown, one.blocks))) for one in page.sections))


def _shown(block: blocks.Block) -> blocks.Block:
    """Return a block whose drawings may stand in a page; raises ValueError for any other."""
    if isinstance(block, blocks.Picture):
        curves = () if block.play is None else (one.drawing for one in block.play.sliders)
        for drawing in (block.drawing, *block.drawn, *curves):
            if drawing:
                charts.verified(drawing)
    return block


@functools.lru_cache(maxsize=4)
def _document(file: Path, expected: str) -> dict[str, Any]:
    document = parsed(_whole(file, expected))
    if not isinstance(document, dict):
        raise KeptFileError(f"{file.name} of the last review is no document. Run leadline review; it makes it anew.")
    return document


@functools.lru_cache(maxsize=1)  # twenty megabytes of the demo
def _options(file: Path, expected: str) -> CheckOptions:
    from leadline.align.run import CheckOptions

    options: CheckOptions = option_shapes().read(parsed(_whole(file, expected)), CheckOptions)
    return options


def _whole(file: Path, expected: str) -> bytes:
    try:
        content = _bounded(file)
    except OSError as error:
        raise KeptFileError(f"{file.name} of the last review cannot be read ({error}). Run leadline review.") from None
    if digest(content) != expected:
        raise KeptFileError(f"{file.name} of the last review is damaged. Run leadline review; it makes the pages anew.")
    return content


def _bounded(file: Path) -> bytes:
    with file.open("rb") as opened:
        content = opened.read(LONGEST + 1)
    if len(content) > LONGEST:
        raise KeptFileError(f"{file.name} is longer than any page. Remove it and run leadline review.")
    return content
