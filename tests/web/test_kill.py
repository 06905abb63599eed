"""`kill -9` of a real server while it imports, reviews and edits: nothing lost, nothing half-written, everything said."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest

from leadline.evidence.store import open_store
from leadline.plan.comments import Comments
from leadline.plan.examples import example
from leadline.plan.history import History
from leadline.plan.source import read_plan
from leadline.report.kept import latest
from leadline.web.reading import version_of
from leadline.workspace import Workspace

pytestmark = [pytest.mark.proof, pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks for processes in /proc")]
KEY = "00" * 32  # of the pseudonyms, as in tests/conftest.py: two imports give the same people
ROUNDS = 3  # servers killed while a plan is edited
LARGE = "ga4_events_2027"  # visits, most of the sample company's bytes: one file of four is enough here
PATIENCE_SECONDS = 60
ADDRESS = "/plan/objectives/plans-2027"  # of the shipped example of two bicycle shops
NAME = "419 service plans"


def wait_for(condition, what):
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (found := condition()):
        assert time.monotonic() < deadline, f"{what}: never"
        time.sleep(0.02)
    return found


def at_work(folder):
    """Return the processes of background jobs of a workspace."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                words = (entry / "cmdline").read_bytes().decode("utf-8", "replace").split("\0")
            except OSError:  # it has just ended
                continue
            if "leadline.web.work" in words and any(word.startswith(f"{folder}/") for word in words):
                found.append(int(entry.name))
    return found


@dataclass
class Server:
    """A real server of a workspace, and a browser that came in by its one-time address."""

    folder: Path
    process: subprocess.Popen
    browser: httpx2.Client

    @classmethod
    def begin(cls, folder):
        process = subprocess.Popen(
            [sys.executable, "-m", "leadline", "serve", "--workspace", str(folder), "--json", "--port", "0"],
            stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True, env={**os.environ, "LEADLINE_KEY": KEY},
        )  # fmt: skip
        said = ""
        while not said.rstrip().endswith("}"):
            line = process.stdout.readline()
            assert line, "the server did not begin"
            said += line
        address = httpx2.URL(json.loads(said)["address"])
        home = f"http://{address.host}:{address.port}"
        browser = httpx2.Client(base_url=home, headers={"origin": home, "sec-fetch-site": "same-origin"}, timeout=30)
        assert browser.get(str(address)).status_code == 200
        return cls(folder, process, browser)

    def kill(self):
        self.process.kill()
        self.close()

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        self.close()

    def close(self):
        self.process.communicate()
        self.browser.close()


@pytest.fixture
def begin(request):
    """Give a function that begins a server; none is left running, whatever a test does."""
    servers = []

    def begun(folder):
        servers.append(Server.begin(folder))
        return servers[-1]

    yield begun
    for server in servers:
        if server.process.poll() is None:
            server.kill()


def job_of(server, kind):
    """Return the newest job of a kind, as the workspace's files have it: order, and lines told of it."""
    folder = server.folder / "evidence" / "jobs"
    orders = {path: json.loads(path.read_text(encoding="utf-8")) for path in folder.glob("*.json")}
    newest = max(
        (path for path, order in orders.items() if order["kind"] == kind), key=lambda path: orders[path]["asked"]
    )
    lines = newest.with_suffix(".jsonl")
    told = lines.read_text(encoding="utf-8").splitlines() if lines.exists() else []
    return newest.stem, [json.loads(line) for line in told if line.endswith("}")]


def reaches(server, kind, word):
    """Say whether the newest job of a kind has told something with a word in it."""
    return any(word in line.get("told", "") for line in job_of(server, kind)[1])


def ends(server, kind):
    """Return the last line of the newest job of a kind once it is over."""
    last = job_of(server, kind)[1][-1:]
    return last[0] if last and last[0]["is"] in ("done", "failed", "cancelled", "cut") else None


def order(server, kind, **arguments):
    """Order a job as a second process would: its file is all there is to it."""
    from leadline.web.jobs import Jobs

    from .test_jobs import now

    return Jobs(Workspace(server.folder), now).start(kind, arguments)


@pytest.fixture(scope="module")
def company(demo_workspace, tmp_path_factory):
    """Give the sample company with its smaller exports, nothing imported yet."""
    folder = tmp_path_factory.mktemp("kill") / "company"
    wanted = shutil.ignore_patterns("evidence", "results", "reports", f"{LARGE}*")
    shutil.copytree(demo_workspace.folder, folder, ignore=wanted)
    return folder


