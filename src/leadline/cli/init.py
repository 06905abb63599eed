"""`leadline init`: a new workspace, and the interviews that write its plan."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from leadline.cli.options import DebugOption, JsonOption, QuietOption, person, say, today, written
from leadline.errors import UsageError
from leadline.review.new_workspace import begin_empty
from leadline.workspace import Workspace

if TYPE_CHECKING:
    from leadline.plan.interview import Desk, Flow, Session
    from leadline.settings import Settings

FlowOption = Annotated[
    str,
    typer.Option(
        "--flow", help="Which interview: triage, first, quick, align, six, sales, walk, audit, ladder, review-…."
    ),
]


def init(
    folder: Annotated[Path, typer.Argument(help="Folder of the workspace, new or begun.")] = Path(),
    flow: FlowOption = "first",
    empty: Annotated[bool, typer.Option("--empty", help="Write the bare sections and ask nothing.")] = False,
    missing: Annotated[bool, typer.Option("--missing", help="Ask what is still open, the unknown too.")] = False,
    from_: Annotated[
        str | None, typer.Option("--from", metavar="ID", help="Begin at this question.", show_default=False)
    ] = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
    debug: DebugOption = False,
) -> None:
    """Start a workspace by an interview, or go on with one; --empty asks nothing.

    Example: leadline init acme --empty
    """
    if empty:
        _begin_empty(folder, as_json=as_json, quiet=quiet)
        return
    _interview(folder, flow, missing=missing, start=from_, as_json=as_json, quiet=quiet)


def _begin_empty(folder: Path, *, as_json: bool, quiet: bool) -> None:
    begin_empty(folder)
    if as_json:
        say(written(*(folder / name for name in ("plan.yaml", "leadline.toml", "plan.schema.json"))))
    elif not quiet:
        say(
            f"{folder / 'plan.yaml'} and {folder / 'leadline.toml'} are written. Fill the sections from top to bottom, then: leadline check"
        )


def _interview(folder: Path, name: str, *, missing: bool, start: str | None, as_json: bool, quiet: bool) -> None:
    from leadline.align.interviewing import Interviewing
    from leadline.cli.asking import Talk, on_terminal
    from leadline.cli.judging import closing_lines
    from leadline.plan.interview import read_flow
    from leadline.review.new_workspace import desk_of
    from leadline.settings import read_settings

    flow = read_flow(name)
    if flow.name.startswith("review-"):
        from leadline.cli.recurring import converse

        converse(folder, flow, as_json=as_json, quiet=quiet, start=start)
        return
    desk = desk_of(Workspace(folder), flow, by=person())
    session = _session(flow, desk, folder, missing=missing, start=start)
    source, out = on_terminal(json=as_json)
    session = Talk(desk, source, out, quiet=quiet).hold(session)
    settings = read_settings(folder / "leadline.toml")
    if not quiet and session.next() is None:
        for line in ("", *closing_lines(session, Interviewing(today(), settings))):
            out.write(f"{line}\n")
        if flow.ends == "check" and desk is not None and session.document.plan.tactics.list:
            out.write(f"The picture of it: {_drawn(desk, Workspace(folder), settings)}\n")
    if as_json:
        say(written(*([desk.plan] if desk else []), plan_hash=session.document.hash))


def _drawn(desk: Desk, workspace: Workspace, settings: Settings) -> Path:
    """Draw the strategy map into the reports and return where it is."""
    from leadline.cli.review import now
    from leadline.report.maps import write_map
    from leadline.review.run import Request, review_plan

    seen = review_plan(desk.plan, Request(now=now, as_of=settings.as_of or today(), seed=settings.seed))
    file = workspace.reports / "map.svg"
    file.parent.mkdir(parents=True, exist_ok=True)
    write_map(file, seen.map, currency=seen.currency, title=f"Strategy map: {seen.title}")
    return file


def _session(flow: Flow, desk: Desk | None, folder: Path, *, missing: bool, start: str | None) -> Session:
    from leadline.align.interviewing import Interviewing, begun, scored
    from leadline.review.new_workspace import blank
    from leadline.settings import read_settings

    how = Interviewing(today(), read_settings(folder / "leadline.toml"))
    document = desk.read() if desk else blank()
    state = desk.read_state(flow.name) if desk else None
    session = replace(scored(begun(flow, document, how=how, state=state)), missing=missing)
    if start is None:
        return session
    try:
        return session.go(start)
    except KeyError:
        raise UsageError.unknown("--from", start, known=[question.id for question in flow.questions]) from None
