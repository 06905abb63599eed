"""What every part of a plan is made of: closed frozen values, links, elements with an id.

Fields marked with `FINGERPRINT` bear meaning: their change makes reviewed links suspect (`plan/stamp.py`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import core_schema

from leadline.plan.quantities import Day, Number

FINGERPRINT = {"fingerprint": True}


def about(description: str, *, default: Any = None, meaning: bool = False) -> Any:  # noqa: ANN401 - like pydantic.Field
    """Declare an optional field with its description; `meaning` marks it as part of the fingerprint."""
    extra: Any = FINGERPRINT if meaning else None
    return Field(default=default, description=description, json_schema_extra=extra)


def several(description: str, *, meaning: bool = False) -> Any:  # noqa: ANN401 - like pydantic.Field
    """Declare a list field that may be left out."""
    return about(description, default=(), meaning=meaning)


class Part(BaseModel):
    """Anything inside a plan: frozen, and closed against unknown keys; a number where text is asked is its text."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", validate_by_name=True, validate_by_alias=True, coerce_numbers_to_str=True
    )


class Link(Part):
    """A reference to another element, bare (`grow`) or with its review stamp."""

    ref: str = Field(description="id of the element pointed to")
    weight: Number | None = about("share of the link, where several are given")
    why: str | None = about("why this serves that")
    seen: str | None = about("fingerprint of the target when the link was last reviewed")


def _link(value: object) -> object:
    return {"ref": value} if isinstance(value, str) else value


def _many(value: object) -> object:
    return value if isinstance(value, (list, tuple)) else (value,)


@dataclass(frozen=True)
class _Also:
    """Reads a value through `read` first, and says so in the JSON schema (`form` of the schema of what is kept)."""

    read: Callable[[object], object]
    form: Callable[[dict[str, Any]], dict[str, Any]]

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return core_schema.no_info_before_validator_function(self.read, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {"anyOf": [self.form(dict(handler(schema))), dict(handler(schema))]}


AnyLink = Annotated[Link, _Also(_link, lambda _: {"type": "string"})]
Texts = tuple[str, ...]
OneOrMore = _Also(_many, lambda listed: dict(listed["items"]))
Links = tuple[AnyLink, ...]


class Review(Part):
    """What `review-link` wrote: when, by whom, and the children's fingerprints."""

    date: Day | None = about("day of the review")
    by: str | None = about("who reviewed")
    children: dict[str, str] = about("fingerprint of each child at that time", default={})


class Element(Part):
    """Whatever has an id that data, findings and the ledger refer to."""

    id: str = Field(description="kebab-case, unique in the whole plan; the join key for data")
    name: str | None = about("what people call it")
    owner: str | None = about("person or team that answers for it")
    notes: str | None = about("free text")
    tags: Texts = several("free words for grouping")
    evidence: Texts = several("ids of evidence elements")
    reviewed: Review | None = about("last review of its links, written by review-link")
