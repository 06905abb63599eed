"""The documents of interfaces.md for scripts: what `leadline VERB --json` prints, of the workspace that is served.

GET  /api/openapi.json   what there is to ask
GET  /api/check          the plan as it stands, judged with the evidence of the last review
GET  /api/map            the strategy map and the touch point map of the plan as it stands
GET  /api/what-if        ?budget=-20 %&tactic=fair=-30 %: what to stop first, and what that probably costs
GET  /api/review         as the last review kept it; so /api/measure, /api/decide, /api/evidence, /api/drift
POST /api/jobs           {"kind": "review"}; then GET /api/jobs/ID until its state is over
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from leadline.align.writers.document import CheckDocument, document_of
from leadline.errors import LeadlineError, NothingDone, UsageError
from leadline.review.documents import DecideDocument, MeasureDocument, ReviewDocument
from leadline.review.drift_document import DriftDocument
from leadline.review.keep import KeptFileError
from leadline.review.published import DOCUMENTS, PLAN, document_schema, rule_document
from leadline.review.verb_documents import EvidenceDocument, RuleDocument
from leadline.review.what_if_document import WhatIfDocument, what_if_document
from leadline.web.api_documents import (
    FaultDocument,
    JobDocument,
    JobOrder,
    JobsDocument,
    MapDocument,
    PlanDocument,
    job_document,
)
from leadline.web.judging import Judged, judged
from leadline.web.kept import current
from leadline.web.openapi import Operation, openapi
from leadline.web.pages.jobs import jobs_of
from leadline.web.pages.what_if import curves_of
from leadline.web.scripting import HOME, answered, fault
from leadline.web.site import Site, site_of

if TYPE_CHECKING:
    from pydantic import BaseModel
    from starlette.requests import Request

    from leadline.decide.what_if_result import WhatIf

ACCEPTED = 202  # RFC 9110: taken, not yet done
SHARED = "openapi"
DEEPEST = 50  # own: nesting of an order; the deepest has three
LONGEST_CHANGE = 80  # own: letters of a change with the id of its tactic
MOST_CHANGES = 200  # own: tactics of a request; the largest shipped plan has a quarter of it
LONGEST_CODE = 60  # own: letters of a rule's name; the longest has half of it


def plan(request: Request) -> Response:
    """Return the plan as data."""
    site = site_of(request)
    standing = site.plan.now()
    if standing.fault is not None:
        return fault(site, 422, key="unreadable", error=str(standing.fault))
    if standing.document is None:
        return fault(site, 404, key="no_plan")
    document = standing.document
    return answered(PlanDocument(hash=document.hash, version=standing.version, plan=document.plan))


def check(request: Request) -> Response:
    """Return the findings and scores of the plan as it stands, with the evidence of the last review."""
    return _judged(request, lambda seen: document_of(seen.check, snapshot=seen.snapshot))


def maps(request: Request) -> Response:
    """Return the strategy map and the touch point map of the plan as it stands."""
    return _judged(request, lambda seen: seen.once(lambda: _map(seen), key="api_map"))


def what_if(request: Request) -> Response:
    """Return what to stop first with less money, and what that probably costs: measured where curves tell it, else belief.

    budget: a change over all tactics, such as -20 % or -80 kEUR; tactic: of one of them first, ID=CHANGE, repeatable.
    """
    return _judged(request, lambda seen: what_if_document(_cut(seen, request)))


def _judged(request: Request, made: Callable[[Judged], BaseModel]) -> Response:
    """Return a document made of the plan as it stands, judged; or why there is none."""
    site = site_of(request)
    standing = site.plan.now()
    if standing.fault is not None:
        return fault(site, 422, key="unreadable", error=str(standing.fault))
    try:
        seen = judged(site)
    except NothingDone as error:
        return fault(site, 409, key="nothing_checked", error=str(error))
    except LeadlineError as error:
        return fault(site, 422, key="unreadable", error=str(error))
    if seen is None:
        return fault(site, 404, key="no_plan")
    try:
        return answered(made(seen))
    except UsageError as error:
        return fault(site, 422, key="bad_question", error=str(error))


def _map(seen: Judged) -> MapDocument:
    from leadline.review.strategy_map import map_of
    from leadline.review.touchpoint_map import touchpoint_map

    drawn = map_of(
        seen.case.graph, seen.check, grades={name: one.grade for name, one in (seen.case.settled or {}).items()}
    )
    met = touchpoint_map(seen.check)
    return MapDocument(
        as_of=seen.as_of, plan_hash=seen.plan_hash, snapshot=seen.snapshot, currency=seen.currency or None,
        nodes=list(drawn.nodes), edges=list(drawn.edges), touchpoints=list(met.points), stages=list(met.stages),
    )  # fmt: skip


def _cut(seen: Judged, request: Request) -> WhatIf:
    """Return the answer to what a request asks. Raises UsageError for what asks nothing, or nothing that can be cut."""
    from leadline.decide import what_if as deciding
    from leadline.decide.what_if_asked import asked

    budget, said = request.query_params.get("budget"), request.query_params.getlist("tactic")
    if any(len(text) > LONGEST_CHANGE for text in (budget or "", *said)) or len(said) > MOST_CHANGES:
        raise UsageError(f"A change has at most {LONGEST_CHANGE} letters, and a request {MOST_CHANGES} of them.")
    if budget is None and not said:
        raise UsageError("Nothing is taken away. Send budget=-20 %, or tactic=ID=-30 %.")
    changes = dict(text.partition("=")[::2] for text in said)
    if len(changes) < len(said) or not all("=" in text for text in said):
        raise UsageError("Each tactic is sent once, as ID=CHANGE, such as fair=-30 %.")
    wanted = asked(seen.case, budget, tactics=changes, named=lambda name: f"tactic={name}" if name else "budget")
    return deciding.what_if(seen.case, wanted, curves=curves_of(site_of(request), seen))


def review(request: Request) -> Response:
    """Return the last review."""
    return _kept(request, "review")


def measure(request: Request) -> Response:
    """Return what the last review measured."""
    return _kept(request, "review", "results")


def decide(request: Request) -> Response:
    """Return the ledger of bets and the forecasts of the last review."""
    return _kept(request, "review", "decide")


def evidence(request: Request) -> Response:
    """Return what the warehouse held at the last review, and what was odd about it."""
    return _kept(request, "evidence")


def drift(request: Request) -> Response:
    """Return the plan against reality, as of the last review."""
    return _kept(request, "drift")


def explain(request: Request) -> Response:
    """Return what one rule is about, by its code or name."""
    code = request.path_params["code"]
    try:
        return answered(rule_document(code[:LONGEST_CODE]))
    except UsageError as error:
        return fault(site_of(request), 404, key="unknown_rule", error=str(error))


def schema(request: Request) -> Response:
    """Return the JSON schema of the plan, or of a verb's document."""
    try:
        return JSONResponse(document_schema(request.path_params["verb"]))
    except UsageError as error:
        return fault(site_of(request), 404, key="unknown_schema", error=str(error))


