"""The JSON schema: draft 7 throughout, a description on every field, and it agrees with the reader."""

import json

import pytest
from jsonschema import Draft7Validator

from leadline.plan.reading import feed
from leadline.plan.schema import plan_schema
from leadline.plan.source import parse_plan
from leadline.plan.yaml_nodes import compose

HEAD = "plan: {id: p, window: 2027-01-01..2027-12-31, currency: EUR}\n"


def objects(schema):
    """Yield every schema object below one, without stepping on names of properties."""
    if isinstance(schema, list):
        for item in schema:
            yield from objects(item)
    elif isinstance(schema, dict):
        yield schema
        for key, value in schema.items():
            for part in value.values() if key in ("properties", "definitions") else [value]:
                yield from objects(part)


def test_the_schema_is_valid_draft_7_and_uses_nothing_newer():
    schema = plan_schema()
    Draft7Validator.check_schema(schema)
    newer = {"$defs", "prefixItems", "unevaluatedProperties", "unevaluatedItems", "dependentRequired", "$anchor"}
    for part in objects(schema):
        assert newer.isdisjoint(part)
        assert len(part) == 1 or "$ref" not in part
    assert "$defs" not in json.dumps(schema)


def test_every_field_and_every_part_has_a_description():
    schema = plan_schema()
    fields = [(name, part) for owner in objects(schema) for name, part in owner.get("properties", {}).items()]
    assert len(fields) > 200
    assert [name for name, part in fields if len(part.get("description", "")) < 3] == []
    assert [name for name, part in schema["definitions"].items() if not part.get("description")] == []


@pytest.mark.parametrize("name", ["halden-pumps", "tidewater-cycles", "safe-harbour-reading", "olist"])
def test_the_examples_keep_to_the_schema(shared, name):
    text = (shared / "examples" / name / "plan.yaml").read_text(encoding="utf-8")
    errors = [error.message for error in Draft7Validator(plan_schema()).iter_errors(feed(compose(text, name)))]
    assert errors == []


@pytest.mark.parametrize(
    ("line", "is_good"),
    [
        ("metrics: [{id: a, unti: count}]", False),
        ("metrics: [{id: a, unit: count, value_event: true}]", True),
        ("metrics: [{id: a, value_event: yes}]", False),
        ("metrics: [{id: a, every: 60 days}]", True),
        ("metrics: [{id: a, every: fortnight}]", False),
        ("metrics: [{id: a, worth: {low: 1 EUR, base: 2 EUR, high: 3 EUR, method: guess}}]", True),
        ("metrics: [{id: a, worth: {low: 1 EUR, high: 3 EUR}}]", False),
        ("tactics: {list: [{id: t, serves: [{ref: o, seen: abc}, p]}]}", True),
        ("tactics: {list: [{id: t, serves: [{seen: abc}]}]}", False),
        ("tactics: {list: [{id: t, delivers: {metric: m, count: 3}}]}", True),
        ("tactics: {list: [{id: t, delivers: [{metric: m, count: 3}]}]}", True),
        ("tactics: {list: [{id: t, budget: {2027-Q1: 3 kEUR}}]}", True),
        ("tactics: {list: [{id: t, budget: {spring: 3 kEUR}}]}", False),
        ("tactics: {list: [{id: t, tracked_as: {utm_campaign: spring}}]}", True),
        ("tactics: {list: [{id: t, intent: aquire}]}", False),
        ("control: {assumptions: [{id: a, state: true}]}", True),
        ("action: {tasks: [{id: a, accountable: mara, done: true}, {id: b, done: 2027-01-01}]}", True),
    ],
)
def test_the_schema_and_the_reader_judge_alike(line, is_good):
    text = HEAD + line + "\n"
    assert (parse_plan(text).faults == ()) is is_good
    assert Draft7Validator(plan_schema()).is_valid(feed(compose(text, "plan.yaml"))) is is_good
