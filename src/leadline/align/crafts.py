"""Which skill a channel asks for, by its kind: a table, read from top to bottom.

Source: house, from how agencies and marketing teams name their jobs; skills are free words of the plan, so each row names
the spellings that count. A level is that of `people.skills`: 1 learner, 2 works alone, 3 master. Channels of the media
`person` ask for the craft of whoever stands there and are left out; so are kinds that no row names.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from leadline.align.vocabulary import plain, spotted
from leadline.plan.situation import Channel

ALONE = 2  # house: whoever runs a channel works alone; a learner needs somebody beside them (checks.md, RES002)


@dataclass(frozen=True)
class Craft:
    """One row of the table.

    kind: what it is called in a text · media: of the channel
    venues: kinds of venue · words: in the channel's name or id, where no kind of venue decides
    skills: spellings of the skill that count, the first is the one to name
    """

    kind: str
    media: frozenset[str]
    venues: frozenset[str]
    words: tuple[str, ...]
    skills: tuple[str, ...]


_PAID = frozenset({"paid"})
_FREE = frozenset({"owned", "earned", "shared"})
_NETWORKS = (
    "social", "facebook", "instagram", "linkedin", "tiktok", "youtube", "twitter", "pinterest", "snapchat", "reddit", "xing",
)  # fmt: skip

CRAFTS: tuple[Craft, ...] = (
    Craft(
        "search ads", _PAID, frozenset({"search"}), ("search", "google ads", "adwords", "sea", "sem", "ppc"),
        ("paid_search", "sea", "sem", "ppc", "search_ads", "google_ads", "performance", "performance_marketing", "media_buying"),
    ),
    Craft(
        "paid social", _PAID, frozenset({"social"}), _NETWORKS,
        ("paid_social", "social_ads", "meta_ads", "performance", "performance_marketing", "media_buying", "social_advertising"),
    ),
    Craft(
        "organic search", _FREE, frozenset({"search"}), ("search", "seo"),
        ("seo", "content", "organic_search", "content_marketing", "web", "copywriting", "writing"),
    ),
    Craft(
        "social pages and groups", _FREE, frozenset({"social"}), _NETWORKS,
        ("social", "content", "community", "social_media", "community_management", "content_marketing", "copywriting", "writing"),
    ),
    Craft(
        "mail", frozenset({"owned", "paid"}), frozenset({"mail", "email", "post"}),
        ("mail", "email", "e mail", "newsletter", "newsletters", "letters"),
        ("email", "content", "mail", "crm", "direct_mail", "copywriting", "writing", "fundraising", "marketing_automation"),
    ),
    Craft(
        "press work", frozenset({"earned"}), frozenset({"press"}), ("press", "pr", "media relations", "public relations"),
        ("pr", "press", "public_relations", "media_relations", "communications", "content", "writing"),
    ),
)  # fmt: skip


def craft_of(channel: Channel, venue_kinds: Collection[str]) -> Craft | None:
    """Return the row that fits a channel by the kinds of its venues, else by its name; None where none does."""
    if channel.media is None or channel.media == "person":
        return None
    fitting = [craft for craft in CRAFTS if channel.media in craft.media]
    kinds = {plain(kind) for kind in venue_kinds}
    met = next((craft for craft in fitting if kinds & craft.venues), None)
    name = f"{channel.name or ''} {channel.id}"
    return met or next((craft for craft in fitting if spotted(name, craft.words)), None)


def level_in(skills: dict[str, int], craft: Craft) -> int:
    """Return how well somebody masters a craft: the best level among its spellings, 0 for none."""
    known = {plain(skill).replace(" ", "_"): level for skill, level in skills.items()}
    return max((known.get(skill, 0) for skill in craft.skills), default=0)
