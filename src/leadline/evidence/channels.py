"""Which channel a visit came by: rules as versioned data, ordered, the first hit wins.

Baseline: GA4's default channel groups in Google's published order (as coded in the MIT-licensed dbt-ga4
macro), with two own corrections marked `origin: leadline`: a campaign name alone is not Direct, and AI
assistants stand before Referral. A null never matches a rule. Source categories: `data/source_categories.csv`.
"""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import astuple, dataclass, field
from functools import cache, cached_property
from importlib import resources
from typing import Literal

CONTINUE = "(continue)"
DIRECT = "Direct"
UNASSIGNED = "Unassigned"
_PAID = r"^(.*cp.*|ppc|retargeting|paid.*)$"
_SHOP = r"^(.*(([^a-df-z]|^)shop|shopping).*)$"
_NOTHING = frozenset({"", "(direct)", "(none)", "(not set)", "(not provided)", "not set", "null"})
_DEVICE_HOSTS = ("www.", "m.", "mobile.", "amp.", "l.", "lm.")

# A click id says who sold the click: source and medium where the tags are silent (evidence.md section 3).
CLICK_IDS: Mapping[str, tuple[str, str]] = {
    "gclid": ("google", "cpc"), "gbraid": ("google", "cpc"), "wbraid": ("google", "cpc"), "msclkid": ("bing", "cpc"),
    "dclid": ("dfa", "cpc"), "li_fat_id": ("linkedin", "paid-social"), "twclid": ("twitter", "paid-social"),
    "ttclid": ("tiktok", "paid-social"), "fbclid": ("facebook", "paid-social"),
}  # fmt: skip
# Ad accounts: what their clicks would carry as tags.
SPEND_TAGS: Mapping[str, tuple[str, str]] = {
    "google-ads": ("google", "cpc"), "meta-ads": ("facebook", "paid-social"),
    "linkedin-ads": ("linkedin", "paid-social"), "x-ads": ("twitter", "paid-social"),
}  # fmt: skip

Op = Literal["is", "in", "matches", "starts", "missing"]


@dataclass(frozen=True)
class Visit:
    """What is known about how a visit came; every field as the source wrote it, None if unknown."""

    source: str | None = None
    medium: str | None = None
    campaign: str | None = None
    click_id_kind: str | None = None
    referrer_host: str | None = None
    utm_id: str | None = None


@dataclass(frozen=True)
class Rule:
    """One rule: `field op pattern`, and a second condition where given, give `result`.

    Fields: source, medium, campaign, category, tags (all of them together), referrer_host.
    """

    field: str
    op: Op
    pattern: str
    result: str
    and_field: str | None = None
    and_op: Op | None = None
    and_pattern: str | None = None
    sets: Literal["channel", "tactic", "exclude"] = "channel"
    origin: str = "ga4"


BASELINE: tuple[Rule, ...] = (
    Rule("tags", "missing", "", DIRECT, origin="leadline"),
    Rule("campaign", "matches", r"^(.*cross-network.*)$", "Cross-network"),
    Rule("category", "is", "shopping", "Paid Shopping", "medium", "matches", _PAID),
    Rule("campaign", "matches", _SHOP, "Paid Shopping", "medium", "matches", _PAID),
    Rule("category", "is", "search", "Paid Search", "medium", "matches", _PAID),
    Rule("category", "is", "social", "Paid Social", "medium", "matches", _PAID),
    Rule("category", "is", "video", "Paid Video", "medium", "matches", _PAID),
    Rule("medium", "in", "display,banner,expandable,interstitial,cpm", "Display"),
    Rule("medium", "matches", _PAID, "Paid Other"),
    Rule("category", "is", "shopping", "Organic Shopping"),
    Rule("campaign", "matches", _SHOP, "Organic Shopping"),
    Rule("category", "is", "social", "Organic Social"),
    Rule("medium", "in", "social,social-network,social-media,sm,social network,social media", "Organic Social"),
    Rule("category", "is", "video", "Organic Video"),
    Rule("medium", "matches", r"^(.*video.*)$", "Organic Video"),
    Rule("category", "is", "search", "Organic Search"),
    Rule("medium", "is", "organic", "Organic Search"),
    Rule("category", "is", "assistant", "AI Assistant", origin="leadline"),
    Rule("medium", "in", "referral,app,link", "Referral"),
    Rule("source", "matches", r"^(email|e-mail|e_mail|e mail)$", "Email"),
    Rule("medium", "matches", r"^(email|e-mail|e_mail|e mail)$", "Email"),
    Rule("medium", "in", "affiliate,affiliates", "Affiliates"),
    Rule("medium", "is", "audio", "Audio"),
    Rule("source", "is", "sms", "SMS"),
    Rule("medium", "is", "sms", "SMS"),
    Rule("medium", "matches", r"^(.*push|.*mobile.*|.*notification.*)$", "Mobile Push"),
    Rule("source", "is", "firebase", "Mobile Push"),
)


