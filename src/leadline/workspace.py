"""Where a workspace keeps its files: paths only, nothing is read or written here; `find` and `holds` look at the disk."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from leadline.errors import UsageError


def holds_sections(folder: Path) -> bool:
    """Say whether a folder is the `plan/` of a workspace, whose plan.yaml is the head alone, and no workspace itself."""
    if folder.absolute().name != "plan" or (folder / "leadline.toml").exists() or not folder.is_dir():
        return False
    return sum(file.suffix in (".yaml", ".yml") for file in folder.iterdir()) > 1


@dataclass(frozen=True)
class Workspace:
    """One plan and everything that belongs to it, in one folder (interfaces.md, "A workspace")."""

    folder: Path

    @property
    def plan(self) -> Path:
        """Return the plan: `plan.yaml`, or the folder `plan/` with one file per section."""
        single = self.folder / "plan.yaml"
        return single if single.exists() or not (self.folder / "plan").is_dir() else self.folder / "plan"

    @property
    def settings(self) -> Path:
        """Return `leadline.toml`."""
        return self.folder / "leadline.toml"

    @property
    def exports(self) -> Path:
        """Return the folder of files to import; `review` imports what is new there first."""
        return self.folder / "exports"

    @property
    def mappings(self) -> Path:
        """Return the folder of mapping files that serve several exports."""
        return self.folder / "mappings"

    @property
    def evidence(self) -> Path:
        """Return the folder of the warehouse, rejects and locks; it can be rebuilt."""
        return self.folder / "evidence"

    @property
    def warehouse(self) -> Path:
        """Return the embedded warehouse."""
        return self.evidence / "warehouse.duckdb"

    @property
    def contacts(self) -> Path:
        """Return the file that holds names and addresses, apart from everything else."""
        return self.evidence / "contacts.duckdb"

    @property
    def rejects(self) -> Path:
        """Return the folder of rejects, one CSV per import."""
        return self.evidence / "rejects"

    @property
    def staging(self) -> Path:
        """Return the folder where imports stage; stale files there are removed."""
        return self.evidence / "tmp"

    @property
    def lock(self) -> Path:
        """Return the lock that merge and commit hold."""
        return self.evidence / "lock"

    @property
    def ledger(self) -> Path:
        """Return the folder of append-only JSON lines."""
        return self.folder / "ledger"

    @property
    def interview(self) -> Path:
        """Return the file that says where the interview stands; it can be deleted without loss."""
        return self.evidence / "interview.json"

    @property
    def fingerprints(self) -> Path:
        """Return the ledger of reviewed contents: what each fingerprint stood for."""
        return self.ledger / "fingerprints.jsonl"

    @property
    def edits(self) -> Path:
        """Return the ledger of what was edited in the plan through Leadline, with old and new text."""
        return self.ledger / "edits.jsonl"

    @property
    def comments(self) -> Path:
        """Return the ledger of what people said about elements of the plan."""
        return self.ledger / "comments.jsonl"

    @property
    def consent(self) -> Path:
        """Return the ledger of who agreed to what, withdrew, or objected."""
        return self.ledger / "consent.jsonl"

    @property
    def links(self) -> Path:
        """Return the ledger of merges undone or made by hand: keyed numbers, no names."""
        return self.ledger / "links.jsonl"

    @property
    def erasures(self) -> Path:
        """Return the ledger of who was forgotten: keyed hashes and receipts, no names."""
        return self.ledger / "erasures.jsonl"

    @property
    def results(self) -> Path:
        """Return the folder of kept results, by what they depend on."""
        return self.folder / "results"

    @property
    def reports(self) -> Path:
        """Return the folder of reports."""
        return self.folder / "reports"

    def holds(self, path: Path) -> bool:
        """Say whether a file lies in the workspace, or where its `exports/` leads, once every link is followed."""
        roots = (self.folder.resolve(), self.exports.resolve())
        try:
            return any(map(path.resolve().is_relative_to, roots))
        except (OSError, RuntimeError):  # links in a circle
            return False

    def shortened(self, text: str) -> str:
        """Return a text in which files of the workspace are named from its folder on, wherever on the machine that lies."""
        for root in dict.fromkeys((str(self.folder.absolute()), str(self.folder.resolve()))):
            if root != "/":
                text = text.replace(f"{root}/", "").replace(root, self.folder.absolute().name)
        return text

    @classmethod
    def find(cls, start: Path, *, named: Path | None = None) -> Workspace:
        """Return the named workspace, or the nearest folder upward from `start` that holds a plan.

        Raises UsageError where there is none.
        """
        if named is not None:
            if not named.is_dir():
                raise UsageError(
                    f"{named} is not a folder. Name an existing workspace, or make one: leadline init {named} --empty."
                )
            return cls(named.parent if holds_sections(named) else named)
        for folder in (start, *start.parents):
            if holds_sections(folder):
                return cls(folder.parent)
            if (folder / "plan.yaml").exists() or (folder / "plan").is_dir():
                return cls(folder)
        raise UsageError(
            f"No plan.yaml in {start} or above. Go to a workspace, name one with --workspace DIR, "
            "or make one: leadline init DIR --empty (a sample: leadline demo DIR)."
        )
