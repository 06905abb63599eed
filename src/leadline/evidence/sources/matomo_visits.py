"""Matomo's `Live.getLastVisitsDetails` as JSON: one touch per visit, and one per goal or order in it. Grade A.

Page views are counted in the visit and are no touches. Tags of the visit's first address (`utm_`, `mtm_`, `pk_`) win
over Matomo's own campaign, and both over its referrer. `visitorId` is false where the visitor may not be followed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from leadline.evidence.sources.documents import Document
from leadline.evidence.sources.events import (
    BadEventError,
    EventFormat,
    EventKind,
    Taken,
    currency,
    epoch,
    first_text,
    linked,
    money,
    signed_in,
    text,
)
from leadline.evidence.sources.records import Identifier, Reject, Row, SkipReason
from leadline.evidence.sources.urls import UTM, address_parts

REQUIRED = ("idVisit", "visitorId", "firstActionTimestamp", "referrerType", "actionDetails")
INSTEAD = {"firstActionTimestamp": ("serverTimestamp",)}
SIGNS = ("serverTimestamp", "referrerName", "visitIp", "siteCurrency", "idSite")
# Matomo, tracking campaigns: its own names of tags, the current one (mtm) before the old one (pk).
NAMES: Mapping[str, Sequence[str]] = {
    "utm_campaign": ("campaign",),
    "utm_source": ("source",),
    "utm_medium": ("medium",),
    "utm_term": ("keyword", "kwd"),
    "utm_content": ("content",),
    "utm_id": ("cid",),
}
# The same tags as the plugin Marketing Campaigns Reporting writes them into the visit.
FIELDS = {
    "utm_campaign": "campaignName",
    "utm_source": "campaignSource",
    "utm_medium": "campaignMedium",
    "utm_term": "campaignKeyword",
    "utm_content": "campaignContent",
    "utm_id": "campaignId",
}
UNTOLD_KEYWORD = "keyword not defined"  # what Matomo writes where a search engine hides the words
PLACES = frozenset({"search", "social", "website", "ai-assistant"})  # referrer types that name a place
GOALS = {"goal": "goal", "ecommerceOrder": "order"}  # types of action that are touches of their own

FEEDS = {
    "idVisit": "touches.source_key, session_key",
    "visitorId": "identities: visitor, touches.node",
    "userId": "identities: email or user, touches.node",
    "firstActionTimestamp": "touches.happened_at",
    "serverTimestamp": "touches.happened_at, where firstActionTimestamp is absent",
    "referrerType": "touches.utm_campaign or referrer_host",
    "referrerName": "touches.utm_campaign of campaigns; referrer_host, where no address is told",
    "referrerKeyword": "touches.utm_term",
    "referrerUrl": "touches.referrer_host",
    "countryCode": "touches.geo",
    "regionCode": "touches.geo",
    "siteCurrency": "touches.currency",
    "actionDetails": "touches.landing, utm_*, click_id; goals and orders as touches of their own",
    **{column: f"touches.{tag}" for tag, column in FIELDS.items()},
}


def _key(visit: Mapping[str, Any]) -> str | None:
    return text(visit.get("idVisit"))


def _skipped(visit: Mapping[str, Any]) -> SkipReason | None:  # noqa: ARG001 - every visit is one
    return None


def _taken(document: Document) -> Taken:
    """Return a visit, its goals and orders as touches, and the link between visitor and signed-in user."""
    visit = document.value
    key = _key(visit)
    if key is None:
        raise BadEventError("idVisit", "missing_key", "the visit has no idVisit")
    visitor, user = text(visit.get("visitorId")), text(visit.get("userId"))
    device = Identifier("visitor", visitor) if visitor else None
    known = signed_in(user) if user else None
    shared = {
        "node": known or device,
        "session_key": f"visit:{key}",
        "class": "activity",
        "consent": "unknown",
        "geo": _place(visit),
    }
    values = {**shared, "source_key": f"visit:{key}", "happened_at": _begun(visit), "event": "visit", **_origin(visit)}
    rows, rejects = [Row("touches", values)], []
    for index, action in enumerate(_actions(visit)):
        if text(action.get("type")) not in GOALS:
            continue
        try:
            reached = _reached(action, visit)
        except BadEventError as error:
            rejects.append(Reject(document.line, error.column, error.reason, error.text, document.text(), "row"))
        else:
            rows.append(Row("touches", {**shared, "source_key": f"visit:{key}#{index}", **reached}))
    return Taken(tuple(rows), linked([(device, known)], "visit with both"), tuple(rejects))


def _begun(visit: Mapping[str, Any]) -> datetime:
    """Return when the visit began. Raises BadEventError."""
    named = next((name for name in ("firstActionTimestamp", "serverTimestamp") if text(visit.get(name))), None)
    return epoch(visit.get(named or "firstActionTimestamp"), named or "firstActionTimestamp")


def _actions(visit: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return what was done in the visit, in its order; what is no object keeps its place."""
    given = visit.get("actionDetails")
    return [one if isinstance(one, Mapping) else {} for one in given] if isinstance(given, list) else []


