"""The plan a verb works on: in a workspace, in a file or folder, or in a git revision."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from leadline.errors import PlanError, UsageError
from leadline.settings import Settings, read_settings
from leadline.words import harmless
from leadline.workspace import Workspace, holds_sections

if TYPE_CHECKING:
    import datetime as dt

    from leadline.align.run import CheckOptions
    from leadline.plan.source import Document
    from leadline.review.fingerprints import Reviewed

YAML = (".yaml", ".yml")


@dataclass(frozen=True)
class Opened:
    """A plan as a verb works on it.

    path: the file or folder it was read from, None for a git revision · settings: of the leadline.toml beside it
    workspace: the folder it lives in · is_named: a plan was named on the command line, so the warehouse is not asked
    """

    document: Document
    settings: Settings
    workspace: Workspace | None
    path: Path | None
    is_named: bool

    @property
    def ledger(self) -> Path:
        """Return the file of reviewed fingerprints, as it reads best from here."""
        return nearby((self.workspace or Workspace(Path())).fingerprints)

    def options(self, as_of: dt.date, *, seed: int | None = None, preview: bool = False) -> CheckOptions:
        """Return how to check the plan on a day: its settings, and what the ledger knows of its reviews."""
        from leadline.align.run import CheckOptions

        return CheckOptions(
            as_of=as_of,
            seed=self.settings.seed if seed is None else seed,
            preview=preview,
            settings=self.settings.check,
            known_contents=self.reviewed.known_contents,
            approved=self.reviewed.approved,
            approved_on=self.reviewed.approved_on,
        )

    @cached_property
    def reviewed(self) -> Reviewed:
        """Return what the ledger knows of the plan's reviews; what it could not read is told on standard error."""
        from leadline.review.fingerprints import Reviewed, read_reviewed

        if self.workspace is None:
            return Reviewed()
        found = read_reviewed(self.workspace.fingerprints, self.document.plan.plan.id)
        sys.stderr.writelines(harmless(f"{note}.\n") for note in found.notes)
        return found


def open_plan(plan: Path | None, workspace: Path | None) -> Opened:
    """Read the plan named (a file, a folder, or REV:PATH in git), or the workspace's.

    Raises UsageError where there is none, PlanError where it cannot be read.
    """
    from leadline.plan.source import read_plan

    if plan is None:
        found = Workspace.find(Path.cwd(), named=workspace)
        path = nearby(found.plan)
        return Opened(read_plan(path), read_settings(found.settings), found, path, is_named=False)
    revision, colon, named = str(plan).partition(":")
    if colon and not plan.exists():
        return Opened(at_revision(revision, named), Settings(), None, None, is_named=True)
    if not plan.exists():
        raise UsageError(f"{plan} does not exist. Name a plan file, or run leadline check inside a workspace.")
    inside = () if holds_sections(plan) else (plan / "plan.yaml", plan / "plan")
    path = next((found for found in inside if found.exists()), plan)
    home = Workspace(path.parent)
    return Opened(read_plan(path), read_settings(home.settings), home, path, is_named=True)


def nearby(path: Path) -> Path:
    """Return a path as it reads best in findings: from here where it lies below, itself or what it is a link to."""
    for full in (path.absolute(), path.resolve()):
        if ".." not in full.parts and full.is_relative_to(Path.cwd()):
            return full.relative_to(Path.cwd())
    return path


def at_revision(revision: str, inside: str, *, folder: Path | None = None) -> Document:
    """Read a plan (a file, or a folder with one file per section) as it stood in a git revision.

    inside: a path from the top of the repository, or `./path` from `folder` (default: from here)
    Raises UsageError outside a repository, for an unknown revision, and where the plan is not in it.
    """
    from leadline.plan.source import parse_texts

    here = folder or Path.cwd()
    _refuse_unknown(revision, here)
    for name in dict.fromkeys((inside, f"./{inside}")):
        spec = f"{revision}:{name.rstrip('/')}"
        if _git(here, "cat-file", "-e", spec).returncode == 0:
            return parse_texts(_texts(here, spec))
    raise UsageError(
        f"{inside.removeprefix('./')} is not in revision {revision}. Name a path from the top of the repository (REV:path/plan.yaml), "
        f"or see what is there: git ls-tree -r --name-only {revision}."
    )


def is_there(revision: str, path: Path) -> bool:
    """Say whether a file or folder stands in a git revision. Raises UsageError outside a repository, or for no revision."""
    _refuse_unknown(revision, path.parent)
    return _git(path.parent, "cat-file", "-e", f"{revision}:./{path.name}").returncode == 0


def _refuse_unknown(revision: str, folder: Path) -> None:
    inside = _git(folder, "rev-parse", "--is-inside-work-tree")
    if inside.returncode != 0 or inside.stdout.strip() != b"true":
        raise UsageError(
            f"{folder} is in no git repository, so there is no revision {revision} to look at. "
            "Compare two files instead: leadline diff old.yaml plan.yaml."
        )
    if _git(folder, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}").returncode != 0:
        raise UsageError(
            f'Revision "{revision}" is not known here. Name a commit, a branch or a tag; git log --oneline lists them.'
        )


def _texts(folder: Path, spec: str) -> Mapping[str, str]:
    if _git(folder, "cat-file", "-t", spec).stdout.strip() == b"blob":
        return {spec: _decoded(_git(folder, "show", spec).stdout, spec)}
    listed = _git(folder, "ls-tree", "--full-tree", "--name-only", "-z", spec).stdout.decode("utf-8").split("\0")
    names = sorted(f"{spec}/{name}" for name in listed if name.endswith(YAML))
    if not names:
        raise UsageError(f"{spec} holds no .yaml file. Name the plan's file or folder.")
    return {name: _decoded(_git(folder, "show", name).stdout, name) for name in names}


def _decoded(content: bytes, name: str) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        raise PlanError(f"{name}: The file is not text in UTF-8. Name a revision in which it is.") from None


def _git(folder: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    command = ["git", "-C", str(folder), *arguments]
    try:
        return subprocess.run(command, capture_output=True, check=False)  # noqa: S603 - the user's git, no shell
    except FileNotFoundError:
        raise UsageError(
            "git was not found, so no revision can be read. Install git, or name two plan files."
        ) from None
