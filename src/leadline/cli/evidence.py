"""`leadline import` and `leadline evidence`: bring in what happened, and see what is there."""

from __future__ import annotations

import glob
import json
import re
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from leadline.cli import privacy
from leadline.cli.options import (
    AsOfOption,
    DebugOption,
    JsonOption,
    QuietOption,
    WorkspaceOption,
    day,
    finish,
    progress,
    say,
)
from leadline.cli.privacy import Retention
from leadline.cli.review import now
from leadline.cli.unmatched import evidence_lines, imported_line
from leadline.errors import UsageError
from leadline.settings import read_settings
from leadline.workspace import Workspace

if TYPE_CHECKING:
    from leadline.evidence.frames import AsOf
    from leadline.evidence.import_jobs import Setup
    from leadline.evidence.import_report import ImportReport
    from leadline.evidence.plan_facts import PlanFacts
    from leadline.evidence.sources.records import ImportOptions
    from leadline.evidence.store import Store
    from leadline.settings import Settings


DATE_ORDERS = ("ymd", "dmy", "mdy")


class Numbers(StrEnum):
    """How numbers are written."""

    EN = "en"
    DE = "de"


def import_(
    files: Annotated[list[Path], typer.Argument(help="Files, folders or patterns.")],
    source: Annotated[
        str | None, typer.Option("--source", help="Format, where several would do.", show_default=False)
    ] = None,
    sheet: Annotated[str | None, typer.Option("--sheet", help="Sheet of a workbook.", show_default=False)] = None,
    currency: Annotated[
        str | None,
        typer.Option("--currency", help="Currency of amounts, where the file does not say.", show_default=False),
    ] = None,
    numbers: Annotated[
        Numbers | None, typer.Option("--numbers", help="How numbers are written.", show_default=False)
    ] = None,
    dates: Annotated[
        str | None,
        typer.Option(
            "--dates",
            help="Order of dates: ymd, dmy, mdy, or a pattern; or a report's days, FIRST..LAST.",
            show_default=False,
        ),
    ] = None,
    encoding: Annotated[
        str | None, typer.Option("--encoding", help="Encoding of the text.", show_default=False)
    ] = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Import nothing; show how each file is understood.")
    ] = False,
    draft_mapping: Annotated[
        bool, typer.Option("--draft-mapping", help="Import nothing; write a mapping file to complete.")
    ] = False,
    accept_rejects: Annotated[
        bool, typer.Option("--accept-rejects", help="Import though more than a fifth is rejected.")
    ] = False,
    replace_span: Annotated[
        bool, typer.Option("--replace-span", help="Set rows that the file lacks for its span to 0.")
    ] = False,
    again: Annotated[
        bool, typer.Option("--again", help="Read a known file again, after a reader's version rose.")
    ] = False,
    wait: Annotated[
        float, typer.Option("--wait", min=0, metavar="SECONDS", help="How long to wait for another import.")
    ] = 60.0,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Do all but the commit.")] = False,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
    debug: DebugOption = False,
) -> None:
    """Import exports exactly once, all or nothing per file, with what was rejected kept.

    Example: leadline import exports/*.csv
    """
    from leadline.evidence.imports import import_files
    from leadline.evidence.sources.records import ImportOptions

    if explain and draft_mapping:
        raise UsageError("--explain and --draft-mapping were both given, and neither imports. Name the one you want.")
    found = Workspace.find(Path.cwd(), named=workspace)
    paths = _expanded(files)
    options = ImportOptions(
        source=source, sheet=sheet, currency=_currency(currency), numbers=numbers.value if numbers else None, dates=_dates(dates),
        encoding=encoding, accept_rejects=accept_rejects, replace_span=replace_span, again=again,
    )  # fmt: skip
    facts, setup = _setup(found, options, wait=wait, dry_run=dry_run, quiet=quiet)
    if draft_mapping:
        _draft(paths, options)
        return
    if explain:
        say(json.dumps([_explained(path, found, facts, setup) for path in paths], indent=1, default=str))
        return
    progress(f"importing {len(paths)} {'file' if len(paths) == 1 else 'files'}", quiet=quiet)
    reports = import_files(found, paths, facts=facts, setup=setup, clock=now)
    if not dry_run:
        _look_ahead(found, reports)
    say(_json(reports) if as_json else _text(reports))
    if setup.key.made is not None and not quiet:
        progress(
            f"A key for this workspace's pseudonyms was made: {setup.key.made}. Keep it; without it everybody becomes new."
        )
    finish(_code(reports))


