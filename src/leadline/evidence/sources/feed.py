"""RSS 2.0 and Atom: what others, or we, publish. One item is one row of `posts`. Grade A.

The file is anybody's: it is read without entities, as a stream, and its markup becomes plain text. The key is the item's
guid or id, else its address without utm tags; an item that stands twice counts once. Listening makes no contact.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit
from xml.etree.ElementTree import Element

from leadline.evidence.sources.markup import UNREAD, clean, plain_text
from leadline.evidence.sources.records import (
    Context,
    Head,
    Identifier,
    Match,
    Reading,
    Record,
    Reject,
    RejectReason,
    Row,
)
from leadline.evidence.sources.urls import address_parts
from leadline.evidence.sources.values import BadValue, moment_of
from leadline.evidence.sources.xml_items import XML, Item, feed_items, local

ATOM = "{http://www.w3.org/2005/Atom}"
CONTENT = "{http://purl.org/rss/1.0/modules/content/}encoded"
DUBLIN = "{http://purl.org/dc/elements/1.1/}"
THREAD = "{http://purl.org/syndication/thread/1.0}in-reply-to"  # RFC 4685
ROOTS = frozenset({"rss", "feed", "item", "entry"})
SCORE = 0.9  # own: the first element tells a feed from everything else
LONGEST_KEY = 2_000  # characters of a key; own: the longest address that browsers and servers share

KEYS, DATES = "guid or id, else link", "pubDate, published, updated, dc:date"
REQUIRED = (KEYS, DATES)  # an item without one of each is a reject
FEEDS = {
    KEYS: "posts.source_key",
    "link": "posts.url, venue",
    "title, content:encoded, description, content, summary": "posts.text",
    DATES: "posts.published_at",
    "dc:creator, author": "posts.author, as a pseudonym",
    "xml:lang, language": "posts.language",
    "thr:in-reply-to": "posts.in_reply_to",
}


class _BadItemError(Exception):
    """An item that cannot be taken: column, reason, text."""

    def __init__(self, column: str, reason: RejectReason, text: str) -> None:
        self.column, self.reason, self.text = column, reason, text
        super().__init__(text)


@dataclass(frozen=True)
class Feed:
    """The format `feed`."""

    name: str = "feed"
    version: int = 1
    tables: tuple[str, ...] = ("posts",)

    def recognise(self, head: Head) -> Match | None:
        """Return how the first element fits."""
        root = head.keys[0].rpartition(":")[2].casefold() if head.kind == "xml" and head.keys else ""
        return (
            Match(self.name, SCORE, why=f"the first element is <{root}>", header=tuple(FEEDS))
            if root in ROOTS
            else None
        )

    def feeds(self, head: Head, match: Match) -> Mapping[str, str]:  # noqa: ARG002 - the same of every feed
        """Return which canonical column each element feeds."""
        return FEEDS

    def read(self, head: Head, match: Match, *, context: Context) -> Reading:  # noqa: ARG002 - nothing to decide
        """Return the file's records. Raises ImportRefused `unsafe_xml` or `truncated`."""
        return Reading(_records(head, context), dates="RFC 822 or RFC 3339")


def _records(head: Head, context: Context) -> Iterator[Record]:
    """Yield every item once."""
    seen: set[str] = set()
    for item in feed_items(head):
        address = _feed_address(item)
        try:
            values = _post(item, address, context)
        except _BadItemError as error:
            raw = " ".join(item.raw(base=address, language=_language(item) or "").splitlines())
            reject = Reject(item.number, error.column, error.reason, error.text, raw)
            yield Record(item.number, rejects=(reject,))
            continue
        if values["source_key"] in seen:
            yield Record(item.number, skipped="duplicate_row")
            continue
        seen.add(values["source_key"])
        yield Record(item.number, rows=(Row("posts", values),))


def _post(item: Item, address: str, context: Context) -> dict[str, Any]:
    """Return one item as a row. Raises _BadItemError."""
    if item.too_long:
        raise _BadItemError("description", "too_long", "the item holds more than 1 MiB of text")
    element = item.element
    url = without_tags(_link(element))
    key = _text(element, "guid", f"{ATOM}id") or url
    if not key:
        raise _BadItemError("guid", "missing_key", "the item has neither guid, id nor link")
    venue = address_parts(address).get("host") or address_parts(url).get("host")
    author = _author(element)
    return {
        "source_key": key[:LONGEST_KEY],
        "kind": "Create",
        "venue": venue,
        "published_at": _published(element, context),
        "time_known": True,
        # A name is known by its venue: two venues may each have a writer of that name.
        "author": Identifier("author", f"{venue or ''}/{author}") if author else None,
        "own": bool({venue, f"{author}@{venue}".casefold()} & context.own_accounts),
        "text": _words(element) or None,
        "language": _language(item),
        "url": url or None,
        "in_reply_to": _attribute(element.find(THREAD), "ref"),
    }


