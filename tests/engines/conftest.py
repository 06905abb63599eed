"""Two workspaces with the same files in them, one on DuckDB, one on a Spark cluster: every answer of one must be the other's.

The cluster is a master and two workers, each a process of its own, as a small company would start them.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
import socket
import subprocess
import time
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from leadline.evidence import spark_session
from leadline.evidence.import_jobs import Setup
from leadline.evidence.imports import import_files
from leadline.evidence.plan_facts import PlanFacts
from leadline.evidence.privacy import Key
from leadline.evidence.rows import channels
from leadline.evidence.sources.records import ImportOptions
from leadline.evidence.store import open_store
from leadline.plan.source import read_plan
from leadline.settings import read_settings
from leadline.workspace import Workspace
from leadline.worlds import make_world, read_world, world_folder

WORKERS = 2
LAKE = "lake=evidence/lake"
# Compiling a plan takes seconds of which a few hundred rows take none back. For the short form alone: by night,
# everything is asked as a cluster is that nobody tuned.
QUICK = {
    "spark.sql.codegen.wholeStage": "false", "spark.sql.codegen.factoryMode": "NO_CODEGEN", "spark.sql.adaptive.enabled": "false",
}  # fmt: skip
TEST_KEY = Key(bytes(range(32)))
MOMENT = dt.datetime(2027, 10, 1, 8, tzinfo=dt.UTC)
OPTIONS = {"--currency": "currency", "--sheet": "sheet"}
# Of three currencies one changes its rate, so that money is divided on both engines.
RATES = (
    ("GBP", dt.date(2025, 1, 1), 0.85), ("USD", dt.date(2025, 1, 1), 1.09), ("USD", dt.date(2027, 3, 3), 1.11),
    ("CHF", dt.date(2025, 1, 1), 0.937),
)  # fmt: skip


def has_java():
    home = os.environ.get("JAVA_HOME")
    return shutil.which("java", path=str(Path(home) / "bin")) if home else shutil.which("java")


@pytest.fixture(scope="session")
def spark_here():
    """Stop the driver after the last test; skip, loudly, where there is no Java."""
    if not has_java():
        pytest.skip("NO JAVA HERE: the warehouse on Spark is not tested; install Java 17 or newer")
    pytest.importorskip(
        "pyspark", reason="NO PYSPARK HERE: the warehouse on Spark is not tested; pip install leadline[spark]"
    )
    from pyspark import SparkContext

    os.environ.setdefault(
        "JDK_JAVA_OPTIONS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
    )  # many small jobs: little to compile for
    yield
    if SparkContext._active_spark_context is not None:
        SparkContext._active_spark_context.stop()


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def wait_for(port, process, log):
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as door:
            if door.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.2)
    raise AssertionError(f"nothing listens on {port}: {log.read_text()[-2000:]}")


@pytest.fixture(scope="session")
def cluster(tmp_path_factory, spark_here):
    """Start a master and two workers of one core each on loopback; give the master's url."""
    import pyspark

    home, folder = Path(pyspark.__file__).parent, tmp_path_factory.mktemp("cluster")
    plain = {**os.environ, "SPARK_LOCAL_IP": "127.0.0.1", "SPARK_HOME": str(home), "SPARK_NO_DAEMONIZE": "1"}
    started = []

    def start(name, kind, *arguments):
        port, log = free_port(), folder / f"{name}.log"
        given = ["--host", "127.0.0.1", "--port", port, "--webui-port", free_port(), *arguments]
        with log.open("w") as told:
            command = [home / "bin" / "spark-class", f"org.apache.spark.deploy.{kind}", *map(str, given)]
            started.append(subprocess.Popen(command, stdout=told, stderr=told, env=plain))
        return port, started[-1], log

    try:
        master = start("master", "master.Master")
        wait_for(*master)  # a worker that finds no master waits for ten seconds
        url = f"spark://127.0.0.1:{master[0]}"
        workers = [
            start(f"worker{one}", "worker.Worker", "--cores", 1, "--memory", "2g", "--work-dir", folder / f"work{one}", url)
            for one in range(WORKERS)
        ]  # fmt: skip
        for worker in workers:
            wait_for(*worker)
        yield url
    finally:
        from pyspark import SparkContext

        if SparkContext._active_spark_context is not None:
            SparkContext._active_spark_context.stop()
        for process in reversed(started):
            process.terminate()
            process.wait(timeout=30)


