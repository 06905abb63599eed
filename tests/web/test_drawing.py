"""Pictures of live pages, drawn in a process beside the server."""

from __future__ import annotations

import pytest

from leadline.report import charts
from leadline.web.drawing import Beside

pytestmark = pytest.mark.proof  # three processes that load the engine: 4 s
SPEC = {
    "width": 100,
    "data": {"values": [{"a": 1, "b": 2}]},
    "mark": "bar",
    "encoding": {"x": {"field": "a", "type": "quantitative"}},
}


def test_a_picture_is_the_same_wherever_it_is_drawn_also_when_the_process_beside_was_killed(monkeypatch):
    here = charts.draw(SPEC, title="One", description="One bar.")
    monkeypatch.setattr(charts, "draw", lambda *_, **__: "drawn here")
    beside = Beside()
    try:
        assert beside.draw(SPEC, title="One", description="One bar.") == here
        process = beside._process
        assert process is not None
        process.kill()
        process.wait()
        assert beside.draw(SPEC, title="One", description="One bar.") == here
        assert beside.draw({"mark": object()}, title="", description="") == "drawn here"
    finally:
        beside.close()
    assert beside._process is None