def evidence(
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
    as_of: AsOfOption = None,
    rules: Annotated[
        tuple[str, str] | None,
        typer.Option(
            "--rules",
            metavar="A B",
            help="Compare two versions of the channel rules: their first digits, now, or baseline.",
            show_default=False,
        ),
    ] = None,
    undo_link: Annotated[
        str | None,
        typer.Option(
            "--undo-link", metavar="ID", help="Take apart what a link joins, or refuse it.", show_default=False
        ),
    ] = None,
    rotate_key: Annotated[bool, typer.Option("--rotate-key", help="Put a new key in for the pseudonyms.")] = False,
    keeping: Annotated[
        Retention | None,
        typer.Option("--retention", help="Show what is older than it is kept, or let go of it.", show_default=False),
    ] = None,
    debug: DebugOption = False,
) -> None:
    """Show what the warehouse holds: tables, spans, imports, rejects, what belongs to no tactic.

    Example: leadline evidence
    """
    from leadline.errors import NothingDone
    from leadline.evidence.store import open_store
    from leadline.plan.source import read_plan
    from leadline.review.documents import evidence_document
    from leadline.review.kept_quality import kept_quality
    from leadline.review.plan_facts import plan_facts
    from leadline.review.run import Request, day_of
    from leadline.review.verb_documents import EvidenceDocument
    from leadline.review.views import evidence_summary

    tasks = {"--undo-link": undo_link, "--rotate-key": rotate_key or None, "--retention": keeping, "--rules": rules}
    if len(given := [name for name, value in tasks.items() if value is not None]) > 1:
        raise UsageError(f"{given[0]} and {given[1]} were both given, and each is a task of its own. Name one of them.")
    found = Workspace.find(Path.cwd(), named=workspace)
    if undo_link is not None:
        _undo_link(found, undo_link, as_json=as_json)
        return
    if rotate_key:
        privacy.rotate_key(found, as_json=as_json, quiet=quiet)
        return
    if keeping is not None:
        privacy.retention(found, keeping, as_json=as_json)
        return
    plan = read_plan(found.plan).plan
    store = open_store(found)
    try:
        if not store.exists():
            raise NothingDone(
                "Nothing was imported yet. Put exports into exports/ and run leadline review, or leadline import FILE..."
            )
        settings = read_settings(found.settings)
        at = day_of(store, plan, settings=settings, request=Request(now=now, as_of=day(as_of)))
        if rules is not None:
            _compare_rules(store, rules, at=at, settings=settings, as_json=as_json)
            return
        with store.sitting() as asked:  # two dozen questions open the file once
            known = plan_facts(plan)
            odd = kept_quality(found, asked, at=at, facts=known, settings=settings)
            summary = evidence_summary(asked, at, facts=known, settings=settings, odd=odd)
    finally:
        store.close()
    document = {"as_of": at.day.isoformat(), **evidence_document(summary)}
    text = _evidence_text(document, plan.plan.currency or "EUR")
    say(EvidenceDocument.model_validate(document).model_dump_json(indent=1) if as_json else text)


def _look_ahead(found: Workspace, reports: Sequence[ImportReport]) -> None:
    """Have the quality facts of a large import ready before anybody asks for them."""
    from leadline.review.looking_ahead import look_ahead

    look_ahead(found, sum(one.tables.get("touches", {}).get("new", 0) for one in reports), now=now)


def _undo_link(found: Workspace, link: str, *, as_json: bool) -> None:
    """Take two identifiers apart; say whether other links still make one person of them."""
    from leadline.cli.options import person
    from leadline.evidence.decided import Desk
    from leadline.review.verb_documents import UndoneDocument

    desk = Desk(found, person(), now, read_settings(found.settings).identity)
    told = UndoneDocument(link=desk.undo(link).link, by=desk.by, are_still_one=desk.are_one(link))
    rest = " Other links still make one person of both ends." if told.are_still_one else ""
    say(told.model_dump_json(indent=1) if as_json else f"The link {link} is undone; no fact was changed.{rest}")


def _compare_rules(store: Store, versions: tuple[str, str], *, at: AsOf, settings: Settings, as_json: bool) -> None:
    """Say how many touches and how much spend two versions of the channel rules put under different channels."""
    from leadline.evidence.rule_moves import rule_moves
    from leadline.review.importing import channels_of
    from leadline.review.verb_documents import RulesDocument

    moved = rule_moves(store, versions, at=at, now=channels_of(settings.channels))
    if as_json:
        document = {"as_of": at.day.isoformat(), **moved.document(), "notes": list(moved.notes)}
        say(RulesDocument.model_validate(document).model_dump_json(indent=1))
        return
    lines = [moved.sentence(), ""]
    lines += [
        f"{one.table:<8} {one.rows:>9} rows  {one.left} → {one.entered}"
        + ("" if one.money is None else f"  {one.money:.2f} {one.currency}")
        for one in moved.moves
    ]
    say("\n".join(lines).rstrip())


def _currency(given: str | None) -> str | None:
    if given is not None and not re.fullmatch("[A-Z]{3}", given):
        raise UsageError(f'--currency "{given}" is no currency. Write its three capital letters, such as EUR.')
    return given


