"""The same content in another dress: other line ends, encodings, column orders, a workbook, a cut, a glued file."""

# ruff: noqa: S311 - cuts need not be secret, they must repeat

from __future__ import annotations

import json
import random
import shutil

import pytest

from leadline.errors import ImportRefused
from leadline.evidence.sources.records import ImportOptions

CSVS = (
    "google-ads/campaign_report.csv",
    "google-ads/kampagnenbericht_utf16.csv",
    "google-ads/campaign_report_devices.csv",
    "meta-ads/ads_daily.csv",
    "linkedin-ads/campaign_performance_utf16.csv",
    "linkedin-ads/performance_de_utf16.csv",
    "x-ads/campaigns.csv",
    "hubspot/deals.csv",
    "hubspot/contacts.csv",
    "salesforce/opportunities_cp1252.csv",
    "salesforce/opportunity_history.csv",
    "shopify/orders_export.csv",
    "generic/fair_badges.csv",
    "generic/invoices.csv",
    "generic/leads.csv",
    "ga4-report/traffic_acquisition.csv",
    "x-posts/account_analytics_content.csv",
    "meta-posts/instagram_posts.csv",
    "mailchimp/campaigns.csv",
)
# What a file that was cut cannot say any more of a row that stands in it whole: when the stage was left, how many items.
UNTOLD_BY_A_CUT = {("left_at", "None"), ("items", "None")}
EVENTS = (
    "ga4/events_20270302.jsonl",
    "segment/events.jsonl",
    "snowplow/events.jsonl",
    "matomo/visits.json",
    "mastodon/statuses.json",
)
FEEDS = ("feeds/forum_rss.xml", "feeds/blog_atom.xml")
ENCODED = {"utf-8": b"", "utf-8-bom": b"\xef\xbb\xbf", "utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff"}


def text_of(path):
    data = path.read_bytes()
    if data[:2] == b"\xff\xfe":
        return data.decode("utf-16").replace("\r\n", "\n")
    encoding = "cp1252" if path.name in {"fair_badges.csv", "opportunities_cp1252.csv"} else "utf-8-sig"
    return data.decode(encoding).replace("\r\n", "\n")


@pytest.fixture(params=CSVS)
def original(request, shared, tmp_path, tools):
    path = shared / "exports" / request.param
    mapping = path.with_name(path.stem + ".mapping.yaml")
    if mapping.exists():
        shutil.copy(mapping, tmp_path)
    text = text_of(path)
    delimiter = max("\t;,", key=lambda sign: max(line.count(sign) for line in text.splitlines()))
    return tmp_path / path.name, text, delimiter, tools.read(path)


def assert_same(tools, target, records):
    again = tools.read(target)
    assert tools.facts(again) == tools.facts(records)
    assert tools.law(again) == tools.law(records)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", [*ENCODED, "utf-16-le-bare", "utf-16-be-bare"])
def test_encoding_and_line_ends_change_no_row(original, tools, encoding, end):
    target, text, _, records = original
    codec = encoding.removesuffix("-bom").removesuffix("-bare")
    target.write_bytes(ENCODED.get(encoding, b"") + text.replace("\n", end).encode(codec))
    assert_same(tools, target, records)


def header_of(rows):
    """Return where the header stands: the first row that is about as full as the fullest, below a report's other blocks."""
    filled = [len([cell for cell in row if cell]) for row in rows]
    return next(at for at, count in enumerate(filled) if count > 0.7 * max(filled))


def shuffled(tools, text, delimiter, seed):
    rows = tools.cells(text, delimiter)
    width = len(max(rows, key=len))
    header = header_of(rows)
    order = list(range(len(rows[header])))
    random.Random(seed).shuffle(order)
    return [
        [row[at] for at in order] if number >= header and len(row) == len(order) else row
        for number, row in enumerate(rows)
    ], width


@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_columns_changes_no_row(original, tools, seed):
    target, text, delimiter, records = original
    rows, _ = shuffled(tools, text, delimiter, seed)
    target.write_text(tools.written(rows, delimiter), "utf-8")
    assert_same(tools, target, records)


def test_an_unknown_column_changes_no_row(original, tools):
    target, text, delimiter, records = original
    rows = tools.cells(text, delimiter)
    header = header_of(rows)
    width = len(rows[header])
    more = [
        [*row[:2], "Wind speed" if at == header else "4,5", *row[2:]] if at >= header and len(row) >= width else row
        for at, row in enumerate(rows)
    ]
    target.write_text(tools.written(more, delimiter), "utf-8")
    assert_same(tools, target, records)


def test_the_same_rows_saved_as_a_workbook_give_the_same_rows(original, tools, write_workbook):
    target, text, delimiter, records = original
    rows = [row for row in tools.cells(text, delimiter) if len(row) < 13 or "broken" not in row[2]]
    target = write_workbook(target.with_suffix(".xlsx"), {"Cover": [["Exported by hand"]], "Rows": rows})
    again = tools.read(target)
    assert tools.facts(again) == tools.facts(records)


def test_a_header_repeated_in_a_glued_file_is_skipped(original, tools):
    target, text, delimiter, records = original
    rows = tools.cells(text, delimiter)
    header = rows[header_of(rows)]
    target.write_text(tools.written([*rows, header], delimiter), "utf-8")
    again = tools.read(target)
    assert tools.facts(again) == tools.facts(records)
    assert tools.law(again)["repeated_header"] == 1


