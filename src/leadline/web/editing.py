"""A plan's elements as forms: each field with what stands there, what was typed, what is wrong and what the checks say.

    shown = look(site, document, form=form, said=Said())
    shown.fields[0].findings

The findings beside a field are the full check's; while somebody types, those that one element alone can tell are asked
anew of the plan as typed, and the others stay as they were when the plan was last written.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import quote

from leadline.plan.editing.fields import Field, Form, form_of, known_ids
from leadline.plan.editing.shapes import HEAD, LISTED, SHARED, prefix_of
from leadline.plan.editing.typed import Problem
from leadline.plan.elements import KINDS
from leadline.web.ordering import in_groups

if TYPE_CHECKING:
    from leadline.align.finding import Finding
    from leadline.align.repairs import Fix
    from leadline.plan.editing.desk import Side
    from leadline.plan.places import Path
    from leadline.plan.source import Document
    from leadline.web.judging import Judged
    from leadline.web.site import Site

MOST_BOXES = 16  # own: a column of check boxes that is still looked through; beyond it a list with its own scroll
# own: what few elements of the shipped plans have; folded in the form of a new one
SELDOM = frozenset({
    "committed", "tracked_as", "improves", "incentive", "disclosure", "bridge", "expects", "enables", "stop_when", "test", "reason",
    "evidence", "tags", "notes", "aliases", "seen", "strengths", "weaknesses", "price_index", "share_of_voice", "season",
    "purchase_interval", "posts", "engagement", "reply", "leads", "sales", "verdict", "as_of", "complaints", "loop", "depends_on",
    "handle_time", "milestones", "without_plan", "guardrails", "weight", "posture", "not_doing", "tone", "expires", "covers", "skills",
    "assets", "briefing", "reject_reasons", "tripwire", "result", "shown",
})  # fmt: skip
WAS = "was."  # what stood in a field when the form was drawn: `was.budget`
SECTIONS = ("metrics", "situation", "objectives", "strategy", "tactics", "action", "control")


@dataclass(frozen=True)
class Judgement:
    """A finding as it stands beside a field. fix: what one click would do, None where a person has to say more."""

    finding: Finding
    fix: Fix | None
    waivable: bool


@dataclass(frozen=True)
class Shown:
    """One field as the page shows it.

    label: in words · values: as typed, else as they stand · was: as they stood when the form was drawn · options: value and
    words, of a choice or of what may be named · side: three texts where two people changed it
    """

    field: Field
    label: str
    values: tuple[str, ...]
    was: tuple[str, ...]
    problem: str = ""
    findings: tuple[Judgement, ...] = ()
    side: Side | None = None
    options: tuple[tuple[str, str], ...] = ()
    parts: tuple[Shown, ...] = ()

    @property
    def id(self) -> str:
        """Return the id of the control in the page."""
        return control_of(self.field.name)

    @property
    def text(self) -> str:
        """Return the value as one text."""
        return "\n".join(self.values)

    @property
    def widget(self) -> str:
        """Return how the field is drawn: group, rows, boxes, many, select, lines, long, line, or locked."""
        control = self.field.shape.control
        if self.field.is_odd:
            return "locked" if control in ("rows", "group") else "long"
        if self.parts:
            return "rows" if control == "rows" else "group"
        if control == "refs" and self.options:
            return "boxes" if len(self.options) <= MOST_BOXES else "many"
        if control in ("choice", "yes_no", "ref") and self.options:
            return "select"
        return "lines" if control in LISTED else "long" if control == "long" or "\n" in self.text else "line"

    @property
    def about(self) -> str:
        """Return what the field is, in the model's words; nothing where they only say that it holds an id."""
        told = self.field.shape.about
        return "" if self.field.shape.kinds and told.startswith(("id of", "ids of")) else told

    @property
    def has_something(self) -> bool:
        """Say whether anything stands in it, or is said of it."""
        own = bool(self.values or self.problem or self.findings or self.side)
        return own or any(part.has_something for part in self.parts)

    @property
    def is_seldom(self) -> bool:
        """Say whether it may be folded away: nothing stands in it, and nothing is said of it."""
        return not self.has_something and not self.field.is_written and not self.field.shape.is_required


