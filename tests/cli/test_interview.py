"""`leadline init` as people use it: lines in, questions out, everything kept whatever happens."""

from __future__ import annotations

import io
import os
import pty
import select
import signal
import subprocess
import sys
import time

import pytest

from leadline.cli import main
from leadline.plan.source import read_plan

FIRST = """\
Halden Pumps, 2027, EUR, 60 kEUR
Ines, 16 h/week
growing, Double recurring revenue in three years
something new to the same, Sell monitoring to plants that run our pumps
Plants that run our pumps, 640, 9 kEUR, no unplanned stops
Nordsense; we also fix the pump; search, fair
chemicals
47 contracts, 122, 2027-12-31, CRM
9 kEUR
keep
guess
maintenance group; "how many days before?"
Field service visit, use, 81, 140 answers, service
2 h, 40 h/week, Mara, 40 h/week
Free retrofit checks, sell more to customers, "Know a seal failure ten days early", scheduled service visit
A free retrofit check shows a plant its own cost of stops, so it buys monitoring
120..160..200 checks, CRM
guess
contracts, 15..25..35 %, 45 days, sales, Field service visit, CRM
guess
60 kEUR, 480 h, Feb to Oct, fewer than 10 contracts from the first 80 checks
no
Ines, monthly, -20 %, review, 10 days
"""
# Two bicycle shops, in the words of their owner.
QUICK = [
    "Tidewater Cycles, 2027, GBP, £40,000",
    "Olive, 6 h/week",
    "steady, keep both shops full through the winter",
    "more of the same",
    "Commuters who ride every day, 4200, 95 GBP, a bike that is ready on the day",
    "the shop by the station; we keep the date; high street",
    "children's bikes",
    "800 repairs, 1100, 2027-12-31, till",
    "30..40..50 GBP",
    'town group; "who can fix it by Friday?"',
    "Workshop counter, buy, 72, 112, Dan",
    "8 h, 16 h/week, Dan, 16 h/week",
    'Local search ads, win new customers, "Ready on the day, or your money back", a bike breaks on the way',
    "People with a broken bike look for the nearest free slot and book where they see one",
    "10 kGBP, 120 h, cost per booking over 25 GBP for 6 weeks",
    "Olive, monthly, 20 %, review, 14 days",
    "8000 clicks",
    "visits to the booking page, 60 %, 0 days",
    "bookings, 9 %, 0 days",
    "repairs, 80 %, 3 days",
    "Newsletter, 2 kGBP",
    "Rides on Saturday",
    "Radio in spring, 9 kGBP",
    "Posts in the town groups",
    "Letters to customers",
]


def init(capsys, monkeypatch, text, *arguments):
    """Run `leadline init` with lines on standard input; return exit code, standard output, standard error."""
    monkeypatch.setattr(sys, "stdin", io.StringIO(text))
    with pytest.raises(SystemExit) as ended:
        main(["init", *map(str, arguments)])
    told = capsys.readouterr()
    return ended.value.code, told.out, told.err


def test_lines_from_a_pipe_write_a_plan(tmp_path, capsys, monkeypatch):
    code, out, err = init(capsys, monkeypatch, FIRST, tmp_path / "acme")
    assert (code, err) == (0, "")
    document = read_plan(tmp_path / "acme" / "plan.yaml")
    assert document.faults == ()
    assert [tactic.id for tactic in document.plan.tactics.list] == ["free-retrofit-checks"]
    assert (tmp_path / "acme" / "plan.yaml").read_text().startswith("# yaml-language-server: $schema=plan.schema.json")
    assert {one.name for one in (tmp_path / "acme").iterdir()} >= {
        "leadline.toml",
        "plan.schema.json",
        "evidence",
        "exports",
    }
    ends = out[out.index("17 of 17") :]
    assert "Of each 100 EUR: 0 reach a sale, proven · 100 reach a sale, believed" in " ".join(ends.split())
    assert "The fixes with most money at stake:" in ends
    assert "control coverage" in ends
    assert (tmp_path / "acme" / "reports" / "map.svg").read_text(encoding="utf-8").startswith("<?xml")


