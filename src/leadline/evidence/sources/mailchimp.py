"""Mailchimp: the aggregated report of all campaigns. Grade A.

One campaign is one row of `posts` (venue email) and seven rows of `metrics` on the day it was sent. Opens are a metric
and never a touch: privacy proxies open mail by themselves. The report of a single campaign is a list of names and
values, not a table; it is refused with the way to the aggregated one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC
from zoneinfo import ZoneInfo

from leadline.errors import ImportRefused
from leadline.evidence.sources.post_tables import Line, PostFormat, Taken
from leadline.evidence.sources.records import Context, Head, Match, Reading, Row
from leadline.evidence.sources.tables import Layout
from leadline.evidence.sources.values import is_null, plain_name

# Series → the column it counts.
SERIES = {
    "mail.sent": "sent",
    "mail.delivered": "reach",
    "mail.bounced": "bounced",
    "mail.opened": "opened",
    "mail.clicked": "clicks",
    "mail.unsubscribed": "unsubscribed",
    "mail.complaints": "complaints",
}
COUNTS = {"reach": "reach", "clicks": "clicks"}
SINGLE = frozenset({"email campaign report", "title:", "subject line:", "delivery date/time:"})  # its first cells
SINGLE_SIGNS = 2  # own: a table of campaigns has none of them below each other
SINGLE_SCORE = 0.8  # design/evidence 2.1: enough to win, so that the refusal is ours

LAYOUT = Layout(
    columns={
        "object": {"en": ["Title"]},
        "text": {"en": ["Subject"]},
        "list": {"en": ["List", "Audience"]},
        "published_at": {"en": ["Send Date"]},
        "sent": {"en": ["Total Recipients"]},
        "reach": {"en": ["Successful Deliveries"]},
        "bounced": {"en": ["Total Bounces"]},
        "opened": {"en": ["Unique Opens"]},
        "clicks": {"en": ["Unique Clicks"]},
        "unsubscribed": {"en": ["Unsubscribes"]},
        "complaints": {"en": ["Abuse Complaints"]},
        "source_key": {"en": ["Unique Id"]},
    },
    required=("object", "text", "published_at", "sent", "reach", "source_key"),
    distinctive=("opened", "clicks", "unsubscribed", "complaints"),
    feeds={"object": "posts.tactic, object", "reach": "posts.reach, metrics mail.delivered", "clicks": "posts.clicks, metrics mail.clicked"}
    | {column: f"metrics {series}" for series, column in SERIES.items() if column not in COUNTS},
)  # fmt: skip


def take(line: Line) -> Taken:
    """Return one campaign; one without a send date was never sent. Raises BadCell."""
    if is_null(line.row.cells[line.at["published_at"]]):
        return Taken(skipped="never_sent")
    key = line.key("source_key")
    published, shifted = line.moment("published_at")
    title = line.text("object")
    post = {
        "source_key": key,
        "kind": "Create",
        "venue": "email",
        "published_at": published,
        "time_known": True,
        "own": True,
        "text": line.text("text"),
        "object": title,
        "tactic": title,
        **line.counts(COUNTS),
    }
    day = published.replace(tzinfo=UTC).astimezone(ZoneInfo(line.zone)).date()
    # The segment is the campaign: two of one day are two rows, and their sum is the day's.
    common = {"day": day, "until": day, "geo": "*", "segment": key, "unit": "count", "tactic": title}
    rows = [Row("posts", post)]
    for series, column in SERIES.items():
        if (value := line.count(column)) is not None:
            rows.append(Row("metrics", {"metric": series, "value": float(value), **common}))
    return Taken(rows, flags=("time_shifted",) if shifted else ())


@dataclass(frozen=True)
class Mailchimp(PostFormat):
    """The aggregated report; the report of a single campaign is recognised, to be refused with the remedy."""

    def recognise(self, head: Head) -> Match | None:
        """Return how the head fits."""
        firsts = {plain_name(str(cells[0])) for rows in head.records.values() for _, cells in rows if cells}
        if len(firsts & SINGLE) >= SINGLE_SIGNS:
            return Match(self.name, SINGLE_SCORE, why="the report of a single campaign")
        return super().recognise(head)

    def feeds(self, head: Head, match: Match) -> Mapping[str, str]:
        """Return which canonical column each column of the file feeds; none of a single campaign's report."""
        return super().feeds(head, match) if match.columns else {}

    def read(self, head: Head, match: Match, *, context: Context) -> Reading:
        """Return the file's records. Raises ImportRefused, `not_recognised` for the report of a single campaign."""
        if not match.columns:
            raise ImportRefused(
                "not_recognised",
                f"{head.path.name} is Mailchimp's report of a single campaign, a list of names and values. Next step: in "
                "Mailchimp choose Campaigns > Reports > Export (all campaigns), which gives one line per campaign.",
            )
        return super().read(head, match, context=context)


MAILCHIMP = Mailchimp(
    "mailchimp",
    LAYOUT,
    take,
    counts=tuple(SERIES.values()),
    when="published_at",
    tables=("posts", "metrics"),
)