@pytest.fixture(scope="module")
def undisturbed(company, tmp_path_factory, cli):
    """Give what the warehouse holds after an import that nobody disturbed."""
    folder = tmp_path_factory.mktemp("kill") / "undisturbed"
    shutil.copytree(company, folder)
    done = cli("import", "exports", "--workspace", str(folder), "--quiet", cwd=folder)
    assert done.returncode == 0, done.stderr
    return contents(folder)


def contents(folder):
    """Return every fact table's rows, whatever the order in which they came in."""
    store = open_store(Workspace(folder))
    tables = ("spend", "touches", "stages", "deals", "orders", "metrics", "people", "identities", "links", "consent")
    asked = "SELECT count(*) AS n, coalesce(sum(hash(source || source_key) % 1000003), 0) AS keys FROM {}"
    plain = "SELECT count(*) AS n FROM {}"
    keyed = tables[:6]
    return {name: store.ask((asked if name in keyed else plain).format(name)).to_pylist() for name in tables}


def test_an_import_killed_three_ways_ends_as_if_nothing_had_been(begin, company, undisturbed, tmp_path):
    folder = tmp_path / "company"
    shutil.copytree(company, folder)
    server = begin(folder)
    first = order(server, "import")
    wait_for(lambda: reaches(server, "import", "reading ga4"), "reading")
    server.kill()
    wait_for(lambda: not at_work(folder), "the end of the work whose server is gone")
    assert ends(server, "import") is None

    server = begin(folder)
    wait_for(lambda: reaches(server, "import", "merging"), "merging, begun again")
    assert "begun again; nothing was lost or counted twice" in server.browser.get(f"/jobs/{first.id}").text
    (worker,) = at_work(folder)
    os.kill(worker, signal.SIGKILL)
    ended = wait_for(lambda: ends(server, "import"), "the end of the work that was killed")
    assert (ended["is"], ended["reason"], ended["error"]) == ("failed", "killed", "9")
    assert "ended from outside (signal 9)" in server.browser.get(f"/jobs/{first.id}").text

    order(server, "import")
    wait_for(lambda: reaches(server, "import", "merging"), "merging, ordered again")
    server.kill()
    wait_for(lambda: not at_work(folder), "the end of the work whose server is gone")
    server = begin(folder)
    ended = wait_for(lambda: ends(server, "import"), "the end of the import")
    server.end()
    assert ended["is"] == "done"
    assert {one["status"] for one in ended["result"]["files"]} <= {"done", "already_imported"}
    assert contents(folder) == undisturbed
    assert [path.name for path in (folder / "evidence" / "tmp").glob("*") if path.name != "spill"] == []


def test_a_review_whose_server_is_killed_goes_on_from_what_it_had_measured(begin, demo_workspace, tmp_path):
    folder = demo_workspace.copy(tmp_path / "company")
    shutil.rmtree(folder / "results" / "bridge")
    first = begin(folder)
    job = order(first, "review")
    wait_for(lambda: reaches(first, "review", "measuring sqo"), "measuring")
    first.kill()
    wait_for(lambda: not at_work(folder), "the end of the work whose server is gone")
    second = begin(folder)
    assert second.browser.get("/").status_code in (200, 303)  # pages do not wait for it
    ended = wait_for(lambda: ends(second, "review"), "the end of the review")
    assert ended["is"] == "done", ended
    assert "begun again" in second.browser.get(f"/jobs/{job.id}").text
    second.end()
    kept = latest(Workspace(folder))
    assert kept.plan_hash == ended["result"]["plan_hash"] == demo_workspace.document["plan_hash"]
    assert all(kept.page(name).title for name in kept.names)
    assert not list((folder / "results").rglob("*.part"))


class Writer(threading.Thread):
    """Edits one name of a plan over and over until its server is gone. sent, taken: the names asked for and confirmed."""

    def __init__(self, server, name, ahead):
        super().__init__()
        self.server, self.name_now, self.ahead = server, name, ahead
        self.sent, self.taken, self.refused = [], [], []

    def run(self):
        for number in range(10_000):
            new = f"{self.ahead}.{number} plans"
            self.sent.append(new)
            try:
                answer = self.server.browser.post(ADDRESS, data={"name": new, "was.name": self.name_now, "version": ""})
            except httpx2.TransportError:
                return
            if answer.status_code == 303:
                self.taken.append(new)
                self.name_now = new
            else:
                self.refused.append(answer)