def jobs(request: Request) -> Response:
    """Return every background job that is still known, the last one asked for first."""
    return answered(JobsDocument(jobs=[job_document(job) for job in jobs_of(site_of(request)).all()]))


def job(request: Request) -> Response:
    """Return one background job as it stands."""
    site = site_of(request)
    found = jobs_of(site).get(request.path_params["id"])
    return fault(site, 404, key="unknown_job") if found is None else answered(job_document(found))


def cancel(request: Request) -> Response:
    """Stop a job: one that waits never begins, one at work is told to stop; one that is over stays as it is."""
    site = site_of(request)
    found = jobs_of(site).cancel(request.path_params["id"])
    return fault(site, 404, key="unknown_job") if found is None else answered(job_document(found))


async def order(request: Request) -> Response:
    """Order a background job; it begins when those before it have ended."""
    content = await request.body()
    return await run_in_threadpool(_ordered, site_of(request), content)


def unknown(request: Request) -> Response:
    """Say that there is no such document, or that it cannot be asked for in this way."""
    site = site_of(request)
    allowed = {"post": "POST", "get": "GET, HEAD"}
    ways = [allowed[one.method] for one in OPERATIONS if one.path == request.url.path]
    if not ways:
        return fault(site, 404, key="404")
    answer = fault(site, 405, key="405")
    answer.headers["allow"] = ", ".join(ways)
    return answer


