"""The how-to on moving to a cluster is followed to the letter: three commands, and the answers are what they were."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from leadline.evidence.store import open_store
from leadline.workspace import Workspace

pytestmark = [pytest.mark.spark, pytest.mark.nightly]

PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "move-to-a-cluster.md"
KEY = "00" * 32


def test_three_commands_move_a_workspace(tmp_path, shared, cli, spark_here):
    folder = tmp_path / "acme"
    shutil.copytree(shared / "exports" / "google-ads", folder / "exports")
    assert cli("init", folder, "--empty").returncode == 0
    (folder / "leadline.toml").write_text('engine = "duckdb"\nseed = 7\n', encoding="utf-8")
    assert cli("import", "exports", cwd=folder).returncode in {0, 2}  # one of the samples is meant to be refused
    before = open_store(Workspace(folder))
    rows = before.ask("SELECT day, campaign, amount, currency FROM spend ORDER BY day, campaign, amount").to_pylist()
    install, setting, again = re.search(r"(?ms)^```sh\n(.*?)^```$", PAGE.read_text("utf-8"))[1].splitlines()
    assert install == "pip install 'leadline[spark]'"  # it is installed here, or this test would be skipped
    local = setting.replace("spark://cluster.example:7077?lake=/mnt/leadline", "spark:evidence/lake")
    assert local != setting
    subprocess.run(["bash", "-c", local], cwd=folder, check=True)
    said = (folder / "leadline.toml").read_text("utf-8")
    assert said.splitlines() == ['engine = "spark:evidence/lake"', "seed = 7"]
    environment = {**os.environ, "LEADLINE_KEY": KEY, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    done = subprocess.run(
        ["bash", "-c", again], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode in {0, 2}, done.stderr
    after = open_store(Workspace(folder))
    assert type(after) is not type(before)
    assert after.snapshot() == before.snapshot() != ""
    assert (
        after.ask("SELECT day, campaign, amount, currency FROM spend ORDER BY day, campaign, amount").to_pylist()
        == rows
    )
    assert rows
    assert subprocess.run(
        ["bash", "-c", again], cwd=folder, env=environment, capture_output=True, check=False
    ).returncode in {0, 2}
    assert after.snapshot() == before.snapshot()