def _reached(action: Mapping[str, Any], visit: Mapping[str, Any]) -> dict[str, Any]:
    """Return a goal or an order. It says nothing of how the visit came: that stands at the visit. Raises BadEventError."""
    kind = GOALS[str(action["type"])]
    name = first_text(action.get("goalName"), action.get("goalId")) if kind == "goal" else None
    value = money(action.get("revenue"), "actionDetails")
    return {
        "happened_at": epoch(action.get("timestamp"), "actionDetails"),
        "event": kind if name is None else f"{kind}:{name}",
        "value": value,
        "currency": currency(visit.get("siteCurrency"), value),
        "object": text(action.get("orderId")),
    }


def _origin(visit: Mapping[str, Any]) -> dict[str, Any]:
    """Return how a visit came: by the tags of its first address, by Matomo's campaign, by its referrer."""
    url = next((found for action in _actions(visit) if (found := text(action.get("url")))), "")
    address = address_parts(url)
    tags = _tags(url, address)
    kind = text(visit.get("referrerType"))
    if not any(tags.values()):
        tags |= {name: text(visit.get(column)) for name, column in FIELDS.items()}
        if kind == "campaign":
            tags["utm_campaign"] = tags["utm_campaign"] or text(visit.get("referrerName"))
            tags["utm_term"] = tags["utm_term"] or _keyword(visit)
    host = address_parts(text(visit.get("referrerUrl")) or "").get("host")
    if host is None and kind in PLACES:
        host = (text(visit.get("referrerName")) or "").casefold() or None
    return {
        **tags,
        "click_id_kind": address.get("click_id_kind"),
        "click_id": address.get("click_id"),
        "referrer_host": None if kind == "direct" or host == address.get("host") else host,
        "landing": address.get("path"),
    }


def _tags(url: str, address: Mapping[str, str]) -> dict[str, str | None]:
    """Return the tags of an address: usual names before Matomo's own."""
    try:
        query = dict(reversed(parse_qsl(urlsplit(url).query, max_num_fields=200)))
    except ValueError:  # a broken address says nothing
        query = {}
    tags: dict[str, str | None] = {name: address.get(name) for name in UTM}
    for name, ends in NAMES.items():
        own = (query.get(f"{start}_{end}") for end in ends for start in ("mtm", "pk"))
        tags[name] = tags[name] or next(filter(None, own), None)
    return tags


def _keyword(visit: Mapping[str, Any]) -> str | None:
    word = text(visit.get("referrerKeyword"))
    return None if word is None or word.casefold() == UNTOLD_KEYWORD else word


def _place(visit: Mapping[str, Any]) -> str | None:
    """Return country and region by their codes."""
    country, region = (text(visit.get(name)) for name in ("countryCode", "regionCode"))
    if country is None or country.casefold() == "xx":  # Matomo: a country it does not know
        return None
    return "-".join(filter(None, (country, region))).upper()


KIND = EventKind(_key, _skipped, _taken)
MATOMO_VISITS = EventFormat("matomo-visits", KIND, FEEDS, REQUIRED, SIGNS, INSTEAD, dates="seconds UTC")