@dataclass
class Engine:
    """A workspace on one engine, and what was reported when files came in."""

    workspace: Workspace
    facts: PlanFacts = field(default_factory=PlanFacts)
    setup: Setup = field(default_factory=lambda: Setup(TEST_KEY))
    calls: int = 0

    @property
    def store(self):
        return open_store(self.workspace)

    def take(self, *paths, **options):
        """Import files as they are named, each call a minute after the one before; return the documents of their reports."""
        self.calls += 1
        moment = MOMENT + dt.timedelta(minutes=self.calls)
        setup = replace(self.setup, options=replace(ImportOptions(), **options))
        return [
            one.document()
            for one in import_files(self.workspace, paths, facts=self.facts, setup=setup, clock=lambda: moment)
        ]

    def give(self, name, text, **options):
        """Write a file into `exports/` and import it."""
        path = self.workspace.exports / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return self.take(path, **options)[0]

    def rows(self, query, **params):
        return self.store.ask(query, **params).to_pylist()


@dataclass
class Both:
    """The same workspace on both engines."""

    duck: Engine
    spark: Engine

    def give(self, name, text, **options):
        """Import a file on both; return the one report that both gave."""
        told = [engine.give(name, text, **options) for engine in (self.duck, self.spark)]
        assert told[0] == told[1]
        return told[0]


def engine(folder, url, facts, setup, settings=""):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "leadline.toml").write_text(f'engine = "{url}"\n{settings}', encoding="utf-8")
    return Engine(Workspace(folder), facts, setup)


@pytest.fixture
def both(tmp_path, cluster, quick):
    facts = PlanFacts(tactic_ids=("search", "fair"), states=frozenset({"lead", "sqo", "won"}), rates=RATES)
    return Both(*(engine(tmp_path / name, url, facts, Setup(TEST_KEY)) for name, url in engines(cluster)))


def engines(cluster):
    return ("duckdb", "duckdb"), ("spark", f"{cluster}?{LAKE}")


@pytest.fixture
def quick(monkeypatch):
    """Ask for small things without compiling anything."""
    monkeypatch.setattr(spark_session, "MEANING", {**spark_session.MEANING, **QUICK})


@dataclass(frozen=True)
class Samples:
    """Exports as one plan would see them. files: by the options they need · mappings: files that say how to read others"""

    facts: PlanFacts
    setup: Setup
    files: Mapping[tuple[tuple[str, str], ...], list[Path]]
    mappings: tuple[Path, ...]


# What no shipped world of companies holds: who agreed to what, what was asked of us and answered, what was tried.
LISTS = {
    "consent": (
        "entry,person,email,purpose,channel,state,recorded,method\n"
        + "".join(f"g{n},{200 + n},p{n}@brook.example,marketing,email,granted,2027-03-{1 + n % 28:02} 10:00,form\n" for n in range(30))
        + "".join(f"w{n},{200 + n},,marketing,{'*' if n % 2 else 'email'},withdrawn,2027-04-{1 + n % 28:02} 09:30,mail\n" for n in range(0, 30, 4))
        + "o1,207,p7@brook.example,direct marketing,e-mail,objected,2027-04-02 00:00,mail\n"
        "s1,208,p8@brook.example,research,phone,granted,2027-04-03 12:00,call\nx1,209,,marketing,email,perhaps,2027-04-03 12:00,call\n"
    ),
    "responses": (
        "message,conversation,time,direction,kind,touchpoint,answers\n"
        + "".join(f"i{n},c{n // 2},2027-03-{1 + n % 28:02} 09:{n:02}:35,inbound,message,form,\n" for n in range(24))
        + "".join(f"a{n},c{n},2027-03-{1 + n % 28:02} 1{n % 10}:05:10,outbound,{'auto' if n % 3 else 'message'},form,\n" for n in range(9))
        + "l1,,2027-03-30 08:00:00,outbound,message,mail,i23\nl2,c5,yesterday,inbound,message,mail,\n"
    ),
    "trials": "test,unit_kind,unit,arm,assigned,period,exposed,outcome,value\n"
    + "".join(
        f"fair-geo,geo,Region {n % 6},{'treated' if n % 2 else 'control'},2027-03-01,2027-03-{1 + 7 * (n // 6):02},yes,lead,{n * n % 11}\n"
        for n in range(24)
    ),
}  # fmt: skip
# Of the sample exports, one of each way in which rows are lost, joined or changed.
CHOSEN = (
    "feeds/forum_rss.xml", "ga4/events_20270302.jsonl", "generic/leads.csv", "google-ads/campaign_report.csv",
    "google-ads/campaign_report_restated.csv", "hubspot/contacts.csv", "hubspot/deals.csv", "mailchimp/campaigns.csv",
    "mastodon/statuses.json", "salesforce/opportunities_cp1252.csv", "salesforce/opportunity_history.csv", "segment/events.jsonl",
    "shopify/orders_export.csv", "ga4-report/traffic_acquisition.csv",
)  # fmt: skip
SHORT = "a few weeks"
WEEKS = {"start": dt.date(2027, 3, 1), "as_of": dt.date(2027, 4, 30), "end": dt.date(2027, 5, 15)}
WORLDS = [
    pytest.param(SHORT, marks=pytest.mark.proof),
    *(pytest.param(name, marks=pytest.mark.nightly) for name in ("halden", "tidewater", "harbour")),
]


