"""`leadline --help` answers at once and loads nothing heavy."""

from __future__ import annotations

import os
import subprocess
import sys

CPU_SECONDS = 0.5  # house.md, laws
HEAVY = ["jax", "numpyro", "altair", "vl_convert", "pyspark", "scipy", "duckdb", "pyarrow", "numpy"]


def cpu_of(command):
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    process.stderr.close()
    return process.returncode, usage.ru_utime + usage.ru_stime


def test_help_answers_in_under_half_a_second_of_cpu():
    runs = [cpu_of([sys.executable, "-m", "leadline", "--help"]) for _ in range(3)]
    assert [code for code, _ in runs] == [0, 0, 0]
    assert min(seconds for _, seconds in runs) < CPU_SECONDS


def test_help_loads_neither_charts_nor_warehouse_nor_arrays():
    probe = (
        "import sys; from leadline.cli import main\n"
        "try: main(['--help'])\nexcept SystemExit: pass\n"
        f"print('LOADED', [name for name in {HEAVY!r} if name in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=False)
    assert "LOADED []" in result.stdout, result.stdout[-500:] + result.stderr[-500:]
