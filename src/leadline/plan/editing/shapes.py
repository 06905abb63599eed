"""What a form for an element must offer, read off the model: for each key its control, its choices, what it may name.

    shapes_of("tactic")     intent: choice · serves: refs to objectives and levels · delivers: rows of metric, count, …

Nothing here is written twice: types, choices and descriptions are the model's (`plan/model.py`), what a key may name is
`plan/references.py`'s, which unit it carries is `plan/dimensions.py`'s.
"""

from __future__ import annotations

import types
import typing
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

from pydantic import BaseModel

from leadline.plan.dimensions import FIELDS, Expected
from leadline.plan.elements import KINDS
from leadline.plan.model import Plan
from leadline.plan.parts import Link
from leadline.plan.quantities import Cadence, Day, Days, Estimate, Flag, Number, Quantity, Whole
from leadline.plan.references import PEOPLE, WANTED
from leadline.plan.tactics import Step

__all__ = ["HEAD", "LISTED", "SHARED", "Control", "Shape", "model_of", "prefix_of", "shapes_of"]

Control = Literal[
    "text", "long", "choice", "yes_no", "number", "whole", "quantity", "estimate", "date", "range", "cadence", "day_or_yes",
    "ref", "refs", "list", "numbers", "pairs", "amounts", "group", "rows",
]  # fmt: skip
# Controls that hold several values, one a line.
LISTED: frozenset[Control] = frozenset({"refs", "list", "numbers", "pairs", "amounts"})

HEAD, SHARED = "plan", "bridge"  # what is edited like an element and is none: the plan's head, the shared steps

_KNOWN: tuple[tuple[object, Control], ...] = (
    (Quantity, "quantity"), (Estimate, "estimate"), (Days, "range"), (Day, "date"), (Whole, "whole"), (Number, "number"),
    (Flag, "yes_no"), (Cadence, "cadence"), (Day | Flag, "day_or_yes"), (Link, "ref"),
)  # fmt: skip
# Keys whose value is a sentence or more.
_LONG = frozenset({
    "notes", "need", "statement", "mechanism", "claim", "question", "rule", "stop_when", "reason", "difference", "criteria",
    "response", "cause", "event", "position", "citation", "choice", "what",
})  # fmt: skip
_UNSEEN = frozenset({"id", "reviewed"})  # an id is given by `whole.py`, a review is written by a review of links
_LAST = ("owner", "evidence", "tags", "notes")  # what every kind of element has
_EXAMPLES: dict[Control, str] = {
    "quantity": "400 kEUR", "estimate": "9..14..19 %", "date": "2027-12-31", "range": "2027-01-15..2027-12-15",
    "cadence": "month", "number": "0.9", "whole": "3", "amounts": "20 kEUR", "day_or_yes": "2027-03-31",
}  # fmt: skip
_IN_METRIC = {
    "share": "10..14..18 %",
    "metric": "300..420..520",
    "change": "3..6..8 pp",
}  # by the first dimension it may have
_PEOPLE = ("person", "team")


@dataclass(frozen=True)
class Shape:
    """One key of an element, of a group in it, or of a row.

    key: as it stands in the file · about: what it is, the model's own words · kinds: of elements it may name, `person` and
    `team` where any name will do until people are listed · parts: the keys of a group or of each row
    may_be_one: a list that stands as a single value where it holds one
    is_alone: an estimate beside which nothing says how it came about, so that it says so itself
    """

    key: str
    control: Control
    about: str = ""
    choices: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    example: str = ""
    parts: tuple[Shape, ...] = ()
    is_required: bool = False
    may_be_one: bool = False
    is_alone: bool = False


@cache
def shapes_of(kind: str) -> tuple[Shape, ...]:
    """Return the keys that an element of a kind may hold but its id: its name, its own in the model's order, the common.

    `plan` is the head, `bridge` the shared steps. Raises KeyError for an unknown kind.
    """
    if kind == SHARED:
        return (
            Shape(SHARED, "rows", "the bets that all tactics share", parts=_parts(Step, "tactic", ("bridge", "*"))),
        )
    found = {shape.key: shape for shape in _parts(model_of(kind), kind, ()) if shape.key not in _UNSEEN}
    last = [found.pop(key) for key in _LAST if kind != HEAD and key in found]
    return (*([found.pop("name")] if "name" in found else []), *found.values(), *last)


@cache
def model_of(kind: str) -> type[BaseModel]:
    """Return the model of a kind of element. Raises KeyError for an unknown kind."""
    path = prefix_of(kind)
    hint: Any = Plan
    for key in path:
        hint = _bare(get_type_hints(hint, include_extras=True)[key])
        hint = get_args(hint)[0] if get_origin(hint) is tuple else hint
    return typing.cast("type[BaseModel]", hint)


def prefix_of(kind: str) -> tuple[str, ...]:
    """Return where the elements of a kind stand: `("tactics", "list")`. Raises KeyError for an unknown kind."""
    if kind in (HEAD, SHARED):
        return ("plan",) if kind == HEAD else ("tactics",)
    found = next((prefix for prefix, known in KINDS.items() if known == kind), None)
    if found is None:
        raise KeyError(kind)
    return found


