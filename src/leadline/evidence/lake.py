"""The lake: the canonical tables as parquet folders, and one small file that says which of them count.

    lake/
      CURRENT                    which folders make up each table; replaced by an atomic rename
      spend/v=7/month=2027-03/   rows that commit 7 brought, or wrote anew, for a month
      meta/v=7/                  a table that is small enough to be written whole

A commit writes folders of its own number and then moves CURRENT. Until then nobody sees them, so a kill at any moment
leaves a commit wholly in or wholly out; no table format is needed. Folders that no CURRENT names any more stay until
the commit after the next one, for readers that still hold them.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from leadline.errors import WarehouseError
from leadline.evidence import schema

POINTER = "CURRENT"
ALL = "all"  # the one partition of a table that is not cut into months

Folders = Mapping[str, Mapping[str, Sequence[str]]]


@dataclass(frozen=True)
class Current:
    """What CURRENT says.

    version: number of the commit · snapshot: as `meta` has it · folders: table → partition → folders
    before: folders of the commit before this one that count no more; the next commit takes them away
    """

    version: int = 0
    snapshot: str = ""
    folders: Folders = field(default_factory=dict)
    before: tuple[str, ...] = ()

    def of(self, table: str, partitions: Iterable[str] | None = None) -> tuple[str, ...]:
        """Return the folders of a table, or of some of its partitions, below the lake's own."""
        parts = self.folders.get(table, {})
        return tuple(
            name for part in sorted(parts if partitions is None else partitions) for name in parts.get(part, ())
        )


@dataclass(frozen=True)
class Lake:
    """A folder of tables that this machine, and every machine of a cluster, sees under the same path."""

    folder: Path

    @property
    def pointer(self) -> Path:
        """Return the file that every commit replaces."""
        return self.folder / POINTER

    def exists(self) -> bool:
        """Return whether anything was ever committed."""
        return self.pointer.is_file()

    def current(self) -> Current:
        """Return what counts now. Raises WarehouseError for a lake of another storage version, or none."""
        if not self.exists():
            return Current()
        rebuild = f"Everything in it comes back from the exports: move {self.folder.name} away and import them again."
        try:
            found = json.loads(self.pointer.read_text(encoding="utf-8"))
            current = Current(found["version"], found["snapshot"], found["folders"], tuple(found["before"]))
            version = found["storage_version"]
        except (ValueError, KeyError, TypeError) as error:
            raise WarehouseError(f"{self.pointer} is not the pointer of a lake of Leadline. {rebuild}") from error
        if version != schema.STORAGE_VERSION:
            raise WarehouseError(
                f"{self.folder} has storage version {version}, this Leadline writes {schema.STORAGE_VERSION}. {rebuild}"
            )
        return current

    def paths(self, names: Iterable[str]) -> list[str]:
        """Return folders of the lake as whole paths."""
        return [str(self.folder.absolute() / name) for name in names]

    def files(self, names: Iterable[str]) -> list[str]:
        """Return the parquet files in folders of the lake."""
        return [str(path) for name in names for path in sorted((self.folder / name).glob("*.parquet"))]

    def bytes_in(self, names: Iterable[str]) -> int:
        """Return how many bytes the parquet files in folders of the lake are."""
        return sum(Path(file).stat().st_size for file in self.files(names))

    def begin(self, version: int) -> None:
        """Take away what a commit of that number left when it was killed."""
        for folder in self.folder.glob(f"*/v={version}"):
            shutil.rmtree(folder)

    def commit(self, folders: Folders, *, snapshot: str, before: Current) -> None:
        """Let these folders count from now on; the ones that counted two commits ago go."""
        kept = {name for parts in folders.values() for names in parts.values() for name in names}
        earlier = {name for table in before.folders for name in before.of(table)}
        left = sorted(earlier - kept)
        for name in kept - earlier:
            _sync(self.folder / name)
        said = {
            "storage_version": schema.STORAGE_VERSION, "version": before.version + 1, "snapshot": snapshot,
            "folders": {table: {part: list(names) for part, names in parts.items()} for table, parts in folders.items()},
            "before": left,
        }  # fmt: skip
        part = self.pointer.with_name(f"{POINTER}.new")
        with part.open("w", encoding="utf-8") as file:
            json.dump(said, file, indent=1, sort_keys=True)
            file.flush()
            os.fsync(file.fileno())
        part.replace(self.pointer)
        for name in before.before:
            self._remove(name)

    def sweep(self) -> None:
        """Take away at once every folder that does not count, as an erasure must."""
        current = self.current()
        kept = {name for table in current.folders for name in current.of(table)}
        for name in set(self._written()) - kept:
            self._remove(name)

    def _written(self) -> Iterator[str]:
        """Yield every folder that holds parquet files, below the lake's own."""
        for path in {file.parent for file in self.folder.rglob("*.parquet")}:
            yield path.relative_to(self.folder).as_posix()

    def _remove(self, name: str) -> None:
        shutil.rmtree(self.folder / name, ignore_errors=True)
        for parent in (self.folder / name).parents:
            if parent == self.folder:
                break
            try:
                parent.rmdir()
            except OSError:  # other months of that commit still count
                break


def _sync(folder: Path) -> None:
    """Bring a folder's files to the disk before anything points at them."""
    for path in (*folder.iterdir(), folder):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
