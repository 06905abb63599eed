"""Background jobs: one at a time, told as they go, stopped when asked, and never lost with their server."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from leadline.errors import UsageError
from leadline.web.job_files import KEPT_JOBS, append
from leadline.web.jobs import Jobs
from leadline.web.tasks import KINDS, Kind, import_arguments
from leadline.workspace import Workspace

HERE = Path(__file__).resolve().parent
MADE_UP = {
    name: Kind(f"made_up_work:{name}", lambda workspace, given: dict(given))
    for name in ("count", "refuse", "break_down", "vanish", "hang", "unprintable", "light")
}
# A server without a browser: it works the queue until it is told to stop.
SERVER = """
import asyncio, datetime, signal, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from test_jobs import MADE_UP, now
from leadline.web.jobs import Jobs
from leadline.workspace import Workspace

async def serve():
    jobs = Jobs(Workspace(Path(sys.argv[2])), now, kinds=MADE_UP)
    await jobs.recover()
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    print("ready", flush=True)
    await stop.wait()
    await jobs.close()

asyncio.run(serve())
"""


def now():
    return dt.datetime.now(tz=dt.UTC).replace(tzinfo=None)


@pytest.fixture(autouse=True)
def _tasks_are_found_and_looked_after_often(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(HERE))
    monkeypatch.setattr("leadline.web.jobs.POLL_SECONDS", 0.02)


@pytest.fixture
def workspace(tmp_path):
    return Workspace(tmp_path)


def working(workspace, work, **options):
    """Run `work(jobs)` beside a queue that is worked."""

    async def beside():
        jobs = Jobs(workspace, now, kinds=MADE_UP, **options)
        await jobs.recover()
        try:
            return await asyncio.wait_for(work(jobs), 20)
        finally:
            await jobs.close()

    return asyncio.run(beside())


async def ended(jobs, *orders):
    for order in orders:
        async for _ in jobs.events(order.id):
            pass
    return [jobs.get(order.id) for order in orders]


async def at_work(jobs, order):
    async for news in jobs.events(order.id):
        if news and news[-1].told:
            return news[-1]
    raise AssertionError("it ended before it told anything")


def notes(workspace):
    path = workspace.folder / "notes"
    return [line.split()[:2] for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []


def is_running(pid):
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def pids(workspace):
    text = (workspace.folder / "notes").read_text(encoding="utf-8")
    return [int(line.split()[-1]) for line in text.splitlines() if line.startswith("begun")]


def wait_for(condition):
    deadline = time.monotonic() + 15
    while not condition():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.02)


def test_jobs_are_done_one_after_another_in_the_order_they_were_asked_for(workspace):
    async def two(jobs):
        orders = [jobs.start("count", {"upto": 3, "name": name}) for name in ("a", "b")]
        assert [jobs.ahead(order.id) for order in orders] == [0, 1]
        return await ended(jobs, *orders)

    first, second = working(workspace, two)
    assert (first.state, first.result["counted"], second.state) == ("done", 3, "done")
    assert first.started < first.ended <= second.started
    assert notes(workspace) == [["begun", "a"], ["ended", "a"], ["begun", "b"], ["ended", "b"]]


def test_every_listener_hears_every_word_and_goes_on_where_it_was_cut_off(workspace):
    async def listen(jobs):
        order = jobs.start("count", {"upto": 30})

        async def heard(after):
            return [job async for news in jobs.events(order.id, after=after) for job in news]

        return await asyncio.gather(heard(0), heard(0), heard(3))

    one, other, late = working(workspace, listen)
    assert one == other
    assert [job.lines for job in one] == list(range(1, one[-1].lines + 1))
    assert [job.lines for job in late] == [job.lines for job in one][3:]
    assert (one[0].state, one[-1].state, one[-1].share) == ("running", "done", 1.0)
    assert [job.share for job in one if job.told] == sorted(job.share for job in one if job.told)


def test_a_refusal_keeps_its_words_and_a_fault_keeps_them_in_the_log(workspace):
    async def three(jobs):
        return await ended(jobs, *(jobs.start(kind, {}) for kind in ("refuse", "break_down", "unprintable")))

    refused, broken, unprintable = working(workspace, three)
    assert (refused.state, refused.reason, refused.error) == (
        "failed",
        "refused",
        "the file is not there. Name another.",
    )
    assert (broken.state, broken.reason, broken.error) == ("failed", "internal", "ZeroDivisionError")
    assert (unprintable.state, unprintable.error) == ("failed", "TypeError")
    folder = workspace.evidence / "jobs"
    assert "a secret" in (folder / f"{broken.id}.log").read_text(encoding="utf-8")
    assert "a secret" not in (folder / f"{broken.id}.jsonl").read_text(encoding="utf-8")


def test_a_child_that_was_killed_has_failed_and_the_next_job_begins(workspace):
    async def two(jobs):
        return await ended(jobs, jobs.start("vanish", {}), jobs.start("light", {}))

    killed, light = working(workspace, two)
    assert (killed.state, killed.reason, killed.error) == ("failed", "killed", str(int(signal.SIGKILL)))
    assert light.result == {"heavy": []}


def test_a_cancelled_job_stops_whether_it_works_waits_or_hangs(workspace):
    async def three(jobs):
        works, hangs, waits = (
            jobs.start("count", {"upto": 10_000}),
            jobs.start("hang", {}),
            jobs.start("count", {"upto": 1}),
        )
        assert jobs.cancel(waits.id).state == "cancelled"
        await at_work(jobs, works)
        assert jobs.cancel(works.id).is_stopping
        await at_work(jobs, hangs)
        jobs.cancel(hangs.id)
        assert jobs.cancel("0" * 16) is None
        return await ended(jobs, works, hangs, waits)

    assert [job.state for job in working(workspace, three, grace=0.3)] == ["cancelled"] * 3
    assert [note for note in notes(workspace) if note[0] == "ended"] == []


def test_a_server_that_ends_leaves_no_orphan_and_the_next_one_begins_the_job_again(workspace):
    async def begin(jobs):
        return await at_work(jobs, jobs.start("count", {"upto": 60}))

    left = working(workspace, begin)
    (pid,) = pids(workspace)
    assert not is_running(pid)

    async def finish(jobs):
        return await ended(jobs, left)

    (job,) = working(workspace, finish)
    assert (job.state, len(job.cuts), job.lost) == ("done", 1, 0)


def serve(workspace):
    process = subprocess.Popen(
        [sys.executable, "-c", SERVER, str(HERE), str(workspace.folder)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "ready\n"
    return process


def test_a_killed_server_takes_its_child_along_and_the_job_is_begun_once_more_and_not_twice(workspace):
    jobs = Jobs(workspace, now, kinds=MADE_UP)
    order = jobs.start("count", {"upto": 3000})
    for begun in (1, 2):
        server = serve(workspace)
        wait_for(lambda: len(notes(workspace)) == begun and jobs.get(order.id).told)  # noqa: B023 - waited for here
        server.kill()
        server.communicate()
        wait_for(lambda: not is_running(pids(workspace)[-1]))
        assert jobs.get(order.id).state == "running"  # nobody is left to say otherwise
    server = serve(workspace)
    wait_for(lambda: jobs.get(order.id).is_over)
    server.terminate()
    server.communicate()
    job = jobs.get(order.id)
    assert (job.state, len(job.cuts), job.lost, len(notes(workspace))) == ("cut", 2, 2, 2)


def test_a_second_server_shows_starts_and_cancels_but_only_the_first_works(workspace):
    async def both(first):
        await ended(first, first.start("light", {}))
        second = Jobs(workspace, now, kinds=MADE_UP)
        await second.recover()
        assert first.holder() is None
        assert f"process {os.getpid()}" in second.holder()
        works, waits = second.start("count", {"upto": 10_000}), second.start("count", {"upto": 1})
        await at_work(second, works)
        second.cancel(works.id)
        done = await ended(second, works, waits)
        await second.close()
        return done

    assert [job.state for job in working(workspace, both)] == ["cancelled", "done"]
    assert len(notes(workspace)) == 3


def test_files_of_jobs_are_private_and_old_ones_are_removed(workspace):
    jobs = Jobs(workspace, now, kinds=MADE_UP)
    rare = jobs.start("refuse", {})
    orders = [jobs.start("count", {"upto": number}) for number in range(KEPT_JOBS + 3)]
    for order in (rare, *orders[:-1]):
        jobs.cancel(order.id)
    jobs.start("light", {})
    kept = jobs.all()
    assert len(kept) == KEPT_JOBS + 3
    assert [kept[-2].id, kept[-1].id] == [orders[2].id, rare.id]  # a rare kind outlives a frequent one
    assert jobs.get(orders[0].id) is None
    folder = workspace.evidence / "jobs"
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_job_that_cannot_even_begin_is_cut_and_the_queue_goes_on(workspace, monkeypatch, caplog):
    async def two(jobs):
        spawn = jobs._spawn
        broken = jobs.start("count", {"upto": 1})

        def refusing(job):
            if job.id == broken.id:
                raise OSError(28, "No space left on device")
            return spawn(job)

        monkeypatch.setattr(jobs, "_spawn", refusing)
        return await ended(jobs, broken, jobs.start("light", {}))

    broken, light = working(workspace, two)
    assert (broken.state, len(broken.cuts), light.state) == ("cut", 2, "done")
    assert "No space left on device" in caplog.text


def test_the_same_order_is_not_queued_twice_and_unknown_kinds_are_refused(workspace):
    jobs = Jobs(workspace, now, kinds=MADE_UP)
    assert jobs.start("light", {}) == jobs.start("light", {})
    assert jobs.start("count", {"upto": 1}) != jobs.start("count", {"upto": 2})
    with pytest.raises(UsageError, match=r"Known: break_down, count"):
        jobs.start("erase", {})


def test_a_line_torn_by_a_kill_tells_nothing_and_loses_nothing(workspace):
    jobs = Jobs(workspace, now, kinds=MADE_UP)
    order = jobs.start("light", {})
    lines = workspace.evidence / "jobs" / f"{order.id}.jsonl"
    append(lines, {"at": now().isoformat(), "is": "begun"})
    with lines.open("a", encoding="utf-8") as file:
        file.write('{"at": "2027-')
    assert jobs.get(order.id).state == "running"
    append(lines, {"at": now().isoformat(), "is": "done", "result": {}})
    assert (jobs.get(order.id).state, jobs.get(order.id).lines) == ("done", 3)
    append(lines, {"at": now().isoformat(), "is": "cancelled"})
    assert Jobs(workspace, now).get(order.id).state == "done"  # what came first is what happened


@pytest.mark.parametrize("name", ["../plan.yaml", "plan.yaml", "exports/../plan.yaml", "exports", "exports/gone.csv",
                                  "exports/out.csv", "evidence/lock", "a\0b", "x" * 5000, "/etc/passwd"])  # fmt: skip
def test_no_order_names_a_file_outside_the_exports_and_the_inbox(workspace, name):
    for folder in (workspace.exports, workspace.evidence):
        folder.mkdir()
    for path in (workspace.folder / "plan.yaml", workspace.evidence / "lock"):
        path.touch()
    (workspace.exports / "out.csv").symlink_to(workspace.folder / "plan.yaml")
    with pytest.raises(UsageError, match=r"is not known.*Known: evidence/inbox"):
        import_arguments(workspace, {"files": [name]})


def test_orders_of_an_import_are_data_of_known_names_and_types(workspace):
    inbox = workspace.evidence / "inbox" / "1"
    inbox.mkdir(parents=True)
    (inbox / "ads.csv").touch()
    named = "evidence/inbox/1/ads.csv"
    workspace.exports.mkdir()
    (workspace.exports / "deals.csv").touch()
    given = {"files": [named, "deals.csv", "exports/deals.csv"], "currency": "EUR", "sheet": "", "dates": None}
    files = [named, "exports/deals.csv", "exports/deals.csv"]
    assert import_arguments(workspace, given) == {"files": files, "currency": "EUR"}
    for wrong in ({"wait": 1}, {"files": named}, {"again": 1}, {"numbers": "fr"}):
        with pytest.raises(UsageError):
            import_arguments(workspace, wrong)


def test_every_kind_names_a_task_that_exists():
    import leadline.web.tasks

    for kind in KINDS.values():
        module, name = kind.task.split(":")
        assert module == "leadline.web.tasks"
        assert callable(getattr(leadline.web.tasks, name))


def test_an_order_holds_no_code_and_no_path_of_this_machine(workspace):
    jobs = Jobs(workspace, now, kinds=MADE_UP)
    order = jobs.start("light", {})
    said = json.loads((workspace.evidence / "jobs" / f"{order.id}.json").read_text(encoding="utf-8"))
    assert said == {"kind": "light", "arguments": {}, "asked": order.asked.isoformat()}


def test_a_queue_that_is_too_long_takes_no_more(workspace, monkeypatch):
    monkeypatch.setattr("leadline.web.jobs.MOST_WAITING", 3)
    jobs = Jobs(workspace, now)
    for seed in range(3):
        jobs.start("review", {"seed": seed})
    with pytest.raises(UsageError, match=r"3 jobs wait already\. Cancel some"):
        jobs.start("review", {"seed": 3})
    assert jobs.start("review", {"seed": 2}) in jobs.all()
    jobs.cancel(jobs.all()[0].id)
    assert jobs.start("review", {"seed": 3}).state == "waiting"