def made(name, folder):
    """Return the files of a world, of the short one those of two months with few visits."""
    if name != SHORT:
        return make_world(name, folder)
    home = world_folder("halden")
    world = read_world(home / "world.yaml")
    few = world.changed({"world": world.world.model_copy(update=WEEKS), "web_from": None, "visits": world.visits / 20})
    written = make_world(few, folder, plan=read_plan(home / "plan.yaml"))
    shutil.copy(home / "leadline.toml", folder)
    for kind, text in LISTS.items():
        (folder / f"{kind}.csv").write_text(text, encoding="utf-8")
    lists = tuple(folder / f"{kind}.csv" for kind in LISTS)
    mappings = tuple(home.parent / "mappings" / f"{kind}.mapping.yaml" for kind in LISTS)
    return replace(written, exports=(*written.exports, *lists, *mappings))


def samples(shared, world, chosen):
    """Return files by the options they need, and facts that know the tactics and states of all of them.

    chosen: which of the sample exports
    """
    plan, settings = read_plan(world.plan).plan, read_settings(Workspace(world.folder).settings)
    tactics = {tactic.id: tactic for tactic in plan.tactics.list}
    states = {metric.source[6:] for metric in plan.metrics if (metric.source or "").startswith("stage:")}
    stages, named, files = dict(settings.stages), set(tactics), defaultdict(list)
    files[()] = sorted(path for path in world.exports if path.suffix != ".yaml")
    mappings = [path for path in world.exports if path.suffix == ".yaml"]
    for expected in sorted((shared / "exports").glob("*/expected.json")):
        document = json.loads(expected.read_text(encoding="utf-8"))
        taken = {name: wanted for name, wanted in document["files"].items() if chosen(f"{expected.parent.name}/{name}")}
        if not taken:
            continue
        named |= set(document.get("tactics_in_plan") or ())
        mappings += expected.parent.glob("*.mapping.yaml")
        for name, wanted in taken.items():
            if "refused" in wanted:
                continue
            own = wanted.get("settings") or {}
            states |= set(own.get("plan_states", ()))
            stages |= own.get("stages", {})
            given = wanted.get("options") or []
            pairs = tuple((OPTIONS[flag], value) for flag, value in zip(given[::2], given[1::2], strict=True))
            files[pairs].append(expected.parent / name)
    facts = PlanFacts(
        plan.plan.currency, plan.plan.timezone, tuple(sorted(named)), states=frozenset(states), rates=RATES,
        tracked_as={name: tactic.tracked_as for name, tactic in tactics.items() if tactic.tracked_as},
        brands={"halden": ("Halden Pumps", "halden")},
    )  # fmt: skip
    setup = Setup(TEST_KEY, stage_maps=stages, channels=channels.Channels(("pay.example",)))
    return Samples(facts, setup, files, tuple(mappings))


CHOICE = {
    SHORT: CHOSEN.__contains__,
    "halden": lambda _: True,
}  # the other worlds hold orders, trials and answers themselves


@pytest.fixture(scope="session", params=WORLDS)
def everything(request, shared, tmp_path_factory, cluster):
    """Give both engines with sample exports and a sample company in them, and the reports of each."""
    folder, told, both_of = tmp_path_factory.mktemp("engines"), [], []
    found = samples(shared, made(request.param, folder / "world"), CHOICE.get(request.param, lambda _: False))
    for name, url in engines(cluster):
        one = engine(folder / name, url, found.facts, found.setup)
        one.workspace.mappings.mkdir()
        for mapping in found.mappings:
            shutil.copy(mapping, one.workspace.mappings)
        reports = []
        for options, paths in found.files.items():
            copied = [one.workspace.exports / path.parent.name / path.name for path in paths]
            for path, target in zip(paths, copied, strict=True):
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(path, target)
            reports += one.take(*copied, **dict(options))
        told.append(reports)
        both_of.append(one)
    return Both(*both_of), told
