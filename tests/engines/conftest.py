"""Two workspaces with the same files in them, one on DuckDB, one on Spark: every answer of one must be the other's."""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

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
from leadline.worlds import make_world

ENGINES = ("duckdb", "spark:evidence/lake")
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


@dataclass
class Engine:
    """A workspace on one engine, and what was reported when files came in."""

    workspace: Workspace
    facts: PlanFacts = field(default_factory=PlanFacts)
    setup: Setup = field(default_factory=lambda: Setup(TEST_KEY))

    @property
    def store(self):
        return open_store(self.workspace)

    def take(self, *paths, **options):
        """Import files as they are named; return the documents of their reports."""
        setup = replace(self.setup, options=replace(ImportOptions(), **options))
        return [
            one.document()
            for one in import_files(self.workspace, paths, facts=self.facts, setup=setup, clock=lambda: MOMENT)
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
def both(tmp_path, spark_here):
    facts = PlanFacts(tactic_ids=("search", "fair"), states=frozenset({"lead", "sqo", "won"}), rates=RATES)
    return Both(*(engine(tmp_path / url.partition(":")[0], url, facts, Setup(TEST_KEY)) for url in ENGINES))


@dataclass(frozen=True)
class Samples:
    """The sample exports and the sample company as one plan would see them."""

    facts: PlanFacts
    setup: Setup
    files: Mapping[tuple[tuple[str, str], ...], list[Path]]


def samples(shared, world):
    """Return files by the options they need, and facts that know the tactics and states of all of them."""
    plan, settings = read_plan(world.plan).plan, read_settings(Workspace(world.folder).settings)
    tactics = {tactic.id: tactic for tactic in plan.tactics.list}
    states = {metric.source[6:] for metric in plan.metrics if (metric.source or "").startswith("stage:")}
    stages, named, files = dict(settings.stages), set(tactics), defaultdict(list)
    files[()] = sorted(path for path in world.exports if path.suffix != ".yaml")
    for expected in sorted((shared / "exports").glob("*/expected.json")):
        document = json.loads(expected.read_text(encoding="utf-8"))
        named |= set(document.get("tactics_in_plan") or ())
        for name, wanted in document["files"].items():
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
    return Samples(facts, Setup(TEST_KEY, stage_maps=stages, channels=channels.Channels(("pay.example",))), files)


@pytest.fixture(scope="session")
def everything(shared, tmp_path_factory, spark_here):
    """Give both engines with every sample export and the sample company in them, and the reports of each."""
    folder = tmp_path_factory.mktemp("engines")
    world = make_world("halden", folder / "world")
    found, told, made = samples(shared, world), [], []
    for url in ENGINES:
        one = engine(folder / url.partition(":")[0], url, found.facts, found.setup)
        shutil.copytree(world.folder / "exports", one.workspace.exports)
        for mapping in (*(shared / "exports").glob("*/*.mapping.yaml"), *world.folder.glob("mappings/*.yaml")):
            one.workspace.mappings.mkdir(exist_ok=True)
            shutil.copy(mapping, one.workspace.mappings)
        reports = []
        for options, paths in found.files.items():
            copied = [one.workspace.exports / path.parent.name / path.name for path in paths]
            for path, target in zip(paths, copied, strict=True):
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(path, target)
            reports += one.take(*copied, **dict(options))
        told.append(reports)
        made.append(one)
    return Both(*made), told