@dataclass(frozen=True)
class Channels:
    """The rules of a workspace: exclusions first, then `before`, the baseline, `behind`; else Unassigned.

    exclusions: hosts of payment, sign-in and own domains: a visit from there continues what was before it.
    """

    exclusions: tuple[str, ...] = ()
    before: tuple[Rule, ...] = ()
    behind: tuple[Rule, ...] = ()
    _known: dict[Visit, str] = field(default_factory=dict, repr=False, compare=False, hash=False)

    @property
    def rules(self) -> tuple[Rule, ...]:
        """Return all rules in the order they are tried."""
        excluded = tuple(Rule("referrer_host", "is", host, CONTINUE, sets="exclude") for host in self.exclusions)
        return (*excluded, *self.before, *BASELINE, *self.behind)

    @cached_property
    def version(self) -> str:
        """Return 12 hex digits over rules and categories; equal rules have equal versions."""
        text = repr([astuple(rule) for rule in self.rules]) + repr(sorted(categories().items()))
        return hashlib.sha256(text.encode()).hexdigest()[:12]

    def channel(self, visit: Visit) -> str:
        """Return the channel of a visit, or `(continue)` where an exclusion says that it goes on."""
        known = self._known.get(visit)
        if known is None:
            known = self._known[visit] = self._decide(visit)
        return known

    def _decide(self, visit: Visit) -> str:
        host = _clean(visit.referrer_host)
        tagged = any(map(_clean, (visit.source, visit.medium, visit.campaign, visit.click_id_kind)))
        if host and not tagged and any(host == name or host.endswith("." + name) for name in self.exclusions):
            return CONTINUE
        fields = facets(visit)
        for rule in self.rules:
            if rule.sets == "channel" and _holds(rule, fields):
                return rule.result
        return UNASSIGNED


def facets(visit: Visit) -> dict[str, str | None]:
    """Return what rules look at: tags in lower case, completed from click id and referrer, and the category.

    >>> facets(Visit(referrer_host="www.google.de"))["medium"]
    'organic'
    """
    source, medium, campaign = _clean(visit.source), _clean(visit.medium), _clean(visit.campaign)
    click, host = _clean(visit.click_id_kind), _clean(visit.referrer_host)
    paid_click = click in CLICK_IDS and (click != "fbclid" or _clean(visit.utm_id) is not None)
    if click is not None and medium is None and paid_click:
        source, medium = source or CLICK_IDS[click][0], CLICK_IDS[click][1]
    elif source is None and medium is None and host is not None:
        source = host
        medium = {"search": "organic", "social": "social", "video": "video"}.get(category(host) or "", "referral")
    tags = " ".join(text for text in (source, medium, campaign) if text) or None
    return {
        "source": source, "medium": medium, "campaign": campaign, "tags": tags, "referrer_host": host,
        "category": category(source) if source else None,
    }  # fmt: skip


def category(source: str) -> str | None:
    """Return the kind of place a source name or host is: search, social, video, shopping, assistant, or None.

    >>> category("www.google.de"), category("google.evil.example")
    ('search', None)
    """
    known = categories()
    if source in known:
        return known[source]
    bare = next((source[len(start) :] for start in _DEVICE_HOSTS if source.startswith(start)), source)
    if bare in known:
        return known[bare]
    name, *ends = bare.split(".")
    is_country_host = 1 <= len(ends) <= 2 and all(2 <= len(end) <= 3 for end in ends)
    return known.get(name) if is_country_host else None


@cache
def categories() -> Mapping[str, str]:
    """Return the shipped list: source name or host → category."""
    text = (resources.files("leadline.evidence") / "data" / "source_categories.csv").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return {row["name"]: row["category"] for row in csv.DictReader(lines)}


def rule_rows(channels: Channels) -> list[tuple[object, ...]]:
    """Return the rules as rows of `channel_rules`, in the order of its columns."""
    version = channels.version
    return [
        ("workspace", version, place, rule.sets, rule.field, rule.op, rule.pattern, rule.and_field, rule.and_op,
         rule.and_pattern, rule.result, rule.origin)
        for place, rule in enumerate(channels.rules)
    ]  # fmt: skip


def spend_visit(source: str, campaign: str | None, *, tags: Sequence[str | None] = (None, None)) -> Visit | None:
    """Return how clicks bought by a row of spend would come in, or None where nothing says it."""
    utm_source, utm_medium = tags
    if utm_source or utm_medium:
        return Visit(utm_source, utm_medium, campaign)
    return Visit(*SPEND_TAGS[source], campaign) if source in SPEND_TAGS else None


def _clean(text: str | None) -> str | None:
    lowered = text.strip().lower() if text else ""
    return None if lowered in _NOTHING else lowered


def _holds(rule: Rule, fields: Mapping[str, str | None]) -> bool:
    if not _test(rule.op, rule.pattern)(fields.get(rule.field)):
        return False
    if rule.and_field is None or rule.and_op is None:
        return True
    return _test(rule.and_op, rule.and_pattern or "")(fields.get(rule.and_field))


@cache
def _test(op: Op, pattern: str) -> Callable[[str | None], bool]:
    """Return the test of one condition; a null matches nothing but `missing`."""
    if op == "missing":
        return lambda text: text is None
    if op == "in":
        names = frozenset(pattern.split(","))
        return lambda text: text is not None and text in names
    if op == "matches":
        compiled = re.compile(pattern)
        return lambda text: text is not None and compiled.search(text) is not None
    if op == "starts":
        return lambda text: text is not None and text.startswith(pattern)
    return lambda text: text is not None and text == pattern