def test_what_is_shown_fits_eighty_columns_in_the_order_it_is_read(tmp_path, capsys, monkeypatch):
    _, out, _ = init(capsys, monkeypatch, "", tmp_path)
    lines = out.splitlines()
    start = lines.index("1 of 17 · The frame")
    assert lines[start + 1] == "Which organisation, which period, which currency, and how much money at most?"
    assert lines[start + 2].startswith("  why      ")
    assert lines[start + 3].startswith("  example  ")
    assert lines[start + 4] == "organisation, period, currency, money at most:"
    assert lines[start + 5].startswith("> ")
    assert max(map(len, lines)) <= 80
    assert "\x1b" not in out


def test_the_end_of_the_input_stops_and_keeps_everything_and_a_second_run_goes_on(tmp_path, capsys, monkeypatch):
    lines = FIRST.splitlines(keepends=True)
    code, out, _ = init(capsys, monkeypatch, "".join(lines[:3]), tmp_path)
    assert code == 0
    assert "Stopped; everything is kept." in out
    assert read_plan(tmp_path / "plan.yaml").plan.strategy.levels[0].direction == "growth"
    code, out, _ = init(capsys, monkeypatch, "stop\n", tmp_path)
    assert (code, "4 of 17" in out, "3 of 17" in out) == (0, True, False)
    (tmp_path / "evidence" / "interview.json").unlink()
    assert "4 of 17" in init(capsys, monkeypatch, "", tmp_path)[1]


def test_commands_work_at_every_question(tmp_path, capsys, monkeypatch):
    text = "Halden Pumps, 2027, EUR, 60 kEUR\nInes, 16 h/week\nid ines-m\nback\nback\nMara, 8 h/week\nlist\nhelp\ngo first.not\nweddings\nstop\n"
    code, out, _ = init(capsys, monkeypatch, text, tmp_path)
    assert code == 0
    assert "ines is now ines-m." in out
    assert "Taken back; the plan is as before that answer." in out
    assert "first.worth" not in out[: out.index("first.objective  Which number")]
    assert "you do not know: it is noted as open" in out
    plan = read_plan(tmp_path / "plan.yaml").plan
    assert (plan.plan.driver, [person.id for person in plan.action.people]) == ("mara", ["mara"])
    assert plan.strategy.levels[0].not_doing == ("weddings",)


def test_missing_asks_what_was_left_open_and_from_begins_anywhere(tmp_path, capsys, monkeypatch):
    init(capsys, monkeypatch, "Halden Pumps, 2027, EUR, 60 kEUR\n\n", tmp_path)
    assert "2 of 17" not in init(capsys, monkeypatch, "", tmp_path)[1]
    assert "2 of 17" in init(capsys, monkeypatch, "", tmp_path, "--missing")[1]
    out = init(capsys, monkeypatch, "", tmp_path, "--from", "first.frame")[1]
    assert "  so far   Halden Pumps, 2027-01-01..2027-12-31, EUR, 60 kEUR" in out
    code, _, err = init(capsys, monkeypatch, "", tmp_path, "--from", "first.fram")
    assert (code, 'Did you mean "first.frame"?' in err) == (2, True)
    code, _, err = init(capsys, monkeypatch, "", tmp_path, "--flow", "fist")
    assert (code, 'flow "fist" is not known. Did you mean "first"?' in err) == (2, True)


def test_quiet_shows_the_questions_alone_and_json_one_document(tmp_path, capsys, monkeypatch):
    _, out, _ = init(capsys, monkeypatch, "stop\n", tmp_path / "a", "--quiet")
    assert "why" not in out
    assert "Which organisation" in out
    code, out, err = init(capsys, monkeypatch, "Halden Pumps, 2027, EUR, 60 kEUR\nstop\n", tmp_path / "b", "--json")
    assert code == 0
    assert out.startswith("{")
    assert '"plan_hash"' in out
    assert "Which organisation" in err


