"""/api: the documents of the command line for scripts, described by an OpenAPI file, refusals in one form."""

from __future__ import annotations

import asyncio
import errno
import json
from types import SimpleNamespace
from typing import Any

import jsonschema
import pytest
from starlette.testclient import TestClient

from leadline.errors import UsageError
from leadline.review.published import DOCUMENTS
from leadline.web import guarding
from leadline.web.app import make_app
from leadline.web.pages import api
from leadline.web.site import Site
from leadline.web.tasks import KINDS

JSON = "application/json"
HOST = "http://127.0.0.1:8137"
OWN = {"sec-fetch-site": "same-origin", "origin": HOST}


@pytest.fixture
def script(planned: Site) -> TestClient:
    """Give a script that has come in; what works the queue of jobs is not started."""
    client = TestClient(make_app(planned), base_url=HOST, headers=OWN)
    assert client.get("/enter", params={"key": planned.entry.new_key()}).status_code == 200
    return client


def described(client: TestClient, path: str, status: int, method: str = "get") -> dict[str, Any]:
    """Return the schema that the OpenAPI file has for an answer, with everything it refers to."""
    file = client.get("/api/openapi.json").json()
    answer = file["paths"][path][method]["responses"][str(status)]["content"][JSON]["schema"]
    return {**answer, "components": file["components"]}


def held_to(client: TestClient, path: str, *, asked: str = "", status: int = 200) -> dict[str, Any]:
    """Ask for a document and hold it against what the OpenAPI file says of it."""
    answer = client.get(asked or path)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == JSON
    document: dict[str, Any] = answer.json()
    jsonschema.Draft202012Validator(described(client, path, status)).validate(document)
    return document


