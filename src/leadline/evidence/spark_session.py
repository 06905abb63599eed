"""Starting Spark: one driver per process, quiet, in UTC, and only where a warehouse's url asks for it."""

from __future__ import annotations

import logging
import os
import shutil
import threading
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from leadline.errors import MissingExtra, WarehouseError

if TYPE_CHECKING:
    from pyspark import SparkContext
    from pyspark.sql import SparkSession

LOCAL = "local[*]"  # all cores of this machine, in the driver itself
LOOPBACK = "127.0.0.1"
PARTITIONS_PER_CORE = 2  # design, evidence section 7: shuffle partitions are twice the cores
# own, measured: a task costs some hundredths of a second, in which it reads about so much parquet
PARTITION_BYTES = 4 * 1024**2
DRIVER_BYTES = 4 * 1024**3  # design, evidence section 7: at most 4 GB for one process
LEAST_DRIVER_MIB = 512  # own: the driver does not start with less than Spark's own 450 MiB
MEMORY_SHARE = 0.4  # design, evidence section 7: at most 40 % of memory
LOG = "spark.log"
# What a query's meaning hangs on: the same in every session, whatever a cluster's own defaults say.
MEANING = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.timestampType": "TIMESTAMP_NTZ",
    "spark.sql.ansi.enabled": "true",
    "spark.sql.ansi.doubleQuotedIdentifiers": "true",
    "spark.sql.caseSensitive": "false",
}
# How it is worked out, where Spark's own way fails or takes longer than the answer.
MANNER = {
    # Of kept parts and others Spark 4.3 makes a union whose sides it believes to be cut alike, and stops: "Can't zip RDDs".
    "spark.sql.unionOutputPartitioning": "false",
    # Every plan is written out for listeners that are not there.
    "spark.sql.maxPlanStringLength": "1000",
}

_starting = threading.Lock()


def session(master: str = LOCAL, *, scratch: Path) -> SparkSession:
    """Return a session of its own on the process's driver; the first call starts it, which takes 8 to 11 s.

    master: `local[*]` or `spark://host:port`; a driver of another one is stopped · scratch: where Spark spills and logs
    Raises MissingExtra without pyspark, WarehouseError without Java or where the driver does not start.
    """
    if find_spec("pyspark") is None:
        raise MissingExtra.needed("A warehouse on Spark", "spark", alternative='set engine = "duckdb" in leadline.toml')
    with _starting:
        return _session(master, scratch)


def _session(master: str, scratch: Path) -> SparkSession:
    from pyspark import SparkContext
    from pyspark.sql import SparkSession

    logging.getLogger("SQLQueryContextLogger").setLevel(logging.CRITICAL)  # every error is raised, and said once
    running = SparkContext._active_spark_context  # noqa: SLF001 - pyspark's own way to ask without starting one
    if running is not None and running.master != master:
        running.stop()
        running = None
    context = running or _start(master, scratch)
    asked: SparkSession = SparkSession(context).newSession()
    for name, value in (MEANING | MANNER).items():
        asked.conf.set(name, value)
    return asked


def cut(asked: SparkSession, held: int) -> None:
    """Let what a session is asked next be cut into as many parts as its cluster has use for, or fewer for few bytes.

    held: bytes of parquet that the question reads
    """
    most = PARTITIONS_PER_CORE * asked.sparkContext.defaultParallelism
    asked.conf.set("spark.sql.shuffle.partitions", str(max(1, min(most, held // PARTITION_BYTES))))


def _start(master: str, scratch: Path) -> SparkContext:
    """Start the driver, its words in a file of its own."""
    from pyspark import SparkConf, SparkContext
    from pyspark.java_gateway import launch_gateway

    java = _java()
    scratch.mkdir(parents=True, exist_ok=True, mode=0o700)
    log = scratch / LOG
    conf = SparkConf().setAll(list(_settings(master, scratch).items()))
    try:
        if SparkContext._gateway is None:  # noqa: SLF001 - a driver that was stopped leaves its Java process to the next
            with log.open("w", encoding="utf-8") as told:
                SparkContext._ensure_initialized(  # noqa: SLF001 - the documented way prints Java's words to the terminal
                    gateway=launch_gateway(conf, popen_kwargs={"stdout": told, "stderr": told})
                )
        return SparkContext(conf=conf)
    except Exception as error:
        said = str(error).strip().splitlines() or [type(error).__name__]
        raise WarehouseError(
            f"Spark did not start on {master} with {java}: {said[0]} Its own words: {log}. Spark 4 needs Java 17 or newer, and "
            f'a cluster that answers. Correct that, or set engine = "duckdb" in leadline.toml.'
        ) from error


def _java() -> str:
    home = os.environ.get("JAVA_HOME")
    found = shutil.which("java", path=str(Path(home) / "bin")) if home else shutil.which("java")
    if found is None:
        where = f"in JAVA_HOME ({home})" if home else "on the PATH, and JAVA_HOME is not set"
        raise WarehouseError(
            f"A warehouse on Spark needs Java 17 or newer; there is no java {where}. Install it (Debian: apt-get install "
            'openjdk-17-jre-headless), or set engine = "duckdb" in leadline.toml.'
        )
    return found


def _settings(master: str, scratch: Path) -> dict[str, str]:
    """Return what a driver is started with. What stands in the cluster's own spark-defaults.conf counts beside it."""
    memory = max(LEAST_DRIVER_MIB, min(DRIVER_BYTES, int(_machine_bytes() * MEMORY_SHARE)) // 1024**2)
    host = urlsplit(master).hostname if master.startswith("spark://") else LOOPBACK
    settings = {
        "spark.master": master, "spark.app.name": "leadline", "spark.ui.enabled": "false", "spark.log.level": "ERROR",
        "spark.ui.showConsoleProgress": "false", "spark.driver.memory": f"{memory}m", "spark.driver.maxResultSize": f"{memory}m",
        "spark.local.dir": str(scratch / "spill"), "spark.sql.warehouse.dir": str(scratch / "spark"),
        "spark.sql.execution.arrow.pyspark.enabled": "true", **MEANING,
    }  # fmt: skip
    if host in {LOOPBACK, "localhost", "::1"}:  # nothing listens where only this machine takes part
        settings |= {"spark.driver.host": LOOPBACK, "spark.driver.bindAddress": LOOPBACK}
    return settings


def _machine_bytes() -> int:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):  # not every system tells
        return DRIVER_BYTES