def test_a_cut_file_never_gives_a_wrong_number(original, tools):
    target, text, _, records = original
    codec = "utf-16" if "utf16" in target.name else "utf-8"
    data = text.encode(codec)
    whole = set(tools.facts(records))
    rng = random.Random(target.name)
    for cut in sorted(rng.sample(range(len(data)), 50)):
        target.write_bytes(data[:cut])
        try:
            again = tools.read(target)
        except ImportRefused:
            continue
        tools.law(again)
        if "devices" in target.name:  # a row summed over segments: the sum of those that are whole in the file
            sums = {str(row.values["amount"]) for record in again for row in record.rows}
            assert sums <= {"10.00", "14.50", "15.00"}, cut
        else:
            assert all(stands_in(fact, whole) for fact in tools.facts(again)), cut


def stands_in(fact, whole):
    """Return whether a row of a cut file is one of the whole file, up to what the cut leaves unknown."""
    told = {pair for pair in fact if pair not in UNTOLD_BY_A_CUT}
    return fact in whole or (len(told) < len(fact) and any(told <= set(one) for one in whole))


def test_a_cut_workbook_or_parquet_file_is_refused(shared, tmp_path, tools):
    for name in ("spreadsheet/meta_ads_daily.xlsx", "ga4/events_20270302.parquet"):
        data = (shared / "exports" / name).read_bytes()
        target = tmp_path / name.split("/")[1]
        for cut in random.Random(name).sample(range(8, len(data)), 50):
            target.write_bytes(data[:cut])
            with pytest.raises(ImportRefused) as refusal:
                tools.read(target)
            assert refusal.value.reason in {"truncated", "binary"}


@pytest.mark.parametrize("name", [name for name in EVENTS if name.endswith("jsonl")])
def test_a_cut_jsonl_file_loses_only_its_last_record(shared, tmp_path, tools, name):
    path = shared / "exports" / name
    before = tools.read(path)
    whole, known = set(tools.facts(before)), [reject for record in before for reject in record.rejects]
    data = path.read_bytes()
    target = tmp_path / path.name
    for cut in random.Random(7).sample(range(data.index(b"\n"), len(data)), 50):
        target.write_bytes(data[:cut])
        again = tools.read(target)
        assert set(tools.facts(again)) <= whole
        wrong = [reject for record in again for reject in record.rejects if reject not in known]
        assert [reject.reason for reject in wrong] in ([], ["truncated"])


@pytest.mark.parametrize("name", [name for name in EVENTS if name.endswith("json")])
def test_a_cut_json_array_is_refused_as_a_whole(shared, tmp_path, tools, name):
    data = (shared / "exports" / name).read_bytes().rstrip()
    target = tmp_path / "events.json"
    for cut in random.Random(7).sample(range(1, len(data)), 50):
        target.write_bytes(data[:cut])
        with pytest.raises(ImportRefused) as refusal:
            tools.read(target)
        # Before the first visit is whole its names may be too few to tell the format.
        told = cut > data.index(b"\n },")
        assert refusal.value.reason in ({"truncated"} if told else {"truncated", "not_recognised"})


@pytest.mark.parametrize("encoding", ["utf-8-bom", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("name", EVENTS)
def test_encoding_line_ends_and_order_of_names_change_no_event(shared, tmp_path, tools, name, encoding):
    path = shared / "exports" / name
    target = tmp_path / path.name
    text = path.read_text("utf-8")
    parts = [text] if path.suffix == ".json" else text.splitlines()
    dressed = "\r\n".join(map(redressed, parts)) + "\r\n"
    target.write_bytes(ENCODED[encoding] + dressed.encode(encoding.removesuffix("-bom")))
    assert_same(tools, target, tools.read(path))


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", [*ENCODED, "utf-16-le-bare", "utf-16-be-bare"])
@pytest.mark.parametrize("name", FEEDS)
def test_encoding_line_ends_and_unknown_elements_change_no_item(shared, tmp_path, tools, name, encoding, end):
    path = shared / "exports" / name
    target = tmp_path / path.name
    text = path.read_text("utf-8").replace("</title>", "</title><wind>4,5</wind>").replace("\n", end)
    codec = encoding.removesuffix("-bom").removesuffix("-bare")
    target.write_bytes(ENCODED.get(encoding, b"") + text.encode(codec))
    assert_same(tools, target, tools.read(path))


@pytest.mark.parametrize("name", FEEDS)
def test_a_cut_feed_is_refused_as_a_whole(shared, tmp_path, tools, name):
    data = (shared / "exports" / name).read_bytes().rstrip()
    target = tmp_path / "cut.xml"
    for cut in random.Random(7).sample(range(1, len(data)), 50):
        target.write_bytes(data[:cut])
        with pytest.raises(ImportRefused) as refusal:
            tools.read(target)
        assert refusal.value.reason in ({"truncated"} if cut > 200 else {"truncated", "not_recognised"})


def redressed(text):
    """Return a document with its names in another order and one more; what is no JSON stays."""
    try:
        document = json.loads(text)
    except ValueError:
        return text
    changed = [{"wind_speed": 4.5, **dict(reversed(one.items()))} for one in as_list(document)]
    return json.dumps(changed if isinstance(document, list) else changed[0])


def as_list(document):
    return document if isinstance(document, list) else [document]


def test_numbers_may_be_forced(shared, tools):
    path = shared / "exports/google-ads/campaign_report.csv"
    forced = tools.read(path, ImportOptions(numbers="de"))
    assert not any(row.values["amount"] == 201 for record in forced for row in record.rows)
    assert {r.reason for record in forced if record.line == 4 for r in record.rejects} == {"bad_number"}
