"""X (Twitter) account analytics: the list of own posts. Grade A.

The export gives a day and no time: `published_at` is local midnight, and `time_known` says so.
"""

from __future__ import annotations

from leadline.evidence.sources.post_tables import Line, PostFormat, Taken
from leadline.evidence.sources.records import Row
from leadline.evidence.sources.tables import Layout

COUNTS = {
    "impressions": "impressions",
    "reactions": "reactions",
    "replies": "replies",
    "saves": "saves",
    "clicks": "clicks",
}
PASSED_ON = ("reposts", "shares")  # both hand the post on: one column of `posts`

LAYOUT = Layout(
    columns={
        "source_key": {"en": ["Post id"]},
        "published_at": {"en": ["Date"]},
        "text": {"en": ["Post text"]},
        "url": {"en": ["Post Link"]},
        "impressions": {"en": ["Impressions"]},
        "reactions": {"en": ["Likes"]},
        "saves": {"en": ["Bookmarks"]},
        "shares": {"en": ["Shares"]},
        "replies": {"en": ["Replies"]},
        "reposts": {"en": ["Reposts"]},
        "clicks": {"en": ["URL Clicks"]},
    },
    required=("source_key", "published_at", "text", "url", "impressions"),
    distinctive=("reposts", "saves", "reactions", "clicks"),
    feeds={"reposts": "posts.shares"},
)


def take(line: Line) -> Taken:
    """Return one post. Raises BadCell."""
    key = line.key("source_key")
    published, shifted = line.moment("published_at")
    passed_on = [count for name in PASSED_ON if (count := line.count(name)) is not None]
    values = {
        "source_key": key,
        "kind": "Create",
        "venue": "x",
        "published_at": published,
        "time_known": False,
        "own": True,
        "text": line.text("text"),
        "url": line.text("url"),
        "shares": sum(passed_on) if passed_on else None,
        **line.counts(COUNTS),
    }
    return Taken((Row("posts", values),), flags=("time_shifted",) if shifted else ())


X_POSTS = PostFormat("x-posts", LAYOUT, take, counts=(*COUNTS.values(), *PASSED_ON), when="published_at")
