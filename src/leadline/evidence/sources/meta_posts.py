"""Meta Business Suite: the list of own posts on Instagram and Facebook. Grade B.

The publish time is local time of the account, `M/D/YYYY H:M`. The numbers are a post's own since it was published
(`Date` says `Lifetime`); a download by day has others, which are no numbers of the post.
"""

from __future__ import annotations

from leadline.evidence.sources.post_tables import BadCell, Line, PostFormat, Taken
from leadline.evidence.sources.records import Row
from leadline.evidence.sources.tables import Layout
from leadline.evidence.sources.urls import address_parts
from leadline.evidence.sources.values import plain_name

COUNTS = {name: name for name in ("impressions", "reach", "reactions", "replies", "shares", "saves", "clicks")}

LAYOUT = Layout(
    columns={
        "source_key": {"en": ["Post ID"]},
        "account": {"en": ["Account username", "Page name"]},
        "text": {"en": ["Description", "Title"]},
        "published_at": {"en": ["Publish time"]},
        "url": {"en": ["Permalink"]},
        "type": {"en": ["Post type"]},
        "period": {"en": ["Date"]},
        "impressions": {"en": ["Views", "Impressions"]},
        "reach": {"en": ["Reach"]},
        "reactions": {"en": ["Likes", "Reactions"]},
        "shares": {"en": ["Shares"]},
        "replies": {"en": ["Comments"]},
        "saves": {"en": ["Saves"]},
        "clicks": {"en": ["Total clicks"]},
    },
    required=("source_key", "published_at", "url", "type"),
    distinctive=("account", "impressions", "reach", "reactions"),
    feeds={"type": "posts.venue", "period": "tells numbers of a whole life from those of one day"},
)


def take(line: Line) -> Taken:
    """Return one post. Raises BadCell."""
    key = line.key("source_key")
    published, shifted = line.moment("published_at")
    period = line.text("period")
    if period is not None and plain_name(period) != "lifetime":
        told = "these are numbers of one day, not of the post: download the posts with lifetime numbers"
        raise BadCell("period", "bad_date", told)
    values = {
        "source_key": key,
        "kind": "Create",
        "venue": _venue(line),
        "published_at": published,
        "time_known": True,
        "own": True,
        "text": line.text("text"),
        "url": line.text("url"),
        **line.counts(COUNTS),
    }
    return Taken((Row("posts", values),), flags=("time_shifted",) if shifted else ())


def _venue(line: Line) -> str:
    """Return where it was published: the address says it, else the type (`IG reel`)."""
    host = address_parts(line.text("url") or "").get("host", "")
    if "facebook" in host:
        return "facebook"
    return "instagram" if "instagram" in host or (line.text("type") or "").casefold().startswith("ig ") else "facebook"


META_POSTS = PostFormat("meta-posts", LAYOUT, take, counts=tuple(COUNTS), when="published_at", dates="mdy")
