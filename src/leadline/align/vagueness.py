"""Words that say nothing: whether a name or a reason holds more than vague verbs and hollow nouns (TAC012).

Sources: the verbs are the English ones that the UK government style guide of 2013 and the UK Local Government
Association's list of 2008 ask writers to avoid ("what are you actually doing?"), with their everyday neighbours; hollow
words are a house list of marketing nouns that name no act, no place and no person. A word counts in its common forms.
"""

from __future__ import annotations

from leadline.align.vocabulary import FUNCTION_WORDS, plain

# Verbs that name no act (UK government style guide 2013; Local Government Association 2008; neighbours: house).
VAGUE_VERBS = frozenset({
    "accelerate", "activate", "advance", "amplify", "boost", "build", "champion", "connect", "create", "deepen",
    "deliver", "deploy", "develop", "drive", "elevate", "empower", "enable", "energise", "energize", "engage",
    "enhance", "enrich", "ensure", "expand", "extend", "facilitate", "focus", "foster", "fuel", "further", "generate",
    "grow", "harness", "impact", "improve", "increase", "inspire", "leverage", "lift", "maximise", "maximize",
    "nurture", "optimise", "optimize", "power", "progress", "promote", "push", "raise", "reinforce", "revitalise",
    "revitalize", "scale", "sharpen", "shape", "spark", "streamline", "strengthen", "support", "sustain", "tackle",
    "transform", "trigger", "unleash", "unlock", "utilise", "utilize",
})  # fmt: skip
# Words beside them that name no act, no place and no person either (house).
HOLLOW = frozenset({
    "activity", "appeal", "audience", "awareness", "best", "better", "brand", "branding", "business", "buzz",
    "campaign", "channel", "communication", "competitive", "consistent", "consistently", "content", "continuous",
    "continuously", "conversion", "customer", "demand", "digital", "effective", "effectively", "efficiency",
    "efficient", "efficiently", "effort", "engagement", "equity", "excellence", "exciting", "experience", "future",
    "global", "growth", "higher", "holistic", "holistically", "image", "impact", "impactful", "impression", "initiative",
    "innovation", "innovative", "integrated", "interaction", "key", "lead", "level", "long", "loyalty", "major",
    "market", "marketing", "meaningful", "measure", "media", "mind", "momentum", "next", "offline", "omnichannel",
    "online", "opportunity", "outcome", "overall", "perception", "performance", "platform", "position", "positioning",
    "positive", "potential", "power", "presence", "product", "profile", "project", "recognition", "relation",
    "relationship", "relevance", "relevant", "reach", "reputation", "result", "revenue", "right", "sale", "salience",
    "service", "share", "significant", "significantly", "social", "solution", "stakeholder", "story", "strategic",
    "strategically", "strategy", "strong", "stronger", "success", "successful", "sustainable", "synergy", "target",
    "term", "top", "touchpoint", "traction", "traffic", "trust", "value", "visibility", "voice", "wide", "wider",
})  # fmt: skip
# Short words that carry a sentence and no meaning of their own; longer ones stand in FUNCTION_WORDS.
_SMALL = frozenset({
    "a", "all", "an", "and", "are", "as", "at", "be", "but", "by", "can", "do", "for", "get", "has", "how", "if", "in",
    "is", "it", "its", "may", "new", "not", "of", "off", "on", "one", "or", "our", "out", "per", "so", "the", "to",
    "too", "up", "us", "via", "way", "we", "who", "you",
})  # fmt: skip


def vague_words(text: str) -> tuple[str, ...]:
    """Return the vague verbs of a text that holds nothing else of meaning; nothing where one word is concrete.

    >>> vague_words("Leverage synergies to boost our brand"), vague_words("Boost awareness among commuters by radio")
    (('leverage', 'boost'), ())
    """
    words = plain(text).split()
    vague = tuple(dict.fromkeys(word for word in words if _bases(word) & VAGUE_VERBS))
    is_hollow = all(word in _SMALL or word in FUNCTION_WORDS or _bases(word) & (VAGUE_VERBS | HOLLOW) for word in words)
    return vague if is_hollow else ()


def _bases(word: str) -> frozenset[str]:
    """Return what a word may be a form of: itself, without -s, -es, -ed, -ing; -ies may stand for -y."""
    found = {word}
    for ending, put in (("s", ""), ("es", ""), ("ies", "y"), ("ed", ""), ("d", ""), ("ing", ""), ("ing", "e")):
        if word.endswith(ending) and len(word) > len(ending) + 2:
            found.add(word.removesuffix(ending) + put)
    return frozenset(found)
