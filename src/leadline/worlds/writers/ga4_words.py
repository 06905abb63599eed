"""The text of one event as BigQuery exports it. Most of it repeats, so that it is put together from pieces made once."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from leadline.worlds.parameters import Door, Span

_MANUAL = (
    "campaign_id", "campaign_name", "source", "medium", "term", "content", "source_platform", "creative_format",
    "marketing_tactic",
)  # fmt: skip
_EMPTY = {"string_value": None, "int_value": None, "float_value": None, "double_value": None}
# Stands in a piece for what differs from event to event; no file holds it.
_HERE = "\x00"


@dataclass(frozen=True)
class Event:
    """One event of a visit: name, microseconds since 1970 (UTC), text parameters, place in the visit."""

    name: str
    moment: int
    texts: dict[str, str]
    index: int


@dataclass(frozen=True)
class Told:
    """What all events of one visit share. cookie: None where consent was denied · session: seconds since 1970."""

    date: str
    number: int
    cookie: str | None
    session: int


@dataclass(frozen=True)
class Words:
    """Pieces of text of one company, made when first needed."""

    span: Span
    pairs: dict[object, tuple[str, str]] = field(default_factory=dict)
    texts: dict[tuple[tuple[str, str], ...], str] = field(default_factory=dict)

    def line(self, told: Told, event: Event, *, user: str | None, door: Door | None) -> str:
        """Return one event with its line end. door: where the visit came from, None on all pages but the first."""
        denied = told.cookie is None
        before, after = self.surroundings(denied=denied, door=door)
        session = "" if denied else self.session(told.session)
        params = self.params(event.texts)
        return (
            f'{{"event_date":"{told.date}","event_timestamp":"{event.moment}","event_name":"{event.name}","event_params":'
            f'[{session}{"," if session and params else ""}{params}],"event_bundle_sequence_id":"{told.number}",'
            f'"batch_event_index":"{event.index}","user_id":{_quoted(user)},"user_pseudo_id":{_quoted(told.cookie)}'
            f"{before}{event.moment}{after}\n"
        )

    def session(self, seconds: int) -> str:
        """Return the parameter that names the session."""
        if "session" not in self.pairs:
            before, _, after = _param("ga_session_id", "int_value", _HERE).partition(_json(_HERE))
            self.pairs["session"] = (before, after)
        before, after = self.pairs["session"]
        return f'{before}"{seconds}"{after}'

    def params(self, texts: dict[str, str]) -> str:
        """Return text parameters, joined."""
        key = tuple(texts.items())
        if key not in self.texts:
            self.texts[key] = ",".join(_param(name, "string_value", value) for name, value in key)
        return self.texts[key]

    def surroundings(self, *, denied: bool, door: Door | None) -> tuple[str, str]:
        """Return what stands before and after the moment of the first touch, from the consent on."""
        key = (denied, None if door is None else (door.source, door.medium, door.campaign))
        if key not in self.pairs:
            self.pairs[key] = self._surroundings(denied=denied, door=door)
        return self.pairs[key]

    def _surroundings(self, *, denied: bool, door: Door | None) -> tuple[str, str]:
        answer = "No" if denied else "Yes"
        row: dict[str, object] = {
            "privacy_info": {"analytics_storage": answer, "ads_storage": answer, "uses_transient_token": "No"},
            "user_first_touch_timestamp": _HERE,
            "device": {"category": "desktop", "web_info": {"hostname": self.span.host}},
            "geo": {"country": self.span.country, "region": self.span.region},
            "traffic_source": {"name": "(direct)", "medium": "(none)", "source": "(direct)"},
            "collected_traffic_source": _collected(door),
            "stream_id": "1", "platform": "WEB", "ecommerce": None, "items": [],
        }  # fmt: skip
        before, _, after = _json(row).partition(_json(_HERE))
        return f',{before[1:]}"', f'"{after}'


def _param(key: str, kind: str, value: str) -> str:
    return _json({"key": key, "value": {**_EMPTY, kind: value}})


def _collected(door: Door | None) -> dict[str, str | None] | None:
    """Return the campaign of a visit; only its first page tells where it came from."""
    if door is None or door.source is None:
        return None
    given = {"campaign_name": door.campaign, "source": door.source, "medium": door.medium}
    return {**{f"manual_{name}": given.get(name) for name in _MANUAL}, "gclid": None, "dclid": None, "srsltid": None}


def _quoted(text: str | None) -> str:
    """Return an id as JSON; ids of worlds hold nothing that needs an escape."""
    return "null" if text is None else f'"{text}"'


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
