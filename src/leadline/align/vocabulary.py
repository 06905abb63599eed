"""Words that rules look for in what people wrote: fillers, claims, promises of rank or price, tools.

Sources: the lists are house lists, begun from the examples of the catalogue of checks (AUD001, AUD004, AUD006, AUD007,
STR006) and widened by their everyday forms; tools and networks are those named most often in marketing plans of
2020 to 2026. They hold English words. A word counts whole, in any case; a phrase counts as it stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

# Names under which a segment is nobody in particular (AUD001).
EVERYBODY = frozenset({
    "everyone", "everybody", "all", "anyone", "anybody", "all people", "the public", "general public",
    "the general public", "all customers", "the whole market", "mass market", "the mass market",
})  # fmt: skip

# A trigger made of these alone names no event in the life of a customer (AUD004).
FILLERS = (
    "always on", "always", "ongoing", "on going", "continuously", "continuous", "any time", "anytime", "all the time",
    "all year round", "all year", "year round", "the whole year", "throughout the year", "every day", "daily", "weekly",
    "monthly", "regularly", "whenever possible", "none", "no trigger", "not applicable", "n a", "tbd", "tba",
    "to be defined", "to be decided", "unknown", "open", "and", "or", "the", "as",
)  # fmt: skip

# Two promises that one segment does not believe from one sender (AUD006).
PREMIUM = (
    "premium", "luxury", "luxurious", "exclusive", "finest", "high end", "bespoke", "prestige", "prestigious",
    "first class", "world class", "handmade", "hand made", "select few", "connoisseur", "connoisseurs",
)  # fmt: skip
CHEAP = (
    "cheap", "cheaper", "cheapest", "bargain", "bargains", "discount", "discounts", "discounted", "lowest price",
    "lowest prices", "low price", "low prices", "low cost", "budget", "sale", "half price", "price cut", "for less",
    "save money", "clearance", "price off", "per cent off",
)  # fmt: skip

# Words of a price cut; a price that is low for good is no discount (STR013).
DISCOUNT = (
    "discount", "discounts", "discounted", "half price", "price cut", "price cuts", "price off", "per cent off",
    "percent off", "clearance", "clearance sale", "summer sale", "winter sale", "bargain", "bargains", "reduced price",
    "reduced prices", "special price", "special prices", "two for one", "2 for 1", "save now", "money off", "voucher",
    "coupon", "rebate",
)  # fmt: skip

# How plans name the metrics of which one is bought with the other (OBJ014), and those of customers who leave (AUD009).
MARGINS = ("margin", "margins", "gross profit")
DISCOUNTS = (
    "discount",
    "discounts",
    "discounted",
    "price cuts",
    "promotion share",
    "promo share",
    "share on promotion",
)
REPLIES = (
    "first reply", "reply time", "reply", "first response", "response time", "time to answer", "answer time",
    "waiting time", "wait time", "wait",
)  # fmt: skip
HANDLING = (
    "handling cost", "handling costs", "handling time", "handle time", "cost per contact", "cost per case",
    "cost per ticket", "cost per call", "cost per reply", "cost per enquiry", "service cost", "service costs",
    "support cost", "support costs",
)  # fmt: skip
LEAVING = (
    "churn", "churned", "lapse", "lapsed", "attrition", "cancellation", "cancellations", "leavers", "who leave",
    "who stop", "who cancel",
)  # fmt: skip
STAYING = ("retention", "retained", "renewal rate", "who stay", "who renew")

# Superlatives and absolutes that need a proof (AUD007).
STRONG = (
    "best", "first", "only", "leading", "leader", "leaders", "never", "always", "guaranteed", "guarantee", "guarantees",
    "fastest", "quickest", "cheapest", "lowest", "highest", "largest", "biggest", "greatest", "safest", "strongest",
    "easiest", "simplest", "cleanest", "finest", "newest", "smartest", "cleverest", "the most", "the least",
    "number one", "no 1", "unique", "unrivalled", "unrivaled", "unbeatable", "unbeaten", "unmatched", "unequalled",
    "ultimate", "perfect", "world class", "risk free", "proven", "everyone", "everybody", "nobody", "no one",
    "impossible", "forever", "completely", "totally", "100 percent",
)  # fmt: skip
NUMBER_WORDS = frozenset({
    "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen", "fourteen",
    "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty", "thirty", "forty", "fifty", "sixty", "seventy",
    "eighty", "ninety", "hundred", "hundreds", "thousand", "thousands", "million", "millions", "billion", "billions",
    "dozen", "dozens", "twice", "double", "doubled", "doubles", "triple", "tripled", "triples", "half", "tenfold",
})  # fmt: skip

# Tools and networks: how something is said, not what or to whom (STR006).
TOOLS = (
    "social media", "social networks", "social ads", "facebook", "instagram", "linkedin", "tiktok", "youtube",
    "twitter", "pinterest", "snapchat", "whatsapp", "telegram", "reddit", "xing", "threads", "twitch", "google ads",
    "adwords", "search ads", "seo", "sea", "sem", "ppc", "display ads", "banners", "banner ads", "retargeting",
    "programmatic", "newsletter", "newsletters", "email", "e mail", "emails", "e mails", "podcast", "podcasts",
    "webinar", "webinars", "blog", "blogs", "blogging", "vlog", "influencer", "influencers", "content marketing",
    "inbound marketing", "marketing automation", "chatbot", "chatbots", "hashtag", "hashtags", "reels", "landing page",
    "landing pages", "flyer", "flyers", "billboards", "posting", "posts",
)  # fmt: skip

# Channels on which people speak for an organisation and others believe them (RSK003).
ENDORSERS = (
    "review", "reviews", "testimonial", "testimonials", "ambassador", "ambassadors", "influencer", "influencers",
    "recommendation", "recommendations", "referral", "referrals", "refer a friend", "trustpilot", "capterra", "g2",
)  # fmt: skip

# Words for a customer who speaks for you under their own name (RSK004).
VOICES = (
    "testimonial", "testimonials", "case study", "case studies", "customer story", "customer stories", "success story",
    "success stories", "customer quote", "customer quotes", "client quote", "customer video", "customer videos",
    "customer interview", "customer interviews", "customer portrait", "reference customer", "reference customers",
    "reference visit", "user story video",
)  # fmt: skip
# Quoted words with a name behind them: "…", Anna Berg
_ATTRIBUTED = re.compile(
    r"[\"“„«][^\"”“»]{8,}[\"”“»]\s*[,–—-]\s*(?:says |said )?([A-ZÄÖÜ][\w.&’'-]*(?: [A-ZÄÖÜ][\w.&’'-]*)*)"
)

# Platforms that sell space and count its success themselves (MEA004).
SELLERS = (
    "google ads", "google adwords", "adwords", "ads manager", "facebook", "instagram", "meta ads", "meta business",
    "linkedin", "tiktok", "youtube", "twitter", "x ads", "pinterest", "snapchat", "reddit ads", "bing ads",
    "microsoft advertising", "amazon ads", "amazon advertising", "spotify ads", "criteo", "outbrain", "taboola",
    "campaign manager", "platform report", "platform reports", "ad platform",
)  # fmt: skip

# Words of four letters or more that say nothing about a segment (STR006); the shorter ones never count.
FUNCTION_WORDS = frozenset({
    "about", "after", "also", "been", "before", "being", "both", "could", "does", "each", "every", "from", "have",
    "here", "into", "just", "like", "made", "make", "many", "more", "most", "much", "must", "need", "needs", "only",
    "other", "ours", "over", "same", "should", "some", "such", "than", "that", "their", "them", "then", "there",
    "these", "they", "this", "those", "through", "very", "want", "wants", "were", "what", "when", "where", "which",
    "while", "will", "with", "within", "without", "would", "your",
})  # fmt: skip

_TOKEN = re.compile(r"\w+(?:[-'’]\w+)*")
_OFF = re.compile(r"\d+ ?% off\b")
_DENIED = re.compile(r"(?i)\b(?:no|never|not|without) (?:an? |any )?\w+")
_PLAIN = re.compile(r"[^\w]+")


def plain(text: str) -> str:
    """Return a text in lower case, its words separated by single blanks.

    >>> plain("Half-price,  for You!")
    'half price for you'
    """
    return _PLAIN.sub(" ", text.casefold()).strip()


@lru_cache(maxsize=64)
def _pattern(phrases: tuple[str, ...]) -> re.Pattern[str]:
    """Compile phrases into one pattern, the longest first, so that a part never hides the whole."""
    longest_first = sorted(
        {plain(phrase) for phrase in phrases if plain(phrase)}, key=lambda phrase: (-len(phrase), phrase)
    )
    return re.compile(r"\b(?:" + "|".join(map(re.escape, longest_first)) + r")\b" if longest_first else r"(?!)")


def spotted(text: str, phrases: tuple[str, ...]) -> tuple[str, ...]:
    """Return the phrases that stand in a text, in its order, each once.

    >>> spotted("Half-price luxury", ("luxury", "half price", "price"))
    ('half price', 'luxury')
    """
    return tuple(dict.fromkeys(_pattern(phrases).findall(plain(text))))


def discount_words(text: str) -> tuple[str, ...]:
    """Return the words of a text that promise a price cut, `20 % off` among them.

    >>> discount_words("Spring discount: 20 % off"), discount_words("Never a discount, switch off the pump")
    (('discount', '20 % off'), ())
    """
    text = _DENIED.sub(" ", text)
    return (*spotted(text, DISCOUNT), *dict.fromkeys(_OFF.findall(text.casefold())))


def is_filler(text: str) -> bool:
    """Say whether a text consists of fillers alone, or of nothing.

    >>> is_filler("Always, all year"), is_filler("opens an account")
    (True, False)
    """
    return not _pattern(FILLERS).sub(" ", plain(text)).strip()


def is_everybody(name: str) -> bool:
    """Say whether a segment's name means everybody."""
    return plain(name) in EVERYBODY