def description(request: Request) -> Response:
    """Return this file."""
    site = site_of(request)
    if SHARED not in site.shared:
        texts = site.texts
        made = openapi(
            OPERATIONS, fault=FaultDocument, words=lambda key: texts(f"api.{key}"), cookie=site.address.cookie
        )
        site.shared[SHARED] = json.dumps(made, ensure_ascii=False).encode()
    return Response(site.shared[SHARED], media_type="application/json")


def _ordered(site: Site, content: bytes) -> Response:
    try:
        wanted = JobOrder.model_validate(_parsed(content))
        made = jobs_of(site).start(wanted.kind, wanted.arguments)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        return fault(site, 422, key="bad_order", error=f"{place}: {first['msg']}" if place else first["msg"])
    except (ValueError, RecursionError, UsageError) as error:
        return fault(site, 422, key="bad_order", error=str(error))
    return answered(job_document(made), status=ACCEPTED, headers={"location": f"{HOME}/jobs/{made.id}"})


def _parsed(content: bytes) -> Any:  # noqa: ANN401 - whatever was sent
    """Return what was sent. Raises ValueError for what is no JSON, or holds what cannot be written as text."""
    found = json.loads(content)
    json.dumps(found, ensure_ascii=False, allow_nan=False).encode("utf-8")
    return found


def _kept(request: Request, name: str, part: str = "") -> Response:
    """Return a document of the last review, or a part of it."""
    site = site_of(request)
    kept = current(site)
    if kept is None:
        return fault(site, 404, key="no_review")
    try:
        document = kept.document(name)
    except (KeptFileError, UsageError) as error:
        return fault(site, 404, key="no_evidence" if name == "evidence" else "no_review", error=str(error))
    return JSONResponse(document[part] if part else document)


_NAME = {"type": "string", "minLength": 1}
_CHANGE = {"type": "string", "maxLength": LONGEST_CHANGE, "examples": ["-20 %"]}
_CHANGES = {"type": "array", "maxItems": MOST_CHANGES, "items": {**_CHANGE, "examples": ["fair=-30 %"]}}
OPERATIONS = (
    Operation(f"{HOME}/openapi.json", description, None),
    Operation(f"{HOME}/plan", plan, PlanDocument, faults=(404, 422)),
    Operation(f"{HOME}/check", check, CheckDocument, faults=(404, 409, 422)),
    Operation(f"{HOME}/map", maps, MapDocument, faults=(404, 409, 422)),
    Operation(f"{HOME}/what-if", what_if, WhatIfDocument, faults=(404, 409, 422), queries={"budget": _CHANGE, "tactic": _CHANGES}),
    Operation(f"{HOME}/review", review, ReviewDocument, faults=(404,)),
    Operation(f"{HOME}/measure", measure, MeasureDocument, faults=(404,)),
    Operation(f"{HOME}/decide", decide, DecideDocument, faults=(404,)),
    Operation(f"{HOME}/evidence", evidence, EvidenceDocument, faults=(404,)),
    Operation(f"{HOME}/drift", drift, DriftDocument, faults=(404,)),
    Operation(f"{HOME}/explain/{{code}}", explain, RuleDocument, faults=(404,), parameters={"code": _NAME}),
    Operation(
        f"{HOME}/schema/{{verb}}", schema, None, faults=(404,),
        parameters={"verb": {**_NAME, "examples": [PLAN, *DOCUMENTS]}},
    ),
    Operation(f"{HOME}/jobs", jobs, JobsDocument),
    Operation(f"{HOME}/jobs", order, JobDocument, method="post", status=ACCEPTED, body=JobOrder, faults=(408, 422, 507)),  # type: ignore[arg-type] # starlette awaits it
    Operation(f"{HOME}/jobs/{{id}}", job, JobDocument, faults=(404,), parameters={"id": _NAME}),
    Operation(f"{HOME}/jobs/{{id}}/cancel", cancel, JobDocument, method="post", faults=(404, 507), parameters={"id": _NAME}),
)  # fmt: skip
ROUTES = (
    *(Route(one.path, one.handler, methods=[one.method.upper()]) for one in OPERATIONS),
    Route(f"{HOME}/{{rest:path}}", unknown, methods=["GET", "POST"]),
    Route(HOME, unknown, methods=["GET", "POST"]),
)
