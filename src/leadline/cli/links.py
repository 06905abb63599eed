"""`leadline review-link` and `leadline waive`: links looked at again, exceptions with a reason and an end."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from leadline.cli.options import AsOfOption, DebugOption, JsonOption, QuietOption, WorkspaceOption, day, say, today
from leadline.cli.plans import Opened, open_plan
from leadline.errors import UsageError

if TYPE_CHECKING:
    from leadline.review.approving import LinkReviewed, Reviewing

PlanOption = Annotated[
    Path | None,
    typer.Option("--plan", help="A plan file or folder; default the workspace's.", show_default=False),
]


def review_link(
    element: Annotated[
        str, typer.Argument(metavar="ID", help="An element; the plan's own id approves the whole plan.")
    ],
    by: Annotated[
        str | None,
        typer.Option("--by", metavar="NAME", help="Who looked; default the plan's driver.", show_default=False),
    ] = None,
    plan: PlanOption = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
    as_of: AsOfOption = None,
    debug: DebugOption = False,
) -> None:
    """Say that an element's links were looked at and still hold; with the plan's own id, approve the whole plan.

    Writes the fingerprint of what each link points to, the day and the person into the plan, and keeps what the
    fingerprints stand for in ledger/fingerprints.jsonl. An approval is a decision too.

    Example: leadline review-link search --by ines
    """
    from leadline.review.approving import Signature, keep, look_again
    from leadline.review.plan_documents import ReviewedLinkDocument, ReviewLinkDocument

    opened = _writable(open_plan(plan, workspace))
    who = (by or opened.document.plan.plan.driver or "").strip()
    if not who:
        raise UsageError("Nobody is named. Write --by NAME, or give the plan a driver (plan.driver).")
    signature = Signature(_today(opened, as_of), who)
    reviewing = look_again(opened.document, element, known=opened.reviewed, by=signature)
    ledger = opened.ledger
    written = (*keep(reviewing, opened.document, ledger=ledger), ledger.as_posix())
    if as_json:
        document = ReviewLinkDocument(
            element=reviewing.element,
            date=reviewing.signature.date,
            by=reviewing.signature.by,
            links=[ReviewedLinkDocument.model_validate(link, from_attributes=True) for link in reviewing.links],
            children=reviewing.children,
            decision=reviewing.decision,
            plan_hash=opened.document.hash,
            written=list(written),
        )
        say(document.model_dump_json(indent=1))
    elif not quiet:
        say("\n".join([*_told(reviewing), f"written: {', '.join(written)}"]))


def waive(
    code: Annotated[str, typer.Argument(help="Code or name of a check, such as MEA001.")],
    element: Annotated[str, typer.Argument(metavar="ID", help="The element it is waived for.")],
    reason: Annotated[str, typer.Option("--reason", help="Why the exception is right.")],
    approved_by: Annotated[str, typer.Option("--approved-by", metavar="NAME", help="Who approved it.")],
    expires: Annotated[str, typer.Option("--expires", metavar="DATE", help="Last day on which it holds.")],
    plan: PlanOption = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
    as_of: AsOfOption = None,
    debug: DebugOption = False,
) -> None:
    """Make an exception from a check for one element: with a reason, a person and a last day.

    Example: leadline waive MEA001 fair --reason "One fair cannot be split" --approved-by ines --expires 2027-12-31
    """
    from leadline.align.run import check
    from leadline.align.waiving import WaiverRequest, draft
    from leadline.plan.edits import append_item, apply
    from leadline.plan.saving import save
    from leadline.review.plan_documents import WaiveDocument

    opened = _writable(open_plan(plan, workspace))
    now = _today(opened, as_of)
    request = WaiverRequest(code, element, reason, approved_by, day(expires, option="--expires") or now)
    waiver = draft(opened.document.plan, request, as_of=now)
    after = apply(opened.document, [append_item(opened.document, ("control", "waivers"), value={**waiver})])
    covered = [one for one in check(after, opened.options(now, preview=True)) if one.waived_by == waiver["id"]]
    (file,) = save(opened.document.texts, after.texts)
    if as_json:
        suppressed = [str(finding) for finding in covered]
        say(WaiveDocument(waiver=waiver, file=file, as_of=now, suppresses=suppressed).model_dump_json(indent=1))
    elif not quiet:
        lines = [f"  {finding.code} {finding.name} on {finding.element.id}: {finding.text}" for finding in covered]
        what = _count(len(covered), "finding") if covered else "nothing"
        say(
            "\n".join([
                f"{waiver['code']} is waived for {element} until {waiver['expires']}; as of {now} it suppresses {what}",
                *lines,
                f"written: {file}, waiver {waiver['id']}",
            ])
        )  # fmt: skip


def _writable(opened: Opened) -> Opened:
    if opened.path is None:
        raise UsageError("A plan in a git revision cannot be changed. Name the plan's file, or check it out first.")
    return opened


def _today(opened: Opened, as_of: str | None) -> dt.date:
    """Return the day of a signature: as asked for, as set, or today; what evidence covers says nothing about it."""
    return day(as_of) or opened.settings.as_of or today()


def _told(reviewing: Reviewing) -> Iterator[str]:
    renewed = [link for link in reviewing.links if link.is_renewed]
    new = [link for link in reviewing.links if link.before is None and link.now is not None]
    lost = [link for link in reviewing.links if link.now is None]
    for link in renewed:
        yield f"{link.element} → {link.ref}: {_change(link)}"
    for link in lost:
        yield f"{link.element} → {link.ref}: nothing is called {link.ref}, so this link was not reviewed"
    same = len(reviewing.links) - len(new) - len(renewed) - len(lost)
    yield (
        f"{reviewing.element}: {_count(len(reviewing.links) - len(lost), 'link')} reviewed ({len(new)} for the first time, "
        f"{len(renewed)} after a change, {same} as before), {_count(reviewing.children, 'child', 'children')} noted"
    )
    if reviewing.decision is not None:
        yield f"the plan is approved as of {reviewing.signature.date} by {reviewing.signature.by}: decision {reviewing.decision}"


def _change(link: LinkReviewed) -> str:
    from leadline.align.changes import narrowed

    if link.field is None:
        return "it changed since it was last looked at; what it was is not on record"
    old, new = narrowed(link.old, link.new)
    return f"{link.field} was {old or 'nothing'} when it was last looked at and is {new or 'nothing'}"


def _count(number: int, one: str, several: str = "") -> str:
    return f"{number} {one if number == 1 else several or one + 's'}"
