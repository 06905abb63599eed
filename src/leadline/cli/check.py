"""`leadline check` and `leadline explain`: the plan judged like a program, and each rule explained."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import sys
import time
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from leadline.cli.fixing import mend_plan, refuse_misuse
from leadline.cli.options import (
    AsOfOption,
    DebugOption,
    JsonOption,
    QuietOption,
    SeedOption,
    WorkspaceOption,
    day,
    finish,
    say,
    today,
)
from leadline.cli.plans import Opened, at_revision, is_there, open_plan
from leadline.errors import UsageError, WarehouseError
from leadline.words import harmless

if TYPE_CHECKING:
    from collections.abc import Mapping

    from leadline.align.facts import EvidenceFacts
    from leadline.align.finding import Level
    from leadline.align.fixing import Mended
    from leadline.align.result import CheckResult
    from leadline.align.run import CheckOptions
    from leadline.review.judging import Told


class Format(StrEnum):
    """How findings are written."""

    TEXT = "text"
    JSON = "json"
    GITHUB = "github"
    SARIF = "sarif"


class FailOn(StrEnum):
    """From which level on the exit code is 1."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"
    NEVER = "never"

    @property
    def level(self) -> Level | None:
        """Return the level of findings it means, None for never."""
        levels: Mapping[str, Level] = {"error": "error", "warning": "warning", "note": "note"}
        return levels.get(self.value)


SelectOption = Annotated[
    list[str] | None,
    typer.Option(
        "--select",
        help="Only these rules: code, name or prefix such as BRG. Repeatable, or with commas.",
        show_default=False,
    ),
]
IgnoreOption = Annotated[
    list[str] | None,
    typer.Option("--ignore", help="All but these rules. Repeatable, or with commas.", show_default=False),
]


def check(
    plan: Annotated[
        Path | None, typer.Argument(help="A plan file; default the workspace's.", show_default=False)
    ] = None,
    format_: Annotated[Format, typer.Option("--format", help="How findings are written.")] = Format.TEXT,
    select: SelectOption = None,
    ignore: IgnoreOption = None,
    preview: Annotated[bool, typer.Option("--preview", help="Ask the preview rules too.")] = False,
    since: Annotated[
        str | None,
        typer.Option(
            "--since",
            metavar="REV",
            help="Only findings on what changed since a git revision, and on what depends on that.",
            show_default=False,
        ),
    ] = None,
    fix: Annotated[
        bool,
        typer.Option(
            "--fix", help="Mend what can be mended safely: quotes, units, order, renamed ids, unused waivers."
        ),
    ] = False,
    unsafe: Annotated[
        bool,
        typer.Option("--unsafe", help="With --fix: show dates, links and tactics to park as a diff, and ask for each."),
    ] = False,
    yes: Annotated[
        bool,
        typer.Option(
            "--yes", help="With --unsafe: make them without asking; in a pipe nothing unsafe is made without it."
        ),
    ] = False,
    fail_on: Annotated[FailOn, typer.Option("--fail-on", help="Level from which the exit code is 1.")] = FailOn.ERROR,
    show_all: Annotated[bool, typer.Option("--all", help="Show every finding, not the first 20.")] = False,
    plain: Annotated[bool, typer.Option("--plain", help="No colour, no box signs.")] = False,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
    as_of: AsOfOption = None,
    seed: SeedOption = None,
    debug: DebugOption = False,
) -> None:
    """Judge the plan: does it hold together, reach a sale, is it staffed and paid for.

    Example: leadline check --fail-on warning
    """
    from leadline.align.run import check as run

    if as_json and format_ not in (Format.TEXT, Format.JSON):
        raise UsageError(f"--json and --format {format_.value} were both given. Name the one you want.")
    started = time.perf_counter()
    opened = open_plan(plan, workspace)
    told = _told(opened, as_of, seed)
    options = replace(
        opened.options(judged_on(opened, as_of) if told is None else told.day, seed=seed, preview=preview),
        select=_split(select),
        ignore=_split(ignore),
        facts=_with_precedents(opened, None if told is None else told.facts),
        settled=None if told is None else told.settled,
    )
    refuse_misuse(opened, fix=fix, unsafe=unsafe, yes=yes, since=since)
    if since is not None:
        options = limited(opened, options, since)
    mended = mend_plan(opened, options, unsafe=unsafe, yes=yes) if fix else None
    result = run(opened.document if mended is None else mended.document, options)
    form = Format.JSON if as_json else format_
    if form is Format.JSON:
        snapshot = None if told is None else told.snapshot
        say(_document(result, mended, seconds=time.perf_counter() - started, snapshot=snapshot))
    else:
        _tell(mended, form, quiet=quiet)
        say(_written(result, form, show_all=show_all, plain=plain))
        if form is Format.TEXT and told is not None and not quiet:
            say("judged with the evidence imported so far; new files come in by leadline review")
    finish(int(fails(result, fail_on)))