@dataclass(frozen=True)
class Look:
    """A form as the page shows it. rest: findings on the element that belong to no field of it.

    problems: id and label of a field, and what does not fit · sides: id (none where it is gone), label, three texts
    """

    form: Form
    fields: tuple[Shown, ...]
    rest: tuple[Judgement, ...] = ()
    problems: tuple[tuple[str, str, str], ...] = ()
    sides: tuple[tuple[str, str, Side], ...] = ()

    @property
    def plain(self) -> tuple[Shown, ...]:
        """Return the fields that stand open: what is filled in, and what something is said of; of a new element what most have."""
        folded = {one.id for one in self.seldom}
        return tuple(one for one in self.fields if one.id not in folded)

    @property
    def groups(self) -> tuple[tuple[str, tuple[Shown, ...]], ...]:
        """Return the fields that stand open, by heading, in the order in which people fill them."""
        return in_groups(self.plain, key=lambda one: str(one.field.path[0]))

    @property
    def seldom(self) -> tuple[Shown, ...]:
        """Return the empty fields that are folded away, one never alone."""
        found = tuple(one for one in self.fields if one.is_seldom and (self.form.id or one.field.name in SELDOM))
        return found if len(found) > 1 else ()

    @property
    def told(self) -> tuple[Shown, ...]:
        """Return the fields with a finding beside them."""
        return tuple(one for one in self.slots if one.findings)

    @property
    def slots(self) -> tuple[Shown, ...]:
        """Return every field that findings may stand beside."""
        return tuple(one for each in self.fields for one in _all(each))


@dataclass(frozen=True)
class Said:
    """What a form is shown with beside what stands in the file."""

    typed: Mapping[str, Sequence[str]] = field(default_factory=dict)
    was: Mapping[str, Sequence[str]] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    sides: tuple[Side, ...] = ()
    findings: tuple[Finding, ...] = ()
    fixes: Mapping[tuple[str, str], Fix] = field(default_factory=dict)


def address_in(document: Document, element: str) -> str | None:
    """Return the address of an element, None where the plan has none of that id."""
    if element in (document.plan.plan.id, HEAD):
        return "/plan/head"
    if element == SHARED:
        return "/plan/bridge"
    try:
        path = document.path_of(element)
    except KeyError:
        return None
    return f"/plan/{path[0]}/{quote(element, safe='')}"


def look(site: Site, document: Document, *, form: Form, said: Said) -> Look:
    """Return a form as the page shows it."""
    beside, rest = _beside(document, form, said.findings)
    judged = {name: tuple(_judgement(one, said.fixes) for one in found) for name, found in beside.items()}
    problems = {one.name: one.text for one in said.problems}
    sides = {one.name: one for one in said.sides}
    made = _Making(site, document, said, judged, problems, sides)
    fields = tuple(made.shown(one) for one in form.fields)
    at = {one.field.name: one for each in fields for one in _all(each)}
    summary = tuple((at[one.name].id, at[one.name].label, one.text) for one in said.problems if one.name in at)
    lost = tuple(
        (at[one.name].id, at[one.name].label, one) if one.name in at else ("", one.name, one) for one in said.sides
    )
    return Look(form, fields, tuple(_judgement(one, said.fixes) for one in rest), summary, lost)


@dataclass(frozen=True)
class _Making:
    """What is at hand while the fields of one form are made."""

    site: Site
    document: Document
    said: Said
    judged: Mapping[str, tuple[Judgement, ...]]
    problems: Mapping[str, str]
    sides: Mapping[str, Side]

    def shown(self, leaf: Field) -> Shown:
        name = leaf.name
        values = tuple(self.said.typed[name]) if name in self.said.typed else leaf.values
        was = tuple(self.said.was[name]) if name in self.said.was else leaf.values
        side = self.sides.get(name)
        return Shown(
            leaf,
            self._label(leaf),
            tuple(one for one in values if one.strip()),
            side.theirs if side else was,
            self.problems.get(name, ""),
            self.judged.get(name, ()),
            side,
            self._options(leaf, values),
            tuple(map(self.shown, leaf.parts)),
        )

    def _label(self, leaf: Field) -> str:
        if isinstance(leaf.path[-1], int):
            return self.site.texts("plan.row_new" if leaf.is_next else "plan.row", n=leaf.path[-1] + 1)
        return self.site.texts(f"field.{leaf.path[-1]}")

    def _options(self, leaf: Field, values: Iterable[str]) -> tuple[tuple[str, str], ...]:
        shape = leaf.shape
        if shape.control == "yes_no":
            found = {"true": self.site.texts("plan.yes"), "false": self.site.texts("plan.no")}
        elif shape.control == "choice":
            found = {one: one.replace("_", " ") for one in shape.choices}
        elif shape.kinds:
            found = known_ids(self.document, shape.kinds)
        else:
            return ()
        strange = [one for one in values if one.strip() and one not in found]
        if strange and shape.kinds and not found:
            return ()  # a name before anybody is listed
        return (*found.items(), *((one, self.site.texts("plan.not_known", value=one)) for one in strange))


