"""Step nought of an import: which file this is, how it is read, and whether it was imported before."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from leadline.errors import ImportRefused, UsageError, WarehouseError
from leadline.evidence import locking, mending, scanning
from leadline.evidence.channels import Channels
from leadline.evidence.import_progress import Tell
from leadline.evidence.privacy import Key
from leadline.evidence.small_cells import LEAST
from leadline.evidence.sources.records import Head, ImportOptions, Match, Source
from leadline.evidence.staging import disk_needed
from leadline.evidence.store import Store
from leadline.settings import IdentitySettings, RetentionSettings
from leadline.workspace import Workspace

HASH_CHUNK = 1 << 20  # own: a mebibyte at a time
APPLIES_ONLY = ("accept_rejects", "again")  # options that do not change how a file is read
DOCUMENTS = ("xml", "json", "jsonl")  # kinds of files in which own posts stand among others'

Reader = Callable[[Path, ImportOptions], tuple[Head, Source, Match]]


@dataclass(frozen=True)
class Setup:
    """The workspace's side of an import, and the options of the call.

    key: of the pseudonyms · stage_maps: source → its stage names → states · channels: rules and exclusions
    own_accounts: accounts and hosts that publish for us
    wait: seconds for the lock · dry_run: do all but the commit · notice: told while waiting · progress: told while at work
    scan_from: bytes of a file from which on the engine's scan reads it where it can
    reader: opens and recognises a file; None takes the formats of `sources`
    identity: when two records are one person · seed: of what is learned from random pairs
    retention: how long what is known of people is kept, counted from today, or from as_of where that lies before
    small_cell: of how many people a group is told with a number
    """

    key: Key
    options: ImportOptions = field(default_factory=ImportOptions)
    stage_maps: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    channels: Channels = field(default_factory=Channels)
    wait: float = locking.WAIT_SECONDS
    dry_run: bool = False
    notice: Callable[[str], None] | None = None
    progress: Tell | None = None
    reader: Reader | None = None
    own_accounts: tuple[str, ...] = ()
    scan_from: int = scanning.FROM_BYTES
    identity: IdentitySettings = field(default_factory=IdentitySettings)
    seed: int = 1
    retention: RetentionSettings = field(default_factory=RetentionSettings)
    as_of: dt.date | None = None
    small_cell: int = LEAST

    @property
    def ours(self) -> frozenset[str]:
        """Return the own accounts as they are compared: case folded, without a leading @."""
        return frozenset(account.strip().removeprefix("@").casefold() for account in self.own_accounts)


@dataclass(frozen=True)
class Job:
    """One file on its way in, after it was recognised.

    version: of the reader, and of the mapping's content · reading: the options that decide how it is read, as they
    stand in the log · earlier: imports of the same bytes by another state of the mapping · mended: the rejects it mends
    """

    path: Path
    sha256: str
    head: Head
    source: Source
    match: Match
    lineage: str
    import_id: str
    version: str
    reading: str
    options: ImportOptions
    earlier: tuple[str, ...] = ()
    mended: mending.Opened | None = None

    @property
    def file(self) -> str:
        """Return the file name that the log keeps: of mended records, the one they came from."""
        return self.path.name if self.mended is None else str(self.mended.origin["file"])


@dataclass(frozen=True)
class Desk:
    """Where files are recognised before they are read; it knows what the warehouse holds already."""

    workspace: Workspace
    setup: Setup
    store: Store

    def recognise(self, path: Path) -> Job:
        """Return what a file is and how it is read.

        Raises UsageError where there is no file, ImportRefused where no format takes it, WarehouseError where the
        disk has no room for it.
        """
        if not path.is_file():
            raise UsageError(
                f"{path} is not a file. Name the exports to import, or put them into {self.workspace.exports}."
            )
        self._refuse_leading_out(path)
        if path.stat().st_size == 0:
            raise ImportRefused("empty", f"{path.name}: empty file. Download the export again.")
        self._room(path)
        if mending.delimiter_of(path):
            return self._mended(path)
        head, source, match = (self.setup.reader or self._read_head)(path, self.setup.options)
        return self._job(path, (head, source, match), options=self.setup.options, reading=self._reading())

    def _refuse_leading_out(self, path: Path) -> None:
        """Refuse a link in `exports/` to a file outside the workspace: whoever made the folder would choose what is read.

        What a person names elsewhere is theirs to name. Raises ImportRefused.
        """
        is_export = path.parent.absolute().is_relative_to(self.workspace.exports.absolute())
        if is_export and not self.workspace.holds(path):
            raise ImportRefused(
                "not_recognised",
                f"{path.name} is a link to a file outside the workspace, so it was not read. Put the file itself into "
                f"{self.workspace.exports.name}/, or take the link away.",
            )

    def _mended(self, path: Path) -> Job:
        opened = mending.open_mended(path, self.workspace, store=self.store)
        read = (opened.head, opened.source, opened.match)
        job = self._job(path, read, options=opened.options, reading=str(opened.origin["options"]))
        return replace(job, mended=opened, earlier=())

    def _job(self, path: Path, read: tuple[Head, Source, Match], *, options: ImportOptions, reading: str) -> Job:
        head, source, match = read
        sha, lineage, version = _sha256(path), match.source, str(source.version)
        if head.mapping is not None:  # an edited mapping is another reader
            content = json.dumps(head.mapping, sort_keys=True)
            version += f"+{hashlib.sha256(content.encode()).hexdigest()[:12]}"
        if "posts" in source.tables and head.kind in DOCUMENTS and self.setup.own_accounts:
            own = json.dumps(sorted(self.setup.own_accounts))  # they decide which posts are ours
            version += f"+{hashlib.sha256(own.encode()).hexdigest()[:12]}"
        earlier: tuple[str, ...] = ()
        if head.mapping is not None and self.store.exists():
            found = self.store.ask(
                "SELECT import_id FROM imports WHERE sha256 = :sha AND source = :source AND source_version <> :version",
                sha=sha, source=lineage, version=version,
            )  # fmt: skip
            earlier = tuple(found["import_id"].to_pylist())
        identity = "\x1f".join([sha, lineage, version, reading, str(self._again(sha, lineage))])
        import_id = hashlib.sha256(identity.encode()).hexdigest()[:16]
        return Job(path, sha, head, source, match, lineage, import_id, version, reading, options, earlier)

    def _read_head(self, path: Path, options: ImportOptions) -> tuple[Head, Source, Match]:
        from leadline.evidence.sources.registry import recognise
        from leadline.evidence.sources.sniff import open_head

        head = open_head(path, options, mappings=self.workspace.mappings)
        source, match = recognise(head, options)
        return head, source, match

    def _room(self, path: Path) -> None:
        self.workspace.staging.mkdir(parents=True, exist_ok=True)
        free, needed = shutil.disk_usage(self.workspace.staging).free, disk_needed(path)
        if free < needed:
            raise WarehouseError(
                f"{path.name} needs {needed / 1e6:.0f} MB of disk under {self.workspace.evidence}; "
                f"{(needed - free) / 1e6:.0f} MB are missing. Make room, then run the import again; nothing was changed."
            )

    def _reading(self) -> str:
        """Return the options that change how a file is read, as they stand in `imports.options`."""
        given = {
            name: value for name, value in asdict(self.setup.options).items() if value and name not in APPLIES_ONLY
        }
        return json.dumps(given, sort_keys=True)

    def known(self, job: Job) -> bool:
        """Return whether the same bytes were imported before by the same reader with the same options."""
        if not self.store.exists():
            return False
        found = self.store.ask(
            "SELECT import_id FROM imports WHERE sha256 = :sha AND source = :source AND source_version = :version AND options = :options",
            sha=job.sha256, source=job.lineage, version=job.version, options=job.reading,
        )  # fmt: skip
        return bool(found.num_rows)

    def _again(self, sha: str, lineage: str) -> int:
        """Return how often this file was imported before, where it is to be read again."""
        if not self.setup.options.again or not self.store.exists():
            return 0
        asked = self.store.ask(
            "SELECT count(*) AS n FROM imports WHERE sha256 = :sha AND source = :source", sha=sha, source=lineage
        )
        return int(asked["n"][0].as_py())


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(HASH_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
