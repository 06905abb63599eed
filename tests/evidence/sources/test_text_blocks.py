"""Blocks of delimited text hold what the careful splitter gives, whatever stands in them."""

from __future__ import annotations

import gzip
import tempfile
from dataclasses import replace
from pathlib import Path
from unittest.mock import ANY

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from leadline.evidence.sources import text, text_blocks
from leadline.evidence.sources.records import Head, Match
from leadline.evidence.sources.text import csv_records
from leadline.evidence.sources.text_blocks import Block, parts_below

HEADER = ("event_id", "who", "what")
PLAIN = "".join(f"e{at},p{at},page {at}\n" for at in range(40))
CELL = st.sampled_from(
    [
        "a",
        "e1",
        "",
        " ",
        '"',
        '""',
        '"a"',
        '"b, c"',
        '"x ""y"" z"',
        'in"ch',
        "é",
        "\ufeff",
        "\xa0",
        "Event_ID",
        "a\rb",
        '"l\nm"',
    ]
)
LINE = st.lists(CELL, min_size=1, max_size=4).map(",".join)
ENDS = st.sampled_from(["\n", "\r\n"])


def read(given: bytes, size: int, *, packed: bool = False, encoding: str = "utf-8", most: int = text_blocks.LINE_LIMIT):
    """Return the parts below the header, and the records of the careful splitter there."""
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patched:
        patched.setattr(text_blocks, "BLOCK_BYTES", size)
        for module in (text, text_blocks):
            patched.setattr(module, "LINE_LIMIT", most)
            patched.setattr(module, "CELL_LIMIT", min(most, text.CELL_LIMIT))
        path = Path(folder) / "web.csv"
        path.write_bytes(gzip.compress(given) if packed else given)
        head = Head(path, "csv", encoding=encoding, delimiter=",", compressed=packed)
        match = Match("web", 1.0, header_line=1, header=HEADER)
        careful = [record for record in csv_records(head) if record.line > 1]
        return list(parts_below(head, match, places=(2, 1))), careful


def records(parts):
    """Return the records of parts one by one, each as its line, its cells and its text."""
    for part in parts:
        if not isinstance(part, Block):
            yield part
            continue
        columns = [part.cells[name].to_pylist() for name in ("c0", "c1", "c2")]
        for line, cells in zip(part.lines, zip(*columns, strict=True), strict=True):
            record = part.record(line)
            assert tuple(record.cells) == cells
            yield replace(record, last=ANY)  # which matters only of a record that is cut


@given(st.lists(st.tuples(LINE | st.just("e5,p5,page"), ENDS), max_size=30), st.integers(8, 300), st.booleans())
@example([('x","y', "\n"), ("a,b,c", "\n")] * 4, 16, False)
@example([('"a,"b",c"', "\n"), ("a,b,c", "\n")] * 4, 40, False)
@example([('q,"a, b",e1', "\n"), ('x,"a",a', "\n"), ('a","a, b","a\nb"', "\n")], 1, False)
@example([("a,b,c", "\n")] * 4 + [("\ufeffe1,p,x", "\n")] + [("a,b,c", "\n")] * 9, 30, False)
@example([('a,b,"c', "\n"), ('d","e","f"', "\n"), ("a,b,c", "\n")] * 4, 24, False)
def test_blocks_and_single_records_are_what_the_careful_splitter_gives(lines, size, is_cut):
    whole = (",".join(HEADER) + "\n" + "".join(map("".join, lines))).encode()
    parts, careful = read(whole.rstrip(b"\r\n") if is_cut else whole, size)
    assert list(records(parts)) == careful


def test_a_plain_file_comes_in_blocks_but_for_its_beginning_and_its_end():
    parts, careful = read((",".join(HEADER) + "\n" + PLAIN).encode(), 100)
    blocks = [part for part in parts if isinstance(part, Block)]
    assert sum(len(block.lines) for block in blocks) > len(careful) / 2
    assert [record.line for record in records(parts)] == list(range(2, 42))


def test_an_archive_is_read_as_what_it_holds():
    whole = (",".join(HEADER) + "\n" + PLAIN).encode()
    parts, careful = read(whole, 100, packed=True)
    assert list(records(parts)) == careful
    assert any(isinstance(part, Block) for part in parts)


@pytest.mark.parametrize(
    "line",
    [
        "e,p",
        "e,p,x,y",
        ",,",
        '"","",""',
        "event_id,who,what",
        "EVENT_ID,Who,what",
        'e,p,"a\nb"',
        "e,\udcff,x",
        "e,p,a\rb",
        'e,p,a"b""c',
    ],
)
def test_a_line_that_is_not_plain_takes_its_block_the_careful_way(line):
    whole = ",".join(HEADER) + "\n" + PLAIN + line + "\n" + PLAIN
    parts, careful = read(whole.encode(errors="surrogateescape"), 200)
    assert list(records(parts)) == careful
    inside = [range(part.lines.start, part.lines.stop) for part in parts if isinstance(part, Block)]
    assert inside
    assert not any(42 in lines for lines in inside)


def test_a_line_beyond_every_limit_is_told_as_one():
    parts, careful = read(f"{','.join(HEADER)}\n{PLAIN}{'z' * 900}\n{PLAIN}".encode(), 64, most=200)
    assert list(records(parts)) == careful
    assert [record.line for record in careful if record.problem] == [42]


def test_what_no_encoding_of_plain_letters_holds_is_told():
    parts, careful = read(f"{','.join(HEADER)}\n{PLAIN}e,p,é\n{PLAIN}".encode(), 64, encoding="ascii")
    assert list(records(parts)) == careful
    assert [record.line for record in careful if record.problem] == [42]


@pytest.mark.parametrize("name", ["e17", "Müller"])
def test_a_first_cell_that_only_looks_like_the_header_stays_in_its_block(name):
    parts, careful = read(f"{','.join(HEADER)}\n{PLAIN}{name} event_id,p,x\n{PLAIN}".encode(), 200)
    assert list(records(parts)) == careful
    assert any(isinstance(part, Block) and 42 in part.lines for part in parts)


def test_a_line_longer_than_a_block_is_one_record():
    long = "e," + "p" * 500 + ",x"
    parts, careful = read(f"{','.join(HEADER)}\n{PLAIN}{long}\n{PLAIN}".encode(), 64)
    assert list(records(parts)) == careful
