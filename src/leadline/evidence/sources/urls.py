"""What an address says: tags, click ids, host and path. Nothing is fetched."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import parse_qsl, urlsplit

# The nine tags of GA4's manual tagging; design/evidence 1.1 (touches).
UTM = (
    "utm_id",
    "utm_source",
    "utm_medium",
    "utm_campaign",
    "utm_term",
    "utm_content",
    "utm_source_platform",
    "utm_creative_format",
    "utm_marketing_tactic",
)
# design/evidence 1.1: click_id_kind; the first one an address holds counts.
CLICK_IDS = (
    "gclid", "dclid", "srsltid", "wbraid", "gbraid", "fbclid", "msclkid", "li_fat_id", "twclid", "ttclid",
)  # fmt: skip
UNKNOWN_TAG = "utm_unknown:"  # flag of a record whose address holds such a tag, which is none of the nine
TAG = re.compile("utm_[a-z_]{1,24}")  # what a tag is called; anything else could be somebody's name
CACHED = 1 << 14  # distinct addresses remembered; own: a file repeats its landing pages


@lru_cache(maxsize=CACHED)
def address_parts(url: str) -> dict[str, str]:
    """Return the `utm_*` tags, `click_id_kind`, `click_id`, `host` and `path` of an address, only what is there.

    >>> address_parts("https://halden.example/a?utm_source=mail&gclid=x")["utm_source"]
    'mail'
    """
    try:
        parts = urlsplit(url.strip())
        query = dict(reversed(parse_qsl(parts.query, max_num_fields=200)))
        host = parts.hostname or ""
    except ValueError:  # a broken address says nothing
        return {}
    said = {name: query[name] for name in UTM if query.get(name)}
    kind = next((name for name in CLICK_IDS if query.get(name)), None)
    if kind is not None:
        said |= {"click_id_kind": kind, "click_id": query[kind]}
    if host:
        said["host"] = host.casefold()
        said["path"] = parts.path or "/"
    elif parts.path.startswith("/"):
        said["path"] = parts.path
    return said


@lru_cache(maxsize=CACHED)
def unknown_tags(url: str) -> tuple[str, ...]:
    """Return a flag for each tag of an address that begins as a tag does and is none of the nine.

    >>> unknown_tags("https://halden.example/a?utm_sorce=mail&utm_medium=email")
    ('utm_unknown:utm_sorce',)
    """
    if "utm_" not in url.lower():
        return ()
    try:
        names = {name.lower() for name, _ in parse_qsl(urlsplit(url.strip()).query, max_num_fields=200)}
    except ValueError:
        return ()
    return tuple(f"{UNKNOWN_TAG}{name}" for name in sorted(names - set(UTM)) if TAG.fullmatch(name))