def _published(element: Element, context: Context) -> dt.datetime:
    """Return when an item was published; an Atom entry without that, when it was last changed. Raises _BadItemError."""
    for name in ("pubDate", f"{ATOM}published", f"{ATOM}updated", f"{DUBLIN}date"):
        if (text := _text(element, name)) is None:
            continue
        try:
            moment = _moment(text, context.timezone)
        except BadValue as error:
            raise _BadItemError(local(name), "bad_date", str(error)) from error
        if moment is not None:
            return moment
    raise _BadItemError("pubDate" if element.tag == "item" else "published", "missing_value", "the item has no date")


def _moment(text: str, zone: str) -> dt.datetime | None:
    """Return a moment in either writing, in UTC without zone. Raises BadValue."""
    if text[:4].isdigit():
        found = moment_of(text, "ymd", zone=zone)
        return found[0] if found else None
    try:
        moment = parsedate_to_datetime(text[:200])
        return (moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)).astimezone(dt.UTC).replace(tzinfo=None)
    except (TypeError, ValueError, IndexError, OverflowError) as error:
        raise BadValue(f"{text[:80]} is not a date") from error


def _words(element: Element) -> str:
    """Return title, a line feed, and content, each as plain text."""
    title = _content(element.find(f"{ATOM}title"), atom=True) or _content(element.find("title"))
    body = next(
        filter(
            None,
            (
                _content(element.find(CONTENT)),
                _content(element.find("description")),
                _content(element.find(f"{ATOM}content"), atom=True),
                _content(element.find(f"{ATOM}summary"), atom=True),
            ),
        ),
        "",
    )
    return "\n".join(filter(None, (" ".join(title.split()), body)))


def _content(element: Element | None, *, atom: bool = False) -> str:
    """Return an element's text: Atom says which kind it is, RSS always means HTML."""
    if element is None:
        return ""
    kind = (element.get("type") or "text").casefold() if atom else "html"
    if kind == "xhtml" or len(element):
        return clean("".join(_inside(element)))
    text = element.text or ""
    return plain_text(text) if "html" in kind else clean(text)


def _inside(element: Element) -> Iterator[str]:
    """Yield the text of markup that stands in the feed itself; scripts have none. Nesting is bounded by the parser."""
    if local(element.tag) in UNREAD:
        return
    yield (element.text or "").replace("\n", " ")
    for child in element:
        yield "\n" if local(child.tag) in {"p", "br", "div", "li"} else ""
        yield from _inside(child)
        yield (child.tail or "").replace("\n", " ")


def _link(element: Element) -> str:
    """Return the item's address: RSS as text, Atom as the alternate link."""
    links = [one for one in element.findall(f"{ATOM}link") if one.get("rel", "alternate") == "alternate"]
    return _text(element, "link") or (links[0].get("href", "").strip() if links else "")


def _author(element: Element) -> str | None:
    """Return the writer's name as the feed gives it."""
    entry = element.find(f"{ATOM}author")
    name = _text(entry, f"{ATOM}name") if entry is not None else None
    return name or _text(element, f"{DUBLIN}creator", "author")


def _language(item: Item) -> str | None:
    """Return the language that the item, else its feed, states; none is guessed."""
    for element in (item.element, item.feed):
        if element is not None and (
            found := element.get(f"{XML}lang") or _text(element, "language", f"{DUBLIN}language")
        ):
            return found.strip()[:35]
    return None


def _feed_address(item: Item) -> str:
    """Return the address of the whole feed's page; of a bare item, what it took along."""
    if item.feed is not None and (link := _link(item.feed)):
        return link
    return item.element.get(f"{XML}base", "")


def without_tags(url: str) -> str:
    """Return an address without its utm tags.

    >>> without_tags("https://forum.example/t/12?utm_source=rss&page=2")
    'https://forum.example/t/12?page=2'
    """
    try:
        parts = urlsplit(url)
        if "utm_" not in parts.query:
            return url
        kept = [
            pair
            for pair in parse_qsl(parts.query, keep_blank_values=True, max_num_fields=200)
            if not pair[0].startswith("utm_")
        ]
        return urlunsplit(parts._replace(query=urlencode(kept)))
    except ValueError:  # a broken address stays what it is
        return url


def _text(element: Element, *names: str) -> str | None:
    """Return the text of the first of these children that has any."""
    for name in names:
        if text := (element.findtext(name) or "").strip():
            return text
    return None


def _attribute(element: Element | None, name: str) -> str | None:
    return (element.get(name) or None) if element is not None else None


FEED = Feed()
