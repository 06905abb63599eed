"""Feeds: files that nobody vouches for."""

# ruff: noqa: DTZ001 - stored times are UTC without zone

from __future__ import annotations

import time
import tracemalloc
from datetime import datetime

import pytest

from leadline.errors import ImportRefused
from leadline.evidence.sources.markup import LONGEST, plain_text
from leadline.evidence.sources.records import Context
from leadline.evidence.sources.registry import recognise
from leadline.evidence.sources.sniff import open_head

ITEM = "<item><title>{title}</title><guid>{key}</guid><pubDate>{when}</pubDate>{more}</item>"
WHEN = "Mon, 01 Mar 2027 09:10:00 +0100"


@pytest.fixture
def read(tmp_path):
    def read(text, own=(), name="feed.xml"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        head = open_head(path)
        source, match = recognise(head)
        assert source.name == "feed"
        return list(source.read(head, match, context=Context("Europe/Berlin", own_accounts=frozenset(own))))

    return read


def rss(*items, head="<link>https://forum.example/</link>", before=""):
    return f'<?xml version="1.0"?>{before}<rss version="2.0"><channel>{head}{"".join(items)}</channel></rss>'


def item(key="k", title="t", when=WHEN, more=""):
    return ITEM.format(title=title, key=key, when=when, more=more)


@pytest.mark.parametrize(
    "declared",
    [
        '<!DOCTYPE rss [<!ENTITY x "y">]>',
        '<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/hostname">]>',
        '<!DOCTYPE rss [<!ENTITY % x SYSTEM "https://evil.example/x.dtd"> %x;]>',
        '<!DOCTYPE rss [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">]>',
        '<!DOCTYPE rss [<!NOTATION n SYSTEM "x"><!ENTITY x SYSTEM "y" NDATA n>]>',
    ],
)
def test_a_document_type_with_entities_is_never_read(read, declared):
    with pytest.raises(ImportRefused, match="declares a document type with entities") as refusal:
        read(rss(item(), before=declared))
    assert refusal.value.reason == "unsafe_xml"


def test_a_document_type_without_entities_does_no_harm(read):
    (record,) = read(
        rss(item(), before='<!DOCTYPE rss PUBLIC "-//Netscape//DTD RSS 0.91//EN" "https://x.example/rss.dtd">')
    )
    assert record.rows[0].values["source_key"] == "k"


@pytest.mark.parametrize("inside", ["<b>" * 300, "<i/>" * 30_000])
def test_elements_without_end_make_a_file_unsafe(read, inside):
    with pytest.raises(ImportRefused) as refusal:
        read(rss(item(more=inside)))
    assert refusal.value.reason == "unsafe_xml"


def test_a_feed_that_is_cut_is_refused(read):
    whole = rss(item("a"), item("b"))
    with pytest.raises(ImportRefused, match="not whole") as refusal:
        read(whole[:-20])
    assert refusal.value.reason == "truncated"


def test_an_item_of_endless_text_is_told_and_costs_no_memory(read, tmp_path):
    long = item("long", more=f"<description>{'x' * (4 << 20)}</description>")
    tracemalloc.start()
    first, second = read(rss(long, item("short")))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [(one.column, one.reason) for one in first.rejects] == [("description", "too_long")]
    assert second.rows[0].values["source_key"] == "short"
    assert peak < 20 << 20  # the file itself lies in memory twice while it is written


@pytest.mark.parametrize("codec", ["utf-8-sig", "utf-16", "utf-16-le", "iso-8859-1", "windows-1252"])
def test_a_feed_is_read_in_the_encoding_it_has(read, codec):
    text = rss(item(title="Kühlung ohne Öl"))
    if codec.startswith(("iso", "windows")):
        text = text.replace('version="1.0"?', f'version="1.0" encoding="{codec}"?')
    (record,) = read(text.encode(codec))
    assert record.rows[0].values["text"] == "Kühlung ohne Öl"


@pytest.mark.parametrize("codec", ["shift_jis", "x-unknown"])
def test_an_encoding_that_the_parser_does_not_know_is_told(read, codec):
    with pytest.raises(ImportRefused, match="save it as UTF-8"):
        read(rss(item()).replace('version="1.0"?', f'version="1.0" encoding="{codec}"?'))


def test_what_a_feed_of_ours_says_is_ours(read):
    assert [one.rows[0].values["own"] for one in read(rss(item()), own={"forum.example"})] == [True]
    writer = "<author>Eva</author>"
    records = read(rss(item("a", more=writer), item("b")), own={"eva@forum.example"})
    assert [one.rows[0].values["own"] for one in records] == [True, False]


def test_items_without_key_or_date_say_so(read):
    records = read(rss("<item><title>t</title></item>", "<item><guid>g</guid></item>", item("h", when="31 Feb 2027")))
    assert [(one.column, one.reason) for record in records for one in record.rejects] == [
        ("guid", "missing_key"),
        ("pubDate", "missing_value"),
        ("pubDate", "bad_date"),
    ]


def test_a_rejected_item_can_be_read_again_as_it_stands_in_the_rejects(read):
    feed = "<link>https://forum.example/</link><language>de</language>"
    (record,) = read(
        rss(
            item("k", when="yesterday", more='<dc:creator xmlns:dc="http://purl.org/dc/elements/1.1/">m</dc:creator>'),
            head=feed,
        )
    )
    mended = record.rejects[0].raw.replace("yesterday", WHEN)
    (wanted,) = read(
        rss(item("k", more='<dc:creator xmlns:dc="http://purl.org/dc/elements/1.1/">m</dc:creator>'), head=feed)
    )
    again = read(mended + "\n" + mended.replace(">k<", ">l<"), name="mended.jsonl")
    assert again[0].rows == wanted.rows
    assert again[1].rows[0].values["source_key"] == "l"


def test_an_atom_entry_takes_markup_of_every_kind(read):
    entry = (
        '<entry><id>{0}</id><updated>2027-03-01T09:10:00Z</updated><title>T</title><link rel="self" href="https://b.example/self"/>'
        '<link href="https://b.example/{0}?utm_medium=feed&amp;page=2"/><content type="{1}">{2}</content></entry>'
    )
    text = (
        '<feed xmlns="http://www.w3.org/2005/Atom">'
        + entry.format("a", "html", "&lt;p&gt;one&lt;/p&gt;&lt;p&gt;two&lt;/p&gt;")
        + entry.format("b", "xhtml", '<div xmlns="http://www.w3.org/1999/xhtml"><p>one</p><script>bad()</script><p>two</p></div>')
        + entry.format("c", "text", "1 &lt; 2 &lt;b&gt;")
        + "</feed>"
    )  # fmt: skip
    records = read(text)
    assert [one.rows[0].values["text"] for one in records] == ["T\none\ntwo", "T\none\ntwo", "T\n1 < 2 <b>"]
    assert records[0].rows[0].values["url"] == "https://b.example/a?page=2"
    assert records[0].rows[0].values["published_at"] == datetime(2027, 3, 1, 9, 10)
    assert records[0].rows[0].values["language"] is None


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("a<br>b<br/>c", "a\nb\nc"),
        ("<p>a</p>\n\n<p> b  c </p>", "a\nb c"),
        ("<SCRIPT>x</SCRIPT>a<style>y", "a"),
        ("<!-- a -->b<!-- c", "b"),
        ("1 < 2 & 3 > 2 &lt;b&gt;", "1 < 2 & 3 > 2 <b>"),
        ('<a href="https://x.example">here</a>', "here"),
        ("<scr<script>ipt>alert(1)</script>", "ipt>alert(1)"),
        ("a\u2028b", "a b"),
        ("x" * (LONGEST + 5), "x" * LONGEST),
    ],
)
def test_markup_becomes_plain_text(markup, text):
    assert plain_text(markup) == text


@pytest.mark.parametrize("piece", ["<", "<a", "<script>", "<!--", "</", "<p>", "&", "<script", "&#", "<a <b>"])
def test_hostile_markup_takes_no_long_time(piece):
    begin = time.process_time()
    plain_text(piece * (200_000 // len(piece)))
    assert time.process_time() - begin < 1.5  # quadratic would be a minute
