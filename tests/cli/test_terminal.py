"""On a terminal: progress on standard error, colour on standard output; anywhere else neither."""

from __future__ import annotations

import os
import pty
import shutil
import subprocess
import sys

import pytest

pytestmark = pytest.mark.slow

KEY = "00" * 32
ESCAPE = "\x1b["


def read_all(descriptor):
    """Return what a terminal was written until its last writer ended."""
    parts = []
    while True:
        try:
            part = os.read(descriptor, 65536)
        except OSError:  # Linux says so when the other side of a terminal has closed
            break
        if not part:
            break
        parts.append(part)
    return b"".join(parts).decode().replace("\r\n", "\n")


def on_terminal(stream, *arguments, cwd=None, **environment):
    """Run a verb with one stream on a terminal of its own, the other in a pipe; return exit code, stdout, stderr."""
    ours, theirs = pty.openpty()
    plain = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR", "COLUMNS")}
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, stream: theirs}
    with subprocess.Popen(
        [sys.executable, "-m", "leadline", *map(str, arguments)],
        env={**plain, "LEADLINE_KEY": KEY, "TERM": "xterm-256color", "COLUMNS": "80", **environment}, cwd=cwd, **streams,
    ) as process:  # fmt: skip
        os.close(theirs)
        shown = read_all(ours)
        piped = (process.stdout or process.stderr).read().decode()
        code = process.wait(timeout=120)
    os.close(ours)
    return (code, shown, piped) if stream == "stdout" else (code, piped, shown)


def test_progress_is_told_on_standard_error_of_a_terminal(fresh):
    code, out, err = on_terminal("stderr", "review", "--workspace", fresh, "--fail-on", "never", "--json")
    assert code == 0
    assert err.splitlines()[0] == "importing what is new of 1 file"
    assert "measuring lead > won: 60 entries" in err
    assert err.splitlines()[-1] == "writing the report"
    assert out.startswith("{")
    assert "importing what is new" not in out


@pytest.mark.proof
def test_progress_is_told_nowhere_else(fresh, cli):
    ended = cli("review", "--workspace", fresh, "--fail-on", "never")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "importing what is new" not in ended.stdout


@pytest.mark.proof
def test_quiet_tells_no_progress_on_a_terminal_either(fresh):
    code, out, err = on_terminal("stderr", "review", "--workspace", fresh, "--fail-on", "never", "--quiet")
    assert (code, err) == (0, "")
    assert "The report: " in out


def test_findings_wear_colour_on_a_terminal_and_fit_80_columns(small):
    _, out, err = on_terminal("stdout", "check", "--workspace", small)
    assert ESCAPE in out
    assert err == ""


@pytest.mark.parametrize("way", ["NO_COLOR", "--plain", "a pipe"])
def test_there_is_no_colour_where_it_was_not_wanted(small, cli, way):
    if way == "NO_COLOR":
        out = on_terminal("stdout", "check", cwd=small, NO_COLOR="1")[1]
    elif way == "--plain":
        out = on_terminal("stdout", "check", "--plain", cwd=small)[1]
    else:
        out = cli("check", cwd=small).stdout
    assert "checked" in out
    assert ESCAPE not in out
    assert max(map(len, out.splitlines())) <= 80


def test_plain_is_ascii_but_for_what_the_plan_says(small):
    out = on_terminal("stdout", "check", "--workspace", small, "--plain")[1]
    assert {sign for sign in out if ord(sign) > 127} == set()


@pytest.mark.proof
@pytest.mark.parametrize("columns", [80, 100])
def test_the_whole_story_fits_the_terminal(demo_workspace, tmp_path, columns):
    folder = shutil.copytree(demo_workspace.folder, tmp_path / "own")
    code, out, err = on_terminal("stdout", "review", "--workspace", folder, COLUMNS=str(columns))
    lines = out.rstrip("\n").splitlines()
    assert (code, err) == (1, "")
    assert len(lines) <= 25
    assert max(map(len, lines[:-1])) <= columns  # the last line is the report's path, as long as it is
    assert "Of each 100 EUR" in " ".join(out.split())
