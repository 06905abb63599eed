"""Public posts as a Mastodon server gives them: statuses by the time they were collected, deletions behind them."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Sequence

from leadline.worlds.company import Company
from leadline.worlds.people import spelled
from leadline.worlds.talking import Post, collected
from leadline.worlds.writers.written import Written


def mastodon_files(company: Company, posts: Sequence[Post]) -> Iterator[Written]:
    """Yield what the collection caught up to as-of."""
    known = [post for post in posts if post.at <= company.as_of]
    caught = [post for post in known if collected(company, post)]
    if not caught:
        return
    gone = [post for post in caught if post.deleted_at and post.deleted_at <= company.as_of]
    records = [*(_status(company, post) for post in caught), *(_deletion(company, post) for post in gone)]
    counts = {"records": len(records), "deleted": len(gone), "not_collected": len(known) - len(caught)}
    text = "[\n" + ",\n".join(json.dumps(record, ensure_ascii=False) for record in records) + "\n]\n"
    yield Written("mastodon_statuses.json", text.encode(), counts)


def _account(post: Post) -> str:
    return spelled(post.by).replace("-", "_")


def _uri(company: Company, post: Post) -> str:
    venue = company.world.posts.venue if company.world.posts else ""
    number = f"{post.at:%Y%m%d%H%M%S}{post.number}"
    return f"https://{venue}/users/{_account(post)}/statuses/{number}"


def _status(company: Company, post: Post) -> dict[str, object]:
    uri, account = _uri(company, post), _account(post)
    host, number = uri.split("/users/")[0], uri.rpartition("/")[2]
    return {
        "id": number, "created_at": _utc(company, post.at), "in_reply_to_id": None, "sensitive": False, "spoiler_text": "",
        "visibility": "public", "language": "en", "uri": uri, "url": f"{host}/@{account}/{number}", "replies_count": 0,
        "reblogs_count": post.shares, "favourites_count": post.likes, "edited_at": None, "content": f"<p>{post.text}</p>",
        "reblog": None,
        "account": {"id": account, "username": account, "acct": account, "url": f"{host}/@{account}", "bot": False},
        "media_attachments": [], "mentions": [], "tags": [],
    }  # fmt: skip


def _deletion(company: Company, post: Post) -> dict[str, object]:
    uri = _uri(company, post)
    gone = {"type": "Tombstone", "id": uri}
    return {
        "type": "Delete",
        "id": f"{uri}#delete",
        "object": gone,
        "published": _utc(company, post.deleted_at or post.at),
    }


def _utc(company: Company, at: dt.datetime) -> str:
    return f"{at.replace(tzinfo=company.world.zone).astimezone(dt.UTC):%Y-%m-%dT%H:%M:%S}.000Z"
