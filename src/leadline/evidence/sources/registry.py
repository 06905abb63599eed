"""The formats Leadline reads, and which of them a file is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from leadline.errors import ImportRefused, UsageError
from leadline.evidence.sources.feed import FEED
from leadline.evidence.sources.ga4 import GA4
from leadline.evidence.sources.ga4_report import GA4_REPORT
from leadline.evidence.sources.generic import GENERIC
from leadline.evidence.sources.google_ads import GOOGLE_ADS
from leadline.evidence.sources.hubspot_contacts import HUBSPOT_CONTACTS
from leadline.evidence.sources.hubspot_deals import HUBSPOT_DEALS
from leadline.evidence.sources.linkedin_ads import LINKEDIN_ADS
from leadline.evidence.sources.mailchimp import MAILCHIMP
from leadline.evidence.sources.mastodon import MASTODON
from leadline.evidence.sources.matomo_visits import MATOMO_VISITS
from leadline.evidence.sources.meta_ads import META_ADS
from leadline.evidence.sources.meta_posts import META_POSTS
from leadline.evidence.sources.records import Head, ImportOptions, Match, Source
from leadline.evidence.sources.salesforce_history import SALESFORCE_HISTORY
from leadline.evidence.sources.salesforce_opportunities import SALESFORCE_OPPORTUNITIES
from leadline.evidence.sources.segment import SEGMENT
from leadline.evidence.sources.shopify_orders import SHOPIFY_ORDERS
from leadline.evidence.sources.snowplow import SNOWPLOW
from leadline.evidence.sources.x_ads import X_ADS
from leadline.evidence.sources.x_posts import X_POSTS

WINNER = 0.6  # design/evidence 2.1: the winner needs at least this
LEAD = 0.15  # design/evidence 2.1: and this much over the second
NEAREST = 3  # design/evidence 2.1: formats named where none is recognised
HEADER_SHOWN = 40  # header names quoted in a message; own

SOURCES: tuple[Source, ...] = (
    GOOGLE_ADS, META_ADS, LINKEDIN_ADS, X_ADS, HUBSPOT_DEALS, HUBSPOT_CONTACTS, GA4,
    GA4_REPORT, X_POSTS, META_POSTS, MAILCHIMP, FEED, MASTODON,
    SALESFORCE_OPPORTUNITIES, SALESFORCE_HISTORY, SHOPIFY_ORDERS, MATOMO_VISITS, SEGMENT, SNOWPLOW,
    GENERIC,
)  # fmt: skip


def source_named(name: str) -> Source:
    """Return a format by its name. Raises UsageError with the nearest and all known names."""
    for source in SOURCES:
        if source.name == name:
            return source
    raise UsageError.unknown("source", name, known=[source.name for source in SOURCES])


def scores(head: Head, sources: Sequence[Source] = SOURCES) -> list[tuple[Source, Match]]:
    """Return every format with how well it fits, best first; each visible sheet is looked at alone."""
    parts = [replace(head, records={name: rows}) for name, rows in head.records.items()] or [head]
    found = [(source, match) for part in parts for source in sources if (match := source.recognise(part)) is not None]
    return sorted(found, key=lambda pair: (-pair[1].score, pair[0].name, pair[1].sheet or ""))


def recognise(head: Head, options: ImportOptions | None = None) -> tuple[Source, Match]:
    """Return the format of a file and how it is read.

    Raises ImportRefused `not_recognised` (with the header found, the three nearest formats and the columns they
    lack) or `ambiguous_format` (two formats or two sheets fit), each with its next step.
    """
    chosen = options or ImportOptions()
    if chosen.source is not None:
        return _forced(head, chosen.source)
    if head.mapping is not None:
        return _forced(head, "generic")
    ranked = scores(head)
    fitting = [pair for pair in ranked if pair[1].score >= WINNER and not pair[1].lacks]
    if not fitting:
        raise _not_recognised(head, ranked)
    best = fitting[0]
    rivals = [pair for pair in fitting[1:] if best[1].score - pair[1].score < LEAD]
    sheets = {pair[1].sheet for pair in (best, *rivals)}
    if head.kind == "sheet" and len(sheets) > 1:
        names = ", ".join(f'"{name}"' for name in sorted(str(sheet) for sheet in sheets))
        raise ImportRefused(
            "ambiguous_format",
            f"{head.path.name}: the sheets {names} each hold an export. "
            f"Next step: name one, for example --sheet {names.split(', ')[0]}.",
        )
    if rivals:
        raise ImportRefused(
            "ambiguous_format",
            f"{head.path.name} fits several formats: "
            + ", ".join(f"{source.name} ({match.score:.2f}: {match.why})" for source, match in (best, *rivals))
            + f". Header found: {header_found(head)}. Next step: --source {best[0].name}.",
        )
    return best


def _forced(head: Head, name: str) -> tuple[Source, Match]:
    """Return the named format's reading of a file, or refuse with what it lacks."""
    source = source_named(name)
    ranked = scores(head, (source,))
    if ranked and not ranked[0][1].lacks:
        return ranked[0]
    lacks = ", ".join(ranked[0][1].lacks) if ranked else "every required column"
    raise ImportRefused(
        "not_recognised",
        f"{head.path.name} cannot be read as {name}: it lacks {lacks}. Header found: {header_found(head)}. "
        "Next step: download the export with these columns, or leave --source out.",
    )


def _not_recognised(head: Head, ranked: Sequence[tuple[Source, Match]]) -> ImportRefused:
    """Say what was found and what comes nearest."""
    nearest: dict[str, str] = {}
    for source, match in ranked:
        if source.name not in nearest and len(nearest) < NEAREST:
            nearest[source.name] = f"{source.name} (lacks {', '.join(match.lacks) or 'nothing'})"
    near = f" Nearest formats: {'; '.join(nearest.values())}." if nearest else ""
    return ImportRefused(
        "not_recognised",
        f"{head.path.name} is no export that Leadline knows. Header found: {header_found(head)}.{near} "
        f"Known formats: {', '.join(source.name for source in SOURCES)}. Next step: write a mapping file "
        f"(leadline import {head.path.name} --draft-mapping), or name the format with --source.",
    )


def header_found(head: Head) -> str:
    """Return what looks like the header: the widest of the first records, or the names of the first object."""
    if head.keys:
        return ", ".join(head.keys[:HEADER_SHOWN])
    rows = [cells for records in head.records.values() for _, cells in records]
    widest = max(rows, key=len, default=[])
    names = [str(cell) for cell in widest if str(cell).strip()]
    return ", ".join(names[:HEADER_SHOWN]) or f"none ({head.kind})"
