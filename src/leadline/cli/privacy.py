"""`leadline forget`: one person out of every file that Leadline keeps. And what `evidence` does for privacy: `--rotate-key`, `--retention`."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from leadline.cli.options import DebugOption, JsonOption, QuietOption, WorkspaceOption, progress, say
from leadline.cli.review import now
from leadline.errors import UsageError
from leadline.settings import read_settings
from leadline.workspace import Workspace

if TYPE_CHECKING:
    import datetime as dt

    from leadline.evidence.forgetting import Eraser
    from leadline.evidence.import_jobs import Setup

SHOWN = 12  # own: as many files as a screen holds beside the rest; --json has them all


def forget(
    subject: Annotated[
        str,
        typer.Argument(
            metavar="SUBJECT",
            help="An address, a telephone number, a CRM id, kind:value, or - to read it from standard input.",
        ),
    ],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask first.")] = False,
    wait: Annotated[
        float, typer.Option("--wait", min=0, metavar="SECONDS", help="How long to wait for an import.")
    ] = 60.0,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
    debug: DebugOption = False,
) -> None:
    """Forget a person: names, identifiers and texts go, amounts and counts stay, no import brings them back.

    Prints a receipt and keeps it in ledger/erasures.jsonl. Your own exports are not changed: the receipt names them.

    Example: leadline forget eva@pumps.example
    """
    from leadline.review.verb_documents import ForgetDocument

    found = Workspace.find(Path.cwd(), named=workspace)
    named = sys.stdin.readline().strip() if subject == "-" else subject.strip()
    if not named:
        raise UsageError("Nobody is named. Give an address, a telephone number, a CRM id or kind:value.")
    if not (yes or as_json) and sys.stdin.isatty():
        typer.confirm("This cannot be undone. Forget this person?", abort=True)
    progress("forgetting", quiet=quiet)
    document = eraser(found, wait=wait).forget(named).document()
    say(ForgetDocument.model_validate(document).model_dump_json(indent=1) if as_json else receipt_text(document))


def eraser(found: Workspace, *, wait: float) -> Eraser:
    """Return what forgets people in a workspace."""
    from leadline.evidence.forgetting import Eraser

    return Eraser(found, _setup(found).key, _clock, wait)


def rotate_key(found: Workspace, *, as_json: bool, quiet: bool) -> None:
    """Put a new key in for the pseudonyms, and say what it did."""
    from leadline.evidence.rotating import Rotation
    from leadline.review.verb_documents import RotatedDocument

    progress("putting a new key in", quiet=quiet)
    document = Rotation(found, _setup(found).key, _clock).rotate().document()
    if as_json:
        say(RotatedDocument.model_validate(document).model_dump_json(indent=1))
        return
    lines = [f"A new key is in use since {document['at']}, kept in {document['kept_in']}: mark {document['key']}."]
    lines += [f"  {name}: {rows} {'row' if rows == 1 else 'rows'}" for name, rows in document["tables"].items()]
    if document["removed"]:
        lines.append(f"  results to be made anew by the next review: {len(document['removed'])}")
    say("\n".join([*lines, *(f"  note: {note}" for note in document["notes"])]))


class Retention(StrEnum):
    """What is done about what is older than it is kept."""

    SHOW = "show"
    APPLY = "apply"


def retention(found: Workspace, wanted: Retention, *, as_json: bool) -> None:
    """Show what is older than it is kept, or let go of it."""
    from leadline.evidence.letting_go import LettingGo
    from leadline.review.verb_documents import RetentionDocument

    settings = read_settings(found.settings)
    letting = LettingGo(found, settings.retention, _clock, settings.as_of)
    told = letting.apply() if wanted is Retention.APPLY else letting.show()
    document = told.document()
    if as_json:
        say(RetentionDocument.model_validate(document).model_dump_json(indent=1))
        return
    done = "let go" if told.receipt else "would go"
    lines = [f"Kept how long, counted from {told.day}:"]
    lines += [
        f"  {one['what']}: {one['days'] or 'for good'}{(' day' if one['days'] == 1 else ' days') if one['days'] else ''}; {one['rows']} {done} ([retention] {one['name']})"
        for one in document["classes"]
    ]
    if told.receipt:
        lines.append(f"Receipt {told.receipt} in ledger/erasures.jsonl, hash {told.hash}. Counts and amounts stay.")
    else:
        lines.append("Nothing was changed. Every import does it; now: leadline evidence --retention apply")
    say("\n".join(lines))


def _clock() -> dt.datetime:
    import datetime as dt

    moment = now()
    return moment if moment.tzinfo is None else moment.astimezone(dt.UTC).replace(tzinfo=None)


def _setup(found: Workspace) -> Setup:
    from leadline.plan.source import read_plan
    from leadline.review.importing import setup_of

    return setup_of(read_plan(found.plan).plan, read_settings(found.settings))


def receipt_text(document: dict[str, Any]) -> str:
    """Return a receipt as text."""
    lines = [f"Forgotten on {document['at']}, receipt {document['erasure']}: {document['identifiers']} identifiers."]
    lines += [f"  {what}: {count}" for what, count in document["tables"].items()]
    for name, said in (("removed", "removed"), ("still_hold", "still holds the person, yours to change")):
        files = document[name]
        lines += [f"  {said}: {file}" for file in files[:SHOWN]]
        if len(files) > SHOWN:
            lines.append(f"  +{len(files) - SHOWN} more files, use --json")
    if brought := [file for file in document["imports"] if not any(file in held for held in document["still_hold"])]:
        lines.append(f"  the person came in with: {', '.join(brought)}")
    lines += [f"  note: {note}" for note in document["notes"]]
    return "\n".join([*lines, f"  hash of this receipt: {document['hash']}"])
