"""Files of paths and of touches: what is taken, what is refused, and on which line."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest

from leadline.errors import UsageError
from leadline.evidence import path_blocks, path_files
from leadline.evidence.path_files import PathFile, read_paths
from leadline.inputs import Paths, Touches

HEADER = "path,conversions,value,nulls"


def written(folder: Path, text: str, name: str = "paths.csv", encoding: str = "utf-8") -> Path:
    file = folder / name
    file.write_bytes(text.encode(encoding))
    return file


def rows_of(paths: Paths) -> dict[str, tuple[float, float, float]]:
    """Every path with its conversions, value and nulls."""
    said = {}
    for row in range(len(paths.conversions)):
        steps = paths.steps[paths.offsets[row] : paths.offsets[row + 1]]
        counts = (paths.conversions[row], paths.value[row], paths.nulls[row])
        said[" > ".join(paths.channels[step] for step in steps)] = tuple(float(number) for number in counts)
    return said


def taken(file: PathFile) -> dict[str, tuple[float, float, float]]:
    assert isinstance(file.journeys, Paths)
    return rows_of(file.journeys)


def test_equal_paths_are_summed_however_their_spaces_fall(tmp_path):
    file = written(tmp_path, f"{HEADER}\na > b,1,2.5,3\n a>b ,2,1.5,0\nb,0,0,4\n")
    read = read_paths(file)
    assert taken(read) == {"a > b": (3.0, 4.0, 3.0), "b": (0.0, 0.0, 4.0)}
    assert (read.read, read.ignored, read.rejects) == (3, 0, ())


def test_pathdata_is_read_by_its_own_header(shared):
    read = read_paths(shared / "data/pathdata/pathdata.csv")
    assert isinstance(read.journeys, Paths)
    assert (read.read, read.ignored, len(read.rejects)) == (10_000, 0, 0)
    assert read.journeys.conversions.sum() == 19_785
    assert read.journeys.value.sum() == pytest.approx(74_802.97158721076, rel=1e-12)
    assert read.journeys.nulls.sum() == 68_602
    assert len(read.journeys.channels) == 12


@pytest.mark.parametrize(
    ("row", "column", "said"),
    [
        ("a > b,-1,0,3", "conversions", "conversions is negative"),
        ("a,1,-2,3", "value", "value is negative"),
        ("a,1,2,-3", "nulls", "nulls is negative"),
        ("a,0,5,3", "value", "value without a conversion"),
        (",1,2,3", "path", "the path is empty"),
        (" > ,1,2,3", "path", "the path is empty"),
        ("a > > b,1,2,3", "path", "a channel of the path has no name"),
        ("a > ,1,2,3", "path", "a channel of the path has no name"),
        ("a,many,2,3", "conversions", "many is not a number"),
        ("a,,2,3", "conversions", "conversions is empty"),
        ("a,1,2,", "nulls", "nulls is empty"),
        ("a,1,,3", "value", "value is empty and there are conversions"),
        ("a,1,nan,3", "value", "not a finite number"),
        ("a,inf,1,3", "conversions", "not a finite number"),
        ("a,1", None, "2 cells, the header has 4 columns"),
        ("a,1,2,3,4", None, "5 cells, the header has 4 columns"),
    ],
)
def test_a_wrong_row_is_rejected_with_line_and_reason_and_the_others_are_taken(tmp_path, row, column, said):
    read = read_paths(written(tmp_path, f"{HEADER}\nx,1,1,1\n{row}\nx,1,1,1\n"))
    assert taken(read) == {"x": (2.0, 2.0, 2.0)}
    assert read.read == 3
    (reject,) = read.rejects
    assert (reject.line, reject.column) == (3, column)
    assert said in reject.text
    assert reject.raw


def test_lines_stay_right_after_rows_of_another_width_and_blank_lines_in_many_blocks(tmp_path, monkeypatch):
    """A shifted line number would send people to the wrong row."""
    monkeypatch.setattr(path_blocks, "BLOCK_BYTES", 200)
    dice = np.random.default_rng(5)
    lines, wrong, blank = [HEADER], [], 0
    for line in range(2, 600):
        kind = dice.choice(["good"] * 6 + ["short", "negative", "blank", "long"])
        lines.append(
            {"good": "a > b,1,1,1", "short": "a,1", "negative": "a,-1,0,0", "blank": "", "long": "a,1,1,1,1"}[kind]
        )
        blank += kind == "blank"
        if kind in {"short", "negative", "long"}:
            wrong.append((line, "columns" if kind != "negative" else "negative"))
    read = read_paths(written(tmp_path, "\n".join(lines) + "\n"))
    assert [(reject.line, reject.reason) for reject in read.rejects] == wrong
    good = lines.count("a > b,1,1,1")
    assert taken(read) == {"a > b": (good, good, good)}
    assert (read.read, read.ignored) == (598, blank)


def test_rows_with_neither_conversions_nor_nulls_are_ignored_and_counted(tmp_path):
    read = read_paths(written(tmp_path, f"{HEADER}\na,0,0,0\nb,1,1,1\n"))
    assert taken(read) == {"b": (1.0, 1.0, 1.0)}
    assert read.ignored == 1
    assert isinstance(read.journeys, Paths)
    assert read.journeys.channels == ("b",)


def test_without_a_column_of_nulls_the_paths_say_so(tmp_path):
    read = read_paths(written(tmp_path, "path,conversions\na,2\nb,0\n"))
    assert isinstance(read.journeys, Paths)
    assert not read.journeys.has_nulls
    assert taken(read) == {"a": (2.0, 0.0, 0.0)}
    assert read.ignored == 1


def test_csv_parquet_and_workbook_give_the_same_paths(tmp_path):
    import pyarrow as pa
    import xlsxwriter
    from pyarrow import parquet

    table = {"path": ["a > b", "c", "a > b"], "conversions": [1, 0, 2], "value": [2.5, 0.0, 4.0], "nulls": [3, 4, 0]}
    cells = list(zip(*table.values(), strict=True))
    csv = written(tmp_path, HEADER + "\n" + "".join(",".join(map(str, row)) + "\n" for row in cells))
    packed = tmp_path / "paths.csv.gz"
    packed.write_bytes(gzip.compress(csv.read_bytes()))
    parquet.write_table(pa.table(table), tmp_path / "paths.parquet")
    lists = pa.table({**table, "path": [path.split(" > ") for path in table["path"]]})
    parquet.write_table(lists, tmp_path / "lists.parquet")
    with xlsxwriter.Workbook(tmp_path / "paths.xlsx") as book:
        sheet = book.add_worksheet("paths")
        for place, row in enumerate([tuple(table), *cells]):
            sheet.write_row(place, 0, row)
    wanted = read_paths(csv).journeys.hash
    for name in ("paths.csv.gz", "paths.parquet", "lists.parquet", "paths.xlsx"):
        assert read_paths(tmp_path / name).journeys.hash == wanted, name


def test_a_workbook_with_several_sheets_wants_one_named(tmp_path):
    import xlsxwriter

    with xlsxwriter.Workbook(tmp_path / "two.xlsx") as book:
        for name in ("first", "second"):
            sheet = book.add_worksheet(name)
            sheet.write_row(0, 0, ("path", "conversions"))
            sheet.write_row(1, 0, (f"channel {name}", 1))
    with pytest.raises(UsageError, match=r'"first", "second". Name one with --sheet'):
        read_paths(tmp_path / "two.xlsx")
    assert taken(read_paths(tmp_path / "two.xlsx", sheet="second")) == {"channel second": (1.0, 0.0, 0.0)}


def test_columns_are_named_by_the_caller_where_names_are_unknown(tmp_path):
    file = written(tmp_path, "weg,käufe,umsatz\na > b,2,10\n")
    with pytest.raises(UsageError, match=r"no column is a path.*weg, käufe, umsatz.*--path"):
        read_paths(file)
    with pytest.raises(UsageError, match=r"no column for conversions was found.*--conversions"):
        read_paths(file, path="weg")
    assert taken(read_paths(file, path="weg", conversions="Käufe", value="umsatz")) == {"a > b": (2.0, 10.0, 0.0)}


def test_columns_that_could_both_be_meant_are_refused_with_their_names(tmp_path):
    file = written(tmp_path, "path,conversions,total_conversions\na,1,2\n")
    with pytest.raises(UsageError, match='2 columns may be conversions: "conversions", "total_conversions"'):
        read_paths(file)
    assert taken(read_paths(file, conversions="total_conversions")) == {"a": (2.0, 0.0, 0.0)}


def test_an_unknown_column_or_role_is_refused_with_the_known_ones(tmp_path):
    file = written(tmp_path, "path,conversions\na,1\n")
    with pytest.raises(UsageError, match=r'column for nulls "nuls" is not known.*conversions, path'):
        read_paths(file, nulls="nuls")
    with pytest.raises(UsageError, match='column role "weight" is not known'):
        read_paths(file, weight="conversions")


@pytest.mark.parametrize("numbers", ["de", None])
def test_german_numbers_are_read_when_named_or_told_by_the_values(tmp_path, numbers):
    file = written(tmp_path, "path;conversions;value;nulls\na;2;1.234,50;3\nb;1;0,5;0\n")
    assert taken(read_paths(file, numbers=numbers)) == {"a": (2.0, 1234.5, 3.0), "b": (1.0, 0.5, 0.0)}


def test_a_point_in_german_numbers_groups_thousands_and_is_no_decimal(tmp_path):
    file = written(tmp_path, "path;conversions;value\na;1;1.234\nb;1;1.5\n")
    read = read_paths(file, numbers="de")
    assert taken(read) == {"a": (1.0, 1234.0, 0.0)}
    assert [(reject.line, reject.column) for reject in read.rejects] == [(3, "value")]


def test_thousands_and_currency_marks_are_read_and_a_comma_does_not_become_a_thousand(tmp_path):
    file = written(tmp_path, 'path,conversions,value\na,1,"1,234.50 €"\nb,1,"12,5"\n')
    read = read_paths(file, numbers="en")
    assert taken(read) == {"a": (1.0, 1234.5, 0.0)}
    assert [(reject.line, reject.column) for reject in read.rejects] == [(3, "value")]


def test_other_encodings_keep_the_names_of_channels(tmp_path):
    text = "path\tconversions\nCafé > Ümit\t1\n"
    for encoding in ("utf-8", "utf-8-sig", "utf-16", "cp1252"):
        file = written(tmp_path, text, f"{encoding}.csv", encoding)
        assert taken(read_paths(file)) == {"Café > Ümit": (1.0, 0.0, 0.0)}, encoding


def test_many_blocks_and_early_sums_give_what_one_block_gives(tmp_path, monkeypatch):
    generator = np.random.default_rng(2)
    rows = [
        f"{' > '.join(generator.choice(list('abc'), generator.integers(1, 4)))},{int(won)},{won * 3},{1 - int(won)}"
        for won in generator.random(400) < 0.3
    ]
    file = written(tmp_path, "\n".join([HEADER, *rows]) + "\n")
    whole = read_paths(file).journeys
    monkeypatch.setattr(path_blocks, "BLOCK_BYTES", 300)
    monkeypatch.setattr(path_files, "ROWS_BEFORE_SUMMING", 20)
    pieces = read_paths(file).journeys
    assert pieces.hash == whole.hash
    generator.shuffle(rows)
    assert read_paths(written(tmp_path, "\n".join([HEADER, *rows]) + "\n", "shuffled.csv")).journeys.hash == whole.hash


EVENTS = """subject,at,channel,conversion,value
u1,2026-01-01T00:00:00,search,,
u1,2026-01-02T10:00:00,mail,1,50
u2,2026-01-03,,order,20
u2,2026-01-03,,lead,
"""


def test_an_event_table_gives_touches_and_conversions(tmp_path):
    read = read_paths(written(tmp_path, EVENTS))
    touches = read.journeys
    assert isinstance(touches, Touches)
    assert [touches.channels[number] for number in touches.channel] == ["search", "mail"]
    assert [touches.people[number] for number in touches.converted_by] == ["u1", "u2", "u2"]
    assert touches.kind.tolist() == ["", "order", "lead"]
    assert touches.value.tolist() == [50.0, 20.0, 0.0]
    assert touches.as_of == np.datetime64("2026-01-03")
    assert touches.account is None


def test_times_with_a_zone_are_brought_to_utc(tmp_path):
    text = "user_id,timestamp,channel,conversion\nu,2026-01-01T01:00:00+02:00,a,\nv,2026-01-01 00:30:00,b,\nw,2026-01-01T00:00:00Z,c,1\n"
    touches = read_paths(written(tmp_path, text)).journeys
    assert isinstance(touches, Touches)
    at = [str(moment) for moment in touches.at.astype("datetime64[m]")]
    assert at == ["2025-12-31T23:00", "2026-01-01T00:30", "2026-01-01T00:00"]


def test_people_keep_their_accounts(tmp_path):
    text = "subject,account,at,channel,conversion\nu,acme,2026-01-01,a,1\nv,,2026-01-01,b,\nw,acme,2026-01-02,b,\n"
    touches = read_paths(written(tmp_path, text)).journeys
    assert isinstance(touches, Touches)
    assert touches.account is not None
    assert touches.account.tolist() == [0, -1, 0]
    assert touches.accounts == ("acme",)


@pytest.mark.parametrize(
    ("row", "column", "said"),
    [
        ("u,2026-13-01,a,,", "at", "not a date"),
        ("u,,a,,", "at", "no time"),
        (",2026-01-01,a,,", "subject", "no subject"),
        ("u,2026-01-01,,,", "channel", "neither a touch"),
        ("u,2026-01-01,a,-1,", "conversion", "conversion is negative"),
        ("u,2026-01-01,a,,5", "value", "value without a conversion"),
        ("u,2026-01-01,a,1,much", "value", "much is not a number"),
        ("u,2026-01-01,a,1,-5", "value", "value is negative"),
    ],
)
def test_a_wrong_event_is_rejected_with_its_line(tmp_path, row, column, said):
    read = read_paths(written(tmp_path, EVENTS + row + "\n"))
    (reject,) = read.rejects
    assert (reject.line, reject.column) == (6, column)
    assert said in reject.text
    assert isinstance(read.journeys, Touches)
    assert len(read.journeys.at) == 2


def test_a_file_that_is_no_table_is_refused(tmp_path):
    with pytest.raises(UsageError, match="not a table of paths"):
        read_paths(written(tmp_path, '{"path": "a", "conversions": 1}\n', "paths.jsonl"))