def _dates(given: str | None) -> str | None:
    if given is not None and given not in DATE_ORDERS and "%" not in given and ".." not in given:
        raise UsageError(
            f'--dates "{given}" is not known. Known: {", ".join(DATE_ORDERS)}, a pattern such as %d.%m.%Y, or the days that a '
            "report covers, such as 2027-03-01..2027-03-31."
        )
    return given


def _expanded(files: Sequence[Path]) -> list[Path]:
    found: list[Path] = []
    for given in files:
        if given.is_dir():
            found += sorted(
                path for path in given.rglob("*") if path.is_file() and not path.name.endswith(".mapping.yaml")
            )
        elif any(sign in str(given) for sign in "*?["):
            found += sorted(Path(name) for name in glob.glob(str(given), recursive=True))  # noqa: PTH207 - patterns of the user may be absolute
        elif given.exists():
            found.append(given)
        else:
            raise UsageError(f"{given} does not exist. Name files, folders or patterns that do.")
    if not found:
        raise UsageError(f"{', '.join(map(str, files))}: no file there. Name files, folders or patterns.")
    return found


def _setup(
    found: Workspace, options: ImportOptions, *, wait: float, dry_run: bool, quiet: bool
) -> tuple[PlanFacts, Setup]:
    from dataclasses import replace

    from leadline.plan.source import read_plan
    from leadline.review.importing import setup_of
    from leadline.review.plan_facts import plan_facts

    plan = read_plan(found.plan).plan
    setup = setup_of(plan, read_settings(found.settings))
    notice = None if quiet else progress
    return plan_facts(plan), replace(setup, options=options, wait=wait, dry_run=dry_run, notice=notice)


def _draft(paths: Sequence[Path], options: ImportOptions) -> None:
    from leadline.evidence.sources.draft import draft_mapping
    from leadline.evidence.sources.sniff import open_head

    for path in paths:
        target = path.with_name(f"{path.stem}.mapping.yaml")
        if target.exists():
            raise UsageError(f"{target} exists already and is left as it is. Edit it, or move it away first.")
        target.write_text(draft_mapping(open_head(path, options)), encoding="utf-8")
        say(f"{target} is written: complete it, then leadline import {path}")


def _explained(path: Path, found: Workspace, facts: PlanFacts, setup: Setup) -> dict[str, Any]:
    from leadline.evidence.sources.explain import explain
    from leadline.evidence.sources.records import Context
    from leadline.evidence.sources.registry import recognise
    from leadline.evidence.sources.sniff import open_head

    head = open_head(path, setup.options, mappings=found.mappings)
    source, match = recognise(head, setup.options)
    context = Context(facts.timezone, setup.options, facts.states, own_accounts=setup.ours)
    return dict(explain(head, source, match=match, context=context))


def _json(reports: Sequence[ImportReport]) -> str:
    from leadline.review.verb_documents import ImportDocuments

    return ImportDocuments.model_validate([one.document() for one in reports]).model_dump_json(indent=1)


def _text(reports: Sequence[ImportReport]) -> str:
    lines = []
    for one in reports:
        lines.append(one.sentence())
        lines += [f"  belongs to no tactic: {imported_line(entry)}" for entry in list(one.unmatched)[:5]]
        if len(one.unmatched) > 5:
            lines.append(f"  +{len(one.unmatched) - 5} more that belong to no tactic, use --json")
        lines += [f"  note: {note}" for note in one.notes]
        if one.rejects is not None:
            lines.append(f"  {one.records.rejected} rejected, kept with their reasons in {one.rejects}")
    return "\n".join(lines)


def _code(reports: Sequence[ImportReport]) -> int:
    if any(one.status == "refused" for one in reports):
        return 2
    return 4 if all(one.status == "empty" for one in reports) else 0


def _evidence_text(document: dict[str, Any], currency: str) -> str:
    lines = [f"Evidence as of {document['as_of']}", ""]
    lines += [
        f"{one['name']:<12} {one['rows']:>9} rows  {one['first'] or '–'} to {one['last'] or '–'}  {one['source']}"
        for one in document["tables"]
    ]
    lines += ["", *(f"{one['file']}: {one['recognised_as']}, {one['records']} records" for one in document["imports"])]
    lines.append(f"{document['rejects']} records rejected")
    lines += evidence_lines(document["unmatched"], currency=currency)
    lines += _identity_lines(document["identity"])
    lines += [f"{one['level']}: {one['text']}" for one in document["facts"]]
    return "\n".join(lines)


def _identity_lines(who: dict[str, Any] | None) -> list[str]:
    if who is None or not who["identifiers"]:
        return []
    counts = who["counts"]
    told = (
        f"{who['people']} people behind {who['identifiers']} identifiers; links that wait for a decision: {counts['waits']}, "
        f"undone: {counts['undone']} (--json lists them)"
    )
    return [told, *([f"names were not compared: {who['why_not']}"] if who["why_not"] else [])]
