"""Free text without what names somebody: addresses, telephone numbers, bank accounts and cards are taken out.

What people write to each other is stored only so. A number is taken for a telephone number by its form or by the word
before it; days, prices, sizes and record numbers stay. What is left over is text of its own worth.
"""

from __future__ import annotations

import re

ADDRESS, PHONE, ACCOUNT, CARD = "[email]", "[phone]", "[account]", "[card]"
PHONE_DIGITS = (7, 15)  # of a number with its prefix; ITU-T E.164: at most 15; own: shorter ones are prices and sizes
CARD_DIGITS = (13, 16)  # ISO/IEC 7812-1 allows 19; own: longer numbers in texts are the ids of posts
IBAN_LENGTH = (15, 34)  # ISO 13616-1: Norway's to the longest allowed
SHOWN_DIGITS = 5  # digits that make a number after a word for telephones; own: the shortest direct lines

# Bounded on both sides of the sign, so that the search stays linear in hostile texts.
_ADDRESS = re.compile(r"[\w.!#$%&*+/=?^{|}~-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
_IBAN = re.compile(r"(?<!\w)[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]{1,4}){3,9}(?!\w)", re.ASCII | re.IGNORECASE)
# Major industry identifiers 2 to 6 are those of banks and cards; ISO/IEC 7812-1. In one piece or in the groups printed on it.
_CARD = re.compile(
    r"(?<![\w.,:/=#-])[2-6](?:\d{12,15}|\d{3}(?:[ -]\d{4}){3}|\d{3}[ -]\d{6}[ -]\d{5})(?![\w-]|[ ]\d)", re.ASCII
)
# A plus, two zeros, one zero (the trunk prefix), or the three groups of North America.
_PHONE = re.compile(
    r"(?<![\w.,:/=-])(?:"
    r"(?:\+|00)[1-9](?:[ \u00a0./()-]{0,3}\d){6,14}"
    r"|\(?0[1-9](?:[ \u00a0./()-]{0,3}\d){5,12}"
    r"|(?:\+?1[ .-])?(?:\(\d{3}\) ?|\d{3}[.-]|\d{3} )\d{3}[ .-]\d{4}"
    r")(?![\w-]|[.,:/]\d)",
    re.ASCII,
)
_AFTER_WORD = re.compile(
    r"(?<!\w)(?P<word>(?:tele(?:fon|phone)|tel|phone|fon|mobile?|mobil|handy|fax|whatsapp|call (?:me|us)(?: (?:at|on))?)"
    r"(?:\.|:|\.:)?[ \u00a0]{0,3})(?P<number>\+?\(?\d(?:[ \u00a0./()-]{0,2}\d){4,14})(?![\w])",
    re.IGNORECASE,
)
_DAY = re.compile(r"\d{1,2}([./-])\d{1,2}\1(?:\d{4}|\d{2})", re.ASCII)


def message_text(text: str) -> str:
    """Return a text as it may be stored.

    >>> message_text("Works. Call me: jon@dairy.example or +49 711 1234567")
    'Works. Call me: [email] or [phone]'
    """
    if "@" in text:
        text = _ADDRESS.sub(ADDRESS, text)
    if sum(map(str.isdigit, text)) < SHOWN_DIGITS:
        return text
    text = _IBAN.sub(_account, text)
    text = _CARD.sub(lambda found: CARD if _luhn(found[0]) else found[0], text)
    text = _AFTER_WORD.sub(lambda found: found["word"] + PHONE, text)
    return _PHONE.sub(_phone, text)


def _account(found: re.Match[str]) -> str:
    """Return the mark for an account number and what followed it, or the text as it was."""
    text = found[0]
    while text:
        bare = re.sub(r"[ -]", "", text).upper()
        if len(bare) < IBAN_LENGTH[0]:
            break
        if len(bare) <= IBAN_LENGTH[1] and _iban(bare):
            return ACCOUNT + found[0][len(text) :]
        text = text[: max(text.rfind(" "), text.rfind("-"), 0)]
    return found[0]


def _iban(bare: str) -> bool:
    """Return whether the check digits of an account number are right; ISO 7064, MOD 97-10."""
    return int("".join(str(int(sign, 36)) for sign in bare[4:] + bare[:4])) % 97 == 1


def _luhn(text: str) -> bool:
    """Return whether the check digit of a card number is right; ISO/IEC 7812-1, annex B."""
    digits = [int(sign) for sign in reversed(text) if sign.isdigit()]
    if not CARD_DIGITS[0] <= len(digits) <= CARD_DIGITS[1] or not any(digits):
        return False
    return sum(digits[0::2] + [sum(divmod(2 * digit, 10)) for digit in digits[1::2]]) % 10 == 0


def _phone(found: re.Match[str]) -> str:
    """Return the mark for a telephone number, or the text as it was where it is a day or too short."""
    digits = sum(map(str.isdigit, found[0]))
    if _DAY.fullmatch(found[0]) or not PHONE_DIGITS[0] <= digits <= PHONE_DIGITS[1]:
        return found[0]
    return PHONE