def test_triage_writes_nothing_and_ends_with_its_advice(tmp_path, capsys, monkeypatch):
    code, out, _ = init(capsys, monkeypatch, "y\nn\nn\ny\nn\nno\nno\n", tmp_path / "none", "--flow", "triage")
    assert code == 0
    assert "2 of 7 yes." in out
    assert "Begin with a first plan: leadline init." in out
    assert "OBJ001" in out
    assert not (tmp_path / "none").exists()
    assert (
        "You can write the plan file yourself" in init(capsys, monkeypatch, "y\n" * 7, tmp_path, "--flow", "triage")[1]
    )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_bytes_that_are_no_text_are_an_answer_like_any_other(tmp_path, cli):
    ended = subprocess.run(
        [sys.executable, "-m", "leadline", "init", str(tmp_path / "x")], input=b"\xff\xfe, 2027, EUR, 60 kEUR\n", capture_output=True, check=False
    )  # fmt: skip
    assert ended.returncode == 0
    assert b"Traceback" not in ended.stderr


class Terminal:
    """A terminal of its own with an interview running on it."""

    def __init__(self, *arguments):
        self.ours, theirs = pty.openpty()
        environment = {**os.environ, "COLUMNS": "80", "TERM": "dumb"}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "leadline", "init", *map(str, arguments)], stdin=theirs, stdout=theirs, stderr=theirs,
            env=environment, start_new_session=True, preexec_fn=lambda: _control(theirs),  # noqa: PLW1509 - one thread, and Ctrl-C needs a terminal of its own
        )  # fmt: skip
        os.close(theirs)
        self.shown = ""

    def until_prompt(self, seconds=20):
        """Read until the program waits for a line; return whether it does (False when it has ended)."""
        seen, deadline = "", time.monotonic() + seconds
        while time.monotonic() < deadline:
            ready, _, _ = select.select([self.ours], [], [], 0.05)
            if not ready:
                if seen.endswith("> "):
                    return True
                continue
            try:
                part = os.read(self.ours, 65536).decode().replace("\r\n", "\n")
            except OSError:
                return False
            if not part:
                return False
            seen += part
            self.shown += part
        raise AssertionError(f"no prompt within {seconds} s: {seen[-300:]}")

    def type(self, line):
        os.write(self.ours, f"{line}\n".encode())

    def end(self):
        os.close(self.ours)
        return self.process.wait(timeout=20)


def _control(descriptor):
    import fcntl
    import termios

    fcntl.ioctl(descriptor, termios.TIOCSCTTY, 0)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a runner in the background may ignore it


@pytest.mark.slow
def test_the_quick_interview_on_a_terminal_ends_within_twenty_five_answers(tmp_path):
    terminal = Terminal(tmp_path / "shop", "--flow", "quick")
    answers = 0
    while terminal.until_prompt():
        assert answers < 25, f"a 26th answer is asked for:\n{terminal.shown[-600:]}"
        terminal.type(QUICK[answers])
        answers += 1
    assert terminal.end() == 0
    assert answers == 25
    # a path has no room to break; what stands beside it are our own lines, and the echo of the longest answer
    lines = [line for line in terminal.shown.splitlines() if str(tmp_path) not in line]
    assert max(map(len, lines)) <= max(80, 2 + max(map(len, QUICK)))
    assert "\x1b" not in terminal.shown
    document = read_plan(tmp_path / "shop" / "plan.yaml")
    assert document.faults == ()
    ended = subprocess.run(
        [sys.executable, "-m", "leadline", "check", str(tmp_path / "shop" / "plan.yaml"), "--fail-on", "error"], capture_output=True, check=False
    )  # fmt: skip
    assert ended.returncode == 0, ended.stdout.decode()
    assert "100 reach a sale, believed" in terminal.shown


@pytest.mark.slow
def test_ctrl_c_on_a_terminal_stops_and_keeps_everything(tmp_path):
    terminal = Terminal(tmp_path / "shop")
    assert terminal.until_prompt()
    terminal.type("Tidewater Cycles, 2027, GBP, 40 kGBP")
    assert terminal.until_prompt()
    os.killpg(terminal.process.pid, signal.SIGINT)
    assert terminal.until_prompt() is False
    assert terminal.end() == 0
    assert "Stopped; everything is kept." in terminal.shown
    assert read_plan(tmp_path / "shop" / "plan.yaml").plan.plan.organisation == "Tidewater Cycles"
