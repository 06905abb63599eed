"""`leadline review`, `report`, `map` and `demo`: the whole line, and what it shows."""

from __future__ import annotations

import datetime as dt
import shutil
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from leadline.cli.check import FailOn, fails
from leadline.cli.options import (
    AsOfOption,
    DebugOption,
    JsonOption,
    QuietOption,
    SeedOption,
    WorkspaceOption,
    day,
    finish,
    progress,
    say,
    written,
)
from leadline.report.pages.registry import PAGES, kind_of, lay_out
from leadline.report.writing import write_page, writer_for
from leadline.words import harmless
from leadline.workspace import Workspace

if TYPE_CHECKING:
    from leadline.review.mixing import Mixing
    from leadline.review.result import Review

OutputOption = Annotated[Path, typer.Option("-o", "--output", help="File to write; its ending decides the format.")]
FailOnOption = Annotated[FailOn, typer.Option("--fail-on", help="Level of findings from which the exit code is 1.")]


def run(found: Workspace, *, as_of: str | None, seed: int | None, quiet: bool, mixing: Mixing | None = None) -> Review:
    """Run the whole line over a workspace. mixing: asks for the mix to be measured."""
    from leadline.review.run import Request, review

    told = Request(
        now=now, as_of=day(as_of), seed=seed, progress=lambda text: progress(text, quiet=quiet), mixing=mixing
    )
    return review(found, told)


def refused(seen: Review) -> int:
    """Name the files that could not be taken, on standard error; return the exit code they ask for."""
    told = [one.sentence() for one in seen.imports if one.status == "refused"]
    sys.stderr.writelines(harmless(f"{text}\n") for text in told)
    return 2 if told else 0


def now() -> dt.datetime:
    """Return the moment, UTC without zone."""
    return dt.datetime.now(tz=dt.UTC).replace(tzinfo=None)


def review(
    workspace: WorkspaceOption = None,
    fail_on: FailOnOption = FailOn.ERROR,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
    as_of: AsOfOption = None,
    seed: SeedOption = None,
    debug: DebugOption = False,
) -> None:
    """Import what is new, measure, check, decide, and write the report; what has not changed is not computed again.

    Example: leadline review
    """
    found = Workspace.find(Path.cwd(), named=workspace)
    _reviewed(found, fail_on, as_json=as_json, quiet=quiet, as_of=as_of, seed=seed)


def report(
    output: OutputOption,
    page: Annotated[
        str,
        typer.Option(
            "--page",
            help=f"Page of the report: {', '.join(kind.shown_as for kind in PAGES)}.",
        ),
    ] = "review",
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
    as_of: AsOfOption = None,
    seed: SeedOption = None,
    debug: DebugOption = False,
) -> None:
    """Write a page of the report in the format that the file's ending names, such as html, pdf or docx.

    Example: leadline report -o review.html
    """
    kind_of(page)
    writer_for(output)
    found = Workspace.find(Path.cwd(), named=workspace)
    seen = run(found, as_of=as_of, seed=seed, quiet=quiet)
    write(seen, output, page=page, workspace=found)
    if as_json:
        say(written(output, as_of=seen.as_of, plan_hash=seen.plan_hash))
    elif not quiet:
        say(f"{output} is written.")


def demo(
    folder: Annotated[Path, typer.Argument(help="Folder of the sample workspace.")] = Path("leadline-demo"),
    world: Annotated[
        str,
        typer.Option(
            "--world", help="Which made-up company: halden (pumps), tidewater (bicycles), harbour (a charity)."
        ),
    ] = "halden",
    as_json: JsonOption = False,
    quiet: QuietOption = False,
    as_of: AsOfOption = None,
    seed: SeedOption = None,
    debug: DebugOption = False,
) -> None:
    """Make a sample workspace, a plan with real faults and a year of exports, and review it.

    Example: leadline demo
    """
    if (folder / "plan.yaml").exists():
        if not quiet and not as_json:
            say(f"{folder} is there already and is reviewed as it stands. For a fresh one, name another folder.\n")
    else:
        from leadline.worlds.making import make_world

        started = time.perf_counter()
        progress(f"living a year of {world}", quiet=quiet)
        folder.mkdir(parents=True, exist_ok=True)
        files = make_world(world, folder, seed=seed)
        if not quiet and not as_json:
            say(f"{folder}: a plan, and {len(files.exports)} export and mapping files of a made-up company.")
            say("Its truth stands in truth.json, where the review does not look.\n")
        progress(f"written in {time.perf_counter() - started:.0f} s", quiet=quiet)
    _reviewed(Workspace(folder), FailOn.NEVER, as_json=as_json, quiet=quiet, as_of=as_of, seed=seed)


def _reviewed(
    found: Workspace, fail_on: FailOn, *, as_json: bool, quiet: bool, as_of: str | None, seed: int | None
) -> None:
    from leadline.review.story import story

    seen = run(found, as_of=as_of, seed=seed, quiet=quiet)
    target = found.reports / "review.html"
    progress("writing the report", quiet=quiet)
    write(seen, target)
    if as_of is None and seed is None:
        _kept_again(found, seen, quiet=quiet)
    if as_json:
        from leadline.review.documents import review_document

        say(review_document(seen, str(target)).model_dump_json(indent=1))
    else:
        width = min(100, shutil.get_terminal_size((80, 24)).columns)
        say(story(seen, str(target), width=width))
    finish(refused(seen) or int(fails(seen.check, fail_on)))


def _kept_again(found: Workspace, seen: Review, *, quiet: bool) -> None:
    """Renew the pages of the browser, where there are any: whoever never opens it does not wait for them."""
    from leadline.report.kept import keep_pages, latest
    from leadline.review.material import material

    if latest(found) is not None:
        progress("laying out the pages of the browser", quiet=quiet)
        keep_pages(material(seen, found), found, made_at=now())


def write(seen: Review, output: Path, *, page: str = "review", workspace: Workspace | None = None) -> None:
    """Write a page of a review in the format of the file's ending; workspace: where its evidence lies."""
    from leadline.review.material import material

    asked = workspace if kind_of(page).of == "material" else None
    write_page(lay_out(page, material(seen, asked)), output)
