"""What background jobs do: import files, review everything, start from files, measure the mix. Run in the child process of `work`.

A task takes the workspace, the arguments of its order and a `tell(text, share=None)` for its progress, and returns a plain
document. Every one of them may be cut at any moment and begun again: imports are exactly once, results are kept by what
they depend on, a start over the same files adds nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from leadline.errors import NothingDone, UsageError
from leadline.web.bounding import bounded_memory
from leadline.web.reading import version_of
from leadline.workspace import Workspace

if TYPE_CHECKING:
    from leadline.measure.mix.sampler import Progress

Arguments = Mapping[str, Any]
JUDGED = {"as_of": str, "seed": int}  # what everything is judged by, where an order says it
OPTIONS = {  # of an import, by their names on the command line
    "source": str, "sheet": str, "currency": str, "numbers": str, "dates": str, "encoding": str,
    "accept_rejects": bool, "again": bool, "replace_span": bool,
}  # fmt: skip
WAIT_SECONDS = 600.0  # own: a person sees in the browser who holds the warehouse, and can stop waiting
NEXT_YEAR = "review-year"  # writes to the plan of the next window
REVIEWS = ("review-month", "review-quarter", "review-after", NEXT_YEAR)
INBOX = "inbox"  # in evidence/: files dropped into the browser that nobody has understood yet


class Tell(Protocol):
    """What a task says while it works: what it does now, and the part done (0..1) where it is known."""

    def __call__(self, text: str, share: float | None = None) -> None:
        """Say it."""


@dataclass(frozen=True)
class Kind:
    """One kind of job. task: `module:function`, run in the child · check: the arguments that an order may give it.

    judges: whether it takes the day and the seed that the server was started with
    check raises UsageError, and returns the arguments as they are kept.
    """

    task: str
    check: Callable[[Workspace, Arguments], dict[str, Any]]
    judges: bool = False


def import_arguments(workspace: Workspace, given: Arguments) -> dict[str, Any]:
    """Check the order of an import: `files` by their names in the workspace (none: all of `exports/`), and its options."""
    checked = _checked(given, {"files": list, **OPTIONS})
    if checked.get("numbers", "en") not in ("en", "de"):
        raise UsageError.unknown("numbers", checked["numbers"], known=("en", "de"))
    return {**checked, "files": _names(workspace, checked.get("files", ()))}


def start_arguments(workspace: Workspace, given: Arguments) -> dict[str, Any]:
    """Check the order of a start: `files` by their names in the workspace, the `currency` where they name none, `as_of`."""
    checked = _checked(given, {"files": list, "currency": str, "as_of": JUDGED["as_of"]})
    return {**checked, "files": _names(workspace, checked.get("files", ()))}


def review_arguments(_workspace: Workspace, given: Arguments) -> dict[str, Any]:
    """Check the order of a review: it takes nothing but `as_of` and `seed`."""
    return _checked(given, JUDGED)


def import_task(workspace: Workspace, arguments: Arguments, *, tell: Tell) -> dict[str, Any]:
    """Import files, each wholly or not at all; return one document per file, as `leadline import --json` has them."""
    from leadline.evidence.imports import import_files
    from leadline.evidence.sources.records import ImportOptions
    from leadline.plan.source import read_plan
    from leadline.review.importing import exports_of, setup_of
    from leadline.review.plan_facts import plan_facts
    from leadline.settings import read_settings

    plan, settings = read_plan(workspace.plan).plan, read_settings(workspace.settings)
    options = ImportOptions(**{name: value for name, value in arguments.items() if name in OPTIONS})
    setup = replace(setup_of(plan, settings), options=options, wait=WAIT_SECONDS, notice=tell, progress=tell)
    files = [workspace.folder / name for name in arguments.get("files", ())] or exports_of(workspace)
    tell(f"importing what is new of {len(files)} {'file' if len(files) == 1 else 'files'}")
    with bounded_memory():
        reports = import_files(workspace, files, facts=plan_facts(plan), setup=setup, clock=now) if files else []
    made = setup.key.made
    return {"files": [report.document() for report in reports], "key_made": None if made is None else str(made)}


def review_task(workspace: Workspace, arguments: Arguments, *, tell: Tell) -> dict[str, Any]:
    """Import what is new, measure, check, decide, and lay out every page; return what it was, and what came in."""
    from leadline.report.kept import keep_pages
    from leadline.review.material import material
    from leadline.review.run import Request, review

    came_in = import_task(workspace, {}, tell=tell)
    seen = review(workspace, Request(now, _day(arguments), arguments.get("seed"), progress=tell))
    kept = keep_pages(material(seen, workspace), workspace, made_at=now(), progress=tell)
    return {
        "plan_hash": seen.plan_hash, "as_of": seen.as_of.isoformat(), "snapshot": seen.snapshot, "answer": seen.answer,
        **came_in, "pages": list(kept.names), "computed": len(seen.computed), "kept": len(seen.kept),
    }  # fmt: skip


def mix_arguments(_workspace: Workspace, given: Arguments) -> dict[str, Any]:
    """Check the order of a mix: `instant` for a quick estimate, `as_of` and `seed`."""
    return _checked(given, {"instant": bool, **JUDGED})


def mix_task(workspace: Workspace, arguments: Arguments, *, tell: Tell) -> dict[str, Any]:
    """Measure the mix, and lay out every page with it; return the document of `leadline measure mix --json`.

    Raises NothingDone where there is nothing to fit, with the reason; what was measured before stands then, as after a cut.
    """
    from leadline.report.kept import keep_pages
    from leadline.review.documents import measure_document
    from leadline.review.material import material
    from leadline.review.mix_running import cache_folder, progress_words
    from leadline.review.mixing import Mixing
    from leadline.review.run import Request, review

    def fitting(seen: Progress) -> None:
        tell(progress_words(seen), seen.done / seen.total if seen.total else None)

    import_task(workspace, {}, tell=tell)
    mixing = Mixing(cache_folder(), fitting, instant=arguments.get("instant", False))
    seen = review(workspace, Request(now, _day(arguments), arguments.get("seed"), progress=tell, mixing=mixing))
    document = measure_document(seen).model_copy(update={"bridge": [], "paths": []})
    if document.mix is None:
        raise NothingDone(seen.mix.why or " ".join(seen.sentences))
    keep_pages(material(seen, workspace), workspace, made_at=now(), progress=tell)
    return document.model_dump(mode="json")


def start_task(workspace: Workspace, arguments: Arguments, *, tell: Tell) -> dict[str, Any]:
    """Draft a situation from files; return the document of `leadline start --json`, and what it shows as a `page`."""
    from leadline.report import blocks
    from leadline.report.keeping import Pen, drawn_with
    from leadline.report.kept import PAGE_SHAPES
    from leadline.report.pages.start import start_page
    from leadline.review.draft import StartRequest, start_from_files
    from leadline.review.start_document import start_document

    files = [workspace.folder / name for name in arguments["files"]]
    request = StartRequest(now, _day(arguments), currency=arguments.get("currency"), progress=tell, course=tell)
    with bounded_memory():
        found = start_from_files(workspace, files, request=request)
    tell("drawing")
    drawn = None if found.document is None else Pen(drawn_with()).draw(start_page(found))
    page = None if drawn is None else PAGE_SHAPES.write(drawn, blocks.Page)
    return {**start_document(found).model_dump(mode="json"), "page": page}


def ask_arguments(_workspace: Workspace, given: Arguments) -> dict[str, Any]:
    """Check the order of what a recurring review asks about: `flow` by its name."""
    checked = _checked(given, {"flow": str, **JUDGED})
    if checked.get("flow") not in REVIEWS:
        raise UsageError.unknown("flow", str(checked.get("flow")), known=REVIEWS)
    return checked


def ask_task(workspace: Workspace, arguments: Arguments, *, tell: Tell) -> dict[str, Any]:
    """Review everything as of the day of the answers; return what the flow asks about, and the plan it writes to."""
    from leadline.plan.source import read_plan
    from leadline.review.asked import asked_items
    from leadline.review.recurring import drafted_next
    from leadline.review.run import Request, review
    from leadline.settings import read_settings

    asked, seed = _day(arguments), arguments.get("seed")
    seen = review(workspace, Request(now, asked, seed, progress=tell))
    day = asked or read_settings(workspace.settings).as_of or max(now().date(), seen.as_of)
    if day != seen.as_of:
        seen = review(workspace, Request(now, day, seed, progress=tell))
    is_next = arguments["flow"] == NEXT_YEAR
    plan = drafted_next(workspace, seen.check.document) if is_next else workspace.plan
    document = read_plan(plan)
    items = [asdict(item) for item in asked_items(seen, arguments["flow"], draft=document.plan)]
    return {"plan": plan.name, "version": version_of(document.texts), "day": day.isoformat(), "items": items}


KINDS: Mapping[str, Kind] = {
    "import": Kind("leadline.web.tasks:import_task", import_arguments),
    "review": Kind("leadline.web.tasks:review_task", review_arguments, judges=True),
    "start": Kind("leadline.web.tasks:start_task", start_arguments),
    "mix": Kind("leadline.web.tasks:mix_task", mix_arguments, judges=True),
    "ask": Kind("leadline.web.tasks:ask_task", ask_arguments, judges=True),
}


def now() -> dt.datetime:
    """Return the moment, UTC without zone."""
    return dt.datetime.now(tz=dt.UTC).replace(tzinfo=None)


def _day(arguments: Arguments) -> dt.date | None:
    """Return the day on which everything is judged, where an order names one. Raises UsageError for what is no day."""
    named = arguments.get("as_of")
    try:
        return None if named is None else dt.date.fromisoformat(named)
    except ValueError:
        raise UsageError(f'as_of "{named}" is not a day. Write it as 2027-01-31.') from None


def _checked(given: Arguments, known: Mapping[str, type]) -> dict[str, Any]:
    """Return arguments without those that say nothing. Raises UsageError for unknown ones and wrong types."""
    checked = {name: value for name, value in given.items() if value is not None and value != ""}
    for name, value in checked.items():
        if name not in known:
            raise UsageError.unknown("argument", name, known=known)
        if type(value) is not known[name]:
            raise UsageError.unknown(name, str(value), known=(known[name].__name__,))
    _day(checked)
    return checked


def _names(workspace: Workspace, given: Iterable[object]) -> list[str]:
    """Return names of files as they stand in the workspace: in `exports/`, where a bare name is looked for, or the inbox.

    Raises UsageError for every other name, and where a link leads out of there.
    """
    home = workspace.folder.resolve()
    roots = [folder.resolve() for folder in (workspace.exports, workspace.evidence / INBOX)]
    found = []
    for name in given:
        tried = [Path(str(name)), Path(workspace.exports.name, str(name))]
        known = next((path for path in tried if _is_file_in(home / path, roots)), None)
        if known is None:
            raise UsageError.unknown("file", str(name), known=("exports/…", f"evidence/{INBOX}/…"))
        found.append(known.as_posix())
    return found


def _is_file_in(path: Path, roots: Iterable[Path]) -> bool:
    """Say whether a path leads to a file within one of the folders."""
    try:
        real = path.resolve()
        return any(real.is_relative_to(root) for root in roots) and real.is_file()
    except (OSError, ValueError, RuntimeError):  # a null character, a name too long, links in a circle
        return False
