"""Every registered format against damaged exports, for as long as it is given: a result or a refusal, the law, no hang.

The nightly form takes half an hour over all formats; each part is a test of its own, so a cut run goes on where it was.
"""

# ruff: noqa: S311 - damage need not be secret, it must repeat

from __future__ import annotations

import random
import resource
import shutil
import signal
import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import replace
from typing import get_args

import pytest
import yaml

from leadline.errors import ImportRefused
from leadline.evidence.import_jobs import Setup
from leadline.evidence.sources.draft import draft_mapping
from leadline.evidence.sources.explain import explain
from leadline.evidence.sources.records import Context, ImportOptions, RefusalReason, RejectReason, SkipReason
from leadline.evidence.sources.registry import SOURCES, recognise
from leadline.evidence.sources.sniff import open_head

from .damage import damaged

SAMPLES = {
    "google-ads": (
        "google-ads/campaign_report.csv",
        "google-ads/kampagnenbericht_utf16.csv",
        "google-ads/campaign_report_devices.csv",
    ),
    "meta-ads": ("meta-ads/ads_daily.csv", "meta-ads/ads_whole_range.csv"),
    "linkedin-ads": ("linkedin-ads/campaign_performance_utf16.csv", "linkedin-ads/performance_de_utf16.csv"),
    "x-ads": ("x-ads/campaigns.csv",),
    "hubspot-deals": ("hubspot/deals.csv",),
    "hubspot-contacts": ("hubspot/contacts.csv",),
    "ga4": ("ga4/events_20270302.jsonl", "ga4/events_20270302.parquet"),
    "ga4-report": ("ga4-report/traffic_acquisition.csv",),
    "x-posts": ("x-posts/account_analytics_content.csv",),
    "meta-posts": ("meta-posts/instagram_posts.csv",),
    "mailchimp": ("mailchimp/campaigns.csv",),
    "feed": ("feeds/forum_rss.xml", "feeds/blog_atom.xml", "feeds/hostile_rss.xml"),
    "mastodon": ("mastodon/statuses.json",),
    "salesforce-opportunities": ("salesforce/opportunities_cp1252.csv",),
    "salesforce-history": ("salesforce/opportunity_history.csv",),
    "shopify-orders": ("shopify/orders_export.csv",),
    "matomo-visits": ("matomo/visits.json",),
    "segment": ("segment/events.jsonl",),
    "snowplow": ("snowplow/events.jsonl",),
    "generic": ("generic/leads.csv", "generic/fair_badges.csv", "generic/invoices.csv"),
    "spreadsheet": ("spreadsheet/meta_ads_daily.xlsx",),
}
SHORT_SECONDS = 1.0
PART_SECONDS, PARTS = 29.0, 3  # x 21 formats = half an hour
FILE_SECONDS = 10.0  # of one processor for one damaged file; the largest takes under one
MEMORY = 1 << 30  # bytes that the process may grow by
# Damaged files that go through a whole import, that the engine scans there where it can, and that are kept.
IMPORTED_EVERY, SCANNED_EVERY, KEPT_EVERY = 8, 16, 80
MAPPING_SHARE = 0.2  # of the examples of `generic`, in which the mapping file is damaged too
FORMATS = [pytest.param(name, id=name) for name in SAMPLES]


class Hang(BaseException):
    """One file took longer than any damaged file should; not an Exception, so that no reader takes it for one."""


@contextmanager
def at_most(seconds):
    def stop(signum, frame):
        raise Hang

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def options_of(name, rng):
    return ImportOptions(
        source=name if rng.random() < 0.3 and name not in {"spreadsheet", "generic"} else None,
        currency="EUR" if rng.random() < 0.8 else None,
        numbers=rng.choice((None, None, None, "en", "de")),
        dates=rng.choice((None, None, None, "dmy", "mdy", "ymd")),
        encoding=rng.choice((None,) * 12 + ("utf-8", "cp1252", "utf-16-le", "latin-1", "utf-8-sig")),
        accept_rejects=rng.random() < 0.7,
    )


