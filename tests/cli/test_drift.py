"""`leadline drift`: the money stands there without any evidence, and the run does not look green."""

from __future__ import annotations

import io
import json
import shutil
from contextlib import redirect_stdout

import pytest

from leadline.cli import main


def run(*arguments: object) -> tuple[int, str]:
    out = io.StringIO()
    with redirect_stdout(out), pytest.raises(SystemExit) as ended:
        main([str(argument) for argument in arguments])
    return int(ended.value.code or 0), out.getvalue()


def test_without_evidence_the_money_is_told_and_the_exit_code_says_nothing_was_measured(shared, tmp_path):
    shutil.copy(shared / "examples" / "halden-pumps" / "plan.yaml", tmp_path)
    code, said = run("drift", "--workspace", tmp_path, "--as-of", "2027-03-01")
    assert code == 4
    assert "can't be held against reality" in " ".join(said.split())
    assert max(map(len, said.splitlines())) <= 80
    code, printed = run("drift", "--workspace", tmp_path, "--as-of", "2027-03-01", "--json")
    document = json.loads(printed)
    assert code == 4
    assert sum(month["planned"] for month in document["months"]) == pytest.approx(390_000, abs=0.005)
    assert {month["spent"] for month in document["months"]} == {None}
    assert sum(tactic["budget"] for tactic in document["tactics"]) == pytest.approx(390_000)
    assert all(one["actual"] is None and one["reason"] for one in document["objectives"])
