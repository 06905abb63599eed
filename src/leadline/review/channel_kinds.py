"""What is known about a channel by its name: who controls it, whether it speaks to one or to many.

Names are those of the channel rules (GA4's default channel groups and our own additions); data, looked up once.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from leadline.evidence.tactics import folded

Media = Literal["paid", "owned", "earned", "shared", "person"]
Mode = Literal["broadcast", "one_to_one"]

# Channel of the rules → media, mode. Where a rule does not tell (Referral may be bought), the usual case stands.
KINDS: Mapping[str, tuple[Media, Mode]] = {
    "Paid Search": ("paid", "broadcast"), "Paid Social": ("paid", "broadcast"), "Paid Video": ("paid", "broadcast"),
    "Paid Shopping": ("paid", "broadcast"), "Paid Other": ("paid", "broadcast"), "Display": ("paid", "broadcast"),
    "Cross-network": ("paid", "broadcast"), "Affiliates": ("paid", "broadcast"), "Audio": ("paid", "broadcast"),
    "Print": ("paid", "broadcast"), "Direct": ("owned", "broadcast"), "Organic Search": ("owned", "broadcast"),
    "Organic Shopping": ("owned", "broadcast"), "Email": ("owned", "one_to_one"), "SMS": ("owned", "one_to_one"),
    "Mobile Push": ("owned", "one_to_one"), "Organic Social": ("shared", "broadcast"), "Organic Video": ("shared", "broadcast"),
    "Referral": ("earned", "broadcast"), "AI Assistant": ("earned", "broadcast"), "Fair": ("person", "one_to_one"),
    "Field visit": ("person", "one_to_one"), "Phone": ("person", "one_to_one"), "Partner": ("person", "one_to_one"),
}  # fmt: skip
# Where somebody came from, as sources say it, that names a channel beyond doubt; "social" does not: paid or not, it is silent.
_SAID = {
    "direct traffic": "Direct", "e-mail": "Email", "mail": "Email", "email marketing": "Email", "newsletter": "Email",
    "referrals": "Referral", "display ads": "Display", "banner": "Display", "ppc": "Paid Search", "sea": "Paid Search",
    "seo": "Organic Search", "trade fair": "Fair", "trade show": "Fair", "messe": "Fair", "telefon": "Phone", "call": "Phone",
}  # fmt: skip
_BY_NAME = {folded(name): name for name in KINDS} | _SAID


def channel_named(text: str | None) -> str | None:
    """Return the channel that a text names beyond doubt, else None.

    >>> channel_named("paid search"), channel_named("Direct Traffic"), channel_named("social")
    ('Paid Search', 'Direct', None)
    """
    return None if text is None else _BY_NAME.get(folded(text))
