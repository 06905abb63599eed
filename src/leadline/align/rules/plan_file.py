"""PLN: can the plan be read, computed with, and trusted to be the one that was agreed."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import shorten

from leadline.align.case import KIND_WORDS, Case
from leadline.align.changes import narrowed
from leadline.align.finding import ElementRef, Figure, Found, Repair, Skip, Value
from leadline.align.routes import using
from leadline.align.rule import rule
from leadline.plan.diff import renames
from leadline.plan.faults import nearest
from leadline.plan.places import Fault

NO_ID_NEAR = "no id of that kind comes near: add the element, or remove the link"
LONGEST_QUOTE = 60  # characters; house: a whole section in the wrong place is recognised by its beginning


@rule("PLN001", "duplicate-id", level="structural", scope="local", reads=())
def duplicate_id(case: Case) -> Iterator[Found | Skip]:
    """Two elements share an id, over all files of the plan.

    Bets have computed ids (`search>lead`), so two `delivers` of one tactic with the same metric, and two shared steps
    between the same metrics, are duplicates too.

    Why: ids are the keys by which exports, the ledger and every link find their element; with two of them each link
    means either.
    Source: plan.md, Conventions (ids are join keys).
    Fix: rename one of them; if data already use the id, add `moved: [{from, to}]` for the renamed one.
    """
    for fault in _faults(case, "duplicate_id"):
        places = tuple(dict.fromkeys(str(place) for place in _places(fault)))
        yield Found(
            path=fault.path,
            text='the id "{id}" is used more than once: {places}',
            values={"id": str(fault.values["id"]), "places": places},
            element=_element(fault),
            place=fault.place,
        )


def _places(fault: Fault) -> tuple[object, ...]:
    places = fault.values["places"]
    return places if isinstance(places, tuple) else (places,)


@rule("PLN002", "unknown-reference", level="structural", scope="links", reads=())
def unknown_reference(case: Case) -> Iterator[Found | Skip]:
    """A reference leads to no element, or to one of the wrong kind.

    Why: a link to nothing breaks the line from strategy to sale without anybody seeing it.
    Source: checks.md section 1 (what each reference must name).
    Fix: write the id of an element of the kind that is wanted here, or add that element.
    """
    moved = renames(case.plan)
    for reference in case.judged_references:
        kind = case.graph.kind(reference.ref) if reference.ref in case.elements else None
        if kind in reference.wanted_kinds:
            continue
        known = sorted(name for name in case.elements if case.graph.kind(name) in reference.wanted_kinds)
        new = moved.get(reference.ref)
        close = new if new in known else nearest(reference.ref, known)
        wrong = "is not defined" if kind is None else f"is a {KIND_WORDS.get(kind, kind)}"
        yield Found(
            path=reference.path,
            text=f'"{{reference}}" {wrong}; wanted here: {{wanted}}',
            values={"reference": reference.ref, "wanted": tuple(reference.wanted_kinds), "nearest": close},
            fix="write {nearest}, the nearest id" if close else NO_ID_NEAR,
            element=None if reference.element is None else ElementRef(*reference.element),
            # what `moved` names is certain, the nearest id is a guess that is shown before it is written
            repairs=(Repair("safe" if close == new else "unsafe", ((reference.path, close),)),) if close else (),
        )


@rule("PLN003", "unknown-field", level="structural", scope="local", reads=())
def unknown_field(case: Case) -> Iterator[Found | Skip]:
    """A key is not in the model, stands twice, is missing where nothing works without it, or is the tail of a text.

    Inside `{…}` and `[…]` a comma ends a value: text with a comma needs quotes, or its tail becomes a new key.

    Why: a typo in a key loses its meaning without a sound.
    Source: plan.md, Sections and elements; interfaces.md (`leadline schema` lists every key).
    Fix: rename the key to one the model knows, or put the text in quotes.
    """
    for fault in _faults(case, "unknown_field", "missing_field", "duplicate_key", "unquoted"):
        field = str(fault.values.get("field", fault.path[-1] if fault.path else fault.text))
        close = fault.values.get("nearest")
        text = {
            "unknown_field": "{field} is not a key the model knows here",
            "missing_field": "{field} is missing",
            "duplicate_key": "{field} stands twice; only the last one is read",
            "unquoted": "{field} holds text with a comma or sign that needs quotes",
        }[fault.kind]
        fix = {
            "unknown_field": "write {nearest}, or remove it" if close else "remove it",
            "missing_field": "write {field} here",
            "duplicate_key": "keep one of them",
            "unquoted": "put the whole text in quotes",
        }[fault.kind]
        yield Found(
            path=fault.path,
            text=text,
            values={"field": field, "nearest": None if close is None else str(close)},
            fix=fix,
            element=_element(fault),
            place=fault.place,
        )


@rule("PLN004", "bad-quantity", level="structural", scope="local", reads=())
def bad_quantity(case: Case) -> Iterator[Found | Skip]:
    """A value cannot be read: its unit is unknown, of another dimension or missing, or it is none of the choices.

    A unit may be left out where the path implies it: a metric's own unit (value, count, change, without_plan, path,
    amber, red) and counts (size, audience, n). It may not for budget, hours, rate, lag, worth, promise and capacity.
    Money in another currency needs a dated rate; a change of a metric in % is written in pp.

    Why: arithmetic on a number whose unit is a guess gives an answer that is a guess.
    Source: checks.md, PLN004; plan.md, Conventions.
    Fix: write the number with a unit of the kind that is wanted.
    """
    for fault in (*_faults(case, "bad_quantity", "bad_value"), *case.amounts.faults):
        yield Found(
            path=fault.path,
            text='"{text}" cannot be read here; wanted: {expected}',
            values={
                "text": shorten(str(fault.values.get("text", fault.text)), LONGEST_QUOTE, placeholder=" …"),
                "expected": _expected(fault),
            },
            fix="write {expected}" if fault.kind == "bad_value" else "",
            element=_element(fault) or _bet_at(case, fault) or _dropped(case, fault),
            place=fault.place,
        )


@rule("PLN006", "suspect-link", level="warning", scope="links", reads=())
def suspect_link(case: Case) -> Iterator[Found | Skip]:
    """A reviewed link points to something whose meaning changed since the review, or whose child changed.

    Meaning is a list of fields per kind of element (targets, statements, claims, rates, dates …); names, notes and
    tags change nothing. A link without a review stamp is never suspect.

    Why: the strategy moved, and nobody has said yet whether the tactic is still right.
    Source: point B; doorstop's suspect links for the idea.
    Fix: read both ends again; if the link still holds, renew its `seen` stamp.
    """
    for link in case.suspect_links:
        carrier = case.elements[link.element]
        review = carrier.reviewed.date if carrier.reviewed else None
        old, new = narrowed(link.old, link.new)
        since = "after it was last looked at, on {changed_on}" if review else "after this link was reviewed"
        what = "{field} was {old} and is {new}" if link.field else "what changed is not on record"
        yield Found(
            path=link.path,
            text=f"{case.name_of(link.ref)} changed {since}: {what}",
            values={"field": link.field, "old": old, "new": new, "changed_on": review},
            element=ElementRef(case.graph.kind(link.element) or "element", link.element),
        )


@rule("PLN007", "cycle", level="structural", scope="links", reads=())
def cycle(case: Case) -> Iterator[Found | Skip]:
    """Links lead back to where they began: serves, parent, enables, depends_on, tasks' after, or a bridge at no delay.

    A loop of bridge steps is legal where every turn takes time (customers who recommend bring leads).

    Why: what serves itself serves nothing, and a sum over a loop without delay has no end.
    Source: checks.md section 2 (loop).
    Fix: remove one of the links, or give a step of the loop its delay.
    """
    for found in case.graph.cycles:
        # the same loop whatever the order of the file: it begins with its smallest id
        first = found.loop.index(min(found.loop))
        loop = (*found.loop[first:], *found.loop[:first])
        yield Found(
            path=found.path,
            text="the {kind} links of {loop} lead back to the beginning",
            values={"kind": found.kind, "loop": loop},
            element=ElementRef(case.graph.kind(loop[0]) or "metric", loop[0]),
        )


@rule("PLN011", "estimate-order", level="structural", scope="local", reads=())
def estimate_order(case: Case) -> Iterator[Found | Skip]:
    """The numbers of an estimate are out of order, or low and high are equal and base is another number.

    Why: low..base..high is a 90 % interval around a median; out of order it is neither.
    Source: plan.md, Estimate → distribution.
    Fix: write low..base..high with the smallest first.
    """
    for fault in case.amounts.estimate_faults:
        if fault.kind == "estimate_order":
            yield _estimate(case, fault, "{low}..{base}..{high} is out of order")


@rule("PLN012", "rate-out-of-range", level="structural", scope="local", reads=())
def rate_out_of_range(case: Case) -> Iterator[Found | Skip]:
    """An estimate leaves the range its scale allows.

    A share stays inside 0 to 100 % (a point may be either end); a yield, count or worth is above 0 (a point may be
    0); a lag is not negative, and its low is not 0 below a longer base.

    Why: more than all of them cannot pass, and less than none neither; beyond the range there is no arithmetic.
    Source: checks.md section 3, Three-point distribution.
    Fix: correct the number (0.1 % or 99.9 % at the ends of a share), or give the step a unit that makes it a yield.
    """
    for fault in case.amounts.estimate_faults:
        if fault.kind == "estimate_range":
            yield _estimate(case, fault, "{low}..{base}..{high} leaves its range; the bound is {bound}")


def _estimate(case: Case, fault: Fault, text: str) -> Found:
    unit = _unit_of(case, fault)
    values: dict[str, Value] = {
        key: Figure(value, unit)
        for key in ("low", "base", "high", "bound")
        if isinstance(value := fault.values.get(key), (int, float))
    }
    element = _bet_at(case, fault)
    tactics = using(case, case.bets[element.id]) if element else ()
    return Found(path=fault.path, text=text, values=values, element=element or _element(fault), tactics=tactics)


def _unit_of(case: Case, fault: Fault) -> str:
    """Return the unit in which a fault's numbers are given: base units of what was written."""
    unit = fault.text.rpartition(" ")[2] if " " in fault.text else ""
    known = {"%": "share", "pp": "share points", "count": "count"}
    if unit in known:
        return known[unit]
    if fault.path[-1] == "lag":
        return "days"
    return case.currency if case.currency and unit.endswith(case.currency) else unit or "count"


def _bet_at(case: Case, fault: Fault) -> ElementRef | None:
    """Return the bet whose number the fault is, or None."""
    return next((case.bet(bet.id) for bet in case.graph.bets if bet.path == fault.path), None)


def _expected(fault: Fault) -> str:
    """Return what is wanted; of a reader's error (`"x" is not a quantity. Write …`) the part that says so."""
    said = str(fault.values.get("expected", "a quantity"))
    return said.partition(". Write ")[2].rstrip(".") or said


def _dropped(case: Case, fault: Fault) -> ElementRef | None:
    """Return the plan for what stood in no element when it was read: the next one of its list has its path now."""
    return None if fault.place is None else ElementRef("plan", case.plan.plan.id)


def _faults(case: Case, *kinds: str) -> Iterator[Fault]:
    return (fault for fault in case.document.faults if fault.kind in kinds)


def _element(fault: Fault) -> ElementRef | None:
    return None if fault.element is None else ElementRef(*fault.element)