def strong_words(claim: str, names: Iterable[str] = ()) -> tuple[str, ...]:
    """Return the numbers, superlatives and absolutes of a claim as they are written; product names do not count.

    >>> strong_words("Twelve plants, never a stop in 300 days")
    ('Twelve', 'never', '300')
    """
    for name in sorted(names, key=len, reverse=True):
        claim = re.sub(rf"(?i)\b{re.escape(name)}\b", " ", claim)
    phrases = set(spotted(claim, STRONG))
    found: list[str] = []
    for token in _TOKEN.findall(claim):
        parts = plain(token).split()
        is_number = any(part[0].isdigit() for part in parts) or bool(NUMBER_WORDS & set(parts))
        if is_number or plain(token) in phrases:
            found.append(token)
    seen = plain(" ".join(found))
    found += [phrase for phrase in sorted(phrases) if not re.search(rf"\b{re.escape(phrase)}\b", seen)]
    return tuple(dict.fromkeys(found))


def voices(text: str) -> tuple[str, ...]:
    """Return what shows that a text lets a customer speak: the words for it, and names behind quoted words.

    >>> voices('Case study: "it warned us ten days early", Brewery Holm'), voices("Know a failure ten days early")
    (('case study', 'Brewery Holm'), ())
    """
    return (*spotted(text, VOICES), *dict.fromkeys(_ATTRIBUTED.findall(text)))


def content_words(text: str) -> frozenset[str]:
    """Return the words of four letters or more that carry meaning, without a plural s.

    >>> sorted(content_words("Commuters who depend on a bike"))
    ['bike', 'commuter', 'depend']
    """
    words = (word for word in plain(text).split() if len(word) >= 4 and word not in FUNCTION_WORDS)
    return frozenset(word.removesuffix("s") if len(word) > 4 else word for word in words)


def verbatim(text: object) -> str:
    """Return user text as it may stand inside a template of a finding: its braces name no figure."""
    return str(text).replace("{", "{{").replace("}", "}}")