def _judgement(finding: Finding, fixes: Mapping[tuple[str, str], Fix]) -> Judgement:
    from leadline.align import registry
    from leadline.align.waivers import is_waivable

    fix = fixes.get((finding.code, finding.element.id))
    return Judgement(finding, fix, is_waivable(registry.find_rule(finding.code)))


def of_element(document: Document, form: Form, *, findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return the findings that speak of an element: by where they stand, or by what they are about."""
    path = path_in_model(document, form)
    return tuple(
        one
        for one in findings
        if one.path[: len(path)] == path or (one.element.id == form.id and form.kind not in (HEAD, SHARED))
    )


def path_in_model(document: Document, form: Form) -> Path:
    """Return where an element stands in the model, as findings tell places."""
    if form.kind == HEAD:
        return ("plan",)
    return ("tactics", "bridge") if form.kind == SHARED else document.path_of(form.id)


def _beside(
    document: Document, form: Form, findings: Sequence[Finding]
) -> tuple[dict[str, list[Finding]], list[Finding]]:
    """Return the findings by the name of the field they stand beside, and those that stand beside none."""
    if not form.id:
        return {}, list(findings)
    path = path_in_model(document, form)
    base = path[:-1] if form.kind == SHARED else path
    named = {one.name for each in form.fields for one in _fields(each)}
    beside: dict[str, list[Finding]] = {}
    rest = []
    for finding in findings:
        if finding.waived_by is not None:
            continue
        below = (
            [str(step).rstrip("_") for step in finding.path[len(base) :]] if finding.path[: len(base)] == base else []
        )
        lengths = range(len(below), 0, -1)
        placed = next((one for n in lengths if (one := ".".join(below[:n])) in named), None)
        name = placed or _read_first(finding, form, named)
        if name is None:
            rest.append(finding)
        else:
            beside.setdefault(name, []).append(finding)
    return beside, rest


def _read_first(finding: Finding, form: Form, named: set[str]) -> str | None:
    """Return the field that a rule looks at first in such an element, for a finding that stands on the element itself."""
    from leadline.align import registry

    if finding.element.id != form.id:
        return None
    prefix = ".".join(prefix_of(form.kind)) + "."
    reads = [one.removeprefix(prefix) for one in registry.find_rule(finding.code).reads if one.startswith(prefix)]
    reads.sort(key=lambda one: one.startswith("bridge"))  # a tactic's own steps are rarely where it begins
    return next((name for one in reads if (name := one.partition(".")[0]) in named), None)


def place_of(document: Document, form: Form, *, findings: Iterable[Finding]) -> str:
    """Return the id, in the page of an element, of what the first of its findings stands beside."""
    named, _ = _beside(document, form, tuple(of_element(document, form, findings=findings))[:1])
    return next((control_of(name) for name in named), "judged-all")


def control_of(name: str) -> str:
    """Return the id of a field's control in the page.

    >>> control_of("delivers.0.count")
    'f-delivers-0-count'
    """
    return "f-" + name.replace(".", "-")


def local_time(at: dt.datetime) -> str:
    """Return a time (UTC without zone) as the clock on this machine's wall has it."""
    return at.replace(tzinfo=dt.UTC).astimezone().strftime("%Y-%m-%d %H:%M")


def _fields(one: Field) -> Iterable[Field]:
    yield one
    for part in one.parts:
        yield from _fields(part)


def _all(one: Shown) -> Iterable[Shown]:
    yield one
    for part in one.parts:
        yield from _all(part)


def live(seen: Judged, document: Document, *, form: Form) -> tuple[Finding, ...]:
    """Return what the checks say of an element as typed: what it alone can tell anew, sums as they were when written."""
    from leadline.align import registry
    from leadline.align.live import SCOPES, judge_element

    element = seen.document.plan.plan.id if form.kind in (HEAD, SHARED) else form.id
    now = of_element(document, form, findings=judge_element(document, element, options=seen.options))
    before = of_element(seen.document, form, findings=seen.check.findings)
    return (*now, *(one for one in before if registry.find_rule(one.code).scope not in SCOPES))


def form_at(document: Document, section: str, *, element: str) -> Form | None:
    """Return the form that an address names, None where there is no such thing in that section."""
    if element in (HEAD, SHARED) or address_in(document, element) != f"/plan/{section}/{quote(element, safe='')}":
        return None
    return form_of(document, element)


def kinds_of(section: str) -> tuple[str, ...]:
    """Return the kinds of elements that a section holds, in the order of the file."""
    return tuple(kind for prefix, kind in KINDS.items() if prefix[0] == section)
