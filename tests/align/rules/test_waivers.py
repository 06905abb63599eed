"""WVR003: which waivers suppress something, whatever was selected for the run."""

from __future__ import annotations

import pytest

from leadline.align import registry

BLIND = ("method: geo, metric: order", "method: attribution, metric: order")


def waivers(*rows: str) -> tuple[str, str]:
    """Write waivers of (code, target), each complete."""
    written = [
        f"    - {{id: wv-{n}, code: {row.split()[0]}, target: {row.split()[1]}, reason: agreed, approved_by: mia, expires: 2027-12-31}}\n"
        for n, row in enumerate(rows)
    ]
    return "  tests:\n", "".join(["  waivers:\n", *written, "  tests:\n"])


@pytest.mark.parametrize(
    ("rows", "unused"),
    [
        (("MEA001 ads",), []),
        (("no-causal-design ads",), []),
        (("MEA001 spring",), ["wv-0"]),
        (("MEA001 nobody",), ["wv-0"]),
        (("MEA001 ads", "MEA001 ads"), ["wv-1"]),
        (("MAE001 ads",), ["wv-0"]),
        (("TPM003 shop",), []),  # WVR004 says that it cannot be waived
        (("CTL004 w-sell",), ["wv-0"]),
    ],
)
def test_a_waiver_is_used_where_its_check_finds_something(judged, rows: tuple[str, ...], unused: list[str]) -> None:
    assert [one.element.id for one in judged("WVR003", waivers(*rows), BLIND).findings] == unused


def test_a_check_that_could_not_run_leaves_it_open(judged) -> None:
    result = judged("WVR003", waivers("DAT002 w-sell"))
    assert not result.findings
    assert [(skip.element, skip.reason) for skip in result.skipped] == [("wv-0", "DAT002: no data")]


def test_a_draft_hides_notes_and_says_so(judged) -> None:
    result = judged("WVR003", waivers("ENB006 h-lead"), ("status: review", "status: draft"))
    assert not result.findings
    assert [skip.reason for skip in result.skipped] == ["ENB006: the plan's status is draft"]


def test_a_plan_without_waivers_asks_no_check_again(judged, monkeypatch) -> None:
    asked = []
    for rule in registry.FIRST:
        monkeypatch.setitem(vars(rule), "body", lambda case, **_: asked.append(case) or iter(()))
    assert judged("WVR003").rules_run == 1
    assert asked == []


def test_a_fault_of_the_arithmetic_leaves_the_sums_open(judged) -> None:
    result = judged("WVR003", waivers("OBJ008 sell"), ("count: 400..500..600", "count: 400..50..600"))
    assert [skip.reason for skip in result.skipped] == ["OBJ008: blocked by PLN011 at ads>lead"]