def test_a_plan_whose_server_is_killed_between_edits_is_whole_and_no_confirmed_edit_is_lost(begin, tmp_path):
    workspace, original = Workspace(tmp_path), example("tidewater-cycles")
    workspace.plan.write_text(original, encoding="utf-8")
    name, landed = NAME, []
    for number in range(ROUNDS):
        writer = Writer(begin(tmp_path), name, number)
        writer.start()
        wait_for(lambda: len(writer.taken) >= 3 + number, "edits")  # noqa: B023 - waited for here
        writer.server.process.kill()
        writer.join()
        writer.server.close()
        assert writer.refused == []
        name = next(one.name for one in read_plan(workspace.plan).plan.objectives if one.id == "plans-2027")
        assert name in (writer.taken[-1], writer.sent[-1])
        assert workspace.plan.read_text(encoding="utf-8") == original.replace(NAME, name)
        landed += [*writer.taken, *({name} - set(writer.taken))]
    told = History(workspace).read()
    assert told.notes == ()
    assert {entry.state for entry in told.entries} <= {"landed", "dropped"}
    assert [entry.changes[0].new for entry in told.entries if entry.state == "landed"] == landed
    last = begin(tmp_path)
    page = last.browser.get("/plan/history")
    assert page.status_code == 200
    assert name in page.text
    last.end()


def test_a_plan_in_several_files_whose_server_is_killed_between_undos_and_comments_is_one_whole_plan(begin, tmp_path):
    workspace, at = Workspace(tmp_path), "/plan/objectives/plans-2027"
    workspace.plan.parent.joinpath("plan").mkdir()
    for part in re.split(r"(?m)^(?=[a-z]+:)", example("tidewater-cycles"))[1:]:
        (tmp_path / "plan" / f"{part.partition(':')[0]}.yaml").write_text(part, encoding="utf-8")
    server, before = begin(tmp_path), dict(read_plan(workspace.plan).texts)
    version = version_of(before)
    answer = server.browser.post(f"{at}/rename", data={"new": "sold-2027", "version": version})
    entry, after = answer.headers["location"].partition("done=")[2], dict(read_plan(workspace.plan).texts)
    assert sum(before[file] != after[file] for file in before) > 2, "an edit of several files"
    for number in range(ROUNDS):
        comments, undone = [], threading.Event()

        def change(server=server, entry=entry, comments=comments, undone=undone, number=number):
            with contextlib.suppress(httpx2.TransportError):
                while True:
                    answer = server.browser.post(f"/plan/history/{entry}/undo")
                    entry = answer.headers["location"].partition("done=")[2]
                    said = f"{number}: {entry}"
                    server.browser.post("/plan/comments", data={"element": "repeat-2027", "text": said})
                    comments.append(said)
                    undone.set()

        thread = threading.Thread(target=change)
        thread.start()
        assert undone.wait(PATIENCE_SECONDS)
        time.sleep(0.05 * number)
        server.kill()
        thread.join()
        told = History(workspace).read()
        assert dict(read_plan(workspace.plan).texts) in (before, after)
        assert {one.state for one in told.entries} <= {"landed", "dropped"}
        assert set(comments) <= {one.text for one in Comments(workspace).all()}
        entry, server = [one.id for one in told.entries if one.state == "landed"][-1], begin(tmp_path)
    server.end()


def test_two_servers_of_one_workspace_lose_no_edit_of_either(begin, tmp_path):
    workspace = Workspace(tmp_path)
    workspace.plan.write_text(example("tidewater-cycles"), encoding="utf-8")
    writers = [Writer(begin(tmp_path), NAME, number) for number in range(2)]
    for writer in writers:
        writer.start()
    wait_for(lambda: all(len(writer.sent) > 4 for writer in writers), "edits of both")
    for writer in writers:
        writer.server.process.kill()
        writer.join()
        writer.server.close()
    landed = [one.changes[0].new for one in History(workspace).read().entries if one.state == "landed"]
    taken = [name for writer in writers for name in writer.taken]
    assert taken
    assert set(taken) <= set(landed), "what was confirmed stands in the history"
    assert len(landed) - len(taken) <= len(writers), "and nothing else but what a kill left unanswered"
    assert all(answer.status_code == 409 for writer in writers for answer in writer.refused)
    assert landed[-1] == next(one.name for one in read_plan(workspace.plan).plan.objectives if one.id == "plans-2027")
