"""Segment's events as JSON lines: pages, screens and tracked events are touches, identify and alias are links. Grade B.

A device's clock may be wrong, so a time without `timestamp` is corrected by what the device thought when it sent the
event: receivedAt − (sentAt − originalTimestamp). An event that is sent again keeps its messageId; only its times differ.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from leadline.evidence.sources.crm import mail_identifier
from leadline.evidence.sources.documents import Document
from leadline.evidence.sources.events import (
    TIMES,
    BadEventError,
    EventFormat,
    EventKind,
    Taken,
    currency,
    first_text,
    inner,
    instant,
    linked,
    money,
    signed_in,
    text,
)
from leadline.evidence.sources.records import Identifier, Reject, Row, SkipReason
from leadline.evidence.sources.urls import UTM, address_parts
from leadline.evidence.sources.values import BadValue

REQUIRED = ("messageId", "type", "anonymousId", "timestamp")
INSTEAD = {"anonymousId": ("userId",), "timestamp": ("originalTimestamp", "sentAt", "receivedAt")}
SIGNS = ("receivedAt", "sentAt", "originalTimestamp", "context", "properties", "traits", "integrations")
TOUCHES = frozenset({"page", "screen", "track"})
WHO = frozenset({"identify", "alias", "group"})
# Tags as Segment's libraries name them in context.campaign: utm_campaign is `name`, the others lose `utm_`.
TAGS = {name: "name" if name == "utm_campaign" else name.removeprefix("utm_") for name in UTM}
CALLABLE = re.compile(r"(?:\+|00)[\d\s()./-]{6,24}")
CONSENT = {True: "granted", False: "denied"}

FEEDS = {
    "messageId": "touches.source_key",
    "type": "touches.event; identify and alias give links",
    "event": "touches.event",
    "anonymousId": "identities: anonymous, touches.node",
    "userId": "identities: user or email, touches.node",
    "previousId": "links",
    "traits": "links: email, phone",
    "timestamp": "touches.happened_at",
    "originalTimestamp": "touches.happened_at, where timestamp is absent",
    "sentAt": "touches.happened_at, where timestamp is absent",
    "receivedAt": "touches.received_at; happened_at, where timestamp is absent",
    "properties": "touches.landing, referrer_host, click_id, value, currency, object",
    "context": "touches.utm_*, landing, referrer_host, consent",
}


def _key(event: Mapping[str, Any]) -> str | None:
    return text(event.get("messageId"))


def _skipped(event: Mapping[str, Any]) -> SkipReason | None:
    """Return whether Segment's protocol knows no such event, or it says nothing that is kept."""
    kind = text(event.get("type"))
    return "event_ignored" if kind is not None and kind not in TOUCHES | WHO else None


def _taken(document: Document) -> Taken:
    """Return an event's touch and the identifiers it joins. Raises BadEventError."""
    event = document.value
    if _key(event) is None:
        raise BadEventError("messageId", "missing_key", "the event has no messageId")
    kind = text(event.get("type"))
    if kind is None:
        raise BadEventError("type", "missing_value", "the event has no type")
    anonymous, user = text(event.get("anonymousId")), text(event.get("userId"))
    device = Identifier("anonymous", anonymous) if anonymous else None
    known = signed_in(user) if user else None
    people, rejects = _named(document)
    before = _previous(event) if kind == "alias" else None
    subject = known or device
    links = linked([(device, known), (before, known), *((subject, one) for one in people)], "event with both")
    rows = (Row("touches", _touch(event, kind, subject)),) if kind in TOUCHES else ()
    return Taken(rows, links, rejects)


def _named(document: Document) -> tuple[list[Identifier], tuple[Reject, ...]]:
    """Return address and telephone number of an event's traits, and an address that is none."""
    event = document.value
    traits = inner(event, "traits") or inner(event, "context", "traits")
    found: list[Identifier] = []
    rejects: tuple[Reject, ...] = ()
    if (mail := text(traits.get("email"))) is not None:
        try:
            found.append(mail_identifier(mail, verified=False))
        except BadValue as error:
            rejects = (Reject(document.line, "traits", "bad_email", str(error), document.text(), "identifier"),)
    phone = text(traits.get("phone"))
    if phone is not None and CALLABLE.fullmatch(phone):
        found.append(Identifier("phone", phone))
    return found, rejects


def _previous(event: Mapping[str, Any]) -> Identifier | None:
    """Return who an alias continues: a user id where the browser names its own anonymous id beside it, else that one."""
    before, anonymous = text(event.get("previousId")), text(event.get("anonymousId"))
    if before is None:
        return None
    return Identifier("anonymous", before) if anonymous in {None, before} else signed_in(before)


def _touch(event: Mapping[str, Any], kind: str, subject: Identifier | None) -> dict[str, Any]:
    """Return an event as a row of touches. Raises BadEventError."""
    name = text(event.get("event")) if kind == "track" else kind
    if name is None:
        raise BadEventError("event", "missing_value", "the tracked event has no name")
    properties, page = inner(event, "properties"), inner(event, "context", "page")
    address = address_parts(first_text(properties.get("url"), page.get("url")) or "")
    referrer = address_parts(first_text(properties.get("referrer"), page.get("referrer")) or "").get("host")
    campaign = inner(event, "context", "campaign")
    tags = {name: text(campaign.get(field)) for name, field in TAGS.items()}
    if not any(tags.values()):
        tags = {name: address.get(name) for name in TAGS}
    received = event.get("receivedAt")
    return {
        "source_key": _key(event),
        "node": subject,
        "session_key": None,
        "happened_at": _moment(event),
        "received_at": instant(received, "receivedAt") if text(received) else None,
        "class": "activity",
        "event": name,
        # A page of our own site is no referrer: the visit began before.
        "referrer_host": None if referrer == address.get("host") else referrer,
        "landing": address.get("path"),
        "click_id_kind": address.get("click_id_kind"),
        "click_id": address.get("click_id"),
        "consent": _consent(event),
        **tags,
        **_worth(properties),
    }


def _moment(event: Mapping[str, Any]) -> datetime:
    """Return when it happened: as given, else the device's time corrected by its clock's error. Raises BadEventError."""
    if text(event.get("timestamp")) is not None:
        return instant(event["timestamp"], "timestamp")
    names = ("receivedAt", "sentAt", "originalTimestamp")
    if any(text(event.get(name)) is None for name in names):
        raise BadEventError("timestamp", "bad_date", f"no timestamp, and not all of {', '.join(names)}")
    received, sent, original = (instant(event[name], name) for name in names)
    try:
        return received - (sent - original)
    except OverflowError as error:
        raise BadEventError("originalTimestamp", "bad_date", "the device's times lie outside of all years") from error


def _consent(event: Mapping[str, Any]) -> str:
    """Return consent to analytics as the event carries it."""
    given = inner(event, "context", "consent", "categoryPreferences")
    analytics = next((said for name, said in given.items() if str(name).casefold() == "analytics"), None)
    return CONSENT.get(analytics, "unknown") if isinstance(analytics, bool) else "unknown"


def _worth(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Return what an event is worth and the order it is about: revenue before total before value."""
    given = [properties.get(name) for name in ("revenue", "total", "value")]
    value = money(next((one for one in given if text(one) is not None), None), "properties")
    return {
        "value": value,
        "currency": currency(properties.get("currency"), value),
        "object": first_text(properties.get("order_id"), properties.get("orderId")),
    }


KIND = EventKind(_key, _skipped, _taken, unsaid=TIMES)
SEGMENT = EventFormat("segment", KIND, FEEDS, REQUIRED, SIGNS, INSTEAD)