def explain(
    code: Annotated[str, typer.Argument(help="Code or name of a rule, such as TPM004.")],
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Explain one rule: what it does, why, its source, a bad and a good example, how to waive it.

    Example: leadline explain TPM004
    """
    from leadline.align.explain import explain as text

    if as_json:
        from leadline.review.published import rule_document

        say(rule_document(code).model_dump_json(indent=1))
        return
    say(text(code, width=min(100, shutil.get_terminal_size((80, 24)).columns)))


def limited(opened: Opened, options: CheckOptions, revision: str) -> CheckOptions:
    """Return the options of a check of what changed since a revision, and of what depends on it.

    Raises UsageError outside a repository, for an unknown revision, and where the plan was not there yet.
    """
    from leadline.align.touched import changed

    if opened.path is None:
        raise UsageError("--since compares a plan on disk with a git revision. Name the plan's file, or leave it out.")
    path = opened.path.resolve()
    if not is_there(revision, path):
        raise UsageError(
            f"{opened.path} is not in revision {revision}. If it had another name then, compare the two: "
            f"leadline diff {revision}:OLD {opened.path}. If it is new, check all of it: leave --since out."
        )
    before = at_revision(revision, f"./{path.name}", folder=path.parent)
    found = changed(before.plan, opened.document.plan)
    if found.ids is None:
        sys.stderr.write(f"The head of the plan changed since {revision}; everything hangs on it, so all is checked.\n")
    counted = f"{found.count} {'element' if found.count == 1 else 'elements'} changed since {revision}"
    return replace(options, only=found.ids, since=counted)


def judged_on(opened: Opened, as_of: str | None) -> dt.date:
    """Return the day of judgement of a plan without evidence: asked for, set, today."""
    return day(as_of) or opened.settings.as_of or today()


def _told(opened: Opened, as_of: str | None, seed: int | None) -> Told | None:
    """Return what the evidence of the plan's workspace tells the checks; a plan that was named is judged alone."""
    if opened.workspace is None or opened.is_named or not opened.workspace.evidence.exists():
        return None
    from leadline.review.judging import told_to_checks
    from leadline.review.run import Request, day_of

    request = Request(now=lambda: dt.datetime.now(tz=dt.UTC), as_of=day(as_of))
    settings, document = opened.settings, opened.document
    try:
        return told_to_checks(
            opened.workspace, document, settings=settings, seed=settings.seed if seed is None else seed,
            day_of=lambda store: day_of(store, document.plan, settings=settings, request=request),
        )  # fmt: skip
    except WarehouseError as closed:
        raise WarehouseError(f"{closed} Or judge the plan alone: leadline check {opened.path}.") from closed


def _with_precedents(opened: Opened, facts: EvidenceFacts | None) -> EvidenceFacts | None:
    """Return the facts with what earlier plans in the plan's folder tried; files that cannot be read are named."""
    if opened.path is None or opened.workspace is None:
        return facts
    from leadline.align.facts import EvidenceFacts
    from leadline.review.earlier_plans import earlier_tactics

    found = earlier_tactics(opened.workspace.folder, opened.document.plan, own=opened.path)
    sys.stderr.writelines(harmless(f"{note}\n") for note in found.notes)
    return replace(facts or EvidenceFacts(), earlier=found.tactics) if found.tactics else facts


def fails(result: CheckResult, fail_on: FailOn) -> bool:
    """Say whether anything shown stands at the level or above."""
    return fail_on.level is not None and result.reaches(fail_on.level)


def _split(given: list[str] | None) -> tuple[str, ...]:
    return tuple(name for text in given or () for name in text.split(",") if name)


def _document(result: CheckResult, mended: Mended | None, *, seconds: float, snapshot: str | None) -> str:
    from leadline.align.writers.document import document_of

    document = document_of(result, seconds=seconds, made_at=dt.datetime.now(tz=dt.UTC), snapshot=snapshot)
    if mended is not None:
        from leadline.align.writers.fixes import fix_rows

        fixed, left = fix_rows(mended)
        document = document.model_copy(update={"fixed": fixed, "left": left})
    return document.model_dump_json(indent=2)


def _tell(mended: Mended | None, form: Format, *, quiet: bool) -> None:
    """Say what was mended: before the findings of a text, beside the formats that machines read."""
    if mended is None or quiet:
        return
    from leadline.align.writers.fixes import write_fixes

    text = write_fixes(mended, width=_width())
    if form is Format.TEXT:
        say(f"{text}\n")
    else:
        sys.stderr.write(harmless(text))


def _width() -> int:
    return min(100, shutil.get_terminal_size((80, 24)).columns)


def _written(result: CheckResult, form: Format, *, show_all: bool, plain: bool) -> str:
    from leadline.align.writers.github import write_github
    from leadline.align.writers.sarif import write_sarif
    from leadline.align.writers.text import TextOptions, write_text

    match form:
        case Format.GITHUB:
            return write_github(result)
        case Format.SARIF:
            return write_sarif(result)
    colour = sys.stdout.isatty() and not plain and not os.environ.get("NO_COLOR")  # no-color.org
    return write_text(result, TextOptions(width=_width(), plain=plain, all=show_all, colour=colour))