def read(path, options, tools):
    """Read, explain and draft one file; return what became of its records, or why it was refused."""
    try:
        head = open_head(path, options)
        drafted = yaml.safe_load(draft_mapping(head)) if head.kind != "xml" else None
        assert drafted is None or drafted["mapping"] == 1
        source, match = recognise(head, options)
        context = Context(timezone="Europe/Berlin", options=options)
        said = explain(head, source, match=match, context=context)
        records = list(source.read(head, match, context=context))
    except ImportRefused as error:
        return error.reason
    assert said["recognised_as"]
    for record in records:
        assert record.skipped is None or record.skipped in get_args(SkipReason)
        for reject in record.rejects:
            assert reject.reason in get_args(RejectReason)
            assert (reject.raw + reject.text).encode() or True
    return tools.law(records)


def imported(path, options, warehouse, *, kept, scanned):
    """Import one file as far as the commit, or to the end; its report keeps the law. scanned: by the engine where it can."""
    bound = {"scan_from": 0} if scanned else {}
    warehouse.setup = replace(Setup(warehouse.setup.key), reader=None, dry_run=not kept, **bound)
    (report,) = warehouse.take(
        path,
        **{
            name: getattr(options, name)
            for name in ("source", "currency", "numbers", "dates", "encoding", "accept_rejects")
        },
    )
    counted = report.records
    assert counted.read == counted.accepted + counted.rejected + counted.merged + sum(counted.skipped.values())
    if kept and report.status in {"done", "empty"}:
        assert warehouse.rows("SELECT read, accepted FROM imports WHERE import_id = :one", one=report.import_id) == [
            {"read": counted.read, "accepted": counted.accepted}
        ]
    return report


@pytest.fixture
def room(shared, tmp_path, tools, make_warehouse):
    return shared, tmp_path, tools, make_warehouse


def fuzz(name, seed, seconds, room):
    """Damage a format's samples for some seconds of the processor; return what became of them."""
    shared, folder, tools, make_warehouse = room
    rng = random.Random(f"{name} {seed}")
    samples = [(one.split("/")[1], (shared / "exports" / one).read_bytes()) for one in SAMPLES[name]]
    others = [(shared / "exports" / one).read_bytes() for names in SAMPLES.values() for one in names]
    warehouse = make_warehouse(folder / "work")
    exports = warehouse.workspace.exports
    exports.mkdir(parents=True)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    outcome, begun, number = Counter(), time.process_time(), 0
    while time.process_time() - begun < seconds:
        number += 1
        file, data = rng.choice(samples)
        path = exports / file
        path.write_bytes(damaged(data, file, rng, rng.choice(others)) or b"\n")
        if name == "generic":
            mapping = (shared / "exports/generic" / file).with_suffix(".mapping.yaml").read_bytes()
            hurt = damaged(mapping, "mapping.yaml", rng, mapping) if rng.random() < MAPPING_SHARE else mapping
            path.with_suffix(".mapping.yaml").write_bytes(hurt)
        options = options_of(name, rng)
        try:
            with at_most(FILE_SECONDS):
                said = read(path, options, tools)
                assert not isinstance(said, str) or said in get_args(RefusalReason)
                outcome[said if isinstance(said, str) else "read"] += 1
                if number % IMPORTED_EVERY == 0:
                    imported(
                        path, options, warehouse, kept=number % KEPT_EVERY == 0, scanned=number % SCANNED_EVERY == 0
                    )
        except BaseException as error:
            kept = folder / f"{name}-{seed}-{number}-{file}"
            shutil.copy(path, kept)
            error.add_note(f"example {number} of seed {seed}: {kept}, read with {options}")
            raise
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
    assert grown < MEMORY, f"{grown >> 20} MB more after {number} files"
    assert outcome["read"], "damage so heavy that nothing is read tests nothing"
    return outcome


def test_every_registered_format_is_fuzzed():
    assert {source.name for source in SOURCES} <= set(SAMPLES)


@pytest.mark.proof
@pytest.mark.parametrize("name", FORMATS)
def test_damaged_exports_give_a_result_or_a_refusal(room, name):
    fuzz(name, "short", SHORT_SECONDS, room)


@pytest.mark.nightly
@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("name", FORMATS)
def test_half_an_hour_of_damaged_exports_gives_results_or_refusals(room, name, part):
    print(name, part, dict(fuzz(name, part, PART_SECONDS, room)))  # noqa: T201 - kept in the nightly log
