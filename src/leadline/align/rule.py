"""The form of a rule: a documented generator function, made a `Rule` by the `rule` decorator.

    TOP_SHARE = 0.50  # house (checks.md, BUD002)

    @rule("BUD002", "single-basket", level="warning", scope="sums", reads=("tactics.list.budget",))
    def single_basket(case: Case, *, top_share: float = TOP_SHARE) -> Iterator[Found | Skip]:
        '''Most of the money sits in one channel.

        Why: do not bet on a single basket.
        Source: point E.
        Thresholds: top_share 0.50 (house).
        Fix: move money to another channel.
        '''

Keyword parameters with defaults are the rule's thresholds: `[check.BUD002] top_share = 0.6` changes one.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from leadline.align.finding import Found, Level, Skip

if TYPE_CHECKING:
    from leadline.align.case import Case

Scope = Literal["local", "links", "sums", "data", "time"]
Body = Callable[..., Iterator[Found | Skip]]
_PARTS = ("Why", "Source", "Thresholds", "Fix")


@dataclass(frozen=True)
class DocBlock:
    """The doc block of a rule, in its parts; texts are single-spaced. summary: the first line of what."""

    summary: str
    what: str
    why: str
    source: str
    thresholds: str
    fix: str

    @classmethod
    def parse(cls, text: str) -> DocBlock:
        """Read a docstring of the form shown at the head of this module; a missing part is empty."""
        clean = inspect.cleandoc(text)
        pieces = re.split(rf"(?m)^({'|'.join(_PARTS)}):", clean)
        found = {name: " ".join(body.split()) for name, body in zip(pieces[1::2], pieces[2::2], strict=True)}
        summary = " ".join(pieces[0].split("\n\n")[0].split())
        return cls(summary, " ".join(pieces[0].split()), *(found.get(name, "") for name in _PARTS))


@dataclass(frozen=True)
class Rule:
    """One check of the catalogue.

    level: at approval; the plan's status may lower it · structural: marked † (the plan cannot be computed with it)
    scope: local (one element), links, sums, data (needs evidence), time (needs the as-of date)
    reads: model paths without list positions, such as `tactics.list.budget`; a † fault there blocks or folds the rule
    thresholds: name -> default
    """

    code: str
    name: str
    level: Level
    structural: bool
    scope: Scope
    reads: tuple[str, ...]
    doc: DocBlock
    thresholds: Mapping[str, float]
    body: Body
    since: str = "0.1"

    @property
    def family(self) -> str:
        """Return the three letters of the family."""
        return self.code[:3]

    def run(self, case: Case, thresholds: Mapping[str, float]) -> Iterator[Found | Skip]:
        """Yield what the rule sees in the case, with its thresholds (defaults where none is given)."""
        return self.body(case, **{**self.thresholds, **thresholds})

    def reads_field(self, field: str) -> bool:
        """Say whether the rule reads a field, the part that holds it, or a part of it."""
        return any(field == mine or field.startswith(f"{mine}.") or mine.startswith(f"{field}.") for mine in self.reads)


def rule(
    code: str,
    name: str,
    *,
    level: Level | Literal["structural"],
    scope: Scope,
    reads: tuple[str, ...],
) -> Callable[[Body], Rule]:
    """Make a Rule of a documented generator; `structural` is an error marked † in the catalogue."""

    def wrap(body: Body) -> Rule:
        parameters = list(inspect.signature(body).parameters.values())[1:]
        return Rule(
            code=code,
            name=name,
            level="error" if level == "structural" else level,
            structural=level == "structural",
            scope=scope,
            reads=reads,
            doc=DocBlock.parse(body.__doc__ or ""),
            thresholds={parameter.name: parameter.default for parameter in parameters},
            body=body,
        )

    return wrap


def field_of(path: tuple[str | int, ...]) -> str:
    """Return a model path without its list positions.

    >>> field_of(("tactics", "list", 3, "budget"))
    'tactics.list.budget'
    """
    return ".".join(part for part in path if isinstance(part, str))
