"""Everything that can be mended in a plan right now: repairs of its findings, and what only tidies.

Safe: quotes, spelling of units, order of sections, ids renamed under `moved`, unused waivers, stamps that the ledger
confirms. Unsafe, shown before it is done: a date, a link, a tactic parked. Never a target, a baseline, a rate, a count,
a worth, a reason or the name of a person: those are beliefs and decisions of people.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from leadline.align.finding import Finding, Repair
from leadline.align.result import CheckResult
from leadline.plan.diff import renames
from leadline.plan.edits import Splice, Value, append_item, insert_key, remove, replace_value
from leadline.plan.naming import ids
from leadline.plan.places import Path, Place
from leadline.plan.reading import descend, feed
from leadline.plan.reviewing import ReviewRecord, confirmed, stamp_splices
from leadline.plan.source import Document
from leadline.plan.tidy import tidyings
from leadline.plan.yaml_nodes import Mapping as MappingNode
from leadline.plan.yaml_nodes import Sequence, compose

# What no repair ever writes (checks.md section 4): the last key of the path.
NEVER = frozenset({
    "target", "value", "baseline", "rate", "count", "change", "worth", "reason", "without_plan", "owner", "driver", "by",
    "who", "accountable", "approved_by", "watched_by", "escalate_to",
})  # fmt: skip


@dataclass(frozen=True)
class Fix:
    """One thing that can be mended.

    what: in words · place: where · code, element: of the finding it clears; None for what only tidies
    keeps_meaning: the plan reads the same before and after · removes: ids that are meant to go
    """

    safety: Literal["safe", "unsafe"]
    what: str
    place: Place
    splices: tuple[Splice, ...]
    code: str | None = None
    element: str | None = None
    keeps_meaning: bool = False
    removes: frozenset[str] = frozenset()

    @property
    def key(self) -> tuple[object, ...]:
        """Return what makes it the same fix after other edits moved the lines."""
        return self.code, self.element, self.what, tuple(splice.text for splice in self.splices)


def fixes(document: Document, result: CheckResult, *, records: Mapping[str, ReviewRecord], tidy: bool) -> Iterator[Fix]:
    """Yield everything that can be mended, in the order in which it is done.

    result: of a check of this document · records: reviews by element, from the ledger · tidy: also what no finding names
    """
    if tidy:
        for one in tidyings(document):
            yield Fix("safe", one.what, one.place, one.splices, keeps_meaning=one.keeps_meaning)
        yield from _stamps(document, records)
        yield from _moved_waivers(document)
    for finding in result.findings:
        if finding.waived_by is None:
            yield from _repairs(document, finding)


def _stamps(document: Document, records: Mapping[str, ReviewRecord]) -> Iterator[Fix]:
    for stamp, record in confirmed(document.plan, records):
        splices = tuple(stamp_splices(document, stamp, date=record.date, by=record.by))
        what = f"write back the review of {stamp.element} ({record.date}, {record.by}), which the ledger confirms"
        yield Fix("safe", what, document.place(stamp.path), splices, element=stamp.element, keeps_meaning=True)


def _moved_waivers(document: Document) -> Iterator[Fix]:
    """Yield waivers whose target was renamed; a target is no reference, so no finding names it."""
    moved, known = renames(document.plan), set(ids(document.plan))
    for index, waiver in enumerate(document.plan.control.waivers):
        new = moved.get(waiver.target or "")
        if new in known and waiver.target not in known:
            path: Path = ("control", "waivers", index, "target")
            what = f"rename the target of waiver {waiver.id}: {waiver.target} is {new} now"
            yield Fix("safe", what, document.place(path), tuple(edits(document, ((path, new),))), element=waiver.id)


def _repairs(document: Document, finding: Finding) -> Iterator[Fix]:
    for repair in finding.repairs:
        if repair.safety == "unsafe" and finding.caused_by is not None:
            continue  # its root comes first
        if _is_forbidden(document, repair) or (finding.code == "WVR003" and not _is_plain(document, finding)):
            continue
        try:
            splices = tuple(edits(document, repair.edits))
        except KeyError:
            continue  # what it would change is not in the file as such; the finding's text says what to do
        removes = frozenset({finding.element.id}) if any(text == "" for _, text in repair.edits) else frozenset()
        if any(path[:2] == ("control", "ideas") for path, _ in repair.edits):
            removes = frozenset()  # a parked tactic keeps its id
        yield Fix(
            repair.safety,
            _what(finding, repair),
            finding.place,
            splices,
            finding.code,
            finding.element.id,
            removes=removes,
        )


def _is_forbidden(document: Document, repair: Repair) -> bool:
    """Say whether a repair writes what only people may; an id that was renamed is the same person or thing."""
    renamed = set(renames(document.plan).values()) if repair.safety == "safe" else set()
    return any(text and text not in renamed and path and path[-1] in NEVER for path, text in repair.edits)


def _is_plain(document: Document, finding: Finding) -> bool:
    """Say whether an unused waiver names what exists: one with a misspelt code or target is for people to correct."""
    from leadline.align import registry

    waiver = next((one for one in document.plan.control.waivers if one.id == finding.element.id), None)
    if waiver is None or not waiver.code or not waiver.target:
        return False
    is_rule = any(registry.matches(waiver.code, rule) for rule in registry.RULES)
    return is_rule and waiver.target in {*ids(document.plan), document.plan.plan.id}


def _what(finding: Finding, repair: Repair) -> str:
    """Return a repair in words: what is written where, or taken out."""
    told = []
    for path, text in repair.edits:
        name = next((str(step) for step in reversed(path) if isinstance(step, str)), "it")
        if path[:2] == ("control", "ideas"):
            told.append("park it under control.ideas")
        elif text == "":
            told.append(f"take {finding.element.id} out")
        else:
            told.append(f"write {text} as {name}")
    return f"{finding.element.id}: {', '.join(dict.fromkeys(told))}"


def edits(document: Document, wanted: tuple[tuple[Path, str], ...]) -> Iterator[Splice]:
    """Yield the splices of path-and-text edits; an empty text takes the value out. Raises KeyError where there is none."""
    for path, text in wanted:
        if text == "":
            yield remove(document, path)
            continue
        value = _value(text)
        nodes = descend(document.root, path)
        if len(nodes) == len(path) + 1:
            yield replace_value(document, path, value=value)
        elif isinstance(path[-1], int):
            yield append_item(document, path[:-1], value=value)
        else:
            yield insert_key(document, path[:-1], key=path[-1], value=value)


def _value(text: str) -> Value:
    """Return the value a text stands for: a mapping or list as such, anything else as text."""
    if not text.startswith(("{", "[")):
        return text
    node = compose(text, "edit")
    found: Value = feed(node) if isinstance(node, (MappingNode, Sequence)) else text  # type: ignore[assignment]  # texts, numbers, lists and mappings
    return found
