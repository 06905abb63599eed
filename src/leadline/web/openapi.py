"""The OpenAPI file of /api, made from the pydantic models of its documents (OpenAPI Specification 3.1)."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

if TYPE_CHECKING:
    from starlette.responses import Response

VERSION = "3.1.0"
SCHEMAS = "#/components/schemas/"
SECURITY = "session"
# What any address may answer: no session or another site, a body too large, a host that is not ours, a fault of ours.
GUARDED = (403, 413, 421, 500)


@dataclass(frozen=True)
class Operation:
    """One thing a script may ask.

    path: with its parameters in braces · handler: answers; its docstring is the summary · answer: the model of its
    document, None for any JSON object · body: the model of what is sent · faults: statuses of its own beside 200
    parameters: of the path, queries: after it, none of them required; name → schema
    """

    path: str
    handler: Callable[..., Response]
    answer: type[BaseModel] | None
    method: str = "get"
    status: int = 200
    body: type[BaseModel] | None = None
    faults: Sequence[int] = ()
    parameters: Mapping[str, Mapping[str, Any]] | None = None
    queries: Mapping[str, Mapping[str, Any]] | None = None


def openapi(
    operations: Sequence[Operation], *, fault: type[BaseModel], words: Callable[[str], str], cookie: str
) -> dict[str, Any]:
    """Return the OpenAPI file of operations. fault: the model of every refusal · words: texts of the catalogue by key."""
    models = {model for one in operations for model in (one.answer, one.body) if model is not None} | {fault}
    ordered = sorted(models, key=lambda model: (model.__module__, model.__qualname__))
    references, definitions = models_json_schema(
        [(model, "serialization") for model in ordered], ref_template=SCHEMAS + "{model}"
    )
    named = {model: references[model, "serialization"] for model in ordered}
    paths: dict[str, dict[str, Any]] = {}
    for one in operations:
        paths.setdefault(one.path, {})[one.method] = _operation(one, named, fault=fault, words=words)
    return {
        "openapi": VERSION,
        "info": {"title": words("title"), "version": metadata.version("leadline"), "description": words("description")},
        "servers": [{"url": "/"}],
        "security": [{SECURITY: []}],
        "paths": paths,
        "components": {
            "schemas": definitions.get("$defs", {}),
            "securitySchemes": {SECURITY: {"type": "apiKey", "in": "cookie", "name": cookie}},
        },
    }


def _operation(
    one: Operation, named: Mapping[type[BaseModel], Any], *, fault: type[BaseModel], words: Callable[[str], str]
) -> dict[str, Any]:
    said = (inspect.getdoc(one.handler) or "").split("\n\n", 1)
    schema = {"type": "object"} if one.answer is None else named[one.answer]
    answers = {one.status: (words("answer"), schema)}
    faults = sorted({*one.faults, *GUARDED})
    answers |= {status: (words(str(status)), named[fault]) for status in faults}
    made: dict[str, Any] = {
        "operationId": one.handler.__name__,
        "summary": said[0].replace("\n", " "),
        "responses": {str(status): _answer(*pair) for status, pair in answers.items()},
    }
    if len(said) > 1:
        made["description"] = said[1]
    places = (("path", True, one.parameters or {}), ("query", False, one.queries or {}))
    asked = [
        {"name": name, "in": place, "required": needed, "schema": dict(schema)}
        for place, needed, schemas in places
        for name, schema in schemas.items()
    ]
    if asked:
        made["parameters"] = asked
    if one.body is not None:
        made["requestBody"] = {"required": True, "content": {"application/json": {"schema": named[one.body]}}}
    return made


def _answer(words: str, schema: Any) -> dict[str, Any]:  # noqa: ANN401 - a JSON schema
    return {"description": words, "content": {"application/json": {"schema": schema}}}