def _parts(model: type[BaseModel], kind: str, above: tuple[str, ...]) -> tuple[Shape, ...]:
    hints = get_type_hints(model, include_extras=True)
    found = []
    for name, info in model.model_fields.items():
        hint, pattern = hints[name], (*above, name)
        control, inner = _control(hint)
        key = info.alias or name
        kinds, expected = _kinds(kind, pattern, control), _expected(kind, pattern)
        found.append(
            Shape(
                key,
                _named(control, key, kinds),
                info.description or "",
                choices=_choices(hint),
                kinds=kinds,
                example=_example(control, expected),
                parts=_inner(control, inner, kind, pattern),
                is_required=info.is_required(),
                may_be_one=control == "list" and get_origin(_bare(hint)) is not tuple,
                is_alone=control == "estimate" and "method" not in model.model_fields,
            )
        )
    return tuple(found)


def _example(control: Control, expected: Expected | None) -> str:
    """Return how a value is written: the example of its unit, where it has one of its own."""
    if expected is None:
        return _EXAMPLES.get(control, "")
    _, colon, text = expected.example.partition(": ")
    if colon:
        return text
    return next(
        (text for name, text in _IN_METRIC.items() if control == "estimate" and name in expected.dimensions), ""
    )


def _inner(control: Control, inner: Any, kind: str, pattern: tuple[str, ...]) -> tuple[Shape, ...]:  # noqa: ANN401 - a type of any form
    if control not in ("group", "rows"):
        return ()
    return _parts(inner, kind, (*pattern, "*") if control == "rows" else pattern)


def _control(hint: Any) -> tuple[Control, Any]:  # noqa: ANN401 - a type of any form
    """Return the control for a type, and the model inside where it has parts."""
    bare = _bare(hint)
    for known, control in _KNOWN:
        if bare == known:
            return control, None
    origin, inside = get_origin(bare), get_args(bare)
    if origin in (typing.Union, types.UnionType):
        if any(get_origin(_bare(one)) is dict for one in inside):
            return "amounts", None
        return "list", None  # one text, or several: exactly one is asked, and several are seen
    if origin is tuple:
        item = _bare(inside[0])
        if item == Number:
            return "numbers", None
        is_part = isinstance(item, type) and issubclass(item, BaseModel) and item is not Link
        return ("rows", item) if is_part else ("list", None)
    if origin is dict:
        return "pairs", None
    if origin is Literal:
        return "choice", None
    is_part = isinstance(bare, type) and issubclass(bare, BaseModel)
    return ("group", bare) if is_part else ("text", None)


def _bare(hint: Any) -> Any:  # noqa: ANN401 - a type of any form
    """Return a type without `None` and without what only annotates it; the plan's own annotated types stay whole."""
    while True:
        if any(hint == known for known, _ in _KNOWN):
            return hint
        origin, inside = get_origin(hint), [one for one in get_args(hint) if one is not type(None)]
        if origin is Annotated or (origin in (typing.Union, types.UnionType) and len(inside) == 1):
            hint = inside[0]
        elif origin in (typing.Union, types.UnionType) and len(inside) < len(get_args(hint)):
            hint = typing.Union[tuple(inside)]  # noqa: UP007 - made of what is left
        else:
            return hint


def _choices(hint: Any) -> tuple[str, ...]:  # noqa: ANN401 - a type of any form
    bare = _bare(hint)
    return tuple(map(str, get_args(bare))) if get_origin(bare) is Literal else ()


def _named(control: Control, key: str, kinds: tuple[str, ...]) -> Control:
    """Return the control for what names other elements, and for what takes more than a line."""
    if kinds:
        return "refs" if control == "list" else "ref"
    return "long" if control == "text" and key in _LONG else control


def _kinds(kind: str, pattern: tuple[str, ...], control: Control) -> tuple[str, ...]:
    if control not in ("text", "ref", "list"):
        return ()
    steps = (*pattern, "*") if control == "list" else pattern
    if pattern[-1] == "owner" or pattern == ("driver",):
        return _PEOPLE
    if pattern == ("evidence",):
        return ("evidence",)
    if steps in PEOPLE.get(kind, ()) or pattern in PEOPLE.get(kind, ()):
        return _PEOPLE
    if kind == "tactic" and pattern[:2] == ("bridge", "*"):
        return {"from_": ("metric",), "to": ("metric",), "touchpoint": ("touchpoint",), "source": ("evidence",)}.get(
            pattern[-1], ()
        )
    return WANTED.get(kind, {}).get(steps, ())


def _expected(kind: str, pattern: tuple[str, ...]) -> Expected | None:
    head: dict[tuple[str, ...], Expected] = {
        ("budget",): FIELDS["tactic"]["budget",],
        ("worth_horizon",): FIELDS["market"]["purchase_interval",],
    }
    return (head if kind == HEAD else FIELDS.get(kind, {})).get(pattern)
