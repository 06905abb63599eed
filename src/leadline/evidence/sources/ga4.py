"""GA4's BigQuery export, one event per record, as JSON lines or Parquet. Grade A.

An event's own source is `collected_traffic_source`; `traffic_source` is the user's *first* touch and
`session_traffic_source_last_click` an attribution: neither is ever a touch's source. JSON writes 64-bit integers as
text. Events may come up to three days late. A purchase is a touch with a value; orders come from the shop.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from leadline.evidence.sources.documents import Document
from leadline.evidence.sources.events import (
    BadEventError,
    EventFormat,
    EventKind,
    Taken,
    currency,
    inner,
    linked,
    money,
    text,
)
from leadline.evidence.sources.keys import Composed
from leadline.evidence.sources.records import (
    Identifier,
    Link,
    RejectReason,
    Row,
    SkipReason,
)
from leadline.evidence.sources.urls import address_parts, unknown_tags

REQUIRED = ("event_date", "event_timestamp", "event_name", "event_params", "user_pseudo_id")
DISTINCTIVE = ("privacy_info", "collected_traffic_source", "event_bundle_sequence_id", "stream_id", "ecommerce")

# Events GA4 sends by itself that nobody did on purpose; design/evidence 2.2.
IGNORED = frozenset({"session_start", "first_visit", "user_engagement", "scroll"})
CONSENT = {"yes": "granted", "no": "denied"}
TAGS = {
    "utm_id": "manual_campaign_id",
    "utm_campaign": "manual_campaign_name",
    "utm_source": "manual_source",
    "utm_medium": "manual_medium",
    "utm_term": "manual_term",
    "utm_content": "manual_content",
    "utm_source_platform": "manual_source_platform",
    "utm_creative_format": "manual_creative_format",
    "utm_marketing_tactic": "manual_marketing_tactic",
}
CLICKS = ("gclid", "dclid", "srsltid")
KEY = ("user_pseudo_id", "event_timestamp", "event_name", "event_bundle_sequence_id", "batch_event_index")
EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - stored times are UTC without zone


# Names of the export → what they feed, for `--explain`.
FEEDS = {
    "event_timestamp": "touches.happened_at",
    "event_name": "touches.event",
    "event_params": "touches.session_key, landing, referrer_host, value, object",
    "user_pseudo_id": "identities: ga, touches.node",
    "user_id": "identities: user, touches.node",
    "privacy_info": "touches.consent",
    "collected_traffic_source": "touches.utm_*, click_id",
    "ecommerce": "touches.value, object",
    "geo": "touches.geo",
    "device": "tells our own pages from referrers",
    "event_bundle_sequence_id": "touches.source_key",
    "batch_event_index": "touches.source_key",
    "traffic_source": "nothing: the user's first touch, never this one's source",
    "session_traffic_source_last_click": "nothing: an attribution, never this touch's source",
}


def _key(event: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the natural key: the same text from JSON and Parquet."""
    return tuple("" if event.get(name) is None else str(event[name]) for name in KEY)


def _ignored(event: Mapping[str, Any]) -> SkipReason | None:
    """Return whether GA4 sent this event by itself."""
    name = event.get("event_name")
    return "event_ignored" if isinstance(name, str) and name in IGNORED else None


def _taken(document: Document) -> Taken:
    """Return what an event gives: a touch, and the link between cookie and signed-in user."""
    address = text(_params(document.value.get("event_params")).get("page_location")) or ""
    return Taken((Row("touches", _touch(document.value)),), _links(document.value), flags=unknown_tags(address))


def _links(event: Mapping[str, Any]) -> tuple[Link, ...]:
    """Return the link between cookie and signed-in user that an event with both gives."""
    cookie, user = text(event.get("user_pseudo_id")), text(event.get("user_id"))
    if cookie is None or user is None:
        return ()
    return linked([(Identifier("ga", cookie), Identifier("user", user))], "event with both")