def test_every_schema_of_the_file_is_one_and_every_reference_leads_somewhere(script: TestClient) -> None:
    file = script.get("/api/openapi.json").json()
    assert file["openapi"].startswith("3.1")
    for part in file["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(part)
    named = {f"#/components/schemas/{name}" for name in file["components"]["schemas"]}
    assert set(references(file)) <= named
    ids = [way["operationId"] for path in file["paths"].values() for way in path.values()]
    assert len(ids) == len(set(ids))
    assert all(way["summary"] for path in file["paths"].values() for way in path.values())


def references(part: object) -> list[str]:
    if isinstance(part, list):
        return [found for one in part for found in references(one)]
    if isinstance(part, dict):
        own = [part["$ref"]] if isinstance(part.get("$ref"), str) else []
        return own + [found for one in part.values() for found in references(one)]
    return []


def test_the_plan_its_check_and_a_rule_are_what_the_file_says(script: TestClient, planned: Site) -> None:
    document = planned.plan.now().document
    assert document is not None
    plan = held_to(script, "/api/plan")
    assert plan["hash"] == document.hash
    assert len(plan["plan"]["tactics"]["list"]) == len(document.plan.tactics.list)
    assert held_to(script, "/api/check")["hash"] == document.hash
    assert held_to(script, "/api/explain/{code}", asked="/api/explain/TPM004")["code"] == "TPM004"
    assert held_to(script, "/api/schema/{verb}", asked="/api/schema/check")["title"] == "CheckDocument"


def test_the_maps_and_a_cut_are_told_of_the_plan_as_it_stands(script: TestClient, planned: Site) -> None:
    document = planned.plan.now().document
    assert document is not None
    drawn = held_to(script, "/api/map")
    assert {one["id"] for one in drawn["nodes"]} >= {one.id for one in document.plan.tactics.list}
    assert {end for one in drawn["edges"] for end in (one["source"], one["target"])} <= {
        one["id"] for one in drawn["nodes"]
    }
    cut = held_to(script, "/api/what-if", asked="/api/what-if?budget=-20+%25")
    assert cut["freed"] == pytest.approx(0.2 * cut["planned"])
    assert cut["tactics"]
    dear = max(document.plan.tactics.list, key=lambda one: one.budget.value if one.budget else 0).id
    assert (
        held_to(script, "/api/what-if", asked=f"/api/what-if?tactic={dear}%3D-100+%25")["tactics"][0]["tactic"] == dear
    )


def test_a_cut_that_is_none_is_refused_with_how_to_ask(script: TestClient) -> None:
    for asked in (
        "",
        "?budget=-20",
        "?tactic=x",
        "?tactic=x%3D-1+%25",
        "?tactic=a%3D1&tactic=a%3D1",
        f"?budget={'9' * 99}",
        "?budget=",
    ):
        assert held_to(script, "/api/what-if", asked=f"/api/what-if{asked}", status=422)["error"], asked


def test_every_verb_with_a_document_of_the_workspace_has_an_address() -> None:
    """What is no document of the workspace that is served, and what a job gives, stands here with its reason."""
    elsewhere = {
        "attribute": "of any file", "mix": "of any file", "pipeline": "of any file", "worked": "of four numbers",
        "demo": "makes another workspace", "example": "a button of the page Start", "init": "the pages of questions",
        "import": "POST /api/jobs", "start": "POST /api/jobs", "report": "/show/PAGE.FORMAT", "serve": "what serves this",
        "diff": "of two plans; the workspace holds one", "waive": "a form of the page Control", "review-link": "a form of the page Control",
        "forget": "a form that asks first, on the page of people and permission",
    }  # fmt: skip
    addresses = {one.path.removeprefix("/api/").partition("/")[0] for one in api.OPERATIONS}
    assert {verb for verb in DOCUMENTS if verb not in addresses} == set(elsewhere)


def test_before_the_first_review_its_documents_are_not_there_and_say_what_to_do(script: TestClient) -> None:
    for name in ("review", "measure", "decide", "evidence", "drift"):
        assert "POST /api/jobs" in held_to(script, f"/api/{name}", status=404)["next"]


def test_the_documents_of_a_review_are_parts_of_one(script: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = {"review": {"results": {"bridge": []}, "decide": {"ledger": []}}, "evidence": {"rejects": 3}}

    def document(name: str) -> dict[str, Any]:
        if name not in kept:
            raise UsageError.unknown("document", name, known=kept)
        return kept[name]

    monkeypatch.setattr(api, "current", lambda _: SimpleNamespace(document=document))
    assert script.get("/api/review").json() == kept["review"]
    assert script.get("/api/measure").json() == {"bridge": []}
    assert script.get("/api/decide").json() == {"ledger": []}
    assert script.get("/api/evidence").json() == {"rejects": 3}
    assert script.get("/api/drift").status_code == 404


def test_what_is_not_there_is_said_in_one_form(script: TestClient) -> None:
    for path in ("/api/nothing", "/api", "/api/jobs/x", "/api/explain/ZZZ999", "/api/schema/zzz"):
        answer = script.get(path)
        assert answer.status_code == 404, path
        assert answer.json().keys() == {"error", "next"}


ORDERS = (
    b"", b"{", b"[]", b'{"kind": "demolish"}', b'{"kind": "review", "arguments": {"seed": "7"}}', b"[" * 100_000,
    b'{"kind": "import", "arguments": {"files": ["../plan.yaml"]}}', b'{"kind": "import", "arguments": {"currency": "\\ud800"}}',
    b'{"kind": "mix", "arguments": {"instant": "yes"}}', b'{"kind": "review", "arguments": {"seed": NaN}}', b'{"kind": "review", "more": 1}', b"\xff\xfe",
)  # fmt: skip


def test_an_order_that_is_none_is_refused_in_the_same_form(script: TestClient) -> None:
    for sent in ORDERS:
        answer = script.post("/api/jobs", content=sent, headers={"content-type": JSON})
        assert answer.status_code == 422, sent[:60]
        assert answer.json().keys() == {"error", "next"}
    misspelt = script.post("/api/jobs", json={"kind": "mix", "arguments": {"instat": True}}).json()
    assert misspelt["error"].startswith('argument "instat" is not known. Did you mean "instant"?')
    assert script.get("/api/jobs").json() == {"jobs": []}


def test_every_kind_of_job_that_a_person_can_start_is_one_that_a_script_can(script: TestClient) -> None:
    schemas = script.get("/api/openapi.json").json()["components"]["schemas"]
    assert {*schemas["JobOrder"]["properties"]["kind"]["enum"]} == KINDS.keys() - {
        "ask"
    }  # which a page of questions asks
    made = script.post("/api/jobs", json={"kind": "mix", "arguments": {"instant": True, "seed": 3}})
    assert (made.status_code, made.json()["arguments"]) == (202, {"instant": True, "seed": 3})


def test_a_way_of_asking_that_is_none_names_the_ways_there_are(script: TestClient) -> None:
    answer = script.post("/api/plan")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")
    assert script.put("/api/plan").json().keys() == {"error", "next"}


def test_without_a_session_nothing_is_told_and_it_is_said_in_the_same_form(planned: Site) -> None:
    client = TestClient(make_app(planned), base_url=HOST)
    answer = client.get("/api/plan")
    assert answer.status_code == 403
    assert answer.json().keys() == {"error", "next"}


def test_a_fault_of_ours_is_said_without_its_trace(script: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_site: object) -> None:
        raise ZeroDivisionError("secret")

    monkeypatch.setattr(api, "current", broken)
    answer = script.get("/api/review")
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert json.loads(answer.text).keys() == {"error", "next"}


def test_a_full_disk_and_an_order_that_never_ends_are_said_as_the_file_says(
    script: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    async def half() -> dict[str, Any]:
        if not sent:
            await asyncio.sleep(60)
        return sent.pop()

    sent = [{"type": "http.request", "body": b"{", "more_body": True}]
    monkeypatch.setattr(guarding, "SLOW_SECONDS", 0.02)
    headers = {
        **OWN,
        "host": "127.0.0.1:8137",
        "cookie": "; ".join(f"{one}={key}" for one, key in script.cookies.items()),
    }
    scope = {
        "type": "http", "method": "POST", "path": "/api/jobs", "query_string": b"", "http_version": "1.1",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }  # fmt: skip
    messages: list[Any] = []

    async def keep(message: Any) -> None:
        messages.append(message)

    asyncio.run(script.app(scope, half, keep))  # type: ignore[arg-type] # starlette types its messages more narrowly
    late = json.loads(messages[1]["body"])
    assert (messages[0]["status"], late["error"]) == (408, "What was sent did not come to its end")
    monkeypatch.setattr("leadline.web.jobs.Jobs.start", full)
    no_room = script.post("/api/jobs", json={"kind": "review"})
    assert (no_room.status_code, no_room.json()["error"]) == (507, "No space left on device")
    for status, told in ((408, late), (507, no_room.json())):
        jsonschema.Draft202012Validator(described(script, "/api/jobs", status, "post")).validate(told)


@pytest.mark.proof
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_whatever_is_sent_there_is_no_fault_and_no_answer_that_the_file_does_not_know(planned: Site) -> None:
    """Schemathesis makes requests out of the file, fitting ones and others, and holds every answer against it."""
    import schemathesis
    from hypothesis import HealthCheck, given, settings
    from schemathesis import checks
    from schemathesis.specs.openapi import checks as conform

    keep_a_review(planned)
    app = make_app(planned)
    client = TestClient(app, base_url=HOST, headers=OWN)
    client.get("/enter", params={"key": planned.entry.new_key()})
    file = client.get("/api/openapi.json").json()
    wanted = [
        checks.not_a_server_error, conform.status_code_conformance, conform.content_type_conformance,
        conform.response_schema_conformance, conform.unsupported_method,
    ]  # fmt: skip
    seen: set[tuple[str, int]] = set()
    described = schemathesis.openapi.from_dict(file)
    for found in described.get_all_operations():
        operation = found.ok()
        operation.app = Lifeless(app)
        for mode in schemathesis.GenerationMode:

            @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), database=None)
            @given(case=operation.as_strategy(generation_mode=mode))
            def ask(case: Any) -> None:
                answer = case.call_and_validate(base_url=HOST, headers=OWN, cookies=dict(client.cookies), checks=wanted)
                seen.add((case.operation.label, answer.status_code))

            ask()
    assert {label for label, _ in seen} == {one.ok().label for one in described.get_all_operations()}
    assert ("GET /api/review", 200) in seen
    assert ("POST /api/jobs", 202) in seen


EXAMPLES = 12  # house: eighteen operations, two ways, within twenty seconds


class Lifeless:
    """An application whose beginning and end never come: jobs are noted and nobody works them."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        while scope["type"] == "lifespan":
            message = await receive()
            await send({"type": f"{message['type']}.complete"})
            if message["type"] == "lifespan.shutdown":
                return
        await self._app(scope, receive, send)


def keep_a_review(site: Site) -> None:
    """Review the plan without evidence, and keep its documents without its pages, whose drawing takes long."""
    from leadline.report import keeping
    from leadline.review.material import material
    from leadline.review.run import Request, review

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(keeping, "kept_names", lambda _: ())
        seen = review(site.workspace, Request(now=site.clock))
        keeping.keep_pages(material(seen, site.workspace), site.workspace, made_at=site.clock())
