"""What the plan is held against: what came in, how fresh it is, what is odd about it, what was not taken, and the way in.

/evidence            what the warehouse holds; the last state read, where an import is writing at this moment
/evidence/files      POST: files dropped here go into exports/ and are imported in the background, then reviewed
/evidence/again      POST: a file once more: one refused, with what it was refused for the want of; one read wrongly, otherwise
/evidence/belongs    POST: a campaign or an origin belongs to a tactic
/evidence/aside      POST: a file leaves exports/, so that nothing imports it · /evidence/back takes it back
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from starlette.routing import Route

from leadline import words
from leadline.errors import LeadlineError, UsageError
from leadline.review.keep import KeptFileError
from leadline.web import warehouse
from leadline.web.aside import ASIDE, lying_aside, put_aside, stopped, take_back
from leadline.web.kept import current
from leadline.web.pages.jobs import around, jobs_of, local, take_in
from leadline.web.receiving import Received, lying_there, names_of, receive
from leadline.web.shell import render, see
from leadline.web.site import site_of, tell
from leadline.web.taking import takes_form, text_of

if TYPE_CHECKING:
    from starlette.datastructures import FormData
    from starlette.requests import Request
    from starlette.responses import Response

    from leadline.evidence.holding import Holding, TableHeld
    from leadline.evidence.store import Store
    from leadline.evidence.unmatched import Hint
    from leadline.web.job import Job
    from leadline.web.site import Site

HOME = "/evidence"
PARTS = ("read", "accepted", "rejected", "left_out", "merged")
WHOLE = 15  # digits: counts are shown whole (house)
MOST_ROWS = 12  # style.md 2.5: at most 12 rows before "show all"
LEVELS = ("error", "warning", "note")
WANTED = {  # reason of a refusal → what it is the want of; everything else can be said too
    "no_currency": "currency", "ambiguous_format": "source", "not_recognised": "mapping", "ambiguous_numbers": "numbers",
    "ambiguous_dates": "dates", "too_many_rejects": "accept_rejects", "no_day": "days",
}  # fmt: skip
TICKED = ("accept_rejects", "again", "replace_span")
CHOICES = {"numbers": ("en", "de"), "dates": ("ymd", "dmy", "mdy")}
_CURRENCY = re.compile("[A-Z]{3}")


@dataclass(frozen=True)
class Refusal:
    """A file in exports/ that was refused when it was last tried. name: where it lies · wants: what would help."""

    name: str
    reason: str
    message: str
    wants: str


def show(request: Request) -> Response:
    """Show what there is."""
    site = site_of(request)
    if not site.plan.now().exists:
        return see("/start")  # without a plan nothing can be held against it
    seen, at_work = warehouse.look(site), _at_work(site)
    facts, judged_on = _facts(site)
    values: dict[str, Any] = {
        "seen": seen, "held": seen.holding, "facts": facts, "dangers": _dangers(facts), "hints": _hints(site), "judged_on": judged_on, "refused": _not_in(site, seen.holding), "lying": _lying(site, seen.holding),
        "aside": lying_aside(site.workspace), "aside_folder": ASIDE,
        "at_work": None if at_work is None else {"job": at_work, **around(site, at_work)},
        "to_mend": [one for one in seen.holding.imports if one.to_mend] if seen.holding else [],
        "tables": _quiet_first(seen.holding), "totals_said": _totals(seen.holding), "unmatched_said": _nobodys_money(seen.holding),
        "facts_said": {f"{level}s": sum(fact["level"] == level for fact in facts) for level in LEVELS},
        "choices": {**CHOICES, "source": _sources()}, "tactics": _tactics(site), "said": _said(site), "mapping_address": mapping_address,
        "amount": amount, "money": words.money, "local": local, "most_rows": MOST_ROWS,
    }  # fmt: skip
    return render(request, "evidence.html", **values)


def mapping_address(name: str) -> str:
    """Return where the mapping of a file in exports/ is written."""
    return f"/evidence/mapping/{quote(name)}"


def amount(count: int) -> str:
    """Return a counted number with thin spaces between thousands."""
    return words.number(count, WHOLE)


def take(request: Request, form: FormData) -> Response:
    """Keep dropped files, import them, then review."""
    site = site_of(request)
    received = receive(form, "files", folder=site.workspace.exports)
    for one in received:
        _say(request, one)
    names = names_of(received)
    if not received:
        tell(request, site.texts("evidence.no_files"), level="warn")
    if names:
        take_in(site, {"files": [f"exports/{name}" for name in names]})
    return see(HOME)


def again(request: Request, form: FormData) -> Response:
    """Import a file with what was said about it; one that is in is read anew, and what it says now takes the place."""
    site = site_of(request)
    try:
        take_in(site, {"files": [f"exports/{text_of(form, 'file')}"], **_options(form)})
    except UsageError as error:
        tell(request, str(error), level="error")
    return see(HOME)


def belongs(request: Request, form: FormData) -> Response:
    """Write into the plan which tactic a campaign or an origin belongs to."""
    from leadline.web.tracking import track

    site = site_of(request)
    kind, name, tactic = (text_of(form, field) for field in ("kind", "name", "tactic"))
    told = track(site, tactic, kind=kind, name=name)
    tell(
        request,
        site.texts(f"evidence.{told.key}", name=name, tactic=dict(_tactics(site)).get(tactic, tactic)),
        level="ok" if told.is_written else "warn",
    )
    if told.is_written:
        jobs_of(site).start("review", {})
    return see(HOME)


def aside(request: Request, form: FormData) -> Response:
    """Put a file where nothing imports it."""
    site, name = site_of(request), text_of(form, "file")
    put_aside(site.workspace, name)
    tell(request, site.texts("evidence.put_aside", name=name, folder=ASIDE), level="ok")
    return see(HOME)


def back(request: Request, form: FormData) -> Response:
    """Take a file back that was put aside, and import it."""
    site = site_of(request)
    name = take_back(site.workspace, text_of(form, "file"))
    take_in(site, {"files": [f"exports/{name}"]})
    return see(HOME)


def _say(request: Request, one: Received) -> None:
    """Say what became of a dropped file where it is not what one expects: it is kept under its own name."""
    t = site_of(request).texts
    if one.fate == "known":
        tell(request, t("evidence.known", name=one.name), level="note")
    elif one.fate == "differs":
        tell(request, t("evidence.differs", name=one.name), level="warn")
    elif one.name != one.given:
        tell(request, t("evidence.renamed", name=one.name), level="note")


def _options(form: FormData) -> dict[str, Any]:
    """Return what a form says about a file. Raises UsageError for a currency that is none."""
    said: dict[str, Any] = {
        name: text
        for name in ("source", "sheet", "numbers", "dates", "encoding")
        if (text := text_of(form, name).strip())
    }
    currency = text_of(form, "currency").strip().upper()
    if currency and not _CURRENCY.fullmatch(currency):
        raise UsageError(f'"{currency}" is no currency. Write its three letters, such as EUR.')
    if currency:
        said["currency"] = currency
    if days := text_of(form, "days").strip():
        said["dates"] = days  # a report without a column of days: its first and last, where others have their order
    said |= dict.fromkeys((name for name in TICKED if text_of(form, name)), True)
    return said


def _at_work(site: Site) -> Job | None:
    """Return the job at work on the evidence, or the next one to be; else the last one, where it did not come to its end."""
    known = [job for job in jobs_of(site).all() if job.kind in ("import", "review")]
    still = [job for job in known if not job.is_over]
    if still:
        return still[-1]
    return known[0] if known and known[0].state in ("failed", "cut") else None


def _refused(site: Site) -> Iterator[Refusal]:
    """Yield the files that were refused when they were last tried and still lie there."""
    exports = site.workspace.exports
    there = {path.name: path.relative_to(exports).as_posix() for path in reversed(list(lying_there(exports)))}
    last: dict[str, Mapping[str, Any]] = {}
    for job in jobs_of(site).all():
        if job.kind in ("import", "review") and job.result is not None:
            for report in job.result.get("files", ()):
                last.setdefault(report["file"], report)
    for name, report in sorted(last.items()):
        if report["status"] == "refused" and name in there:
            reason = str(report["reason"])
            yield Refusal(there[name], reason, str(report["message"]), WANTED.get(reason, ""))


def _not_in(site: Site, held: Holding | None) -> tuple[Refusal, ...]:
    """Return the files that lie in exports/ and are not in: refused, or their import did not come to its end."""
    refused = tuple(_refused(site))
    known = {one.name for one in refused}
    taken = {one.file for one in held.imports} if held else set()
    why = site.texts("evidence.stopped")
    left = (
        name
        for name in stopped(jobs_of(site).all(), site.workspace)
        if Path(name).name not in taken and name not in known
    )
    return (*refused, *(Refusal(name, "stopped", f"{name}: {why}", "") for name in left))


def _lying(site: Site, held: Holding | None) -> tuple[str, ...]:
    """Return the imported files that still lie where they were imported from, so that they can be read once more."""
    taken = {one.file for one in held.imports} if held else set()
    exports = site.workspace.exports
    names = (path.relative_to(exports).as_posix() for path in lying_there(exports) if path.name in taken)
    return tuple(sorted(names))


def _facts(site: Site) -> tuple[tuple[Mapping[str, str], ...], str]:
    """Return the quality facts of the last review, worst first, and the day they were judged on."""
    kept = current(site)
    try:
        found = None if kept is None else kept.document("evidence")
    except (LeadlineError, KeptFileError):
        found = None
    if kept is None or found is None:
        return (), ""
    order = sorted(found["facts"], key=lambda fact: LEVELS.index(fact["level"]))
    return tuple(order), kept.as_of.isoformat()


def _dangers(facts: Sequence[Mapping[str, str]]) -> Mapping[str, list[Mapping[str, str]]]:
    """Return the facts by what they endanger, the part with the worst first."""
    found: dict[str, list[Mapping[str, str]]] = {}
    for fact in facts:
        found.setdefault(fact.get("endangers") or "time", []).append(fact)
    return found


def _hints(site: Site) -> Mapping[str, Hint]:
    """Return why campaigns belong to no tactic and which they could be; nothing while the warehouse cannot be read."""
    from leadline.evidence.frames import as_of
    from leadline.evidence.unmatched import campaign_hints
    from leadline.review.plan_facts import plan_facts

    standing = site.plan.now()
    if standing.document is None:
        return {}
    facts, day = plan_facts(standing.document.plan), standing.settings.as_of or site.today

    def asked(store: Store) -> Mapping[str, Hint]:
        return campaign_hints(store, facts, at=as_of(store, timezone=facts.timezone, day=day))

    return warehouse.remembered(site, asked, name="hints", asked=(facts, day)) or {}


def _tactics(site: Site) -> tuple[tuple[str, str], ...]:
    document = site.plan.now().document
    if document is None:
        return ()
    return tuple((one.id, one.name or one.id) for one in document.plan.tactics.list)


def _said(site: Site) -> Mapping[tuple[str, str], str]:
    """Return the tactic of each campaign and origin that the plan names; the warehouse knows it after the next review."""
    document = site.plan.now().document
    tactics = () if document is None else document.plan.tactics.list
    return {
        (kind, name): one.name or one.id for one in tactics for kind, names in one.tracked_as.items() for name in names
    }


def _totals(held: Holding | None) -> Mapping[str, str]:
    """Return what became of all records of all imports: the four parts add up to what was read."""
    imports = () if held is None else held.imports
    return {part: amount(sum(getattr(one, part) for one in imports)) for part in PARTS}


def _quiet_first(held: Holding | None) -> tuple[TableHeld, ...]:
    """Return the tables by how long their sources have been quiet, the longest first."""
    if held is None:
        return ()
    return tuple(sorted(held.tables, key=lambda one: (-(one.age(held.day) or 0), one.name, one.source)))


def _nobodys_money(held: Holding | None) -> str:
    """Return the spend that belongs to no tactic, each currency by itself; "" where there is none."""
    sums: dict[str, float] = {}
    for one in () if held is None else held.nobodys:
        if one.money is not None and one.currency is not None:
            sums[one.currency] = sums.get(one.currency, 0.0) + one.money
    return ", ".join(words.money(total, currency) for currency, total in sums.items() if total)


def _sources() -> tuple[str, ...]:
    from leadline.evidence.sources.registry import SOURCES

    return tuple(source.name for source in SOURCES)


ROUTES = (
    Route("/evidence", show, methods=["GET"]),
    Route("/evidence/files", takes_form(take), methods=["POST"]),
    Route("/evidence/again", takes_form(again), methods=["POST"]),
    Route("/evidence/belongs", takes_form(belongs), methods=["POST"]),
    Route("/evidence/aside", takes_form(aside), methods=["POST"]),
    Route("/evidence/back", takes_form(back), methods=["POST"]),
)
NAV = (("evidence.nav", HOME),)
TAKES_FILES = ("/evidence/files",)
