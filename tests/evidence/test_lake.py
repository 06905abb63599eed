"""A lake without Spark: what counts, what a url means, and what is said where Spark cannot start."""

from __future__ import annotations

import pytest

from leadline.errors import UsageError, WarehouseError
from leadline.evidence import dialect, spark_session
from leadline.evidence.duckdb import DuckStore
from leadline.evidence.lake import ALL, Current, Lake
from leadline.evidence.spark import SparkStore
from leadline.evidence.store import open_store
from leadline.settings import read_settings
from leadline.workspace import Workspace


def written(lake, name):
    folder = lake.folder / name
    folder.mkdir(parents=True)
    (folder / "rows.parquet").write_bytes(b"PAR1")
    return name


def test_a_commit_counts_as_a_whole_and_the_one_before_stays_for_its_readers(tmp_path):
    lake = Lake(tmp_path / "lake")
    for version in (1, 2, 3):
        folders = {"meta": {ALL: [written(lake, f"meta/v={version}")]}}
        lake.commit(folders, snapshot=f"s{version}", before=lake.current())
    current = lake.current()
    assert (current.version, current.snapshot, current.of("meta")) == (3, "s3", ("meta/v=3",))
    assert sorted(path.name for path in (tmp_path / "lake" / "meta").iterdir()) == ["v=2", "v=3"]
    lake.sweep()
    assert [path.name for path in (tmp_path / "lake" / "meta").iterdir()] == ["v=3"]


def test_what_a_killed_commit_left_is_taken_away_by_the_next(tmp_path):
    lake = Lake(tmp_path / "lake")
    written(lake, "spend/v=1/month=2027-03")
    lake.begin(1)
    assert lake.files(["spend/v=1/month=2027-03"]) == []
    assert lake.current() == Current()


def test_a_pointer_that_cannot_be_read_says_how_to_rebuild(tmp_path):
    lake = Lake(tmp_path)
    lake.pointer.write_text('{"version": 1')
    with pytest.raises(WarehouseError, match="import them again"):
        lake.current()


@pytest.mark.parametrize(
    ("line", "kind", "master"),
    [
        ("", DuckStore, None),
        ('engine = "duckdb"', DuckStore, None),
        ('engine = "spark:evidence/lake"', SparkStore, "local[*]"),
        ('engine = "spark://host.example:7077?lake=/mnt/lake"', SparkStore, "spark://host.example:7077"),
    ],
)
def test_the_settings_choose_the_engine(tmp_path, line, kind, master):
    (tmp_path / "leadline.toml").write_text(line + "\n")
    store = open_store(Workspace(tmp_path))
    assert isinstance(store, kind)
    if master is not None:
        assert store.master == master
        assert str(store.lake.folder) in {str(tmp_path / "evidence" / "lake"), "/mnt/lake"}
    assert not store.exists()
    assert store.snapshot() == ""


@pytest.mark.parametrize("engine", ["sqlite", "spark:", "spark://host.example:7077", "spark://host.example?lake=x"])
def test_an_engine_that_is_none_is_refused_with_those_there_are(tmp_path, engine):
    (tmp_path / "leadline.toml").write_text(f'engine = "{engine}"\n')
    with pytest.raises(UsageError, match="spark:FOLDER"):
        read_settings(tmp_path / "leadline.toml")
    if engine.startswith("spark://host.example:"):
        with pytest.raises(UsageError, match="where the lake is"):
            open_store(engine)


def test_without_java_the_next_step_is_said(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    with pytest.raises(WarehouseError, match=r"needs Java 17 or newer.*Install it"):
        spark_session._java()


def test_verbs_and_types_come_out_in_each_engines_words():
    written_once = "SELECT ordered_list(CAST(a AS TEXT), b), micros(t), 'micros(t) AS TEXT' FROM x"
    assert dialect.expand(written_once) == (
        "SELECT list(CAST(a AS TEXT) ORDER BY b), epoch_us(t), 'micros(t) AS TEXT' FROM x"
    )
    assert dialect.retype(dialect.expand(written_once, dialect.SPARK)) == (
        "SELECT array_sort(collect_list(struct(b, CAST(a AS STRING) AS _v)))._v, "
        "unix_micros(CAST(t AS TIMESTAMP_LTZ)), 'micros(t) AS TEXT' FROM x"
    )
