"""Snowplow's enriched events as JSON lines: one touch per event. Grade A for the names.

`page_ping` is a heartbeat and no touch. The pipeline delivers at least once, so an event_id that stands twice is
normal: events that differ in their times alone are one. Times are UTC, with or without saying so.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from leadline.evidence.sources.documents import Document
from leadline.evidence.sources.events import (
    TIMES,
    BadEventError,
    EventFormat,
    EventKind,
    Taken,
    currency,
    first_text,
    instant,
    linked,
    money,
    signed_in,
    text,
)
from leadline.evidence.sources.records import Identifier, Row, SkipReason
from leadline.evidence.sources.urls import address_parts, unknown_tags

REQUIRED = ("event_id", "collector_tstamp", "domain_userid", "event_name")
INSTEAD = {"collector_tstamp": ("derived_tstamp",), "domain_userid": ("user_id",), "event_name": ("event",)}
SIGNS = ("derived_tstamp", "mkt_medium", "mkt_source", "refr_medium", "domain_sessionid", "app_id", "v_collector")
# Names of canonical tags → columns of the enrichment; `mkt_network` names who sold the click.
TAGS = {
    "utm_source": "mkt_source",
    "utm_medium": "mkt_medium",
    "utm_campaign": "mkt_campaign",
    "utm_term": "mkt_term",
    "utm_content": "mkt_content",
}
NETWORKS = {  # Snowplow, campaign attribution enrichment: networks of click ids; the later ones are usual additions
    "google": "gclid", "doubleclick": "dclid", "microsoft": "msclkid", "facebook": "fbclid", "linkedin": "li_fat_id",
    "twitter": "twclid", "tiktok": "ttclid",
}  # fmt: skip
HEARTBEAT = "page_ping"
LINE_ITEM = "transaction_item"  # of an order that is an event of its own; line items are not kept
ROBOTS = "contexts_com_iab_snowplow_spiders_and_robots_1"

FEEDS = {
    "event_id": "touches.source_key",
    "event_name": "touches.event",
    "event": "touches.event, where event_name is absent",
    "derived_tstamp": "touches.happened_at",
    "collector_tstamp": "touches.received_at; happened_at, where derived_tstamp is absent",
    "domain_userid": "identities: domain_user, touches.node",
    "user_id": "identities: user or email, touches.node",
    "domain_sessionid": "touches.session_key",
    "mkt_clickid": "touches.click_id",
    "mkt_network": "touches.click_id_kind",
    "refr_urlhost": "touches.referrer_host",
    "page_referrer": "touches.referrer_host",
    "refr_source": "touches.referrer_host, where no host is told",
    "refr_medium": "tells our own pages from referrers",
    "page_url": "touches.landing, utm_*, click_id",
    "tr_total": "touches.value",
    "tr_currency": "touches.currency",
    "tr_orderid": "touches.object",
    "geo_country": "touches.geo",
    "geo_region": "touches.geo",
    ROBOTS: "touches.is_machine",
    **{column: f"touches.{tag}" for tag, column in TAGS.items()},
}


def _key(event: Mapping[str, Any]) -> str | None:
    return text(event.get("event_id"))


def _name(event: Mapping[str, Any]) -> str | None:
    return first_text(event.get("event_name"), event.get("event"))


def _skipped(event: Mapping[str, Any]) -> SkipReason | None:
    """Return why an event is no touch: a heartbeat, or a line item."""
    names = {_name(event), text(event.get("event"))}
    if HEARTBEAT in names:
        return "page_ping"
    return "event_ignored" if LINE_ITEM in names else None


def _taken(document: Document) -> Taken:
    """Return an event's touch, and the link between cookie and signed-in user. Raises BadEventError."""
    event = document.value
    key, name = _key(event), _name(event)
    if key is None:
        raise BadEventError("event_id", "missing_key", "the event has no event_id")
    if name is None:
        raise BadEventError("event_name", "missing_value", "the event has no name")
    cookie, user = text(event.get("domain_userid")), text(event.get("user_id"))
    device = Identifier("domain_user", cookie) if cookie else None
    known = signed_in(user) if user else None
    derived, collected = (event.get(f"{one}_tstamp") for one in ("derived", "collector"))
    values = {
        "source_key": key,
        "node": known or device,
        "session_key": text(event.get("domain_sessionid")),
        "happened_at": instant(derived if text(derived) or not text(collected) else collected, "derived_tstamp"),
        "received_at": instant(collected, "collector_tstamp") if text(collected) else None,
        "class": "activity",
        "event": name,
        "is_machine": _machine(event),
        "consent": "unknown",
        "geo": "-".join(filter(None, (text(event.get(f"geo_{one}")) for one in ("country", "region")))) or None,
        **_origin(event),
        **_worth(event),
    }
    flags = unknown_tags(text(event.get("page_url")) or "")
    return Taken((Row("touches", values),), linked([(device, known)], "event with both"), flags=flags)


def _origin(event: Mapping[str, Any]) -> dict[str, Any]:
    """Return where a visit came from: tags and click id of the enrichment, else of the page's address."""
    address = address_parts(text(event.get("page_url")) or "")
    tags = {name: text(event.get(column)) for name, column in TAGS.items()}
    if not any(tags.values()):
        tags = {name: address.get(name) for name in TAGS}
    kind, click = address.get("click_id_kind"), address.get("click_id")
    if kind is None and (click := text(event.get("mkt_clickid"))) is not None:
        kind = NETWORKS.get((text(event.get("mkt_network")) or "").casefold())
    own = {address.get("host"), (text(event.get("page_urlhost")) or "").casefold()}
    return {
        **{name: value for name, value in address.items() if name.startswith("utm_")},
        **tags,
        "click_id_kind": kind,
        "click_id": click if kind else None,
        "referrer_host": _referrer(event, own=own),
        "landing": address.get("path"),
    }


def _referrer(event: Mapping[str, Any], *, own: set[str | None]) -> str | None:
    """Return the referring host, or the name of the place where no host is told; our own pages are none."""
    if text(event.get("refr_medium")) == "internal":
        return None
    page = address_parts(text(event.get("page_referrer")) or "").get("host")
    host = (first_text(event.get("refr_urlhost"), page, event.get("refr_source")) or "").casefold()
    return None if host in own else host or None


def _machine(event: Mapping[str, Any]) -> float | None:
    """Return what the enrichment for spiders and robots says, None where it does not run."""
    said = event.get(ROBOTS)
    first = said[0] if isinstance(said, list) and said else said
    robot = first.get("spiderOrRobot") if isinstance(first, Mapping) else None
    return float(robot) if isinstance(robot, bool) else None


def _worth(event: Mapping[str, Any]) -> dict[str, Any]:
    """Return what an event is worth and the order it is about."""
    value = money(event.get("tr_total"), "tr_total")
    if value is None:
        value = money(event.get("se_value"), "se_value")
    return {
        "value": value,
        "currency": currency(event.get("tr_currency"), value),
        "object": text(event.get("tr_orderid")),
    }


KIND = EventKind(_key, _skipped, _taken, unsaid=TIMES)
SNOWPLOW = EventFormat("snowplow", KIND, FEEDS, REQUIRED, SIGNS, INSTEAD)