def _touch(event: Mapping[str, Any]) -> dict[str, Any]:
    """Return an event as a row of touches. Raises BadEventError."""
    name = text(event.get("event_name"))
    if name is None:
        raise BadEventError("event_name", "missing_key", "the event has no name")
    params = _params(event.get("event_params"))
    address = address_parts(text(params.get("page_location")) or "")
    referrer = address_parts(text(params.get("page_referrer")) or "").get("host")
    cookie, user, session = (
        text(one) for one in (event.get("user_pseudo_id"), event.get("user_id"), params.get("ga_session_id"))
    )
    node = Identifier("user", user) if user is not None else (Identifier("ga", cookie) if cookie is not None else None)
    site = text(inner(event, "device", "web_info").get("hostname"))
    first, *rest = _key(event)
    hidden = Identifier("ga", first) if first else first
    values: dict[str, Any] = {
        "source_key": Composed((hidden, *rest)),
        "node": node,
        "session_key": Composed((Identifier("ga", cookie), session), ".") if cookie and session else None,
        "happened_at": _moment(event.get("event_timestamp")),
        "class": "activity",
        "event": name,
        # A page of our own site is no referrer: the visit began before.
        "referrer_host": None if referrer in {address.get("host"), (site or "").casefold()} else referrer,
        "landing": address.get("path"),
        "consent": CONSENT.get(
            (text(inner(event, "privacy_info").get("analytics_storage")) or "").casefold(), "unknown"
        ),
        "geo": ", ".join(filter(None, (text(inner(event, "geo").get(one)) for one in ("country", "region")))) or None,
    }
    return values | _origin(event, address) | _value(event, name, params)


def _origin(event: Mapping[str, Any], address: Mapping[str, str]) -> dict[str, Any]:
    """Return tags and click id of the event itself: as collected, else as its own address says."""
    collected = inner(event, "collected_traffic_source")
    tags = {name: text(collected.get(field)) for name, field in TAGS.items()}
    kind = next((one for one in CLICKS if text(collected.get(one))), None)
    click = text(collected.get(kind)) if kind else None
    if not any(tags.values()):
        tags = {name: address.get(name) for name in TAGS}
    if kind is None:
        kind, click = address.get("click_id_kind"), address.get("click_id")
    return {**tags, "click_id_kind": kind, "click_id": click}


def _value(event: Mapping[str, Any], name: str, params: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the event is worth and the order it is about; the currency only where the event names it."""
    shop = inner(event, "ecommerce")
    worth = shop.get("purchase_revenue") if name == "purchase" else params.get("value")
    worth = params.get("value") if worth is None else worth
    value = money(worth, "ecommerce")
    order = text(shop.get("transaction_id")) or text(params.get("transaction_id"))
    return {
        "value": value,
        "currency": currency(params.get("currency"), value),
        "object": None if order == "(not set)" else order,
    }


def _moment(value: object) -> datetime:
    """Return microseconds since 1970 as a moment. Raises BadEventError."""
    try:
        micros = int(value) if isinstance(value, int | str) and not isinstance(value, bool) else None
        if micros is not None:
            return EPOCH + timedelta(microseconds=micros)
    except (ValueError, OverflowError):
        pass
    reason: RejectReason = "missing_key" if value is None else "bad_date"
    raise BadEventError("event_timestamp", reason, f"{str(value)[:80]} is not a time in microseconds")


def _params(value: object) -> dict[str, Any]:
    """Return the event's parameters by name; a name that stands twice keeps its first value."""
    found: dict[str, Any] = {}
    for one in value if isinstance(value, list) else ():
        if not isinstance(one, dict) or not isinstance(one.get("key"), str):
            continue
        holder = one.get("value")
        given = (
            [holder.get(f"{kind}_value") for kind in ("string", "int", "float", "double")]
            if isinstance(holder, dict)
            else []
        )
        found.setdefault(one["key"], next((each for each in given if each is not None), None))
    return found


KIND = EventKind(_key, _ignored, _taken)
GA4 = EventFormat("ga4", KIND, FEEDS, REQUIRED, DISTINCTIVE, dates="µs UTC")
